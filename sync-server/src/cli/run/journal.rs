use std::path::Path;

use serde_json::json;
use sync_core::form::Lang;

use super::super::arguments::JournalCommand;
use super::super::output::{Output, say};
use crate::{JournalStatus, Server, ServerError, host};

pub(super) fn run(server: &Server, command: &JournalCommand, lang: Lang) -> Result<Output, ServerError> {
    match command {
        JournalCommand::Verify => {
            let lines = server.verify_journal()?;
            let text = format!("{lines} {}", say(lang, "baris; rantai dan tanda tangannya cocok.", "lines; chain and signatures fit."));
            Ok(Output::new(json!({ "entries": lines, "ok": true }), text))
        }
        JournalCommand::Status => status(&server.journal_status()?, lang),
        JournalCommand::Confirm { device: Some(id), .. } => {
            let ended = server.confirm_device(*id, host::now())?;
            let mut text = format!("{} {id}", say(lang, "Dilayani lagi:", "Served again:"));
            if ended {
                text.push('\n');
                text.push_str(say(
                    lang,
                    "Pemulihan selesai; tidak ada lagi yang menunggu.",
                    "The recovery has ended; nobody waits any more.",
                ));
            }
            Ok(Output::new(json!({ "device": id.to_string(), "confirmed": true, "ended": ended }), text))
        }
        JournalCommand::Confirm { device: None, .. } => {
            let ended = server.confirm_all(host::now())?;
            let text = match ended {
                true => {
                    say(lang, "Pemulihan selesai; semua perangkat dilayani lagi.", "The recovery has ended; all devices are served again.")
                }
                false => say(lang, "Tidak dalam pemulihan; tidak ada yang berubah.", "Not in recovery; nothing changed."),
            };
            Ok(Output::new(json!({ "device": null, "confirmed": true, "ended": ended }), text))
        }
        // Has no open centre yet: see `renew`.
        JournalCommand::Renew => Err(ServerError::Internal("journal renew".to_owned())),
    }
}

pub(super) fn renew(directory: &Path, journal: Option<&Path>, lang: Lang) -> Result<Output, ServerError> {
    let file = Server::renew_journal(directory, journal)?;
    let text = format!("{} {file}", say(lang, "Jurnal baru, dari isi basis data:", "A new journal, of what the database knows:"));
    Ok(Output::new(json!({ "file": file }), text))
}

fn status(found: &JournalStatus, lang: Lang) -> Result<Output, ServerError> {
    let entries: u64 = found.entries.values().sum();
    let mut lines = vec![format!(
        "{}\n{entries} {}{}",
        found.file,
        say(lang, "baris", "lines"),
        found.last_at.as_ref().map(|at| format!(", {} {at}", say(lang, "terakhir", "the last of"))).unwrap_or_default(),
    )];
    lines.extend(found.entries.iter().map(|(kind, count)| format!("  {kind:<10}{count}")));
    if found.cut_bytes > 0 {
        let what = say(
            lang,
            "bita baris setengah jadi dipotong setelah listrik padam",
            "bytes of a half-written line were cut off after a power cut",
        );
        lines.push(format!("{} {what}", found.cut_bytes));
    }
    match &found.recovery_since {
        None => lines.push(say(lang, "Tidak dalam pemulihan.", "Not in recovery.").to_owned()),
        Some(since) => {
            let what = say(lang, "Dalam pemulihan sejak", "In recovery since");
            lines.push(format!("{what} {since}; {} {}", found.unconfirmed.len(), say(lang, "perangkat menunggu:", "devices wait:")));
            lines.extend(found.unconfirmed.iter().map(|device| format!("  {}  {}  {}", device.id, device.nrp, device.name)));
        }
    }
    for seen in &found.rollbacks {
        let what = say(
            lang,
            "pernah menerima lebih banyak dari yang dimiliki pusat ini: basis data pernah mundur",
            "had been given more than this centre has: the database went back",
        );
        lines.push(format!(
            "{}  {}  {}  {what}: {} {} > {}, {}",
            seen.device, seen.nrp, seen.name, seen.partition, seen.shown, seen.common, seen.last_at
        ));
    }
    Ok(Output::new(json!(found), lines.join("\n")))
}
