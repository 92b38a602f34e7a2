//! The tools on which the whole-system tests stand: a bad link, reports as officers write them.

pub mod generate;
pub mod link;
pub mod similarity;
