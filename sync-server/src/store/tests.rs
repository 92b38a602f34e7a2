#![expect(clippy::unwrap_used, reason = "a failed test may panic")]
use super::*;

fn now() -> Timestamp {
    Timestamp::from_unix_ms(1_764_000_000_000)
}

fn made() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("centre");
    Store::create(&path, now(), &[7; 96]).unwrap();
    (directory, path)
}

#[test]
fn a_directory_is_made_once_and_opened_by_many() {
    let (_directory, path) = made();
    let (one, two) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
    one.write(|db| Ok(unit::changed(db)?)).unwrap();
    assert_eq!(two.read(|db| Ok(unit::version(db)?)).unwrap(), 1);
    Store::create(&path, now(), &[8; 96]).unwrap();
    assert_eq!(Store::open(&path).unwrap().keys.root(), one.keys.root(), "never made anew");
    let _lock = one.lock_for_serving().unwrap();
    assert_eq!(two.lock_for_serving().unwrap_err(), ServerError::InUse);
}

#[test]
fn a_directory_that_is_not_ours_is_named_and_stays_as_it_is() {
    let (_directory, path) = made();
    let database = path.join(DATABASE);
    let whole = std::fs::read(&database).unwrap();
    let open = |bytes: &[u8]| {
        std::fs::write(&database, bytes).unwrap();
        let error = Store::open(&path).unwrap_err();
        assert_eq!(std::fs::read(&database).unwrap(), bytes, "{error}");
        error.code()
    };
    let changed = |at: usize, value: u8| {
        let mut bytes = whole.clone();
        *bytes.get_mut(at).unwrap() = value;
        bytes
    };
    assert_eq!(open(b""), "damaged");
    assert_eq!(open(b"code,name\n53,NTT\n"), "foreign");
    assert_eq!(open(&changed(71, 9)), "foreign", "application_id");
    assert_eq!(open(&changed(63, 99)), "newer", "user_version");
    std::fs::remove_file(&database).unwrap();
    assert_eq!(Store::open(&path).unwrap_err().code(), "no-centre");
}

#[test]
fn a_database_signs_only_with_its_own_keys() {
    let (_directory, path) = made();
    let keys = path.join(KEYS);
    std::fs::rename(&keys, path.join("away")).unwrap();
    assert_eq!(Store::open(&path).unwrap_err(), ServerError::KeysMissing);
    Store::create(&path, now(), &[8; 96]).unwrap();
    assert_eq!(Store::open(&path).unwrap_err(), ServerError::KeysMissing, "new keys would orphan every device");
    Keys::new(&[9; 96]).create(&keys).unwrap();
    assert_eq!(Store::open(&path).unwrap_err(), ServerError::KeysForeign);
}

#[test]
fn a_transaction_that_fails_leaves_nothing() {
    let (_directory, path) = made();
    let store = Store::open(&path).unwrap();
    let failed = store.write(|db| {
        unit::changed(db)?;
        Err::<(), _>(ServerError::Busy)
    });
    assert_eq!(failed, Err(ServerError::Busy));
    assert_eq!(store.read(|db| Ok(unit::version(db)?)).unwrap(), 0);
}
