//! A report as an Automerge document: its profile, how it is written, how it is read.
//!
//! ```text
//! id, kind, form, unit, author, recorded_at    the birth: written in the first change and never again
//! data          the form's fields; groups as maps, rows of lists as maps under stable row ids
//! comments      entries under fresh ids, each written whole in one change
//! decisions     likewise
//! placement     unit, class, lane, where a supervisor changed them
//! attachments   later
//! ```
//!
//! All containers are made in the first change, so that two devices can never hide each other's.

mod read;
mod status;
mod write;

pub(crate) use read::raw_json;
pub use read::{Conflict, Entry, Variant, View, birth, view};
pub use status::Status;
pub use write::{Birth, Edit, EditError, EntryKind, Write, create, write};

use automerge::Automerge;

use crate::Actor;

/// The keys of the birth.
pub(crate) const BIRTH: [&str; 6] = ["id", "kind", "form", "unit", "author", "recorded_at"];
/// The containers of every report.
pub(crate) const CONTAINERS: [&str; 5] = ["data", "comments", "decisions", "placement", "attachments"];

/// The actor of documents that are only read: Automerge would draw a random one.
pub(crate) const NOBODY: Actor = Actor([0; 16]);

/// A document without changes, and without the random actor that Automerge would give it.
pub(crate) fn empty() -> Automerge {
    Automerge::new().with_actor(NOBODY.to_automerge())
}
