#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sync_core::Form;
use time::Month;

use super::grammar::{Choice, Piece};
use super::habit::Style;
use super::{Corpus, Kind, Officer, Report};

const BOTH: [Corpus; 2] = [Corpus::Training, Corpus::Measurement];
const BUILT_IN: [&str; 19] = [
    "desa", "kec", "dusun", "rt2", "hari", "hari2", "tanggal", "jam", "nama", "inisial", "orang", "alamat", "warga", "tokoh", "pihak1",
    "pihak2", "kerja", "@isi", "@kata",
];

fn reports(corpus: Corpus, officers: u64, volume: usize) -> Vec<Report> {
    (0..officers).flat_map(|number| Officer::new(corpus, 5, number).month(2026, Month::May, volume)).collect()
}

fn symbols<'a>(choice: &'a Choice, found: &mut BTreeSet<&'a str>) {
    for piece in choice.options.iter().flatten() {
        match piece {
            Piece::Symbol(name) => {
                found.insert(name);
            }
            Piece::Choice(inner) => symbols(inner, found),
            Piece::Text(text) => {
                assert!(!text.contains(['{', '}', '<', '>', '(', ')', '|']), "stray sign in {text:?}");
            }
            Piece::Number { low, high } => assert!(low < high, "{{{low}-{high}}}"),
        }
    }
}

#[test]
fn every_symbol_of_the_grammars_has_words() {
    for corpus in BOTH {
        let grammar = &corpus.vocabulary().grammar;
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for name in grammar.names() {
            let rule = grammar.rule(name).unwrap();
            assert!(!rule.options.is_empty(), "{corpus:?}: {name} has no line");
            symbols(rule, &mut used);
        }
        used.extend(Kind::ALL.into_iter().flat_map(|kind| kind.sections().iter().copied()));
        for name in used.into_iter().filter(|name| !BUILT_IN.contains(name)) {
            let known = match name.strip_prefix('@') {
                Some(_) => true,
                None => {
                    grammar.rule(name).is_some()
                        || Style::ALL.into_iter().all(|style| grammar.rule(&format!("{name}.{}", style.name())).is_some())
                }
            };
            assert!(known, "{corpus:?}: nothing says {{{name}}}");
        }
        for field in ["keamanan", "ekonomi", "sosial-budaya", "politik"] {
            let topics = grammar.rule(&format!("bidang.{field}")).unwrap();
            for topic in topics.options.iter().flatten() {
                let Piece::Text(topic) = topic else { continue };
                for part in ["kata", "isi", "dampak", "minta"] {
                    assert!(grammar.rule(&format!("{topic}.{part}")).is_some(), "{topic}.{part}");
                }
            }
        }
    }
}

/// A dictionary that was trained on one corpus must not have seen the other's sentences, names or places.
#[test]
fn the_corpora_share_no_line_and_no_village() {
    let lines = |text: &'static [&str]| -> BTreeSet<&str> {
        text.iter().flat_map(|source| source.lines()).filter(|line| !line.is_empty() && !line.starts_with(['#', '['])).collect()
    };
    let training = lines(super::vocabulary::TRAINING_SOURCES);
    let measurement = lines(super::vocabulary::MEASUREMENT_SOURCES);
    let shared: Vec<&&str> = training.intersection(&measurement).collect();
    assert!(shared.is_empty(), "{shared:?}");

    let places = |corpus: Corpus| -> BTreeSet<&str> { corpus.vocabulary().villages.iter().map(|village| village.name).collect() };
    assert!(places(Corpus::Training).is_disjoint(&places(Corpus::Measurement)));
}

/// What the two corpora share is the language itself: no run of five words, dates and numbers aside.
#[test]
fn the_corpora_share_no_run_of_five_words() {
    let runs = |corpus: Corpus| -> BTreeSet<String> {
        let mut runs = BTreeSet::new();
        for report in reports(corpus, 6, 60) {
            let words: Vec<String> = report.uraian.split_whitespace().map(str::to_lowercase).collect();
            runs.extend(words.windows(5).map(|run| run.join(" ")));
        }
        runs.retain(|run| !run.contains(|letter: char| letter.is_ascii_digit()));
        runs
    };
    let (training, measurement) = (runs(Corpus::Training), runs(Corpus::Measurement));
    assert!(measurement.len() > 5_000, "{}", measurement.len());
    let shared: Vec<&String> = training.intersection(&measurement).collect();
    assert!(shared.is_empty(), "{shared:?}");
}

/// The bytes of a seed are part of every figure that was published with it.
#[test]
fn the_bytes_of_a_seed_stay() {
    for (corpus, digest) in [(Corpus::Training, "5dd031b118d0f05f"), (Corpus::Measurement, "162067d3c79e9b7c")] {
        let mut text = String::new();
        for report in reports(corpus, 4, 50) {
            text.push_str(&serde_json::to_string(&report.data).unwrap());
        }
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        assert_eq!(format!("{hash:016x}"), digest, "{corpus:?}");
    }
}

#[test]
fn a_report_does_not_depend_on_how_many_follow() {
    let officer = Officer::new(Corpus::Measurement, 5, 2);
    let few: BTreeSet<String> = uraian(&officer.month(2026, Month::May, 20));
    let many: BTreeSet<String> = uraian(&officer.month(2026, Month::May, 90));
    assert!(few.is_subset(&many));
    assert!(uraian(&officer.month(2026, Month::June, 90)).is_disjoint(&many));
}

fn uraian(reports: &[Report]) -> BTreeSet<String> {
    reports.iter().map(|report| report.uraian.clone()).collect()
}

#[test]
fn the_forms_accept_every_report() {
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    for corpus in BOTH {
        for report in reports(corpus, 8, 300) {
            let form = Form::built_in().iter().find(|form| form.kind() == report.kind.name()).unwrap();
            let problems = form.check(&Value::Object(report.data.clone()));
            assert!(problems.is_empty(), "{:?}: {problems:?}\n{:?}", report.kind, report.data);
            *kinds.entry(report.kind).or_default() += 1;
        }
    }
    assert_eq!(kinds.len(), Kind::ALL.len(), "{kinds:?}");
}

#[test]
fn kinds_and_lengths_are_spread_as_in_life() {
    let reports = reports(Corpus::Measurement, 10, 300);
    let share = |wanted: &[Kind]| {
        let count = reports.iter().filter(|report| wanted.contains(&report.kind)).count();
        count * 1_000 / reports.len()
    };
    assert!((910..=960).contains(&share(&[Kind::DdsWarga, Kind::DdsUsaha])));
    assert!((30..=65).contains(&share(&[Kind::DeteksiDini])));
    let mut lengths: Vec<usize> = reports.iter().map(|report| report.uraian.chars().count()).collect();
    lengths.sort_unstable();
    let at = |per_mille: usize| lengths.get(lengths.len() * per_mille / 1_000).copied().unwrap();
    assert!(at(0) >= 50 && *lengths.last().unwrap() <= 2_000);
    assert!((90..=160).contains(&at(100)), "{}", at(100));
    assert!((200..=420).contains(&at(500)), "{}", at(500));
    assert!((450..=1_200).contains(&at(900)), "{}", at(900));
}
