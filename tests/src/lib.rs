//! The tools on which the whole-system tests stand: bad links, reports as officers write them, real programs, campaigns of accidents.

pub mod campaign;
pub mod centre;
pub mod desk;
pub mod generate;
pub mod link;
pub mod programs;
pub mod similarity;
pub mod trace;
pub mod weather;
pub mod world;
