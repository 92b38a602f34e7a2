//! A store's file as pages, each as the write-ahead log has it or else the file. Read as bytes and never written: SQLite would refuse a damaged file,
//! and to read one it may write beside it.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use super::Note;
use super::log::{self, Frames, number};
use crate::Error;
use crate::store::{beside, log_of};

const MAGIC: &[u8] = b"SQLite format 3\0";
/// SQLite's own, when nothing else is said; our stores say nothing else.
const PAGE_BYTES: usize = 4096;
/// A program that has the store open may write while it is read: then it is read again.
const READS_MAX: usize = 5;

/// All pages of a store.
#[derive(Debug)]
pub(super) struct Pages {
    page_bytes: usize,
    reserved_bytes: usize,
    main: Vec<u8>,
    log: Vec<u8>,
    frames: Frames,
}

impl Pages {
    /// Reads file and log, and notes what is wrong with them as files.
    pub(super) fn read(path: &Path, notes: &mut Vec<Note>) -> Result<Self, Error> {
        let (main, log) = read_both(path)?;
        let headed = main.starts_with(MAGIC);
        let told = main.get(16..18).and_then(|two| two.try_into().ok()).map_or(0, u16::from_be_bytes);
        let page_bytes = match usize::from(told) {
            1 if headed => 65_536,
            size if headed && size >= 512 && size.is_power_of_two() => size,
            _ => PAGE_BYTES,
        };
        let reserved_bytes = main.get(20).filter(|reserved| headed && **reserved < 32).map_or(0, |reserved| usize::from(*reserved));
        let frames = log::frames(&log, page_bytes);
        let pages = Self { page_bytes, reserved_bytes, main, log, frames };
        pages.note(headed, notes);
        if is_open(path) {
            notes.push(Note::InUse);
        }
        Ok(pages)
    }

    fn note(&self, headed: bool, notes: &mut Vec<Note>) {
        // The header that counts is the newest: a store that was never folded together has it in the log.
        let first = self.page(1).unwrap_or_default();
        match (number(first, 68), number(first, 60)) {
            (Some(id), Some(version)) if headed && id.cast_signed() == crate::store::APPLICATION_ID => {
                if i64::from(version) > crate::store::NEWEST {
                    notes.push(Note::Newer(version));
                }
            }
            _ => notes.push(Note::HeaderDamaged),
        }
        let told = self.frames.pages.or_else(|| number(&self.main, 28)).filter(|_| headed).unwrap_or(0);
        let there = |page: &u32| self.page(*page).is_some_and(|bytes| bytes.len() == self.page_bytes);
        // What a damaged header tells has a bound: so large a store would not be read into memory either.
        let lost = (1..=told.min(1 << 22)).filter(|page| !there(page)).count();
        if lost > 0 || !self.main.len().is_multiple_of(self.page_bytes) {
            notes.push(Note::Cut(lost.max(1)));
        }
        if self.frames.damaged {
            notes.push(Note::LogDamaged);
        }
    }

    /// The bytes of a page that hold something, fewer where the file ends in it.
    pub(super) fn page(&self, number: u32) -> Option<&[u8]> {
        match self.frames.committed.get(&number) {
            Some(range) => self.log.get(range.clone()),
            None => self.in_file(number),
        }
    }

    fn in_file(&self, number: u32) -> Option<&[u8]> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?.checked_mul(self.page_bytes)?;
        let end = at.checked_add(self.page_bytes)?.min(self.main.len());
        self.main.get(at..end).filter(|bytes| !bytes.is_empty())
    }

    /// What of a page is used for content.
    pub(super) fn usable_bytes(&self) -> usize {
        self.page_bytes - self.reserved_bytes
    }

    /// The pages of the store, and whether each is the first, which begins with the file's header.
    pub(super) fn current(&self) -> impl Iterator<Item = (bool, &[u8])> {
        let in_file = u32::try_from(self.main.len().div_ceil(self.page_bytes)).unwrap_or(u32::MAX);
        let last = self.frames.committed.keys().next_back().copied().unwrap_or(0).max(in_file);
        (1..=last).filter_map(|number| Some((number == 1, self.page(number)?)))
    }

    /// Pages that were not committed, or stand behind a damaged one: they may hold what is missing.
    pub(super) fn others(&self) -> impl Iterator<Item = &[u8]> {
        self.frames.others.iter().filter_map(|range| self.log.get(range.clone()))
    }

    /// Pages as they were once: a row that moved from one to another may be in the older one alone.
    pub(super) fn superseded(&self) -> impl Iterator<Item = &[u8]> {
        let logged = self.frames.superseded.iter().rev().filter_map(|range| self.log.get(range.clone()));
        logged.chain(self.frames.committed.keys().filter_map(|number| self.in_file(*number)))
    }
}

/// False where a log was damaged after it had been written: each commit is on the disk before the next one begins, so that a power cut leaves no two of
/// them behind a torn frame.
pub(crate) fn is_log_whole(path: &Path) -> Result<bool, Error> {
    let log = match std::fs::read(log_of(path)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        other => other?,
    };
    let page_bytes = number(&log, 8).and_then(|bytes| usize::try_from(bytes).ok()).filter(|bytes| bytes.is_power_of_two() && *bytes >= 512);
    Ok(page_bytes.is_none_or(|bytes| log::frames(&log, bytes).cut_off < 2))
}

/// Both at one moment, as far as that can be told.
fn read_both(path: &Path) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let log = log_of(path);
    let stamp = |file: &Path| std::fs::metadata(file).ok().map(|data| (data.len(), data.modified().ok()));
    let mut read = (Vec::new(), Vec::new());
    for _ in 0..READS_MAX {
        let before = (stamp(path), stamp(&log));
        let logged = match std::fs::read(&log) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            other => other.map_err(|error| unreadable(&log, &error))?,
        };
        read = (std::fs::read(path).map_err(|error| unreadable(path, &error))?, logged);
        if before == (stamp(path), stamp(&log)) {
            break;
        }
    }
    Ok(read)
}

/// Named, and nothing is said of saving: a rescue saves nothing into it.
fn unreadable(file: &Path, error: &std::io::Error) -> Error {
    Error::Unreadable(format!("{}: {error}", file.display()))
}

/// Whether another program has the store open: by its lock file, which is not made here.
fn is_open(path: &Path) -> bool {
    let locked = |file: File| matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock));
    File::open(beside(path, ".lock")).is_ok_and(locked)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use sync_core::form::Lang;

    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Pages::read(&folder.path().join("nix.db"), &mut Vec::new()).unwrap_err();
        assert_eq!(error.code(), "unreadable");
        assert!([Lang::Indonesian, Lang::English].iter().all(|lang| error.text(*lang).contains("nix.db")), "{error}");
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "and none is made");
    }
}
