//! What was refused is answered on both sides: a supervisor's word in the failure inbox, and what the officer did about it when the centre changes its mind.

use local_store::{Correction, Delivery, Filter};
use serde_json::json;
use sync_core::form::Class;
use sync_server::Admit;
use tests::world::{Person, World};

use crate::held::{OTHER, VILLAGE, delivery, discard, moves};

const WORDS: &str = "Sudah dilaporkan oleh petugas yang baru.";

fn waiting(person: &Person) -> usize {
    person.device.outbox().unwrap().len()
}

#[test]
fn a_supervisors_word_stands_in_the_inbox_and_what_was_put_aside_comes_back_when_he_takes_it_back() {
    let world = World::new(110);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    yosef.set(report, "rt", "007");
    moves(&world, &yosef);
    world.sync(&yosef);
    discard(&world, report, WORDS);
    world.sync(&yosef);
    let failure = yosef.device.failure(report).unwrap();
    assert_eq!((failure.reason.code().as_str(), failure.reason.said(), failure.changes), ("discarded", WORDS, 2));
    assert!(failure.whole && failure.since.is_some());
    assert_eq!(yosef.device.export(report).unwrap()["failure"]["refusal"]["reason"], WORDS);
    // Sent again it gets the same answer, and the words with the next question.
    yosef.device.retry(report).unwrap();
    assert_eq!(delivery(&yosef, report), Delivery::Saved);
    world.sync(&yosef);
    world.sync(&yosef);
    assert_eq!(yosef.device.failure(report).unwrap().reason.said(), WORDS);
    yosef.device.discard(report, 2).unwrap();
    // Asking about it does not put it back into the inbox.
    for _ in 0..3 {
        world.sync(&yosef);
        assert_eq!((waiting(&yosef), yosef.device.list(&Filter::default()).unwrap().len()), (0, 0));
    }
    assert_eq!(world.server.admit_held(report, Admit::Discarded, "AKP Maria", world.now()).unwrap().accepted, 2);
    world.sync(&yosef);
    world.sync(&yosef);
    assert_eq!((delivery(&yosef, report), waiting(&yosef)), (Delivery::Delivered, 0));
    assert_eq!(yosef.device.list(&Filter::default()).unwrap().len(), 1, "its writer sees it, though no grant shows it");
    assert_eq!(yosef.device.failure(report).unwrap_err().code(), "nothing-refused");
}

/// What was refused only for the sake of another change is free when that one is accepted: but not what the officer has written anew since.
#[test]
fn what_was_corrected_is_not_sent_again_when_its_base_is_accepted() {
    let world = World::new(111);
    let mut yosef = world.officer(1, "officer", &[VILLAGE, OTHER]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    let pending = world.backup(&yosef);
    yosef.set(report, "rt", "006");
    world.end_grant(yosef.nrp, VILLAGE, Class::Biasa);
    world.wait_days(91);
    world.sync(&yosef);
    let correction =
        Correction { set: vec![("rt".parse().unwrap(), json!("008"))], unit: Some(OTHER.parse().unwrap()), ..Correction::default() };
    let new = yosef.device.correct(report, &correction).unwrap();
    let corrected = world.backup(&yosef);
    world.grant(yosef.nrp, VILLAGE, Class::Biasa);
    world.restore(&mut yosef, &pending);
    world.sync(&yosef);
    world.restore(&mut yosef, &corrected);
    for _ in 0..3 {
        world.sync(&yosef);
    }
    assert_eq!(delivery(&yosef, new), Delivery::Delivered);
    assert_eq!((world.server.report(report).unwrap()["data"]["rt"].clone(), waiting(&yosef)), (json!("003"), 0));
    assert_eq!(world.server.report(new).unwrap()["data"]["rt"], "008");
}
