//! The program itself: commands, errors, exit codes.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::world::UNITS;

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sambang-server"));
    command.env_remove("SAMBANG_DATA").env_remove("SAMBANG_LANG").env_remove("SAMBANG_LOG");
    command
}

pub(crate) fn run(directory: &Path, arguments: &[&str]) -> Output {
    program().arg("--data").arg(directory.join("centre")).args(arguments).output().unwrap()
}

/// A command that succeeds, with its one JSON value.
pub(crate) fn json(directory: &Path, arguments: &[&str]) -> Value {
    let output = run(directory, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A command that fails: the exit code, and the error's stable code.
fn failure(directory: &Path, arguments: &[&str]) -> (i32, String) {
    let output = run(directory, &[arguments, &["--json"]].concat());
    assert!(output.stdout.is_empty(), "{arguments:?}");
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(!error["error"]["message"].as_str().unwrap().is_empty() && !error["error"]["remedy"].as_str().unwrap().is_empty());
    (output.status.code().unwrap(), error["error"]["code"].as_str().unwrap().to_owned())
}

/// A directory with units.
pub(crate) fn centre() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("wilayah.csv");
    std::fs::write(&file, UNITS).unwrap();
    let done = json(directory.path(), &["units", "import", file.to_str().unwrap()]);
    assert_eq!((done["new"].as_u64(), done["total"].as_u64()), (Some(11), Some(11)));
    directory
}

#[test]
fn officers_and_devices_are_administered() {
    let directory = centre();
    let at = directory.path();
    let added = json(at, &["officer", "add", "--nrp", "85010001", "--name", "Yohanes Bria", "--unit", "53.03.01.2005", "53.03.01.2006"]);
    assert!(added["code"].as_str().unwrap().parse::<sync_core::exchange::EnrolmentCode>().is_ok());
    assert_eq!(added["nrp"], "85010001");
    json(at, &["officer", "grant", "85010001", "--unit", "53.03.02.2001"]);
    json(at, &["officer", "grant", "85010001", "--unit", "53.03.02.2001", "--class", "rahasia"]);
    json(at, &["officer", "end", "85010001", "--unit", "53.03.01.2006"]);
    assert_ne!(json(at, &["officer", "code", "85010001"])["code"], added["code"]);
    let officers = json(at, &["officer", "list"]);
    let areas: Vec<(&str, &str, bool)> = officers[0]["areas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|area| (area["unit"].as_str().unwrap(), area["class"].as_str().unwrap(), area["given"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        areas,
        [
            ("53.03.01.2005", "biasa", true),
            ("53.03.01.2006", "biasa", false),
            ("53.03.02.2001", "biasa", true),
            ("53.03.02.2001", "rahasia", true)
        ]
    );
    assert_eq!(json(at, &["device", "list"]), serde_json::json!([]));
    assert_eq!(json(at, &["held", "list"]), serde_json::json!([]));
    assert_eq!(json(at, &["report", "list"]), serde_json::json!([]));
    let verified = json(at, &["verify"]);
    assert_eq!(verified["ok"], true);
    // For people, in two languages.
    let (indonesian, english) = (run(at, &["officer", "list"]), run(at, &["officer", "list", "--lang", "en"]));
    assert!(String::from_utf8_lossy(&indonesian.stdout).contains("Wilayah") && String::from_utf8_lossy(&english.stdout).contains("Units"));
}

#[test]
fn mistakes_get_a_code_and_a_remedy_and_change_nothing() {
    let directory = centre();
    let at = directory.path();
    let add = |nrp, name, unit| failure(at, &["officer", "add", "--nrp", nrp, "--name", name, "--unit", unit]);
    json(at, &["officer", "add", "--nrp", "85010001", "--name", "Yohanes Bria", "--unit", "53.03.01.2005"]);
    let before = json(at, &["officer", "list"]);
    let failed = |code: &str| (1, code.to_owned());
    let usage = (2, "usage".to_owned());
    assert_eq!(add("85010001", "Lain", "53.03.01.2005"), failed("officer-exists"));
    assert_eq!(add("85010002", "Lain", "53.03.01.2999"), failed("unknown-unit"));
    assert_eq!(add("85010002", " ", "53.03.01.2005"), failed("bad-name"));
    assert_eq!(add("8501000", "Lain", "53.03.01.2005"), usage);
    assert_eq!(add("85010002", "Lain", "5303012005"), usage);
    assert_eq!(failure(at, &["officer", "grant", "85019999", "--unit", "53.03"]), failed("unknown-officer"));
    assert_eq!(failure(at, &["officer", "grant", "85010001", "--unit", "53.99"]), failed("unknown-unit"));
    assert_eq!(failure(at, &["officer", "end", "85010001", "--unit", "53.03"]), failed("not-granted"));
    assert_eq!(failure(at, &["officer", "end", "85010001", "--unit", "53.03.01.2005", "--class", "rahasia"]), failed("not-granted"));
    assert_eq!(failure(at, &["device", "revoke", "0123456789abcdef"]), failed("unknown-device"));
    assert_eq!(failure(at, &["device", "revoke", "xyz"]), usage);
    assert_eq!(failure(at, &["report", "show", "01930000-0000-7000-8000-000000000000"]), failed("unknown-report"));
    assert_eq!(failure(at, &["report", "list", "--status", "done"]), usage);
    assert_eq!(failure(at, &["serve", "--listen", "0.0.0.0:0"]), failed("needs-tls"));
    assert_eq!(failure(at, &["serve", "--listen", "nowhere"]), failed("listen"));
    assert_eq!(failure(at, &["serve", "--listen", "127.0.0.1:0", "--metrics", "0.0.0.0:0"]), failed("metrics-address"));
    assert_eq!(failure(at, &["serve", "--listen", "127.0.0.1:0", "--cert", "no.pem", "--key", "no.pem"]), failed("certificate"));
    assert_eq!(failure(at, &["serve", "--cert", "only.pem"]), usage);
    assert_eq!(json(at, &["officer", "list"]), before);
}

#[test]
fn a_wrong_file_of_units_is_refused_whole() {
    let directory = centre();
    let at = directory.path();
    let file = at.join("wrong.csv");
    for (text, line) in [
        ("kode,nama\n53,NTT\n", 1),
        ("code,name\n53,NTT\n53.3,Salah\n", 3),
        ("code,name\n54,Lain\n55.01,Yatim\n", 3),
        ("code,name\n54,Lain\n54,Lagi\n", 3),
        ("code,name\n54,\n", 2),
        ("code,name\n54,Lain,lebih\n", 2),
    ] {
        std::fs::write(&file, text).unwrap();
        let output = run(at, &["units", "import", file.to_str().unwrap(), "--json", "--lang", "en"]);
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!((output.status.code(), error["error"]["code"].as_str()), (Some(1), Some("units-file")), "{text}");
        assert!(error["error"]["message"].as_str().unwrap().contains(&format!("Line {line} ")), "{text}: {error}");
    }
    std::fs::write(&file, UNITS.replace("Bokon", "Bokon Baru")).unwrap();
    let done = json(at, &["units", "import", file.to_str().unwrap()]);
    assert_eq!((done["new"].as_u64(), done["renamed"].as_u64(), done["unchanged"].as_u64()), (Some(0), Some(1), Some(10)));
    assert_eq!(failure(at, &["units", "import", "not-there.csv"]), (1, "file".to_owned()));
}

#[test]
fn a_mistyped_directory_does_not_become_a_centre() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(failure(directory.path(), &["officer", "list"]), (1, "no-centre".to_owned()));
    assert!(!directory.path().join("centre").exists());
    let output = program().args(["officer", "list", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not-valid"));
}

#[test]
fn every_command_has_help() {
    for command in [
        vec![],
        vec!["units", "import"],
        vec!["officer", "add"],
        vec!["officer", "end"],
        vec!["device", "revoke"],
        vec!["report", "export"],
        vec!["serve"],
        vec!["verify"],
        vec!["held", "list"],
        vec!["backup"],
        vec!["restore"],
        vec!["journal", "confirm"],
    ] {
        let output = program().args(&command).arg("--help").output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{command:?}");
    }
}
