//! Reports as rows of one table: the columns that every report has, then one a field of any report.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde_json::Value;

use super::each;
use crate::ServerError;
use crate::admin::ReportFilter;

/// The columns that every report has.
const COLUMNS: [&str; 14] = [
    "id",
    "kind",
    "unit",
    "class",
    "lane",
    "author",
    "author_name",
    "status",
    "recorded_at",
    "received_at",
    "changed_at",
    "conflicts",
    "repeat_of",
    "repeat_kind",
];

pub(super) struct Columns {
    fields: BTreeSet<String>,
}

impl Columns {
    /// Reads all reports once, for the names of their fields.
    pub(super) fn of(db: &Connection, filter: &ReportFilter) -> Result<Self, ServerError> {
        let mut fields = BTreeSet::new();
        each(db, filter, |report| {
            fields.extend(flat(report).into_iter().map(|(name, _)| name));
            Ok(())
        })?;
        Ok(Self { fields })
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = &str> {
        COLUMNS.into_iter().chain(self.fields.iter().map(String::as_str))
    }

    /// One value a column, null where the report has none.
    pub(super) fn row<'a>(&self, report: &'a Value) -> Vec<&'a Value> {
        let own = flat(report);
        let fixed = COLUMNS.iter().map(|name| report.get(name).unwrap_or(&Value::Null));
        let fields = self.fields.iter().map(|name| own.iter().find(|(own, _)| own == name).map_or(&Value::Null, |(_, value)| value));
        fixed.chain(fields).collect()
    }
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
