//! The device half of Sambang: one SQLite file holds every report as an Automerge document, and everything works without signal.
//!
//! An app opens a [`Device`], files and edits reports, and lets it sync whenever there is signal; [`Device::status`] says what is unsent.
//!
//! ```no_run
//! use local_store::{Device, Filter};
//! # fn main() -> Result<(), local_store::Error> {
//! let device = Device::open("officer.sambang")?;
//! for report in device.list(&Filter::default())? {
//!     println!("{} {} {}", report.recorded_at, report.title, report.delivery.as_str());
//! }
//! device.sync()?;
//! println!("{} unsent", device.status()?.unsent);
//! # Ok(())
//! # }
//! ```

mod ask;
mod batches;
mod crash;
mod decisions;
mod device;
mod difference;
mod drafts;
mod enrol;
mod error;
mod exchange;
mod failure;
mod followup;
mod forms;
mod host;
#[cfg(feature = "http")]
mod http;
mod identity;
mod inbox;
mod ledger;
mod messages;
mod observe;
mod reason;
mod repeats;
mod reports;
#[cfg(feature = "http")]
mod runner;
mod schedule;
mod states;
mod store;
#[cfg(feature = "http")]
mod tls;
#[cfg(feature = "http")]
mod transport;
mod views;
mod wake;

pub mod cli;

pub use decisions::Decision;
pub use device::{Choice, Device, Filter};
pub use error::Error;
pub use failure::Failure;
pub use host::{Host, SystemHost};
pub use inbox::Correction;
pub use messages::{Message, Messages, NewMessage};
pub use observe::Observer;
pub use reason::Reason;
#[cfg(feature = "http")]
pub use runner::{Event, Runner};
pub use sync_core::scheduler::{Action, Link, LinkFailure, OnMetered, Policy, Portion};
pub use sync_core::{Class, FieldPath, Form, Lang, Nrp, ParseError, Problem, Refusal, ReportId, Timestamp, UnitCode, Words, form};
#[cfg(feature = "http")]
pub use transport::Budget;
pub use views::{Author, Conflict, Delivery, NextAttempt, Note, Repetition, Report, Status, Summary, Synced, Variant, Version};
