//! Seeded randomness: `ChaCha8` (a published algorithm), whole numbers only, so that a seed gives the same draws on
//! every machine and with every later version (ADR 0020).

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// A stream of draws that depends on its seed and its number alone; not for secrets.
#[derive(Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// Stream `number` of `seed`: streams of one seed are independent, so that a link more does not change the others.
    pub fn seeded(seed: u64, number: u64) -> Self {
        let mut key = [0; 32];
        for (place, byte) in key.iter_mut().zip(seed.to_le_bytes().into_iter().chain(number.to_le_bytes())) {
            *place = byte;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from 0 to `bound` - 1, or 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // Multiply and shift: off from uniform by less than bound / 2^64, and always exactly one draw.
        let product = u128::from(self.bits()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included; `low` when `high` is smaller.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1);
        low.saturating_add(self.below(span))
    }

    /// True in `per_mille` of 1,000 draws.
    pub fn chance(&mut self, per_mille: u16) -> bool {
        self.below(1_000) < u64::from(per_mille)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn draws_are_those_of_the_first_release_so_that_stored_seeds_keep_their_meaning() {
        let draws = |seed, number| {
            let mut random = Random::seeded(seed, number);
            [random.below(1_000), random.below(1_000), random.between(10, 12), random.bits()]
        };
        assert_eq!(draws(0, 0), [836, 631, 10, 2169171444139891480]);
        assert_eq!(draws(7, 3), [224, 146, 10, 11054110749389874299]);
    }

    #[test]
    fn draws_stay_in_their_bounds_and_reach_them() {
        let mut random = Random::seeded(1, 0);
        let mut seen = [0_u32; 4];
        for _ in 0..1_000 {
            let drawn = usize::try_from(random.between(1, 3)).unwrap_or(0);
            seen.iter_mut().skip(drawn).take(1).for_each(|count| *count += 1);
        }
        assert!(matches!(seen, [0, first, second, third] if first.min(second).min(third) >= 250), "{seen:?}");
        assert_eq!((random.below(0), random.below(1), random.between(5, 5), random.between(5, 4)), (0, 0, 5, 5));
        assert!(!random.chance(0) && random.chance(1_000));
    }
}
