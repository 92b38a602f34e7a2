//! What a store needs of the machine that it runs on: a clock and random numbers.

use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sync_core::Timestamp;
use sync_core::scheduler::Moment;

use crate::Error;

/// The clock and the random numbers of a device. The system's in an app; virtual ones in a simulated world.
pub trait Host: Send + Sync + std::fmt::Debug {
    /// The device's clock. It may be wrong by years: nothing but shown times depends on it.
    fn now(&self) -> Timestamp;
    /// Fills `bytes` with numbers that nobody can guess and that never come again, also not after a restored backup.
    ///
    /// # Errors
    /// When the system has none: nothing is written then.
    fn random(&self, bytes: &mut [u8]) -> Result<(), String>;
    /// Milliseconds of a clock that nobody sets, from any beginning in this process; it may stand still while the device sleeps. The system's
    /// when nothing else is said.
    fn monotonic_ms(&self) -> u64 {
        static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
        u64::try_from(BEGIN.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
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

/// A host's clocks, and which process reads them: a stored reading of the monotonic clock means nothing to the next one.
#[derive(Debug, Clone)]
pub(crate) struct ProcessClock {
    host: Arc<dyn Host>,
    process: [u8; 8],
}

impl ProcessClock {
    pub(crate) fn new(host: Arc<dyn Host>) -> Result<Self, Error> {
        let mut process = [0; 8];
        host.random(&mut process).map_err(Error::Storage)?;
        Ok(Self { host, process })
    }

    pub(crate) fn now(&self) -> Moment {
        Moment { wall_ms: self.host.now().unix_ms(), monotonic_ms: Some(self.host.monotonic_ms()) }
    }

    pub(crate) fn process(&self) -> &[u8] {
        &self.process
    }

    /// A random number for jitter.
    pub(crate) fn chance(&self) -> Result<u16, Error> {
        let mut bytes = [0; 2];
        self.host.random(&mut bytes).map_err(Error::Storage)?;
        Ok(u16::from_be_bytes(bytes))
    }
}
