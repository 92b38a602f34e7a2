//! The centre's secrets, in a file of their own beside the database: a copy of the database alone signs nothing.
//!
//! ```text
//! sambang keys 1
//! root <32 bytes in hex>           signs working keys; devices pin its public half
//! working <32 bytes in hex>        signs replies and records
//! certificate <96 bytes in hex>    the root's word for the working key
//! mac <32 bytes in hex>            hashes enrolment secrets and makes tokens
//! ```

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use automerge::ChangeHash;
use sync_core::ReportId;
use sync_core::keys::{Certificate, PublicKey, SecretKey};
use sync_core::proof::Token;

use crate::ServerError;

const HEADER: &str = "sambang keys 1";

/// The centre's secrets. Its `Debug` shows none.
pub(crate) struct Keys {
    root: SecretKey,
    pub(crate) working: SecretKey,
    pub(crate) certificate: Certificate,
    mac: [u8; 32],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// From three times 32 random bytes.
    pub(crate) fn new(random: &[u8; 96]) -> Self {
        let part = |from: usize| -> [u8; 32] { std::array::from_fn(|at| random.get(from + at).copied().unwrap_or_default()) };
        let (root, working) = (SecretKey::from_seed(part(0)), SecretKey::from_seed(part(32)));
        let certificate = Certificate::issue(&root, working.public());
        Self { root, working, certificate, mac: part(64) }
    }

    /// The key that devices pin.
    pub(crate) fn root(&self) -> PublicKey {
        self.root.public()
    }

    /// The only form in which an enrolment secret is stored: without this file a copy of the database cannot even be searched for it.
    pub(crate) fn secret_hash(&self, selector: u32, secret: u64) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.mac);
        hasher.update(b"enrolment secret").update(&selector.to_be_bytes()).update(&secret.to_be_bytes());
        hasher.finalize().into()
    }

    /// The word of this centre that it has, or had, the history of these heads of a report. A database that went back makes the same ones again; a copy of
    /// it makes none.
    pub(crate) fn token(&self, report: ReportId, heads: &[ChangeHash]) -> Token {
        let mut hasher = blake3::Hasher::new_keyed(&self.mac);
        hasher.update(b"token").update(&report.to_bytes()).update(&(heads.len() as u64).to_be_bytes());
        heads.iter().for_each(|head| _ = hasher.update(&head.0));
        let mut token = [0; 8];
        hasher.finalize_xof().fill(&mut token);
        Token(token)
    }

    /// None when there is no file.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, ServerError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => return Err(damaged()),
            Err(error) => return Err(error.into()),
        };
        Self::parse(&text).map(Some).ok_or_else(damaged)
    }

    /// Written whole or not at all, readable for its owner only. False when another process was quicker.
    pub(crate) fn create(&self, path: &Path) -> Result<bool, ServerError> {
        crate::store::publish(path, |fresh| {
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(fresh)?;
            file.write_all(self.text().as_bytes())?;
            Ok(file.sync_all()?)
        })
    }

    fn text(&self) -> String {
        format!(
            "{HEADER}\nroot {}\nworking {}\ncertificate {}\nmac {}\n",
            hex::encode(self.root.seed()),
            hex::encode(self.working.seed()),
            hex::encode(self.certificate.to_bytes()),
            hex::encode(self.mac),
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        lines.next().filter(|line| *line == HEADER)?;
        let named: BTreeMap<&str, Vec<u8>> = lines
            .map(|line| line.split_once(' ').and_then(|(name, value)| Some((name, hex::decode(value).ok()?))))
            .collect::<Option<_>>()?;
        let key = |name: &str| -> Option<[u8; 32]> { named.get(name)?.as_slice().try_into().ok() };
        let (root, working) = (SecretKey::from_seed(key("root")?), SecretKey::from_seed(key("working")?));
        let certificate = Certificate::from_bytes(named.get("certificate")?.as_slice().try_into().ok()?);
        let fits = certificate.is_of(&root.public()) && certificate.working == working.public();
        fits.then_some(Self { root, working, certificate, mac: key("mac")? })
    }
}

fn damaged() -> ServerError {
    ServerError::Damaged("keys".to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    #[test]
    fn keys_survive_their_file_and_a_changed_one_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        assert!(Keys::read(&path).unwrap().is_none());
        let keys = Keys::new(&std::array::from_fn(|at| u8::try_from(at).unwrap()));
        assert!(keys.create(&path).unwrap());
        assert!(!keys.create(&path).unwrap(), "never over another one");
        let back = Keys::read(&path).unwrap().unwrap();
        assert_eq!(back.root(), keys.root());
        assert_eq!(back.secret_hash(1, 2), keys.secret_hash(1, 2));
        assert_ne!(back.secret_hash(1, 2), back.secret_hash(2, 2));
        let (report, head) = (|byte| ReportId::from_bytes([byte; 16]), |byte| ChangeHash([byte; 32]));
        let token = back.token(report(1), &[head(1)]);
        assert_eq!(token, keys.token(report(1), &[head(1)]));
        for other in [back.token(report(2), &[head(1)]), back.token(report(1), &[head(2)]), back.token(report(1), &[head(1), head(2)])] {
            assert_ne!(token, other);
        }
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("working 2", "working 3", 1)).unwrap();
        assert_eq!(Keys::read(&path).unwrap_err().code(), "damaged");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
