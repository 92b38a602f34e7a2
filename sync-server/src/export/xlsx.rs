//! Spreadsheets (Office Open XML). Every text is written as a text, so that none is a formula; one that looks like a formula also gets the mark that
//! keeps it a text when somebody edits the cell.

use std::io::Write;

use rusqlite::Connection;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use serde_json::Value;

use super::cell::is_formula;
use super::columns::Columns;
use super::{each, failed};
use crate::admin::ReportFilter;
use crate::{EvaluationTable, ServerError};

/// Reports of one sheet: the format has 1,048,576 rows, and all of them are held in memory.
const ROWS_MAX: u32 = 200_000;
/// Letters of one cell: the format's limit is 32,767.
const LETTERS_MAX: usize = 32_000;
/// Widest column, in letters.
const WIDTH_MAX: usize = 60;

pub(super) fn write(db: &Connection, filter: &ReportFilter, out: &mut dyn Write) -> Result<u64, ServerError> {
    let columns = Columns::of(db, filter)?;
    let mut workbook = Workbook::new();
    let mut sheet = Sheet::new(workbook.add_worksheet(), "laporan", columns.heads())?;
    let count = each(db, filter, |report| sheet.add(columns.row(report).into_iter()))?;
    sheet.end()?;
    save(workbook, out)?;
    Ok(count)
}

pub(super) fn write_tables(tables: &[(&str, &EvaluationTable)], out: &mut dyn Write) -> Result<(), ServerError> {
    let mut workbook = Workbook::new();
    for (name, table) in tables {
        let mut sheet = Sheet::new(workbook.add_worksheet(), name, table.heads.iter().map(String::as_str))?;
        for row in &table.rows {
            sheet.add(row.iter())?;
        }
        sheet.end()?;
    }
    save(workbook, out)
}

fn save(mut workbook: Workbook, out: &mut dyn Write) -> Result<(), ServerError> {
    let bytes = workbook.save_to_buffer().map_err(refused)?;
    out.write_all(&bytes).and_then(|()| out.flush()).map_err(failed)
}

struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    next: u32,
    widths: Vec<usize>,
    marked: Format,
}

impl<'a> Sheet<'a> {
    fn new<'b>(sheet: &'a mut Worksheet, name: &str, heads: impl Iterator<Item = &'b str>) -> Result<Self, ServerError> {
        sheet.set_name(name).and_then(|sheet| sheet.set_freeze_panes(1, 0)).map_err(refused)?;
        let bold = Format::new().set_bold();
        let mut widths = Vec::new();
        for (column, head) in (0..).zip(heads) {
            sheet.write_string_with_format(0, column, head, &bold).map_err(refused)?;
            widths.push(head.chars().count());
        }
        Ok(Self { sheet, next: 1, widths, marked: Format::new().set_quote_prefix() })
    }

    fn add<'b>(&mut self, row: impl Iterator<Item = &'b Value>) -> Result<(), ServerError> {
        if self.next > ROWS_MAX {
            return Err(ServerError::TooManyReports(u64::from(ROWS_MAX)));
        }
        for ((column, value), width) in (0..).zip(row).zip(&mut self.widths) {
            let text = match value {
                Value::Null => continue,
                Value::Number(number) => {
                    if let Some(number) = number.as_f64() {
                        self.sheet.write_number(self.next, column, number).map_err(refused)?;
                    }
                    continue;
                }
                Value::Bool(yes) => {
                    self.sheet.write_boolean(self.next, column, *yes).map_err(refused)?;
                    continue;
                }
                Value::String(text) => shortened(text),
                Value::Array(_) | Value::Object(_) => shortened(&value.to_string()),
            };
            *width = (*width).max(text.chars().count()).min(WIDTH_MAX);
            let written = if is_formula(&text) {
                self.sheet.write_string_with_format(self.next, column, &text, &self.marked)
            } else {
                self.sheet.write_string(self.next, column, &text)
            };
            written.map_err(refused)?;
        }
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    fn end(self) -> Result<(), ServerError> {
        for (column, width) in (0..).zip(&self.widths) {
            let letters = u32::try_from(*width).unwrap_or(u32::MAX);
            self.sheet.set_column_width(column, f64::from(letters.saturating_add(2))).map_err(refused)?;
        }
        Ok(())
    }
}

/// What a cell has no room for is left out, and says so.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LETTERS_MAX {
        return text.to_owned();
    }
    text.chars().take(LETTERS_MAX).chain(" … [dipotong / cut]".chars()).collect()
}

fn refused(error: XlsxError) -> ServerError {
    ServerError::File(format!("XLSX: {error}"))
}
