//! Measures ours and its peers: `cargo run --release --bin bench -- wire link cuts store ingest repair`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tests::bench::{self, Bench, Options, Texts, peer_names};
use tests::programs::Failure;

/// Measures ours and its peers in alternating rounds; medians, with the smallest and the greatest.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure.
    #[arg(required = true)]
    benches: Vec<Name>,
    /// One line of JSON a figure, after one with the machine and the versions.
    #[arg(long)]
    json: bool,
    /// Fewer rounds, smaller counts.
    #[arg(long)]
    quick: bool,
    /// How many rounds instead of five (quick: two).
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=100))]
    rounds: Option<u64>,
    /// Reports from a file in place of the generator's: one JSON object a line, as the program `reports` prints them.
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// Peers, separated by commas, or `none`. All of them when nothing is said.
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    peers: Option<Vec<String>>,
    /// Writes the tables of this page anew, between its marks.
    #[arg(long, value_name = "PAGE")]
    markdown: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Name {
    /// Bytes and requests.
    Wire,
    /// Seconds over EDGE.
    Link,
    /// A link that lives for seconds at a time.
    Cuts,
    /// The device's file.
    Store,
    /// The server.
    Ingest,
    /// What mending costs.
    Repair,
}

impl From<Name> for Bench {
    fn from(name: Name) -> Self {
        match name {
            Name::Wire => Self::Wire,
            Name::Link => Self::Link,
            Name::Cuts => Self::Cuts,
            Name::Store => Self::Store,
            Name::Ingest => Self::Ingest,
            Name::Repair => Self::Repair,
        }
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// True when every figure is within its limit.
fn run(arguments: Arguments) -> Result<bool, Failure> {
    let Arguments { benches, json, quick, rounds, text, peers, markdown: page } = arguments;
    let texts = text.map_or(Ok(Texts::Generated), |file| Texts::read(&file))?;
    let mut peers = peers.unwrap_or_else(|| peer_names().into_iter().map(str::to_owned).collect());
    if peers == ["none"] {
        peers.clear();
    }
    let benches: Vec<Bench> = benches.into_iter().map(Bench::from).collect();
    let outcome = bench::run(&benches, &Options { quick, rounds, texts, peers, page })?;
    if json {
        outcome.json_lines().iter().for_each(|line| println!("{line}"));
    } else {
        print!("{}", outcome.text());
    }
    for figure in outcome.above_limit() {
        eprintln!("above its limit: {figure}");
    }
    Ok(outcome.is_ok())
}
