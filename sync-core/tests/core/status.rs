//! The status of a report follows from its decisions and edits, whatever the order in which they arrive.

use automerge::Automerge;
use sync_core::document::{EntryKind, Status, Write, view};
use sync_core::form::Role;
use sync_core::history::History;

use crate::world::{Phone, form, phone, report};

fn decide(phone: &Phone, document: &mut Automerge, kind: &str) {
    let seen: Vec<String> = document.get_heads().iter().map(ToString::to_string).collect();
    let texts = vec![("type", kind.to_owned()), ("text", "alasan".to_owned()), ("seen", seen.join(","))];
    let id = format!("{kind}-{}-{}", phone.writer.officer, document.get_changes(&[]).len());
    phone.write(document, &[Write::Entry { kind: EntryKind::Decision, id, texts }]);
}

fn status(document: &Automerge) -> Status {
    let changes = document.get_changes(&[]);
    view(document, &History::of(&changes), Some(form())).unwrap().status()
}

fn merged(one: &Automerge, other: &Automerge) -> Automerge {
    let (mut both, mut other) = (one.clone(), other.clone());
    both.merge(&mut other).unwrap();
    both
}

#[test]
fn a_return_is_answered_by_an_edit_and_settled_by_handling() {
    let (officer, polsek) = (phone(1, Role::Officer), phone(2, Role::Polsek));
    let (mut document, _) = officer.file(report(1));
    assert_eq!(status(&document), Status::Final);
    decide(&polsek, &mut document, "return");
    assert_eq!(status(&document), Status::Returned);
    officer.set(&mut document, "rt", "004");
    assert_eq!(status(&document), Status::Answered);
    decide(&polsek, &mut document, "handle");
    assert_eq!(status(&document), Status::Handled);
    officer.set(&mut document, "rt", "005");
    assert_eq!(status(&document), Status::Reopened);
}

#[test]
fn an_edit_that_the_supervisor_did_not_see_reopens_also_when_it_is_concurrent() {
    let (officer, polsek) = (phone(1, Role::Officer), phone(2, Role::Polsek));
    let (document, _) = officer.file(report(1));
    let (mut at_officer, mut at_polsek) = (document.clone(), document);
    officer.set(&mut at_officer, "rt", "004");
    decide(&polsek, &mut at_polsek, "handle");
    assert_eq!(status(&at_polsek), Status::Handled);
    assert_eq!(status(&merged(&at_polsek, &at_officer)), Status::Reopened);
    assert_eq!(status(&merged(&at_officer, &at_polsek)), Status::Reopened);
}

#[test]
fn two_supervisors_who_decide_differently_leave_it_open_until_a_third_decision() {
    let (officer, polsek, polres) = (phone(1, Role::Officer), phone(2, Role::Polsek), phone(3, Role::Polres));
    let (document, _) = officer.file(report(1));
    let (mut one, mut other) = (document.clone(), document);
    decide(&polsek, &mut one, "return");
    decide(&polres, &mut other, "handle");
    let mut both = merged(&one, &other);
    assert_eq!(status(&both), Status::Disputed);
    assert_eq!(status(&merged(&other, &one)), Status::Disputed);
    assert!(Status::Disputed.reason().is_some());
    decide(&polres, &mut both, "handle");
    assert_eq!(status(&both), Status::Handled);
}

#[test]
fn equal_decisions_do_not_dispute_and_moves_decide_nothing() {
    let (officer, polsek, polres) = (phone(1, Role::Officer), phone(2, Role::Polsek), phone(3, Role::Polres));
    let (document, _) = officer.file(report(1));
    let (mut one, mut other) = (document.clone(), document);
    decide(&polsek, &mut one, "handle");
    decide(&polres, &mut other, "handle");
    let mut both = merged(&one, &other);
    assert_eq!(status(&both), Status::Handled);
    decide(&polres, &mut both, "reclassify");
    assert_eq!(status(&both), Status::Handled);
    decide(&officer, &mut both, "withdraw");
    decide(&polres, &mut both, "handle");
    assert_eq!(status(&both), Status::Withdrawn);
}
