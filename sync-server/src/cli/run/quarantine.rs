//! `quarantine …`.

use std::path::Path;

use serde_json::{Value, json};
use sync_core::change::{Glance, GlanceChange};
use sync_core::form::Lang;

use super::super::arguments::Quarantine;
use super::super::output::{Output, say};
use super::super::table::{printable, table};
use super::file::to_file;
use crate::{Quarantined, Server, ServerError};

/// Bytes that are shown as hexadecimal digits; `--out` writes all.
const HEX_BYTES: usize = 256;

pub(super) fn run(server: &Server, command: &Quarantine, lang: Lang) -> Result<Output, ServerError> {
    match command {
        Quarantine::List { device } => list(server, *device, lang),
        Quarantine::Show { id, out } => show(&server.quarantined(*id)?, out.as_deref(), lang),
    }
}

fn list(server: &Server, device: Option<sync_core::DeviceId>, lang: Lang) -> Result<Output, ServerError> {
    let kept = server.quarantine(device)?;
    let rows = kept.iter().map(|one| {
        let numbers = [one.id.to_string(), one.device.clone(), one.nrp.clone(), one.name.clone(), one.received_at.clone()];
        numbers.into_iter().chain([one.bytes.to_string(), one.reason.clone(), one.text.in_lang(lang).to_owned()]).collect()
    });
    let heads = [
        say(lang, "Nomor", "Id"),
        say(lang, "Perangkat", "Device"),
        "NRP",
        say(lang, "Nama", "Name"),
        say(lang, "Waktu", "Time"),
        say(lang, "Bita", "Bytes"),
        say(lang, "Sebab", "Reason"),
        say(lang, "Arti", "Meaning"),
    ];
    let mut text = table(&heads, rows);
    let wanted = device.map(|device| device.to_string());
    for one in server.quarantine_quotas()?.iter().filter(|one| wanted.as_ref().is_none_or(|wanted| *wanted == one.device)) {
        let (of, away) = (say(lang, "dari", "of"), say(lang, "tidak tertampung", "turned away"));
        text.push_str(&format!(
            "\n{}: {} {of} {}, {} B {of} {} B; {away}: {} ({} B)",
            one.device, one.items, one.items_max, one.bytes, one.bytes_max, one.dropped, one.dropped_bytes
        ));
    }
    Ok(Output::new(json!(kept), text))
}

fn show(one: &Quarantined, out: Option<&Path>, lang: Lang) -> Result<Output, ServerError> {
    let mut value = json!(one.info);
    let hex: String = one.bytes.iter().take(HEX_BYTES).map(|byte| format!("{byte:02x}")).collect();
    if let Value::Object(map) = &mut value {
        map.insert("hex".to_owned(), hex.clone().into());
        map.insert("hex_is_all".to_owned(), (one.bytes.len() <= HEX_BYTES).into());
        map.insert("read".to_owned(), glance_json(&one.glance));
        map.insert("remedy".to_owned(), json!(sync_core::Refusal::from_code(&one.info.reason).map(|refusal| refusal.remedy(lang))));
    }
    let mut lines = vec![
        format!("{} · {} · {} {}", one.info.id, one.info.device, one.info.nrp, printable(&one.info.name)),
        format!("{} · {} B · {}: {}", one.info.received_at, one.info.bytes, one.info.reason, one.info.text.in_lang(lang)),
    ];
    lines.extend(glance_lines(&one.glance, lang));
    lines.extend(hex.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).map(str::to_owned));
    if let Some(out) = out {
        let named = |error: std::io::Error| ServerError::of_file(out, &error);
        let count = to_file(out, |file| file.write_all(&one.bytes).map(|()| one.bytes.len() as u64).map_err(named))?;
        lines.push(format!("{}: {count} B", out.display()));
        value.as_object_mut().map(|map| map.insert("file".to_owned(), out.display().to_string().into()));
    }
    Ok(Output::new(value, lines.join("\n")))
}

fn glance_json(glance: &Glance) -> Value {
    let change = |one: &GlanceChange| {
        json!({
            "actor": one.actor.to_automerge().to_hex_string(), "sequence": one.sequence, "first_operation": one.first_operation,
            "at": one.at.to_string(), "dependencies": one.dependencies, "operations": one.operations, "words": one.words,
        })
    };
    json!({
        "report": glance.report.map(|report| report.to_string()),
        "changes": glance.changes.iter().map(change).collect::<Vec<_>>(),
        "left_out": glance.left_out,
        "stopped": glance.stopped.map(|(at, error)| json!({ "at": at, "why": error.to_string() })),
    })
}

fn glance_lines(glance: &Glance, lang: Lang) -> Vec<String> {
    let mut lines =
        vec![format!("{} {}", say(lang, "Laporan", "Report"), glance.report.map(|report| report.to_string()).unwrap_or_default())];
    for one in &glance.changes {
        let actor = one.actor.to_automerge().to_hex_string();
        lines.push(format!("  {actor} #{} {} · {} {}", one.sequence, one.at, one.operations, say(lang, "operasi", "operations")));
        lines.extend(one.words.iter().map(|word| format!("    {}", printable(word))));
    }
    if glance.left_out > 0 {
        lines.push(format!("    … {}", glance.left_out));
    }
    if let Some((at, why)) = &glance.stopped {
        lines.push(format!("{} {at}: {why}", say(lang, "Terbaca sampai bita", "Readable up to byte")));
    }
    lines
}
