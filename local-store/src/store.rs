//! The SQLite file: created whole or not at all, opened by one process, migrated forward, never wiped.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::{Error, Host, fingerprints, rescue};

/// "SMBG": tells our files from other SQLite files.
pub(crate) const APPLICATION_ID: i32 = 0x534d_4247;
/// Each applied once, in order; `user_version` counts them.
const MIGRATIONS: [&str; 13] = [
    include_str!("../migrations/0001_init.sql"),
    include_str!("../migrations/0003_inbox.sql"),
    include_str!("../migrations/0004_held.sql"),
    include_str!("../migrations/0005_broadcasts.sql"),
    include_str!("../migrations/0006_forms.sql"),
    include_str!("../migrations/0007_schedule.sql"),
    include_str!("../migrations/0008_marks.sql"),
    include_str!("../migrations/0009_records.sql"),
    include_str!("../migrations/0010_fingerprint.sql"),
    include_str!("../migrations/0011_bundle.sql"),
    include_str!("../migrations/0012_leaving.sql"),
    include_str!("../migrations/0013_pending.sql"),
    include_str!("../migrations/0014_needed.sql"),
];

/// The newest schema that this program knows.
pub(crate) const NEWEST: i64 = MIGRATIONS.len() as i64;

/// An open store: the connection, and the lock that keeps other processes out.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
    _lock: File,
}

impl Store {
    /// Opens the store, or creates one where there is no file. What is damaged is not touched, nor is its log: SQLite drops without a word what was
    /// committed behind a damaged frame, and a log that lies beside a new file of the same name it takes for that file's.
    pub(crate) fn open(path: &Path, host: &dyn Host) -> Result<Self, Error> {
        let lock = lock(path)?;
        if !path.try_exists()? {
            if log_of(path).try_exists()? {
                return Err(Error::Damaged("the file is gone, its -wal is there".to_owned()));
            }
            create(path, host)?;
        }
        check_header(path)?;
        if !rescue::is_log_whole(path)? {
            return Err(Error::Damaged("the file -wal".to_owned()));
        }
        let mut connection = connect(path)?;
        let version = user_version(&connection)?;
        if version > MIGRATIONS.len() as i64 {
            return Err(Error::Newer(version));
        }
        let findings: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if findings != "ok" {
            return Err(Error::Damaged(findings));
        }
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        migrate(&mut connection, version)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        fingerprints::recount(&transaction)?;
        transaction.commit()?;
        Ok(Self { connection, _lock: lock })
    }

    /// A transaction that may write; it takes the write lock at once, so that it never fails in its middle.
    pub(crate) fn write(&mut self) -> Result<Transaction<'_>, Error> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    /// For reading.
    pub(crate) fn read(&self) -> &Connection {
        &self.connection
    }
}

/// One process at a time: two writers with one device's key and counter would use numbers twice. A file of its own, because closing any
/// handle of the database file drops SQLite's own locks on it.
fn lock(path: &Path) -> Result<File, Error> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(beside(path, ".lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Another file of the same store.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The write-ahead log.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    beside(path, "-wal")
}

/// Looks at the first bytes before SQLite does: a file that is not ours, or newer, is not touched at all.
fn check_header(path: &Path) -> Result<(), Error> {
    let mut header = Vec::new();
    File::open(path)?.take(100).read_to_end(&mut header)?;
    let number = |at: usize| header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_be_bytes);
    match (header.starts_with(b"SQLite format 3\0"), number(60), number(68)) {
        (true, Some(version), Some(APPLICATION_ID)) if i64::from(version) > MIGRATIONS.len() as i64 => Err(Error::Newer(version.into())),
        (true, Some(_), Some(APPLICATION_ID)) => Ok(()),
        // An empty or cut file where a store was: it is not ours to fill again, or the reports in it would be forgotten in silence.
        _ if header.len() < 100 => Err(Error::Damaged("the file is empty or cut".to_owned())),
        (true, _, _) => Err(Error::Foreign),
        (false, _, Some(APPLICATION_ID)) => Err(Error::Damaged("the header is damaged".to_owned())),
        (false, _, _) => Err(Error::Foreign),
    }
}

/// Under another name first: a store is there whole or not at all, also when the power fails.
fn create(path: &Path, host: &dyn Host) -> Result<(), Error> {
    let fresh = beside(path, ".new");
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    let mut connection = connect(&fresh)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate(&mut connection, 0)?;
    let (mut incarnation, mut key) = ([0; 8], [0; 32]);
    host.random(&mut incarnation).and_then(|()| host.random(&mut key)).map_err(Error::Storage)?;
    connection.execute("INSERT INTO device (one, incarnation, key) VALUES (1, ?1, ?2)", params![incarnation, key])?;
    connection.close().map_err(|(_, error)| error)?;
    File::open(&fresh)?.sync_all()?;
    std::fs::rename(&fresh, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}

/// Until it is known to be sound, nothing is folded into the file, also not when this connection is closed.
fn connect(path: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Else a statement is prepared anew whenever another value is bound to it, for statistics that these tables do not have.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    // What is deleted from a draft is gone.
    connection.pragma_update(None, "secure_delete", true)?;
    // An exchange has more than a hundred statements.
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

fn user_version(connection: &Connection) -> Result<i64, Error> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn migrate(connection: &mut Connection, version: i64) -> Result<(), Error> {
    for (number, sql) in (1_i64..).zip(MIGRATIONS).skip_while(|(number, _)| *number <= version) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;
    use crate::SystemHost;

    #[test]
    fn a_store_of_each_earlier_version_is_migrated_and_keeps_its_rows() {
        for version in 1..MIGRATIONS.len() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("old.sambang");
            let old = connect(&path).unwrap();
            old.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
            MIGRATIONS.iter().take(version).for_each(|sql| old.execute_batch(sql).unwrap());
            old.pragma_update(None, "user_version", i64::try_from(version).unwrap()).unwrap();
            old.execute("INSERT INTO device (one, incarnation, key, counter) VALUES (1, x'0102030405060708', zeroblob(32), 41)", [])
                .unwrap();
            old.close().unwrap();
            let store = Store::open(&path, &SystemHost).unwrap();
            assert_eq!(user_version(store.read()).unwrap(), MIGRATIONS.len() as i64);
            let counter: i64 = store.read().query_row("SELECT counter FROM device", [], |row| row.get(0)).unwrap();
            assert_eq!(counter, 41, "from version {version}");
        }
    }
}
