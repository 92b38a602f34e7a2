//! The pure half of Sambang: what both sides must agree on, decided without a clock, a disk, a network or a random number of its own.
//!
//! - [`form`]: what a report of each kind holds, as data.
//! - [`document`]: a report as an Automerge document: made, edited, read.
//! - [`change`]: changes as meaning on the wire; [`history`]: their graph; [`gate`]: what a change must be; [`scratch`]: where it is tried.
//! - [`place`]: where a report stands, and the feeds that show it.
//! - [`similar`]: whether a description repeats an earlier one of the same officer.
//! - [`marks`]: how device and centre notice that the centre went back in time.
//! - [`proof`]: by what a device brings back what others wrote.
//! - [`fingerprint`]: whether both sides show the same; [`reconcile`]: which documents differ.
//! - [`exchange`]: request, reply, enrolment; [`keys`] and [`record`]: what is signed.
//! - [`scheduler`]: when a device asks next, and how much it carries.
//! - `sim` (feature `sim`): a virtual clock and bad links, for tests of any client and server.
//!
//! ```
//! use sync_core::UnitCode;
//! let village: UnitCode = "53.03.01.2005".parse()?;
//! assert_eq!(village.partition().to_string(), "53.03");
//! # Ok::<(), sync_core::ParseError>(())
//! ```

pub mod change;
pub mod document;
pub mod exchange;
pub mod fingerprint;
pub mod form;
pub mod gate;
pub mod history;
pub mod keys;
pub mod limits;
pub mod marks;
pub mod place;
pub mod proof;
pub mod reconcile;
pub mod record;
pub mod scheduler;
pub mod scratch;
#[cfg(feature = "sim")]
pub mod sim;
pub mod similar;

mod codec;
mod id;
mod refusal;
mod time;
mod unit;

pub use codec::DecodeError;
pub use form::{Class, FieldPath, Form, Lane, Lang, Problem, Role, Words};
pub use id::{Actor, DeviceId, Incarnation, Nrp, ParseError, ReportId};
pub use refusal::Refusal;
pub use time::Timestamp;
pub use unit::{Level, UnitCode};
