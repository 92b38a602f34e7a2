//! The simulation: a clock that jumps from event to event, the links, and the queue of what is to come.

use std::collections::{BTreeMap, VecDeque};

use super::event::{Event, ExchangeId, Failure, LinkId};
use super::fault::Accident;
use super::faults::Faults;
use super::link::Link;
use super::pipe::{Passage, Stream};
use super::profile::Profile;
use super::random::Random;
use super::stats::LinkStats;
use super::time::SimTime;
use super::trace::Trace;

/// How long a client waits for a reply when nothing else is said, in virtual milliseconds.
pub const PATIENCE_MS: u64 = 60_000;

/// A virtual clock and the links between clients and a server; it knows nothing of what the bytes mean.
///
/// Everything it does follows from its seed and from the calls: it reads no clock, and no draw depends on memory or
/// threads. A `LinkId` belongs to the simulation that made it; with one of another simulation, methods panic.
#[derive(Debug)]
pub struct Sim {
    seed: u64,
    pub(super) now: SimTime,
    queue: BTreeMap<Key, Pending>,
    filed: u64,
    pub(super) links: Vec<Link>,
    pub(super) running: BTreeMap<ExchangeId, Exchange>,
    begun: u64,
    pub(super) trace: Trace,
    /// Events that came while a call waited for another one.
    pub(super) missed: VecDeque<Event>,
}

/// A place in the queue: a moment, and a number that orders what happens in the same moment.
pub(super) type Key = (SimTime, u64);

/// What is to come.
#[derive(Debug)]
pub(super) enum Pending {
    /// The connection stands and the request begins to leave.
    Leave { exchange: ExchangeId, request: Vec<u8> },
    /// A request arrives at the server.
    Request { exchange: ExchangeId, bytes: Vec<u8>, passage: Passage },
    /// A reply arrives at the client.
    Reply { exchange: ExchangeId, bytes: Vec<u8>, passage: Passage },
    /// A reply arrives at a client that does not wait for it any more.
    LateReply { exchange: ExchangeId, bytes: Vec<u8> },
    /// The client learns that there will be no reply.
    Over { exchange: ExchangeId, failure: Failure },
    /// The schedule of a place changes the signal.
    Change { link: LinkId },
    /// Something to tell, no more.
    Tell(Event),
}

#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) link: LinkId,
    pub(super) planned: Option<Accident>,
    pub(super) gives_up_at: SimTime,
    pub(super) up: Stream,
    pub(super) down: Stream,
    /// Whether the client has its answer.
    pub(super) over: bool,
    /// Requests that the server has not answered.
    pub(super) open: u32,
    pub(super) filed: Vec<Key>,
}

impl Sim {
    /// An empty simulation at time zero.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            now: SimTime::ZERO,
            queue: BTreeMap::new(),
            filed: 0,
            links: Vec::new(),
            running: BTreeMap::new(),
            begun: 0,
            trace: Trace::new(seed),
            missed: VecDeque::new(),
        }
    }

    /// A new link in this place; its schedule starts now.
    pub fn add_link(&mut self, profile: Profile) -> LinkId {
        let link = LinkId(self.links.len());
        let random = Random::seeded(self.seed, super::link::length(link.0));
        self.trace.note(self.now, &format_args!("{link}: {}", profile.name));
        self.links.push(Link::new(profile, random, self.now, PATIENCE_MS));
        self.follow_schedule(link);
        link
    }

    /// How often accidents happen on a link from now on.
    pub fn set_faults(&mut self, link: LinkId, faults: Faults) {
        self.link_mut(link).faults = faults;
    }

    /// Lets the next exchange on a link meet exactly this; called again, the one after the next, and so on.
    pub fn plan(&mut self, link: LinkId, accident: Accident) {
        self.link_mut(link).planned.push_back(accident);
    }

    /// How long a client on this link waits for a reply, `PATIENCE_MS` when nothing is said.
    pub fn set_patience_ms(&mut self, link: LinkId, patience_ms: u64) {
        self.link_mut(link).patience_ms = patience_ms;
    }

    /// How many round trips a connection costs before the request leaves: 1 for TCP, 2 for TLS 1.3 over TCP, 0 when
    /// nothing is said.
    pub fn set_connect_round_trips(&mut self, link: LinkId, round_trips: u32) {
        self.link_mut(link).connect_round_trips = round_trips;
    }

    /// The present moment.
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// The seed.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// What has happened so far.
    pub const fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The place of a link.
    pub fn profile(&self, link: LinkId) -> &Profile {
        &self.link(link).profile
    }

    /// Whether a link has signal now.
    pub fn has_signal(&self, link: LinkId) -> bool {
        self.link(link).up
    }

    /// What a link has carried.
    pub fn stats(&self, link: LinkId) -> LinkStats {
        self.link(link).stats
    }

    /// Asks for `Event::Wake` at a moment, at once when it is over already.
    pub fn wake_at(&mut self, at: SimTime, token: u64) {
        self.file(at, Pending::Tell(Event::Wake { token }));
    }

    /// The next event, with the clock moved to it; nothing when nothing more will ever happen.
    ///
    /// In a place where signal comes and goes for ever, so do events: use `next_until` or `is_idle`.
    #[expect(clippy::should_implement_trait, reason = "more events can come after the last one, so this is no iterator")]
    pub fn next(&mut self) -> Option<Event> {
        self.missed.pop_front().or_else(|| self.step(None))
    }

    /// The next event up to a moment; when there is none, the clock moves to that moment.
    pub fn next_until(&mut self, limit: SimTime) -> Option<Event> {
        let event = self.missed.pop_front().or_else(|| self.step(Some(limit)));
        if event.is_none() {
            self.now = self.now.max(limit);
        }
        event
    }

    /// Whether nothing is under way: no exchange, no late message, no wake; only the signal may still come and go.
    pub fn is_idle(&self) -> bool {
        self.nothing_to_come() && self.missed.is_empty()
    }

    pub(super) fn nothing_to_come(&self) -> bool {
        self.queue.len() == self.links.iter().filter(|link| link.change.is_some()).count()
    }

    pub(super) fn step(&mut self, limit: Option<SimTime>) -> Option<Event> {
        while let Some(entry) = self.queue.first_entry()
            && limit.is_none_or(|limit| entry.key().0 <= limit)
        {
            let (key, pending) = entry.remove_entry();
            self.now = self.now.max(key.0);
            if let Some(event) = self.happen(key, pending) {
                return Some(event);
            }
        }
        None
    }

    pub(super) fn file(&mut self, at: SimTime, pending: Pending) -> Key {
        let key = (at.max(self.now), self.filed);
        self.filed += 1;
        self.queue.insert(key, pending);
        key
    }

    /// Files something of an exchange, which is then kept until that has happened.
    pub(super) fn file_for(&mut self, exchange: ExchangeId, at: SimTime, pending: Pending) {
        let key = self.file(at, pending);
        if let Some(running) = self.running.get_mut(&exchange) {
            running.filed.push(key);
        }
    }

    pub(super) fn unfile(&mut self, key: Key) -> Option<Pending> {
        self.queue.remove(&key)
    }

    pub(super) fn begin(&mut self, exchange: Exchange) -> ExchangeId {
        let id = ExchangeId(self.begun);
        self.begun += 1;
        self.running.insert(id, exchange);
        id
    }

    #[expect(clippy::indexing_slicing, reason = "the type says that an id of another simulation panics")]
    pub(super) fn link(&self, link: LinkId) -> &Link {
        &self.links[link.0]
    }

    #[expect(clippy::indexing_slicing, reason = "the type says that an id of another simulation panics")]
    pub(super) fn link_mut(&mut self, link: LinkId) -> &mut Link {
        &mut self.links[link.0]
    }
}
