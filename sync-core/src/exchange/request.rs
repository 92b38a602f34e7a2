//! What a device sends.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::{Question, decode_questions, encode_questions};
use super::envelope::{Body, MessageError, OpenedRequest, RequestHead, hash, seal_request};
use super::marks::{decode_leaving, decode_shown, encode_leaving, encode_shown};
use super::proofs::{ItemProofs, decode_proofs, encode_proofs};
use super::pull::{Cursor, decode_cursors, encode_cursors};
use super::repair::RepairRequest;
use crate::change::NotPortable;
use crate::codec::{DecodeError, Reader, Writer};
use crate::keys::{PublicKey, SecretKey};
use crate::marks::ShownMarks;
use crate::place::Feed;
use crate::record::SignedRecord;
use crate::{Nrp, UnitCode, limits};

const STATE: u64 = 1;
const CURSORS: u64 = 2;
const ITEMS: u64 = 3;
const QUESTIONS: u64 = 4;
const MARKS: u64 = 5;
const PROOFS: u64 = 6;
const REPAIR: u64 = 7;
const RECORDS: u64 = 8;
const LEAVING: u64 = 9;
const BY_FILE: u64 = 10;

/// A request's content.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Reports with own changes that have no receipt and that this request does not bring whole. What of its items the server does not settle
    /// counts besides: the sum is what the supervisor sees as unsent.
    pub unsent: u64,
    /// The device's program and version.
    pub version: String,
    /// Bytes of changes, before compression, that the reply's pages may carry: what the device's link is good for. 0: as many as a reply holds.
    pub page_bytes: u64,
    /// [`record_sum`](crate::record::record_sum) of the decisions on its officer's areas that the device keeps; 0 for none.
    pub grants_sum: u64,
    /// [`units_digest`] of the units that the device knows.
    pub units: [u8; 8],
    /// How far it is in each feed.
    pub cursors: BTreeMap<Feed, Cursor>,
    /// What it pushes: encoded items, each with its own length, so that one that does not decode harms no other.
    pub items: Vec<Vec<u8>>,
    /// What it shows with some of the items, by their places: with those that bring back what the centre once had.
    pub proofs: BTreeMap<usize, ItemProofs>,
    /// [`super::FormNews::mark`] of the forms that it has from the centre; 0 for none, which is not written.
    pub forms: u64,
    /// MARK_SHOWN: every mark that it keeps, also of partitions in which it has no grant any more.
    pub marks: BTreeMap<UnitCode, ShownMarks>,
    /// What it wants to know about what is held or was refused: [`limits::QUESTIONS_MAX`] at most.
    pub questions: Vec<Question>,
    /// Records that the centre asked to be shown.
    pub records: Vec<SignedRecord>,
    /// REPAIR: of a partition whose fingerprint did not fit twice in a row.
    pub repair: Option<RepairRequest>,
    /// DROP_COVERED: partitions of which it would drop documents, if it knew how far the centre's newest backup reaches.
    pub leaving: BTreeSet<UnitCode>,
    /// FILE_DOOR: it was made for a bundle.
    pub by_file: bool,
}

impl Request {
    /// The signed bytes, and the hash that the reply must answer.
    pub fn seal(&self, head: RequestHead, key: &SecretKey) -> (Vec<u8>, [u8; 32]) {
        let mut body = Body::default();
        let mut state = Writer::default();
        state.number(self.unsent);
        state.text(&self.version);
        state.number(self.grants_sum);
        state.raw(&self.units);
        state.number(self.page_bytes);
        if self.forms != 0 {
            state.number(self.forms);
        }
        body.section(STATE, true, state);
        if !self.cursors.is_empty() {
            body.section(CURSORS, true, encode_cursors(self.cursors.iter().map(|(feed, cursor)| (feed, *cursor))));
        }
        if !self.items.is_empty() {
            let mut items = Writer::default();
            self.items.iter().for_each(|item| items.bytes(item));
            body.section(ITEMS, true, items);
        }
        if !self.questions.is_empty() {
            body.section(QUESTIONS, true, encode_questions(&self.questions));
        }
        // Not critical: a centre that does not know it did not ask.
        if !self.records.is_empty() {
            let mut records = Writer::default();
            self.records.iter().for_each(|record| record.encode(&mut records));
            body.section(RECORDS, false, records);
        }
        if !self.marks.is_empty() {
            body.section(MARKS, true, encode_shown(&self.marks));
        }
        if !self.proofs.is_empty() {
            body.section(PROOFS, true, encode_proofs(&self.proofs));
        }
        // Not critical: a centre that does not know it does the rest.
        if let Some(repair) = &self.repair {
            body.section(REPAIR, false, repair.encode());
        }
        if !self.leaving.is_empty() {
            body.section(LEAVING, false, encode_leaving(&self.leaving));
        }
        // Critical: a centre that does not know it would answer whoever has the file.
        if self.by_file {
            let mut by_file = Writer::default();
            by_file.number(1);
            body.section(BY_FILE, true, by_file);
        }
        let bytes = seal_request(head, &body.compress(), key);
        let hash = hash(&[&bytes]);
        (bytes, hash)
    }

    /// The content of an opened request, when `key` signed it.
    ///
    /// # Errors
    /// [`MessageError`]; nothing of it is used then. Items are not decoded here.
    pub fn read(opened: &OpenedRequest<'_>, key: &PublicKey, officer: Nrp) -> Result<Self, MessageError> {
        let mut sections = opened.sections(key)?;
        let mut request = Self::default();
        let state = sections.take(STATE).ok_or(DecodeError::Truncated("the state"))?;
        let mut reader = Reader::new(&state);
        request.unsent = reader.number("unsent")?;
        request.version = reader.text(limits::NAME_BYTES_MAX, "a version")?.to_owned();
        request.grants_sum = reader.number("a sum of grants")?;
        request.units = reader.array("a digest")?;
        request.page_bytes = reader.number("a page budget")?;
        if !reader.is_empty() {
            request.forms = reader.number("a mark of forms")?;
        }
        if let Some(cursors) = sections.take(CURSORS) {
            request.cursors = decode_cursors(&cursors, officer)?;
        }
        if let Some(items) = sections.take(ITEMS) {
            let mut reader = Reader::new(&items);
            while !reader.is_empty() {
                if request.items.len() == limits::PUSH_ITEMS_MAX {
                    return Err(DecodeError::TooLarge("items").into());
                }
                request.items.push(reader.bytes(items.len(), "an item")?.to_vec());
            }
        }
        if let Some(questions) = sections.take(QUESTIONS) {
            request.questions = decode_questions(&questions)?;
        }
        if let Some(records) = sections.take(RECORDS) {
            let mut reader = Reader::new(&records);
            while !reader.is_empty() {
                if request.records.len() == limits::RECORDS_SHOWN_MAX {
                    return Err(DecodeError::TooLarge("records").into());
                }
                request.records.push(SignedRecord::decode(&mut reader)?);
            }
        }
        if let Some(proofs) = sections.take(PROOFS) {
            request.proofs = decode_proofs(&proofs)?;
        }
        if let Some(marks) = sections.take(MARKS) {
            request.marks = decode_shown(&marks)?;
        }
        request.repair = sections.take(REPAIR).map(|bytes| RepairRequest::decode(&bytes)).transpose()?;
        if let Some(leaving) = sections.take(LEAVING) {
            request.leaving = decode_leaving(&leaving)?;
        }
        request.by_file = sections.take(BY_FILE).is_some();
        sections.end()?;
        Ok(request)
    }

    /// Adds an item if a batch of `bytes_max` has room; false when it has not. The first always has.
    ///
    /// # Errors
    /// [`NotPortable`]: cannot be for changes that passed the round trip.
    pub fn push(&mut self, item: &crate::change::Item, bytes_max: usize) -> Result<bool, NotPortable> {
        let bytes = item.encode()?;
        let room = self.items.len() < limits::PUSH_ITEMS_MAX && self.pushed_bytes() + bytes.len() <= bytes_max.min(limits::PUSH_BYTES_MAX);
        let fits = room || self.items.is_empty();
        if fits {
            self.items.push(bytes);
        }
        Ok(fits)
    }

    /// Bytes of the items, before compression.
    pub fn pushed_bytes(&self) -> usize {
        self.items.iter().map(Vec::len).sum()
    }
}

/// A digest of a list of units, so that it travels only when it changed.
pub fn units_digest<'a>(units: impl IntoIterator<Item = (UnitCode, &'a str)>) -> [u8; 8] {
    let mut out = Writer::default();
    for (unit, name) in units {
        unit.encode(&mut out);
        out.text(name);
    }
    let mut digest = [0; 8];
    digest.copy_from_slice(&hash(&[&out.into_bytes()])[..8]);
    digest
}
