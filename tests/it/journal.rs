//! A real device shows by itself what a centre that went back, with its journal, does not know any more.

use sync_core::form::Class;
use sync_core::place::Area;
use sync_server::{OpenOptions, Restore, RestoreOptions, Server};
use tempfile::TempDir;
use tests::world::{Person, World, early_detection};

const VILLAGE: &str = "53.03.01.2005";
const OTHER: &str = "53.03.02.2001";
/// What the centre decides on after it has forgotten.
const THIRD: &str = "53.03.01.2006";
const FOURTH: &str = "53.04.01.2001";

fn biasa(unit: &str) -> Area {
    Area { unit: unit.parse().unwrap(), class: Class::Biasa }
}

/// One exchange with another centre than the world's; true when nothing is left to do.
fn exchange(person: &Person, server: &Server, world: &World) -> bool {
    let request = person.device.request().unwrap();
    let reply = server.exchange(&request, world.now()).unwrap();
    person.device.apply(&reply).unwrap().complete
}

/// A backup of the world's centre with its journal.
pub(crate) fn back_up(world: &World) -> TempDir {
    let backups = tempfile::tempdir().unwrap();
    world.server.backup(&backups.path().join("cadangan"), world.now()).unwrap();
    backups
}

/// Another centre, of what the backup has: database and journal went back.
pub(crate) fn gone_back(world: &World, backups: &TempDir) -> Server {
    let (old, keys) = (backups.path().join("pusat"), world.directory().join("keys"));
    let options = RestoreOptions { what: Restore::Replace, keys: Some(&keys), journal: None };
    Server::restore(&backups.path().join("cadangan"), &old, options, world.now()).unwrap();
    Server::open(&old, OpenOptions::MustExist).unwrap()
}

/// An officer who knows that one of his grants has ended, and a backup from before.
fn ended(seed: u64) -> (World, Person, TempDir) {
    let world = World::new(seed);
    let yosef = world.officer(1, "officer", &[VILLAGE, OTHER]);
    world.sync(&yosef);
    let backups = back_up(&world);
    world.wait_ms(60_000);
    world.server.end_grant(yosef.nrp, biasa(OTHER), world.now()).unwrap();
    world.sync(&yosef);
    (world, yosef, backups)
}

/// The centre of the backup, which has given him one more area since.
fn decided_since(world: &World, backups: &TempDir, person: &Person, unit: &str) -> Server {
    let server = gone_back(world, backups);
    world.wait_ms(60_000);
    server.grant(person.nrp, biasa(unit), world.now()).unwrap();
    server
}

#[test]
fn devices_show_a_centre_that_went_back_with_its_journal_what_it_signed() {
    let world = World::new(51);
    let yosef = world.officer(1, "officer", &[VILLAGE, OTHER]);
    let maria = world.officer(2, "officer", &[VILLAGE]);
    world.sync(&yosef);
    world.sync(&maria);
    let backups = back_up(&world);
    world.wait_ms(60_000);
    world.server.end_grant(yosef.nrp, biasa(OTHER), world.now()).unwrap();
    world.sync(&yosef);

    let late = world.officer(3, "officer", &[VILLAGE]);
    world.sync(&late);

    let server = gone_back(&world, &backups);
    let report = yosef.device.file("deteksi-dini", VILLAGE.parse().unwrap(), &early_detection(0)).unwrap();
    assert!(!exchange(&yosef, &server, &world), "asked to show its record, it has something to do");
    assert!(server.journal_status().unwrap().recovery_since.is_none());
    while !exchange(&yosef, &server, &world) {}
    let status = server.journal_status().unwrap();
    assert_eq!((status.unconfirmed.len(), status.recovery_by.is_some()), (2, true));
    assert!(server.officers().unwrap()[0].areas.iter().any(|area| area.unit == OTHER && !area.given));
    // The report is there; nobody hears of it until an operator has confirmed him.
    assert_eq!(server.reports(&sync_server::ReportFilter::default()).unwrap()[0].id, report);
    let listed = || maria.device.list(&local_store::Filter::default()).unwrap().len();
    while !exchange(&maria, &server, &world) {}
    assert_eq!(listed(), 0);
    server.confirm_all(world.now()).unwrap();
    while !exchange(&maria, &server, &world) {}
    assert_eq!(listed(), 1);
    // Of one that was enrolled since, the centre knows nothing: its device proves that it was.
    let unsent = late.device.file("deteksi-dini", VILLAGE.parse().unwrap(), &early_detection(1)).unwrap();
    let turned_back = server.exchange(&late.device.request().unwrap(), world.now()).unwrap_err();
    assert_eq!(turned_back.code(), "unknown-device");
    server.enrol(&late.device.enrolled_before().unwrap(), world.now(), [0; 8]).unwrap();
    while !exchange(&late, &server, &world) {}
    assert_eq!(server.reports(&sync_server::ReportFilter { id: Some(unsent), ..Default::default() }).unwrap().len(), 1);
    assert_eq!(server.journal_status().unwrap().unconfirmed.len(), 1);
}

/// GRANT_RECORD: the centre forgot an end, and decided something else afterwards. Its newest decision is above the phone's, and yet the phone knows more.
#[test]
fn an_end_that_was_forgotten_is_shown_though_the_centre_has_decided_since() {
    let (world, yosef, backups) = ended(52);
    let server = decided_since(&world, &backups, &yosef, THIRD);
    let ended = || server.officers().unwrap()[0].areas.iter().any(|area| area.unit == OTHER && !area.given);
    assert!(!ended());
    assert!(!exchange(&yosef, &server, &world), "he has something to show");
    assert_ne!(yosef.device.status().unwrap().next_attempt.unwrap().why, "rest");
    while !exchange(&yosef, &server, &world) {}
    assert!(ended() && server.journal_status().unwrap().recovery_since.is_some());
    // Once the centre knows, nothing is shown any more.
    server.confirm_all(world.now()).unwrap();
    while !exchange(&yosef, &server, &world) {}
    let bytes = yosef.device.request().unwrap().len();
    assert!(bytes < 200, "{bytes}");
}

/// RECORD_KEPT: it goes back a second time, before it was shown what it forgot the first time.
#[test]
fn what_a_centre_forgot_twice_is_shown_whole() {
    let (world, yosef, backups) = ended(53);
    for unit in [THIRD, FOURTH] {
        exchange(&yosef, &decided_since(&world, &backups, &yosef, unit), &world);
    }

    let server = Server::open(&backups.path().join("pusat"), OpenOptions::MustExist).unwrap();
    while !exchange(&yosef, &server, &world) {}
    let given: Vec<String> = server.officers().unwrap()[0].areas.iter().filter(|area| area.given).map(|area| area.unit.clone()).collect();
    assert_eq!(given, [VILLAGE, THIRD, FOURTH]);
}

/// GRANT_NEED: the centre forgot that the area was given, and decided on another one since. In sum it knows more than the phone does.
#[test]
fn what_was_filed_on_a_forgotten_grant_is_not_refused() {
    let world = World::new(54);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    world.sync(&yosef);
    let backups = back_up(&world);
    world.wait_ms(60_000);
    world.server.grant(yosef.nrp, biasa(OTHER), world.now()).unwrap();
    world.sync(&yosef);
    let report = yosef.device.file("deteksi-dini", OTHER.parse().unwrap(), &early_detection(0)).unwrap();

    let server = decided_since(&world, &backups, &yosef, THIRD);
    assert!(!exchange(&yosef, &server, &world));
    let status = yosef.device.status().unwrap();
    assert_eq!((status.refused, status.held, status.unsent), (0, 0, 1));
    while !exchange(&yosef, &server, &world) {}
    assert_eq!(server.reports(&sync_server::ReportFilter::default()).unwrap()[0].id, report);
    assert_eq!(yosef.word(report), "terkirim");
}

/// RECORD_SUM: the newest decision is the same on both sides, and an earlier one is not.
#[test]
fn an_officers_other_phone_hears_what_his_first_one_showed() {
    let world = World::new(55);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let other = world.second_phone(yosef.nrp);
    world.sync(&yosef);
    world.sync(&other);
    let backups = back_up(&world);
    world.wait_ms(60_000);
    world.server.grant(yosef.nrp, biasa(OTHER), world.now()).unwrap();
    world.sync(&yosef);

    let server = decided_since(&world, &backups, &yosef, THIRD);
    while !exchange(&other, &server, &world) {}
    while !exchange(&yosef, &server, &world) {}
    server.confirm_all(world.now()).unwrap();
    for phone in [&yosef, &other] {
        while !exchange(phone, &server, &world) {}
        let areas = phone.device.status().unwrap().areas;
        assert_eq!(areas, [VILLAGE, THIRD, OTHER].map(|unit| format!("{unit}/biasa")));
    }
}
