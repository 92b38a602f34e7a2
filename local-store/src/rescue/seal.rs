//! What was rescued as bundles: ordinary requests with the store's own key, each in a life of its own, so that no counter of the damaged store matters.

use std::collections::VecDeque;

use automerge::Change;
use sync_core::change::Item;
use sync_core::exchange::{Request, RequestBundle, RequestHead};
use sync_core::keys::SecretKey;
use sync_core::{DeviceId, Incarnation, ReportId, limits};

use crate::{Error, Host, exchange};

/// Bundles of these reports, in their order; and those of which something cannot be written.
pub(super) fn bundles(
    reports: &[(ReportId, Vec<Change>)],
    (device, key): (DeviceId, &SecretKey),
    host: &dyn Host,
) -> Result<(Vec<Vec<u8>>, Vec<ReportId>), Error> {
    let mut left: VecDeque<(ReportId, Vec<Change>)> = reports.to_vec().into();
    let (mut requests, mut unwritten) = (Vec::new(), Vec::new());
    while !left.is_empty() {
        let mut request =
            Request { version: exchange::VERSION.to_owned(), page_bytes: limits::BATCH_BYTES_MIN, by_file: true, ..Request::default() };
        while let Some((report, changes)) = left.pop_front() {
            let Ok((item, rest)) = cut(report, &changes) else {
                unwritten.push(report);
                continue;
            };
            if !request.push(&item, limits::PUSH_BYTES_MAX).map_err(|error| Error::Edit(error.to_string()))? {
                left.push_front((report, changes));
                break;
            }
            // The rest of a report is judged on what came before it.
            if !rest.is_empty() {
                left.push_front((report, rest));
                break;
            }
        }
        if request.items.is_empty() {
            continue;
        }
        request.unsent = left.len() as u64;
        let mut incarnation = [0; 8];
        host.random(&mut incarnation).map_err(Error::Storage)?;
        let head = RequestHead { device, incarnation: Incarnation(incarnation), counter: 1 };
        requests.push(request.seal(head, key).0);
    }
    let files = requests.chunks(limits::BUNDLE_REQUESTS_MAX).map(|some| RequestBundle { requests: some.to_vec() }.seal());
    Ok((files.collect(), unwritten))
}

/// As many of a report's changes as one item takes, and the others.
fn cut(report: ReportId, changes: &[Change]) -> Result<(Item, Vec<Change>), Error> {
    let mut count = changes.len().min(limits::ITEM_CHANGES_MAX);
    loop {
        let (now, rest) = changes.split_at(count);
        let item = Item { report, changes: now.to_vec() };
        if exchange::fits(&item, limits::PUSH_BYTES_MAX)? || count <= 1 {
            return Ok((item, rest.to_vec()));
        }
        count /= 2;
    }
}
