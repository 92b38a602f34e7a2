//! What a field app does: open a store, watch a list, save a report without signal, sync when there is some, say honestly what is unsent.
//!
//! `cargo run --release --bin embed -- http://127.0.0.1:8443 CODE officer.sambang`, with the address of a running server, a one-time code of its
//! `officer add`, and the store's file, which is made where there is none.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use local_store::{Device, Filter, Summary};
use serde_json::json;

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
    let [server, code, store] = std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "embed SERVER CODE STORE")?;
    let device = Device::open(store)?;
    if device.status()?.nrp.is_none() {
        device.enrol(&server, &code, "")?; // once in the life of a store: the code makes it the officer's
    }
    device.sync()?; // the first one brings his villages
    let village = *device.status()?.units().first().ok_or("this officer has no area")?;

    // A screen's list: `within` gives it at once, then each time that it has changed. On a thread of its own: `for list in reports`.
    let mut reports = device.observe(&Filter::default());
    draw(reports.within(Duration::ZERO)?);

    // Without signal: when the id is here, the report is on the disk for good.
    let visit = json!({
        "tanggal": "2026-11-21", "nama_kepala_keluarga": "Yosef Naibesi",
        "uraian": "Keluarga dalam keadaan baik. Disampaikan agar mengunci rumah saat ke kebun dan melaporkan tamu yang menginap.",
    });
    let id = device.file("dds-warga", village, &visit)?;
    println!("saved {id}, {} unsent", device.status()?.unsent);
    draw(reports.within(Duration::ZERO)?);

    // With signal: mostly one request and its reply. May be killed at any moment. `Runner` does it by itself, in the background.
    let synced = device.sync()?;
    let status = device.status()?;
    println!("{} bytes up, {} down; {} delivered, {} unsent", synced.bytes_up, synced.bytes_down, status.delivered, status.unsent);
    draw(reports.within(Duration::ZERO)?);
    if status.unsent > 0 { Err("the server has not taken everything".into()) } else { Ok(()) }
}

fn draw(changed: Option<Vec<Summary>>) {
    for one in changed.unwrap_or_default() {
        println!("{} {} {:<10} {}", one.recorded_at, one.kind, one.delivery.as_str(), one.title);
    }
}
