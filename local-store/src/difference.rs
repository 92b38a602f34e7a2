//! What one state of a report's fields lacks of another, by the form. Of the written paths only: what others wrote meanwhile stays.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use sync_core::document::Edit;
use sync_core::form::{Field, FieldKind, FieldPath, ROW_ID_KEY};

use crate::Error;

/// The row's own id.
fn row_id(row: &Value) -> Option<&str> {
    row.get(ROW_ID_KEY).and_then(Value::as_str)
}

fn row<'a>(rows: Option<&'a Value>, id: &str) -> Option<&'a Value> {
    rows?.as_array()?.iter().find(|row| row_id(row) == Some(id))
}

/// Takes over from `other` what stands at the written paths, also that nothing stands there any more.
pub(crate) fn overlay(fields: &[Field], base: &mut Value, other: &Value, written: &BTreeSet<String>) {
    lay(fields, base, other, "", written);
}

fn lay(fields: &[Field], base: &mut Value, other: &Value, above: &str, written: &BTreeSet<String>) {
    let Value::Object(map) = base else { return };
    for field in fields {
        let path = format!("{above}{}", field.name);
        let below = format!("{path}.");
        let there = other.get(&field.name);
        if let FieldKind::Group(inner) = &field.kind {
            if written.iter().any(|one| one.starts_with(&below)) {
                let group = map.entry(&field.name).or_insert_with(|| Value::Object(Map::new()));
                lay(inner, group, there.unwrap_or(&Value::Null), &below, written);
            }
        } else if let FieldKind::Rows(inner) = &field.kind {
            let within = written.iter().filter_map(|one| one.strip_prefix(&below));
            let touched: BTreeSet<&str> = within.filter_map(|rest| rest.split('.').next()).collect();
            if !touched.is_empty()
                && let Value::Array(rows) = map.entry(&field.name).or_insert_with(|| Value::Array(Vec::new()))
            {
                touched.into_iter().for_each(|id| lay_row(inner, (rows, there), id, &below, written));
            }
        } else if written.contains(&path) {
            drop(match there {
                Some(value) => map.insert(field.name.clone(), value.clone()),
                None => map.remove(&field.name),
            });
        }
    }
}

fn lay_row(fields: &[Field], (rows, other): (&mut Vec<Value>, Option<&Value>), id: &str, above: &str, written: &BTreeSet<String>) {
    let at = rows.iter().position(|row| row_id(row) == Some(id));
    match (at, row(other, id)) {
        (Some(at), Some(theirs)) => {
            if let Some(ours) = rows.get_mut(at) {
                lay(fields, ours, theirs, &format!("{above}{id}."), written);
            }
        }
        (None, Some(theirs)) => rows.push(theirs.clone()),
        (Some(at), None) => drop(rows.remove(at)),
        (None, None) => {}
    }
}

/// The edits that make `to` of `from`. A row that is not there is made under a fresh id: one that was there once is never made again.
pub(crate) fn edits(fields: &[Field], from: &Value, to: &Value, new_row: &mut dyn FnMut() -> String) -> Result<Vec<Edit>, Error> {
    let mut found = Vec::new();
    compare(fields, (from, to), "", new_row, &mut found)?;
    Ok(found)
}

fn compare(
    fields: &[Field],
    (from, to): (&Value, &Value),
    above: &str,
    new_row: &mut dyn FnMut() -> String,
    found: &mut Vec<Edit>,
) -> Result<(), Error> {
    for field in fields {
        let path = format!("{above}{}", field.name);
        let (old, new) = (from.get(&field.name), to.get(&field.name));
        if let FieldKind::Group(inner) = &field.kind {
            let sides = (old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null));
            compare(inner, sides, &format!("{path}."), new_row, found)?;
        } else if let FieldKind::Rows(inner) = &field.kind {
            let rows = |of: Option<&'_ Value>| of.and_then(Value::as_array).cloned().unwrap_or_default();
            for wanted in &rows(new) {
                let Some(id) = row_id(wanted) else { continue };
                match row(old, id) {
                    Some(ours) => compare(inner, (ours, wanted), &format!("{path}.{id}."), new_row, found)?,
                    None => found.push(Edit::AddRow { list: field.name.clone(), row: new_row(), value: wanted.clone() }),
                }
            }
            let old = rows(old);
            let gone = old.iter().filter_map(row_id).filter(|id| row(new, id).is_none());
            found.extend(gone.map(|row| Edit::RemoveRow { list: field.name.clone(), row: row.to_owned() }));
        } else if old != new {
            let path = FieldPath::parse(&path).map_err(|error| Error::Edit(error.to_string()))?;
            found.push(Edit::Set { path, value: new.cloned().unwrap_or(Value::Null) });
        }
    }
    Ok(())
}
