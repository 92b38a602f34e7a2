//! Devices.

use serde::Serialize;
use sync_core::record::{Record, SignedRecord};
use sync_core::{DeviceId, Timestamp};

use super::journal::ends_without;
use crate::journal::Entry;
use crate::store::{device, quarantine};
use crate::{Server, ServerError};

/// A device as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceInfo {
    /// Its id.
    pub id: String,
    /// Its officer.
    pub nrp: String,
    /// The officer's name.
    pub name: String,
    /// When it was enrolled.
    pub enrolled_at: String,
    /// When the centre last took a request of it; none before the first.
    pub last_contact: Option<String>,
    /// Reports that it had not delivered, as it last said.
    pub unsent: u64,
    /// Phones that use its store in turn: more than one when it was copied, and then what all of them have not delivered counts.
    pub phones: u64,
    /// Its program, as it last said.
    pub version: String,
    /// True when it may read nothing.
    pub revoked: bool,
    /// Since when.
    pub revoked_at: Option<String>,
    /// Refused items of it that are kept.
    pub quarantined: u64,
    /// Bytes of them.
    pub quarantine_bytes: u64,
    /// Refused items of it that no longer fitted.
    pub quarantine_dropped: u64,
}

impl Server {
    /// Every device.
    ///
    /// # Errors
    /// Only of the database.
    pub fn devices(&self) -> Result<Vec<DeviceInfo>, ServerError> {
        let text = |time: Timestamp| time.to_string();
        self.store.read(|db| {
            let info = |row: device::DeviceRow| {
                let usage = quarantine::usage(db, row.id)?;
                Ok(DeviceInfo {
                    id: row.id.to_string(),
                    nrp: row.officer.to_string(),
                    name: row.name,
                    enrolled_at: row.enrolled_at.to_string(),
                    last_contact: row.last_contact.map(text),
                    unsent: row.unsent,
                    phones: row.lives,
                    version: row.version,
                    revoked: row.revoked_at.is_some(),
                    revoked_at: row.revoked_at.map(text),
                    quarantined: usage.items,
                    quarantine_bytes: usage.bytes,
                    quarantine_dropped: usage.dropped,
                })
            };
            device::all(db)?.into_iter().map(info).collect()
        })
    }

    /// From now on the device reads nothing, and what it pushes is held. Twice is once. A recovery ends when it was the last that waited.
    ///
    /// # Errors
    /// [`ServerError::UnknownDevice`].
    pub fn revoke_device(&self, id: DeviceId, now: Timestamp) -> Result<(), ServerError> {
        self.write_and_tell(now, |db, told| {
            let known = device::find(db, id)?.ok_or(ServerError::UnknownDevice(id))?;
            if known.revoked_at.is_none() {
                device::revoke(db, id, now)?;
                let record = Record::Revocation { device: id, at: now };
                told.push(Entry::Revoked(SignedRecord::sign(&record, &self.store.keys.working)));
                ends_without(db, id, told)?;
            }
            Ok(())
        })
    }
}
