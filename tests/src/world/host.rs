//! Time and chance in the world: one clock for all, and for each device its own error and its own random numbers.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use local_store::Host;
use sync_core::Timestamp;
use sync_core::sim::Random;

/// 2026-11-25T00:00:00Z.
pub(super) const BEGIN_MS: i64 = 1_795_564_800_000;

/// The true time of the world, in milliseconds since its beginning.
#[derive(Debug, Default)]
pub(super) struct Time {
    simulated: AtomicI64,
    last: AtomicI64,
}

impl Time {
    /// Takes over the time of the simulation; never back.
    pub(super) fn reach(&self, ms: u64) {
        self.simulated.fetch_max(i64::try_from(ms).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// A clock that nobody sets.
    fn monotonic_ms(&self) -> u64 {
        self.simulated.load(Ordering::Relaxed).max(self.last.load(Ordering::Relaxed)).cast_unsigned()
    }

    /// Every look takes a millisecond, so that an order of events is an order of times.
    fn look(&self) -> i64 {
        let now = self.simulated.load(Ordering::Relaxed).max(self.last.load(Ordering::Relaxed) + 1);
        self.last.store(now, Ordering::Relaxed);
        now
    }
}

/// What a killed program unwinds with.
#[derive(Debug)]
pub(super) struct Killed;

/// The clock and the chance of one device, or of the centre.
#[derive(Debug)]
pub(super) struct Machine {
    time: Arc<Time>,
    ahead_ms: AtomicI64,
    chance: Mutex<Random>,
    /// At so many more looks at the clock or draws the program is killed; 0 for never.
    dies_in: AtomicI64,
}

impl Machine {
    /// Streams of one seed are independent: a device more does not change what the others draw.
    pub(super) fn new(time: Arc<Time>, seed: u64, stream: u64) -> Self {
        let chance = Mutex::new(Random::seeded(seed, STREAMS + stream));
        Self { time, ahead_ms: AtomicI64::new(0), chance, dies_in: AtomicI64::new(0) }
    }

    /// Sets the clock to another error than before.
    pub(super) fn jump(&self, by_ms: i64) {
        self.ahead_ms.fetch_add(by_ms, Ordering::Relaxed);
    }

    /// From now on the program is killed within the next transaction that looks so often at the host; 0: not any more.
    pub(super) fn die_in(&self, looks: i64) {
        self.dies_in.store(looks, Ordering::Relaxed);
    }

    pub(super) fn draw<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    fn fill(&self, bytes: &mut [u8]) {
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        for eight in bytes.chunks_mut(8) {
            let drawn = chance.bits().to_le_bytes();
            eight.iter_mut().zip(drawn).for_each(|(byte, drawn)| *byte = drawn);
        }
    }

    fn step(&self) {
        // No hook, no message: this is no panic of the program but the end of it. SQLite takes the open transaction back, as after a kill.
        if self.dies_in.load(Ordering::Relaxed) > 0 && self.dies_in.fetch_sub(1, Ordering::Relaxed) == 1 {
            std::panic::resume_unwind(Box::new(Killed));
        }
    }
}

/// Apart from the streams of the links, which count from 0.
const STREAMS: u64 = 1 << 32;

impl Host for Machine {
    fn now(&self) -> Timestamp {
        self.step();
        let ms = (BEGIN_MS + self.time.look()).saturating_add(self.ahead_ms.load(Ordering::Relaxed));
        Timestamp::from_unix_ms(ms)
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), String> {
        self.step();
        self.fill(bytes);
        Ok(())
    }

    fn monotonic_ms(&self) -> u64 {
        self.time.monotonic_ms()
    }
}
