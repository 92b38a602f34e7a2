//! One line of the journal.

use sync_core::form::Role;
use sync_core::keys::{Certificate, PublicKey};
use sync_core::record::SignedRecord;
use sync_core::{DeviceId, Nrp, Timestamp};

/// In the place of the device that began a recovery, where that stood in a journal that is gone.
pub(crate) const NOBODY: DeviceId = DeviceId([0; 8]);

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A working key, by the root's word: what it signed counts from here on.
    Key(Certificate),
    /// An officer, as he was added.
    Officer { nrp: Nrp, role: Role, name: String },
    /// A device belongs to an officer; the one-time code that made it, where it is known.
    Enrolled { selector: Option<u32>, record: SignedRecord },
    /// A device showed that this centre had enrolled it; nobody vouches for its grants.
    Shown(SignedRecord),
    /// Grants, or ends of grants.
    Decided(SignedRecord),
    /// A device reads nothing any more.
    Revoked(SignedRecord),
    /// A device showed what was signed here and is not in this journal. Whom an operator confirmed before, waits again.
    Recovery(DeviceId),
    /// An operator vouches for a device's grants, or for those of all: then the recovery ends.
    Confirmed(Option<DeviceId>),
    /// So many bytes of a line that a power cut left half written were cut off.
    Cut(u64),
}

impl Entry {
    /// The kind, as lists name it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Officer { .. } => "officer",
            Self::Enrolled { .. } => "enrolled",
            Self::Shown(_) => "shown",
            Self::Decided(_) => "decided",
            Self::Revoked(_) => "revoked",
            Self::Recovery(_) => "recovery",
            Self::Confirmed(_) => "confirmed",
            Self::Cut(_) => "cut",
        }
    }

    /// The device that began a recovery; none for any other line, and where nobody knows it.
    pub(crate) fn shown_by(&self) -> Option<DeviceId> {
        if let Self::Recovery(device) = self { Some(*device).filter(|device| *device != NOBODY) } else { None }
    }

    fn text(&self) -> String {
        let signed = |record: &SignedRecord| format!("{} {}", hex::encode(&record.bytes), hex::encode(record.signature));
        match self {
            Self::Key(certificate) => hex::encode(certificate.to_bytes()),
            Self::Officer { nrp, role, name } => format!("{nrp} {} {}", role.as_str(), hex::encode(name)),
            Self::Enrolled { selector, record } => format!("{} {}", selector.unwrap_or(0), signed(record)),
            Self::Shown(record) | Self::Decided(record) | Self::Revoked(record) => signed(record),
            Self::Recovery(device) => device.to_string(),
            Self::Confirmed(device) => device.map_or_else(|| "all".to_owned(), |device| device.to_string()),
            Self::Cut(bytes) => bytes.to_string(),
        }
    }

    fn parse(kind: &str, words: &[&str]) -> Option<Self> {
        let signed = |bytes: &str, signature: &str| {
            Some(SignedRecord { bytes: hex::decode(bytes).ok()?, signature: hex::decode(signature).ok()?.try_into().ok()? })
        };
        match (kind, words) {
            ("key", [certificate]) => Some(Self::Key(Certificate::from_bytes(&hex::decode(certificate).ok()?.try_into().ok()?))),
            ("officer", [nrp, role, name]) => {
                let name = String::from_utf8(hex::decode(name).ok()?).ok()?;
                Some(Self::Officer { nrp: nrp.parse().ok()?, role: Role::parse(role)?, name })
            }
            ("enrolled", [selector, bytes, signature]) => {
                let selector = Some(selector.parse().ok()?).filter(|selector| *selector != 0);
                Some(Self::Enrolled { selector, record: signed(bytes, signature)? })
            }
            ("shown", [bytes, signature]) => Some(Self::Shown(signed(bytes, signature)?)),
            ("decided", [bytes, signature]) => Some(Self::Decided(signed(bytes, signature)?)),
            ("revoked", [bytes, signature]) => Some(Self::Revoked(signed(bytes, signature)?)),
            ("recovery", [device]) => Some(Self::Recovery(device.parse().ok()?)),
            ("confirmed", ["all"]) => Some(Self::Confirmed(None)),
            ("confirmed", [device]) => Some(Self::Confirmed(Some(device.parse().ok()?))),
            ("cut", [bytes]) => Some(Self::Cut(bytes.parse().ok()?)),
            _ => None,
        }
    }
}

/// Where a journal ends: the number of its last line, from 1, and the chain there. Of an empty one 0, and the root key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) sequence: u64,
    pub(crate) hash: [u8; 32],
}

impl End {
    /// Of an empty journal of this centre.
    pub(crate) fn empty(root: &PublicKey) -> Self {
        Self { sequence: 0, hash: root.0 }
    }
}

/// A line with its number and its place in the chain.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    pub(crate) entry: Entry,
    /// The journal's end with this line.
    pub(crate) end: End,
}

impl Line {
    /// JOURNAL_CHAIN: each line carries the hash over the line before and its own words.
    pub(crate) fn new(before: End, at: Timestamp, entry: Entry) -> Self {
        let mut line = Self { at, entry, end: End { sequence: before.sequence.saturating_add(1), hash: before.hash } };
        let mut hasher = blake3::Hasher::new_derive_key("sambang 0 journal");
        line.end.hash = hasher.update(&before.hash).update(line.words().as_bytes()).finalize().into();
        line
    }

    fn words(&self) -> String {
        format!("{} {} {} {}", self.end.sequence, self.at.unix_ms(), self.entry.kind(), self.entry.text())
    }

    /// The line as it is written, with its end.
    pub(crate) fn text(&self) -> String {
        format!("{} {}\n", self.words(), hex::encode(self.end.hash))
    }

    /// The line after `before`, from its text without its end; none for anything else.
    pub(crate) fn parse(text: &str, before: End) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let [_, at, kind, words @ .., _] = words.as_slice() else { return None };
        let line = Self::new(before, Timestamp::from_unix_ms(at.parse().ok()?), Entry::parse(kind, words)?);
        (line.text().trim_end_matches('\n') == text).then_some(line)
    }

    /// Where a line says that it ends, whatever else it says.
    pub(crate) fn end_of(text: &str) -> Option<End> {
        let (sequence, _) = text.split_once(' ')?;
        let (_, hash) = text.rsplit_once(' ')?;
        Some(End { sequence: sequence.parse().ok()?, hash: hex::decode(hash).ok()?.try_into().ok()? })
    }
}
