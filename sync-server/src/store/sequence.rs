//! The sequence of a partition and its running hash.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::marks::Mark;
use sync_core::place::Feed;
use sync_core::{ReportId, Timestamp, UnitCode};

use super::row::{number, parsed, report_id, signed};

/// What took a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Changes were accepted.
    Accepted = 1,
    /// A document left feeds, and entered others of the same partition.
    Moved = 2,
    /// A document came from another partition.
    Entered = 3,
}

/// What one entry of a partition's sequence says.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) kind: Kind,
    pub(crate) document: ReportId,
    pub(crate) changes: &'a [ChangeHash],
    pub(crate) heads: &'a [ChangeHash],
    pub(crate) left: &'a BTreeSet<Feed>,
    pub(crate) entered: &'a BTreeSet<Feed>,
}

impl Entry<'_> {
    /// HASH_OF_CHANGES: change hashes, heads after, feeds left and entered; each list with its length, each feed by its name and a line end.
    fn content(&self) -> Vec<u8> {
        let mut content = Vec::new();
        for hashes in [self.changes, self.heads] {
            content.extend((hashes.len() as u64).to_be_bytes());
            content.extend(hashes.iter().flat_map(|hash| hash.0));
        }
        for feeds in [self.left, self.entered] {
            content.extend((feeds.len() as u64).to_be_bytes());
            content.extend(feeds.iter().flat_map(|feed| format!("{feed}\n").into_bytes()));
        }
        content
    }
}

/// The change hashes that an entry's content names.
pub(crate) fn changes_in(content: &[u8]) -> Option<Vec<ChangeHash>> {
    let (count, rest) = content.split_first_chunk::<8>()?;
    let (whole, _) = rest.as_chunks::<32>();
    let count = usize::try_from(u64::from_be_bytes(*count)).ok()?;
    Some(whole.get(..count)?.iter().map(|bytes| ChangeHash(*bytes)).collect())
}

/// The running hash after an entry.
pub(crate) fn running_hash(before: &[u8; 32], kind: u8, document: ReportId, content: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("sambang 0 running hash");
    hasher.update(before).update(&[kind]).update(&document.to_bytes()).update(content);
    hasher.finalize().into()
}

/// The newest sequence of every partition.
pub(crate) fn newest(db: &Connection) -> rusqlite::Result<BTreeMap<UnitCode, u64>> {
    let mut statement = db.prepare_cached("SELECT code, sequence FROM partition")?;
    statement.query_map([], |row| Ok((parsed(row, "code")?, number(row, "sequence")?)))?.collect()
}

/// The newest mark of every partition.
pub(crate) fn marks(db: &Connection) -> rusqlite::Result<BTreeMap<UnitCode, Mark>> {
    let mut statement = db.prepare_cached("SELECT code, sequence, running_hash FROM partition")?;
    let read = |row: &rusqlite::Row<'_>| Ok((parsed(row, "code")?, Mark::mark_tag(number(row, "sequence")?, &row.get("running_hash")?)));
    statement.query_map([], read)?.collect()
}

/// Takes the next sequence of the partition.
pub(crate) fn append(db: &Connection, partition: UnitCode, entry: &Entry<'_>, now: Timestamp) -> rusqlite::Result<u64> {
    let code = partition.to_string();
    let last = db
        .prepare_cached("SELECT sequence, running_hash FROM partition WHERE code = ?1")?
        .query_row([&code], |row| Ok((number(row, "sequence")?, row.get::<_, [u8; 32]>("running_hash")?)))
        .optional()?;
    let (last, before) = last.unwrap_or_default();
    let (sequence, content) = (last.saturating_add(1), entry.content());
    let hash = running_hash(&before, entry.kind as u8, entry.document, &content);
    db.prepare_cached(
        "INSERT INTO accepted (partition, sequence, running_hash, kind, document, content, received_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![code, signed(sequence), hash, entry.kind as u8, entry.document.to_bytes(), content, now.unix_ms()])?;
    db.prepare_cached(
        "INSERT INTO partition (code, sequence, running_hash) VALUES (?1, ?2, ?3)
         ON CONFLICT (code) DO UPDATE SET sequence = excluded.sequence, running_hash = excluded.running_hash",
    )?
    .execute(params![code, signed(sequence), hash])?;
    Ok(sequence)
}

/// An entry as it is stored.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) sequence: u64,
    pub(crate) running_hash: [u8; 32],
    pub(crate) kind: u8,
    pub(crate) document: ReportId,
    pub(crate) content: Vec<u8>,
}

/// Every entry of a partition, in order.
pub(crate) fn each(db: &Connection, partition: UnitCode, mut visit: impl FnMut(Stored)) -> rusqlite::Result<()> {
    let mut statement =
        db.prepare_cached("SELECT sequence, running_hash, kind, document, content FROM accepted WHERE partition = ?1 ORDER BY sequence")?;
    let mut rows = statement.query([partition.to_string()])?;
    while let Some(row) = rows.next()? {
        visit(Stored {
            sequence: number(row, "sequence")?,
            running_hash: row.get("running_hash")?,
            kind: row.get("kind")?,
            document: report_id(row, "document")?,
            content: row.get("content")?,
        });
    }
    Ok(())
}

/// The content of one entry, when it is of that document and names changes.
pub(crate) fn content(db: &Connection, partition: UnitCode, sequence: u64, document: ReportId) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut statement = db.prepare_cached("SELECT content FROM accepted WHERE partition = ?1 AND sequence = ?2 AND document = ?3")?;
    statement.query_row(params![partition.to_string(), signed(sequence), document.to_bytes()], |row| row.get("content")).optional()
}

/// The running hash after a sequence; none where there is no such entry.
pub(crate) fn hash_at(db: &Connection, partition: UnitCode, sequence: u64) -> rusqlite::Result<Option<[u8; 32]>> {
    let mut statement = db.prepare_cached("SELECT running_hash FROM accepted WHERE partition = ?1 AND sequence = ?2")?;
    statement.query_row(params![partition.to_string(), signed(sequence)], |row| row.get("running_hash")).optional()
}

/// The counter row of a partition.
pub(crate) fn counter(db: &Connection, partition: UnitCode) -> rusqlite::Result<Option<(u64, [u8; 32])>> {
    let mut statement = db.prepare_cached("SELECT sequence, running_hash FROM partition WHERE code = ?1")?;
    statement.query_row([partition.to_string()], |row| Ok((number(row, "sequence")?, row.get("running_hash")?))).optional()
}
