//! The six duties done on the command line, offline, as docs/DUTIES.md tells them.

use std::process::Command;

use serde_json::Value;

use tests::centre::Centre;
use tests::programs::{Build, Program, program, workspace};

#[test]
fn the_page_of_the_duties_can_be_followed_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("centre");
    let centre = Centre::start(&data).unwrap();
    let officer = centre.add_officer("85010001", "officer", &["53.03.01.2005"]).unwrap();
    let supervisor = centre.add_officer("85020001", "polsek", &["53.03.01"]).unwrap();
    // The page works at the root of the sources, for the examples; the stores that it makes must not stay there.
    std::os::unix::fs::symlink(workspace().join("sync-core"), folder.path().join("sync-core")).unwrap();
    let device = program(Program::Device, Build::Shipped).unwrap();
    let server = program(Program::Server, Build::Shipped).unwrap();
    let path = std::env::join_paths(
        [device.parent().unwrap(), server.parent().unwrap()]
            .map(std::path::Path::to_path_buf)
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )
    .unwrap();

    let page = std::fs::read_to_string(workspace().join("docs/DUTIES.md")).unwrap();
    let script = blocks(&page);
    assert!(script.lines().count() > 50, "the page has lost its commands");
    let output = Command::new("bash")
        .args(["-x", "-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("DATA", &data)
        .envs([("SERVER", centre.url()), ("OFFICER_CODE", &officer), ("SUPERVISOR_CODE", &supervisor)])
        .output()
        .unwrap();
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complained}");

    let officers = reports(&device, &folder.path().join("officer.sambang"));
    let supervisors = reports(&device, &folder.path().join("supervisor.sambang"));
    // One post was handed over to a neighbouring unit: its author keeps it, the supervisor of the old unit does not.
    assert_eq!(of(&officers, "unit", "53.03.02"), 1, "{officers:?}");
    assert_eq!(officers.len(), supervisors.len() + 1);
    for (status, count) in [("handled", 3), ("escalated", 1), ("withdrawn", 1), ("final", 12)] {
        assert_eq!(of(&officers, "status", status), count, "{status}: {officers:?}");
    }
    assert_eq!(of(&officers, "delivery", "terkirim"), officers.len());
    assert!(officers.iter().all(|one| one["conflicts"] == 0), "{officers:?}");
    // What was refused has gone through in the end, and the export says why it had been.
    let new_phone = reports(&device, &folder.path().join("new-phone.sambang"));
    assert_eq!((of(&new_phone, "delivery", "ditolak"), of(&new_phone, "delivery", "terkirim")), (0, new_phone.len()));
    let export: Value = serde_json::from_str(&std::fs::read_to_string(folder.path().join("early.json")).unwrap()).unwrap();
    assert_eq!(export["failure"]["refusal"]["code"], "outside-grant");
}

/// Every block that is marked as bash, one after another.
fn blocks(page: &str) -> String {
    let inside = page.split("```bash\n").skip(1).filter_map(|rest| rest.split("```").next());
    inside.collect::<Vec<_>>().join("\n")
}

fn reports(device: &std::path::Path, store: &std::path::Path) -> Vec<Value> {
    let output = Command::new(device).arg("--store").arg(store).args(["--json", "report", "list"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn of(reports: &[Value], key: &str, value: &str) -> usize {
    reports.iter().filter(|one| one[key] == value).count()
}
