//! Exchange by file: the requests of a bundle, answered one after the other as if they had come over the network.

use std::time::Instant;

use serde::Serialize;
use sync_core::Timestamp;
use sync_core::exchange::{BundledReply, ReplyBundle, RequestBundle, request_hash};

use crate::{Rejection, Server, ServerError};

/// What a bundle brought.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BundleAdmitted {
    /// The devices whose requests were answered, as a rule one.
    pub devices: Vec<String>,
    /// Their officers.
    pub nrps: Vec<String>,
    /// Requests in the file.
    pub requests: usize,
    /// Reports that were brought, each counted in each request that has something of it.
    pub items: usize,
    /// Changes that are here now, also those that were here before.
    pub shared: usize,
    /// Reports of which something waits for a supervisor.
    pub held: usize,
    /// Reports of which something was refused.
    pub refused: usize,
    /// Reports of which a part that was made on something is here without it.
    pub need: usize,
    /// Requests that got no answer: their number in the file, from 1, and the code.
    pub rejected: Vec<BundleRejected>,
}

/// A request of a bundle that was not answered; nothing of it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BundleRejected {
    /// Its number in the file, from 1.
    pub request: usize,
    /// As over the network: `unknown-device`, `wrong-signature`, ….
    pub code: String,
}

impl Server {
    /// Answers every request of a bundle with [`Server::exchange_by_file`], so that it is the author's signature that counts, not who brought the file.
    /// Twice changes nothing. Gives what happened, and the file with the replies. Each request has its line in the log, as over the network.
    ///
    /// # Errors
    /// [`ServerError::NotABundle`]: nothing was changed then.
    pub fn admit_bundle(&self, bytes: &[u8], now: Timestamp) -> Result<(BundleAdmitted, Vec<u8>), ServerError> {
        let bundle = RequestBundle::open(bytes).map_err(|error| ServerError::NotABundle(error.to_string()))?;
        let mut done = BundleAdmitted { requests: bundle.requests.len(), ..BundleAdmitted::default() };
        let mut replies = ReplyBundle::default();
        for (number, request) in (1..).zip(&bundle.requests) {
            let begun = Instant::now();
            let (answer, summary) = self.exchange_by_file(request, now);
            summary.log(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
            note(&mut done.devices, summary.device);
            note(&mut done.nrps, summary.officer);
            done.items += summary.items;
            done.shared += summary.shared;
            done.held += summary.held;
            done.refused += summary.refused;
            done.need += summary.need;
            if let Err(rejection) = &answer {
                done.rejected.push(BundleRejected { request: number, code: rejection.code().to_owned() });
            }
            let answer = answer.map_err(|rejection: Rejection| rejection.code().to_owned());
            replies.replies.push(BundledReply { request: request_hash(request), answer });
        }
        Ok((done, replies.seal()))
    }
}

fn note(all: &mut Vec<String>, one: Option<impl ToString>) {
    let one = one.map(|one| one.to_string());
    all.extend(one.filter(|one| !all.contains(one)));
}
