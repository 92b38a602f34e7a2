//! A short slice of the kill campaign (`cargo run --release --bin campaign -- kill --count N` is the long one), and kills of the answers to a refusal.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use sync_core::form::Class;
use tests::campaign::{Plan, kill};
use tests::programs::{Build, Program, program};
use tests::world::{Person, World};

#[test]
fn no_printed_report_is_lost_by_kills_at_any_moment() {
    let plan = Plan::of(240, 1);
    let outcome = kill(plan).unwrap();
    println!("{outcome}");
    assert_eq!((outcome.kills(), outcome.between()), (240, 120), "{outcome}");
    assert!(outcome.printed > 0, "nothing was printed, so nothing could be lost: {outcome}");
    assert!(outcome.is_whole(), "{outcome}: {:?}", outcome.lost);
}

/// The officer corrects, sends again or puts aside, and the phone dies before the commit: everything is as it was, and the next try does it.
#[test]
fn an_answer_to_a_refusal_is_there_whole_or_not_at_all() {
    let world = World::new(77);
    let yosef = world.officer(1, "officer", &["53.03.01.2005", "53.03.01.2006"]);
    world.end_grant(yosef.nrp, "53.03.01.2005", Class::Biasa);
    world.wait_days(91);
    let report = yosef.file("deteksi-dini", "53.03.01.2005").to_string();
    world.sync(&yosef);
    let Person { store, device, .. } = yosef;
    drop(device);
    let outbox = |build, words: &[&str]| {
        let mut command = Command::new(program(Program::Device, build).unwrap());
        command.arg("--store").arg(&store).args(["--json", "outbox"]).args(words);
        command
    };
    let listed = || -> serde_json::Value {
        let output = outbox(Build::Shipped, &["list"]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let before = listed();
    assert_eq!(before[0]["delivery"], "ditolak");
    let retry = ["retry", &report];
    let discard = ["discard", &report, "--yes"];
    let correct = ["correct", &report, "--unit", "53.03.01.2006"];
    for words in [&retry[..], &discard, &correct] {
        let mut child =
            outbox(Build::CrashPoints, words).env("SAMBANG_CRASH_POINT", "before-commit").stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said.trim_end(), "crash point before-commit", "{words:?}");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(listed(), before, "{words:?}");
    }
    for (words, state) in [(&discard[..], None), (&retry, Some("tersimpan"))] {
        assert!(outbox(Build::Shipped, words).output().unwrap().status.success(), "{words:?}");
        assert_eq!(listed()[0]["delivery"].as_str(), state, "{words:?}");
    }
}
