//! The tools on which the whole-system tests stand: bad links, reports as officers write them, real programs, campaigns of accidents.

pub mod bench;
pub mod campaign;
pub mod centre;
pub mod certificates;
pub mod desk;
pub mod dictionary;
pub mod generate;
pub mod link;
pub mod programs;
pub mod similarity;
pub mod timeline;
pub mod trace;
pub mod world;
