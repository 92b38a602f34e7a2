//! Devices: whose they are, what they last said.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sync_core::exchange::Person;
use sync_core::form::Role;
use sync_core::keys::PublicKey;
use sync_core::record::{Record, SignedRecord};
use sync_core::{DeviceId, Nrp, Timestamp};

use super::counter::Lives;
use super::row::{nrp, number, role, signed, time};

/// A device with its officer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeviceRow {
    pub(crate) id: DeviceId,
    pub(crate) key: PublicKey,
    pub(crate) officer: Nrp,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) enrolled_at: Timestamp,
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) last_contact: Option<Timestamp>,
    pub(crate) unsent: u64,
    /// Phones with this one store.
    pub(crate) lives: u64,
    pub(crate) version: String,
}

impl DeviceRow {
    /// What its enrolment record says.
    pub(crate) fn record(&self) -> Record {
        Record::Enrolment {
            device: self.id,
            key: self.key,
            officer: self.officer,
            name: self.name.clone(),
            role: self.role,
            at: self.enrolled_at,
        }
    }
}

const COLUMNS: &str = "SELECT device.id, key, device.nrp, name, role, enrolled_at, revoked_at, last_contact, unsent, lives, version
    FROM device JOIN officer ON officer.nrp = device.nrp";

fn read(row: &Row<'_>) -> rusqlite::Result<DeviceRow> {
    let moment = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_unix_ms));
    Ok(DeviceRow {
        id: DeviceId(row.get("id")?),
        key: PublicKey(row.get("key")?),
        officer: nrp(row, "nrp")?,
        name: row.get("name")?,
        role: role(row)?,
        enrolled_at: time(row, "enrolled_at")?,
        revoked_at: moment("revoked_at")?,
        last_contact: moment("last_contact")?,
        unsent: number(row, "unsent")?,
        lives: number(row, "lives")?,
        version: row.get("version")?,
    })
}

pub(crate) fn find(db: &Connection, id: DeviceId) -> rusqlite::Result<Option<DeviceRow>> {
    db.prepare_cached(&format!("{COLUMNS} WHERE device.id = ?1"))?.query_row([id.0], read).optional()
}

pub(crate) fn all(db: &Connection) -> rusqlite::Result<Vec<DeviceRow>> {
    db.prepare_cached(&format!("{COLUMNS} ORDER BY device.nrp, enrolled_at"))?.query_map([], read)?.collect()
}

/// A device that a code made.
pub(crate) fn insert(
    db: &Connection,
    id: DeviceId,
    key: &PublicKey,
    officer: Nrp,
    record: &SignedRecord,
    now: Timestamp,
) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO device (id, nrp, key, enrolled_at, record, record_signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![id.0, officer.number(), key.0, now.unix_ms(), record.bytes, record.signature])?;
    Ok(())
}

/// The enrolment record as it was signed.
pub(crate) fn record(db: &Connection, id: DeviceId) -> rusqlite::Result<Option<SignedRecord>> {
    let mut statement = db.prepare_cached("SELECT record, record_signature FROM device WHERE id = ?1")?;
    let read = |row: &Row<'_>| Ok(SignedRecord { bytes: row.get("record")?, signature: row.get("record_signature")? });
    statement.query_row([id.0], read).optional()
}

/// What the device said of itself in a request that was taken.
pub(crate) fn touch(db: &Connection, id: DeviceId, lives: Lives, version: &str, now: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE device SET last_contact = ?2, unsent = ?3, lives = ?5, version = ?4 WHERE id = ?1")?.execute(params![
        id.0,
        now.unix_ms(),
        signed(lives.unsent),
        version,
        signed(lives.count)
    ])?;
    Ok(())
}

/// Once revoked it stays so, from the first time.
pub(crate) fn revoke(db: &Connection, id: DeviceId, now: Timestamp) -> rusqlite::Result<bool> {
    let mut statement = db.prepare_cached("UPDATE device SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1")?;
    Ok(statement.execute(params![id.0, now.unix_ms()])? == 1)
}

/// Whose device it is.
pub(crate) fn person(db: &Connection, id: DeviceId) -> rusqlite::Result<Option<Person>> {
    let mut statement =
        db.prepare_cached("SELECT device.nrp, name FROM device JOIN officer ON officer.nrp = device.nrp WHERE device.id = ?1")?;
    statement.query_row([id.0], |row| Ok(Person { device: id, officer: nrp(row, "nrp")?, name: row.get("name")? })).optional()
}
