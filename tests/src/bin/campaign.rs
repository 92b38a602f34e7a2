//! Runs a campaign of accidents against the real programs, longer than `./check` does.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tests::campaign::generated::{self, Order, Shard};
use tests::campaign::mutants::{Judge, Mutant, Outcome};
use tests::campaign::sim::{SimPlan, sim};
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
        /// Leaves out so many pushes, which were seen before it was stopped.
        #[arg(long, default_value_t = 0)]
        skip: usize,
    },
    /// Puts known faults into a copy of the sources, one after the other, and looks whether they are found.
    Mutants {
        /// Only these, by the names of the files in tests/mutants.
        names: Vec<String>,
        /// First has the sources judged as they are; that must be green.
        #[arg(long)]
        control: bool,
    },
    /// Changes the gate and the functions that bear a rule, one operator, condition or result at a time, and looks whether it is found. Goes on where
    /// it was stopped.
    Generated {
        /// Which part of all mutants, of how many: 0/8 to 7/8.
        #[arg(long, default_value = "0/1", value_parser = shard)]
        shard: Shard,
        /// Only names them.
        #[arg(long)]
        list: bool,
        /// By fast tests alone. What they pass counts as a survivor until it is judged `--again`.
        #[arg(long)]
        fast: bool,
        /// Judges once more what survived and is not explained.
        #[arg(long)]
        again: bool,
        /// How many at once.
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
        threads: u8,
    },
    /// Plays a virtual day of five devices, up to a hundred reports and many accidents for each seed, and asks the oracle.
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
        /// Begin no seed after one that failed.
        #[arg(long)]
        until_failed: bool,
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
        Campaign::Poison { count, skip } => {
            let batch = poison::Batch::of(usize::try_from(*count)?)?;
            let (mut right, mut all) = (0, 0);
            let poisons = poison::poisons()?;
            let pushes = poisons.iter().flat_map(|poison| poison::Place::ALL.map(|place| (poison, place)));
            for (poison, place) in pushes.skip(*skip) {
                let pushed = poison::push(&batch, poison, place)?;
                println!("{pushed}{}", if pushed.is_right() { "" } else { " – WRONG" });
                right += usize::from(pushed.is_right());
                all += 1;
            }
            println!("{right} of {all} pushes of {count} valid items: a receipt for each, one refusal with its reason");
            Ok(right == all)
        }
        Campaign::Generated { list: true, .. } => {
            generated::all()?.iter().for_each(|mutant| println!("{}", mutant.name));
            Ok(true)
        }
        Campaign::Generated { shard, list: false, fast, again, threads } => {
            let order = Order { shard: *shard, fast: *fast, again: *again, threads: usize::from(*threads) };
            let standing = generated::judge(order, |name, found| {
                println!("{:?} {name}{}", found.fate, found.by.as_ref().map(|test| format!(" [{test}]")).unwrap_or_default());
            })?;
            print!("{standing}");
            Ok(standing.unexplained().next().is_none())
        }
        Campaign::Mutants { names, control } => mutants(names, *control),
        Campaign::Sim { count, minutes, from, until_failed, threads, timeline } => {
            let most = minutes.map(|minutes| Duration::try_from_secs_f64(minutes * 60.0)).transpose()?;
            let (threads, timelines) = (usize::from(*threads), timeline.clone());
            let outcome = sim(&SimPlan { from: *from, count: *count, most, until_failed: *until_failed, threads, timelines })?;
            print!("{outcome}");
            Ok(outcome.is_whole())
        }
    }
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(number, of)| Some(Shard { number: number.parse().ok()?, of: of.parse().ok()? }));
    parts.filter(|shard| shard.number < shard.of).ok_or_else(|| format!("{text}: not like 0/8"))
}

/// True when each was found, and the sources as they are were not.
fn mutants(names: &[String], control: bool) -> Result<bool, Failure> {
    let all = Mutant::all()?;
    if let Some(unknown) = names.iter().find(|name| all.iter().all(|mutant| mutant.name != **name)) {
        return Err(format!("no mutant {unknown} in tests/mutants").into());
    }
    let chosen: Vec<_> = all.into_iter().filter(|mutant| names.is_empty() || names.contains(&mutant.name)).collect();
    let mut as_promised = true;
    if control {
        for judge in chosen.iter().map(|mutant| &mutant.judge).collect::<BTreeSet<_>>() {
            let outcome = judge.control()?;
            as_promised &= tell("control", judge, matches!(outcome, Outcome::Green(_)), &outcome);
        }
    }
    for mutant in chosen {
        let outcome = mutant.run()?;
        as_promised &= tell(&mutant.name, &mutant.judge, matches!(outcome, Outcome::Red(_)), &outcome);
    }
    Ok(as_promised)
}

/// Prints one outcome; gives back whether it was the promised one.
fn tell(name: &str, judge: &Judge, is_promised: bool, outcome: &Outcome) -> bool {
    let (word, said) = match outcome {
        Outcome::Red(said) => ("applied, built, RED", said),
        Outcome::Green(said) => ("applied, built, green", said),
        Outcome::NotJudged(said) => ("NOT JUDGED", said),
    };
    let verdict = match (is_promised, outcome) {
        (true, _) => "as promised",
        (false, Outcome::Green(_)) => "SURVIVED",
        (false, _) => "not as promised",
    };
    println!("{name}: {word} by `{judge}`: {verdict}");
    for line in said.lines() {
        println!("    {line}");
    }
    is_promised
}
