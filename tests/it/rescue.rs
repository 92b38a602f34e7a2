//! Where there is no link, or no sound store: bundles by file, and what comes out of damaged files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use local_store::{Delivery, Device, Error, Rescue, RescueNote, RescuedReport, SystemHost};
use rusqlite::Connection;
use serde_json::Value;
use sync_core::ReportId;
use sync_core::exchange::{ReplyBundle, RequestBundle};
use sync_core::sim::Random;
use sync_server::{BundleAdmitted, Rejection, Repair, ServerError};
use tests::programs::{Program, built_once};
use tests::world::{Person, World, early_detection};

use crate::held::{VILLAGE, delivery};

const SEEDS: u64 = 60;

fn admit(world: &World, file: &[u8]) -> (BundleAdmitted, Vec<u8>) {
    world.server.admit_bundle(file, world.now()).unwrap()
}

fn log_of(store: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", store.display()))
}

/// Every name in a folder with its bytes: what must be the same before and after.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

fn read(store: &Path) -> Rescue {
    Rescue::read(store, &SystemHost).unwrap()
}

#[test]
fn reports_go_by_file_from_a_phone_that_never_meets_signal() {
    let world = World::new(170);
    let (yosef, polsek) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "polsek", &["53.03.01"]));
    let reports: Vec<ReportId> = (0..3).map(|_| yosef.file("deteksi-dini", VILLAGE)).collect();
    let message = polsek.send_message("53.03.01", "Waspada pencurian ternak").unwrap();
    world.sync(&polsek);

    let bundle = yosef.device.write_bundle().unwrap();
    assert_eq!((bundle.requests, bundle.reports, bundle.left), (1, 3, 0));
    assert!(reports.iter().all(|report| delivery(&yosef, *report) == Delivery::Saved), "carried is not delivered");
    let (done, reply) = admit(&world, &bundle.bytes);
    assert_eq!((done.items, done.shared, done.held, done.refused, done.need, done.rejected.len()), (3, 3, 0, 0, 0, 0));
    assert_eq!(done.nrps, [yosef.nrp.to_string()]);
    let (again, _) = admit(&world, &bundle.bytes);
    assert_eq!((again.items, again.shared), (3, 3), "twice is once");
    assert_eq!(world.reports().len(), 3);

    let taken = yosef.device.take_bundle(&reply).unwrap();
    assert_eq!((taken.synced.delivered, taken.synced.complete, taken.rejected.len()), (3, true, 0));
    assert!(reports.iter().all(|report| yosef.word(*report) == "terkirim"));
    assert!(yosef.device.show(message).is_ok(), "news comes by the same file");
    assert_eq!(yosef.device.take_bundle(&reply).unwrap_err(), Error::StaleReply);
    // The next one is about what is new alone, and the link is as it was.
    let next = yosef.device.write_bundle().unwrap();
    assert_eq!((next.requests, next.reports), (1, 0));
    assert_eq!(world.sync(&yosef), 1);
    assert!(world.server.verify(Repair::No, world.now()).unwrap().differences.is_empty());
}

/// FILE_DOOR: a file lies about, and a request is processed again whenever it comes.
#[test]
fn what_was_made_for_a_file_is_not_answered_over_the_network() {
    let world = World::new(520);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(2, "officer", &[VILLAGE]));
    yosef.file("deteksi-dini", VILLAGE);
    let bundle = yosef.device.write_bundle().unwrap();
    world.by_file(&yosef).unwrap();
    maria.file("deteksi-dini", VILLAGE);
    world.sync(&maria);
    yosef.file("deteksi-dini", VILLAGE);
    let rescued = Rescue::read(&yosef.store, &SystemHost).unwrap().bundles;
    assert_eq!(rescued.len(), 1);
    for file in rescued.iter().chain([&bundle.bytes]) {
        for request in RequestBundle::open(file).unwrap().requests {
            assert_eq!(world.server.exchange(&request, world.now()), Err(Rejection::ByFile));
            assert!(world.server.exchange_by_file(&request, world.now()).0.is_ok());
        }
    }
}

#[test]
fn a_backlog_goes_in_several_requests_and_any_of_them_may_be_turned_away() {
    let world = World::new(171);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let reports: Vec<ReportId> = (0..430).map(|_| yosef.file("deteksi-dini", VILLAGE)).collect();
    let bundle = yosef.device.write_bundle().unwrap();
    assert_eq!((bundle.reports, bundle.left), (430, 0));
    assert!(bundle.requests >= 3, "{}", bundle.requests);
    // One is damaged on the way, under a right hash: it is not taken, and blocks nothing.
    let mut requests = RequestBundle::open(&bundle.bytes).unwrap();
    *requests.requests[1].last_mut().unwrap() ^= 1;
    let (done, reply) = admit(&world, &requests.seal());
    assert_eq!((done.rejected.len(), done.rejected[0].request, done.rejected[0].code.as_str()), (1, 2, "wrong-signature"));
    let taken = yosef.device.take_bundle(&reply);
    // The reply names another request than the one that was written: what was in that one waits on.
    let taken = taken.unwrap();
    assert_eq!(taken.synced.delivered, done.shared as u64);
    let waiting = reports.iter().filter(|report| delivery(&yosef, **report) == Delivery::Saved).count();
    assert!(waiting > 0 && waiting + done.shared == 430, "{waiting} {}", done.shared);
    let rest = yosef.device.write_bundle().unwrap();
    assert_eq!(rest.reports, waiting as u64);
    yosef.device.take_bundle(&admit(&world, &rest.bytes).1).unwrap();
    assert_eq!(yosef.unsent(), 0);
    assert_eq!(world.reports().len(), 430);
}

#[test]
fn a_bundle_of_which_the_device_has_heard_otherwise_is_stale() {
    let world = World::new(172);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    let (_, first) = admit(&world, &yosef.device.write_bundle().unwrap().bytes);
    // A second bundle takes the place of the first; attempts without signal take nothing away.
    let second = yosef.device.write_bundle().unwrap();
    assert_eq!(yosef.device.take_bundle(&first).unwrap_err(), Error::StaleReply);
    for _ in 0..3 {
        yosef.device.request().unwrap();
    }
    let (_, reply) = admit(&world, &second.bytes);
    yosef.device.take_bundle(&reply).unwrap();
    assert_eq!(delivery(&yosef, report), Delivery::Delivered);

    let late = yosef.file("deteksi-dini", VILLAGE);
    let (_, reply) = admit(&world, &yosef.device.write_bundle().unwrap().bytes);
    world.sync(&yosef);
    let before = yosef.device.status().unwrap();
    assert_eq!(yosef.device.take_bundle(&reply).unwrap_err(), Error::StaleReply, "ONE_REPLY");
    assert_eq!((yosef.device.status().unwrap(), delivery(&yosef, late)), (before, Delivery::Delivered));
}

#[test]
fn files_of_a_hostile_hand_are_named_and_change_nothing() {
    let world = World::new(173);
    let (yosef, maria) = (world.officer(1, "officer", &[VILLAGE]), world.officer(3, "officer", &[VILLAGE]));
    yosef.file("deteksi-dini", VILLAGE);
    let bundle = yosef.device.write_bundle().unwrap();
    let (_, reply) = admit(&world, &bundle.bytes);
    maria.file("deteksi-dini", VILLAGE);
    let theirs = maria.device.write_bundle().unwrap();
    let mut random = Random::seeded(173, 0);
    for _ in 0..300 {
        let mut file = theirs.bytes.clone();
        let at = usize::try_from(random.below(file.len() as u64)).unwrap();
        match random.below(3) {
            0 => file.truncate(at),
            1 => file[at] ^= 1 << random.below(8),
            _ => file.extend_from_slice(&[7; 40]),
        }
        let error = world.server.admit_bundle(&file, world.now()).unwrap_err();
        assert_eq!(error.code(), "not-a-bundle");
    }
    let junk = RequestBundle { requests: vec![Vec::new(), b"<html>".to_vec(), [vec![0, 1], vec![0; 100]].concat()] }.seal();
    let (done, _) = admit(&world, &junk);
    assert_eq!(
        done.rejected.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(),
        ["not-a-message", "unknown-version", "unknown-device"]
    );
    assert_eq!(world.reports().len(), 1);
    // A reply to somebody else, a reply in another's place, the requests instead of the replies.
    assert_eq!(maria.device.take_bundle(&reply).unwrap_err(), Error::StaleReply);
    let mut swapped = ReplyBundle::open(&reply).unwrap();
    swapped.replies[0].request = sync_core::exchange::request_hash(&RequestBundle::open(&theirs.bytes).unwrap().requests[0]);
    assert_eq!(maria.device.take_bundle(&swapped.seal()).unwrap_err().code(), "not-the-server");
    assert_eq!(maria.device.take_bundle(&theirs.bytes).unwrap_err().code(), "not-a-bundle");
    assert_eq!(maria.unsent(), 1);
    assert!(matches!(world.server.admit_bundle(&reply, world.now()), Err(ServerError::NotABundle(_))));
}

/// A store as officers have it: delivered and unsent reports, edits of delivered ones, drafts.
fn busy(world: &World) -> (Person, BTreeSet<ReportId>) {
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let delivered: Vec<ReportId> = (0..12).map(|_| yosef.file("deteksi-dini", VILLAGE)).collect();
    world.sync(&yosef);
    let mut unsent: BTreeSet<ReportId> = (0..14).map(|_| yosef.file("deteksi-dini", VILLAGE)).collect();
    for report in delivered.iter().take(4).chain(&unsent.iter().take(3).copied().collect::<Vec<_>>()) {
        yosef.set(*report, "rt", "009");
    }
    // Longer than a page: its row goes on in others.
    let long = yosef.file("deteksi-dini", VILLAGE);
    yosef.comment(long, &"Warga melapor lagi pukul tujuh; petugas datang. ".repeat(85)).unwrap();
    unsent.insert(long);
    unsent.extend(delivered.iter().take(4));
    yosef.device.draft("deteksi-dini", VILLAGE.parse().unwrap(), &early_detection(8)).unwrap();
    (yosef, unsent)
}

#[test]
fn a_store_that_is_in_use_newer_or_sound_comes_out_whole() {
    let world = World::new(174);
    let (yosef, unsent) = busy(&world);
    let folder = yosef.store.parent().unwrap();
    let before = files(folder);
    let rescue = read(&yosef.store);
    assert_eq!(files(folder), before, "the file is only read, and nothing is written beside it");
    assert_eq!(rescue.notes, [RescueNote::InUse]);
    assert!(rescue.is_whole());
    assert_eq!(rescue.counts(), [unsent.len(), unsent.len(), unsent.len(), 0]);
    assert_eq!(rescue.reports.iter().map(|one| one.id).collect::<BTreeSet<_>>(), unsent);
    assert_eq!((rescue.drafts.len(), rescue.officer), (1, Some(yosef.nrp)));
    assert_eq!(rescue.drafts[0].1["data"]["rt"], "003");
    for one in &rescue.reports {
        let shown = yosef.device.show(one.id).unwrap();
        assert_eq!((&one.json["read"]["data"], &one.json["shown"]["data"]), (&shown.data, &shown.data));
    }

    let out = folder.join("newer");
    fs::create_dir(&out).unwrap();
    let copy = out.join("store.sambang");
    drop(yosef.device);
    drop(Device::open(&yosef.store).unwrap());
    fs::copy(&yosef.store, &copy).unwrap();
    let db = Connection::open(&copy).unwrap();
    db.execute_batch(
        "ALTER TABLE change ADD COLUMN later TEXT NOT NULL DEFAULT ''; PRAGMA user_version = 9999; PRAGMA wal_checkpoint(TRUNCATE)",
    )
    .unwrap();
    drop(db);
    assert_eq!(Device::open(&copy).unwrap_err().code(), "newer");
    let rescue = read(&copy);
    assert_eq!(rescue.notes, [RescueNote::Newer(9999)]);
    assert_eq!(rescue.counts(), [unsent.len(), unsent.len(), unsent.len(), 0]);

    let text = out.join("catatan.txt");
    fs::write(&text, "catatan harian yang bukan basis data ".repeat(400)).unwrap();
    assert_eq!(Rescue::read(&text, &SystemHost).unwrap_err(), Error::NothingReadable);
    rescue.write(&out.join("hasil")).unwrap();
    assert_eq!(rescue.write(&out.join("hasil")).unwrap_err().code(), "not-empty");
}

#[test]
fn what_was_rescued_is_at_the_centre_the_very_same_report() {
    let world = World::new(175);
    let polsek = world.officer(2, "polsek", &["53.03.01"]);
    let (yosef, unsent) = busy(&world);
    let rescue = read(&yosef.store);
    for file in rescue.bundles.iter().chain(&rescue.bundles) {
        let (done, _) = admit(&world, file);
        assert_eq!((done.held, done.refused, done.need, done.rejected.len()), (0, 0, 0, 0));
    }
    world.sync(&polsek);
    for report in &unsent {
        assert_eq!(polsek.device.show(*report).unwrap().heads, yosef.device.show(*report).unwrap().heads, "{report}");
    }
    // The phone that was given up too early goes on: nothing is twice.
    world.sync(&yosef);
    assert_eq!((yosef.unsent(), world.reports().len()), (0, 12 + 15));
    assert!(world.server.verify(Repair::No, world.now()).unwrap().differences.is_empty());
    assert!(read(&yosef.store).reports.is_empty(), "nothing of what is delivered needs rescue");
}

#[test]
fn without_the_key_there_is_json_and_a_damaged_key_is_said() {
    let world = World::new(179);
    let (yosef, unsent) = busy(&world);
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.sambang");
    fs::copy(&yosef.store, &store).unwrap();
    fs::copy(log_of(&yosef.store), log_of(&store)).unwrap();
    let db = Connection::open(&store).unwrap();
    let key: [u8; 32] = db.query_row("SELECT key FROM device", [], |row| row.get(0)).unwrap();
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(db);
    let sound = fs::read(&store).unwrap();
    let at = sound.windows(32).position(|window| window == key).unwrap();
    let without = |begin: usize, end: usize| {
        let mut bytes = sound.clone();
        bytes[begin..end].fill(0);
        fs::write(&store, bytes).unwrap();
        read(&store)
    };
    let rescue = without(at + 8, at + 24);
    assert_eq!(rescue.notes, [RescueNote::KeyUnproven]);
    let (done, _) = admit(&world, &rescue.bundles[0]);
    assert_eq!((done.rejected[0].code.as_str(), done.shared), ("wrong-signature", 0));
    let rescue = without(at - 60, at + 32);
    assert_eq!((rescue.notes.as_slice(), rescue.bundles.len()), ([RescueNote::KeyLost].as_slice(), 0));
    assert_eq!(rescue.counts(), [unsent.len(), unsent.len(), 0, 0]);
    assert!(!rescue.is_whole());
}

#[test]
fn the_bundle_of_a_stolen_phone_is_held() {
    let world = World::new(176);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    let rescued = read(&yosef.store).bundles;
    let bundle = yosef.device.write_bundle().unwrap();
    world.revoke(&yosef);
    let (done, _) = admit(&world, &rescued[0]);
    assert_eq!((done.held, done.shared, world.reports().len()), (1, 0, 0));
    let (done, reply) = admit(&world, &bundle.bytes);
    assert_eq!((done.held, done.shared), (1, 0));
    yosef.device.take_bundle(&reply).unwrap();
    assert_eq!(delivery(&yosef, report), Delivery::Held);
    assert_eq!(world.server.held().unwrap().len(), 1);
}

/// What a row of `change` has before its hash (sizes, kinds of columns) and after its bytes (fate and the rest), with room to spare.
const BEFORE: usize = 40;
const AFTER: usize = 24;

/// Where each row stands in the store's file and its log: by its hash, report and bytes, which stand one after the other.
fn standing(sound: &[Vec<u8>; 2], rows: &[(ReportId, [u8; 32], Vec<u8>)]) -> BTreeMap<[u8; 32], Vec<(usize, Range<usize>)>> {
    let mut stand: BTreeMap<[u8; 32], Vec<(usize, Range<usize>)>> = rows.iter().map(|(_, hash, _)| (*hash, Vec::new())).collect();
    let by_hash: BTreeMap<&[u8], _> = rows.iter().map(|row| (row.1.as_slice(), row)).collect();
    for (file, bytes) in sound.iter().enumerate() {
        for (at, window) in bytes.windows(32).enumerate() {
            let Some((report, hash, change)) = by_hash.get(window) else { continue };
            let end = at + 48 + change.len();
            if bytes.get(at + 32..end).is_some_and(|rest| rest.starts_with(&report.to_bytes()) && rest.ends_with(change)) {
                stand.entry(*hash).or_default().push((file, at.saturating_sub(BEFORE)..(end + AFTER).min(bytes.len())));
            }
        }
    }
    stand
}

/// A damage of each kind, to the file or its log.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let below = |random: &mut Random, bound: usize| usize::try_from(random.below(bound.max(1) as u64)).unwrap();
    match random.below(4) {
        0 => {
            let page = below(random, bytes.len().div_ceil(4096)) * 4096;
            let end = (page + 4096).min(bytes.len());
            bytes[page..end].iter_mut().for_each(|byte| *byte = random.below(256) as u8);
        }
        1 => bytes.truncate(below(random, bytes.len())),
        2 => {
            let at = below(random, bytes.len());
            let end = (at + 1 + below(random, 20_000)).min(bytes.len());
            bytes[at..end].fill(0);
        }
        _ => {
            for _ in 0..=below(random, 12) {
                let at = below(random, bytes.len());
                bytes[at] = bytes[at].wrapping_add(1);
            }
        }
    }
}

#[test]
fn every_report_whose_rows_were_not_touched_comes_out_of_a_damaged_store() {
    let world = World::new(177);
    let polsek = world.officer(2, "polsek", &["53.03.01"]);
    let (yosef, unsent) = busy(&world);
    // As a kill leaves it, with everything in the log; and folded together.
    let logged = [fs::read(&yosef.store).unwrap(), fs::read(log_of(&yosef.store)).unwrap()];
    let folder = tempfile::tempdir().unwrap();
    let folded = folder.path().join("folded.sambang");
    fs::write(&folded, &logged[0]).unwrap();
    fs::write(log_of(&folded), &logged[1]).unwrap();
    let db = Connection::open(&folded).unwrap();
    let rows: Vec<(ReportId, [u8; 32], Vec<u8>)> = {
        let mut query = db.prepare("SELECT report, hash, bytes FROM change WHERE shared_sequence IS NULL").unwrap();
        let rows = query.query_map([], |row| Ok((ReportId::from_bytes(row.get(0)?), row.get(1)?, row.get(2)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(db);
    let folded = [fs::read(&folded).unwrap(), Vec::new()];

    let stand = [&folded, &logged].map(|sound| standing(sound, &rows));
    let (mut intact, mut touched, mut keyless, mut whole) = (0, 0, 0, 0);
    let mut rescued = BTreeSet::new();
    for seed in 0..SEEDS {
        let mut random = Random::seeded(1_770 + seed, 0);
        let sound = if seed % 2 == 0 { &folded } else { &logged };
        let mut damaged = sound.clone();
        for _ in 0..=random.below(3) {
            let which = usize::from(!damaged[1].is_empty() && random.below(3) > 0);
            damage(&mut damaged[which], &mut random);
        }
        let at = folder.path().join(format!("seed-{seed}"));
        fs::create_dir(&at).unwrap();
        let store = at.join("store.sambang");
        fs::write(&store, &damaged[0]).unwrap();
        fs::write(log_of(&store), &damaged[1]).unwrap();
        let before = files(&at);
        let Ok(rescue) = Rescue::read(&store, &SystemHost) else {
            assert!(damaged.iter().map(Vec::len).sum::<usize>() < 9_000, "seed {seed}: nothing was read of a file that has something");
            continue;
        };
        assert_eq!(files(&at), before, "seed {seed}: the file was touched");

        // A row that stands somewhere as it did is to be found, whatever happened around it. Damages move nothing.
        let stand = if seed % 2 == 0 { &stand[0] } else { &stand[1] };
        let is_intact = |hash: &[u8; 32]| {
            stand[hash].iter().any(|(file, range)| damaged[*file].get(range.clone()) == Some(&sound[*file][range.clone()]))
        };
        for report in &unsent {
            let mine: Vec<_> = rows.iter().filter(|(of, _, _)| of == report).collect();
            if !mine.iter().all(|(_, hash, _)| is_intact(hash)) {
                touched += 1;
                continue;
            }
            intact += 1;
            let found = rescue.reports.iter().find(|one| one.id == *report && one.unsent);
            assert!(found.is_some(), "seed {seed}: {report} is not there");
            let found = found.unwrap();
            let told: BTreeSet<&str> = found.json["changes"].as_array().unwrap().iter().filter_map(|one| one["hash"].as_str()).collect();
            for (_, hash, _) in mine {
                let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                assert!(told.contains(hash.as_str()), "seed {seed}: {report} lacks {hash}");
            }
            assert!(found.sealed || rescue.notes.contains(&RescueNote::KeyLost), "seed {seed}: {report}");
            rescued.insert(*report);
        }
        keyless += usize::from(rescue.notes.contains(&RescueNote::KeyLost));
        whole += usize::from(rescue.is_whole());
        // Where a log is damaged, a report may look as it did before its receipt: it is sent once more. So is what a snapshot alone still has.
        let is_saved = |one: &RescuedReport| one.json["changes"].as_array().unwrap().iter().any(|change| change["delivery"] == "tersimpan");
        let needless = rescue.reports.iter().any(|one| !unsent.contains(&one.id) && is_saved(one));
        assert!(!needless || seed % 2 == 1, "seed {seed}: what is delivered needs no rescue");
        for file in &rescue.bundles {
            let (done, _) = admit(&world, file);
            assert_eq!((done.refused, done.held, done.rejected.len()), (0, 0, 0), "seed {seed}");
        }
        // Each file is synced: a few are enough.
        if seed % 20 == 0 {
            rescue.write(&at.join("out")).unwrap();
        }
    }
    println!("{intact} reports with untouched rows, {touched} others, {keyless} stores without a key, {whole} whole");
    assert!(intact > 300 && touched > 50 && whole < 30, "the damages are too few or too many");
    assert_eq!(rescued.len(), unsent.len() - 1, "all but the long one, whose row is in pieces");
    world.sync(&polsek);
    for report in &unsent {
        assert_eq!(polsek.device.show(*report).unwrap().heads, yosef.device.show(*report).unwrap().heads, "{report}");
    }
    assert_eq!(world.reports().len(), 12 + 15);
    assert!(world.server.verify(Repair::No, world.now()).unwrap().differences.is_empty());
}

#[test]
fn the_program_says_what_it_rescued_and_exits_accordingly() {
    let world = World::new(178);
    let (yosef, unsent) = busy(&world);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let run = |store: &Path, out: &str, more: &[&str]| {
        let mut command = Command::new(built_once(Program::Device).unwrap());
        command
            .arg("--store")
            .arg(store)
            .args(["rescue", "--out"])
            .arg(at.join(out))
            .args(more)
            .env_remove("SAMBANG_LANG")
            .output()
            .unwrap()
    };
    let done = run(&yosef.store, "sound", &["--json"]);
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((done.status.code(), said["complete"].as_bool(), said["unsent"].as_u64()), (Some(0), Some(true), Some(unsent.len() as u64)));
    assert_eq!(said, serde_json::from_slice::<Value>(&fs::read(at.join("sound/rescue.json")).unwrap()).unwrap());
    let names: BTreeSet<String> =
        fs::read_dir(at.join("sound")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(unsent.iter().all(|id| names.contains(&format!("{id}.json"))));
    assert_eq!(names.len(), unsent.len() + 3, "{names:?}");
    assert!(admit(&world, &fs::read(at.join("sound/bundle-1.sambang")).unwrap()).0.shared >= unsent.len());

    let cut = at.join("cut.sambang");
    let bytes = fs::read(log_of(&yosef.store)).unwrap();
    fs::write(&cut, fs::read(&yosef.store).unwrap()).unwrap();
    fs::write(log_of(&cut), &bytes[..bytes.len() / 2]).unwrap();
    let mut torn = bytes.clone();
    torn[bytes.len() / 2..bytes.len() / 2 + 9_000].fill(0);
    fs::write(log_of(&cut), torn).unwrap();
    let done = run(&cut, "torn", &[]);
    let text = String::from_utf8(done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(3), "{text}");
    assert!(text.contains("Belum terkirim") && text.contains("Berkas -wal rusak"), "{text}");
    let done = run(&at.join("nowhere"), "none", &["--json"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(!at.join("none").exists());
}
