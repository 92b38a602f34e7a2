//! The centre of Sambang: takes in, keeps and gives out the reports of a country.
//!
//! - [`Server`]: the centre over its data directory, synchronous; [`Server::exchange`] and [`Server::enrol`] answer devices, the rest is
//!   administration. Time and random numbers are arguments.
//! - [`http`]: the thin shell that serves it; [`cli`]: the program `sambang-server`.
//!
//! Read along the path of a report: `http` → `exchange` → `exchange/push` → `exchange/accept` → `store` → `exchange/page`.

pub mod cli;
pub mod http;

mod admin;
mod areas;
mod enrol;
mod error;
mod exchange;
mod host;
mod key_file;
mod limits;
mod log;
mod rejection;
mod server;
mod store;
mod verify;

pub use admin::{AreaInfo, DeviceInfo, ExportFormat, HeldInfo, NewOfficer, OfficerInfo, ReportFilter, ReportSummary, UnitsImported};
pub use error::ServerError;
pub use exchange::Summary;
pub use rejection::Rejection;
pub use server::{OpenOptions, Server};
pub use verify::{Finding, Repair, Verification};
