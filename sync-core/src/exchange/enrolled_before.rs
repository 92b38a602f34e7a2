//! A device that the centre does not know any more shows its enrolment record, which the centre once signed.
//!
//! | request |
//! |---|
//! | version, kind |
//! | the signed enrolment record |
//! | signature (64) by the device key |
//!
//! The reply is that to an enrolment: enrolled, with the same record.

use super::envelope::{KIND_ENROLLED_BEFORE, MessageError, VERSION, hash, kind};
use crate::codec::{Reader, Writer};
use crate::keys::{PublicKey, Purpose, SecretKey};
use crate::record::{Record, SignedRecord};

/// What such a device asks: to be known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledBefore {
    /// What the record says; always [`Record::Enrolment`].
    pub record: Record,
    /// The record.
    pub signed: SignedRecord,
}

impl EnrolledBefore {
    /// The request's bytes.
    pub fn seal(record: &SignedRecord, key: &SecretKey) -> Vec<u8> {
        let mut out = Writer::default();
        out.raw(&[VERSION, KIND_ENROLLED_BEFORE]);
        record.encode(&mut out);
        let mut bytes = out.into_bytes();
        let signature = key.sign(Purpose::EnrolRequest, &[&bytes]);
        bytes.extend_from_slice(&signature);
        bytes
    }

    /// True when the bytes are of this kind, whatever else they are.
    pub fn is(bytes: &[u8]) -> bool {
        bytes.starts_with(&[VERSION, KIND_ENROLLED_BEFORE])
    }

    /// What a request shows, with its hash: a record that `working` signed, shown by the holder of the key that it names.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn open(bytes: &[u8], working: &PublicKey) -> Result<(Self, [u8; 32]), MessageError> {
        let mut reader = Reader::new(bytes);
        kind(&mut reader, KIND_ENROLLED_BEFORE)?;
        let signed = SignedRecord::decode(&mut reader)?;
        let content = bytes.get(..bytes.len() - reader.rest().len()).unwrap_or_default();
        let signature = reader.array("a signature")?;
        reader.end("a request")?;
        match signed.open(working) {
            Some(record @ Record::Enrolment { key, .. }) if key.verifies(Purpose::EnrolRequest, &[content], &signature) => {
                Ok((Self { record, signed }, hash(&[bytes])))
            }
            Some(_) | None => Err(MessageError::Signature),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;
    use crate::form::Role;
    use crate::{DeviceId, Nrp, Timestamp};

    #[test]
    fn only_who_holds_the_key_of_a_record_of_this_centre_is_known_again() {
        let (working, device, other) = (SecretKey::from_seed([1; 32]), SecretKey::from_seed([2; 32]), SecretKey::from_seed([3; 32]));
        let record = Record::Enrolment {
            device: DeviceId([4; 8]),
            key: device.public(),
            officer: Nrp::from_number(85_010_001).unwrap(),
            name: "Yohanes Bria".to_owned(),
            role: Role::Officer,
            at: Timestamp::from_unix_ms(5),
        };
        let signed = SignedRecord::sign(&record, &working);
        let bytes = EnrolledBefore::seal(&signed, &device);
        assert!(EnrolledBefore::is(&bytes));
        assert_eq!(EnrolledBefore::open(&bytes, &working.public()).unwrap().0, EnrolledBefore { record, signed: signed.clone() });
        assert_eq!(EnrolledBefore::open(&bytes, &other.public()), Err(MessageError::Signature));
        assert_eq!(EnrolledBefore::open(&EnrolledBefore::seal(&signed, &other), &working.public()), Err(MessageError::Signature));
        let revocation = SignedRecord::sign(&Record::Revocation { device: DeviceId([4; 8]), at: Timestamp::from_unix_ms(5) }, &working);
        assert_eq!(EnrolledBefore::open(&EnrolledBefore::seal(&revocation, &device), &working.public()), Err(MessageError::Signature));
        for at in 0..bytes.len() {
            assert!(EnrolledBefore::open(&bytes[..at], &working.public()).is_err());
        }
    }
}
