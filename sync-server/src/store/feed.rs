//! Feed entries: where each document stands, stood, and when that changed.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::ReportId;
use sync_core::place::Feed;

use super::row::{number, report_id, signed};
use crate::ServerError;

/// A document in a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryRow {
    pub(crate) document: ReportId,
    pub(crate) entered: u64,
    pub(crate) changed: u64,
    /// False when it left at `changed`.
    pub(crate) here: bool,
}

/// The feed's row; none when nothing ever stood in it.
pub(crate) fn find(db: &Connection, feed: &Feed) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT id FROM feed WHERE name = ?1")?.query_row([feed.to_string()], |row| row.get("id")).optional()
}

fn find_or_insert(db: &Connection, feed: &Feed) -> rusqlite::Result<i64> {
    if let Some(id) = find(db, feed)? {
        return Ok(id);
    }
    db.prepare_cached("INSERT INTO feed (partition, name) VALUES (?1, ?2)")?
        .execute(params![feed.partition().to_string(), feed.to_string()])?;
    Ok(db.last_insert_rowid())
}

/// The document stands in the feed from this sequence on.
pub(crate) fn enter(db: &Connection, feed: &Feed, document: ReportId, sequence: u64) -> rusqlite::Result<()> {
    let id = find_or_insert(db, feed)?;
    db.prepare_cached(
        "INSERT INTO feed_entry (partition, feed, document, entered, changed, left_at) VALUES (?1, ?2, ?3, ?4, ?4, NULL)
         ON CONFLICT (partition, feed, document) DO UPDATE SET entered = excluded.entered, changed = excluded.changed, left_at = NULL",
    )?
    .execute(params![feed.partition().to_string(), id, document.to_bytes(), signed(sequence)])?;
    Ok(())
}

/// The document stands there no more.
pub(crate) fn leave(db: &Connection, feed: &Feed, document: ReportId, sequence: u64) -> rusqlite::Result<()> {
    let id = find_or_insert(db, feed)?;
    db.prepare_cached("UPDATE feed_entry SET changed = ?4, left_at = ?4 WHERE partition = ?1 AND feed = ?2 AND document = ?3")?
        .execute(params![feed.partition().to_string(), id, document.to_bytes(), signed(sequence)])?;
    Ok(())
}

/// The document changed, in every feed in which it stands.
pub(crate) fn touch(db: &Connection, document: ReportId, sequence: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE feed_entry SET changed = ?2 WHERE document = ?1 AND left_at IS NULL")?
        .execute(params![document.to_bytes(), signed(sequence)])?;
    Ok(())
}

/// Every feed in which the document ever stood; true where it still does.
pub(crate) fn of_document(db: &Connection, document: ReportId) -> Result<BTreeMap<Feed, bool>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT name, left_at IS NULL AS here FROM feed_entry JOIN feed ON feed.id = feed_entry.feed WHERE document = ?1",
    )?;
    let mut rows = statement.query([document.to_bytes()])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get("name")?;
        let feed = Feed::parse(&name).ok_or_else(|| ServerError::Damaged(format!("feed {name}")))?;
        found.insert(feed, row.get("here")?);
    }
    Ok(found)
}

/// Every feed in which the document stands now.
pub(crate) fn standing(db: &Connection, document: ReportId) -> Result<Vec<(Feed, EntryRow)>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT name, entered, changed FROM feed_entry JOIN feed ON feed.id = feed_entry.feed WHERE document = ?1 AND left_at IS NULL",
    )?;
    let mut rows = statement.query([document.to_bytes()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get("name")?;
        let feed = Feed::parse(&name).ok_or_else(|| ServerError::Damaged(format!("feed {name}")))?;
        found.push((feed, EntryRow { document, entered: number(row, "entered")?, changed: number(row, "changed")?, here: true }));
    }
    Ok(found)
}

/// What changed in the feed after `at`, oldest first, at most `most` documents.
pub(crate) fn news(db: &Connection, feed: &Feed, at: u64, most: usize) -> rusqlite::Result<Vec<EntryRow>> {
    let Some(id) = find(db, feed)? else { return Ok(Vec::new()) };
    let mut statement = db.prepare_cached(
        "SELECT document, entered, changed, left_at IS NULL AS here FROM feed_entry
         WHERE partition = ?1 AND feed = ?2 AND changed > ?3 ORDER BY changed LIMIT ?4",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(EntryRow {
            document: report_id(row, "document")?,
            entered: number(row, "entered")?,
            changed: number(row, "changed")?,
            here: row.get("here")?,
        })
    };
    statement.query_map(params![feed.partition().to_string(), id, signed(at), signed(most as u64)], read)?.collect()
}
