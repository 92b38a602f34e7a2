//! The sums of feeds: kept beside the feeds, changed in the transaction that changes what a document shows or where it stands.

use std::collections::BTreeMap;

use automerge::ChangeHash;
use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::ReportId;
use sync_core::fingerprint::{FeedSum, element};
use sync_core::place::Feed;
use sync_core::reconcile::Standings;

use super::document;
use super::row::{number, report_id, signed};
use crate::ServerError;

/// After a document's heads or feeds have changed: it counts where it stands, with the heads that it has.
pub(crate) fn note(db: &Connection, report: ReportId, heads: &[ChangeHash]) -> rusqlite::Result<()> {
    for Counted { feed, before, after } in differing(db, report, heads)? {
        db.prepare_cached("UPDATE feed_entry SET element = ?3 WHERE feed = ?1 AND document = ?2 AND partition = (SELECT partition FROM feed WHERE id = ?1)")?
            .execute(params![feed, report.to_bytes(), after.map(u64::cast_signed)])?;
        let sum = db.prepare_cached("SELECT documents, sum FROM feed WHERE id = ?1")?.query_row([feed], sum_of)?;
        put(db, feed, sum.with(before, after))?;
    }
    Ok(())
}

/// True when a document counts as it should in each of its feeds.
pub(crate) fn holds(db: &Connection, report: ReportId, heads: &[ChangeHash]) -> rusqlite::Result<bool> {
    Ok(differing(db, report, heads)?.is_empty())
}

/// What a document counts for in a feed, and what it should.
struct Counted {
    feed: i64,
    before: Option<u64>,
    after: Option<u64>,
}

/// The feeds in which a document counts otherwise than it should.
fn differing(db: &Connection, report: ReportId, heads: &[ChangeHash]) -> rusqlite::Result<Vec<Counted>> {
    let full = element(report, heads);
    let mut statement = db.prepare_cached("SELECT feed, element, left_at IS NULL AS here FROM feed_entry WHERE document = ?1")?;
    let rows = statement.query_map([report.to_bytes()], |row| {
        let before: Option<i64> = row.get("element")?;
        let after = if row.get("here")? { full } else { None };
        Ok(Counted { feed: row.get("feed")?, before: before.map(i64::cast_unsigned), after })
    })?;
    let rows: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(rows.into_iter().filter(|one| one.before != one.after).collect())
}

fn put(db: &Connection, feed: i64, sum: FeedSum) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE feed SET documents = ?2, sum = ?3 WHERE id = ?1")?.execute(params![
        feed,
        signed(sum.documents),
        sum.sum.cast_signed()
    ])?;
    Ok(())
}

fn sum_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<FeedSum> {
    Ok(FeedSum { documents: number(row, "documents")?, sum: row.get::<_, i64>("sum")?.cast_unsigned() })
}

/// What a feed shows.
pub(crate) fn of_feed(db: &Connection, feed: &Feed) -> rusqlite::Result<FeedSum> {
    let mut statement = db.prepare_cached("SELECT documents, sum FROM feed WHERE name = ?1")?;
    Ok(statement.query_row([feed.to_string()], sum_of).optional()?.unwrap_or_default())
}

/// What stands in some feeds, document by document.
pub(crate) fn standings<'a>(db: &Connection, feeds: impl IntoIterator<Item = &'a Feed>) -> rusqlite::Result<Standings> {
    let mut statement = db.prepare_cached(
        "SELECT document, element FROM feed_entry WHERE partition = ?1 AND feed = (SELECT id FROM feed WHERE name = ?2) AND element IS NOT NULL",
    )?;
    let mut standings = Standings::new();
    for feed in feeds {
        let mut rows = statement.query(params![feed.partition().to_string(), feed.to_string()])?;
        while let Some(row) = rows.next()? {
            let element: i64 = row.get("element")?;
            standings.entry(report_id(row, "document")?).or_default().insert(*feed, element.cast_unsigned());
        }
    }
    Ok(standings)
}

/// The feeds whose sum is not that of their entries, with what it should be.
pub(crate) fn wrong_sums(db: &Connection) -> rusqlite::Result<Vec<(i64, String, FeedSum)>> {
    let mut sums: BTreeMap<i64, FeedSum> = BTreeMap::new();
    let mut statement = db.prepare("SELECT feed, element FROM feed_entry WHERE element IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (feed, element): (i64, i64) = (row.get("feed")?, row.get("element")?);
        let sum = sums.entry(feed).or_default();
        *sum = sum.with(None, Some(element.cast_unsigned()));
    }
    let mut statement = db.prepare("SELECT id, name, documents, sum FROM feed ORDER BY id")?;
    let kept = statement.query_map([], |row| Ok((row.get("id")?, row.get("name")?, sum_of(row)?)))?;
    let kept: Vec<(i64, String, FeedSum)> = kept.collect::<rusqlite::Result<_>>()?;
    let right = |id: &i64| sums.get(id).copied().unwrap_or_default();
    Ok(kept.into_iter().filter(|(id, _, sum)| *sum != right(id)).map(|(id, name, _)| (id, name, right(&id))).collect())
}

/// Makes the sums anew from the entries.
pub(crate) fn mend_sums(db: &Connection) -> rusqlite::Result<()> {
    wrong_sums(db)?.into_iter().try_for_each(|(id, _, sum)| put(db, id, sum))
}

/// For the migration: everything counts.
pub(crate) fn fill(db: &Connection) -> Result<(), ServerError> {
    for id in document::ids(db)? {
        if let Some(row) = document::find(db, id)? {
            note(db, id, &row.heads)?;
        }
    }
    Ok(())
}
