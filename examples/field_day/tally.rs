//! The reckoning at the end of the day: nothing missing, nothing doubled, everybody sees the same.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cast::{Centre, Phone, Wrong};

/// The reports of a list by id.
pub(crate) fn by_id(list: &Value) -> Result<BTreeMap<String, Value>, Wrong> {
    let rows = list.as_array().ok_or("not a list")?;
    let mut found = BTreeMap::new();
    for row in rows {
        let id = row.get("id").and_then(Value::as_str).ok_or("a row without an id")?;
        if found.insert(id.to_owned(), row.clone()).is_some() {
            return Err(format!("report {id} stands twice in a list").into());
        }
    }
    Ok(found)
}

/// The centre holds exactly the reports that were filed, each description once.
pub(crate) fn centre_holds(centre: &Centre, filed: &BTreeMap<String, String>) -> Result<usize, Wrong> {
    let reports = by_id(&centre.run(&["report", "list"])?)?;
    for id in filed.keys() {
        if !reports.contains_key(id) {
            return Err(format!("report {id} is missing at the centre").into());
        }
    }
    if let Some(id) = reports.keys().find(|id| !filed.contains_key(*id)) {
        return Err(format!("report {id} is at the centre and nobody filed it").into());
    }
    let mut texts = BTreeMap::new();
    for (id, text) in filed {
        if let Some(other) = texts.insert(text, id) {
            return Err(format!("reports {id} and {other} are the same report").into());
        }
    }
    Ok(reports.len())
}

/// The report reads the same at the centre and on each phone.
pub(crate) fn all_agree(centre: &Centre, phones: &[&Phone], id: &str) -> Result<(), Wrong> {
    let at_centre = centre.run(&["report", "show", id])?;
    for phone in phones {
        let here = phone.run(&["report", "show", id])?;
        for key in ["data", "heads", "status", "conflicts"] {
            let (ours, theirs) = (here.get(key), at_centre.get(key));
            let same = match key {
                "conflicts" => ours.and_then(Value::as_array).map(Vec::len) == theirs.and_then(Value::as_array).map(Vec::len),
                _ => ours == theirs,
            };
            if !same {
                return Err(format!("{}: {key} of {id} is {ours:?}, at the centre {theirs:?}", phone.name).into());
            }
        }
    }
    Ok(())
}
