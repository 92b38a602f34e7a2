//! What comes down: how far each device is in the broadcast feeds, and which reports name a message.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::exchange::Cursor;
use sync_core::form::Role;
use sync_core::place::Feed;
use sync_core::{DeviceId, Nrp, ReportId, Timestamp, UnitCode};

use super::feed;
use super::row::{nrp, number, report_id, role, signed};

/// Keeps the cursors that a request shows in the broadcast feeds that are open to it: these and no others, so that a device whose store went
/// back, or whose grant ended, does not count as reached by what it has not any more. Feeds in which nothing ever stood are passed over.
pub(crate) fn show(db: &Connection, device: DeviceId, open: &BTreeSet<Feed>, cursors: &BTreeMap<Feed, Cursor>) -> rusqlite::Result<()> {
    let mut stored = stored(db, device)?;
    for (name, cursor) in cursors.iter().filter(|(name, _)| name.is_broadcast() && open.contains(name)) {
        let Some(id) = feed::find(db, name)? else { continue };
        if stored.remove(&id) != Some(*cursor) {
            db.prepare_cached("INSERT OR REPLACE INTO broadcast_cursor (device, feed, base, at) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![device.0, id, signed(cursor.base), signed(cursor.at)])?;
        }
    }
    for id in stored.into_keys() {
        db.prepare_cached("DELETE FROM broadcast_cursor WHERE device = ?1 AND feed = ?2")?.execute(params![device.0, id])?;
    }
    Ok(())
}

fn stored(db: &Connection, device: DeviceId) -> rusqlite::Result<BTreeMap<i64, Cursor>> {
    let mut statement = db.prepare_cached("SELECT feed, base, at FROM broadcast_cursor WHERE device = ?1")?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get("feed")?, Cursor { base: number(row, "base")?, at: number(row, "at")? }));
    statement.query_map([device.0], read)?.collect()
}

/// An officer to whom a message is addressed.
#[derive(Debug, Clone)]
pub(crate) struct Addressee {
    pub(crate) officer: Nrp,
    pub(crate) name: String,
    pub(crate) role: Role,
    /// RECEIVED_SHOWN.
    pub(crate) received: bool,
    /// Of any device of his that is not revoked.
    pub(crate) last_contact: Option<Timestamp>,
}

/// Every officer but the author who has a grant now in the unit or below it.
pub(crate) fn addressees(db: &Connection, message: ReportId, unit: UnitCode, author: Nrp) -> rusqlite::Result<Vec<Addressee>> {
    let Some((feed, entered, changed)) = entry(db, message, unit)? else { return Ok(Vec::new()) };
    let mut statement = db.prepare_cached(
        "WITH below AS (SELECT DISTINCT nrp FROM grant_decision JOIN unit_closure ON unit_closure.unit = grant_decision.unit
             WHERE given = 1 AND ancestor = ?1 AND nrp <> ?2)
         SELECT officer.nrp, officer.name, officer.role, MAX(device.last_contact) AS last_contact, MAX(shown.base) AS base, MAX(shown.at) AS at
         FROM below JOIN officer ON officer.nrp = below.nrp
         LEFT JOIN device ON device.nrp = officer.nrp AND device.revoked_at IS NULL
         LEFT JOIN broadcast_cursor AS shown ON shown.device = device.id AND shown.feed = ?3
         GROUP BY officer.nrp ORDER BY officer.nrp",
    )?;
    let rows = statement.query_map(params![unit.to_string(), author.number(), feed], |row| {
        let shown = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(i64::cast_unsigned).unwrap_or_default());
        Ok(Addressee {
            officer: nrp(row, "nrp")?,
            name: row.get("name")?,
            role: role(row)?,
            received: is_received(entered, changed, Cursor { base: shown("base")?, at: shown("at")? }),
            last_contact: row.get::<_, Option<i64>>("last_contact")?.map(Timestamp::from_unix_ms),
        })
    })?;
    rows.collect()
}

/// RECEIVED_SHOWN: a device has what a later request shows as past: everything up to `base`, and up to `at` what has not changed since. A reply
/// that was lost moves no cursor. (`at` alone would be too much: a document that changed later is not among the pages up to there.)
fn is_received(entered: u64, changed: u64, shown: Cursor) -> bool {
    shown.base >= entered || shown.at >= changed
}

/// The broadcast feed's row, and since when the message stands there and is as it is.
fn entry(db: &Connection, message: ReportId, unit: UnitCode) -> rusqlite::Result<Option<(i64, u64, u64)>> {
    let mut statement = db.prepare_cached(
        "SELECT feed.id, entered, changed FROM feed_entry JOIN feed ON feed.id = feed_entry.feed WHERE document = ?1 AND name = ?2",
    )?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get("id")?, number(row, "entered")?, number(row, "changed")?));
    statement.query_row(params![message.to_bytes(), Feed::Broadcast(unit).to_string()], read).optional()
}

/// The reports that name the message, by author; withdrawn ones do not count.
pub(crate) fn conveyed(db: &Connection, message: ReportId) -> rusqlite::Result<BTreeMap<Nrp, Vec<ReportId>>> {
    let mut statement = db.prepare_cached(
        "SELECT author, document FROM report WHERE CASE WHEN json_valid(fields) THEN lower(json_extract(fields, '$.pesan')) END = ?1
         AND status <> 'withdrawn' ORDER BY received_at, document",
    )?;
    let mut rows = statement.query([message.to_string()])?;
    let mut found: BTreeMap<Nrp, Vec<ReportId>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        found.entry(nrp(row, "author")?).or_default().push(report_id(row, "document")?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_while_a_device_was_between_two_pages_is_not_received() {
        let at = |base, at| Cursor { base, at };
        // It entered at 5 and was withdrawn at 20, before the device had it.
        assert!(!is_received(5, 20, at(0, 10)), "the pages up to 10 did not list it");
        assert!(is_received(5, 20, at(0, 20)) && is_received(5, 20, at(10, 10)));
        // It has not changed since it entered.
        assert!(is_received(5, 5, at(0, 5)) && !is_received(5, 5, at(4, 4)));
    }
}
