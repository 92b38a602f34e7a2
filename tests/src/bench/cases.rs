//! The transfers that `wire` and `link` measure. Each begins with a fresh server and fresh clients.

use sync_core::sim::Profile;

use super::Run;
use super::figure::{Board, What};
use super::system::{Order, System};
use super::texts::Texts;
use super::transfer::{Cost, Stage};
use crate::programs::Failure;

/// What a client does after it was offline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Sends so many new reports.
    Push,
    /// A fresh client of the same officer fetches so many reports.
    Pull,
    /// Syncs with nothing to do, when both sides have so many reports.
    Idle,
    /// Sends a new description for each of so many reports, the same for all.
    Edit,
}

/// One case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case {
    /// As figures name it.
    pub name: &'static str,
    /// What is done.
    pub work: Work,
    /// With how many reports.
    pub count: usize,
}

impl Case {
    /// Runs it once. None: the system has no such thing.
    ///
    /// # Errors
    /// When the system does not start, or does not do it.
    pub(super) fn run(self, system: &dyn System, profile: &Profile, texts: &Texts, round: u64) -> Result<Option<Cost>, Failure> {
        self.tried(system, profile, texts, round).map_err(|error| format!("{}, {}: {error}", system.name(), self.name).into())
    }

    fn tried(self, system: &dyn System, profile: &Profile, texts: &Texts, round: u64) -> Result<Option<Cost>, Failure> {
        let folder = tempfile::tempdir()?;
        let (from, count) = (0, self.count);
        let mut stage = Stage::open(system, folder.path(), profile, texts.of_officer(round, count)?)?;
        let mut client = stage.client()?;
        client.order(&Order::Save { from, count })?;
        if self.work == Work::Push {
            return stage.measure(&mut *client, &Order::Push { from, count });
        }
        client.order(&Order::Push { from, count })?;
        match self.work {
            Work::Push | Work::Idle => {
                // The first one may still bring what the push left behind.
                client.order(&Order::Idle)?;
                stage.measure(&mut *client, &Order::Idle)
            }
            Work::Pull => {
                let mut other = stage.client()?;
                stage.measure(&mut *other, &Order::Pull { count, digest: stage.digest() })
            }
            Work::Edit => {
                let value = texts.another_description(round)?;
                stage.measure(&mut *client, &Order::Edit { from, count, field: "uraian", value })
            }
        }
    }
}

/// What is told of a case: name, unit, and how it follows from the cost.
pub(super) type Metric = (&'static str, &'static str, fn(&Case, &Cost) -> f64);

/// Runs all cases with all systems, one after the other in each round, so that a busy minute of the machine meets all of them.
///
/// # Errors
/// When any system fails in any case.
pub(super) fn alternate(
    bench: &'static str,
    (cases, metrics): (&[Case], &[Metric]),
    profile: &Profile,
    run: &Run<'_>,
    board: &mut Board,
) -> Result<(), Failure> {
    for round in 0..run.rounds {
        for case in cases {
            for system in run.systems {
                run.tell(&format!("{bench} {}: round {}, {}", case.name, round + 1, system.name()));
                let cost = case.run(&**system, profile, run.texts, round)?;
                for (metric, unit, value) in metrics {
                    let what = What { case: case.name, metric, unit };
                    match &cost {
                        Some(cost) => board.note(bench, what, system.name(), value(case, cost)),
                        None => board.skip(bench, what, system.name()),
                    }
                }
            }
        }
    }
    Ok(())
}
