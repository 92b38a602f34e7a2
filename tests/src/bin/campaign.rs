//! Runs a campaign of accidents against the real programs, longer than `./check` does.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tests::campaign::sim::{SimPlan, sim};
use tests::campaign::{Plan, kill};
use tests::programs::Failure;

/// Accidents, over and over, to the real programs; then the question whether anything was lost.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    campaign: Campaign,
}

#[derive(Debug, Subcommand)]
enum Campaign {
    /// Kills `sambang report new` at random moments and between its first write and its commit.
    Kill {
        /// How many kills.
        #[arg(long, default_value_t = 240, value_parser = clap::value_parser!(u32).range(4..=100_000))]
        count: u32,
        /// Where the random moments begin.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Plays a virtual day of five devices, a hundred reports and many accidents for each seed, and asks the oracle.
    Sim {
        /// How many seeds at most.
        #[arg(long, default_value_t = 200)]
        count: u64,
        /// Begin no seed after so many minutes.
        #[arg(long)]
        minutes: Option<f64>,
        /// The first seed.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// How many seeds at once.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
        threads: u8,
        /// Writes the timelines of failing seeds there, as NDJSON and SVG.
        #[arg(long)]
        timeline: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse().campaign) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// True when nothing was lost.
fn run(campaign: &Campaign) -> Result<bool, Failure> {
    match campaign {
        Campaign::Kill { count, seed } => {
            let outcome = kill(Plan::of(*count, *seed))?;
            println!("{outcome}");
            for id in &outcome.lost {
                println!("lost: {id}");
            }
            Ok(outcome.is_whole())
        }
        Campaign::Sim { count, minutes, from, threads, timeline } => {
            let most = minutes.map(|minutes| Duration::try_from_secs_f64(minutes * 60.0)).transpose()?;
            let outcome = sim(&SimPlan { from: *from, count: *count, most, threads: usize::from(*threads), timelines: timeline.clone() })?;
            print!("{outcome}");
            Ok(outcome.is_whole())
        }
    }
}
