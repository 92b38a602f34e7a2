//! The command `rescue`, and how its outcome is shown.

use std::path::Path;

use super::print::{Output, Screen};
use crate::{Error, Rescue, SystemHost};

pub(super) fn run(store: &Path, out: &Path) -> Result<Output, Error> {
    let rescue = Rescue::read(store, &SystemHost)?;
    rescue.write(out)?;
    Ok(Output::Rescued(out.to_owned(), Box::new(rescue)))
}

impl Screen {
    pub(super) fn rescued(self, out: &Path, rescue: &Rescue) -> String {
        let [unsent, whole, sealed, doubtful] = rescue.counts();
        let drafts = rescue.drafts.len();
        let mut lines = vec![match self.say("id", "en") {
            "id" => format!(
                "Belum terkirim: {unsent} laporan. Terselamatkan utuh: {whole}, {sealed} di antaranya dalam bundel. Draf: {drafts}."
            ),
            _ => format!("Unsent: {unsent} reports. Rescued whole: {whole}, {sealed} of them in a bundle. Drafts: {drafts}."),
        }];
        if unsent > whole {
            let missing = self.say(
                "laporan terselamatkan sebagian; yang kurang disebut dalam JSON-nya.",
                "reports were rescued in part; their JSON says what is missing.",
            );
            lines.push(format!("⚠ {} {missing}", unsent - whole));
        }
        if doubtful > 0 {
            let perhaps = self.say(
                "laporan lain tidak terbaca seluruhnya; tidak diketahui apakah ada yang belum terkirim.",
                "other reports cannot be read whole; nobody knows whether something of them is unsent.",
            );
            lines.push(format!("⚠ {doubtful} {perhaps}"));
        }
        lines.extend(rescue.notes.iter().map(|note| format!("⚠ {}", note.words().in_lang(self.lang))));
        if rescue.is_whole() {
            lines.push(self.say("Tidak ada yang diketahui hilang.", "Nothing is known to be missing.").to_owned());
        }
        for file in rescue.files() {
            lines.push(format!("→ sambang-server bundle admit {}", out.join(file).display()));
        }
        lines.push(
            self.say(
                "Berkas asli tidak disentuh; jangan hapus sebelum pusat menerimanya.",
                "The original was not touched; do not delete it before the centre has taken all of it.",
            )
            .to_owned(),
        );
        lines.join("\n")
    }
}
