//! `wire`: how many bytes and requests go over the link, heads of HTTP included, without TLS and the heads of TCP and IP.

use sync_core::sim::Profile;

use super::Run;
use super::cases::{Case, Metric, Work, alternate};
use super::figure::{Board, OURS, What};
use super::own::Ours;
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
/// Ours alone: an exchange with nothing to do, on a device with few reports and on one with many.
const IDLE_FEW: Case = Case { name: "idle-100", work: Work::Idle, count: 100 };
const IDLE_MANY: Case = Case { name: "idle-10000", work: Work::Idle, count: 10_000 };
const IDLE_MANY_QUICK: Case = Case { name: "idle-1000", work: Work::Idle, count: 1_000 };

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
    idle(run, board)
}

/// One round: nothing of it is a matter of chance, and it takes minutes to file so many.
fn idle(run: &Run<'_>, board: &mut Board) -> Result<(), Failure> {
    let many = if run.quick { IDLE_MANY_QUICK } else { IDLE_MANY };
    let mut few = None;
    for case in [IDLE_FEW, many] {
        run.tell(&format!("wire {}: one round, ours", case.name));
        let cost = case.run(&Ours::Plain, &Profile::unlimited(), run.texts, 0)?.ok_or("ours skips nothing")?;
        for (metric, unit, value) in METRICS {
            board.note("wire", What { case: case.name, metric, unit }, OURS, value(&case, &cost));
        }
        let above = cost.bytes() - *few.get_or_insert(cost.bytes());
        if case == many {
            board.note("wire", What { case: many.name, metric: "bytes_above_idle_100", unit: "B" }, OURS, above);
        }
    }
    Ok(())
}
