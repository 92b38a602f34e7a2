//! What a field app does: open a store, save a report without signal, list, sync when there is some, say honestly what is unsent.
//!
//! `cargo run --bin embed -- http://127.0.0.1:8443 CODE`, with the address of a running server and a one-time code of `officer add`.

use std::error::Error;
use std::process::ExitCode;

use local_store::{Device, Filter};
use serde_json::json;
use sync_core::UnitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let [server, code] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "embed SERVER CODE")?;
    let folder = tempfile::tempdir()?;

    // Once in the life of a store: the code makes it the officer's, the first exchange brings his villages.
    let device = Device::open(folder.path().join("officer.sambang"))?;
    device.enrol(&server, &code, "")?;
    device.sync()?;
    let areas = device.status()?.areas;
    let (village, _class) = areas.first().and_then(|area| area.split_once('/')).ok_or("this officer has no area")?;
    let village: UnitCode = village.parse()?;

    // Without signal: when the id is here, the report is on the disk for good.
    let report = device.file(
        "deteksi-dini",
        village,
        &json!({
            "tanggal": "2026-11-21", "rt": "003", "rw": "001", "bidang": "keamanan", "urgensi": "tinggi", "keseringan": "kadang",
            "uraian": "Pemuda dua dusun saling mengancam setelah pesta nikah; warga khawatir terjadi perkelahian malam Minggu.",
        }),
    )?;
    println!("saved {report}, {} unsent", device.status()?.unsent);
    for one in device.list(&Filter::default())? {
        println!("{} {} {:<10} {}", one.recorded_at, one.kind, one.delivery.as_str(), one.title);
    }

    // With signal: mostly one request and its reply. May be killed at any moment. `Runner` does it by itself, in the background.
    let synced = device.sync()?;
    let status = device.status()?;
    println!("{} bytes up, {} down; {} delivered, {} unsent", synced.bytes_up, synced.bytes_down, status.delivered, status.unsent);
    if status.unsent > 0 { Err("the server has not taken everything".into()) } else { Ok(()) }
}
