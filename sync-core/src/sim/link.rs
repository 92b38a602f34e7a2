//! One link: its place, its accidents, what it has carried.

use std::collections::VecDeque;

use super::fault::{Accident, Fault};
use super::faults::Faults;
use super::pipe::{Passage, Pipe, Stream};
use super::profile::{Direction, Profile};
use super::random::Random;
use super::stats::{Busy, LinkStats};
use super::time::SimTime;

/// A second copy comes within a minute, a late reply within a day: phones sleep with bytes in their buffers.
const TWICE_MS_MAX: u64 = 60_000;
const LATE_MS_MAX: u64 = 86_400_000;

#[derive(Debug)]
pub(super) struct Link {
    pub(super) profile: Profile,
    pub(super) profile_since: SimTime,
    pub(super) wanted_up: bool,
    pub(super) up: bool,
    /// When the schedule changes the signal next, as filed in the queue.
    pub(super) change: Option<(SimTime, u64)>,
    pub(super) patience_ms: u64,
    pub(super) connect_round_trips: u32,
    pub(super) faults: Faults,
    pub(super) planned: VecDeque<Accident>,
    pub(super) last_reply: Option<Vec<u8>>,
    pub(super) stats: LinkStats,
    busy: Busy,
    random: Random,
    pipe_up: Pipe,
    pipe_down: Pipe,
}

impl Link {
    pub(super) fn new(profile: Profile, random: Random, now: SimTime, patience_ms: u64) -> Self {
        Self {
            up: profile.signal.is_up(SimTime::ZERO),
            profile,
            profile_since: now,
            wanted_up: true,
            change: None,
            patience_ms,
            connect_round_trips: 0,
            faults: Faults::none(),
            planned: VecDeque::new(),
            last_reply: None,
            stats: LinkStats::default(),
            busy: Busy::default(),
            random,
            pipe_up: Pipe::default(),
            pipe_down: Pipe::default(),
        }
    }

    pub(super) fn round_trip_us(&self) -> u64 {
        u64::from(self.profile.round_trip_ms).saturating_mul(1_000)
    }

    /// Puts bytes on the link. Those that go up are counted as they leave, those that come down as they arrive.
    pub(super) fn pass(&mut self, direction: Direction, stream: &mut Stream, now: SimTime, bytes: usize) -> Passage {
        let bytes = length(bytes);
        let pipe = match direction {
            Direction::Up => &mut self.pipe_up,
            Direction::Down => &mut self.pipe_down,
        };
        let passage = pipe.pass((&self.profile, direction), stream, &mut self.random, now, bytes);
        self.busy.add(passage);
        self.stats.transfer_ms = self.busy.ms();
        self.stats.count(Fault::Stall, passage.losses);
        if direction == Direction::Up {
            self.count_up(bytes);
        }
        passage
    }

    pub(super) fn count_up(&mut self, bytes: u64) {
        self.stats.bytes_up += bytes;
        self.stats.metered_bytes += if self.profile.metered { bytes } else { 0 };
    }

    /// The connection ended while so many bytes were leaving: those that had not left are not sent.
    pub(super) fn take_back_up(&mut self, passage: Passage, now: SimTime, bytes: usize) {
        let since_us = now.us_since(passage.starts_at);
        let left = self.profile.up_bits_per_s.bytes_in(since_us).unwrap_or(u64::MAX);
        let bytes = length(bytes).saturating_sub(left);
        self.stats.bytes_up = self.stats.bytes_up.saturating_sub(bytes);
        let metered = if self.profile.metered { bytes } else { 0 };
        self.stats.metered_bytes = self.stats.metered_bytes.saturating_sub(metered);
        self.pipe_up.take_back(passage, now);
    }

    /// The connection ended while a reply was arriving. Returns how many bytes of it had arrived.
    pub(super) fn take_back_down(&mut self, passage: Passage, now: SimTime) -> u64 {
        let takes_us = passage.departs_at.us_since(passage.starts_at);
        let first_at_us = passage.arrives_at.us().saturating_sub(takes_us);
        self.pipe_down.take_back(passage, now);
        let since_us = now.us().saturating_sub(first_at_us);
        self.profile.down_bits_per_s.bytes_in(since_us).unwrap_or(0)
    }

    /// The signal is gone: nothing waits for the bytes before it.
    pub(super) fn empty(&mut self) {
        self.pipe_up = Pipe::default();
        self.pipe_down = Pipe::default();
    }

    /// Nothing is on its way any more.
    pub(super) fn rest(&mut self, now: SimTime) {
        self.busy.cut(now);
        self.stats.transfer_ms = self.busy.ms();
    }

    pub(super) fn count_down(&mut self, bytes: usize) {
        self.stats.bytes_down += length(bytes);
        self.stats.metered_bytes += if self.profile.metered { length(bytes) } else { 0 };
    }

    /// The accidents among `faults` that an exchange meets, for a message of `bytes`.
    pub(super) fn draw(&mut self, faults: &[Fault], planned: Option<Accident>, bytes: usize) -> Vec<Accident> {
        let mut met = Vec::new();
        for fault in faults {
            if let Some(accident) = planned.filter(|accident| accident.fault() == *fault) {
                met.push(accident);
            } else if self.faults.happens(*fault, &mut self.random) {
                met.extend(self.accident(*fault, bytes));
            }
        }
        // A cut behind the last byte is none.
        met.retain(|accident| match accident {
            Accident::RequestCut { at_byte }
            | Accident::RequestShort { at_byte }
            | Accident::ReplyCut { at_byte }
            | Accident::ReplyShort { at_byte } => *at_byte < bytes,
            Accident::ReplyStale => self.last_reply.is_some(),
            Accident::NameNotFound
            | Accident::Portal
            | Accident::HalfOpen
            | Accident::RequestTwice { .. }
            | Accident::ReplyLost
            | Accident::ReplyTwice { .. }
            | Accident::ReplyLate { .. } => true,
        });
        met
    }

    fn accident(&mut self, fault: Fault, bytes: usize) -> Option<Accident> {
        let byte = |random: &mut Random| usize::try_from(random.below(length(bytes))).unwrap_or(0);
        let random = &mut self.random;
        match fault {
            Fault::NameNotFound => Some(Accident::NameNotFound),
            Fault::Portal => Some(Accident::Portal),
            Fault::HalfOpen => Some(Accident::HalfOpen),
            Fault::RequestCut => Some(Accident::RequestCut { at_byte: byte(random) }),
            Fault::RequestShort => Some(Accident::RequestShort { at_byte: byte(random) }),
            Fault::RequestTwice => Some(Accident::RequestTwice { later_ms: random.between(1, TWICE_MS_MAX) }),
            Fault::ReplyLost => Some(Accident::ReplyLost),
            Fault::ReplyCut => Some(Accident::ReplyCut { at_byte: byte(random) }),
            Fault::ReplyShort => Some(Accident::ReplyShort { at_byte: byte(random) }),
            Fault::ReplyTwice => Some(Accident::ReplyTwice { later_ms: random.between(1, TWICE_MS_MAX) }),
            Fault::ReplyLate => Some(Accident::ReplyLate { late_ms: random.between(1, LATE_MS_MAX) }),
            Fault::ReplyStale => Some(Accident::ReplyStale),
            Fault::Stall | Fault::SignalLost | Fault::NoSignal => None,
        }
    }
}

pub(super) fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
