//! What is held: devices ask until a supervisor has decided, and nothing of it is lost on the way.

use std::collections::BTreeSet;

use local_store::{Decision, Delivery, Filter, Link};
use rusqlite::Connection;
use sync_core::form::Class;
use sync_core::sim::Profile;
use sync_core::{Refusal, ReportId, limits};
use sync_server::{Admit, HeldSettled, ServerError};
use tests::world::{Person, World};

pub(crate) const VILLAGE: &str = "53.03.01.2005";
pub(crate) const OTHER: &str = "53.04.01.2001";

/// Mutasi to another regency: one grant ends, another begins.
pub(crate) fn moves(world: &World, person: &Person) {
    world.end_grant(person.nrp, VILLAGE, Class::Biasa);
    world.grant(person.nrp, OTHER, Class::Biasa);
}

fn admit(world: &World, report: ReportId) -> HeldSettled {
    world.server.admit_held(report, Admit::Waiting, "AKP Maria", world.now()).unwrap()
}

pub(crate) fn discard(world: &World, report: ReportId, reason: &str) -> HeldSettled {
    world.server.discard_held(report, reason, "AKP Maria", world.now()).unwrap()
}

pub(crate) fn delivery(person: &Person, report: ReportId) -> Delivery {
    person.device.show(report).unwrap().summary.delivery
}

fn at_centre(world: &World) -> BTreeSet<ReportId> {
    world.reports().iter().map(|report| report.id).collect()
}

/// A change of the centre's own tables, behind its back.
fn behind_the_back(world: &World, sql: &str) {
    Connection::open(world.directory().join("sambang.db")).unwrap().execute_batch(sql).unwrap();
}

/// Bytes of an idle request and its reply.
fn idle_bytes(world: &World, person: &Person) -> (usize, usize) {
    let request = person.device.request().unwrap();
    let reply = world.server.exchange(&request, world.now()).unwrap();
    person.device.apply(&reply).unwrap();
    (request.len(), reply.len())
}

#[test]
fn an_officer_who_moved_with_unsent_reports_loses_none() {
    let world = World::new(41);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "polsek", &["53.03.01"]));
    let known = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    let (good, bad) = (yosef.file("deteksi-dini", VILLAGE), yosef.file("deteksi-dini", VILLAGE));
    yosef.set(good, "rt", "007");
    yosef.set(known, "rt", "009");
    moves(&world, &yosef);
    // It is the phone that might know more of his grants than the centre: it hears of the decision first.
    assert_eq!(world.sync(&yosef), 2);
    for report in [good, bad, known] {
        assert_eq!(delivery(&yosef, report), Delivery::Held, "{report}");
    }
    let status = yosef.device.status().unwrap();
    assert_eq!((status.held, status.unsent, status.refused), (3, 0, 0));
    assert_eq!(world.sync(&yosef), 1, "asking costs no request");
    assert_eq!(yosef.device.status().unwrap().held, 3);
    // The supervisor sees what it says before deciding.
    let shown = world.server.held_report(good).unwrap();
    assert_eq!((shown.brought.len(), shown.brought[0].info.changes, shown.brought[0].refusal), (1, 2, None));
    assert_eq!(shown.brought[0].data.as_ref().unwrap()["rt"], "007");
    assert_eq!(at_centre(&world), BTreeSet::from([known]));

    let done = admit(&world, good);
    assert_eq!((done.accepted, done.refused.len(), done.waiting, done.already), (2, 0, 0, false));
    assert_eq!(admit(&world, known).accepted, 1);
    discard(&world, bad, "Sudah dilaporkan oleh petugas yang baru.");
    world.sync(&yosef);
    world.sync(&yosef);
    assert_eq!(
        (delivery(&yosef, good), delivery(&yosef, known), delivery(&yosef, bad)),
        (Delivery::Delivered, Delivery::Delivered, Delivery::Refused)
    );
    let summary = yosef.device.show(bad).unwrap().summary;
    let refusal = summary.refusal.as_ref().unwrap();
    assert_eq!(refusal.known(), Some(Refusal::Discarded));
    assert_eq!(refusal.said(), "Sudah dilaporkan oleh petugas yang baru.");
    assert_eq!(summary.json()["refusal"]["reason"], "Sudah dilaporkan oleh petugas yang baru.");
    let status = yosef.device.status().unwrap();
    assert_eq!((status.held, status.unsent, status.refused), (0, 0, 1));
    world.sync(&polsek);
    assert_eq!((polsek.shows(good, "rt"), polsek.shows(known, "rt")), ("007".into(), "009".into()));
    assert!(polsek.device.show(bad).is_err());
    assert!(world.server.verify(sync_server::Repair::No, world.now()).unwrap().differences.is_empty());
}

/// It stood in a feed of his, and he has not heard that it left.
#[test]
fn what_is_written_on_a_colleagues_report_that_went_elsewhere_is_held() {
    let world = World::new(94);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let polda = world.officer(3, "polda", &["53"]);
    let report = maria.file("deteksi-dini", VILLAGE);
    for person in [&maria, &yosef, &polda] {
        world.sync(person);
    }
    polda.decide(report, &Decision::HandOver { unit: OTHER.parse().unwrap(), note: String::new() }).unwrap();
    world.sync(&polda);
    yosef.comment(report, "Sudah ditemui.").unwrap();
    world.sync(&yosef);
    assert_eq!((yosef.device.status().unwrap().refused, delivery(&yosef, report)), (0, Delivery::Held));
    assert_eq!(admit(&world, report).accepted, 1);
    world.nothing_lost(&[&yosef, &maria, &polda]).unwrap();
}

#[test]
fn revoked_is_not_lost() {
    let world = World::new(42);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "polsek", &["53.03.01"]));
    let shared = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    let (good, bad) = (yosef.file("deteksi-dini", VILLAGE), yosef.file("deteksi-dini", VILLAGE));
    yosef.set(shared, "rw", "004");
    world.revoke(&yosef);
    world.sync(&yosef);
    let theirs = polsek.file("deteksi-dini", VILLAGE);
    world.sync(&polsek);
    assert_eq!(yosef.device.status().unwrap().held, 3);
    assert_eq!(world.server.held().unwrap().iter().filter(|held| held.reason == "revoked").count(), 3);
    admit(&world, good);
    admit(&world, shared);
    discard(&world, bad, "Ponsel ini dicuri.");
    world.sync(&yosef);
    world.sync(&yosef);
    assert_eq!(
        (delivery(&yosef, good), delivery(&yosef, shared), delivery(&yosef, bad)),
        (Delivery::Delivered, Delivery::Delivered, Delivery::Refused)
    );
    assert!(yosef.device.show(theirs).is_err(), "a revoked device reads nothing");
    world.sync(&polsek);
    assert_eq!(polsek.shows(shared, "rw"), "004");
    assert!(polsek.device.show(good).is_ok());
}

#[test]
fn a_decision_is_taken_once_and_a_discard_can_be_taken_back() {
    let world = World::new(43);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let (one, two) = (yosef.file("deteksi-dini", VILLAGE), yosef.file("deteksi-dini", VILLAGE));
    moves(&world, &yosef);
    world.sync(&yosef);
    let first = admit(&world, one);
    world.wait_ms(5_000);
    let again = admit(&world, one);
    assert!(again.already && again.accepted == 0);
    assert_eq!(again.decision, first.decision, "who and when stay those of the first");
    assert_eq!(again.decision.unwrap().operator, "AKP Maria");
    let late = world.server.discard_held(one, "Terlambat.", "Lain", world.now()).unwrap_err();
    assert_eq!(late, ServerError::NothingHeld(one));
    assert_eq!(at_centre(&world), BTreeSet::from([one]));

    discard(&world, two, "Ganda.");
    assert!(discard(&world, two, "Ganda, sekali lagi.").already);
    assert_eq!(world.server.admit_held(two, Admit::Waiting, "Lain", world.now()).unwrap_err(), ServerError::NothingHeld(two));
    world.sync(&yosef);
    assert_eq!(delivery(&yosef, two), Delivery::Refused);
    // The device asks on about what was refused, so that it learns of the second thought.
    let back = world.server.admit_held(two, Admit::Discarded, "Kapolsek", world.now()).unwrap();
    assert_eq!(back.accepted, 1);
    world.sync(&yosef);
    assert_eq!((delivery(&yosef, one), delivery(&yosef, two)), (Delivery::Delivered, Delivery::Delivered));
    let trail = world.server.held_report(two).unwrap();
    let said: Vec<_> = trail.decisions.iter().map(|one| (one.verdict, one.operator.as_str(), one.reason.as_str())).collect();
    assert_eq!(said, [("discarded", "AKP Maria", "Ganda."), ("admitted", "Kapolsek", "")]);
    assert_eq!(world.server.discard_held(two, " \n", "Lain", world.now()).unwrap_err(), ServerError::BadReason);
    assert_eq!(world.server.admit_held(ReportId::new(1, [1; 10]), Admit::Waiting, "x", world.now()).unwrap_err().code(), "nothing-held");
}

/// ASK_TURN, and that it moves on with the reply alone.
#[test]
fn every_second_reply_lost_starves_no_question() {
    for seed in 0..8 {
        let world = World::new(50 + seed);
        let yosef = world.officer(1, "officer", &[VILLAGE]);
        let reports: Vec<ReportId> = (0..5).map(|_| yosef.file("deteksi-dini", VILLAGE)).collect();
        moves(&world, &yosef);
        world.sync(&yosef);
        assert_eq!(yosef.device.status().unwrap().held, 5);
        // One is admitted, the others wait on: it is heard of within three replies, whatever is lost between.
        let admitted = reports[usize::try_from(seed).unwrap() % 5];
        admit(&world, admitted);
        for _ in 0..3 {
            world.reply(&yosef);
            world.exchange(&yosef);
        }
        assert_eq!(delivery(&yosef, admitted), Delivery::Delivered, "seed {seed}");
        assert_eq!(yosef.device.status().unwrap().held, 4);
    }
}

#[test]
fn five_that_are_settled_are_heard_of_in_one_sync() {
    let world = World::new(60);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let reports: Vec<ReportId> = (0..5).map(|_| yosef.file("deteksi-dini", VILLAGE)).collect();
    for report in &reports {
        yosef.set(*report, "rt", "009");
    }
    moves(&world, &yosef);
    world.sync(&yosef);
    for report in &reports[..3] {
        admit(&world, *report);
    }
    for report in &reports[3..] {
        discard(&world, *report, "Ganda.");
    }
    let requests = world.sync(&yosef);
    assert_eq!(yosef.device.status().unwrap().held, 0, "after {requests} requests");
    assert!(requests <= 5, "{requests}");
    assert_eq!(world.sync(&yosef), 1);
}

/// By its scheduler a device asks about what is held when it asks for news; after a decision it asks on.
#[test]
fn five_that_are_settled_are_heard_of_with_the_next_news() {
    let world = World::new(65);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let reports: Vec<ReportId> = (0..5).map(|_| yosef.file("deteksi-dini", VILLAGE)).collect();
    moves(&world, &yosef);
    world.sync(&yosef);
    assert_eq!(yosef.device.status().unwrap().held, 5);
    reports.iter().for_each(|report| drop(admit(&world, *report)));
    let carried = world.until_complete(&yosef, Profile::desa_edge(), Link::Metered).unwrap();
    assert_eq!(yosef.device.status().unwrap().held, 0);
    assert!(carried.took_ms < limits::REST_METERED_MS + 4 * limits::PORTION_PAUSE_MS, "{} s", carried.took_ms / 1_000);
}

#[test]
fn a_reply_lost_at_any_point_changes_nothing() {
    for lost in 0..4 {
        let world = World::new(70 + lost);
        let mut yosef = world.officer(1, "officer", &[VILLAGE]);
        let (good, bad) = (yosef.file("deteksi-dini", VILLAGE), yosef.file("deteksi-dini", VILLAGE));
        yosef.set(good, "rt", "008");
        moves(&world, &yosef);
        let step = |yosef: Person, number: u64| {
            if number == lost {
                for _ in 0..3 {
                    world.reply(&yosef);
                }
            }
            let yosef = world.reopen(yosef).unwrap();
            world.exchange(&yosef);
            yosef
        };
        yosef = step(yosef, 0);
        yosef = step(yosef, 1);
        assert_eq!(yosef.device.status().unwrap().held, 2);
        admit(&world, good);
        yosef = step(yosef, 2);
        discard(&world, bad, "Ganda.");
        yosef = step(yosef, 3);
        world.sync(&yosef);
        assert_eq!((delivery(&yosef, good), delivery(&yosef, bad)), (Delivery::Delivered, Delivery::Refused), "lost {lost}");
        assert_eq!(at_centre(&world), BTreeSet::from([good]));
        assert!(world.server.held().unwrap().is_empty());
    }
}

/// HELD_ASK: another store of the same device, an older backup, brings by right what is held here.
#[test]
fn what_another_store_brought_by_right_is_delivered() {
    let world = World::new(80);
    let mut yosef = world.officer(1, "officer", &[VILLAGE]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    yosef.set(report, "rt", "006");
    let pending = world.backup(&yosef);
    moves(&world, &yosef);
    world.sync(&yosef);
    assert_eq!(delivery(&yosef, report), Delivery::Held);
    let held = world.backup(&yosef);
    world.grant(yosef.nrp, VILLAGE, Class::Biasa);
    world.restore(&mut yosef, &pending);
    world.sync(&yosef);
    assert_eq!(delivery(&yosef, report), Delivery::Delivered);
    assert!(world.server.held().unwrap().is_empty(), "held no more");
    world.end_grant(yosef.nrp, VILLAGE, Class::Biasa);
    world.restore(&mut yosef, &held);
    assert_eq!(delivery(&yosef, report), Delivery::Held);
    world.sync(&yosef);
    assert_eq!(delivery(&yosef, report), Delivery::Delivered);
}

#[test]
fn a_centre_that_forgot_gets_it_again() {
    let world = World::new(90);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let (one, two) = (yosef.file("deteksi-dini", VILLAGE), yosef.file("deteksi-dini", VILLAGE));
    yosef.set(one, "rt", "006");
    moves(&world, &yosef);
    world.sync(&yosef);
    discard(&world, two, "Ganda.");
    world.sync(&yosef);
    behind_the_back(&world, "DELETE FROM held; DELETE FROM held_decision;");
    world.sync(&yosef);
    // What was held is pushed again, the whole of it, and held again. What was refused stays refused.
    assert_eq!((delivery(&yosef, one), delivery(&yosef, two)), (Delivery::Held, Delivery::Refused));
    let held = world.server.held().unwrap();
    assert_eq!((held.len(), held[0].report.as_str()), (1, one.to_string().as_str()));
    world.sync(&yosef);
    assert_eq!(world.server.held().unwrap()[0].changes, 2);
    admit(&world, one);
    world.sync(&yosef);
    assert_eq!(delivery(&yosef, one), Delivery::Delivered);
}

#[test]
fn eighty_nine_days_are_held_and_ninety_one_are_not() {
    let world = World::new(91);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let (early, late) = (yosef.file("deteksi-dini", VILLAGE), yosef.file("deteksi-dini", VILLAGE));
    moves(&world, &yosef);
    world.wait_days(89);
    world.sync(&yosef);
    assert_eq!((delivery(&yosef, early), delivery(&yosef, late)), (Delivery::Held, Delivery::Held));
    // Held stays held, however long it takes to decide.
    world.wait_days(400);
    world.sync(&yosef);
    assert_eq!(yosef.device.status().unwrap().held, 2);
    assert_eq!(admit(&world, early).accepted, 1);
    world.sync(&yosef);
    assert_eq!((delivery(&yosef, early), delivery(&yosef, late)), (Delivery::Delivered, Delivery::Held));
    let third = World::new(92);
    let yosef = third.officer(1, "officer", &[VILLAGE]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    moves(&third, &yosef);
    third.wait_days(91);
    third.sync(&yosef);
    assert_eq!(yosef.device.show(report).unwrap().summary.refusal.unwrap().known(), Some(Refusal::OutsideGrant));
    assert!(third.server.held().unwrap().is_empty());
}

/// REFUSED_ASK: what was refused for want of a grant, and came by right from another store.
#[test]
fn what_was_refused_and_is_there_now_is_delivered_and_frees_what_was_made_on_it() {
    let world = World::new(93);
    let mut yosef = world.officer(1, "officer", &[VILLAGE]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    let pending = world.backup(&yosef);
    yosef.set(report, "rt", "006");
    moves(&world, &yosef);
    world.wait_days(91);
    world.sync(&yosef);
    assert_eq!(delivery(&yosef, report), Delivery::Refused);
    let refused = world.backup(&yosef);
    world.grant(yosef.nrp, VILLAGE, Class::Biasa);
    world.restore(&mut yosef, &pending);
    world.sync(&yosef);
    assert_eq!(at_centre(&world), BTreeSet::from([report]));
    world.restore(&mut yosef, &refused);
    world.sync(&yosef);
    assert_eq!(delivery(&yosef, report), Delivery::Delivered);
    assert_eq!(world.server.report(report).unwrap()["data"]["rt"], "006", "the edit that was refused with it came after");
}

#[test]
fn idle_stays_one_request_and_asking_costs_so_many_bytes() {
    let world = World::new(94);
    let [none, one, many] = [(1, 0), (2, 1), (3, 41)].map(|(number, reports)| {
        let person = world.officer(number, "officer", &[VILLAGE]);
        for _ in 0..reports {
            person.file("deteksi-dini", VILLAGE);
        }
        moves(&world, &person);
        world.sync(&person);
        assert_eq!(person.device.status().unwrap().held, reports);
        person
    });
    let [idle, about_one, about_many] = [&none, &one, &many].map(|person| idle_bytes(&world, person));
    println!("idle: {idle:?} bytes up and down; with one held {about_one:?}, with 41 held {about_many:?}");
    // A section costs 3 bytes, a question 49, an answer one; the rest is where compression gives up.
    assert!(about_one.0 <= idle.0 + 60 && about_many.0 <= idle.0 + 110, "{idle:?} {about_one:?} {about_many:?}");
    assert!(about_many.1 <= idle.1 + 10, "{idle:?} {about_many:?}");
    for held in world.server.held().unwrap() {
        admit(&world, held.report.parse().unwrap());
    }
    for person in [&one, &many] {
        world.sync(person);
        assert_eq!(person.device.status().unwrap().held, 0);
        let settled = idle_bytes(&world, person);
        // But for the mark of the partition in which it has a label now.
        assert!(settled.0 <= idle.0 + 20 && settled.1 <= idle.1 + 4, "nothing is asked any more: {idle:?} {settled:?}");
    }
}

#[test]
fn a_list_shows_held_until_it_is_settled_and_no_longer() {
    let world = World::new(95);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    moves(&world, &yosef);
    world.sync(&yosef);
    let listed = |status: &str| yosef.device.list(&Filter { status: Some(status.to_owned()), ..Filter::default() }).unwrap().len();
    assert_eq!((listed("ditahan"), listed("terkirim")), (1, 0));
    assert_eq!(yosef.device.outbox().unwrap().len(), 1);
    admit(&world, report);
    assert_eq!(listed("ditahan"), 1, "nobody has told the phone yet");
    world.sync(&yosef);
    assert_eq!((listed("ditahan"), listed("terkirim")), (0, 1), "it is told, though no grant shows the report any more");
    assert!(yosef.device.outbox().unwrap().is_empty());
}
