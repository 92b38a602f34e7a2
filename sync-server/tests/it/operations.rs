//! The commands of docs/OPERATIONS.md run as they stand there.

use std::path::Path;
use std::process::Command;

use sync_core::change::Item;
use sync_core::document::{Birth, create};
use sync_core::exchange::{EnrolRequest, EnrolmentCode, Request, RequestHead};
use sync_core::form::Form;
use sync_core::keys::SecretKey;
use sync_core::{Actor, DeviceId, Incarnation, Nrp, ReportId, Timestamp};
use sync_server::{OpenOptions, Server};

use crate::world::UNITS;

/// The blocks that a reader would paste into a shell, with the heading that they stand under.
fn blocks(page: &str) -> Vec<(String, String)> {
    let (mut heading, mut block, mut found) = (String::new(), None::<String>, Vec::new());
    for line in page.lines() {
        match (line, &mut block) {
            ("```sh", None) => block = Some(String::new()),
            ("```", Some(text)) => {
                found.push((heading.clone(), std::mem::take(text)));
                block = None;
            }
            (line, Some(text)) => text.push_str(&format!("{line}\n")),
            (line, None) if line.starts_with("## ") => heading = line.trim_start_matches("## ").to_owned(),
            (_, None) => {}
        }
    }
    found
}

fn shell(at: &Path, script: &str, (device, message): (&str, &str)) {
    let programs = Path::new(env!("CARGO_BIN_EXE_sambang-server")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(at)
        .env("PATH", path)
        .env("PERANGKAT", device)
        .env("PESAN", message)
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}\n{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

/// A phone of the page's first officer.
fn enrol(at: &Path) -> String {
    let server = Server::open(&at.join("pusat"), OpenOptions::MustExist).unwrap();
    let now = Timestamp::from_unix_ms(1_764_000_000_000);
    let code: EnrolmentCode = server.new_code(Nrp::from_number(85_010_001).unwrap(), now, [5; 12]).unwrap();
    let (bytes, _) = EnrolRequest::seal(&code, &SecretKey::from_seed([5; 32]));
    server.enrol(&bytes, now, [0xab; 8]).unwrap();
    "abababababababab".to_owned()
}

/// What the page's supervisor sends down; gives the message's id.
fn send(at: &Path) -> String {
    let server = Server::open(&at.join("pusat"), OpenOptions::MustExist).unwrap();
    let (now, key, author) =
        (Timestamp::from_unix_ms(1_764_000_000_000), SecretKey::from_seed([6; 32]), Nrp::from_number(79_040_002).unwrap());
    let code: EnrolmentCode = server.new_code(author, now, [6; 12]).unwrap();
    let (device, report) = (DeviceId([0xac; 8]), ReportId::new(1_764_000_000_000, [6; 10]));
    server.enrol(&EnrolRequest::seal(&code, &key).0, now, device.0).unwrap();
    let birth = Birth { report, kind: "pesan".to_owned(), form: 1, unit: "53.03.01".parse().unwrap(), author, recorded_at: now };
    let data = serde_json::json!({ "judul": "Waspada", "jenis": "atensi", "teks": "Giatkan ronda." });
    let (_, change) = create(Form::message(), &birth, &data, Actor::new(device, [6; 8]), &mut String::new).unwrap();
    let items = vec![Item { report, changes: vec![change] }.encode().unwrap()];
    let request = Request { version: "test 1".to_owned(), items, ..Request::default() };
    let (bytes, _) = request.seal(RequestHead { device, incarnation: Incarnation([6; 8]), counter: 1 }, &key);
    server.exchange(&bytes, now).unwrap();
    report.to_string()
}

#[test]
fn the_page_does_what_it_says() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    std::fs::write(at.join("wilayah.csv"), UNITS).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["pusat.example".to_owned()]).unwrap();
    std::fs::write(at.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(at.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let blocks = blocks(include_str!("../../../docs/OPERATIONS.md"));
    let headings: Vec<&str> = blocks.iter().map(|(heading, _)| heading.as_str()).collect();
    for heading in ["Install", "First officer", "Serve", "Messages from above", "Lost phone", "Backup"] {
        assert!(headings.contains(&heading), "{heading}: {headings:?}");
    }
    let (mut device, mut message) = (String::new(), String::new());
    for (heading, script) in &blocks {
        if heading == "Lost phone" && device.is_empty() {
            device = enrol(at);
        }
        if heading == "Messages from above" && message.is_empty() {
            message = send(at);
        }
        shell(at, script, (&device, &message));
    }
    let server = Server::open(&at.join("pusat"), OpenOptions::MustExist).unwrap();
    assert!(server.devices().unwrap().iter().any(|device| device.nrp == "85010001" && device.revoked));
    assert!(at.join("laporan.csv").exists() && at.join("cadangan/pusat/keys").exists());
}
