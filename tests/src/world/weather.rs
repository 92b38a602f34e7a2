//! A device that does what its scheduler says, on a link of the world: as a phone in the field, in virtual time.

use local_store::{Action, Filter, Link};
use serde_json::{Map, Value};
use sync_core::sim::{Event, LinkStats, Profile, Schedule};
use time::Month;

use super::{MS_PER_DAY, Person, World};
use crate::generate::{Corpus, Officer};
use crate::programs::workspace;

/// Ordinary reports: complete ones of six kinds, with descriptions as an officer writes them.
const KINDS: [&str; 6] = ["dds-warga", "dds-usaha", "binluh", "sambang", "satkamling", "problem-solving"];

/// A link on which everything has not arrived by then is one on which it never does.
const DAYS_MAX: u64 = 30;

/// EDGE, with signal for so long and then none for so long, again and again.
pub fn edge_in_windows(alive_ms: u64, dead_ms: u64) -> Profile {
    Profile { signal: Schedule::repeating(alive_ms, alive_ms + dead_ms), ..Profile::desa_edge() }
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// Exchanges that the device began.
    pub requests: u64,
    /// Replies that arrived.
    pub replies: u64,
    /// Bytes that left the device, also those that did not arrive.
    pub bytes_up: u64,
    /// Bytes that arrived at the device.
    pub bytes_down: u64,
    /// Virtual time until nothing was left on either side.
    pub took_ms: u64,
}

impl Carried {
    /// Bytes both ways.
    pub fn bytes(&self) -> u64 {
        self.bytes_up + self.bytes_down
    }

    fn between(before: &LinkStats, after: &LinkStats, took_ms: u64) -> Self {
        Self {
            requests: after.exchanges - before.exchanges,
            replies: after.replies - before.replies,
            bytes_up: after.bytes_up - before.bytes_up,
            bytes_down: after.bytes_down - before.bytes_down,
            took_ms,
        }
    }
}

impl Person {
    /// Files so many ordinary reports; a longer list of one seed begins as a shorter one.
    pub fn file_ordinary(&self, unit: &str, seed: u64, count: usize) {
        let examples = workspace().join("sync-core/forms/examples");
        let texts = (0..).flat_map(|number| Officer::new(Corpus::Measurement, seed, number).month(2026, Month::November, 40));
        for (kind, report) in KINDS.iter().cycle().zip(texts).take(count) {
            let text = std::fs::read_to_string(examples.join(format!("{kind}.full.json"))).expect("an example");
            let mut data: Map<String, Value> = serde_json::from_str(&text).expect("an object");
            data.insert("uraian".to_owned(), report.uraian.into());
            self.try_file(kind, unit, &Value::Object(data)).expect("a saved report");
        }
    }
}

/// The village of the officers who file in windows of signal.
const VILLAGE: &str = "53.03.01.2005";

/// A world of this seed, and an officer who has filed so many ordinary reports.
fn filed(seed: u64, reports: usize) -> (World, Person) {
    let world = World::new(seed);
    let officer = world.officer(1, "officer", &[VILLAGE]);
    officer.file_ordinary(VILLAGE, seed, reports);
    (world, officer)
}

/// A world of this seed in which an officer files so many ordinary reports and sends them from this place. None when not all of them arrive.
pub fn carry_up(seed: u64, (place, kind): (Profile, Link), reports: usize) -> Option<Carried> {
    let (world, officer) = filed(seed, reports);
    let carried = world.until_complete(&officer, place, kind)?;
    let unsent = officer.device.status().expect("a store").unsent;
    (unsent == 0 && world.reports().len() == reports).then_some(carried)
}

/// The same the other way: his reports are at the centre, and a new phone of his fetches them at this place.
pub fn carry_down(seed: u64, (place, kind): (Profile, Link), reports: usize) -> Option<Carried> {
    let (world, officer) = filed(seed, reports);
    world.sync(&officer);
    let phone = world.silent_phone(officer.nrp);
    let carried = world.until_complete(&phone, place, kind)?;
    (phone.device.list(&Filter::default()).expect("a store").len() == reports).then_some(carried)
}

impl World {
    /// Lets a device at this place do what its scheduler says until neither side has anything for the other; none when it does not come to that.
    /// `kind`: what the device takes its link for while there is signal. A connection costs a round trip, as over TCP.
    pub fn until_complete(&self, person: &Person, place: Profile, kind: Link) -> Option<Carried> {
        self.until(person, (place, kind), |_, complete| complete)
    }

    /// [`World::until_complete`], until something else: `done` is asked after each exchange that brought a reply, with whether nothing is left.
    pub fn until(&self, person: &Person, (place, kind): (Profile, Link), mut done: impl FnMut(&Person, bool) -> bool) -> Option<Carried> {
        self.place(person, place);
        self.sim.borrow_mut().set_connect_round_trips(person.link, 1);
        let (before, begun_ms) = (self.stats(person), self.elapsed_ms());
        while self.elapsed_ms() - begun_ms < DAYS_MAX * MS_PER_DAY.cast_unsigned() {
            let up = self.sim.borrow().has_signal(person.link);
            person.device.link_is(if up { kind } else { Link::None }).expect("a store");
            match person.device.next_action().expect("an enrolled device") {
                Action::Sync(portion) => {
                    if self.attempt_portion(person, portion).is_ok_and(|synced| done(person, synced.complete)) {
                        return Some(Carried::between(&before, &self.stats(person), self.elapsed_ms() - begun_ms));
                    }
                }
                Action::Wait { ms, .. } | Action::WaitForLink { ms, .. } => self.wait_or_signal(person, ms),
            }
        }
        None
    }

    /// Until a device's signal changes, or for so long.
    fn wait_or_signal(&self, person: &Person, ms: u64) {
        let until = self.sim.borrow().now().plus_ms(ms);
        loop {
            let event = self.sim.borrow_mut().next_until(until);
            if event.is_none() || matches!(event, Some(Event::Signal { link, .. }) if link == person.link) {
                break;
            }
        }
        self.catch_up();
    }
}
