//! What was measured, round by round, and what is told of it: the median and the spread.

use std::time::Duration;

/// The values of one figure, one a round.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Samples(Vec<f64>);

impl Samples {
    /// One more round.
    pub(super) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// How many rounds.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The middle value; of an even number of values the mean of the two in the middle.
    pub(super) fn median(&self) -> Option<f64> {
        let sorted = self.sorted();
        let upper = sorted.get(sorted.len() / 2).copied()?;
        let lower = sorted.get(sorted.len().saturating_sub(1) / 2).copied()?;
        Some(f64::midpoint(lower, upper))
    }

    /// The value below or at which so many percent of the values lie (nearest rank).
    pub(super) fn percentile(&self, percent: usize) -> Option<f64> {
        let sorted = self.sorted();
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied()
    }

    /// The smallest value.
    pub(super) fn min(&self) -> Option<f64> {
        self.sorted().first().copied()
    }

    /// The greatest value.
    pub(super) fn max(&self) -> Option<f64> {
        self.sorted().last().copied()
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// In milliseconds.
pub(super) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
