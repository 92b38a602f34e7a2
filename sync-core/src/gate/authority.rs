//! Who may write what: each operation is resolved to its path and held against role and form.

use std::collections::HashMap;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{ObjType, ScalarValue};

use crate::form::{Class, Field, FieldKind, FieldPath, Form, Lane, Role};
use crate::history::{Ancestors, History, Node};
use crate::{DeviceId, Nrp, Refusal, ReportId, Timestamp, UnitCode, limits};

/// Whose device pushes, with the role that it has now: authority is that at receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// The device.
    pub device: DeviceId,
    /// Its officer.
    pub officer: Nrp,
    /// The officer's role.
    pub role: Role,
}

/// Holds a change of sound [`structure`](super::structure) against what `writer` may write in this report.
///
/// # Errors
/// [`Refusal::NotAuthor`], [`Refusal::Birth`], [`Refusal::Profile`], [`Refusal::NotAllowed`] or [`Refusal::UnknownHeads`].
pub fn authority(report: ReportId, history: &History, next: &Node, form: &Form, writer: &Writer) -> Result<(), Refusal> {
    if next.actor.device() != writer.device {
        return Err(Refusal::NotAuthor);
    }
    broadcast_role(form, writer)?;
    let change = Written { history, next, form, writer, ancestors: history.ancestors(&next.expanded.deps), own: places(next) };
    match (history.is_empty(), next.expanded.deps.is_empty()) {
        (true, true) => change.birth(report),
        (false, false) => next.expanded.operations.iter().enumerate().try_for_each(|(at, op)| change.later(at, op)),
        (true, false) | (false, true) => Err(Refusal::Birth),
    }
}

/// BROADCAST_ROLE: only a supervising role writes anything in what comes down.
fn broadcast_role(form: &Form, writer: &Writer) -> Result<(), Refusal> {
    if form.is_broadcast() && !writer.role.is_supervisor() { Err(Refusal::NotAllowed) } else { Ok(()) }
}

/// One change with all that it is judged by.
struct Written<'a> {
    history: &'a History,
    next: &'a Node,
    form: &'a Form,
    writer: &'a Writer,
    ancestors: Ancestors,
    /// The first operation of this change on each key of each object.
    own: HashMap<(&'a ObjectId, &'a Key), usize>,
}

fn places(next: &Node) -> HashMap<(&ObjectId, &Key), usize> {
    let mut places = HashMap::new();
    for (at, op) in next.expanded.operations.iter().enumerate() {
        places.entry((&op.obj, &op.key)).or_insert(at);
    }
    places
}

impl Written<'_> {
    fn path(&self, object: &ObjectId, before: usize) -> Result<Vec<String>, Refusal> {
        let path = self.history.path(object, &self.ancestors, self.next, before, limits::OBJECT_DEPTH_MAX);
        path.ok_or(Refusal::Profile)
    }

    /// The first change: the birth once and rightly, all containers, nothing twice, nothing in them that is not the author's to write.
    fn birth(&self, report: ReportId) -> Result<(), Refusal> {
        let mut root = Vec::new();
        for (at, op) in self.next.expanded.operations.iter().enumerate() {
            let path = self.path(&op.obj, at)?;
            let Key::Map(key) = &op.key else {
                continue;
            };
            self.fresh(at, op).map_err(|_| Refusal::Birth)?;
            match path.first().map(String::as_str) {
                None if matches!(op.action, OpType::Make(ObjType::Map)) && crate::document::CONTAINERS.contains(&key.as_str()) => {}
                None => self.birth_value(report, key, op)?,
                Some("data") => self.data(&path, key)?,
                Some(_) => return Err(Refusal::Birth),
            }
            if path.is_empty() {
                root.push(key.as_str());
            }
        }
        // None twice and no other, as each was fresh and either a container or a value of the birth.
        let mut wanted = crate::document::BIRTH.iter().chain(&crate::document::CONTAINERS);
        if wanted.all(|key| root.contains(key)) { Ok(()) } else { Err(Refusal::Birth) }
    }

    fn birth_value(&self, report: ReportId, key: &str, op: &Op) -> Result<(), Refusal> {
        let valid = match (&op.action, key) {
            (OpType::Put(ScalarValue::Str(text)), "id") => text.parse() == Ok(report),
            (OpType::Put(ScalarValue::Str(text)), "kind") => text == self.form.kind(),
            (OpType::Put(ScalarValue::Int(number)), "form") => *number == i64::from(self.form.version()),
            (OpType::Put(ScalarValue::Str(text)), "unit") => text.parse::<UnitCode>().is_ok(),
            (OpType::Put(ScalarValue::Str(text)), "author") => text.parse() == Ok(self.writer.officer),
            (OpType::Put(ScalarValue::Timestamp(ms)), "recorded_at") => Timestamp::from_unix_ms(*ms).unix_ms() == *ms,
            _ => false,
        };
        if valid { Ok(()) } else { Err(Refusal::Birth) }
    }

    /// Every later change: inside the containers only.
    fn later(&self, at: usize, op: &Op) -> Result<(), Refusal> {
        let path = self.path(&op.obj, at)?;
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        match (names.as_slice(), &op.key) {
            (["data", ..], Key::Map(key)) => self.field(&path, key, at, op),
            // Letters of a text: its own path was made by the form.
            (["data", inner @ ..], Key::Seq(_)) => self.may_write(inner),
            (["comments"], Key::Map(_)) => self.entry(at, op, "text"),
            (["decisions"], Key::Map(_)) => self.entry(at, op, "type"),
            (["comments" | "decisions", _], Key::Map(key)) => self.entry_text(names.first().copied(), key, at, op),
            (["placement"], Key::Map(key)) => self.placement(key, op),
            _ => Err(Refusal::Profile),
        }
    }

    /// A field of the form: values may be put and taken away, rows added and removed; no container is hidden or overwritten.
    fn field(&self, path: &[String], key: &str, at: usize, op: &Op) -> Result<(), Refusal> {
        self.data(path, key)?;
        let own_row = self.is_own_make(&op.obj, at);
        match (&op.action, self.shape(path, key)) {
            (OpType::Put(_), Some(Shape::Value)) | (OpType::Delete, Some(Shape::Value | Shape::Row)) => Ok(()),
            (OpType::Make(ObjType::Map), Some(Shape::Row)) => self.fresh(at, op),
            (OpType::Make(ObjType::Text), Some(Shape::Text)) if own_row => self.fresh(at, op),
            _ => Err(Refusal::Profile),
        }
    }

    fn data(&self, path: &[String], key: &str) -> Result<(), Refusal> {
        let inner: Vec<&str> = path.iter().skip(1).map(String::as_str).chain([key]).collect();
        self.may_write(&inner)
    }

    fn may_write(&self, segments: &[&str]) -> Result<(), Refusal> {
        let path = FieldPath::from_segments(segments.iter().copied()).map_err(|_| Refusal::Profile)?;
        if self.form.may_write(self.writer.role, &path) { Ok(()) } else { Err(Refusal::NotAllowed) }
    }

    /// What the form has at that place of `data`.
    fn shape(&self, path: &[String], key: &str) -> Option<Shape> {
        let find = |fields: &[Field], name: &str| fields.iter().find(|field| field.name == name).cloned();
        let names: Vec<&str> = path.iter().skip(1).map(String::as_str).collect();
        let field = match names.as_slice() {
            [] => find(self.form.fields(), key)?,
            [outer] => match find(self.form.fields(), outer)?.kind {
                FieldKind::Rows(_) => return Some(Shape::Row),
                FieldKind::Group(inner) => find(&inner, key)?,
                _ => return None,
            },
            [outer, _] => find(find(self.form.fields(), outer)?.nested(), key)?,
            _ => return None,
        };
        Some(match (&field.kind, field.merge) {
            (FieldKind::Group(_) | FieldKind::Rows(_), _) => Shape::Container,
            (_, crate::form::Merge::Text) => Shape::Text,
            (_, crate::form::Merge::Value) => Shape::Value,
        })
    }

    /// An entry: a map under a fresh id, which this change makes and fills. What it must have, it has.
    fn entry(&self, at: usize, op: &Op, must_have: &str) -> Result<(), Refusal> {
        let made = self.next.expanded.start_op.get().saturating_add(at as u64);
        let object = ObjectId::Id(OpId::new(made, &self.next.expanded.actor_id));
        let filled = self.own.contains_key(&(&object, &Key::Map(must_have.into())));
        if !matches!(op.action, OpType::Make(ObjType::Map)) || !filled {
            return Err(Refusal::Profile);
        }
        self.fresh(at, op)
    }

    fn entry_text(&self, container: Option<&str>, key: &str, at: usize, op: &Op) -> Result<(), Refusal> {
        let OpType::Put(ScalarValue::Str(text)) = &op.action else {
            return Err(Refusal::Profile);
        };
        let known = matches!(key, "type" | "text" | "seen" | "unit" | "class");
        if !known || !self.is_own_make(&op.obj, at) || text.len() > limits::ENTRY_TEXT_BYTES_MAX {
            return Err(Refusal::Profile);
        }
        match (container, key) {
            (Some("decisions"), "type") => self.decision(text),
            (_, "seen") => self.seen(text),
            _ => Ok(()),
        }?;
        self.fresh(at, op)
    }

    /// Withdrawing one's own report is its author's; all other decisions are for supervising roles. What comes down is withdrawn by whoever
    /// answers for its unit, also after its author has gone, and nothing else is decided on it.
    fn decision(&self, kind: &str) -> Result<(), Refusal> {
        let down = self.form.is_broadcast();
        let allowed = match kind {
            "withdraw" => down || self.is_author(),
            "return" | "handle" | "escalate" | "hand-over" | "reclassify" => !down && self.writer.role.is_supervisor(),
            _ => return Err(Refusal::Unsupported),
        };
        if allowed { Ok(()) } else { Err(Refusal::NotAllowed) }
    }

    /// The birth names its author: every device of his speaks for him.
    fn is_author(&self) -> bool {
        let author = |op: &Op| op.obj == ObjectId::Root && op.key == Key::Map("author".into());
        let birth = self.history.birth().and_then(|birth| birth.expanded.operations.iter().find(|op| author(op)));
        matches!(birth.map(|op| &op.action), Some(OpType::Put(ScalarValue::Str(text))) if text.parse() == Ok(self.writer.officer))
    }

    /// The heads that the writer saw must be among what the change was made on.
    fn seen(&self, text: &str) -> Result<(), Refusal> {
        let known = |hash: &str| hash.parse().is_ok_and(|hash| self.history.among(&self.ancestors, &hash));
        if text.split(',').all(known) { Ok(()) } else { Err(Refusal::UnknownHeads) }
    }

    /// PLACE_ROLE: only a supervising role places a report; what comes down stays in its unit (BROADCAST_FEED).
    fn placement(&self, key: &str, op: &Op) -> Result<(), Refusal> {
        if !self.writer.role.is_supervisor() || self.form.is_broadcast() {
            return Err(Refusal::NotAllowed);
        }
        let valid = match (&op.action, key) {
            (OpType::Put(ScalarValue::Str(text)), "unit") => text.parse::<UnitCode>().is_ok(),
            (OpType::Put(ScalarValue::Str(text)), "class") => Class::parse(text).is_some(),
            (OpType::Put(ScalarValue::Str(text)), "lane") => Lane::parse(text).is_some(),
            _ => false,
        };
        if valid { Ok(()) } else { Err(Refusal::Profile) }
    }

    /// A key on which nobody has written: what is made there hides nothing.
    fn fresh(&self, at: usize, op: &Op) -> Result<(), Refusal> {
        let earlier = self.own.get(&(&op.obj, &op.key)).is_some_and(|first| *first < at);
        let written = !op.pred.is_empty() || earlier || self.history.is_written(&op.obj, &op.key);
        if written { Err(Refusal::Profile) } else { Ok(()) }
    }

    /// True for an object that this very change made.
    fn is_own_make(&self, object: &ObjectId, before: usize) -> bool {
        let ObjectId::Id(id) = object else { return false };
        let start = self.next.expanded.start_op.get();
        let own = crate::Actor::from_automerge(id.actor()) == Some(self.next.actor) && id.counter() >= start;
        own && usize::try_from(id.counter() - start).is_ok_and(|at| at < before)
    }
}

enum Shape {
    Value,
    Text,
    Row,
    Container,
}
