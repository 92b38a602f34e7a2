//! Runs a campaign of accidents against the real programs, longer than `./check` does.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tests::campaign::{Plan, kill, poison};
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
    /// Pushes valid items with one poisonous among them, each poison in first, middle and last place.
    Poison {
        /// How many valid items.
        #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        count: u32,
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
        Campaign::Poison { count } => {
            let batch = poison::Batch::of(usize::try_from(*count)?)?;
            let (mut right, mut all) = (0, 0);
            for poison in poison::poisons()? {
                for place in poison::Place::ALL {
                    let pushed = poison::push(&batch, &poison, place)?;
                    println!("{pushed}{}", if pushed.is_right() { "" } else { " – WRONG" });
                    right += usize::from(pushed.is_right());
                    all += 1;
                }
            }
            println!("{right} of {all} pushes of {count} valid items: a receipt for each, one refusal with its reason");
            Ok(right == all)
        }
    }
}
