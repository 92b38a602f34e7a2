//! The transport: HTTPS POST. A thin carrier of bytes; everything that matters is signed inside them.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::blocking::{Client, Response};
use sync_core::scheduler::LinkFailure;
use sync_core::{Timestamp, limits};

use crate::Error;
use crate::tls::{self, KnownTime};

/// So long may TCP be silent although something is owed.
const DEAD_AFTER: Duration = Duration::from_secs(60);
/// So long may a reply take besides the bytes: the centre works for up to 20 seconds, and a thin link stalls for 30.
const PATIENCE: Duration = Duration::from_secs(120);
/// A connection is for exchanges in a row: later on, the address that a mobile network lent for it may be another's.
const IDLE_CONNECTION: Duration = Duration::from_secs(10);
/// The slowest useful link: what the centre grants, too.
const SLOWEST_BYTES_PER_S: u64 = 500;

/// Carries requests to one server. It obeys no proxy variable of the environment: a report goes where the enrolment said.
#[derive(Debug)]
pub(crate) struct Http {
    client: Client,
    base: Url,
    known: Arc<KnownTime>,
}

/// Why there is no reply, for the officer and for the scheduler.
#[derive(Debug)]
pub(crate) struct Lost {
    pub(crate) error: Error,
    pub(crate) failure: LinkFailure,
}

impl Lost {
    fn new(error: Error, failure: LinkFailure) -> Self {
        Self { error, failure }
    }
}

impl Http {
    /// `ca`: PEM text of the one authority to trust instead of the system's; empty for the system's.
    pub(crate) fn new(server: &str, ca: &str) -> Result<Self, Error> {
        let wrong = |error: String| Error::Unreachable(error);
        let base = Url::parse(server).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let base = base.ok_or_else(|| Error::BadAddress(server.to_owned()))?;
        // Ring is the one provider that this program has; a second installation is the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let known = Arc::new(KnownTime::of_release());
        // A peer that is gone and does not say so is noticed by its silence on TCP, long before a slow batch is through.
        let mut builder = Client::builder().connect_timeout(Duration::from_secs(30)).timeout(None).no_proxy().tcp_nodelay(true);
        builder = builder.pool_idle_timeout(IDLE_CONNECTION);
        builder = builder.tcp_keepalive(DEAD_AFTER / 4).tcp_keepalive_interval(DEAD_AFTER / 4).tcp_keepalive_retries(3);
        #[cfg(any(target_os = "android", target_os = "linux"))]
        {
            builder = builder.tcp_user_timeout(DEAD_AFTER);
        }
        builder = builder.redirect(reqwest::redirect::Policy::none()).https_only(base.scheme() == "https");
        if base.scheme() == "https" {
            builder = builder.tls_backend_preconfigured(tls::config(ca, Arc::clone(&known)).map_err(wrong)?);
        }
        Ok(Self { client: builder.build().map_err(|error| wrong(describe(&error)))?, base, known })
    }

    /// The centre's newest signed time: certificates are judged by it from now on.
    pub(crate) fn know(&self, signed: Option<Timestamp>) {
        signed.into_iter().for_each(|signed| self.known.know(signed));
    }

    /// Posts a message and gives the reply's bytes, bounded; `asked`: about how many they can be. Anything but 200 with a message is an error;
    /// nothing in it is trusted.
    pub(crate) fn post(&self, path: &str, body: Vec<u8>, asked: u64) -> Result<Vec<u8>, Lost> {
        let url = self.base.join(path).map_err(|error| Lost::new(Error::Unreachable(error.to_string()), LinkFailure::NotReached))?;
        // A gateway that takes bytes and never answers must not hold the device for ever.
        let most = PATIENCE + Duration::from_secs((body.len() as u64 + asked) / SLOWEST_BYTES_PER_S);
        let request = self.client.post(url).header("content-type", "application/octet-stream").timeout(most).body(body);
        let response = request.send().map_err(|error| {
            let failure = if error.is_connect() { LinkFailure::NotReached } else { LinkFailure::Cut };
            Lost::new(Error::Unreachable(describe(&error)), failure)
        })?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let bytes = bounded(response)?;
        let no_reply = |error| Err(Lost::new(error, LinkFailure::NoReply));
        match status {
            200 => Ok(bytes),
            429 | 503 => {
                let seconds = retry_after.unwrap_or(30);
                Err(Lost::new(Error::Busy(seconds), LinkFailure::Busy(seconds)))
            }
            400..=499 if bytes.len() < 100 && !bytes.contains(&b'<') => {
                let said = String::from_utf8_lossy(&bytes).trim().to_owned();
                no_reply(Error::Rejected(if said.is_empty() { format!("HTTP {status}") } else { said }))
            }
            500..=599 => no_reply(Error::Unreachable(format!("HTTP {status}"))),
            _ => no_reply(Error::NotTheServer(format!("HTTP {status}"))),
        }
    }
}

fn bounded(response: Response) -> Result<Vec<u8>, Lost> {
    let cut = |error: std::io::Error| Lost::new(Error::Unreachable(error.to_string()), LinkFailure::Cut);
    let mut bytes = Vec::new();
    response.take(limits::REPLY_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(cut)?;
    if bytes.len() > limits::REPLY_BYTES_MAX {
        return Err(Lost::new(Error::NotTheServer("the answer does not end".to_owned()), LinkFailure::NoReply));
    }
    Ok(bytes)
}

/// The innermost reason is the one that helps.
fn describe(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
