//! Requests and replies as files: an exchange where there is no link. What is inside is signed as it is on the wire; the file adds nothing to trust.
//!
//! | bytes | meaning |
//! |---|---|
//! | 8 | `sambang` and a zero byte |
//! | 1, 1 | version, kind |
//! | 32 | hash of all that follows: a damaged file is told from a foreign one |
//! | number | how many, then each: a request (bytes); or a request's hash (32), one byte, and a reply (bytes) or why there is none (text) |

use super::envelope::{VERSION, hash};
use crate::codec::{DecodeError, Reader, Writer};
use crate::limits;

const MAGIC: &[u8; 8] = b"sambang\0";
const KIND_REQUESTS: u8 = 5;
const KIND_REPLIES: u8 = 6;

/// Why a file is not the bundle that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Not made by Sambang.
    #[error("not a bundle")]
    Foreign,
    /// A version that is not spoken here.
    #[error("a bundle of an unknown version")]
    Version,
    /// The replies where the requests are wanted, or the other way round.
    #[error("a bundle of the other direction")]
    OtherKind,
    /// Larger than any bundle.
    #[error("larger than any bundle")]
    TooLarge,
    /// Its content is not what was written.
    #[error("the file is damaged or cut")]
    Damaged,
    /// Whole, but without meaning.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

/// What a device, or a rescue, wants to be carried to the centre.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestBundle {
    /// Signed requests, to be answered in this order: 1 to [`limits::BUNDLE_REQUESTS_MAX`].
    pub requests: Vec<Vec<u8>>,
}

/// What the centre answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplyBundle {
    /// One for each request, in their order.
    pub replies: Vec<BundledReply>,
}

/// The answer to one request of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundledReply {
    /// Hash of the whole request.
    pub request: [u8; 32],
    /// The signed reply, or the code of the rejection.
    pub answer: Result<Vec<u8>, String>,
}

/// The hash under which a reply is found again.
pub fn request_hash(request: &[u8]) -> [u8; 32] {
    hash(&[request])
}

impl RequestBundle {
    /// The file.
    pub fn seal(&self) -> Vec<u8> {
        let mut content = Writer::default();
        content.length(self.requests.len());
        self.requests.iter().for_each(|request| content.bytes(request));
        seal(KIND_REQUESTS, content)
    }

    /// Reads a file. The requests are opened by [`super::OpenedRequest::open`], each by itself.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn open(bytes: &[u8]) -> Result<Self, BundleError> {
        let mut reader = open(bytes, KIND_REQUESTS, limits::BUNDLE_BYTES_MAX)?;
        let count = count(&mut reader)?;
        let mut requests = Vec::new();
        for _ in 0..count {
            requests.push(reader.bytes(limits::REQUEST_BYTES_MAX, "a request")?.to_vec());
        }
        reader.end("a bundle")?;
        Ok(Self { requests })
    }
}

impl ReplyBundle {
    /// The file.
    pub fn seal(&self) -> Vec<u8> {
        let mut content = Writer::default();
        content.length(self.replies.len());
        for one in &self.replies {
            content.raw(&one.request);
            match &one.answer {
                Ok(reply) => {
                    content.byte(1);
                    content.bytes(reply);
                }
                Err(code) => {
                    content.byte(0);
                    content.text(code);
                }
            }
        }
        seal(KIND_REPLIES, content)
    }

    /// Reads a file. A reply is believed when [`super::Reply::open`] finds the centre's signature over the very request.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn open(bytes: &[u8]) -> Result<Self, BundleError> {
        let mut reader = open(bytes, KIND_REPLIES, limits::BUNDLE_REPLIES_BYTES_MAX)?;
        let count = count(&mut reader)?;
        let mut replies = Vec::new();
        for _ in 0..count {
            let request = reader.array("a request's hash")?;
            let answer = match reader.flag("an answer")? {
                true => Ok(reader.bytes(limits::REPLY_BYTES_MAX, "a reply")?.to_vec()),
                false => Err(reader.text(limits::NAME_BYTES_MAX, "a code")?.to_owned()),
            };
            replies.push(BundledReply { request, answer });
        }
        reader.end("a bundle")?;
        Ok(Self { replies })
    }
}

fn count(reader: &mut Reader<'_>) -> Result<usize, BundleError> {
    match reader.length(limits::BUNDLE_REQUESTS_MAX, "requests of a bundle")? {
        0 => Err(DecodeError::Invalid("an empty bundle").into()),
        count => Ok(count),
    }
}

fn seal(kind: u8, content: Writer) -> Vec<u8> {
    let content = content.into_bytes();
    let mut out = Writer::default();
    out.raw(MAGIC);
    out.raw(&[VERSION, kind]);
    out.raw(&hash(&[&content]));
    out.raw(&content);
    out.into_bytes()
}

fn open(bytes: &[u8], wanted: u8, most: usize) -> Result<Reader<'_>, BundleError> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else { return Err(BundleError::Foreign) };
    if bytes.len() > most {
        return Err(BundleError::TooLarge);
    }
    let mut reader = Reader::new(rest);
    match (reader.byte("a version")?, reader.byte("a kind")?) {
        (VERSION, kind) if kind == wanted => {}
        (VERSION, KIND_REQUESTS | KIND_REPLIES) => return Err(BundleError::OtherKind),
        (VERSION, _) => return Err(BundleError::Damaged),
        (_, _) => return Err(BundleError::Version),
    }
    let sum: [u8; 32] = reader.array("a hash")?;
    if hash(&[reader.rest()]) == sum { Ok(reader) } else { Err(BundleError::Damaged) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    fn requests() -> RequestBundle {
        RequestBundle { requests: vec![b"one".to_vec(), Vec::new(), vec![7; 300]] }
    }

    #[test]
    fn bundles_survive_and_are_not_taken_for_each_other() {
        let replies = ReplyBundle {
            replies: vec![
                BundledReply { request: request_hash(b"one"), answer: Ok(b"reply".to_vec()) },
                BundledReply { request: [3; 32], answer: Err("unknown-device".to_owned()) },
            ],
        };
        assert_eq!(RequestBundle::open(&requests().seal()), Ok(requests()));
        assert_eq!(ReplyBundle::open(&replies.seal()), Ok(replies.clone()));
        assert_eq!(RequestBundle::open(&replies.seal()), Err(BundleError::OtherKind));
        assert_eq!(ReplyBundle::open(&requests().seal()), Err(BundleError::OtherKind));
    }

    #[test]
    fn a_bundle_with_any_byte_changed_or_cut_anywhere_is_no_bundle() {
        let sound = requests().seal();
        for at in 0..sound.len() {
            let mut changed = sound.clone();
            changed[at] ^= 0x10;
            assert!(RequestBundle::open(&changed).is_err(), "byte {at}");
            assert!(RequestBundle::open(&sound[..at]).is_err(), "cut at {at}");
        }
        assert_eq!(RequestBundle::open(b"PK\x03\x04 something else"), Err(BundleError::Foreign));
        assert_eq!(RequestBundle::open(&[sound.as_slice(), b"x"].concat()), Err(BundleError::Damaged));
    }

    /// A hash that is right costs a hostile hand nothing: what is behind it has limits of its own.
    #[test]
    fn counts_and_lengths_have_limits_also_under_a_right_hash() {
        let with = |make: &dyn Fn(&mut Writer)| {
            let mut content = Writer::default();
            make(&mut content);
            RequestBundle::open(&seal(KIND_REQUESTS, content)).unwrap_err()
        };
        assert_eq!(with(&|out| out.length(0)), BundleError::Decode(DecodeError::Invalid("an empty bundle")));
        let many = limits::BUNDLE_REQUESTS_MAX + 1;
        assert_eq!(with(&|out| out.length(many)), BundleError::Decode(DecodeError::TooLarge("requests of a bundle")));
        let long = |out: &mut Writer| {
            out.length(1);
            out.length(limits::REQUEST_BYTES_MAX + 1);
        };
        assert_eq!(with(&long), BundleError::Decode(DecodeError::TooLarge("a request")));
        let trailing = |out: &mut Writer| {
            out.length(1);
            out.bytes(b"one");
            out.byte(0);
        };
        assert_eq!(with(&trailing), BundleError::Decode(DecodeError::Trailing("a bundle")));
    }
}
