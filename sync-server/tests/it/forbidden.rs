//! A hostile device writes each path that its officer may not: refused one by one, while the honest reports of the same request are accepted.

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Change, ExpandedChange, ObjType, ScalarValue};
use sync_core::document::{Edit, EntryKind, Write};
use sync_core::exchange::Verdict;
use sync_core::form::{Class, Lane, Role};
use sync_core::{Refusal, ReportId};

use crate::world::{Centre, Phone, VILLAGE, unit};

fn text(number: u64) -> String {
    format!("Kejadian nomor {number}: warga melihat kendaraan tanpa pelat berhenti lama di depan gudang pupuk pada malam hari.")
}

fn entry(kind: EntryKind, id: &str, word: &str, seen: &str) -> Write {
    let mut texts = vec![("text", "alasan".to_owned()), ("seen", seen.to_owned())];
    if kind == EntryKind::Decision {
        texts.insert(0, ("type", word.to_owned()));
    }
    Write::Entry { kind, id: id.to_owned(), texts }
}

/// Replaces the last change of a report by a forged one: an honest edit, altered and rebuilt.
fn forge(phone: &mut Phone, report: ReportId, alter: impl FnOnce(&mut ExpandedChange)) {
    phone.set(report, "rt", "099");
    let changes = &mut phone.kept.get_mut(&report).unwrap().changes;
    let mut expanded = ExpandedChange::from(&changes.pop().unwrap());
    alter(&mut expanded);
    changes.push(Change::from(expanded));
}

/// An operation on a key of an object, over what stands there.
fn over(object: ObjectId, key: &str, action: OpType, pred: Vec<OpId>) -> impl FnOnce(&mut ExpandedChange) {
    let key = Key::Map(key.into());
    move |change| change.operations[0] = Op { action, obj: object, key, pred: pred.into(), insert: false }
}

/// The operation of a change that wrote a key, by its name.
fn written(change: &Change, key: &str) -> OpId {
    let operations = ExpandedChange::from(change).operations;
    let at = operations.iter().position(|op| op.key == Key::Map(key.into())).unwrap();
    OpId::new(change.start_op().get() + at as u64, change.actor_id())
}

#[test]
fn each_forbidden_path_is_refused_by_name_and_the_honest_reports_beside_it_are_accepted() {
    let mut centre = Centre::new();
    let mut thief = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut polsek = centre.phone(12, Role::Polsek, &["53.03.01"]);
    let mut other = centre.phone(13, Role::Officer, &[VILLAGE]);
    let foreign = other.file(VILLAGE, &text(100));
    other.sync(&centre);
    let information = include_str!("../../../sync-core/forms/examples/laporan-informasi.full.json");
    let mut information: serde_json::Value = serde_json::from_str(information).unwrap();
    information["nomor_agenda"] = serde_json::Value::Null;
    let information = thief.file_as("laporan-informasi", VILLAGE, &information);
    let own: Vec<ReportId> = (0..17).map(|number| thief.file(VILLAGE, &text(number))).collect();
    thief.sync(&centre);
    // Two of them get an entry of the supervisor's.
    polsek.sync(&centre);
    for report in [own[15], own[16]] {
        let seen = polsek.heads(report)[0].clone();
        polsek.write(report, &[entry(EntryKind::Decision, "keputusan-1", "return", &seen)]);
    }
    polsek.sync(&centre);
    thief.sync(&centre);
    let before: Vec<Vec<String>> = own.iter().map(|report| thief.heads(*report)).collect();

    let mut expected = Vec::new();
    let mut at = own.iter().copied();
    let mut next = |refusal: Refusal| {
        let report = at.next().unwrap();
        expected.push((report, refusal));
        report
    };
    for word in ["return", "handle", "escalate", "hand-over", "reclassify"] {
        let report = next(Refusal::NotAllowed);
        let seen = thief.heads(report)[0].clone();
        thief.write(report, &[entry(EntryKind::Decision, "keputusan-0", word, &seen)]);
    }
    let report = next(Refusal::Unsupported);
    let seen = thief.heads(report)[0].clone();
    thief.write(report, &[entry(EntryKind::Decision, "keputusan-0", "pardon", &seen)]);
    let report = next(Refusal::UnknownHeads);
    thief.write(report, &[entry(EntryKind::Decision, "keputusan-0", "withdraw", &"ab".repeat(32))]);
    for write in [
        Write::Placement { unit: Some(unit("53.03.02.2001")), class: None, lane: None },
        Write::Placement { unit: None, class: Some(Class::Rahasia), lane: None },
        Write::Placement { unit: None, class: None, lane: Some(Lane::Normal) },
    ] {
        let report = next(Refusal::NotAllowed);
        thief.write(report, &[write]);
    }
    for key in ["author", "unit"] {
        let report = next(Refusal::Profile);
        let pred = vec![written(&thief.kept[&report].changes[0], key)];
        forge(&mut thief, report, over(ObjectId::Root, key, OpType::Put(ScalarValue::Str("00000013".into())), pred));
    }
    for key in ["data", "decisions"] {
        let report = next(Refusal::Profile);
        let pred = vec![written(&thief.kept[&report].changes[0], key)];
        forge(&mut thief, report, over(ObjectId::Root, key, OpType::Make(ObjType::Map), pred));
    }
    let report = next(Refusal::Profile);
    forge(&mut thief, report, over(ObjectId::Root, "new", OpType::Put(ScalarValue::Int(1)), Vec::new()));
    // Over the supervisor's entry, and into it.
    let report = next(Refusal::Profile);
    let decision = thief.kept[&report].changes[1].clone();
    let container = ObjectId::Id(written(&thief.kept[&report].changes[0], "decisions"));
    let entry_id = written(&decision, "keputusan-1");
    forge(&mut thief, report, over(container, "keputusan-1", OpType::Make(ObjType::Map), vec![entry_id]));
    let report = next(Refusal::Profile);
    let decision = thief.kept[&report].changes[1].clone();
    let (object, pred) = (ObjectId::Id(written(&decision, "keputusan-1")), vec![written(&decision, "text")]);
    forge(&mut thief, report, over(object, "text", OpType::Put(ScalarValue::Str("tidak jadi".into())), pred));
    assert!(at.next().is_none(), "every report has its forgery");
    // A decision on somebody else's report, and a new report in another officer's name.
    let seen = thief.heads(foreign)[0].clone();
    thief.write(foreign, &[entry(EntryKind::Decision, "keputusan-0", "withdraw", &seen)]);
    expected.push((foreign, Refusal::NotAllowed));
    // A field of the form that is the supervisor's.
    let number = Edit::Set { path: "nomor_agenda".parse().unwrap(), value: "12".into() };
    thief.write_in("laporan-informasi", information, &[Write::Edit(number)]);
    expected.push((information, Refusal::NotAllowed));
    let invented = thief.file(VILLAGE, &text(200));
    let birth = thief.kept.get_mut(&invented).unwrap().changes.pop().unwrap();
    let mut lie = ExpandedChange::from(&birth);
    let author = lie.operations.iter().position(|op| op.key == Key::Map("author".into())).unwrap();
    lie.operations[author].action = OpType::Put(ScalarValue::Str("00000013".into()));
    thief.kept.get_mut(&invented).unwrap().changes.push(Change::from(lie));
    expected.push((invented, Refusal::Birth));

    let honest: Vec<ReportId> = (300..303).map(|number| thief.file(VILLAGE, &text(number))).collect();
    let items = thief.pending();
    assert_eq!(items.len(), expected.len() + honest.len(), "all in one request");
    let (reply, _) = thief.exchange(&centre);
    for (item, verdict) in items.iter().zip(&reply.verdicts) {
        match expected.iter().find(|(report, _)| *report == item.report) {
            Some((report, refusal)) => assert_eq!(verdict.rest, Some(Verdict::Refused(*refusal)), "{report}"),
            None => assert_eq!((honest.contains(&item.report), verdict.shared, verdict.rest), (true, 1, None)),
        }
    }
    // Nothing of it has changed anything, for nobody.
    for (report, heads) in own.iter().zip(&before) {
        assert_eq!(&centre.server.report(*report).unwrap()["heads"], &serde_json::json!(heads));
    }
    polsek.sync(&centre);
    other.sync(&centre);
    polsek.agrees(&centre);
    assert!(!polsek.shown().contains(&invented) && honest.iter().all(|report| polsek.shown().contains(report)));
    assert_eq!(other.heads(foreign).len(), 1);
    let quarantined = centre.server.devices().unwrap().iter().map(|device| device.quarantined).sum::<u64>();
    assert_eq!(quarantined, expected.len() as u64, "refused is not lost");
}
