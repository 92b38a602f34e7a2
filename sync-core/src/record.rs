//! What the server signs and a device keeps and shows: enrolment, grants, revocation.

use std::collections::BTreeMap;

use crate::codec::{DecodeError, Reader, Writer};
use crate::form::{Class, Role};
use crate::keys::{PublicKey, Purpose, SecretKey, SignatureBytes};
use crate::place::Area;
use crate::{DeviceId, Nrp, Timestamp, UnitCode, limits};

/// A decision on one area of an officer: given or ended. GRANT_CLOCK: its version is the server's clock, and above the version before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Milliseconds since 1970 by the server's clock, made to grow.
    pub version: u64,
    /// False when the grant ended.
    pub given: bool,
}

impl Decision {
    /// GRANT_RECORD: of two decisions on one area the newer holds; of two with one version, the one that ends the grant.
    pub fn is_newer_than(self, other: Self) -> bool {
        self.version > other.version || (self.version == other.version && !self.given && other.given)
    }
}

/// RECORD_SUM: what a device or the centre knows of an officer's areas, as one number. It grows with every decision that is newer than what was known of its area; so of two that
/// know different things the numbers differ (that they are equal by chance takes times that agree to the millisecond), and who has the smaller one lacks something.
pub fn record_sum(decisions: impl IntoIterator<Item = Decision>) -> u64 {
    let weight = |one: Decision| one.version.wrapping_mul(2).wrapping_add(u64::from(!one.given));
    decisions.into_iter().map(weight).fold(0, u64::wrapping_add)
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A device belongs to an officer.
    Enrolment {
        /// The device.
        device: DeviceId,
        /// Its key.
        key: PublicKey,
        /// Its officer.
        officer: Nrp,
        /// The officer's name.
        name: String,
        /// The officer's role.
        role: Role,
        /// When, by the server's clock.
        at: Timestamp,
    },
    /// GRANT_RECORD: the newest decision on each of an officer's areas; ended ones are never forgotten.
    Grants {
        /// The officer.
        officer: Nrp,
        /// The officer's role now.
        role: Role,
        /// By area.
        decisions: BTreeMap<Area, Decision>,
    },
    /// A device may read nothing any more.
    Revocation {
        /// The device.
        device: DeviceId,
        /// When, by the server's clock.
        at: Timestamp,
    },
}

impl Record {
    /// Its canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::default();
        match self {
            Self::Enrolment { device, key, officer, name, role, at } => {
                out.byte(1);
                out.raw(&device.0);
                out.raw(&key.0);
                out.number(u64::from(officer.number()));
                out.text(name);
                out.byte(role_number(*role));
                out.signed(at.unix_ms());
            }
            Self::Grants { officer, role, decisions } => {
                out.byte(2);
                out.number(u64::from(officer.number()));
                out.byte(role_number(*role));
                out.length(decisions.len());
                for (area, decision) in decisions {
                    area.unit.encode(&mut out);
                    out.byte(u8::from(area.class == Class::Rahasia));
                    out.number(decision.version);
                    out.byte(u8::from(decision.given));
                }
            }
            Self::Revocation { device, at } => {
                out.byte(3);
                out.raw(&device.0);
                out.signed(at.unix_ms());
            }
        }
        out.into_bytes()
    }

    /// From canonical bytes.
    ///
    /// # Errors
    /// [`DecodeError`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let record = match reader.byte("a record")? {
            1 => Self::Enrolment {
                device: DeviceId(reader.array("a device")?),
                key: PublicKey(reader.array("a key")?),
                officer: nrp(&mut reader)?,
                name: reader.text(limits::NAME_BYTES_MAX, "a name")?.to_owned(),
                role: role(&mut reader)?,
                at: Timestamp::from_unix_ms(reader.signed("a time")?),
            },
            2 => {
                let (officer, role) = (nrp(&mut reader)?, role(&mut reader)?);
                let count = reader.length(limits::DECISIONS_MAX, "decisions")?;
                let mut decisions = BTreeMap::new();
                for _ in 0..count {
                    let unit = UnitCode::decode(&mut reader)?;
                    let class = if reader.flag("a class")? { Class::Rahasia } else { Class::Biasa };
                    let decision = Decision { version: reader.number("a version")?, given: reader.flag("a decision")? };
                    decisions.insert(Area { unit, class }, decision);
                }
                Self::Grants { officer, role, decisions }
            }
            3 => Self::Revocation { device: DeviceId(reader.array("a device")?), at: Timestamp::from_unix_ms(reader.signed("a time")?) },
            _ => return Err(DecodeError::Invalid("a record")),
        };
        reader.end("a record")?;
        Ok(record)
    }
}

pub(crate) fn nrp(reader: &mut Reader<'_>) -> Result<Nrp, DecodeError> {
    let number = u32::try_from(reader.number("an NRP")?).map_err(|_| DecodeError::TooLarge("an NRP"))?;
    Nrp::from_number(number).ok_or(DecodeError::TooLarge("an NRP"))
}

fn role_number(role: Role) -> u8 {
    match role {
        Role::Officer => 0,
        Role::Polsek => 1,
        Role::Polres => 2,
        Role::Polda => 3,
        Role::Mabes => 4,
    }
}

fn role(reader: &mut Reader<'_>) -> Result<Role, DecodeError> {
    let number = reader.byte("a role")?;
    Role::ALL.into_iter().find(|role| role_number(*role) == number).ok_or(DecodeError::Invalid("a role"))
}

/// A record with the server's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRecord {
    /// [`Record::encode`].
    pub bytes: Vec<u8>,
    /// By a working key.
    pub signature: SignatureBytes,
}

impl SignedRecord {
    /// Made by the server only.
    pub fn sign(record: &Record, working: &SecretKey) -> Self {
        let bytes = record.encode();
        let signature = working.sign(Purpose::Record, &[&bytes]);
        Self { bytes, signature }
    }

    /// What it says, when `working` signed it.
    pub fn open(&self, working: &PublicKey) -> Option<Record> {
        let valid = working.verifies(Purpose::Record, &[&self.bytes], &self.signature);
        Record::decode(&self.bytes).ok().filter(|_| valid)
    }

    pub(crate) fn encode(&self, out: &mut Writer) {
        out.bytes(&self.bytes);
        out.raw(&self.signature);
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let bytes = reader.bytes(64 << 10, "a record")?.to_vec();
        Ok(Self { bytes, signature: reader.array("a signature")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_decisions_the_newer_holds_and_of_one_version_the_end() {
        let (given, ended) = (|version| Decision { version, given: true }, |version| Decision { version, given: false });
        for (newer, older) in [(given(2), given(1)), (given(2), ended(1)), (ended(2), given(1)), (ended(2), ended(1)), (ended(1), given(1))]
        {
            assert!(newer.is_newer_than(older), "{newer:?} {older:?}");
            assert!(!older.is_newer_than(newer), "{older:?} {newer:?}");
        }
        for same in [given(1), ended(1)] {
            assert!(!same.is_newer_than(same));
        }
    }

    #[test]
    fn the_sum_grows_with_each_newer_decision_and_tells_two_with_one_newest_version_apart() {
        let (given, ended) = (|version| Decision { version, given: true }, |version| Decision { version, given: false });
        let states = [vec![], vec![given(3)], vec![ended(3)], vec![given(5)], vec![given(5), given(2)], vec![given(5), ended(2)]];
        assert!(states.is_sorted_by_key(|state| record_sum(state.iter().copied())));
        assert_ne!(record_sum([given(1), given(7)]), record_sum([given(4), given(7)]));
        assert_eq!(record_sum([given(u64::MAX)]), u64::MAX - 1);
    }
}
