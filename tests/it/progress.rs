//! What an exchange came to, as the device counts it and its scheduler hears it: the wait grows only after one that brought nothing on.

use local_store::Synced;
use sync_core::form::Class;
use sync_core::scheduler::Portion;
use sync_server::Server;
use tests::world::{Person, World};

use crate::forms::new_kind;
use crate::journal::{back_up, gone_back};

const VILLAGE: &str = "53.03.01.2005";
const OTHER: &str = "53.03.02.2001";
/// In the same regency.
const NEIGHBOUR: &str = "53.03.01.2006";

/// One exchange that sends one report at most, and whether the device waits longer after it.
fn exchange(person: &Person, server: &Server, world: &World) -> (Synced, bool) {
    let request = person.device.request_portion(Portion { bytes_max: 1, urgent_only: false }).unwrap();
    let reply = server.exchange(&request, world.now()).unwrap();
    let synced = person.device.apply(&reply).unwrap();
    assert_eq!(synced.bytes_down, reply.len() as u64);
    (synced, person.device.status().unwrap().next_attempt.unwrap().why == "back-off")
}

/// Delivered, held, refused and voided changes, and whether all is done.
fn counts(synced: &Synced) -> ([u64; 4], bool) {
    ([synced.delivered, synced.held, synced.refused, synced.voided], synced.complete)
}

#[test]
fn each_kind_of_answer_brings_it_on_and_none_does_not() {
    let world = World::new(61);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE, OTHER]), world.officer(2, "officer", &[NEIGHBOUR]));
    world.sync(&yosef);
    let backups = back_up(&world);
    for _ in 0..6 {
        yosef.file("deteksi-dini", VILLAGE);
    }
    let next = || exchange(&yosef, &world.server, &world);
    for _ in 0..2 {
        let (synced, waits) = next();
        assert_eq!((counts(&synced), waits), (([1, 0, 0, 0], false), false));
    }
    world.end_grant(yosef.nrp, VILLAGE, Class::Biasa);
    // What she files is not for him: of the feeds that he has left come pages with nothing in them.
    maria.file("deteksi-dini", NEIGHBOUR);
    world.sync(&maria);
    let (synced, waits) = next();
    assert_eq!((counts(&synced), waits), (([0; 4], false), true), "he hears that his grant has ended, and nothing else");
    for _ in 0..2 {
        let (synced, waits) = next();
        assert_eq!((counts(&synced), waits), (([0, 1, 0, 0], false), false));
    }
    world.wait_days(100);
    let (synced, waits) = next();
    assert_eq!((counts(&synced), waits), (([0, 0, 1, 0], false), false));
    let (synced, waits) = next();
    assert_eq!((synced.refused, waits), (1, false));
    while !next().0.complete {}

    // The centre goes back to before all of it.
    let (synced, waits) = exchange(&yosef, &gone_back(&world, &backups), &world);
    assert_eq!((counts(&synced), waits), (([0, 0, 0, 2], false), false));
}

#[test]
fn what_comes_brings_it_on_and_what_is_left_is_asked_for() {
    let world = World::new(62);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "polsek", &["53.03.01"]));
    world.sync(&polsek);
    yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    world.server.add_form(new_kind(), world.now()).unwrap();
    // Reports first: that there is a form, too, it only hears.
    let (synced, waits) = exchange(&polsek, &world.server, &world);
    assert_eq!((synced.received > 0, synced.complete, waits), (true, false, false));
    let (synced, waits) = exchange(&polsek, &world.server, &world);
    assert_eq!((synced.received, synced.complete, waits), (0, true, false));
    // Reports alone, of which there are more.
    (0..2).for_each(|_| _ = yosef.file("deteksi-dini", VILLAGE));
    world.sync(&yosef);
    let (synced, waits) = exchange(&polsek, &world.server, &world);
    assert_eq!((synced.received > 0, synced.complete, waits), (true, false, false));
}

#[test]
fn while_there_is_more_to_ask_it_does_not_rest() {
    let world = World::new(63);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    (0..4).for_each(|_| _ = yosef.file("deteksi-dini", VILLAGE));
    world.end_grant(yosef.nrp, VILLAGE, Class::Biasa);
    world.sync(&yosef);
    (0..4).for_each(|_| world.settle_held(true));
    let why = || yosef.device.status().unwrap().next_attempt.unwrap().why;
    assert_eq!((yosef.device.status().unwrap().held, why()), (4, "rest"));
    // Two questions an exchange.
    let synced = world.exchange(&yosef);
    assert_eq!((synced.delivered, synced.complete), (2, false));
    assert_ne!(why(), "rest");
    world.sync(&yosef);
    assert_eq!((yosef.device.status().unwrap().held, why()), (0, "rest"));
}

#[test]
fn while_a_repair_is_due_it_does_not_rest() {
    let world = World::new(64);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    let why = || yosef.device.status().unwrap().next_attempt.unwrap().why;
    assert_eq!(why(), "rest");
    world.centre_changes("UPDATE feed SET sum = sum + 1 WHERE documents > 0");
    // The fingerprints differ once, and once more.
    let complete = [(); 2].map(|()| exchange(&yosef, &world.server, &world)).map(|(synced, waits)| (synced.complete, waits));
    assert_eq!((complete, why() == "rest"), ([(true, false), (false, false)], false));
}

/// NEED_LAST: what waits for an operator stops nothing behind it.
#[test]
fn what_the_centre_needs_something_for_goes_behind_the_others() {
    let world = World::new(68);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let stuck = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    let id = stuck.to_string().replace('-', "");
    world.centre_changes(&format!("UPDATE change SET bytes = zeroblob(200) WHERE document = x'{id}'"));
    yosef.set(stuck, "rt", "009");
    for _ in 0..3 {
        yosef.file("deteksi-dini", VILLAGE);
    }
    let next = || exchange(&yosef, &world.server, &world).0.delivered;
    assert_eq!([(); 5].map(|()| next()), [0, 0, 1, 1, 1], "an answer may be *need* once for the sake of the exchange");
    assert_eq!((next(), yosef.unsent()), (0, 1));
    // A form comes, which may be what it waits for: it counts as never asked.
    world.server.add_form(new_kind(), world.now()).unwrap();
    assert_eq!(next(), 0);
    yosef.file("deteksi-dini", VILLAGE);
    assert_eq!([(); 3].map(|()| next()), [0, 0, 1]);
}
