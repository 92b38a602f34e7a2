//! Automerge changes as meaning: decoded, bounded, rebuilt. Raw chunks of a peer are never loaded.

mod glance;
mod item;
mod names;
mod operations;

pub use glance::{Glance, GlanceChange, glance};
pub use item::{Item, ItemError};
pub use names::FreshName;

use automerge::{Change, ChangeHash, ExpandedChange};
use sha2::{Digest as _, Sha256};

/// A change did not survive the way into the operation stream and back; it cannot be sent and must not be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the change cannot be written as a stream of operations: {0}")]
pub struct NotPortable(pub String);

/// What [`round_trip`] makes of a change's own bytes.
pub(crate) fn rebuild(expanded: ExpandedChange) -> Change {
    Change::from(expanded)
}

/// Proves that `change` reaches the other side as it is: encodes it, decodes it, and compares hash and bytes. The device does this
/// before it commits an edit.
///
/// # Errors
/// [`NotPortable`] for what the profile has no words for, and for any difference.
pub fn round_trip(change: &Change) -> Result<(), NotPortable> {
    let item = Item { report: crate::ReportId::from_bytes([0; 16]), changes: vec![change.clone()] };
    let bytes = item.encode()?;
    let back = Item::decode(&bytes).map_err(|error| NotPortable(error.to_string()))?;
    match back.changes.as_slice() {
        [same] if same.raw_bytes() == change.raw_bytes() && same.hash() == change.hash() => Ok(()),
        _ => Err(NotPortable("it comes back different".to_owned())),
    }
}

/// A change from the bytes that our own store kept ([`Change::raw_bytes`]), which must be those of that hash. Not for bytes of a peer.
///
/// # Errors
/// [`NotPortable`] when the bytes are damaged or are not the change of that hash.
pub fn from_store(bytes: &[u8], hash: ChangeHash) -> Result<Change, NotPortable> {
    // Behind magic and checksum a change's hash is that of its bytes. Compared before Automerge sees them: it would decode a damaged
    // length of 100 million operations for 18 seconds.
    let same = bytes.get(8..).is_some_and(|hashed| Sha256::digest(hashed).as_slice() == hash.0.as_slice());
    if !same {
        return Err(NotPortable("its hash is another one".to_owned()));
    }
    crate::scratch::caught(|| Change::from_bytes(bytes.to_vec()).map_err(|error| NotPortable(error.to_string())))
        .unwrap_or_else(|panic| Err(NotPortable(panic.to_string())))
}
