//! The commands under `report`.

use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value};
use sync_core::form::{Class, FieldPath, Form};
use sync_core::{ReportId, UnitCode};

use super::arguments::{Fields, ReportCommand};
use super::print::Output;
use crate::{Choice, Decision, Device, Error, Filter, forms, reports};

/// The kinds of a store; where there is none yet, those that are built in.
pub(super) fn kinds(store: &Path, kind: Option<&str>) -> Result<Output, Error> {
    let all = if store.try_exists()? { Device::open(store)?.kinds()? } else { Form::built_in().iter().collect() };
    let kinds: Vec<&'static Form> = all.into_iter().filter(|form| kind.is_none_or(|kind| kind == form.kind())).collect();
    match kind {
        Some(kind) if kinds.is_empty() => Err(Error::UnknownKind(kind.to_owned())),
        Some(_) | None => Ok(Output::Kinds(kinds)),
    }
}

/// A report with its form, by which it is drawn.
pub(super) fn shown(device: &Device, id: ReportId) -> Result<Output, Error> {
    let report = device.show(id)?;
    let form = device.form(&report.summary.kind, report.form)?;
    Ok(Output::Report(Box::new(report), form))
}

pub(super) fn run(device: &Device, command: &ReportCommand) -> Result<Output, Error> {
    match command {
        // Asked for before there is a store.
        ReportCommand::Kinds { kind } => Err(Error::UnknownKind(kind.clone().unwrap_or_default())),
        ReportCommand::New { kind, unit, fields, from, draft } => {
            let unit = unit_code(unit)?;
            let begin = match from {
                None => Value::Object(Map::new()),
                Some(from) => device.follow_up(kind, report_id(from)?)?,
            };
            let data = data_of(device.read(|db| forms::newest(db, kind))?, fields, begin)?;
            let id = if *draft { device.draft(kind, unit, &data)? } else { device.file(kind, unit, &data)? };
            shown(device, id)
        }
        ReportCommand::Finish { id } => {
            let id = report_id(id)?;
            device.finish(id)?;
            shown(device, id)
        }
        ReportCommand::Discard { id } => {
            device.discard_draft(report_id(id)?)?;
            Ok(Output::Discarded(id.clone()))
        }
        ReportCommand::Edit { id, fields } => {
            let id = report_id(id)?;
            let old = device.show(id)?;
            let form = form_of(device, &old.summary.kind, old.form)?;
            device.edit(id, &edits_of(form, fields)?)?;
            shown(device, id)
        }
        ReportCommand::Show { id } => shown(device, report_id(id)?),
        ReportCommand::List { kind, unit, status } => {
            let unit = unit.as_deref().map(unit_code).transpose()?;
            let filter = Filter { kind: kind.clone(), unit, status: status.clone(), words: None };
            Ok(Output::Summaries(device.list(&filter)?))
        }
        ReportCommand::Search { words } => Ok(Output::Summaries(device.search(&words.join(" "))?)),
        ReportCommand::History { id } => Ok(Output::History(device.history(report_id(id)?)?)),
        ReportCommand::Conflicts { id } => Ok(Output::Conflicts(device.conflicts(report_id(id)?)?)),
        ReportCommand::Resolve { id, path, choice } => {
            let id = report_id(id)?;
            let old = device.show(id)?;
            let form = form_of(device, &old.summary.kind, old.form)?;
            let (path, choice) = match (&choice.take, &choice.set) {
                (Some(number), _) => (field_path(path)?, Choice::Take(*number)),
                (None, text) => {
                    let parsed = form.parse_value(path, text.as_deref().unwrap_or_default());
                    let (path, value) = parsed.map_err(|problem| Error::Invalid(vec![problem]))?;
                    (path, Choice::Set(value))
                }
            };
            device.resolve(id, &path, choice)?;
            shown(device, id)
        }
        ReportCommand::Withdraw { id, reason } => decide(device, id, &Decision::Withdraw { reason: reason.clone() }),
        ReportCommand::Comment { id, text } => {
            let id = report_id(id)?;
            device.comment(id, text)?;
            shown(device, id)
        }
        ReportCommand::Return { id, reason } => decide(device, id, &Decision::Return { reason: reason.clone() }),
        ReportCommand::Handle { id, note } => decide(device, id, &Decision::Handle { note: note.clone() }),
        ReportCommand::Escalate { id, note } => decide(device, id, &Decision::Escalate { note: note.clone() }),
        ReportCommand::HandOver { id, unit, note } => {
            decide(device, id, &Decision::HandOver { unit: unit_code(unit)?, note: note.clone() })
        }
        ReportCommand::Reclassify { id, class, note } => {
            let class = Class::parse(class).ok_or(Error::BadText("class"))?;
            decide(device, id, &Decision::Reclassify { class, note: note.clone() })
        }
        ReportCommand::Dump { id, out } => {
            let bytes = device.dump(report_id(id)?)?;
            std::fs::write(out, &bytes)?;
            Ok(Output::Written { file: out.display().to_string(), bytes: bytes.len() })
        }
    }
}

fn decide(device: &Device, id: &str, decision: &Decision) -> Result<Output, Error> {
    let id = report_id(id)?;
    device.decide(id, decision)?;
    shown(device, id)
}

pub(super) fn report_id(text: &str) -> Result<ReportId, Error> {
    text.parse().map_err(|_| Error::NoSuchReport(text.chars().take(40).collect()))
}

pub(super) fn unit_code(text: &str) -> Result<UnitCode, Error> {
    text.parse().map_err(|_| Error::UnknownUnit(text.chars().take(40).collect()))
}

pub(super) fn field_path(text: &str) -> Result<FieldPath, Error> {
    FieldPath::parse(text).map_err(|error| Error::Edit(error.to_string()))
}

pub(super) fn form_of(device: &Device, kind: &str, version: u32) -> Result<&'static Form, Error> {
    device.form(kind, version)?.ok_or_else(|| Error::UnknownForm(format!("{kind} {version}")))
}

/// The data of a new report: what it begins with, over it the file's, over it each `--set`.
fn data_of(form: &Form, fields: &Fields, mut data: Value) -> Result<Value, Error> {
    if let (Some(file), Value::Object(begun)) = (&fields.data, &mut data)
        && let Value::Object(more) = fields_of(object_in(file)?)?
    {
        begun.extend(more);
    }
    for (path, value) in settings(form, &fields.set)? {
        reports::put(&mut data, &path, value);
    }
    Ok(data)
}

/// The fields in a file of `rescue`: a report's as far as its changes go, else as it was shown last; a draft's. Any other object as it is.
fn fields_of(file: Value) -> Result<Value, Error> {
    if file.get("sambang_rescue").is_none() {
        return Ok(file);
    }
    let data = ["/read/data", "/shown/data", "/data"].into_iter().filter_map(|place| file.pointer(place)).find(|data| data.is_object());
    data.cloned().ok_or_else(|| Error::NotAnObject("read.data".to_owned()))
}

/// The edits of a report: each top-level value of the file, then each `--set`.
pub(super) fn edits_of(form: &Form, fields: &Fields) -> Result<Vec<(FieldPath, Value)>, Error> {
    let mut edits = Vec::new();
    if let Some(file) = &fields.data
        && let Value::Object(map) = object_in(file)?
    {
        for (key, value) in map {
            flatten(&key, value, &mut edits)?;
        }
    }
    edits.extend(settings(form, &fields.set)?);
    if edits.is_empty() { Err(Error::BadText("--set / --data")) } else { Ok(edits) }
}

fn flatten(path: &str, value: Value, edits: &mut Vec<(FieldPath, Value)>) -> Result<(), Error> {
    match value {
        Value::Object(map) => map.into_iter().try_for_each(|(key, value)| flatten(&format!("{path}.{key}"), value, edits)),
        value => {
            edits.push((field_path(path)?, value));
            Ok(())
        }
    }
}

fn settings(form: &Form, set: &[String]) -> Result<Vec<(FieldPath, Value)>, Error> {
    let one = |text: &String| {
        let (path, value) = text.split_once('=').ok_or_else(|| Error::Edit(format!("PATH=VALUE: {text}")))?;
        form.parse_value(path.trim(), value).map_err(|problem| Error::Invalid(vec![problem]))
    };
    set.iter().map(one).collect()
}

fn object_in(file: &Path) -> Result<Value, Error> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().lock().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(file).map_err(|error| Error::NotAnObject(format!("{}: {error}", file.display())))?;
    }
    let value: Value = serde_json::from_str(&text).map_err(|error| Error::NotAnObject(error.to_string()))?;
    if value.is_object() { Ok(value) } else { Err(Error::NotAnObject("{…}".to_owned())) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rescued_report_or_draft_gives_its_fields() {
        let (read, shown) = (json!({ "uraian": "dibaca" }), json!({ "uraian": "ditampilkan" }));
        let report = json!({ "sambang_rescue": 1, "read": { "kind": "sambang", "data": read }, "shown": { "data": shown } });
        assert_eq!(fields_of(report).unwrap(), read);
        let unread = json!({ "sambang_rescue": 1, "read": null, "shown": { "data": shown } });
        assert_eq!(fields_of(unread).unwrap(), shown);
        assert_eq!(fields_of(json!({ "sambang_rescue": 1, "draft": "…", "data": shown })).unwrap(), shown);
        assert_eq!(fields_of(json!({ "sambang_rescue": 1, "read": null, "shown": null })).unwrap_err().code(), "not-an-object");
        let plain = json!({ "read": { "data": {} } });
        assert_eq!(fields_of(plain.clone()).unwrap(), plain, "only what rescue wrote");
    }
}
