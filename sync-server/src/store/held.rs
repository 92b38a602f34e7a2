//! What was held and what was decided on it. Nothing of it is ever deleted but what joins its document, or is refused by the gate.

use automerge::{Change, ChangeHash};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sync_core::{DeviceId, ReportId, Timestamp, change};

use super::row::{hash, hashes, joined, time};
use crate::ServerError;

/// Whether something still waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// For a supervisor.
    Waiting,
    /// He discarded it.
    Discarded,
}

/// What one device brought of a report that is not in it.
#[derive(Debug, Clone)]
pub(crate) struct Brought {
    pub(crate) device: DeviceId,
    pub(crate) reason: String,
    pub(crate) since: Timestamp,
    pub(crate) state: State,
    pub(crate) changes: Vec<Change>,
}

/// What is kept of a report, device by device, the oldest first.
pub(crate) fn of_report(db: &Connection, document: ReportId, state: State) -> Result<Vec<Brought>, ServerError> {
    let mut statement = db.prepare_cached(
        "SELECT hash, device, received_at, reason, bytes FROM held
         WHERE document = ?1 AND (discarded IS NOT NULL) = ?2 ORDER BY received_at, device, hash",
    )?;
    let mut rows = statement.query(params![document.to_bytes(), state == State::Discarded])?;
    let mut found: Vec<Brought> = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref("bytes")?.as_blob().map_err(rusqlite::Error::from)?;
        let change = change::from_store(bytes, hash(row, "hash")?)
            .map_err(|error| ServerError::Damaged(format!("yang ditahan/held {document}: {error}")))?;
        let device = DeviceId(row.get("device")?);
        match found.iter_mut().find(|brought| brought.device == device) {
            Some(brought) => brought.changes.push(change),
            None => {
                found.push(Brought { device, reason: row.get("reason")?, since: time(row, "received_at")?, state, changes: vec![change] })
            }
        }
    }
    Ok(found)
}

/// A decision as it stands for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecisionRow {
    pub(crate) admitted: bool,
    pub(crate) operator: String,
    pub(crate) reason: String,
    pub(crate) at: Timestamp,
    pub(crate) changes: Vec<ChangeHash>,
}

const COLUMNS: &str = "SELECT verdict = 'admitted' AS admitted, operator, reason, decided_at, changes FROM held_decision";

fn read(row: &Row<'_>) -> rusqlite::Result<DecisionRow> {
    Ok(DecisionRow {
        admitted: row.get("admitted")?,
        operator: row.get("operator")?,
        reason: row.get("reason")?,
        at: time(row, "decided_at")?,
        changes: hashes(row, "changes")?,
    })
}

/// Writes down a decision.
pub(crate) fn decide(db: &Connection, document: ReportId, decision: &DecisionRow) -> rusqlite::Result<i64> {
    let verdict = if decision.admitted { "admitted" } else { "discarded" };
    let sql = "INSERT INTO held_decision (document, verdict, operator, reason, decided_at, changes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let (at, changes) = (decision.at.unix_ms(), joined(&decision.changes));
    db.prepare_cached(sql)?.execute(params![document.to_bytes(), verdict, decision.operator, decision.reason, at, changes])?;
    Ok(db.last_insert_rowid())
}

/// What was decided on a report, the oldest first.
pub(crate) fn decisions(db: &Connection, document: ReportId) -> rusqlite::Result<Vec<DecisionRow>> {
    db.prepare_cached(&format!("{COLUMNS} WHERE document = ?1 ORDER BY id"))?.query_map([document.to_bytes()], read)?.collect()
}

/// They wait no more; the decision says why.
pub(crate) fn discard(db: &Connection, changes: &[ChangeHash], decision: i64) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("UPDATE held SET discarded = ?2 WHERE hash = ?1")?;
    changes.iter().try_for_each(|hash| statement.execute(params![hash.0, decision]).map(drop))
}

/// The discarded changes of a report.
pub(crate) fn discarded_of(db: &Connection, document: ReportId) -> rusqlite::Result<Vec<ChangeHash>> {
    let mut statement = db.prepare_cached("SELECT hash FROM held WHERE document = ?1 AND discarded IS NOT NULL")?;
    statement.query_map([document.to_bytes()], |row| hash(row, "hash"))?.collect()
}

/// What was discarded of a report waits again.
pub(crate) fn take_back(db: &Connection, document: ReportId) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE held SET discarded = NULL WHERE document = ?1")?.execute([document.to_bytes()])?;
    Ok(())
}

/// They are where what was refused is kept.
pub(crate) fn let_go(db: &Connection, changes: &[ChangeHash]) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("DELETE FROM held WHERE hash = ?1")?;
    changes.iter().try_for_each(|hash| statement.execute([hash.0]).map(drop))
}

/// A held change: of which report, by which device, and what a supervisor said when he discarded it.
pub(crate) fn find(db: &Connection, change: ChangeHash) -> rusqlite::Result<Option<(ReportId, DeviceId, Option<String>)>> {
    let mut statement = db.prepare_cached(
        "SELECT held.document, device, held_decision.reason FROM held LEFT JOIN held_decision ON held_decision.id = discarded WHERE hash = ?1",
    )?;
    let read = |row: &Row<'_>| Ok((ReportId::from_bytes(row.get(0)?), DeviceId(row.get(1)?), row.get(2)?));
    statement.query_row([change.0], read).optional()
}
