#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod built_in;
mod every_rule;
mod hostile;
mod message;
mod paths;
mod placing;
mod rules;
mod small_form;
mod values;

use serde_json::Value;

use super::Form;

pub(super) const KINDS: [&str; 9] = [
    "dds-warga",
    "dds-usaha",
    "deteksi-dini",
    "sambang",
    "problem-solving",
    "laporan-informasi",
    "binluh",
    "satkamling",
    "pesan-kamtibmas",
];

pub(super) fn form(kind: &str) -> &'static Form {
    Form::newest(kind).unwrap()
}

/// The JSON of a built-in form.
pub(super) fn source(kind: &str) -> Value {
    read(&format!("{kind}.json"))
}

/// A finished report with as little as the form asks.
pub(super) fn smallest(kind: &str) -> Value {
    read(&format!("examples/{kind}.json"))
}

/// A finished report with nearly everything that the form has.
pub(super) fn fullest(kind: &str) -> Value {
    read(&format!("examples/{kind}.full.json"))
}

fn read(file: &str) -> Value {
    let path = format!("{}/forms/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The codes and paths of the problems, as one text for comparison.
pub(super) fn codes(problems: &[super::Problem]) -> Vec<String> {
    problems.iter().map(|problem| format!("{} {}", problem.code, problem.path)).collect()
}
