//! Restoring a backup: verified beside what is there, then put in its place.

use std::path::{Path, PathBuf};

use sync_core::Timestamp;

use super::make::{remember, remove_directory};
use super::manifest::{MANIFEST, Manifest, measure};
use super::{BackupInfo, replace, stamp};
use crate::key_file::Keys;
use crate::store::copy::{Alone, facts};
use crate::store::{DATABASE, KEYS, create_directory, lock_for_serving};
use crate::{OpenOptions, Repair, Server, ServerError, Verification};

/// What to do with a backup that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restore {
    /// Nothing: it was only to be looked at.
    Check,
    /// Put it in the place of what is there.
    Replace,
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
}

impl Server {
    /// Verifies a backup – signature, hashes, the file, every report rebuilt – and puts it in the place of the database of a directory, which is kept
    /// aside. The key file is that of the directory, else `keys`. Killed at any moment, the directory has the one database or the other, whole.
    ///
    /// # Errors
    /// [`ServerError::InUse`] beside a running server, [`ServerError::Busy`] beside a command; what is wrong with the backup. Nothing was replaced.
    pub fn restore(backup: &Path, directory: &Path, keys: Option<&Path>, what: Restore, now: Timestamp) -> Result<Restored, ServerError> {
        let manifest = Manifest::read(backup)?;
        create_directory(directory)?;
        let _only = lock_for_serving(directory)?;
        let keys = keys_of(directory, keys)?;
        match manifest.is_of(&keys.root()) {
            true => {}
            false if manifest.backup.root_key == hex::encode(keys.root().0) => return Err(ServerError::BackupDamaged(MANIFEST.to_owned())),
            false => return Err(ServerError::KeysForeign),
        }
        let staging = directory.join("restoring");
        remove_directory(&staging)?;
        let tried = stage(backup, &manifest.backup, &staging, &keys, now).and_then(|verification| {
            let replaces = what == Restore::Replace && verification.differences.is_empty();
            let kept = if replaces { put(directory, &staging, &keys, now)? } else { None };
            Ok(Restored { backup: manifest.backup, verification, replaced: replaces, kept })
        });
        remove_directory(&staging)?;
        let restored = tried?;
        if restored.replaced {
            remember(directory, &restored.backup)?;
        }
        Ok(restored)
    }
}

/// The directory's own keys, else those of the file that was named.
fn keys_of(directory: &Path, named: Option<&Path>) -> Result<Keys, ServerError> {
    match (Keys::read(&directory.join(KEYS))?, named) {
        (Some(own), _) => Ok(own),
        (None, Some(file)) => Keys::read(file)?.ok_or(ServerError::KeysMissing),
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
    let verification = Server::open(staging, OpenOptions::MustExist)?.verify(Repair::No, now)?;
    // Out of the write-ahead log, and on the disk.
    drop(Alone::take(&database)?);
    std::fs::File::open(&database)?.sync_all()?;
    Ok(verification)
}

fn put(directory: &Path, staging: &Path, keys: &Keys, now: Timestamp) -> Result<Option<PathBuf>, ServerError> {
    // Where there were none.
    keys.create(&directory.join(KEYS))?;
    let aside = free_name(directory, &stamp(now))?;
    replace::replace(directory, &staging.join(DATABASE), &aside, &keys.root(), &mut |_| Ok(()))
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
