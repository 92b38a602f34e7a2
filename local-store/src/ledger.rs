//! The tables of changes and reports: raw changes as the truth, projection and snapshot as its caches.

use std::collections::BTreeSet;

use automerge::{Automerge, Change, ChangeHash};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sync_core::document::{self, View};
use sync_core::exchange::{Fate, Label};
use sync_core::form::{FieldKind, Form};
use sync_core::history::History;
use sync_core::place::Feed;
use sync_core::{Actor, Refusal, ReportId, change, scratch};

use crate::identity::damaged;
use crate::{Error, fingerprints, forms, repeats};

/// A change as it lies in the table.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) change: Change,
    pub(crate) label: Option<Label>,
    pub(crate) fate: Waiting,
    /// Refused, and the officer has corrected it or put it aside.
    pub(crate) answered: bool,
}

impl Stored {
    pub(crate) fn is_refused(&self) -> bool {
        self.label.is_none() && matches!(self.fate, Waiting::Refused(_))
    }

    pub(crate) fn is_held(&self) -> bool {
        self.label.is_none() && self.fate == Waiting::Held
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.label.is_none() && self.fate == Waiting::Pending
    }
}

/// What a change without a label waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// To be sent.
    Pending,
    /// For a supervisor.
    Held,
    /// For a correction; the number says why.
    Refused(u8),
}

/// A report's document as this device has it: all its changes but the refused ones.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) document: Automerge,
    pub(crate) history: History,
    pub(crate) form: Option<&'static Form>,
    pub(crate) view: View,
    /// All of its changes, the refused ones too.
    pub(crate) stored: Vec<Stored>,
    /// What it was read from; none when it was made from its changes.
    snapshot: Option<Vec<u8>>,
}

pub(crate) fn concat(hashes: impl IntoIterator<Item = ChangeHash>) -> Vec<u8> {
    hashes.into_iter().flat_map(|hash| hash.0).collect()
}

pub(crate) fn split(bytes: &[u8]) -> Vec<ChangeHash> {
    bytes.as_chunks().0.iter().map(|bytes| ChangeHash(*bytes)).collect()
}

/// All changes of a report that can be read, dependencies first: what a disk damaged is as what it lost, and stops no exchange. The centre's repair
/// brings it back, where the centre has it.
pub(crate) fn changes(db: &Connection, report: ReportId) -> Result<Vec<Stored>, Error> {
    Ok(read_changes(db, report)?.0)
}

/// Also why the others cannot be read.
fn read_changes(db: &Connection, report: ReportId) -> Result<(Vec<Stored>, Option<Error>), Error> {
    let sql = "SELECT hash, bytes, fate, refusal, shared_partition, shared_sequence, answered <> '' FROM change WHERE report = ?1 ORDER BY position";
    let mut query = db.prepare_cached(sql)?;
    let mut rows = query.query([report.to_bytes()])?;
    let (mut changes, mut damage) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        match read_change(row) {
            Ok(change) => changes.push(change),
            Err(error @ Error::Damaged(_)) => damage = Some(error),
            Err(error) => return Err(error),
        }
    }
    Ok((changes, damage))
}

fn read_change(row: &Row<'_>) -> Result<Stored, Error> {
    let (fate, refusal): (String, u8) = (row.get(2)?, row.get(3)?);
    let (partition, sequence): (Option<String>, Option<i64>) = (row.get(4)?, row.get(5)?);
    let label = match partition.zip(sequence) {
        Some((partition, sequence)) => {
            Some(Label { partition: partition.parse().map_err(|_| damaged("change"))?, sequence: sequence.cast_unsigned() })
        }
        None => None,
    };
    let fate = match fate.as_str() {
        "held" => Waiting::Held,
        "refused" => Waiting::Refused(refusal),
        _ => Waiting::Pending,
    };
    let (hash, bytes): ([u8; 32], Vec<u8>) = (row.get(0)?, row.get(1)?);
    let change = change::from_store(&bytes, ChangeHash(hash)).map_err(|error| Error::Damaged(error.to_string()))?;
    Ok(Stored { change, label, fate, answered: row.get(6)? })
}

/// Changes of one document, each after its dependencies; without those that stand on something that is not here, which a disk may have lost.
pub(crate) fn whole(mut changes: Vec<Change>) -> Vec<Change> {
    let (mut whole, mut there) = (Vec::with_capacity(changes.len()), BTreeSet::new());
    loop {
        let before = changes.len();
        let ready = |change: &Change, there: &BTreeSet<ChangeHash>| change.deps().iter().all(|dep| there.contains(dep));
        let mut waiting = Vec::new();
        for change in changes {
            if ready(&change, &there) {
                there.insert(change.hash());
                whole.push(change);
            } else {
                waiting.push(change);
            }
        }
        if waiting.is_empty() || waiting.len() == before {
            return whole;
        }
        changes = waiting;
    }
}

/// Loads a report from its snapshot, or from its changes where the snapshot is not what it should be.
pub(crate) fn load(db: &Connection, report: ReportId) -> Result<Option<Loaded>, Error> {
    let sql = "SELECT snapshot FROM report WHERE id = ?1";
    let snapshot: Option<Vec<u8>> = db.prepare_cached(sql)?.query_row([report.to_bytes()], |row| row.get(0)).optional()?;
    load_from(db, report, snapshot)
}

fn load_from(db: &Connection, report: ReportId, snapshot: Option<Vec<u8>>) -> Result<Option<Loaded>, Error> {
    let (stored, damage) = read_changes(db, report)?;
    if let Some(damage) = damage {
        return Err(damage);
    }
    let mut sound = whole(stored.iter().filter(|one| !one.is_refused()).map(|one| one.change.clone()).collect());
    // A report that was refused from its birth on is still shown, whole: it waits in the failure inbox.
    if sound.is_empty() {
        sound = whole(stored.iter().map(|one| one.change.clone()).collect());
    }
    if sound.is_empty() {
        return Ok(None);
    }
    let history = History::of(&sound);
    let heads = history.heads(|_| true);
    let cached = snapshot.and_then(|bytes| Some((scratch::from_snapshot(&bytes, &heads)?, Some(bytes))));
    let (document, snapshot) = match cached {
        Some(cached) => cached,
        None => (scratch::from_changes(&sound).map_err(|error| Error::Damaged(error.to_string()))?, None),
    };
    let birth = document::birth(&document).ok_or_else(|| damaged("change"))?;
    let form = forms::find(db, &birth.kind, birth.form)?;
    let view = document::view(&document, &history, form).ok_or_else(|| damaged("change"))?;
    Ok(Some(Loaded { document, history, form, view, stored, snapshot }))
}

/// Adds a change that is not there yet, or cannot be read. What a phone that was put back gets again of its own is its own.
pub(crate) fn insert(db: &Connection, report: ReportId, change: &Change, label: Option<Label>) -> Result<(), Error> {
    let sql = "INSERT INTO change (hash, report, own, bytes, shared_partition, shared_sequence)
        VALUES (?1, ?2, ?3 IS (SELECT device FROM enrolment), ?4, ?5, ?6)
        ON CONFLICT (hash) DO UPDATE SET bytes = excluded.bytes, shared_partition = excluded.shared_partition,
            shared_sequence = excluded.shared_sequence";
    db.prepare_cached(sql)?.execute(params![
        change.hash().0,
        report.to_bytes(),
        Actor::from_automerge(change.actor_id()).map(|actor| actor.device().0),
        change.raw_bytes(),
        label.map(|label| label.partition.to_string()),
        label.map(|label| label.sequence.cast_signed()),
    ])?;
    Ok(())
}

/// What a change has that is not refused.
const NOT_REFUSED: &str = "refusal = 0, reason = '', refused_at = 0, only_copy = 0, answered = ''";

/// Stores what became of a change. A label wins over everything; nothing else takes a label away. What is refused once more stays answered.
pub(crate) fn settle(db: &Connection, hash: ChangeHash, fate: Fate) -> Result<(), Error> {
    let refused = match fate {
        Fate::Shared(label) => {
            let sql = format!(
                "UPDATE change SET shared_partition = ?2, shared_sequence = ?3, admitted = MAX(admitted, fate <> 'pending'), fate = 'pending',
                {NOT_REFUSED} WHERE hash = ?1"
            );
            db.prepare_cached(&sql)?.execute(params![hash.0, label.partition.to_string(), label.sequence.cast_signed()])?;
            return Ok(());
        }
        Fate::Held | Fate::Pending => {
            let word = if fate == Fate::Held { "held" } else { "pending" };
            let sql = format!("UPDATE change SET fate = ?2, {NOT_REFUSED} WHERE hash = ?1 AND shared_sequence IS NULL");
            db.prepare_cached(&sql)?.execute(params![hash.0, word])?;
            return Ok(());
        }
        Fate::Refused(number) => number,
        Fate::OnRefused => Refusal::OnRefused.number(),
    };
    let sql = "UPDATE change SET fate = 'refused', refusal = ?2, reason = '' WHERE hash = ?1 AND shared_sequence IS NULL";
    db.prepare_cached(sql)?.execute(params![hash.0, refused])?;
    Ok(())
}

/// What was refused of a report for this reason is pending again, with what was made on it, unless the officer has answered it.
pub(crate) fn judge_anew(db: &Connection, report: ReportId, reason: Refusal) -> Result<(), Error> {
    let open = |one: &Stored, reason: Refusal| one.is_refused() && !one.answered && one.fate == Waiting::Refused(reason.number());
    let stored = changes(db, report)?;
    if stored.iter().any(|one| open(one, reason)) {
        for one in stored.iter().filter(|one| open(one, reason) || open(one, Refusal::OnRefused)) {
            settle(db, one.change.hash(), Fate::Pending)?;
        }
    }
    Ok(())
}

/// Stores what a supervisor said when he discarded a change.
pub(crate) fn give_reason(db: &Connection, hash: ChangeHash, reason: &str) -> Result<(), Error> {
    let sql = "UPDATE change SET reason = ?2 WHERE hash = ?1 AND shared_sequence IS NULL AND fate = 'refused'";
    db.prepare_cached(sql)?.execute(params![hash.0, reason])?;
    Ok(())
}

/// Writes the projection, the snapshot and the words to search of a report anew, from its changes.
pub(crate) fn project(db: &Connection, report: ReportId) -> Result<(), Error> {
    project_all(db, [(report, None)])
}

/// [`project`] of several, of some with a snapshot that is newer than the stored one. One that a disk damaged stays in the lists as it was, and its
/// fingerprint says what is left of it.
pub(crate) fn project_all(db: &Connection, reports: impl IntoIterator<Item = (ReportId, Option<Vec<u8>>)>) -> Result<(), Error> {
    let mut words = Vec::new();
    for (report, snapshot) in reports {
        let loaded = if snapshot.is_some() { load_from(db, report, snapshot) } else { load(db, report) };
        match loaded {
            Ok(Some(loaded)) => words.push(write_row(db, report, loaded)?),
            Ok(None) => {
                hide(db, report)?;
                fingerprints::note(db, report, &[])?;
            }
            Err(Error::Damaged(_)) => fingerprints::note(db, report, &changes(db, report)?)?,
            Err(error) => return Err(error),
        }
    }
    write_words(db, &words)
}

/// Gives the row's number, and the words to search.
fn write_row(db: &Connection, report: ReportId, mut loaded: Loaded) -> Result<(i64, String), Error> {
    let saved = match loaded.snapshot.take() {
        Some(current) => current,
        None => scratch::snapshot(&loaded.document).map_err(|error| Error::Edit(error.to_string()))?,
    };
    let view = &loaded.view;
    let data = serde_json::to_string(&view.data).map_err(|error| Error::Storage(error.to_string()))?;
    let sql =
        "INSERT INTO report (id, kind, form, unit, class, lane, author, status, recorded_at, conflicts, data, heads, snapshot, fingerprint,
            broadcast)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
        ON CONFLICT (id) DO UPDATE SET unit = excluded.unit, class = excluded.class, lane = excluded.lane, status = excluded.status,
            conflicts = excluded.conflicts, data = excluded.data, heads = excluded.heads, snapshot = excluded.snapshot,
            fingerprint = excluded.fingerprint, broadcast = excluded.broadcast
        RETURNING number";
    let number: i64 = db.prepare_cached(sql)?.query_row(
        params![
            report.to_bytes(),
            view.birth.kind,
            view.birth.form,
            view.place.unit.to_string(),
            view.place.class.as_str(),
            view.place.lane.as_str(),
            view.birth.author.number(),
            view.status().as_str(),
            view.birth.recorded_at.unix_ms(),
            view.conflicts.len() as i64,
            data,
            concat(view.heads.iter().copied()),
            saved,
            repeats::fingerprint(&view.data),
            view.broadcast || came_down(db, report)?,
        ],
        |row| row.get(0),
    )?;
    refer(db, report, &loaded)?;
    fingerprints::note(db, report, &loaded.stored)?;
    Ok((number, words(view)))
}

/// All in one statement: before each the index is written out.
fn write_words(db: &Connection, words: &[(i64, String)]) -> Result<(), Error> {
    // Most replies change no report.
    if words.is_empty() {
        return Ok(());
    }
    let rows = serde_json::to_string(words).map_err(|error| Error::Storage(error.to_string()))?;
    let here = "DELETE FROM report_text WHERE rowid IN (SELECT value ->> 0 FROM json_each(?1))";
    db.prepare_cached(here)?.execute([&rows])?;
    db.prepare_cached("INSERT INTO report_text (rowid, words) SELECT value ->> 0, value ->> 1 FROM json_each(?1)")?.execute([&rows])?;
    Ok(())
}

/// By its feed: the form of what comes down may be newer than this device.
fn came_down(db: &Connection, report: ReportId) -> Result<bool, Error> {
    let mut query = db.prepare_cached("SELECT feed FROM member WHERE report = ?1")?;
    let feeds: Vec<String> = query.query_map([report.to_bytes()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(feeds.iter().any(|name| Feed::parse(name).is_some_and(|feed| feed.is_broadcast())))
}

/// Notes which reports this one names.
fn refer(db: &Connection, report: ReportId, loaded: &Loaded) -> Result<(), Error> {
    db.prepare_cached("DELETE FROM reference WHERE report = ?1")?.execute([report.to_bytes()])?;
    for field in loaded.form.iter().flat_map(|form| form.fields()).filter(|field| matches!(field.kind, FieldKind::Reference { .. })) {
        let target = loaded.view.data.get(&field.name).and_then(serde_json::Value::as_str).and_then(|text| text.parse::<ReportId>().ok());
        if let Some(target) = target {
            let sql = "INSERT INTO reference (report, field, target) VALUES (?1, ?2, ?3)";
            db.prepare_cached(sql)?.execute(params![report.to_bytes(), field.name, target.to_bytes()])?;
        }
    }
    Ok(())
}

/// Takes a report out of the lists; its changes stay.
pub(crate) fn hide(db: &Connection, report: ReportId) -> Result<(), Error> {
    let sql = "DELETE FROM report WHERE id = ?1 RETURNING number";
    let number: Option<i64> = db.prepare_cached(sql)?.query_row([report.to_bytes()], |row| row.get(0)).optional()?;
    if let Some(number) = number {
        db.prepare_cached("DELETE FROM report_text WHERE rowid = ?1")?.execute([number])?;
    }
    Ok(())
}

/// All texts of a report, for the search.
fn words(view: &View) -> String {
    fn walk(value: &serde_json::Value, out: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => out.push(text.clone()),
            serde_json::Value::Array(items) => items.iter().for_each(|item| walk(item, out)),
            serde_json::Value::Object(map) => map.iter().filter(|(key, _)| *key != "_row").for_each(|(_, item)| walk(item, out)),
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
        }
    }
    let mut out = vec![view.birth.kind.clone(), view.place.unit.to_string(), view.birth.author.to_string()];
    walk(&view.data, &mut out);
    let entries = view.comments.iter().chain(&view.decisions);
    out.extend(entries.filter_map(|entry| entry.texts.get("text").cloned()));
    out.join(" ")
}
