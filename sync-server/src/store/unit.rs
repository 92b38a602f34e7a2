//! The hierarchy of units. Areas resolve through the closure table, not by prefix: a decree may put a unit elsewhere.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::exchange::Unit;
use sync_core::{Timestamp, UnitCode};

use super::row::parsed;

/// What an import did with one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    New,
    Renamed,
    Unchanged,
    /// The unit above it is not there.
    Orphan,
}

pub(crate) fn put(db: &Connection, code: UnitCode, name: &str) -> rusqlite::Result<Put> {
    let mut known = db.prepare_cached("SELECT name FROM unit WHERE code = ?1")?;
    let old: Option<String> = known.query_row([code.to_string()], |row| row.get(0)).optional()?;
    match old {
        Some(old) if old == name => return Ok(Put::Unchanged),
        Some(_) => {
            db.prepare_cached("UPDATE unit SET name = ?2 WHERE code = ?1")?.execute(params![code.to_string(), name])?;
            return Ok(Put::Renamed);
        }
        None => {}
    }
    let parent = code.parent().map(|parent| parent.to_string());
    if let Some(parent) = &parent
        && !known.exists([parent])?
    {
        return Ok(Put::Orphan);
    }
    db.prepare_cached("INSERT INTO unit (code, name, parent, level) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        code.to_string(),
        name,
        parent,
        code.level() as i64
    ])?;
    db.prepare_cached(
        "INSERT INTO unit_closure (ancestor, unit) SELECT ancestor, ?1 FROM unit_closure WHERE unit = ?2 UNION ALL SELECT ?1, ?1",
    )?
    .execute(params![code.to_string(), parent])?;
    Ok(Put::New)
}

/// What a succession did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Succeeded {
    New,
    Unchanged,
    /// Another one succeeds it already.
    Another,
    /// In the end it would succeed itself.
    Circle,
}

/// A unit that ended, and the one that answers for it since then. What lies in the old one lies in the new one too, and in all above it.
pub(crate) fn succeed(db: &Connection, old: UnitCode, new: UnitCode, since: Timestamp) -> rusqlite::Result<Succeeded> {
    match successor(db, old)? {
        Some(there) if there == new => return Ok(Succeeded::Unchanged),
        Some(_) => return Ok(Succeeded::Another),
        None if standing(db, new)? == old => return Ok(Succeeded::Circle),
        None => {}
    }
    db.prepare_cached("INSERT INTO unit_succession (old, new, since) VALUES (?1, ?2, ?3)")?.execute(params![
        old.to_string(),
        new.to_string(),
        since.unix_ms()
    ])?;
    db.prepare_cached(
        "INSERT OR IGNORE INTO unit_closure (ancestor, unit)
         SELECT above.ancestor, below.unit FROM unit_closure above, unit_closure below WHERE above.unit = ?1 AND below.ancestor = ?2",
    )?
    .execute([new.to_string(), old.to_string()])?;
    Ok(Succeeded::New)
}

fn successor(db: &Connection, unit: UnitCode) -> rusqlite::Result<Option<UnitCode>> {
    db.prepare_cached("SELECT new FROM unit_succession WHERE old = ?1")?.query_row([unit.to_string()], |row| parsed(row, "new")).optional()
}

/// PLACE_SUCCESSION: the unit that answers for this one now. A report keeps the code that its content names; it stands where that is today.
pub(crate) fn standing(db: &Connection, unit: UnitCode) -> rusqlite::Result<UnitCode> {
    let mut at = unit;
    while let Some(next) = successor(db, at)? {
        at = next;
    }
    Ok(at)
}

/// Devices learn of the new list when this grows.
pub(crate) fn changed(db: &Connection) -> rusqlite::Result<()> {
    db.execute("UPDATE centre SET units_version = units_version + 1", [])?;
    Ok(())
}

pub(crate) fn version(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("SELECT units_version FROM centre")?.query_row([], |row| row.get(0))
}

pub(crate) fn count(db: &Connection) -> rusqlite::Result<u64> {
    db.query_row("SELECT count(*) AS count FROM unit", [], |row| super::row::number(row, "count"))
}

pub(crate) fn exists(db: &Connection, code: UnitCode) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM unit WHERE code = ?1")?.exists([code.to_string()])
}

pub(crate) fn name(db: &Connection, code: UnitCode) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT name FROM unit WHERE code = ?1")?.query_row([code.to_string()], |row| row.get(0)).optional()
}

/// True when `unit` is `ancestor` or lies below it.
pub(crate) fn lies_in(db: &Connection, unit: UnitCode, ancestor: UnitCode) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM unit_closure WHERE ancestor = ?1 AND unit = ?2")?.exists([ancestor.to_string(), unit.to_string()])
}

/// The unit and all above it. One that is not in the list is placed by its code: a report there must not be out of everybody's sight.
pub(crate) fn with_ancestors(db: &Connection, unit: UnitCode) -> rusqlite::Result<BTreeSet<UnitCode>> {
    let mut statement = db.prepare_cached("SELECT ancestor FROM unit_closure WHERE unit = ?1")?;
    let found: BTreeSet<UnitCode> =
        statement.query_map([unit.to_string()], |row| parsed(row, "ancestor"))?.collect::<rusqlite::Result<_>>()?;
    Ok(if found.is_empty() { unit.with_ancestors().collect() } else { found })
}

/// The regencies below a unit: the country's 514 are looked at, not its 91,599 units.
pub(crate) fn regencies_below(db: &Connection, unit: UnitCode) -> rusqlite::Result<BTreeSet<UnitCode>> {
    let mut statement = db.prepare_cached(
        "SELECT code FROM unit WHERE level = 2
         AND EXISTS (SELECT 1 FROM unit_closure WHERE unit_closure.ancestor = ?1 AND unit_closure.unit = unit.code)",
    )?;
    statement.query_map([unit.to_string()], |row| parsed(row, "code"))?.collect()
}

/// The unit, those above it, and those below it down to `deepest` (0 the country, 4 villages), by code.
pub(crate) fn around(db: &Connection, unit: UnitCode, deepest: u8) -> rusqlite::Result<Vec<Unit>> {
    let mut statement = db.prepare_cached(
        "SELECT code, name FROM unit_closure JOIN unit ON unit.code = unit_closure.unit WHERE unit_closure.ancestor = ?1 AND level <= ?2
         UNION
         SELECT code, name FROM unit_closure JOIN unit ON unit.code = unit_closure.ancestor WHERE unit_closure.unit = ?1",
    )?;
    let found =
        statement.query_map(params![unit.to_string(), deepest], |row| Ok(Unit { code: parsed(row, "code")?, name: row.get("name")? }))?;
    found.collect()
}
