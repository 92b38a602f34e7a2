//! The facts, from the database.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};
use sync_core::document::Status;
use sync_core::form::Role;
use sync_core::similar::Fingerprint;
use sync_core::{Level, Nrp, ReportId, Timestamp, UnitCode};

use super::EvaluationOf;
use super::facts::{DeviceFacts, Facts, OfficerFacts, ReportFacts, UnitFacts};
use crate::ServerError;
use crate::store::row::{nrp, number, parsed, report_id, time};
use crate::store::{device, form, unit};

/// An officer's area, as far as it says where he belongs.
struct AreaFacts {
    unit: UnitCode,
    /// The district of a village, anything else itself; none where the list has not the unit.
    home: Option<UnitCode>,
    given: bool,
    decided_at: Timestamp,
}

pub(super) fn gather(db: &Connection, of: EvaluationOf) -> Result<Facts, ServerError> {
    if !unit::exists(db, of.unit)? {
        return Err(if unit::count(db)? == 0 { ServerError::NoUnits } else { ServerError::UnknownUnit(of.unit) });
    }
    let mut facts = Facts { units: units(db, of.unit)?, officers: Vec::new(), forms: BTreeMap::new() };
    let mut devices: BTreeMap<Nrp, Vec<DeviceFacts>> = BTreeMap::new();
    for row in device::all(db)? {
        let found = DeviceFacts { last_contact: row.last_contact, revoked_at: row.revoked_at, unsent: row.unsent, phones: row.lives };
        devices.entry(row.officer).or_default().push(found);
    }
    for ((officer, name), areas) in officers(db)? {
        let Some(home) = belongs(&areas, of) else { continue };
        if facts.units.contains_key(&home) {
            let reports = reports(db, officer, of)?;
            for report in &reports {
                if !facts.forms.contains_key(&report.kind)
                    && let Some(newest) = form::newest(db, &report.kind)?
                {
                    facts.forms.insert(report.kind.clone(), newest);
                }
            }
            facts.officers.push(OfficerFacts {
                nrp: officer,
                name,
                unit: home,
                devices: devices.remove(&officer).unwrap_or_default(),
                reports,
            });
        }
    }
    Ok(facts)
}

/// Where an officer counts: the Polsek of most of his villages, of several the first by code. Whose areas all ended counts there until the period
/// in which the last one did. Who is asked for by village is who has it.
fn belongs(areas: &[AreaFacts], of: EvaluationOf) -> Option<UnitCode> {
    let given: Vec<&AreaFacts> = areas.iter().filter(|area| area.given).collect();
    let since = of.period.span(of.zone).from;
    let counting = if given.is_empty() { areas.iter().filter(|area| area.decided_at >= since).collect() } else { given };
    if of.unit.level() == Level::Village {
        return counting.iter().find(|area| area.unit == of.unit).map(|area| area.unit);
    }
    let mut homes: BTreeMap<UnitCode, usize> = BTreeMap::new();
    for home in counting.iter().filter_map(|area| area.home) {
        *homes.entry(home).or_default() += 1;
    }
    let most = homes.values().max().copied()?;
    homes.into_iter().find(|(_, count)| *count == most).map(|(home, _)| home)
}

fn units(db: &Connection, of: UnitCode) -> rusqlite::Result<BTreeMap<UnitCode, UnitFacts>> {
    // Villages have no office of their own: they count at their Polsek.
    let mut statement = db.prepare_cached(
        "SELECT code, name, parent FROM unit_closure JOIN unit ON unit.code = unit_closure.unit WHERE ancestor = ?1 AND (level <= 3 OR code = ?1)",
    )?;
    let rows = statement.query_map([of.to_string()], |row| {
        let parent: Option<String> = row.get("parent")?;
        Ok((parsed(row, "code")?, UnitFacts { name: row.get("name")?, parent: parent.and_then(|code| code.parse().ok()) }))
    })?;
    rows.collect()
}

/// Officers with their areas; supervisors are not evaluated.
fn officers(db: &Connection) -> rusqlite::Result<BTreeMap<(Nrp, String), Vec<AreaFacts>>> {
    let mut statement = db.prepare_cached(
        "SELECT officer.nrp, officer.name, grant_decision.unit, given, decided_at, CASE level WHEN 4 THEN parent ELSE code END AS home
         FROM officer JOIN grant_decision ON grant_decision.nrp = officer.nrp LEFT JOIN unit ON unit.code = grant_decision.unit
         WHERE role = ?1",
    )?;
    let mut found: BTreeMap<(Nrp, String), Vec<AreaFacts>> = BTreeMap::new();
    let mut rows = statement.query([Role::Officer.as_str()])?;
    while let Some(row) = rows.next()? {
        let home: Option<String> = row.get("home")?;
        let area = AreaFacts {
            unit: parsed(row, "unit")?,
            home: home.and_then(|code| code.parse().ok()),
            given: row.get("given")?,
            decided_at: time(row, "decided_at")?,
        };
        found.entry((nrp(row, "nrp")?, row.get("name")?)).or_default().push(area);
    }
    Ok(found)
}

fn reports(db: &Connection, author: Nrp, of: EvaluationOf) -> rusqlite::Result<Vec<ReportFacts>> {
    let span = of.period.span(of.zone);
    let mut statement = db.prepare_cached(
        "SELECT document, kind, recorded_at, status, returns, repeat_of, fingerprint FROM report
         WHERE author = ?1 AND recorded_at >= ?2 AND recorded_at < ?3 AND status <> ?4 ORDER BY recorded_at, document",
    )?;
    let values = params![author.number(), span.from.unix_ms(), span.to.unix_ms(), Status::Withdrawn.as_str()];
    statement.query_map(values, read)?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<ReportFacts> {
    let repeat_of: Option<[u8; 16]> = row.get("repeat_of")?;
    let fingerprint: Option<Vec<u8>> = row.get("fingerprint")?;
    let status: String = row.get("status")?;
    Ok(ReportFacts {
        id: report_id(row, "document")?,
        kind: row.get("kind")?,
        recorded_at: time(row, "recorded_at")?,
        repeat_of: repeat_of.map(ReportId::from_bytes),
        fingerprint: fingerprint.and_then(|bytes| Fingerprint::from_bytes(&bytes).ok()),
        returned: number(row, "returns")? > 0,
        unanswered: status == Status::Returned.as_str(),
    })
}
