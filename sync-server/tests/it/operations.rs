//! The commands of docs/OPERATIONS.md run as they stand there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use sync_core::exchange::{EnrolRequest, EnrolmentCode, Request, RequestBundle};
use sync_core::keys::SecretKey;
use sync_core::{DeviceId, Nrp, Timestamp};
use sync_server::{OpenOptions, ReportFilter, Server};

use crate::world::{Phone, TEXT, UNITS, VILLAGE};

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

fn shell(at: &Path, script: &str, variables: &[(&str, String)]) {
    let programs = Path::new(env!("CARGO_BIN_EXE_sambang-server")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(at)
        .env("PATH", path)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}\n{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

fn now() -> Timestamp {
    Timestamp::from_unix_ms(1_764_000_000_000)
}

fn open(at: &Path) -> Server {
    Server::open(&at.join("pusat"), OpenOptions::MustExist).unwrap()
}

/// A phone of that officer.
fn enrol(at: &Path, nrp: u32, number: u8) -> Phone {
    let (server, officer) = (open(at), Nrp::from_number(nrp).unwrap());
    let code: EnrolmentCode = server.new_code(officer, now(), [number; 12]).unwrap();
    let (key, device) = (SecretKey::from_seed([number; 32]), DeviceId([number; 8]));
    server.enrol(&EnrolRequest::seal(&code, &key).0, now(), device.0).unwrap();
    Phone::of(key, device, officer)
}

fn push(at: &Path, phone: &mut Phone, request: &Request) {
    open(at).exchange(&phone.seal(request).0, now()).unwrap();
}

/// Two reports that the lost phone still sends.
fn hold(at: &Path, phone: &mut Phone) -> [String; 2] {
    let reports = [phone.file(VILLAGE, TEXT), phone.file(VILLAGE, TEXT)];
    let request = phone.request(phone.pending());
    push(at, phone, &request);
    assert_eq!(open(at).held().unwrap().len(), 2);
    reports.map(|report| report.to_string())
}

/// What the page's supervisor sends down; gives the message's id.
fn send(at: &Path) -> String {
    let mut phone = enrol(at, 79_040_002, 0xac);
    let data = serde_json::json!({ "judul": "Waspada", "jenis": "atensi", "teks": "Giatkan ronda." });
    let message = phone.file_as("pesan", "53.03.01", &data);
    let request = phone.request(phone.pending());
    push(at, &mut phone, &request);
    message.to_string()
}

/// A report that comes by file.
fn carry(at: &Path, phone: &mut Phone) {
    phone.file(VILLAGE, TEXT);
    let request = phone.request(phone.pending());
    std::fs::write(at.join("bundel.sambang"), RequestBundle { requests: vec![phone.seal(&request).0] }.seal()).unwrap();
}

/// Something that is no item.
const JUNK: &[u8] = b"ini bukan kiriman laporan";

#[test]
fn the_page_does_what_it_says() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    std::fs::write(at.join("wilayah.csv"), UNITS).unwrap();
    std::fs::write(at.join("kerja-bakti.json"), crate::forms::new_kind()).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["pusat.example".to_owned()]).unwrap();
    std::fs::write(at.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(at.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let blocks = blocks(include_str!("../../../docs/OPERATIONS.md"));
    let headings: Vec<&str> = blocks.iter().map(|(heading, _)| heading.as_str()).collect();
    for heading in [
        "Install",
        "First officer",
        "Serve",
        "Watch",
        "Quarantine",
        "Messages from above",
        "Forms",
        "By file",
        "Lost phone",
        "Held reports",
        "Security journal",
        "Backup",
    ] {
        assert!(headings.contains(&heading), "{heading}: {headings:?}");
    }
    let (mut variables, mut lost) = (Vec::new(), None);
    let mut seen = BTreeSet::new();
    for (heading, script) in &blocks {
        match (heading.as_str(), seen.insert(heading)) {
            ("Quarantine", true) => {
                let phone = lost.insert(enrol(at, 85_010_001, 0xab));
                variables.push(("PERANGKAT", phone.device.to_string()));
                push(at, phone, &Request { items: vec![JUNK.to_vec()], ..Request::default() });
            }
            ("Messages from above", true) => variables.push(("PESAN", send(at))),
            ("By file", true) => carry(at, lost.as_mut().unwrap()),
            ("Held reports", true) => variables.extend(["LAPORAN", "LAPORAN_LAIN"].into_iter().zip(hold(at, lost.as_mut().unwrap()))),
            _ => {}
        }
        shell(at, script, &variables);
    }
    let server = open(at);
    assert!(server.devices().unwrap().iter().any(|device| device.nrp == "85010001" && device.revoked));
    assert!(server.held().unwrap().is_empty());
    assert_eq!(
        server.reports(&ReportFilter::default()).unwrap().len(),
        3,
        "the one by file, the admitted one, and the discarded one that was taken back"
    );
    assert_eq!(std::fs::read(at.join("kiriman.bin")).unwrap(), JUNK);
    let added = server.forms().unwrap().into_iter().find(|form| !form.built_in).unwrap();
    assert!(added.kind == "kerja-bakti" && added.retired);
    assert!(at.join("laporan.csv").exists());
    let moved = Server::open(&at.join("pusat-baru"), OpenOptions::MustExist).unwrap();
    assert_eq!((moved.root_key(), moved.devices().unwrap()), (server.root_key(), server.devices().unwrap()), "the new machine");
}
