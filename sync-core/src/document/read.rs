//! Reading a report: fields, entries, conflicts, placement.

use std::collections::BTreeMap;

use automerge::{Automerge, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value as Stored};
use serde_json::{Map, Value};

use super::{Birth, EntryKind};
use crate::form::{Class, Field, FieldKind, Form, Lane};
use crate::history::History;
use crate::place::Place;
use crate::{Actor, Timestamp, UnitCode, limits};

/// A comment or decision as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// Who wrote it: the actor's device, never a field.
    pub actor: Actor,
    /// When, by the writer's clock: advisory.
    pub at: Timestamp,
    /// The change that made it.
    pub change: ChangeHash,
    /// Its texts by name.
    pub texts: BTreeMap<String, String>,
}

/// One of several values that devices wrote without knowing of each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// The value.
    pub value: Value,
    /// Who wrote it.
    pub actor: Actor,
    /// When, by the writer's clock: advisory.
    pub at: Timestamp,
}

/// A field with several values; the last one shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The field's path.
    pub path: String,
    /// The values, the one that shows last.
    pub variants: Vec<Variant>,
}

/// A report as one can read it.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// What its first change says.
    pub birth: Birth,
    /// The form's fields; row lists as arrays whose rows carry their id as `_row`.
    pub data: Value,
    /// Oldest first.
    pub comments: Vec<Entry>,
    /// Oldest first.
    pub decisions: Vec<Entry>,
    /// Where it stands.
    pub place: Place,
    /// Its form says that it comes down: it is no report of an area.
    pub broadcast: bool,
    /// Fields with several values.
    pub conflicts: Vec<Conflict>,
    /// Its heads, ascending.
    pub heads: Vec<ChangeHash>,
    pub(super) status: super::Status,
}

/// Reads a report. None when the document has not the profile of one: our own gate lets none in. `form` may be unknown here (a newer
/// one): rows of lists then stay maps, and nothing is lost.
pub fn view(document: &Automerge, history: &History, form: Option<&Form>) -> Option<View> {
    let birth = birth(document)?;
    let fields = object(document, &ROOT, "data")?;
    let mut conflicts = Vec::new();
    let data = map_json(document, &fields, form.map(Form::fields), "", &mut conflicts, history);
    let place = place(document, &birth, form);
    let decisions = entries(document, history, EntryKind::Decision);
    Some(View {
        comments: entries(document, history, EntryKind::Comment),
        status: super::status::status(&decisions, history),
        decisions,
        place,
        broadcast: form.is_some_and(Form::is_broadcast),
        conflicts,
        heads: document.get_heads(),
        data,
        birth,
    })
}

/// The birth of a document; none when it has none: our own gate lets none in.
pub fn birth(document: &Automerge) -> Option<Birth> {
    let text = |key: &str| scalar(document, &ROOT, key)?.as_str().map(str::to_owned);
    let number = |key: &str| scalar(document, &ROOT, key)?.as_i64();
    Some(Birth {
        report: text("id")?.parse().ok()?,
        kind: text("kind")?,
        form: u32::try_from(number("form")?).ok()?,
        unit: text("unit")?.parse().ok()?,
        author: text("author")?.parse().ok()?,
        recorded_at: match scalar(document, &ROOT, "recorded_at")? {
            ScalarValue::Timestamp(ms) => Timestamp::from_unix_ms(ms),
            _ => return None,
        },
    })
}

/// PLACE_CONTENT: unit, class and lane as the content says: the form's rule, over it `placement`. Of concurrent values the stricter class and the
/// more urgent lane win, for the unit Automerge's own winner.
fn place(document: &Automerge, birth: &Birth, form: Option<&Form>) -> Place {
    let fields = object(document, &ROOT, "data");
    let values_of = |field: &str| -> Vec<Value> {
        let all = fields.as_ref().and_then(|fields| document.get_all(fields, field).ok()).unwrap_or_default();
        all.iter().filter_map(|(value, _)| value.as_scalar().map(scalar_json)).collect()
    };
    // A form that is unknown here could be a secret one: the strictest reading leaks nothing.
    let (class, lane) = form.map_or((Class::Rahasia, Lane::Normal), |form| form.place_among(values_of));
    // BROADCAST_FEED: what comes down stands where it was begun, or a move would carry it above its author's grant.
    let moves = !form.is_some_and(Form::is_broadcast);
    let Some(placement) = object(document, &ROOT, "placement").filter(|_| moves) else {
        return Place { unit: birth.unit, class, lane };
    };
    let texts = |key: &str| -> Vec<String> {
        let all = document.get_all(&placement, key).unwrap_or_default();
        all.iter().filter_map(|(value, _)| value.as_str().map(str::to_owned)).collect()
    };
    let unit = texts("unit").last().and_then(|text| text.parse::<UnitCode>().ok());
    Place {
        unit: unit.unwrap_or(birth.unit),
        class: texts("class").iter().filter_map(|text| Class::parse(text)).max().unwrap_or(class),
        lane: texts("lane").iter().filter_map(|text| Lane::parse(text)).min().unwrap_or(lane),
    }
}

fn entries(document: &Automerge, history: &History, kind: EntryKind) -> Vec<Entry> {
    let Some(container) = object(document, &ROOT, kind.container()) else { return Vec::new() };
    let mut entries: Vec<Entry> = document.keys(&container).filter_map(|id| entry(document, history, &container, id)).collect();
    entries.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    entries
}

fn entry(document: &Automerge, history: &History, container: &ObjId, id: String) -> Option<Entry> {
    let (Stored::Object(ObjType::Map), object) = document.get(container, id.as_str()).ok()?? else { return None };
    let (actor, at, change) = origin(document, history, &object)?;
    let text = |key: String| {
        let value = scalar(document, &object, &key)?.as_str()?.to_owned();
        Some((key, value))
    };
    Some(Entry { texts: document.keys(&object).filter_map(text).collect(), id, actor, at, change })
}

/// Who made the operation that this id names, when, in which change.
fn origin(document: &Automerge, history: &History, id: &ObjId) -> Option<(Actor, Timestamp, ChangeHash)> {
    let hash = document.hash_for_opid(id)?;
    let node = history.node(&hash)?;
    Some((node.actor, Timestamp::from_unix_ms(node.expanded.time), hash))
}

fn object(document: &Automerge, object: &ObjId, key: &str) -> Option<ObjId> {
    match document.get(object, key).ok()?? {
        (Stored::Object(_), inner) => Some(inner),
        (Stored::Scalar(_), _) => None,
    }
}

fn scalar(document: &Automerge, object: &ObjId, key: &str) -> Option<ScalarValue> {
    document.get(object, key).ok()??.0.as_scalar().cloned()
}

fn map_json(
    document: &Automerge,
    object: &ObjId,
    fields: Option<&[Field]>,
    path: &str,
    conflicts: &mut Vec<Conflict>,
    history: &History,
) -> Value {
    if path.bytes().filter(|byte| *byte == b'.').count() >= limits::OBJECT_DEPTH_MAX {
        return Value::Null;
    }
    let mut map = Map::new();
    for key in document.keys(object) {
        let all = document.get_all(object, key.as_str()).unwrap_or_default();
        let Some((value, id)) = all.last() else { continue };
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let field = fields.and_then(|fields| fields.iter().find(|field| field.name == key));
        let json = match (value, field.map(|field| &field.kind)) {
            (Stored::Object(ObjType::Map | ObjType::Table), Some(FieldKind::Rows(inner))) => {
                rows_json(document, id, inner, &path, conflicts, history)
            }
            (Stored::Object(ObjType::Map | ObjType::Table), kind) => {
                let inner = if let Some(FieldKind::Group(inner)) = kind { Some(inner.as_slice()) } else { None };
                map_json(document, id, inner, &path, conflicts, history)
            }
            (Stored::Object(ObjType::Text), _) => document.text(id).map_or(Value::Null, Value::String),
            (Stored::Object(ObjType::List), _) => Value::Null,
            (Stored::Scalar(value), _) => scalar_json(value),
        };
        if all.len() > 1 {
            let variants = all.iter().filter_map(|(value, id)| {
                let (actor, at, _) = origin(document, history, id)?;
                Some(Variant { value: value.as_scalar().map_or(Value::Null, scalar_json), actor, at })
            });
            conflicts.push(Conflict { path, variants: variants.collect() });
        }
        // An empty container is a field that nobody filled in.
        let empty = match &json {
            Value::Object(inner) => inner.is_empty(),
            Value::Array(inner) => inner.is_empty(),
            Value::String(text) => text.is_empty() && matches!(value, Stored::Object(_)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        };
        if !empty {
            map.insert(key, json);
        }
    }
    Value::Object(map)
}

fn rows_json(document: &Automerge, list: &ObjId, inner: &[Field], path: &str, conflicts: &mut Vec<Conflict>, history: &History) -> Value {
    // Row ids begin with the time at which they were made: their order is the order of the rows.
    let rows = document.keys(list).filter_map(|row| {
        let place = object(document, list, &row)?;
        let mut json = map_json(document, &place, Some(inner), &format!("{path}.{row}"), conflicts, history);
        if let Value::Object(map) = &mut json {
            map.insert("_row".to_owned(), Value::String(row));
        }
        Some(json)
    });
    Value::Array(rows.collect())
}

fn scalar_json(value: &ScalarValue) -> Value {
    match value {
        ScalarValue::Str(text) => Value::String(text.to_string()),
        ScalarValue::Int(number) | ScalarValue::Timestamp(number) => Value::from(*number),
        ScalarValue::Uint(number) => Value::from(*number),
        ScalarValue::F64(number) => Value::from(*number),
        ScalarValue::Boolean(yes) => Value::Bool(*yes),
        ScalarValue::Counter(counter) => Value::from(i64::from(counter)),
        ScalarValue::Bytes(_) | ScalarValue::Unknown { .. } | ScalarValue::Null => Value::Null,
    }
}

/// Everything that a document shows, with all concurrent values: to compare two documents by.
pub(crate) fn raw_json(document: &Automerge) -> Value {
    fn walk(document: &Automerge, object: &ObjId, depth: usize) -> Value {
        let key_json = |key: String| {
            let all = document.get_all(object, key.as_str()).unwrap_or_default();
            let values = all.iter().map(|(value, id)| match value {
                Stored::Object(ObjType::Text) => document.text(id).map_or(Value::Null, Value::String),
                Stored::Object(_) if depth > 0 => walk(document, id, depth - 1),
                Stored::Object(_) => Value::Null,
                Stored::Scalar(value) => scalar_json(value),
            });
            (key, Value::Array(values.collect()))
        };
        Value::Object(document.keys(object).map(key_json).collect())
    }
    walk(document, &ROOT, limits::OBJECT_DEPTH_MAX)
}
