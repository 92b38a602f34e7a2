//! Reports for other programs. CSV is safe to open in a spreadsheet: no text of a report becomes a formula.

use std::collections::BTreeSet;
use std::io::Write;

use rusqlite::Connection;
use serde_json::Value;

use super::report::{ReportFilter, ReportSummary};
use crate::store::report;
use crate::{Server, ServerError};

/// In which form reports leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One array.
    Json,
    /// One object a line.
    Ndjson,
    /// One line a report, one column a field; rows of lists as JSON.
    Csv,
}

/// The columns that every report has.
const COLUMNS: [&str; 12] =
    ["id", "kind", "unit", "class", "lane", "author", "author_name", "status", "recorded_at", "received_at", "changed_at", "conflicts"];

impl Server {
    /// Writes the reports that fit, newest first, and says how many. They are not collected in memory.
    ///
    /// # Errors
    /// [`ServerError::File`] when `out` takes no more.
    pub fn export(&self, filter: &ReportFilter, format: ExportFormat, out: &mut dyn Write) -> Result<u64, ServerError> {
        self.store.read(|db| match format {
            ExportFormat::Json => json(db, filter, out, ("[", ",\n", "]\n")),
            ExportFormat::Ndjson => json(db, filter, out, ("", "\n", "\n")),
            ExportFormat::Csv => csv(db, filter, out),
        })
    }
}

fn each(db: &Connection, filter: &ReportFilter, mut visit: impl FnMut(&Value) -> Result<(), ServerError>) -> Result<u64, ServerError> {
    let mut count = 0;
    report::each(db, &filter.conditions(), |listed| {
        count += 1;
        visit(&ReportSummary::of(listed)?.json())
    })?;
    Ok(count)
}

fn failed(error: impl std::fmt::Display) -> ServerError {
    ServerError::File(error.to_string())
}

fn json(
    db: &Connection,
    filter: &ReportFilter,
    out: &mut dyn Write,
    (before, between, after): (&str, &str, &str),
) -> Result<u64, ServerError> {
    out.write_all(before.as_bytes()).map_err(failed)?;
    let mut first = true;
    let count = each(db, filter, |report| {
        let gap = if std::mem::take(&mut first) { "" } else { between };
        write!(out, "{gap}{report}").map_err(failed)
    })?;
    let after = if count == 0 && before.is_empty() { "" } else { after };
    out.write_all(after.as_bytes()).and_then(|()| out.flush()).map_err(failed)?;
    Ok(count)
}

fn csv(db: &Connection, filter: &ReportFilter, out: &mut dyn Write) -> Result<u64, ServerError> {
    let mut fields = BTreeSet::new();
    each(db, filter, |report| {
        fields.extend(flat(report).into_iter().map(|(name, _)| name));
        Ok(())
    })?;
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS.into_iter().chain(fields.iter().map(String::as_str))).map_err(failed)?;
    let count = each(db, filter, |report| {
        let own = flat(report);
        let fixed = COLUMNS.iter().map(|name| cell(report.get(name).unwrap_or(&Value::Null)));
        let values = fields.iter().map(|name| own.iter().find(|(own, _)| own == name).map_or_else(String::new, |(_, value)| cell(value)));
        writer.write_record(fixed.chain(values)).map_err(failed)
    })?;
    writer.flush().map_err(failed)?;
    Ok(count)
}

/// The fields of a report by name; those of groups as `group.field`.
fn flat(report: &Value) -> Vec<(String, &Value)> {
    let data = report.get("data").and_then(Value::as_object);
    let fields = data.into_iter().flatten().flat_map(|(name, value)| match value {
        Value::Object(group) => group.iter().map(|(inner, value)| (format!("data.{name}.{inner}"), value)).collect(),
        _ => vec![(format!("data.{name}"), value)],
    });
    fields.collect()
}

/// A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_becomes_a_formula_and_numbers_stay_numbers() {
        for text in ["=1+1", "+62811", "-", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(cell(&json!(text)), format!("'{text}"));
        }
        assert_eq!(cell(&json!("a=1")), "a=1");
        assert_eq!(cell(&json!(-9.5)), "-9.5");
        assert_eq!(cell(&Value::Null), "");
    }
}
