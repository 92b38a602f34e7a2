//! One change as a stream of operations: the words that the profile has, and no others.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ChangeHash, ExpandedChange, ObjType, ScalarValue};

use super::NotPortable;
use crate::codec::{DecodeError, Reader, Writer};
use crate::{Actor, limits};

const MAKE_MAP: u8 = 0;
const MAKE_TEXT: u8 = 1;
const PUT: u8 = 2;
const DELETE: u8 = 3;
/// A run of letters, each inserted after the one before it.
const INSERT: u8 = 4;

/// The actors that an item names, in the order in which it first names them.
#[derive(Default)]
pub(super) struct Actors {
    list: Vec<Actor>,
    places: BTreeMap<Actor, u64>,
}

impl Actors {
    fn place(&mut self, id: &ActorId) -> Result<u64, NotPortable> {
        let actor = Actor::from_automerge(id).ok_or_else(|| NotPortable("an actor that is not 16 bytes long".to_owned()))?;
        let next = self.list.len() as u64;
        Ok(*self.places.entry(actor).or_insert_with(|| {
            self.list.push(actor);
            next
        }))
    }
    pub(super) fn encode(&self, out: &mut Writer) {
        out.length(self.list.len());
        self.list.iter().for_each(|actor| out.raw(&actor.0));
    }
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Vec<ActorId>, DecodeError> {
        let count = reader.length(limits::ITEM_ACTORS_MAX, "actors")?;
        (0..count).map(|_| Ok(Actor(reader.array("an actor")?).to_automerge())).collect()
    }
}

/// The changes of the item so far, for dependencies that are named by their place in it.
pub(super) type Before<'a> = &'a [ChangeHash];

pub(super) fn encode(change: &ExpandedChange, before: Before<'_>, actors: &mut Actors, out: &mut Writer) -> Result<(), NotPortable> {
    if !change.extra_bytes.is_empty() || change.author.is_some() {
        return Err(NotPortable("extra bytes or an author field".to_owned()));
    }
    out.number(actors.place(&change.actor_id)?);
    out.number(change.seq);
    out.number(change.start_op.get());
    out.signed(change.time);
    match &change.message {
        None => out.byte(0),
        Some(_) => return Err(NotPortable("a message".to_owned())),
    }
    out.length(change.deps.len());
    for dep in &change.deps {
        match before.iter().rev().position(|hash| hash == dep) {
            Some(back) => out.number(back as u64 + 1),
            None => {
                out.byte(0);
                out.raw(&dep.0);
            }
        }
    }
    out.length(change.operations.len());
    let mut at = 0;
    while let Some(op) = change.operations.get(at) {
        let run = letters(change, at);
        match run.as_str() {
            "" => encode_one(op, actors, out)?,
            text => {
                out.byte(INSERT);
                encode_object(&op.obj, actors, out)?;
                encode_key(&op.key, actors, out)?;
                out.text(text);
            }
        }
        at += run.chars().count().max(1);
    }
    Ok(())
}

/// The letters inserted one after another from operation `at` on; none when it inserts no single letter.
fn letters(change: &ExpandedChange, at: usize) -> String {
    let mut text = String::new();
    let mut expected: Option<Key> = None;
    let first = change.operations.get(at).map(|op| op.obj.clone());
    for (offset, op) in change.operations.iter().enumerate().skip(at) {
        let OpType::Put(ScalarValue::Str(letter)) = &op.action else { break };
        let mut chars = letter.chars();
        let (Some(one), None) = (chars.next(), chars.next()) else { break };
        let follows = expected.as_ref().is_none_or(|key| *key == op.key);
        if !op.insert || !op.pred.is_empty() || !follows || Some(&op.obj) != first.as_ref() || matches!(op.key, Key::Map(_)) {
            break;
        }
        // One letter may be three bytes; the text of a run has its own limit on the other side.
        if text.len() + one.len_utf8() > limits::STRING_BYTES_MAX {
            break;
        }
        text.push(one);
        let counter = change.start_op.get().saturating_add(offset as u64);
        expected = Some(Key::Seq(ElementId::Id(OpId::new(counter, &change.actor_id))));
    }
    text
}

fn encode_one(op: &Op, actors: &mut Actors, out: &mut Writer) -> Result<(), NotPortable> {
    let action = match &op.action {
        OpType::Make(ObjType::Map) => MAKE_MAP,
        OpType::Make(ObjType::Text) => MAKE_TEXT,
        OpType::Put(_) => PUT,
        OpType::Delete => DELETE,
        OpType::Make(ObjType::List | ObjType::Table) | OpType::Increment(_) | OpType::MarkBegin(_) | OpType::MarkEnd(_) => {
            return Err(NotPortable("an operation outside the profile".to_owned()));
        }
    };
    out.byte(action | if op.insert { 0x80 } else { 0 });
    encode_object(&op.obj, actors, out)?;
    encode_key(&op.key, actors, out)?;
    out.length(op.pred.len());
    for pred in op.pred.iter() {
        encode_id(pred, actors, out)?;
    }
    if let OpType::Put(value) = &op.action {
        encode_value(value, out)?;
    }
    Ok(())
}

fn encode_id(id: &OpId, actors: &mut Actors, out: &mut Writer) -> Result<(), NotPortable> {
    out.number(id.counter());
    out.number(actors.place(id.actor())?);
    Ok(())
}

/// The root has counter 0, which no operation has.
fn encode_object(object: &ObjectId, actors: &mut Actors, out: &mut Writer) -> Result<(), NotPortable> {
    match object {
        ObjectId::Root => out.byte(0),
        ObjectId::Id(id) => encode_id(id, actors, out)?,
    }
    Ok(())
}

fn encode_key(key: &Key, actors: &mut Actors, out: &mut Writer) -> Result<(), NotPortable> {
    match key {
        Key::Map(name) => {
            out.byte(0);
            out.text(name);
        }
        Key::Seq(ElementId::Head) => out.byte(1),
        Key::Seq(ElementId::Id(id)) => {
            out.byte(2);
            encode_id(id, actors, out)?;
        }
    }
    Ok(())
}

fn encode_value(value: &ScalarValue, out: &mut Writer) -> Result<(), NotPortable> {
    match value {
        ScalarValue::Null => out.byte(0),
        ScalarValue::Boolean(no) if !no => out.byte(1),
        ScalarValue::Boolean(_) => out.byte(2),
        ScalarValue::Int(number) => {
            out.byte(3);
            out.signed(*number);
        }
        ScalarValue::F64(number) => {
            out.byte(4);
            out.raw(&number.to_bits().to_be_bytes());
        }
        ScalarValue::Str(text) => {
            out.byte(5);
            out.text(text);
        }
        ScalarValue::Timestamp(ms) => {
            out.byte(6);
            out.signed(*ms);
        }
        ScalarValue::Bytes(_) | ScalarValue::Uint(_) | ScalarValue::Counter(_) | ScalarValue::Unknown { .. } => {
            return Err(NotPortable("a value outside the profile".to_owned()));
        }
    }
    Ok(())
}

pub(super) fn decode(reader: &mut Reader<'_>, before: Before<'_>, actors: &[ActorId]) -> Result<ExpandedChange, DecodeError> {
    let actor_id = actor(reader, actors)?;
    let seq = reader.number_up_to(limits::OPERATION_COUNTER_MAX, "a sequence number")?;
    let start_op = NonZeroU64::new(reader.number_up_to(limits::OPERATION_COUNTER_MAX, "a first operation")?);
    let start_op = start_op.ok_or(DecodeError::Invalid("a first operation"))?;
    let time = reader.signed("a time")?;
    if time != crate::Timestamp::from_unix_ms(time).unix_ms() {
        return Err(DecodeError::TooLarge("a time"));
    }
    if reader.byte("a message")? != 0 {
        return Err(DecodeError::Invalid("a message"));
    }
    let count = reader.length(limits::CHANGE_DEPENDENCIES_MAX, "dependencies")?;
    let mut deps = Vec::new();
    for _ in 0..count {
        let hash = match reader.length(before.len(), "a dependency")? {
            0 => ChangeHash(reader.array("a dependency")?),
            back => *before.iter().rev().nth(back - 1).ok_or(DecodeError::Invalid("a dependency"))?,
        };
        deps.push(hash);
    }
    let count = reader.length(limits::CHANGE_OPERATIONS_MAX, "operations")?;
    let mut operations = Vec::new();
    while operations.len() < count {
        decode_some(reader, actors, (&actor_id, start_op.get()), count, &mut operations)?;
    }
    Ok(ExpandedChange { operations, actor_id, hash: None, seq, start_op, time, message: None, deps, extra_bytes: Vec::new(), author: None })
}

/// One operation, or the run of letters that one word stands for.
fn decode_some(
    reader: &mut Reader<'_>,
    actors: &[ActorId],
    (own, start): (&ActorId, u64),
    count: usize,
    operations: &mut Vec<Op>,
) -> Result<(), DecodeError> {
    let action = reader.byte("an operation")?;
    let obj = decode_object(reader, actors)?;
    let mut key = decode_key(reader, actors)?;
    if action == INSERT {
        let text = reader.text(limits::STRING_BYTES_MAX, "letters")?;
        if text.is_empty() || text.chars().count() > count.saturating_sub(operations.len()) {
            return Err(DecodeError::Invalid("letters"));
        }
        for letter in text.chars() {
            let counter = start.saturating_add(operations.len() as u64);
            let action = OpType::Put(ScalarValue::Str(letter.to_string().into()));
            operations.push(Op { action, obj: obj.clone(), key, pred: Vec::new().into(), insert: true });
            key = Key::Seq(ElementId::Id(OpId::new(counter, own)));
        }
        return Ok(());
    }
    let preds = reader.length(limits::CHANGE_DEPENDENCIES_MAX, "predecessors")?;
    let pred: Vec<OpId> = (0..preds).map(|_| decode_id(reader, actors)).collect::<Result<_, _>>()?;
    let op_type = match action & 0x7f {
        MAKE_MAP => OpType::Make(ObjType::Map),
        MAKE_TEXT => OpType::Make(ObjType::Text),
        PUT => OpType::Put(decode_value(reader)?),
        DELETE => OpType::Delete,
        _ => return Err(DecodeError::Invalid("an operation")),
    };
    operations.push(Op { action: op_type, obj, key, pred: pred.into(), insert: action & 0x80 != 0 });
    Ok(())
}

fn actor(reader: &mut Reader<'_>, actors: &[ActorId]) -> Result<ActorId, DecodeError> {
    let at = reader.length(actors.len(), "an actor")?;
    actors.get(at).cloned().ok_or(DecodeError::Invalid("an actor"))
}

fn decode_id(reader: &mut Reader<'_>, actors: &[ActorId]) -> Result<OpId, DecodeError> {
    match decode_object(reader, actors)? {
        ObjectId::Id(id) => Ok(id),
        ObjectId::Root => Err(DecodeError::Invalid("an operation's name")),
    }
}

fn decode_object(reader: &mut Reader<'_>, actors: &[ActorId]) -> Result<ObjectId, DecodeError> {
    match reader.number_up_to(limits::OPERATION_COUNTER_MAX, "an operation's name")? {
        0 => Ok(ObjectId::Root),
        counter => Ok(ObjectId::Id(OpId::new(counter, &actor(reader, actors)?))),
    }
}

fn decode_key(reader: &mut Reader<'_>, actors: &[ActorId]) -> Result<Key, DecodeError> {
    match reader.byte("a key")? {
        0 => Ok(Key::Map(reader.text(limits::KEY_BYTES_MAX, "a key")?.into())),
        1 => Ok(Key::Seq(ElementId::Head)),
        2 => Ok(Key::Seq(ElementId::Id(decode_id(reader, actors)?))),
        _ => Err(DecodeError::Invalid("a key")),
    }
}

fn decode_value(reader: &mut Reader<'_>) -> Result<ScalarValue, DecodeError> {
    Ok(match reader.byte("a value")? {
        0 => ScalarValue::Null,
        1 => ScalarValue::Boolean(false),
        2 => ScalarValue::Boolean(true),
        3 => ScalarValue::Int(reader.signed("a value")?),
        4 => ScalarValue::F64(f64::from_bits(u64::from_be_bytes(reader.array("a value")?))),
        5 => ScalarValue::Str(reader.text(limits::STRING_BYTES_MAX, "a value")?.into()),
        6 => ScalarValue::Timestamp(reader.signed("a value")?),
        _ => return Err(DecodeError::Invalid("a value")),
    })
}
