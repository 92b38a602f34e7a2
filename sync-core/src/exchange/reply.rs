//! What the server answers.

use std::collections::BTreeMap;

use super::ask::{Answer, decode_answers, encode_answers};
use super::envelope::{Body, MessageError, open_reply, seal_reply};
use super::forms::FormNews;
use super::marks::{decode_fingerprints, decode_given, decode_sequences, encode_fingerprints, encode_given, encode_sequences};
use super::pull::{Page, decode_pages, decode_rests, encode_pages, encode_rests};
use super::push::{ItemVerdict, decode_verdicts, encode_verdicts};
use super::repair::RepairReply;
use super::tokens::{decode_tokens, encode_tokens};
use crate::change::NotPortable;
use crate::codec::{DecodeError, Reader, Writer};
use crate::fingerprint::Digest;
use crate::keys::{PublicKey, SecretKey};
use crate::marks::Mark;
use crate::record::{SignedRecord, nrp};
use crate::{DeviceId, Nrp, Timestamp, UnitCode, limits};

const STANDSTILL: u64 = 1;
const RECORDS: u64 = 2;
const UNITS: u64 = 3;
const PEOPLE: u64 = 4;
const VERDICTS: u64 = 5;
const PAGES: u64 = 6;
const ANSWERS: u64 = 7;
const MARKS: u64 = 8;
const COMMON: u64 = 9;
const TOKENS: u64 = 10;
const FINGERPRINTS: u64 = 11;
const REPAIR: u64 = 12;
const COVERED: u64 = 13;
const RESTS: u64 = 20;
const FORMS: u64 = 21;
const SHOW: u64 = 22;

/// Why nothing was processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standstill {
    /// The request's counter was used before: the store was restored or copied. A new incarnation is due.
    Behind,
}

/// A unit with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its code.
    pub code: UnitCode,
    /// Its name.
    pub name: String,
}

/// Whose device an actor is: who wrote what is derived from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The device.
    pub device: DeviceId,
    /// Its officer.
    pub officer: Nrp,
    /// The officer's name.
    pub name: String,
}

/// A reply's content.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// Nothing was processed.
    pub standstill: Option<Standstill>,
    /// Records that the device has not yet.
    pub records: Vec<SignedRecord>,
    /// All units of the device's areas, when they changed.
    pub units: Option<Vec<Unit>>,
    /// The writers of what the pages carry.
    pub people: Vec<Person>,
    /// One for each item, in their order.
    pub verdicts: Vec<ItemVerdict>,
    /// Feeds with news, and feeds whose cursor moves.
    pub pages: Vec<Page>,
    /// One for each question, in their order.
    pub answers: Vec<Answer>,
    /// MARK_ALWAYS: the newest mark of each partition in which the device has a feed, or in which this reply gives a label; but not where the request
    /// shows that very mark.
    pub marks: BTreeMap<UnitCode, Mark>,
    /// The common point of each partition whose newest shown mark does not fit: the centre went back, and worked this request from there.
    pub common: BTreeMap<UnitCode, u64>,
    /// DROP_COVERED: how far the centre's newest backup reaches in each partition that the request asks of, as long as that backup is of this history.
    pub covered: BTreeMap<UnitCode, u64>,
    /// Of each partition in which all of the device's feeds are at rest with this reply: what they show, if anything.
    pub fingerprints: BTreeMap<UnitCode, Digest>,
    /// The centre's part of a repair.
    pub repair: Option<RepairReply>,
    /// Forms that the device has not yet.
    pub forms: Option<FormNews>,
    /// The device shall show its records with its next request: it knows of a decision that the centre does not.
    pub show_records: bool,
}

impl Reply {
    /// The signed bytes of the answer to the request with that hash. Carries the server's time.
    ///
    /// # Errors
    /// [`NotPortable`]: cannot be for changes that the gate let in.
    pub fn seal(&self, request: &[u8; 32], time: Timestamp, working: &SecretKey) -> Result<Vec<u8>, NotPortable> {
        let mut body = Body::default();
        let mut section = |tag: u64, some: bool, content: Writer| {
            if some {
                body.section(tag, true, content);
            }
        };
        let mut out = Writer::default();
        out.byte(1);
        section(STANDSTILL, self.standstill.is_some(), out);
        let mut out = Writer::default();
        self.records.iter().for_each(|record| record.encode(&mut out));
        section(RECORDS, !self.records.is_empty(), out);
        let mut out = Writer::default();
        for unit in self.units.iter().flatten() {
            unit.code.encode(&mut out);
            out.text(&unit.name);
        }
        section(UNITS, self.units.is_some(), out);
        let mut out = Writer::default();
        for person in &self.people {
            out.raw(&person.device.0);
            out.number(u64::from(person.officer.number()));
            out.text(&person.name);
        }
        section(PEOPLE, !self.people.is_empty(), out);
        section(VERDICTS, !self.verdicts.is_empty(), encode_verdicts(&self.verdicts));
        let answers = encode_answers(&self.answers);
        for (tag, bytes) in [
            (PAGES, encode_pages(&self.pages)?),
            (ANSWERS, answers),
            (RESTS, encode_rests(&self.pages)),
            (MARKS, encode_given(&self.marks)),
            (COMMON, encode_sequences(&self.common)),
            (TOKENS, encode_tokens(self)),
        ] {
            section(tag, !bytes.is_empty(), bytes);
        }
        // Not critical: who does not know it keeps what it has.
        if !self.covered.is_empty() {
            body.section(COVERED, false, encode_sequences(&self.covered));
        }
        // Not critical: a program that does not know them does not compare, and files on the forms that it has.
        if !self.fingerprints.is_empty() {
            body.section(FINGERPRINTS, false, encode_fingerprints(&self.fingerprints));
        }
        if let Some(repair) = &self.repair {
            body.section(REPAIR, false, repair.encode()?);
        }
        if let Some(news) = &self.forms {
            body.section(FORMS, false, news.encode());
        }
        // Nor is this: such a program is served nothing until it was confirmed.
        if self.show_records {
            let mut out = Writer::default();
            out.byte(1);
            body.section(SHOW, false, out);
        }
        Ok(seal_reply(request, time, &body.compress(), working))
    }

    /// The content and the server's time, when `working` signed this answer to the request with that hash.
    ///
    /// # Errors
    /// [`MessageError`]; nothing of it is used then.
    pub fn open(bytes: &[u8], request: &[u8; 32], working: &PublicKey, officer: Nrp) -> Result<(Self, Timestamp), MessageError> {
        let (time, mut sections) = open_reply(bytes, request, working)?;
        let mut reply = Self::default();
        if let Some(bytes) = sections.take(STANDSTILL) {
            let [1] = bytes.as_slice() else { return Err(DecodeError::Invalid("a standstill").into()) };
            reply.standstill = Some(Standstill::Behind);
        }
        reply.records = all(sections.take(RECORDS), limits::RECORDS_MAX, SignedRecord::decode)?.unwrap_or_default();
        reply.units = all(sections.take(UNITS), limits::UNITS_MAX, |reader| {
            let code = UnitCode::decode(reader)?;
            Ok(Unit { code, name: reader.text(limits::NAME_BYTES_MAX, "a name")?.to_owned() })
        })?;
        let people = all(sections.take(PEOPLE), limits::UNITS_MAX, |reader| {
            let (device, officer) = (DeviceId(reader.array("a device")?), nrp(reader)?);
            Ok(Person { device, officer, name: reader.text(limits::NAME_BYTES_MAX, "a name")?.to_owned() })
        })?;
        reply.people = people.unwrap_or_default();
        reply.verdicts = sections.take(VERDICTS).map(|bytes| decode_verdicts(&bytes, officer)).transpose()?.unwrap_or_default();
        reply.pages = sections.take(PAGES).map(|bytes| decode_pages(&bytes, officer)).transpose()?.unwrap_or_default();
        reply.answers = sections.take(ANSWERS).map(|bytes| decode_answers(&bytes)).transpose()?.unwrap_or_default();
        reply.pages.extend(sections.take(RESTS).map(|bytes| decode_rests(&bytes, officer)).transpose()?.unwrap_or_default());
        reply.marks = sections.take(MARKS).map(|bytes| decode_given(&bytes)).transpose()?.unwrap_or_default();
        reply.common = sections.take(COMMON).map(|bytes| decode_sequences(&bytes)).transpose()?.unwrap_or_default();
        decode_tokens(&sections.take(TOKENS).unwrap_or_default(), &mut reply)?;
        reply.fingerprints = sections.take(FINGERPRINTS).map(|bytes| decode_fingerprints(&bytes)).transpose()?.unwrap_or_default();
        reply.covered = sections.take(COVERED).map(|bytes| decode_sequences(&bytes)).transpose()?.unwrap_or_default();
        reply.repair = sections.take(REPAIR).map(|bytes| RepairReply::decode(&bytes, officer)).transpose()?;
        reply.forms = sections.take(FORMS).map(|bytes| FormNews::decode(&bytes)).transpose()?;
        reply.show_records = sections.take(SHOW).is_some();
        sections.end()?;
        Ok((reply, time))
    }
}

fn all<T>(
    section: Option<Vec<u8>>,
    most: usize,
    mut one: impl FnMut(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Option<Vec<T>>, DecodeError> {
    let Some(bytes) = section else { return Ok(None) };
    let (mut reader, mut found) = (Reader::new(&bytes), Vec::new());
    while !reader.is_empty() {
        if found.len() == most {
            return Err(DecodeError::TooLarge("a list"));
        }
        found.push(one(&mut reader)?);
    }
    Ok(Some(found))
}
