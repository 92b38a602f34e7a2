//! JSON, as an array or one object a line.

use std::io::Write;

use rusqlite::Connection;

use super::{each, failed};
use crate::ServerError;
use crate::admin::ReportFilter;

/// What stands before, between and after the reports.
pub(super) struct Frame {
    before: &'static str,
    between: &'static str,
    after: &'static str,
}

pub(super) const ARRAY: Frame = Frame { before: "[", between: ",\n", after: "]\n" };
pub(super) const LINES: Frame = Frame { before: "", between: "\n", after: "\n" };

pub(super) fn write(db: &Connection, filter: &ReportFilter, out: &mut dyn Write, frame: Frame) -> Result<u64, ServerError> {
    out.write_all(frame.before.as_bytes()).map_err(failed)?;
    let mut first = true;
    let count = each(db, filter, |report| {
        let gap = if std::mem::take(&mut first) { "" } else { frame.between };
        write!(out, "{gap}{report}").map_err(failed)
    })?;
    let after = if count == 0 && frame.before.is_empty() { "" } else { frame.after };
    out.write_all(after.as_bytes()).and_then(|()| out.flush()).map_err(failed)?;
    Ok(count)
}
