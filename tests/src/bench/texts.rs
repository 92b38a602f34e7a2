//! The reports of a run, the same for every system: flat JSON objects with `id`, `kind`, `unit` and the fields of the form beside them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use sync_core::ReportId;
use sync_core::sim::Random;
use time::Month;

use crate::generate::{Corpus, Officer, Report, reports};
use crate::programs::Failure;

/// A report as every system gets it.
pub type Flat = Map<String, Value>;

const SEED: u64 = 32;
/// Officers from here on are not among those who file.
const OTHERS: u64 = 1_000_000;
/// 2026-05-01T00:00:00Z: the ids begin with a time, as those that devices make do.
const FIRST_ID_MS: u64 = 1_777_593_600_000;

/// Where the reports come from.
#[derive(Debug, Clone)]
pub enum Texts {
    /// The generator, on the side of the vocabulary on which no dictionary is trained.
    Generated,
    /// A file with one flat report a line.
    Given(Vec<Flat>),
}

impl Texts {
    /// Reads a file of flat reports; ids are given anew, so that they ascend.
    ///
    /// # Errors
    /// When a line is no object with `kind`, `unit` and `uraian`.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let mut reports = Vec::new();
        for (number, line) in (1..).zip(fs::read_to_string(file)?.lines()) {
            let report: Flat = serde_json::from_str(line).map_err(|error| format!("{}, line {number}: {error}", file.display()))?;
            if let Some(missing) = ["kind", "unit", "uraian"].into_iter().find(|name| !report.get(*name).is_some_and(Value::is_string)) {
                return Err(format!("{}, line {number}: no text {missing}", file.display()).into());
            }
            reports.push(report);
        }
        Ok(Self::Given(reports))
    }

    /// `count` reports of officer `number`, with ascending ids.
    ///
    /// # Errors
    /// When the file holds fewer.
    pub(super) fn of_officer(&self, number: u64, count: usize) -> Result<Vec<Flat>, Failure> {
        let mut reports = match self {
            Self::Generated => generated(number, count),
            Self::Given(all) if all.len() < count => {
                return Err(format!("{count} reports are needed, the file has {}", all.len()).into());
            }
            Self::Given(all) => {
                // Another part of the file for each officer, as far as it goes.
                let begin = usize::try_from(number)?.wrapping_mul(count) % all.len();
                all.iter().cycle().skip(begin).take(count).cloned().collect()
            }
        };
        name(&mut reports, &mut Random::seeded(SEED, number));
        Ok(reports)
    }
}

/// Generated reports of many officers, for a file that [`Texts::read`] reads.
pub fn flat_reports(corpus: Corpus, seed: u64, count: usize) -> Vec<Flat> {
    let mut all: Vec<Flat> = reports(corpus, seed).map(flat).take(count).collect();
    name(&mut all, &mut Random::seeded(seed, OTHERS));
    all
}

/// Gives each an id of its own; they ascend.
fn name(reports: &mut [Flat], random: &mut Random) {
    for (at, report) in (0..).zip(reports) {
        let mut bytes = [0; 10];
        bytes.fill_with(|| random.bits().to_be_bytes()[0]);
        report.insert("id".to_owned(), ReportId::new(FIRST_ID_MS + 1_000 * at, bytes).to_string().into());
    }
}

impl Texts {
    /// A description that nobody of the run has written yet.
    ///
    /// # Errors
    /// When the file is empty.
    pub(super) fn another_description(&self, round: u64) -> Result<String, Failure> {
        let report = self.of_officer(OTHERS + round, 1)?.pop().ok_or("no report")?;
        Ok(report.get("uraian").and_then(Value::as_str).unwrap_or_default().to_owned())
    }
}

fn generated(number: u64, count: usize) -> Vec<Flat> {
    // A busy month has 300 reports; more of them come from the months after it.
    const MONTH: usize = 300;
    let officer = Officer::new(Corpus::Measurement, SEED, number);
    let months = (0..).flat_map(|year| [Month::May, Month::June, Month::July].map(|month| (2026 + year, month)));
    months.flat_map(|(year, month)| officer.month(year, month, MONTH.min(count))).map(flat).take(count).collect()
}

/// A generated report with its head beside its fields; without an id.
fn flat(report: Report) -> Flat {
    let mut fields = report.data;
    fields.insert("kind".to_owned(), report.kind.name().into());
    fields.insert("unit".to_owned(), report.village.code.into());
    fields
}

/// The units of the reports.
pub(super) fn units(reports: &[Flat]) -> BTreeSet<String> {
    reports.iter().filter_map(|report| Some(report.get("unit")?.as_str()?.to_owned())).collect()
}

/// Writes one report a line.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(reports: &[Flat], file: &Path) -> Result<PathBuf, Failure> {
    let mut out = std::io::BufWriter::new(fs::File::create(file)?);
    for report in reports {
        writeln!(out, "{}", canonical(&Value::Object(report.clone())))?;
    }
    out.flush()?;
    Ok(file.to_owned())
}

/// SHA-256, in hexadecimal digits, of the reports' canonical JSON one after the other, ascending by `id`.
pub(super) fn digest(reports: &[Flat]) -> String {
    let mut sorted: Vec<&Flat> = reports.iter().collect();
    sorted.sort_by_key(|report| report.get("id").and_then(Value::as_str).unwrap_or_default());
    let mut hash = Sha256::new();
    for report in sorted {
        hash.update(canonical(&Value::Object(report.clone())));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON with sorted keys and no spaces, whatever order the map keeps. A whole number has no fraction: `8.0` is `8`, as JavaScript prints it.
fn canonical(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(",");
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let parts = entries.into_iter().map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)));
            format!("{{{}}}", joined(parts.collect()))
        }
        Value::Array(items) => format!("[{}]", joined(items.iter().map(canonical).collect())),
        Value::Number(number) => match number.as_f64() {
            Some(whole) if number.is_f64() && whole.fract() == 0.0 && whole.abs() < 1e15 => format!("{whole:.0}"),
            Some(_) | None => number.to_string(),
        },
        Value::Null | Value::Bool(_) | Value::String(_) => value.to_string(),
    }
}
