//! Values as an Indonesian reader expects them.

use serde_json::Value;
use sync_core::form::{Field, FieldKind, Lang};
use time::OffsetDateTime;

const MONTHS: [&str; 12] =
    ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"];

/// `20 November 2026`
pub(super) fn day(clock: OffsetDateTime) -> String {
    date(clock.year(), u8::from(clock.month()), clock.day())
}

fn date(year: i32, month: u8, day: u8) -> String {
    let name = usize::from(month).checked_sub(1).and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    format!("{day} {name} {year}")
}

/// `November 2026`
pub(super) fn month(year: i32, month: u8) -> String {
    let name = usize::from(month).checked_sub(1).and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    format!("{name} {year}")
}

/// A field's value; None for what a list or group is to show by itself.
pub(super) fn value(field: Option<&Field>, value: &Value) -> String {
    match (field.map(|field| &field.kind), value) {
        (Some(FieldKind::Coded(choices)), Value::String(code)) => choices
            .iter()
            .find(|choice| choice.value == *code)
            .map_or_else(|| code.clone(), |choice| choice.label.in_lang(Lang::Indonesian).to_owned()),
        (Some(FieldKind::Date), Value::String(text)) => iso_date(text).unwrap_or_else(|| text.clone()),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Bool(yes)) => if *yes { "Ya" } else { "Tidak" }.to_owned(),
        (_, Value::Number(number)) => number.to_string().replace('.', ","),
        (_, Value::Null) => String::new(),
        (_, Value::Array(_) | Value::Object(_)) => value.to_string(),
    }
}

fn iso_date(text: &str) -> Option<String> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Some(date(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

/// A status in the words of the officer's list.
pub(super) fn status(word: &str) -> &str {
    match word {
        "returned" => "dikembalikan",
        "disputed" => "keputusan berbeda",
        "reopened" => "dibuka kembali",
        "answered" => "dijawab",
        "escalated" => "diteruskan ke atas",
        "final" => "diajukan",
        "handled" => "ditangani",
        "withdrawn" => "ditarik",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sync_core::form::Form;

    use super::*;

    #[test]
    fn codes_and_dates_read_as_indonesian() {
        let field = |name: &str| Form::newest("laporan-informasi").and_then(|form| form.fields().iter().find(|field| field.name == name));
        assert_eq!(value(field("tanggal"), &json!("2026-11-05")), "5 November 2026");
        assert_eq!(value(field("bidang"), &json!("ekonomi")), "Ekonomi");
        assert_eq!(value(field("bidang"), &json!("lain")), "lain", "a code of another version");
        assert_eq!(value(None, &json!(-9.45)), "-9,45");
        assert_eq!(value(None, &json!(true)), "Ya");
    }
}
