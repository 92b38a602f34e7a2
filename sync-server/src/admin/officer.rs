//! Officers, their areas, their one-time codes.

use rusqlite::Connection;
use serde::Serialize;
use sync_core::exchange::EnrolmentCode;
use sync_core::form::{Class, Role};
use sync_core::place::Area;
use sync_core::record::{Decision, Record, SignedRecord};
use sync_core::{Nrp, Timestamp, UnitCode, limits};

use crate::journal::Entry;
use crate::store::officer::OfficerRow;
use crate::store::{code, device, grant, officer, unit};
use crate::{Server, ServerError};

/// Who is to be added. His areas are ordinary ones: secret reports need a grant of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOfficer {
    /// His number.
    pub nrp: Nrp,
    /// His name.
    pub name: String,
    /// What he is.
    pub role: Role,
    /// His units.
    pub units: Vec<UnitCode>,
}

/// An officer as lists show him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfficerInfo {
    /// His number.
    pub nrp: String,
    /// His name.
    pub name: String,
    /// What he is.
    pub role: &'static str,
    /// Every area that he has or had.
    pub areas: Vec<AreaInfo>,
    /// Devices of his that are not revoked.
    pub devices: usize,
}

/// The newest decision on one area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AreaInfo {
    /// The unit's code.
    pub unit: String,
    /// The unit's name.
    pub name: String,
    /// `biasa` or `rahasia`.
    pub class: &'static str,
    /// False when it ended.
    pub given: bool,
    /// When that was decided.
    pub decided_at: String,
}

impl Server {
    /// Adds an officer with his areas, and makes his first one-time code.
    ///
    /// # Errors
    /// [`ServerError::OfficerExists`], [`ServerError::UnknownUnit`], [`ServerError::NoUnits`], [`ServerError::BadName`].
    pub fn add_officer(&self, new: &NewOfficer, now: Timestamp, random: [u8; 12]) -> Result<EnrolmentCode, ServerError> {
        let row = OfficerRow { nrp: new.nrp, name: super::tidy_name(&new.name)?, role: new.role };
        self.write_and_tell(now, |db, told| {
            new.units.iter().try_for_each(|unit| must_exist(db, *unit))?;
            if !officer::insert(db, &row, now)? {
                return Err(ServerError::OfficerExists(new.nrp));
            }
            told.push(Entry::Officer { nrp: row.nrp, role: row.role, name: row.name.clone() });
            for unit in &new.units {
                self.decide(db, told, &row, Area { unit: *unit, class: Class::Biasa }, true, now)?;
            }
            self.make_code(db, new.nrp, now, random)
        })
    }

    /// A further one-time code: for a lost phone, or a second one. Codes made before stay good until they are used or too old.
    ///
    /// # Errors
    /// [`ServerError::UnknownOfficer`].
    pub fn new_code(&self, nrp: Nrp, now: Timestamp, random: [u8; 12]) -> Result<EnrolmentCode, ServerError> {
        self.store.write(|db| {
            find(db, nrp)?;
            self.make_code(db, nrp, now, random)
        })
    }

    /// Gives an officer an area.
    ///
    /// # Errors
    /// [`ServerError::UnknownOfficer`], [`ServerError::UnknownUnit`], [`ServerError::TooManyAreas`].
    pub fn grant(&self, nrp: Nrp, area: Area, now: Timestamp) -> Result<Decision, ServerError> {
        self.write_and_tell(now, |db, told| {
            let row = find(db, nrp)?;
            must_exist(db, area.unit)?;
            let known = grant::of_officer(db, nrp)?;
            if known.len() >= limits::DECISIONS_MAX && !known.contains_key(&area) {
                return Err(ServerError::TooManyAreas);
            }
            self.decide(db, told, &row, area, true, now)
        })
    }

    /// Ends a grant. What the officer's devices push for it is held from now on.
    ///
    /// # Errors
    /// [`ServerError::UnknownOfficer`], [`ServerError::NotGranted`].
    pub fn end_grant(&self, nrp: Nrp, area: Area, now: Timestamp) -> Result<Decision, ServerError> {
        self.write_and_tell(now, |db, told| {
            let row = find(db, nrp)?;
            if !grant::given(&grant::of_officer(db, nrp)?).contains(&area) {
                return Err(ServerError::NotGranted(nrp, area.unit));
            }
            self.decide(db, told, &row, area, false, now)
        })
    }

    /// Every officer.
    ///
    /// # Errors
    /// Only of the database.
    pub fn officers(&self) -> Result<Vec<OfficerInfo>, ServerError> {
        self.store.read(|db| {
            let devices = device::all(db)?;
            let info = |row: OfficerRow| {
                let areas = grant::of_officer(db, row.nrp)?.into_iter().map(|(area, dated)| area_info(db, area, dated));
                let active = devices.iter().filter(|device| device.officer == row.nrp && device.revoked_at.is_none());
                Ok(OfficerInfo {
                    nrp: row.nrp.to_string(),
                    name: row.name,
                    role: row.role.as_str(),
                    areas: areas.collect::<Result<_, ServerError>>()?,
                    devices: active.count(),
                })
            };
            officer::all(db)?.into_iter().map(info).collect()
        })
    }

    /// A decision, for database and journal.
    fn decide(
        &self,
        db: &Connection,
        told: &mut Vec<Entry>,
        officer: &OfficerRow,
        area: Area,
        given: bool,
        now: Timestamp,
    ) -> Result<Decision, ServerError> {
        let decision = grant::decide(db, officer.nrp, area, given, now)?;
        let record = Record::Grants { officer: officer.nrp, role: officer.role, decisions: [(area, decision)].into() };
        told.push(Entry::Decided(SignedRecord::sign(&record, &self.store.keys.working)));
        Ok(decision)
    }

    fn make_code(&self, db: &Connection, nrp: Nrp, now: Timestamp, random: [u8; 12]) -> Result<EnrolmentCode, ServerError> {
        let [a, b, c, d, secret @ ..] = random;
        let mut selector = u32::from_be_bytes([a, b, c, d]);
        loop {
            let made = EnrolmentCode::new(selector, u64::from_be_bytes(secret), &self.root_key());
            let hash = self.store.keys.secret_hash(made.selector, made.secret);
            if code::insert(db, made.selector, hash, nrp, now, now.plus_ms(limits::CODE_LIFE_MS))? {
                return Ok(made);
            }
            selector = selector.wrapping_add(1);
        }
    }
}

fn area_info(db: &Connection, area: Area, dated: grant::Dated) -> Result<AreaInfo, ServerError> {
    Ok(AreaInfo {
        unit: area.unit.to_string(),
        name: unit::name(db, area.unit)?.unwrap_or_default(),
        class: area.class.as_str(),
        given: dated.decision.given,
        decided_at: dated.at.to_string(),
    })
}

fn find(db: &Connection, nrp: Nrp) -> Result<OfficerRow, ServerError> {
    officer::find(db, nrp)?.ok_or(ServerError::UnknownOfficer(nrp))
}

fn must_exist(db: &Connection, code: UnitCode) -> Result<(), ServerError> {
    if unit::exists(db, code)? {
        return Ok(());
    }
    Err(if unit::count(db)? == 0 { ServerError::NoUnits } else { ServerError::UnknownUnit(code) })
}
