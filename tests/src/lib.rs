//! Sambang.

pub mod generate;
pub mod similarity;
