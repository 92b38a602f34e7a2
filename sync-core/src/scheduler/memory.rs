//! What the scheduler remembers between attempts.

use super::moment::Moment;
use crate::limits;

/// Why a request got no reply that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkFailure {
    /// It did not leave: no route, no connection, no TLS.
    NotReached,
    /// It left, at least in part, and no whole reply came.
    Cut,
    /// The centre asked to come again after so many seconds.
    Busy(u64),
    /// Something answered that is not a reply: a portal, a refusal without a signature.
    NoReply,
}

/// What an attempt that got its reply came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Success {
    /// Something that waited got an answer, or something came, or nothing waited.
    pub moved: bool,
    /// It was a portion for urgent reports alone.
    pub urgent_only: bool,
}

/// What was learned from earlier attempts. Stored by the device, so that a new process does not begin at nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Memory {
    /// The end of the last attempt; none before the first.
    pub last: Option<Moment>,
    /// The last attempt that got a reply and was not for urgent reports alone.
    pub all: Option<Moment>,
    /// Attempts in a row that failed or moved nothing of what waits.
    pub failures: u32,
    /// How long after the last attempt the centre does not want to be asked; 0 when it did not say.
    pub hint_ms: u64,
    /// Drawn anew with each attempt: the jitter of what comes after it.
    pub chance: u16,
    /// Whether the link came, or became another, since the last attempt.
    pub link_came: bool,
    /// The first attempt of the day that is counted.
    pub day: Option<Moment>,
    /// Bytes of that day, both ways.
    pub spent_bytes: u64,
}

impl Memory {
    /// An attempt failed, at `now`; `chance` is a random number.
    pub fn failed(&mut self, now: Moment, failure: LinkFailure, chance: u16) {
        self.ended(now, chance);
        self.failures = self.failures.saturating_add(1);
        if let LinkFailure::Busy(seconds) = failure {
            let hint_ms = seconds.saturating_mul(1_000).min(limits::HINT_MAX_MS);
            // Never sooner than asked, and not all at the same moment.
            let jitter = (hint_ms / 4 + 1_000) * u64::from(chance) / u64::from(u16::MAX);
            self.hint_ms = hint_ms + jitter;
        }
    }

    /// A reply was taken, at `now`. One that moved nothing of what waits counts as a failure for the time of the next.
    pub fn succeeded(&mut self, now: Moment, success: Success, chance: u16) {
        self.ended(now, chance);
        self.failures = if success.moved { 0 } else { self.failures.saturating_add(1) };
        if !success.urgent_only {
            self.all = Some(now);
        }
    }

    fn ended(&mut self, now: Moment, chance: u16) {
        self.last = Some(now);
        self.chance = chance;
        self.hint_ms = 0;
        self.link_came = false;
    }

    /// So many bytes went over the link, both ways, at `now`.
    pub fn spend(&mut self, now: Moment, bytes: u64) {
        let before = self.spent_at(now);
        if before == 0 {
            self.day = Some(now);
        }
        self.spent_bytes = before.saturating_add(bytes);
    }

    /// Bytes of the day that is running at `now`.
    pub fn spent_at(&self, now: Moment) -> u64 {
        match self.day {
            Some(day) if now.left(day, limits::DAY_MS).is_some() => self.spent_bytes,
            Some(_) | None => 0,
        }
    }
}
