use std::path::Path;

use serde_json::json;
use sync_core::form::Lang;

use super::super::arguments::RestoreArguments;
use super::super::output::{Output, say};
use super::verify;
use crate::{Restore, RestoreOptions, Server, ServerError, host};

pub(super) fn make(server: &Server, to: &Path, lang: Lang) -> Result<Output, ServerError> {
    let (place, backup) = server.backup(to, host::now())?;
    let bytes: u64 = backup.files.iter().map(|file| file.bytes).sum();
    let text = format!(
        "{}\n  {}\n  {} {}, {} {}\n  {}",
        say(lang, "Cadangan dibuat:", "Backup made:"),
        place.display(),
        backup.documents,
        say(lang, "laporan", "reports"),
        bytes,
        say(lang, "bita", "bytes"),
        say(lang, "Berkas keys tidak ada di dalamnya; simpan terpisah.", "The file keys is not in it; keep it elsewhere."),
    );
    Ok(Output::new(json!({ "directory": place.display().to_string(), "backup": backup }), text))
}

/// What the backup is and what became of it; the error that makes the exit code when it does not verify.
pub(super) fn restore(
    directory: &Path,
    journal: Option<&Path>,
    asked: &RestoreArguments,
    lang: Lang,
) -> Result<(Output, Option<ServerError>), ServerError> {
    let what = if asked.check { Restore::Check } else { Restore::Replace };
    let options = RestoreOptions { what, keys: asked.keys.as_deref(), journal };
    let restored = Server::restore(&asked.backup, directory, options, host::now())?;
    let (verified, differ) = verify::told(&restored.verification, lang);
    let mut lines = vec![format!("{} {}", say(lang, "Cadangan dari", "Backup of"), restored.backup.made_at), verified.text];
    lines.push(match (restored.replaced, &differ) {
        (true, _) => say(lang, "Dipulihkan.", "Restored.").to_owned(),
        (false, None) => say(lang, "Cadangan ini utuh; tidak ada yang diganti.", "This backup is whole; nothing was replaced.").to_owned(),
        (false, Some(_)) => say(lang, "Tidak ada yang diganti.", "Nothing was replaced.").to_owned(),
    });
    let kept = restored.kept.map(|kept| kept.display().to_string());
    lines.extend(kept.as_ref().map(|kept| {
        format!("{} {kept}", say(lang, "Basis data lama, sampai Anda menghapusnya:", "The old database, until you remove it:"))
    }));
    lines.extend(restored.journal.map(|journal| {
        let what = say(lang, "keputusan dari jurnal, lebih baru daripada cadangan", "decisions of the journal, newer than the backup");
        format!("{} {what}", journal.replayed)
    }));
    lines.extend(restored.journal.filter(|journal| journal.waiting > 0).map(|journal| {
        let what = say(lang, "keputusan menunggu wilayah yang belum diimpor", "decisions wait for units that are not imported yet");
        format!("{} {what}", journal.waiting)
    }));
    let json = json!({ "backup": restored.backup, "journal": restored.journal, "verification": verified.json, "replaced": restored.replaced, "kept": kept });
    Ok((Output::new(json, lines.join("\n")), differ))
}
