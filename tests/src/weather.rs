//! A device of the World behind a simulated link, which does what its scheduler says: as a phone in the field, in virtual time.
#![expect(clippy::expect_used, reason = "a test's world that does not stand up may panic")]

use local_store::{Action, Failure, Link};
use serde_json::{Map, Value};
use sync_core::UnitCode;
use sync_core::sim::{self, Event, LinkStats, Profile, Schedule, Sim, SimTime};
use time::Month;

use crate::generate::{Corpus, Officer};
use crate::world::{Person, World};

/// Ordinary reports: complete ones of six kinds, with descriptions as an officer writes them.
const KINDS: [&str; 6] = ["dds-warga", "dds-usaha", "binluh", "sambang", "satkamling", "problem-solving"];

/// Files so many ordinary reports.
pub fn file_ordinary(person: &Person, unit: &str, seed: u64, count: usize) {
    let unit: UnitCode = unit.parse().expect("a unit code");
    let examples = crate::programs::workspace().join("sync-core/forms/examples");
    let officers = (0..).flat_map(|number| Officer::new(Corpus::Measurement, seed, number).month(2026, Month::November, 40));
    for (kind, report) in KINDS.iter().cycle().zip(officers).take(count) {
        let text = std::fs::read_to_string(examples.join(format!("{kind}.full.json"))).expect("an example");
        let mut data: Map<String, Value> = serde_json::from_str(&text).expect("an object");
        data.insert("uraian".to_owned(), report.uraian.into());
        person.device.file(kind, unit, &Value::Object(data)).expect("a saved report");
    }
}

/// EDGE, with signal for so long and then none for so long, again and again.
pub fn edge_in_windows(alive_ms: u64, dead_ms: u64) -> Profile {
    Profile { signal: Schedule::repeating(alive_ms, alive_ms + dead_ms), ..Profile::desa_edge() }
}

/// What a run came to.
#[derive(Debug, Clone, Copy)]
pub struct Carried {
    /// What the link counted; a connection costs one round trip.
    pub stats: LinkStats,
    /// Virtual time until nothing was left on either side.
    pub took_ms: u64,
}

impl Carried {
    /// Both ways.
    pub fn bytes(&self) -> u64 {
        self.stats.bytes_up + self.stats.bytes_down
    }
}

/// Lets a device do what its scheduler says until neither side has anything for the other; nothing when it does not come to that.
pub fn until_complete(world: &World, person: &Person, place: Profile, seed: u64) -> Option<Carried> {
    const DAY_MS: u64 = 86_400_000;
    let mut sim = Sim::new(seed);
    let link = sim.add_link(place);
    sim.set_connect_round_trips(link, 1);
    let mut clock = sim.now();
    while sim.now().ms() < 30 * DAY_MS {
        let up = sim.has_signal(link);
        person.device.link_is(if up { Link::Metered } else { Link::None }).expect("a store");
        let complete = match person.device.next_action().expect("an enrolled device") {
            Action::Sync(portion) => {
                let request = person.device.request_portion(portion).expect("a request");
                let served = |bytes: &[u8], _| world.server.exchange(bytes, world.now()).expect("a reply");
                let carried = sim.exchange(link, &request, served);
                clock = pass(world, clock, sim.now());
                take(person, carried)
            }
            Action::Wait { ms, .. } | Action::WaitForLink { ms, .. } => {
                wait(&mut sim, ms);
                clock = pass(world, clock, sim.now());
                false
            }
        };
        if complete {
            return Some(Carried { stats: sim.stats(link), took_ms: sim.now().ms() });
        }
    }
    None
}

fn take(person: &Person, carried: Result<Vec<u8>, sim::Failure>) -> bool {
    let failure = match carried {
        Ok(reply) => match person.device.apply(&reply) {
            Ok(synced) => return synced.complete,
            Err(_) => Failure::NoReply,
        },
        Err(sim::Failure::NoSignal | sim::Failure::NameNotFound) => Failure::NotReached,
        Err(sim::Failure::Cut { .. } | sim::Failure::TimedOut) => Failure::Cut,
    };
    person.device.no_reply(failure).expect("a store");
    false
}

/// Until the signal changes, or for so long.
fn wait(sim: &mut Sim, ms: u64) {
    let until = sim.now().plus_ms(ms);
    while let Some(event) = sim.next_until(until) {
        if matches!(event, Event::Signal { .. }) {
            break;
        }
    }
}

fn pass(world: &World, from: SimTime, to: SimTime) -> SimTime {
    world.wait_ms(i64::try_from(to.us_since(from) / 1_000).unwrap_or(i64::MAX));
    to
}
