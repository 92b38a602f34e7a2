//! What a journal comes to: its lines folded, each signature checked.

use std::collections::{BTreeMap, BTreeSet};

use sync_core::form::Role;
use sync_core::keys::{Certificate, PublicKey};
use sync_core::place::Area;
use sync_core::record::{Record, SignedRecord};
use sync_core::{DeviceId, Nrp, Timestamp};

use super::entry::{End, Entry, Line};
use super::file::{JournalFile, Loaded};
use crate::ServerError;
use crate::store::grant::Dated;

/// A device as the journal has it.
#[derive(Debug)]
pub(crate) struct EnrolledDevice {
    pub(crate) record: SignedRecord,
    pub(crate) key: PublicKey,
    pub(crate) officer: Nrp,
    pub(crate) at: Timestamp,
    pub(crate) selector: Option<u32>,
}

/// An officer as he was added.
#[derive(Debug)]
pub(crate) struct AddedOfficer {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) at: Timestamp,
}

/// Everything that the journal knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) keys: Vec<Certificate>,
    pub(crate) officers: BTreeMap<Nrp, AddedOfficer>,
    pub(crate) grants: BTreeMap<Nrp, BTreeMap<Area, Dated>>,
    pub(crate) devices: BTreeMap<DeviceId, EnrolledDevice>,
    pub(crate) revoked: BTreeMap<DeviceId, Timestamp>,
    /// The number of the line with which the recovery began; 0 outside one.
    pub(crate) recovery: u64,
    /// The line by which each device is vouched for: its enrolment, or an operator's word.
    pub(crate) confirmed: BTreeMap<DeviceId, u64>,
    /// Devices that only showed their records.
    pub(crate) shown: BTreeSet<DeviceId>,
    /// When an operator last vouched for all.
    pub(crate) vouched_until: Timestamp,
    /// Bytes that were cut off.
    pub(crate) cut: u64,
}

impl State {
    /// All of a journal's lines, and what they come to.
    ///
    /// # Errors
    /// [`ServerError::JournalDamaged`] with the first line that is not what was written.
    pub(crate) fn of(file: &JournalFile, root: &PublicKey) -> Result<(Loaded, Self), ServerError> {
        let (loaded, mut state) = (file.load()?, Self::default());
        for line in &loaded.lines {
            if !state.take(line, root) {
                return Err(file.damaged(line.end.sequence));
            }
        }
        Ok((loaded, state))
    }

    /// True for a device that showed its record and that nobody has confirmed since.
    pub(super) fn doubts(&self, device: DeviceId) -> bool {
        self.shown.contains(&device) && !self.confirmed.contains_key(&device)
    }

    /// Takes one line in. False for a signature that is not this centre's, or a record of another kind than the line says.
    fn take(&mut self, line: &Line, root: &PublicKey) -> bool {
        let at = line.at;
        match &line.entry {
            Entry::Key(certificate) => {
                self.keys.push(*certificate);
                return certificate.is_of(root);
            }
            Entry::Officer { nrp, role, name } => {
                self.officers.entry(*nrp).or_insert_with(|| AddedOfficer { name: name.clone(), role: *role, at });
            }
            Entry::Enrolled { selector, record } => {
                let Some(device) = self.enrolled(record, *selector) else { return false };
                self.confirmed.insert(device, line.end.sequence);
            }
            Entry::Shown(record) => {
                let Some(device) = self.enrolled(record, None) else { return false };
                self.shown.insert(device);
                self.confirmed.remove(&device);
            }
            Entry::Decided(record) => {
                let Some(Record::Grants { officer, role, decisions }) = self.open(record) else { return false };
                // Until his enrolment names him.
                self.officers.entry(officer).or_insert_with(|| AddedOfficer { name: officer.to_string(), role, at });
                let known = self.grants.entry(officer).or_default();
                for (area, decision) in decisions {
                    if known.get(&area).is_none_or(|dated| decision.is_newer_than(dated.decision)) {
                        known.insert(area, Dated { decision, at });
                    }
                }
            }
            Entry::Revoked(record) => {
                let Some(Record::Revocation { device, at }) = self.open(record) else { return false };
                self.revoked.entry(device).or_insert(at);
            }
            Entry::Recovery(_) => self.recovery = line.end.sequence,
            Entry::Confirmed(Some(device)) => _ = self.confirmed.insert(*device, line.end.sequence),
            Entry::Confirmed(None) => {
                (self.recovery, self.vouched_until) = (0, at);
                self.confirmed.extend(self.shown.iter().map(|device| (*device, line.end.sequence)));
            }
            Entry::Cut(bytes) => self.cut = self.cut.saturating_add(*bytes),
        }
        true
    }

    /// Takes in lines that will be written after `end`. False for one that could not be read back.
    pub(super) fn extend(&mut self, mut end: End, entries: &[(Timestamp, Entry)], root: &PublicKey) -> bool {
        entries.iter().all(|(at, entry)| {
            let line = Line::new(end, *at, entry.clone());
            end = line.end;
            self.take(&line, root)
        })
    }

    fn enrolled(&mut self, signed: &SignedRecord, selector: Option<u32>) -> Option<DeviceId> {
        let Some(Record::Enrolment { device, key, officer, name, role, at }) = self.open(signed) else { return None };
        self.officers.entry(officer).or_insert(AddedOfficer { name, role, at });
        self.devices.entry(device).or_insert_with(|| EnrolledDevice { record: signed.clone(), key, officer, at, selector });
        Some(device)
    }

    /// What a record says, when a key of this journal signed it.
    fn open(&self, record: &SignedRecord) -> Option<Record> {
        self.keys.iter().rev().find_map(|certificate| record.open(&certificate.working))
    }
}
