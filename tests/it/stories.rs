//! Stories of bad days, as an officer and his supervisor see them. Each ends with the whole oracle: nothing lost, nothing twice, all see the same.

use std::path::Path;

use local_store::{Choice, Decision, Portion};
use serde_json::json;
use sync_core::form::Class;
use sync_core::sim::{Accident, Fault, Faults, Profile, Schedule};
use tests::world::{Person, World, early_detection};

const VILLAGE: &str = "53.03.01.2005";
const NEXT_VILLAGE: &str = "53.03.01.2006";
const KIND: &str = "deteksi-dini";
const MINUTE_MS: u64 = 60_000;
const YEAR_MS: i64 = 31_536_000_000;

/// An officer and the supervisor of his district.
fn two(seed: u64) -> (World, Person, Person) {
    let world = World::new(seed);
    let (officer, polsek) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "polsek", &["53.03.01"]));
    (world, officer, polsek)
}

fn file_as(person: &Person, unit: &str, number: u64) -> sync_core::ReportId {
    person.try_file(KIND, unit, &early_detection(number)).unwrap()
}

#[test]
fn a_hill_with_three_seconds_of_signal_in_ten_minutes_is_enough() {
    let (world, officer, polsek) = two(101);
    let hill = Profile { name: "hill".to_owned(), signal: Schedule::repeating(3_000, 10 * MINUTE_MS), ..Profile::desa_edge() };
    world.place(&officer, hill);
    let reports: Vec<_> = (0..3).map(|number| file_as(&officer, VILLAGE, number)).collect();
    assert_eq!(officer.word(reports[0]), "tersimpan");
    assert!(world.persist(&officer, 10).is_some());
    assert_eq!((officer.unsent(), officer.word(reports[0])), (0, "terkirim"));
    for report in &reports {
        world.delivered_before(*report, 30 * MINUTE_MS).unwrap();
    }
    world.whole(&[&officer, &polsek]).unwrap();
    assert_eq!(polsek.lists(), 3);
}

#[test]
fn a_reply_that_is_lost_three_times_is_asked_for_again() {
    let (world, officer, polsek) = two(102);
    let report = officer.file(KIND, VILLAGE);
    for _ in 0..3 {
        world.plan(&officer, Accident::ReplyLost);
        world.attempt(&officer).unwrap_err();
        assert_eq!((officer.unsent(), officer.word(report)), (1, "antre"), "the centre has it, the phone does not know and says so");
    }
    world.sync(&officer);
    assert_eq!((officer.unsent(), officer.word(report)), (0, "terkirim"));
    assert_eq!(world.stats(&officer).fault(Fault::ReplyLost), 3);
    world.whole(&[&officer, &polsek]).unwrap();
    assert_eq!((world.reports().len(), polsek.lists()), (1, 1));
}

/// Cuts an exchange at its first byte, the next one at its second, and so on, until a cut falls behind the end; gives how many failed.
fn at_every_byte(world: &World, officer: &Person, report: sync_core::ReportId, accident: AtByte) -> usize {
    let behind_the_end = (0..10_000).find(|at_byte| {
        world.plan(officer, accident(*at_byte));
        let whole = world.attempt(officer).is_ok();
        if !whole {
            assert_eq!((officer.unsent(), officer.word(report)), (1, "antre"), "byte {at_byte}");
        }
        whole
    });
    behind_the_end.unwrap()
}

type AtByte = fn(usize) -> Accident;

#[test]
fn a_cut_at_every_byte_of_a_request_and_of_a_reply_loses_nothing() {
    let (world, officer, polsek) = two(103);
    let kinds: [(AtByte, usize); 4] = [
        (|at_byte| Accident::RequestCut { at_byte }, 200),
        (|at_byte| Accident::RequestShort { at_byte }, 200),
        (|at_byte| Accident::ReplyCut { at_byte }, 70),
        (|at_byte| Accident::ReplyShort { at_byte }, 70),
    ];
    for (number, (accident, least)) in (0..).zip(kinds) {
        let report = file_as(&officer, VILLAGE, number);
        let cuts = at_every_byte(&world, &officer, report, accident);
        assert!(cuts > least, "only {cuts} bytes");
        assert_eq!((officer.unsent(), officer.word(report)), (0, "terkirim"));
    }
    world.whole(&[&officer, &polsek]).unwrap();
    assert_eq!(polsek.lists(), 4);
}

#[test]
fn a_captive_portal_delivers_nothing_and_says_nothing_false() {
    let (world, officer, polsek) = two(104);
    let report = officer.file(KIND, VILLAGE);
    for _ in 0..5 {
        world.plan(&officer, Accident::Portal);
        let error = world.attempt(&officer).unwrap_err();
        assert!(error.to_string().starts_with("Yang menjawab bukan pusat"), "{error}");
        assert_eq!((officer.unsent(), officer.word(report)), (1, "antre"));
    }
    assert!(world.reports().is_empty());
    world.sync(&officer);
    world.whole(&[&officer, &polsek]).unwrap();
}

#[test]
fn duplicated_and_late_replies_change_nothing() {
    let (world, officer, polsek) = two(105);
    let report = officer.file(KIND, VILLAGE);
    world.plan(&officer, Accident::RequestTwice { later_ms: 5_000 });
    world.exchange(&officer);
    world.plan(&officer, Accident::ReplyTwice { later_ms: 5_000 });
    world.exchange(&officer);
    officer.set(report, "rt", "004");
    // The phone gives up, and the answer comes an hour later: it is still the answer to the question that is open.
    world.plan(&officer, Accident::ReplyLate { late_ms: 60 * MINUTE_MS });
    world.attempt(&officer).unwrap_err();
    assert_eq!(officer.unsent(), 1);
    let late = world.late(&[&officer, &polsek]);
    assert_eq!(late.iter().filter(|taken| taken.is_ok()).count(), 1, "{late:?}");
    assert_eq!((officer.unsent(), officer.word(report)), (0, "terkirim"));
    world.plan(&officer, Accident::ReplyStale);
    world.attempt(&officer).unwrap_err();
    world.whole(&[&officer, &polsek]).unwrap();
    assert_eq!((world.reports().len(), polsek.shows(report, "rt")), (1, json!("004")));
}

#[test]
fn phones_of_1970_and_of_2099_work_with_everybody_else() {
    let (world, officer, polsek) = two(106);
    let maria = world.officer(3, "officer", &[VILLAGE]);
    world.clock(&officer, -56 * YEAR_MS);
    world.clock(&maria, 73 * YEAR_MS);
    let (old, new) = (file_as(&officer, VILLAGE, 1), file_as(&maria, VILLAGE, 2));
    for person in [&officer, &maria, &officer] {
        world.sync(person);
    }
    officer.set(new, "rt", "007");
    maria.set(old, "rt", "008");
    world.whole(&[&officer, &maria, &polsek]).unwrap();
    // Nobody wins by his clock: each edit stands, in the order in which they were made.
    for person in [&officer, &maria, &polsek] {
        assert_eq!((person.shows(new, "rt"), person.shows(old, "rt"), person.lists()), (json!("007"), json!("008"), 2));
        assert!(person.device.conflicts(new).unwrap().is_empty());
    }
}

#[test]
fn a_phone_killed_at_every_step_of_an_exchange_goes_on() {
    let (world, mut officer, polsek) = two(107);
    let report = officer.file(KIND, VILLAGE);
    world.kill(&mut officer);
    assert_eq!(officer.word(report), "tersimpan", "what was saved is there");
    let reply = world.reply(&officer);
    world.kill(&mut officer);
    assert_eq!(officer.word(report), "antre");
    assert!(world.deliver(&officer, &reply).unwrap().complete, "the answer that came before the end still fits after it");
    world.kill(&mut officer);
    assert_eq!((officer.unsent(), officer.word(report)), (0, "terkirim"));
    world.whole(&[&officer, &polsek]).unwrap();
    assert_eq!(polsek.lists(), 1);
}

#[test]
fn a_save_that_is_cut_before_its_commit_leaves_nothing_and_can_be_made_again() {
    let (world, mut officer, polsek) = two(108);
    let kept = officer.file(KIND, VILLAGE);
    let mut cut = 0;
    for looks in 1..20 {
        if world.kill_in_save(&mut officer, looks, VILLAGE, &early_detection(7)).is_some() {
            break;
        }
        cut += 1;
        assert_eq!((officer.lists(), officer.word(kept)), (1, "tersimpan"));
    }
    assert!(cut >= 4, "only {cut} moments within a save");
    world.whole(&[&officer, &polsek]).unwrap();
    assert_eq!((officer.lists(), polsek.lists()), (2, 2));
}

#[test]
fn a_centre_killed_before_and_after_its_commit_keeps_what_it_receipted() {
    let (mut world, officer, polsek) = two(109);
    let first = officer.file(KIND, VILLAGE);
    let lost = world.reply(&officer);
    world.kill_centre();
    assert_eq!(world.reports().len(), 1);
    assert!(world.deliver(&officer, &lost).unwrap().complete);
    world.kill_centre();
    let second = file_as(&officer, VILLAGE, 2);
    world.reply(&officer);
    world.kill_centre();
    assert_eq!((officer.word(first), officer.word(second)), ("terkirim", "antre"));
    world.whole(&[&officer, &polsek]).unwrap();
    assert_eq!(polsek.lists(), 2);
}

#[test]
fn a_phone_restored_from_a_backup_gets_back_what_was_delivered() {
    let (world, mut officer, polsek) = two(110);
    let old = officer.file(KIND, VILLAGE);
    let backup = world.backup(&officer);
    let delivered = file_as(&officer, VILLAGE, 2);
    officer.set(old, "rt", "004");
    world.sync(&officer);
    let only_here = file_as(&officer, VILLAGE, 3);
    world.restore(&mut officer, &backup);
    assert_eq!((officer.lists(), officer.unsent()), (1, 1), "as on the day of the backup");
    world.sync(&officer);
    assert_eq!((officer.word(delivered), officer.shows(old, "rt")), ("terkirim", json!("004")));
    assert_eq!(officer.device.show(only_here).unwrap_err().code(), "no-such-report", "what was only on the lost phone is gone with it");
    world.whole(&[&officer, &polsek]).unwrap();
    assert_eq!(polsek.lists(), 2);
}

#[test]
fn a_phone_and_its_copy_both_go_on() {
    let (world, officer, polsek) = two(111);
    let shared = officer.file(KIND, VILLAGE);
    let copy = world.clone_phone(&officer);
    officer.set(shared, "rt", "004");
    copy.set(shared, "rw", "009");
    let (left, right) = (file_as(&officer, VILLAGE, 2), file_as(&copy, VILLAGE, 3));
    for person in [&officer, &copy, &officer, &copy] {
        world.sync(person);
    }
    // The centre has noticed, and counts what both have not sent.
    for (person, first, count) in [(&officer, 10, 2), (&copy, 20, 3)] {
        (first..first + count).for_each(|number| _ = file_as(person, VILLAGE, number));
        world.attempt_portion(person, Portion { bytes_max: 1, urgent_only: false }).unwrap();
    }
    let device = world.server.devices().unwrap().into_iter().find(|device| device.nrp == officer.nrp.to_string()).unwrap();
    assert_eq!((device.phones, device.unsent), (2, 3));
    world.settle(&[&officer, &copy]);
    world.whole(&[&officer, &copy, &polsek]).unwrap();
    for person in [&officer, &copy, &polsek] {
        assert_eq!((person.shows(shared, "rt"), person.shows(shared, "rw")), (json!("004"), json!("009")));
        assert_eq!((person.word(left), person.word(right), person.lists()), ("terkirim", "terkirim", 8));
    }
}

#[test]
fn two_officers_say_different_things_and_the_supervisor_decides() {
    let (world, officer, polsek) = two(112);
    let maria = world.officer(3, "officer", &[VILLAGE]);
    let report = officer.file(KIND, VILLAGE);
    for person in [&officer, &maria, &polsek] {
        world.sync(person);
    }
    officer.set(report, "urgensi", "rendah");
    maria.set(report, "urgensi", "sedang");
    world.settle(&[&officer, &maria, &polsek]);
    assert_eq!(polsek.device.conflicts(report).unwrap()[0].variants.len(), 2, "both are shown");
    polsek.resolve(report, "urgensi", Choice::Set(json!("sedang"))).unwrap();
    world.whole(&[&officer, &maria, &polsek]).unwrap();
    for person in [&officer, &maria, &polsek] {
        assert_eq!(person.shows(report, "urgensi"), json!("sedang"));
        assert!(person.device.conflicts(report).unwrap().is_empty());
    }
}

#[test]
fn a_report_that_is_handed_over_moves_and_its_author_keeps_it_in_sight() {
    let (world, officer, polsek) = two(113);
    let (maria, colleague) = (world.officer(3, "officer", &[NEXT_VILLAGE]), world.officer(4, "officer", &[VILLAGE]));
    let report = officer.file(KIND, VILLAGE);
    world.settle(&[&officer, &polsek, &maria, &colleague]);
    assert_eq!((maria.lists(), colleague.lists()), (0, 1));
    polsek.decide(report, &Decision::HandOver { unit: NEXT_VILLAGE.parse().unwrap(), note: String::new() }).unwrap();
    world.whole(&[&officer, &polsek, &maria, &colleague]).unwrap();
    assert_eq!((maria.lists(), colleague.lists(), officer.lists()), (1, 0, 1));
}

#[test]
fn an_officer_who_is_moved_with_unsent_reports_loses_none() {
    let (world, officer, polsek) = two(114);
    let before = officer.file(KIND, VILLAGE);
    world.sync(&officer);
    let unsent = file_as(&officer, VILLAGE, 2);
    world.end_grant(officer.nrp, VILLAGE, Class::Biasa);
    world.grant(officer.nrp, "53.03.02.2001", Class::Biasa);
    world.sync(&officer);
    assert_eq!(officer.word(unsent), "ditahan", "it waits for the supervisor of the old village");
    assert_eq!(world.server.held().unwrap().len(), 1);
    let here = file_as(&officer, "53.03.02.2001", 3);
    world.sync(&officer);
    assert_eq!((officer.word(here), officer.word(before), officer.unsent()), ("terkirim", "terkirim", 0));
    let error = officer.try_file(KIND, VILLAGE, &early_detection(4)).unwrap_err();
    assert_eq!(error.code(), "outside-area");
    world.whole(&[&officer, &polsek]).unwrap();
}

#[test]
fn a_revoked_phone_reads_nothing_and_what_it_had_is_held() {
    let (world, officer, polsek) = two(115);
    let mine = officer.file(KIND, VILLAGE);
    world.sync(&officer);
    let unsent = file_as(&officer, VILLAGE, 2);
    world.revoke(&officer);
    let theirs = file_as(&polsek, VILLAGE, 3);
    world.sync(&polsek);
    world.sync(&officer);
    assert!(officer.device.status().unwrap().revoked);
    assert_eq!((officer.word(unsent), officer.unsent()), ("ditahan", 0));
    assert_eq!(officer.device.show(theirs).unwrap_err().code(), "no-such-report", "nothing new comes to it");
    world.whole(&[&officer, &polsek]).unwrap();
    assert_eq!(polsek.word(mine), "terkirim");
}

#[test]
fn a_boat_delivers_in_its_windows() {
    let (world, officer, polsek) = two(116);
    world.place(&officer, Profile::boat());
    world.wait_ms(2 * 60_000);
    let reports: Vec<_> = (0..20).map(|number| file_as(&officer, VILLAGE, number)).collect();
    assert!(world.attempt(&officer).is_err(), "no signal now");
    assert_eq!(officer.unsent(), 20);
    assert!(world.persist(&officer, 20).is_some());
    for report in reports {
        world.delivered_before(report, 40 * MINUTE_MS).unwrap();
    }
    world.whole(&[&officer, &polsek]).unwrap();
    assert_eq!(polsek.lists(), 20);
}

#[test]
fn a_half_open_connection_costs_time_and_nothing_else() {
    let (world, officer, polsek) = two(117);
    let report = officer.file(KIND, VILLAGE);
    let before = world.elapsed_ms();
    world.plan(&officer, Accident::HalfOpen);
    assert_eq!(world.attempt(&officer).unwrap_err().to_string(), "no reply in time");
    assert_eq!(world.elapsed_ms() - before, sync_core::sim::PATIENCE_MS);
    assert_eq!(officer.word(report), "antre");
    world.sync(&officer);
    world.whole(&[&officer, &polsek]).unwrap();
}

#[test]
fn a_metered_week_of_daily_reports_costs_few_bytes() {
    let (world, officer, polsek) = two(118);
    world.place(&officer, Profile::desa_edge());
    let before = world.stats(&officer);
    for day in 0..7 {
        file_as(&officer, VILLAGE, day);
        assert!(world.persist(&officer, 3).is_some());
        world.wait_days(1);
    }
    let stats = world.stats(&officer);
    assert_eq!(stats.metered_bytes, stats.bytes_up + stats.bytes_down - before.bytes_up - before.bytes_down);
    world.bytes_below(&officer, 10_000).unwrap();
    world.requests_below(&officer, 12).unwrap();
    world.whole(&[&officer, &polsek]).unwrap();
}

#[test]
fn five_phones_have_a_bad_day_and_agree_in_the_evening() {
    let world = World::new(119);
    let people = [
        world.officer(1, "officer", &[VILLAGE]),
        world.officer(2, "officer", &[NEXT_VILLAGE]),
        world.officer(3, "officer", &["53.03.02.2001"]),
        world.officer(4, "polsek", &["53.03.01"]),
        world.officer(5, "polres", &["53.03"]),
    ];
    let villages = [VILLAGE, NEXT_VILLAGE, "53.03.02.2001"];
    for (person, place) in
        people.iter().zip([Profile::boat(), Profile::weak_2g(), Profile::tunnel(), Profile::desa_edge(), Profile::office_wifi()])
    {
        world.place(person, place);
        world.faults(person, Faults::swarm(119));
    }
    for hour in 0..12 {
        for (person, village) in people.iter().zip(villages) {
            file_as(person, village, hour * 10 + u64::from(person.nrp.number() % 10));
        }
        for person in &people {
            world.persist(person, 3);
        }
        world.wait_ms(3_600_000);
    }
    let all: Vec<&Person> = people.iter().collect();
    world.whole(&all).unwrap();
    assert_eq!(people.iter().map(Person::lists).collect::<Vec<_>>(), [12, 12, 12, 24, 36]);
    assert!(people.iter().all(|person| person.unsent() == 0));
    let tally = world.tally();
    let of_the_place = tally.of("fault no_signal") + tally.of("fault signal_lost") + tally.of("fault stall");
    assert!(of_the_place > 0 && tally.of("fault reply_late") > 0, "a quiet day: {tally}");
}

#[test]
fn poisonous_items_among_good_ones_block_none_of_them() {
    let (world, officer, polsek) = two(120);
    let good: Vec<_> = (0..3).map(|number| file_as(&officer, VILLAGE, number)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let hostile: Vec<Vec<u8>> =
        files.iter().filter(|path| path.extension().is_some_and(|name| name == "bin")).map(|path| std::fs::read(path).unwrap()).collect();
    assert!(hostile.len() >= 14);
    let taken = world.poison(&officer, &hostile);
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 3, "{taken:?}");
    assert!(taken.iter().rev().take(3).all(|taken| *taken), "the good ones came after all the others");
    world.whole(&[&officer, &polsek]).unwrap();
    assert!(good.iter().all(|report| officer.word(*report) == "terkirim"));
    assert_eq!((world.reports().len(), polsek.lists()), (3, 3));
}

#[test]
fn a_new_phone_for_the_same_officer_gets_what_the_old_one_delivered() {
    let (world, officer, polsek) = two(121);
    let delivered = officer.file(KIND, VILLAGE);
    world.sync(&officer);
    polsek.device.status().unwrap();
    world.sync(&polsek);
    polsek.decide(delivered, &Decision::Return { reason: "Lengkapi RT.".to_owned() }).unwrap();
    world.sync(&polsek);
    // The old phone is at the bottom of the sea.
    world.revoke(&officer);
    let again = world.second_phone(officer.nrp);
    assert_eq!((again.lists(), again.word(delivered)), (1, "terkirim"));
    again.set(delivered, "rt", "005");
    world.whole(&[&again, &polsek]).unwrap();
    assert_eq!(polsek.device.show(delivered).unwrap().summary.status, "answered");
}
