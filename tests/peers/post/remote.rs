//! The server as the client reaches it: HTTP/1.1 over one connection that is kept alive.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder};
use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use serde::Deserialize;

use crate::Mode;
use crate::contract::{Failure, Report};

#[derive(Debug)]
pub(crate) struct Remote {
    client: Client,
    base: String,
    mode: Mode,
}

/// The server has committed what was sent: it has the sequence numbers `after + 1 ..= last`.
#[derive(Debug, Deserialize)]
pub(crate) struct Acknowledgement {
    pub(crate) after: i64,
    pub(crate) last: i64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub(crate) cursor: i64,
    pub(crate) reports: Vec<Report>,
}

impl Remote {
    pub(crate) fn new(address: &str, mode: Mode) -> Result<Self, Failure> {
        // The build has no TLS provider of its own (`rustls-no-provider`), and the client asks for one even where no TLS is spoken.
        drop(rustls::crypto::ring::default_provider().install_default());
        // No limit on the whole: on a thin link a batch takes minutes. No proxy of the environment: the bench's proxy is the address.
        let client = Client::builder().timeout(None).no_proxy().build()?;
        Ok(Self { client, base: format!("http://{address}"), mode })
    }

    /// Sends the reports in as many requests as the mode says; `acknowledged` is called with those that one answer covers.
    pub(crate) fn push(
        &self,
        reports: &[Report],
        mut acknowledged: impl FnMut(&[Report], &Acknowledgement) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let per_request = match self.mode {
            Mode::JsonPost => 1,
            Mode::GzipBatch => reports.len().max(1),
        };
        for sent in reports.chunks(per_request) {
            let answer = self.send(sent)?;
            if answer.status() != 201 {
                return Err(refusal(answer));
            }
            let acknowledgement: Acknowledgement = serde_json::from_slice(&answer.bytes()?)?;
            if i64::try_from(sent.len())? != acknowledgement.last - acknowledgement.after {
                return Err(format!("{} reports sent, {acknowledgement:?}", sent.len()).into());
            }
            acknowledged(sent, &acknowledgement)?;
        }
        Ok(())
    }

    fn send(&self, reports: &[Report]) -> Result<Response, Failure> {
        let (path, body) = match (self.mode, reports) {
            (Mode::JsonPost, [report]) => ("/reports", serde_json::to_vec(report)?),
            (Mode::JsonPost | Mode::GzipBatch, _) => ("/reports/batch", gzip(&serde_json::to_vec(reports)?)?),
        };
        let mut request = self.client.post(format!("{}{path}", self.base)).header(CONTENT_TYPE, "application/json");
        if self.mode == Mode::GzipBatch {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
        Ok(request.body(body).send()?)
    }

    /// All that changed after the cursor, in one answer.
    pub(crate) fn pull(&self, cursor: i64) -> Result<Page, Failure> {
        let mut request = self.client.get(format!("{}/reports/since/{cursor}", self.base));
        if self.mode == Mode::GzipBatch {
            request = request.header(ACCEPT_ENCODING, "gzip");
        }
        let answer = request.send()?;
        if answer.status() != 200 {
            return Err(refusal(answer));
        }
        let packed = answer.headers().get(CONTENT_ENCODING).is_some_and(|value| value == "gzip");
        let body = answer.bytes()?;
        Ok(if packed { serde_json::from_slice(&gunzip(&body)?)? } else { serde_json::from_slice(&body)? })
    }
}

fn refusal(answer: Response) -> Failure {
    let status = answer.status();
    format!("{status}: {}", answer.text().unwrap_or_default()).into()
}

fn gzip(plain: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(plain)?;
    Ok(packed.finish()?)
}

fn gunzip(packed: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut plain = GzDecoder::new(Vec::new());
    plain.write_all(packed)?;
    Ok(plain.finish()?)
}
