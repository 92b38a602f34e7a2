//! The line: what all connections of one proxy share. All its decisions are taken under one lock and none of them waits.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sync_core::sim::{Direction, Passage, Pipe, Profile, Random, SimTime, Stream};
use tokio::sync::watch;
use tokio::time::Instant;

use super::stats::{Busy, Stats};

/// Bytes that leave in this time are handled as one piece: small enough that a slow link flows evenly, large enough
/// that timers (1 ms) do not matter and a fast link costs little work.
const PIECE_US: u64 = 20_000;
const PIECE_BYTES_MIN: u64 = 64;
const PIECE_BYTES_MAX: u64 = 64 * 1_024;

/// What the place lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// All goes through, as the profile says.
    Up,
    /// No signal: connections end, new ones are refused.
    Down,
    /// Connections stay and open, but not a byte moves; after `Up` they go on.
    HalfOpen,
    /// A captive portal answers every connection with a page of HTML.
    Portal,
}

/// What connections wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) signal: Signal,
    /// Goes up by one when all connections are cut.
    pub(super) cuts: u64,
    /// Goes up by one when the profile changes.
    pub(super) profiles: u64,
}

#[derive(Debug)]
pub(super) struct Line {
    started: Instant,
    state: Mutex<State>,
    notices: watch::Sender<Notice>,
}

#[derive(Debug)]
struct State {
    upstream: String,
    profile: Profile,
    profile_since: SimTime,
    wanted: Signal,
    connect_round_trips: u32,
    up: Pipe,
    down: Pipe,
    random: Random,
    cut_up: Option<u64>,
    cut_down: Option<u64>,
    stats: Stats,
    busy: Busy,
}

/// One direction of one connection.
#[derive(Debug, Default)]
pub(super) struct Flow {
    stream: Stream,
}

/// When the next piece may be read and when this one is to be handed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    pub(super) read_again_at: Instant,
    pub(super) arrives_at: Instant,
}

/// How much of a piece arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admitted {
    All,
    /// Only so many bytes, then the line is cut.
    CutAfter(usize),
}

impl Line {
    pub(super) fn new(upstream: String, profile: Profile, seed: u64) -> Self {
        let signal = if profile.signal.is_up(SimTime::ZERO) {
            Signal::Up
        } else {
            Signal::Down
        };
        Self {
            started: Instant::now(),
            state: Mutex::new(State {
                upstream,
                profile,
                profile_since: SimTime::ZERO,
                wanted: Signal::Up,
                connect_round_trips: 0,
                up: Pipe::default(),
                down: Pipe::default(),
                random: Random::seeded(seed, 0),
                cut_up: None,
                cut_down: None,
                stats: Stats::default(),
                busy: Busy::default(),
            }),
            notices: watch::Sender::new(Notice {
                signal,
                cuts: 0,
                profiles: 0,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> SimTime {
        SimTime::from_us(u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    fn instant(&self, time: SimTime) -> Instant {
        self.started + Duration::from_micros(time.us())
    }

    pub(super) fn notices(&self) -> watch::Receiver<Notice> {
        self.notices.subscribe()
    }

    pub(super) fn notice(&self) -> Notice {
        *self.notices.borrow()
    }

    pub(super) fn upstream(&self) -> String {
        self.state().upstream.clone()
    }

    pub(super) fn set_upstream(&self, upstream: String) {
        self.state().upstream = upstream;
    }

    pub(super) fn profile(&self) -> Profile {
        self.state().profile.clone()
    }

    /// Takes effect with the next byte; the schedule of the new place starts now.
    pub(super) fn set_profile(&self, profile: Profile) {
        let mut state = self.state();
        state.profile = profile;
        state.profile_since = self.now();
        let signal = self.effective(&state);
        drop(state);
        self.notices.send_modify(|notice| notice.profiles += 1);
        self.show(signal);
    }

    pub(super) fn set_connect_round_trips(&self, round_trips: u32) {
        self.state().connect_round_trips = round_trips;
    }

    /// How long the first byte of a new connection is held back, for the handshake that this proxy cannot delay.
    pub(super) fn connect_cost(&self) -> Duration {
        let state = self.state();
        Duration::from_millis(
            u64::from(state.profile.round_trip_ms) * u64::from(state.connect_round_trips),
        )
    }

    /// What the tester wants; the schedule of the profile can still say that there is no signal.
    pub(super) fn want(&self, signal: Signal) {
        let mut state = self.state();
        state.wanted = signal;
        let signal = self.effective(&state);
        drop(state);
        self.show(signal);
    }

    /// Follows the schedule, and tells when to come again: at the next change, if there is one.
    pub(super) fn follow_schedule(&self) -> Option<Instant> {
        let state = self.state();
        let signal = self.effective(&state);
        let since = SimTime::from_us(self.now().us_since(state.profile_since));
        let next = state
            .profile
            .signal
            .next_change(since)
            .map(|change| state.profile_since.plus_us(change.us()));
        drop(state);
        self.show(signal);
        next.map(|change| self.instant(change))
    }

    fn effective(&self, state: &State) -> Signal {
        let since = SimTime::from_us(self.now().us_since(state.profile_since));
        match state.wanted {
            Signal::Up if !state.profile.signal.is_up(since) => Signal::Down,
            wanted @ (Signal::Up | Signal::Down | Signal::HalfOpen | Signal::Portal) => wanted,
        }
    }

    fn show(&self, signal: Signal) {
        self.notices.send_if_modified(|notice| {
            let changed = notice.signal != signal;
            notice.signal = signal;
            if changed && matches!(signal, Signal::Down | Signal::Portal) {
                notice.cuts += 1;
            }
            changed
        });
    }

    pub(super) fn cut_now(&self) {
        self.notices.send_modify(|notice| notice.cuts += 1);
    }

    /// Cuts the line when `bytes` more have arrived in this direction; replaces an earlier order that is still open.
    pub(super) fn cut_after(&self, direction: Direction, bytes: u64) {
        let mut state = self.state();
        *state.cut_order(direction) = Some(bytes);
        drop(state);
    }

    pub(super) fn stats(&self) -> Stats {
        let state = self.state();
        Stats {
            transfer_ms: state.busy.ms(),
            ..state.stats
        }
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut self.state().stats);
    }

    pub(super) fn piece_bytes(&self, direction: Direction) -> usize {
        let piece = self
            .state()
            .profile
            .rate(direction)
            .bytes_in(PIECE_US)
            .unwrap_or(PIECE_BYTES_MAX);
        usize::try_from(piece.clamp(PIECE_BYTES_MIN, PIECE_BYTES_MAX)).unwrap_or(usize::MAX)
    }

    /// Puts a piece on the line.
    pub(super) fn pass(&self, direction: Direction, flow: &mut Flow, bytes: usize) -> Timing {
        let now = self.now();
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let mut state = self.state();
        let passage = state.pass(direction, &mut flow.stream, now, bytes);
        drop(state);
        // The next piece is read when this one begins to leave, not when it has left: it then waits ready, and a timer
        // that fires late costs nothing.
        Timing {
            read_again_at: self.instant(passage.starts_at),
            arrives_at: self.instant(passage.arrives_at),
        }
    }

    /// Asks, when a piece is about to arrive, how much of it does, and counts that.
    pub(super) fn admit(&self, direction: Direction, bytes: usize) -> Admitted {
        let wanted = u64::try_from(bytes).unwrap_or(u64::MAX);
        let mut state = self.state();
        let order = state.cut_order(direction);
        let admitted = match order {
            Some(left) if *left <= wanted => {
                let arriving = *left;
                *order = None;
                state.stats.add_bytes(direction, arriving);
                return Admitted::CutAfter(usize::try_from(arriving).unwrap_or(bytes));
            }
            Some(left) => {
                *left -= wanted;
                Admitted::All
            }
            None => Admitted::All,
        };
        state.stats.add_bytes(direction, wanted);
        admitted
    }
}

impl State {
    const fn cut_order(&mut self, direction: Direction) -> &mut Option<u64> {
        match direction {
            Direction::Up => &mut self.cut_up,
            Direction::Down => &mut self.cut_down,
        }
    }

    fn pass(
        &mut self,
        direction: Direction,
        stream: &mut Stream,
        now: SimTime,
        bytes: u64,
    ) -> Passage {
        let pipe = match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        };
        let passage = pipe.pass(
            (&self.profile, direction),
            stream,
            &mut self.random,
            now,
            bytes,
        );
        self.stats.stalls += passage.losses;
        self.busy.add(passage);
        passage
    }
}
