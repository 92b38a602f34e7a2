//! Which mutants each fast test comes by, and how long it takes: every test runs once by itself, with no mutant on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::build::Built;
use super::judge::within;
use super::{SLICE, in_threads};
use crate::programs::Failure;

/// What takes longer is no fast test.
const FAST: Duration = Duration::from_secs(20);
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
        self.reached = text.lines().filter_map(|line| line.parse().ok()).collect();
        Ok(code == Some(0))
    }
}

/// All that judges by a switch.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reach {
    /// Shortest first.
    pub(super) tests: Vec<Run>,
    pub(super) slice: Run,
}

impl Reach {
    /// What an earlier run recorded of the same build; otherwise recorded now.
    pub(super) fn of(built: &Built, folder: &Path, threads: usize) -> Result<Self, Failure> {
        let kept = folder.join("reach.json");
        if let Some(before) = std::fs::read(&kept).ok().filter(|_| built.is_old) {
            return Ok(serde_json::from_slice(&before)?);
        }
        std::fs::remove_file(&kept).ok();
        let reach = Self::recorded(built, folder, threads)?;
        std::fs::write(kept, serde_json::to_vec(&reach)?)?;
        Ok(reach)
    }

    fn recorded(built: &Built, folder: &Path, threads: usize) -> Result<Self, Failure> {
        let mut all = Vec::new();
        for (program, folder) in &built.tests {
            let listed = Built::program(program, folder, 0)?.args(["--list", "--format", "terse"]).stderr(Stdio::inherit()).output()?;
            for name in String::from_utf8(listed.stdout)?.lines().filter_map(|line| line.strip_suffix(": test")) {
                let (arguments, took) = (["--exact", name].map(str::to_owned).to_vec(), Duration::ZERO);
                all.push(Run { program: program.clone(), folder: folder.clone(), arguments, took, reached: BTreeSet::new() });
            }
        }
        let mut slice = Run {
            program: built.campaign.clone(),
            folder: Built::sources()?,
            arguments: SLICE.map(str::to_owned).to_vec(),
            took: Duration::ZERO,
            reached: BTreeSet::new(),
        };
        if !slice.recorded(&folder.join("seen"), SLICE_MAX)? {
            return Err("the slice of the campaign fails with no mutant on".into());
        }
        let tests = Mutex::new(BTreeMap::new());
        in_threads(threads, all.into_iter().enumerate(), |(number, mut test)| {
            if test.recorded(&folder.join(format!("seen-{number}")), FAST)? {
                tests.lock().map_err(|_| "a thread is gone")?.insert((test.took, number), test);
            } else {
                eprintln!("left out, as it fails or is slow with no mutant on: {}", test.name());
            }
            std::fs::remove_file(folder.join(format!("seen-{number}"))).ok();
            Ok(())
        })?;
        let tests: Vec<Run> = tests.into_inner().map_err(|_| "a thread is gone")?.into_values().collect();
        if tests.is_empty() {
            return Err("no test passes with no mutant on".into());
        }
        Ok(Self { tests, slice })
    }
}
