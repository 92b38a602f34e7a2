//! Shortens a failing script: takes steps out, halves first and single ones last, as long as it still fails.

use std::collections::BTreeSet;

use super::play::play;
use super::script::Script;

/// So many runs at most: a shorter script is a help to the reader, not a proof.
const RUNS_MAX: usize = 300;

/// A script with fewer steps that still breaks the same promise.
pub fn shrink(script: &Script) -> Script {
    let mut shortest = script.clone();
    let promises: BTreeSet<String> = play(script, None).broken.iter().map(|line| promise(line)).collect();
    let mut runs = 0;
    let mut length = shortest.steps.len().div_ceil(2);
    while length > 0 && runs < RUNS_MAX {
        let mut from = 0;
        while from < shortest.steps.len() && runs < RUNS_MAX {
            let mut shorter = shortest.clone();
            shorter.steps.drain(from..(from + length).min(shortest.steps.len()));
            runs += 1;
            if play(&shorter, None).broken.iter().any(|line| promises.contains(&promise(line))) {
                shortest = shorter;
            } else {
                from += length;
            }
        }
        length = if length == 1 { 0 } else { length.div_ceil(2) };
    }
    shortest
}

/// Which one a line tells of.
fn promise(line: &str) -> String {
    line.chars().take_while(|letter| *letter != ':').collect()
}
