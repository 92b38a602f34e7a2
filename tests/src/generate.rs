//! Reports as an officer would write them, from a seed: the same seed gives the same bytes on every machine.
//!
//! Nobody in them exists. The sentences come from phrase grammars, the wordings from the habits of one officer, a few
//! from word chains; so one officer repeats himself as officers do, which is what makes a repeated description hard to
//! tell from his own style, and a dictionary hard to overrate. What it does not do: attachments, edits, and languages
//! other than Indonesian.
//!
//! ```
//! use tests::generate::{Corpus, Officer};
//! use time::Month;
//!
//! let officer = Officer::new(Corpus::Measurement, 7, 0);
//! let reports = officer.month(2026, Month::March, 20);
//! assert_eq!(reports, officer.month(2026, Month::March, 20));
//! assert!(reports.iter().all(|report| report.uraian.chars().count() >= 50));
//! ```

mod calendar;
mod chain;
mod chains;
mod copy;
mod draw;
mod form;
mod grammar;
mod habit;
mod kind;
mod narrative;
mod officer;
mod report;
mod scene;
mod surface;
mod talk;
mod vocabulary;

#[cfg(test)]
mod tests;

use time::Month;

pub use copy::{Alteration, Exchange, altered};
pub use habit::Style;
pub use kind::Kind;
pub use officer::Officer;
pub use report::Report;
pub use vocabulary::{Corpus, Village};

/// Reports of one officer after the other without end, 40 of each: what a busy server receives.
pub fn reports(corpus: Corpus, seed: u64) -> impl Iterator<Item = Report> {
    (0..).flat_map(move |number| Officer::new(corpus, seed, number).month(2026, Month::May, 40))
}

/// A fixed hash of a word, for measurements that must not depend on a library's version.
pub fn word_hash(word: &str) -> u64 {
    draw::mix_word(0, word)
}

/// Two numbers mixed into one.
pub fn mixed(left: u64, right: u64) -> u64 {
    draw::mix(left, right)
}
