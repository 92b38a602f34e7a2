//! Writing a report: the first change, and later ones inside the containers that it made.

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{Automerge, AutomergeError, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use serde_json::Value;

use crate::change::{NotPortable, round_trip};
use crate::form::{Class, Field, FieldKind, FieldPath, Form, Lane, Merge};
use crate::{Actor, Nrp, ReportId, Timestamp, UnitCode};

/// What a report's first change says for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Birth {
    /// Its id.
    pub report: ReportId,
    /// The form's kind.
    pub kind: String,
    /// The form's version.
    pub form: u32,
    /// Where it was begun.
    pub unit: UnitCode,
    /// Who began it.
    pub author: Nrp,
    /// When it was recorded, by the device's clock: advisory.
    pub recorded_at: Timestamp,
}

/// One wish on a report's fields.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// The field has this value; null takes it away. Also the way to resolve a conflict.
    Set {
        /// Which field.
        path: FieldPath,
        /// Its new value.
        value: Value,
    },
    /// The list has one more row.
    AddRow {
        /// The list's name.
        list: String,
        /// The row's fresh id.
        row: String,
        /// The row's fields.
        value: Value,
    },
    /// The row is gone.
    RemoveRow {
        /// The list's name.
        list: String,
        /// The row's id.
        row: String,
    },
}

/// Which container an entry goes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// `comments`
    Comment,
    /// `decisions`
    Decision,
}

impl EntryKind {
    pub(crate) fn container(self) -> &'static str {
        match self {
            Self::Comment => "comments",
            Self::Decision => "decisions",
        }
    }
}

/// One thing that a change writes; several can go into one change.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A field.
    Edit(Edit),
    /// A comment or decision, written once.
    Entry {
        /// Where.
        kind: EntryKind,
        /// Its fresh id.
        id: String,
        /// Its texts by name.
        texts: Vec<(&'static str, String)>,
    },
    /// The report moves.
    Placement {
        /// To this unit.
        unit: Option<UnitCode>,
        /// Into this class.
        class: Option<Class>,
        /// Into this lane.
        lane: Option<Lane>,
    },
}

/// Why a change was not made. The document is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The report has no such field, row or container.
    #[error("the report has no {0}")]
    NoSuchPlace(String),
    /// A value that a report cannot hold.
    #[error("{0} cannot hold this value")]
    Value(String),
    /// Automerge refused.
    #[error("the document could not be written: {0}")]
    Document(String),
    /// The change would not reach the other side as it is.
    #[error(transparent)]
    NotPortable(#[from] NotPortable),
}

impl From<AutomergeError> for EditError {
    fn from(error: AutomergeError) -> Self {
        Self::Document(error.to_string())
    }
}

/// Makes a report's document in one change: birth, all containers, the form's fields. `new_row` gives fresh row ids.
///
/// # Errors
/// [`EditError`] for data that the form's shape cannot hold; [`Form::check`] says more.
pub fn create(
    form: &Form,
    birth: &Birth,
    data: &Value,
    actor: Actor,
    new_row: &mut dyn FnMut() -> String,
) -> Result<(Automerge, Change), EditError> {
    let mut document = super::empty().with_actor(actor.to_automerge());
    let change = commit(&mut document, birth.recorded_at, |tx| {
        tx.put(ROOT, "id", birth.report.to_string())?;
        tx.put(ROOT, "kind", birth.kind.as_str())?;
        tx.put(ROOT, "form", i64::from(birth.form))?;
        tx.put(ROOT, "unit", birth.unit.to_string())?;
        tx.put(ROOT, "author", birth.author.to_string())?;
        tx.put(ROOT, "recorded_at", ScalarValue::Timestamp(birth.recorded_at.unix_ms()))?;
        let fields = tx.put_object(ROOT, "data", ObjType::Map)?;
        for container in super::CONTAINERS.iter().skip(1) {
            tx.put_object(ROOT, *container, ObjType::Map)?;
        }
        fill(tx, &fields, form.fields(), data, new_row)
    })?;
    let change = change.ok_or_else(|| EditError::Document("nothing was written".to_owned()))?;
    Ok((document, change))
}

/// Makes the containers of `fields` inside `object` and puts what `data` has of them.
fn fill(
    tx: &mut Transaction<'_>,
    object: &ObjId,
    fields: &[Field],
    data: &Value,
    new_row: &mut dyn FnMut() -> String,
) -> Result<(), EditError> {
    for field in fields {
        let value = data.get(&field.name).unwrap_or(&Value::Null);
        match (&field.kind, field.merge) {
            (FieldKind::Group(inner), _) => {
                let group = tx.put_object(object, &field.name, ObjType::Map)?;
                fill(tx, &group, inner, value, new_row)?;
            }
            (FieldKind::Rows(inner), _) => {
                let list = tx.put_object(object, &field.name, ObjType::Map)?;
                for row in value.as_array().into_iter().flatten() {
                    let id = row.get("_row").and_then(Value::as_str).map_or_else(&mut *new_row, str::to_owned);
                    let place = tx.put_object(&list, id, ObjType::Map)?;
                    fill(tx, &place, inner, row, new_row)?;
                }
            }
            (_, Merge::Text) => {
                let text = tx.put_object(object, &field.name, ObjType::Text)?;
                tx.splice_text(&text, 0, 0, value.as_str().unwrap_or_default())?;
            }
            (_, Merge::Value) if value.is_null() => {}
            (_, Merge::Value) => tx.put(object, &field.name, scalar(&field.name, value)?)?,
        }
    }
    Ok(())
}

fn scalar(name: &str, value: &Value) -> Result<ScalarValue, EditError> {
    match value {
        Value::Bool(yes) => Ok((*yes).into()),
        Value::String(text) => Ok(text.as_str().into()),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Ok(whole.into()),
            (None, Some(real)) => Ok(real.into()),
            (None, None) => Err(EditError::Value(name.to_owned())),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => Err(EditError::Value(name.to_owned())),
    }
}

/// Writes in one change, by an actor that has not written on another state of this document. None when everything is already so.
///
/// # Errors
/// [`EditError`]; the caller drops the document after one.
pub fn write(document: &mut Automerge, form: &Form, writes: &[Write], actor: Actor, now: Timestamp) -> Result<Option<Change>, EditError> {
    document.set_actor(actor.to_automerge());
    commit(document, now, |tx| {
        for write in writes {
            match write {
                Write::Edit(Edit::Set { path, value }) => set(tx, form, path, value)?,
                Write::Edit(Edit::AddRow { list, row, value }) => add_row(tx, form, (list, row), value)?,
                Write::Edit(Edit::RemoveRow { list, row }) => {
                    let rows = container(tx, &["data", list])?;
                    container(tx, &["data", list, row])?;
                    tx.delete(&rows, row.as_str())?;
                }
                Write::Entry { kind, id, texts } => {
                    let entries = container(tx, &[kind.container()])?;
                    let entry = tx.put_object(&entries, id.as_str(), ObjType::Map)?;
                    for (name, text) in texts {
                        tx.put(&entry, *name, text.as_str())?;
                    }
                }
                Write::Placement { unit, class, lane } => {
                    let placement = container(tx, &["placement"])?;
                    let texts = [
                        ("unit", unit.map(|unit| unit.to_string())),
                        ("class", class.map(|class| class.as_str().to_owned())),
                        ("lane", lane.map(|lane| lane.as_str().to_owned())),
                    ];
                    for (name, text) in texts {
                        if let Some(text) = text {
                            put(tx, &placement, name, text.as_str().into())?;
                        }
                    }
                }
            }
        }
        Ok(())
    })
}

fn set(tx: &mut Transaction<'_>, form: &Form, path: &FieldPath, value: &Value) -> Result<(), EditError> {
    let missing = || EditError::NoSuchPlace(path.to_string());
    let field = form.field(path).ok_or_else(missing)?;
    let segments: Vec<&str> = path.segments().collect();
    let (name, above) = segments.split_last().ok_or_else(missing)?;
    let object = container(tx, &[&["data"], above].concat())?;
    match (&field.kind, field.merge) {
        (FieldKind::Group(_) | FieldKind::Rows(_), _) => Err(EditError::Value(path.to_string())),
        (_, Merge::Text) => {
            let text = container(tx, &[&["data"], segments.as_slice()].concat())?;
            Ok(tx.update_text(&text, value.as_str().unwrap_or_default())?)
        }
        (_, Merge::Value) if value.is_null() => match tx.get_all(&object, *name)?.is_empty() {
            true => Ok(()),
            false => Ok(tx.delete(&object, *name)?),
        },
        (_, Merge::Value) => put(tx, &object, name, scalar(name, value)?),
    }
}

/// Puts a value where it changes something: another value, or one of several.
fn put(tx: &mut Transaction<'_>, object: &ObjId, key: &str, value: ScalarValue) -> Result<(), EditError> {
    let now = tx.get_all(object, key)?;
    let same = matches!(now.as_slice(), [(only, _)] if only.as_scalar() == Some(&value));
    if same { Ok(()) } else { Ok(tx.put(object, key, value)?) }
}

fn add_row(tx: &mut Transaction<'_>, form: &Form, (list, row): (&str, &str), value: &Value) -> Result<(), EditError> {
    let field = form.fields().iter().find(|field| field.name == list);
    let Some(FieldKind::Rows(inner)) = field.map(|field| &field.kind) else {
        return Err(EditError::NoSuchPlace(list.to_owned()));
    };
    let rows = container(tx, &["data", list])?;
    let place = tx.put_object(&rows, row, ObjType::Map)?;
    fill(tx, &place, inner, value, &mut || row.to_owned())
}

fn container(tx: &Transaction<'_>, path: &[&str]) -> Result<ObjId, EditError> {
    path.iter().try_fold(ROOT, |object, key| match tx.get(&object, *key)? {
        Some((automerge::Value::Object(_), inner)) => Ok(inner),
        Some(_) | None => Err(EditError::NoSuchPlace(path.join("."))),
    })
}

/// One change, proven portable before the caller may store it.
fn commit(
    document: &mut Automerge,
    now: Timestamp,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<(), EditError>,
) -> Result<Option<Change>, EditError> {
    let done = document.transact_with(|()| CommitOptions::default().with_time(now.unix_ms()), work);
    let hash = done.map_err(|failure| failure.error)?.hash;
    let change = hash.and_then(|hash| document.get_change_by_hash(&hash));
    change.as_ref().map(round_trip).transpose()?;
    Ok(change)
}
