//! Draws of the generator, on top of the simulator's seeded randomness: a seed writes the same bytes on every machine.

use sync_core::sim::Random;

/// A stream of draws that depends on its key alone; not for secrets.
#[derive(Debug)]
pub(super) struct Draw(Random);

impl Draw {
    /// The stream of `seed` that `number` names.
    pub(super) fn seeded(seed: u64, number: u64) -> Self {
        Self(Random::seeded(seed, number))
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0.bits()
    }

    /// A number from 0 to `bound` - 1, or 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0.between(low, high)
    }

    /// True in `per_mille` of 1,000 draws.
    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// An index below `length`, or 0 when there is none.
    pub(super) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// One of `items`, all alike; None when there is none.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = self.index(items.len());
        items.get(index)
    }

    /// The index of one of `weights`, drawn by weight; 0 when all are 0.
    pub(super) fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}

/// Mixes two numbers into one (the finaliser of SplitMix64), to name streams and habits.
pub(super) fn mix(left: u64, right: u64) -> u64 {
    let mut mixed = left.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(right).wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Mixes a word into a number.
pub(super) fn mix_word(left: u64, word: &str) -> u64 {
    word.bytes().fold(left, |mixed, byte| mix(mixed, u64::from(byte)))
}
