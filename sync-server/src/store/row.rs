//! Values as SQLite keeps them: unit codes as text, sequences as signed numbers, reports and hashes as bytes.

use std::str::FromStr;

use automerge::ChangeHash;
use rusqlite::Row;
use rusqlite::types::Type;
use sync_core::form::{Class, Lane, Role};
use sync_core::{Nrp, ReportId, Timestamp};

/// A column that must parse. What does not is damage, never a panic.
pub(crate) fn parsed<T: FromStr>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| wrong(row, column))
}

fn wrong(row: &Row<'_>, column: &str) -> rusqlite::Error {
    let at = row.as_ref().column_index(column).unwrap_or_default();
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, format!("{column} has no such value").into())
}

pub(crate) fn class(row: &Row<'_>) -> rusqlite::Result<Class> {
    Class::parse(&row.get::<_, String>("class")?).ok_or_else(|| wrong(row, "class"))
}

pub(crate) fn lane(row: &Row<'_>) -> rusqlite::Result<Lane> {
    Lane::parse(&row.get::<_, String>("lane")?).ok_or_else(|| wrong(row, "lane"))
}

pub(crate) fn role(row: &Row<'_>) -> rusqlite::Result<Role> {
    Role::parse(&row.get::<_, String>("role")?).ok_or_else(|| wrong(row, "role"))
}

pub(crate) fn nrp(row: &Row<'_>, column: &str) -> rusqlite::Result<Nrp> {
    Nrp::from_number(row.get(column)?).ok_or_else(|| wrong(row, column))
}

pub(crate) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_unix_ms(row.get(column)?))
}

pub(crate) fn report_id(row: &Row<'_>, column: &str) -> rusqlite::Result<ReportId> {
    Ok(ReportId::from_bytes(row.get(column)?))
}

pub(crate) fn hash(row: &Row<'_>, column: &str) -> rusqlite::Result<ChangeHash> {
    Ok(ChangeHash(row.get(column)?))
}

/// Several hashes, one after the other.
pub(crate) fn hashes(row: &Row<'_>, column: &str) -> rusqlite::Result<Vec<ChangeHash>> {
    let bytes: Vec<u8> = row.get(column)?;
    let (whole, rest) = bytes.as_chunks::<32>();
    if rest.is_empty() { Ok(whole.iter().map(|bytes| ChangeHash(*bytes)).collect()) } else { Err(wrong(row, column)) }
}

pub(crate) fn joined(hashes: &[ChangeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// A sequence or counter from its column.
pub(crate) fn number(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| wrong(row, column))
}

/// A number for a column: SQLite has 63 bits, which no honest counter fills.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
