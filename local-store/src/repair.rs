//! Repair: what differs from the centre though nothing is under way is found and mended, both ways. A net, not a part of the ordinary way: only a
//! store that went back in time, or a disk that lost rows, makes it necessary.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::exchange::{Asked, HeadName, Page, RepairReply, RepairRequest, Repaired, head_name};
use sync_core::fingerprint::Digest;
use sync_core::history::History;
use sync_core::place::Feed;
use sync_core::reconcile::{Items, Learned, Standings};
use sync_core::{ReportId, UnitCode, limits};

use crate::identity::{Enrolment, damaged};
use crate::touched::Touched;
use crate::views::Synced;
use crate::{Error, exchange, fingerprints, identity, ledger};

/// So many times in a row the fingerprints differ before the device asks; and again twice as many after a repair that did not help.
const MISMATCHES: u32 = 2;
/// The most of that, so that it is tried again every few days at least.
const MISMATCHES_MAX: u32 = 256;

/// REPAIR: after two mismatches in a row the next request asks what differs, of one partition at a time. One mismatch alone may come of a reply that
/// was made before a restore and taken after it.
pub(crate) fn repair(db: &Connection, own: &Enrolment, urgent_only: bool) -> Result<Option<RepairRequest>, Error> {
    db.prepare_cached("UPDATE repair SET sent = 0")?.execute([])?;
    db.prepare_cached("UPDATE repair_document SET sent = 0")?.execute([])?;
    if urgent_only {
        return Ok(None);
    }
    let sql = "SELECT partition, open, message FROM repair WHERE open = 1 OR mismatches >= due_at ORDER BY open DESC, partition LIMIT 1";
    let due =
        db.prepare_cached(sql)?.query_row([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get(2)?))).optional()?;
    let Some((name, open, mut message)) = due else { return Ok(None) };
    let partition: UnitCode = name.parse().map_err(|_| damaged("repair"))?;
    if !open {
        let items = Items::of(&fingerprints::standings(db, &identity::feeds(db, own)?, partition)?);
        message = items.and_then(|items| items.begin()).unwrap_or_default();
    }
    db.prepare_cached("UPDATE repair SET open = 1, sent = 1, message = ?2 WHERE partition = ?1")?.execute(params![name, message])?;
    Ok(Some(RepairRequest { partition, message, asked: asked(db, &name)? }))
}

fn asked(db: &Connection, partition: &str) -> Result<Vec<Asked>, Error> {
    let sql = "UPDATE repair_document SET sent = 1 WHERE number IN (SELECT number FROM repair_document WHERE partition = ?1 ORDER BY number LIMIT ?2)";
    db.prepare_cached(sql)?.execute(params![partition, limits::REPAIR_DOCUMENTS_MAX as i64])?;
    let sql = "SELECT d.report, d.item, r.shared_heads FROM repair_document d LEFT JOIN report r ON r.id = d.report WHERE d.sent = 1 ORDER BY d.number";
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<Vec<u8>>>(2)?)))?;
    rows.map(|row| {
        let heads = |bytes: Option<Vec<u8>>| ledger::split(&bytes.unwrap_or_default()).iter().map(head_name).collect();
        match row? {
            (Some(report), _, bytes) => Ok(Asked::Shown { report: ReportId::from_bytes(report), heads: heads(bytes) }),
            (None, Some(item), _) => Ok(Asked::Missing(item)),
            (None, None, _) => Err(damaged("repair_document")),
        }
    })
    .collect()
}

/// Takes the centre's word on the documents that were asked about, after the pages of the same reply.
pub(crate) fn take(
    db: &Connection,
    reply: Option<&RepairReply>,
    feeds: &BTreeSet<Feed>,
    touched: &mut Touched,
    synced: &mut Synced,
) -> Result<(), Error> {
    let Some((partition, _)) = sent(db)? else { return Ok(()) };
    let mut query = db.prepare_cached("SELECT number FROM repair_document WHERE sent = 1 ORDER BY number")?;
    let numbers: Vec<i64> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for (number, answer) in numbers.into_iter().zip(reply.iter().flat_map(|reply| &reply.answers)) {
        db.prepare_cached("DELETE FROM repair_document WHERE number = ?1")?.execute([number])?;
        if let Some(repaired) = answer {
            mend(db, repaired, feeds, partition, touched, synced)?;
        }
    }
    Ok(())
}

/// The partition that the outstanding request repairs, and its message.
fn sent(db: &Connection) -> Result<Option<(UnitCode, Vec<u8>)>, Error> {
    let mut query = db.prepare_cached("SELECT partition, message FROM repair WHERE sent = 1")?;
    let sent = query.query_row([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).optional()?;
    sent.map(|(name, message)| Ok((name.parse().map_err(|_| damaged("repair"))?, message))).transpose()
}

/// Once everything in the reply is stored: learns from the reconciliation what else differs.
pub(crate) fn go_on(db: &Connection, reply: Option<&RepairReply>, feeds: &BTreeSet<Feed>) -> Result<(), Error> {
    let Some((partition, message)) = sent(db)? else { return Ok(()) };
    let name = partition.to_string();
    // A centre that does not know repair is not asked for ever.
    let Some(reply) = reply else { return over(db, &name) };
    if !message.is_empty() {
        learn(db, &name, &reply.message, &fingerprints::standings(db, feeds, partition)?)?;
    }
    let sql = "SELECT message = x'' AND NOT EXISTS (SELECT 1 FROM repair_document WHERE partition = ?1) FROM repair WHERE partition = ?1";
    if db.prepare_cached(sql)?.query_row([&name], |row| row.get(0))? { over(db, &name) } else { Ok(()) }
}

/// One more message of the reconciliation: what is known to differ now is asked about.
fn learn(db: &Connection, partition: &str, message: &[u8], standings: &Standings) -> Result<(), Error> {
    let learned = Items::of(standings).and_then(|items| items.learn(message));
    let Learned { have, need, next } = learned.unwrap_or_default();
    let sql = "INSERT OR IGNORE INTO repair_document (partition, report, item) VALUES (?1, ?2, ?3)";
    for report in have {
        db.prepare_cached(sql)?.execute(params![partition, report.to_bytes(), None::<[u8; 8]>])?;
    }
    for item in need {
        db.prepare_cached(sql)?.execute(params![partition, None::<[u8; 16]>, item])?;
    }
    db.prepare_cached("UPDATE repair SET message = ?2 WHERE partition = ?1")?.execute(params![partition, next.unwrap_or_default()])?;
    Ok(())
}

/// All was asked and answered. Where it did not help, another one would not help at once either.
fn over(db: &Connection, partition: &str) -> Result<(), Error> {
    db.prepare_cached("DELETE FROM repair_document WHERE partition = ?1")?.execute([partition])?;
    let sql = "UPDATE repair SET open = 0, sent = 0, message = x'', mismatches = 0, due_at = MIN(due_at * 2, ?2) WHERE partition = ?1";
    db.prepare_cached(sql)?.execute(params![partition, MISMATCHES_MAX])?;
    Ok(())
}

/// Makes one document stand here as it does at the centre.
fn mend(
    db: &Connection,
    repaired: &Repaired,
    feeds: &BTreeSet<Feed>,
    partition: UnitCode,
    touched: &mut Touched,
    synced: &mut Synced,
) -> Result<(), Error> {
    let report = repaired.delivery.report;
    touched.insert(report);
    if !repaired.feeds.is_empty() && !exchange::take(db, &repaired.delivery, partition, touched, synced)? {
        exchange::reject(db)?;
    }
    not_here(db, report, &repaired.feeds, partition)?;
    for feed in repaired.feeds.iter().filter(|feed| feeds.contains(feed) && feed.partition() == partition) {
        exchange::add_member(db, feed, report)?;
    }
    void_lost(db, report, &repaired.heads, synced)
}

/// NOT_HERE: the document is shown in no other feeds of the partition than the centre's. Else a membership that the centre does not have would differ
/// for ever.
fn not_here(db: &Connection, report: ReportId, here: &BTreeSet<Feed>, partition: UnitCode) -> Result<(), Error> {
    let mut query = db.prepare_cached("SELECT feed FROM member WHERE report = ?1")?;
    let names: Vec<String> = query.query_map([report.to_bytes()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        if Feed::parse(&name).is_some_and(|feed| feed.partition() == partition && !here.contains(&feed)) {
            db.prepare_cached("DELETE FROM member WHERE feed = ?1 AND report = ?2")?.execute(params![name, report.to_bytes()])?;
        }
    }
    Ok(())
}

/// What the centre lacks is pending again, whoever wrote it: others' changes go with their tokens.
fn void_lost(db: &Connection, report: ReportId, heads: &[HeadName], synced: &mut Synced) -> Result<(), Error> {
    let stored = ledger::changes(db, report)?;
    let changes: Vec<_> = stored.iter().map(|one| one.change.clone()).collect();
    let history = History::of(&changes);
    let known: Vec<_> = changes.iter().map(automerge::Change::hash).filter(|hash| heads.contains(&head_name(hash))).collect();
    // What it has and did not come tells nothing of the rest.
    if known.len() < heads.len() {
        return Ok(());
    }
    let there = history.ancestors(&known);
    for one in stored.iter().filter(|one| one.label.is_some() && !history.among(&there, &one.change.hash())) {
        let sql = "UPDATE change SET shared_partition = NULL, shared_sequence = NULL, voided = 1 WHERE hash = ?1";
        db.prepare_cached(sql)?.execute([one.change.hash().0])?;
        synced.voided += 1;
    }
    Ok(())
}

/// Compares what is shown after a reply was taken with what the centre shows, in each partition in which all feeds are at rest. Gives in how many they
/// differ.
pub(crate) fn compare(db: &Connection, theirs: &BTreeMap<UnitCode, Digest>, pages: &[Page], feeds: &BTreeSet<Feed>) -> Result<u64, Error> {
    let ours = fingerprints::digests(db, feeds)?;
    let partitions: BTreeSet<UnitCode> = feeds.iter().map(Feed::partition).collect();
    let under_way: BTreeSet<UnitCode> = pages.iter().filter(|page| page.more).map(|page| page.feed.partition()).collect();
    let mut differing = 0;
    for partition in partitions.difference(&under_way) {
        if ours.get(partition) == theirs.get(partition) {
            db.prepare_cached("DELETE FROM repair WHERE partition = ?1")?.execute([partition.to_string()])?;
            db.prepare_cached("DELETE FROM repair_document WHERE partition = ?1")?.execute([partition.to_string()])?;
        } else {
            differing += 1;
            let sql = "INSERT INTO repair (partition, mismatches, due_at) VALUES (?1, 1, ?2)
                ON CONFLICT (partition) DO UPDATE SET mismatches = mismatches + 1";
            db.prepare_cached(sql)?.execute(params![partition.to_string(), MISMATCHES])?;
        }
    }
    Ok(differing)
}

/// A feed that no grant opens any more is not repaired.
pub(crate) fn forget(db: &Connection, feeds: &BTreeSet<Feed>) -> Result<(), Error> {
    let mut query = db.prepare_cached("SELECT partition FROM repair")?;
    let names: Vec<String> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names.iter().filter(|name| !feeds.iter().any(|feed| feed.partition().to_string() == **name)) {
        db.prepare_cached("DELETE FROM repair WHERE partition = ?1")?.execute([name])?;
        db.prepare_cached("DELETE FROM repair_document WHERE partition = ?1")?.execute([name])?;
    }
    Ok(())
}

/// Whether a repair is under way, or due with the next request.
pub(crate) fn is_due(db: &Connection) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM repair WHERE open = 1 OR mismatches >= due_at)";
    Ok(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;
    use crate::SystemHost;
    use crate::store::Store;

    #[test]
    fn what_the_centre_does_not_show_in_a_partition_is_not_shown_there_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("a.sambang"), &SystemHost).unwrap();
        let db = store.write().unwrap();
        let [shown, gone, elsewhere] = ["53.03.01.2005/biasa/urgent", "53.03.01.2006/biasa/urgent", "53.04.01.2001/biasa/urgent"];
        let (report, other) = (ReportId::from_bytes([1; 16]), ReportId::from_bytes([2; 16]));
        for name in [shown, gone, elsewhere] {
            exchange::add_member(&db, &Feed::parse(name).unwrap(), report).unwrap();
        }
        exchange::add_member(&db, &Feed::parse(gone).unwrap(), other).unwrap();
        not_here(&db, report, &[Feed::parse(shown).unwrap()].into(), "53.03".parse().unwrap()).unwrap();
        let mut query = db.prepare("SELECT feed FROM member WHERE report = ?1 ORDER BY feed").unwrap();
        let mut of = |report: ReportId| -> Vec<String> {
            query.query_map([report.to_bytes()], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        assert_eq!((of(report), of(other)), (vec![shown.to_owned(), elsewhere.to_owned()], vec![gone.to_owned()]));
    }
}
