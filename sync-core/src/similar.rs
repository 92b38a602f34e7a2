//! Tells, without a connection, whether a description repeats an earlier one of the same officer (ADR 0030).
//!
//! A copy with other names, dates and numbers and a few other words is still a repeat; two descriptions that only share
//! the officer's stock phrases are not. It judges words, not truth: an event that the officer tells twice in the same
//! sentence looks like a copy, so a device warns and never refuses.

mod fingerprint;
mod lists;
mod words;

pub use fingerprint::{Fingerprint, FingerprintError, Repeat, Similarity, is_repeat};
