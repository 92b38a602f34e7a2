//! Backups are made beside writers, verified before they replace anything, and restored on the same machine or a new one.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use sync_core::form::Role;
use sync_server::{OpenOptions, Repair, ReportFilter, Restore, RestoreOptions, Restored, Server, ServerError};

use crate::program::{centre as program_centre, json, run};
use crate::world::{Centre, TEXT, VILLAGE, nrp};

fn restore(backup: &Path, directory: &Path, what: Restore) -> Result<Restored, ServerError> {
    let options = RestoreOptions { what, keys: None, journal: None };
    Server::restore(backup, directory, options, sync_core::Timestamp::from_unix_ms(1_764_000_500_000))
}

fn reports(server: &Server) -> usize {
    server.reports(&ReportFilter::default()).unwrap().len()
}

#[test]
fn a_backup_beside_writers_holds_one_moment_and_comes_back() {
    let mut centre = Centre::new();
    let backups = tempfile::tempdir().unwrap();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    for _ in 0..20 {
        officer.file(VILLAGE, TEXT);
    }
    officer.sync(&centre);
    let after = officer.clone();
    // Another phone goes on all the while.
    let mut writer = centre.phone(12, Role::Officer, &[VILLAGE]);
    let stop = AtomicBool::new(false);
    let (place, info) = std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            let mut filed = 0;
            while filed == 0 || !stop.load(Ordering::Relaxed) {
                writer.file(VILLAGE, TEXT);
                writer.sync(&centre);
                filed += 1;
            }
            filed
        });
        let made = centre.server.backup(backups.path(), centre.now).unwrap();
        stop.store(true, Ordering::Relaxed);
        assert!(busy.join().unwrap() > 0);
        made
    });
    assert_eq!(place.parent(), Some(backups.path()));
    assert_eq!(info.marks.len(), 1);
    assert_eq!(info.marks[0].partition, "53.03");
    assert_eq!(info.marks[0].sequence, info.documents, "each report took one number");
    assert!((20..=20 + writer.kept.len() as u64).contains(&info.documents), "{info:?}");
    assert_eq!(centre.server.newest_backup().unwrap(), Some(info.clone()));
    assert!(!place.join("keys").exists(), "secrets stay where they are");
    // Later nothing of it is lost: the centre goes back, and is whole.
    officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    let before = reports(&centre.server);
    let restored = centre.closed(|directory| restore(&place, directory, Restore::Replace).unwrap());
    assert!(restored.replaced && restored.verification.differences.is_empty());
    assert_eq!(reports(&centre.server) as u64, info.documents);
    assert!(centre.server.verify(Repair::No, centre.now).unwrap().differences.is_empty());
    // What was there is kept, whole, until the operator removes it.
    let kept = restored.kept.unwrap();
    let kept = Connection::open(kept.join("sambang.db")).unwrap();
    assert_eq!(kept.query_row("SELECT count(*) FROM report", [], |row| row.get::<_, i64>(0)).unwrap(), before as i64);
    assert!(!centre.directory.path().join("restoring").exists());
    // Devices go on; a phone that was restored to the same day too.
    let mut officer = after;
    officer.head.counter += 100;
    officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    assert_eq!(reports(&centre.server) as u64, info.documents + 1);
}

#[test]
fn a_backup_is_looked_at_without_replacing_anything() {
    let mut centre = Centre::new();
    let backups = tempfile::tempdir().unwrap();
    let (place, info) = centre.server.backup(&backups.path().join("satu"), centre.now).unwrap();
    centre.phone(11, Role::Officer, &[VILLAGE]);
    let looked = centre.closed(|directory| restore(&place, directory, Restore::Check).unwrap());
    assert!(!looked.replaced && looked.kept.is_none() && looked.backup == info);
    assert_eq!(centre.server.devices().unwrap().len(), 1);
    assert_eq!(centre.server.backup(&place.join("manifest.json"), centre.now).unwrap_err().code(), "exists");
    // What cannot be written is named: the database is sound.
    let below_a_file = place.join("manifest.json").join("dua");
    let failed = centre.server.backup(&below_a_file, centre.now).unwrap_err();
    assert!(failed.code() == "file" && failed.to_string().contains("manifest.json"), "{failed}");
}

fn names(directory: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

#[test]
fn beside_a_server_a_backup_can_be_looked_at_and_nothing_of_that_is_left() {
    let centre = Centre::new();
    let backups = tempfile::tempdir().unwrap();
    let (place, info) = centre.server.backup(&backups.path().join("satu"), centre.now).unwrap();
    let _serving = centre.server.lock_for_serving().unwrap();
    let before = names(centre.directory.path());
    // What one that was killed left: the keys are in it.
    std::fs::create_dir(centre.directory.path().join("restoring")).unwrap();
    std::fs::write(centre.directory.path().join("restoring/keys"), "kunci").unwrap();
    let looked = restore(&place, centre.directory.path(), Restore::Check).unwrap();
    assert!(!looked.replaced && looked.verification.differences.is_empty() && looked.backup == info);
    assert_eq!(names(centre.directory.path()), before);
    std::fs::remove_file(place.join("journal.log")).unwrap();
    assert_eq!(restore(&place, centre.directory.path(), Restore::Check).unwrap_err().code(), "backup-damaged");
    assert_eq!(names(centre.directory.path()), before);
}

#[test]
fn a_new_machine_needs_the_backup_and_the_key_file() {
    let mut centre = Centre::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let (place, _) = centre.server.backup(&elsewhere.path().join("satu"), centre.now).unwrap();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    let (later, _) = centre.server.backup(&elsewhere.path().join("dua"), centre.now).unwrap();
    let machine = elsewhere.path().join("mesin");
    let code = |keys: Option<&Path>| {
        let options = RestoreOptions { what: Restore::Replace, keys, journal: None };
        Server::restore(&later, &machine, options, centre.now).map_err(|error| error.code())
    };
    assert_eq!(code(None).unwrap_err(), "keys-missing");
    let mistyped = elsewhere.path().join("kunci");
    let options = RestoreOptions { what: Restore::Replace, keys: Some(&mistyped), journal: None };
    let failed = Server::restore(&later, &machine, options, centre.now).unwrap_err();
    assert!(failed.code() == "file" && failed.to_string().contains(mistyped.to_str().unwrap()), "{failed}");
    let foreign = Centre::new();
    let others = elsewhere.path().join("lain");
    Server::open(&others, OpenOptions::CreateIfMissing { now: centre.now, random: [9; 96] }).unwrap();
    assert_eq!(code(Some(&others.join("keys"))).unwrap_err(), "keys-foreign");
    assert!(!machine.join("sambang.db").exists());
    let restored = code(Some(&centre.directory.path().join("keys"))).unwrap();
    assert!(restored.replaced && restored.kept.is_none());
    let server = Server::open(&machine, OpenOptions::MustExist).unwrap();
    assert_eq!((reports(&server), server.root_key()), (1, centre.server.root_key()));
    assert_eq!(server.verify_journal().unwrap(), centre.server.verify_journal().unwrap(), "the backup's journal came along");
    assert_eq!(server.newest_backup().unwrap(), Some(restored.backup));
    // Into a directory that has a centre, whose keys they are decides.
    drop(server);
    assert_eq!(restore(&place, &others, Restore::Replace).unwrap_err().code(), "keys-foreign");
    drop(foreign);
}

#[test]
fn a_backup_that_was_changed_replaces_nothing() {
    let mut centre = Centre::new();
    let backups = tempfile::tempdir().unwrap();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    let (place, _) = centre.server.backup(&backups.path().join("satu"), centre.now).unwrap();
    let whole = |name: &str| std::fs::read(place.join(name)).unwrap();
    let (database, manifest) = (whole("sambang.db"), whole("manifest.json"));
    let mut flipped = database.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let text = String::from_utf8(manifest.clone()).unwrap();
    let cases: [(&str, Option<Vec<u8>>, &str); 7] = [
        ("sambang.db", Some(flipped), "backup-damaged"),
        ("sambang.db", Some(database[..database.len() - 4_096].to_vec()), "backup-damaged"),
        ("sambang.db", None, "backup-damaged"),
        ("manifest.json", None, "not-a-backup"),
        ("manifest.json", Some(text.replace("\"format\": 1", "\"format\": 9").into_bytes()), "not-a-backup"),
        ("manifest.json", Some(text.replace("\"documents\": 1", "\"documents\": 2").into_bytes()), "backup-damaged"),
        ("manifest.json", Some(manifest[..40].to_vec()), "backup-damaged"),
    ];
    for (name, changed, code) in cases {
        match &changed {
            Some(bytes) => std::fs::write(place.join(name), bytes).unwrap(),
            None => std::fs::remove_file(place.join(name)).unwrap(),
        }
        let failed = centre.closed(|directory| restore(&place, directory, Restore::Replace).unwrap_err());
        assert_eq!(failed.code(), code, "{name}");
        assert_eq!(reports(&centre.server), 1);
        assert!(!centre.directory.path().join("restoring").exists());
        std::fs::write(place.join("sambang.db"), &database).unwrap();
        std::fs::write(place.join("manifest.json"), &manifest).unwrap();
    }
    // Signed and unchanged since, but made of a centre in which somebody had written: the reports do not verify.
    let other = Connection::open(centre.directory.path().join("sambang.db")).unwrap();
    other.execute("UPDATE accepted SET kind = 2", []).unwrap();
    drop(other);
    let (wrong, _) = centre.server.backup(&backups.path().join("dua"), centre.now).unwrap();
    let refused = centre.closed(|directory| restore(&wrong, directory, Restore::Replace).unwrap());
    assert!(!refused.replaced && refused.verification.differences.iter().any(|finding| finding.code == "running-hash"));
    // The sound one puts it right.
    assert!(centre.closed(|directory| restore(&place, directory, Restore::Replace).unwrap()).replaced);
    assert!(centre.server.verify(Repair::No, centre.now).unwrap().differences.is_empty());
}

#[test]
fn beside_a_server_or_a_command_nothing_is_restored() {
    let centre = Centre::new();
    let backups = tempfile::tempdir().unwrap();
    let (place, _) = centre.server.backup(&backups.path().join("satu"), centre.now).unwrap();
    let serving = centre.server.lock_for_serving().unwrap();
    assert_eq!(restore(&place, centre.directory.path(), Restore::Replace).unwrap_err(), ServerError::InUse);
    drop(serving);
    // The command is this very test.
    assert_eq!(restore(&place, centre.directory.path(), Restore::Replace).unwrap_err(), ServerError::Busy);
}

#[test]
fn a_damaged_database_is_no_backup() {
    let centre = Centre::new();
    let backups = tempfile::tempdir().unwrap();
    let database = centre.directory.path().join("sambang.db");
    let other = Connection::open(&database).unwrap();
    // A table's first page points nowhere.
    other.execute_batch("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 999999 WHERE name = 'document';").unwrap();
    drop(other);
    assert_eq!(centre.server.backup(&backups.path().join("satu"), centre.now).unwrap_err().code(), "damaged");
    assert_eq!(std::fs::read_dir(backups.path()).unwrap().count(), 0);
    assert_eq!(centre.server.newest_backup().unwrap(), None);
}

#[test]
fn the_program_backs_up_and_restores() {
    let directory = program_centre();
    let at = directory.path();
    json(at, &["officer", "add", "--nrp", "85010001", "--name", "Yohanes Bria", "--unit", VILLAGE]);
    let backups = at.join("cadangan");
    std::fs::create_dir(&backups).unwrap();
    let made = json(at, &["backup", backups.to_str().unwrap()]);
    let place = made["directory"].as_str().unwrap();
    json(at, &["officer", "grant", "85010001", "--unit", "53.03.02.2001"]);
    let checked = json(at, &["restore", place, "--check"]);
    assert_eq!((&checked["replaced"], &checked["verification"]["ok"]), (&false.into(), &true.into()));
    assert_eq!(json(at, &["officer", "list"])[0]["areas"].as_array().unwrap().len(), 2);
    let restored = json(at, &["restore", place]);
    assert_eq!((&restored["replaced"], &restored["journal"]["replayed"]), (&true.into(), &1.into()));
    assert_eq!(json(at, &["officer", "list"])[0]["areas"].as_array().unwrap().len(), 2, "the journal knows the later grant");
    assert!(Path::new(restored["kept"].as_str().unwrap()).join("sambang.db").exists());
    assert_eq!(json(at, &["officer", "list"])[0]["nrp"], nrp(85_010_001).to_string());
    let wrong = run(at, &["restore", at.to_str().unwrap(), "--json", "--lang", "en"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("not-a-backup"));
}
