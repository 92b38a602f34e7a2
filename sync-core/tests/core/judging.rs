//! The server's judgement of an item, and what the device makes of it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use sync_core::Refusal;
use sync_core::change::Item;
use sync_core::exchange::{Fate, ItemVerdict, Known, Label, Remembered, Standing, Verdict, judge, settle};
use sync_core::form::Role;
use sync_core::history::History;
use sync_core::proof::Proven;

use crate::world::{Phone, form, history, phone, report};

fn standing(phone: &Phone) -> Standing<'static> {
    Standing { writer: phone.writer, granted: true, once_held: false, form: Some(form()), unit_exists: true, proven: None }
}

#[test]
fn an_item_is_taken_up_to_its_first_bad_change() {
    let (officer, other) = (phone(1, Role::Officer), phone(3, Role::Officer));
    let (mut document, birth) = officer.file(report(1));
    let good = officer.set(&mut document, "rt", "004");
    let foreign = other.set(&mut document, "rw", "009");
    let later = officer.set(&mut document, "rt", "005");
    let changes = vec![birth.clone(), good.clone(), foreign.clone(), later.clone()];
    let item = Item { report: report(1), changes: changes.clone() };
    let judgement = judge(&item, Known::default(), &standing(&officer));
    assert_eq!(judgement.shared, 2);
    assert_eq!(judgement.accepted.len(), 2);
    assert!(matches!(&judgement.rest, Some((change, Verdict::Refused(Refusal::NotAuthor))) if change.hash() == foreign.hash()));
    assert_eq!(judgement.view.unwrap().data["rt"], "004");

    let label = Label { partition: "53.03".parse().unwrap(), sequence: 7 };
    let verdict = ItemVerdict { shared: 2, label: Some(label), rest: Some(Verdict::Refused(Refusal::NotAuthor)), ..ItemVerdict::default() };
    let pushed: Vec<_> = changes.iter().map(automerge::Change::hash).collect();
    let fates = settle(&pushed, &verdict, &history(&changes));
    assert_eq!(fates.len(), 4);
    assert_eq!(fates[0], (birth.hash(), Fate::Shared(label)));
    assert_eq!(fates[2], (foreign.hash(), Fate::Refused(Refusal::NotAuthor.number())));
    assert_eq!(fates[3], (later.hash(), Fate::OnRefused));
}

/// VERDICT_REST: a verdict says nothing of what was not made on the change that it is for.
#[test]
fn what_was_not_made_on_the_refused_change_stays_pending() {
    let officer = phone(1, Role::Officer);
    let (mut one, birth) = officer.file(report(1));
    let mut two = one.clone();
    let first = officer.set(&mut one, "rt", "004");
    let on_it = officer.set(&mut one, "rt", "005");
    let beside = phone(3, Role::Officer).set(&mut two, "rw", "006");
    let all = [birth, first.clone(), on_it.clone(), beside];
    let pushed: Vec<_> = all.iter().map(automerge::Change::hash).collect();
    let label = Label { partition: "53.03".parse().unwrap(), sequence: 7 };
    let fates = |rest| {
        let verdict = ItemVerdict { shared: 1, label: Some(label), rest: Some(rest), ..ItemVerdict::default() };
        settle(&pushed, &verdict, &history(&all)).split_off(1)
    };
    let refused = Fate::Refused(Refusal::NotAllowed.number());
    assert_eq!(fates(Verdict::Refused(Refusal::NotAllowed)), [(first.hash(), refused), (on_it.hash(), Fate::OnRefused)]);
    assert_eq!(fates(Verdict::Held), [(first.hash(), Fate::Held), (on_it.hash(), Fate::Held)]);
}

#[test]
fn the_same_item_again_changes_nothing() {
    let officer = phone(1, Role::Officer);
    let (document, birth) = officer.file(report(1));
    let item = Item { report: report(1), changes: vec![birth.clone()] };
    let known = Known { document, history: history(&[birth]), ..Known::default() };
    let judgement = judge(&item, known, &standing(&officer));
    assert_eq!((judgement.shared, judgement.accepted.len()), (1, 0));
    assert!(judgement.rest.is_none() && judgement.document.is_none());
}

#[test]
fn without_a_grant_it_is_refused_and_with_a_past_one_held() {
    let officer = phone(1, Role::Officer);
    let (mut document, birth) = officer.file(report(1));
    let edit = officer.set(&mut document, "rt", "004");
    let item = Item { report: report(1), changes: vec![birth, edit] };
    let refused = judge(&item, Known::default(), &Standing { granted: false, ..standing(&officer) });
    assert!(matches!(refused.rest, Some((_, Verdict::Refused(Refusal::OutsideGrant)))));
    let held = judge(&item, Known::default(), &Standing { granted: false, once_held: true, ..standing(&officer) });
    assert_eq!((held.shared, held.held.len()), (0, 2));
    assert!(matches!(held.rest, Some((_, Verdict::Held))));
    assert!(held.document.is_none());
}

#[test]
fn what_is_missing_is_asked_for_and_what_stands_on_a_refused_change_is_refused() {
    let officer = phone(1, Role::Officer);
    let (mut document, birth) = officer.file(report(1));
    let edit = officer.set(&mut document, "rt", "004");
    let item = Item { report: report(1), changes: vec![edit] };
    assert!(matches!(judge(&item, Known::default(), &standing(&officer)).rest, Some((_, Verdict::Need))));
    let known = Known { refused: BTreeMap::from([(birth.hash(), Remembered::Anew)]), ..Known::default() };
    assert!(matches!(judge(&item, known, &standing(&officer)).rest, Some((_, Verdict::Refused(Refusal::OnRefused)))));
}

/// REFUSED_LASTS.
#[test]
fn a_lasting_refusal_is_answered_from_memory_and_any_other_judged_anew() {
    let officer = phone(1, Role::Officer);
    let (mut document, birth) = officer.file(report(1));
    let edit = officer.set(&mut document, "rt", "004");
    let item = Item { report: report(1), changes: vec![birth.clone(), edit.clone()] };
    let known =
        |of_birth| Known { refused: BTreeMap::from([(birth.hash(), of_birth), (edit.hash(), Remembered::Anew)]), ..Known::default() };
    let again = judge(&item, known(Remembered::Lasting(Refusal::Dangerous)), &standing(&officer));
    assert!(again.accepted.is_empty());
    assert!(matches!(&again.rest, Some((change, Verdict::Refused(Refusal::Dangerous))) if change.hash() == birth.hash()));
    // The grant came: what was refused for want of it is accepted, and bars nothing any more.
    let granted = judge(&item, known(Remembered::Anew), &standing(&officer));
    assert_eq!((granted.shared, granted.accepted.len()), (2, 2));
    assert!(granted.rest.is_none());
}

#[test]
fn a_new_report_is_a_finished_one_in_a_unit_that_exists() {
    let officer = phone(1, Role::Officer);
    let (_, birth) = officer.file_as(form(), report(1), &serde_json::json!({ "uraian": "pendek" }));
    let item = Item { report: report(1), changes: vec![birth] };
    assert!(matches!(judge(&item, Known::default(), &standing(&officer)).rest, Some((_, Verdict::Refused(Refusal::FormInvalid)))));
    let (_, birth) = officer.file(report(1));
    let item = Item { report: report(1), changes: vec![birth] };
    let nowhere = Standing { unit_exists: false, ..standing(&officer) };
    assert!(matches!(judge(&item, Known::default(), &nowhere).rest, Some((_, Verdict::Refused(Refusal::UnknownUnit)))));
    let formless = Standing { form: None, ..standing(&officer) };
    assert!(matches!(judge(&item, Known::default(), &formless).rest, Some((_, Verdict::Refused(Refusal::UnknownForm)))));
}

#[test]
fn a_verdict_need_leaves_everything_pending() {
    let officer = phone(1, Role::Officer);
    let (_, birth) = officer.file(report(1));
    let verdict = ItemVerdict { rest: Some(Verdict::Need), ..ItemVerdict::default() };
    assert!(settle(&[birth.hash()], &verdict, &History::of(&[birth])).is_empty());
}

#[test]
fn what_is_stored_is_shared_only_for_who_may_bring_or_read_it() {
    let (author, stranger) = (phone(1, Role::Officer), phone(3, Role::Officer));
    let (document, birth) = author.file(report(1));
    let item = Item { report: report(1), changes: vec![birth.clone()] };
    let known = || Known { document: document.clone(), history: history(std::slice::from_ref(&birth)), ..Known::default() };
    let without = |phone: &Phone| Standing { granted: false, ..standing(phone) };
    assert_eq!(judge(&item, known(), &without(&author)).shared, 1, "his own, whatever became of his grant");
    assert_eq!(judge(&item, known(), &standing(&stranger)).shared, 1, "he may read it");
    for once_held in [false, true] {
        let judgement = judge(&item, known(), &Standing { once_held, ..without(&stranger) });
        assert_eq!(judgement.shared, 0);
        assert!(matches!(judgement.rest, Some((_, Verdict::Refused(Refusal::NotAuthor)))), "as for a report that is not here");
    }
    let nowhere = judge(&item, Known::default(), &without(&stranger));
    assert!(matches!(nowhere.rest, Some((_, Verdict::Refused(Refusal::NotAuthor)))));
}

#[test]
fn a_refusal_is_found_anew_but_a_supervisors_word_stands() {
    let officer = phone(1, Role::Officer);
    let (mut document, birth) = officer.file(report(1));
    let edit = officer.set(&mut document, "rt", "004");
    let item = Item { report: report(1), changes: vec![birth.clone(), edit.clone()] };
    let refused = |why| BTreeMap::from([(birth.hash(), why), (edit.hash(), why)]);
    let again = judge(&item, Known { refused: refused(Remembered::Anew), ..Known::default() }, &standing(&officer));
    assert_eq!((again.shared, again.rest.is_none()), (2, true), "the grant came back, for both");
    let discarded =
        judge(&item, Known { refused: refused(Remembered::Lasting(Refusal::Discarded)), ..Known::default() }, &standing(&officer));
    assert_eq!(discarded.shared, 0);
    assert!(matches!(discarded.rest, Some((_, Verdict::Refused(Refusal::Discarded)))));
}

/// TOKEN_NEEDED, TOKEN_NEED, TOKEN_ADMITS, TOKEN_LIFTS.
#[test]
fn a_token_brings_back_what_others_wrote_and_nothing_else() {
    let (author, bringer) = (phone(1, Role::Officer), phone(3, Role::Officer));
    let (mut document, birth) = author.file(report(1));
    let edit = author.set(&mut document, "rt", "004");
    let item = Item { report: report(1), changes: vec![birth.clone(), edit.clone()] };
    let proven = |hashes: &[ChangeHash], open| Proven { history: hashes.iter().copied().collect(), open };
    let both = [birth.hash(), edit.hash()];
    let with = |known: Known, proven: &Proven, granted| {
        let standing = Standing { granted, proven: Some(proven), ..standing(&bringer) };
        judge(&item, known, &standing)
    };
    // Outside the bringer's grant too, and although the bringer wrote none of it.
    let back = with(Known::default(), &proven(&both, false), false);
    assert_eq!((back.shared, back.accepted.len(), back.rest.is_none()), (2, 2, true));
    assert_eq!(back.view.unwrap().data["rt"], "004");
    // What the token does not cover is somebody else's, grant or not.
    for granted in [true, false] {
        let half = with(Known::default(), &proven(&both[..1], false), granted);
        assert_eq!(half.shared, 1);
        assert!(matches!(half.rest, Some((_, Verdict::Refused(Refusal::NotAuthor)))));
        let open = with(Known::default(), &proven(&both[..1], true), granted);
        assert!(matches!(open.rest, Some((_, Verdict::Need))), "nobody can tell yet");
    }
    // A refusal and a supervisor's wait are lifted.
    let refused = BTreeMap::from([(birth.hash(), Remembered::Lasting(Refusal::Discarded)), (edit.hash(), Remembered::Anew)]);
    let known = Known { refused, held: BTreeSet::from(both), ..Known::default() };
    assert_eq!(with(known, &proven(&both, false), false).accepted.len(), 2);
    // What it must have to be shown is waited for.
    let all = proven(&both, false);
    let standing = Standing { proven: Some(&all), ..standing(&bringer) };
    for missing in [Standing { form: None, ..standing }, Standing { unit_exists: false, ..standing }] {
        let judged = judge(&item, Known::default(), &missing);
        assert!(judged.shared == 0 && matches!(judged.rest, Some((_, Verdict::Need))));
    }
}

/// TOKEN_NEED, for what is the device's own: a history that is not all here may give it the right to write.
#[test]
fn nothing_is_refused_or_held_for_want_of_authority_while_a_token_is_open() {
    let officer = phone(1, Role::Officer);
    let (mut document, birth) = officer.file(report(1));
    let edit = officer.set(&mut document, "rt", "004");
    let open = Proven { open: true, ..Proven::default() };
    let standing = Standing { granted: false, proven: Some(&open), ..standing(&officer) };
    let judged = |known: Known, changes: Vec<_>, once_held| {
        let item = Item { report: report(1), changes };
        judge(&item, known, &Standing { once_held, ..standing }).rest.map(|(_, verdict)| verdict)
    };
    for once_held in [true, false] {
        assert_eq!(judged(Known::default(), vec![birth.clone(), edit.clone()], once_held), Some(Verdict::Need));
    }
    let discarded = BTreeMap::from([(birth.hash(), Remembered::Lasting(Refusal::Discarded))]);
    assert_eq!(judged(Known { refused: discarded, ..Known::default() }, vec![birth.clone()], true), Some(Verdict::Need));
    let barred = BTreeMap::from([(birth.hash(), Remembered::Anew)]);
    assert_eq!(judged(Known { refused: barred, ..Known::default() }, vec![edit.clone()], true), Some(Verdict::Need));
    assert_eq!(judged(Known { held: BTreeSet::from([birth.hash()]), ..Known::default() }, vec![edit], true), Some(Verdict::Need));
    let dangerous = BTreeMap::from([(birth.hash(), Remembered::Lasting(Refusal::Dangerous))]);
    let lasting = judged(Known { refused: dangerous, ..Known::default() }, vec![birth], true);
    assert_eq!(lasting, Some(Verdict::Refused(Refusal::Dangerous)), "that is no want of authority");
}
