//! The projection: one row a report, for lists, search and evaluation. Never a source: it is made from the document.

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use sync_core::document::View;
use sync_core::place::Place;
use sync_core::{Nrp, ReportId, Timestamp};

use super::row::{class, lane, nrp, number, parsed, report_id, signed, time};

/// A report as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReportRow {
    pub(crate) id: ReportId,
    pub(crate) kind: String,
    pub(crate) place: Place,
    pub(crate) author: Nrp,
    pub(crate) recorded_at: Timestamp,
    pub(crate) status: String,
    pub(crate) conflicts: u64,
    /// Decisions that returned it.
    pub(crate) returns: u64,
    pub(crate) heads: String,
    pub(crate) uraian: String,
    pub(crate) fields: String,
}

impl ReportRow {
    /// What the projection must say of a document that reads like this; none of what comes down, which is no report.
    pub(crate) fn of(view: &View) -> Option<Self> {
        let heads: Vec<String> = view.heads.iter().map(ToString::to_string).collect();
        (!view.broadcast).then(|| Self {
            id: view.birth.report,
            kind: view.birth.kind.clone(),
            place: view.place,
            author: view.birth.author,
            recorded_at: view.birth.recorded_at,
            status: view.status().as_str().to_owned(),
            conflicts: view.conflicts.len() as u64,
            returns: view.decisions.iter().filter(|entry| entry.texts.get("type").is_some_and(|kind| kind == "return")).count() as u64,
            heads: heads.join(","),
            uraian: view.data.get("uraian").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
            fields: view.data.to_string(),
        })
    }
}

/// Writes the row; the first acceptance fixes `received_at`.
pub(crate) fn put(db: &Connection, row: &ReportRow, now: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO report (document, kind, unit, class, lane, author, recorded_at, received_at, changed_at, status, conflicts, heads, uraian, fields,
         returns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (document) DO UPDATE SET unit = excluded.unit, class = excluded.class, lane = excluded.lane, changed_at = excluded.changed_at,
         status = excluded.status, conflicts = excluded.conflicts, heads = excluded.heads, uraian = excluded.uraian, fields = excluded.fields,
         returns = excluded.returns",
    )?
    .execute(params![
        row.id.to_bytes(),
        row.kind,
        row.place.unit.to_string(),
        row.place.class.as_str(),
        row.place.lane.as_str(),
        row.author.number(),
        row.recorded_at.unix_ms(),
        now.unix_ms(),
        row.status,
        signed(row.conflicts),
        row.heads,
        row.uraian,
        row.fields,
        signed(row.returns),
    ])?;
    Ok(())
}

/// A listed report with what the centre adds: when it came, who its author is.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) report: ReportRow,
    pub(crate) author_name: String,
    pub(crate) received_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    /// The earliest report of the same author and month whose description this one repeats.
    pub(crate) repeat_of: Option<ReportId>,
    /// `same` or `near`.
    pub(crate) repeat_kind: Option<String>,
}

const COLUMNS: &str = "SELECT document, kind, report.unit, class, lane, author, recorded_at, received_at, changed_at, status, conflicts, heads, uraian, fields,
    returns, repeat_of, repeat_kind, coalesce(officer.name, '') AS author_name FROM report LEFT JOIN officer ON officer.nrp = report.author";

fn read(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let report = ReportRow {
        id: report_id(row, "document")?,
        kind: row.get("kind")?,
        place: Place { unit: parsed(row, "unit")?, class: class(row)?, lane: lane(row)? },
        author: nrp(row, "author")?,
        recorded_at: time(row, "recorded_at")?,
        status: row.get("status")?,
        conflicts: number(row, "conflicts")?,
        returns: number(row, "returns")?,
        heads: row.get("heads")?,
        uraian: row.get("uraian")?,
        fields: row.get("fields")?,
    };
    let repeat_of: Option<[u8; 16]> = row.get("repeat_of")?;
    Ok(Listed {
        report,
        author_name: row.get("author_name")?,
        received_at: time(row, "received_at")?,
        changed_at: time(row, "changed_at")?,
        repeat_of: repeat_of.map(ReportId::from_bytes),
        repeat_kind: row.get("repeat_kind")?,
    })
}

pub(crate) fn find(db: &Connection, id: ReportId) -> rusqlite::Result<Option<Listed>> {
    db.prepare_cached(&format!("{COLUMNS} WHERE document = ?1"))?.query_row([id.to_bytes()], read).optional()
}

/// Conditions of a list, all of which hold.
#[derive(Default)]
pub(crate) struct Conditions {
    sql: Vec<&'static str>,
    values: Vec<Box<dyn ToSql>>,
}

impl Conditions {
    /// `sql` has one `?`, for `value`.
    pub(crate) fn add(&mut self, sql: &'static str, value: impl ToSql + 'static) {
        self.sql.push(sql);
        self.values.push(Box::new(value));
    }
}

impl std::fmt::Debug for Conditions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.sql).finish()
    }
}

/// Calls `visit` for each report that fits, newest first.
pub(crate) fn each<E: From<rusqlite::Error>>(
    db: &Connection,
    conditions: &Conditions,
    mut visit: impl FnMut(Listed) -> Result<(), E>,
) -> Result<(), E> {
    let filter = if conditions.sql.is_empty() { String::new() } else { format!(" WHERE {}", conditions.sql.join(" AND ")) };
    let mut statement = db.prepare(&format!("{COLUMNS}{filter} ORDER BY recorded_at DESC, document"))?;
    let mut rows = statement.query(rusqlite::params_from_iter(conditions.values.iter()))?;
    while let Some(row) = rows.next()? {
        visit(read(row)?)?;
    }
    Ok(())
}
