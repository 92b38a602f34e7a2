//! PDF for people: one report in the layout of Indonesian police letters, or a list (ADR 0048). Always in Indonesian: it leaves the programme for
//! superiors and files.

mod fonts;
mod kop;
mod letter;
mod list;
mod pages;
mod text;

use std::io::Write;

use rusqlite::Connection;

use super::failed;
use crate::ServerError;
use crate::admin::ReportFilter;

pub(super) fn write(db: &Connection, filter: &ReportFilter, out: &mut dyn Write) -> Result<u64, ServerError> {
    let (bytes, count) = match filter.id {
        Some(id) => (letter::render(db, id)?, 1),
        None => list::render(db, filter)?,
    };
    out.write_all(&bytes).and_then(|()| out.flush()).map_err(failed)?;
    Ok(count)
}
