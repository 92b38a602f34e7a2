//! Marks of the centre's history, and going back: what the centre lost is pending again.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use sync_core::marks::{Mark, ShownMarks, mark_spread};
use sync_core::place::Feed;
use sync_core::{UnitCode, limits};

use crate::Error;
use crate::identity::damaged;

/// What a request shows (MARK_SHOWN): of every partition, also where no grant is left. A mark that was kept back now and shown after the centre had
/// gone on would give a point that is not common.
pub(crate) fn shown(db: &Connection) -> Result<BTreeMap<UnitCode, ShownMarks>, Error> {
    let mut query = db.prepare_cached("SELECT DISTINCT partition FROM mark")?;
    let partitions: Vec<String> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let older_max = limits::OLDER_MARKS_SHOWN / partitions.len().max(1);
    let mut shown = BTreeMap::new();
    for name in partitions {
        let partition = name.parse().map_err(|_| damaged("mark"))?;
        shown.extend(ShownMarks::mark_shown(&of(db, partition)?, older_max).map(|marks| (partition, marks)));
    }
    Ok(shown)
}

/// The marks of a partition, newest first.
fn of(db: &Connection, partition: UnitCode) -> Result<Vec<Mark>, Error> {
    let mut query = db.prepare_cached("SELECT sequence, tag FROM mark WHERE partition = ?1 ORDER BY sequence DESC")?;
    let rows =
        query.query_map([partition.to_string()], |row| Ok(Mark { sequence: row.get::<_, i64>(0)?.cast_unsigned(), tag: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// MARK_WITH_LABELS: called in the transaction that stores the receipts and pages of the same reply. So the newest mark is never older than any
/// label or cursor: if that one mark fits the centre's history, all of them do.
pub(crate) fn mark_with_labels(db: &Connection, marks: &BTreeMap<UnitCode, Mark>) -> Result<(), Error> {
    for (partition, newest) in marks {
        let before = of(db, *partition)?;
        let mut after = before.clone();
        mark_spread(&mut after, *newest);
        for gone in before.iter().filter(|mark| !after.contains(mark)) {
            db.prepare_cached("DELETE FROM mark WHERE partition = ?1 AND sequence = ?2")?
                .execute(params![partition.to_string(), gone.sequence.cast_signed()])?;
        }
        db.prepare_cached("INSERT OR REPLACE INTO mark (partition, sequence, tag) VALUES (?1, ?2, ?3)")?.execute(params![
            partition.to_string(),
            newest.sequence.cast_signed(),
            newest.tag
        ])?;
    }
    Ok(())
}

/// The centre went back to a common point: marks and cursors go back with it, and the labels above it are void. Gives how many. Requests that were made
/// together showed the same marks: what the first reply has done, `gone_back`, is not done again, or it would void what that reply itself labelled.
pub(crate) fn go_back(db: &Connection, common: &BTreeMap<UnitCode, u64>, gone_back: &mut BTreeMap<UnitCode, u64>) -> Result<u64, Error> {
    let mut voided = 0;
    for (partition, point) in common {
        if gone_back.insert(*partition, *point) == Some(*point) {
            continue;
        }
        db.prepare_cached("DELETE FROM mark WHERE partition = ?1 AND sequence > ?2")?
            .execute(params![partition.to_string(), point.cast_signed()])?;
        cursors_back(db, *partition, *point)?;
        voided += void_labels(db, *partition, *point)?;
    }
    Ok(voided)
}

fn cursors_back(db: &Connection, partition: UnitCode, point: u64) -> Result<(), Error> {
    let mut query = db.prepare_cached("SELECT feed FROM cursor WHERE base > ?1 OR at > ?1")?;
    let feeds: Vec<String> = query.query_map([point.cast_signed()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in feeds.iter().filter(|name| Feed::parse(name).is_some_and(|feed| feed.partition() == partition)) {
        db.prepare_cached("UPDATE cursor SET base = MIN(base, ?2), at = MIN(at, ?2) WHERE feed = ?1")?
            .execute(params![name, point.cast_signed()])?;
    }
    Ok(())
}

/// VOID_LABELS: what the centre has lost is pending again, whoever wrote it: pushing only one's own would leave the others' lost. What a report says
/// does not change by it.
fn void_labels(db: &Connection, partition: UnitCode, point: u64) -> Result<u64, Error> {
    let mut update = db.prepare_cached(
        "UPDATE change SET shared_partition = NULL, shared_sequence = NULL, voided = 1
         WHERE shared_partition = ?1 AND shared_sequence > ?2 AND shared_sequence IS NOT NULL",
    )?;
    Ok(update.execute(params![partition.to_string(), point.cast_signed()])? as u64)
}

/// Reports of which the centre lost something that it has not got back yet.
pub(crate) fn lost_reports(db: &Connection) -> Result<u64, Error> {
    let sql = "SELECT COUNT(DISTINCT report) FROM change WHERE shared_sequence IS NULL AND fate = 'pending' AND voided = 1";
    Ok(db.prepare_cached(sql)?.query_row([], |row| row.get::<_, u32>(0))?.into())
}
