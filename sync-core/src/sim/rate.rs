//! Bandwidth.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Bits of payload per second in one direction; headers of TCP and IP are not counted.
///
/// Zero means without limit, so that an absent figure does not stop a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BitRate(u64);

impl BitRate {
    /// Without limit: bytes take no time to leave.
    pub const UNLIMITED: Self = Self(0);

    /// So many bits per second.
    pub const fn bits_per_s(bits: u64) -> Self {
        Self(bits)
    }

    /// So many kilobits (1,000 bits) per second.
    pub const fn kilobits_per_s(kilobits: u64) -> Self {
        Self(kilobits.saturating_mul(1_000))
    }

    /// Bits per second, or nothing when the rate has no limit.
    pub const fn limit(self) -> Option<u64> {
        if self.0 == 0 { None } else { Some(self.0) }
    }

    /// How long so many bytes take to leave, in microseconds, rounded up.
    pub fn us_for(self, bytes: u64) -> u64 {
        self.limit().map_or(0, |bits| {
            let us = (u128::from(bytes) * 8_000_000).div_ceil(u128::from(bits));
            u64::try_from(us).unwrap_or(u64::MAX)
        })
    }

    /// How many whole bytes leave in so many microseconds, or nothing when the rate has no limit.
    pub fn bytes_in(self, us: u64) -> Option<u64> {
        let bytes = u128::from(self.limit()?) * u128::from(us) / 8_000_000;
        Some(u64::try_from(bytes).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.limit() {
            None => f.write_str("unlimited"),
            Some(bits) if bits % 1_000 == 0 => write!(f, "{} kbit/s", bits / 1_000),
            Some(bits) => write!(f, "{bits} bit/s"),
        }
    }
}
