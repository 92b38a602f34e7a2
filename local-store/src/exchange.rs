//! One exchange: `request` makes the bytes, `apply` takes the reply. Killed at any moment, it starts again from the tables.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use rusqlite::{Connection, params};
use sync_core::change::Item;
use sync_core::exchange::{
    Cursor, Delivery, ItemVerdict, Label, Page, Reply, Request, RequestHead, Standstill, Verdict, settle, units_digest,
};
use sync_core::history::{History, Node, canonical_order};
use sync_core::place::Feed;
use sync_core::proof::{Proof, token_exact};
use sync_core::scheduler::{LinkFailure, Portion};
use sync_core::{Refusal, ReportId, UnitCode, gate, limits, scratch};

use crate::batches::{self, Way};
use crate::host::ProcessClock;
use crate::identity::{self, Enrolment, damaged};
use crate::touched::Touched;
use crate::views::Synced;
use crate::{Error, Host, ask, bundle, forms, inbox, leaving, ledger, marks, repair, schedule, tokens};

/// What a device says of itself.
pub(crate) const VERSION: &str = concat!("sambang ", env!("CARGO_PKG_VERSION"));

/// With a portion for urgent reports alone: what is asked down then, in which urgent feeds come first.
const URGENT_PAGE_BYTES: u64 = 4 << 10;

/// Makes the next request: what a batch holds of what is pending, urgent reports first, then oldest first. The counter and what was
/// sent are stored before the bytes leave. `by_file`: for a bundle.
pub(crate) fn request(db: &Connection, clock: &ProcessClock, portion: Portion, by_file: bool) -> Result<Vec<u8>, Error> {
    let own = identity::enrolled(db)?;
    // A request that never got its reply, also because the program was killed: the link is taken to have been cut.
    if schedule::is_outstanding(db)? {
        schedule::unanswered(db, clock, LinkFailure::Cut)?;
    }
    let counter: i64 = db.prepare_cached("UPDATE device SET counter = counter + 1 RETURNING counter")?.query_row([], |row| row.get(0))?;
    let units = identity::units(db)?;
    let mut request = Request {
        unsent: 0,
        version: VERSION.to_owned(),
        grants_sum: identity::grants_sum(db)?,
        units: units_digest(units.iter().map(|(code, name)| (*code, name.as_str()))),
        cursors: cursors(db, &own)?,
        page_bytes: 0,
        forms: forms::mark(db)?,
        items: Vec::new(),
        marks: marks::shown(db)?,
        proofs: BTreeMap::new(),
        questions: ask::questions(db)?,
        records: identity::shown(db, &own)?,
        repair: repair::repair(db, &own, portion.urgent_only)?,
        leaving: leaving::partitions(db)?,
        by_file,
    };
    db.prepare_cached("DELETE FROM outstanding_item")?.execute([])?;
    let mut left = unsent_reports(db)?;
    let room = usize::try_from(batches::next(db, Way::Up)?.min(portion.bytes_max)).unwrap_or(usize::MAX).min(limits::PUSH_BYTES_MAX);
    let (mut sent, mut more) = (Vec::new(), false);
    for (report, urgent) in pending(db)? {
        if portion.urgent_only && !urgent {
            break;
        }
        let stored = ledger::changes(db, report)?;
        let shown = tokens::with_item(db, report, &stored)?;
        let most = if shown.whole { limits::ITEM_BYTES_MAX } else { room };
        let (item, whole) = item(report, stored, most)?;
        // Nothing of it can be read: it stays unsent, and harms no other.
        if item.changes.is_empty() {
            continue;
        }
        if !request.push(&item, room).map_err(|error| Error::Edit(error.to_string()))? {
            more = true;
            break;
        }
        more |= !whole;
        request.proofs.extend(shown.proofs.map(|proofs| (request.items.len() - 1, tokens::brief(proofs, &item))));
        sent.push(Sent { report, urgent, whole, hashes: ledger::concat(item.changes.iter().map(automerge::Change::hash)) });
    }
    if more && sent.first().is_some_and(|sent| sent.urgent) {
        shorten(&mut request, &mut sent);
    }
    for (number, Sent { report, whole, hashes, .. }) in (1_i64..).zip(sent) {
        db.prepare_cached("INSERT INTO outstanding_item (number, report, hashes) VALUES (?1, ?2, ?3)")?.execute(params![
            number,
            report.to_bytes(),
            hashes
        ])?;
        if whole {
            left.remove(&report);
        }
    }
    request.unsent = left.len() as u64;
    let pushed = request.pushed_bytes() as u64;
    let down = if portion.urgent_only { URGENT_PAGE_BYTES } else { portion.bytes_max.saturating_sub(pushed) };
    request.page_bytes = batches::next(db, Way::Down)?.min(down).max(limits::BATCH_BYTES_MIN);
    batches::requested(db, (pushed, more), request.page_bytes, schedule::is_failing(db)?)?;
    let head = RequestHead { device: own.device, incarnation: identity::incarnation(db)?, counter: counter.cast_unsigned() };
    let (bytes, hash) = request.seal(head, &identity::key(db)?);
    db.prepare_cached("UPDATE device SET outstanding = ?1")?.execute([hash])?;
    schedule::requested(db, clock, portion, bytes.len() as u64)?;
    Ok(bytes)
}

/// What a request has of one report.
struct Sent {
    report: ReportId,
    urgent: bool,
    /// All of its pending changes.
    whole: bool,
    hashes: Vec<u8>,
}

/// A backlog takes several requests anyway: of it no more goes with urgent reports than delays their receipts little.
fn shorten(request: &mut Request, sent: &mut Vec<Sent>) {
    while request.pushed_bytes() > limits::BATCH_URGENT_MAX_BYTES && sent.pop_if(|last| !last.urgent).is_some() {
        request.items.truncate(sent.len());
        request.proofs.retain(|place, _| *place < sent.len());
    }
}

/// Reports with own changes that the server has not.
pub(crate) fn unsent(db: &Connection) -> Result<u64, Error> {
    Ok(unsent_reports(db)?.len() as u64)
}

fn unsent_reports(db: &Connection) -> Result<BTreeSet<ReportId>, Error> {
    let sql = "SELECT DISTINCT report FROM change WHERE own = 1 AND shared_sequence IS NULL AND fate = 'pending'";
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map([], |row| Ok(ReportId::from_bytes(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reports with a pending change, and whether they are urgent. NEED_LAST: what the centre answered *need* twice in a row goes behind all others, and
/// among its like the least asked first: it may wait for an operator, and stops nothing meanwhile. Pending: without a label, neither held nor refused,
/// whoever wrote it.
fn pending(db: &Connection) -> Result<Vec<(ReportId, bool)>, Error> {
    let sql = "SELECT c.report, r.lane IS 'urgent' AND n.report IS NULL FROM change c LEFT JOIN report r ON r.id = c.report
        LEFT JOIN needed n ON n.report = c.report AND n.times > 1
        WHERE c.shared_sequence IS NULL AND c.fate = 'pending' GROUP BY c.report
        ORDER BY COALESCE(n.times, 0), (r.lane = 'urgent') DESC, MIN(c.position)";
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map([], |row| Ok((ReportId::from_bytes(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn is_pending(db: &Connection) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM change WHERE shared_sequence IS NULL AND fate = 'pending')";
    Ok(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// A document's pending changes, in canonical order; the oldest of them where all are more than a batch holds. And whether it is all.
fn item(report: ReportId, stored: Vec<ledger::Stored>, bytes_max: usize) -> Result<(Item, bool), Error> {
    let changes = stored.into_iter().filter(ledger::Stored::is_pending).map(|one| one.change);
    let mut item = Item { report, changes: canonical_order(changes.collect()) };
    let all = item.changes.len();
    item.changes.truncate(limits::ITEM_CHANGES_MAX);
    while item.changes.len() > 1 && !fits(&item, bytes_max)? {
        item.changes.truncate(item.changes.len() / 2);
    }
    let whole = item.changes.len() == all;
    Ok((item, whole))
}

pub(crate) fn fits(item: &Item, bytes_max: usize) -> Result<bool, Error> {
    let operations: usize = item.changes.iter().map(automerge::Change::len).sum();
    let bytes = item.encode().map_err(|error| Error::Edit(error.to_string()))?.len();
    Ok(operations <= limits::ITEM_OPERATIONS_MAX && bytes <= bytes_max)
}

/// The cursor of every feed that the areas open; a new one begins at nothing.
fn cursors(db: &Connection, own: &Enrolment) -> Result<BTreeMap<Feed, Cursor>, Error> {
    let mut stored = BTreeMap::new();
    let mut query = db.prepare_cached("SELECT feed, base, at FROM cursor")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (feed, base, at): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let feed = Feed::parse(&feed).ok_or_else(|| damaged("cursor"))?;
        stored.insert(feed, Cursor { base: base.cast_unsigned(), at: at.cast_unsigned() });
    }
    let feeds = identity::feeds(db, own)?;
    Ok(feeds.into_iter().map(|feed| (feed, stored.get(&feed).copied().unwrap_or_default())).collect())
}

/// Takes the reply to the outstanding request (ONE_REPLY), in the caller's one transaction: records, receipts, pages and cursors together.
/// `gone_back`: of the replies to requests that were made together, what the ones before have done ([`marks::go_back`]).
pub(crate) fn apply(
    db: &Connection,
    (host, clock): (&dyn Host, &ProcessClock),
    bytes: &[u8],
    gone_back: &mut BTreeMap<UnitCode, u64>,
) -> Result<Synced, Error> {
    let own = identity::enrolled(db)?;
    let outstanding: Vec<u8> = db.prepare_cached("SELECT outstanding FROM device")?.query_row([], |row| row.get(0))?;
    let outstanding: [u8; 32] = outstanding.try_into().map_err(|_| Error::StaleReply)?;
    let opened = Reply::open(bytes, &outstanding, &own.certificate.working, own.officer);
    let (reply, time) = opened.map_err(|error| Error::NotTheServer(error.to_string()))?;
    db.prepare_cached("UPDATE device SET outstanding = x'', last_contact = MAX(last_contact, ?1)")?.execute([time.unix_ms()])?;
    bundle::forget(db)?;
    let mut synced = Synced { bytes_down: bytes.len() as u64, ..Synced::default() };
    match reply.standstill {
        None => {}
        Some(Standstill::Behind) => {
            let mut incarnation = [0; 8];
            host.random(&mut incarnation).map_err(Error::Storage)?;
            db.prepare_cached("UPDATE device SET incarnation = ?1, counter = 0")?.execute([incarnation])?;
            db.prepare_cached("DELETE FROM outstanding_item")?.execute([])?;
            db.prepare_cached("DELETE FROM outstanding_question")?.execute([])?;
            schedule::answered(db, clock, synced.bytes_down, false)?;
            return Ok(synced);
        }
    }
    let mut shows = identity::ask_to_show(db, reply.show_records)?;
    for record in &reply.records {
        shows |= identity::take_record(db, &own, record)?;
    }
    if let Some(units) = &reply.units {
        identity::replace_units(db, units)?;
    }
    for person in &reply.people {
        identity::keep_person(db, person)?;
    }
    let own = identity::enrolled(db)?;
    let after = identity::feeds(db, &own)?;
    take_grants(db, &after)?;
    repair::forget(db, &after)?;
    let mut touched = Touched::default();
    // First: what this reply labels is so in the centre's history as it is now.
    synced.voided = marks::go_back(db, &reply.common, gone_back)?;
    let refused = ask::refused(db)?;
    take_verdicts(db, &reply.verdicts, &after, &mut touched, &mut synced)?;
    let asks_on = ask::take_answers(db, &reply.answers, &mut touched, &mut synced)?;
    ask::bar(db, &touched)?;
    for page in reply.pages.iter().filter(|page| after.contains(&page.feed)) {
        take_page(db, page, &mut touched, &mut synced)?;
    }
    repair::take(db, reply.repair.as_ref(), &after, &mut touched, &mut synced)?;
    ask::release(db, &refused, &touched)?;
    marks::mark_with_labels(db, &reply.marks)?;
    if reply.units.is_some() || reply.forms.is_some() {
        // It may be what was needed.
        db.prepare_cached("DELETE FROM needed")?.execute([])?;
    }
    // After the answers, which may tell once more that it was refused.
    if reply.units.is_some() {
        unit_heard(db, &mut touched)?;
    }
    if let Some(news) = &reply.forms {
        forms::take(db, news, &mut touched)?;
    }
    inbox::stamp(db, time)?;
    ledger::project_all(db, touched.into_reports())?;
    repair::go_on(db, reply.repair.as_ref(), &after)?;
    synced.differing = repair::compare(db, &reply.fingerprints, &reply.pages, &after)?;
    let repairs = repair::is_due(db)?;
    // The server answers every feed that the areas open, also those that this very reply opens.
    let more = reply.pages.iter().any(|page| page.more) || reply.forms.as_ref().is_some_and(|news| news.more);
    if !more {
        synced.dropped = leaving::drop_covered(db, &reply.covered)?;
    }
    let waiting = is_pending(db)?;
    synced.complete = !more && !waiting && !asks_on && !shows && !repairs;
    batches::answered(db, more, asks_on || shows || repairs)?;
    let told = reply.pages.iter().any(|page| !page.entries.is_empty()) || reply.forms.is_some();
    // A request of urgent reports carries no repair, so that one that is due goes on with none of them.
    let repairing = repairs && !schedule::is_urgent_only(db)?;
    let moved = synced.complete || told || repairing || synced.delivered + synced.held + synced.refused + synced.voided > 0;
    schedule::answered(db, clock, synced.bytes_down, moved)?;
    Ok(synced)
}

/// UNIT_HEARD: what was refused of a report because the centre did not know its unit is judged anew once the centre lists that unit.
fn unit_heard(db: &Connection, touched: &mut Touched) -> Result<(), Error> {
    let sql = "SELECT DISTINCT change.report FROM change JOIN report ON report.id = change.report JOIN unit ON unit.code = report.unit
        WHERE change.shared_sequence IS NULL AND change.fate = 'refused' AND change.refusal = ?1";
    let mut query = db.prepare_cached(sql)?;
    let reports = query.query_map([Refusal::UnknownUnit.number()], |row| Ok(ReportId::from_bytes(row.get(0)?)))?;
    for report in reports.collect::<Result<Vec<_>, _>>()? {
        ledger::judge_anew(db, report, Refusal::UnknownUnit)?;
        touched.insert(report);
    }
    Ok(())
}

/// A grant that ends clears the cursors and memberships of its feeds.
fn take_grants(db: &Connection, feeds: &BTreeSet<Feed>) -> Result<(), Error> {
    let mut query = db.prepare_cached("SELECT feed FROM cursor UNION SELECT feed FROM member")?;
    let known: Vec<String> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in known {
        if Feed::parse(&name).is_none_or(|feed| !feeds.contains(&feed)) {
            db.prepare_cached("DELETE FROM cursor WHERE feed = ?1")?.execute([&name])?;
            db.prepare_cached("DELETE FROM member WHERE feed = ?1")?.execute([&name])?;
        }
    }
    Ok(())
}

fn take_verdicts(
    db: &Connection,
    verdicts: &[ItemVerdict],
    feeds: &BTreeSet<Feed>,
    touched: &mut Touched,
    synced: &mut Synced,
) -> Result<(), Error> {
    let mut query = db.prepare_cached("SELECT report, hashes FROM outstanding_item ORDER BY number")?;
    let rows = query.query_map([], |row| Ok((ReportId::from_bytes(row.get(0)?), row.get::<_, Vec<u8>>(1)?)))?;
    let items: Vec<(ReportId, Vec<ChangeHash>)> =
        rows.map(|row| row.map(|(report, bytes)| (report, ledger::split(&bytes)))).collect::<Result<_, _>>()?;
    for ((report, pushed), verdict) in items.iter().zip(verdicts) {
        let changes: Vec<_> = ledger::changes(db, *report)?.into_iter().map(|one| one.change).collect();
        let history = History::of(&changes);
        if let Some(token) = verdict.token {
            let shared: Vec<_> = pushed.iter().take(verdict.shared).collect();
            let heads = token_exact(changes.iter().filter(|change| shared.contains(&&change.hash())));
            tokens::keep(db, *report, Proof { heads, token }, &history)?;
        }
        for (hash, fate) in settle(pushed, verdict, &history) {
            match fate {
                sync_core::exchange::Fate::Shared(_) => synced.delivered += 1,
                sync_core::exchange::Fate::Held => synced.held += 1,
                sync_core::exchange::Fate::Refused(_) | sync_core::exchange::Fate::OnRefused => synced.refused += 1,
                sync_core::exchange::Fate::Pending => {}
            }
            ledger::settle(db, hash, fate)?;
        }
        if verdict.turned_away {
            inbox::note_only_copy(db, *report)?;
        }
        // RECEIPT_MEMBER: a page will not repeat it.
        for feed in verdict.feeds.iter().filter(|feed| feeds.contains(feed)) {
            add_member(db, feed, *report)?;
        }
        note_need(db, *report, verdict)?;
        leaving::note(db, *report)?;
        touched.insert(*report);
    }
    db.prepare_cached("DELETE FROM outstanding_item")?.execute([])?;
    Ok(())
}

fn note_need(db: &Connection, report: ReportId, verdict: &ItemVerdict) -> Result<(), Error> {
    let sql = match (verdict.shared, verdict.rest) {
        (0, Some(Verdict::Need)) => {
            "INSERT INTO needed (report, times) VALUES (?1, 1) ON CONFLICT (report) DO UPDATE SET times = times + 1"
        }
        _ => "DELETE FROM needed WHERE report = ?1",
    };
    db.prepare_cached(sql)?.execute([report.to_bytes()])?;
    Ok(())
}

pub(crate) fn add_member(db: &Connection, feed: &Feed, report: ReportId) -> Result<(), Error> {
    let sql = "INSERT OR IGNORE INTO member (feed, report) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute(params![feed.to_string(), report.to_bytes()])?;
    Ok(())
}

/// A page and its cursor, together.
fn take_page(db: &Connection, page: &Page, touched: &mut Touched, synced: &mut Synced) -> Result<(), Error> {
    for entry in &page.entries {
        if entry.here.is_none() {
            db.prepare_cached("DELETE FROM member WHERE feed = ?1 AND report = ?2")?
                .execute(params![page.feed.to_string(), entry.report.to_bytes()])?;
            continue;
        }
        add_member(db, &page.feed, entry.report)?;
        if !take(db, entry, page.feed.partition(), touched, synced)? {
            // Nothing that passed the server's gate comes here; the fingerprint shows it.
            reject(db)?;
        }
    }
    db.prepare_cached("INSERT OR REPLACE INTO cursor (feed, base, at) VALUES (?1, ?2, ?3)")?.execute(params![
        page.feed.to_string(),
        page.cursor.base.cast_signed(),
        page.cursor.at.cast_signed()
    ])?;
    Ok(())
}

/// Counts what could not be taken as it came.
pub(crate) fn reject(db: &Connection) -> Result<(), Error> {
    db.prepare_cached("UPDATE device SET rejected = rejected + 1")?.execute([])?;
    Ok(())
}

/// Takes a delivered document in, whole or not at all. False when it cannot be: incomplete, or not sound.
pub(crate) fn take(
    db: &Connection,
    entry: &Delivery,
    partition: UnitCode,
    touched: &mut Touched,
    synced: &mut Synced,
) -> Result<bool, Error> {
    touched.insert(entry.report);
    let delivered = entry.here.as_deref().unwrap_or_default();
    let label = |sequence: u64| Label { partition, sequence };
    let stored = ledger::changes(db, entry.report)?;
    let known: BTreeSet<ChangeHash> = stored.iter().map(|one| one.change.hash()).collect();
    // Refused changes of our own stand apart, unless this very page says that the server has them by now.
    let mut sound: Vec<_> = stored.iter().filter(|one| !one.is_refused()).map(|one| one.change.clone()).collect();
    let returned = delivered.iter().filter(|(change, _)| stored.iter().any(|one| one.is_refused() && one.change.hash() == change.hash()));
    sound.extend(returned.map(|(change, _)| change.clone()));
    // What a disk lost is fresh again, and so is what was made on it.
    let sound = ledger::whole(sound);
    let here: BTreeSet<ChangeHash> = sound.iter().map(automerge::Change::hash).collect();
    let fresh: Vec<_> = delivered.iter().filter(|(change, _)| !here.contains(&change.hash())).collect();
    let mut history = History::of(&sound);
    let mut changes = Vec::new();
    for (change, _) in &fresh {
        let Some(node) = Node::new(change) else { return Ok(false) };
        let complete = node.expanded.deps.iter().all(|dep| history.contains(dep)) && (history.is_empty() || !node.expanded.deps.is_empty());
        if !complete || gate::structure(&history, &node).is_err() {
            return Ok(false);
        }
        history.push(node);
        changes.push(change.clone());
    }
    if !changes.is_empty() {
        let Ok(base) = scratch::from_changes(&sound) else { return Ok(false) };
        let Ok((_, snapshot)) = scratch::apply(&base, &changes) else { return Ok(false) };
        touched.insert_with(entry.report, snapshot);
    }
    if let Some(token) = entry.token {
        let heads = token_exact(delivered.iter().map(|(change, _)| change));
        tokens::keep(db, entry.report, Proof { heads, token }, &history)?;
    }
    for (change, sequence) in delivered {
        match known.contains(&change.hash()) {
            true => ledger::settle(db, change.hash(), sync_core::exchange::Fate::Shared(label(*sequence)))?,
            false => {
                ledger::insert(db, entry.report, change, Some(label(*sequence)))?;
                synced.received += 1;
            }
        }
    }
    Ok(true)
}
