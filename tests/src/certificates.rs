//! An authority of our own and certificates for a server on this machine, good from one moment to another.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use time::{OffsetDateTime, macros::datetime};

use crate::programs::Failure;

/// The address that the certificates name.
const HOST: &str = "127.0.0.1";

/// A centre's own authority, good for a century.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A new one, with a fresh key.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn new() -> Result<Self, Failure> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params.not_before, params.not_after) = (datetime!(2000-01-01 0:00 UTC), datetime!(2100-01-01 0:00 UTC));
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// Its own certificate in PEM, as `sambang enrol --ca` takes it.
    pub fn pem(&self) -> String {
        self.0.as_ref().pem()
    }

    /// Writes a certificate for 127.0.0.1 and its key: the files that `serve --cert --key` takes.
    ///
    /// # Errors
    /// When no key can be made, or a file cannot be written.
    pub fn certify(&self, folder: &Path, from: OffsetDateTime, to: OffsetDateTime) -> Result<[PathBuf; 2], Failure> {
        let mut params = CertificateParams::new(vec![HOST.to_owned()])?;
        (params.not_before, params.not_after) = (from, to);
        let key = KeyPair::generate()?;
        let files = [folder.join(format!("{}.pem", to.unix_timestamp())), folder.join(format!("{}.key", to.unix_timestamp()))];
        std::fs::write(&files[0], params.signed_by(&key, &self.0)?.pem())?;
        std::fs::write(&files[1], key.serialize_pem())?;
        Ok(files)
    }
}
