//! How often each fault happens on a link.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::random::Random;

/// The stream of a seed from which weights are drawn, apart from those of the links.
const SWARM_STREAM: u64 = u64::MAX;
const SWARM_PER_MILLE_MAX: u64 = 300;

/// For each fault, in how many of 1,000 exchanges it happens; none when nothing is said.
///
/// Each fault is drawn by itself, so several can meet in one exchange. What comes from the place (stalls, signal) is in
/// the profile and not here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(BTreeMap<Fault, u16>);

impl Faults {
    /// No accidents.
    pub const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// These, and this one in `per_mille` of 1,000 exchanges.
    #[must_use]
    pub fn with(mut self, fault: Fault, per_mille: u16) -> Self {
        self.0.insert(fault, per_mille.min(1_000));
        self
    }

    /// Weights drawn from a seed: about half of the faults never happen, the others in up to 30 % of the exchanges.
    ///
    /// Many seeds with few faults each find more than one mixture of all: a fault that happens always hides others.
    pub fn swarm(seed: u64) -> Self {
        let mut random = Random::seeded(seed, SWARM_STREAM);
        Fault::drawn().fold(Self::none(), |faults, fault| {
            let per_mille = 1 + random.below(SWARM_PER_MILLE_MAX);
            if random.chance(500) { faults.with(fault, u16::try_from(per_mille).unwrap_or(u16::MAX)) } else { faults }
        })
    }

    /// How often this one happens, per mille.
    pub fn per_mille(&self, fault: Fault) -> u16 {
        self.0.get(&fault).copied().unwrap_or(0)
    }

    pub(super) fn happens(&self, fault: Fault, random: &mut Random) -> bool {
        match self.per_mille(fault) {
            // Without a draw: a fault that is switched off leaves the others as they were.
            0 => false,
            per_mille => random.chance(per_mille),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Faults};

    #[test]
    fn seeds_differ_in_their_weights_and_each_fault_is_off_in_many() {
        assert_eq!(Faults::swarm(1), Faults::swarm(1));
        assert_ne!(Faults::swarm(1), Faults::swarm(2));
        for fault in Fault::drawn() {
            let off = (0..100).filter(|seed| Faults::swarm(*seed).per_mille(fault) == 0).count();
            assert!((30..=70).contains(&off), "{fault} is off in {off} of 100 seeds");
        }
    }
}
