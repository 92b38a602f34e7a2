use serde_json::json;
use sync_core::form::Lang;

use super::super::arguments::Device;
use super::super::output::{Output, say};
use super::super::table::table;
use crate::{Server, ServerError, host};

pub(super) fn run(server: &Server, command: &Device, lang: Lang) -> Result<Output, ServerError> {
    match command {
        Device::List => list(server, lang),
        Device::Revoke { id } => {
            server.revoke_device(*id, host::now())?;
            let text = format!("{} {id}", say(lang, "Dicabut:", "Revoked:"));
            Ok(Output::new(json!({ "id": id.to_string(), "revoked": true }), text))
        }
    }
}

fn list(server: &Server, lang: Lang) -> Result<Output, ServerError> {
    let devices = server.devices()?;
    let rows = devices.iter().map(|device| {
        vec![
            device.id.clone(),
            device.nrp.clone(),
            device.name.clone(),
            device.last_contact.clone().unwrap_or_else(|| say(lang, "belum", "never").to_owned()),
            match device.phones {
                0 | 1 => device.unsent.to_string(),
                phones => format!("{} ({phones} {})", device.unsent, say(lang, "ponsel, satu isi", "phones, one store")),
            },
            device.quarantine_dropped.to_string(),
            device.version.clone(),
            device.revoked_at.clone().unwrap_or_default(),
        ]
    });
    let heads = [
        say(lang, "Perangkat", "Device"),
        "NRP",
        say(lang, "Nama", "Name"),
        say(lang, "Kontak terakhir", "Last contact"),
        say(lang, "Belum terkirim", "Unsent"),
        say(lang, "Tidak tertampung", "Turned away"),
        say(lang, "Versi", "Version"),
        say(lang, "Dicabut", "Revoked"),
    ];
    Ok(Output::new(json!(devices), table(&heads, rows)))
}
