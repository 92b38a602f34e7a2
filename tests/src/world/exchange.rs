//! Exchanges over a device's link: the short way for stories, and the pump of events for many devices at once.

use std::fmt;

use local_store::{Error, Portion, Synced};
use sync_core::limits;
use sync_core::sim::{Event, ExchangeId, Failure, Faults, Profile, SimTime};

use super::eye::DeviceEye;
use super::{Person, World};
use crate::timeline::What;

/// Why an exchange brought nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum NotSynced {
    /// No reply came.
    NoReply(Failure),
    /// What came was not taken.
    NotTaken(Error),
}

impl fmt::Display for NotSynced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReply(failure) => failure.fmt(f),
            Self::NotTaken(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotSynced {}

/// When the centre is killed: at the next request that reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CentreDies {
    /// Before it works on it.
    Before,
    /// After its commit, before its reply leaves.
    After,
}

/// How long a patient app waits after an exchange that failed.
const AGAIN_MS: u64 = 5_000;
/// In so many rounds of all devices everything is everywhere, when nothing goes wrong any more: what one pushes the others pull.
const ROUNDS_MAX: usize = 6;
/// So many exchanges of one device bring everything, when nothing goes wrong.
const EXCHANGES_MAX: usize = 50;

impl World {
    /// The centre's reply to the device's next request; the device has not seen it.
    pub fn reply(&self, person: &Person) -> Vec<u8> {
        let request = person.begin(self.count(), Portion::WHOLE).expect("a request");
        self.serve(&request)
    }

    /// Gives a device bytes as the reply to its request.
    ///
    /// # Errors
    /// Those of [`Device::apply`](local_store::Device::apply).
    pub fn deliver(&self, person: &Person, reply: &[u8]) -> Result<Synced, Error> {
        person.take(reply)
    }

    /// One exchange over the device's link.
    ///
    /// # Errors
    /// What the link or the device had against it.
    pub fn attempt(&self, person: &Person) -> Result<Synced, NotSynced> {
        self.attempt_portion(person, Portion::WHOLE)
    }

    /// [`World::attempt`] with no more than this.
    ///
    /// # Errors
    /// See [`World::attempt`].
    pub fn attempt_portion(&self, person: &Person, portion: Portion) -> Result<Synced, NotSynced> {
        let exchange = self.count();
        let request = person.begin(exchange, portion).map_err(NotSynced::NotTaken)?;
        let done = self.sim.borrow_mut().exchange(person.link, &request, |bytes, now| {
            self.arrive(now);
            self.serve(bytes)
        });
        self.catch_up();
        self.tell_faults(exchange);
        match done {
            Ok(reply) => person.take(&reply).map_err(NotSynced::NotTaken),
            Err(failure) => {
                self.tell_no_reply(person, exchange, &failure);
                Err(NotSynced::NoReply(failure))
            }
        }
    }

    /// One exchange on a good link.
    pub fn exchange(&self, person: &Person) -> Synced {
        self.attempt(person).expect("a reply that fits")
    }

    /// Exchanges until nothing is left, on a good link; gives how many it took.
    pub fn sync(&self, person: &Person) -> usize {
        self.exchanges(person).len()
    }

    /// [`World::sync`]; gives what each exchange brought.
    pub fn exchanges(&self, person: &Person) -> Vec<Synced> {
        let mut done = vec![self.exchange(person)];
        while done.last().is_some_and(|last| !last.complete) {
            assert!(done.len() < EXCHANGES_MAX, "an exchange that completes within fifty");
            done.push(self.exchange(person));
        }
        done
    }

    /// Tries until nothing is left, on any link: waits for signal, and a while after each failure. None after so many exchanges.
    pub fn persist(&self, person: &Person, exchanges: usize) -> Option<usize> {
        for number in 1..=exchanges {
            let signal = self.sim.borrow_mut().wait_for_signal(person.link);
            self.catch_up();
            if !signal {
                return None;
            }
            match self.attempt(person) {
                Ok(synced) if synced.complete => return Some(number),
                Ok(_) => {}
                Err(_) => {
                    self.sim.borrow_mut().wait_ms(AGAIN_MS);
                    self.catch_up();
                }
            }
        }
        None
    }

    /// Lets everything arrive that is still under way, also replies for which no app waits any more; gives what each device made of those.
    pub fn late(&self, people: &[&Person]) -> Vec<Result<Synced, Error>> {
        self.sim.borrow_mut().settle(|bytes, now| {
            self.arrive(now);
            self.serve(bytes)
        });
        self.catch_up();
        let mut came = Vec::new();
        loop {
            // Only what was kept: the signal of a place comes and goes for ever.
            if self.sim.borrow().is_idle() {
                return came;
            }
            let Some(event) = self.sim.borrow_mut().next() else { return came };
            if let Event::LateReply { link, bytes, .. } | Event::Reply { link, bytes, .. } = event
                && let Some(person) = people.iter().find(|person| person.link == link)
            {
                came.push(person.take(&bytes));
            }
        }
    }

    /// I6: no faults any more, good links, and exchanges until nothing moves; gives how many it took. What does not come to rest is a broken promise.
    pub fn settle(&self, people: &[&Person]) -> usize {
        self.late(people);
        self.operate_forms();
        for person in people {
            let mut sim = self.sim.borrow_mut();
            sim.set_faults(person.link, Faults::none());
            sim.set_profile(person.link, Profile::unlimited());
            sim.up(person.link);
        }
        let (mut exchanges, mut moving, mut rested) = (0, 0, 0);
        while moving < ROUNDS_MAX + self.turn(people) {
            let mut moved = false;
            for person in people {
                let mut rest = false;
                for _ in 0..EXCHANGES_MAX {
                    exchanges += 1;
                    match self.attempt(person) {
                        Ok(synced) => {
                            moved |= synced.delivered + synced.received + synced.held + synced.refused + synced.differing > 0;
                            rest = synced.complete;
                        }
                        // Accidents that were planned and not met yet.
                        Err(NotSynced::NoReply(_)) => {}
                        Err(NotSynced::NotTaken(error)) => {
                            self.shelf.open().breaks("", format!("I6: an exchange without faults failed: {error}"));
                        }
                    }
                    if rest {
                        break;
                    }
                }
                if !rest {
                    let mut book = self.shelf.open();
                    let lane = book.lane(person.number);
                    book.breaks(&lane, format!("I6: {lane} is not done after {EXCHANGES_MAX} exchanges without faults"));
                }
            }
            (moving, rested) = if moved { (moving + 1, 0) } else { (moving, rested + 1) };
            if rested > self.turn(people) {
                return exchanges;
            }
        }
        self.shelf.open().breaks("", format!("I6: something still moves after {ROUNDS_MAX} rounds without faults"));
        exchanges
    }

    /// So many exchanges until each device has asked about all that is held or was refused, and a centre that went back may have forgotten.
    fn turn(&self, people: &[&Person]) -> usize {
        let mut book = self.shelf.open();
        if book.life == 0 {
            return 0;
        }
        let unsettled = people.iter().map(|person| book.with_eye(person.number, DeviceEye::unsettled));
        unsettled.max().map_or(0, |most| most.div_ceil(limits::QUESTIONS_MAX))
    }

    pub(super) fn count(&self) -> u64 {
        self.exchanges.set(self.exchanges.get() + 1);
        self.exchanges.get()
    }

    fn arrive(&self, now: SimTime) {
        self.time.reach(now.ms());
        self.shelf.open().now_ms = now.ms();
    }

    /// A device's next request is stored, and does not leave.
    pub(crate) fn request_only(&self, person: &Person) -> Result<(), Error> {
        person.begin(self.count(), Portion::WHOLE).map(drop)
    }

    /// Sends a device's next request; what becomes of it comes from [`World::next_event`].
    pub(crate) fn send(&self, person: &Person) -> Result<(ExchangeId, u64), Error> {
        let number = self.count();
        let request = person.begin(number, Portion::WHOLE)?;
        Ok((self.sim.borrow_mut().send(person.link, &request), number))
    }

    /// The next event for a device or for whoever asked for a wake; requests that arrive meanwhile are answered by the centre.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        loop {
            let event = self.sim.borrow_mut().next()?;
            self.catch_up();
            let Event::Request { exchange, bytes, .. } = event else { return Some(event) };
            let dies = self.centre_dies.take();
            let reply = (dies != Some(CentreDies::Before)).then(|| self.serve(&bytes));
            match (dies, reply) {
                (None, Some(reply)) => self.sim.borrow_mut().reply(exchange, &reply),
                _ => self.kill_centre(),
            }
        }
    }

    /// Lets the centre be killed at the next request.
    pub(crate) fn centre_dies(&self, when: CentreDies) {
        self.centre_dies.set(Some(when));
    }

    /// Asks for a wake.
    pub(crate) fn wake_at_ms(&self, at_ms: u64, token: u64) {
        self.sim.borrow_mut().wake_at(SimTime::from_ms(at_ms), token);
    }

    /// Tells the timeline which faults the links met since it was last told.
    pub(crate) fn tell_faults(&self, exchange: u64) {
        let mut book = self.shelf.open();
        if book.timeline.is_none() {
            return;
        }
        for (store, (link, told)) in self.told.borrow_mut().iter_mut().enumerate() {
            let stats = self.sim.borrow().stats(*link);
            for ((fault, now), (_, before)) in stats.faults().zip(told.faults()) {
                for _ in before..now {
                    book.note(store, || What::Fault { exchange: Some(exchange), name: fault.to_string() });
                }
            }
            *told = stats;
        }
    }

    /// Tells a device, and the timeline, that no reply came.
    pub(crate) fn tell_no_reply(&self, person: &Person, exchange: u64, failure: &Failure) {
        person.no_reply(failure);
        self.shelf.open().note(person.number, || What::NoReply { exchange, text: failure.to_string() });
    }

    /// Tells the timeline that the signal came or went.
    pub(crate) fn tell_signal(&self, person: &Person, up: bool) {
        self.shelf.open().note(person.number, || What::Signal { up });
    }
}
