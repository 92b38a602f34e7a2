//! `wire`: how many bytes and requests go over the link, heads of HTTP included, without TLS and the heads of TCP and IP.

use sync_core::sim::Profile;

use super::Run;
use super::cases::{Case, Metric, Work, alternate};
use super::figure::Board;
use crate::programs::Failure;

const CASES: [Case; 5] = [
    Case { name: "push-20", work: Work::Push, count: 20 },
    Case { name: "push-200", work: Work::Push, count: 200 },
    Case { name: "pull-200", work: Work::Pull, count: 200 },
    Case { name: "idle", work: Work::Idle, count: 200 },
    Case { name: "edit-20", work: Work::Edit, count: 20 },
];
const QUICK: [Case; 4] = [
    Case { name: "push-20", work: Work::Push, count: 20 },
    Case { name: "pull-20", work: Work::Pull, count: 20 },
    Case { name: "idle", work: Work::Idle, count: 20 },
    Case { name: "edit-20", work: Work::Edit, count: 20 },
];
const METRICS: [Metric; 4] = [
    ("bytes", "B", |_, cost| cost.bytes()),
    ("bytes_up", "B", |_, cost| cost.bytes_up as f64),
    ("bytes_down", "B", |_, cost| cost.bytes_down as f64),
    ("requests", "requests", |_, cost| cost.requests as f64),
];
/// Of an idle sync nothing is to be divided.
const PER_REPORT: Metric = ("bytes_per_report", "B", |case, cost| cost.bytes() / case.count as f64);

/// Runs the bench.
///
/// # Errors
/// When a system fails.
pub(super) fn wire(run: &Run<'_>, board: &mut Board) -> Result<(), Failure> {
    let cases: &[Case] = if run.quick { &QUICK } else { &CASES };
    for case in cases {
        let mut metrics = METRICS.to_vec();
        if case.work != Work::Idle {
            metrics.insert(0, PER_REPORT);
        }
        // No limit: only bytes are counted here, and they do not depend on it.
        alternate("wire", (&[*case], &metrics), &Profile::unlimited(), run, board)?;
    }
    Ok(())
}
