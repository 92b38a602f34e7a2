//! Watching a list and the status: at once, and again when something changes, also what a sync brings.

use std::time::Duration;

use local_store::{Decision, Filter};
use tests::world::World;

const VILLAGE: &str = "53.03.01.2005";
const OTHER: &str = "53.03.01.2006";
/// Nothing is waited for: what has happened is told at once.
const NOW: Duration = Duration::ZERO;
/// Longer than any machine stands still; the test ends when the change comes, not when this has passed.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_list_is_told_at_once_and_then_each_time_that_it_changes() {
    let world = World::new(61);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE, OTHER]), world.officer(2, "polsek", &["53.03.01"]));
    let here = Filter { unit: Some(VILLAGE.parse().unwrap()), ..Filter::default() };
    let (mut list, mut status) = (yosef.device.observe(&here), yosef.device.observe_status());
    assert_eq!(list.within(NOW).unwrap(), Some(Vec::new()));
    assert_eq!(status.within(NOW).unwrap().unwrap().unsent, 0);
    assert_eq!((list.within(NOW).unwrap(), status.within(NOW).unwrap()), (None, None));

    let report = yosef.file("deteksi-dini", VILLAGE);
    let told = list.within(NOW).unwrap().unwrap();
    assert_eq!((told.len(), told[0].id, told[0].delivery.as_str()), (1, report, "tersimpan"));
    assert_eq!(status.within(NOW).unwrap().unwrap().unsent, 1);

    // Another village is no change of this list, but one of the status.
    yosef.file("deteksi-dini", OTHER);
    assert_eq!(list.within(NOW).unwrap(), None);
    assert_eq!(status.within(NOW).unwrap().unwrap().unsent, 2);

    // What a sync brings: the receipt, then a supervisor's decision.
    world.sync(&yosef);
    assert_eq!(list.within(NOW).unwrap().unwrap()[0].delivery.as_str(), "terkirim");
    assert_eq!(status.within(NOW).unwrap().unwrap().unsent, 0);
    world.sync(&polsek);
    polsek.device.decide(report, &Decision::Return { reason: "Lengkapi RT.".to_owned() }).unwrap();
    world.sync(&polsek);
    assert_eq!(list.within(NOW).unwrap(), None, "it is not here yet");
    world.sync(&yosef);
    assert_eq!(list.within(NOW).unwrap().unwrap()[0].status, "returned");
    assert_eq!(list.within(NOW).unwrap(), None);
}

#[test]
fn one_who_waits_is_woken_by_a_write_of_another_thread() {
    let world = World::new(62);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let mut list = yosef.device.observe(&Filter::default());
    assert_eq!(list.next().unwrap().unwrap(), []);
    let waiting = std::thread::spawn(move || list.within(PATIENCE).map(|told| told.map(|told| told[0].id)));
    let report = yosef.file("deteksi-dini", VILLAGE);
    assert_eq!(waiting.join().unwrap().unwrap(), Some(report));
}

#[test]
fn a_search_is_watched_like_a_list() {
    let world = World::new(63);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let mut hopeful = yosef.device.observe(&Filter { words: Some("gembala".to_owned()), ..Filter::default() });
    assert_eq!(hopeful.within(NOW).unwrap(), Some(Vec::new()));
    let report = yosef.file("deteksi-dini", VILLAGE);
    assert_eq!(hopeful.within(NOW).unwrap(), None);
    yosef.set(report, "uraian", "Anak gembala melihat dua orang asing di bukit sejak Senin malam.");
    assert_eq!(hopeful.within(NOW).unwrap().unwrap()[0].id, report);
}
