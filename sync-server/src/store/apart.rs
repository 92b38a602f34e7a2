//! What is not part of a document: held, and what is remembered of refused changes. What was decided on the held is in `held.rs`.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Change, ChangeHash};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sync_core::exchange::Remembered;
use sync_core::{DeviceId, Refusal, ReportId, Timestamp};

use super::row::{hash, number, report_id, time};
use crate::limits;

/// Of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Why something is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeldReason {
    /// The device was revoked.
    Revoked,
    /// The grant ended, or the report was moved away.
    NotGranted,
}

impl HeldReason {
    fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::NotGranted => "not-granted",
        }
    }
}

/// The changes of a document that wait for a supervisor.
pub(crate) fn held_of(db: &Connection, document: ReportId) -> rusqlite::Result<BTreeSet<ChangeHash>> {
    let mut statement = db.prepare_cached("SELECT hash FROM held WHERE document = ?1 AND discarded IS NULL")?;
    statement.query_map([document.to_bytes()], |row| hash(row, "hash"))?.collect()
}

/// The refused changes of a document. An answer is remembered for ever only by the version of the program that gave it.
pub(crate) fn refused_of(db: &Connection, document: ReportId) -> rusqlite::Result<BTreeMap<ChangeHash, Remembered>> {
    let mut statement = db.prepare_cached("SELECT hash, reason, version FROM refused WHERE document = ?1")?;
    let read = |row: &Row<'_>| {
        let (reason, version): (String, String) = (row.get("reason")?, row.get("version")?);
        let lasting = Refusal::from_code(&reason).filter(|refusal| refusal.is_lasting() && version == VERSION);
        Ok((hash(row, "hash")?, lasting.map_or(Remembered::Anew, Remembered::Lasting)))
    };
    statement.query_map([document.to_bytes()], read)?.collect()
}

/// A refused change: of which report, by which device, and why. A reason of a newer version bars no less.
pub(crate) fn find_refused(db: &Connection, change: ChangeHash) -> rusqlite::Result<Option<(ReportId, DeviceId, Refusal)>> {
    let mut statement = db.prepare_cached("SELECT document, device, reason FROM refused WHERE hash = ?1")?;
    let read = |row: &Row<'_>| Ok((report_id(row, "document")?, DeviceId(row.get("device")?), row.get::<_, String>("reason")?));
    let found = statement.query_row([change.0], read).optional()?;
    Ok(found.map(|(document, device, reason)| (document, device, Refusal::from_code(&reason).unwrap_or(Refusal::OnRefused))))
}

/// Keeps changes until a supervisor decides. False, and nothing is kept, when the device's room is used up.
pub(crate) fn hold(
    db: &Connection,
    document: ReportId,
    device: DeviceId,
    reason: HeldReason,
    changes: &[Change],
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let mut used = db.prepare_cached("SELECT coalesce(sum(length(bytes)), 0) AS used FROM held WHERE device = ?1 AND discarded IS NULL")?;
    let used = used.query_row([device.0], |row| number(row, "used"))?;
    let more: u64 = changes.iter().map(|change| change.raw_bytes().len() as u64).sum();
    if used.saturating_add(more) > limits::HELD_BYTES_MAX {
        return Ok(false);
    }
    let mut statement = db.prepare_cached(
        "INSERT INTO held (hash, document, device, received_at, reason, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (hash) DO NOTHING",
    )?;
    for change in changes {
        let hash = change.hash().0;
        statement.execute(params![hash, document.to_bytes(), device.0, now.unix_ms(), reason.as_str(), change.raw_bytes()])?;
    }
    Ok(true)
}

/// What was accepted is neither held nor refused any more.
pub(crate) fn release(db: &Connection, changes: impl IntoIterator<Item = ChangeHash>) -> rusqlite::Result<()> {
    let (mut held, mut refused) =
        (db.prepare_cached("DELETE FROM held WHERE hash = ?1")?, db.prepare_cached("DELETE FROM refused WHERE hash = ?1")?);
    for change in changes {
        held.execute([change.0])?;
        refused.execute([change.0])?;
    }
    Ok(())
}

/// Remembers refused changes, each with its own reason: what is made on them is refused too.
pub(crate) fn refuse(
    db: &Connection,
    document: ReportId,
    device: DeviceId,
    changes: impl IntoIterator<Item = (ChangeHash, Refusal)>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(
        "INSERT INTO refused (hash, document, device, refused_at, reason, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (hash) DO UPDATE SET document = excluded.document, device = excluded.device, refused_at = excluded.refused_at,
            reason = excluded.reason, version = excluded.version",
    )?;
    for (change, reason) in changes {
        statement.execute(params![change.0, document.to_bytes(), device.0, now.unix_ms(), reason.code(), VERSION])?;
    }
    db.prepare_cached(
        "DELETE FROM refused WHERE hash IN (SELECT hash FROM refused WHERE device = ?1 ORDER BY refused_at DESC, hash LIMIT -1 OFFSET ?2)",
    )?
    .execute(params![device.0, limits::REFUSED_MAX])?;
    Ok(())
}

/// What waits, one row a document and device.
#[derive(Debug, Clone)]
pub(crate) struct HeldRow {
    pub(crate) document: ReportId,
    pub(crate) device: DeviceId,
    pub(crate) reason: String,
    pub(crate) since: Timestamp,
    pub(crate) changes: u64,
}

pub(crate) fn all_held(db: &Connection) -> rusqlite::Result<Vec<HeldRow>> {
    let mut statement = db.prepare_cached(
        "SELECT document, device, reason, min(received_at) AS since, count(*) AS changes FROM held
         WHERE discarded IS NULL GROUP BY document, device, reason ORDER BY since, document",
    )?;
    let read = |row: &Row<'_>| {
        Ok(HeldRow {
            document: report_id(row, "document")?,
            device: DeviceId(row.get("device")?),
            reason: row.get("reason")?,
            since: time(row, "since")?,
            changes: number(row, "changes")?,
        })
    };
    statement.query_map([], read)?.collect()
}
