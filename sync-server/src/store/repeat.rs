//! Fingerprints of descriptions and the flags on those that repeat another, in the projection.

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::document::Status;
use sync_core::similar::Fingerprint;
use sync_core::{Nrp, ReportId, Timestamp};

use super::report::ReportRow;
use super::row::report_id;
use crate::limits;
use crate::period::{Period, Zone};
use crate::repeat::{Described, flags_after, word};

/// Keeps the fingerprint of a row that was just written, and sets the flags that follow from it. A withdrawn report repeats nothing, and nothing
/// repeats it: who files it anew, corrected, copied nobody.
pub(crate) fn flag(db: &Connection, row: &ReportRow) -> rusqlite::Result<()> {
    let compared = !row.uraian.trim().is_empty() && row.status != Status::Withdrawn.as_str();
    let bytes = if compared { Fingerprint::of(&row.uraian).to_bytes() } else { Vec::new() };
    let mut known = db.prepare_cached("SELECT fingerprint FROM report WHERE document = ?1")?;
    let before: Option<Option<Vec<u8>>> = known.query_row([row.id.to_bytes()], |row| row.get("fingerprint")).optional()?;
    if before.flatten().as_ref() == Some(&bytes) {
        return Ok(());
    }
    db.prepare_cached("UPDATE report SET fingerprint = ?2 WHERE document = ?1")?.execute(params![row.id.to_bytes(), bytes])?;
    let month = month(db, row.author, row.recorded_at)?;
    let mut put = db.prepare_cached("UPDATE report SET repeat_of = ?2, repeat_kind = ?3 WHERE document = ?1")?;
    for (id, flag) in flags_after(&month, row.id) {
        put.execute(params![id.to_bytes(), flag.map(|flag| flag.of.to_bytes()), flag.map(|flag| word(flag.kind))])?;
    }
    Ok(())
}

/// The author's reports of the same month by the calendar of WITA, in the order in which they were recorded; of a flood those nearest in time: they
/// are found by the index from both sides, so that a flood costs no more than the limit.
fn month(db: &Connection, author: Nrp, at: Timestamp) -> rusqlite::Result<Vec<Described>> {
    let span = Period::month_of(at, Zone::Wita).span(Zone::Wita);
    let mut statement = db.prepare_cached(
        "SELECT document, fingerprint, repeat_of FROM (
            SELECT document, recorded_at FROM (
                SELECT * FROM (
                    SELECT document, recorded_at FROM report WHERE author = ?1 AND recorded_at >= ?2 AND recorded_at < ?4
                    ORDER BY recorded_at DESC, document DESC LIMIT ?5)
                UNION ALL SELECT * FROM (
                    SELECT document, recorded_at FROM report WHERE author = ?1 AND recorded_at >= ?4 AND recorded_at < ?3
                    ORDER BY recorded_at, document LIMIT ?5))
            ORDER BY abs(recorded_at - ?4), document LIMIT ?5)
         JOIN report USING (document) ORDER BY report.recorded_at, document",
    )?;
    let values = params![author.number(), span.from.unix_ms(), span.to.unix_ms(), at.unix_ms(), limits::REPEATS_COMPARED_MAX];
    let rows = statement.query_map(values, |row| {
        let bytes: Option<Vec<u8>> = row.get("fingerprint")?;
        let repeat_of: Option<[u8; 16]> = row.get("repeat_of")?;
        Ok(Described {
            id: report_id(row, "document")?,
            // Another version's, or empty: not compared.
            fingerprint: bytes.and_then(|bytes| Fingerprint::from_bytes(&bytes).ok()),
            repeat_of: repeat_of.map(ReportId::from_bytes),
        })
    })?;
    rows.collect()
}

/// Flags every report that has no fingerprint yet: those that were stored before there were any.
pub(crate) fn fill(db: &Connection) -> rusqlite::Result<()> {
    // How often a report was returned before is not known; that it was, its status tells.
    db.execute("UPDATE report SET returns = 1 WHERE status IN ('returned', 'answered')", [])?;
    let mut statement = db.prepare("SELECT document FROM report WHERE fingerprint IS NULL ORDER BY recorded_at, document")?;
    let found = statement.query_map([], |row| report_id(row, "document"))?;
    let waiting: Vec<ReportId> = found.collect::<rusqlite::Result<_>>()?;
    for id in waiting {
        if let Some(listed) = super::report::find(db, id)? {
            flag(db, &listed.report)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;
    use crate::store::{DATABASE, Store};

    #[test]
    fn of_a_flood_the_reports_nearest_in_time_are_compared_on_both_sides() {
        let folder = tempfile::tempdir().unwrap();
        Store::create(folder.path(), Timestamp::from_unix_ms(0), &[1; 96]).unwrap();
        drop(Store::open(folder.path()).unwrap());
        let author: Nrp = "85010001".parse().unwrap();
        let most = i64::from(limits::REPEATS_COMPARED_MAX);
        let middle = Timestamp::from_unix_ms(1_777_000_000_000);
        // Rows without documents.
        let db = Connection::open(folder.path().join(DATABASE)).unwrap();
        db.pragma_update(None, "foreign_keys", false).unwrap();
        db.execute_batch("BEGIN").unwrap();
        let mut put = db
            .prepare(
                "INSERT INTO report (document, kind, unit, class, lane, author, recorded_at, received_at, changed_at, status, conflicts, heads,
                    uraian, fields)
                 VALUES (?1, 'dds-warga', '53.03.01.2005', 'biasa', 'normal', ?2, ?3, 0, 0, 'final', 0, '', '', '{}')",
            )
            .unwrap();
        for step in 0..2 * most {
            let document = [[0; 8], step.to_be_bytes()].concat();
            put.execute(params![document, author.number(), middle.unix_ms() + (step - most) * 10]).unwrap();
        }
        let month = month(&db, author, middle).unwrap();
        let steps: Vec<i64> = month.iter().map(|one| i64::from_be_bytes(one.id.to_bytes()[8..].try_into().unwrap())).collect();
        assert_eq!(steps, (most / 2..most / 2 + most).collect::<Vec<_>>(), "the changed one in the middle, in the order of time");
    }
}
