//! Looking at what was refused: who sent it, when, why, and what can be read of it. Nothing is rebuilt, nothing reaches Automerge.

use serde::Serialize;
use sync_core::change::{Glance, glance};
use sync_core::form::Words;
use sync_core::{DeviceId, Refusal};

use crate::store::{device, quarantine};
use crate::{Server, ServerError, limits};

/// Refused bytes that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuarantineInfo {
    /// Its number here.
    pub id: u64,
    /// The device that pushed it.
    pub device: String,
    /// Its officer.
    pub nrp: String,
    /// The officer's name.
    pub name: String,
    /// When it came.
    pub received_at: String,
    /// Code of the refusal.
    pub reason: String,
    /// What that means.
    pub text: Words,
    /// How many bytes.
    pub bytes: u64,
}

/// How much room a device has used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuarantineQuota {
    /// The device.
    pub device: String,
    /// Items that are kept.
    pub items: u64,
    /// Of at most so many.
    pub items_max: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Of at most so many.
    pub bytes_max: u64,
    /// Items that found no room: only the device has them.
    pub dropped: u64,
    /// Bytes of those.
    pub dropped_bytes: u64,
}

/// One kept item: what is known of it, its bytes, and what can be read of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Who, when, why.
    pub info: QuarantineInfo,
    /// As they came.
    pub bytes: Vec<u8>,
    /// In words; nothing of it is proven.
    pub glance: Glance,
}

impl Server {
    /// What is kept, of one device or of all, newest first.
    ///
    /// # Errors
    /// Only of the database.
    pub fn quarantine(&self, device: Option<DeviceId>) -> Result<Vec<QuarantineInfo>, ServerError> {
        self.store.read(|db| quarantine::list(db, device)?.into_iter().map(|kept| info(db, kept)).collect())
    }

    /// The devices of which something is, or would have been, kept.
    ///
    /// # Errors
    /// Only of the database.
    pub fn quarantine_quotas(&self) -> Result<Vec<QuarantineQuota>, ServerError> {
        self.store.read(|db| {
            let quota = |row: device::DeviceRow| {
                let usage = quarantine::usage(db, row.id)?;
                Ok(QuarantineQuota {
                    device: row.id.to_string(),
                    items: usage.items,
                    items_max: limits::QUARANTINE_ITEMS_MAX,
                    bytes: usage.bytes,
                    bytes_max: limits::QUARANTINE_BYTES_MAX,
                    dropped: usage.dropped,
                    dropped_bytes: usage.dropped_bytes,
                })
            };
            let mut all: Vec<_> = device::all(db)?.into_iter().map(quota).collect::<Result<_, ServerError>>()?;
            all.retain(|one| one.items > 0 || one.dropped > 0);
            Ok(all)
        })
    }

    /// One kept item.
    ///
    /// # Errors
    /// [`ServerError::NotInQuarantine`].
    pub fn quarantined(&self, id: u64) -> Result<Quarantined, ServerError> {
        self.store.read(|db| {
            let (kept, bytes) = quarantine::find(db, id)?.ok_or(ServerError::NotInQuarantine(id))?;
            Ok(Quarantined { info: info(db, kept)?, glance: glance(&bytes), bytes })
        })
    }
}

fn info(db: &rusqlite::Connection, kept: quarantine::Kept) -> Result<QuarantineInfo, ServerError> {
    let (nrp, name) = super::owner(db, kept.device)?;
    let text = Refusal::from_code(&kept.reason).map_or_else(|| Words::new(kept.reason.clone(), kept.reason.clone()), Refusal::words);
    Ok(QuarantineInfo {
        id: kept.id,
        device: kept.device.to_string(),
        nrp,
        name,
        received_at: kept.received_at.to_string(),
        reason: kept.reason,
        text,
        bytes: kept.size,
    })
}
