//! Who this device is: its key, its enrolment, its areas, the units and people that it knows.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::exchange::{Person, Unit};
use sync_core::form::{Class, Role};
use sync_core::gate::Writer;
use sync_core::keys::{Certificate, PublicKey, SecretKey};
use sync_core::place::{Area, Feed, feeds_of_areas};
use sync_core::record::{Decision, Record, SignedRecord, record_sum};
use sync_core::{DeviceId, Incarnation, Level, Nrp, Timestamp, UnitCode, limits};

use crate::Error;

/// The enrolment of this store.
#[derive(Debug, Clone)]
pub(crate) struct Enrolment {
    pub(crate) device: DeviceId,
    pub(crate) officer: Nrp,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) server: String,
    pub(crate) ca: String,
    pub(crate) certificate: Certificate,
    pub(crate) revoked: bool,
}

impl Enrolment {
    pub(crate) fn writer(&self) -> Writer {
        Writer { device: self.device, officer: self.officer, role: self.role }
    }
}

/// A damaged row of our own.
pub(crate) fn damaged(what: &str) -> Error {
    Error::Damaged(format!("a row of {what} has no meaning"))
}

pub(crate) fn key(db: &Connection) -> Result<SecretKey, Error> {
    Ok(SecretKey::from_seed(db.prepare_cached("SELECT key FROM device")?.query_row([], |row| row.get(0))?))
}

pub(crate) fn incarnation(db: &Connection) -> Result<Incarnation, Error> {
    Ok(Incarnation(db.prepare_cached("SELECT incarnation FROM device")?.query_row([], |row| row.get(0))?))
}

pub(crate) fn enrolment(db: &Connection) -> Result<Option<Enrolment>, Error> {
    let sql = "SELECT device, officer, name, role, server, ca, certificate, revoked_at FROM enrolment";
    let row = db.prepare_cached(sql)?.query_row([], |row| {
        let role: String = row.get(3)?;
        let certificate: [u8; 96] = row.get(6)?;
        let (officer, revoked_at): (u32, i64) = (row.get(1)?, row.get(7)?);
        let parsed = Nrp::from_number(officer).zip(Role::parse(&role));
        Ok((DeviceId(row.get(0)?), parsed, row.get(2)?, row.get(4)?, row.get(5)?, Certificate::from_bytes(&certificate), revoked_at != 0))
    });
    let Some((device, parsed, name, server, ca, certificate, revoked)) = row.optional()? else { return Ok(None) };
    let (officer, role) = parsed.ok_or_else(|| damaged("enrolment"))?;
    Ok(Some(Enrolment { device, officer, name, role, server, ca, certificate, revoked }))
}

/// The enrolment, where an operation needs one.
pub(crate) fn enrolled(db: &Connection) -> Result<Enrolment, Error> {
    enrolment(db)?.ok_or(Error::NotEnrolled)
}

pub(crate) fn store_enrolment(
    db: &Connection,
    record: &Record,
    signed: &SignedRecord,
    server: (&str, &str),
    root: PublicKey,
    certificate: Certificate,
) -> Result<(), Error> {
    let Record::Enrolment { device, officer, name, role, .. } = record else { return Err(Error::NotTheServer("no enrolment".to_owned())) };
    db.execute(
        "INSERT INTO enrolment (one, device, officer, name, role, server, ca, root, certificate) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![device.0, officer.number(), name, role.as_str(), server.0, server.1, root.0, certificate.to_bytes()],
    )?;
    keep_person(db, &Person { device: *device, officer: *officer, name: name.clone() })?;
    keep_record(db, "enrolment", &device.to_string(), signed)
}

fn keep_record(db: &Connection, kind: &str, subject: &str, signed: &SignedRecord) -> Result<(), Error> {
    let sql = "INSERT OR REPLACE INTO record (kind, subject, bytes, signature) VALUES (?1, ?2, ?3, ?4)";
    db.execute(sql, params![kind, subject, signed.bytes, signed.signature])?;
    Ok(())
}

/// GRANT_RECORD, RECORD_KEPT: keeps what the server signed, and takes over what it says of this device. Area by area the newer decision wins; of two with
/// one version, the one that ends the grant. True when the record lacks what an earlier one said: the centre has forgotten that, and has decided
/// something else since, so that it may know more in sum. The earlier one is kept, and shown with the next request.
pub(crate) fn take_record(db: &Connection, own: &Enrolment, signed: &SignedRecord) -> Result<bool, Error> {
    let Some(record) = signed.open(&own.certificate.working) else {
        return Err(Error::NotTheServer("a record without a valid signature".to_owned()));
    };
    match record {
        Record::Grants { officer, role, decisions } => {
            let subject = officer.to_string();
            if officer != own.officer {
                keep_record(db, "grants", &subject, signed)?;
                return Ok(false);
            }
            let (mut earlier, before) = (forgotten(db)?, kept_record(db, "grants", &subject)?);
            keep_record(db, "grants", &subject, signed)?;
            db.execute("DELETE FROM record WHERE kind = ?1", [FORGOTTEN])?;
            let lacks = |earlier: &SignedRecord| match earlier.open(&own.certificate.working) {
                Some(Record::Grants { decisions: earlier, .. }) => {
                    earlier.iter().any(|(area, one)| decisions.get(area).is_none_or(|now| one.is_newer_than(*now)))
                }
                _ => false,
            };
            // More than one where the centre cannot take a record over yet: its units were forgotten, too.
            earlier.retain(lacks);
            let before = before.filter(lacks);
            let forgets = before.is_some();
            earlier.extend(before);
            for (number, forgotten) in earlier.iter().enumerate() {
                keep_record(db, FORGOTTEN, &number.to_string(), forgotten)?;
            }
            db.execute("UPDATE enrolment SET role = ?1", [role.as_str()])?;
            for (area, decision) in decisions {
                db.execute(
                    "INSERT INTO area (unit, class, version, given) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (unit, class) DO UPDATE SET version = excluded.version, given = excluded.given
                     WHERE excluded.version > version OR (excluded.version = version AND excluded.given < given)",
                    params![area.unit.to_string(), area.class.as_str(), decision.version.cast_signed(), decision.given],
                )?;
            }
            // Told once: a centre that cannot take it over would be shown it without end.
            return Ok(forgets);
        }
        Record::Revocation { device, at } => {
            keep_record(db, "revocation", &device.to_string(), signed)?;
            if device == own.device {
                db.execute("UPDATE enrolment SET revoked_at = ?1", [at.unix_ms()])?;
            }
        }
        Record::Enrolment { device, .. } => keep_record(db, "enrolment", &device.to_string(), signed)?,
    }
    Ok(false)
}

/// Kind of the kept records of which the centre has forgotten something.
const FORGOTTEN: &str = "forgotten";

fn forgotten(db: &Connection) -> Result<Vec<SignedRecord>, Error> {
    let mut query = db.prepare_cached("SELECT bytes, signature FROM record WHERE kind = ?1 ORDER BY subject")?;
    Ok(query.query_map([FORGOTTEN], signed_record)?.collect::<Result<_, _>>()?)
}

/// What the centre asked to be shown, or has forgotten something of and does not know it: the newest record of this officer's grants, with every earlier
/// one that says more. All of them, or none: what is pushed is judged by what was shown (GRANT_NEED).
pub(crate) fn shown(db: &Connection, own: &Enrolment) -> Result<Vec<SignedRecord>, Error> {
    let asked: bool = db.prepare_cached("SELECT show_records FROM enrolment")?.query_row([], |row| row.get("show_records"))?;
    let forgotten = forgotten(db)?;
    let newest = if asked || !forgotten.is_empty() { kept_record(db, "grants", &own.officer.to_string())? } else { None };
    Ok(newest.into_iter().chain(forgotten).take(limits::RECORDS_SHOWN_MAX).collect())
}

/// The record that made this store a device.
pub(crate) fn enrolment_record(db: &Connection, own: &Enrolment) -> Result<SignedRecord, Error> {
    kept_record(db, "enrolment", &own.device.to_string())?.ok_or_else(|| damaged("record"))
}

fn signed_record(row: &rusqlite::Row<'_>) -> rusqlite::Result<SignedRecord> {
    Ok(SignedRecord { bytes: row.get("bytes")?, signature: row.get("signature")? })
}

fn kept_record(db: &Connection, kind: &str, subject: &str) -> Result<Option<SignedRecord>, Error> {
    let mut query = db.prepare_cached("SELECT bytes, signature FROM record WHERE kind = ?1 AND subject = ?2")?;
    Ok(query.query_row([kind, subject], signed_record).optional()?)
}

/// Remembers whether the next request shows its records. True when the centre asks for the first time: who asks on has seen them.
pub(crate) fn ask_to_show(db: &Connection, show: bool) -> Result<bool, Error> {
    let changed = db.prepare_cached("UPDATE enrolment SET show_records = ?1 WHERE show_records <> ?1")?.execute([show])?;
    Ok(show && changed > 0)
}

pub(crate) fn grants_sum(db: &Connection) -> Result<u64, Error> {
    let mut query = db.prepare_cached("SELECT version, given FROM area")?;
    let read = |row: &rusqlite::Row<'_>| Ok(Decision { version: row.get::<_, i64>("version")?.cast_unsigned(), given: row.get("given")? });
    Ok(record_sum(query.query_map([], read)?.collect::<Result<Vec<_>, _>>()?))
}

/// The areas that the officer has now.
pub(crate) fn areas(db: &Connection) -> Result<BTreeSet<Area>, Error> {
    let mut query = db.prepare_cached("SELECT unit, class FROM area WHERE given = 1 ORDER BY unit, class")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (unit, class) = row?;
        let area = unit.parse().ok().zip(Class::parse(&class)).map(|(unit, class)| Area { unit, class });
        area.ok_or_else(|| damaged("area"))
    })
    .collect()
}

/// The feeds that the areas open.
pub(crate) fn feeds(db: &Connection, own: &Enrolment) -> Result<BTreeSet<Feed>, Error> {
    if own.revoked {
        return Ok(BTreeSet::new());
    }
    let partitions = units(db)?.into_keys().filter(|unit| unit.level() == Level::Regency).collect();
    Ok(feeds_of_areas(&areas(db)?, own.officer, &partitions))
}

/// The units that the device knows, by code.
pub(crate) fn units(db: &Connection) -> Result<BTreeMap<UnitCode, String>, Error> {
    let mut query = db.prepare_cached("SELECT code, name FROM unit")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (code, name) = row?;
        Ok((code.parse().map_err(|_| damaged("unit"))?, name))
    })
    .collect()
}

pub(crate) fn replace_units(db: &Connection, units: &[Unit]) -> Result<(), Error> {
    db.execute("DELETE FROM unit", [])?;
    let mut insert = db.prepare_cached("INSERT OR REPLACE INTO unit (code, name) VALUES (?1, ?2)")?;
    for unit in units {
        insert.execute(params![unit.code.to_string(), unit.name])?;
    }
    Ok(())
}

/// A unit in which the officer may begin a report: known, and in one of his areas.
pub(crate) fn begin_in(db: &Connection, unit: UnitCode) -> Result<(), Error> {
    let areas = areas(db)?;
    // Before the first sync the areas are not known yet: the server judges then.
    if !areas.is_empty() && !areas.iter().any(|area| area.unit.contains(&unit)) {
        return Err(Error::OutsideArea(unit));
    }
    let known = units(db)?;
    let listed = known.keys().any(|known| known.partition() == unit.partition() && known.level() > Level::Regency);
    if listed && !known.contains_key(&unit) { Err(Error::UnknownUnit(unit.to_string())) } else { Ok(()) }
}

pub(crate) fn keep_person(db: &Connection, person: &Person) -> Result<(), Error> {
    let sql = "INSERT OR REPLACE INTO person (device, officer, name) VALUES (?1, ?2, ?3)";
    db.execute(sql, params![person.device.0, person.officer.number(), person.name])?;
    Ok(())
}

/// Who wrote with this device; none while nobody has told.
pub(crate) fn person(db: &Connection, device: DeviceId) -> Result<Option<Person>, Error> {
    let mut query = db.prepare_cached("SELECT officer, name FROM person WHERE device = ?1")?;
    let row = query.query_row([device.0], |row| Ok((row.get::<_, u32>(0)?, row.get(1)?))).optional()?;
    Ok(row.and_then(|(officer, name)| Some(Person { device, officer: Nrp::from_number(officer)?, name })))
}

pub(crate) fn last_contact(db: &Connection) -> Result<Option<Timestamp>, Error> {
    let ms: i64 = db.prepare_cached("SELECT last_contact FROM device")?.query_row([], |row| row.get(0))?;
    Ok((ms > 0).then(|| Timestamp::from_unix_ms(ms)))
}
