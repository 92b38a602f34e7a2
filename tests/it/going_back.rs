//! The centre goes back in time: an old backup restored, a machine rolled back, also while other devices push past the lost range. Every device
//! notices in its next exchange, and what any of them still holds comes back.

use local_store::Delivery;
use sync_core::ReportId;
use tests::world::{Person, World};

const VILLAGE: &str = "53.03.01.2005";
const OTHER: &str = "53.03.01.2006";

fn delivery(person: &Person, report: ReportId) -> Delivery {
    person.device.show(report).unwrap().summary.delivery
}

fn voided(person: &Person) -> u64 {
    person.device.status().unwrap().voided
}

#[test]
fn what_the_centre_lost_is_pending_again_in_the_same_exchange_and_comes_back() {
    let mut world = World::new(170);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[OTHER]));
    let old = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    let backup = world.back_up_centre();
    let lost = [yosef.file("deteksi-dini", VILLAGE), yosef.file("deteksi-dini", VILLAGE)];
    world.sync(&yosef);
    assert_eq!((delivery(&yosef, lost[0]), voided(&yosef)), (Delivery::Delivered, 0));
    world.roll_back_centre(&backup);
    // Others push past the lost range before he comes: the numbers alone would look right to him.
    for _ in 0..5 {
        maria.file("deteksi-dini", OTHER);
    }
    world.sync(&maria);
    assert_eq!(world.reports().len(), 6);

    let first = world.exchange(&yosef);
    assert_eq!((first.voided, first.complete), (2, false));
    assert_eq!((delivery(&yosef, old), delivery(&yosef, lost[0])), (Delivery::Delivered, Delivery::Saved));
    assert_eq!((yosef.unsent(), voided(&yosef)), (2, 2));
    let words = yosef.device.status().unwrap().voided_words().unwrap();
    assert!(words.id.contains("2 laporan") && words.en.contains("lost 2 reports"), "{words:?}");
    world.sync(&yosef);
    assert_eq!((yosef.unsent(), voided(&yosef), world.reports().len()), (0, 0, 8));
    assert_eq!(delivery(&yosef, lost[1]), Delivery::Delivered);
    world.whole(&[&yosef, &maria]).unwrap();
}

/// MARK_ALWAYS: also a reply that brings no page tells how far the centre is.
#[test]
fn a_receipt_alone_is_enough_to_notice() {
    let mut world = World::new(171);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let maria = world.officer(2, "officer", &[OTHER]);
    world.sync(&yosef);
    let backup = world.back_up_centre();
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.exchange(&yosef);
    world.roll_back_centre(&backup);
    maria.file("deteksi-dini", OTHER);
    world.sync(&maria);
    world.exchange(&yosef);
    assert_eq!((delivery(&yosef, report), voided(&yosef)), (Delivery::Saved, 1));
    world.whole(&[&yosef, &maria]).unwrap();
}

/// MARK_WITH_LABELS: a phone that is killed before its sync is through has the marks of what it took.
#[test]
fn marks_are_stored_with_what_they_are_for() {
    let mut world = World::new(172);
    let (mut yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[OTHER]));
    let backup = world.back_up_centre();
    let reports: Vec<ReportId> = (0..200).map(|_| yosef.file("deteksi-dini", VILLAGE)).collect();
    let first = world.exchange(&yosef);
    assert!(!first.complete && first.delivered > 0, "more than one batch: {first:?}");
    world.kill(&mut yosef);
    world.roll_back_centre(&backup);
    (0..first.delivered + 1).for_each(|_| _ = maria.file("deteksi-dini", OTHER));
    world.sync(&maria);
    assert_eq!(world.exchange(&yosef).voided, first.delivered);
    world.sync(&yosef);
    assert!(reports.iter().all(|report| delivery(&yosef, *report) == Delivery::Delivered));
    world.whole(&[&yosef, &maria]).unwrap();
}

/// MARK_SPREAD, seen from a device: after a year of syncs it goes back little further than it must.
#[test]
fn little_more_than_what_was_lost_is_sent_again() {
    let mut world = World::new(173);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let mut backup = world.back_up_centre();
    for number in 0..60 {
        if number == 50 {
            backup = world.back_up_centre();
        }
        yosef.file("deteksi-dini", VILLAGE);
        world.sync(&yosef);
    }
    world.roll_back_centre(&backup);
    let voided = world.exchange(&yosef).voided;
    assert!((10..=20).contains(&voided), "10 were lost, {voided} are sent again");
    world.whole(&[&yosef]).unwrap();
}

/// A centre without any of its past is one that went back to its beginning.
#[test]
fn a_centre_that_lost_everything_gets_everything_back() {
    let mut world = World::new(174);
    let empty = world.back_up_centre();
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[OTHER]));
    for _ in 0..3 {
        yosef.file("deteksi-dini", VILLAGE);
        maria.file("deteksi-dini", OTHER);
        world.sync(&yosef);
        world.sync(&maria);
    }
    world.roll_back_centre(&empty);
    world.whole(&[&yosef, &maria]).unwrap();
    assert_eq!(world.reports().len(), 6);
}
