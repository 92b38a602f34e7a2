//! The line: what all connections of one proxy share. All its decisions are taken under one lock and none of them waits.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sync_core::sim::{Busy, Direction, Passage, Pipe, Profile, Random, SimTime, Stream};
use tokio::sync::watch;
use tokio::time::Instant;

use super::effects::Effects;
use super::stats::Stats;
use super::toxic::Toxic;

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
    /// Goes up by one when the profile or the toxics change.
    pub(super) changes: u64,
}

#[derive(Debug)]
pub(super) struct Line {
    started: Instant,
    state: Mutex<State>,
    notices: watch::Sender<Notice>,
}

#[derive(Debug)]
pub(super) struct State {
    upstream: String,
    profile: Profile,
    profile_since: SimTime,
    wanted: Signal,
    connect_round_trips: u32,
    up: Pipe,
    down: Pipe,
    random: Random,
    toxics_up: Toxics,
    toxics_down: Toxics,
    revisions: u64,
    pub(super) flows: u64,
    cut_up: Option<u64>,
    cut_down: Option<u64>,
    stats: Stats,
    pub(super) busy: Busy,
}

/// The toxics of one direction, and what each connection meets of them: kept together, so that a change of the toxics
/// has reached every connection when it is answered.
#[derive(Debug, Default)]
pub(super) struct Toxics {
    /// Each with a number that changes when the toxic does.
    pub(super) set: Vec<(u64, Toxic)>,
    pub(super) met: BTreeMap<u64, Effects>,
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
        let signal = if profile.signal.is_up(SimTime::ZERO) { Signal::Up } else { Signal::Down };
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
                toxics_up: Toxics::default(),
                toxics_down: Toxics::default(),
                revisions: 0,
                flows: 0,
                cut_up: None,
                cut_down: None,
                stats: Stats::default(),
                busy: Busy::default(),
            }),
            notices: watch::Sender::new(Notice { signal, cuts: 0, changes: 0 }),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> SimTime {
        SimTime::from_us(u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    pub(super) fn instant(&self, time: SimTime) -> Instant {
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
        self.notices.send_modify(|notice| notice.changes += 1);
        self.show(signal);
    }

    pub(super) fn set_connect_round_trips(&self, round_trips: u32) {
        self.state().connect_round_trips = round_trips;
    }

    /// How long the first byte of a new connection is held back, for the handshake that this proxy cannot delay.
    pub(super) fn connect_cost(&self) -> Duration {
        let state = self.state();
        Duration::from_millis(u64::from(state.profile.round_trip_ms) * u64::from(state.connect_round_trips))
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
        let next = state.profile.signal.next_change(since).map(|change| state.profile_since.plus_us(change.us()));
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
        Stats { transfer_ms: state.busy.ms(), ..state.stats }
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut self.state().stats);
    }

    /// The toxics, those of the way up first.
    pub(super) fn toxics(&self) -> Vec<Toxic> {
        let state = self.state();
        let all = state.toxics_up.set.iter().chain(&state.toxics_down.set);
        all.map(|(_, toxic)| toxic.clone()).collect()
    }

    /// Changes the toxics; those that are new or other than before are drawn anew for each connection.
    pub(super) fn set_toxics(&self, toxics: Vec<Toxic>) {
        let now = self.now();
        let mut state = self.state();
        let State { toxics_up, toxics_down, revisions, random, .. } = &mut *state;
        let before: Vec<(u64, Toxic)> = toxics_up.set.drain(..).chain(toxics_down.set.drain(..)).collect();
        for toxic in toxics {
            let same = before.iter().find(|(_, other)| *other == toxic);
            let revision = same.map_or(*revisions + 1, |(revision, _)| *revision);
            *revisions = revision.max(*revisions);
            match toxic.direction {
                Direction::Up => toxics_up.set.push((revision, toxic)),
                Direction::Down => toxics_down.set.push((revision, toxic)),
            }
        }
        for toxics in [toxics_up, toxics_down] {
            for effects in toxics.met.values_mut() {
                effects.follow(&toxics.set, random, now);
            }
        }
        drop(state);
        self.notices.send_modify(|notice| notice.changes += 1);
    }

    /// What the tester wants, whatever the schedule says.
    pub(super) fn wanted(&self) -> Signal {
        self.state().wanted
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
    pub(super) const fn of(&mut self, direction: Direction) -> (&Profile, &mut Toxics, &mut Random) {
        let toxics = match direction {
            Direction::Up => &mut self.toxics_up,
            Direction::Down => &mut self.toxics_down,
        };
        (&self.profile, toxics, &mut self.random)
    }

    const fn cut_order(&mut self, direction: Direction) -> &mut Option<u64> {
        match direction {
            Direction::Up => &mut self.cut_up,
            Direction::Down => &mut self.cut_down,
        }
    }

    pub(super) fn pass(&mut self, direction: Direction, stream: &mut Stream, now: SimTime, bytes: usize) -> Passage {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let pipe = match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        };
        let passage = pipe.pass((&self.profile, direction), stream, &mut self.random, now, bytes);
        self.stats.stalls += passage.losses;
        passage
    }
}
