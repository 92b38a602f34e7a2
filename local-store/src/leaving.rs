//! Leaving: what no feed shows to this device any more is out of sight at once, and off the device as soon as the centre could not lose it.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};
use sync_core::exchange::Label;
use sync_core::{ReportId, UnitCode};

use crate::identity::damaged;
use crate::{Error, ledger, reports};

/// Selects of the reports `r` that may leave once they are covered: nobody sees them here, and nothing of them is under way. What took the place of a
/// refused report stays with that.
fn that_may_leave(columns_from: &str) -> String {
    format!(
        "SELECT {columns_from} WHERE r.id IN (SELECT report FROM leaving) AND NOT {}
        AND NOT EXISTS (SELECT 1 FROM replacement x WHERE x.report = r.id)
        AND NOT EXISTS (SELECT 1 FROM repair_document x WHERE x.report = r.id)",
        reports::VISIBLE
    )
}

/// A report that was delivered and stands in no feed of this device: a receipt gave it no membership.
pub(crate) fn note(db: &Connection, report: ReportId) -> Result<(), Error> {
    let sql = "INSERT OR IGNORE INTO leaving (report) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM member WHERE report = ?1)";
    db.prepare_cached(sql)?.execute([report.to_bytes()])?;
    Ok(())
}

/// The partitions in which something would leave: the next request asks how far the centre's backup reaches there.
pub(crate) fn partitions(db: &Connection) -> Result<BTreeSet<UnitCode>, Error> {
    let sql = that_may_leave("DISTINCT c.shared_partition FROM report r JOIN change c ON c.report = r.id");
    let mut query = db.prepare_cached(&sql)?;
    let names: Vec<String> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    names.iter().map(|name| name.parse().map_err(|_| damaged("change"))).collect()
}

/// DROP_COVERED: a report leaves the device when no feed shows it, all of it is delivered, and the centre's newest backup has all of it. Until then
/// this may be the only store from which a centre that went back gets it again. Called when all feeds are caught up: a report that moves leaves one
/// page before it enters another. Gives how many left.
pub(crate) fn drop_covered(db: &Connection, covered: &BTreeMap<UnitCode, u64>) -> Result<u64, Error> {
    if covered.is_empty() {
        return Ok(0);
    }
    let sql = that_may_leave("r.id FROM report r");
    let mut query = db.prepare_cached(&sql)?;
    let unseen: Vec<[u8; 16]> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut left = 0;
    for report in unseen.into_iter().map(ReportId::from_bytes) {
        if labels(db, report)?.iter().all(|label| covered.get(&label.partition).is_some_and(|reach| label.sequence <= *reach)) {
            forget(db, report)?;
            left += 1;
        }
    }
    Ok(left)
}

/// The labels of a report of which all is delivered.
fn labels(db: &Connection, report: ReportId) -> Result<Vec<Label>, Error> {
    let mut query = db.prepare_cached("SELECT shared_partition, shared_sequence FROM change WHERE report = ?1")?;
    let rows = query.query_map([report.to_bytes()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    rows.map(|row| {
        let (partition, sequence) = row?;
        Ok(Label { partition: partition.parse().map_err(|_| damaged("change"))?, sequence: sequence.cast_unsigned() })
    })
    .collect()
}

fn forget(db: &Connection, report: ReportId) -> Result<(), Error> {
    ledger::hide(db, report)?;
    let left = "UPDATE device SET left_changes = left_changes + (SELECT COUNT(*) FROM change WHERE report = ?1)";
    db.prepare_cached(left)?.execute(params![report.to_bytes()])?;
    for table in ["change", "token", "reference", "leaving", "needed"] {
        db.prepare_cached(&format!("DELETE FROM {table} WHERE report = ?1"))?.execute(params![report.to_bytes()])?;
    }
    Ok(())
}
