//! Reports as a list: kop, period, one row a report, totals by kind.

use std::collections::BTreeMap;

use rusqlite::Connection;
use sync_core::UnitCode;
use sync_core::form::{Class, Lang};

use super::fonts::Cut;
use super::kop::{kop, name};
use super::pages::{BODY, Look, MARGIN, Orientation, Pages};
use super::text;
use crate::ServerError;
use crate::admin::ReportFilter;
use crate::period::{Period, Zone};
use crate::store::form;
use crate::store::report::{self, Listed};

/// Reports of one list: 400 pages, which nobody prints.
const REPORTS_MAX: u64 = 5_000;
/// Lines of a description that a row has room for.
const LINES_MAX: usize = 4;
const CELL: Look = Look { cut: Cut::Regular, size: 8.5 };
const HEAD: Look = Look { cut: Cut::Bold, size: 8.5 };
const COLUMNS: [(&str, f32); 7] =
    [("No", 26.0), ("Dicatat", 84.0), ("Jenis", 92.0), ("Wilayah", 92.0), ("Petugas", 110.0), ("Status", 74.0), ("Uraian", 251.0)];

pub(super) fn render(db: &Connection, filter: &ReportFilter) -> Result<(Vec<u8>, u64), ServerError> {
    let unit = filter.unit.unwrap_or(UnitCode::COUNTRY);
    let mut pages = Pages::new(Orientation::Landscape)?;
    kop(db, &mut pages, unit)?;
    let title = "DAFTAR LAPORAN";
    pages.centred(pages.width / 2.0, Look { cut: Cut::Bold, size: 13.0 }, title);
    pages.centred(pages.width / 2.0, BODY, &subtitle(db, unit, filter)?);
    pages.y += 8.0;
    heads(&mut pages);
    let mut count = 0;
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let zone = filter.period.map_or(Zone::of_unit(unit), |(_, zone)| zone);
    report::each(db, &filter.conditions(), |listed| {
        count += 1;
        if count > REPORTS_MAX {
            return Err(ServerError::TooManyReports(REPORTS_MAX));
        }
        if listed.report.place.class == Class::Rahasia {
            pages.mark_secret();
        }
        let kind = kind_label(db, &listed.report.kind)?;
        row(db, &mut pages, (&listed, &kind), count, zone)?;
        *kinds.entry(kind).or_default() += 1;
        Ok(())
    })?;
    totals(&mut pages, &kinds, count);
    Ok((pages.finish(title)?, count))
}

fn subtitle(db: &Connection, unit: UnitCode, filter: &ReportFilter) -> Result<String, ServerError> {
    let mut parts = vec![format!("Wilayah {} ({unit})", name(db, unit)?)];
    if let Some((period, zone)) = filter.period {
        let span = period.span(zone);
        let (first, last) = (text::day(zone.clock(span.from)), text::day(zone.clock(span.to.plus_ms(-1))));
        parts.push(match period {
            Period::Week { year, week } => format!("Pekan {week} tahun {year}, {first} – {last} ({})", zone.as_str()),
            Period::Month { year, month } => format!("Bulan {} ({})", text::month(year, month), zone.as_str()),
        });
    } else {
        parts.push(format!("waktu {}", Zone::of_unit(unit).as_str()));
    }
    if let Some(kind) = &filter.kind {
        parts.push(kind_label(db, kind)?);
    }
    parts.extend(filter.status.as_deref().map(|status| format!("status {}", text::status(status))));
    Ok(parts.join(" · "))
}

fn kind_label(db: &Connection, kind: &str) -> Result<String, ServerError> {
    Ok(form::newest(db, kind)?.map_or_else(|| kind.to_owned(), |form| form.label().in_lang(Lang::Indonesian).to_owned()))
}

fn heads(pages: &mut Pages) {
    let mut x = MARGIN;
    pages.line((MARGIN, pages.y - 2.0), (pages.width - MARGIN, pages.y - 2.0));
    for (head, width) in COLUMNS {
        pages.text_at(x, pages.y, HEAD, head);
        x += width;
    }
    pages.y += HEAD.height() + 2.0;
    pages.line((MARGIN, pages.y - 2.0), (pages.width - MARGIN, pages.y - 2.0));
}

fn row(db: &Connection, pages: &mut Pages, (listed, kind): (&Listed, &str), number: u64, zone: Zone) -> Result<(), ServerError> {
    let report = &listed.report;
    let repeats = if listed.repeat_of.is_some() { " (berulang)" } else { "" };
    let cells = [
        number.to_string(),
        crate::export::minute(zone.clock(report.recorded_at)),
        kind.to_owned(),
        format!("{} {}", name(db, report.place.unit)?, report.place.unit),
        format!("{} {}", listed.author_name, report.author),
        format!("{}{repeats}", text::status(&report.status)),
        report.uraian.clone(),
    ];
    let mut columns: Vec<Vec<String>> = Vec::new();
    for (cell, (_, width)) in cells.iter().zip(COLUMNS) {
        let mut lines = pages.fonts.lines(cell, CELL.cut, CELL.size, width - 6.0);
        if lines.len() > LINES_MAX {
            lines.truncate(LINES_MAX);
            if let Some(last) = lines.last_mut() {
                let end = last.char_indices().rev().nth(1).map_or(0, |(at, _)| at);
                last.truncate(end);
                last.push('…');
            }
        }
        columns.push(lines);
    }
    let height = columns.iter().map(Vec::len).max().unwrap_or(1) as f32 * CELL.height() + 4.0;
    if pages.need(height) {
        heads(pages);
    }
    let (top, mut x) = (pages.y, MARGIN);
    for (lines, (_, width)) in columns.iter().zip(COLUMNS) {
        let mut y = top;
        for line in lines {
            pages.text_at(x, y, CELL, line);
            y += CELL.height();
        }
        x += width;
    }
    pages.y = top + height;
    pages.line((MARGIN, pages.y - 2.5), (pages.width - MARGIN, pages.y - 2.5));
    Ok(())
}

fn totals(pages: &mut Pages, kinds: &BTreeMap<String, u64>, count: u64) {
    pages.need(BODY.height() * 2.0 + 8.0);
    pages.y += 8.0;
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    let all = if kinds.is_empty() { "Jumlah: 0 laporan".to_owned() } else { format!("Jumlah: {count} laporan ({})", kinds.join(", ")) };
    pages.paragraph(MARGIN, pages.room(), BODY, &all);
}
