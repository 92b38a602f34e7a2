//! The dictionary of the wire, trained on reports of officers that do not exist.
//!
//! It goes to every phone, so that it may hold only what is no secret of anybody: strings of forms and coded lists, and words that many officers
//! write. A word of a report counts only when it is written small and many officers have it: names, numbers and addresses are never in it. What a
//! form classes as RAHASIA is not looked at.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sync_core::change::{FreshName, Item};
use sync_core::document::{self, Birth};
use sync_core::form::{Class, Form};
use sync_core::sim::Random;
use sync_core::{Actor, DeviceId, Nrp, ReportId, Timestamp};
use time::Month;

use crate::generate::{Corpus, Officer, Report};
use crate::programs::Failure;

/// Each officer has a seed of his own, and with it villages, habits and words.
const OFFICERS: u64 = 300;
const REPORTS_EACH: usize = 20;
/// How many of them must use a word before the dictionary may.
pub const OFFICERS_OF_A_WORD: usize = 30;
/// More gains little: 16 KiB 283 bytes a report, 32 KiB 276 (docs/adr/0034-compression.md), and every message is primed with all of it.
const SIZE: usize = 16 << 10;

/// The dictionary; the same on every machine.
///
/// # Errors
/// When the generated reports are no reports of their forms any more.
pub fn train() -> Result<Vec<u8>, Failure> {
    train_on((0..OFFICERS).map(|seed| Officer::new(Corpus::Training, 1_000 + seed, 0).month(2026, Month::May, REPORTS_EACH)))
}

/// The dictionary of the reports of many officers.
///
/// # Errors
/// When there are too few of them, or they are no reports.
pub fn train_on(officers: impl Iterator<Item = Vec<Report>>) -> Result<Vec<u8>, Failure> {
    let open = |report: &Report| form(report).is_some_and(|form| form.place(&Value::Object(report.data.clone())).0 == Class::Biasa);
    let officers: Vec<Vec<Report>> = officers.map(|reports| reports.into_iter().filter(open).collect()).collect();
    let common = common_words(&officers);
    let mut random = Random::seeded(1, 0x4449_4354);
    let mut samples = Vec::new();
    for report in officers.iter().flatten() {
        samples.push(sample(report, &common, &mut random)?);
    }
    Ok(zstd::dict::from_samples(&samples, SIZE)?)
}

fn form(report: &Report) -> Option<&'static Form> {
    Form::newest(report.kind.name())
}

/// The words that at least [`OFFICERS_OF_A_WORD`] officers wrote, small.
fn common_words(officers: &[Vec<Report>]) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for reports in officers {
        let mut words = BTreeSet::new();
        reports.iter().for_each(|report| report.data.values().for_each(|value| collect(value, &mut words)));
        words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1);
    }
    counts.into_iter().filter(|(_, officers)| *officers >= OFFICERS_OF_A_WORD).map(|(word, _)| word).collect()
}

fn collect(value: &Value, words: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => words.extend(text.split(' ').filter(|word| is_small(word)).map(str::to_owned)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, words)),
        Value::Object(values) => values.values().for_each(|value| collect(value, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A word that is no name, number or abbreviation: small letters, and at its end perhaps a mark.
fn is_small(word: &str) -> bool {
    let bare = word.trim_end_matches([',', '.', ':', ';']);
    !bare.is_empty() && bare.chars().all(|letter| letter.is_lowercase() || letter == '-' || letter == '_')
}

/// What is left of a value when all that is not common is taken out.
fn masked(value: &Value, common: &BTreeSet<String>) -> Value {
    match value {
        Value::String(text) => text.split(' ').filter(|word| common.contains(*word)).collect::<Vec<_>>().join(" ").into(),
        Value::Array(values) => values.iter().map(|value| masked(value, common)).collect(),
        Value::Object(values) => values.iter().map(|(name, value)| (name.clone(), masked(value, common))).collect(),
        Value::Number(_) => 0.into(),
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

/// The report as an item of the wire, written by an unlikely device: whatever is drawn at random is never the same twice, so that no part of it
/// is worth a place.
fn sample(report: &Report, common: &BTreeSet<String>, random: &mut Random) -> Result<Vec<u8>, Failure> {
    let form = form(report).ok_or("a report of a kind that has no form")?;
    let now = 1_780_000_000_000 + random.below(20_000_000_000);
    let mut drawn = [0; 10];
    drawn.iter_mut().for_each(|byte| *byte = random.bits().to_le_bytes()[0]);
    let id = ReportId::new(now, drawn);
    let birth = Birth {
        report: id,
        kind: form.kind().to_owned(),
        form: form.version(),
        unit: report.village.code.parse()?,
        author: Nrp::from_number(u32::try_from(random.below(100_000_000))?).ok_or("a personnel number")?,
        recorded_at: Timestamp::from_unix_ms(now.cast_signed()),
    };
    let made_at = birth.recorded_at;
    let actor = Actor::new(DeviceId(random.bits().to_be_bytes()), random.bits().to_be_bytes());
    let [chance @ .., _, _, _, _] = random.bits().to_be_bytes();
    let mut rows = 0;
    let mut fresh = || {
        rows += 1;
        FreshName::new(made_at, rows, chance).to_string()
    };
    let data = masked(&Value::Object(report.data.clone()), common);
    let (_, change) = document::create(form, &birth, &data, actor, &mut fresh)?;
    Ok(Item { report: id, changes: vec![change] }.encode()?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;
    use crate::programs::workspace;

    #[test]
    fn the_dictionary_of_the_wire_is_the_one_that_is_trained_here() {
        let shipped = std::fs::read(workspace().join("sync-core/dictionaries/0.bin")).unwrap();
        assert!(train().unwrap() == shipped, "run: cargo run --release --bin dictionary");
    }

    #[test]
    fn what_only_some_officers_write_is_not_in_it() {
        let planted = ["Yohanes Planthius", "planthius", "081234567890", "kolokasi"];
        let text = "Bapak Yohanes Planthius planthius 081234567890 kolokasi. ".repeat(5);
        // One fewer than may bring a word into it, each in every report.
        let officers = (0..OFFICERS).map(|seed| {
            let mut reports = Officer::new(Corpus::Training, 1_000 + seed, 0).month(2026, Month::May, REPORTS_EACH);
            if seed < OFFICERS_OF_A_WORD as u64 - 1 {
                for report in &mut reports {
                    let told = report.data.get("uraian").and_then(Value::as_str).map(|before| format!("{text}{before}"));
                    report.data.extend(told.map(|told| ("uraian".to_owned(), Value::from(told))));
                }
            }
            reports
        });
        let dictionary = train_on(officers).unwrap();
        let holds = |word: &str| dictionary.windows(word.len()).any(|window| window == word.as_bytes());
        for word in planted {
            assert!(!holds(word), "{word}");
        }
        assert!(holds("lingkungan"), "a word that many use is in it");
    }
}
