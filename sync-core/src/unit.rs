//! Unit codes of the police hierarchy: `ID`, `53`, `53.03`, `53.03.01`, `53.03.01.2005`.

use std::fmt;
use std::str::FromStr;

use crate::ParseError;

/// How high a unit stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// The country (Mabes).
    Country,
    /// A province (Polda).
    Province,
    /// A regency or city (Polres).
    Regency,
    /// A district (Polsek).
    District,
    /// A village (desa or kelurahan).
    Village,
}

/// A unit's code. Says nothing of whether the unit exists: that is for the list of units.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitCode {
    level: u8,
    parts: [u16; 4],
}

impl UnitCode {
    /// The country.
    pub const COUNTRY: Self = Self { level: 0, parts: [0; 4] };

    /// None where there are more than four numbers, or one that its place cannot hold.
    pub fn from_parts(parts: &[u16]) -> Option<Self> {
        if parts.len() > 4 || parts.iter().zip([99, 99, 99, 9999]).any(|(part, most)| *part > most) {
            return None;
        }
        let mut all = [0; 4];
        all.iter_mut().zip(parts).for_each(|(slot, part)| *slot = *part);
        Some(Self { level: u8::try_from(parts.len()).ok()?, parts: all })
    }

    /// The numbers of the code, none for the country.
    pub fn parts(&self) -> &[u16] {
        self.parts.get(..usize::from(self.level)).unwrap_or_default()
    }

    /// How high it stands.
    pub fn level(self) -> Level {
        match self.level {
            0 => Level::Country,
            1 => Level::Province,
            2 => Level::Regency,
            3 => Level::District,
            _ => Level::Village,
        }
    }

    /// The unit above by code; none for the country. A decree may have put a unit elsewhere since: the server's table of units decides.
    pub fn parent(self) -> Option<Self> {
        let (_, above) = self.parts().split_last()?;
        Self::from_parts(above)
    }

    /// The partition in which what happens here is numbered: the regency, or the unit itself above it.
    pub fn partition(self) -> Self {
        self.parts().get(..2).and_then(Self::from_parts).unwrap_or(self)
    }

    /// True for the unit itself and all whose code begins with its code.
    pub fn contains(&self, other: &Self) -> bool {
        other.parts().starts_with(self.parts())
    }

    /// The unit and those above it by code, lowest first.
    pub fn with_ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |unit| unit.parent())
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.level == 0 {
            return f.write_str("ID");
        }
        for (at, part) in self.parts().iter().enumerate() {
            match at {
                0 => write!(f, "{part:02}")?,
                3 => write!(f, ".{part:04}")?,
                _ => write!(f, ".{part:02}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for UnitCode {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let wrong = ParseError { expected: "a unit code (ID, 53, 53.03, 53.03.01 or 53.03.01.2005)" };
        if text == "ID" {
            return Ok(Self::COUNTRY);
        }
        let mut parts = Vec::new();
        for (at, part) in text.split('.').enumerate() {
            let digits = if at == 3 { 4 } else { 2 };
            if at > 3 || part.len() != digits || !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(wrong);
            }
            parts.push(part.parse().map_err(|_| wrong.clone())?);
        }
        Self::from_parts(&parts).ok_or(wrong)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    fn unit(text: &str) -> UnitCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_code_survives_its_text() {
        for text in ["ID", "53", "53.03", "53.03.01", "53.03.01.2005"] {
            assert_eq!(unit(text).to_string(), text);
        }
        for text in ["", "5", "53.3", "53.03.01.05", "53.03.01.2005.1", "53.", "id", "+3", "53.03.01.+005"] {
            assert!(text.parse::<UnitCode>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_village_lies_in_its_regency_and_in_no_other() {
        let village = unit("53.03.01.2005");
        assert_eq!(village.partition(), unit("53.03"));
        assert_eq!(unit("53").partition(), unit("53"));
        assert!(unit("53.03").contains(&village) && UnitCode::COUNTRY.contains(&village));
        assert!(!unit("53.30").contains(&village) && !village.contains(&unit("53.03")));
        assert_eq!(village.with_ancestors().count(), 5);
        assert_eq!(village.level(), Level::Village);
    }
}
