//! Changes survive the operation stream, byte for byte.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjType, ROOT, ReadDoc, ScalarValue};
use proptest::prelude::*;
use sync_core::change::{Item, glance, round_trip};
use sync_core::form::{Form, Role};

use crate::world::{phone, report};

#[test]
fn every_kind_of_report_travels_unchanged() {
    let officer = phone(1, Role::Officer);
    for (number, form) in (0..).zip(Form::built_in()) {
        let file = format!("{}/forms/examples/{}.full.json", env!("CARGO_MANIFEST_DIR"), form.kind());
        let data = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let (_, change) = officer.file_as(form, report(number), &data);
        let item = Item { report: report(number), changes: vec![change.clone()] };
        let bytes = item.encode().unwrap();
        let back = Item::decode(&bytes).unwrap();
        assert_eq!(back.changes[0].raw_bytes(), change.raw_bytes(), "{}", form.kind());
        // And can be looked at without being rebuilt.
        let seen = glance(&bytes);
        assert_eq!((seen.report, seen.stopped, seen.changes.len()), (Some(report(number)), None, 1));
        assert_eq!(seen.changes[0].operations, seen.changes[0].words.len() + seen.left_out);
        assert!(seen.changes[0].words.iter().any(|word| word.contains(form.kind())), "{seen:?}");
    }
}

#[test]
fn every_cut_and_every_flipped_bit_is_noticed() {
    let officer = phone(1, Role::Officer);
    let (mut document, birth) = officer.file(report(1));
    let edit = officer.set(&mut document, "rt", "004");
    let bytes = Item { report: report(1), changes: vec![birth.clone(), edit.clone()] }.encode().unwrap();
    for at in 0..bytes.len() {
        assert!(Item::decode(&bytes[..at]).is_err(), "cut at {at}");
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            // The report's id is not a change's: the gate holds it against the birth.
            if let Ok(item) = Item::decode(&flipped) {
                assert!(at < 16, "byte {at} bit {bit}");
                assert_eq!(item.changes[1].hash(), edit.hash());
            }
        }
    }
}

/// A step of a random document: which of three actors does what.
#[derive(Debug, Clone)]
enum Step {
    Put(u8, String, Value),
    Delete(u8, String),
    Object(u8, String, bool),
    Splice(u8, usize, usize, String),
    Merge(u8, u8),
}

#[derive(Debug, Clone)]
enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(String),
    Time(i64),
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), Just(0)].prop_map(Value::Int),
        prop_oneof![any::<f64>(), Just(f64::MIN_POSITIVE), Just(-0.0), Just(f64::INFINITY)].prop_map(Value::Real),
        ".{0,40}".prop_map(Value::Text),
        any::<i64>().prop_map(Value::Time),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..3_u8;
    let key = "[a-d]";
    prop_oneof![
        4 => (who.clone(), key, value()).prop_map(|(who, key, value)| Step::Put(who, key, value)),
        1 => (who.clone(), key).prop_map(|(who, key)| Step::Delete(who, key)),
        1 => (who.clone(), "[m-p]", any::<bool>()).prop_map(|(who, key, text)| Step::Object(who, key, text)),
        3 => (who.clone(), 0..9_usize, 0..4_usize, "[a-zé-ü€ ]{0,9}").prop_map(|(who, at, gone, text)| Step::Splice(who, at, gone, text)),
        2 => (who.clone(), who).prop_map(|(a, b)| Step::Merge(a, b)),
    ]
}

fn play(steps: &[Step]) -> Vec<Change> {
    let mut documents: Vec<Automerge> = (0..3).map(|n| Automerge::new().with_actor(ActorId::from([n + 1; 16]))).collect();
    let text = documents[0].transact::<_, _, automerge::AutomergeError>(|tx| tx.put_object(ROOT, "text", ObjType::Text)).unwrap().result;
    let first = documents[0].clone();
    for (number, document) in (1..).zip(&mut documents[1..]) {
        *document = first.clone().with_actor(ActorId::from([number + 1; 16]));
    }
    let options = || CommitOptions::default().with_time(1_764_000_000_000);
    for step in steps {
        match step {
            Step::Merge(to, from) => {
                let mut other = documents[usize::from(*from)].clone();
                documents[usize::from(*to)].merge(&mut other).unwrap();
            }
            Step::Put(who, key, value) => drop(documents[usize::from(*who)].transact_with(
                |()| options(),
                |tx| {
                    let scalar: ScalarValue = match value {
                        Value::Null => ScalarValue::Null,
                        Value::Bool(yes) => (*yes).into(),
                        Value::Int(number) => (*number).into(),
                        Value::Real(number) => (*number).into(),
                        Value::Text(text) => text.as_str().into(),
                        Value::Time(ms) => ScalarValue::Timestamp(*ms),
                    };
                    tx.put(ROOT, key.as_str(), scalar)
                },
            )),
            Step::Delete(who, key) => drop(documents[usize::from(*who)].transact_with(
                |()| options(),
                |tx| match tx.get(ROOT, key.as_str())? {
                    Some(_) => tx.delete(ROOT, key.as_str()),
                    None => Ok(()),
                },
            )),
            Step::Object(who, key, is_text) => drop(documents[usize::from(*who)].transact_with(
                |()| options(),
                |tx| {
                    let kind = if *is_text { ObjType::Text } else { ObjType::Map };
                    tx.put_object(ROOT, key.as_str(), kind).map(|_| ())
                },
            )),
            Step::Splice(who, at, gone, letters) => drop(documents[usize::from(*who)].transact_with(
                |()| options(),
                |tx| {
                    let length = tx.length(&text);
                    let at = (*at).min(length);
                    tx.splice_text(&text, at, (*gone).min(length - at).try_into().unwrap(), letters)
                },
            )),
        }
    }
    let mut all = first;
    for document in &mut documents {
        all.merge(document).unwrap();
    }
    all.get_changes(&[])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_random_history_travels_unchanged(steps in prop::collection::vec(step(), 1..40)) {
        let changes = play(&steps);
        let item = Item { report: report(1), changes };
        let back = Item::decode(&item.encode().unwrap()).unwrap();
        prop_assert_eq!(back.changes.len(), item.changes.len());
        for (sent, came) in item.changes.iter().zip(&back.changes) {
            prop_assert_eq!(sent.hash(), came.hash());
            prop_assert_eq!(sent.raw_bytes(), came.raw_bytes());
        }
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Item::decode(&bytes).is_err());
    }
}

#[test]
fn what_the_profile_has_no_words_for_is_an_error_and_no_loss() {
    let list =
        |document: &mut Automerge| drop(document.transact::<_, _, automerge::AutomergeError>(|tx| tx.put_object(ROOT, "l", ObjType::List)));
    let counter = |document: &mut Automerge| {
        drop(document.transact::<_, _, automerge::AutomergeError>(|tx| tx.put(ROOT, "c", ScalarValue::counter(1))));
    };
    for edit in [&list as &dyn Fn(&mut Automerge), &counter] {
        let mut document = Automerge::new().with_actor(ActorId::from([1_u8; 16]));
        edit(&mut document);
        assert!(round_trip(&document.get_changes(&[])[0]).is_err());
    }
    let mut short = Automerge::new().with_actor(ActorId::from([1_u8; 4]));
    drop(short.transact::<_, _, automerge::AutomergeError>(|tx| tx.put(ROOT, "a", 1)));
    assert!(round_trip(&short.get_changes(&[])[0]).is_err());
}

#[test]
fn a_long_text_is_a_few_words_on_the_wire() {
    let officer = phone(1, Role::Officer);
    let form = Form::newest("laporan-informasi").unwrap();
    let file = format!("{}/forms/examples/laporan-informasi.full.json", env!("CARGO_MANIFEST_DIR"));
    let mut data: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let letters = "Analisis berulang. ".repeat(50);
    data["analisis"] = letters.as_str().into();
    let (_, change) = officer.file_as(form, report(1), &data);
    assert!(change.len() > letters.len(), "each letter is an operation");
    let bytes = Item { report: report(1), changes: vec![change] }.encode().unwrap();
    let others: usize = data.to_string().len();
    assert!(bytes.len() < others * 2, "{} bytes for {others} bytes of JSON", bytes.len());
}
