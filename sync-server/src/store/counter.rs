//! The last counter of each life of a device's store.

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::Timestamp;
use sync_core::exchange::RequestHead;

use super::row::{number, signed};
use crate::limits;

/// True for a request whose counter was used before by another one: nothing of it may be processed. An equal counter with the same
/// request is processed again (DUP_PROCESS).
pub(crate) fn is_behind(db: &Connection, head: &RequestHead, request: &[u8; 32]) -> rusqlite::Result<bool> {
    let mut statement = db.prepare_cached("SELECT counter, request_hash FROM incarnation WHERE device = ?1 AND incarnation = ?2")?;
    let last = statement
        .query_row(params![head.device.0, head.incarnation.0], |row| Ok((number(row, "counter")?, row.get::<_, [u8; 32]>("request_hash")?)))
        .optional()?;
    let counter = signed(head.counter).cast_unsigned();
    Ok(last.is_some_and(|(last, hash)| counter < last || (counter == last && hash != *request)))
}

/// Remembers the request. Of too many lives of one store the longest unused are forgotten: what comes twice is stored once anyway.
pub(crate) fn put(db: &Connection, head: &RequestHead, request: &[u8; 32], now: Timestamp) -> rusqlite::Result<()> {
    let new = db
        .prepare_cached(
            "INSERT INTO incarnation (device, incarnation, counter, request_hash, used_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (device, incarnation) DO UPDATE SET counter = excluded.counter, request_hash = excluded.request_hash, used_at = excluded.used_at",
        )?
        .execute(params![head.device.0, head.incarnation.0, signed(head.counter), request, now.unix_ms()])?;
    debug_assert_eq!(new, 1);
    db.prepare_cached(
        "DELETE FROM incarnation WHERE device = ?1 AND incarnation IN
         (SELECT incarnation FROM incarnation WHERE device = ?1 ORDER BY used_at DESC, incarnation LIMIT -1 OFFSET ?2)",
    )?
    .execute(params![head.device.0, limits::INCARNATIONS_MAX])?;
    Ok(())
}
