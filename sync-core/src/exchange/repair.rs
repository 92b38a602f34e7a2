//! Repair on the wire: a message of the reconciliation each way, and what the device asks about the documents that it found to differ.

use std::collections::BTreeSet;

use automerge::ChangeHash;

use super::pull::{Delivery, decode_delivery, encode_delivery};
use crate::change::NotPortable;
use crate::codec::{DecodeError, Reader, Writer};
use crate::place::Feed;
use crate::proof::Token;
use crate::reconcile::ItemName;
use crate::{Nrp, ReportId, UnitCode, limits};

/// The first bytes of a change's hash: enough within one document.
pub type HeadName = [u8; 8];

/// The name of a change in a repair.
pub fn head_name(hash: &ChangeHash) -> HeadName {
    let mut name = [0; 8];
    name.copy_from_slice(&hash.0[..8]);
    name
}

/// A document that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The device shows it, and has these shared heads of it.
    Shown {
        /// The document.
        report: ReportId,
        /// Its shared heads.
        heads: Vec<HeadName>,
    },
    /// The centre shows it; the device knows its item's name and nothing else.
    Missing(ItemName),
}

/// What a device asks when its fingerprint of a partition did not fit twice in a row (REPAIR).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairRequest {
    /// Of one partition an exchange.
    pub partition: UnitCode,
    /// Its message of the reconciliation; empty when that is over.
    pub message: Vec<u8>,
    /// [`limits::REPAIR_DOCUMENTS_MAX`] at most.
    pub asked: Vec<Asked>,
}

/// How a document really stands.
#[derive(Debug, Clone)]
pub struct Repaired {
    /// The device's feeds of the partition in which it stands. None of them: it is not here (NOT_HERE).
    pub feeds: BTreeSet<Feed>,
    /// The heads that the centre has of it; where it is not here, those of the device's that the centre has.
    pub heads: Vec<HeadName>,
    /// What the device lacks of it.
    pub delivery: Delivery,
}

/// The centre's part of a repair.
#[derive(Debug, Clone, Default)]
pub struct RepairReply {
    /// The answer to the device's message; empty where there was none.
    pub message: Vec<u8>,
    /// One for each document that was asked about, in their order, as many as have room. None: there is no such item any more, or another answer tells
    /// of its document.
    pub answers: Vec<Option<Repaired>>,
}

impl RepairRequest {
    pub(crate) fn encode(&self) -> Writer {
        let mut out = Writer::default();
        self.partition.encode(&mut out);
        out.bytes(&self.message);
        out.length(self.asked.len());
        for asked in &self.asked {
            match asked {
                Asked::Shown { report, heads } => {
                    out.byte(0);
                    out.raw(&report.to_bytes());
                    encode_heads(heads, &mut out);
                }
                Asked::Missing(name) => {
                    out.byte(1);
                    out.raw(name);
                }
            }
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let partition = UnitCode::decode(&mut reader)?;
        let message = reader.bytes(limits::REPAIR_MESSAGE_BYTES, "a repair")?.to_vec();
        let count = reader.length(limits::REPAIR_DOCUMENTS_MAX, "documents")?;
        let asked = (0..count).map(|_| match reader.byte("a document")? {
            0 => Ok(Asked::Shown { report: ReportId::from_bytes(reader.array("a report id")?), heads: decode_heads(&mut reader)? }),
            1 => Ok(Asked::Missing(reader.array("an item")?)),
            _ => Err(DecodeError::Invalid("a document")),
        });
        let asked = asked.collect::<Result<_, DecodeError>>()?;
        reader.end("a repair")?;
        Ok(Self { partition, message, asked })
    }
}

fn encode_heads(heads: &[HeadName], out: &mut Writer) {
    out.length(heads.len());
    heads.iter().for_each(|head| out.raw(head));
}

fn decode_heads(reader: &mut Reader<'_>) -> Result<Vec<HeadName>, DecodeError> {
    let count = reader.length(limits::CHANGE_DEPENDENCIES_MAX, "heads")?;
    (0..count).map(|_| reader.array("a head")).collect()
}

impl RepairReply {
    pub(crate) fn encode(&self) -> Result<Writer, NotPortable> {
        let mut out = Writer::default();
        out.bytes(&self.message);
        out.length(self.answers.len());
        for answer in &self.answers {
            out.byte(u8::from(answer.is_some()));
            if let Some(repaired) = answer {
                out.length(repaired.feeds.len());
                repaired.feeds.iter().for_each(|feed| feed.encode(&mut out));
                encode_delivery(&repaired.delivery, &mut out)?;
            }
        }
        // What does not compress stands together, as the tokens of the pages do.
        for repaired in self.answers.iter().flatten() {
            encode_heads(&repaired.heads, &mut out);
            repaired.delivery.token.iter().for_each(|token| out.raw(&token.0));
        }
        Ok(out)
    }

    pub(crate) fn decode(bytes: &[u8], officer: Nrp) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let message = reader.bytes(limits::REPAIR_MESSAGE_BYTES, "a repair")?.to_vec();
        let count = reader.length(limits::REPAIR_DOCUMENTS_MAX, "documents")?;
        let mut answers = Vec::new();
        for _ in 0..count {
            answers.push(if reader.flag("a document")? { Some(decode_repaired(&mut reader, officer)?) } else { None });
        }
        for repaired in answers.iter_mut().flatten() {
            repaired.heads = decode_heads(&mut reader)?;
            if let Some(token) = &mut repaired.delivery.token {
                *token = Token(reader.array("a token")?);
            }
        }
        reader.end("a repair")?;
        Ok(Self { message, answers })
    }
}

fn decode_repaired(reader: &mut Reader<'_>, officer: Nrp) -> Result<Repaired, DecodeError> {
    let count = reader.length(limits::CURSORS_MAX, "feeds")?;
    let feeds = (0..count).map(|_| Feed::decode(reader, officer)).collect::<Result<_, _>>()?;
    let delivery = decode_delivery(reader)?;
    if delivery.here.is_none() {
        return Err(DecodeError::Invalid("a document"));
    }
    Ok(Repaired { feeds, heads: Vec::new(), delivery })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    #[test]
    fn a_repair_comes_back_as_it_was() {
        let report = ReportId::from_bytes([5; 16]);
        let asked = vec![Asked::Shown { report, heads: vec![[1; 8], [2; 8]] }, Asked::Missing([9; 8])];
        let request = RepairRequest { partition: "53.03".parse().unwrap(), message: vec![0x61, 1, 2], asked };
        assert_eq!(RepairRequest::decode(&request.encode().into_bytes()), Ok(request));
        let feeds = BTreeSet::from(["53.03/biasa/normal", "53.03/own/00000001"].map(|name| Feed::parse(name).unwrap()));
        let delivery = Delivery { report, here: Some(Vec::new()), token: None };
        let answers = vec![None, Some(Repaired { feeds: feeds.clone(), heads: vec![[3; 8]], delivery })];
        let bytes = RepairReply { message: vec![0x61], answers }.encode().unwrap().into_bytes();
        let reply = RepairReply::decode(&bytes, "00000001".parse().unwrap()).unwrap();
        let repaired = reply.answers[1].as_ref().unwrap();
        assert_eq!((reply.message, reply.answers.len(), &repaired.feeds, &repaired.heads), (vec![0x61], 2, &feeds, &vec![[3; 8]]));
        for cut in 0..bytes.len() {
            assert!(RepairReply::decode(&bytes[..cut], "00000001".parse().unwrap()).is_err(), "{cut}");
        }
    }
}
