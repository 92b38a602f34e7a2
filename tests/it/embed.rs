//! The README's first program, against a real server.

use std::process::Command;

use tests::centre::Centre;
use tests::programs::{Build, Program, program};

#[test]
fn the_first_program_of_the_readme_delivers_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let centre = Centre::start(&folder.path().join("centre")).unwrap();
    let code = centre.add_officer("85010001", "officer", &["53.03.01.2005"]).unwrap();
    let store = folder.path().join("officer.sambang");
    let output = Command::new(program(Program::Embed, Build::Shipped).unwrap()).args([centre.url(), &code]).arg(&store).output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains("1 unsent") && said.contains("0 unsent"), "{said}");
    // The watched list shows the report as it is saved, and once more as it is delivered.
    assert_eq!((said.matches(" tersimpan ").count(), said.matches(" terkirim ").count()), (1, 1), "{said}");
}

#[test]
fn a_wrong_code_ends_it_with_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let centre = Centre::start(&folder.path().join("centre")).unwrap();
    let output = Command::new(program(Program::Embed, Build::Shipped).unwrap())
        .args([centre.url(), "AAAA-BBBB"])
        .arg(folder.path().join("officer.sambang"))
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(!output.stderr.is_empty());
}

#[test]
fn the_readme_shows_the_program_as_it_is() {
    let read = |name: &str| std::fs::read_to_string(tests::programs::workspace().join(name)).unwrap();
    let program = read("examples/embed.rs");
    assert!(read("README.md").contains(program.trim()), "the README shows another program than examples/embed.rs");
    assert!(program.lines().count() < 60, "{} lines", program.lines().count());
}
