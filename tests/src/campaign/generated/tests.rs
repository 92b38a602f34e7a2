//! What is changed and how it stands; and switched texts, which are compiled and run: each number makes its own change and no other.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::BTreeSet;
use std::process::{Command, Output};

use serde_json::json;

use super::switched::{Hit, hit, switched};
use super::{Generated, Place, Point, Span, bearers, chosen, explained, standing};
use crate::programs::workspace;

const SOURCE: &str = r#"#[derive(Default)]
struct Both { left: u8, right: u8 }
fn sum(a: i32, b: i32) -> i32 { a + b * 2 }
fn calm(a: bool, b: bool, c: bool) -> bool { a && b && c }
fn word(n: u8) -> &'static str { match n { 1 if n < 5 => "one", 2 => "two", _ => "many" } }
fn first(list: &[u8]) -> Option<u8> { if !list.is_empty() && let Some(one) = list.first() { Some(*one) } else { None } }
fn both() -> Both { Both { left: 7, ..Both::default() } }
fn less(mut a: i32) -> i32 { let é = 1; a -= é; a }
fn main() {
    let both = both();
    let said = (sum(1, 2), calm(true, false, false), word(1), word(2), first(&[9]), both.left + both.right, less(3));
    println!("{said:?}");
}
"#;

/// `within` stands once in the text, and `old` once in it.
fn mutant(text: &str, genre: &str, within: &str, old: &str, replacement: &str) -> Generated {
    let at = text.find(within).unwrap() + within.find(old).unwrap();
    let point = |at: usize| {
        let before = &text.as_bytes()[..at];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        Point { line, column: std::str::from_utf8(&before[start..]).unwrap().chars().count() + 1 }
    };
    let span = Span { start: point(at), end: point(at + old.len()) };
    let place = Place { file: "a.rs".to_owned(), genre: genre.to_owned(), span, replacement: replacement.to_owned() };
    Generated { name: within.to_owned(), difference: String::new(), place, function: String::new() }
}

fn compiled(text: &str, folder: &std::path::Path) -> Output {
    let switch = std::fs::read_to_string(workspace().join("tests/mutants/switch.rs")).unwrap();
    std::fs::write(folder.join("a.rs"), [text, &switch].concat()).unwrap();
    let mut compiler = Command::new("rustc");
    compiler.args(["--edition=2024", "--error-format=json", "-Aunused", "a.rs"]).current_dir(folder).output().unwrap()
}

#[test]
fn each_number_makes_its_own_change_and_none_makes_none() {
    let m = |genre: &str, within: &str, old: &str, new: &str| mutant(SOURCE, genre, within, old, new);
    let as_it_is = r#"(5, false, "one", "two", Some(9), 7, 2)"#;
    let changed = [
        (m("FnValue", "a + b * 2", "a + b * 2", "-1"), r#"(-1, false, "one", "two", Some(9), 7, 2)"#),
        (m("BinaryOperator", "a + b", "+", "*"), r#"(4, false, "one", "two", Some(9), 7, 2)"#),
        (m("BinaryOperator", "b * 2", "*", "+"), r#"(5, false, "one", "two", Some(9), 7, 2)"#),
        // As the changed text binds: a || (b && c).
        (m("BinaryOperator", "a && b", "&&", "||"), r#"(5, true, "one", "two", Some(9), 7, 2)"#),
        (m("BinaryOperator", "n < 5", "<", ">"), r#"(5, false, "many", "two", Some(9), 7, 2)"#),
        (m("MatchArmGuard", "n < 5", "n < 5", "false"), r#"(5, false, "many", "two", Some(9), 7, 2)"#),
        (m("MatchArm", "2 => \"two\",", "2 => \"two\",", ""), r#"(5, false, "one", "many", Some(9), 7, 2)"#),
        (m("MatchArm", "1 if n < 5 => \"one\",", "1 if n < 5 => \"one\",", ""), r#"(5, false, "many", "two", Some(9), 7, 2)"#),
        (m("UnaryOperator", "!list", "!", ""), r#"(5, false, "one", "two", None, 7, 2)"#),
        (m("StructField", "left: 7,", "left: 7,", ""), r#"(5, false, "one", "two", Some(9), 0, 2)"#),
        (m("BinaryOperator", "a -= é", "-=", "+="), r#"(5, false, "one", "two", Some(9), 7, 4)"#),
    ];
    let numbered: Vec<_> = (1..).zip(changed.iter().map(|(mutant, _)| mutant)).collect();
    let switched = switched(SOURCE, &numbered).unwrap();
    assert_eq!(switched.numbers, (1..=11).collect());
    let folder = tempfile::tempdir().unwrap();
    let built = compiled(&switched.text, folder.path());
    assert!(built.status.success(), "{}\n{}", switched.text, String::from_utf8_lossy(&built.stderr));
    let run = |number: usize| {
        let mut program = Command::new(folder.path().join("a"));
        let output = program.env("SAMBANG_MUTANT", number.to_string()).env("SAMBANG_MUTANT_SEEN", folder.path().join("seen")).output();
        String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
    };
    assert_eq!(run(0), as_it_is);
    let seen = std::fs::read_to_string(folder.path().join("seen")).unwrap();
    assert_eq!(seen.lines().count(), 11, "each is come by, and noted once: {seen}");
    for (number, (mutant, said)) in (1..).zip(&changed) {
        assert_eq!(run(number), *said, "{mutant:?}");
    }
}

#[test]
fn an_error_of_the_compiler_names_the_mutants_that_it_hits() {
    let text = "const fn two() -> u8 { 1 + 1 }\nfn name() -> String { let a = \"a\"; a.to_owned() }\nfn main() { name(); two(); }\n";
    let wrong = mutant(text, "FnValue", "let a = \"a\"; a.to_owned()", "let a = \"a\"; a.to_owned()", "7");
    let numbered =
        [(3, &mutant(text, "BinaryOperator", "1 + 1", "+", "-")), (4, &mutant(text, "BinaryOperator", "1 + 1", "+", "*")), (9, &wrong)];
    let switched = switched(text, &numbered).unwrap();
    // The operator stands there twice; both mutants have one switch.
    assert_eq!(switched.numbers, [3, 4, 9].into());
    let folder = tempfile::tempdir().unwrap();
    let mut hits = Vec::new();
    for line in String::from_utf8(compiled(&switched.text, folder.path()).stderr).unwrap().lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        if let Some(at) = message.pointer("/spans/0/byte_start").and_then(serde_json::Value::as_u64) {
            hits.extend(hit(&switched.text, usize::try_from(at).unwrap()));
        }
    }
    assert_eq!(hits, [Hit::One(9), Hit::All([3, 4].into())]);
    assert_eq!(hit(&switched.text, switched.text.find("fn main").unwrap()), None);
}

#[test]
fn what_no_switch_fits_is_left_out() {
    let text = "fn a(x: Option<u8>, y: bool) -> bool { if y && let Some(_) = x { true } else { false } }\n";
    let chained = mutant(text, "BinaryOperator", "y && let", "&&", "||");
    let switched = switched(text, &[(1, &chained)]).unwrap();
    assert_eq!((switched.text.as_str(), switched.numbers.len()), (text, 0));
}

#[test]
fn every_rule_of_the_protocol_names_a_function_that_is_there() {
    let bearers = bearers(&std::fs::read_to_string(workspace().join("docs/PROTOCOL.md")).unwrap());
    assert!(bearers.len() > 40, "{bearers:?}");
    for (file, function) in bearers {
        let text = std::fs::read_to_string(workspace().join(&file)).unwrap();
        assert!(text.contains(&format!("fn {function}")), "{file}::{function}");
    }
}

#[test]
fn only_the_gate_and_what_bears_a_rule_is_changed_and_each_has_a_name_of_its_own() {
    let one = |file: &str, function: &str| {
        let diff = format!("--- {file}\n+++ replace == with !=\n@@ -1,3 +1,3 @@\n a\n-    x == y\n+    x != y\n b\n");
        let name = format!("{file}:2:7: replace == with != in {function}");
        let span = json!({ "start": { "line": 2 }, "end": { "line": 3 } });
        json!({ "file": file, "function": { "function_name": function, "span": span }, "diff": diff, "name": name })
    };
    let listed = json!([
        one("sync-core/src/gate/a.rs", "any"),
        one("sync-core/src/b.rs", "B::bears"),
        one("sync-core/src/b.rs", "does_not"),
        one("sync-core/src/b.rs", "B::bears"),
    ]);
    let bearers = BTreeSet::from([("sync-core/src/b.rs".to_owned(), "bears".to_owned())]);
    let of = |text: &'static str| chosen(&listed, &bearers, |_| Ok(text.to_owned())).unwrap();
    let mutants = of("a\nb\nc\nd\n");
    let names: Vec<&str> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
    let b = "sync-core/src/b.rs: replace == with != in B::bears";
    assert_eq!(names, ["sync-core/src/gate/a.rs: replace == with != in any", b, &format!("{b} (2)")]);
    assert!(mutants[0].difference.starts_with("--- a/sync-core/src/gate/a.rs\n+++ b/sync-core/src/gate/a.rs\n@@ -1,3"));
    // Of other lines than those of the function nothing depends.
    assert_eq!(mutants, of("A\nb\nc\nD\n"));
    assert!(mutants.iter().zip(of("a\nb\nC\nd\n")).all(|(one, other)| one.function != other.function));
}

#[test]
fn a_shard_goes_on_where_it_was_stopped_and_a_survivor_is_explained_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("0-of-1.ndjson");
    let named =
        |name: &str| Generated { name: name.to_owned(), difference: String::new(), place: Place::default(), function: "f".to_owned() };
    let mine = ["a", "b", "c"].map(named);
    assert_eq!(standing(&mine, &results).unwrap().left, 3);
    let judged = |name: &str, function: &str| format!("{{\"name\":\"{name}\",\"function\":\"{function}\",\"fate\":\"survived\"}}\n");
    std::fs::write(&results, [judged("a", "f"), judged("b", "of another text"), judged("gone", "f")].concat()).unwrap();
    let mut known = standing(&mine, &results).unwrap();
    assert_eq!((known.left, known.unexplained().collect::<Vec<_>>()), (2, vec!["a"]));
    known.explained = explained("# why\na — it is the same\n");
    assert_eq!(known.unexplained().count(), 0);
}
