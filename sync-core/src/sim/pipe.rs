//! When bytes leave and when they arrive: the arithmetic that the simulator and the TCP proxy share.
//!
//! A pipe is one direction of one link. It keeps the moment at which its last byte has left and nothing else, so a
//! long transfer has no rounding or timer error that adds up: each departure is computed from the one before.

use super::profile::{Direction, Profile};
use super::random::Random;
use super::time::SimTime;

/// The payload of one segment: what is lost together, and sent again together.
pub const SEGMENT_BYTES: u64 = 1_460;

/// One direction of a link, shared by all that is sent over it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pipe {
    free_at: SimTime,
}

/// Where a stream stands: its bytes arrive in the order in which they were sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stream {
    arrived_at: SimTime,
}

/// The passage of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// When the first byte leaves.
    pub starts_at: SimTime,
    /// When the last byte has left.
    pub departs_at: SimTime,
    /// When the last byte arrives.
    pub arrives_at: SimTime,
    /// How many losses held the stream up.
    pub losses: u64,
}

impl Pipe {
    /// Sends `bytes` of `stream` at `now`, behind what this pipe already carries.
    pub fn pass(
        &mut self,
        (profile, direction): (&Profile, Direction),
        stream: &mut Stream,
        random: &mut Random,
        now: SimTime,
        bytes: u64,
    ) -> Passage {
        let starts_at = now.max(self.free_at);
        let departs_at = starts_at.plus_us(profile.rate(direction).us_for(bytes));
        self.free_at = departs_at;
        let losses = losses(profile, random, bytes);
        let stalls_us = (0..losses).fold(0_u64, |sum, _| sum.saturating_add(stall_us(profile, random)));
        let arrives_at = departs_at.plus_us(one_way_us(profile, random)).plus_us(stalls_us).max(stream.arrived_at);
        stream.arrived_at = arrives_at;
        Passage { starts_at, departs_at, arrives_at, losses }
    }

    /// Does not send what of a passage has not left at `now`. What waits behind it keeps its moments.
    pub(super) fn take_back(&mut self, passage: Passage, now: SimTime) {
        if self.free_at == passage.departs_at {
            self.free_at = passage.starts_at.max(now).min(passage.departs_at);
        }
    }
}

/// Half a round trip, with its share of the jitter.
fn one_way_us(profile: &Profile, random: &mut Random) -> u64 {
    let half_us = u64::from(profile.round_trip_ms).saturating_mul(500);
    let jitter_us = u64::from(profile.jitter_ms).saturating_mul(500).min(half_us);
    if jitter_us == 0 {
        return half_us;
    }
    random.between(half_us - jitter_us, half_us.saturating_add(jitter_us))
}

fn stall_us(profile: &Profile, random: &mut Random) -> u64 {
    let shortest_us = u64::from(profile.round_trip_ms).saturating_mul(1_000);
    random.between(shortest_us, u64::from(profile.stall_ms).saturating_mul(1_000))
}

fn losses(profile: &Profile, random: &mut Random, bytes: u64) -> u64 {
    if profile.loss_per_mille == 0 {
        return 0;
    }
    // A part of a segment is lost with the same part of the chance, so that many small writes lose as often as one large one.
    let whole = (0..bytes / SEGMENT_BYTES).filter(|_| random.chance(profile.loss_per_mille)).count();
    let rest = random.below(SEGMENT_BYTES) < bytes % SEGMENT_BYTES && random.chance(profile.loss_per_mille);
    u64::try_from(whole).unwrap_or(u64::MAX).saturating_add(u64::from(rest))
}

#[cfg(test)]
mod tests {
    use super::{Direction, Pipe, Profile, Random, SimTime, Stream};

    fn arrivals(profile: &Profile, seed: u64, sizes: &[u64]) -> Vec<u64> {
        let (mut pipe, mut stream, mut random) = (Pipe::default(), Stream::default(), Random::seeded(seed, 0));
        let mut pass = |bytes| pipe.pass((profile, Direction::Up), &mut stream, &mut random, SimTime::ZERO, bytes);
        sizes.iter().map(|bytes| pass(*bytes).arrives_at.us()).collect()
    }

    #[test]
    fn edge_carries_5000_bytes_up_in_one_second_and_half_a_round_trip() {
        assert_eq!(arrivals(&Profile::desa_edge(), 1, &[5_000]), [1_300_000]);
    }

    #[test]
    fn many_small_writes_take_as_long_as_one_large_one() {
        let small = arrivals(&Profile::desa_edge(), 1, &[100; 50]);
        assert_eq!(small.last(), arrivals(&Profile::desa_edge(), 1, &[5_000]).last());
    }

    #[test]
    fn bytes_arrive_in_order_whatever_the_jitter() {
        for seed in 0..50 {
            let all = arrivals(&Profile::weak_2g(), seed, &[300; 200]);
            assert!(all.is_sorted(), "seed {seed}");
            assert_eq!(all, arrivals(&Profile::weak_2g(), seed, &[300; 200]), "seed {seed}");
        }
    }

    #[test]
    fn losses_come_as_often_as_the_profile_says_for_small_and_large_writes() {
        for bytes in [73, 1_460, 14_600] {
            let (profile, mut random) = (Profile::weak_2g(), Random::seeded(7, 0));
            let losses: u64 = (0..1_460_000 / bytes).map(|_| super::losses(&profile, &mut random, bytes)).sum();
            assert!((30..=70).contains(&losses), "{losses} of 1,000 segments at {bytes} bytes, promised 50");
        }
    }
}
