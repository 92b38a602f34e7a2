//! TLS whose certificates are judged by what the centre signed, never by the phone's clock.
//!
//! A phone's clock may show 1970 or 2099. What is known for certain is only a moment that has passed: the newest time that the centre signed,
//! or, before its first reply, the release of this program. A certificate that had ended by then is refused. One that begins later is taken: it
//! was made since, and no clock that could be trusted says otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;
use sync_core::Timestamp;

/// 2026-11-27T00:00:00Z, of version 0.1.0; goes up with each release. `SOURCE_DATE_EPOCH` (seconds) at build time says another.
const RELEASED_UNIX_S: u64 = 1_795_737_600;

/// Certificates of a chain that may each begin later than the known time.
const CHAIN_MAX: usize = 8;

/// The newest moment that has certainly passed.
#[derive(Debug)]
pub(crate) struct KnownTime(AtomicI64);

impl KnownTime {
    /// Before the centre's first reply.
    pub(crate) fn of_release() -> Self {
        let built = option_env!("SOURCE_DATE_EPOCH").and_then(|seconds| seconds.parse().ok());
        let seconds: u64 = built.unwrap_or(RELEASED_UNIX_S);
        Self(AtomicI64::new(i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX)))
    }

    /// The centre signed this time. An earlier one changes nothing.
    pub(crate) fn know(&self, signed: Timestamp) {
        self.0.fetch_max(signed.unix_ms(), Ordering::Relaxed);
    }
}

impl TimeProvider for KnownTime {
    fn current_time(&self) -> Option<UnixTime> {
        let ms = self.0.load(Ordering::Relaxed);
        Some(UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(ms).unwrap_or_default())))
    }
}

/// TLS 1.3 by the known time. `ca`: PEM text of the one authority to trust instead of the system's; empty for the system's.
///
/// # Errors
/// What is wrong with the authority, or with the system's.
pub(crate) fn config(ca: &str, known: Arc<KnownTime>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = LowerBound { inner: verifier(ca, &provider)? };
    let builder = ClientConfig::builder_with_details(provider, known).with_protocol_versions(&[&rustls::version::TLS13]);
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn verifier(ca: &str, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
    if ca.is_empty() {
        return Ok(Arc::new(Verifier::new(Arc::clone(provider)).map_err(|error| error.to_string())?));
    }
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        roots.add(certificate.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    }
    let built = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Ok(built.map_err(|error| error.to_string())?)
}

/// A verifier whose `now` is a lower bound of the true time.
#[derive(Debug)]
struct LowerBound {
    inner: Arc<dyn ServerCertVerifier>,
}

impl ServerCertVerifier for LowerBound {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        mut now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        for _ in 0..CHAIN_MAX {
            match self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
                // It was made after the known time, so that moment has passed, too. Everything else is judged again at it.
                Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) if not_before > now => {
                    now = not_before;
                }
                judged => return judged,
            }
        }
        Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYet))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
