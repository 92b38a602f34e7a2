//! What happened, as lines to read and as one hash to compare.

use std::collections::VecDeque;
use std::fmt;

use super::time::SimTime;

/// Enough to read how a run ended; the hash covers all of it.
const LINES_MAX: usize = 500;
const HASH_CHARACTERS: usize = 16;
const CONTENT_CHARACTERS: usize = 8;

/// The trace of a simulation: the same seed and the same program give the same trace, to the byte.
#[derive(Debug, Clone)]
pub struct Trace {
    seed: u64,
    hasher: blake3::Hasher,
    lines: VecDeque<String>,
    count: u64,
}

impl Trace {
    pub(super) fn new(seed: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        Self { seed, hasher, lines: VecDeque::new(), count: 0 }
    }

    pub(super) fn note(&mut self, now: SimTime, what: &fmt::Arguments<'_>) {
        let line = format!("{now} {what}");
        self.hasher.update(line.as_bytes());
        self.hasher.update(b"\n");
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
        self.count += 1;
    }

    /// The hash over all lines, those that are no longer kept included.
    pub fn hash(&self) -> String {
        self.hasher.finalize().to_hex().chars().take(HASH_CHARACTERS).collect()
    }

    /// The newest lines, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, {} lines, hash {}", self.seed, self.count, self.hash())?;
        self.lines().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Bytes as a trace shows them: how many, and a hash; never the content, which may be about residents.
pub(super) struct Content<'a>(pub(super) &'a [u8]);

impl fmt::Display for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash: String = blake3::hash(self.0).to_hex().chars().take(CONTENT_CHARACTERS).collect();
        write!(f, "{} bytes {hash}", self.0.len())
    }
}
