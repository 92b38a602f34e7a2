//! A copy of the database: made beside writers, and put in the place of another one.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use sync_core::UnitCode;

use super::{APPLICATION_ID, DATABASE, Store, check, connect};
use crate::ServerError;

/// What stands in a copy.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) root_key: [u8; 32],
    pub(crate) schema: i64,
    pub(crate) documents: u64,
    /// The newest sequence of each partition, with its running hash.
    pub(crate) marks: Vec<(UnitCode, u64, [u8; 32])>,
}

impl Store {
    /// Writes all that is committed now into a new file, on the disk when this returns. Writers do not wait. A copy by rebuilding: what was deleted
    /// is not in it, and a page that does not read ends it, so that a damaged database never becomes a backup.
    pub(crate) fn copy_to(&self, file: &Path) -> Result<(), ServerError> {
        let name = file.to_str().ok_or_else(|| ServerError::File(format!("{}: UTF-8", file.display())))?;
        connect(&self.directory.join(DATABASE))?.execute("VACUUM INTO ?1", [name])?;
        #[cfg(unix)]
        std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(File::open(file)?.sync_all()?)
    }

    /// The data directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }
}

/// Reads a copy without changing it.
pub(crate) fn facts(file: &Path) -> Result<Facts, ServerError> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    check(&db)?;
    let integrity: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if integrity != "ok" {
        return Err(ServerError::Damaged(integrity));
    }
    let mut marks = Vec::new();
    for (partition, _) in super::sequence::newest(&db)? {
        let counter = super::sequence::counter(&db, partition)?;
        marks.extend(counter.map(|(sequence, hash)| (partition, sequence, hash)));
    }
    Ok(Facts {
        root_key: db.query_row("SELECT root_key FROM centre", [], |row| row.get(0))?,
        schema: db.pragma_query_value(None, "user_version", |row| row.get(0))?,
        documents: db.query_row("SELECT count(*) FROM document", [], |row| super::row::number(row, "count(*)"))?,
        marks,
    })
}

/// True when a file begins like a centre's database. One that does not is never given to SQLite, which may remove the log beside it.
pub(crate) fn begins_like_ours(file: &Path) -> Result<bool, ServerError> {
    let mut header = [0; 72];
    match File::open(file)?.read_exact(&mut header) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    Ok(header.starts_with(b"SQLite format 3\0") && header.ends_with(&APPLICATION_ID.to_be_bytes()))
}

/// A database that nobody else has open, with all of it in one file.
#[derive(Debug)]
pub(crate) struct Alone(Connection);

impl Alone {
    /// Leaves the write-ahead log, which takes that nobody else is there, and keeps everybody out while this lives.
    ///
    /// # Errors
    /// [`ServerError::Busy`] where another command runs. A file that cannot be read is named.
    pub(crate) fn take(file: &Path) -> Result<Self, ServerError> {
        let db = super::bare(file)?;
        check(&db)?;
        let mode: String = db.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
        if mode != "delete" {
            return Err(ServerError::Busy);
        }
        db.execute_batch("BEGIN EXCLUSIVE")?;
        Ok(Self(db))
    }

    /// The public root key of its centre.
    pub(crate) fn root_key(&self) -> Result<[u8; 32], ServerError> {
        Ok(self.0.query_row("SELECT root_key FROM centre", [], |row| row.get(0))?)
    }
}
