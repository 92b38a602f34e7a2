//! The shape of a change by itself: each limit to the last, each number in its order, each letter in its text.

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{Automerge, Change, ChangeHash, ObjType, ScalarValue};
use sync_core::document::{EntryKind, Write};
use sync_core::form::{Form, Role};
use sync_core::gate::structure;
use sync_core::history::{History, Node};
use sync_core::{Refusal, limits};

use crate::world::{Phone, history, phone, report};

/// A report of an officer, and the next change of it as he makes it.
struct Filed {
    officer: Phone,
    document: Automerge,
    birth: Change,
    next: Node,
}

fn filed() -> Filed {
    let officer = phone(1, Role::Officer);
    let (mut document, birth) = officer.file(report(1));
    let next = Node::new(&officer.set(&mut document, "rt", "004")).unwrap();
    Filed { officer, document, birth, next }
}

/// One with a text of letters, which deteksi-dini has not. What is done next names it.
fn told() -> Filed {
    let officer = phone(1, Role::Officer);
    let form = Form::newest("laporan-informasi").unwrap();
    let file = format!("{}/forms/examples/laporan-informasi.full.json", env!("CARGO_MANIFEST_DIR"));
    let data = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let (mut document, birth) = officer.file_as(form, report(1), &data);
    let comment = Write::Entry { kind: EntryKind::Comment, id: "id".to_owned(), texts: vec![("text", "catatan".to_owned())] };
    let next = Node::new(&officer.write(&mut document, &[comment])).unwrap();
    Filed { officer, document, birth, next }
}

impl Filed {
    fn history(&self) -> History {
        history(std::slice::from_ref(&self.birth))
    }

    fn with(&self, alter: impl FnOnce(&mut Node)) -> Result<(), Refusal> {
        let mut next = self.next.clone();
        alter(&mut next);
        structure(&self.history(), &next)
    }

    /// With these operations only.
    fn does(&self, operations: Vec<Op>) -> Result<(), Refusal> {
        self.with(|next| next.expanded.operations = operations)
    }

    /// The name of the birth's operation at a place.
    fn id(&self, at: usize) -> OpId {
        OpId::new(self.birth.start_op().get() + at as u64, self.birth.actor_id())
    }

    fn position(&self, wanted: impl Fn(&Op) -> bool) -> usize {
        Node::new(&self.birth).unwrap().expanded.operations.iter().position(wanted).unwrap()
    }
}

/// As a change of another, so that it is one more and nothing else.
fn stranger(node: &Node, number: u32, of: &Phone) -> Node {
    let mut hash = [7; 32];
    hash[..4].copy_from_slice(&number.to_be_bytes());
    Node { hash: ChangeHash(hash), actor: of.actor(9), ..node.clone() }
}

#[test]
fn each_limit_is_kept_to_the_last() {
    let filed = filed();
    assert_eq!(filed.with(|_| ()), Ok(()));
    assert_eq!(filed.does(Vec::new()), Err(Refusal::Unsupported));
    let operations = |count| filed.with(|next| next.expanded.operations = vec![next.expanded.operations[0].clone(); count]);
    assert_eq!(operations(limits::CHANGE_OPERATIONS_MAX), Ok(()));
    assert_eq!(operations(limits::CHANGE_OPERATIONS_MAX + 1), Err(Refusal::TooLarge));
    let dependencies = |count| filed.with(|next| next.expanded.deps.resize(count, ChangeHash([7; 32])));
    assert_eq!(dependencies(limits::CHANGE_DEPENDENCIES_MAX), Ok(()));
    assert_eq!(dependencies(limits::CHANGE_DEPENDENCIES_MAX + 1), Err(Refusal::TooLarge));
    let last = |counter| {
        filed.with(|next| {
            next.expanded.operations.truncate(1);
            next.expanded.start_op = std::num::NonZeroU64::new(counter).unwrap();
        })
    };
    assert_eq!(last(limits::OPERATION_COUNTER_MAX - 1), Err(Refusal::Sequence));
    assert_eq!(last(limits::OPERATION_COUNTER_MAX), Err(Refusal::TooLarge));
    let mut history = filed.history();
    for number in 1..limits::DOCUMENT_CHANGES_MAX as u32 - 1 {
        history.push(stranger(&filed.next, number, &phone(2, Role::Officer)));
    }
    assert_eq!(structure(&history, &filed.next), Ok(()));
    history.push(stranger(&filed.next, 0, &phone(2, Role::Officer)));
    assert_eq!(structure(&history, &filed.next), Err(Refusal::TooLarge));
}

#[test]
fn a_device_leaves_no_more_heads_than_it_may() {
    let filed = filed();
    let mut history = filed.history();
    for number in 1..limits::DEVICE_HEADS_MAX as u32 {
        history.push(stranger(&filed.next, number, &filed.officer));
    }
    assert_eq!(structure(&history, &filed.next), Ok(()));
    history.push(stranger(&filed.next, 0, &filed.officer));
    assert_eq!(structure(&history, &filed.next), Err(Refusal::TooManyHeads));
}

#[test]
fn a_change_follows_its_actors_last_and_begins_after_all_that_it_knows() {
    let mut filed = filed();
    for (seq, start) in [(1, 0), (0, 1), (0, 2)] {
        let wrong = filed.with(|next| {
            next.expanded.seq += seq;
            next.expanded.start_op = next.expanded.start_op.checked_add(start).unwrap();
        });
        assert_eq!(wrong, Err(Refusal::Sequence), "{seq} {start}");
    }
    let mut history = filed.history();
    history.push(filed.next.clone());
    // The same once more is no fork; nor is it the next.
    assert_eq!(structure(&history, &filed.next), Err(Refusal::Sequence));
    let second = Node::new(&filed.officer.set(&mut filed.document, "rt", "005")).unwrap();
    assert_eq!(structure(&history, &second), Ok(()));
    let mut third = Node::new(&filed.officer.set(&mut filed.document, "rt", "006")).unwrap();
    let mut both = history.clone();
    both.push(second.clone());
    assert_eq!(structure(&both, &third), Ok(()));
    // Not made on his own last one, though all numbers are right.
    third.expanded.deps = filed.next.expanded.deps.clone();
    third.expanded.start_op = filed.next.expanded.start_op;
    assert_eq!(structure(&both, &third), Err(Refusal::Sequence));
}

#[test]
fn a_predecessor_is_on_the_same_key_of_the_same_object_once_and_no_delete() {
    let filed = filed();
    let own = filed.next.expanded.operations[0].clone();
    let pred = |ids: Vec<OpId>| Op { pred: ids.into(), ..own.clone() };
    let before: OpId = own.pred.iter().next().unwrap().clone();
    assert_eq!(filed.does(vec![pred(vec![before.clone()])]), Ok(()));
    assert_eq!(filed.does(vec![pred(vec![before.clone(), before.clone()])]), Err(Refusal::Reference));
    // The key `unit` of the root, named for that of the placement.
    let unit = filed.position(|op| op.obj == ObjectId::Root && op.key == Key::Map("unit".into()));
    let placement = filed.position(|op| op.key == Key::Map("placement".into()));
    let moved = Op { obj: ObjectId::Id(filed.id(placement)), key: Key::Map("unit".into()), ..pred(vec![filed.id(unit)]) };
    assert_eq!(filed.does(vec![moved.clone()]), Err(Refusal::Reference));
    assert_eq!(filed.does(vec![Op { pred: Vec::new().into(), ..moved }]), Ok(()));
    // What this very change deleted: its first operation.
    let deleted = OpId::new(filed.next.expanded.start_op.get(), &filed.next.expanded.actor_id);
    let delete = Op { action: OpType::Delete, ..own.clone() };
    assert_eq!(filed.does(vec![delete.clone()]), Ok(()));
    assert_eq!(filed.does(vec![delete, pred(vec![deleted])]), Err(Refusal::Reference));
}

#[test]
fn a_text_takes_letters_where_it_has_some_and_nothing_else() {
    let filed = told();
    let text = ObjectId::Id(filed.id(filed.position(|op| matches!(op.action, OpType::Make(ObjType::Text)))));
    let first = filed.position(|op| op.obj == text && op.insert);
    let (letter, other) = (filed.id(first), filed.id(first + 1));
    let on = |id: &OpId| Key::Seq(ElementId::Id(id.clone()));
    let head = || Key::Seq(ElementId::Head);
    let put = || OpType::Put("x".into());
    let number = || OpType::Put(ScalarValue::Int(1));
    let tries = |action: OpType, key: Key, pred: &[&OpId], insert: bool| {
        let pred = pred.iter().map(|id| (*id).clone()).collect::<Vec<_>>().into();
        filed.does(vec![Op { action, obj: text.clone(), key, pred, insert }])
    };
    let value = filed.id(filed.position(|op| op.key == Key::Map("kind".into())));
    for right in [
        tries(put(), on(&letter), &[], true),
        tries(put(), head(), &[], true),
        tries(put(), on(&letter), &[&letter], false),
        tries(OpType::Delete, on(&letter), &[&letter], false),
    ] {
        assert_eq!(right, Ok(()));
    }
    for (what, wrong) in [
        ("an insertion replaces", tries(put(), on(&letter), &[&letter], true)),
        ("a number is inserted", tries(number(), on(&letter), &[], true)),
        ("a number replaces a letter", tries(number(), on(&letter), &[&letter], false)),
        ("nothing is replaced", tries(put(), on(&letter), &[], false)),
        ("the head is replaced", tries(put(), head(), &[&letter], false)),
        ("the head is deleted", tries(OpType::Delete, head(), &[&letter], false)),
        ("nothing is deleted", tries(OpType::Delete, on(&letter), &[], false)),
        ("a deletion is inserted", tries(OpType::Delete, on(&letter), &[&letter], true)),
        ("an object is inserted", tries(OpType::Make(ObjType::Map), on(&letter), &[], true)),
        ("another letter is replaced", tries(put(), on(&letter), &[&other], false)),
        ("after what is no letter", tries(put(), on(&value), &[], true)),
    ] {
        assert_eq!(wrong, Err(Refusal::Reference), "{what}");
    }
    // A letter that was put in place of another is named by itself, on the place of the first.
    let id = OpId::new(filed.next.expanded.start_op.get(), &filed.next.expanded.actor_id);
    let replace =
        |key: &OpId, pred: &OpId| Op { action: put(), obj: text.clone(), key: on(key), pred: vec![pred.clone()].into(), insert: false };
    assert_eq!(filed.does(vec![replace(&letter, &letter), replace(&letter, &id)]), Ok(()));
    assert_eq!(filed.does(vec![replace(&letter, &letter), replace(&other, &id)]), Err(Refusal::Reference));
}
