//! The commands of docs/OPERATIONS.md run as they stand there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use sync_core::exchange::{EnrolRequest, EnrolmentCode, Request, RequestHead};
use sync_core::keys::SecretKey;
use sync_core::{DeviceId, Incarnation, Nrp, Timestamp};
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

/// A phone of the page's first officer.
fn enrol(at: &Path) -> String {
    let server = Server::open(&at.join("pusat"), OpenOptions::MustExist).unwrap();
    let now = Timestamp::from_unix_ms(1_764_000_000_000);
    let code: EnrolmentCode = server.new_code(Nrp::from_number(85_010_001).unwrap(), now, [5; 12]).unwrap();
    let (bytes, _) = EnrolRequest::seal(&code, &SecretKey::from_seed([5; 32]));
    server.enrol(&bytes, now, [0xab; 8]).unwrap();
    "abababababababab".to_owned()
}

/// Two reports that the lost phone still sends.
fn hold(at: &Path) -> [String; 2] {
    let server = Server::open(&at.join("pusat"), OpenOptions::MustExist).unwrap();
    let mut phone = Phone::of(SecretKey::from_seed([5; 32]), DeviceId([0xab; 8]), Nrp::from_number(85_010_001).unwrap());
    let reports = [phone.file(VILLAGE, TEXT), phone.file(VILLAGE, TEXT)];
    let (bytes, _) = phone.seal(&phone.request(phone.pending()));
    server.exchange(&bytes, Timestamp::from_unix_ms(1_764_000_000_000)).unwrap();
    assert_eq!(server.held().unwrap().len(), 2);
    reports.map(|report| report.to_string())
}

/// Something from that phone that is no item.
fn push_junk(at: &Path) {
    let server = Server::open(&at.join("pusat"), OpenOptions::MustExist).unwrap();
    let head = RequestHead { device: DeviceId([0xab; 8]), incarnation: Incarnation([1; 8]), counter: 1 };
    let request = Request { items: vec![JUNK.to_vec()], ..Request::default() };
    let (bytes, _) = request.seal(head, &SecretKey::from_seed([5; 32]));
    server.exchange(&bytes, Timestamp::from_unix_ms(1_764_000_000_000)).unwrap();
}

const JUNK: &[u8] = b"ini bukan kiriman laporan";

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
    for heading in ["Install", "First officer", "Serve", "Quarantine", "Lost phone", "Held reports", "Backup"] {
        assert!(headings.contains(&heading), "{heading}: {headings:?}");
    }
    let mut variables = Vec::new();
    let mut seen = BTreeSet::new();
    for (heading, script) in &blocks {
        match (heading.as_str(), seen.insert(heading)) {
            ("Quarantine", true) => {
                variables.push(("PERANGKAT", enrol(at)));
                push_junk(at);
            }
            ("Held reports", true) => variables.extend(["LAPORAN", "LAPORAN_LAIN"].into_iter().zip(hold(at))),
            _ => {}
        }
        shell(at, script, &variables);
    }
    let server = Server::open(&at.join("pusat"), OpenOptions::MustExist).unwrap();
    assert!(server.devices().unwrap()[0].revoked);
    assert!(server.held().unwrap().is_empty());
    assert_eq!(server.reports(&ReportFilter::default()).unwrap().len(), 2, "the admitted one, and the discarded one that was taken back");
    assert_eq!(std::fs::read(at.join("kiriman.bin")).unwrap(), JUNK);
    assert!(at.join("laporan.csv").exists() && at.join("cadangan/pusat/keys").exists());
}
