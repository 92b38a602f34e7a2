//! One-time enrolment codes: only a keyed hash of the secret is stored.

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::{DeviceId, Nrp, Timestamp};

use super::row::{nrp, time};

/// A code as it is stored.
#[derive(Debug)]
pub(crate) struct CodeRow {
    pub(crate) secret_hash: [u8; 32],
    pub(crate) officer: Nrp,
    pub(crate) expires_at: Timestamp,
    pub(crate) tries: u32,
    pub(crate) used_by: Option<DeviceId>,
}

/// False when the selector is taken.
pub(crate) fn insert(
    db: &Connection,
    selector: u32,
    secret_hash: [u8; 32],
    officer: Nrp,
    now: Timestamp,
    expires: Timestamp,
) -> rusqlite::Result<bool> {
    let mut statement = db.prepare_cached(
        "INSERT INTO enrolment_code (selector, secret_hash, nrp, made_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (selector) DO NOTHING",
    )?;
    Ok(statement.execute(params![selector, secret_hash, officer.number(), now.unix_ms(), expires.unix_ms()])? == 1)
}

pub(crate) fn find(db: &Connection, selector: u32) -> rusqlite::Result<Option<CodeRow>> {
    let mut statement = db.prepare_cached("SELECT secret_hash, nrp, expires_at, tries, used_by FROM enrolment_code WHERE selector = ?1")?;
    let read = |row: &rusqlite::Row<'_>| {
        let used_by: Option<[u8; 8]> = row.get("used_by")?;
        Ok(CodeRow {
            secret_hash: row.get("secret_hash")?,
            officer: nrp(row, "nrp")?,
            expires_at: time(row, "expires_at")?,
            tries: row.get("tries")?,
            used_by: used_by.map(DeviceId),
        })
    };
    statement.query_row([selector], read).optional()
}

pub(crate) fn count_try(db: &Connection, selector: u32) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE enrolment_code SET tries = tries + 1 WHERE selector = ?1")?.execute([selector])?;
    Ok(())
}

/// The code that made a device; none where it is not known.
pub(crate) fn of_device(db: &Connection, device: DeviceId) -> rusqlite::Result<Option<u32>> {
    let mut statement = db.prepare_cached("SELECT selector FROM enrolment_code WHERE used_by = ?1")?;
    statement.query_row([device.0], |row| row.get("selector")).optional()
}

pub(crate) fn consume(db: &Connection, selector: u32, device: DeviceId) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE enrolment_code SET used_by = ?2 WHERE selector = ?1")?.execute(params![selector, device.0])?;
    Ok(())
}
