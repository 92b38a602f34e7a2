//! What a store needs of the machine that it runs on: a clock and random numbers.

use std::time::{SystemTime, UNIX_EPOCH};

use sync_core::Timestamp;

/// The clock and the random numbers of a device. The system's in an app; virtual ones in a simulated world.
pub trait Host: Send + Sync + std::fmt::Debug {
    /// The device's clock. It may be wrong by years: nothing but shown times depends on it.
    fn now(&self) -> Timestamp;
    /// Fills `bytes` with numbers that nobody can guess and that never come again, also not after a restored backup.
    ///
    /// # Errors
    /// When the system has none: nothing is written then.
    fn random(&self, bytes: &mut [u8]) -> Result<(), String>;
}

/// The operating system's clock and random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemHost;

impl Host for SystemHost {
    fn now(&self) -> Timestamp {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_ms(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), String> {
        getrandom::fill(bytes).map_err(|error| error.to_string())
    }
}
