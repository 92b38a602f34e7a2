//! How far the journal was taken in, where it is, and what a recovery still waits for.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, params};
use sync_core::{DeviceId, Timestamp};

use super::copy::begins_like_ours;
use super::row::{number, signed, time};
use crate::journal::End;

/// The journal's place, empty for the one beside the database; and its end as it was taken in, none before the first.
pub(crate) fn read(db: &Connection) -> rusqlite::Result<(String, Option<End>)> {
    db.prepare_cached("SELECT place, sequence, hash FROM journal")?.query_row([], |row| {
        let sequence = number(row, "sequence")?;
        let end = if sequence == 0 { None } else { Some(End { sequence, hash: row.get("hash")? }) };
        Ok((row.get("place")?, end))
    })
}

/// The journal's place as the database in a file knows it; none where there is no database, or one that cannot be read.
pub(crate) fn place_in(database: &Path) -> Option<String> {
    if !begins_like_ours(database).ok()? {
        return None;
    }
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX).ok()?;
    read(&db).ok().map(|(place, _)| place)
}

pub(crate) fn put_place(db: &Connection, place: &str) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE journal SET place = ?1")?.execute([place])?;
    Ok(())
}

pub(crate) fn put_end(db: &Connection, end: End) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE journal SET sequence = ?1, hash = ?2")?.execute(params![signed(end.sequence), end.hash])?;
    Ok(())
}

/// The line with which the recovery began; 0 outside one.
pub(crate) fn recovery(db: &Connection) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT recovery FROM journal")?.query_row([], |row| number(row, "recovery"))
}

pub(crate) fn put_recovery(db: &Connection, line: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE journal SET recovery = ?1")?.execute([signed(line)])?;
    Ok(())
}

/// From this line on the device is vouched for.
pub(crate) fn confirm(db: &Connection, device: DeviceId, line: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE device SET confirmed = max(confirmed, ?2) WHERE id = ?1")?.execute(params![device.0, signed(line)])?;
    Ok(())
}

/// By device, the line that vouches for it; -1 for one that only showed its record.
pub(crate) fn confirmed(db: &Connection) -> rusqlite::Result<BTreeMap<DeviceId, i64>> {
    let read = |row: &Row<'_>| Ok((DeviceId(row.get("id")?), row.get::<_, i64>("confirmed")?));
    db.prepare_cached("SELECT id, confirmed FROM device")?.query_map([], read)?.collect()
}

/// The line that vouches for a device; none where it only showed its record.
pub(crate) fn put_confirmed(db: &Connection, device: DeviceId, line: Option<u64>) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE device SET confirmed = ?2 WHERE id = ?1 AND confirmed <> ?2")?
        .execute(params![device.0, line.map_or(-1, signed)])?;
    Ok(())
}

/// When an operator last vouched for all, and for what was signed until then.
pub(crate) fn vouched_until(db: &Connection) -> rusqlite::Result<Timestamp> {
    db.prepare_cached("SELECT vouched_until FROM journal")?.query_row([], |row| time(row, "vouched_until"))
}

/// The recovery ends, also for devices that only showed their records.
pub(crate) fn confirm_all(db: &Connection, line: u64, at: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE journal SET recovery = 0, vouched_until = ?1")?.execute([at.unix_ms()])?;
    db.prepare_cached("UPDATE device SET confirmed = ?1 WHERE confirmed < 0")?.execute([signed(line)])?;
    Ok(())
}

pub(crate) fn put_vouched_until(db: &Connection, at: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE journal SET vouched_until = ?1")?.execute([at.unix_ms()])?;
    Ok(())
}

/// A device that only showed its record: nobody vouches for it, also outside a recovery.
pub(crate) fn doubt(db: &Connection, device: DeviceId) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE device SET confirmed = -1 WHERE id = ?1 AND confirmed = 0")?.execute([device.0])?;
    Ok(())
}

/// True outside a recovery, and for a device that was enrolled or confirmed since it began; never for one that only showed its record.
pub(crate) fn vouches(db: &Connection, device: DeviceId) -> rusqlite::Result<bool> {
    let mut statement =
        db.prepare_cached("SELECT confirmed >= 0 AND (recovery = 0 OR confirmed > recovery) FROM journal JOIN device ON device.id = ?1")?;
    Ok(statement.query_row([device.0], |row| row.get(0)).optional()?.unwrap_or(false))
}

/// The devices, not revoked, that nobody vouches for.
pub(crate) fn unconfirmed(db: &Connection) -> rusqlite::Result<Vec<DeviceId>> {
    let sql = "SELECT id FROM device, journal WHERE revoked_at IS NULL AND (confirmed < 0 OR (recovery > 0 AND confirmed <= recovery))
        ORDER BY nrp, enrolled_at";
    db.prepare_cached(sql)?.query_map([], |row| Ok(DeviceId(row.get("id")?)))?.collect()
}

/// When the centre was made.
pub(crate) fn centre_made_at(db: &Connection) -> rusqlite::Result<Timestamp> {
    db.prepare_cached("SELECT created_at FROM centre")?.query_row([], |row| time(row, "created_at"))
}
