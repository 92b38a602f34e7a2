//! A moment by two clocks, neither of which is to be trusted alone.

/// Now, as a device sees it.
///
/// The wall clock may jump by years, the monotonic one stands still while the phone sleeps and begins anew with each process. Whichever says
/// that more time has passed is believed: so a wait ends when it should after a sleep of weeks, and also when the wall clock was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment {
    /// Milliseconds since 1970 by the device's clock.
    pub wall_ms: i64,
    /// Milliseconds of this process; none for a moment of an earlier one.
    pub monotonic_ms: Option<u64>,
}

impl Moment {
    /// How long ago `then` was. None when neither clock can tell: the wall clock was set back, and the other began anew.
    pub fn since(self, then: Self) -> Option<u64> {
        let awake = self.monotonic_ms.zip(then.monotonic_ms).and_then(|(now, then)| now.checked_sub(then));
        let wall = self.wall_ms.checked_sub(then.wall_ms).and_then(|ms| u64::try_from(ms).ok());
        awake.max(wall)
    }

    /// What is left of a wait that began at `then`; none when it is over, and also when nobody can tell.
    pub fn left(self, then: Self, wait_ms: u64) -> Option<u64> {
        wait_ms.checked_sub(self.since(then)?).filter(|left| *left > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    fn at(wall_ms: i64, monotonic_ms: u64) -> Moment {
        Moment { wall_ms, monotonic_ms: Some(monotonic_ms) }
    }

    #[test]
    fn a_sleep_counts_by_the_wall_clock_and_a_clock_set_back_by_the_other() {
        let then = at(1_000_000, 500);
        assert_eq!(at(1_000_100, 600).since(then), Some(100));
        assert_eq!(at(900_000_000, 700).since(then), Some(899_000_000));
        assert_eq!(at(0, 700).since(then), Some(200));
    }

    #[test]
    fn after_a_new_start_a_clock_set_back_ends_the_wait() {
        let then = Moment { monotonic_ms: None, ..at(1_000_000, 0) };
        assert_eq!(at(0, 3).left(then, 60_000), None);
        assert_eq!(at(1_010_000, 3).left(then, 60_000), Some(50_000));
        // Another process's monotonic clock that happens to be behind is no reading of this one.
        assert_eq!(at(1_010_000, 3).left(at(1_000_000, 900), 60_000), Some(50_000));
    }
}
