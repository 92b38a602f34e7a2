//! `link`: how long a sync takes over EDGE (40 kbit/s up, 100 down, 600 ms there and back), from no connection to the answer.
//!
//! `ratio` is that time over what the same connections, round trips and bytes take at least: 1 is a system that never waits for itself. Round
//! trips are counted as turns of the client; a system that talks on two connections at once may come below 1. `…-tls`: ours over HTTPS.

use sync_core::sim::Profile;

use super::Run;
use super::cases::{Case, Metric, Work, alternate};
use super::figure::{Board, OURS, What};
use super::own::Ours;
use super::system::System;
use super::urgent;
use crate::programs::Failure;

const CASES: [Case; 3] = [
    Case { name: "push-20", work: Work::Push, count: 20 },
    Case { name: "pull-60", work: Work::Pull, count: 60 },
    Case { name: "idle", work: Work::Idle, count: 60 },
];
const TLS: [Case; 3] = [
    Case { name: "push-20-tls", work: Work::Push, count: 20 },
    Case { name: "pull-60-tls", work: Work::Pull, count: 60 },
    Case { name: "idle-tls", work: Work::Idle, count: 60 },
];
/// Reports that wait when the urgent one is filed.
const URGENT: Case = Case { name: "urgent-before-2000", work: Work::Push, count: 2_000 };
const URGENT_QUICK: Case = Case { name: "urgent-before-200", work: Work::Push, count: 200 };

const METRICS: [Metric; 5] = [
    ("seconds", "s", |_, cost| cost.seconds),
    ("bytes", "B", |_, cost| cost.bytes()),
    ("requests", "requests", |_, cost| cost.requests as f64),
    ("connections", "connections", |_, cost| cost.connections as f64),
    ("ratio", "", |_, cost| cost.ratio(&Profile::desa_edge())),
];
/// Under TLS requests cannot be seen from outside; round trips can, its handshakes among them.
const METRICS_TLS: [Metric; 5] =
    [METRICS[0], METRICS[1], ("round_trips", "round trips", |_, cost| cost.round_trips() as f64), METRICS[3], METRICS[4]];

/// Runs the bench.
///
/// # Errors
/// When a system fails.
pub(super) fn link(run: &Run<'_>, board: &mut Board) -> Result<(), Failure> {
    alternate("link", (&CASES, &METRICS), &Profile::desa_edge(), run, board)?;
    let tls: [Box<dyn System>; 1] = [Box::new(Ours::Tls)];
    alternate("link", (&TLS, &METRICS_TLS), &Profile::desa_edge(), &Run { systems: &tls, ..*run }, board)?;
    let case = if run.quick { URGENT_QUICK } else { URGENT };
    for round in 0..run.rounds {
        run.tell(&format!("link {}: round {}", case.name, round + 1));
        let cost = urgent::before(case.count, &Profile::desa_edge(), run.texts, round)?;
        for (metric, unit, value) in METRICS {
            board.note("link", What { case: case.name, metric, unit }, OURS, value(&case, &cost));
        }
    }
    Ok(())
}
