//! The data directory: `sambang.db`, `keys`, `high-water`, `serve.lock`. Created whole or not at all, migrated forward, never wiped. Many processes
//! may work on it at once; SQLite keeps them apart.

pub(crate) mod apart;
pub(crate) mod broadcast;
pub(crate) mod code;
pub(crate) mod copy;
pub(crate) mod counter;
pub(crate) mod device;
pub(crate) mod document;
pub(crate) mod feed;
pub(crate) mod figures;
pub(crate) mod fingerprint;
pub(crate) mod form;
pub(crate) mod grant;
pub(crate) mod held;
pub(crate) mod journal;
pub(crate) mod officer;
pub(crate) mod quarantine;
pub(crate) mod repeat;
pub(crate) mod report;
pub(crate) mod rollback;
pub(crate) mod row;
pub(crate) mod sequence;
pub(crate) mod unit;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior, params};
use sync_core::Timestamp;

use crate::ServerError;
use crate::key_file::Keys;

/// "SMBC": tells a centre's database from other SQLite files, also from a device's store.
const APPLICATION_ID: i32 = 0x534d_4243;
/// Each applied once, in order; `user_version` counts them.
const MIGRATIONS: [&str; 11] = [
    include_str!("../migrations/sqlite/0001_init.sql"),
    include_str!("../migrations/sqlite/0002_repeats.sql"),
    include_str!("../migrations/sqlite/0003_quarantine.sql"),
    include_str!("../migrations/sqlite/0004_held.sql"),
    include_str!("../migrations/sqlite/0005_broadcasts.sql"),
    include_str!("../migrations/sqlite/0006_succession.sql"),
    include_str!("../migrations/sqlite/0007_forms.sql"),
    include_str!("../migrations/sqlite/0008_journal.sql"),
    include_str!("../migrations/sqlite/0009_rollbacks.sql"),
    FINGERPRINTS,
    include_str!("../migrations/sqlite/0011_lives.sql"),
];
/// After it every document is counted in its feeds: SQL alone cannot.
const FINGERPRINTS: &str = include_str!("../migrations/sqlite/0010_fingerprints.sql");
/// The migration after which the reports that are there are flagged: SQL alone cannot.
const REPEATS: i64 = 2;
pub(crate) const DATABASE: &str = "sambang.db";
pub(crate) const KEYS: &str = "keys";
/// How long a writer waits for another process: an import of all 91,599 units takes some seconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// Idle reading connections that are kept.
const READERS_MAX: usize = 16;

/// An open data directory.
#[derive(Debug)]
pub(crate) struct Store {
    directory: PathBuf,
    /// One writer in this process: waiting here is fair, waiting inside SQLite is not.
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    pub(crate) keys: Keys,
}

impl Store {
    /// Makes a new directory, or completes one whose making was cut off. Does nothing where there is one.
    pub(crate) fn create(directory: &Path, now: Timestamp, random: &[u8; 96]) -> Result<(), ServerError> {
        create_directory(directory)?;
        let (database, key_file) = (directory.join(DATABASE), directory.join(KEYS));
        if database.try_exists()? {
            return Ok(());
        }
        if Keys::read(&key_file)?.is_none() {
            Keys::new(random).create(&key_file)?;
        }
        let keys = Keys::read(&key_file)?.ok_or(ServerError::KeysMissing)?;
        create_database(&database, &keys, now)
    }

    /// Opens a directory that is there.
    pub(crate) fn open(directory: &Path) -> Result<Self, ServerError> {
        let database = directory.join(DATABASE);
        if !database.try_exists()? {
            return Err(ServerError::NoCentre(directory.display().to_string()));
        }
        let keys = Keys::read(&directory.join(KEYS))?.ok_or(ServerError::KeysMissing)?;
        let mut writer = bare(&database)?;
        check(&writer)?;
        configure(&writer)?;
        migrate(&mut writer)?;
        let root: Option<[u8; 32]> = writer.query_row("SELECT root_key FROM centre", [], |row| row.get(0)).optional()?;
        match root {
            Some(root) if root == keys.root().0 => {}
            Some(_) => return Err(ServerError::KeysForeign),
            None => return Err(ServerError::Damaged("sambang.db".to_owned())),
        }
        writer.pragma_update(None, "journal_mode", "WAL")?;
        Ok(Self { directory: directory.to_owned(), writer: Mutex::new(writer), readers: Mutex::default(), keys })
    }

    /// The lock that only one `serve` may have.
    pub(crate) fn lock_for_serving(&self) -> Result<File, ServerError> {
        lock_for_serving(&self.directory)
    }

    /// Does `work` in one transaction that takes the write lock at once, so that it never fails in its middle. Nothing is kept of it
    /// unless it ends well.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, ServerError>) -> Result<T, ServerError> {
        let mut connection = locked(&self.writer);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Takes the write lock, writes, and takes it back.
    pub(crate) fn probe(&self) -> Result<(), ServerError> {
        let mut connection = locked(&self.writer);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("UPDATE centre SET probe = probe + 1", [])?;
        Ok(transaction.rollback()?)
    }

    /// Does `work` on one snapshot, without waiting for writers.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, ServerError>) -> Result<T, ServerError> {
        let idle = locked(&self.readers).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(&self.directory.join(DATABASE))?,
        };
        let transaction = connection.transaction()?;
        let done = work(&transaction)?;
        transaction.finish()?;
        let mut readers = locked(&self.readers);
        if readers.len() < READERS_MAX {
            readers.push(connection);
        }
        Ok(done)
    }
}

/// The lock of a directory that only one `serve` or `restore` may have; it ends with the file handle, also when the process is killed.
pub(crate) fn lock_for_serving(directory: &Path) -> Result<File, ServerError> {
    lock(File::options().create(true).truncate(false).write(true).open(directory.join("serve.lock"))?, ServerError::InUse)
}

/// One restore, or look at a backup, at a time: what lies in its place then was left by one that was killed. On the directory itself, for nothing may
/// stay behind.
pub(crate) fn lock_for_restoring(directory: &Path) -> Result<File, ServerError> {
    lock(File::open(directory)?, ServerError::Busy)
}

fn lock(file: File, taken: ServerError) -> Result<File, ServerError> {
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(taken),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// A panic in another thread rolled its transaction back; the connection is as good as before.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// For its owner only: it holds residents' data and the centre's keys.
pub(crate) fn create_directory(directory: &Path) -> Result<(), ServerError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(directory)?)
}

/// Makes a file under another name and gives it its own when it is whole. False when one of that name was there already: it stays.
pub(crate) fn publish(path: &Path, make: impl FnOnce(&Path) -> Result<(), ServerError>) -> Result<bool, ServerError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    static TIMES: AtomicU64 = AtomicU64::new(0);
    let times = TIMES.fetch_add(1, Ordering::Relaxed);
    let fresh = path.with_file_name(format!("{name}.new-{}-{times}", std::process::id()));
    remove(&fresh)?;
    make(&fresh)?;
    let published = match std::fs::hard_link(&fresh, path) {
        Ok(()) => true,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error.into()),
    };
    remove(&fresh)?;
    sync_directory_of(path)?;
    Ok(published)
}

/// Until then a name that was given or taken away in a directory may come back after a power cut.
pub(crate) fn sync_directory_of(path: &Path) -> Result<(), ServerError> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(directory)?.sync_all()?)
}

/// Also where there is nothing to remove.
pub(crate) fn remove(path: &Path) -> Result<(), ServerError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn create_database(path: &Path, keys: &Keys, now: Timestamp) -> Result<(), ServerError> {
    publish(path, |fresh| {
        let mut connection = Connection::open(fresh)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        migrate(&mut connection)?;
        connection.execute("INSERT INTO centre (one, root_key, created_at) VALUES (1, ?1, ?2)", params![keys.root().0, now.unix_ms()])?;
        connection.close().map_err(|(_, error)| error)?;
        Ok(File::open(fresh)?.sync_all()?)
    })?;
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, ServerError> {
    let connection = bare(path)?;
    configure(&connection)?;
    Ok(connection)
}

/// Looks at nothing yet: the first question to it should be whose file it is.
fn bare(path: &Path) -> Result<Connection, ServerError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> Result<(), ServerError> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Else a statement is prepared anew whenever another value is bound to it, for statistics that these tables do not have: a quarter of an
    // exchange's time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

/// Whose file it is, before anything is written to it. Only SQLite opens the file: closing any other handle of it would drop the locks that this
/// process has on it through another connection.
fn check(connection: &Connection) -> Result<(), ServerError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let application = match number("application_id") {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => return Err(ServerError::Foreign),
        other => other?,
    };
    match (application, number("user_version")?, number("page_count")?) {
        // An empty file where a database was: it is not ours to fill again, or the reports in it would be forgotten in silence.
        (_, _, 0) => Err(ServerError::Damaged("sambang.db is empty".to_owned())),
        (application, _, _) if application != i64::from(APPLICATION_ID) => Err(ServerError::Foreign),
        (_, version, _) if version > MIGRATIONS.len() as i64 => Err(ServerError::Newer(version)),
        _ => Ok(()),
    }
}

fn migrate(connection: &mut Connection) -> Result<(), ServerError> {
    for (number, sql) in (1_i64..).zip(MIGRATIONS) {
        let version = |connection: &Connection| connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
        if version(connection)? >= number {
            continue;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been quicker.
        if version(&transaction)? < number {
            transaction.execute_batch(sql)?;
            if number == REPEATS {
                repeat::fill(&transaction)?;
            }
            if sql == FINGERPRINTS {
                fingerprint::fill(&transaction)?;
            }
            transaction.pragma_update(None, "user_version", number)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
