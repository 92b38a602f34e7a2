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

pub use copy::{Alteration, Exchange, altered};
pub use habit::Style;
pub use kind::Kind;
pub use officer::Officer;
pub use report::Report;
pub use vocabulary::{Corpus, Village};

/// A fixed hash of a word, for measurements that must not depend on a library's version.
pub fn word_hash(word: &str) -> u64 {
    draw::mix_word(0, word)
}

/// Two numbers mixed into one.
pub fn mixed(left: u64, right: u64) -> u64 {
    draw::mix(left, right)
}
