//! Drafts: rows on the device and nothing else. They may be incomplete, they never leave, and what is deleted from them is gone.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;
use sync_core::form::{FieldPath, Form};
use sync_core::{ReportId, Timestamp, UnitCode};

use crate::identity::damaged;
use crate::views::{Delivery, Summary};
use crate::{Error, Host, forms, reports};

/// A draft with its form: one begun on an older version is finished on it.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) id: ReportId,
    pub(crate) form: &'static Form,
    pub(crate) unit: UnitCode,
    pub(crate) data: Value,
    pub(crate) changed_at: Timestamp,
}

pub(crate) fn create(db: &Connection, host: &dyn Host, id: ReportId, kind: &str, unit: UnitCode, data: &Value) -> Result<(), Error> {
    let form = forms::newest(db, kind)?;
    let draft = Draft { id, form, unit, data: form.tidy(data), changed_at: host.now() };
    check(&draft)?;
    db.execute(
        "INSERT INTO draft (id, kind, form, unit, data, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id.to_bytes(), kind, form.version(), unit.to_string(), draft.data.to_string(), draft.changed_at.unix_ms()],
    )?;
    Ok(())
}

fn check(draft: &Draft) -> Result<(), Error> {
    let problems = draft.form.check_draft(&draft.data);
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

const COLUMNS: &str = "SELECT id, kind, form, unit, data, changed_at FROM draft";

fn read(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Result<Draft, Error>> {
    let (kind, version, unit, data): (String, u32, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
    let (id, changed_at) = (ReportId::from_bytes(row.get(0)?), Timestamp::from_unix_ms(row.get(5)?));
    Ok((|| {
        let form = forms::find(db, &kind, version)?.ok_or_else(|| Error::UnknownForm(format!("{kind} {version}")))?;
        let unit = unit.parse().map_err(|_| damaged("draft"))?;
        Ok(Draft { id, form, unit, data: serde_json::from_str(&data).map_err(|_| damaged("draft"))?, changed_at })
    })())
}

pub(crate) fn find(db: &Connection, id: ReportId) -> Result<Option<Draft>, Error> {
    db.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?.query_row([id.to_bytes()], |row| read(db, row)).optional()?.transpose()
}

pub(crate) fn edit(db: &Connection, host: &dyn Host, mut draft: Draft, edits: &[(FieldPath, Value)]) -> Result<(), Error> {
    for (path, value) in edits {
        reports::put(&mut draft.data, path, value.clone());
    }
    draft.data = draft.form.tidy(&draft.data);
    check(&draft)?;
    let sql = "UPDATE draft SET data = ?2, changed_at = ?3 WHERE id = ?1";
    db.execute(sql, params![draft.id.to_bytes(), draft.data.to_string(), host.now().unix_ms()])?;
    Ok(())
}

pub(crate) fn delete(db: &Connection, id: ReportId) -> Result<(), Error> {
    db.execute("DELETE FROM draft WHERE id = ?1", [id.to_bytes()])?;
    Ok(())
}

pub(crate) fn count(db: &Connection) -> Result<u64, Error> {
    Ok(db.prepare_cached("SELECT COUNT(*) FROM draft")?.query_row([], |row| row.get::<_, u32>(0))?.into())
}

/// All drafts as a list shows them, newest first.
pub(crate) fn list(db: &Connection, author: sync_core::Nrp) -> Result<Vec<Summary>, Error> {
    let mut query = db.prepare_cached(&format!("{COLUMNS} ORDER BY changed_at DESC, id"))?;
    let rows = query.query_map([], |row| read(db, row))?;
    rows.map(|row| row?.map(|draft| draft.summary(author))).collect()
}

impl Draft {
    pub(crate) fn summary(&self, author: sync_core::Nrp) -> Summary {
        Summary {
            id: self.id,
            kind: self.form.kind().to_owned(),
            unit: self.unit,
            author,
            status: "draft".to_owned(),
            lane: self.form.place(&self.data).1.as_str().to_owned(),
            recorded_at: self.changed_at,
            conflicts: 0,
            title: reports::title(&self.data),
            delivery: Delivery::Draft,
            refusal: None,
        }
    }
}
