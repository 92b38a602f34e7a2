//! Fingerprints of what the device shows: kept with each membership, counted anew when the store is opened.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Change, ChangeHash};
use rusqlite::{Connection, params};
use sync_core::fingerprint::{Digest, FeedSum, digest, element};
use sync_core::place::Feed;
use sync_core::proof::token_exact;
use sync_core::reconcile::Standings;
use sync_core::{ReportId, UnitCode};

use crate::identity::damaged;
use crate::ledger::{self, Stored};
use crate::{Error, ledger::concat};

/// The heads of what is shared of a report, ascending. What stands on a change that is not here does not count: a disk may have lost it.
pub(crate) fn shared_heads(stored: &[Stored]) -> Vec<ChangeHash> {
    let shared: Vec<Change> = stored.iter().filter(|one| one.label.is_some()).map(|one| one.change.clone()).collect();
    token_exact(&ledger::whole(shared))
}

/// A report has changed, or its memberships have.
pub(crate) fn note(db: &Connection, report: ReportId, stored: &[Stored]) -> Result<(), Error> {
    let heads = shared_heads(stored);
    let shared = stored.iter().filter(|one| one.label.is_some()).count();
    db.prepare_cached("UPDATE report SET shared_heads = ?2, shared_changes = ?3 WHERE id = ?1")?.execute(params![
        report.to_bytes(),
        concat(heads.iter().copied()),
        shared as i64
    ])?;
    count(db, report, &heads)
}

fn count(db: &Connection, report: ReportId, heads: &[ChangeHash]) -> Result<(), Error> {
    db.prepare_cached("UPDATE member SET element = ?2 WHERE report = ?1 AND element IS NOT ?2")?
        .execute(params![report.to_bytes(), element(report, heads).map(u64::cast_signed)])?;
    Ok(())
}

/// When the store is opened: what a disk lost while nobody looked counts no more, and what an earlier version of the program stored is counted.
pub(crate) fn recount(db: &Connection) -> Result<(), Error> {
    let sql = "SELECT COALESCE(r.id, c.report), r.shared_changes = -1 FROM report r
        FULL JOIN (SELECT report, COUNT(*) AS shared FROM change WHERE shared_sequence IS NOT NULL GROUP BY report) c ON c.report = r.id
        WHERE r.shared_changes IS NOT COALESCE(c.shared, 0)";
    let mut query = db.prepare(sql)?;
    let wrong = query.query_map([], |row| Ok((ReportId::from_bytes(row.get(0)?), row.get::<_, Option<bool>>(1)?)))?;
    let wrong: Vec<_> = wrong.collect::<Result<_, _>>()?;
    for (report, never_counted) in wrong {
        let counted = match never_counted {
            Some(true) => ledger::changes(db, report).and_then(|stored| note(db, report, &stored)),
            Some(false) | None => ledger::project(db, report),
        };
        match counted {
            // One damaged report does not keep the others from being read: it is named when it is opened.
            Err(Error::Damaged(_)) | Ok(()) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The digest of what some feeds show, partition by partition; those that show nothing are not there.
pub(crate) fn digests(db: &Connection, feeds: &BTreeSet<Feed>) -> Result<BTreeMap<UnitCode, Digest>, Error> {
    // In halves, for SQLite's own numbers do not wrap.
    let sql = "SELECT feed, COUNT(*), SUM(element & 4294967295), SUM((element >> 32) & 4294967295) FROM member
        WHERE element IS NOT NULL GROUP BY feed";
    let mut query = db.prepare_cached(sql)?;
    let mut rows = query.query([])?;
    let mut sums: BTreeMap<UnitCode, BTreeMap<Feed, FeedSum>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let number = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
        let (name, documents, low, high): (String, u64, u64, u64) = (row.get(0)?, number(1)?, number(2)?, number(3)?);
        let feed = Feed::parse(&name).ok_or_else(|| damaged("member"))?;
        if feeds.contains(&feed) {
            sums.entry(feed.partition()).or_default().insert(feed, FeedSum { documents, sum: low.wrapping_add(high.wrapping_shl(32)) });
        }
    }
    Ok(sums.into_iter().filter_map(|(partition, sums)| Some((partition, digest(sums)?))).collect())
}

/// What the device shows in a partition, document by document.
pub(crate) fn standings(db: &Connection, feeds: &BTreeSet<Feed>, partition: UnitCode) -> Result<Standings, Error> {
    let mut query = db.prepare_cached("SELECT report, element FROM member WHERE feed = ?1 AND element IS NOT NULL")?;
    let mut standings = Standings::new();
    for feed in feeds.iter().filter(|feed| feed.partition() == partition) {
        let mut rows = query.query([feed.to_string()])?;
        while let Some(row) = rows.next()? {
            let element: i64 = row.get(1)?;
            standings.entry(ReportId::from_bytes(row.get(0)?)).or_default().insert(*feed, element.cast_unsigned());
        }
    }
    Ok(standings)
}
