//! What the bench asks of a peer, and how it answers: one JSON command a line, one JSON answer a line.
//!
//! Compiled into each peer that is written in Rust; README.md beside this file has the contract in words.

use std::error::Error;
use std::io::{BufRead as _, Read as _, Write as _};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// A report: a JSON object with an `id`.
pub(crate) type Report = Map<String, Value>;

/// Which of the loaded reports, in the order of the file.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Range {
    from: usize,
    count: usize,
}

impl Range {
    pub(crate) fn of(self, reports: &[Report]) -> Result<&[Report], Failure> {
        let end = self.from.checked_add(self.count);
        end.and_then(|end| reports.get(self.from..end)).ok_or_else(|| format!("only {} reports are loaded", reports.len()).into())
    }
}

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub(crate) enum Command {
    Load { file: String },
    Save(Range),
    Push(Range),
    Edit(Edit),
    Pull { count: usize, digest: String },
    Idle,
    Quit,
}

/// Puts one value into one field of each report.
#[derive(Debug, Deserialize)]
pub(crate) struct Edit {
    #[serde(flatten)]
    pub(crate) range: Range,
    pub(crate) field: String,
    pub(crate) value: Value,
}

/// Answers the commands of standard input until `quit` or its end. `perform` gives the fields beside `ok`; its error is the answer `"ok":false`.
pub(crate) fn answer_commands(mut perform: impl FnMut(Command) -> Result<Value, Failure>) -> Result<(), Failure> {
    for line in std::io::stdin().lock().lines() {
        let (answer, last) = match serde_json::from_str(&line?) {
            Ok(Command::Quit) => (Ok(json!({})), true),
            Ok(command) => (perform(command), false),
            Err(error) => (Err(error.into()), false),
        };
        say(&answer.map_or_else(|error| json!({ "ok": false, "error": describe(&*error) }), ok))?;
        if last {
            break;
        }
    }
    Ok(())
}

fn ok(mut fields: Value) -> Value {
    fields["ok"] = true.into();
    fields
}

/// The first line of a server: where it listens and what it is made of.
pub(crate) fn say_ready(port: u16, versions: &Value) -> Result<(), Failure> {
    say(&json!({ "port": port, "versions": versions }))
}

/// A server serves until then. Blocks.
pub(crate) fn wait_for_the_end_of_input() {
    let mut rest = Vec::new();
    // An error of reading is an end as well.
    drop(std::io::stdin().lock().read_to_end(&mut rest));
}

fn say(line: &Value) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// The whole chain: what failed, and why.
fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(source) = inner {
        text = format!("{text}: {source}");
        inner = source.source();
    }
    text
}

pub(crate) fn load(file: impl AsRef<Path>) -> Result<Vec<Report>, Failure> {
    let reports: Vec<Report> = std::fs::read_to_string(file)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    reports.iter().try_for_each(|report| id(report).map(|_| ()))?;
    Ok(reports)
}

pub(crate) fn id(report: &Report) -> Result<&str, Failure> {
    report.get("id").and_then(Value::as_str).ok_or_else(|| "a report without an id".into())
}

/// What was pulled is what was sent: as many, and of the same digest. Anything else is the error that says what came.
pub(crate) fn compare(came: &[Report], count: usize, digest: &str) -> Result<Value, Failure> {
    if came.len() != count {
        return Err(format!("{} of {count} reports came", came.len()).into());
    }
    let found = digest_of(came)?;
    if found == digest { Ok(json!({})) } else { Err(format!("{count} reports came, but not as they were sent: digest {found}").into()) }
}

/// SHA-256, in hex, over the reports in ascending order of id, each as JSON with sorted keys and without spaces.
pub(crate) fn digest_of(reports: &[Report]) -> Result<String, Failure> {
    let mut sorted: Vec<(&str, &Report)> = reports.iter().map(|report| Ok((id(report)?, report))).collect::<Result<_, Failure>>()?;
    sorted.sort_by_key(|(id, _)| *id);
    let mut hash = Sha256::new();
    for (_, report) in sorted {
        let mut report = Value::Object(report.clone());
        report.sort_all_objects();
        hash.update(report.to_string());
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The version of a package by the lock file that this program was built with.
pub(crate) fn locked_version<'a>(lock: &'a str, package: &str) -> &'a str {
    let entry = lock.split("[[package]]").find(|entry| entry.lines().any(|line| line == format!("name = \"{package}\"")));
    let version = entry.and_then(|entry| entry.lines().find_map(|line| line.strip_prefix("version = ")));
    version.map_or("unknown", |version| version.trim_matches('"'))
}
