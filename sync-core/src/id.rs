//! Names of things that travel: reports, devices, incarnations, officers.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The name of a report: a UUIDv7 made on the device that began it. Never derived from a village code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportId(Uuid);

impl ReportId {
    /// A UUIDv7 from a time in milliseconds since 1970 and ten random bytes.
    pub fn new(unix_ms: u64, random: [u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
    }

    /// The sixteen bytes as they travel.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The time in the id, milliseconds since 1970: by the device's clock.
    pub fn unix_ms(self) -> u64 {
        let bytes = self.to_bytes();
        bytes.iter().take(6).fold(0, |time, byte| time << 8 | u64::from(*byte))
    }

    /// The sixteen bytes as they travel.
    pub fn to_bytes(self) -> [u8; 16] {
        *self.0.as_bytes()
    }
}

impl fmt::Display for ReportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ReportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not the name that was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}")]
pub struct ParseError {
    /// What was expected, in words.
    pub expected: &'static str,
}

impl FromStr for ReportId {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Uuid::try_parse(text).map(Self).map_err(|_| ParseError { expected: "a report id (a UUID)" })
    }
}

macro_rules! eight_bytes {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 8]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<Self, ParseError> {
                let wrong = ParseError { expected: $expected };
                if text.len() != 16 || !text.is_ascii() {
                    return Err(wrong);
                }
                u64::from_str_radix(text, 16).map(|n| Self(n.to_be_bytes())).map_err(|_| wrong)
            }
        }
    };
}

eight_bytes! {
    /// A device: eight random bytes that the server drew at enrolment. The first half of each of its actors.
    DeviceId, "a device id (16 hexadecimal digits)"
}

eight_bytes! {
    /// One life of a device's store: new with the store, and when the server answers that it is behind.
    Incarnation, "an incarnation (16 hexadecimal digits)"
}

/// An Automerge actor: the device's eight bytes and eight random ones, fresh for each opening of the writer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Actor(pub [u8; 16]);

impl Actor {
    /// An actor of `device`; `random` must never have been used by that device before.
    pub fn new(device: DeviceId, random: [u8; 8]) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&device.0);
        bytes[8..].copy_from_slice(&random);
        Self(bytes)
    }

    /// The device that this actor belongs to.
    pub fn device(self) -> DeviceId {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[..8]);
        DeviceId(bytes)
    }

    /// None when the foreign id has not our length.
    pub fn from_automerge(id: &automerge::ActorId) -> Option<Self> {
        id.to_bytes().try_into().ok().map(Self)
    }

    /// As Automerge wants it.
    pub fn to_automerge(self) -> automerge::ActorId {
        automerge::ActorId::from(self.0)
    }
}

/// An officer's personnel number (NRP): eight digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nrp(u32);

impl Nrp {
    /// None above eight digits.
    pub fn from_number(number: u32) -> Option<Self> {
        (number <= 99_999_999).then_some(Self(number))
    }

    /// The eight digits as a number.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Nrp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}", self.0)
    }
}

impl fmt::Debug for Nrp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Nrp {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let wrong = ParseError { expected: "an NRP (eight digits)" };
        if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong);
        }
        text.parse().map(Self).map_err(|_| wrong)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    #[test]
    fn names_survive_their_text() {
        let report = ReportId::new(1_700_000_000_000, [7; 10]);
        assert_eq!(report.to_string().parse::<ReportId>().unwrap(), report);
        let device = DeviceId([0, 1, 2, 3, 4, 5, 6, 255]);
        assert_eq!(device.to_string().parse::<DeviceId>().unwrap(), device);
        assert_eq!("00000017".parse::<Nrp>().unwrap().to_string(), "00000017");
        assert!("1234567".parse::<Nrp>().is_err());
        assert!("+1234567".parse::<Nrp>().is_err());
    }

    #[test]
    fn an_actor_names_its_device() {
        let device = DeviceId([9; 8]);
        let actor = Actor::new(device, [1; 8]);
        assert_eq!(actor.device(), device);
        assert_eq!(Actor::from_automerge(&actor.to_automerge()), Some(actor));
        assert_eq!(Actor::from_automerge(&automerge::ActorId::from([1_u8; 5])), None);
    }
}
