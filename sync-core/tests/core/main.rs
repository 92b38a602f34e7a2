//! What a device and a server may rely on, tried from outside: no I/O, thousands of cases.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]

mod asking;
mod gate;
mod hostile;
mod judging;
mod scheduling;
mod shape;
mod status;
mod stream;
mod world;
mod writing;
