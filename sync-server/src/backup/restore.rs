//! Restoring a backup: verified beside what is there, then put in its place.

use std::path::{Path, PathBuf};

use sync_core::Timestamp;

use super::make::{remember, remove_directory};
use super::manifest::{MANIFEST, Manifest, measure};
use super::{BackupInfo, replace, stamp};
use crate::journal::{JournalFile, State};
use crate::key_file::Keys;
use crate::store::copy::{Alone, facts};
use crate::store::{DATABASE, KEYS, Store, create_directory, journal as rows, lock_for_restoring, lock_for_serving, sync_directory_of};
use crate::{JournalReplayed, OpenOptions, Repair, Server, ServerError, Verification};

/// What to do with a backup that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restore {
    /// Nothing: it was only to be looked at.
    Check,
    /// Put it in the place of what is there.
    Replace,
}

/// How to restore.
#[derive(Debug, Clone, Copy)]
pub struct RestoreOptions<'a> {
    /// What to do with a backup that is whole.
    pub what: Restore,
    /// The key file, where the directory has none.
    pub keys: Option<&'a Path>,
    /// The journal's directory, where it is another one than the database that is there, or else the backup, knows. One without a journal gets the
    /// backup's.
    pub journal: Option<&'a Path>,
}

/// What came of a restore.
#[derive(Debug)]
pub struct Restored {
    /// What the backup says of itself.
    pub backup: BackupInfo,
    /// What verifying it found. Nothing was replaced where there are differences.
    pub verification: Verification,
    /// True when the backup is in its place now.
    pub replaced: bool,
    /// Where the database that was there is kept; none where there was none, or nothing was replaced.
    pub kept: Option<PathBuf>,
    /// What the journal knew and the backup did not, now in the database; none where nothing was replaced.
    pub journal: Option<JournalReplayed>,
}

impl Server {
    /// Verifies a backup – signature, hashes, the file, every report rebuilt – and puts it in the place of the database of a directory, which is kept
    /// aside. The journal is left as it is, and replayed. Killed at any moment, the directory has the one database or the other, whole. Looking at a
    /// backup needs nobody to stop.
    ///
    /// # Errors
    /// [`ServerError::InUse`] beside a running server, [`ServerError::Busy`] beside a command; what is wrong with the backup. Nothing was replaced.
    pub fn restore(backup: &Path, directory: &Path, options: RestoreOptions<'_>, now: Timestamp) -> Result<Restored, ServerError> {
        let manifest = Manifest::read(backup)?;
        create_directory(directory)?;
        let _only_serving = (options.what == Restore::Replace).then(|| lock_for_serving(directory)).transpose()?;
        let _only_restoring = lock_for_restoring(directory)?;
        let staging = directory.join("restoring");
        let keys = keys_of(directory, options.keys)?;
        match manifest.is_of(&keys.root()) {
            true => {}
            false if manifest.backup.root_key == hex::encode(keys.root().0) => return Err(ServerError::BackupDamaged(MANIFEST.to_owned())),
            false => return Err(ServerError::KeysForeign),
        }
        remove_directory(&staging)?;
        let tried = stage(backup, &manifest.backup, &staging, &keys, now).and_then(|verification| {
            let replaces = options.what == Restore::Replace && verification.differences.is_empty();
            let kept = if replaces { put(directory, &staging, &keys, options.journal, now)? } else { None };
            Ok(Restored { backup: manifest.backup, verification, replaced: replaces, kept, journal: None })
        });
        remove_directory(&staging)?;
        let mut restored = tried?;
        if restored.replaced {
            remember(directory, &restored.backup)?;
            restored.journal = Some(Self::open(directory, OpenOptions::MustExist)?.replay_journal()?);
        }
        Ok(restored)
    }
}

/// The directory's own keys, else those of the file that was named.
fn keys_of(directory: &Path, named: Option<&Path>) -> Result<Keys, ServerError> {
    match (Keys::read(&directory.join(KEYS))?, named) {
        (Some(own), _) => Ok(own),
        (None, Some(file)) => Keys::read(file)?.ok_or_else(|| ServerError::of_file(file, &std::io::ErrorKind::NotFound.into())),
        (None, None) => Err(ServerError::KeysMissing),
    }
}

/// A centre of its own, made of the backup and the keys, and verified.
fn stage(backup: &Path, info: &BackupInfo, staging: &Path, keys: &Keys, now: Timestamp) -> Result<Verification, ServerError> {
    create_directory(staging)?;
    for file in &info.files {
        let damaged = || ServerError::BackupDamaged(file.name.clone());
        let (from, to) = (backup.join(&file.name), staging.join(&file.name));
        match std::fs::copy(&from, &to) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(damaged()),
            Err(error) => return Err(ServerError::of_file(&from, &error)),
        }
        // The copy is measured, not the original: it is what will be used.
        if measure(&to, &file.name)? != *file {
            return Err(damaged());
        }
    }
    let database = staging.join(DATABASE);
    facts(&database)?;
    keys.create(&staging.join(KEYS))?;
    let verification = Server::open_to_look_at(staging)?.verify(Repair::No, now)?;
    Ok(verification)
}

fn put(directory: &Path, staging: &Path, keys: &Keys, journal: Option<&Path>, now: Timestamp) -> Result<Option<PathBuf>, ServerError> {
    // Where there were none.
    keys.create(&directory.join(KEYS))?;
    place_journal(directory, staging, journal, keys)?;
    let database = staging.join(DATABASE);
    // Out of the write-ahead log, and on the disk.
    drop(Alone::take(&database)?);
    std::fs::File::open(&database)?.sync_all()?;
    let aside = free_name(directory, &stamp(now))?;
    replace::replace(directory, &database, &aside, &keys.root(), &mut |_| Ok(()))
}

/// The journal that the restored database will go on with: that which is there, for it is newer; the backup's where there is none. It may have been
/// moved since the backup: the database that is replaced knows where to.
fn place_journal(directory: &Path, staging: &Path, given: Option<&Path>, keys: &Keys) -> Result<(), ServerError> {
    let store = Store::open(staging)?;
    let (of_backup, _) = store.read(|db| Ok(rows::read(db)?))?;
    let database = directory.join(DATABASE);
    let live = rows::place_in(&database);
    // A database that cannot be read does not say whether the journal was moved since the backup.
    let unsure = live.is_none() && database.try_exists().map_err(|error| ServerError::of_file(&database, &error))?;
    let known = live.unwrap_or(of_backup);
    let place = match given {
        Some(given) => std::path::absolute(given)?,
        None if known.is_empty() => directory.join("journal"),
        None => PathBuf::from(&known),
    };
    let file = JournalFile::new(&place, keys.root());
    match (file.exists()?, given.is_none() && (unsure || !known.is_empty())) {
        (true, _) => drop(State::of(&file, &keys.root())?),
        // Its disk may only not be mounted: what it knows would be forgotten in silence.
        (false, true) => return Err(ServerError::RestoreJournalMissing(file.path().display().to_string())),
        (false, false) => {
            create_directory(&place).map_err(|error| error.at(&place))?;
            JournalFile::new(staging, keys.root()).copy_to(file.path())?;
            sync_directory_of(file.path()).map_err(|error| error.at(file.path()))?;
        }
    }
    let named = match given {
        Some(_) => place.to_str().ok_or_else(|| ServerError::File(format!("{}: UTF-8", place.display())))?,
        None => known.as_str(),
    };
    store.write(|db| Ok(rows::put_place(db, named)?))
}

fn free_name(directory: &Path, stamp: &str) -> Result<PathBuf, ServerError> {
    let mut name = directory.join(format!("before-restore-{stamp}"));
    let mut number = 1;
    while name.try_exists()? {
        number += 1;
        name = directory.join(format!("before-restore-{stamp}-{number}"));
    }
    Ok(name)
}
