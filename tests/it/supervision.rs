//! The answer comes back: decisions on all devices, moves, and what an officer keeps in sight.

use local_store::{Decision, Delivery};
use serde_json::json;
use sync_core::form::Class;
use tests::world::World;

const VILLAGE: &str = "53.03.01.2005";
const OTHER: &str = "53.03.01.2006";

#[test]
fn a_returned_report_comes_first_and_an_edit_answers_it() {
    let world = World::new(11);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "polsek", &["53.03.01"]));
    let first = yosef.file("deteksi-dini", VILLAGE);
    let second = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    world.sync(&polsek);
    polsek.device.decide(first, &Decision::Return { reason: "Lengkapi RT.".to_owned() }).unwrap();
    polsek.device.comment(second, "Terima kasih.").unwrap();
    world.sync(&polsek);
    world.sync(&yosef);
    let list = yosef.device.list(&Default::default()).unwrap();
    assert_eq!((list[0].id, list[0].status.as_str()), (first, "returned"));
    let shown = yosef.device.show(first).unwrap();
    assert!(shown.decisions[0].texts.contains(&("text".to_owned(), "Lengkapi RT.".to_owned())));
    assert_eq!(shown.decisions[0].by.nrp, Some(polsek.nrp));
    assert_eq!(yosef.device.show(second).unwrap().comments.len(), 1);
    yosef.set(first, "rt", "004");
    world.sync(&yosef);
    world.sync(&polsek);
    assert_eq!(polsek.device.show(first).unwrap().summary.status, "answered");
    polsek.device.decide(first, &Decision::Handle { note: String::new() }).unwrap();
    world.sync(&polsek);
    world.sync(&yosef);
    assert_eq!(yosef.device.show(first).unwrap().summary.status, "handled");
}

#[test]
fn two_supervisors_disagree_offline_and_a_third_decision_settles_it_everywhere() {
    let world = World::new(12);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let (polsek, polres) = (world.officer(2, "polsek", &["53.03.01"]), world.officer(3, "polres", &["53.03"]));
    let report = yosef.file("deteksi-dini", VILLAGE);
    for person in [&yosef, &polsek, &polres] {
        world.sync(person);
    }
    polsek.device.decide(report, &Decision::Return { reason: "Kurang lengkap.".to_owned() }).unwrap();
    polres.device.decide(report, &Decision::Handle { note: "Cukup.".to_owned() }).unwrap();
    for person in [&polsek, &polres, &polsek, &yosef] {
        world.sync(person);
    }
    for person in [&polsek, &polres, &yosef] {
        let shown = person.device.show(report).unwrap();
        assert_eq!((shown.summary.status.as_str(), shown.decisions.len()), ("disputed", 2));
        assert!(shown.reason.is_some());
    }
    polres.device.decide(report, &Decision::Handle { note: "Diputuskan bersama.".to_owned() }).unwrap();
    for person in [&polres, &polsek, &yosef] {
        world.sync(person);
        assert_eq!(person.device.show(report).unwrap().summary.status, "handled");
    }
}

#[test]
fn an_officer_keeps_in_sight_what_he_wrote_when_it_is_moved_or_made_secret() {
    let world = World::new(13);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[OTHER]));
    let polsek = world.officer(3, "polsek", &["53.03.01"]);
    let (moved, secret) = (yosef.file("deteksi-dini", VILLAGE), yosef.file("deteksi-dini", VILLAGE));
    let colleague = world.officer(4, "officer", &[VILLAGE]);
    for person in [&yosef, &maria, &polsek, &colleague] {
        world.sync(person);
    }
    assert_eq!(colleague.device.list(&Default::default()).unwrap().len(), 2);
    polsek.device.decide(moved, &Decision::HandOver { unit: OTHER.parse().unwrap(), note: String::new() }).unwrap();
    polsek.device.decide(secret, &Decision::Reclassify { class: Class::Rahasia, note: String::new() }).unwrap();
    for person in [&polsek, &yosef, &maria, &colleague] {
        world.sync(person);
    }
    assert_eq!(yosef.device.list(&Default::default()).unwrap().len(), 2, "his own, wherever they stand");
    assert_eq!(maria.device.list(&Default::default()).unwrap().len(), 1, "what was handed over to her village");
    assert!(colleague.device.list(&Default::default()).unwrap().is_empty(), "neither stands in his village any more");
    assert_eq!(colleague.device.show(secret).unwrap_err().code(), "no-such-report");
    yosef.set(moved, "rt", "009");
    world.sync(&yosef);
    world.sync(&maria);
    assert_eq!(maria.shows(moved, "rt"), json!("009"));
}

#[test]
fn an_officer_decides_nothing_and_is_told_before_it_is_stored() {
    let world = World::new(14);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    world.sync(&maria);
    let note = String::new;
    for decision in [
        Decision::Return { reason: "x".to_owned() },
        Decision::Handle { note: note() },
        Decision::Escalate { note: note() },
        Decision::HandOver { unit: OTHER.parse().unwrap(), note: note() },
        Decision::Reclassify { class: Class::Rahasia, note: note() },
    ] {
        assert_eq!(yosef.device.decide(report, &decision).unwrap_err().code(), "not-allowed", "{decision:?}");
    }
    assert_eq!(maria.device.withdraw(report, "bukan milik saya").unwrap_err().code(), "not-allowed");
    assert_eq!(maria.device.history(report).unwrap().len(), 1);
    yosef.device.withdraw(report, "Salah desa.").unwrap();
    world.sync(&yosef);
    world.sync(&maria);
    let shown = maria.device.show(report).unwrap();
    assert_eq!((shown.summary.status.as_str(), shown.summary.delivery), ("withdrawn", Delivery::Delivered));
    assert_eq!(yosef.device.edit(report, &[("rt".parse().unwrap(), json!("1"))]).unwrap_err().code(), "withdrawn");
}

#[test]
fn a_follow_up_takes_over_the_household_and_is_listed_where_it_began() {
    let world = World::new(15);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let file = tests::programs::workspace().join("sync-core/forms/examples/dds-warga.full.json");
    let data = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let visit = yosef.device.file("dds-warga", VILLAGE.parse().unwrap(), &data).unwrap();
    let mut next = yosef.device.follow_up("dds-warga", visit).unwrap();
    assert_eq!(next["kunjungan_ke"], json!(3));
    assert_eq!(next["nama_kepala_keluarga"], data["nama_kepala_keluarga"]);
    assert_eq!(next["anggota"].as_array().unwrap().len(), data["anggota"].as_array().unwrap().len());
    assert!(next.get("pendapat").is_none(), "what was said that day is not said again");
    next["tanggal"] = json!("2026-11-25");
    next["uraian"] = json!("Kunjungan ulang: anak sulung sudah diterima bekerja di koperasi, keluarga berterima kasih.");
    let again = yosef.device.file("dds-warga", VILLAGE.parse().unwrap(), &next).unwrap();
    let referring: Vec<_> = yosef.device.show(visit).unwrap().referred_by.iter().map(|one| one.id).collect();
    assert_eq!(referring, [again]);
}

#[test]
fn a_copied_description_warns_and_is_saved_all_the_same() {
    let world = World::new(16);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let first = yosef.file("deteksi-dini", VILLAGE);
    let copy = yosef.file("deteksi-dini", VILLAGE);
    let other = yosef.device.file("deteksi-dini", VILLAGE.parse().unwrap(), &{
        let mut data = tests::world::early_detection(1);
        data["uraian"] = json!("Dua kelompok pemuda bertengkar setelah pertandingan bola voli; kepala dusun sudah menenangkan mereka.");
        data
    });
    let repeats = yosef.device.show(copy).unwrap().repeats;
    assert_eq!(repeats.iter().map(|one| (one.id, one.same)).collect::<Vec<_>>(), [(first, true)]);
    assert!(yosef.device.show(first).unwrap().repeats.is_empty(), "the first is no copy");
    assert!(yosef.device.show(other.unwrap()).unwrap().repeats.is_empty());
}
