//! A client and a server that have nothing to do with Sambang, under the simulator, which finds their bug.
//!
//! The client tries again when it has no answer, and the server writes down whatever comes. That looks right on a
//! desk. `cargo run --bin foreign-sim` looks for a seed in which a record is doubled, prints it, and shows that the same
//! seed leaves the repaired pair alone; `cargo run --bin foreign-sim -- SEED` runs one seed again.

use std::collections::BTreeSet;
use std::process::ExitCode;

use sync_core::sim::{Faults, Profile, Sim};

// ---- the foreign program ---------------------------------------------------------------------------------------------

/// The server: a line comes in, is written down, and `ok` goes back.
#[derive(Default)]
struct Server {
    records: Vec<String>,
    seen: BTreeSet<String>,
}

impl Server {
    fn handle(&mut self, request: &[u8]) -> Vec<u8> {
        let request = String::from_utf8_lossy(request);
        let Some((key, record)) = request.split_once('\n') else {
            return b"bad request".to_vec();
        };
        // The repair: whoever sends a key is written down once. The naive client sends none.
        if key.is_empty() || self.seen.insert(key.to_owned()) {
            self.records.push(record.to_owned());
        }
        b"ok".to_vec()
    }
}

/// The client: sends until it is told `ok`.
enum Client {
    Naive,
    WithKey,
}

impl Client {
    fn save(&self, number: u32, mut post: impl FnMut(&[u8]) -> Option<Vec<u8>>) {
        let key = match self {
            Self::Naive => String::new(),
            Self::WithKey => format!("key-{number}"),
        };
        let request = format!("{key}\nvisit to house {number}");
        for _try in 0..10 {
            if post(request.as_bytes()).as_deref() == Some(b"ok") {
                return;
            }
        }
    }
}

// ---- the test: all that an app developer has to write ----------------------------------------------------------------

/// A day of 20 records over a village link, until the server has one of them twice; tells which, and what happened.
fn day(seed: u64, client: &Client) -> (Option<String>, Sim) {
    let mut server = Server::default();
    let mut sim = Sim::new(seed);
    let phone = sim.add_link(Profile::desa_edge());
    sim.set_faults(phone, Faults::swarm(seed));
    for number in 1..=20 {
        client.save(number, |request| sim.exchange(phone, request, |bytes, _now| server.handle(bytes)).ok());
        if let Some(doubled) = doubled(&server.records) {
            return (Some(doubled), sim);
        }
        sim.wait_ms(60_000);
    }
    sim.settle(|bytes, _now| server.handle(bytes));
    (doubled(&server.records), sim)
}

fn doubled(records: &[String]) -> Option<String> {
    let mut once = BTreeSet::new();
    records.iter().find(|record| !once.insert(*record)).cloned()
}

fn main() -> ExitCode {
    let wanted = std::env::args().nth(1).and_then(|seed| seed.parse().ok());
    let seeds = wanted.map_or(1..=1_000, |seed| seed..=seed);
    for seed in seeds {
        let (Some(record), sim) = day(seed, &Client::Naive) else {
            continue;
        };
        println!("seed {seed}: the server has «{record}» twice");
        println!("again: cargo run --bin foreign-sim -- {seed}");
        println!("the end of trace {}:", sim.trace().hash());
        let lines: Vec<&str> = sim.trace().lines().collect();
        for line in lines.iter().rev().take(8).rev() {
            println!("  {line}");
        }
        let (still, _) = day(seed, &Client::WithKey);
        println!("with a key for each record, the same seed {}", if still.is_none() { "doubles none" } else { "still doubles one" });
        return if still.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    println!("no record was doubled");
    ExitCode::FAILURE
}
