//! The device's file when things go wrong: named errors, nothing lost, nothing touched.

use std::fs;
use std::path::{Path, PathBuf};

use local_store::{Device, Error, Rescue, SystemHost};
use tests::world::{World, early_detection};

const VILLAGE: &str = "53.03.01.2005";

#[test]
fn a_second_process_gets_a_clear_message() {
    let world = World::new(21);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let error = Device::open(&yosef.store).unwrap_err();
    assert_eq!(error, Error::InUse);
    drop(yosef.device);
    Device::open(&yosef.store).unwrap();
}

#[test]
fn what_is_not_ours_newer_empty_or_damaged_is_named_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(22);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    yosef.file("deteksi-dini", VILLAGE);
    drop(yosef.device);
    // Opened once more and closed, so that everything is in the one file.
    drop(Device::open(&yosef.store).unwrap());
    let sound = fs::read(&yosef.store).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = sound.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x); PRAGMA user_version = 1").unwrap();
    let cases = [
        (
            "text",
            b"catatan harian yang bukan basis data sama sekali, tetapi cukup panjang untuk satu kepala berkas penuh.....".to_vec(),
            "foreign",
        ),
        ("sqlite", fs::read(&other).unwrap(), "foreign"),
        ("newer", with(60, &9_999_u32.to_be_bytes()), "newer"),
        ("empty", Vec::new(), "damaged"),
        ("cut", sound[..80].to_vec(), "damaged"),
        ("header", with(0, b"XXXX"), "damaged"),
        ("pages", with(4_096, &[0xff; 3_000]), "damaged"),
    ];
    for (name, bytes, code) in cases {
        let file = folder.path().join(name);
        fs::write(&file, &bytes).unwrap();
        let error = Device::open(&file).unwrap_err();
        assert_eq!(error.code(), code, "{name}: {error}");
        assert!(!error.remedy(sync_core::Lang::Indonesian).is_empty());
        assert_eq!(fs::read(&file).unwrap(), bytes, "{name} was touched");
    }
}

/// SQLite would drop without a word what was committed behind a damaged frame, and fold what is left into the file.
#[test]
fn a_damaged_file_or_log_is_named_and_both_stay_for_the_rescue() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(26);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let saved = [(); 6].map(|()| yosef.file("deteksi-dini", VILLAGE));
    let log_of = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    // As a kill leaves them.
    let (main, log) = (fs::read(&yosef.store).unwrap(), fs::read(log_of(&yosef.store)).unwrap());
    let flipped = |bytes: &[u8], at: usize| {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1;
        changed
    };
    let (pages, frame) = (main.len() / 4_096, 4_096 + 24);
    let damaged_main = [&main[..4_096], &vec![0xff; (pages - 1) * 4_096]].concat();
    let frames = log.len() / frame;
    let cases = [
        ("main", Some(damaged_main), log.clone(), false),
        ("log", Some(main.clone()), flipped(&log, 32 + frames / 3 * frame + 100), false),
        ("gone", None, log.clone(), false),
        ("torn", Some(main.clone()), flipped(&log, log.len() - 100), true),
    ];
    for (name, main, log, opens) in cases {
        let file = folder.path().join(name);
        main.iter().for_each(|main| fs::write(&file, main).unwrap());
        fs::write(log_of(&file), &log).unwrap();
        match Device::open(&file) {
            Ok(device) => assert!(opens && device.list(&Default::default()).unwrap().len() + 1 >= saved.len(), "{name}"),
            Err(error) => {
                assert_eq!((error.code(), opens), ("damaged", false), "{name}: {error}");
                assert_eq!((fs::read(&file).ok(), fs::read(log_of(&file)).unwrap()), (main, log), "{name} was touched");
            }
        }
    }
    let found = Rescue::read(&folder.path().join("log"), &SystemHost).unwrap();
    assert!(saved.iter().all(|id| found.reports.iter().any(|one| one.id == *id)), "{:?}", found.notes);
}

#[test]
fn a_damaged_snapshot_is_rebuilt_and_a_damaged_change_is_named() {
    let world = World::new(23);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let report = yosef.file("deteksi-dini", VILLAGE);
    let before = yosef.device.show(report).unwrap();
    let store = yosef.store.clone();
    drop(yosef.device);
    let touch = |sql: &str| assert_eq!(rusqlite::Connection::open(&store).unwrap().execute(sql, []).unwrap(), 1);
    touch("UPDATE report SET snapshot = zeroblob(500)");
    let device = Device::open(&store).unwrap();
    assert_eq!(device.show(report).unwrap(), before);
    drop(device);
    touch("UPDATE change SET bytes = zeroblob(500)");
    let device = Device::open(&store).unwrap();
    assert_eq!(device.show(report).unwrap_err().code(), "damaged");
}

/// A quota at the file's size: to SQLite a full disk.
#[test]
fn a_full_disk_is_said_and_what_was_saved_stays() {
    let world = World::new(24);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let saved = yosef.file("deteksi-dini", VILLAGE);
    yosef.device.limit_bytes(Some(0)).unwrap();
    let mut full = None;
    for number in 0..200 {
        if let Err(error) = yosef.device.file("deteksi-dini", VILLAGE.parse().unwrap(), &early_detection(number)) {
            full = Some(error);
            break;
        }
    }
    assert_eq!(full, Some(Error::DiskFull));
    assert_eq!(yosef.device.show(saved).unwrap().summary.id, saved);
    let count = yosef.device.list(&Default::default()).unwrap().len();
    yosef.device.limit_bytes(None).unwrap();
    yosef.device.file("deteksi-dini", VILLAGE.parse().unwrap(), &early_detection(500)).unwrap();
    assert_eq!(yosef.device.list(&Default::default()).unwrap().len(), count + 1);
    world.sync(&yosef);
    assert_eq!(world.reports().len(), count + 1);
}

#[test]
fn drafts_stay_and_what_is_deleted_from_them_is_gone() {
    let world = World::new(25);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let unit = VILLAGE.parse().unwrap();
    let draft = yosef.device.draft("deteksi-dini", unit, &serde_json::json!({ "uraian": "pendek", "rt": "RAHASIASAN" })).unwrap();
    assert_eq!(yosef.device.finish(draft).unwrap_err().code(), "invalid");
    world.sync(&yosef);
    assert!(world.reports().is_empty());
    yosef.device.edit(draft, &[("rt".parse().unwrap(), "003".into())]).unwrap();
    let rest = early_detection(1).as_object().unwrap().iter().map(|(key, value)| (key.parse().unwrap(), value.clone())).collect::<Vec<_>>();
    yosef.device.edit(draft, &rest).unwrap();
    yosef.device.finish(draft).unwrap();
    assert_eq!(yosef.device.finish(draft).unwrap_err().code(), "not-a-draft");
    world.sync(&yosef);
    assert_eq!(world.reports().len(), 1);
    drop(yosef.device);
    // Closing folds the write-ahead log into the file; what was deleted is overwritten there.
    let bytes = fs::read(&yosef.store).unwrap();
    assert!(!bytes.windows(10).any(|window| window == b"RAHASIASAN"));
}
