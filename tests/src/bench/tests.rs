#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sync_core::Form;
use sync_core::sim::Profile;

use super::cases::{Case, Work};
use super::figure::{Board, Bound, OURS, What};
use super::machine::Header;
use super::process::Peer;
use super::samples::Samples;
use super::system::{Done, Order, System};
use super::texts::{Flat, Texts, digest};
use super::transfer::Cost;
use super::{Bench, Options, own, peers, run, table};

const REQUESTS: What = What { case: "push-20", metric: "requests", unit: "requests" };

fn board(values: &[(&str, f64)]) -> Board {
    let mut board = Board::default();
    values.iter().for_each(|(system, value)| board.note("wire", REQUESTS, system, *value));
    board
}

#[test]
fn a_median_is_the_middle_and_a_percentile_a_value_that_was_seen() {
    let odd: Samples = [5.0, 1.0, 3.0].into_iter().collect();
    let even: Samples = [4.0, 1.0, 3.0, 9.0].into_iter().collect();
    assert_eq!((odd.median(), odd.min(), odd.max()), (Some(3.0), Some(1.0), Some(5.0)));
    assert_eq!(even.median(), Some(3.5));
    let hundred: Samples = (1..=100).rev().map(f64::from).collect();
    assert_eq!((hundred.percentile(50), hundred.percentile(99), hundred.percentile(100)), (Some(50.0), Some(99.0), Some(100.0)));
    assert_eq!(odd.percentile(99), Some(5.0));
    assert_eq!((Samples::default().median(), Samples::default().percentile(50)), (None, None));
}

#[test]
fn above_a_limit_is_not_ok_and_above_an_aim_is() {
    assert!(board(&[(OURS, 1.0), ("other", 20.0)]).is_ok(), "a peer has no limit");
    assert!(!board(&[(OURS, 2.0)]).is_ok());
    assert!(!Board::default().is_ok(), "nothing measured is no success");
    let line = board(&[(OURS, 2.0)]).figures()[0].json();
    assert_eq!((&line["limit"], &line["ok"], line.get("peer")), (&json!(1.0), &json!(false), None));

    let mut aimed = Board::default();
    aimed.note("link", What { case: "idle", metric: "seconds", unit: "s" }, OURS, 9.0);
    assert!(matches!(aimed.figures()[0].bound(), Some(Bound::Aim(_))));
    assert!(aimed.is_ok());
    assert_eq!(aimed.figures()[0].json()["aim_met"], json!(false));
}

#[test]
fn every_ratio_of_a_link_has_its_limit_and_a_peer_has_none() {
    let ratio = |case, system: &str, value| {
        let mut board = Board::default();
        board.note("link", What { case, metric: "ratio", unit: "" }, system, value);
        board
    };
    for case in ["push-20", "pull-60-tls", "urgent-before-2000"] {
        assert!(ratio(case, OURS, 1.1).is_ok() && !ratio(case, OURS, 1.11).is_ok(), "{case}");
        assert!(ratio(case, "other", 9.0).is_ok());
    }
    assert!(table::table("link", &ratio("idle", OURS, 1.2)).contains("limit 1.1: **broken**"));
}

#[test]
fn a_figure_with_a_limit_and_no_value_is_not_ok() {
    let mut board = Board::default();
    board.skip("wire", REQUESTS, OURS);
    assert!(!board.is_ok());
}

#[test]
fn rounds_of_one_figure_are_one_line_with_its_spread() {
    let board = board(&[(OURS, 1.0), ("other", 7.0), (OURS, 1.0), ("other", 9.0), ("other", 20.0)]);
    let lines: Vec<Value> = board.figures().iter().map(super::Figure::json).collect();
    assert_eq!(lines.len(), 2);
    let expected = json!({
        "bench": "wire", "case": "push-20", "metric": "requests", "unit": "requests", "peer": "other",
        "value": 9.0, "min": 7.0, "max": 20.0, "rounds": 3,
    });
    assert_eq!(lines[1], expected);
}

#[test]
fn a_page_keeps_everything_but_the_tables() {
    let header = Header::now(3, BTreeMap::new());
    let mut board = board(&[(OURS, 1.0), ("other", 12_345.0)]);
    board.skip("wire", What { case: "idle", ..REQUESTS }, "other");
    let page = "before\n<!-- bench wire -->\nold\n<!-- end wire -->\nafter\n";
    let command = [("wire", "the command".to_owned())];
    let new = table::into_page(page, &command, &header, &board).unwrap();
    assert!(new.starts_with("before\n<!-- bench wire -->\n") && new.ends_with("<!-- end wire -->\nafter\n"), "{new}");
    assert!(!new.contains("old") && new.contains("`the command`"), "{new}");
    assert!(new.contains("| push-20 | requests | requests | 1 | 12,345 | limit 1 |"), "{new}");
    assert!(new.contains("| idle | requests | requests |  | – |  |"), "what a system has not is no blank: {new}");
    assert_eq!(table::into_page(&new, &command, &header, &board).unwrap(), new);
    assert!(table::into_page("no marks", &command, &header, &board).is_err());
}

#[test]
fn the_digest_depends_on_what_was_written_and_not_on_how() {
    let read = |text: &str| -> Flat { serde_json::from_str(text).unwrap() };
    let (one, two) = (read(r#"{"id":"1","b":[{"y":1,"x":"é"}],"a":-9.45,"n":8}"#), read(r#"{"id":"2","a":null}"#));
    let ascending = digest(&[one.clone(), two.clone()]);
    assert_eq!(ascending, digest(&[two.clone(), read(r#"{ "n": 8.0, "a": -9.45, "b": [{"x": "\u00e9", "y": 1}], "id": "1" }"#)]));
    assert_ne!(ascending, digest(&[one.clone(), read(r#"{"id":"2","a":""}"#)]));
    assert_ne!(ascending, digest(&[one]));
    // printf '{"a":null,"id":"2"}' | sha256sum
    assert_eq!(digest(&[two]), "e05d393956282959b88b57ff2e554a7b7b103526540985dbd2a834ebe41e9df2");
}

#[test]
fn every_officer_writes_other_reports_that_fit_their_forms() {
    let reports = Texts::Generated.of_officer(3, 40).unwrap();
    assert_eq!(reports, Texts::Generated.of_officer(3, 40).unwrap());
    assert_ne!(digest(&reports), digest(&Texts::Generated.of_officer(4, 40).unwrap()));
    let ids: Vec<&str> = reports.iter().map(|report| report["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted() && ids.len() == 40, "{ids:?}");
    for report in &reports {
        let mut fields = report.clone();
        for head in ["id", "kind", "unit"] {
            assert!(fields.remove(head).is_some(), "{report:?}");
        }
        let form = Form::newest(report["kind"].as_str().unwrap()).unwrap();
        assert!(form.check(&Value::Object(fields)).is_empty(), "{report:?}");
    }
}

#[test]
fn a_file_that_has_too_few_reports_is_an_error() {
    let texts = Texts::Given(Texts::Generated.of_officer(0, 3).unwrap());
    assert_eq!(texts.of_officer(1, 3).unwrap().len(), 3);
    assert!(texts.of_officer(0, 4).unwrap_err().to_string().contains("the file has 3"));
}

#[test]
fn the_ratio_is_one_when_nothing_is_waited_for() {
    // One connection and one turn of 600 ms, 5,000 bytes up at 40 kbit/s, 1,250 down at 100 kbit/s.
    let cost = Cost { seconds: 2.3, bytes_up: 5_000, bytes_down: 1_250, requests: 1, connections: 1, turns: 1 };
    assert!((cost.ratio(&Profile::desa_edge()) - 1.0).abs() < 1e-9);
}

#[test]
fn an_unknown_peer_is_an_error_and_so_is_one_that_does_not_start() {
    let options = Options { quick: true, rounds: None, texts: Texts::Generated, peers: vec!["nobody".to_owned()], page: None };
    assert!(run(&[Bench::Wire], &options).unwrap_err().to_string().contains("no peer nobody"));
    assert!(peers::names().len() >= 4);
    let folder = tempfile::tempdir().unwrap();
    let missing = Peer { name: "gone".to_owned(), program: PathBuf::from("/nowhere/at-all"), arguments: Vec::new() };
    let error = missing.serve(&made(folder.path(), "server"), &[]).err().unwrap().to_string();
    assert!(error.starts_with("gone: "), "{error}");
}

/// A peer of a few lines: it keeps a file on the "server" side and speaks no HTTP.
const FAKE: &str = r#"
import json, socket, sys, threading
if sys.argv[1] == "serve":
    door = socket.create_server(("127.0.0.1", 0))
    def talk():
        while True:
            one, _ = door.accept()
            while (data := one.recv(65536)):
                one.sendall(b"." * len(data))
            one.close()
    threading.Thread(target=talk, daemon=True).start()
    print(json.dumps({"port": door.getsockname()[1], "versions": {"fake": "1.0"}}), flush=True)
    sys.stdin.read()
else:
    host, port = sys.argv[3].split(":")
    for line in sys.stdin:
        order = json.loads(line)
        answer = {"ok": True}
        if order["do"] == "push":
            with socket.create_connection((host, int(port))) as one:
                one.sendall(b"x" * (100 * order["count"]))
                left = 100 * order["count"]
                while left:
                    left -= len(one.recv(left))
        elif order["do"] == "save":
            answer["skipped"] = True
        elif order["do"] == "pull":
            print("cannot", file=sys.stderr)
            answer = {"ok": False, "error": "nothing came"}
        print(json.dumps(answer), flush=True)
"#;

fn made(folder: &Path, name: &str) -> PathBuf {
    super::transfer::made(folder, name).unwrap()
}

fn fake(folder: &Path) -> Peer {
    let script = folder.join("fake.py");
    std::fs::write(&script, FAKE).unwrap();
    Peer { name: "fake".to_owned(), program: PathBuf::from("python3"), arguments: vec![script.to_str().unwrap().to_owned()] }
}

#[test]
fn a_peer_is_ordered_about_by_lines_of_json_and_its_bytes_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let peer = fake(folder.path());
    let push = Case { name: "push-20", work: Work::Push, count: 20 };
    let cost = push.run(&peer, &Profile::unlimited(), &Texts::Generated, 0).unwrap().unwrap();
    assert_eq!((cost.bytes_up, cost.bytes_down, cost.connections, cost.turns), (2_000, 2_000, 1, 1));

    let pull = Case { name: "pull-20", work: Work::Pull, count: 20 };
    let error = pull.run(&peer, &Profile::unlimited(), &Texts::Generated, 0).unwrap_err().to_string();
    assert!(error.contains("fake, pull-20") && error.contains("nothing came") && error.contains("cannot"), "{error}");

    let mut server = peer.serve(&made(folder.path(), "server"), &[]).unwrap();
    assert_eq!(server.versions(), BTreeMap::from([("fake".to_owned(), "1.0".to_owned())]));
    let mut client = server.client(&made(folder.path(), "client"), &server.address(), 1).unwrap();
    assert_eq!(client.order(&Order::Save { from: 0, count: 1 }).unwrap(), Done::Skipped);
    assert_eq!(client.order(&Order::Idle).unwrap(), Done::Yes);
}

/// The real server and the real library, over the link, do all that is measured; a pull that brings too little is told.
#[test]
fn ours_does_every_case_and_tells_when_something_is_missing() {
    let cost =
        |work| Case { name: "three", work, count: 3 }.run(&own::Ours::Plain, &Profile::unlimited(), &Texts::Generated, 1).unwrap().unwrap();
    let (push, pull, idle, edit) = (cost(Work::Push), cost(Work::Pull), cost(Work::Idle), cost(Work::Edit));
    let tls = Case { name: "three", work: Work::Push, count: 3 }.run(&own::Ours::Tls, &Profile::unlimited(), &Texts::Generated, 1);
    let tls = tls.unwrap().unwrap();
    assert!(tls.requests == 0 && tls.turns > push.turns && tls.bytes_up > push.bytes_up, "nothing of TLS was seen: {tls:?}");
    let urgent = super::urgent::before(40, &Profile::unlimited(), &Texts::Generated, 1).unwrap();
    assert!(urgent.requests == 1 && urgent.bytes_up > push.bytes_up, "{urgent:?}");
    for one in [push, pull, idle, edit] {
        assert!(one.requests >= 1 && one.connections >= 1 && one.bytes_up > 100, "{one:?}");
    }
    assert!(push.bytes_up > 2 * idle.bytes_up && edit.bytes_up > idle.bytes_up, "{push:?} {edit:?} {idle:?}");
    assert!(pull.bytes_down > 2 * idle.bytes_down, "the reports came before they were asked for: {pull:?} {idle:?}");
    let folder = tempfile::tempdir().unwrap();
    let reports = Texts::Generated.of_officer(1, 2).unwrap();
    let mut server = own::Ours::Plain.serve(folder.path(), &["53.03.01.2005".to_owned()]).unwrap();
    let mut client = server.client(&made(folder.path(), "client"), &server.address(), 1).unwrap();
    client.order(&Order::Pull { count: 2, digest: digest(&reports) }).unwrap();
    let error = client.check().unwrap_err().to_string();
    assert!(error.starts_with("0 reports came"), "{error}");
}
