//! Bytes that may be no item, in words for a person: read with the wire's own bounds, up to the first that cannot be. Nothing is rebuilt,
//! so nothing of it reaches Automerge.

use automerge::ChangeHash;
use automerge::legacy::{ElementId, Key, ObjectId, Op, OpType};
use automerge::{ObjType, ScalarValue};

use super::names::Known;
use super::operations;
use crate::codec::{DecodeError, Reader};
use crate::{Actor, ReportId, Timestamp, limits};

/// Words that are shown of all changes together; what is above is counted.
const WORDS_MAX: usize = 200;
/// Letters that are shown of one text.
const LETTERS_MAX: usize = 80;

/// What can be read of bytes that were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// The first sixteen bytes as a report's id.
    pub report: Option<ReportId>,
    /// The changes that could be read.
    pub changes: Vec<GlanceChange>,
    /// Operations that are not among the words.
    pub left_out: usize,
    /// Where reading ended and why; none when it reads to its end.
    pub stopped: Option<(usize, DecodeError)>,
}

/// One change as it says of itself; nothing of it is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlanceChange {
    /// Its actor.
    pub actor: Actor,
    /// Sequence of that actor.
    pub sequence: u64,
    /// Counter of its first operation.
    pub first_operation: u64,
    /// By the writer's clock.
    pub at: Timestamp,
    /// How many changes it was made on.
    pub dependencies: usize,
    /// How many operations.
    pub operations: usize,
    /// The first of them: what, where, which value.
    pub words: Vec<String>,
}

/// Reads what can be read.
pub fn glance(bytes: &[u8]) -> Glance {
    let mut seen = Glance { report: None, changes: Vec::new(), left_out: 0, stopped: None };
    let mut reader = Reader::new(bytes);
    if let Err(error) = read(&mut reader, &mut seen) {
        seen.stopped = Some((bytes.len().saturating_sub(reader.rest().len()), error));
    }
    seen
}

fn read(reader: &mut Reader<'_>, seen: &mut Glance) -> Result<(), DecodeError> {
    if reader.rest().len() > limits::ITEM_BYTES_MAX {
        return Err(DecodeError::TooLarge("an item"));
    }
    let report = ReportId::from_bytes(reader.array("a report id")?);
    seen.report = Some(report);
    let mut known = Known::decode_actors(report, reader)?;
    let count = reader.length(limits::ITEM_CHANGES_MAX, "changes")?;
    // Hashes are derived by rebuilding, which is not done: what a change names by its place is counted, not named.
    let mut before = Vec::new();
    let (mut room, mut words_left) = (limits::ITEM_OPERATIONS_MAX, WORDS_MAX);
    for _ in 0..count {
        let change = operations::decode(reader, &before, &mut known)?;
        before.push(ChangeHash([0; 32]));
        room = room.checked_sub(change.operations.len()).ok_or(DecodeError::TooLarge("operations of an item"))?;
        let words: Vec<String> = change.operations.iter().take(words_left).map(word).collect();
        words_left -= words.len();
        seen.left_out += change.operations.len() - words.len();
        seen.changes.push(GlanceChange {
            actor: Actor::from_automerge(&change.actor_id).ok_or(DecodeError::Invalid("an actor"))?,
            sequence: change.seq,
            first_operation: change.start_op.get(),
            at: Timestamp::from_unix_ms(change.time),
            dependencies: change.deps.len(),
            operations: change.operations.len(),
            words,
        });
    }
    reader.raw(4, "the check")?;
    reader.end("an item")
}

fn word(op: &Op) -> String {
    let object = match &op.obj {
        ObjectId::Root => "root".to_owned(),
        ObjectId::Id(id) => id.counter().to_string(),
    };
    let key = match &op.key {
        Key::Map(name) => short(name),
        Key::Seq(ElementId::Head) => "^".to_owned(),
        Key::Seq(ElementId::Id(id)) => format!("^{}", id.counter()),
    };
    let what = match &op.action {
        OpType::Make(ObjType::Map) => "map".to_owned(),
        OpType::Make(ObjType::Text) => "text".to_owned(),
        OpType::Delete => "delete".to_owned(),
        OpType::Put(ScalarValue::Str(text)) => format!("= \"{}\"", short(text)),
        OpType::Put(value) => format!("= {value}"),
        OpType::Make(ObjType::List | ObjType::Table) | OpType::Increment(_) | OpType::MarkBegin(_) | OpType::MarkEnd(_) => "?".to_owned(),
    };
    format!("{object}/{key} {what}")
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(LETTERS_MAX).map(|letter| if letter.is_control() { '·' } else { letter }).collect();
    if text.chars().nth(LETTERS_MAX).is_some() {
        short.push('…');
    }
    short
}
