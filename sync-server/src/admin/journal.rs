//! The security journal: looked at, verified, and a recovery ended.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, Transaction};
use serde::Serialize;
use sync_core::record::Record;
use sync_core::{DeviceId, Timestamp};

use super::rollback::{RollbackSeen, seen};
use crate::journal::{End, Entry, Journal, Lost, State, merge};
use crate::store::{Store, device, journal as rows};
use crate::{Server, ServerError};

/// A journal as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalStatus {
    /// Its file.
    pub file: String,
    /// Its lines, by kind.
    pub entries: BTreeMap<&'static str, u64>,
    /// When the last of them was written; none where there is none.
    pub last_at: Option<String>,
    /// Since when a recovery lasts; none outside one.
    pub recovery_since: Option<String>,
    /// The device that began it, by what it showed.
    pub recovery_by: Option<String>,
    /// Devices that are served no reports until an operator confirms them.
    pub unconfirmed: Vec<UnconfirmedDevice>,
    /// Bytes of half-written lines that were cut off, in all its life.
    pub cut_bytes: u64,
    /// True when the database has taken in all of it.
    pub taken_in: bool,
    /// What devices found of a centre that went back in time.
    pub rollbacks: Vec<RollbackSeen>,
}

/// A device that nobody vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnconfirmedDevice {
    /// Its id.
    pub id: String,
    /// Its officer.
    pub nrp: String,
    /// The officer's name.
    pub name: String,
}

/// What replaying came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JournalReplayed {
    /// Officers, devices, decisions and revocations that the database had not.
    pub replayed: u64,
    /// Lines that the journal had not.
    pub appended: u64,
    /// Decisions on units that the list of units does not have: taken in at the next start after an import.
    pub waiting: u64,
}

impl Server {
    /// Follows the journal from its first line: chain, signatures, meaning. Gives how many lines it has.
    ///
    /// # Errors
    /// [`ServerError::JournalDamaged`] with the first line that is not what was written.
    pub fn verify_journal(&self) -> Result<u64, ServerError> {
        let (loaded, _) = State::of(&self.journal()?.file, &self.root_key())?;
        Ok(loaded.end.sequence)
    }

    /// Makes journal and database equal, from the first line: at each start of a server. Gives what that came to, with what opening the centre did.
    ///
    /// # Errors
    /// [`ServerError::JournalDamaged`], and the disk's.
    pub fn replay_journal(&self) -> Result<JournalReplayed, ServerError> {
        let journal = self.journal()?;
        let now = self.store.write(|db| merge(db, &journal.file, &self.store.keys))?;
        let before = journal.opened.map_or((0, 0), |opened| (opened.replayed, opened.appended));
        Ok(JournalReplayed {
            replayed: now.replayed.saturating_add(before.0),
            appended: now.appended.saturating_add(before.1),
            waiting: now.waiting,
        })
    }

    /// What the journal holds, and what a recovery waits for.
    ///
    /// # Errors
    /// As [`Server::verify_journal`].
    pub fn journal_status(&self) -> Result<JournalStatus, ServerError> {
        let file = &self.journal()?.file;
        let (loaded, state) = State::of(file, &self.root_key())?;
        let mut entries = BTreeMap::new();
        for line in &loaded.lines {
            *entries.entry(line.entry.kind()).or_insert(0) += 1;
        }
        let began = loaded.lines.iter().find(|line| line.end.sequence == state.recovery);
        self.store.read(|db| {
            let named = |id: DeviceId| {
                let row = device::find(db, id)?.ok_or(ServerError::UnknownDevice(id))?;
                Ok(UnconfirmedDevice { id: id.to_string(), nrp: row.officer.to_string(), name: row.name })
            };
            Ok(JournalStatus {
                file: file.path().display().to_string(),
                entries,
                last_at: loaded.lines.last().map(|line| line.at.to_string()),
                recovery_since: began.map(|line| line.at.to_string()),
                recovery_by: began.and_then(|line| line.entry.shown_by()).map(|device| device.to_string()),
                unconfirmed: rows::unconfirmed(db)?.into_iter().map(named).collect::<Result<_, ServerError>>()?,
                cut_bytes: state.cut,
                taken_in: rows::read(db)?.1 == Some(loaded.end),
                rollbacks: seen(db)?,
            })
        })
    }

    /// The journal's file is where it was; nothing of it is read.
    ///
    /// # Errors
    /// [`ServerError::JournalMissing`].
    pub(crate) fn journal_is_there(&self) -> Result<(), ServerError> {
        let file = &self.journal()?.file;
        if file.exists()? { Ok(()) } else { Err(file.missing()) }
    }

    /// An operator vouches for a device's grants: it is served again. True when it was the last that waited: the recovery has ended.
    ///
    /// # Errors
    /// [`ServerError::NoRecovery`], [`ServerError::UnknownDevice`], [`ServerError::DeviceRevoked`].
    pub fn confirm_device(&self, id: DeviceId, now: Timestamp) -> Result<bool, ServerError> {
        self.write_and_tell(now, |db, told| {
            if device::find(db, id)?.ok_or(ServerError::UnknownDevice(id))?.revoked_at.is_some() {
                return Err(ServerError::DeviceRevoked(id));
            }
            if rows::vouches(db, id)? {
                return Err(ServerError::NoRecovery);
            }
            told.push(Entry::Confirmed(Some(id)));
            ends_without(db, id, told)
        })
    }

    /// An operator vouches for the grants of all: the recovery ends. False where there was none, and nobody waited.
    ///
    /// # Errors
    /// Only of the database and the journal.
    pub fn confirm_all(&self, now: Timestamp) -> Result<bool, ServerError> {
        self.write_and_tell(now, |db, told| {
            let waits = rows::recovery(db)? > 0 || !rows::unconfirmed(db)?.is_empty();
            told.extend(waits.then_some(Entry::Confirmed(None)));
            Ok(waits)
        })
    }

    /// Begins a new journal where the old one is lost, of what the database knows. Gives its file.
    ///
    /// # Errors
    /// [`ServerError::Exists`]: what is there is never replaced.
    pub fn renew_journal(directory: &Path, journal: Option<&Path>) -> Result<String, ServerError> {
        let store = Store::open(directory)?;
        Ok(Journal::open(&store, journal, Lost::Renew)?.file.path().display().to_string())
    }

    /// [`crate::store::Store::write`] for what the journal must know too: `work` names it, and it is on the journal's disk before the database's.
    pub(crate) fn write_and_tell<T>(
        &self,
        now: Timestamp,
        work: impl FnOnce(&Transaction<'_>, &mut Vec<Entry>) -> Result<T, ServerError>,
    ) -> Result<T, ServerError> {
        self.store.write(|db| {
            let end = self.journal()?.ready(db, &self.store.keys)?;
            let mut told = Vec::new();
            let done = work(db, &mut told)?;
            self.tell(db, end, told, now)?;
            Ok(done)
        })
    }

    /// Appends to the journal, and takes in what the lines say of a recovery.
    pub(crate) fn tell(&self, db: &Transaction<'_>, end: End, told: Vec<Entry>, now: Timestamp) -> Result<(), ServerError> {
        for (line, entry) in (end.sequence.saturating_add(1)..).zip(&told) {
            match entry {
                Entry::Recovery(_) if rows::recovery(db)? == 0 => rows::put_recovery(db, line)?,
                Entry::Confirmed(Some(device)) => rows::confirm(db, *device, line)?,
                Entry::Confirmed(None) => rows::confirm_all(db, line, now)?,
                Entry::Enrolled { record, .. } => {
                    if let Some(Record::Enrolment { device, .. }) = record.open(&self.working_key()) {
                        rows::confirm(db, device, line)?;
                    }
                }
                Entry::Recovery(_)
                | Entry::Shown(_)
                | Entry::Key(_)
                | Entry::Officer { .. }
                | Entry::Decided(_)
                | Entry::Revoked(_)
                | Entry::Cut(_) => {}
            }
        }
        self.journal()?.append(db, end, told, now)
    }
}

/// A recovery ends when nobody waits any more but the device that was decided on just now: with the line that vouches for all.
pub(super) fn ends_without(db: &Connection, device: DeviceId, told: &mut Vec<Entry>) -> Result<bool, ServerError> {
    let ends = rows::recovery(db)? > 0 && rows::unconfirmed(db)?.iter().all(|waiting| *waiting == device);
    told.extend(ends.then_some(Entry::Confirmed(None)));
    Ok(ends)
}
