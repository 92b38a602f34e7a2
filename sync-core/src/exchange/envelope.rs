//! The envelope: who sends, signed; and the body in sections, compressed.
//!
//! | request | reply |
//! |---|---|
//! | version (1), kind (1) | version (1), kind (1) |
//! | device (8), incarnation (8), counter (number) | server time (number) |
//! | signature (64) over head and body | signature (64) over the request, head and body |
//! | body | body |
//!
//! A body begins with how it is compressed (`packing.rs`). Order of defence: size, signature over the compressed bytes, bounded inflate, sections.

use std::collections::BTreeMap;

use super::packing;
use crate::codec::{DecodeError, Reader, Writer};
use crate::keys::{PublicKey, Purpose, SecretKey, SignatureBytes};
use crate::{DeviceId, Incarnation, Timestamp, limits};

/// The version of every message. Version 0 may change without notice.
pub(crate) const VERSION: u8 = 0;
pub(crate) const KIND_SYNC_REQUEST: u8 = 1;
pub(crate) const KIND_SYNC_REPLY: u8 = 2;
pub(crate) const KIND_ENROL_REQUEST: u8 = 3;
pub(crate) const KIND_ENROL_REPLY: u8 = 4;
pub(crate) const KIND_ENROLLED_BEFORE: u8 = 5;

/// Why bytes are no message for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Larger than any message.
    #[error("the message is too large")]
    TooLarge,
    /// A version of the protocol that is not spoken here.
    #[error("the message has an unknown version")]
    Version,
    /// The signature is not that of the claimed sender.
    #[error("the signature is wrong")]
    Signature,
    /// Not a message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A section that must be understood is not.
    #[error("section {0} is critical and unknown")]
    Critical(u64),
}

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHead {
    /// The device.
    pub device: DeviceId,
    /// Its store's life.
    pub incarnation: Incarnation,
    /// Grows with every request, also with a retry; stored before it is used.
    pub counter: u64,
}

/// A request whose head was read and whose body was not looked at yet.
#[derive(Debug, Clone)]
pub struct OpenedRequest<'a> {
    /// Who claims to send it.
    pub head: RequestHead,
    signature: SignatureBytes,
    signed: [u8; 32],
    body: &'a [u8],
}

pub(crate) fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    parts.iter().for_each(|part| _ = hasher.update(part));
    hasher.finalize().into()
}

pub(crate) fn seal_request(head: RequestHead, body: &[u8], key: &SecretKey) -> Vec<u8> {
    let mut out = Writer::default();
    out.raw(&[VERSION, KIND_SYNC_REQUEST]);
    out.raw(&head.device.0);
    out.raw(&head.incarnation.0);
    out.number(head.counter);
    let mut bytes = out.into_bytes();
    let signature = key.sign(Purpose::SyncRequest, &[&hash(&[&bytes, body])]);
    bytes.extend_from_slice(&signature);
    bytes.extend_from_slice(body);
    bytes
}

impl<'a> OpenedRequest<'a> {
    /// Reads the head; costs nothing that grows with the body but one hash.
    ///
    /// # Errors
    /// [`MessageError`]; the signature is not checked yet: the key must be looked up first.
    pub fn open(bytes: &'a [u8]) -> Result<Self, MessageError> {
        if bytes.len() > limits::REQUEST_BYTES_MAX {
            return Err(MessageError::TooLarge);
        }
        let mut reader = Reader::new(bytes);
        kind(&mut reader, KIND_SYNC_REQUEST)?;
        let head = RequestHead {
            device: DeviceId(reader.array("a device")?),
            incarnation: Incarnation(reader.array("an incarnation")?),
            counter: reader.number("a counter")?,
        };
        let before = bytes.len() - reader.rest().len();
        let signature = reader.array("a signature")?;
        let body = reader.rest();
        let head_bytes = bytes.get(..before).unwrap_or_default();
        Ok(Self { head, signature, signed: hash(&[head_bytes, body]), body })
    }

    /// The body's hash: an equal counter with an equal hash is the same request again.
    pub fn body_hash(&self) -> [u8; 32] {
        self.signed
    }

    /// The body in sections, when `key` signed it.
    pub(crate) fn sections(&self, key: &PublicKey) -> Result<Sections, MessageError> {
        if !key.verifies(Purpose::SyncRequest, &[&self.signed], &self.signature) {
            return Err(MessageError::Signature);
        }
        Sections::inflate(self.body, limits::REQUEST_INFLATED_BYTES_MAX)
    }
}

/// Seals a reply to the request with that hash.
pub(crate) fn seal_reply(request: &[u8; 32], time: Timestamp, body: &[u8], key: &SecretKey) -> Vec<u8> {
    let mut out = Writer::default();
    out.raw(&[VERSION, KIND_SYNC_REPLY]);
    out.signed(time.unix_ms());
    let mut bytes = out.into_bytes();
    let signature = key.sign(Purpose::SyncReply, &[request, &hash(&[&bytes, body])]);
    bytes.extend_from_slice(&signature);
    bytes.extend_from_slice(body);
    bytes
}

/// Opens the reply to the request with that hash: a captive portal, or an old reply, never gets past the signature.
pub(crate) fn open_reply(bytes: &[u8], request: &[u8; 32], key: &PublicKey) -> Result<(Timestamp, Sections), MessageError> {
    if bytes.len() > limits::REPLY_BYTES_MAX {
        return Err(MessageError::TooLarge);
    }
    let mut reader = Reader::new(bytes);
    kind(&mut reader, KIND_SYNC_REPLY)?;
    let time = Timestamp::from_unix_ms(reader.signed("a time")?);
    let head = bytes.get(..bytes.len() - reader.rest().len()).unwrap_or_default();
    let signature = reader.array("a signature")?;
    let body = reader.rest();
    if !key.verifies(Purpose::SyncReply, &[request, &hash(&[head, body])], &signature) {
        return Err(MessageError::Signature);
    }
    Ok((time, Sections::inflate(body, limits::REPLY_INFLATED_BYTES_MAX)?))
}

pub(crate) fn kind(reader: &mut Reader<'_>, expected: u8) -> Result<(), MessageError> {
    match (reader.byte("a version")?, reader.byte("a kind")?) {
        (VERSION, kind) if kind == expected => Ok(()),
        (VERSION, _) => Err(DecodeError::Invalid("a kind").into()),
        (_, _) => Err(MessageError::Version),
    }
}

/// Builds a body.
#[derive(Debug, Default)]
pub(crate) struct Body(Writer);

impl Body {
    /// Adds a section. `critical`: a reader that does not know it must not go on.
    pub(crate) fn section(&mut self, tag: u64, critical: bool, content: Writer) {
        let content = content.into_bytes();
        self.0.number(tag << 1 | u64::from(critical));
        self.0.bytes(&content);
    }

    pub(crate) fn compress(self) -> Vec<u8> {
        packing::pack(&self.0.into_bytes())
    }
}

/// A body's sections by tag.
#[derive(Debug)]
pub(crate) struct Sections(BTreeMap<u64, Vec<u8>>);

impl Sections {
    fn inflate(body: &[u8], most: usize) -> Result<Self, MessageError> {
        Self::read(&packing::unpack(body, most)?)
    }

    fn read(plain: &[u8]) -> Result<Self, MessageError> {
        let mut reader = Reader::new(plain);
        let mut sections = BTreeMap::new();
        while !reader.is_empty() {
            let tag = reader.number("a section")?;
            let content = reader.bytes(plain.len(), "a section")?;
            if sections.len() >= limits::SECTIONS_MAX || sections.insert(tag, content.to_vec()).is_some() {
                return Err(DecodeError::Invalid("a section").into());
            }
        }
        Ok(Self(sections))
    }

    /// Takes a section's content; empty when it is not there.
    pub(crate) fn take(&mut self, tag: u64) -> Option<Vec<u8>> {
        self.0.remove(&(tag << 1)).or_else(|| self.0.remove(&(tag << 1 | 1)))
    }

    /// What is left may be skipped, unless it is critical.
    pub(crate) fn end(self) -> Result<(), MessageError> {
        match self.0.keys().find(|tag| *tag & 1 == 1) {
            Some(tag) => Err(MessageError::Critical(tag >> 1)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    fn head() -> RequestHead {
        RequestHead { device: DeviceId([1; 8]), incarnation: Incarnation([2; 8]), counter: 300 }
    }

    fn body(tag: u64, critical: bool, content: &[u8]) -> Vec<u8> {
        let (mut body, mut writer) = (Body::default(), Writer::default());
        writer.raw(content);
        body.section(tag, critical, writer);
        body.compress()
    }

    #[test]
    fn every_byte_of_a_request_is_signed() {
        let key = SecretKey::from_seed([9; 32]);
        let bytes = seal_request(head(), &body(1, false, b"hello"), &key);
        assert!(OpenedRequest::open(&bytes).unwrap().sections(&key.public()).is_ok());
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let taken = OpenedRequest::open(&changed).and_then(|opened| opened.sections(&key.public()));
            assert!(taken.is_err(), "byte {at}");
            assert!(OpenedRequest::open(&bytes[..at]).and_then(|opened| opened.sections(&key.public())).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_reply_answers_one_request() {
        let key = SecretKey::from_seed([9; 32]);
        let reply = seal_reply(&[1; 32], Timestamp::from_unix_ms(5), &body(1, false, b"hello"), &key);
        assert_eq!(open_reply(&reply, &[1; 32], &key.public()).unwrap().0, Timestamp::from_unix_ms(5));
        assert_eq!(open_reply(&reply, &[2; 32], &key.public()).unwrap_err(), MessageError::Signature);
        assert!(open_reply(b"<html>Please log in</html>", &[1; 32], &key.public()).is_err());
    }

    #[test]
    fn an_unknown_section_is_skipped_unless_it_is_critical() {
        let sections = |critical| Sections::inflate(&body(40, critical, b"x"), 100).unwrap();
        assert_eq!(sections(false).end(), Ok(()));
        assert_eq!(sections(true).end(), Err(MessageError::Critical(40)));
        let mut known = sections(true);
        assert_eq!(known.take(40).unwrap(), b"x");
        assert_eq!(known.end(), Ok(()));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = body(1, false, &vec![0; 1 << 20]);
        assert!(bomb.len() < 1_000);
        assert_eq!(Sections::inflate(&bomb, 1 << 16).unwrap_err(), MessageError::TooLarge);
    }
}
