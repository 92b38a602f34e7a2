//! Measures how well repeated descriptions are told from an officer's own style (ADR 0030).
//!
//! A false alarm is a report that is flagged against any earlier report of the same officer in the same month. A hit is
//! an altered copy that is flagged against what it was copied from. What it does not measure is real text.

mod candidates;
mod month;

#[cfg(test)]
mod tests;

use sync_core::similar::{Fingerprint, Repeat, is_repeat};

use crate::generate::{Alteration, Corpus, Exchange, Officer};

pub use candidates::{CANDIDATES, Candidate, Trial, try_candidate};
pub use month::{Copies, Month, months};

/// What to measure: the same plan gives the same figures on every machine.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Seed of the officers.
    pub seed: u64,
    /// How many officers.
    pub officers: u64,
    /// How many months of each.
    pub months: u16,
    /// Reports in a month.
    pub volume: usize,
}

/// How copies differ from what they were copied from.
pub const ALTERATIONS: [(&str, Alteration); 4] = [
    ("names and dates exchanged", Alteration { words_per_mille: 0, names_and_dates: Exchange::Exchanged }),
    ("5 % of the words changed", Alteration { words_per_mille: 50, names_and_dates: Exchange::Kept }),
    ("3 % changed, names and dates exchanged", Alteration { words_per_mille: 30, names_and_dates: Exchange::Exchanged }),
    ("5 % changed, names and dates exchanged", Alteration { words_per_mille: 50, names_and_dates: Exchange::Exchanged }),
];

/// The figures of one officer.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The number of the officer.
    pub officer: u64,
    /// The name of his style.
    pub style: &'static str,
    /// Reports that were compared with all earlier ones of their month.
    pub reports: usize,
    /// Those that were flagged although they are no copies.
    pub false_alarms: usize,
    /// Flagged copies for each of [`ALTERATIONS`]; there are as many copies as reports.
    pub hits: [usize; 4],
}

/// Measures one officer.
pub fn measure(plan: &Plan, number: u64) -> Figures {
    let officer = Officer::new(Corpus::Measurement, plan.seed, number);
    let mut figures = Figures { officer: number, style: officer.style().name(), reports: 0, false_alarms: 0, hits: [0; 4] };
    for month in months(&officer, plan) {
        let fingerprints: Vec<Fingerprint> = month.texts.iter().map(|text| Fingerprint::of(text)).collect();
        for (index, (fingerprint, copies)) in fingerprints.iter().zip(&month.copies).enumerate() {
            let earlier = fingerprints.iter().take(index);
            figures.reports += 1;
            figures.false_alarms += usize::from(flagged(fingerprint, earlier).is_some());
            for (hits, copy) in figures.hits.iter_mut().zip(copies) {
                *hits += usize::from(is_repeat(fingerprint, &Fingerprint::of(copy)).is_some());
            }
        }
    }
    figures
}

fn flagged<'a>(fingerprint: &Fingerprint, mut earlier: impl Iterator<Item = &'a Fingerprint>) -> Option<Repeat> {
    earlier.find_map(|before| is_repeat(fingerprint, before))
}
