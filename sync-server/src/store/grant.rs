//! Decisions on areas. The newest of each area is kept for ever, also when it ended.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};
use sync_core::place::Area;
use sync_core::record::Decision;
use sync_core::{Nrp, Timestamp};

use super::row::{class, number, parsed, signed, time};

/// A decision with the moment it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dated {
    pub(crate) decision: Decision,
    pub(crate) at: Timestamp,
}

pub(crate) fn of_officer(db: &Connection, officer: Nrp) -> rusqlite::Result<BTreeMap<Area, Dated>> {
    let mut statement = db.prepare_cached("SELECT unit, class, version, given, decided_at FROM grant_decision WHERE nrp = ?1")?;
    let rows = statement.query_map([officer.number()], |row| {
        let area = Area { unit: parsed(row, "unit")?, class: class(row)? };
        let decision = Decision { version: number(row, "version")?, given: row.get("given")? };
        Ok((area, Dated { decision, at: time(row, "decided_at")? }))
    })?;
    rows.collect()
}

/// GRANT_CLOCK: the version is the clock, and above every version that the officer's record has: a device shows only the newest.
pub(crate) fn decide(db: &Connection, officer: Nrp, area: Area, given: bool, now: Timestamp) -> rusqlite::Result<Decision> {
    let newest = of_officer(db, officer)?.values().map(|dated| dated.decision.version).max().unwrap_or(0);
    let decision = Decision { version: now.unix_ms().cast_unsigned().max(newest.saturating_add(1)), given };
    put(db, officer, area, Dated { decision, at: now })?;
    Ok(decision)
}

/// The newest decision on an area.
pub(crate) fn put(db: &Connection, officer: Nrp, area: Area, dated: Dated) -> rusqlite::Result<()> {
    let Decision { version, given } = dated.decision;
    db.prepare_cached(
        "INSERT INTO grant_decision (nrp, unit, class, version, given, decided_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (nrp, unit, class) DO UPDATE SET version = excluded.version, given = excluded.given, decided_at = excluded.decided_at",
    )?
    .execute(params![officer.number(), area.unit.to_string(), area.class.as_str(), signed(version), given, dated.at.unix_ms()])?;
    Ok(())
}

/// The areas that are given now.
pub(crate) fn given(decisions: &BTreeMap<Area, Dated>) -> BTreeSet<Area> {
    decisions.iter().filter(|(_, dated)| dated.decision.given).map(|(area, _)| *area).collect()
}

/// The areas that ended after `since`.
pub(crate) fn ended_after(decisions: &BTreeMap<Area, Dated>, since: Timestamp) -> BTreeSet<Area> {
    decisions.iter().filter(|(_, dated)| !dated.decision.given && dated.at > since).map(|(area, _)| *area).collect()
}
