//! One change as a stream of operations: the words that the profile has, and no others.

use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, ChangeHash, ExpandedChange, ObjType, ScalarValue};

use super::NotPortable;
use super::names::{FreshName, Known, Named};
use crate::codec::{DecodeError, Reader, Writer};
use crate::limits;

const MAKE_MAP: u8 = 0;
const MAKE_TEXT: u8 = 1;
const PUT: u8 = 2;
const DELETE: u8 = 3;
/// A run of letters, each inserted after the one before it.
const INSERT: u8 = 4;

/// Containers: the report itself, one that an earlier item made (its operation id follows), and those that this item makes, in their order.
const ROOT: u64 = 0;
const ELSEWHERE: u64 = 1;
const FIRST_MADE: u64 = 2;

/// The changes of the item so far, for dependencies that are named by their place in it.
pub(super) type Before<'a> = &'a [ChangeHash];

pub(super) fn encode(change: &ExpandedChange, before: Before<'_>, named: &mut Named, out: &mut Writer) -> Result<(), NotPortable> {
    if !change.extra_bytes.is_empty() || change.author.is_some() {
        return Err(NotPortable("extra bytes or an author field".to_owned()));
    }
    out.number(named.actor(&change.actor_id)?);
    out.number(change.seq);
    out.number(change.start_op.get());
    out.signed(change.time.wrapping_sub(named.time));
    named.time = change.time;
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
            "" => encode_one(op, named, out)?,
            text => {
                out.byte(INSERT);
                encode_object(&op.obj, named, out)?;
                encode_key(&op.key, named, out)?;
                out.text(text);
            }
        }
        if let OpType::Make(_) = op.action {
            named.made(change.start_op.get().saturating_add(at as u64), &change.actor_id);
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

fn encode_one(op: &Op, named: &mut Named, out: &mut Writer) -> Result<(), NotPortable> {
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
    encode_object(&op.obj, named, out)?;
    encode_key(&op.key, named, out)?;
    out.length(op.pred.len());
    for pred in op.pred.iter() {
        encode_id(pred, named, out)?;
    }
    if let OpType::Put(value) = &op.action {
        encode_value(value, named, out)?;
    }
    Ok(())
}

fn encode_id(id: &OpId, named: &mut Named, out: &mut Writer) -> Result<(), NotPortable> {
    out.number(id.counter());
    out.number(named.actor(id.actor())?);
    Ok(())
}

/// A container that this item makes is named by its place among them: reports of one form then read alike, whatever is left out of one.
fn encode_object(object: &ObjectId, named: &mut Named, out: &mut Writer) -> Result<(), NotPortable> {
    match object {
        ObjectId::Root => out.number(ROOT),
        ObjectId::Id(id) => match named.place_of(id) {
            Some(place) => out.number(FIRST_MADE + place),
            None => {
                out.number(ELSEWHERE);
                encode_id(id, named, out)?;
            }
        },
    }
    Ok(())
}

fn encode_key(key: &Key, named: &mut Named, out: &mut Writer) -> Result<(), NotPortable> {
    match key {
        Key::Map(name) => match FreshName::parse(name) {
            Some(fresh) => {
                out.byte(3);
                fresh.encode(named.time, out);
            }
            None => {
                out.byte(0);
                out.text(name);
            }
        },
        Key::Seq(ElementId::Head) => out.byte(1),
        Key::Seq(ElementId::Id(id)) => {
            out.byte(2);
            encode_id(id, named, out)?;
        }
    }
    Ok(())
}

fn encode_value(value: &ScalarValue, named: &Named, out: &mut Writer) -> Result<(), NotPortable> {
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
        ScalarValue::Str(text) if named.is_the_report(text) => out.byte(7),
        ScalarValue::Str(text) => {
            out.byte(5);
            out.text(text);
        }
        ScalarValue::Timestamp(ms) => {
            out.byte(6);
            out.signed(ms.wrapping_sub(named.time));
        }
        ScalarValue::Bytes(_) | ScalarValue::Uint(_) | ScalarValue::Counter(_) | ScalarValue::Unknown { .. } => {
            return Err(NotPortable("a value outside the profile".to_owned()));
        }
    }
    Ok(())
}

pub(super) fn decode(reader: &mut Reader<'_>, before: Before<'_>, known: &mut Known) -> Result<ExpandedChange, DecodeError> {
    let actor_id = known.actor(reader)?;
    let seq = reader.number_up_to(limits::OPERATION_COUNTER_MAX, "a sequence number")?;
    let start_op = NonZeroU64::new(reader.number_up_to(limits::OPERATION_COUNTER_MAX, "a first operation")?);
    let start_op = start_op.ok_or(DecodeError::Invalid("a first operation"))?;
    let time = reader.signed("a time")?.wrapping_add(known.time);
    known.time = time;
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
        decode_some(reader, known, (&actor_id, start_op.get()), count, &mut operations)?;
    }
    Ok(ExpandedChange { operations, actor_id, hash: None, seq, start_op, time, message: None, deps, extra_bytes: Vec::new(), author: None })
}

/// One operation, or the run of letters that one word stands for.
fn decode_some(
    reader: &mut Reader<'_>,
    known: &mut Known,
    (own, start): (&ActorId, u64),
    count: usize,
    operations: &mut Vec<Op>,
) -> Result<(), DecodeError> {
    let action = reader.byte("an operation")?;
    let obj = decode_object(reader, known)?;
    let mut key = decode_key(reader, known)?;
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
    let pred: Vec<OpId> = (0..preds).map(|_| decode_id(reader, known)).collect::<Result<_, _>>()?;
    let op_type = match action & 0x7f {
        MAKE_MAP => OpType::Make(ObjType::Map),
        MAKE_TEXT => OpType::Make(ObjType::Text),
        PUT => OpType::Put(decode_value(reader, known)?),
        DELETE => OpType::Delete,
        _ => return Err(DecodeError::Invalid("an operation")),
    };
    if let OpType::Make(_) = op_type {
        known.made.push(OpId::new(start.saturating_add(operations.len() as u64), own));
    }
    operations.push(Op { action: op_type, obj, key, pred: pred.into(), insert: action & 0x80 != 0 });
    Ok(())
}

fn decode_id(reader: &mut Reader<'_>, known: &Known) -> Result<OpId, DecodeError> {
    let counter = reader.number_up_to(limits::OPERATION_COUNTER_MAX, "an operation's name")?;
    if counter == 0 {
        return Err(DecodeError::Invalid("an operation's name"));
    }
    Ok(OpId::new(counter, &known.actor(reader)?))
}

fn decode_object(reader: &mut Reader<'_>, known: &Known) -> Result<ObjectId, DecodeError> {
    Ok(match reader.number("a container")? {
        ROOT => ObjectId::Root,
        ELSEWHERE => ObjectId::Id(decode_id(reader, known)?),
        made => {
            let place = usize::try_from(made - FIRST_MADE).ok();
            ObjectId::Id(place.and_then(|place| known.made.get(place)).cloned().ok_or(DecodeError::Invalid("a container"))?)
        }
    })
}

fn decode_key(reader: &mut Reader<'_>, known: &Known) -> Result<Key, DecodeError> {
    match reader.byte("a key")? {
        0 => Ok(Key::Map(reader.text(limits::KEY_BYTES_MAX, "a key")?.into())),
        1 => Ok(Key::Seq(ElementId::Head)),
        2 => Ok(Key::Seq(ElementId::Id(decode_id(reader, known)?))),
        3 => Ok(Key::Map(FreshName::decode(known.time, reader)?.to_string().into())),
        _ => Err(DecodeError::Invalid("a key")),
    }
}

fn decode_value(reader: &mut Reader<'_>, known: &Known) -> Result<ScalarValue, DecodeError> {
    Ok(match reader.byte("a value")? {
        0 => ScalarValue::Null,
        1 => ScalarValue::Boolean(false),
        2 => ScalarValue::Boolean(true),
        3 => ScalarValue::Int(reader.signed("a value")?),
        4 => ScalarValue::F64(f64::from_bits(u64::from_be_bytes(reader.array("a value")?))),
        5 => ScalarValue::Str(reader.text(limits::STRING_BYTES_MAX, "a value")?.into()),
        6 => ScalarValue::Timestamp(reader.signed("a value")?.wrapping_add(known.time)),
        7 => ScalarValue::Str(known.report.to_string().into()),
        _ => return Err(DecodeError::Invalid("a value")),
    })
}
