//! The centre goes back in time: an old backup restored, a machine rolled back, also while other devices push past the lost range. Every device
//! notices in its next exchange, and what any of them still holds comes back.

use std::collections::{BTreeMap, BTreeSet};

use local_store::{Decision, Delivery};
use sync_core::change::Item;
use sync_core::document::{Birth, create};
use sync_core::exchange::ItemProofs;
use sync_core::form::Form;
use sync_core::proof::{Proof, Token};
use sync_core::{Actor, ReportId};
use tests::world::{CentreBackup, Person, World, early_detection};

const VILLAGE: &str = "53.03.01.2005";
const OTHER: &str = "53.03.01.2006";

fn delivery(person: &Person, report: ReportId) -> Delivery {
    person.device.show(report).unwrap().summary.delivery
}

fn voided(person: &Person) -> u64 {
    person.device.status().unwrap().voided
}

#[test]
fn what_the_centre_lost_is_pending_again_in_the_same_exchange_and_comes_back() {
    let mut world = World::new(170);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[OTHER]));
    let old = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    let backup = world.back_up_centre();
    let lost = [yosef.file("deteksi-dini", VILLAGE), yosef.file("deteksi-dini", VILLAGE)];
    world.sync(&yosef);
    assert_eq!((delivery(&yosef, lost[0]), voided(&yosef)), (Delivery::Delivered, 0));
    world.roll_back_centre(&backup);
    // Others push past the lost range before he comes: the numbers alone would look right to him.
    for _ in 0..5 {
        maria.file("deteksi-dini", OTHER);
    }
    world.sync(&maria);
    assert_eq!(world.reports().len(), 6);

    let first = world.exchange(&yosef);
    assert_eq!((first.voided, first.complete), (2, false));
    assert_eq!((delivery(&yosef, old), delivery(&yosef, lost[0])), (Delivery::Delivered, Delivery::Saved));
    assert_eq!((yosef.unsent(), voided(&yosef)), (2, 2));
    let words = yosef.device.status().unwrap().voided_words().unwrap();
    assert!(words.id.contains("2 laporan") && words.en.contains("lost 2 reports"), "{words:?}");
    world.sync(&yosef);
    assert_eq!((yosef.unsent(), voided(&yosef), world.reports().len()), (0, 0, 8));
    assert_eq!(delivery(&yosef, lost[1]), Delivery::Delivered);
    world.whole(&[&yosef, &maria]).unwrap();
}

/// A phone that was put back gets its own report from the centre; when the centre loses it, it is unsent there as any other of its own.
#[test]
fn what_came_back_to_its_own_phone_counts_as_unsent_when_the_centre_loses_it() {
    let mut world = World::new(179);
    let mut yosef = world.officer(1, "officer", &[VILLAGE]);
    let (phone, centre) = (world.backup(&yosef), world.back_up_centre());
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    world.restore(&mut yosef, &phone);
    world.sync(&yosef);
    assert_eq!((delivery(&yosef, report), yosef.unsent()), (Delivery::Delivered, 0));
    world.roll_back_centre(&centre);
    world.exchange(&yosef);
    assert_eq!((delivery(&yosef, report), yosef.unsent(), voided(&yosef)), (Delivery::Saved, 1, 1));
    world.whole(&[&yosef]).unwrap();
}

/// MARK_ALWAYS: also a reply that brings no page tells how far the centre is.
#[test]
fn a_receipt_alone_is_enough_to_notice() {
    let mut world = World::new(171);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let maria = world.officer(2, "officer", &[OTHER]);
    world.sync(&yosef);
    let backup = world.back_up_centre();
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.exchange(&yosef);
    world.roll_back_centre(&backup);
    maria.file("deteksi-dini", OTHER);
    world.sync(&maria);
    world.exchange(&yosef);
    assert_eq!((delivery(&yosef, report), voided(&yosef)), (Delivery::Saved, 1));
    world.whole(&[&yosef, &maria]).unwrap();
}

/// MARK_WITH_LABELS: a phone that is killed before its sync is through has the marks of what it took.
#[test]
fn marks_are_stored_with_what_they_are_for() {
    let mut world = World::new(172);
    let (mut yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[OTHER]));
    let backup = world.back_up_centre();
    let reports: Vec<ReportId> = (0..200).map(|_| yosef.file("deteksi-dini", VILLAGE)).collect();
    let first = world.exchange(&yosef);
    assert!(!first.complete && first.delivered > 0, "more than one batch: {first:?}");
    world.kill(&mut yosef);
    world.roll_back_centre(&backup);
    (0..first.delivered + 1).for_each(|_| _ = maria.file("deteksi-dini", OTHER));
    world.sync(&maria);
    assert_eq!(world.exchange(&yosef).voided, first.delivered);
    world.sync(&yosef);
    assert!(reports.iter().all(|report| delivery(&yosef, *report) == Delivery::Delivered));
    world.whole(&[&yosef, &maria]).unwrap();
}

/// HASH_OF_CHANGES: as many entries about the same reports are another history where other changes were made.
#[test]
fn other_changes_of_the_same_report_do_not_pass_for_the_lost_ones() {
    let mut world = World::new(181);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    world.sync(&maria);
    let backup = world.back_up_centre();
    yosef.set(report, "rt", "007");
    world.sync(&yosef);
    world.roll_back_centre(&backup);
    maria.set(report, "rw", "008");
    world.sync(&maria);
    assert_eq!(world.exchange(&yosef).voided, 1);
    world.whole(&[&yosef, &maria]).unwrap();
}

/// MARK_SHOWN: where he has no area any more, he has marks, and by them what he delivered there comes back.
#[test]
fn a_mutasi_of_which_the_phone_knows_hides_no_loss() {
    let mut world = World::new(182);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let backup = world.back_up_centre();
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    crate::held::moves(&world, &yosef);
    world.sync(&yosef);
    world.roll_back_centre(&backup);
    world.sync(&yosef);
    assert_eq!(world.reports().iter().map(|report| report.id).collect::<Vec<_>>(), [report]);
    world.nothing_lost(&[&yosef]).unwrap();
}

/// MARK_SPREAD, seen from a device: after a year of syncs it goes back little further than it must.
#[test]
fn little_more_than_what_was_lost_is_sent_again() {
    let mut world = World::new(173);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let mut backup = world.back_up_centre();
    for number in 0..60 {
        if number == 50 {
            backup = world.back_up_centre();
        }
        yosef.file("deteksi-dini", VILLAGE);
        world.sync(&yosef);
    }
    world.roll_back_centre(&backup);
    let voided = world.exchange(&yosef).voided;
    assert!((10..=20).contains(&voided), "10 were lost, {voided} are sent again");
    world.whole(&[&yosef]).unwrap();
}

/// A centre without any of its past is one that went back to its beginning.
#[test]
fn a_centre_that_lost_everything_gets_everything_back() {
    let mut world = World::new(174);
    let empty = world.back_up_centre();
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[OTHER]));
    for _ in 0..3 {
        yosef.file("deteksi-dini", VILLAGE);
        maria.file("deteksi-dini", OTHER);
        world.sync(&yosef);
        world.sync(&maria);
    }
    world.roll_back_centre(&empty);
    world.whole(&[&yosef, &maria]).unwrap();
    assert_eq!(world.reports().len(), 6);
}

/// A report of an officer whose phone is gone, with the answers of others on it, on the phone of one who has read it.
fn everything_on_one_phone(world: &World) -> (Person, Person, Person, [ReportId; 3]) {
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let polsek = world.officer(3, "polsek", &["53.03.01"]);
    let [handled, moved, plain] = [(), (), ()].map(|()| maria.file("deteksi-dini", VILLAGE));
    for person in [&maria, &yosef, &polsek] {
        world.sync(person);
    }
    (yosef, maria, polsek, [handled, moved, plain])
}

#[test]
fn what_others_wrote_comes_back_by_token_when_their_phones_are_gone() {
    let mut world = World::new(175);
    let empty = world.back_up_centre();
    let (yosef, maria, polsek, [handled, moved, plain]) = everything_on_one_phone(&world);
    polsek.decide(handled, &Decision::Handle { note: "Diperiksa.".to_owned() }).unwrap();
    polsek.comment(plain, "Terima kasih.").unwrap();
    yosef.set(plain, "rt", "009");
    let message = polsek.send_message("53.03.01", "Waspada pencurian ternak").unwrap();
    for person in [&polsek, &yosef, &maria, &polsek] {
        world.sync(person);
    }
    polsek.decide(moved, &Decision::HandOver { unit: OTHER.parse().unwrap(), note: String::new() }).unwrap();
    for person in [&polsek, &maria] {
        world.sync(person);
    }
    let before: Vec<_> = [handled, moved, plain].map(|id| world.server.report(id).unwrap()).into();
    world.roll_back_centre(&empty);
    assert!(world.reports().is_empty());
    // Yosef had read all but the move; nobody but Maria, its author, has that besides the Polsek.
    world.sync(&yosef);
    assert_eq!(world.reports().len(), 3);
    assert_eq!(world.server.report(handled).unwrap()["status"], "handled");
    assert_eq!(yosef.device.status().unwrap().refused, 0);
    let officers = world.server.message_status(message).unwrap();
    assert_eq!((officers.title.as_str(), officers.author), ("Waspada pencurian ternak", polsek.nrp));
    world.sync(&maria);
    let after: Vec<_> = [handled, moved, plain].map(|id| world.server.report(id).unwrap()).into();
    for (before, after) in before.iter().zip(&after) {
        for part in ["data", "status", "unit", "heads", "comments", "decisions"] {
            assert_eq!(before[part], after[part], "{part}");
        }
    }
    assert!(world.server.held().unwrap().is_empty() && world.server.quarantine(None).unwrap().is_empty());
    world.whole(&[&yosef, &maria]).unwrap();
    world.whole(&[&yosef, &maria, &polsek]).unwrap();
}

/// TOKEN_ADMITS: what was once delivered never waits for a supervisor, whatever became of its writer.
#[test]
fn what_was_delivered_comes_back_after_a_mutasi_and_from_a_revoked_phone() {
    let mut world = World::new(176);
    let backup = world.back_up_centre();
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let (old, stolen) = (yosef.file("deteksi-dini", VILLAGE), maria.file("deteksi-dini", VILLAGE));
    world.sync(&yosef);
    world.sync(&maria);
    crate::held::moves(&world, &yosef);
    world.revoke(&maria);
    world.roll_back_centre(&backup);
    // A new edit, made without signal, is one for a supervisor.
    yosef.set(old, "rt", "009");
    world.sync(&yosef);
    world.sync(&maria);
    assert_eq!(world.reports().iter().map(|report| report.id).collect::<BTreeSet<_>>(), BTreeSet::from([old, stolen]));
    assert_eq!(world.server.report(old).unwrap()["data"]["rt"], "003");
    let held = world.server.held().unwrap();
    assert_eq!(held.iter().map(|one| one.report.clone()).collect::<Vec<_>>(), [old.to_string()]);
    world.nothing_lost(&[&yosef, &maria]).unwrap();
}

/// TOKEN_EXACT, TOKEN_KEEP: two edits that knew nothing of each other each come back with the token that came with them.
#[test]
fn two_branches_come_back_after_a_mutasi() {
    let mut world = World::new(180);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    world.sync(&maria);
    let backup = world.back_up_centre();
    maria.set(report, "rw", "008");
    yosef.set(report, "rt", "007");
    world.sync(&maria);
    world.sync(&yosef);
    crate::held::moves(&world, &yosef);
    world.roll_back_centre(&backup);
    // Maria's phone is gone.
    world.sync(&yosef);
    let data = &world.server.report(report).unwrap()["data"];
    assert_eq!((&data["rt"], &data["rw"]), (&"007".into(), &"008".into()));
    assert!(world.server.held().unwrap().is_empty() && world.server.quarantine(None).unwrap().is_empty());
    world.nothing_lost(&[&yosef, &maria]).unwrap();
}

/// Maria's report, which Yosef has as well, went to the other village, and he has not heard of it. The backup is from before all of that.
fn handed_over(seed: u64) -> (World, [Person; 3], ReportId, CentreBackup) {
    let world = World::new(seed);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    let polsek = world.officer(3, "polsek", &["53.03.01"]);
    let backup = world.back_up_centre();
    let report = maria.file("deteksi-dini", VILLAGE);
    for person in [&maria, &yosef, &polsek] {
        world.sync(person);
    }
    polsek.decide(report, &Decision::HandOver { unit: OTHER.parse().unwrap(), note: String::new() }).unwrap();
    world.sync(&polsek);
    (world, [yosef, maria, polsek], report, backup)
}

/// What was written on a report while the centre forgot that its feeds were ever one's own: held, as it would have been before.
#[test]
fn what_was_written_on_a_report_that_went_elsewhere_is_held_also_after_the_centre_went_back() {
    let (mut world, [yosef, maria, polsek], report, backup) = handed_over(190);
    yosef.comment(report, "Sudah ditemui.").unwrap();
    world.roll_back_centre(&backup);
    world.sync(&polsek);
    let first = world.exchange(&yosef);
    assert_eq!((first.refused, first.held), (0, 0), "asked to prove it first");
    world.sync(&yosef);
    assert_eq!((yosef.device.status().unwrap().refused, delivery(&yosef, report)), (0, Delivery::Held));
    assert_eq!(world.server.held().unwrap().len(), 1);
    world.nothing_lost(&[&yosef, &maria, &polsek]).unwrap();
}

/// TOKEN_SHOWN: likewise when it was written after the phone had heard that the centre went back.
#[test]
fn what_is_written_later_on_a_report_that_the_centre_lost_is_held() {
    let (mut world, [yosef, maria, polsek], report, backup) = handed_over(191);
    world.roll_back_centre(&backup);
    // What comes back stands in the other village from its beginning.
    world.sync(&polsek);
    // He brings back what he has of it, too, and has not heard that it left.
    let brought = [(); 2].map(|()| world.exchange(&yosef).delivered);
    assert_eq!(brought, [0, 1]);
    yosef.comment(report, "Sudah ditemui.").unwrap();
    world.sync(&yosef);
    assert_eq!((yosef.device.status().unwrap().refused, delivery(&yosef, report)), (0, Delivery::Held));
    assert_eq!(world.server.held().unwrap().len(), 1);
    world.nothing_lost(&[&yosef, &maria, &polsek]).unwrap();
}

/// Likewise of what one began, also without a token: its receipt was lost.
#[test]
fn what_one_writes_in_his_own_report_that_went_elsewhere_is_held_also_after_the_centre_went_back() {
    let mut world = World::new(192);
    let (yosef, polda) = (world.officer(1, "officer", &[VILLAGE]), world.officer(3, "polda", &["53"]));
    let backup = world.back_up_centre();
    let report = yosef.file("deteksi-dini", VILLAGE);
    world.server.exchange(&yosef.device.request().unwrap(), world.now()).unwrap();
    world.sync(&polda);
    polda.decide(report, &Decision::HandOver { unit: crate::held::OTHER.parse().unwrap(), note: String::new() }).unwrap();
    world.sync(&polda);
    world.roll_back_centre(&backup);
    world.sync(&polda);
    yosef.set(report, "rt", "009");
    world.sync(&yosef);
    assert_eq!((yosef.device.status().unwrap().refused, delivery(&yosef, report)), (0, Delivery::Held));
    assert_eq!(world.server.held().unwrap().len(), 1);
    world.nothing_lost(&[&yosef, &polda]).unwrap();
}

/// The requests of a bundle were made together: what one reply brought is not void by the next.
#[test]
fn a_bundle_of_several_requests_brings_all_receipts_after_the_centre_went_back() {
    let mut world = World::new(191);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let backup = world.back_up_centre();
    yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    world.roll_back_centre(&backup);
    for number in 0..1_200 {
        yosef.try_file("deteksi-dini", VILLAGE, &early_detection(number)).unwrap();
    }
    assert!(yosef.device.write_bundle().unwrap().requests > 1);
    let taken = world.by_file(&yosef).unwrap();
    assert_eq!((taken.voided, taken.delivered, yosef.unsent()), (1, 1_200, 1), "the lost one goes with the next");
    world.by_file(&yosef).unwrap();
    assert_eq!(yosef.unsent(), 0);
    world.whole(&[&yosef]).unwrap();
}

/// UNIT_HEARD: a backup from before a list of units, on which a report was filed meanwhile.
#[test]
fn what_was_refused_for_want_of_a_unit_goes_again_when_the_centre_has_it() {
    let world = World::new(192);
    let yosef = world.officer(1, "officer", &[VILLAGE, OTHER]);
    world.sync(&yosef);
    world.centre_changes(&format!(
        "CREATE TABLE kept AS SELECT * FROM unit WHERE code = '{OTHER}'; DELETE FROM unit WHERE code = '{OTHER}';
         UPDATE centre SET units_version = units_version + 1"
    ));
    let report = yosef.file("deteksi-dini", OTHER);
    yosef.set(report, "rt", "009");
    world.exchange(&yosef);
    assert_eq!((delivery(&yosef, report), yosef.device.status().unwrap().refused), (Delivery::Refused, 1));
    world.centre_changes("INSERT INTO unit SELECT * FROM kept; UPDATE centre SET units_version = units_version + 1");
    world.sync(&yosef);
    assert_eq!((delivery(&yosef, report), yosef.device.status().unwrap().refused), (Delivery::Delivered, 0));
    assert_eq!(world.server.report(report).unwrap()["data"]["rt"], "009");
}

#[test]
fn without_a_token_it_waits_in_quarantine_and_is_not_held_against_the_change() {
    let mut world = World::new(177);
    let empty = world.back_up_centre();
    let (yosef, maria, _polsek, [_, _, plain]) = everything_on_one_phone(&world);
    world.roll_back_centre(&empty);
    yosef.lose_tokens();
    world.sync(&yosef);
    assert!(world.reports().is_empty());
    let kept = world.server.quarantine(None).unwrap();
    assert!(kept.len() == 3 && kept.iter().all(|one| one.reason == "not-author"), "{kept:?}");
    // Its author has them too: nothing of it was held against them.
    world.sync(&maria);
    assert_eq!(world.reports().len(), 3);
    for _ in 0..3 {
        world.sync(&yosef);
    }
    assert_eq!((delivery(&yosef, plain), yosef.device.status().unwrap().refused), (Delivery::Delivered, 0));
    world.whole(&[&yosef, &maria]).unwrap();
}

/// TOKEN_NEEDED: healing never lets a phone invent somebody else's report.
#[test]
fn an_invented_report_of_another_officer_is_in_quarantine_whatever_token_comes_with_it() {
    let mut world = World::new(178);
    let empty = world.back_up_centre();
    let (hostile, maria, _polsek, [real, ..]) = everything_on_one_phone(&world);
    let stolen = hostile.tokens(real);
    assert_eq!(stolen.len(), 1, "{stolen:?}");
    world.roll_back_centre(&empty);
    let birth = |report| Birth {
        report,
        kind: "deteksi-dini".to_owned(),
        form: Form::newest("deteksi-dini").unwrap().version(),
        unit: VILLAGE.parse().unwrap(),
        author: maria.nrp,
        recorded_at: world.now(),
    };
    let invented = |report| {
        let actor = Actor::new(maria.device_id(), [9; 8]);
        let form = Form::newest("deteksi-dini").unwrap();
        let (_, change) = create(form, &birth(report), &early_detection(7), actor, &mut String::new).unwrap();
        Item { report, changes: vec![change] }.encode().unwrap()
    };
    let other = ReportId::new(1_764_000_000_000, [3; 10]);
    let with = |proofs: &[Proof]| ItemProofs { proofs: proofs.to_vec(), evidence: Vec::new() };
    let for_this = Proof { heads: Vec::new(), token: stolen[0].token };
    let guessed = Proof { heads: Vec::new(), token: Token([0; 8]) };
    // As it is; with a token of another history, called one for this; with that token for what it is for; and with a guess.
    let items = [invented(other), invented(real), invented(real), invented(other)];
    let proofs = BTreeMap::from([(1, with(&[for_this])), (2, with(&stolen)), (3, with(&[guessed]))]);
    // The phone notices, and has the real ones to send again.
    world.exchange(&hostile);
    let taken = world.forge(&hostile, &items, proofs);
    assert_eq!(taken[..4], [false; 4]);
    assert_eq!(taken[4..], [true; 3], "the real ones of the same request, with their tokens, are back");
    let kept = world.server.quarantine(None).unwrap();
    assert_eq!(kept.iter().filter(|one| one.reason == "not-author").count(), 3, "{kept:?}");
    assert_eq!(world.reports().len(), 3);
    assert!(world.server.report(other).is_err());
    assert_eq!(world.server.report(real).unwrap()["heads"].as_array().unwrap().len(), 1);
}

#[test]
fn the_centre_says_at_its_start_and_by_its_devices_that_it_went_back() {
    let mut world = World::new(179);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    let backup = world.back_up_centre();
    world.wait_ms(20_000);
    yosef.file("deteksi-dini", VILLAGE);
    world.sync(&yosef);
    assert!(world.server.older_than_signed().unwrap().is_empty() && world.server.rollbacks().unwrap().is_empty());
    world.roll_back_centre(&backup);
    let older = world.server.older_than_signed().unwrap();
    assert_eq!(older.iter().map(|one| (one.partition.as_str(), one.signed, one.here)).collect::<Vec<_>>(), [("53.03", 2, 1)]);
    world.sync(&yosef);
    let seen = world.server.rollbacks().unwrap();
    assert_eq!((seen.len(), seen[0].times, seen[0].shown, seen[0].common), (1, 1, 2, 1));
    assert_eq!((seen[0].nrp.as_str(), seen[0].partition.as_str()), ("81000001", "53.03"));
    world.sync(&yosef);
    assert_eq!(world.server.rollbacks().unwrap(), seen, "once");
    world.whole(&[&yosef]).unwrap();
}
