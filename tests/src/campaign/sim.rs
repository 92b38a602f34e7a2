//! The simulated campaign: one virtual day of a few devices, up to a hundred reports and many accidents, over and over from other seeds.

mod outcome;
mod play;
mod script;
mod shrink;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::programs::Failure;

pub use outcome::{FailedSeed, SimOutcome};
pub use play::{Played, play};
pub use script::{Deed, Script, Step};
pub use shrink::shrink;

/// Which seeds.
#[derive(Debug, Clone)]
pub struct SimPlan {
    /// The first one.
    pub from: u64,
    /// At most so many.
    pub count: u64,
    /// None are begun after so long.
    pub most: Option<Duration>,
    /// None are begun after one has failed.
    pub until_failed: bool,
    /// So many at once.
    pub threads: usize,
    /// Where the timelines of failing seeds go.
    pub timelines: Option<PathBuf>,
}

/// Failing seeds whose script is shortened: each takes some hundred runs.
const SHORTENED_MAX: usize = 3;

/// So many seeds are told of in one line.
const TOLD_SEEDS: u64 = 100;

/// Plays the seeds of a plan. On the standard error it tells how far it is, and each failing seed at once: whoever stops it has heard of them.
///
/// # Errors
/// When a timeline cannot be written; a seed that fails is no error but part of the outcome.
pub fn sim(plan: &SimPlan) -> Result<SimOutcome, Failure> {
    let begun = Instant::now();
    let next = AtomicU64::new(0);
    let late = AtomicBool::new(false);
    let total = Mutex::new(SimOutcome::default());
    std::thread::scope(|scope| {
        for _ in 0..plan.threads.max(1) {
            scope.spawn(|| {
                while !late.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= plan.count {
                        break;
                    }
                    let seed = plan.from + number;
                    let played = play(&Script::draw(seed), None);
                    late.fetch_or(plan.until_failed && !played.broken.is_empty(), Ordering::Relaxed);
                    if let Ok(mut total) = total.lock() {
                        if let Some(failed) = total.add(seed, played) {
                            eprintln!("{failed}");
                        }
                        if total.seeds % TOLD_SEEDS == 0 {
                            eprintln!("{} of {} seeds from {}, {} failed", total.seeds, plan.count, plan.from, total.failed.len());
                        }
                    }
                    late.fetch_or(plan.most.is_some_and(|most| begun.elapsed() >= most), Ordering::Relaxed);
                }
            });
        }
    });
    let mut total = total.into_inner().map_err(|error| error.to_string())?;
    total.took = begun.elapsed();
    total.failed.sort_by_key(|failed| failed.seed);
    for failed in total.failed.iter_mut().take(SHORTENED_MAX) {
        let script = shrink(&Script::draw(failed.seed));
        let title = format!("seed {}, {} of its steps: {script}", failed.seed, script.steps.len());
        let again = play(&script, Some(&title));
        if let (Some(folder), Some(timeline)) = (&plan.timelines, &again.timeline) {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join(format!("seed-{}.ndjson", failed.seed)), timeline.ndjson())?;
            let middle = timeline.failure().map_or(u64::MAX, |failure| failure.at_ms);
            std::fs::write(folder.join(format!("seed-{}.svg", failed.seed)), timeline.around(middle, PICTURE_EVENTS).svg())?;
        }
        failed.shortened = Some((script, again.broken));
    }
    Ok(total)
}

/// What a person can look through around a failure.
const PICTURE_EVENTS: usize = 120;
