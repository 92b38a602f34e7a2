#![expect(clippy::unwrap_used, reason = "a failed test may panic")]
//! The whole project, one theme a file.

mod arrows;
mod convergence;
mod cuts;
mod device_disk;
mod durable;
mod duties;
mod embed;
mod evaluation;
mod forms;
mod going_back;
mod half_year;
mod held;
mod inbox;
mod journal;
mod kills;
mod lanes;
mod leaving;
mod licences;
mod messages;
mod mutants;
mod observe;
mod poison;
mod progress;
mod repair;
mod rescue;
mod runner;
mod shipped;
mod simulation;
mod stories;
mod supervision;
mod taken_back;
mod tls_time;
