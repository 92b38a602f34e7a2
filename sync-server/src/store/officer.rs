//! Officers.

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::form::Role;
use sync_core::{Nrp, Timestamp};

use super::row::{nrp, role, time};

/// An officer as the centre knows him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfficerRow {
    pub(crate) nrp: Nrp,
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// False when the NRP is taken.
pub(crate) fn insert(db: &Connection, officer: &OfficerRow, now: Timestamp) -> rusqlite::Result<bool> {
    let mut statement =
        db.prepare_cached("INSERT INTO officer (nrp, name, role, added_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (nrp) DO NOTHING")?;
    Ok(statement.execute(params![officer.nrp.number(), officer.name, officer.role.as_str(), now.unix_ms()])? == 1)
}

pub(crate) fn find(db: &Connection, number: Nrp) -> rusqlite::Result<Option<OfficerRow>> {
    let mut statement = db.prepare_cached("SELECT nrp, name, role FROM officer WHERE nrp = ?1")?;
    statement.query_row([number.number()], read).optional()
}

pub(crate) fn all(db: &Connection) -> rusqlite::Result<Vec<OfficerRow>> {
    db.prepare_cached("SELECT nrp, name, role FROM officer ORDER BY nrp")?.query_map([], read)?.collect()
}

/// Every officer, and when he was added.
pub(crate) fn all_dated(db: &Connection) -> rusqlite::Result<Vec<(OfficerRow, Timestamp)>> {
    let mut statement = db.prepare_cached("SELECT nrp, name, role, added_at FROM officer ORDER BY nrp")?;
    statement.query_map([], |row| Ok((read(row)?, time(row, "added_at")?)))?.collect()
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<OfficerRow> {
    Ok(OfficerRow { nrp: nrp(row, "nrp")?, name: row.get("name")?, role: role(row)? })
}
