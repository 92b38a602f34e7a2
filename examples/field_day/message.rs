//! The message of the morning: sent down by the supervisor, conveyed on the hill, and who has it by night.

use std::path::Path;

use serde_json::Value;

use crate::cast::{Centre, Phone, Wrong};
use crate::say::Voice;

const TITLE: &str = "Waspada pencurian ternak menjelang akhir tahun";
const TEXT: &str = "Giatkan ronda malam, tandai ternak, dan laporkan orang asing yang menawar sapi di bawah harga.";

/// The supervisor sends it to all officers of his district; gives its id.
pub(crate) fn send(voice: &Voice, kanit: &Phone, unit: &str) -> Result<String, Wrong> {
    let sent = kanit.run(&["message", "new", "--unit", unit, "--kind", "atensi", "--title", TITLE, "--text", TEXT])?;
    kanit.run(&["sync"])?;
    voice.line(
        &format!("Kanit mengirim atensi «{TITLE}» ke semua petugas di {unit}."),
        &format!("The supervisor sends the notice «{TITLE}» to all officers of {unit}."),
    );
    Ok(sent.get("id").and_then(Value::as_str).ok_or("no id")?.to_owned())
}

/// The officer has it on his phone, without signal, and reports that he conveyed it; gives the report's id.
pub(crate) fn convey(voice: &Voice, folder: &Path, phone: &Phone, (message, unit): (&str, &str), mut data: Value) -> Result<String, Wrong> {
    let shown = phone.run(&["message", "show", message])?;
    if shown.get("text").and_then(Value::as_str) != Some(TEXT) {
        return Err(format!("{}: the message reads {shown}", phone.name).into());
    }
    if let Some(data) = data.as_object_mut() {
        data.insert("pesan".to_owned(), message.into());
        data.insert("judul_pesan".to_owned(), TITLE.into());
    }
    let report = phone.file(folder, "pesan-kamtibmas", unit, &data)?;
    voice.line(
        &format!("{} membacakan atensi itu kepada warga dan mencatatnya.", phone.name),
        &format!("{} reads that notice to residents and records it.", phone.name),
    );
    Ok(report)
}

/// The centre knows of one officer that he conveyed it, of another that she has it, and of the third that it did not reach him.
pub(crate) fn account(voice: &Voice, centre: &Centre, (message, report): (&str, &str)) -> Result<(), Wrong> {
    let officers = centre.run(&["message", "status", message])?;
    let officers = officers.as_array().ok_or("not a list")?;
    voice.line(&format!("«{TITLE}»:"), &format!("«{TITLE}»:"));
    for officer in officers {
        let text = |key: &str| officer.get(key).and_then(Value::as_str);
        let conveyed = officer.get("conveyed").and_then(Value::as_array).map_or(0, Vec::len);
        let received = officer.get("received").and_then(Value::as_bool) == Some(true);
        let state = match (received, conveyed) {
            (_, 1..) => voice.pick("disampaikan", "conveyed"),
            (true, 0) => voice.pick("diterima", "received"),
            (false, 0) => voice.pick("belum sampai", "not reached"),
        };
        let (contact, never) = (voice.pick("kontak terakhir", "last contact"), voice.pick("belum pernah", "never"));
        let line = format!("{:<24} {state:<13} {contact} {}", text("name").unwrap_or_default(), text("last_contact").unwrap_or(never));
        voice.line(&line, &line);
    }
    let of = |name: &str| {
        let found = officers.iter().find(|one| one.get("name").and_then(Value::as_str).is_some_and(|full| full.contains(name)));
        found.ok_or_else(|| format!("the message is not for {name}"))
    };
    let conveyed = of("Yosef")?.pointer("/conveyed/0").and_then(Value::as_str) == Some(report);
    let has = |officer: &Value| officer.get("received").and_then(Value::as_bool) == Some(true);
    if officers.len() == 3 && conveyed && has(of("Yosef")?) && has(of("Maria")?) && !has(of("Petrus")?) {
        return Ok(());
    }
    Err(format!("the message's status is wrong: {officers:?}").into())
}
