//! What no feed shows any more leaves a phone once the centre's backup has it: not before, and it comes back whole with a grant.

use local_store::{Decision, Delivery, Filter, Rescue, RescueNote, SystemHost};
use sync_core::ReportId;
use sync_core::form::Class;
use tests::world::{Person, World};

use crate::held::{VILLAGE, delivery, moves};

/// Whether the phone has nothing of a report any more: with each that was delivered it keeps a token.
fn gone(person: &Person, report: ReportId) -> bool {
    person.tokens(report).is_empty() && person.device.show(report).is_err()
}

fn file(person: &Person, count: usize) -> Vec<ReportId> {
    (0..count).map(|_| person.file("deteksi-dini", VILLAGE)).collect()
}

#[test]
fn it_is_out_of_sight_at_once_and_leaves_when_the_backup_has_it() {
    let mut world = World::new(301);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let reports = file(&yosef, 3);
    world.sync(&yosef);
    world.sync(&maria);
    moves(&world, &yosef);
    for _ in 0..3 {
        assert_eq!(world.exchange(&yosef).dropped, 0, "no backup has it");
    }
    assert_eq!(yosef.lists(), 0);
    assert!(reports.iter().all(|report| yosef.device.show(*report).is_err() && !gone(&yosef, *report)));
    let asking = world.exchange(&yosef).bytes_down;

    let backup = world.back_up_centre();
    assert_eq!(world.exchange(&yosef).dropped, 3);
    assert!(reports.iter().all(|report| gone(&yosef, *report)));
    let asks_no_more = world.exchange(&yosef);
    assert_eq!((asks_no_more.dropped, asks_no_more.complete), (0, true));
    assert!(asks_no_more.bytes_down <= asking);
    // Whoever may still see them keeps them.
    assert_eq!((world.exchange(&maria).dropped, maria.lists()), (0, 3));

    // The centre loses its disk: what left was in the backup, and he brings nothing.
    world.roll_back_centre(&backup);
    world.sync(&yosef);
    assert_eq!(world.reports().len(), 3);
    world.whole(&[&yosef, &maria]).unwrap();

    // He is sent back to his old village: all of it comes again, whole.
    world.grant(yosef.nrp, VILLAGE, Class::Biasa);
    world.sync(&yosef);
    assert_eq!(yosef.lists(), 3);
    assert!(reports.iter().all(|report| delivery(&yosef, *report) == Delivery::Delivered));
    world.whole(&[&yosef, &maria]).unwrap();
}

#[test]
fn a_rescue_does_not_miss_what_left() {
    let world = World::new(308);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let reports = file(&yosef, 3);
    world.sync(&yosef);
    moves(&world, &yosef);
    world.sync(&yosef);
    yosef.file("deteksi-dini", crate::held::OTHER);
    world.sync(&yosef);
    world.back_up_centre();
    world.sync(&yosef);
    world.sync(&yosef);
    assert!(reports.iter().all(|report| gone(&yosef, *report)));
    let rescue = Rescue::read(&yosef.store, &SystemHost).unwrap();
    assert!(!rescue.notes.iter().any(|note| matches!(note, RescueNote::ChangesLost(_))), "{:?}", rescue.notes);
}

/// DROP_COVERED: until a backup has it, this phone may be the only place from which a centre that went back gets it again.
#[test]
fn what_the_backup_lacks_stays_and_heals_the_centre() {
    let mut world = World::new(302);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let old = file(&yosef, 2);
    world.sync(&yosef);
    let backup = world.back_up_centre();
    let new = file(&yosef, 1);
    yosef.set(old[1], "rt", "009");
    world.sync(&yosef);
    moves(&world, &yosef);
    // With the first exchange he hears that he was moved, with the second he asks.
    world.sync(&yosef);
    assert_eq!(world.exchange(&yosef).dropped, 1);
    // Of one of them the backup has the beginning, and not the edit.
    assert!(gone(&yosef, old[0]) && !gone(&yosef, old[1]) && !gone(&yosef, new[0]));
    world.roll_back_centre(&backup);
    assert_eq!(world.reports().len(), 2);
    world.sync(&yosef);
    assert_eq!(world.reports().len(), 3);
    assert_eq!(world.server.report(old[1]).unwrap()["data"]["rt"], "009");
    world.whole(&[&yosef]).unwrap();
}

#[test]
fn a_backup_of_another_history_covers_nothing() {
    let mut world = World::new(303);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &["53.03.01.2006"]));
    let empty = world.back_up_centre();
    maria.file("deteksi-dini", "53.03.01.2006");
    file(&yosef, 2);
    world.sync(&yosef);
    // This one is never put back: an older one is, and others push past it.
    drop(world.back_up_centre());
    world.roll_back_centre(&empty);
    world.sync(&maria);
    (0..4).for_each(|_| _ = maria.file("deteksi-dini", "53.03.01.2006"));
    world.sync(&maria);
    world.sync(&yosef);
    moves(&world, &yosef);
    world.sync(&yosef);
    assert_eq!((world.exchange(&yosef).dropped, yosef.lists(), world.reports().len()), (0, 0, 7));
    drop(world.back_up_centre());
    assert_eq!(world.exchange(&yosef).dropped, 2);
    world.whole(&[&yosef, &maria]).unwrap();
}

#[test]
fn what_is_held_or_unsent_or_was_admitted_stays() {
    let world = World::new(304);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let reports = file(&yosef, 2);
    world.sync(&yosef);
    drop(world.back_up_centre());
    moves(&world, &yosef);
    // He has not heard of it, and writes on.
    yosef.set(reports[0], "rt", "007");
    world.sync(&yosef);
    world.sync(&yosef);
    assert_eq!(delivery(&yosef, reports[0]), Delivery::Held);
    assert!(gone(&yosef, reports[1]));
    world.server.admit_held(reports[0], sync_server::Admit::Waiting, "AKP Maria", world.now()).unwrap();
    world.sync(&yosef);
    drop(world.back_up_centre());
    world.sync(&yosef);
    // He sees what became of it.
    assert_eq!(delivery(&yosef, reports[0]), Delivery::Delivered);
    world.whole(&[&yosef]).unwrap();
}

/// A report that moves leaves one page before it enters another: with the first of the two pages nothing is dropped.
#[test]
fn a_report_that_moves_within_what_a_device_sees_is_not_dropped() {
    let world = World::new(305);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "polsek", &["53.03.01", "53.03.02"]));
    let report = file(&yosef, 1)[0];
    world.sync(&yosef);
    world.sync(&polsek);
    drop(world.back_up_centre());
    polsek.decide(report, &Decision::HandOver { unit: "53.03.02.2001".parse().unwrap(), note: String::new() }).unwrap();
    world.sync(&polsek);
    assert_eq!((polsek.lists(), polsek.device.list(&Filter::default()).unwrap()[0].unit.to_string()), (1, "53.03.02.2001".to_owned()));
    // Its author follows it in his own feed.
    world.sync(&yosef);
    assert_eq!((yosef.lists(), gone(&yosef, report)), (1, false));
    world.whole(&[&yosef, &polsek]).unwrap();
}
