//! Virtual time: microseconds since the start of a simulation.

use std::fmt;

/// A moment of virtual time, counted from the start of the simulation; no calendar and no wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(u64);

impl SimTime {
    /// The start of every simulation.
    pub const ZERO: Self = Self(0);

    /// The moment so many microseconds after the start.
    pub const fn from_us(us: u64) -> Self {
        Self(us)
    }

    /// The moment so many milliseconds after the start.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms.saturating_mul(1_000))
    }

    /// Microseconds since the start.
    pub const fn us(self) -> u64 {
        self.0
    }

    /// Whole milliseconds since the start.
    pub const fn ms(self) -> u64 {
        self.0 / 1_000
    }

    /// This moment and so many microseconds more; it stops at the end of time.
    pub const fn plus_us(self, us: u64) -> Self {
        Self(self.0.saturating_add(us))
    }

    /// This moment and so many milliseconds more; it stops at the end of time.
    pub const fn plus_ms(self, ms: u64) -> Self {
        self.plus_us(ms.saturating_mul(1_000))
    }

    /// Microseconds from `earlier` to this moment, 0 when `earlier` is not earlier.
    pub const fn us_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06} s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}
