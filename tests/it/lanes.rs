//! Urgent first, both ways: a normal backlog delays an urgent report by no more than the batch in flight.
#![expect(clippy::panic, reason = "a failed test may panic")]

use sync_core::ReportId;
use sync_core::scheduler::{Action, Portion};
use tests::world::World;

const VILLAGE: &str = "53.03.01.2005";

fn is_delivered(person: &tests::world::Person, report: ReportId) -> bool {
    person.device.show(report).unwrap().summary.delivery == local_store::Delivery::Delivered
}

#[test]
fn an_urgent_report_is_in_the_first_request_before_two_thousand_others() {
    let world = World::new(31);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    yosef.file_ordinary(VILLAGE, 31, 2_000);
    let urgent = yosef.file("deteksi-dini", VILLAGE);
    let synced = world.exchange(&yosef);
    assert!(is_delivered(&yosef, urgent), "its receipt is in the first reply");
    // The batch is one of a device that knows nothing of its link, and not all that waits.
    assert!(synced.delivered >= 15 && synced.delivered <= 60, "{} changes in the first request", synced.delivered);
    // One that is filed while a batch is in flight is in the next one.
    let in_flight = world.reply(&yosef);
    let second = yosef.file("deteksi-dini", VILLAGE);
    world.deliver(&yosef, &in_flight).unwrap();
    assert!(!is_delivered(&yosef, second));
    world.exchange(&yosef);
    assert!(is_delivered(&yosef, second));
}

#[test]
fn down_the_page_budget_is_spent_on_urgent_feeds_first() {
    let world = World::new(32);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let silent = |person: &tests::world::Person| world.silent_phone(person.nrp);
    let (polsek, third) = (world.officer(2, "polsek", &["53.03.01"]), world.officer(3, "polsek", &["53.03.01"]));
    let (polsek, third) = (silent(&polsek), silent(&third));
    yosef.file_ordinary(VILLAGE, 32, 300);
    world.sync(&yosef);
    let urgent = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    let first = world.exchange(&polsek);
    assert!(!first.complete && first.received < 300, "the first page is a batch: {} changes", first.received);
    assert!(polsek.device.show(urgent).is_ok(), "the urgent report came first");
    // Even where next to nothing may come.
    world.attempt_portion(&third, Portion { bytes_max: 1, urgent_only: true }).unwrap();
    assert!(third.device.show(urgent).is_ok());
}

#[test]
fn a_portion_for_urgent_reports_carries_no_other() {
    let world = World::new(33);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    yosef.file_ordinary(VILLAGE, 33, 5);
    let urgent = yosef.file("deteksi-dini", VILLAGE);
    yosef.device.allow(local_store::Policy { day_bytes_max: Some(0), ..Default::default() });
    let Action::Sync(portion) = yosef.device.next_action().unwrap() else { panic!("urgent goes at once") };
    assert!(portion.urgent_only);
    world.attempt_portion(&yosef, portion).unwrap();
    assert_eq!((is_delivered(&yosef, urgent), yosef.device.status().unwrap().unsent), (true, 5));
    // The others wait, and the status says when and why.
    let next = yosef.device.status().unwrap().next_attempt.unwrap();
    assert_eq!((next.why, next.at.is_some()), ("day-budget", true));
}
