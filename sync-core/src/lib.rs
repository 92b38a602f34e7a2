//! Sambang.
