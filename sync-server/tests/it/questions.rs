//! Questions: a device learns what became of its own, and nothing of what is not for it to know.

use automerge::{Change, ChangeHash};
use sync_core::change::Item;
use sync_core::exchange::{Answer, ItemVerdict, Question, Request, Verdict};
use sync_core::form::Role;
use sync_core::{Refusal, ReportId};
use sync_server::{Admit, Rejection};

use crate::world::{Centre, DAY_MS, Phone, TEXT, VILLAGE, biasa};

fn newest(phone: &Phone, report: ReportId) -> ChangeHash {
    phone.kept[&report].changes.last().unwrap().hash()
}

fn about(report: ReportId, heads: &[ChangeHash]) -> Question {
    Question { report, heads: heads.to_vec() }
}

fn ask(centre: &Centre, phone: &mut Phone, questions: &[Question]) -> Vec<Answer> {
    let (bytes, hash) = phone.seal(&Request { questions: questions.to_vec(), ..phone.request(Vec::new()) });
    let reply = centre.server.exchange(&bytes, centre.now).unwrap();
    phone.open(&reply, &hash, &centre.server.working_key()).answers
}

fn one(centre: &Centre, phone: &mut Phone, report: ReportId, head: ChangeHash) -> Answer {
    ask(centre, phone, &[about(report, &[head])]).remove(0)
}

fn push(centre: &Centre, phone: &mut Phone, report: ReportId, changes: &[Change]) -> ItemVerdict {
    let (bytes, hash) = phone.seal(&phone.request(vec![Item { report, changes: changes.to_vec() }]));
    let reply = centre.server.exchange(&bytes, centre.now).unwrap();
    phone.open(&reply, &hash, &centre.server.working_key()).verdicts.remove(0)
}

/// An officer with one report of each fate: shared, held, refused.
fn three_fates(centre: &mut Centre) -> (Phone, [ReportId; 3]) {
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE, "53.04.05.2001"]);
    let shared = officer.file("53.04.05.2001", TEXT);
    officer.sync(centre);
    centre.later(1_000);
    centre.server.end_grant(officer.officer, biasa(VILLAGE), centre.now).unwrap();
    let (held, refused) = (officer.file(VILLAGE, TEXT), officer.file("53.03.02.2001", TEXT));
    officer.sync(centre);
    (officer, [shared, held, refused])
}

#[test]
fn each_fate_has_its_answer() {
    let mut centre = Centre::new();
    let (mut officer, [shared, held, refused]) = three_fates(&mut centre);
    let label = *officer.kept[&shared].labels.values().next().unwrap();
    let head = newest(&officer, shared);
    assert!(matches!(one(&centre, &mut officer, shared, head), Answer::Shared(given, _) if given == label));
    let head = newest(&officer, held);
    assert_eq!(one(&centre, &mut officer, held, head), Answer::Held);
    let outside = Answer::Refused { number: Refusal::OutsideGrant.number(), reason: String::new() };
    let head = newest(&officer, refused);
    assert_eq!(one(&centre, &mut officer, refused, head), outside);
    let nothing = ChangeHash([9; 32]);
    assert_eq!(one(&centre, &mut officer, shared, nothing), Answer::Unknown);
    // Its own change, under another report's name.
    let head = newest(&officer, shared);
    assert_eq!(one(&centre, &mut officer, held, head), Answer::Unknown);
    centre.server.discard_held(held, "Ganda.", "AKP Maria", centre.now).unwrap();
    let discarded = Answer::Refused { number: Refusal::Discarded.number(), reason: "Ganda.".to_owned() };
    let head = newest(&officer, held);
    assert_eq!(one(&centre, &mut officer, held, head), discarded);
    // Discarded, it is not taken as if it were new, and what is made on it is refused with it.
    let changes = officer.kept[&held].changes.clone();
    let again = push(&centre, &mut officer, held, &changes);
    assert_eq!((again.shared, again.rest), (0, Some(Verdict::Refused(Refusal::Discarded))));
    officer.set(held, "rt", "005");
    let on_it = officer.kept[&held].changes[1..].to_vec();
    assert_eq!(push(&centre, &mut officer, held, &on_it).rest, Some(Verdict::Refused(Refusal::OnRefused)));
    centre.server.admit_held(held, Admit::Discarded, "AKP Maria", centre.now).unwrap();
    assert!(matches!(one(&centre, &mut officer, held, head), Answer::Shared(..)));
}

/// One answer for all heads or, when they differ, the safe one.
#[test]
fn several_heads_have_one_answer() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let report = officer.file(VILLAGE, TEXT);
    let birth = newest(&officer, report);
    officer.sync(&centre);
    centre.server.revoke_device(officer.device, centre.now).unwrap();
    let edit = officer.set(report, "rt", "004");
    officer.sync(&centre);
    let nothing = ChangeHash([9; 32]);
    let mut answer = |heads: &[ChangeHash]| ask(&centre, &mut officer, &[about(report, heads)]).remove(0);
    assert!(matches!(answer(&[birth, birth]), Answer::Shared(..)));
    assert_eq!(answer(&[edit, edit]), Answer::Held);
    assert_eq!(answer(&[birth, edit]), Answer::Unknown, "not all are shared, not all are held");
    assert_eq!(answer(&[birth, nothing]), Answer::Unknown);
    assert_eq!(answer(&[edit, nothing]), Answer::Unknown);
}

#[test]
fn nobody_learns_of_what_he_neither_wrote_nor_may_read() {
    let mut centre = Centre::new();
    let (officer, reports) = three_fates(&mut centre);
    let mut stranger = centre.phone(12, Role::Officer, &["53.03.01.2006"]);
    let mut reader = centre.phone(13, Role::Polsek, &["53.04.05"]);
    stranger.sync(&centre);
    reader.sync(&centre);
    for report in reports {
        assert_eq!(one(&centre, &mut stranger, report, newest(&officer, report)), Answer::Unknown);
    }
    let [shared, held, refused] = reports;
    assert!(matches!(one(&centre, &mut reader, shared, newest(&officer, shared)), Answer::Shared(..)));
    assert_eq!(one(&centre, &mut reader, held, newest(&officer, held)), Answer::Unknown);
    assert_eq!(one(&centre, &mut reader, refused, newest(&officer, refused)), Answer::Unknown);
    // Who had it may ask as long as he may push.
    centre.later(1_000);
    centre.server.end_grant(reader.officer, biasa("53.04.05"), centre.now).unwrap();
    centre.later(89 * DAY_MS);
    assert!(matches!(one(&centre, &mut reader, shared, newest(&officer, shared)), Answer::Shared(..)));
    centre.later(2 * DAY_MS);
    assert_eq!(one(&centre, &mut reader, shared, newest(&officer, shared)), Answer::Unknown);
}

#[test]
fn a_revoked_device_learns_of_its_own_alone() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut polsek = centre.phone(12, Role::Polsek, &["53.03.01"]);
    let (own, theirs) = (officer.file(VILLAGE, TEXT), polsek.file(VILLAGE, TEXT));
    officer.sync(&centre);
    polsek.sync(&centre);
    officer.sync(&centre);
    centre.server.revoke_device(officer.device, centre.now).unwrap();
    let (own_head, their_head) = (newest(&officer, own), newest(&polsek, theirs));
    assert!(officer.kept.contains_key(&theirs));
    let answers = ask(&centre, &mut officer, &[about(own, &[own_head]), about(theirs, &[their_head])]);
    assert!(matches!(answers[0], Answer::Shared(..)));
    assert_eq!(answers[1], Answer::Unknown);
}

/// Whoever pushes what is stored already gets a receipt, which tells where the report stands, only if he wrote it or may read it.
#[test]
fn pushing_what_another_wrote_tells_nothing_without_a_grant() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let report = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    let known = officer.kept[&report].changes.clone();
    let elsewhere = officer.file(VILLAGE, TEXT);
    let unknown = officer.kept[&elsewhere].changes.clone();
    let mut stranger = centre.phone(12, Role::Officer, &["53.04.05.2001"]);
    let mut polsek = centre.phone(13, Role::Polsek, &["53.03.01"]);
    let mine = push(&centre, &mut officer, report, &known);
    assert_eq!((mine.shared, mine.label.is_some()), (1, true));
    let read = push(&centre, &mut polsek, report, &known);
    assert_eq!((read.shared, read.label), (1, mine.label));
    let told = push(&centre, &mut stranger, report, &known);
    assert_eq!(told, push(&centre, &mut stranger, elsewhere, &unknown), "as if it were not there");
    assert_eq!((told.shared, told.label, told.rest), (0, None, Some(Verdict::Refused(Refusal::NotAuthor))));
    // Its author may always ask, also when he may not read it any more.
    centre.later(1_000);
    centre.server.end_grant(officer.officer, biasa(VILLAGE), centre.now).unwrap();
    centre.later(91 * DAY_MS);
    assert_eq!(push(&centre, &mut officer, report, &known).label, mine.label);
}

#[test]
fn more_than_two_questions_are_no_request() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let question = about(ReportId::new(1, [1; 10]), &[ChangeHash([1; 32])]);
    let (bytes, _) = officer.seal(&Request { questions: vec![question; 3], ..officer.request(Vec::new()) });
    assert!(matches!(centre.server.exchange(&bytes, centre.now), Err(Rejection::NotAMessage)));
}

/// What a supervisor admits meets structure, form and authority as if it came now; what fails is refused with its own reason.
#[test]
fn admitting_is_not_waving_through() {
    let mut centre = Centre::new();
    let (mut polsek, shared, [good, moved], _) = centre.demoted();
    let preview = centre.server.held_report(shared).unwrap();
    assert_eq!(preview.brought[0].refusal, Some("not-allowed"));
    let done = centre.server.admit_held(shared, Admit::Waiting, "AKP Maria", centre.now).unwrap();
    assert_eq!((done.accepted, done.refused, done.waiting), (1, vec!["not-allowed"], 0));
    assert!(matches!(one(&centre, &mut polsek, shared, good), Answer::Shared(..)));
    let refused = Answer::Refused { number: Refusal::NotAllowed.number(), reason: String::new() };
    assert_eq!(one(&centre, &mut polsek, shared, moved), refused);
    assert_eq!(centre.server.report(shared).unwrap()["unit"], VILLAGE);
    assert!(centre.server.held().unwrap().is_empty());
    let device = centre.server.devices().unwrap().into_iter().find(|device| device.id == polsek.device.to_string()).unwrap();
    assert_eq!(device.quarantined, 1, "refused is not lost");
}

/// What it was made on is not here: it waits on, whatever the supervisor says.
#[test]
fn what_stands_on_nothing_is_not_admitted() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    officer.sync(&centre);
    let report = officer.file(VILLAGE, TEXT);
    officer.set(report, "rt", "004");
    centre.server.revoke_device(officer.device, centre.now).unwrap();
    officer.sync(&centre);
    let birth = officer.kept[&report].changes[0].hash();
    let database = rusqlite::Connection::open(centre.directory.path().join("sambang.db")).unwrap();
    database.execute("DELETE FROM held WHERE hash = ?1", [birth.0]).unwrap();
    let done = centre.server.admit_held(report, Admit::Waiting, "AKP Maria", centre.now).unwrap();
    assert_eq!((done.accepted, done.refused.len(), done.waiting, done.decision), (0, 0, 1, None));
    assert_eq!(centre.server.held().unwrap()[0].changes, 1);
    // The device learns that its first change is not known, and brings it again.
    assert_eq!(one(&centre, &mut officer, report, birth), Answer::Unknown);
    let changes = officer.kept[&report].changes.clone();
    assert_eq!(push(&centre, &mut officer, report, &changes).rest, Some(Verdict::Held));
    assert_eq!(centre.server.admit_held(report, Admit::Waiting, "AKP Maria", centre.now).unwrap().accepted, 2);
}
