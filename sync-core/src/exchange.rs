//! The exchange: one request and one reply, each one signed, compressed message with a version byte and tagged sections.
//!
//! A reader skips sections that it does not know, unless their tag says that they are critical. PROTOCOL.md names them all.

mod ask;
mod bundle;
mod enrol;
mod enrolled_before;
mod envelope;
mod forms;
mod marks;
mod packing;
mod proofs;
mod pull;
mod push;
mod repair;
mod reply;
mod request;
mod tokens;

pub use ask::{Answer, Question, Unsettled};
pub use bundle::{BundleError, BundledReply, ReplyBundle, RequestBundle, request_hash};
pub use enrol::{EnrolAnswer, EnrolReply, EnrolRequest, Enrolled, EnrolmentCode};
pub use enrolled_before::EnrolledBefore;
pub use envelope::{MessageError, OpenedRequest, RequestHead};
pub use forms::{FormNews, FormStep};
pub use proofs::ItemProofs;
pub use pull::{Cursor, Delivery, Page, feed_news};
pub use push::{Fate, ItemVerdict, Judgement, Known, Label, Remembered, Standing, Verdict, birth_unit, judge, refused_bars, settle};
pub use repair::{Asked, HeadName, RepairReply, RepairRequest, Repaired, head_name};
pub use reply::{Person, Reply, Standstill, Unit};
pub use request::{Request, units_digest};
