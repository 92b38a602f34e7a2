//! Sambang.

pub mod generate;
pub mod link;
pub mod similarity;
