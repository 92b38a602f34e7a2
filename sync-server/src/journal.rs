//! The security journal: who was enrolled, granted what, revoked; appended before anybody is answered, in a file that does not go back with the
//! database.
//!
//! ```text
//! 17 1764000000000 decided <record> <signature> <chain>
//! ```
//!
//! Number, milliseconds since 1970, kind, content, and the hash over the line before and this one, all with one space between. Bytes are hex. What
//! the centre decided stands there as the record that it signed: a line cannot be changed, and none can be made without the keys.

mod entry;
mod file;
mod merge;
mod state;

pub(crate) use entry::{End, Entry};
pub(crate) use file::{JOURNAL, JournalFile};
pub(crate) use merge::{Merged, merge};
pub(crate) use state::State;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sync_core::Timestamp;

use crate::ServerError;
use crate::key_file::Keys;
use crate::store::{Store, journal as rows};

/// What to do where the journal of a centre is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// A named error: the disk may only not be mounted.
    Refuse,
    /// Begin a new one, of what the database knows.
    Renew,
}

/// The journal of an open centre.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) file: JournalFile,
    /// What making it equal with the database came to when it was opened; none where it was.
    pub(crate) opened: Option<Merged>,
}

impl Journal {
    /// Opens the journal in the directory that is `given`, else where it was the last time, else beside the database. One that is not where the
    /// database left it is made equal with it.
    pub(crate) fn open(store: &Store, given: Option<&Path>, lost: Lost) -> Result<Self, ServerError> {
        let (place, end) = store.read(|db| Ok(rows::read(db)?))?;
        let beside = std::path::absolute(store.directory().join("journal"))?;
        let directory = match given {
            Some(given) => std::path::absolute(given)?,
            None if place.is_empty() => beside.clone(),
            None => PathBuf::from(&place),
        };
        let named = if directory == beside { "" } else { directory.to_str().ok_or_else(|| not_utf8(&directory))? };
        let file = JournalFile::new(&directory, store.keys.root());
        match (file.exists()?, end, lost) {
            (true, _, Lost::Renew) => return Err(ServerError::Exists(file.path().display().to_string())),
            (true, Some(end), Lost::Refuse) if named == place && file.end()? == Some(end) => return Ok(Self { file, opened: None }),
            (true, _, Lost::Refuse) => {}
            (false, Some(_), Lost::Refuse) => return Err(file.missing()),
            (false, _, _) => file.create()?,
        }
        let merged = store.write(|db| {
            let merged = merge(db, &file, &store.keys)?;
            rows::put_place(db, named)?;
            Ok(merged)
        })?;
        Ok(Self { file, opened: Some(merged) })
    }

    /// Makes journal and database equal where another process ended between the two. Nobody else appends while the caller's transaction lasts.
    pub(crate) fn ready(&self, db: &Connection, keys: &Keys) -> Result<End, ServerError> {
        let (_, end) = rows::read(db)?;
        match end.filter(|end| self.file.end().is_ok_and(|last| last == Some(*end))) {
            Some(end) => Ok(end),
            None => Ok(merge(db, &self.file, keys)?.end),
        }
    }

    /// Appends after [`Journal::ready`] gave that end; on the disk when this returns. JOURNAL_FIRST: the caller's transaction ends after it, the
    /// answer goes out after both.
    pub(crate) fn append(&self, db: &Connection, end: End, entries: Vec<Entry>, now: Timestamp) -> Result<(), ServerError> {
        if !entries.is_empty() {
            rows::put_end(db, self.file.append(end, entries.into_iter().map(|entry| (now, entry)))?)?;
        }
        Ok(())
    }
}

fn not_utf8(directory: &Path) -> ServerError {
    ServerError::File(format!("{}: UTF-8", directory.display()))
}
