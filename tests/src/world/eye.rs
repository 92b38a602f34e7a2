//! The oracle's own look into the SQLite files of devices and centre: it does not ask those whom it judges.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Result};
use sync_core::place::{Feed, Place};
use sync_core::proof::{Proof, Token};
use sync_core::{Class, Lane, Nrp, ReportId};

/// A change's hash.
pub(super) type Hash = [u8; 32];
/// An item of a request: the report, and the changes that were sent of it.
pub(super) type Sent = (ReportId, Vec<Hash>);
/// A request: its hash, its items, and what it asks about.
pub(super) type Carried = (Vec<u8>, Vec<Sent>, Vec<Sent>);

/// What a list shows of a report, on a device or at the centre: replicas with the same heads must agree on it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    pub(super) heads: BTreeSet<Hash>,
    pub(super) place: String,
    pub(super) status: String,
    pub(super) conflicts: i64,
    pub(super) data: String,
    pub(super) snapshot: Vec<u8>,
}

impl Shown {
    fn columns(row: &rusqlite::Row<'_>) -> Result<(ReportId, Self)> {
        let heads: Vec<u8> = row.get(1)?;
        Ok((
            ReportId::from_bytes(row.get(0)?),
            Self {
                heads: hashes(&heads).into_iter().collect(),
                place: row.get(2)?,
                status: row.get(3)?,
                conflicts: row.get(4)?,
                data: row.get(5)?,
                snapshot: row.get(6)?,
            },
        ))
    }
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks().0.to_vec()
}

/// A row of a report and hashes.
fn sent(row: &rusqlite::Row<'_>) -> Result<Sent> {
    Ok((ReportId::from_bytes(row.get(0)?), hashes(&row.get::<_, Vec<u8>>(1)?)))
}

fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// How many changes a device's store, or the centre's, has.
fn count(db: &Connection) -> Result<u64> {
    db.prepare_cached("SELECT COUNT(*) FROM change")?.query_row([], |row| row.get(0)).map(i64::cast_unsigned)
}

/// Their hashes.
fn all(db: &Connection) -> Result<BTreeSet<Hash>> {
    db.prepare("SELECT hash FROM change")?.query_map([], |row| row.get(0))?.collect()
}

/// A look into a device's store.
#[derive(Debug)]
pub(super) struct DeviceEye(Connection);

/// A change row that the oracle had not seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewChange {
    pub(super) hash: Hash,
    pub(super) report: ReportId,
    pub(super) own: bool,
}

impl DeviceEye {
    pub(super) fn open(path: &Path) -> Result<Self> {
        open(path).map(Self)
    }

    /// Rows after a position, and the last position.
    pub(super) fn after(&self, position: i64) -> Result<(Vec<NewChange>, i64)> {
        let mut query = self.0.prepare_cached("SELECT position, hash, report, own FROM change WHERE position > ?1 ORDER BY position")?;
        let mut last = position;
        let rows = query.query_map([position], |row| {
            last = row.get(0)?;
            Ok(NewChange { hash: row.get(1)?, report: ReportId::from_bytes(row.get(2)?), own: row.get(3)? })
        })?;
        let rows = rows.collect::<Result<_>>()?;
        Ok((rows, last))
    }

    pub(super) fn count(&self) -> Result<u64> {
        count(&self.0)
    }

    /// The position of the newest row.
    pub(super) fn last(&self) -> Result<i64> {
        self.0.prepare_cached("SELECT COALESCE(MAX(position), 0) FROM change")?.query_row([], |row| row.get(0))
    }

    /// The outstanding request's hash, and the hashes of each of its items.
    pub(super) fn outstanding(&self) -> Result<(Vec<u8>, Vec<Sent>)> {
        let request = self.0.prepare_cached("SELECT outstanding FROM device")?.query_row([], |row| row.get(0))?;
        let mut query = self.0.prepare_cached("SELECT report, hashes FROM outstanding_item ORDER BY number")?;
        let items = query.query_map([], sent)?;
        let items = items.collect::<Result<_>>()?;
        Ok((request, items))
    }

    /// What the outstanding request asks about.
    pub(super) fn asked(&self) -> Result<Vec<Sent>> {
        let mut query = self.0.prepare_cached("SELECT report, heads FROM outstanding_question ORDER BY number")?;
        query.query_map([], sent)?.collect()
    }

    /// The requests of the bundle that is under way.
    pub(super) fn bundled(&self) -> Result<Vec<Carried>> {
        let mut query = self.0.prepare("SELECT number, hash FROM bundle_request ORDER BY number")?;
        let requests = query.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?.collect::<Result<Vec<_>>>()?;
        let of = |sql: &str, request: i64| -> Result<Vec<Sent>> {
            let mut query = self.0.prepare_cached(sql)?;
            query.query_map([request], sent)?.collect()
        };
        let one = |(request, hash): (i64, Vec<u8>)| {
            let items = of("SELECT report, hashes FROM bundle_item WHERE request = ?1 ORDER BY number", request)?;
            Ok((hash, items, of("SELECT report, heads FROM bundle_question WHERE request = ?1 ORDER BY number", request)?))
        };
        requests.into_iter().map(one).collect()
    }

    /// The tokens that are kept of a report.
    pub(super) fn tokens(&self, report: ReportId) -> Result<Vec<Proof>> {
        let mut query = self.0.prepare("SELECT heads, token FROM token WHERE report = ?1")?;
        let rows = query.query_map([report.to_bytes()], |row| {
            let heads = hashes(&row.get::<_, Vec<u8>>(0)?).into_iter().map(automerge::ChangeHash).collect();
            Ok(Proof { heads, token: Token(row.get(1)?) })
        })?;
        rows.collect()
    }

    pub(super) fn device(&self) -> Result<[u8; 8]> {
        self.0.query_row("SELECT device FROM enrolment", [], |row| row.get(0))
    }

    /// The seed of the device's key.
    pub(super) fn key(&self) -> Result<[u8; 32]> {
        self.0.query_row("SELECT key FROM device", [], |row| row.get(0))
    }

    /// Every change with a label: the device's proof that the centre has it.
    pub(super) fn delivered(&self) -> Result<BTreeSet<Hash>> {
        let mut query = self.0.prepare("SELECT hash FROM change WHERE shared_sequence IS NOT NULL")?;
        query.query_map([], |row| row.get(0))?.collect()
    }

    /// What waits in the failure inbox, or was put aside there.
    pub(super) fn refused(&self) -> Result<BTreeSet<Hash>> {
        let mut query = self.0.prepare("SELECT hash FROM change WHERE shared_sequence IS NULL AND fate = 'refused'")?;
        query.query_map([], |row| row.get(0))?.collect()
    }

    /// How many changes are held or refused.
    pub(super) fn unsettled(&self) -> Result<usize> {
        let sql = "SELECT COUNT(*) FROM change WHERE shared_sequence IS NULL AND fate <> 'pending'";
        self.0.prepare_cached(sql)?.query_row([], |row| row.get::<_, u32>(0)).map(|count| count as usize)
    }

    pub(super) fn all(&self) -> Result<BTreeSet<Hash>> {
        all(&self.0)
    }

    pub(super) fn members(&self) -> Result<BTreeSet<ReportId>> {
        let mut query = self.0.prepare("SELECT DISTINCT report FROM member")?;
        query.query_map([], |row| Ok(ReportId::from_bytes(row.get(0)?)))?.collect()
    }

    pub(super) fn shown(&self) -> Result<BTreeMap<ReportId, Shown>> {
        let sql = "SELECT id, heads, unit || '/' || class || '/' || lane, status, conflicts, data, snapshot FROM report";
        self.0.prepare(sql)?.query_map([], Shown::columns)?.collect()
    }

    /// How many reports a person sees.
    pub(super) fn visible(&self) -> Result<u64> {
        let sql = format!("SELECT COUNT(*) FROM report r WHERE {VISIBLE}");
        self.0.prepare_cached(&sql)?.query_row([], |row| row.get(0)).map(i64::cast_unsigned)
    }

    /// The n-th of them, oldest first, and its data.
    pub(super) fn nth(&self, number: u64) -> Result<Option<(ReportId, String)>> {
        let sql = format!("SELECT r.id, r.data FROM report r WHERE {VISIBLE} ORDER BY r.number LIMIT 1 OFFSET ?1");
        let mut query = self.0.prepare_cached(&sql)?;
        query.query_row([number.cast_signed()], |row| Ok((ReportId::from_bytes(row.get(0)?), row.get(1)?))).optional()
    }

    /// What stands in one report's row: data and number of conflicts.
    pub(super) fn row(&self, report: ReportId) -> Result<Option<(String, i64)>> {
        let mut query = self.0.prepare_cached("SELECT data, conflicts FROM report WHERE id = ?1")?;
        query.query_row([report.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }
}

const VISIBLE: &str = "(EXISTS (SELECT 1 FROM member m WHERE m.report = r.id)
    OR EXISTS (SELECT 1 FROM change c WHERE c.report = r.id AND (c.shared_sequence IS NULL OR c.admitted = 1)))";

/// A look into the centre's database.
#[derive(Debug)]
pub(super) struct CentreEye(Connection);

impl CentreEye {
    pub(super) fn open(path: &Path) -> Result<Self> {
        open(path).map(Self)
    }

    pub(super) fn after(&self, row_id: i64) -> Result<(Vec<(Hash, ReportId)>, i64)> {
        let mut query = self.0.prepare_cached("SELECT rowid, hash, document FROM change WHERE rowid > ?1 ORDER BY rowid")?;
        let mut last = row_id;
        let rows = query.query_map([row_id], |row| {
            last = row.get(0)?;
            Ok((row.get(1)?, ReportId::from_bytes(row.get(2)?)))
        })?;
        let rows = rows.collect::<Result<_>>()?;
        Ok((rows, last))
    }

    pub(super) fn count(&self) -> Result<u64> {
        count(&self.0)
    }

    pub(super) fn all(&self) -> Result<BTreeSet<Hash>> {
        all(&self.0)
    }

    /// Where a document stands by its row, who began it, and whether it is a message.
    pub(super) fn place(&self, report: ReportId) -> Result<Option<(Place, Nrp, bool)>> {
        let mut query = self.0.prepare_cached("SELECT unit, class, lane, author, kind FROM document WHERE id = ?1")?;
        let mut rows = query.query([report.to_bytes()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let (unit, class, lane, author): (String, String, String, u32) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let place = unit.parse().ok().zip(Class::parse(&class)).zip(Lane::parse(&lane));
        let place = place.map(|((unit, class), lane)| Place { unit, class, lane }).zip(Nrp::from_number(author));
        let message = row.get::<_, String>(4)? == "pesan";
        Ok(place.map(|(place, author)| (place, author, message)))
    }

    /// Whether something of a report waits for a supervisor.
    pub(super) fn holds(&self, report: ReportId) -> Result<bool> {
        let mut query = self.0.prepare_cached("SELECT EXISTS (SELECT 1 FROM held WHERE document = ?1 AND discarded IS NULL)")?;
        query.query_row([report.to_bytes()], |row| row.get(0))
    }

    /// Whether anything of it is refused.
    pub(super) fn refuses(&self, report: ReportId) -> Result<bool> {
        let mut query = self.0.prepare_cached("SELECT EXISTS (SELECT 1 FROM refused WHERE document = ?1)")?;
        query.query_row([report.to_bytes()], |row| row.get(0))
    }

    /// Held, by hash.
    pub(super) fn held(&self) -> Result<BTreeSet<Hash>> {
        self.0.prepare_cached("SELECT hash FROM held")?.query_map([], |row| row.get(0))?.collect()
    }

    /// Refused, by hash.
    pub(super) fn refused(&self) -> Result<BTreeSet<Hash>> {
        self.0.prepare_cached("SELECT hash FROM refused")?.query_map([], |row| row.get(0))?.collect()
    }

    /// Reports of which something was refused, or held until a supervisor discarded it.
    pub(super) fn turned_away(&self) -> Result<BTreeSet<ReportId>> {
        let mut query =
            self.0.prepare_cached("SELECT document FROM refused UNION SELECT document FROM held WHERE discarded IS NOT NULL")?;
        query.query_map([], |row| Ok(ReportId::from_bytes(row.get(0)?)))?.collect()
    }

    /// Which documents stand in which feed.
    pub(super) fn standing(&self) -> Result<BTreeMap<Feed, BTreeSet<ReportId>>> {
        let sql = "SELECT f.name, e.document FROM feed_entry e JOIN feed f ON f.id = e.feed WHERE e.left_at IS NULL";
        let mut query = self.0.prepare(sql)?;
        let mut rows = query.query([])?;
        let mut standing: BTreeMap<Feed, BTreeSet<ReportId>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            if let Some(feed) = Feed::parse(&name) {
                standing.entry(feed).or_default().insert(ReportId::from_bytes(row.get(1)?));
            }
        }
        Ok(standing)
    }

    pub(super) fn shown(&self) -> Result<BTreeMap<ReportId, Shown>> {
        let sql = "SELECT d.id, d.heads, r.unit || '/' || r.class || '/' || r.lane, r.status, r.conflicts, r.fields, d.snapshot
            FROM document d JOIN report r ON r.document = d.id";
        self.0.prepare(sql)?.query_map([], Shown::columns)?.collect()
    }

    /// Every message, with its heads.
    pub(super) fn messages(&self) -> Result<Vec<(ReportId, BTreeSet<Hash>)>> {
        let mut query = self.0.prepare("SELECT id, heads FROM document WHERE kind = 'pesan'")?;
        let rows = query.query_map([], |row| {
            let heads: Vec<u8> = row.get(1)?;
            Ok((ReportId::from_bytes(row.get(0)?), hashes(&heads).into_iter().collect()))
        })?;
        rows.collect()
    }

    /// The descriptions of all reports.
    pub(super) fn descriptions(&self) -> Result<Vec<(ReportId, String)>> {
        let mut query = self.0.prepare("SELECT document, uraian FROM report")?;
        query.query_map([], |row| Ok((ReportId::from_bytes(row.get(0)?), row.get(1)?)))?.collect()
    }
}
