//! Documents and their changes. The raw changes are the truth, the snapshot a cache.

use automerge::{Automerge, Change, ChangeHash};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sync_core::history::History;
use sync_core::place::Place;
use sync_core::{Actor, DeviceId, Nrp, ReportId, Timestamp, UnitCode, change, limits, scratch};

use super::row::{class, hash, hashes, joined, lane, nrp, number, parsed, report_id, signed};
use crate::ServerError;

/// A document without its changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentRow {
    pub(crate) id: ReportId,
    pub(crate) partition: UnitCode,
    pub(crate) place: Place,
    pub(crate) author: Nrp,
    pub(crate) kind: String,
    pub(crate) form: u32,
    pub(crate) heads: Vec<ChangeHash>,
    /// The newest in its partition.
    pub(crate) sequence: u64,
    pub(crate) size: Size,
}

/// What changes come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Size {
    pub(crate) changes: u64,
    pub(crate) wire_bytes: u64,
    pub(crate) operations: u64,
}

impl Size {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            changes: self.changes.saturating_add(other.changes),
            wire_bytes: self.wire_bytes.saturating_add(other.wire_bytes),
            operations: self.operations.saturating_add(other.operations),
        }
    }

    /// Whether a device decodes so much as one item.
    pub(crate) fn fits_an_item(self) -> bool {
        self.changes <= limits::ITEM_CHANGES_MAX as u64
            && self.wire_bytes <= limits::ITEM_BYTES_MAX as u64
            && self.operations <= limits::ITEM_OPERATIONS_MAX as u64
    }
}

/// A change with what it takes on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Sized {
    pub(crate) change: Change,
    pub(crate) size: Size,
}

/// A stored change with its label.
#[derive(Debug, Clone)]
pub(crate) struct Labelled {
    pub(crate) sized: Sized,
    pub(crate) sequence: u64,
}

const COLUMNS: &str =
    "SELECT id, partition, unit, class, lane, author, kind, form, heads, sequence, changes, wire_bytes, operations FROM document";

fn read(row: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    Ok(DocumentRow {
        id: report_id(row, "id")?,
        partition: parsed(row, "partition")?,
        place: Place { unit: parsed(row, "unit")?, class: class(row)?, lane: lane(row)? },
        author: nrp(row, "author")?,
        kind: row.get("kind")?,
        form: row.get("form")?,
        heads: hashes(row, "heads")?,
        sequence: number(row, "sequence")?,
        size: size(row, "changes")?,
    })
}

fn size(row: &Row<'_>, changes: &str) -> rusqlite::Result<Size> {
    Ok(Size { changes: number(row, changes)?, wire_bytes: number(row, "wire_bytes")?, operations: number(row, "operations")? })
}

pub(crate) fn find(db: &Connection, id: ReportId) -> rusqlite::Result<Option<DocumentRow>> {
    db.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?.query_row([id.to_bytes()], read).optional()
}

/// Every document's id, ascending.
pub(crate) fn ids(db: &Connection) -> rusqlite::Result<Vec<ReportId>> {
    db.prepare_cached("SELECT id FROM document ORDER BY id")?.query_map([], |row| report_id(row, "id"))?.collect()
}

/// The documents whose content names the unit or one below it.
pub(crate) fn in_unit(db: &Connection, unit: UnitCode) -> rusqlite::Result<Vec<ReportId>> {
    let mut statement = db.prepare_cached(
        "SELECT id FROM document JOIN unit_closure ON unit_closure.unit = document.unit WHERE unit_closure.ancestor = ?1",
    )?;
    statement.query_map([unit.to_string()], |row| report_id(row, "id"))?.collect()
}

/// A new document, or what changed of one.
pub(crate) fn put(db: &Connection, row: &DocumentRow, snapshot: &[u8], now: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO document (id, partition, unit, class, lane, author, kind, form, heads, snapshot, sequence, changes, wire_bytes, operations, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (id) DO UPDATE SET partition = excluded.partition, unit = excluded.unit, class = excluded.class, lane = excluded.lane,
         heads = excluded.heads, snapshot = excluded.snapshot, sequence = excluded.sequence, changes = excluded.changes,
         wire_bytes = excluded.wire_bytes, operations = excluded.operations",
    )?
    .execute(params![
        row.id.to_bytes(),
        row.partition.to_string(),
        row.place.unit.to_string(),
        row.place.class.as_str(),
        row.place.lane.as_str(),
        row.author.number(),
        row.kind,
        row.form,
        joined(&row.heads),
        snapshot,
        signed(row.sequence),
        signed(row.size.changes),
        signed(row.size.wire_bytes),
        signed(row.size.operations),
        now.unix_ms(),
    ])?;
    Ok(())
}

pub(crate) fn snapshot(db: &Connection, id: ReportId) -> rusqlite::Result<Vec<u8>> {
    db.prepare_cached("SELECT snapshot FROM document WHERE id = ?1")?.query_row([id.to_bytes()], |row| row.get("snapshot"))
}

/// Writes a rebuilt cache.
pub(crate) fn put_snapshot(db: &Connection, id: ReportId, snapshot: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE document SET snapshot = ?2 WHERE id = ?1")?.execute(params![id.to_bytes(), snapshot])?;
    Ok(())
}

/// Adds accepted changes after the `position`s that are there.
pub(crate) fn add_changes(
    db: &Connection,
    row: &DocumentRow,
    sequence: u64,
    from: u64,
    changes: &[Sized],
    now: Timestamp,
) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(
        "INSERT INTO change (document, position, hash, partition, sequence, device, received_at, wire_bytes, operations, bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for (position, sized) in (from..).zip(changes) {
        let device = Actor::from_automerge(sized.change.actor_id()).map_or(DeviceId([0; 8]), Actor::device);
        statement.execute(params![
            row.id.to_bytes(),
            signed(position),
            sized.change.hash().0,
            row.partition.to_string(),
            signed(sequence),
            device.0,
            now.unix_ms(),
            signed(sized.size.wire_bytes),
            signed(sized.size.operations),
            sized.change.raw_bytes(),
        ])?;
    }
    Ok(())
}

/// The document moved to another partition: all of it is new there.
pub(crate) fn relabel(db: &Connection, id: ReportId, partition: UnitCode, sequence: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE change SET partition = ?2, sequence = ?3 WHERE document = ?1")?.execute(params![
        id.to_bytes(),
        partition.to_string(),
        signed(sequence)
    ])?;
    Ok(())
}

/// The changes with a sequence above `after`, dependencies first. A change that is not what its hash says is damage.
pub(crate) fn changes_after(db: &Connection, id: ReportId, after: u64) -> Result<Vec<Labelled>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT hash, sequence, wire_bytes, operations, bytes, 1 AS one FROM change WHERE document = ?1 AND sequence > ?2 ORDER BY position",
    )?;
    let mut rows = statement.query(params![id.to_bytes(), signed(after)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref("bytes")?.as_blob().map_err(rusqlite::Error::from)?;
        let change =
            change::from_store(bytes, hash(row, "hash")?).map_err(|error| ServerError::Damaged(format!("laporan/report {id}: {error}")))?;
        found.push(Labelled { sized: Sized { change, size: size(row, "one")? }, sequence: number(row, "sequence")? });
    }
    Ok(found)
}

/// None for what a disk damaged, which the log tells the operator: one report stops no exchange.
pub(crate) fn unless_damaged<T>(read: Result<T, ServerError>) -> Result<Option<T>, ServerError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error @ ServerError::Damaged(_)) => {
            tracing::error!(code = error.code(), %error, "left out until a backup is restored");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A stored change: of which report, by which device, and its label.
pub(crate) fn find_change(db: &Connection, change: ChangeHash) -> rusqlite::Result<Option<(ReportId, DeviceId, UnitCode, u64)>> {
    let mut statement = db.prepare_cached("SELECT document, device, partition, sequence FROM change WHERE hash = ?1")?;
    let read = |row: &Row<'_>| {
        Ok((report_id(row, "document")?, DeviceId(row.get("device")?), parsed(row, "partition")?, number(row, "sequence")?))
    };
    statement.query_row([change.0], read).optional()
}

/// The newest sequence of those changes; none when none of them is stored.
pub(crate) fn newest_label(db: &Connection, id: ReportId, changes: &[ChangeHash]) -> rusqlite::Result<Option<u64>> {
    let mut statement = db.prepare_cached("SELECT sequence FROM change WHERE hash = ?1 AND document = ?2")?;
    let mut newest = None;
    for hash in changes {
        newest = newest.max(statement.query_row(params![hash.0, id.to_bytes()], |row| number(row, "sequence")).optional()?);
    }
    Ok(newest)
}

/// A document as it is now, with its graph: from the snapshot when it loads and has the heads that it should, else from the changes.
pub(crate) fn load(db: &Connection, row: &DocumentRow) -> Result<(Automerge, History), ServerError> {
    let changes: Vec<Change> = changes_after(db, row.id, 0)?.into_iter().map(|labelled| labelled.sized.change).collect();
    let history = History::of(&changes);
    let document = match scratch::from_snapshot(&snapshot(db, row.id)?, &row.heads) {
        Some(document) => document,
        None => {
            tracing::warn!(document = %row.id, "the snapshot does not load: rebuilt from the changes");
            scratch::from_changes(&changes).map_err(|error| ServerError::Damaged(format!("laporan/report {}: {error}", row.id)))?
        }
    };
    Ok((document, history))
}

/// All change hashes of a document, dependencies first.
pub(crate) fn hashes_in_order(db: &Connection, id: ReportId) -> rusqlite::Result<Vec<ChangeHash>> {
    let mut statement = db.prepare_cached("SELECT hash FROM change WHERE document = ?1 ORDER BY position")?;
    statement.query_map([id.to_bytes()], |row| hash(row, "hash"))?.collect()
}
