//! The gate: honest changes pass, each kind of dishonest one is refused by name.

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{Automerge, Change, ExpandedChange, ObjType, ScalarValue};
use serde_json::{Value, json};
use sync_core::Refusal;
use sync_core::document::{Edit, EntryKind, Write};
use sync_core::form::{Class, Form, Role};
use sync_core::gate::{authority, structure};
use sync_core::history::Node;

use crate::world::{Phone, form, history, phone, report};

fn passes(phone: &Phone, before: &[Change], change: &Change) -> Result<(), Refusal> {
    passes_as(form(), phone, before, change)
}

fn passes_as(form: &Form, phone: &Phone, before: &[Change], change: &Change) -> Result<(), Refusal> {
    let (history, node) = (history(before), Node::new(change).ok_or(Refusal::NotAuthor)?);
    structure(&history, &node)?;
    authority(report(1), &history, &node, form, &phone.writer)
}

/// The change with something altered, rebuilt as the wire rebuilds it.
fn altered(change: &Change, alter: impl FnOnce(&mut ExpandedChange)) -> Change {
    let mut expanded = ExpandedChange::from(change);
    alter(&mut expanded);
    Change::from(expanded)
}

fn find(change: &mut ExpandedChange, key: &str) -> usize {
    change.operations.iter().position(|op| op.key == Key::Map(key.into())).unwrap()
}

fn decision(kind: &str, seen: &str) -> Write {
    let texts = vec![("type", kind.to_owned()), ("text", "alasan".to_owned()), ("seen", seen.to_owned())];
    Write::Entry { kind: EntryKind::Decision, id: format!("id-{kind}"), texts }
}

#[test]
fn an_honest_life_passes() {
    let (officer, polsek) = (phone(1, Role::Officer), phone(2, Role::Polsek));
    let (mut document, birth) = officer.file(report(1));
    assert_eq!(passes(&officer, &[], &birth), Ok(()));
    let edit = officer.set(&mut document, "rt", "004");
    assert_eq!(passes(&officer, std::slice::from_ref(&birth), &edit), Ok(()));
    let other = polsek.set(&mut document, "rw", "009");
    assert_eq!(passes(&polsek, &[birth.clone(), edit.clone()], &other), Ok(()));
    let seen = other.hash().to_string();
    let handled =
        polsek.write(&mut document, &[decision("handle", &seen), Write::Placement { unit: None, class: Some(Class::Rahasia), lane: None }]);
    assert_eq!(passes(&polsek, &[birth, edit, other], &handled), Ok(()));
}

#[test]
fn a_birth_says_the_truth_once() {
    let officer = phone(1, Role::Officer);
    let (mut document, birth) = officer.file(report(1));
    let put = |key: &'static str, value: ScalarValue| {
        altered(&birth, |change| {
            let at = find(change, key);
            change.operations[at].action = OpType::Put(value);
        })
    };
    for lie in [
        put("author", "00000002".into()),
        put("id", report(2).to_string().into()),
        put("kind", "dds-warga".into()),
        put("form", 99_i64.into()),
        put("unit", "desa".into()),
        put("recorded_at", ScalarValue::Timestamp(i64::MAX)),
        altered(&birth, |change| {
            let at = find(change, "decisions");
            change.operations[at].action = OpType::Put(1_i64.into());
        }),
        altered(&birth, |change| {
            let at = find(change, "author");
            let mut again = change.operations[at].clone();
            again.action = OpType::Put("00000002".into());
            change.operations.push(again);
        }),
    ] {
        assert_eq!(passes(&officer, &[], &lie), Err(Refusal::Birth));
    }
    // A second birth in the same document, and a first change that is none.
    let edit = officer.set(&mut document, "rt", "004");
    let second = altered(&birth, |change| change.seq = 1);
    let stranger = altered(&second, |change| change.actor_id = phone(1, Role::Officer).actor(7).to_automerge());
    assert!(matches!(passes(&officer, std::slice::from_ref(&birth), &stranger), Err(Refusal::Birth | Refusal::Reference)));
    let (_, again) = phone(1, Role::Officer).file_by(phone(1, Role::Officer).actor(7), form(), report(1), &crate::world::data());
    assert_eq!(passes(&officer, &[birth], &again), Err(Refusal::Birth));
    assert!(passes(&officer, &[], &edit).is_err());
}

#[test]
fn nobody_writes_in_another_name() {
    let (officer, thief) = (phone(1, Role::Officer), phone(3, Role::Officer));
    let (_, birth) = officer.file(report(1));
    assert_eq!(passes(&thief, &[], &birth), Err(Refusal::NotAuthor));
}

#[test]
fn a_number_is_used_once_and_in_order() {
    let officer = phone(1, Role::Officer);
    let (mut document, birth) = officer.file(report(1));
    let before = document.clone();
    let edit = officer.set(&mut document, "rt", "004");
    let mut other = before;
    let fork = officer.set(&mut other, "rt", "005");
    assert_eq!(passes(&officer, &[birth.clone(), edit.clone()], &fork), Err(Refusal::Fork));
    for (seq, start) in [(5, 0), (1, 1), (1, -1)] {
        let gap = altered(&edit, |change| {
            change.seq = seq;
            change.start_op = change.start_op.checked_add(1).unwrap_or(change.start_op);
            if start <= 0 {
                change.start_op = std::num::NonZeroU64::new(u64::MAX >> 34).unwrap();
            }
        });
        assert!(matches!(
            passes(&officer, std::slice::from_ref(&birth), &gap),
            Err(Refusal::Sequence | Refusal::Reference | Refusal::TooLarge)
        ));
    }
}

#[test]
fn an_operation_names_only_what_is_there() {
    let officer = phone(1, Role::Officer);
    let (mut document, birth) = officer.file(report(1));
    let edit = officer.set(&mut document, "rt", "004");
    let nowhere = OpId::new(1_000_000, &officer.actor(1).to_automerge());
    let stranger = OpId::new(1, &phone(9, Role::Officer).actor(1).to_automerge());
    let refused = |alter: &dyn Fn(&mut Op)| {
        let change = altered(&edit, |change| alter(&mut change.operations[0]));
        passes(&officer, std::slice::from_ref(&birth), &change)
    };
    assert_eq!(refused(&|op| op.obj = ObjectId::Id(nowhere.clone())), Err(Refusal::Reference));
    assert_eq!(refused(&|op| op.obj = ObjectId::Id(stranger.clone())), Err(Refusal::Reference));
    assert_eq!(refused(&|op| op.pred = vec![nowhere.clone()].into()), Err(Refusal::Reference));
    // A predecessor on another key, and an object that is a value.
    let id = OpId::new(1, &officer.actor(1).to_automerge());
    assert_eq!(refused(&|op| op.pred = vec![id.clone()].into()), Err(Refusal::Reference));
    assert_eq!(refused(&|op| op.obj = ObjectId::Id(id.clone())), Err(Refusal::Reference));
    let itself = OpId::new(ExpandedChange::from(&edit).start_op.get(), &officer.actor(1).to_automerge());
    assert_eq!(refused(&|op| op.obj = ObjectId::Id(itself.clone())), Err(Refusal::Reference));
    assert_eq!(refused(&|op| op.insert = true), Err(Refusal::Reference));
    assert_eq!(refused(&|op| (op.action, op.pred) = (OpType::Delete, Vec::new().into())), Err(Refusal::Reference));
}

#[test]
fn a_letter_stands_after_a_letter() {
    let officer = phone(1, Role::Officer);
    let (form, data, mut document, birth) = full(&officer, "laporan-informasi");
    let rest: String = data["analisis"].as_str().unwrap().chars().skip(1).collect();
    let wanted = json!(format!("{rest}, bukan satu"));
    let writes = [Write::Edit(Edit::Set { path: "analisis".parse().unwrap(), value: wanted })];
    let now = sync_core::Timestamp::from_unix_ms(1);
    let edit = sync_core::document::write(&mut document, form, &writes, officer.actor(1), now).unwrap().unwrap();
    let judged = |change: &Change| passes_as(form, &officer, std::slice::from_ref(&birth), change);
    assert_eq!(judged(&edit), Ok(()));

    let expanded = ExpandedChange::from(&edit);
    let taken_away = expanded.operations.iter().position(|op| op.action == OpType::Delete).unwrap();
    let letter = expanded.operations.iter().rposition(|op| op.insert).unwrap();
    assert!(taken_away < letter);
    let id = OpId::new(expanded.start_op.get() + taken_away as u64, &officer.actor(1).to_automerge());
    let after_what_is_none = altered(&edit, |change| change.operations[letter].key = Key::Seq(ElementId::Id(id)));
    assert_eq!(judged(&after_what_is_none), Err(Refusal::Reference));
}

#[test]
fn containers_and_entries_are_never_overwritten() {
    let (officer, polsek) = (phone(1, Role::Officer), phone(2, Role::Polsek));
    let (mut document, birth) = officer.file(report(1));
    let mut copy = document.clone();
    let edit = officer.set(&mut document, "rt", "004");
    let root = |key: &'static str| {
        let change = altered(&edit, |change| {
            let op = &mut change.operations[0];
            (op.obj, op.key, op.pred) = (ObjectId::Root, Key::Map(key.into()), Vec::new().into());
        });
        passes(&officer, std::slice::from_ref(&birth), &change)
    };
    for key in ["data", "decisions", "author", "unit", "new"] {
        assert_eq!(root(key), Err(Refusal::Profile), "{key}");
    }
    let hidden = altered(&edit, |change| change.operations[0].action = OpType::Make(ObjType::Map));
    assert_eq!(passes(&officer, std::slice::from_ref(&birth), &hidden), Err(Refusal::Profile));

    let seen = birth.hash().to_string();
    let first = polsek.write(&mut copy, &[decision("handle", &seen)]);
    let again = phone(4, Role::Polsek).write(&mut copy, &[decision("handle", &seen)]);
    assert_eq!(passes(&phone(4, Role::Polsek), &[birth.clone(), first.clone()], &again), Err(Refusal::Profile));
    let later = altered(&phone(4, Role::Polsek).set(&mut copy, "rt", "1"), |change| {
        let entry = OpId::new(first.start_op().get(), first.actor_id());
        change.operations[0] = Op {
            action: OpType::Put("changed".into()),
            obj: ObjectId::Id(entry),
            key: Key::Map("note".into()),
            pred: Vec::new().into(),
            insert: false,
        };
    });
    assert_eq!(passes(&phone(4, Role::Polsek), &[birth, first, again], &later), Err(Refusal::Profile));
}

#[test]
fn an_officer_decides_and_places_nothing_but_his_own_withdrawal() {
    let (officer, other) = (phone(1, Role::Officer), phone(3, Role::Officer));
    let (document, birth) = officer.file(report(1));
    let seen = birth.hash().to_string();
    let tries = |phone: &Phone, write: &Write| {
        let change = phone.write(&mut document.clone(), std::slice::from_ref(write));
        passes(phone, std::slice::from_ref(&birth), &change)
    };
    for kind in ["return", "handle", "escalate", "hand-over", "reclassify"] {
        assert_eq!(tries(&officer, &decision(kind, &seen)), Err(Refusal::NotAllowed), "{kind}");
        assert_eq!(tries(&phone(2, Role::Polsek), &decision(kind, &seen)), Ok(()), "{kind}");
    }
    assert_eq!(tries(&officer, &decision("withdraw", &seen)), Ok(()));
    assert_eq!(tries(&other, &decision("withdraw", &seen)), Err(Refusal::NotAllowed));
    assert_eq!(tries(&phone(2, Role::Polsek), &decision("withdraw", &seen)), Err(Refusal::NotAllowed));
    assert_eq!(tries(&officer, &decision("pardon", &seen)), Err(Refusal::Unsupported));
    let moved = Write::Placement { unit: Some("53.03".parse().unwrap()), class: None, lane: None };
    assert_eq!(tries(&officer, &moved), Err(Refusal::NotAllowed));
    assert_eq!(tries(&phone(2, Role::Polres), &moved), Ok(()));
    let unknown = "00".repeat(32);
    assert_eq!(tries(&phone(2, Role::Polsek), &decision("handle", &unknown)), Err(Refusal::UnknownHeads));
}

#[test]
fn rows_are_added_edited_and_removed_but_not_made_anew() {
    let officer = phone(1, Role::Officer);
    let (form, _, document, birth) = full(&officer, "dds-warga");
    let tries = |edits: Vec<Edit>| writes(&officer, form, (&document, &birth), edits);
    let list = form.fields().iter().find(|field| field.is_rows()).unwrap().name.clone();
    let row = |row: &str| Edit::AddRow { list: list.clone(), row: row.to_owned(), value: json!({}) };
    assert_eq!(tries(vec![row("row-new")]), Ok(()));
    assert_eq!(tries(vec![row("row-001")]), Err(Refusal::Profile));
    assert_eq!(tries(vec![Edit::RemoveRow { list: list.clone(), row: "row-001".to_owned() }]), Ok(()));
}

/// A report of any kind, as the form's fullest example says it.
fn full(officer: &Phone, kind: &str) -> (&'static Form, Value, Automerge, Change) {
    let form = Form::newest(kind).unwrap();
    let file = format!("{}/forms/examples/{kind}.full.json", env!("CARGO_MANIFEST_DIR"));
    let data: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let (document, birth) = officer.file_as(form, report(1), &data);
    (form, data, document, birth)
}

fn sets(phone: &Phone, form: &Form, report: (&Automerge, &Change), path: &str, value: &Value) -> Result<(), Refusal> {
    writes(phone, form, report, vec![Edit::Set { path: path.parse().unwrap(), value: value.clone() }])
}

fn writes(phone: &Phone, form: &Form, (document, birth): (&Automerge, &Change), edits: Vec<Edit>) -> Result<(), Refusal> {
    let writes: Vec<Write> = edits.into_iter().map(Write::Edit).collect();
    let now = sync_core::Timestamp::from_unix_ms(1);
    let change = sync_core::document::write(&mut document.clone(), form, &writes, phone.actor(2), now).unwrap().unwrap();
    let (history, node) = (history(std::slice::from_ref(birth)), Node::new(&change).unwrap());
    structure(&history, &node).and_then(|()| authority(report(1), &history, &node, form, &phone.writer))
}

#[test]
fn each_value_of_each_form_can_be_taken_away_also_in_groups_and_rows() {
    let officer = phone(1, Role::Officer);
    let mut in_groups = 0;
    for kind in ["binluh", "dds-usaha", "dds-warga", "laporan-informasi", "problem-solving", "sambang", "satkamling"] {
        let (form, data, document, birth) = full(&officer, kind);
        let mut paths = Vec::new();
        for (name, value) in data.as_object().unwrap() {
            match value {
                Value::Object(group) => {
                    in_groups += group.len();
                    paths.extend(group.keys().map(|inner| format!("{name}.{inner}")));
                }
                Value::Array(_) if form.fields().iter().any(|field| field.name == *name && field.is_rows()) => {}
                _ => paths.push(name.clone()),
            }
        }
        if kind == "dds-warga" {
            paths.extend(data["anggota"][0].as_object().unwrap().keys().map(|inner| format!("anggota.row-001.{inner}")));
        }
        for path in paths {
            assert_eq!(sets(&officer, form, (&document, &birth), &path, &Value::Null), Ok(()), "{kind} {path}");
        }
    }
    assert!(in_groups > 0);
}

#[test]
fn what_a_form_keeps_for_supervisors_an_officer_does_not_write() {
    let (officer, polsek) = (phone(1, Role::Officer), phone(2, Role::Polsek));
    let (form, data, document, birth) = full(&officer, "laporan-informasi");
    let number = json!("B/12/XI/2026");
    assert_eq!(sets(&officer, form, (&document, &birth), "nomor_agenda", &number), Err(Refusal::NotAllowed));
    assert_eq!(sets(&polsek, form, (&document, &birth), "nomor_agenda", &number), Ok(()));
    // Nor with the report itself.
    let mut more = data;
    more["nomor_agenda"] = number;
    let (_, birth) = officer.file_as(form, report(1), &more);
    let node = Node::new(&birth).unwrap();
    assert_eq!(authority(report(1), &history(&[]), &node, form, &officer.writer), Err(Refusal::NotAllowed));
}
