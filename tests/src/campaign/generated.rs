//! Mutants that nobody wrote: in the gate and in every function that bears a rule, operators, conditions and results are changed one at a time. Fast
//! tests judge each first, then a slice of the simulated campaign. What both pass survives, and is explained or gets a test.
//!
//! All stand in one build, each behind a switch (ADR 0092).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::programs::{Failure, target, workspace};

mod build;
mod judge;
mod reach;
mod switched;

use build::Built;

/// The program that changes the sources; installed below the target folder where it is not there.
const TOOL: &str = "cargo-mutants";
const TOOL_VERSION: &str = "27.1.0";
/// All of it is looked at, whatever bears a rule.
const GATE: &str = "sync-core/src/gate/";
/// Why a mutant may survive: its name, a space, a dash, a space and the reason.
const EXPLAINED: &str = "tests/mutants/explained.txt";
/// The slice of the campaign. Mutants are judged side by side; each has one thread.
const SLICE: [&str; 8] = ["sim", "--from", "1", "--count", "30", "--until-failed", "--threads", "1"];

/// One part of all mutants, so that several machines share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub number: usize,
    /// Of how many.
    pub of: usize,
}

/// A change that the tool proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// File and what is changed.
    pub name: String,
    difference: String,
    place: Place,
    /// Hash of the function that it stands in: of another text a result says nothing.
    function: String,
}

/// What is changed, as the tool lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Place {
    file: String,
    #[serde(default)]
    genre: String,
    #[serde(default)]
    span: Span,
    #[serde(default)]
    replacement: String,
}

/// From where to where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Span {
    start: Point,
    end: Point,
}

/// Both from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct Point {
    line: usize,
    column: usize,
}

/// What became of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It does not build: no mutant at all.
    Unviable,
    /// The fast tests failed.
    FoundByTests,
    /// The slice of the campaign failed.
    FoundByCampaign,
    /// Tests or campaign did not end.
    FoundByTime,
    /// Nothing found it.
    Survived,
}

/// A fate, and the test that decided it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What became of it.
    pub fate: Fate,
    /// The test that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A line of the file of results. The last one of a name and a function counts.
#[derive(Debug, Serialize, Deserialize)]
struct Judged {
    name: String,
    #[serde(default)]
    function: String,
    #[serde(flatten)]
    found: Found,
}

/// What of a shard is judged, and how.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Which part.
    pub shard: Shard,
    /// What survived before and nobody explained is judged once more, by all tests that come by it: tests came since.
    pub again: bool,
    /// By tests alone: what they pass is noted as a survivor, and judged whole by another run `again`.
    pub fast: bool,
    /// How many mutants at once.
    pub threads: usize,
}

/// How a shard stands.
#[derive(Debug, Default)]
pub struct Standing {
    fates: BTreeMap<String, Fate>,
    explained: BTreeMap<String, String>,
    /// Mutants of the shard that are not judged yet.
    pub left: usize,
}

impl Standing {
    /// Survivors that nobody explained.
    pub fn unexplained(&self) -> impl Iterator<Item = &str> {
        let survived = self.fates.iter().filter(|(_, fate)| **fate == Fate::Survived).map(|(name, _)| name.as_str());
        survived.filter(|name| !self.explained.contains_key(*name))
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |wanted| self.fates.values().filter(|fate| **fate == wanted).count();
        writeln!(
            f,
            "{} mutants: {} found by tests, {} by the campaign, {} by time; {} survived, {} do not build, {} left",
            self.fates.len() + self.left,
            count(Fate::FoundByTests),
            count(Fate::FoundByCampaign),
            count(Fate::FoundByTime),
            count(Fate::Survived),
            count(Fate::Unviable),
            self.left
        )?;
        self.unexplained().try_for_each(|name| writeln!(f, "SURVIVED {name}"))
    }
}

/// All mutants, in the order of files and lines.
///
/// # Errors
/// When the tool cannot be installed or run, or docs/PROTOCOL.md cannot be read.
pub fn all() -> Result<Vec<Generated>, Failure> {
    let bearers = bearers(&std::fs::read_to_string(workspace().join("docs/PROTOCOL.md"))?);
    let files: BTreeSet<&str> = bearers.iter().map(|(file, _)| file.as_str()).collect();
    let mut command = Command::new(tool()?);
    command.args(["mutants", "--list", "--json", "--diff", "--file", &format!("{GATE}**")]).current_dir(workspace());
    files.iter().for_each(|file| _ = command.args(["--file", file]));
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{TOOL} --list: {}", output.status).into());
    }
    let text_of = |file: &str| std::fs::read_to_string(workspace().join(file));
    chosen(&serde_json::from_slice(&output.stdout)?, &bearers, text_of)
}

/// Which of the tool's proposals stand in the gate or in a function that bears a rule.
fn chosen(
    listed: &serde_json::Value,
    bearers: &BTreeSet<(String, String)>,
    text_of: impl Fn(&str) -> std::io::Result<String>,
) -> Result<Vec<Generated>, Failure> {
    let text = |value: &serde_json::Value, pointer: &str| value.pointer(pointer).and_then(serde_json::Value::as_str).map(str::to_owned);
    let mut mutants: Vec<Generated> = Vec::new();
    for one in listed.as_array().ok_or("the tool lists no mutants")? {
        let (file, difference) = (text(one, "/file").ok_or("no file")?, text(one, "/diff").ok_or("no difference")?);
        let function = text(one, "/function/function_name").unwrap_or_default();
        let plain = function.rsplit("::").next().unwrap_or_default().to_owned();
        if !file.starts_with(GATE) && !bearers.contains(&(file.clone(), plain)) {
            continue;
        }
        // Without line and column, so that it is the same when other lines come.
        let said = text(one, "/name").ok_or("no name")?;
        let change = said.split_once(": ").map_or(said.as_str(), |(_, change)| change);
        let mut name = format!("{file}: {change}");
        let same = mutants.iter().filter(|other| other.name == name || other.name.starts_with(&format!("{name} ("))).count();
        if same > 0 {
            name = format!("{name} ({})", same + 1);
        }
        let parts = difference.split_once("\n@@").ok_or("a difference without a place")?.1;
        let difference = format!("--- a/{file}\n+++ b/{file}\n@@{parts}");
        let function = function_hash(one, &text_of(&file)?);
        mutants.push(Generated { name, difference, place: serde_json::from_value(one.clone())?, function });
    }
    Ok(mutants)
}

/// Of the function that a proposal stands in; of the whole file where it stands in none.
fn function_hash(proposal: &serde_json::Value, text: &str) -> String {
    let line = |pointer| usize::try_from(proposal.pointer(pointer)?.as_u64()?).ok();
    let (first, last) = (line("/function/span/start/line").unwrap_or(1), line("/function/span/end/line").unwrap_or(usize::MAX));
    let lines: Vec<&str> = text.lines().take(last).skip(first.saturating_sub(1)).collect();
    blake3::hash(lines.join("\n").as_bytes()).to_hex().to_string()
}

/// What stands under *Rules* in docs/PROTOCOL.md and names the function that bears it: the rows of the table, which begin with the rule, and the points below.
pub fn rule_lines(protocol: &str) -> impl Iterator<Item = &str> {
    let rules = protocol.lines().skip_while(|line| *line != "## Rules").take_while(|line| *line != "## Limits");
    rules.filter(|row| row.contains(".rs::"))
}

/// File and function of each rule, as its table names them.
fn bearers(protocol: &str) -> BTreeSet<(String, String)> {
    let names = rule_lines(protocol).flat_map(|row| row.split('`').skip(1).step_by(2)).filter_map(|name| name.split_once(".rs::"));
    names.map(|(file, function)| (format!("{file}.rs"), function.to_owned())).collect()
}

/// Judges what is left of a shard; `tell` hears of each.
///
/// # Errors
/// When something cannot be run, or a result cannot be written.
pub fn judge(order: Order, tell: impl FnMut(&str, &Found) + Send) -> Result<Standing, Failure> {
    let folder = target()?.join("generated-mutants");
    std::fs::create_dir_all(&folder)?;
    let all = all()?;
    let shard = order.shard;
    let results = folder.join(format!("{}-of-{}.ndjson", shard.number, shard.of));
    // Numbers are those of all, whatever the shard: the build has all of them.
    let numbered: Vec<(u16, &Generated)> = (1..).zip(&all).skip(shard.number).step_by(shard.of.max(1)).collect();
    let mine: Vec<Generated> = numbered.iter().map(|(_, mutant)| (*mutant).clone()).collect();
    let before = standing(&mine, &results)?;
    let is_left = |mutant: &Generated| match before.fates.get(&mutant.name) {
        None => true,
        Some(fate) => order.again && *fate == Fate::Survived && !before.explained.contains_key(&mutant.name),
    };
    let left: Vec<(u16, &Generated)> = numbered.into_iter().filter(|(_, mutant)| is_left(mutant)).collect();
    if left.is_empty() {
        return Ok(before);
    }
    let built = Built::of(&all, &folder)?;
    let tests = reach::tests(&built, &folder, order.threads)?;
    let slice = (!order.fast).then(|| reach::slice(&built, &folder)).transpose()?;
    let out = Mutex::new((OpenOptions::new().create(true).append(true).open(&results)?, tell));
    let note = |mutant: &Generated, found: Found| -> Result<(), Failure> {
        let (file, tell) = &mut *out.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&mutant.name, &found);
        Ok(writeln!(file, "{}", serde_json::to_string(&Judged { name: mutant.name.clone(), function: mutant.function.clone(), found })?)?)
    };
    let most = if order.again { Duration::MAX } else { judge::TESTS_MAX };
    let (by_switch, others): (Vec<_>, Vec<_>) = left.into_iter().partition(|(number, _)| built.switched.contains(number));
    in_threads(order.threads, by_switch.into_iter(), |(number, mutant)| {
        note(mutant, judge::by_switch(number, (&tests, most), slice.as_ref())?)
    })?;
    for (number, mutant) in others {
        let fate = if built.unviable.contains(&number) { Fate::Unviable } else { judge::alone(mutant, &folder)? };
        note(mutant, Found { fate, by: None })?;
    }
    standing(&mine, &results)
}

/// Does some work for each, several at once; the first failure ends it.
fn in_threads<T: Send>(
    threads: usize,
    all: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let (left, failed) = (Mutex::new(all), Mutex::new(Ok(())));
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next().filter(|_| is_fine(&failed));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(one) = next() {
                    if let Err(failure) = work(one) {
                        *failed.lock().unwrap_or_else(PoisonError::into_inner) = Err(failure);
                    }
                }
            });
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn is_fine(so_far: &Mutex<Result<(), Failure>>) -> bool {
    so_far.lock().unwrap_or_else(PoisonError::into_inner).is_ok()
}

/// What is known of these.
fn standing(mine: &[Generated], results: &Path) -> Result<Standing, Failure> {
    let mut known = Standing::default();
    let functions: BTreeMap<&str, &str> = mine.iter().map(|mutant| (mutant.name.as_str(), mutant.function.as_str())).collect();
    if results.exists() {
        for line in std::fs::read_to_string(results)?.lines() {
            let judged: Judged = serde_json::from_str(line)?;
            if functions.get(judged.name.as_str()) == Some(&judged.function.as_str()) {
                known.fates.insert(judged.name, judged.found.fate);
            }
        }
    }
    known.left = mine.len() - known.fates.len();
    known.explained = explained(&std::fs::read_to_string(workspace().join(EXPLAINED)).unwrap_or_default());
    Ok(known)
}

fn explained(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" — "));
    lines.map(|(name, why)| (name.to_owned(), why.to_owned())).collect()
}

/// The tool, installed once.
fn tool() -> Result<PathBuf, Failure> {
    let root = target()?.join("tools");
    let program = root.join("bin").join(TOOL);
    if !program.exists() {
        let install = ["install", TOOL, "--version", TOOL_VERSION, "--locked", "--root"];
        if !crate::programs::cargo(workspace()).args(install).arg(&root).status()?.success() {
            return Err(format!("{TOOL} {TOOL_VERSION} cannot be installed").into());
        }
    }
    Ok(program)
}

#[cfg(test)]
mod tests;
