//! Which mutants each fast test comes by, and how long it takes: every test runs once by itself, with no mutant on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::build::Built;
use super::judge::within;
use super::{SLICE, in_threads};
use crate::programs::Failure;

/// What takes longer is no fast test.
const FAST: Duration = Duration::from_secs(20);
/// Modules that build programs of their own, or play for minutes, or judge the mutants' judges.
const SLOW: [&str; 10] = ["arrows", "licences", "embed", "operations", "duties", "shipped", "durable", "kills", "simulation", "mutants"];
const SLICE_MAX: Duration = Duration::from_secs(900);

/// A test, or the slice of the campaign.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Run {
    program: PathBuf,
    folder: PathBuf,
    arguments: Vec<String>,
    /// How long it took.
    pub(super) took: Duration,
    /// The mutants that it asked for.
    pub(super) reached: BTreeSet<u16>,
}

impl Run {
    fn new(program: &Path, folder: &Path, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|one| (*one).to_owned()).collect();
        Self { program: program.to_owned(), folder: folder.to_owned(), arguments, took: Duration::ZERO, reached: BTreeSet::new() }
    }

    /// The name of the test.
    pub(super) fn name(&self) -> &str {
        self.arguments.last().map_or("", String::as_str)
    }

    /// It once more, with a mutant on.
    pub(super) fn with(&self, mutant: u16) -> Result<Command, Failure> {
        let mut command = Built::program(&self.program, &self.folder, mutant)?;
        command.args(&self.arguments);
        Ok(command)
    }

    /// Fills in what it takes and reaches; false when it fails or takes too long.
    fn recorded(&mut self, seen: &Path, most: Duration) -> Result<bool, Failure> {
        std::fs::remove_file(seen).ok();
        let begun = Instant::now();
        let code = within(self.with(0)?.env("SAMBANG_MUTANT_SEEN", seen), most)?;
        self.took = begun.elapsed();
        let text = std::fs::read_to_string(seen).unwrap_or_default();
        std::fs::remove_file(seen).ok();
        self.reached = text.lines().filter_map(|line| line.parse().ok()).collect();
        Ok(code == Some(0))
    }
}

/// All tests that judge by a switch, shortest first; what an earlier run recorded of the same build, otherwise recorded now.
pub(super) fn tests(built: &Built, folder: &Path, threads: usize) -> Result<Vec<Run>, Failure> {
    kept(built, &folder.join("tests.json"), || {
        let mut all = Vec::new();
        for (program, within) in &built.tests {
            let listed = Built::program(program, within, 0)?.args(["--list", "--format", "terse"]).stderr(Stdio::inherit()).output()?;
            for name in String::from_utf8(listed.stdout)?.lines().filter_map(|line| line.strip_suffix(": test")) {
                if SLOW.iter().any(|module| name.split("::").next() == Some(module)) {
                    continue;
                }
                all.push(Run::new(program, within, &["--exact", name]));
            }
        }
        let tests = Mutex::new(BTreeMap::new());
        in_threads(threads, all.into_iter().enumerate(), |(number, mut test)| {
            if test.recorded(&folder.join(format!("seen-{number}")), FAST)? {
                tests.lock().map_err(|_| "a thread is gone")?.insert((test.took, number), test);
            } else {
                eprintln!("left out, as it fails or is slow with no mutant on: {}", test.name());
            }
            Ok(())
        })?;
        let tests: Vec<Run> = tests.into_inner().map_err(|_| "a thread is gone")?.into_values().collect();
        if tests.is_empty() { Err("no test passes with no mutant on".into()) } else { Ok(tests) }
    })
}

/// The slice of the campaign, likewise.
pub(super) fn slice(built: &Built, folder: &Path) -> Result<Run, Failure> {
    kept(built, &folder.join("slice.json"), || {
        let mut slice = Run::new(&built.campaign, &Built::sources()?, &SLICE);
        if slice.recorded(&folder.join("seen"), SLICE_MAX)? { Ok(slice) } else { Err("the slice fails with no mutant on".into()) }
    })
}

fn kept<T: Serialize + DeserializeOwned>(built: &Built, file: &Path, record: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let of = format!("{}\n", built.digest);
    if let Some((before, recorded)) = std::fs::read_to_string(file).ok().as_deref().and_then(|text| text.split_once('\n'))
        && before == built.digest
    {
        return Ok(serde_json::from_str(recorded)?);
    }
    let recorded = record()?;
    std::fs::write(file, of + &serde_json::to_string(&recorded)?)?;
    Ok(recorded)
}
