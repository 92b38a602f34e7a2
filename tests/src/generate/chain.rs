//! A word chain: sentences whose every three words follow each other somewhere in the grammar of one style.
//!
//! The grammar alone would be too regular for a measurement of compression, random words too irregular.

use std::collections::BTreeMap;

use super::draw::Draw;

/// Longest sentence that a chain makes, in words.
const WORDS_MAX: usize = 26;

/// Follows of two words, learnt from sentences.
#[derive(Debug, Default)]
pub(super) struct Chain {
    follows: BTreeMap<(String, String), Vec<String>>,
    starts: Vec<(String, String)>,
}

impl Chain {
    pub(super) fn learn(&mut self, text: &str) {
        for sentence in text.split(". ") {
            let words: Vec<&str> = sentence.trim_end_matches('.').split_whitespace().collect();
            if let [first, second, ..] = words.as_slice() {
                self.starts.push(((*first).to_owned(), (*second).to_owned()));
            }
            for window in words.windows(3) {
                if let [first, second, third] = window {
                    self.follows.entry(((*first).to_owned(), (*second).to_owned())).or_default().push((*third).to_owned());
                }
            }
        }
    }

    /// One sentence; empty when the chain has learnt nothing.
    pub(super) fn sentence(&self, draw: &mut Draw) -> String {
        let Some((first, second)) = draw.pick(&self.starts).cloned() else {
            return String::new();
        };
        let mut words = vec![first.clone(), second.clone()];
        let mut last = (first, second);
        while words.len() < WORDS_MAX {
            let Some(next) = self.follows.get(&last).and_then(|follows| draw.pick(follows)) else {
                break;
            };
            words.push(next.clone());
            last = (last.1, next.clone());
        }
        let mut sentence = words.join(" ");
        let end = sentence.trim_end_matches([',', ';', ':']).len();
        sentence.truncate(end);
        sentence.push('.');
        sentence
    }
}
