//! The server through its library functions: stories of officers with small honest devices, and of peers that are not honest.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

mod backup;
mod broadcast;
mod enrolment;
mod forbidden;
mod forms;
mod going_back;
mod held;
mod hostile;
mod journal;
mod log;
mod metrics;
mod moving;
mod operations;
mod paging;
mod program;
mod push;
mod questions;
mod refused;
mod served;
mod succession;
mod verification;
mod world;
