//! One document's changes on the wire: an item.
//!
//! | bytes | meaning |
//! |---|---|
//! | 16 | report id |
//! | number, 16 each | actors |
//! | number | changes, each as a stream of operations (`operations.rs`) |
//! | 4 | check: BLAKE3 over the hashes of the changes, first bytes |

use automerge::{Change, ChangeHash, ExpandedChange};

use super::names::{Known, Named};
use super::{NotPortable, operations, rebuild};
use crate::codec::{DecodeError, Reader, Writer};
use crate::{ReportId, limits};

/// Changes of one document, each after those that it names, ready to be sent or as they were received.
#[derive(Debug, Clone)]
pub struct Item {
    /// The document.
    pub report: ReportId,
    /// In an order in which each comes after its dependencies.
    pub changes: Vec<Change>,
}

/// Why bytes are no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// They do not decode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// They decode to changes other than the sender's.
    #[error("the changes have other hashes than the sender's")]
    Check,
    /// Automerge failed on them.
    #[error("the changes cannot be rebuilt: {0}")]
    Dangerous(String),
}

impl Item {
    /// The item's bytes.
    ///
    /// # Errors
    /// [`NotPortable`] when a change uses what the profile has no words for.
    pub fn encode(&self) -> Result<Vec<u8>, NotPortable> {
        let (mut named, mut body, mut hashes) = (Named::of(self.report), Writer::default(), Vec::new());
        for change in &self.changes {
            operations::encode(&ExpandedChange::from(change), &hashes, &mut named, &mut body)?;
            hashes.push(change.hash());
        }
        let mut out = Writer::default();
        out.raw(&self.report.to_bytes());
        named.encode_actors(&mut out);
        out.length(self.changes.len());
        out.raw(&body.into_bytes());
        out.raw(&check(&hashes));
        Ok(out.into_bytes())
    }

    /// Decodes and rebuilds, within limits, hashes derived anew.
    ///
    /// # Errors
    /// [`ItemError`]; nothing is taken of an item that does not decode whole.
    pub fn decode(bytes: &[u8]) -> Result<Self, ItemError> {
        if bytes.len() > limits::ITEM_BYTES_MAX {
            return Err(DecodeError::TooLarge("an item").into());
        }
        let mut reader = Reader::new(bytes);
        let report = ReportId::from_bytes(reader.array("a report id")?);
        let mut known = Known::decode_actors(report, &mut reader)?;
        let count = reader.length(limits::ITEM_CHANGES_MAX, "changes")?;
        let (mut changes, mut hashes) = (Vec::new(), Vec::new());
        let mut room = limits::ITEM_OPERATIONS_MAX;
        for _ in 0..count {
            let expanded = operations::decode(&mut reader, &hashes, &mut known)?;
            room = room.checked_sub(expanded.operations.len()).ok_or(DecodeError::TooLarge("operations of an item"))?;
            let change = crate::scratch::caught(|| rebuild(expanded)).map_err(|panic| ItemError::Dangerous(panic.to_string()))?;
            hashes.push(change.hash());
            changes.push(change);
        }
        let sent: [u8; 4] = reader.array("the check")?;
        reader.end("an item")?;
        if sent == check(&hashes) { Ok(Self { report, changes }) } else { Err(ItemError::Check) }
    }
}

fn check(hashes: &[ChangeHash]) -> [u8; 4] {
    let mut hasher = blake3::Hasher::new();
    hashes.iter().for_each(|hash| _ = hasher.update(&hash.0));
    let mut bytes = [0; 4];
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}
