//! SQLite files as they lie on a disk at one moment: what a kill leaves, what a backup keeps, what a copied phone begins with.

use std::io;
use std::path::{Path, PathBuf};

/// A database and its write-ahead log, as bytes.
#[derive(Debug, Clone)]
pub(super) struct Image {
    database: Vec<u8>,
    log: Option<Vec<u8>>,
}

fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

impl Image {
    /// Between two transactions: whoever has the file open does nothing meanwhile.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let log = match std::fs::read(log_of(path)) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok(Self { database: std::fs::read(path)?, log })
    }

    /// Writes it where nothing is.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        std::fs::write(path, &self.database)?;
        self.log.as_ref().map_or(Ok(()), |log| std::fs::write(log_of(path), log))
    }
}

/// Where stores lie: memory where there is some, since a simulated power cut needs no real disk.
pub(super) fn folder() -> io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let builder = tempfile::Builder::new();
    if memory.is_dir() { builder.tempdir_in(memory).or_else(|_| tempfile::tempdir()) } else { tempfile::tempdir() }
}
