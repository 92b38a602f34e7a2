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

/// Remembers the request, and what this life says it has not delivered; gives the lives that are in use. Of too many lives of one store the longest
/// unused are forgotten: what comes twice is stored once anyway.
pub(crate) fn put(db: &Connection, head: &RequestHead, request: &[u8; 32], unsent: u64, now: Timestamp) -> rusqlite::Result<Lives> {
    // What comes a second time, late, is no sign that this life is still in use.
    let new = db
        .prepare_cached(
            "INSERT INTO incarnation (device, incarnation, counter, request_hash, used_at, unsent, born, used)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, turn, turn FROM (SELECT coalesce(max(used), 0) + 1 AS turn FROM incarnation WHERE device = ?1) WHERE true
             ON CONFLICT (device, incarnation) DO UPDATE SET request_hash = excluded.request_hash, used_at = excluded.used_at,
                unsent = excluded.unsent, used = iif(excluded.counter > counter, excluded.used, used), counter = excluded.counter",
        )?
        .execute(params![head.device.0, head.incarnation.0, signed(head.counter), request, now.unix_ms(), signed(unsent)])?;
    debug_assert_eq!(new, 1);
    db.prepare_cached(
        "DELETE FROM incarnation WHERE device = ?1 AND incarnation IN
         (SELECT incarnation FROM incarnation WHERE device = ?1 ORDER BY used_at DESC, incarnation LIMIT -1 OFFSET ?2)",
    )?
    .execute(params![head.device.0, limits::INCARNATIONS_MAX])?;
    lives(db, head, now)
}

/// A store's lives that are in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lives {
    /// How many: more than one is more than one phone with one store.
    pub(crate) count: u64,
    /// Reports that they have not delivered, together.
    pub(crate) unsent: u64,
}

/// The life that was born last, and each that was used since then, as long as it called within the last month. A life of one request proves nothing:
/// each request of a bundle has one of its own.
fn lives(db: &Connection, head: &RequestHead, now: Timestamp) -> rusqlite::Result<Lives> {
    let mut statement = db.prepare_cached(
        "WITH life AS (SELECT born, used, unsent FROM incarnation WHERE device = ?1 AND (incarnation = ?2 OR (counter > 1 AND used_at > ?3)))
         SELECT count(*) AS lives, coalesce(sum(unsent), 0) AS unsent FROM life WHERE used >= (SELECT max(born) FROM life)",
    )?;
    let since = now.unix_ms().saturating_sub(limits::LIFE_SILENT_MS);
    statement.query_row(params![head.device.0, head.incarnation.0, since], |row| {
        Ok(Lives { count: number(row, "lives")?, unsent: number(row, "unsent")? })
    })
}
