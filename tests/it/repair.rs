//! What differs from the centre without anything under way is found by fingerprints, and mended both ways: rows that a disk lost, on a phone or at the
//! centre. What is pending, held or refused is on neither side.

use local_store::Delivery;
use sync_core::ReportId;
use sync_server::Repair;
use tests::world::{Person, World};

const VILLAGE: &str = "53.03.01.2005";

fn blob(report: ReportId) -> String {
    format!("x'{}'", report.to_string().replace('-', ""))
}

/// Exchanges, in so many at most, until device and centre show the same again; whether it began with a difference.
fn heals(world: &World, person: &Person, most: usize) -> bool {
    let first = world.exchange(person).differing > 0;
    let healed = (1..most).any(|_| {
        let synced = world.exchange(person);
        synced.differing == 0 && synced.complete
    });
    assert!(healed, "device and centre still differ after {most} exchanges");
    first
}

/// Two officers of one village with their reports, everything everywhere.
fn village(seed: u64) -> (World, Person, Person, [ReportId; 3]) {
    let world = World::new(seed);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let reports = [(); 3].map(|()| maria.file("deteksi-dini", VILLAGE));
    for number in 0..40 {
        let report = if number % 2 == 0 { &yosef } else { &maria }.file("deteksi-dini", VILLAGE);
        assert_ne!(report, reports[0]);
    }
    for person in [&maria, &yosef, &maria] {
        world.sync(person);
    }
    (world, yosef, maria, reports)
}

/// REPAIR: the second difference in a row is mended in the same sync.
#[test]
fn a_membership_that_a_disk_lost_comes_back() {
    let (world, yosef, maria, [report, ..]) = village(1_700);
    yosef.disk_changes(&format!("DELETE FROM member WHERE report = {}", blob(report)));
    assert_eq!(yosef.lists(), 42);
    let first = world.exchange(&yosef);
    assert_eq!((first.differing, first.complete), (1, true), "one difference alone may come of a late reply");
    let second = world.exchange(&yosef);
    assert_eq!((second.differing, second.complete), (1, false));
    assert!(world.sync(&yosef) <= 4);
    assert_eq!(yosef.lists(), 43);
    let rest = world.exchange(&yosef);
    assert_eq!((rest.differing, rest.complete), (0, true));
    world.whole(&[&yosef, &maria]).unwrap();
}

#[test]
fn changes_that_a_disk_lost_come_back_whole_newest_and_middle() {
    let (world, yosef, maria, [whole, newest, middle]) = village(1_701);
    for (report, person) in [(newest, &maria), (middle, &maria), (middle, &yosef), (middle, &maria)] {
        person.set(report, "rt", &format!("0{}", 10 + person.nrp.number() % 10));
        for person in [&maria, &yosef, &maria] {
            world.sync(person);
        }
    }
    let of = |report| format!("report = {}", blob(report));
    yosef.disk_changes(&format!(
        "DELETE FROM change WHERE {};
         DELETE FROM change WHERE position = (SELECT MAX(position) FROM change WHERE {});
         DELETE FROM change WHERE position = (SELECT position FROM change WHERE {} ORDER BY position LIMIT 1 OFFSET 1);",
        of(whole),
        of(newest),
        of(middle)
    ));
    let yosef = world.reopen(yosef).unwrap();
    assert!(heals(&world, &yosef, 8));
    for report in [whole, newest, middle] {
        assert_eq!(yosef.device.show(report).unwrap().json()["data"], world.server.report(report).unwrap()["data"]);
    }
    yosef.set(middle, "rw", "004");
    world.whole(&[&yosef, &maria]).unwrap();
}

/// A bit that a flash turned, in a change that the centre has.
#[test]
fn a_change_that_a_disk_damaged_stops_no_exchange_and_comes_back() {
    let (world, yosef, maria, [report, ..]) = village(1_720);
    yosef.disk_changes(&format!("UPDATE change SET bytes = zeroblob(200) WHERE report = {}", blob(report)));
    assert_eq!(yosef.device.show(report).unwrap_err().code(), "damaged");
    maria.set(report, "rt", "017");
    let other = maria.file("deteksi-dini", VILLAGE);
    let mine = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&maria);
    let first = world.exchange(&yosef);
    assert_eq!((first.delivered, yosef.device.show(other).is_ok(), yosef.word(mine)), (1, true, "terkirim"));
    assert_eq!(yosef.lists(), 45, "the damaged one too");
    assert!(heals(&world, &yosef, 8));
    world.sync(&maria);
    assert_eq!(yosef.shows(report, "rt"), "017");
    world.whole(&[&yosef, &maria]).unwrap();
}

/// The same in what nobody else has: it stays unsent, and is there for a rescue.
#[test]
fn a_damaged_change_that_was_never_sent_stops_no_other() {
    let (world, yosef, _, _) = village(1_721);
    let [lost, sound] = [(); 2].map(|()| yosef.file("deteksi-dini", VILLAGE));
    yosef.disk_changes(&format!("UPDATE change SET bytes = zeroblob(200) WHERE report = {}", blob(lost)));
    let done = world.exchange(&yosef);
    assert_eq!((done.delivered, done.complete, yosef.unsent()), (1, false, 1));
    assert_eq!((yosef.word(sound), yosef.device.show(lost).unwrap_err().code()), ("terkirim", "damaged"));
    assert!(yosef.device.list(&Default::default()).unwrap().iter().any(|one| one.id == lost));
    let bundle = yosef.device.write_bundle().unwrap();
    assert_eq!((bundle.requests, bundle.reports, bundle.left), (1, 0, 0), "nor is it promised to the next bundle");
}

#[test]
fn a_report_that_the_centres_disk_damaged_stops_no_other() {
    let (world, yosef, maria, [report, other, _]) = village(1_722);
    world.centre_changes(&format!(
        "CREATE TABLE sound AS SELECT hash, bytes FROM change WHERE document = {0};
         UPDATE change SET bytes = zeroblob(200) WHERE document = {0}",
        blob(report)
    ));
    for one in [report, other] {
        maria.set(one, "rt", "017");
    }
    let done = world.exchange(&maria);
    assert_eq!((done.delivered, done.refused, done.held, maria.unsent()), (1, 0, 0, 1));
    world.exchange(&yosef);
    assert_eq!(yosef.shows(other, "rt"), "017");
    let phone = world.silent_phone(yosef.nrp);
    for _ in 0..3 {
        world.exchange(&phone);
    }
    assert_eq!(phone.lists(), 42, "all others");
    // Whoever mends the centre's table needs nothing else.
    world.centre_changes(
        "UPDATE change SET bytes = (SELECT bytes FROM sound WHERE sound.hash = change.hash) WHERE hash IN (SELECT hash FROM sound)",
    );
    world.sync(&maria);
    assert!(heals(&world, &phone, 12));
    world.sync(&yosef);
    assert_eq!((phone.shows(report, "rt"), phone.lists()), ("017".into(), 43));
    world.whole(&[&yosef, &maria, &phone]).unwrap();
}

/// NOT_HERE: what the centre does not show in a feed leaves it.
#[test]
fn a_membership_that_the_centre_does_not_have_goes() {
    let (world, yosef, maria, [report, ..]) = village(1_702);
    let moved = local_store::Decision::HandOver { unit: "53.03.01.2006".parse().unwrap(), note: String::new() };
    let polsek = world.officer(3, "polsek", &["53.03.01"]);
    polsek.decide(report, &moved).unwrap();
    for person in [&polsek, &yosef, &maria] {
        world.sync(person);
    }
    assert_eq!(yosef.lists(), 42);
    let back = format!("INSERT INTO member (feed, report) VALUES ('{VILLAGE}/biasa/urgent', {})", blob(report));
    yosef.disk_changes(&format!("{back}; UPDATE report SET shared_changes = 0 WHERE id = {}", blob(report)));
    let yosef = world.reopen(yosef).unwrap();
    assert_eq!(yosef.lists(), 43);
    assert!(heals(&world, &yosef, 6));
    assert_eq!(yosef.lists(), 42);
    world.whole(&[&yosef, &maria, &polsek]).unwrap();
}

/// The feeds of an earlier day beside the documents of today: the devices follow what the centre shows, and `verify --repair` makes it show all again.
#[test]
fn feeds_that_the_centre_lost_are_followed_and_made_anew() {
    let (world, yosef, maria, _) = village(1_703);
    world.centre_changes("CREATE TABLE old_feed AS SELECT * FROM feed; CREATE TABLE old_entry AS SELECT * FROM feed_entry");
    let late = yosef.file("deteksi-dini", VILLAGE);
    for person in [&yosef, &maria] {
        world.sync(person);
    }
    world.centre_changes(
        "DELETE FROM feed_entry; DELETE FROM feed; INSERT INTO feed SELECT * FROM old_feed; INSERT INTO feed_entry SELECT * FROM old_entry;
         DROP TABLE old_entry; DROP TABLE old_feed",
    );
    assert!(heals(&world, &maria, 6));
    assert_eq!(maria.lists(), 43);
    let found = world.server.verify(Repair::Derived, world.now()).unwrap();
    assert_eq!((found.differences.len(), found.notices.iter().filter(|one| one.code == "feeds").count()), (0, 1));
    world.sync(&maria);
    assert_eq!((maria.lists(), world.exchange(&maria).differing), (44, 0));
    assert_eq!(yosef.device.show(late).unwrap().summary.delivery, Delivery::Delivered);
    world.whole(&[&yosef, &maria]).unwrap();
}

/// A document that the centre lost while its history still fits every mark.
#[test]
fn a_report_that_the_centre_lost_is_pushed_again_by_whoever_has_it() {
    let (world, yosef, maria, [report, ..]) = village(1_704);
    let id = blob(report);
    world.centre_changes(&format!(
        "DELETE FROM report WHERE document = {id}; DELETE FROM feed_entry WHERE document = {id};
         DELETE FROM change WHERE document = {id}; DELETE FROM document WHERE id = {id}"
    ));
    let found = world.server.verify(Repair::Derived, world.now()).unwrap();
    assert!(found.notices.iter().any(|one| one.code == "fingerprint"), "{found:?}");
    // Of another officer: it comes back by its token.
    assert!(heals(&world, &yosef, 8));
    assert_eq!(world.server.report(report).unwrap()["data"], maria.device.show(report).unwrap().json()["data"]);
    assert!(world.server.quarantine(None).unwrap().is_empty());
    // Until then its label was false, since every mark fits: so not the whole oracle.
    world.settle(&[&yosef, &maria]);
    world.converged(&[&yosef, &maria]).unwrap();
    world.nothing_lost(&[&yosef, &maria]).unwrap();
}

#[test]
fn what_is_pending_held_or_refused_is_on_neither_side() {
    let (world, yosef, maria, [report, ..]) = village(1_705);
    crate::held::moves(&world, &yosef);
    yosef.set(report, "rt", "019");
    for _ in 0..4 {
        assert_eq!(world.exchange(&yosef).differing, 0);
        assert_eq!(world.exchange(&maria).differing, 0);
    }
    assert!(yosef.device.status().unwrap().held > 0);
    crate::held::discard(&world, report, "Bukan wilayahnya.");
    for _ in 0..4 {
        assert_eq!(world.exchange(&yosef).differing, 0);
    }
    assert!(yosef.device.status().unwrap().refused > 0);
    maria.file("deteksi-dini", VILLAGE);
    assert_eq!(world.exchange(&maria).differing, 0);
    world.sound().unwrap();
}

/// What repair cannot mend it does not try at every exchange.
#[test]
fn a_sum_that_is_wrong_at_the_centre_costs_little_until_it_is_verified() {
    let (world, yosef, maria, _) = village(1_706);
    world.centre_changes("UPDATE feed SET sum = sum + 1 WHERE documents > 0");
    let before = world.stats(&yosef).bytes_up;
    let mut long = 0;
    for _ in 0..40 {
        let synced = world.exchange(&yosef);
        assert_eq!((synced.differing, synced.received, synced.voided), (1, 0, 0));
        long += usize::from(!synced.complete);
    }
    assert!(long <= 12, "{long} of 40 exchanges were for a repair; {} bytes", world.stats(&yosef).bytes_up - before);
    let found = world.server.verify(Repair::No, world.now()).unwrap();
    assert!(!found.differences.is_empty() && found.differences.iter().all(|one| one.code == "fingerprint"), "{found:?}");
    world.server.verify(Repair::Derived, world.now()).unwrap();
    assert_eq!((world.exchange(&yosef).differing, world.exchange(&maria).differing), (0, 0));
    world.whole(&[&yosef, &maria]).unwrap();
}
