//! Dates and hours in Indonesian words.

use time::{Date, Month, Weekday};

use super::habit::DateManner;

pub(super) fn weekday(date: Date) -> &'static str {
    weekday_name(date.weekday())
}

pub(super) fn weekday_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Senin",
        Weekday::Tuesday => "Selasa",
        Weekday::Wednesday => "Rabu",
        Weekday::Thursday => "Kamis",
        Weekday::Friday => "Jumat",
        Weekday::Saturday => "Sabtu",
        Weekday::Sunday => "Minggu",
    }
}

fn month_name(month: Month) -> &'static str {
    match month {
        Month::January => "Januari",
        Month::February => "Februari",
        Month::March => "Maret",
        Month::April => "April",
        Month::May => "Mei",
        Month::June => "Juni",
        Month::July => "Juli",
        Month::August => "Agustus",
        Month::September => "September",
        Month::October => "Oktober",
        Month::November => "November",
        Month::December => "Desember",
    }
}

/// The date in the manner of the officer.
pub(super) fn written(date: Date, manner: DateManner) -> String {
    let (year, month, day) = date.to_calendar_date();
    let number = u8::from(month);
    match manner {
        DateManner::Long => format!("{day} {} {year}", month_name(month)),
        DateManner::Dashes => format!("{day:02}-{number:02}-{year}"),
        DateManner::Short => format!("{day}/{number}/{:02}", year.rem_euclid(100)),
        DateManner::DayAndMonth => format!("tgl {day} {}", month_name(month)),
    }
}

/// `2026-03-12`, as forms store a date.
pub(super) fn stored(date: Date) -> String {
    let (year, month, day) = date.to_calendar_date();
    format!("{year:04}-{:02}-{day:02}", u8::from(month))
}
