//! The failure inbox: what is refused is explained, corrected, sent again, put aside or exported; it blocks nothing, and survives the end of the app.

use local_store::{Correction, Delivery, Device, Filter};
use serde_json::{Value, json};
use sync_core::ReportId;
use sync_core::form::{Class, Lang};
use tests::world::{Person, World};

const VILLAGE: &str = "53.03.01.2005";
const OTHER: &str = "53.03.01.2006";

/// His grant ends, and long after that he still does not know: what he makes now is refused.
fn lose(world: &World, person: &Person, unit: &str) {
    world.end_grant(person.nrp, unit, Class::Biasa);
    world.wait_days(91);
}

/// The counts of the status are those of the list, one state a report.
fn states(device: &Device) -> Vec<(Delivery, u64)> {
    let (status, list) = (device.status().unwrap(), device.list(&Filter::default()).unwrap());
    for (state, count) in &status.states {
        let listed = list.iter().filter(|one| one.delivery == *state).count() as u64;
        assert_eq!(*count, listed, "{state:?}");
        let filter = Filter { status: Some(state.as_str().to_owned()), ..Filter::default() };
        assert_eq!(device.list(&filter).unwrap().len() as u64, listed, "the list of one state");
    }
    status.states.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn delivery(device: &Device, id: ReportId) -> Delivery {
    device.show(id).unwrap().summary.delivery
}

#[test]
fn every_state_is_told_from_what_is_stored() {
    let world = World::new(70);
    // The third village stays his: his own feed goes on showing what he has delivered.
    let yosef = world.officer(1, "officer", &[VILLAGE, OTHER, "53.03.02.2001"]);
    let draft = yosef.device.draft("deteksi-dini", VILLAGE.parse().unwrap(), &json!({ "uraian": "Belum selesai" })).unwrap();
    let delivered = yosef.file("deteksi-dini", VILLAGE);
    assert_eq!(states(&yosef.device), [(Delivery::Draft, 1), (Delivery::Saved, 1)]);
    let reply = world.reply(&yosef);
    assert_eq!(states(&yosef.device), [(Delivery::Draft, 1), (Delivery::Queued, 1)]);
    world.deliver(&yosef, &reply).unwrap();
    assert_eq!(states(&yosef.device), [(Delivery::Draft, 1), (Delivery::Delivered, 1)]);
    world.end_grant(yosef.nrp, OTHER, Class::Biasa);
    let held = yosef.file("deteksi-dini", OTHER);
    world.sync(&yosef);
    assert_eq!(states(&yosef.device), [(Delivery::Draft, 1), (Delivery::Delivered, 1), (Delivery::Held, 1)]);
    let again = yosef.device.draft("deteksi-dini", VILLAGE.parse().unwrap(), &json!({})).unwrap();
    lose(&world, &yosef, VILLAGE);
    let refused = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    let expected = [(Delivery::Draft, 2), (Delivery::Delivered, 1), (Delivery::Held, 1), (Delivery::Refused, 1)];
    assert_eq!(states(&yosef.device), expected);
    let yosef = world.reopen(yosef).unwrap();
    assert_eq!(states(&yosef.device), expected);
    let list = yosef.device.list(&Filter::default()).unwrap();
    for (id, state) in [(draft, "draf"), (again, "draf"), (delivered, "terkirim"), (held, "ditahan"), (refused, "ditolak")] {
        let one = list.iter().find(|one| one.id == id).unwrap().json();
        assert_eq!(one["delivery"], state);
        assert_eq!(one["refusal"].is_null(), state != "ditolak");
    }
    let refusal = &yosef.device.show(refused).unwrap().json()["refusal"];
    assert_eq!(refusal["code"], "outside-grant");
    for (key, lang) in [("id", Lang::Indonesian), ("en", Lang::English)] {
        assert_eq!(refusal["text"][key], sync_core::Refusal::OutsideGrant.text(lang));
        assert_eq!(refusal["remedy"][key], sync_core::Refusal::OutsideGrant.remedy(lang));
    }
}

#[test]
fn a_refused_report_blocks_nothing_and_goes_through_once_the_grant_is_given() {
    let world = World::new(71);
    let yosef = world.officer(1, "officer", &[VILLAGE, OTHER]);
    lose(&world, &yosef, VILLAGE);
    let refused = yosef.file("deteksi-dini", VILLAGE);
    yosef.set(refused, "rt", "004");
    let good = yosef.file("deteksi-dini", OTHER);
    world.sync(&yosef);
    assert_eq!((delivery(&yosef.device, refused), delivery(&yosef.device, good)), (Delivery::Refused, Delivery::Delivered));
    let failure = yosef.device.failure(refused).unwrap();
    assert_eq!((failure.reason.code().as_str(), failure.whole, failure.changes, failure.only_copy), ("outside-grant", true, 2, false));
    assert!(failure.since.is_some() && failure.wanted["rt"] == "004");
    // What is made on it would be refused with it: the officer is told where to go instead.
    let error = yosef.device.edit(refused, &[("rt".parse().unwrap(), json!("005"))]).unwrap_err();
    assert_eq!(error.code(), "refused");
    assert!(error.remedy(Lang::Indonesian).contains("outbox correct"));
    assert_eq!(yosef.comment(refused, "tolong").unwrap_err().code(), "refused");
    // Sent again too early, it is refused again.
    yosef.device.retry(refused).unwrap();
    assert_eq!(delivery(&yosef.device, refused), Delivery::Saved);
    world.sync(&yosef);
    assert_eq!(delivery(&yosef.device, refused), Delivery::Refused);
    world.grant(yosef.nrp, VILLAGE, Class::Biasa);
    let yosef = world.reopen(yosef).unwrap();
    yosef.device.retry(refused).unwrap();
    let yosef = world.reopen(yosef).unwrap();
    assert_eq!(states(&yosef.device), [(Delivery::Saved, 1), (Delivery::Delivered, 1)]);
    world.sync(&yosef);
    assert_eq!(states(&yosef.device), [(Delivery::Delivered, 2)]);
    assert_eq!(world.reports().len(), 2);
    assert_eq!(yosef.device.failure(refused).unwrap_err().code(), "nothing-refused");
    assert_eq!(yosef.device.retry(refused).unwrap_err().code(), "nothing-refused");
    // It is an ordinary report again.
    yosef.set(refused, "rt", "006");
    world.sync(&yosef);
    assert_eq!(delivery(&yosef.device, refused), Delivery::Delivered);
}

#[test]
fn a_report_that_was_refused_whole_is_corrected_into_a_new_one() {
    let world = World::new(72);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE, OTHER]), world.officer(2, "polsek", &["53.03.01"]));
    lose(&world, &yosef, VILLAGE);
    let old = yosef.file("deteksi-dini", VILLAGE);
    yosef.comment(old, "Sudah dilaporkan lewat telepon.").unwrap();
    yosef.set(old, "rw", "002");
    world.sync(&yosef);
    let correction = Correction { set: vec![("rt".parse().unwrap(), json!("011"))], ..Correction::default() };
    // The unit is still not his: nothing has changed.
    assert_eq!(yosef.device.correct(old, &correction).unwrap_err().code(), "outside-area");
    let wrong =
        Correction { set: vec![("urgensi".parse().unwrap(), json!("entah"))], unit: Some(OTHER.parse().unwrap()), ..Correction::default() };
    assert_eq!(yosef.device.correct(old, &wrong).unwrap_err().code(), "invalid");
    assert_eq!(states(&yosef.device), [(Delivery::Refused, 1)]);
    let new = yosef.device.correct(old, &Correction { unit: Some(OTHER.parse().unwrap()), ..correction }).unwrap();
    assert_ne!(new, old);
    let yosef = world.reopen(yosef).unwrap();
    assert_eq!(states(&yosef.device), [(Delivery::Saved, 1)], "the old one has left the list");
    let (shown, before) = (yosef.device.show(new).unwrap(), yosef.device.show(old).unwrap());
    assert_eq!((shown.replaces, before.replaced_by, before.summary.delivery), (Some(old), Some(new), Delivery::Refused));
    assert_eq!((&shown.data["rt"], &shown.data["rw"]), (&json!("011"), &json!("002")));
    assert_eq!(shown.summary.recorded_at, before.summary.recorded_at, "it was recorded when it was recorded");
    assert_eq!((shown.comments.len(), shown.repeats.len()), (1, 0));
    world.sync(&yosef);
    world.sync(&polsek);
    assert_eq!(states(&yosef.device), [(Delivery::Delivered, 1)]);
    let there = polsek.device.show(new).unwrap();
    assert_eq!((there.summary.unit.to_string().as_str(), &there.data["rt"], there.comments.len()), (OTHER, &json!("011"), 1));
    assert_eq!(world.reports().len(), 1);
    // What is corrected is done with, and its bytes stay.
    assert_eq!(yosef.device.retry(old).unwrap_err().code(), "nothing-refused");
    assert_eq!(yosef.device.correct(old, &Correction::default()).unwrap_err().code(), "nothing-refused");
    let export = yosef.device.export(old).unwrap();
    assert_eq!((export["changes"].as_array().unwrap().len(), &export["failure"]["replaced_by"]), (3, &json!(new.to_string())));
}

#[test]
fn a_refused_edit_is_written_anew_over_what_others_wrote_meanwhile() {
    let world = World::new(73);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    world.sync(&maria);
    lose(&world, &maria, VILLAGE);
    maria.set(report, "rt", "021");
    maria.set(report, "rw", "022");
    maria.comment(report, "Saya lihat sendiri.").unwrap();
    yosef.set(report, "rw", "009");
    yosef.set(report, "keseringan", "kadang");
    world.sync(&yosef);
    world.sync(&maria);
    let failure = maria.device.failure(report).unwrap();
    assert_eq!((failure.whole, failure.changes, failure.wrote.as_slice()), (false, 3, &["rt".to_owned(), "rw".to_owned()][..]));
    assert_eq!((&failure.wanted["rt"], &failure.wanted["rw"], failure.comments.len()), (&json!("021"), &json!("022"), 1));
    assert_eq!(maria.shows(report, "rt"), "003", "the document is without it");
    world.grant(maria.nrp, VILLAGE, Class::Biasa);
    world.sync(&maria);
    assert_eq!(maria.shows(report, "rw"), "009");
    let moved = Correction { unit: Some(OTHER.parse().unwrap()), ..Correction::default() };
    assert_eq!(maria.device.correct(report, &moved).unwrap_err().code(), "not-allowed");
    let correction = Correction { set: vec![("rt".parse().unwrap(), json!("023"))], without: vec!["rw".parse().unwrap()], unit: None };
    assert_eq!(maria.device.correct(report, &correction).unwrap(), report);
    let maria = world.reopen(maria).unwrap();
    assert_eq!(states(&maria.device), [(Delivery::Saved, 1)]);
    world.sync(&maria);
    world.sync(&yosef);
    for person in [&maria, &yosef] {
        assert_eq!((person.shows(report, "rt"), person.shows(report, "rw")), (json!("023"), json!("009")));
        assert_eq!(person.shows(report, "keseringan"), "kadang", "what others wrote stays");
        assert_eq!(states(&person.device), [(Delivery::Delivered, 1)]);
        let shown = person.device.show(report).unwrap();
        assert_eq!((shown.comments.len(), shown.conflicts.len()), (1, 0));
    }
    // The refused changes stay beside the document; the new one is of another actor.
    let export = maria.device.export(report).unwrap();
    let kept: Vec<&Value> = export["changes"].as_array().unwrap().iter().collect();
    assert_eq!(kept.len(), 3);
    let history = maria.device.history(report).unwrap();
    assert_eq!(history.iter().filter(|one| one.delivery == Delivery::Refused).count(), 3);
    assert_eq!(yosef.device.history(report).unwrap().len(), 4, "birth, two edits, one correction");
}

/// After a refusal the same opening of the store goes on writing: never under a number that a refused change has.
#[test]
fn an_actor_with_a_refused_change_writes_no_more() {
    let world = World::new(74);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    world.sync(&maria);
    maria.set(report, "rt", "005");
    world.sync(&maria);
    lose(&world, &maria, VILLAGE);
    maria.set(report, "rt", "006");
    world.sync(&maria);
    world.grant(maria.nrp, VILLAGE, Class::Biasa);
    world.sync(&maria);
    maria.set(report, "rw", "007");
    world.sync(&maria);
    maria.device.retry(report).unwrap();
    world.sync(&maria);
    world.sync(&yosef);
    assert_eq!((yosef.shows(report, "rt"), yosef.shows(report, "rw")), (json!("006"), json!("007")));
    assert_eq!(states(&maria.device), [(Delivery::Delivered, 1)]);
    let export = maria.device.export(report).unwrap();
    assert_eq!(export["changes"], json!([]));
}

#[test]
fn nothing_is_put_aside_unseen_and_all_of_it_can_be_taken_back() {
    let world = World::new(75);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    lose(&world, &yosef, VILLAGE);
    let report = yosef.file("deteksi-dini", VILLAGE);
    yosef.set(report, "rt", "004");
    world.sync(&yosef);
    assert_eq!(yosef.device.discard(report, 1).unwrap_err().code(), "not-confirmed");
    assert_eq!(states(&yosef.device), [(Delivery::Refused, 1)]);
    let seen = yosef.device.failure(report).unwrap().changes;
    yosef.device.discard(report, seen).unwrap();
    let yosef = world.reopen(yosef).unwrap();
    assert_eq!(states(&yosef.device), []);
    assert!(yosef.device.outbox().unwrap().is_empty() && yosef.device.search("gudang").unwrap().is_empty());
    assert_eq!(delivery(&yosef.device, report), Delivery::Refused, "never as if it had been delivered");
    let export = yosef.device.export(report).unwrap();
    assert_eq!((export["changes"].as_array().unwrap().len(), &export["report"]["data"]["rt"]), (2, &json!("004")));
    assert!(export["changes"][0]["bytes"].as_str().unwrap().len() > 100);
    world.grant(yosef.nrp, VILLAGE, Class::Biasa);
    world.sync(&yosef);
    yosef.device.retry(report).unwrap();
    world.sync(&yosef);
    assert_eq!(states(&yosef.device), [(Delivery::Delivered, 1)]);
}

#[test]
fn a_full_quarantine_is_told_and_a_reason_of_a_newer_centre_is_kept() {
    let world = World::new(76);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let centre = rusqlite::Connection::open(world.directory().join("sambang.db")).unwrap();
    let full = "INSERT INTO quarantine (device, digest, received_at, reason, bytes) SELECT id, zeroblob(32), 1, 'dangerous', zeroblob(8388608) FROM device";
    centre.execute(full, []).unwrap();
    lose(&world, &yosef, VILLAGE);
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    assert!(yosef.device.failure(report).unwrap().only_copy);
    assert_eq!(world.server.quarantine_quotas().unwrap()[0].dropped, 1);
    // Room is made: the next refusal has a copy at the centre.
    centre.execute("DELETE FROM quarantine", []).unwrap();
    yosef.device.retry(report).unwrap();
    world.sync(&yosef);
    assert!(!yosef.device.failure(report).unwrap().only_copy);
    let kept = world.server.quarantine(None).unwrap();
    assert_eq!((kept.len(), kept[0].reason.as_str(), kept[0].nrp.as_str()), (1, "outside-grant", yosef.nrp.to_string().as_str()));
    let shown = world.server.quarantined(kept[0].id).unwrap();
    assert_eq!((shown.glance.report, shown.glance.stopped, shown.bytes.len() as u64), (Some(report), None, kept[0].bytes));
    assert!(shown.glance.changes[0].words.iter().any(|word| word.contains("kendaraan tanpa nomor")), "{:?}", shown.glance);

    let Person { store, device, .. } = yosef;
    drop(device);
    let db = rusqlite::Connection::open(&store).unwrap();
    assert_eq!(db.execute("UPDATE change SET refusal = 99 WHERE fate = 'refused'", []).unwrap(), 1);
    drop(db);
    let device = Device::open(&store).unwrap();
    let one = device.outbox().unwrap().remove(0);
    assert_eq!((one.delivery, one.json()["refusal"]["code"].clone()), (Delivery::Refused, json!("refusal-99")));
    assert!(one.refusal.unwrap().text().id.contains("99"));
}
