//! Every mutant still applies, and names a judge that exists; `cargo run --release --bin campaign -- mutants` shows that each is found.

use std::collections::BTreeSet;
use std::process::Command;

use tests::campaign::generated::rule_lines;
use tests::campaign::mutants::{Judge, Mutant};
use tests::programs::{fits, workspace};

#[test]
fn every_mutant_applies_to_the_sources_as_they_are() {
    let mutants = Mutant::all().unwrap();
    assert!(!mutants.is_empty());
    for mutant in mutants {
        let fit = fits(&mutant.file);
        assert!(fit.is_ok(), "{}: {fit:?}", mutant.name);
    }
}

#[test]
fn every_mutant_names_a_judge_that_exists() {
    for Mutant { name, judge, .. } in Mutant::all().unwrap() {
        assert!(exists(&judge), "{name}: there is no `{judge}`");
    }
    let test = |target: &str, name: &str| Judge::Test { target: target.to_owned(), name: name.to_owned() };
    assert!(!exists(&test("it", "mutants::that_nobody_wrote")));
    assert!(!exists(&test("core", "mutants::every_mutant_names_a_judge_that_exists")));
    assert!(!exists(&Judge::Campaign(vec!["unheard-of".to_owned()])));
    assert!(!exists(&Judge::Campaign(["kill", "--unheard-of"].map(str::to_owned).to_vec())));
}

/// A rule that can go unseen is none.
#[test]
fn every_rule_of_the_protocol_has_a_mutant() {
    let protocol = std::fs::read_to_string(workspace().join("docs/PROTOCOL.md")).unwrap();
    let rules: Vec<&str> = rule_lines(&protocol).filter_map(|row| row.split('|').nth(1)).map(str::trim).collect();
    assert!(rules.len() > 40, "{rules:?}");
    let mut named = BTreeSet::new();
    for mutant in Mutant::all().unwrap() {
        let text = std::fs::read_to_string(&mutant.file).unwrap();
        let words =
            text.lines().take_while(|line| !line.starts_with("--- ")).flat_map(|line| line.split(|c| c != '_' && !char::is_uppercase(c)));
        named.extend(words.map(str::to_owned));
    }
    let without: Vec<&str> = rules.into_iter().filter(|rule| !named.contains(*rule)).collect();
    assert_eq!(without, <[&str; 0]>::default());
}

fn exists(judge: &Judge) -> bool {
    match judge {
        // The help is printed when all before it was understood.
        Judge::Campaign(arguments) => {
            let output = Command::new(env!("CARGO_BIN_EXE_campaign")).args(arguments).arg("--help").output().unwrap();
            output.status.success()
        }
        Judge::Test { target, name } => {
            let (module, function) = name.split_once("::").unwrap_or_default();
            // Where the test programs of the members are: tests/it/, sync-core/tests/core/, …
            let folders = ["tests", "sync-core/tests", "local-store/tests", "sync-server/tests"];
            let files = folders.map(|folder| workspace().join(folder).join(target).join(format!("{module}.rs")));
            let test = format!("#[test]\nfn {function}() {{");
            files.iter().any(|file| std::fs::read_to_string(file).is_ok_and(|text| text.contains(&test)))
        }
    }
}
