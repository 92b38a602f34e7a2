//! Sambang.

pub mod generate;
pub mod link;
