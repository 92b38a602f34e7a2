//! Urgent first, both ways: a normal backlog delays an urgent report by no more than the batch in flight.

use sync_core::ReportId;
use sync_core::scheduler::{Action, Portion};
use tests::weather::file_ordinary;
use tests::world::World;

const VILLAGE: &str = "53.03.01.2005";

fn is_delivered(person: &tests::world::Person, report: ReportId) -> bool {
    person.device.show(report).unwrap().summary.delivery == local_store::Delivery::Delivered
}

#[test]
fn an_urgent_report_is_in_the_first_request_before_two_thousand_others() {
    let world = World::new(31);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    file_ordinary(&yosef, VILLAGE, 31, 2_000);
    let urgent = yosef.file("deteksi-dini", VILLAGE);
    let synced = world.exchange(&yosef);
    assert!(is_delivered(&yosef, urgent), "its receipt is in the first reply");
    // The batch is one of a device that knows nothing of its link, and not all that waits.
    assert!(synced.delivered >= 15 && synced.delivered <= 60, "{} changes in the first request", synced.delivered);
    // One that is filed while a batch is in flight is in the next one.
    let in_flight = yosef.device.request().unwrap();
    let second = yosef.file("deteksi-dini", VILLAGE);
    yosef.device.apply(&world.server.exchange(&in_flight, world.now()).unwrap()).unwrap();
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
    file_ordinary(&yosef, VILLAGE, 32, 300);
    world.sync(&yosef);
    let urgent = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    let first = world.exchange(&polsek);
    assert!(!first.complete && first.received < 300, "the first page is a batch: {} changes", first.received);
    assert!(polsek.device.show(urgent).is_ok(), "the urgent report came first");
    // Even where next to nothing may come.
    let request = third.device.request_portion(Portion { bytes_max: 1, urgent_only: true }).unwrap();
    third.device.apply(&world.server.exchange(&request, world.now()).unwrap()).unwrap();
    assert!(third.device.show(urgent).is_ok());
}

#[test]
fn a_portion_for_urgent_reports_carries_no_other() {
    let world = World::new(33);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    file_ordinary(&yosef, VILLAGE, 33, 5);
    let urgent = yosef.file("deteksi-dini", VILLAGE);
    yosef.device.allow(local_store::Policy { day_bytes_max: Some(0), ..Default::default() });
    let Action::Sync(portion) = yosef.device.next_action().unwrap() else { panic!("urgent goes at once") };
    assert!(portion.urgent_only);
    let request = yosef.device.request_portion(portion).unwrap();
    yosef.device.apply(&world.server.exchange(&request, world.now()).unwrap()).unwrap();
    assert_eq!((is_delivered(&yosef, urgent), yosef.device.status().unwrap().unsent), (true, 5));
    // The others wait, and the status says when and why.
    let next = yosef.device.status().unwrap().next_attempt.unwrap();
    assert_eq!((next.why, next.at.is_some()), ("day-budget", true));
}
