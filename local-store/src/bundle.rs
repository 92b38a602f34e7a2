//! Exchange by file, for a phone without signal: its requests in a bundle, and the centre's replies to them.
//!
//! They are made and taken by `exchange::request` and `exchange::apply`, so that every rule of the exchange holds; here is only what is different
//! when several requests are under way at once.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde_json::{Value, json};
use sync_core::exchange::{BundledReply, ReplyBundle, RequestBundle};
use sync_core::limits;
use sync_core::scheduler::Portion;

use crate::host::ProcessClock;
use crate::views::Synced;
use crate::{Error, Host, exchange, identity, ledger};

/// What a bundle holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The file.
    pub bytes: Vec<u8>,
    /// Signed requests in it.
    pub requests: usize,
    /// Reports of which something is in it.
    pub reports: u64,
    /// Reports with unsent changes that had no room: they go with the next one.
    pub left: u64,
}

/// What the replies of a bundle brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleTaken {
    /// As after a sync.
    pub synced: Synced,
    /// The code of each request that the centre did not answer; what was in those is sent again.
    pub rejected: Vec<String>,
}

impl BundleTaken {
    /// As the command line prints it.
    pub fn json(&self) -> Value {
        let mut value = json!(self.synced);
        if let Value::Object(map) = &mut value {
            map.insert("rejected".to_owned(), json!(self.rejected));
        }
        value
    }
}

/// One request of a bundle, and what its reply will be about.
#[derive(Debug)]
struct Made {
    bytes: Vec<u8>,
    hash: Vec<u8>,
    items: Items,
    questions: Questions,
}

/// Rows of `outstanding_item`.
type Items = Vec<(i64, Vec<u8>, Vec<u8>)>;
/// Rows of `outstanding_question`.
type Questions = Vec<(i64, Vec<u8>, Vec<u8>, i64)>;

/// Makes a bundle of what is pending. The one before it, if its replies were not taken, counts no more: what was in it is in this one too.
pub(crate) fn write(db: &Connection, host: &dyn Host, clock: &ProcessClock) -> Result<Bundle, Error> {
    forget(db)?;
    // What making requests leaves behind is taken back: nothing is under way on the link, and the link's scheduler has learned nothing.
    db.execute_batch("SAVEPOINT bundle")?;
    let made = requests(db, host, clock);
    db.execute_batch("ROLLBACK TO bundle; RELEASE bundle")?;
    let (made, left) = made?;
    for (number, one) in (0_i64..).zip(&made) {
        db.execute("INSERT INTO bundle_request (number, hash) VALUES (?1, ?2)", params![number, one.hash])?;
        for (at, report, hashes) in &one.items {
            let sql = "INSERT INTO bundle_item (request, number, report, hashes) VALUES (?1, ?2, ?3, ?4)";
            db.prepare_cached(sql)?.execute(params![number, at, report, hashes])?;
        }
        for (at, report, heads, position) in &one.questions {
            let sql = "INSERT INTO bundle_question (request, number, report, heads, position) VALUES (?1, ?2, ?3, ?4, ?5)";
            db.prepare_cached(sql)?.execute(params![number, at, report, heads, position])?;
        }
    }
    let reports: u32 = db.query_row("SELECT COUNT(DISTINCT report) FROM bundle_item", [], |row| row.get(0))?;
    let requests = made.len();
    let bundle = RequestBundle { requests: made.into_iter().map(|one| one.bytes).collect() };
    Ok(Bundle { bytes: bundle.seal(), requests, reports: reports.into(), left })
}

/// No bundle is under way any more: a reply was taken, and an older one would give labels for what may not be there any more (ONE_REPLY).
pub(crate) fn forget(db: &Connection) -> Result<(), Error> {
    Ok(db.execute_batch("DELETE FROM bundle_request; DELETE FROM bundle_item; DELETE FROM bundle_question")?)
}

/// The requests, each as if those before it had got their receipts; and how many reports had no room.
fn requests(db: &Connection, host: &dyn Host, clock: &ProcessClock) -> Result<(Vec<Made>, u64), Error> {
    let mut made = Vec::new();
    // The centre does not get to ask for what it has forgotten.
    identity::ask_to_show(db, true)?;
    loop {
        db.execute_batch("SAVEPOINT request")?;
        // News comes with the last reply alone, or each would bring the same.
        let mut one = request(db, host, clock, limits::BATCH_BYTES_MIN)?;
        // What cannot be read stays pending, and goes with no bundle.
        let sent = one.items.is_empty() || pending(db)? == 0;
        let last = sent || made.len() + 1 == limits::BUNDLE_REQUESTS_MAX;
        if last {
            db.execute_batch("ROLLBACK TO request")?;
            one = request(db, host, clock, limits::PAGE_BYTES_MAX as u64)?;
        }
        db.execute_batch("RELEASE request")?;
        made.push(one);
        if last {
            return Ok((made, if sent { 0 } else { pending(db)? }));
        }
    }
}

fn pending(db: &Connection) -> Result<u64, Error> {
    let sql = "SELECT COUNT(DISTINCT report) FROM change WHERE shared_sequence IS NULL AND fate = 'pending'";
    Ok(db.prepare_cached(sql)?.query_row([], |row| row.get::<_, u32>(0))?.into())
}

/// One request that asks for so much, and then what it brings taken for delivered.
fn request(db: &Connection, host: &dyn Host, clock: &ProcessClock, page_bytes: u64) -> Result<Made, Error> {
    // A life of its own for each: whenever and however often it comes to the centre, its counter is never behind, and it is answered.
    let mut incarnation = [0; 8];
    host.random(&mut incarnation).map_err(Error::Storage)?;
    db.execute("UPDATE device SET incarnation = ?1, counter = 0", [incarnation])?;
    let batch = "INSERT OR REPLACE INTO batch (direction, size_bytes) VALUES ('up', ?1), ('down', ?2)";
    db.execute(batch, params![limits::PUSH_BYTES_MAX as i64, page_bytes.cast_signed()])?;
    let bytes = exchange::request(db, clock, Portion::WHOLE, true)?;
    let hash = db.query_row("SELECT outstanding FROM device", [], |row| row.get(0))?;
    let mut query = db.prepare_cached("SELECT number, report, hashes FROM outstanding_item ORDER BY number")?;
    let items: Items = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?;
    let mut query = db.prepare_cached("SELECT number, report, heads, position FROM outstanding_question ORDER BY number")?;
    let asked = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let questions: Questions = asked.collect::<Result<_, _>>()?;
    for (_, _, hashes) in &items {
        for hash in ledger::split(hashes) {
            let sql = "UPDATE change SET shared_partition = 'ID', shared_sequence = 0 WHERE hash = ?1";
            db.prepare_cached(sql)?.execute([hash.0])?;
        }
    }
    if let Some((_, _, _, position)) = questions.last() {
        db.execute("UPDATE device SET asked = ?1", [position])?;
    }
    Ok(Made { bytes, hash, items, questions })
}

/// Takes the replies to the bundle that is under way, in the caller's one transaction: all of them, or nothing.
pub(crate) fn take(db: &Connection, host: &dyn Host, clock: &ProcessClock, bytes: &[u8]) -> Result<BundleTaken, Error> {
    let bundle = ReplyBundle::open(bytes).map_err(|error| Error::NotABundle(error.to_string()))?;
    let answers: BTreeMap<[u8; 32], BundledReply> = bundle.replies.into_iter().map(|one| (one.request, one)).collect();
    let mut taken = BundleTaken { synced: Synced::default(), rejected: Vec::new() };
    let mut replies = Vec::new();
    for (hash, items, questions) in written(db)? {
        match answers.get(&hash).map(|one| &one.answer) {
            Some(Ok(reply)) => replies.push((hash, items, questions, reply)),
            Some(Err(code)) => taken.rejected.push(code.clone()),
            None => {}
        }
    }
    match (replies.is_empty(), taken.rejected.first()) {
        (true, Some(code)) => return Err(Error::Rejected(code.clone())),
        (true, None) => return Err(Error::StaleReply),
        (false, _) => {}
    }
    // What came by file says nothing of the link.
    db.execute_batch("CREATE TEMP TABLE kept_schedule AS SELECT * FROM schedule; CREATE TEMP TABLE kept_batch AS SELECT * FROM batch")?;
    let mut gone_back = BTreeMap::new();
    for (hash, items, questions, reply) in replies {
        db.execute_batch("DELETE FROM outstanding_item; DELETE FROM outstanding_question")?;
        db.execute("UPDATE device SET outstanding = ?1", [hash])?;
        for (number, report, hashes) in items {
            let sql = "INSERT INTO outstanding_item (number, report, hashes) VALUES (?1, ?2, ?3)";
            db.prepare_cached(sql)?.execute(params![number, report, hashes])?;
        }
        for (number, report, heads, position) in questions {
            let sql = "INSERT INTO outstanding_question (number, report, heads, position) VALUES (?1, ?2, ?3, ?4)";
            db.prepare_cached(sql)?.execute(params![number, report, heads, position])?;
        }
        let one = exchange::apply(db, (host, clock), reply, &mut gone_back)?;
        taken.synced = taken.synced.and(&Synced { requests: 1, ..one });
    }
    db.execute_batch(
        "DELETE FROM schedule; INSERT INTO schedule SELECT * FROM temp.kept_schedule; DROP TABLE temp.kept_schedule;
        DELETE FROM batch; INSERT INTO batch SELECT * FROM temp.kept_batch; DROP TABLE temp.kept_batch",
    )?;
    taken.synced.complete &= taken.rejected.is_empty();
    Ok(taken)
}

/// The requests under way, in their order.
fn written(db: &Connection) -> Result<Vec<([u8; 32], Items, Questions)>, Error> {
    let mut requests = Vec::new();
    let mut query = db.prepare("SELECT number, hash FROM bundle_request ORDER BY number")?;
    let numbers: Vec<(i64, [u8; 32])> = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (number, hash) in numbers {
        let mut query = db.prepare("SELECT number, report, hashes FROM bundle_item WHERE request = ?1 ORDER BY number")?;
        let items = query.query_map([number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<Result<_, _>>()?;
        let mut query = db.prepare("SELECT number, report, heads, position FROM bundle_question WHERE request = ?1 ORDER BY number")?;
        let asked = query.query_map([number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        requests.push((hash, items, asked.collect::<Result<_, _>>()?));
    }
    Ok(requests)
}
