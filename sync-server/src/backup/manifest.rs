//! What a backup holds, signed: a changed backup is noticed, and so is one of another centre.

use std::fs::File;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sync_core::keys::{Certificate, PublicKey, Purpose};
use sync_core::{Timestamp, UnitCode};

use crate::ServerError;
use crate::key_file::Keys;
use crate::store::copy::Facts;

/// Name of the manifest's file.
pub(super) const MANIFEST: &str = "manifest.json";
/// The shape of a backup. A program refuses those that it does not know.
const FORMAT: u32 = 1;

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupFile {
    /// Its name in the backup.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its BLAKE3 hash, in hex.
    pub blake3: String,
}

/// How far a partition had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupMark {
    /// The partition's code.
    pub partition: String,
    /// Its newest sequence.
    pub sequence: u64,
    /// The running hash there, in hex.
    pub running_hash: String,
}

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupInfo {
    /// The shape of the backup.
    pub format: u32,
    /// When its making began.
    pub made_at: String,
    /// The same in milliseconds since 1970.
    pub made_at_ms: i64,
    /// The version of the program that made it.
    pub program: String,
    /// The number of the last migration of its database.
    pub schema: i64,
    /// Whose it is: the public root key of the centre, in hex. The key file that a restore needs has its secret half.
    pub root_key: String,
    /// How many documents it holds.
    pub documents: u64,
    /// The newest sequence of each partition.
    pub marks: Vec<BackupMark>,
    /// Its files.
    pub files: Vec<BackupFile>,
}

impl BackupInfo {
    pub(super) fn of(facts: &Facts, files: Vec<BackupFile>, now: Timestamp) -> Self {
        let mark = |(partition, sequence, hash): &(UnitCode, u64, [u8; 32])| BackupMark {
            partition: partition.to_string(),
            sequence: *sequence,
            running_hash: hex::encode(hash),
        };
        Self {
            format: FORMAT,
            made_at: now.to_string(),
            made_at_ms: now.unix_ms(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            schema: facts.schema,
            root_key: hex::encode(facts.root_key),
            documents: facts.documents,
            marks: facts.marks.iter().map(mark).collect(),
            files,
        }
    }

    /// When its making began.
    pub fn made(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.made_at_ms)
    }
}

/// A manifest with the centre's signature over its compact JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) backup: BackupInfo,
    certificate: String,
    signature: String,
}

impl Manifest {
    pub(super) fn seal(backup: BackupInfo, keys: &Keys) -> Result<Self, ServerError> {
        let signature = keys.working.sign(Purpose::Backup, &[&signed(&backup)?]);
        Ok(Self { backup, certificate: hex::encode(keys.certificate.to_bytes()), signature: hex::encode(signature) })
    }

    /// The manifest of a backup, of whatever centre.
    pub(super) fn read(backup: &Path) -> Result<Self, ServerError> {
        let file = backup.join(MANIFEST);
        let text = match std::fs::read(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(ServerError::NotABackup(file.display().to_string())),
            Err(error) => return Err(ServerError::of_file(&file, &error)),
        };
        let manifest: Self = serde_json::from_slice(&text).map_err(|_| ServerError::BackupDamaged(MANIFEST.to_owned()))?;
        match manifest.backup.format {
            FORMAT => Ok(manifest),
            format => Err(ServerError::NotABackup(format!("{} (format {format})", file.display()))),
        }
    }

    /// True when a working key of this root signed it.
    pub(super) fn is_of(&self, root: &PublicKey) -> bool {
        let certificate = hex::decode(&self.certificate).ok().and_then(|bytes| bytes.try_into().ok());
        let certificate = certificate.map(|bytes| Certificate::from_bytes(&bytes)).filter(|certificate| certificate.is_of(root));
        let signature = hex::decode(&self.signature).ok().and_then(|bytes| bytes.try_into().ok());
        let (Some(certificate), Some(signature), Ok(text)) = (certificate, signature, signed(&self.backup)) else { return false };
        certificate.working.verifies(Purpose::Backup, &[&text], &signature)
    }
}

fn signed(backup: &BackupInfo) -> Result<Vec<u8>, ServerError> {
    serde_json::to_vec(backup).map_err(|error| ServerError::Internal(error.to_string()))
}

/// Length and hash of a file.
pub(super) fn measure(file: &Path, name: &str) -> Result<BackupFile, ServerError> {
    let named = |error: &std::io::Error| ServerError::of_file(file, error);
    let opened = File::open(file).map_err(|error| named(&error))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(&opened).map_err(|error| named(&error))?;
    Ok(BackupFile { name: name.to_owned(), bytes: hasher.count(), blake3: hasher.finalize().to_hex().to_string() })
}
