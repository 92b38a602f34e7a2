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
mod bundle;
mod crash;
mod decisions;
mod device;
mod difference;
mod drafts;
mod enrol;
mod error;
mod exchange;
mod failure;
mod files;
mod fingerprints;
mod followup;
mod forms;
mod host;
#[cfg(feature = "http")]
mod http;
mod identity;
mod inbox;
mod leaving;
mod ledger;
mod marks;
mod messages;
mod observe;
mod reason;
mod repair;
mod repeats;
mod reports;
mod rescue;
#[cfg(feature = "http")]
mod runner;
mod schedule;
mod states;
mod store;
#[cfg(feature = "http")]
mod tls;
mod tokens;
mod touched;
#[cfg(feature = "http")]
mod transport;
mod views;
mod wake;

pub mod cli;

pub use bundle::{Bundle, BundleTaken};
pub use decisions::Decision;
pub use device::{Choice, Device, Filter};
pub use error::Error;
pub use failure::Failure;
pub use host::{Host, SystemHost};
pub use inbox::Correction;
pub use messages::{Message, Messages, NewMessage};
pub use observe::Observer;
pub use reason::Reason;
pub use rescue::{Note as RescueNote, Rescue, RescuedReport};
#[cfg(feature = "http")]
pub use runner::{Event, Runner};
pub use sync_core::scheduler::{Action, Link, LinkFailure, OnMetered, Policy, Portion};
pub use sync_core::{Class, FieldPath, Form, Lang, Nrp, ParseError, Problem, Refusal, ReportId, Timestamp, UnitCode, Words, form};
#[cfg(feature = "http")]
pub use transport::Budget;
pub use views::{Author, Conflict, Delivery, NextAttempt, Note, Repetition, Report, Status, Summary, Synced, Variant, Version};
