//! The journal's file: one line an entry, only ever appended to, on the disk before anybody is answered.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sync_core::Timestamp;
use sync_core::keys::PublicKey;

use super::entry::{End, Entry, Line};
use crate::ServerError;
use crate::store::{create_directory, sync_directory_of};

/// Its name in the journal's directory, and in a backup.
pub(crate) const JOURNAL: &str = "journal.log";
/// How much of the end is read to find the last line: a record has 64 KiB at most, and is written in hex.
const TAIL_BYTES: u64 = 256 << 10;

/// The journal in a directory.
#[derive(Debug)]
pub(crate) struct JournalFile {
    path: PathBuf,
    root: PublicKey,
}

/// All of a journal.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) lines: Vec<Line>,
    pub(crate) end: End,
    /// Bytes after the last line that is whole: a power cut came while they were written.
    pub(crate) torn: u64,
    whole_bytes: u64,
}

impl JournalFile {
    pub(crate) fn new(directory: &Path, root: PublicKey) -> Self {
        Self { path: directory.join(JOURNAL), root }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn exists(&self) -> Result<bool, ServerError> {
        self.path.try_exists().map_err(|error| self.failed(&error))
    }

    pub(crate) fn missing(&self) -> ServerError {
        ServerError::JournalMissing(self.path.display().to_string())
    }

    /// Where the file is gone its disk died, or is not mounted.
    fn failed(&self, error: &std::io::Error) -> ServerError {
        match error.kind() {
            std::io::ErrorKind::NotFound => self.missing(),
            _ => ServerError::of_file(&self.path, error),
        }
    }

    /// An empty one, where there is none.
    pub(crate) fn create(&self) -> Result<(), ServerError> {
        if let Some(directory) = self.path.parent() {
            create_directory(directory).map_err(|error| error.at(directory))?;
        }
        let mut options = File::options();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&self.path) {
            Ok(file) => file.sync_all().map_err(|error| self.failed(&error))?,
            // Another process was quicker.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(self.failed(&error)),
        }
        sync_directory_of(&self.path).map_err(|error| error.at(&self.path))
    }

    /// Where it ends by its last line's own word; none when that line is not whole.
    pub(crate) fn end(&self) -> Result<Option<End>, ServerError> {
        let tail = self.tail().map_err(|error| self.failed(&error))?;
        if tail.is_empty() {
            return Ok(Some(End::empty(&self.root)));
        }
        let Some(whole) = tail.strip_suffix(b"\n") else { return Ok(None) };
        let last = whole.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        Ok(std::str::from_utf8(last).ok().and_then(Line::end_of))
    }

    fn tail(&self) -> std::io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail)?;
        Ok(tail)
    }

    /// All of it, line by line.
    ///
    /// # Errors
    /// [`ServerError::JournalDamaged`] with the first line that does not follow from the one before.
    pub(crate) fn load(&self) -> Result<Loaded, ServerError> {
        let bytes = std::fs::read(&self.path).map_err(|error| self.failed(&error))?;
        let whole_bytes = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1));
        let (whole, torn) = bytes.split_at(whole_bytes);
        let (mut lines, mut end) = (Vec::new(), End::empty(&self.root));
        for text in whole.split(|byte| *byte == b'\n').take(whole.iter().filter(|byte| **byte == b'\n').count()) {
            let line = std::str::from_utf8(text).ok().and_then(|text| Line::parse(text, end));
            let line = line.ok_or_else(|| self.damaged(end.sequence.saturating_add(1)))?;
            end = line.end;
            lines.push(line);
        }
        Ok(Loaded { lines, end, torn: torn.len() as u64, whole_bytes: whole_bytes as u64 })
    }

    pub(crate) fn damaged(&self, line: u64) -> ServerError {
        ServerError::JournalDamaged { path: self.path.display().to_string(), line }
    }

    /// Cuts off what is after the last whole line.
    pub(crate) fn cut(&self, loaded: &Loaded) -> Result<(), ServerError> {
        let cut = || {
            let file = File::options().write(true).open(&self.path)?;
            file.set_len(loaded.whole_bytes)?;
            file.sync_all()
        };
        cut().map_err(|error: std::io::Error| self.failed(&error))
    }

    /// Adds lines after `end`, all or none. They are on the disk when this returns.
    pub(crate) fn append(&self, mut end: End, entries: impl IntoIterator<Item = (Timestamp, Entry)>) -> Result<End, ServerError> {
        let mut text = String::new();
        for (at, entry) in entries {
            let line = Line::new(end, at, entry);
            text.push_str(&line.text());
            end = line.end;
        }
        let mut file = File::options().append(true).open(&self.path).map_err(|error| self.failed(&error))?;
        let before = file.metadata().map_err(|error| self.failed(&error))?.len();
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        if let Err(error) = written {
            // What is left of it is cut off by who opens it next, if this fails too.
            drop(file.set_len(before));
            return Err(self.failed(&error));
        }
        Ok(end)
    }

    /// A copy of all lines that are whole now, on the disk when this returns.
    pub(crate) fn copy_to(&self, to: &Path) -> Result<(), ServerError> {
        let mut bytes = std::fs::read(&self.path).map_err(|error| self.failed(&error))?;
        bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1)));
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(to).and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()));
        written.map_err(|error| ServerError::of_file(to, &error))
    }
}
