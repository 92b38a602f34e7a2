//! A bell that one thread waits for and any thread rings.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Counts how often it was rung, so that a ring just before the wait is not missed.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    rung: Mutex<u64>,
    bell: Condvar,
}

impl Wake {
    /// Rings.
    pub(crate) fn now(&self) {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        *rung = rung.wrapping_add(1);
        self.bell.notify_all();
    }

    /// How often it was rung until now.
    pub(crate) fn rung(&self) -> u64 {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it was rung more often than `seen`, or for so long.
    pub(crate) fn wait(&self, seen: u64, most: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.bell.wait_timeout_while(rung, most, |rung| *rung == seen));
    }
}
