//! CSV in UTF-8, RFC 4180.

use std::io::Write;

use rusqlite::Connection;

use super::cell::cell;
use super::columns::Columns;
use super::{each, failed};
use crate::admin::ReportFilter;
use crate::{EvaluationTable, ServerError};

pub(super) fn write(db: &Connection, filter: &ReportFilter, out: &mut dyn Write) -> Result<u64, ServerError> {
    let columns = Columns::of(db, filter)?;
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(columns.heads()).map_err(failed)?;
    let count = each(db, filter, |report| writer.write_record(columns.row(report).into_iter().map(cell)).map_err(failed))?;
    writer.flush().map_err(failed)?;
    Ok(count)
}

pub(super) fn write_table(table: &EvaluationTable, out: &mut dyn Write) -> Result<(), ServerError> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(&table.heads).map_err(failed)?;
    for row in &table.rows {
        writer.write_record(row.iter().map(cell)).map_err(failed)?;
    }
    writer.flush().map_err(failed)
}
