//! What devices showed of a past that this centre has not.

use rusqlite::{Connection, Row, params};
use sync_core::{DeviceId, Timestamp, UnitCode};

use super::row::{number, parsed, signed, time};

/// How often a device found that the centre had gone back in a partition.
#[derive(Debug, Clone)]
pub(crate) struct SeenRow {
    pub(crate) device: DeviceId,
    pub(crate) partition: UnitCode,
    pub(crate) times: u64,
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
    pub(crate) shown: u64,
    pub(crate) common: u64,
}

/// Counts it.
pub(crate) fn see(
    db: &Connection,
    device: DeviceId,
    partition: UnitCode,
    (shown, common): (u64, u64),
    now: Timestamp,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO rollback_seen (device, partition, times, first_at, last_at, shown, common) VALUES (?1, ?2, 1, ?3, ?3, ?4, ?5)
         ON CONFLICT (device, partition) DO UPDATE SET times = times + 1, last_at = excluded.last_at, shown = excluded.shown, common = excluded.common",
    )?
    .execute(params![device.0, partition.to_string(), now.unix_ms(), signed(shown), signed(common)])?;
    Ok(())
}

/// All of them, by device and partition.
pub(crate) fn all(db: &Connection) -> rusqlite::Result<Vec<SeenRow>> {
    let mut statement = db.prepare_cached(
        "SELECT device, partition, times, first_at, last_at, shown, common FROM rollback_seen ORDER BY device, partition",
    )?;
    let read = |row: &Row<'_>| {
        Ok(SeenRow {
            device: DeviceId(row.get("device")?),
            partition: parsed(row, "partition")?,
            times: number(row, "times")?,
            first_at: time(row, "first_at")?,
            last_at: time(row, "last_at")?,
            shown: number(row, "shown")?,
            common: number(row, "common")?,
        })
    };
    statement.query_map([], read)?.collect()
}
