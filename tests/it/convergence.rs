//! Real devices and the real server: edits meet, lost replies cost nothing, nothing is doubled.

use serde_json::json;
use tests::world::World;

const VILLAGE: &str = "53.03.01.2005";

#[test]
fn different_fields_both_survive_and_the_same_field_keeps_both_values() {
    let world = World::new(1);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let polsek = world.officer(3, "polsek", &["53.03.01"]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    world.sync(&maria);
    yosef.set(report, "rt", "004");
    maria.set(report, "rw", "009");
    yosef.set(report, "urgensi", "rendah");
    maria.set(report, "urgensi", "sedang");
    for person in [&yosef, &maria, &yosef, &polsek] {
        world.sync(person);
    }
    for person in [&yosef, &maria, &polsek] {
        assert_eq!((person.shows(report, "rt"), person.shows(report, "rw")), (json!("004"), json!("009")));
        let conflicts = person.device.conflicts(report).unwrap();
        assert_eq!(conflicts.len(), 1);
        assert_eq!(conflicts[0].path, "urgensi");
        let mut said: Vec<_> = conflicts[0].variants.iter().map(|one| (one.by.nrp.unwrap(), one.value.clone())).collect();
        said.sort_by_key(|(nrp, _)| *nrp);
        assert_eq!(said, [(yosef.nrp, json!("rendah")), (maria.nrp, json!("sedang"))]);
        assert_eq!(conflicts[0].variants.iter().filter(|one| one.shown).count(), 1);
    }
    // The supervisor settles it, and both officers see it settled.
    polsek.device.resolve(report, &"urgensi".parse().unwrap(), local_store::Choice::Set(json!("tinggi"))).unwrap();
    for person in [&polsek, &yosef, &maria] {
        world.sync(person);
        assert!(person.device.conflicts(report).unwrap().is_empty());
        assert_eq!(person.shows(report, "urgensi"), json!("tinggi"));
    }
}

#[test]
fn a_second_sync_is_one_request_that_changes_nothing() {
    let world = World::new(2);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    yosef.file("deteksi-dini", VILLAGE);
    assert_eq!(world.sync(&yosef), 1);
    let before = (yosef.device.list(&Default::default()).unwrap(), world.reports());
    let reply = world.reply(&yosef);
    assert!(reply.len() < 200, "an idle reply of {} bytes", reply.len());
    let synced = yosef.device.apply(&reply).unwrap();
    assert!(synced.complete);
    assert_eq!((synced.delivered, synced.received), (0, 0));
    assert_eq!((yosef.device.list(&Default::default()).unwrap(), world.reports()), before);
}

#[test]
fn a_lost_reply_is_asked_for_again_and_doubles_nothing() {
    let world = World::new(3);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "polsek", &["53.03.01"]));
    let report = yosef.file("deteksi-dini", VILLAGE);
    for _ in 0..3 {
        world.reply(&yosef);
        // The server has it, the phone does not know: it says so.
        assert_eq!(yosef.device.status().unwrap().unsent, 1);
        assert_eq!(yosef.device.show(report).unwrap().summary.delivery, local_store::Delivery::Queued);
    }
    yosef.set(report, "rt", "005");
    world.sync(&yosef);
    assert_eq!(yosef.device.status().unwrap().unsent, 0);
    world.sync(&polsek);
    assert_eq!(world.reports().len(), 1);
    assert_eq!(polsek.device.list(&Default::default()).unwrap().len(), 1);
    assert_eq!(polsek.shows(report, "rt"), json!("005"));
    assert_eq!(polsek.device.history(report).unwrap().len(), 2);
}

#[test]
fn a_reply_is_for_one_request_and_for_one_device() {
    let world = World::new(4);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    yosef.file("deteksi-dini", VILLAGE);
    let old = world.reply(&yosef);
    let new = world.reply(&yosef);
    assert_eq!(yosef.device.apply(&old).unwrap_err().code(), "not-the-server");
    maria.device.request().unwrap();
    assert_eq!(maria.device.apply(&new).unwrap_err().code(), "not-the-server");
    yosef.device.apply(&new).unwrap();
    assert_eq!(yosef.device.apply(&new).unwrap_err().code(), "stale-reply");
    assert_eq!(yosef.device.apply(b"<html>Silakan masuk</html>").unwrap_err().code(), "stale-reply");
    assert_eq!(yosef.device.status().unwrap().delivered, 1);
}

#[test]
fn a_phone_killed_at_any_moment_of_an_exchange_goes_on_where_it_was() {
    let world = World::new(5);
    let mut yosef = world.officer(1, "officer", &[VILLAGE]);
    let maria = world.officer(2, "officer", &[VILLAGE]);
    let theirs = maria.file("deteksi-dini", VILLAGE);
    world.sync(&maria);
    let own = yosef.file("deteksi-dini", VILLAGE);
    yosef = world.reopen(yosef).unwrap();
    yosef.device.request().unwrap();
    yosef = world.reopen(yosef).unwrap();
    let reply = world.reply(&yosef);
    yosef = world.reopen(yosef).unwrap();
    // The outstanding request is remembered: the reply that comes late still fits.
    assert!(yosef.device.apply(&reply).unwrap().complete);
    yosef = world.reopen(yosef).unwrap();
    assert_eq!(yosef.device.status().unwrap().unsent, 0);
    assert_eq!(yosef.device.list(&Default::default()).unwrap().len(), 2);
    yosef.set(own, "rt", "008");
    yosef.set(theirs, "rt", "008");
    world.sync(&yosef);
    world.sync(&maria);
    assert_eq!(maria.shows(own, "rt"), json!("008"));
    assert_eq!(world.reports().len(), 2);
}

#[test]
fn a_store_that_went_back_gets_a_new_incarnation_and_loses_nothing() {
    let world = World::new(6);
    let mut yosef = world.officer(1, "officer", &[VILLAGE]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    let backup = world.backup(&yosef);
    yosef.set(report, "rt", "004");
    world.sync(&yosef);
    world.sync(&yosef);
    world.restore(&mut yosef, &backup);
    assert_eq!(yosef.shows(report, "rt"), json!("003"));
    yosef.set(report, "rw", "007");
    world.sync(&yosef);
    assert_eq!(yosef.device.status().unwrap().unsent, 0);
    // Its own lost edit came back, and the new one is beside it.
    assert_eq!((yosef.shows(report, "rt"), yosef.shows(report, "rw")), (json!("004"), json!("007")));
    assert_eq!(world.reports().len(), 1);
}

#[test]
fn a_report_edited_for_months_without_signal_arrives_in_parts() {
    let world = World::new(7);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "polsek", &["53.03.01"]));
    let report = yosef.file("deteksi-dini", VILLAGE);
    for number in 0..300 {
        yosef.set(report, "sumber_alamat", &format!("Alamat {number} {}", "x".repeat(150)));
    }
    assert!(world.sync(&yosef) < 20);
    world.sync(&polsek);
    assert_eq!(yosef.device.status().unwrap().unsent, 0);
    assert_eq!(polsek.device.history(report).unwrap().len(), 301);
    assert_eq!(polsek.shows(report, "sumber_alamat"), yosef.shows(report, "sumber_alamat"));
}
