//! Descriptions that repeat an earlier one: copy-paste filing is a known abuse. The device warns and never refuses; the centre flags.

use rusqlite::{Connection, params};
use serde_json::Value;
use sync_core::document::Birth;
use sync_core::similar::{Fingerprint, Repeat, is_repeat};
use sync_core::{ReportId, Timestamp};

use crate::Error;
use crate::inbox::PUT_ASIDE;
use crate::views::Repetition;

fn description(data: &Value) -> Option<&str> {
    data.get("uraian").and_then(Value::as_str)
}

/// The description's fingerprint, to be stored; empty where there is none.
pub(crate) fn fingerprint(data: &Value) -> Vec<u8> {
    description(data).map(|text| Fingerprint::of(text).to_bytes()).unwrap_or_default()
}

/// The same officer's earlier reports of the month whose descriptions this one repeats.
pub(crate) fn find(db: &Connection, report: ReportId, birth: &Birth, data: &Value) -> Result<Vec<Repetition>, Error> {
    let Some(own) = description(data).map(Fingerprint::of) else { return Ok(Vec::new()) };
    let month = birth.recorded_at.wita_month();
    // Somewhat more than a month before; the month itself decides below.
    let since = birth.recorded_at.plus_ms(-32 * 24 * 3_600 * 1_000);
    let sql = format!(
        "SELECT r.id, r.recorded_at, r.fingerprint FROM report r
        WHERE r.author = ?1 AND r.recorded_at BETWEEN ?2 AND ?3 AND r.id <> ?4 AND NOT ({PUT_ASIDE}) ORDER BY r.number"
    );
    let mut query = db.prepare_cached(&sql)?;
    let mut rows = query.query(params![birth.author.number(), since.unix_ms(), birth.recorded_at.unix_ms(), report.to_bytes()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, at, bytes): (ReportId, Timestamp, Vec<u8>) =
            (ReportId::from_bytes(row.get(0)?), Timestamp::from_unix_ms(row.get(1)?), row.get(2)?);
        let other = Fingerprint::from_bytes(&bytes).ok().filter(|_| at.wita_month() == month);
        if let Some(how) = other.and_then(|other| is_repeat(&own, &other)) {
            found.push(Repetition { id, same: how == Repeat::Same });
        }
    }
    Ok(found)
}
