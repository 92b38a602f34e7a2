//! Refused bytes as they came, within a quota for each device. Nothing here ever gives them to Automerge.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sync_core::{DeviceId, Refusal, Timestamp};

use super::row::{number, signed, time};
use crate::limits;

/// Whether refused bytes found room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// They are here, now or since an earlier push.
    Kept,
    /// The device's room is used up: it has the only copy, and is told so.
    Full,
}

/// Keeps refused bytes, each once. When the device's room is used up the oldest stay, and what was turned away is counted.
pub(crate) fn keep(db: &Connection, device: DeviceId, reason: Refusal, bytes: &[u8], now: Timestamp) -> rusqlite::Result<Room> {
    if room(db, device, bytes)? == Room::Full {
        db.prepare_cached(
            "UPDATE device SET quarantine_dropped = quarantine_dropped + 1, quarantine_dropped_bytes = quarantine_dropped_bytes + ?2 WHERE id = ?1",
        )?
        .execute(params![device.0, signed(bytes.len() as u64)])?;
        return Ok(Room::Full);
    }
    let sql = "INSERT INTO quarantine (device, digest, received_at, reason, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (device, digest) DO NOTHING";
    db.prepare_cached(sql)?.execute(params![device.0, digest(bytes), now.unix_ms(), reason.code(), bytes])?;
    Ok(Room::Kept)
}

/// Whether [`keep`] would keep these bytes.
pub(crate) fn room(db: &Connection, device: DeviceId, bytes: &[u8]) -> rusqlite::Result<Room> {
    let mut here = db.prepare_cached("SELECT 1 FROM quarantine WHERE device = ?1 AND digest = ?2")?;
    if here.exists(params![device.0, digest(bytes)])? {
        return Ok(Room::Kept);
    }
    let usage = usage(db, device)?;
    let fits = usage.items < limits::QUARANTINE_ITEMS_MAX && usage.bytes.saturating_add(bytes.len() as u64) <= limits::QUARANTINE_BYTES_MAX;
    Ok(if fits { Room::Kept } else { Room::Full })
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    blake3::hash(bytes).into()
}

/// How much of a device is kept, and how much was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    pub(crate) items: u64,
    pub(crate) bytes: u64,
    pub(crate) dropped: u64,
    pub(crate) dropped_bytes: u64,
}

pub(crate) fn usage(db: &Connection, device: DeviceId) -> rusqlite::Result<Usage> {
    let mut statement = db.prepare_cached(
        "SELECT (SELECT count(*) FROM quarantine WHERE device = ?1) AS items,
            (SELECT coalesce(sum(length(bytes)), 0) FROM quarantine WHERE device = ?1) AS bytes,
            quarantine_dropped AS dropped, quarantine_dropped_bytes AS dropped_bytes FROM device WHERE id = ?1",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Usage {
            items: number(row, "items")?,
            bytes: number(row, "bytes")?,
            dropped: number(row, "dropped")?,
            dropped_bytes: number(row, "dropped_bytes")?,
        })
    };
    Ok(statement.query_row([device.0], read).optional()?.unwrap_or_default())
}

/// A kept item without its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) id: u64,
    pub(crate) device: DeviceId,
    pub(crate) received_at: Timestamp,
    /// Code of the refusal.
    pub(crate) reason: String,
    pub(crate) size: u64,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        id: number(row, "id")?,
        device: DeviceId(row.get("device")?),
        received_at: time(row, "received_at")?,
        reason: row.get("reason")?,
        size: number(row, "size")?,
    })
}

/// What is kept, of one device or of all, newest first.
pub(crate) fn list(db: &Connection, device: Option<DeviceId>) -> rusqlite::Result<Vec<Kept>> {
    let sql = "SELECT id, device, received_at, reason, length(bytes) AS size FROM quarantine
        WHERE ?1 IS NULL OR device = ?1 ORDER BY received_at DESC, id DESC";
    db.prepare_cached(sql)?.query_map([device.map(|device| device.0)], read)?.collect()
}

/// One of them, with its bytes.
pub(crate) fn find(db: &Connection, id: u64) -> rusqlite::Result<Option<(Kept, Vec<u8>)>> {
    let sql = "SELECT id, device, received_at, reason, length(bytes) AS size, bytes FROM quarantine WHERE id = ?1";
    db.prepare_cached(sql)?.query_row([signed(id)], |row| Ok((read(row)?, row.get("bytes")?))).optional()
}
