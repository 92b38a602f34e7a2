//! Fingerprints and repair: what the device's feeds show here, and how a document that differs really stands.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use rusqlite::Connection;
use sync_core::exchange::{Asked, HeadName, Page, RepairReply, RepairRequest, Repaired, head_name};
use sync_core::fingerprint::{Digest, digest};
use sync_core::history::History;
use sync_core::place::Feed;
use sync_core::reconcile::Items;
use sync_core::{ReportId, UnitCode};

use super::answer::had;
use super::page::delivery;
use super::push;
use crate::areas::Rights;
use crate::key_file::Keys;
use crate::store::document::{self, Size};
use crate::store::{feed, fingerprint};
use crate::{ServerError, limits as own_limits};

/// Of each partition in which all of the device's feeds rest with this reply: the digest of what they show, from the snapshot of its pages.
pub(super) fn fingerprints(db: &Connection, rights: &Rights, pages: &[Page]) -> Result<BTreeMap<UnitCode, Digest>, ServerError> {
    let under_way: BTreeSet<UnitCode> = pages.iter().filter(|page| page.more).map(|page| page.feed.partition()).collect();
    let mut sums: BTreeMap<UnitCode, Vec<(Feed, _)>> = BTreeMap::new();
    for feed in rights.feeds.iter().filter(|feed| !under_way.contains(&feed.partition())) {
        sums.entry(feed.partition()).or_default().push((*feed, fingerprint::of_feed(db, feed)?));
    }
    Ok(sums.into_iter().filter_map(|(partition, sums)| Some((partition, digest(sums)?))).collect())
}

/// What a repair is worked from, made before the write lock is taken: it costs a look at everything that the feeds show. What changes meanwhile looks
/// like a difference, is asked about, and turns out to be none.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    message: Vec<u8>,
    /// The documents that are asked about by the names of their items.
    missing: BTreeMap<[u8; 8], ReportId>,
}

pub(super) fn ahead(db: &Connection, request: &RepairRequest, rights: &Rights) -> Result<Ahead, ServerError> {
    let Some(items) = Items::of(&fingerprint::standings(db, feeds_in(rights, request.partition))?) else { return Ok(Ahead::default()) };
    let message = if request.message.is_empty() { None } else { items.answer(&request.message) };
    let names = request.asked.iter().filter_map(|asked| match asked {
        Asked::Missing(name) => Some((*name, items.find(name)?)),
        Asked::Shown { .. } => None,
    });
    Ok(Ahead { message: message.unwrap_or_default(), missing: names.collect() })
}

fn feeds_in(rights: &Rights, partition: UnitCode) -> impl Iterator<Item = &Feed> {
    rights.feeds.iter().filter(move |feed| feed.partition() == partition)
}

/// Answers as many of the documents that are asked about as have room.
pub(super) fn repair(
    db: &Connection,
    (request, ahead): (&RepairRequest, Ahead),
    bytes_max: u64,
    rights: &Rights,
    keys: &Keys,
) -> Result<RepairReply, ServerError> {
    let mut reply = RepairReply { message: ahead.message, answers: Vec::new() };
    let (mut told, mut room, mut visits) = (BTreeSet::new(), bytes_max, own_limits::REQUEST_VISITS_MAX);
    for asked in &request.asked {
        let (report, heads) = match asked {
            Asked::Shown { report, heads } => (Some(*report), heads.as_slice()),
            Asked::Missing(name) => (ahead.missing.get(name).copied(), [].as_slice()),
        };
        let Some(report) = report.filter(|report| told.insert(*report)) else {
            reply.answers.push(None);
            continue;
        };
        if !push::may_load(db, report, &mut visits)? {
            break;
        }
        let stands = stands(db, (report, heads), rights, request.partition, keys);
        let Some((repaired, bytes)) = document::unless_damaged(stands)? else {
            reply.answers.push(None);
            continue;
        };
        // The first has always room, or there would be no progress.
        if bytes > room && !reply.answers.is_empty() {
            break;
        }
        room = room.saturating_sub(bytes);
        reply.answers.push(Some(repaired));
    }
    Ok(reply)
}

/// How a document stands for a device that has these shared heads of it; and the bytes of what it lacks.
fn stands(
    db: &Connection,
    (report, shown): (ReportId, &[HeadName]),
    rights: &Rights,
    partition: UnitCode,
    keys: &Keys,
) -> Result<(Repaired, u64), ServerError> {
    let of_document = feed::of_document(db, report)?;
    let here = |feed: &&Feed| of_document.get(*feed) == Some(&true);
    let feeds: BTreeSet<Feed> = feeds_in(rights, partition).filter(here).copied().collect();
    let stored = document::changes_after(db, report, 0)?;
    let names: BTreeMap<HeadName, ChangeHash> =
        stored.iter().map(|one| one.sized.change.hash()).map(|hash| (head_name(&hash), hash)).collect();
    let known: Vec<ChangeHash> = shown.iter().filter_map(|name| names.get(name).copied()).collect();
    if feeds.is_empty() {
        // NOT_HERE. Of a document that it never could read it is told nothing, as if there were none.
        let had = had(&of_document.into_keys().collect(), rights);
        let heads = if had { known.iter().map(head_name).collect() } else { Vec::new() };
        return Ok((Repaired { feeds, heads, delivery: delivery(report, &[], keys) }, own_limits::DELIVERY_OVERHEAD_BYTES));
    }
    let all: Vec<_> = stored.iter().map(|one| one.sized.change.clone()).collect();
    let history = History::of(&all);
    let heads = history.heads(|_| true).iter().map(head_name).collect();
    let has = history.ancestors(&known);
    let (mut changes, mut size) = (Vec::new(), Size::default());
    for one in stored.into_iter().filter(|one| !history.among(&has, &one.sized.change.hash())) {
        let next = size.plus(one.sized.size);
        // Dependencies first: what has no room comes with the next repair.
        if !next.fits_an_item() && !changes.is_empty() {
            break;
        }
        size = next;
        changes.push((one.sized.change, one.sequence));
    }
    Ok((
        Repaired { feeds, heads, delivery: delivery(report, &changes, keys) },
        size.wire_bytes.saturating_add(own_limits::DELIVERY_OVERHEAD_BYTES),
    ))
}
