//! `bundle …`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::json;
use sync_core::form::Lang;
use sync_core::limits;

use super::super::arguments::Bundle;
use super::super::output::{Output, say};
use super::file::to_file;
use crate::{BundleAdmitted, Server, ServerError, host, log};

/// What was admitted; and, as an error for the exit code, that something was not.
pub(super) fn run(server: &Server, command: &Bundle, lang: Lang) -> Result<(Output, Option<ServerError>), ServerError> {
    let Bundle::Admit { file, reply } = command;
    let bytes = read(file)?;
    log::start();
    let (done, replies) = server.admit_bundle(&bytes, host::now())?;
    tracing::info!(
        file = %blake3::hash(&bytes).to_hex(),
        devices = done.devices.join(" "),
        requests = done.requests,
        rejected = done.rejected.len(),
        "bundle"
    );
    let mut lines = text(&done, lang);
    if let Some(out) = reply {
        let named = |error: std::io::Error| ServerError::of_file(out, &error);
        let count = to_file(out, |file| file.write_all(&replies).map(|()| replies.len() as u64).map_err(named))?;
        lines.push(format!("{}: {count} B", out.display()));
    }
    let rejected = done.rejected.first().map(|one| ServerError::BundleRejected { count: done.rejected.len(), code: one.code.clone() });
    Ok((Output::new(json!(done), lines.join("\n")), rejected))
}

/// At most one byte more than a bundle has: of a larger file nothing is held.
fn read(file: &Path) -> Result<Vec<u8>, ServerError> {
    let named = |error: std::io::Error| ServerError::of_file(file, &error);
    let mut bytes = Vec::new();
    File::open(file).map_err(named)?.take(limits::BUNDLE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(named)?;
    Ok(bytes)
}

fn text(done: &BundleAdmitted, lang: Lang) -> Vec<String> {
    let from = format!("{} {} ({})", say(lang, "Perangkat", "Device"), done.devices.join(", "), done.nrps.join(", "));
    let counts = [
        (done.items, say(lang, "laporan", "reports")),
        (done.shared, say(lang, "perubahan ada di sini", "changes are here")),
        (done.held, say(lang, "ditahan", "held")),
        (done.refused, say(lang, "ditolak", "refused")),
        (done.need, say(lang, "menunggu bagian yang hilang", "wait for a part that is missing")),
    ];
    let counts: Vec<String> = counts.iter().map(|(count, what)| format!("{count} {what}")).collect();
    let mut lines = vec![from, counts.join(" · ")];
    for one in &done.rejected {
        lines.push(format!("✗ {} {}: {}", say(lang, "permintaan", "request"), one.request, one.code));
    }
    if done.held > 0 {
        lines.push("→ sambang-server held list".to_owned());
    }
    lines
}
