//! The exchange of docs/PROTOCOL.md as a program: random schedules of work and faults, and the
//! promises as oracles. `run`, `bite`, `rules`, `trace`: see README.md.

mod device;
mod model;
mod rules;
mod server;
mod world;

use rules::{ALL, Rule, Rules};
use std::collections::BTreeMap;
use std::process::ExitCode;
use world::{Violation, World};

fn play(seed: u64, rules: Rules, counts: &mut BTreeMap<&'static str, usize>) -> Option<Violation> {
    let mut world = World::new(seed, rules, false);
    let ended = world.run();
    for (what, count) in world.counts {
        *counts.entry(what).or_default() += count;
    }
    ended.err()
}

fn run(seeds: std::ops::Range<u64>, rules: Rules) -> ExitCode {
    let (mut counts, mut broken, total) = (BTreeMap::new(), 0, seeds.end - seeds.start);
    for seed in seeds {
        if let Some((promise, how)) = play(seed, rules, &mut counts) {
            broken += 1;
            if broken <= 10 {
                println!("seed {seed}: {promise} broken: {how}");
            }
        }
    }
    for (what, count) in counts {
        println!("{count:>12}  {what}");
    }
    println!("{total} schedules, {broken} with a broken promise");
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn bite(seeds: u64) -> ExitCode {
    let carried = |rules: Rules| {
        let mut counts = BTreeMap::new();
        let found = (0..seeds).find_map(|seed| play(seed, rules, &mut counts).map(|v| (seed, v.0)));
        (found, counts.get(world::CARRIED).copied().unwrap_or(0))
    };
    let (_, usual) = carried(Rules::default());
    for (rule, _, naive) in ALL {
        let said = match carried(Rules { without: Some(*rule) }) {
            (Some((seed, promise)), _) => format!("{promise} broken, seed {seed}"),
            (None, cost) => format!("no promise; {:.3} of the load", cost as f64 / usual as f64),
        };
        println!("{:<18} {said:<32} (instead: {naive})", format!("{rule:?}"));
    }
    ExitCode::SUCCESS
}

fn trace(seed: u64, rules: Rules) -> ExitCode {
    let mut world = World::new(seed, rules, true);
    let ended = world.run();
    for line in world.trace.take().unwrap_or_default() {
        println!("{line}");
    }
    println!("{ended:?}");
    ExitCode::SUCCESS
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1)).cloned();
    let without = option("--without").map(|name| Rule::parse(&name).expect("`rules` lists their names"));
    let rules = Rules { without };
    let (from, to) = option("--seeds")
        .and_then(|s| s.split_once("..").map(|(a, b)| (a.into(), b.into())))
        .unwrap_or(("0".to_string(), "10000".to_string()));
    let number = |text: &str| text.parse::<u64>().expect("a number");
    match args.first().map(String::as_str) {
        Some("run") => run(number(&from)..number(&to), rules),
        Some("bite") => bite(number(&to)),
        Some("trace") => trace(number(args.get(1).map_or("", String::as_str)), rules),
        Some("rules") => {
            ALL.iter().for_each(|(rule, words, naive)| println!("{:<18} {words}; else {naive}", format!("{rule:?}")));
            ExitCode::SUCCESS
        }
        _ => {
            println!("run [--seeds A..B] [--without RULE] | bite [--seeds 0..N] | trace SEED [--without RULE] | rules");
            ExitCode::from(2)
        }
    }
}
