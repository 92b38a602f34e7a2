use serde_json::{Value, json};
use sync_core::form::Lang;

use super::super::arguments::{Held, Settle};
use super::super::output::{Output, say};
use super::super::table::{printable, table};
use crate::{Admit, HeldDecision, HeldOfDevice, HeldSettled, Server, ServerError, host};

pub(super) fn run(server: &Server, command: &Held, lang: Lang) -> Result<Output, ServerError> {
    match command {
        Held::List => list(server, lang),
        Held::Show { id } => {
            let report = server.held_report(*id)?;
            let brought = report.brought.iter().map(|one| of_device(one, lang));
            let decisions = report.decisions.iter().map(|one| decision(one, lang));
            let text = brought.chain(decisions).collect::<Vec<_>>().join("\n");
            Ok(Output::new(json!(report), text))
        }
        Held::Admit { settle: Settle { id, operator }, discarded } => {
            let what = if *discarded { Admit::Discarded } else { Admit::Waiting };
            settled(&server.admit_held(*id, what, &named(operator.as_deref()), host::now())?, lang)
        }
        Held::Discard { settle: Settle { id, operator }, reason } => {
            settled(&server.discard_held(*id, reason, &named(operator.as_deref()), host::now())?, lang)
        }
    }
}

/// Who decides: as told, else the account that runs the command.
fn named(operator: Option<&str>) -> String {
    let account = || ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
    operator.map(str::to_owned).or_else(account).unwrap_or_else(|| "operator".to_owned())
}

fn list(server: &Server, lang: Lang) -> Result<Output, ServerError> {
    let held = server.held()?;
    let rows = held.iter().map(|held| {
        vec![
            held.report.clone(),
            held.nrp.clone(),
            held.name.clone(),
            held.device.clone(),
            held.reason.clone(),
            held.since.clone(),
            held.changes.to_string(),
        ]
    });
    let heads = [
        say(lang, "Laporan", "Report"),
        "NRP",
        say(lang, "Nama", "Name"),
        say(lang, "Perangkat", "Device"),
        say(lang, "Sebab", "Reason"),
        say(lang, "Sejak", "Since"),
        say(lang, "Perubahan", "Changes"),
    ];
    Ok(Output::new(json!(held), table(&heads, rows)))
}

fn of_device(one: &HeldOfDevice, lang: Lang) -> String {
    let HeldOfDevice { info, .. } = one;
    let state = if one.discarded { say(lang, "dibuang", "discarded") } else { say(lang, "ditahan", "held") };
    let mut lines = vec![format!(
        "{state} ({}): {} {} · {} {} · {} {} · {} {}",
        info.reason,
        info.nrp,
        printable(&info.name),
        say(lang, "perangkat", "device"),
        info.device,
        say(lang, "sejak", "since"),
        info.since,
        info.changes,
        say(lang, "perubahan", "changes"),
    )];
    let named = [(say(lang, "Jenis", "Kind"), &one.kind), (say(lang, "Wilayah", "Unit"), &one.unit)];
    lines.extend(named.into_iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("  {name}: {}", printable(value)))));
    for (name, value) in one.data.iter().filter_map(Value::as_object).flatten() {
        lines.push(format!("  {name}: {}", printable(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))));
    }
    if let Some(code) = one.refusal {
        lines.push(format!("  {}: {code}", say(lang, "Tidak lolos pemeriksaan", "Does not pass the gate")));
    }
    lines.join("\n")
}

fn decision(one: &HeldDecision, lang: Lang) -> String {
    let verdict = if one.verdict == "admitted" { say(lang, "Diterima", "Admitted") } else { say(lang, "Dibuang", "Discarded") };
    let by = say(lang, "oleh", "by");
    let reason = if one.reason.is_empty() { String::new() } else { format!(": {}", printable(&one.reason)) };
    format!("{verdict} {} {by} {} ({} {}){reason}", one.at, printable(&one.operator), one.changes, say(lang, "perubahan", "changes"))
}

fn settled(done: &HeldSettled, lang: Lang) -> Result<Output, ServerError> {
    let mut lines: Vec<String> = done.decision.iter().map(|one| decision(one, lang)).collect();
    if done.already {
        lines.push(say(lang, "Sudah diputuskan; tidak ada yang berubah.", "Decided before; nothing changed.").to_owned());
    }
    if !done.refused.is_empty() && done.accepted + done.waiting + done.no_room.len() > 0 {
        lines.push(format!("{}: {}", say(lang, "Ditolak pemeriksaan", "Refused by the gate"), done.refused.join(", ")));
    }
    if !done.no_room.is_empty() {
        let why = say(
            lang,
            "perubahan tetap ditahan: tidak lolos pemeriksaan, dan karantina perangkatnya penuh; held discard memutuskannya",
            "changes are still held: they do not pass the gate, and their device's quarantine is full; held discard settles them",
        );
        lines.push(format!("{} {why} ({})", done.no_room.len(), done.no_room.join(", ")));
    }
    if done.waiting > 0 {
        let why = say(
            lang,
            "perubahan tetap ditahan: yang mendasarinya belum ada di sini",
            "changes are still held: what they were made on is not here",
        );
        lines.push(format!("{} {why}", done.waiting));
    }
    Ok(Output::new(json!(done), lines.join("\n")))
}
