//! What the rows of a store say, known by their shape: the schema that names the tables may be gone, and a later version may have more columns.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Change, ChangeHash};
use sync_core::keys::SecretKey;
use sync_core::{DeviceId, Nrp, ReportId, UnitCode, change};

use super::pages::Pages;
use super::record::{Cell, Value, carved, cells, values};
use crate::ledger;

/// How far a change had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Pending,
    Held,
    Refused(u8),
    /// It has a label: the centre has it.
    Shared,
    /// From a snapshot, which does not say.
    Unknown,
}

/// A row of `change` whose bytes are those of its hash.
#[derive(Debug, Clone)]
pub(super) struct ChangeRow {
    pub(super) report: ReportId,
    pub(super) position: i64,
    pub(super) own: bool,
    pub(super) change: Change,
    pub(super) state: State,
}

/// A row of `report`: what was shown last, and what the document can be loaded from.
#[derive(Debug, Clone)]
pub(super) struct ReportRow {
    pub(super) kind: String,
    pub(super) unit: String,
    pub(super) data: String,
    pub(super) heads: Vec<ChangeHash>,
    pub(super) snapshot: Vec<u8>,
}

/// A row of `draft`.
#[derive(Debug, Clone)]
pub(super) struct DraftRow {
    pub(super) kind: String,
    pub(super) form: i64,
    pub(super) unit: UnitCode,
    pub(super) data: String,
    pub(super) changed_at: i64,
}

/// A row of `enrolment`.
#[derive(Debug, Clone)]
pub(super) struct EnrolmentRow {
    pub(super) device: DeviceId,
    pub(super) officer: Option<Nrp>,
    pub(super) name: String,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) changes: BTreeMap<ChangeHash, ChangeRow>,
    pub(super) reports: BTreeMap<ReportId, ReportRow>,
    pub(super) drafts: BTreeMap<ReportId, DraftRow>,
    /// Drafts of which only a part of the text is there.
    pub(super) drafts_lost: BTreeSet<ReportId>,
    pub(super) key: Option<[u8; 32]>,
    /// The enrolment that the centre signed names that key.
    pub(super) key_proven: bool,
    pub(super) enrolment: Option<EnrolmentRow>,
    /// How many changes left by DROP_COVERED.
    left: Option<i64>,
    /// Changes that are there and cannot be read, by their position.
    broken: BTreeMap<i64, ReportId>,
}

impl Rows {
    /// From the store's own pages first: what is found elsewhere may be older.
    pub(super) fn read(pages: &Pages) -> Self {
        let mut rows = Self::default();
        for (first, page) in pages.current() {
            cells(pages, page, first).iter().for_each(|cell| rows.take(cell));
        }
        for (_, page) in pages.current() {
            carved(pages, page).iter().for_each(|cell| rows.take_change(cell));
        }
        for page in pages.others() {
            cells(pages, page, false).iter().for_each(|cell| rows.take(cell));
            carved(pages, page).iter().for_each(|cell| rows.take_change(cell));
        }
        // What was deleted from a draft is gone; a change is never deleted.
        for page in pages.superseded() {
            let all = cells(pages, page, false);
            all.iter().chain(&carved(pages, page)).for_each(|cell| rows.take_change(cell));
        }
        rows.key_proven = rows.is_key_proven(pages);
        // A draft that was finished since is a report.
        let reports: BTreeSet<ReportId> = rows.changes.values().map(|row| row.report).collect();
        rows.drafts.retain(|id, _| !reports.contains(id));
        let Self { drafts, drafts_lost, .. } = &mut rows;
        drafts_lost.retain(|id| !reports.contains(id) && !drafts.contains_key(id));
        rows
    }

    /// A key has no hash beside it; but the signed record of the enrolment holds the device and its public key, one after the other.
    fn is_key_proven(&self, pages: &Pages) -> bool {
        let Some((key, own)) = self.key.zip(self.enrolment.as_ref()) else { return false };
        let named = [own.device.0.as_slice(), &SecretKey::from_seed(key).public().0].concat();
        pages.current().any(|(_, page)| page.windows(named.len()).any(|bytes| bytes == named))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.reports.is_empty() && self.drafts.is_empty() && self.key.is_none() && self.enrolment.is_none()
    }

    /// The positions of changes that cannot be read, with the report where it can be told. Changes are numbered without gaps; some may have left.
    pub(super) fn lost(&self) -> BTreeMap<i64, Option<ReportId>> {
        let read: BTreeSet<i64> = self.changes.values().filter(|row| row.state != State::Unknown).map(|row| row.position).collect();
        let last = read.last().max(self.broken.keys().next_back()).copied().unwrap_or(0);
        // A position comes from a damaged file: no more are told than could be.
        let positions = (1..=last.min(10_000_000)).filter(|position| !read.contains(position));
        positions.map(|position| (position, self.broken.get(&position).copied())).collect()
    }

    /// How many changes cannot be read, without those that left.
    pub(super) fn lost_count(&self) -> usize {
        let lost = self.lost();
        let gaps = lost.values().filter(|report| report.is_none()).count();
        lost.len() - self.left.and_then(|left| usize::try_from(left).ok()).unwrap_or(0).min(gaps)
    }

    fn take(&mut self, cell: &Cell) {
        let Some(values) = values(&cell.payload) else { return };
        match values.as_slice() {
            [Value::Null, Value::Blob(hash), Value::Blob(report), Value::Int(_), ..] if hash.len() == 32 && report.len() == 16 => {
                self.take_change(cell);
                if let (Ok(hash), Ok(report)) = (<[u8; 32]>::try_from(*hash), <[u8; 16]>::try_from(*report))
                    && !self.changes.contains_key(&ChangeHash(hash))
                    && values.len() >= 9
                {
                    self.broken.insert(cell.rowid, ReportId::from_bytes(report));
                }
            }
            [Value::Null, Value::Blob(incarnation), Value::Int(_), Value::Blob(key), Value::Blob(_), Value::Int(_), Value::Int(_), ..]
                if incarnation.len() == 8 =>
            {
                self.key = self.key.or_else(|| (*key).try_into().ok());
                if let (None, Some(Value::Int(left))) = (self.left, values.get(9)) {
                    self.left = Some(*left);
                }
            }
            [
                Value::Null,
                Value::Blob(device),
                Value::Int(officer),
                Value::Text(name),
                Value::Text(_),
                Value::Text(_),
                Value::Text(_),
                Value::Blob(root),
                ..,
            ] if root.len() == 32 => {
                let officer = u32::try_from(*officer).ok().and_then(Nrp::from_number);
                if let (None, Ok(device)) = (&self.enrolment, <[u8; 8]>::try_from(*device)) {
                    self.enrolment = Some(EnrolmentRow { device: DeviceId(device), officer, name: text(name) });
                }
            }
            [Value::Blob(id), Value::Text(kind), Value::Int(form), Value::Text(unit), data, changed_at, ..] => {
                let (Ok(id), Ok(unit)) = (<[u8; 16]>::try_from(*id), text(unit).parse()) else { return };
                let (id, kind, form) = (ReportId::from_bytes(id), text(kind), *form);
                match (data, changed_at) {
                    (Value::Text(data), Value::Int(changed_at)) => {
                        let row = DraftRow { kind, form, unit, data: text(data), changed_at: *changed_at };
                        self.drafts.entry(id).or_insert(row);
                    }
                    _ => _ = self.drafts_lost.insert(id),
                }
            }
            [
                Value::Null,
                Value::Blob(id),
                Value::Text(kind),
                Value::Int(_),
                Value::Text(unit),
                Value::Text(_),
                Value::Text(_),
                Value::Int(_),
                Value::Text(_),
                Value::Int(_),
                Value::Int(_),
                Value::Text(data),
                Value::Blob(_),
                Value::Blob(heads),
                snapshot,
                ..,
            ] => {
                let Ok(id) = <[u8; 16]>::try_from(*id) else { return };
                let snapshot = if let Value::Blob(bytes) = snapshot { bytes.to_vec() } else { Vec::new() };
                let row = ReportRow { kind: text(kind), unit: text(unit), data: text(data), heads: ledger::split(heads), snapshot };
                self.reports.entry(ReportId::from_bytes(id)).or_insert(row);
            }
            _ => {}
        }
    }

    /// Takes a change if its bytes are those of its hash.
    fn take_change(&mut self, cell: &Cell) {
        let Some(values) = values(&cell.payload) else { return };
        let [
            Value::Null,
            Value::Blob(hash),
            Value::Blob(report),
            Value::Int(own),
            Value::Blob(bytes),
            Value::Text(fate),
            Value::Int(refusal),
            _,
            sequence,
            ..,
        ] = values.as_slice()
        else {
            return;
        };
        let (Ok(hash), Ok(report)) = (<[u8; 32]>::try_from(*hash), <[u8; 16]>::try_from(*report)) else { return };
        if self.changes.contains_key(&ChangeHash(hash)) {
            return;
        }
        let Ok(change) = change::from_store(bytes, ChangeHash(hash)) else { return };
        let state = match (sequence, *fate) {
            (Value::Int(_), _) => State::Shared,
            (_, b"held") => State::Held,
            (_, b"refused") => State::Refused(u8::try_from(*refusal).unwrap_or_default()),
            (_, _) => State::Pending,
        };
        let row = ChangeRow { report: ReportId::from_bytes(report), position: cell.rowid, own: *own == 1, change, state };
        self.changes.insert(ChangeHash(hash), row);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
