//! Weeks and months by the calendar of one of the country's three zones. Nothing here reads a clock.

use std::fmt;

use sync_core::{Timestamp, UnitCode};
use time::{Date, Month, OffsetDateTime, UtcOffset, Weekday};

use crate::ServerError;

/// A zone of the country; none of them has summer time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// West, UTC+7.
    Wib,
    /// Middle, UTC+8.
    Wita,
    /// East, UTC+9.
    Wit,
}

impl Zone {
    /// The zone of that name, in whatever case.
    ///
    /// # Errors
    /// [`ServerError::BadZone`].
    pub fn parse(text: &str) -> Result<Self, ServerError> {
        match text.trim().to_ascii_uppercase().as_str() {
            "WIB" => Ok(Self::Wib),
            "WITA" => Ok(Self::Wita),
            "WIT" => Ok(Self::Wit),
            _ => Err(ServerError::BadZone(text.to_owned())),
        }
    }

    /// The zone of a unit's province (Keppres 41/1987 and the provinces made since); of the country that of the capital.
    pub fn of_unit(unit: UnitCode) -> Self {
        match unit.parts().first() {
            Some(51..=53 | 63..=65 | 71..=76) => Self::Wita,
            Some(81..=82 | 91..=97) => Self::Wit,
            Some(_) | None => Self::Wib,
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wib => "WIB",
            Self::Wita => "WITA",
            Self::Wit => "WIT",
        }
    }

    fn hours(self) -> i8 {
        match self {
            Self::Wib => 7,
            Self::Wita => 8,
            Self::Wit => 9,
        }
    }

    /// The moment as its clocks show it.
    pub(crate) fn clock(self, at: Timestamp) -> OffsetDateTime {
        let utc = OffsetDateTime::from_unix_timestamp(at.unix_ms().div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        utc.to_offset(UtcOffset::from_hms(self.hours(), 0, 0).unwrap_or(UtcOffset::UTC))
    }
}

/// A week of ISO 8601, Monday to Sunday, or a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// `2026-W47`
    Week {
        /// The year of the week, which is that of its Thursday.
        year: i32,
        /// 1 to 52 or 53.
        week: u8,
    },
    /// `2026-11`
    Month {
        /// The year.
        year: i32,
        /// 1 to 12.
        month: u8,
    },
}

/// From a moment on, up to but without another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

impl Period {
    /// A week or month that the calendar has.
    ///
    /// # Errors
    /// [`ServerError::BadPeriod`] for any other text: most years have no week 53.
    pub fn parse(text: &str) -> Result<Self, ServerError> {
        let bad = || ServerError::BadPeriod(text.to_owned());
        let (year, rest) = text.trim().split_once('-').ok_or_else(bad)?;
        let number = |digits: &str, length: usize| -> Result<u16, ServerError> {
            let plain = digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| plain).ok_or_else(bad)
        };
        let year = i32::from(number(year, 4)?);
        let small = |digits: &str| u8::try_from(number(digits, 2)?).map_err(|_| bad());
        let period = match rest.strip_prefix(['W', 'w']) {
            Some(week) => Self::Week { year, week: small(week)? },
            None => Self::Month { year, month: small(rest)? },
        };
        // Moments here begin in 1970 and end with 9999; a week of the last days would not.
        let there = (1971..=9998).contains(&year) && period.first_day().is_some();
        if there { Ok(period) } else { Err(bad()) }
    }

    /// The month in which a moment lies.
    pub(crate) fn month_of(at: Timestamp, zone: Zone) -> Self {
        let day = zone.clock(at);
        Self::Month { year: day.year(), month: day.month().into() }
    }

    /// What it spans in a zone.
    pub fn span(self, zone: Zone) -> Span {
        let midnight = |day: Option<Date>| {
            let utc = day.map_or(i64::MAX, |day| day.midnight().assume_utc().unix_timestamp().saturating_mul(1_000));
            Timestamp::from_unix_ms(utc.saturating_sub(i64::from(zone.hours()).saturating_mul(3_600_000)))
        };
        Span { from: midnight(self.first_day()), to: midnight(self.day_after()) }
    }

    /// How many days it has.
    pub(crate) fn days(self) -> u64 {
        match (self.first_day(), self.day_after()) {
            (Some(first), Some(after)) => u64::try_from((after - first).whole_days()).unwrap_or(7),
            _ => 7,
        }
    }

    fn first_day(self) -> Option<Date> {
        match self {
            Self::Week { year, week } => Date::from_iso_week_date(year, week, Weekday::Monday).ok(),
            Self::Month { year, month } => Date::from_calendar_date(year, Month::try_from(month).ok()?, 1).ok(),
        }
    }

    fn day_after(self) -> Option<Date> {
        let first = self.first_day()?;
        match self {
            Self::Week { .. } => first.checked_add(time::Duration::weeks(1)),
            Self::Month { .. } => first.checked_add(time::Duration::days(i64::from(first.month().length(first.year())))),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Week { year, week } => write!(f, "{year:04}-W{week:02}"),
            Self::Month { year, month } => write!(f, "{year:04}-{month:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    #[test]
    fn a_week_begins_on_monday_at_midnight_in_its_zone() {
        let span = |text, zone| Period::parse(text).unwrap().span(zone);
        let week = span("2026-W47", Zone::Wita);
        assert_eq!((week.from.to_string().as_str(), week.to.to_string().as_str()), ("2026-11-15T16:00:00Z", "2026-11-22T16:00:00Z"));
        assert_eq!(span("2026-W47", Zone::Wit).from.to_string(), "2026-11-15T15:00:00Z");
        let month = span("2026-11", Zone::Wib);
        assert_eq!((month.from.to_string().as_str(), month.to.to_string().as_str()), ("2026-10-31T17:00:00Z", "2026-11-30T17:00:00Z"));
        assert_eq!(span("2026-12", Zone::Wib).to.to_string(), "2026-12-31T17:00:00Z");
        assert_eq!(Period::parse("2028-02").unwrap().days(), 29);
    }

    #[test]
    fn a_moment_lies_in_the_month_of_its_zone() {
        // 2026-10-31T16:00:00Z is midnight in WITA.
        let at = Timestamp::from_unix_ms(1_793_462_400_000);
        assert_eq!(Period::month_of(at, Zone::Wita).to_string(), "2026-11");
        assert_eq!(Period::month_of(at, Zone::Wib).to_string(), "2026-10");
    }

    #[test]
    fn what_the_calendar_has_not_is_refused() {
        assert_eq!(Period::parse("2026-W53").unwrap().to_string(), "2026-W53", "2026 begins on a Thursday");
        for text in [
            "2025-W53",
            "2026-W00",
            "2026-W54",
            "2026-00",
            "2026-13",
            "2026-1",
            "26-11",
            "2026W47",
            "2026-W7",
            "",
            "2026-11-25",
            "0000-01",
            "9999-W52",
            "2026-W+1",
        ] {
            assert_eq!(Period::parse(text).unwrap_err().code(), "bad-period", "{text}");
        }
        assert_eq!(Zone::parse("wita").unwrap(), Zone::Wita);
        assert_eq!(Zone::parse("UTC").unwrap_err().code(), "bad-zone");
    }

    #[test]
    fn a_province_has_its_zone() {
        let zone = |code: &str| Zone::of_unit(code.parse().unwrap());
        assert_eq!(
            (zone("ID"), zone("31.71"), zone("62"), zone("53.03.01"), zone("64"), zone("91")),
            (Zone::Wib, Zone::Wib, Zone::Wib, Zone::Wita, Zone::Wita, Zone::Wit)
        );
    }
}
