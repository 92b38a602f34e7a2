//! `link`: how long a sync takes over EDGE (40 kbit/s up, 100 down, 600 ms there and back), from no connection to the answer.
//!
//! `ratio` is that time over what the same connections, round trips and bytes take at least: 1 is a system that never waits for itself. Round
//! trips are counted as turns of the client; a system that talks on two connections at once may come below 1.

use sync_core::sim::Profile;

use super::Run;
use super::cases::{Case, Metric, Work, alternate};
use super::figure::Board;
use crate::programs::Failure;

const CASES: [Case; 3] = [
    Case { name: "push-20", work: Work::Push, count: 20 },
    Case { name: "pull-60", work: Work::Pull, count: 60 },
    Case { name: "idle", work: Work::Idle, count: 60 },
];
const METRICS: [Metric; 5] = [
    ("seconds", "s", |_, cost| cost.seconds),
    ("bytes", "B", |_, cost| cost.bytes()),
    ("requests", "requests", |_, cost| cost.requests as f64),
    ("connections", "connections", |_, cost| cost.connections as f64),
    ("ratio", "", |_, cost| cost.ratio(&Profile::desa_edge())),
];

/// Runs the bench.
///
/// # Errors
/// When a system fails.
pub(super) fn link(run: &Run<'_>, board: &mut Board) -> Result<(), Failure> {
    alternate("link", (&CASES, &METRICS), &Profile::desa_edge(), run, board)
}
