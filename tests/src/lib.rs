//! Sambang.

pub mod link;
