//! Verification: every document is rebuilt from its raw changes, and everything that was derived from them is compared.

mod chain;
pub(crate) mod document;
mod sums;

use serde::Serialize;

use crate::store::document as documents;
use crate::{Server, ServerError};

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The report; none where it concerns a partition or the whole file.
    pub document: Option<String>,
    /// The partition; none where it concerns a report or the whole file.
    pub partition: Option<String>,
    /// Stable, for machines: `snapshot`, `heads`, `place`, `feeds`, `fingerprint`, `projection`, `changes`, `labels`, `running-hash`, `file`.
    pub code: &'static str,
    /// What differs; never residents' data.
    pub detail: String,
    /// What to do: Indonesian, English.
    pub remedy: (&'static str, &'static str),
}

/// What a verification looked at and found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Verification {
    /// Documents that were rebuilt.
    pub documents: u64,
    /// Changes that they were rebuilt from.
    pub changes: u64,
    /// Partitions whose running hash was followed.
    pub partitions: u64,
    /// What needs attention.
    pub differences: Vec<Finding>,
    /// Caches that did not load, and were made anew.
    pub notices: Vec<Finding>,
}

/// What to do about derived data that differs.
const REBUILD: (&str, &str) = (
    "Jalankan verify --repair: turunannya disusun ulang dari perubahan aslinya.",
    "Run verify --repair: what is derived is made anew from the raw changes.",
);
/// What to do about changes that are damaged.
const RESTORE: (&str, &str) = (
    "Pulihkan cadangan terakhir; perangkat mengirim ulang yang lebih baru.",
    "Restore the last backup; the devices send again what is newer.",
);
/// What to do about a broken chain.
const AUDIT: (&str, &str) = (
    "Seseorang atau disk mengubah catatan; simpan salinannya untuk diperiksa, lalu pulihkan cadangan terakhir.",
    "Somebody, or the disk, changed the record; keep a copy to look into, then restore the last backup.",
);

/// What to do with differences of derived data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// Only report them.
    No,
    /// Make it anew from the raw changes, and report what was done as a notice.
    Derived,
}

impl Server {
    /// Verifies the whole centre, beside a running server. Snapshots that do not load are made anew; other differences are reported, and
    /// with [`Repair::Derived`] mended where the raw changes are sound.
    ///
    /// # Errors
    /// Only of the database; a difference is no error.
    pub fn verify(&self, repair: Repair, now: sync_core::Timestamp) -> Result<Verification, ServerError> {
        let mut found = Verification::default();
        let ids = self.store.read(|db| {
            let integrity: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            if integrity != "ok" {
                found.differences.push(Finding { document: None, partition: None, code: "file", detail: integrity, remedy: RESTORE });
            }
            chain::verify(db, &mut found)?;
            Ok(documents::ids(db)?)
        })?;
        for id in ids {
            let looked = self.store.read(|db| document::look(db, id))?;
            found.documents += 1;
            found.changes += looked.changes;
            let mended = match (looked.findings.is_empty(), looked.sound, repair) {
                (true, _, _) => true,
                (false, true, Repair::Derived) => self.store.write(|db| document::mend(db, id, now))?,
                (false, true, Repair::No) if looked.findings.iter().all(|finding| finding.code == "snapshot") => {
                    self.store.write(|db| document::renew_snapshot(db, id))?
                }
                (false, _, _) => false,
            };
            if mended { found.notices.extend(looked.findings) } else { found.differences.extend(looked.findings) }
        }
        // Last: what was mended above counts.
        match repair {
            Repair::Derived => found.notices.extend(self.store.write(sums::mend)?),
            Repair::No => found.differences.extend(self.store.read(sums::look)?),
        }
        Ok(found)
    }
}
