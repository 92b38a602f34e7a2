//! What happened how often in a world, and where the time of the machine went.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use sync_core::sim::LinkStats;

/// Whose work takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Making the world: stores, units, enrolments.
    SetUp,
    /// The devices.
    Device,
    /// The centre.
    Centre,
    /// The oracle, after each step.
    Oracle,
    /// Complete comparisons at the end.
    End,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::SetUp, Self::Device, Self::Centre, Self::Oracle, Self::End];

    /// Its name in a table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::Device => "devices",
            Self::Centre => "centre",
            Self::Oracle => "oracle",
            Self::End => "end",
        }
    }
}

/// Counters of one world, or of many added up. The order of the names is that of the alphabet, so that two runs print the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<String, u64>,
    time: BTreeMap<Part, Duration>,
}

impl Tally {
    /// One more.
    pub fn count(&mut self, what: &str) {
        self.add(what, 1);
    }

    /// So many more.
    pub fn add(&mut self, what: &str, times: u64) {
        if times > 0 {
            match self.counts.get_mut(what) {
                Some(count) => *count += times,
                None => drop(self.counts.insert(what.to_owned(), times)),
            }
        }
    }

    /// What a link met.
    pub fn link(&mut self, stats: &LinkStats) {
        for (fault, count) in stats.faults() {
            self.add(&format!("fault {fault}"), count);
        }
        self.add("exchanges", stats.exchanges);
        self.add("requests", stats.requests);
        self.add("bytes up", stats.bytes_up);
        self.add("bytes down", stats.bytes_down);
    }

    /// How often.
    pub fn of(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or(0)
    }

    /// All counters.
    pub fn counts(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(name, count)| (name.as_str(), *count))
    }

    /// How long a part worked.
    pub fn time(&self, part: Part) -> Duration {
        self.time.get(&part).copied().unwrap_or_default()
    }

    /// Adds another world's.
    pub fn merge(&mut self, other: &Self) {
        other.counts().for_each(|(what, times)| self.add(what, times));
        other.time.iter().for_each(|(part, time)| *self.time.entry(*part).or_default() += *time);
    }

    /// Adds what passed since `begun` to a part. Only for the table at the end: no decision depends on it.
    pub(super) fn spent(&mut self, part: Part, begun: Instant) {
        *self.time.entry(part).or_default() += begun.elapsed();
    }
}

/// `12 exchanges, 3 fault reply_lost, …`: a quiet simulator is seen.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.counts().map(|(name, count)| format!("{count} {name}")).collect();
        f.write_str(&lines.join(", "))
    }
}
