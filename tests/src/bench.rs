//! The bench: what ours and its peers cost, measured the same way, in alternating rounds.
//!
//! Every system is a `System` (`system.rs`): ours by its programs and its library, a peer by programs that answer orders in JSON
//! (tests/peers/README.md), so that nothing here knows what a peer is made of.

mod cases;
mod cuts;
mod figure;
mod ingest;
mod link;
mod machine;
mod own;
mod peers;
mod process;
mod repair;
mod samples;
mod store;
mod system;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod transfer;
mod urgent;
mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use peers::names as peer_names;
pub use texts::{Flat, Texts, flat_reports};

use crate::programs::Failure;
use figure::{Board, Figure};
use machine::Header;
use system::System;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bench {
    /// Bytes and requests.
    Wire,
    /// Time over EDGE.
    Link,
    /// A link that lives for seconds at a time, in virtual time.
    Cuts,
    /// The device's file.
    Store,
    /// The server.
    Ingest,
    /// What mending costs.
    Repair,
}

impl Bench {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Wire, Self::Link, Self::Cuts, Self::Store, Self::Ingest, Self::Repair];

    /// As it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Link => "link",
            Self::Cuts => "cuts",
            Self::Store => "store",
            Self::Ingest => "ingest",
            Self::Repair => "repair",
        }
    }
}

/// How to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// Fewer rounds, smaller counts: a look, no figure to quote.
    pub quick: bool,
    /// How many rounds; none for the usual number.
    pub rounds: Option<u64>,
    /// The reports.
    pub texts: Texts,
    /// The peers by name.
    pub peers: Vec<String>,
    /// A page whose tables are to be written anew.
    pub page: Option<PathBuf>,
}

const ROUNDS: u64 = 5;
const ROUNDS_QUICK: u64 = 2;

/// One run, as the benches see it.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    systems: &'a [Box<dyn System>],
    texts: &'a Texts,
    rounds: u64,
    quick: bool,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.systems.iter().map(|system| system.name()).collect();
        f.debug_struct("Run").field("systems", &names).field("rounds", &self.rounds).field("quick", &self.quick).finish_non_exhaustive()
    }
}

impl Run<'_> {
    /// Where the run is, for who waits.
    fn tell(&self, text: &str) {
        eprintln!("{text} ({} systems, {} rounds)", self.systems.len(), self.rounds);
    }
}

/// What a run found.
#[derive(Debug)]
pub struct Outcome {
    header: Header,
    board: Board,
}

impl Outcome {
    /// One line of JSON for the header, then one a figure.
    pub fn json_lines(&self) -> Vec<String> {
        let figures = self.board.figures().iter().map(|figure| figure.json().to_string());
        std::iter::once(self.header.json().to_string()).chain(figures).collect()
    }

    /// Whether there are figures, and every one is within its limit.
    pub fn is_ok(&self) -> bool {
        self.board.is_ok()
    }

    /// The figures that are above their limit, as lines of JSON.
    pub fn above_limit(&self) -> Vec<String> {
        let above = self.board.figures().iter().filter(|figure| !Figure::is_ok(figure));
        above.map(|figure| figure.json().to_string()).collect()
    }

    /// The header and a table a bench.
    pub fn text(&self) -> String {
        let tables = Bench::ALL.map(|bench| table::table(bench.name(), &self.board));
        let tables: Vec<String> = tables.into_iter().filter(|table| !table.is_empty()).collect();
        format!("{}\n\n{}", self.header.text(), tables.join("\n"))
    }
}

/// Runs the benches with ours and the peers.
///
/// # Errors
/// When a peer is unknown or does not build, or any system fails: then there are no figures at all.
pub fn run(benches: &[Bench], options: &Options) -> Result<Outcome, Failure> {
    let mut systems: Vec<Box<dyn System>> = vec![Box::new(own::Ours::Plain)];
    for name in &options.peers {
        systems.push(Box::new(peers::build(name)?));
    }
    let rounds = options.rounds.unwrap_or(if options.quick { ROUNDS_QUICK } else { ROUNDS });
    let header = Header::now(rounds, versions(&systems, &options.texts)?);
    let run = Run { systems: &systems, texts: &options.texts, rounds, quick: options.quick };
    let mut board = Board::default();
    let tables = |benches: &[Bench], board: &Board| -> Result<(), Failure> {
        let Some(file) = &options.page else { return Ok(()) };
        let commands: Vec<(&str, String)> = benches.iter().map(|bench| (bench.name(), command(*bench, options))).collect();
        let page = table::into_page(&std::fs::read_to_string(file)?, &commands, &header, board)?;
        // Nothing measured yet: only whether there is room for all.
        if !board.is_empty() {
            std::fs::write(file, page)?;
        }
        Ok(())
    };
    tables(benches, &board)?;
    for bench in benches {
        match bench {
            Bench::Wire => wire::wire(&run, &mut board)?,
            Bench::Link => link::link(&run, &mut board)?,
            Bench::Cuts => cuts::cuts(&run, &mut board)?,
            Bench::Store => store::store(&run, &mut board)?,
            Bench::Ingest => ingest::ingest(&run, &mut board)?,
            Bench::Repair => repair::repair(&run, &mut board)?,
        }
        // At once: what comes later may fail, and an hour's figures with it.
        tables(&[*bench], &board)?;
    }
    Ok(Outcome { header, board })
}

/// What measures one bench again.
fn command(bench: Bench, options: &Options) -> String {
    let mut words = vec!["cargo run --release --bin bench --".to_owned(), bench.name().to_owned()];
    if options.quick {
        words.push("--quick".to_owned());
    }
    if let Some(rounds) = options.rounds {
        words.push(format!("--rounds {rounds}"));
    }
    if options.peers != peers::names() {
        let peers = if options.peers.is_empty() { "none".to_owned() } else { options.peers.join(",") };
        words.push(format!("--peers {peers}"));
    }
    words.join(" ")
}

/// Each system is asked, once, what it is made of: one that does not start fails here and not after an hour.
fn versions(systems: &[Box<dyn System>], texts: &Texts) -> Result<BTreeMap<String, BTreeMap<String, String>>, Failure> {
    let units: Vec<String> = texts::units(&texts.of_officer(0, 1)?).into_iter().collect();
    let mut all = BTreeMap::new();
    for system in systems {
        let folder = tempfile::tempdir()?;
        let server = system.serve(folder.path(), &units)?;
        all.insert(system.name().to_owned(), server.versions());
    }
    Ok(all)
}
