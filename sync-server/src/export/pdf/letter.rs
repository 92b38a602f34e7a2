//! One report: kop, title, the fields in the order of the form, signatures.

use rusqlite::Connection;
use serde_json::{Map, Value};
use sync_core::ReportId;
use sync_core::form::{Class, Field, FieldKind, Form, Lang};

use super::fonts::Cut;
use super::kop::{kop, name, office};
use super::pages::{BODY, Look, MARGIN, Orientation, Pages, STRONG};
use super::text;
use crate::ServerError;
use crate::period::Zone;
use crate::store::report::Listed;
use crate::store::{document, form as forms, report};

/// Where the labels of fields end.
const LABEL: f32 = 165.0;

pub(super) fn render(db: &Connection, id: ReportId) -> Result<Vec<u8>, ServerError> {
    let unknown = || ServerError::UnknownReport(id.to_string());
    let stored = document::find(db, id)?.ok_or_else(unknown)?;
    let listed = report::find(db, id)?.ok_or_else(unknown)?;
    let data: Value =
        serde_json::from_str(&listed.report.fields).map_err(|_| ServerError::Damaged(format!("laporan/report {id}: projection")))?;
    let nothing = Map::new();
    let data = data.as_object().unwrap_or(&nothing);
    let form = forms::find(db, &stored.kind, stored.form)?;

    let mut pages = Pages::new(Orientation::Portrait)?;
    if listed.report.place.class == Class::Rahasia {
        pages.mark_secret();
    }
    kop(db, &mut pages, listed.report.place.unit)?;
    let title = form.map_or_else(|| stored.kind.clone(), |form| form.label().in_lang(Lang::Indonesian).to_owned());
    heading(&mut pages, &title, &number(data, id));
    about(db, &mut pages, &listed)?;
    let mut shown: Vec<&str> = Vec::new();
    for section in form.map(Form::sections).unwrap_or_default() {
        let fields = form.map(Form::fields).unwrap_or_default();
        let own: Vec<(&Field, &Value)> =
            section.fields.iter().filter_map(|name| Some((fields.iter().find(|field| field.name == *name)?, data.get(name)?))).collect();
        shown.extend(section.fields.iter().map(String::as_str));
        if own.is_empty() {
            continue;
        }
        section_head(&mut pages, section.label.in_lang(Lang::Indonesian));
        for (field, value) in own {
            entry(&mut pages, field, value);
        }
    }
    // Of a newer form, or of one that this program has not: nothing is left out.
    let others: Vec<(&String, &Value)> = data.iter().filter(|(name, _)| !shown.contains(&name.as_str())).collect();
    if !others.is_empty() {
        section_head(&mut pages, "Lainnya");
        for (name, value) in others {
            pair(&mut pages, MARGIN, name, &text::value(None, value));
        }
    }
    signatures(db, &mut pages, &listed)?;
    pages.finish(&title)
}

/// The number that an LI has; of others the end of the id, by which it is found.
fn number(data: &Map<String, Value>, id: ReportId) -> String {
    data.get("nomor").and_then(Value::as_str).map_or_else(|| id.to_string(), str::to_owned)
}

fn heading(pages: &mut Pages, title: &str, number: &str) {
    let (middle, look) = (pages.width / 2.0, Look { cut: Cut::Bold, size: 13.0 });
    let (left, right) = pages.centred(middle, look, &title.to_uppercase());
    pages.line((left, pages.y - 1.5), (right, pages.y - 1.5));
    pages.y += 2.0;
    pages.centred(middle, BODY, &format!("Nomor: {number}"));
    pages.y += 10.0;
}

/// Who, where, when: what the device and the centre say, apart from the fields.
fn about(db: &Connection, pages: &mut Pages, listed: &Listed) -> Result<(), ServerError> {
    let unit = listed.report.place.unit;
    let zone = Zone::of_unit(unit);
    let at = |moment| {
        let clock = zone.clock(moment);
        format!("{} pukul {:02}.{:02} {}", text::day(clock), clock.hour(), clock.minute(), zone.as_str())
    };
    pair(pages, MARGIN, "Pelapor", &format!("{} / NRP {}", listed.author_name, listed.report.author));
    pair(pages, MARGIN, "Wilayah", &format!("{} ({unit})", name(db, unit)?));
    pair(pages, MARGIN, "Dicatat (jam perangkat)", &at(listed.report.recorded_at));
    pair(pages, MARGIN, "Diterima pusat", &at(listed.received_at));
    pair(pages, MARGIN, "Status", text::status(&listed.report.status));
    if let Some(earlier) = listed.repeat_of {
        pair(pages, MARGIN, "Uraian berulang", &format!("mengulang laporan {earlier}"));
    }
    Ok(())
}

fn section_head(pages: &mut Pages, label: &str) {
    pages.need(STRONG.height() * 3.0 + 8.0);
    pages.y += 8.0;
    pages.text_at(MARGIN, pages.y, STRONG, &label.to_uppercase());
    pages.y += STRONG.height() + 1.0;
}

fn entry(pages: &mut Pages, field: &Field, value: &Value) {
    let label = field.label.in_lang(Lang::Indonesian);
    match (&field.kind, value) {
        (FieldKind::Group(inner), Value::Object(map)) => {
            pair(pages, MARGIN, label, "");
            nested(pages, inner, map);
        }
        (FieldKind::Rows(inner), Value::Array(rows)) => {
            pair(pages, MARGIN, label, &format!("{}", rows.len()));
            let row_label = field.rows.as_ref().map_or("", |rows| rows.label.in_lang(Lang::Indonesian));
            for (row, number) in rows.iter().zip(1..) {
                pages.need(STRONG.height() * 2.0);
                pages.text_at(MARGIN + 14.0, pages.y, STRONG, &format!("{number}. {row_label}"));
                pages.y += STRONG.height();
                nested(pages, inner, row.as_object().unwrap_or(&Map::new()));
            }
        }
        _ => pair(pages, MARGIN, label, &text::value(Some(field), value)),
    }
}

fn nested(pages: &mut Pages, fields: &[Field], map: &Map<String, Value>) {
    for field in fields {
        if let Some(value) = map.get(&field.name) {
            pair(pages, MARGIN + 14.0, field.label.in_lang(Lang::Indonesian), &text::value(Some(field), value));
        }
    }
}

/// A label and its value, side by side; the value goes on where it is long, also on the next page.
fn pair(pages: &mut Pages, x: f32, label: &str, value: &str) {
    let value_x = MARGIN + LABEL;
    let labels = pages.fonts.lines(label, BODY.cut, BODY.size, value_x - x - 12.0);
    let values = pages.fonts.lines(value, BODY.cut, BODY.size, pages.width - MARGIN - value_x - 8.0);
    for at in 0..labels.len().max(values.len()) {
        pages.need(BODY.height());
        if let Some(label) = labels.get(at) {
            pages.text_at(x, pages.y, BODY, label);
        }
        if at == 0 {
            pages.text_at(value_x, pages.y, BODY, ":");
        }
        if let Some(value) = values.get(at) {
            pages.text_at(value_x + 8.0, pages.y, BODY, value);
        }
        pages.y += BODY.height();
    }
}

fn signatures(db: &Connection, pages: &mut Pages, listed: &Listed) -> Result<(), ServerError> {
    pages.need(125.0);
    pages.y += 24.0;
    let top = pages.y;
    let unit = listed.report.place.unit;
    let clock = Zone::of_unit(unit).clock(listed.report.recorded_at);
    let (left, right) = (MARGIN + pages.room() * 0.25, MARGIN + pages.room() * 0.75);
    pages.y = top + BODY.height();
    pages.centred(left, BODY, "Mengetahui,");
    let room = pages.room() * 0.48;
    for line in pages.fonts.lines(&office(db, unit)?, BODY.cut, BODY.size, room) {
        pages.centred(left, BODY, &line);
    }
    pages.y = top + 105.0 - BODY.height();
    pages.line((left - 70.0, pages.y), (left + 70.0, pages.y));
    pages.y = top;
    pages.centred(right, BODY, &format!("{}, {}", name(db, unit)?, text::day(clock)));
    pages.centred(right, BODY, "Yang melaporkan,");
    pages.y = top + 105.0 - 2.0 * BODY.height();
    let (from, to) = pages.centred(right, STRONG, &listed.author_name.to_uppercase());
    pages.line((from, pages.y - 1.0), (to, pages.y - 1.0));
    pages.y += 1.0;
    pages.centred(right, BODY, &format!("NRP {}", listed.report.author));
    Ok(())
}
