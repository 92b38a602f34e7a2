//! What a link has carried and what went wrong on it.

use std::fmt;

use super::fault::Fault;
use super::pipe::Passage;
use super::time::SimTime;

/// Counters of one link since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkStats {
    /// Exchanges that the client began.
    pub exchanges: u64,
    /// Requests that the server was handed, second copies included.
    pub requests: u64,
    /// Replies that the client took as such.
    pub replies: u64,
    /// Bytes that left the device.
    pub bytes_up: u64,
    /// Bytes that arrived at the device.
    pub bytes_down: u64,
    /// Of both, those that went over a metered place.
    pub metered_bytes: u64,
    /// Time in which bytes were on their way, in milliseconds; two transfers at once count once.
    pub transfer_ms: u64,
    faults: [u64; Fault::ALL.len()],
}

impl LinkStats {
    /// How often this fault happened.
    pub fn fault(&self, fault: Fault) -> u64 {
        Fault::ALL.iter().zip(self.faults).find_map(|(each, count)| (*each == fault).then_some(count)).unwrap_or(0)
    }

    /// How often each fault happened, in the order of `Fault::ALL`.
    pub fn faults(&self) -> impl Iterator<Item = (Fault, u64)> {
        Fault::ALL.into_iter().zip(self.faults)
    }

    pub(super) fn count(&mut self, fault: Fault, times: u64) {
        for (each, count) in Fault::ALL.iter().zip(&mut self.faults) {
            *count += if *each == fault { times } else { 0 };
        }
    }
}

impl fmt::Display for LinkStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} exchanges, {} requests arrived, {} replies arrived, ", self.exchanges, self.requests, self.replies)?;
        write!(f, "{} bytes up, {} bytes down, {} ms in transfer", self.bytes_up, self.bytes_down, self.transfer_ms)?;
        self.faults().filter(|(_, count)| *count > 0).try_for_each(|(fault, count)| write!(f, ", {count} {fault}"))
    }
}

/// The time in which anything was on its way: the union of passages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Busy {
    until: SimTime,
    us: u64,
}

impl Busy {
    /// Adds a passage; those that overlap count once.
    pub fn add(&mut self, passage: Passage) {
        let from = passage.starts_at.max(self.until);
        self.us = self.us.saturating_add(passage.arrives_at.us_since(from));
        self.until = self.until.max(passage.arrives_at);
    }

    /// Takes back what has not happened yet at `now`, because the link was cut.
    pub fn cut(&mut self, now: SimTime) {
        self.us = self.us.saturating_sub(self.until.us_since(now));
        self.until = self.until.min(now);
    }

    /// The sum, in whole milliseconds.
    pub const fn ms(&self) -> u64 {
        self.us / 1_000
    }
}
