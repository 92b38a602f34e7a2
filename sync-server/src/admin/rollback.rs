//! Whether this centre went back in time: what its devices say, and what it once signed.

use rusqlite::Connection;
use serde::Serialize;

use super::owner;
use crate::store::{rollback, sequence};
use crate::{Server, ServerError};

/// A device that was given more of a partition's history than this centre has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RollbackSeen {
    /// The device.
    pub device: String,
    /// Its officer.
    pub nrp: String,
    /// The officer's name.
    pub name: String,
    /// The partition.
    pub partition: String,
    /// How often it found that.
    pub times: u64,
    /// When for the first time.
    pub first_at: String,
    /// When for the last time.
    pub last_at: String,
    /// The newest sequence that it had been given, the last time.
    pub shown: u64,
    /// The sequence from which it began again: everything above it was sent again by this device, as far as it has it.
    pub common: u64,
}

/// A partition of which this centre once signed more than its database has: an older copy of it is in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OlderThanSigned {
    /// The partition.
    pub partition: String,
    /// The newest sequence that was noted outside the database.
    pub signed: u64,
    /// The newest sequence in the database.
    pub here: u64,
}

impl Server {
    /// What devices found, by device and partition. A hostile device can say it too: one alone proves nothing.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn rollbacks(&self) -> Result<Vec<RollbackSeen>, ServerError> {
        self.store.read(|db| seen(db))
    }

    /// Where the database is older than what this centre once signed, by the marks that it keeps outside of it. Empty where all is well, and where
    /// the file of marks went back with the database: then only devices know.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn older_than_signed(&self) -> Result<Vec<OlderThanSigned>, ServerError> {
        let signed = self.high_water.read();
        self.store.read(|db| {
            let mut older = Vec::new();
            for (partition, mark) in signed {
                let fits = sequence::hash_at(db, partition, mark.sequence)?.is_some_and(|hash| hash.starts_with(&mark.tag));
                if !fits {
                    let here = sequence::counter(db, partition)?.map_or(0, |(newest, _)| newest);
                    older.push(OlderThanSigned { partition: partition.to_string(), signed: mark.sequence, here });
                }
            }
            Ok(older)
        })
    }
}

/// What devices found, by device and partition.
pub(super) fn seen(db: &Connection) -> Result<Vec<RollbackSeen>, ServerError> {
    let one = |row: rollback::SeenRow| {
        let (nrp, name) = owner(db, row.device)?;
        Ok(RollbackSeen {
            device: row.device.to_string(),
            nrp,
            name,
            partition: row.partition.to_string(),
            times: row.times,
            first_at: row.first_at.to_string(),
            last_at: row.last_at.to_string(),
            shown: row.shown,
            common: row.common,
        })
    };
    rollback::all(db)?.into_iter().map(one).collect()
}
