//! The ways of comparing that were tried and rejected, so that their figures can be made again.

use std::collections::BTreeMap;

use sync_core::similar::Fingerprint;

use super::{ALTERATIONS, Plan, months};
use crate::generate::{Corpus, Officer};

/// Features of a text and how often each stands in it.
type Features = BTreeMap<u64, u32>;

/// A way of comparing two texts.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// What it is.
    pub name: &'static str,
    sketch: fn(&str) -> Sketch,
}

/// How a candidate did, at the threshold that lets 1 % of the reports be false alarms on the same data.
#[derive(Debug)]
pub struct Trial {
    /// That threshold.
    pub threshold: f64,
    /// The share of copies that it finds, for each of [`ALTERATIONS`].
    pub hits: [f64; ALTERATIONS.len()],
}

enum Sketch {
    Whole(Features),
    Bits(Vec<u64>),
    Bytes(Vec<u8>),
    Ours(Fingerprint),
}

/// All of them; the first is the one that is used.
pub const CANDIDATES: [Candidate; 11] = [
    Candidate { name: "words that tell, Jaccard, 251 bytes (used)", sketch: |text| Sketch::Ours(Fingerprint::of(text)) },
    Candidate { name: "all words, Jaccard", sketch: |text| Sketch::Whole(shingles(&all(text), 1)) },
    Candidate { name: "all words, pairs, Jaccard", sketch: |text| Sketch::Whole(shingles(&all(text), 2)) },
    Candidate { name: "all words, triples, Jaccard", sketch: |text| Sketch::Whole(shingles(&all(text), 3)) },
    Candidate { name: "five characters, Jaccard", sketch: |text| Sketch::Whole(characters(text)) },
    Candidate { name: "words without digits, Jaccard", sketch: |text| Sketch::Whole(shingles(&without_digits(text), 1)) },
    Candidate { name: "words without digits, pairs, Jaccard", sketch: |text| Sketch::Whole(shingles(&without_digits(text), 2)) },
    Candidate { name: "all words, SimHash of 64 bits", sketch: |text| Sketch::Bits(simhash(&shingles(&all(text), 1), 1)) },
    Candidate { name: "all words, SimHash of 1,024 bits", sketch: |text| Sketch::Bits(simhash(&shingles(&all(text), 1), 16)) },
    Candidate {
        name: "without digits, SimHash of 1,024 bits",
        sketch: |text| Sketch::Bits(simhash(&shingles(&without_digits(text), 1), 16)),
    },
    Candidate { name: "without digits, MinHash of 240 bytes", sketch: |text| Sketch::Bytes(minhash(&shingles(&without_digits(text), 1))) },
];

/// Tries a candidate on all officers of the plan together.
pub fn try_candidate(candidate: &Candidate, plan: &Plan) -> Trial {
    let mut nearest: Vec<f64> = Vec::new();
    let mut copies: [Vec<f64>; ALTERATIONS.len()] = Default::default();
    for number in 0..plan.officers {
        let officer = Officer::new(Corpus::Measurement, plan.seed, number);
        for month in months(&officer, plan) {
            let sketches: Vec<Sketch> = month.texts.iter().map(|text| (candidate.sketch)(text)).collect();
            for (index, (sketch, altered)) in sketches.iter().zip(&month.copies).enumerate() {
                let earlier = sketches.iter().take(index);
                nearest.push(earlier.map(|before| alike(sketch, before)).fold(0.0, f64::max));
                for (found, copy) in copies.iter_mut().zip(altered) {
                    found.push(alike(sketch, &(candidate.sketch)(copy)));
                }
            }
        }
    }
    nearest.sort_by(|left, right| right.total_cmp(left));
    let threshold = nearest.get(nearest.len() / 100).copied().unwrap_or(1.0);
    let hits = copies.map(|found| {
        let hit = found.iter().filter(|alike| **alike > threshold).count();
        hit as f64 / found.len().max(1) as f64
    });
    Trial { threshold, hits }
}

fn alike(one: &Sketch, other: &Sketch) -> f64 {
    match (one, other) {
        (Sketch::Whole(one), Sketch::Whole(other)) => jaccard(one, other),
        (Sketch::Bits(one), Sketch::Bits(other)) => {
            let differ: u32 = one.iter().zip(other).map(|(a, b)| (a ^ b).count_ones()).sum();
            1.0 - f64::from(differ) / (64 * one.len()) as f64
        }
        (Sketch::Bytes(one), Sketch::Bytes(other)) => {
            let same = one.iter().zip(other).filter(|(a, b)| a == b).count();
            same as f64 / one.len() as f64
        }
        (Sketch::Ours(one), Sketch::Ours(other)) => f64::from(one.similarity(other).per_mille()) / 1_000.0,
        _ => 0.0,
    }
}

fn jaccard(one: &Features, other: &Features) -> f64 {
    let shared: u32 = one.iter().filter_map(|(feature, times)| Some(*times.min(other.get(feature)?))).sum();
    let total: u32 = one.values().sum::<u32>() + other.values().sum::<u32>();
    f64::from(shared) / f64::from((total - shared).max(1))
}

fn all(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn without_digits(text: &str) -> Vec<String> {
    let mut words = all(text);
    words.retain(|word| !word.contains(|letter: char| letter.is_ascii_digit()));
    words
}

fn shingles(words: &[String], length: usize) -> Features {
    let mut features = Features::new();
    for window in words.windows(length) {
        *features.entry(hash(&window.join(" "))).or_default() += 1;
    }
    features
}

fn characters(text: &str) -> Features {
    let letters: Vec<char> = all(text).join(" ").chars().collect();
    let mut features = Features::new();
    for window in letters.windows(5) {
        features.insert(hash(&window.iter().collect::<String>()), 1);
    }
    features
}

fn hash(text: &str) -> u64 {
    crate::generate::word_hash(text)
}

/// Each feature votes on each bit.
fn simhash(features: &Features, lanes: u64) -> Vec<u64> {
    (0..lanes)
        .map(|lane| {
            (0..64).fold(0, |bits, bit| {
                let votes: i64 = features
                    .iter()
                    .map(|(feature, times)| {
                        let up = crate::generate::mixed(*feature, lane) >> bit & 1 == 1;
                        if up { i64::from(*times) } else { -i64::from(*times) }
                    })
                    .sum();
                bits | u64::from(votes > 0) << bit
            })
        })
        .collect()
}

/// The last byte of the smallest hash under each of 240 functions.
fn minhash(features: &Features) -> Vec<u8> {
    (0..240)
        .map(|function| {
            let elements = features.iter().flat_map(|(feature, times)| (0..*times).map(|time| (*feature, u64::from(time))));
            let smallest = elements.map(|(feature, time)| crate::generate::mixed(crate::generate::mixed(feature, time), function)).min();
            smallest.unwrap_or(0).to_le_bytes().first().copied().unwrap_or(0)
        })
        .collect()
}
