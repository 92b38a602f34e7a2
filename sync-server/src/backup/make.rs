//! Making a backup, beside a running server.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sync_core::Timestamp;

use super::manifest::{MANIFEST, Manifest, measure};
use super::{BackupInfo, stamp};
use crate::journal::JOURNAL;
use crate::store::{DATABASE, copy, create_directory, sync_directory_of};
use crate::{Server, ServerError};

/// What the data directory remembers of its newest backup: the manifest, without the signature.
const NEWEST: &str = "backup.json";

impl Server {
    /// Makes a backup: a new directory of that name, or one named by the time in a directory that is there. Gives its place and what it says.
    /// The directory has its name only when it is whole and on the disk.
    ///
    /// # Errors
    /// [`ServerError::Exists`]; a damaged database is no backup; the disk's.
    pub fn backup(&self, to: &Path, now: Timestamp) -> Result<(PathBuf, BackupInfo), ServerError> {
        let target = if to.is_dir() { to.join(format!("sambang-{}", stamp(now))) } else { to.to_owned() };
        if target.try_exists().map_err(|error| ServerError::of_file(&target, &error))? {
            return Err(ServerError::Exists(target.display().to_string()));
        }
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let fresh = target.with_file_name(format!("{name}.new-{}", std::process::id()));
        remove_directory(&fresh)?;
        create_directory(&fresh).map_err(|error| error.at(&fresh))?;
        let made = self.fill(&fresh, now);
        if made.is_err() {
            remove_directory(&fresh)?;
        }
        let info = made?;
        std::fs::rename(&fresh, &target).map_err(|error| ServerError::of_file(&target, &error))?;
        sync_directory_of(&target).map_err(|error| error.at(&target))?;
        remember(self.store.directory(), &info)?;
        Ok((target, info))
    }

    /// What the newest backup said of itself; none where there was none yet.
    ///
    /// # Errors
    /// The disk's.
    pub fn newest_backup(&self) -> Result<Option<BackupInfo>, ServerError> {
        match std::fs::read(self.store.directory().join(NEWEST)) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|_| ServerError::Damaged(NEWEST.to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn fill(&self, fresh: &Path, now: Timestamp) -> Result<BackupInfo, ServerError> {
        let database = fresh.join(DATABASE);
        self.store.copy_to(&database)?;
        let facts = copy::facts(&database)?;
        // After the database: it is never older.
        let journal = fresh.join(JOURNAL);
        self.journal()?.file.copy_to(&journal)?;
        let info = BackupInfo::of(&facts, vec![measure(&database, DATABASE)?, measure(&journal, JOURNAL)?], now);
        let manifest = Manifest::seal(info, &self.store.keys)?;
        write(&fresh.join(MANIFEST), &manifest)?;
        sync_directory_of(&database).map_err(|error| error.at(fresh))?;
        Ok(manifest.backup)
    }
}

/// What a directory's newest backup is: the one that was made last, or the one that it was restored from.
pub(super) fn remember(directory: &Path, info: &BackupInfo) -> Result<(), ServerError> {
    let (fresh, file) = (directory.join(format!("{NEWEST}.new-{}", std::process::id())), directory.join(NEWEST));
    write(&fresh, info)?;
    std::fs::rename(&fresh, &file)?;
    sync_directory_of(&file)
}

fn write(file: &Path, value: &impl serde::Serialize) -> Result<(), ServerError> {
    let text = serde_json::to_vec_pretty(value).map_err(|error| ServerError::Internal(error.to_string()))?;
    let written = File::create(file).and_then(|mut out| out.write_all(&text).and_then(|()| out.sync_all()));
    written.map_err(|error| ServerError::of_file(file, &error))
}

/// Also where there is nothing to remove.
pub(super) fn remove_directory(directory: &Path) -> Result<(), ServerError> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(ServerError::of_file(directory, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
