//! What the gate lets a device write into a report, one operation at a time.

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Automerge, Change, ObjType};
use serde_json::{Map, Value};
use sync_core::document::{Edit, EntryKind, Write, write};
use sync_core::form::{FieldKind, Form, Lane, Merge, Role};
use sync_core::gate::{authority, structure};
use sync_core::history::Node;
use sync_core::{Refusal, Timestamp, limits};

use crate::world::{Phone, history, phone, report};

/// A report of one form, and what an officer and his superior do to it.
struct Told {
    form: &'static Form,
    document: Automerge,
    birth: Change,
}

impl Told {
    fn with(kind: &str, alter: impl FnOnce(&mut Map<String, Value>)) -> Self {
        let form = Form::newest(kind).unwrap();
        let file = format!("{}/forms/examples/{kind}.full.json", env!("CARGO_MANIFEST_DIR"));
        let mut data: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        alter(data.as_object_mut().unwrap());
        let (document, birth) = phone(1, Role::Officer).file_as(form, report(1), &data);
        Self { form, document, birth }
    }

    fn full(kind: &str) -> Self {
        Self::with(kind, |_| ())
    }

    fn change(&self, phone: &Phone, writes: &[Write]) -> Node {
        let now = Timestamp::from_unix_ms(1_764_000_100_000);
        Node::new(&write(&mut self.document.clone(), self.form, writes, phone.actor(2), now).unwrap().unwrap()).unwrap()
    }

    fn judged(&self, phone: &Phone, node: &Node) -> Result<(), Refusal> {
        let history = history(std::slice::from_ref(&self.birth));
        structure(&history, node).and_then(|()| authority(report(1), &history, node, self.form, &phone.writer))
    }

    fn tries(&self, phone: &Phone, writes: &[Write]) -> Result<(), Refusal> {
        self.judged(phone, &self.change(phone, writes))
    }

    /// What the officer's comment would be with its operations altered; the first makes the entry.
    fn comments(&self, text: &str, alter: impl FnOnce(&mut Vec<Op>)) -> Result<(), Refusal> {
        let officer = phone(1, Role::Officer);
        let mut node = self.change(&officer, &[comment(text)]);
        node.expanded.deps = vec![self.birth.hash()];
        alter(&mut node.expanded.operations);
        self.judged(&officer, &node)
    }

    /// One operation on a key of `data`, on which nobody has written.
    fn in_data(&self, key: &str, action: OpType) -> Result<(), Refusal> {
        let born = Node::new(&self.birth).unwrap().expanded;
        let place = |name: &str| born.operations.iter().position(|op| op.key == Key::Map(name.into())).map(|at| at as u64);
        let id = |at: u64| OpId::new(born.start_op.get() + at, self.birth.actor_id());
        let pred: Vec<OpId> = place(key).filter(|_| matches!(action, OpType::Put(_))).map(id).into_iter().collect();
        let data = ObjectId::Id(id(place("data").unwrap()));
        self.comments("x", |operations| {
            *operations = vec![Op { action, obj: data, key: Key::Map(key.into()), pred: pred.into(), insert: false }];
        })
    }
}

fn comment(text: &str) -> Write {
    Write::Entry { kind: EntryKind::Comment, id: "id".to_owned(), texts: vec![("text", text.to_owned())] }
}

#[test]
fn letters_of_a_text_and_comments_are_written_by_its_author() {
    let (told, officer) = (Told::full("laporan-informasi"), phone(1, Role::Officer));
    let text = Edit::Set { path: "analisis".parse().unwrap(), value: "lain".into() };
    assert_eq!(told.tries(&officer, &[Write::Edit(text)]), Ok(()));
    assert_eq!(told.tries(&officer, &[comment("catatan")]), Ok(()));
}

#[test]
fn an_entry_is_made_whole_once_with_known_texts_of_bounded_length() {
    let told = Told::full("laporan-informasi");
    assert_eq!(told.comments("x", |_| ()), Ok(()));
    assert_eq!(told.comments("x", |operations| operations.truncate(1)), Err(Refusal::Profile));
    let note = |operations: &mut Vec<Op>| {
        let more = Op { key: Key::Map("note".into()), ..operations[1].clone() };
        operations.push(more);
    };
    assert_eq!(told.comments("x", note), Err(Refusal::Profile), "an unknown text");
    assert_eq!(told.comments("x", |operations| operations.push(operations[1].clone())), Err(Refusal::Profile), "a text twice");
    let again = |operations: &mut Vec<Op>| operations.push(operations[0].clone());
    assert_eq!(told.comments("x", again), Err(Refusal::Profile), "an entry twice");
    assert_eq!(told.comments(&"x".repeat(limits::ENTRY_TEXT_BYTES_MAX), |_| ()), Ok(()));
    assert_eq!(told.comments(&"x".repeat(limits::ENTRY_TEXT_BYTES_MAX + 1), |_| ()), Err(Refusal::Profile));
}

#[test]
fn nothing_is_added_to_an_entry_that_is_there() {
    let (told, officer) = (Told::full("laporan-informasi"), phone(1, Role::Officer));
    let first = told.change(&officer, &[comment("catatan")]);
    let mut history = history(std::slice::from_ref(&told.birth));
    history.push(first.clone());
    let mut next = told.change(&officer, &[comment("x")]);
    next.expanded.seq += 1;
    next.expanded.start_op = next.expanded.start_op.checked_add(first.expanded.operations.len() as u64).unwrap();
    next.expanded.deps = vec![first.hash];
    next.hash.0[0] ^= 1;
    let entry = OpId::new(first.expanded.start_op.get(), &first.expanded.actor_id);
    next.expanded.operations = vec![Op { obj: ObjectId::Id(entry), key: Key::Map("seen".into()), ..next.expanded.operations[1].clone() }];
    next.expanded.operations[0].action = OpType::Put(told.birth.hash().to_string().as_str().into());
    assert_eq!(structure(&history, &next), Ok(()));
    assert_eq!(authority(report(1), &history, &next, told.form, &officer.writer), Err(Refusal::Profile));
}

#[test]
fn a_container_is_never_a_value() {
    for kind in ["laporan-informasi", "dds-warga"] {
        let told = Told::full(kind);
        for field in told.form.fields().iter().filter(|field| matches!(field.kind, FieldKind::Group(_) | FieldKind::Rows(_))) {
            assert_eq!(told.in_data(&field.name, OpType::Put("x".into())), Err(Refusal::Profile), "{}", field.name);
        }
    }
}

#[test]
fn a_text_of_letters_is_made_with_its_report_and_not_later() {
    let told = Told::full("laporan-informasi");
    // As if its device had left it out.
    let mut without = Node::new(&told.birth).unwrap();
    let at = without.expanded.operations.iter().position(|op| op.key == Key::Map("analisis".into())).unwrap();
    without.expanded.operations[at].key = Key::Map("lain".into());
    let told = Told { birth: Change::from(without.expanded), ..told };
    let made = told.in_data("analisis", OpType::Make(ObjType::Text));
    assert_eq!(made, Err(Refusal::Profile));
}

#[test]
fn a_superior_moves_a_report_into_another_lane_that_there_is() {
    let (told, polsek) = (Told::full("laporan-informasi"), phone(2, Role::Polsek));
    let mut moved = told.change(&polsek, &[Write::Placement { unit: None, class: None, lane: Some(Lane::Urgent) }]);
    assert_eq!(told.judged(&polsek, &moved), Ok(()));
    moved.expanded.operations[0].action = OpType::Put("nowhere".into());
    assert_eq!(told.judged(&polsek, &moved), Err(Refusal::Profile));
}

/// So no text of letters is made in a row; tests/mutants/explained.txt stands on this.
#[test]
fn within_groups_and_rows_are_values_only() {
    for form in Form::built_in().iter().chain([Form::message()]) {
        for field in form.fields().iter().flat_map(|field| field.nested()) {
            let is_value = field.merge == Merge::Value && !matches!(field.kind, FieldKind::Group(_) | FieldKind::Rows(_));
            assert!(is_value, "{} {}", form.kind(), field.name);
        }
    }
}
