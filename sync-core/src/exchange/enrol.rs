//! Enrolment: a one-time code makes a key a device.
//!
//! | request | reply |
//! |---|---|
//! | version, kind | version, kind |
//! | selector (4), secret (8), device key (32) | server time (number), root key (32), certificate (96) |
//! | | answer (1): 0 enrolled, else why not; then device (8) and the signed enrolment record |
//! | signature (64) by the device key | signature (64) by the working key over the request and all before |
//!
//! The same key with the same code again gets the same answer: replies get lost.

use std::fmt;
use std::str::FromStr;

use super::envelope::{KIND_ENROL_REPLY, KIND_ENROL_REQUEST, MessageError, VERSION, hash, kind};
use crate::codec::{DecodeError, Reader, Writer};
use crate::keys::{Certificate, PublicKey, Purpose, SecretKey};
use crate::record::{Record, SignedRecord};
use crate::{ParseError, Timestamp};

/// A one-time code: which one, its secret, and the hash of the server's root key, so that no other server can answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EnrolmentCode {
    /// Which code: 25 bits.
    pub selector: u32,
    /// 55 bits.
    pub secret: u64,
    /// [`PublicKey::fingerprint`] of the root key.
    pub root: [u8; 10],
}

/// Crockford's: no I, L, O, U, which people confuse.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SECRET_BITS: u32 = 55;

impl EnrolmentCode {
    /// From random numbers, cut to their bits.
    pub fn new(selector: u32, secret: u64, root: &PublicKey) -> Self {
        Self { selector: selector & ((1 << 25) - 1), secret: secret & ((1 << SECRET_BITS) - 1), root: root.fingerprint() }
    }

    fn to_bytes(self) -> [u8; 20] {
        let first = (u128::from(self.selector) << SECRET_BITS) | u128::from(self.secret);
        let mut bytes = [0; 20];
        bytes[..10].copy_from_slice(&first.to_be_bytes()[6..]);
        bytes[10..].copy_from_slice(&self.root);
        bytes
    }
}

/// Four letters that catch a slip of the finger before it costs a try.
fn check(bytes: &[u8; 20]) -> [u8; 4] {
    let digest = hash(&[b"sambang 0 code check", bytes]);
    std::array::from_fn(|at| digest.get(at).map_or(0, |byte| byte & 31))
}

impl fmt::Display for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.to_bytes();
        let mut digits = Vec::new();
        for chunk in bytes.chunks(5) {
            let number = chunk.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
            digits.extend((0..8).rev().map(|at| (number >> (at * 5) & 31) as u8));
        }
        digits.extend(check(&bytes));
        for (at, digit) in digits.iter().enumerate() {
            if at > 0 && at % 4 == 0 {
                f.write_str("-")?;
            }
            let letter = ALPHABET.get(usize::from(*digit)).copied().unwrap_or(b'0');
            write!(f, "{}", char::from(letter))?;
        }
        Ok(())
    }
}

impl fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentCode(…)")
    }
}

impl FromStr for EnrolmentCode {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let wrong = ParseError { expected: "an enrolment code (nine groups of four letters or digits, typed without a mistake)" };
        let mut digits = Vec::new();
        for letter in text.bytes().filter(|byte| !matches!(byte, b'-' | b' ')) {
            let letter = match letter.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let digit = ALPHABET.iter().position(|known| *known == letter).ok_or_else(|| wrong.clone())?;
            digits.push(u8::try_from(digit).map_err(|_| wrong.clone())?);
        }
        let (code, checked) = digits.split_at_checked(32).ok_or_else(|| wrong.clone())?;
        let mut bytes = [0; 20];
        for (digits, chunk) in code.chunks(8).zip(bytes.chunks_mut(5)) {
            let number = digits.iter().fold(0_u64, |number, digit| number << 5 | u64::from(*digit));
            chunk.copy_from_slice(&number.to_be_bytes()[3..]);
        }
        if checked != check(&bytes) {
            return Err(wrong);
        }
        let (first, root) = bytes.split_at(10);
        let first = first.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        let secret = (first & ((1 << SECRET_BITS) - 1)) as u64;
        let selector = u32::try_from(first >> SECRET_BITS).map_err(|_| wrong.clone())?;
        Ok(Self { selector, secret, root: root.try_into().map_err(|_| wrong)? })
    }
}

/// What a device asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnrolRequest {
    /// Which code.
    pub selector: u32,
    /// Its secret.
    pub secret: u64,
    /// The device's new key.
    pub key: PublicKey,
}

impl EnrolRequest {
    /// The request for `code` by the holder of `key`, and the hash that the reply must answer.
    pub fn seal(code: &EnrolmentCode, key: &SecretKey) -> (Vec<u8>, [u8; 32]) {
        let mut out = Writer::default();
        out.raw(&[VERSION, KIND_ENROL_REQUEST]);
        out.raw(&code.selector.to_be_bytes());
        out.raw(&code.secret.to_be_bytes());
        out.raw(&key.public().0);
        let mut bytes = out.into_bytes();
        let signature = key.sign(Purpose::EnrolRequest, &[&bytes]);
        bytes.extend_from_slice(&signature);
        let hash = hash(&[&bytes]);
        (bytes, hash)
    }

    /// What a request asks, when the holder of its key signed it.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn open(bytes: &[u8]) -> Result<(Self, [u8; 32]), MessageError> {
        let mut reader = Reader::new(bytes);
        kind(&mut reader, KIND_ENROL_REQUEST)?;
        let request = Self {
            selector: u32::from_be_bytes(reader.array("a selector")?),
            secret: u64::from_be_bytes(reader.array("a secret")?),
            key: PublicKey(reader.array("a key")?),
        };
        let signed = bytes.get(..bytes.len() - reader.rest().len()).unwrap_or_default();
        let signature = reader.array("a signature")?;
        reader.end("a request")?;
        let valid = request.key.verifies(Purpose::EnrolRequest, &[signed], &signature);
        if valid { Ok((request, hash(&[bytes]))) } else { Err(MessageError::Signature) }
    }
}

/// What became of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnrolAnswer {
    /// The key is a device now: the signed [`Record::Enrolment`].
    Enrolled(SignedRecord),
    /// No such code, or another secret.
    Wrong,
    /// Another device used it.
    Used,
    /// Too old.
    Expired,
    /// Too many wrong secrets.
    Locked,
}

/// What the server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolReply {
    /// The server's time.
    pub time: Timestamp,
    /// The key that the device pins.
    pub root: PublicKey,
    /// Its word for the working key.
    pub certificate: Certificate,
    /// What became of the code.
    pub answer: EnrolAnswer,
}

/// A reply that stood every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// What the record says; always [`Record::Enrolment`].
    pub record: Record,
    /// The record, to be kept.
    pub signed: SignedRecord,
}

impl EnrolReply {
    /// The signed answer to the request with that hash.
    pub fn seal(&self, request: &[u8; 32], working: &SecretKey) -> Vec<u8> {
        let mut out = Writer::default();
        out.raw(&[VERSION, KIND_ENROL_REPLY]);
        out.signed(self.time.unix_ms());
        out.raw(&self.root.0);
        self.certificate.encode(&mut out);
        match &self.answer {
            EnrolAnswer::Enrolled(record) => {
                out.byte(0);
                record.encode(&mut out);
            }
            EnrolAnswer::Wrong => out.byte(1),
            EnrolAnswer::Used => out.byte(2),
            EnrolAnswer::Expired => out.byte(3),
            EnrolAnswer::Locked => out.byte(4),
        }
        let mut bytes = out.into_bytes();
        let signature = working.sign(Purpose::EnrolReply, &[request, &hash(&[&bytes])]);
        bytes.extend_from_slice(&signature);
        bytes
    }

    /// The answer, when the server of the code's root key signed it for this request.
    ///
    /// # Errors
    /// [`MessageError`]: another server, or none.
    pub fn open(bytes: &[u8], request: &[u8; 32], code: &EnrolmentCode) -> Result<Self, MessageError> {
        let mut reader = Reader::new(bytes);
        kind(&mut reader, KIND_ENROL_REPLY)?;
        let time = Timestamp::from_unix_ms(reader.signed("a time")?);
        let root = PublicKey(reader.array("a key")?);
        let certificate = Certificate::decode(&mut reader)?;
        let answer = match reader.byte("an answer")? {
            0 => EnrolAnswer::Enrolled(SignedRecord::decode(&mut reader)?),
            1 => EnrolAnswer::Wrong,
            2 => EnrolAnswer::Used,
            3 => EnrolAnswer::Expired,
            4 => EnrolAnswer::Locked,
            _ => return Err(DecodeError::Invalid("an answer").into()),
        };
        let signed = bytes.get(..bytes.len() - reader.rest().len()).unwrap_or_default();
        let signature = reader.array("a signature")?;
        reader.end("a reply")?;
        let by_server = root.fingerprint() == code.root
            && certificate.is_of(&root)
            && certificate.working.verifies(Purpose::EnrolReply, &[request, &hash(&[signed])], &signature);
        if by_server { Ok(Self { time, root, certificate, answer }) } else { Err(MessageError::Signature) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    fn code() -> EnrolmentCode {
        EnrolmentCode::new(u32::MAX, u64::MAX - 5, &SecretKey::from_seed([1; 32]).public())
    }

    #[test]
    fn a_code_survives_being_typed() {
        let text = code().to_string();
        assert_eq!(text.len(), 44);
        assert!(text.parse::<EnrolmentCode>().unwrap() == code());
        assert!(text.to_lowercase().replace('-', " ").replace('0', "o").parse::<EnrolmentCode>().unwrap() == code());
    }

    #[test]
    fn a_slip_of_the_finger_is_noticed() {
        let text = code().to_string();
        for (at, letter) in text.char_indices().filter(|(_, letter)| *letter != '-') {
            let other = if letter == '7' { "8" } else { "7" };
            let mut slipped = text.clone();
            slipped.replace_range(at..=at, other);
            assert!(slipped.parse::<EnrolmentCode>().is_err(), "{slipped}");
        }
        assert!(text.replacen('-', "", 1).split_at(40).0.parse::<EnrolmentCode>().is_err());
        assert!("é".parse::<EnrolmentCode>().is_err());
    }

    #[test]
    fn only_the_server_of_the_code_can_answer() {
        let (root, working, device) = (SecretKey::from_seed([1; 32]), SecretKey::from_seed([2; 32]), SecretKey::from_seed([3; 32]));
        let (bytes, hash) = EnrolRequest::seal(&code(), &device);
        assert_eq!(EnrolRequest::open(&bytes).unwrap().0.key, device.public());
        let reply = |root: &SecretKey| EnrolReply {
            time: Timestamp::from_unix_ms(1),
            root: root.public(),
            certificate: Certificate::issue(root, working.public()),
            answer: EnrolAnswer::Wrong,
        };
        let honest = reply(&root).seal(&hash, &working);
        assert_eq!(EnrolReply::open(&honest, &hash, &code()).unwrap().answer, EnrolAnswer::Wrong);
        assert!(EnrolReply::open(&honest, &[0; 32], &code()).is_err());
        assert!(EnrolReply::open(&reply(&working).seal(&hash, &working), &hash, &code()).is_err());
    }
}
