//! Reports for other programs. Nothing that an officer wrote becomes a formula in a spreadsheet.

mod cell;
mod columns;
mod csv;
mod geojson;
mod json;
mod pdf;
mod xlsx;

use std::io::Write;

use rusqlite::Connection;
use serde_json::Value;

use crate::admin::{ReportFilter, ReportSummary};
use crate::store::report;
use crate::{EvaluationTable, Server, ServerError};

/// In which form reports leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One array.
    Json,
    /// One object a line.
    Ndjson,
    /// One line a report, one column a field; rows of lists as JSON.
    Csv,
    /// The same columns as a spreadsheet (Office Open XML).
    Xlsx,
    /// One feature a report; without a position its geometry is null.
    GeoJson,
    /// For people, in Indonesian: one report in full where the filter names it, else a list.
    Pdf,
}

impl Server {
    /// Writes the reports that fit, newest first, and says how many. JSON, NDJSON, CSV and GeoJSON are not collected in memory.
    ///
    /// # Errors
    /// [`ServerError::File`] when `out` takes no more; [`ServerError::UnknownReport`] when the filter names one that is not there;
    /// [`ServerError::TooManyReports`] when a spreadsheet or a PDF has no room for them.
    pub fn export(&self, filter: &ReportFilter, format: ExportFormat, out: &mut dyn Write) -> Result<u64, ServerError> {
        self.store.read(|db| {
            if let Some(id) = filter.id
                && report::find(db, id)?.is_none()
            {
                return Err(ServerError::UnknownReport(id.to_string()));
            }
            match format {
                ExportFormat::Json => json::write(db, filter, out, json::ARRAY),
                ExportFormat::Ndjson => json::write(db, filter, out, json::LINES),
                ExportFormat::Csv => csv::write(db, filter, out),
                ExportFormat::Xlsx => xlsx::write(db, filter, out),
                ExportFormat::GeoJson => geojson::write(db, filter, out),
                ExportFormat::Pdf => pdf::write(db, filter, out),
            }
        })
    }
}

/// Writes one table of an evaluation as CSV.
///
/// # Errors
/// [`ServerError::File`].
pub fn write_table_csv(table: &EvaluationTable, out: &mut dyn Write) -> Result<(), ServerError> {
    csv::write_table(table, out)
}

/// Writes tables of an evaluation as the sheets of one spreadsheet.
///
/// # Errors
/// [`ServerError::File`].
pub fn write_tables_xlsx(tables: &[(&str, &EvaluationTable)], out: &mut dyn Write) -> Result<(), ServerError> {
    xlsx::write_tables(tables, out)
}

/// A moment of a zone's clock to the minute: `2026-11-20 09:15`.
pub(crate) fn minute(clock: time::OffsetDateTime) -> String {
    format!("{:04}-{:02}-{:02} {:02}:{:02}", clock.year(), u8::from(clock.month()), clock.day(), clock.hour(), clock.minute())
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
