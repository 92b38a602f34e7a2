//! Signatures. A device signs its requests; the server signs replies and records with a working key, which the pinned root key signs.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::codec::{DecodeError, Reader, Writer};

/// A signature's bytes.
pub type SignatureBytes = [u8; 64];

/// What a signature is for: the same bytes signed for one purpose are worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A device's `POST /v1/sync`.
    SyncRequest,
    /// The answer to one.
    SyncReply,
    /// A device's `POST /v1/enrol`.
    EnrolRequest,
    /// The answer to one.
    EnrolReply,
    /// A record that outlives its message.
    Record,
    /// The root key's word for a working key.
    Certificate,
    /// What a backup of the centre holds.
    Backup,
}

impl Purpose {
    /// Domain tag, and for requests method and path.
    fn tag(self) -> &'static [u8] {
        match self {
            Self::SyncRequest => b"sambang 0 POST /v1/sync request\0",
            Self::SyncReply => b"sambang 0 POST /v1/sync reply\0",
            Self::EnrolRequest => b"sambang 0 POST /v1/enrol request\0",
            Self::EnrolReply => b"sambang 0 POST /v1/enrol reply\0",
            Self::Record => b"sambang 0 record\0",
            Self::Certificate => b"sambang 0 certificate\0",
            Self::Backup => b"sambang 0 backup\0",
        }
    }
}

/// The secret half of a key. Its `Debug` hides it.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl SecretKey {
    /// From 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// The bytes that it was made from, to be stored.
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The half that everybody may know.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs the parts, in order, for one purpose. The caller makes them unambiguous: all but the last have a fixed length.
    pub fn sign(&self, purpose: Purpose, parts: &[&[u8]]) -> SignatureBytes {
        self.0.sign(&joined(purpose, parts)).to_bytes()
    }
}

/// The public half of a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// True when `signature` is this key's for these parts and purpose.
    pub fn verifies(&self, purpose: Purpose, parts: &[&[u8]], signature: &SignatureBytes) -> bool {
        // Strict: keys and signatures of small order, for which many messages fit, are refused.
        let key = VerifyingKey::from_bytes(&self.0);
        key.is_ok_and(|key| key.verify_strict(&joined(purpose, parts), &Signature::from_bytes(signature)).is_ok())
    }

    /// The first ten bytes of the key's hash: what an enrolment code can carry of it.
    pub fn fingerprint(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        blake3::Hasher::new_derive_key("sambang 0 root key fingerprint").update(&self.0).finalize_xof().fill(&mut bytes);
        bytes
    }
}

fn joined(purpose: Purpose, parts: &[&[u8]]) -> Vec<u8> {
    [&[purpose.tag()], parts].concat().concat()
}

/// The root key's word that a working key signs for the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// The working key.
    pub working: PublicKey,
    signature: SignatureBytes,
}

impl Certificate {
    /// Made where the root key is.
    pub fn issue(root: &SecretKey, working: PublicKey) -> Self {
        Self { working, signature: root.sign(Purpose::Certificate, &[&working.0]) }
    }

    /// True when `root` signed it.
    pub fn is_of(&self, root: &PublicKey) -> bool {
        root.verifies(Purpose::Certificate, &[&self.working.0], &self.signature)
    }

    /// Its 96 bytes.
    pub fn to_bytes(&self) -> [u8; 96] {
        let mut bytes = [0; 96];
        bytes[..32].copy_from_slice(&self.working.0);
        bytes[32..].copy_from_slice(&self.signature);
        bytes
    }

    /// From [`Certificate::to_bytes`]; says nothing of who signed it.
    pub fn from_bytes(bytes: &[u8; 96]) -> Self {
        let (mut working, mut signature) = ([0; 32], [0; 64]);
        working.copy_from_slice(&bytes[..32]);
        signature.copy_from_slice(&bytes[32..]);
        Self { working: PublicKey(working), signature }
    }

    pub(crate) fn encode(&self, out: &mut Writer) {
        out.raw(&self.to_bytes());
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self::from_bytes(&reader.array("a certificate")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_for_one_purpose_and_one_text() {
        let key = SecretKey::from_seed([3; 32]);
        let signature = key.sign(Purpose::SyncRequest, &[b"abc"]);
        assert!(key.public().verifies(Purpose::SyncRequest, &[b"abc"], &signature));
        assert!(!key.public().verifies(Purpose::SyncReply, &[b"abc"], &signature));
        assert!(!key.public().verifies(Purpose::SyncRequest, &[b"abd"], &signature));
        assert!(!SecretKey::from_seed([4; 32]).public().verifies(Purpose::SyncRequest, &[b"abc"], &signature));
    }

    #[test]
    fn a_certificate_is_of_its_root_only() {
        let (root, other) = (SecretKey::from_seed([1; 32]), SecretKey::from_seed([2; 32]));
        let certificate = Certificate::issue(&root, other.public());
        let back = Certificate::from_bytes(&certificate.to_bytes());
        assert!(back.is_of(&root.public()) && !back.is_of(&other.public()));
    }
}
