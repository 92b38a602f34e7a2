//! Going back in time: the newest point that a device and this centre share, the marks by which the device will notice the next time, and how far
//! the newest backup would bring this centre back.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use sync_core::UnitCode;
use sync_core::exchange::{Answer, Cursor, Reply, Request};
use sync_core::marks::{Mark, ShownMarks, common_point};
use sync_core::place::Feed;

use crate::ServerError;
use crate::areas::Rights;
use crate::backup::BackupInfo;
use crate::store::sequence;

/// The common point of each partition whose newest shown mark does not fit this centre's history.
pub(super) fn find(db: &Connection, shown: &BTreeMap<UnitCode, ShownMarks>) -> Result<BTreeMap<UnitCode, u64>, ServerError> {
    let mut common = BTreeMap::new();
    for (partition, shown) in shown {
        common.extend(common_point(shown, |at| sequence::hash_at(db, *partition, at))?.map(|point| (*partition, point)));
    }
    Ok(common)
}

/// The request as the device would have made it at the common point: what its cursors say of what lies above is not so any more.
pub(super) fn worked_from<'a>(request: &'a Request, common: &BTreeMap<UnitCode, u64>) -> Cow<'a, Request> {
    if common.is_empty() {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    for (feed, cursor) in &mut request.cursors {
        if let Some(point) = common.get(&feed.partition()) {
            *cursor = Cursor { base: cursor.base.min(*point), at: cursor.at.min(*point) };
        }
    }
    Cow::Owned(request)
}

/// MARK_ALWAYS: the newest mark of each partition in which the device has a feed, and in which this reply gives a label. Where the request shows
/// that very mark the device has it; where it has no feed, and gets no label, how far others have come is not for it to know.
pub(super) fn mark_always(
    db: &Connection,
    request: &Request,
    rights: &Rights,
    reply: &Reply,
) -> Result<BTreeMap<UnitCode, Mark>, ServerError> {
    let receipts = reply.verdicts.iter().filter_map(|verdict| verdict.label);
    let answers = reply.answers.iter().filter_map(|answer| match answer {
        Answer::Shared(label, _) => Some(*label),
        Answer::Held | Answer::Refused { .. } | Answer::Unknown => None,
    });
    let labelled = receipts.chain(answers).map(|label| label.partition);
    let touched: BTreeSet<UnitCode> = rights.feeds.iter().map(Feed::partition).chain(labelled).collect();
    let mut marks = BTreeMap::new();
    for partition in touched {
        let newest = sequence::counter(db, partition)?.map(|(sequence, hash)| Mark::mark_tag(sequence, &hash));
        let shown = request.marks.get(&partition).map(|shown| shown.newest);
        marks.extend(newest.filter(|newest| Some(*newest) != shown).map(|newest| (partition, newest)));
    }
    Ok(marks)
}

/// DROP_COVERED: how far a backup reaches in those partitions. Nothing where it is of another history than this centre's: the centre went back below
/// it, and others have pushed since.
pub(super) fn covered(
    db: &Connection,
    backup: &BackupInfo,
    partitions: &BTreeSet<UnitCode>,
) -> Result<BTreeMap<UnitCode, u64>, ServerError> {
    let mut covered = BTreeMap::new();
    for mark in &backup.marks {
        let Some(partition) = mark.partition.parse().ok().filter(|partition| partitions.contains(partition)) else { continue };
        let here = sequence::hash_at(db, partition, mark.sequence)?;
        covered.extend(here.filter(|hash| hex::encode(hash) == mark.running_hash).map(|_| (partition, mark.sequence)));
    }
    Ok(covered)
}
