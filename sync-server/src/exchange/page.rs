//! Pull: for each feed of the device what changed after its cursor, what comes from above and urgent feeds first, oldest change first, within one budget.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use automerge::{Change, ChangeHash};
use rusqlite::Connection;
use sync_core::exchange::{Cursor, Delivery, Page, Request, feed_news};
use sync_core::place::Feed;
use sync_core::proof::token_exact;
use sync_core::{ReportId, UnitCode, limits};

use super::push::Pushed;
use crate::areas::Rights;
use crate::key_file::Keys;
use crate::store::document::{self, Labelled, Size};
use crate::store::feed::{self, EntryRow};
use crate::store::sequence;
use crate::{ServerError, limits as own_limits};

/// The pages of one reply.
pub(super) fn pages(db: &Connection, request: &Request, rights: &Rights, pushed: &[Pushed], keys: &Keys) -> Result<Vec<Page>, ServerError> {
    let mut reply = Paging {
        db,
        keys,
        shown: &request.cursors,
        newest: newest(db, rights)?,
        omitted: pushed.iter().flat_map(|pushed| pushed.shared.iter().copied()).collect(),
        receipted: pushed.iter().filter(|pushed| !pushed.shared.is_empty()).filter_map(|pushed| pushed.report).collect(),
        documents: limits::PAGE_DOCUMENTS_MAX,
        bytes: budget(request),
        full: false,
        empty: true,
    };
    let mut feeds: Vec<&Feed> = rights.feeds.iter().collect();
    feeds.sort_by_key(|feed| (!feed.is_broadcast(), !feed.is_urgent()));
    let mut pages = Vec::new();
    for feed in feeds {
        pages.extend(reply.page(feed, request.cursors.get(feed).copied())?);
    }
    Ok(pages)
}

/// Bytes before compression: what the device's link is good for, and no more than a reply holds.
pub(super) fn budget(request: &Request) -> u64 {
    let most = limits::PAGE_BYTES_MAX as u64;
    if request.page_bytes == 0 { most } else { request.page_bytes.min(most) }
}

/// The newest sequence of each partition in which the device has a feed.
fn newest(db: &Connection, rights: &Rights) -> Result<BTreeMap<UnitCode, u64>, ServerError> {
    let partitions: BTreeSet<UnitCode> = rights.feeds.iter().map(Feed::partition).collect();
    let one = |partition| Ok((partition, sequence::counter(db, partition)?.map_or(0, |(newest, _)| newest)));
    partitions.into_iter().map(one).collect()
}

/// What the pages of one reply share.
struct Paging<'a> {
    db: &'a Connection,
    keys: &'a Keys,
    /// The cursors of the request.
    shown: &'a BTreeMap<Feed, Cursor>,
    newest: BTreeMap<UnitCode, u64>,
    /// OMIT_REQUEST: changes of this very request that the reply receipts; and what another page of this reply carries.
    omitted: HashSet<ChangeHash>,
    /// RECEIPT_MEMBER: documents whose feeds the reply's receipts name.
    receipted: HashSet<ReportId>,
    documents: usize,
    bytes: u64,
    /// There was more than fits.
    full: bool,
    /// Nothing is in the reply yet: the first document goes in whatever its size, or there would be no progress.
    empty: bool,
}

impl Paging<'_> {
    /// None for a feed at rest, whose cursor is where it should be.
    fn page(&mut self, feed: &Feed, shown: Option<Cursor>) -> Result<Option<Page>, ServerError> {
        let newest = self.newest.get(&feed.partition()).copied().unwrap_or(0);
        let shown = shown.unwrap_or_default();
        let resting = Cursor { base: newest, at: newest };
        if shown == resting {
            return Ok(None);
        }
        let mut cursor = Cursor { base: shown.base.min(newest), at: shown.at.min(newest) };
        let most = if self.full { 1 } else { limits::PAGE_DOCUMENTS_MAX + 1 };
        let (mut entries, mut more) = (Vec::new(), false);
        for row in feed::news(self.db, feed, cursor.at, most)? {
            match self.deliver(feed, &row, cursor)? {
                Fit::Told => {}
                Fit::Entries(fitting) => entries.extend(fitting),
                Fit::Full => {
                    (more, self.full) = (true, true);
                    break;
                }
            }
            cursor.at = row.changed;
        }
        // What was told by receipts alone may have used up the list without using up the room.
        more = more || !feed::news(self.db, feed, cursor.at, 1)?.is_empty();
        if !more {
            cursor = resting;
        }
        Ok(Some(Page { feed: *feed, entries, cursor, more }))
    }

    /// One document of a page.
    fn deliver(&mut self, feed: &Feed, row: &EntryRow, cursor: Cursor) -> Result<Fit, ServerError> {
        if !row.here {
            return Ok(
                self.reserve(1, own_limits::DELIVERY_OVERHEAD_BYTES, || vec![Delivery { report: row.document, here: None, token: None }])
            );
        }
        let after = match feed_news(row.entered, cursor) {
            0 => self.held(feed, row.document)?,
            after => after,
        };
        let changes = document::changes_after(self.db, row.document, after);
        // The device lacks it, which its fingerprint shows until it can be read again.
        let Some(mut changes) = document::unless_damaged(changes)? else { return Ok(Fit::Told) };
        changes.retain(|labelled| !self.omitted.contains(&labelled.sized.change.hash()));
        if changes.is_empty() && self.receipted.contains(&row.document) {
            return Ok(Fit::Told);
        }
        let bytes: u64 = changes.iter().map(|labelled| labelled.sized.size.wire_bytes).sum();
        let parts = in_parts(changes);
        let (mut carried, keys) = (Vec::new(), self.keys);
        let fit = self.reserve(parts.len(), bytes.saturating_add(own_limits::DELIVERY_OVERHEAD_BYTES), || {
            carried.extend(parts.iter().flatten().map(|(change, _)| change.hash()));
            parts.iter().map(|part| delivery(row.document, part, keys)).collect()
        });
        self.omitted.extend(carried);
        Ok(fit)
    }

    /// HELD_ONCE: up to which sequence the device holds a document already, because another feed of the same partition brought it, by the
    /// cursors that the request shows. 0 for one that it does not hold.
    fn held(&self, feed: &Feed, document: ReportId) -> Result<u64, ServerError> {
        let newest = self.newest.get(&feed.partition()).copied().unwrap_or(0);
        let by = |(other, entry): (Feed, EntryRow)| {
            let cursor = self.shown.get(&other).filter(|_| other.partition() == feed.partition())?;
            let (base, at) = (cursor.base.min(newest), cursor.at.min(newest));
            // Listed after its last change, or held since the cursor's base.
            if entry.changed <= at { Some(entry.changed) } else { (entry.entered <= base).then_some(base) }
        };
        Ok(feed::standing(self.db, document)?.into_iter().filter_map(by).max().unwrap_or(0))
    }

    fn reserve(&mut self, documents: usize, bytes: u64, make: impl FnOnce() -> Vec<Delivery>) -> Fit {
        let room = documents <= self.documents && bytes <= self.bytes;
        if self.full || !(room || self.empty) {
            return Fit::Full;
        }
        self.empty = false;
        self.documents = self.documents.saturating_sub(documents);
        self.bytes = self.bytes.saturating_sub(bytes);
        Fit::Entries(make())
    }
}

/// With its token, where it carries anything.
pub(super) fn delivery(report: ReportId, part: &[(Change, u64)], keys: &Keys) -> Delivery {
    let token = || keys.token(report, &token_exact(part.iter().map(|(change, _)| change)));
    Delivery { report, here: Some(part.to_vec()), token: (!part.is_empty()).then(token) }
}

/// What became of a document in a page.
enum Fit {
    /// The reply's receipts say it already.
    Told,
    Entries(Vec<Delivery>),
    Full,
}

/// A document's changes, cut so that each part is an item that a device decodes; mostly one part, and one empty part for none.
fn in_parts(changes: Vec<Labelled>) -> Vec<Vec<(Change, u64)>> {
    let (mut parts, mut part, mut size) = (Vec::new(), Vec::new(), Size::default());
    for Labelled { sized, sequence } in changes {
        let next = size.plus(sized.size);
        if next.fits_an_item() || part.is_empty() {
            size = next;
        } else {
            parts.push(std::mem::take(&mut part));
            size = sized.size;
        }
        part.push((sized.change, sequence));
    }
    parts.push(part);
    parts
}
