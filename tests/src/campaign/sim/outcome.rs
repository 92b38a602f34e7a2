//! What a campaign saw: counts, speed, where the time went, and the seeds that failed.

use std::fmt;
use std::time::Duration;

use super::play::Played;
use super::script::Script;
use crate::world::{Tally, TimeOf};

/// A seed that broke a promise.
#[derive(Debug, Clone)]
pub struct FailedSeed {
    /// The seed.
    pub seed: u64,
    /// What was broken.
    pub broken: Vec<String>,
    /// Fewer of its steps that still break something, and what.
    pub shortened: Option<(Script, Vec<String>)>,
}

/// What a campaign saw.
#[derive(Debug, Clone, Default)]
pub struct SimOutcome {
    /// Seeds that were played.
    pub seeds: u64,
    /// Counters of all of them.
    pub tally: Tally,
    /// Those that broke a promise, by seed.
    pub failed: Vec<FailedSeed>,
    /// How long the playing took.
    pub took: Duration,
    playing: Duration,
}

impl SimOutcome {
    /// Counts a seed; gives it back when it failed.
    pub(super) fn add(&mut self, seed: u64, played: Played) -> Option<&FailedSeed> {
        self.seeds += 1;
        self.tally.merge(&played.tally);
        self.playing += played.took;
        if played.broken.is_empty() {
            return None;
        }
        self.failed.push(FailedSeed { seed, broken: played.broken, shortened: None });
        self.failed.last()
    }

    /// True when no seed failed.
    pub fn is_whole(&self) -> bool {
        self.failed.is_empty()
    }
}

/// Lines of one failing seed that are shown.
const LINES_MAX: usize = 5;

impl fmt::Display for SimOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64().max(0.001);
        writeln!(f, "{} seeds in {seconds:.1} s: {:.2} a second; {} failed", self.seeds, self.seeds as f64 / seconds, self.failed.len())?;
        for (what, count) in self.tally.counts() {
            writeln!(f, "{count:>12} {what}")?;
        }
        let all = self.playing.as_secs_f64().max(0.001);
        let mut rest = all;
        for part in TimeOf::ALL {
            let time = self.tally.time(part).as_secs_f64();
            rest -= time;
            writeln!(f, "{:>11.1}% {}", 100.0 * time / all, part.name())?;
        }
        writeln!(f, "{:>11.1}% links and script", 100.0 * rest / all)?;
        self.failed.iter().try_for_each(|failed| writeln!(f, "{failed}"))
    }
}

impl fmt::Display for FailedSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}:", self.seed)?;
        self.broken.iter().take(LINES_MAX).try_for_each(|line| write!(f, "\n  {line}"))?;
        if let Some((script, broken)) = &self.shortened {
            write!(f, "\n  shortened to {} steps, which break:", script.steps.len())?;
            broken.iter().take(LINES_MAX).try_for_each(|line| write!(f, "\n    {line}"))?;
            script.steps.iter().try_for_each(|step| write!(f, "\n    {step}"))?;
        }
        Ok(())
    }
}
