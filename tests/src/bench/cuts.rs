//! `cuts`: EDGE that is alive for seconds and dead for longer, again and again, in virtual time: what a device carries over it by its scheduler.
//!
//! `byte_ratio` is what left the device and what arrived there, over the same without an interruption. A run in which not everything arrives is an error.

use local_store::Link;
use sync_core::sim::Profile;

use super::Run;
use super::figure::{Board, OURS, What};
use crate::programs::Failure;
use crate::world::{Carried, carry_down, carry_up, edge_in_windows};

/// The world's first seed; each round has another.
const SEED: u64 = 21;
const REPORTS: usize = 200;

/// Which way the reports go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl Way {
    fn carry(self, seed: u64, at: (Profile, Link)) -> Option<Carried> {
        match self {
            Self::Up => carry_up(seed, at, REPORTS),
            Self::Down => carry_down(seed, at, REPORTS),
        }
    }
}

/// A link in windows, and what the device takes it for.
#[derive(Debug, Clone, Copy)]
struct Case {
    name: &'static str,
    way: Way,
    alive_ms: u64,
    dead_ms: u64,
    link: Link,
}

/// Without an interruption, each way.
const WHOLE: [(&str, Way); 2] = [("uninterrupted", Way::Up), ("uninterrupted-down", Way::Down)];
const CASES: [Case; 5] = [
    Case { name: "alive-3s", way: Way::Up, alive_ms: 3_000, dead_ms: 30_000, link: Link::Unmetered },
    Case { name: "alive-3s-metered", way: Way::Up, alive_ms: 3_000, dead_ms: 30_000, link: Link::Metered },
    Case { name: "alive-3s-dead-7s", way: Way::Up, alive_ms: 3_000, dead_ms: 7_000, link: Link::Unmetered },
    Case { name: "alive-5s", way: Way::Up, alive_ms: 5_000, dead_ms: 30_000, link: Link::Unmetered },
    Case { name: "alive-3s-down", way: Way::Down, alive_ms: 3_000, dead_ms: 30_000, link: Link::Unmetered },
];

/// Runs the bench.
///
/// # Errors
/// When not everything arrives.
pub(super) fn cuts(run: &Run<'_>, board: &mut Board) -> Result<(), Failure> {
    let mut note = |case, metric, unit, value| board.note("cuts", What { case, metric, unit }, OURS, value);
    let cases: Vec<Case> = CASES.into_iter().filter(|case| !run.quick || case.name == "alive-3s").collect();
    for round in 0..run.rounds {
        let carry = |name: &str, way: Way, place: Profile, link: Link| {
            run.tell(&format!("cuts {name}: round {}", round + 1));
            way.carry(SEED + round, (place, link)).ok_or_else(|| format!("{name}: not all of the {REPORTS} reports arrived"))
        };
        for (name, way) in WHOLE {
            let cases: Vec<&Case> = cases.iter().filter(|case| case.way == way).collect();
            if cases.is_empty() {
                continue;
            }
            let whole = carry(name, way, Profile::desa_edge(), Link::Unmetered)?;
            figures(name, &whole, &mut note);
            for case in cases {
                let cut = carry(case.name, way, edge_in_windows(case.alive_ms, case.dead_ms), case.link)?;
                note(case.name, "byte_ratio", "", cut.bytes() as f64 / whole.bytes() as f64);
                figures(case.name, &cut, &mut note);
            }
        }
    }
    Ok(())
}

fn figures(case: &'static str, carried: &Carried, note: &mut impl FnMut(&'static str, &'static str, &'static str, f64)) {
    note(case, "bytes", "B", carried.bytes() as f64);
    note(case, "requests", "requests", carried.requests as f64);
    note(case, "virtual_seconds", "s", carried.took_ms as f64 / 1_000.0);
}
