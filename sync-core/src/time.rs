//! Moments, as milliseconds since 1970 in UTC. Nothing here reads a clock.

use std::fmt;

use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last moment that anything here accepts: the end of the year 9999. Automerge panics when two commit times of one
    /// document differ by more than an `i64` holds, so that a time is bounded wherever it enters.
    pub const LAST: Self = Self(253_402_300_799_999);

    /// Brought into the accepted range: from 1970 to [`Timestamp::LAST`].
    pub fn from_unix_ms(ms: i64) -> Self {
        Self(ms.clamp(0, Self::LAST.0))
    }

    /// Milliseconds since 1970.
    pub fn unix_ms(self) -> i64 {
        self.0
    }

    /// Year and month in the middle of the country (WITA, UTC+8): what counts as the same month for a repeated description.
    pub fn wita_month(self) -> (i32, u8) {
        let moment = OffsetDateTime::from_unix_timestamp(self.0 / 1_000 + 8 * 3_600);
        moment.map_or((1970, 1), |moment| (moment.year(), moment.month().into()))
    }

    /// When a day, as 2026-11-25, is over in the whole country: at midnight in the west (WIB, UTC+7). None for a text that is no day.
    pub fn end_of_day(day: &str) -> Option<Self> {
        let next = Date::parse(day, &Iso8601::DATE).ok()?.next_day()?;
        let seconds = next.midnight().assume_utc().unix_timestamp() - 7 * 3_600;
        Some(Self::from_unix_ms(seconds * 1_000))
    }

    /// The moment `ms` milliseconds later, at most [`Timestamp::LAST`].
    pub fn plus_ms(self, ms: i64) -> Self {
        Self::from_unix_ms(self.0.saturating_add(ms))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).map_err(|_| fmt::Error)?;
        f.write_str(&moment.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_at_midnight_in_the_middle_of_the_country() {
        // 2026-10-31T16:00:00Z is midnight in WITA.
        assert_eq!(Timestamp::from_unix_ms(1_793_462_399_999).wita_month(), (2026, 10));
        assert_eq!(Timestamp::from_unix_ms(1_793_462_400_000).wita_month(), (2026, 11));
    }

    #[test]
    fn a_day_ends_where_it_ends_last() {
        // 2026-10-31T17:00:00Z is midnight in WIB.
        assert_eq!(Timestamp::end_of_day("2026-10-31").map(Timestamp::unix_ms), Some(1_793_466_000_000));
        for text in ["", "kemarin", "2026-13-01", "2026-02-30"] {
            assert_eq!(Timestamp::end_of_day(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_reads_as_rfc_3339() {
        assert_eq!(Timestamp::from_unix_ms(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_unix_ms(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_unix_ms(-5), Timestamp::default());
    }
}
