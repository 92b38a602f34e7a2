//! One poisonous item among many valid ones: every valid one gets its receipt, the poisonous one its refusal with the reason, and its bytes are kept.

mod items;
mod sender;

use std::fmt;

use sync_core::Refusal;
use sync_core::exchange::{ItemVerdict, Verdict};

use crate::programs::Failure;

pub use items::{Batch, Poison, poisons};

/// Where the poisonous item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before all others.
    First,
    /// In their middle.
    Middle,
    /// After all others.
    Last,
}

impl Place {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::First, Self::Middle, Self::Last];

    fn at(self, count: usize) -> usize {
        match self {
            Self::First => 0,
            Self::Middle => count / 2,
            Self::Last => count,
        }
    }
}

/// What became of one push of a batch with its poison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The poison's name.
    pub poison: String,
    /// Where it stood.
    pub place: Place,
    /// How many valid items were pushed.
    pub valid: usize,
    /// In how many requests.
    pub requests: usize,
    /// Valid items with a receipt of their own.
    pub receipts: usize,
    /// Reports that the centre lists.
    pub reports: usize,
    /// What was refused, by its place in the push.
    pub refused: Vec<(usize, Refusal)>,
    /// What the quarantine holds: reason, and whether the bytes are the poison's.
    pub kept: Vec<(String, bool)>,
}

impl Pushed {
    /// True when every valid item has its receipt and is listed, and the poison alone is refused and kept with its reason.
    pub fn is_right(&self) -> bool {
        let [(at, refusal)] = self.refused.as_slice() else { return false };
        let kept = self.kept == [(refusal.code().to_owned(), true)];
        *at == self.place.at(self.valid) && kept && self.receipts == self.valid && self.reports == self.valid
    }
}

impl fmt::Display for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: Vec<String> = self.refused.iter().map(|(at, refusal)| format!("{} at {at}", refusal.code())).collect();
        write!(
            f,
            "{} {:?}: {} valid in {} requests, {} receipts, {} listed; refused: {}; kept: {}",
            self.poison,
            self.place,
            self.valid,
            self.requests,
            self.receipts,
            self.reports,
            refused.join(", "),
            self.kept.len()
        )
    }
}

/// Pushes the batch with the poison in its place to a new centre, in as many requests as a device makes.
///
/// # Errors
/// When the centre cannot be made, or does not answer.
pub fn push(batch: &Batch, poison: &Poison, place: Place) -> Result<Pushed, Failure> {
    let at = place.at(batch.items.len());
    let mut items: Vec<&[u8]> = batch.items.iter().map(Vec::as_slice).collect();
    items.insert(at, &poison.bytes);
    let centre = sender::Centre::new()?;
    let (verdicts, requests) = centre.push(&items)?;
    let mut refused = Vec::new();
    for (place, verdict) in verdicts.iter().enumerate() {
        if let Some(Verdict::Refused(refusal)) = verdict.rest {
            refused.push((place, refusal));
        }
    }
    let receipted =
        |(place, verdict): &(usize, &ItemVerdict)| *place != at && verdict.shared == 1 && verdict.label.is_some() && verdict.rest.is_none();
    Ok(Pushed {
        poison: poison.name.clone(),
        place,
        valid: batch.items.len(),
        requests,
        receipts: verdicts.iter().enumerate().filter(receipted).count(),
        reports: centre.listed(batch)?,
        refused,
        kept: centre.kept(&poison.bytes)?,
    })
}
