//! The transport: HTTPS POST. A thin carrier of bytes; everything that matters is signed inside them.

use std::io::Read as _;
use std::time::Duration;

use reqwest::blocking::{Client, Response};
use reqwest::{Certificate, Url};
use sync_core::limits;

use crate::Error;

/// Carries requests to one server. It obeys no proxy variable of the environment: a report goes where the enrolment said.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Client,
    base: Url,
}

impl Http {
    /// `ca`: PEM text of the one authority to trust instead of the system's; empty for the system's.
    pub(crate) fn new(server: &str, ca: &str) -> Result<Self, Error> {
        let wrong = |error: String| Error::Unreachable(error);
        let base = Url::parse(server).map_err(|error| wrong(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong("http:// or https:// expected".to_owned()));
        }
        // Ring is the one provider that this program has; a second installation is the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        // No limit on the whole: on a thin link a batch takes minutes. A read that is silent for a minute is dead.
        let mut builder = Client::builder().connect_timeout(Duration::from_secs(30)).timeout(None).no_proxy().tcp_nodelay(true);
        builder = builder.redirect(reqwest::redirect::Policy::none()).https_only(base.scheme() == "https");
        builder = match ca {
            "" => builder,
            pem => builder.tls_certs_only(Certificate::from_pem_bundle(pem.as_bytes()).map_err(|error| wrong(error.to_string()))?),
        };
        Ok(Self { client: builder.build().map_err(|error| wrong(describe(&error)))?, base })
    }

    /// Posts a message and gives the reply's bytes, bounded. Anything but 200 with a message is an error; nothing in it is trusted.
    pub(crate) fn post(&self, path: &str, body: Vec<u8>) -> Result<Vec<u8>, Error> {
        let url = self.base.join(path).map_err(|error| Error::Unreachable(error.to_string()))?;
        let request = self.client.post(url).header("content-type", "application/octet-stream").body(body);
        let response = request.send().map_err(|error| Error::Unreachable(describe(&error)))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let bytes = bounded(response)?;
        match status {
            200 => Ok(bytes),
            429 | 503 => Err(Error::Busy(retry_after.unwrap_or(30))),
            400..=499 if bytes.len() < 100 && !bytes.contains(&b'<') => {
                Err(Error::Rejected(String::from_utf8_lossy(&bytes).trim().to_owned()))
            }
            500..=599 => Err(Error::Unreachable(format!("HTTP {status}"))),
            _ => Err(Error::NotTheServer(format!("HTTP {status}"))),
        }
    }
}

fn bounded(response: Response) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    response.take(limits::REPLY_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(|error| Error::Unreachable(error.to_string()))?;
    if bytes.len() > limits::REPLY_BYTES_MAX { Err(Error::NotTheServer("the answer does not end".to_owned())) } else { Ok(bytes) }
}

/// The innermost reason is the one that helps.
fn describe(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
