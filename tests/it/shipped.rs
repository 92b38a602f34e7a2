//! What people get has nothing of the tests in it.

use std::path::Path;
use std::process::Command;

use tests::programs::{Build, Program, metadata, program, workspace};

/// Words that only a program with crash points holds.
const MARKS: [&[u8]; 2] = [b"SAMBANG_CRASH_POINT", b"crash point "];

fn holds_a_mark(program: &Path) -> bool {
    let bytes = std::fs::read(program).unwrap();
    MARKS.iter().any(|mark| bytes.windows(mark.len()).any(|window| window == *mark))
}

#[test]
fn the_shipped_programs_have_no_crash_points() {
    for one in [Program::Device, Program::Server] {
        assert!(!holds_a_mark(&program(one, Build::Shipped).unwrap()), "{one:?}");
    }
}

#[test]
fn crash_points_would_be_found_and_stand_elsewhere() {
    let (shipped, with_points) = (program(Program::Device, Build::Shipped).unwrap(), program(Program::Device, Build::CrashPoints).unwrap());
    assert!(holds_a_mark(&with_points));
    assert_ne!(shipped.parent(), with_points.parent());
    assert!(!holds_a_mark(&shipped), "the build with crash points replaced the shipped program");
}

#[test]
fn a_mutant_stands_elsewhere_and_replaces_nothing() {
    let before = std::fs::read(program(Program::Device, Build::Shipped).unwrap()).unwrap();
    let mutant = std::fs::read(program(Program::Device, Build::Mutant("synchronous-off")).unwrap()).unwrap();
    let after = std::fs::read(program(Program::Device, Build::Shipped).unwrap()).unwrap();
    assert!(before != mutant, "the mutant is the shipped program");
    assert!(before == after, "the mutant replaced the shipped program");
}

#[test]
fn no_feature_brings_a_tool_of_the_tests() {
    let known = ["default", "http", "sim"];
    for package in metadata().unwrap()["packages"].as_array().unwrap().iter().filter(|package| package["source"].is_null()) {
        for feature in package["features"].as_object().unwrap().keys() {
            assert!(known.contains(&feature.as_str()), "{} has the feature {feature}: is it shipped? then name it here", package["name"]);
        }
    }
}

#[test]
fn the_simulator_is_not_shipped() {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(workspace()).args(["tree", "--locked", "--package", "local-store", "--package", "sync-server"]);
    let output = tree.args(["--edges", "normal", "--prefix", "none", "--format", "{p} [{f}]"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let core: Vec<&str> = text.lines().filter(|line| line.starts_with("sync-core ")).collect();
    assert!(!core.is_empty(), "{text}");
    assert!(core.iter().all(|line| !line.contains("sim")), "{core:?}");
}
