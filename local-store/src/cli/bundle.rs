//! The commands under `bundle`, and how they are shown.

use sync_core::limits;

use super::arguments::BundleCommand;
use super::print::{Output, Screen};
use crate::{Bundle, BundleTaken, Device, Error, files};

pub(super) fn run(device: &Device, command: &BundleCommand) -> Result<Output, Error> {
    match command {
        BundleCommand::Write { out } => {
            let bundle = device.write_bundle()?;
            files::put(out, &bundle.bytes)?;
            Ok(Output::Bundle(out.display().to_string(), bundle))
        }
        BundleCommand::Take { file } => device.take_bundle(&files::get(file, limits::BUNDLE_REPLIES_BYTES_MAX)?).map(Output::BundleTaken),
    }
}

impl Screen {
    pub(super) fn bundle(self, file: &str, bundle: &Bundle) -> String {
        let Bundle { bytes, requests, reports, left } = bundle;
        let what = match self.say("id", "en") {
            "id" => format!("{reports} laporan dalam {requests} permintaan"),
            _ => format!("{reports} reports in {requests} requests"),
        };
        let mut lines = vec![format!("{file}: {what}, {} B", bytes.len())];
        if *left > 0 {
            let more = self.say(
                "laporan tidak muat; tulis bundel lagi sesudah balasannya diterima",
                "had no room; write another bundle after the replies to this one",
            );
            lines.push(format!("{left} {more}"));
        }
        let en = "→ Signed, but not secret. Carry it to the operator: sambang-server bundle admit; then sambang bundle take.";
        lines.push(
            self.say(
                "→ Bertanda tangan, tetapi tidak rahasia. Bawa ke operator: sambang-server bundle admit; lalu sambang bundle take.",
                en,
            )
            .to_owned(),
        );
        lines.join("\n")
    }

    pub(super) fn bundle_taken(self, taken: &BundleTaken) -> String {
        let mut lines = vec![self.synced(&taken.synced)];
        for code in &taken.rejected {
            lines.push(format!(
                "⚠ {} [{code}]",
                self.say(
                    "Pusat tidak menjawab satu permintaan; isinya tetap antre.",
                    "The centre did not answer one request; what was in it still waits."
                )
            ));
        }
        lines.join("\n")
    }
}
