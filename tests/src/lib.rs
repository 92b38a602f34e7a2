//! Sambang.

pub mod generate;
