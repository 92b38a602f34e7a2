//! Reports: made, edited, withdrawn, read. Every write ends in one durable transaction.

use automerge::Change;
use rusqlite::{Connection, Row, params};
use serde_json::Value;
use sync_core::change::FreshName;
use sync_core::document::{self, Birth, Edit, EditError, Write};
use sync_core::form::{FieldPath, Form};
use sync_core::gate;
use sync_core::history::{History, Node};
use sync_core::{Actor, Refusal, ReportId, Timestamp, UnitCode};

use crate::identity::{self, Enrolment, damaged};
use crate::inbox::LISTED;
use crate::ledger::{self, Loaded, Stored};
use crate::reason::Reason;
use crate::views::{Author, Conflict, Delivery, Note, Report, Summary, Variant, Version};
use crate::{Error, Host, failure, repeats};

/// The actor of this opening of the store, drawn when a document is first written. After any commit that failed or whose outcome is unknown it
/// is dropped and a new one drawn, so that an (actor, sequence) never comes twice.
#[derive(Debug, Default)]
pub(crate) struct Actors(Option<Actor>);

impl Actors {
    fn current(&mut self, own: &Enrolment, host: &dyn Host) -> Result<Actor, Error> {
        if let Some(actor) = self.0 {
            return Ok(actor);
        }
        let mut random = [0; 8];
        host.random(&mut random).map_err(Error::Storage)?;
        let actor = Actor::new(own.device, random);
        self.0 = Some(actor);
        Ok(actor)
    }

    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }
}

/// Fresh ids for reports, rows and entries: time first, so that their order is that of their making.
pub(crate) fn fresh_report(host: &dyn Host) -> Result<ReportId, Error> {
    let mut random = [0; 10];
    host.random(&mut random).map_err(Error::Storage)?;
    Ok(ReportId::new(host.now().unix_ms().cast_unsigned(), random))
}

/// Row and entry ids, one after the other.
#[derive(Debug)]
pub(crate) struct Names {
    time: Timestamp,
    count: u16,
    chance: [u8; 4],
}

impl Names {
    pub(crate) fn new(host: &dyn Host) -> Result<Self, Error> {
        let mut chance = [0; 4];
        host.random(&mut chance).map_err(Error::Storage)?;
        Ok(Self { time: host.now(), count: 0, chance })
    }

    pub(crate) fn next(&mut self) -> String {
        self.count = self.count.wrapping_add(1);
        FreshName::new(self.time, self.count, self.chance).to_string()
    }
}

impl From<EditError> for Error {
    fn from(error: EditError) -> Self {
        Self::Edit(error.to_string())
    }
}

/// Makes the document of a finished report in one change. The caller commits.
pub(crate) fn create(
    db: &Connection,
    host: &dyn Host,
    actors: &mut Actors,
    (report, form, unit): (ReportId, &'static Form, UnitCode),
    data: &Value,
) -> Result<(), Error> {
    create_recorded(db, host, actors, (report, form, unit), data, host.now())
}

/// [`create`], of what was recorded at another time.
pub(crate) fn create_recorded(
    db: &Connection,
    host: &dyn Host,
    actors: &mut Actors,
    (report, form, unit): (ReportId, &'static Form, UnitCode),
    data: &Value,
    recorded_at: Timestamp,
) -> Result<(), Error> {
    let own = identity::enrolled(db)?;
    identity::begin_in(db, unit)?;
    let problems = form.check(data);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let birth = Birth { report, kind: form.kind().to_owned(), form: form.version(), unit, author: own.officer, recorded_at };
    let mut names = Names::new(host)?;
    let (_, change) = document::create(form, &birth, data, actors.current(&own, host)?, &mut || names.next())?;
    admit(&own, report, &History::default(), &change, form)?;
    ledger::insert(db, report, &change, None)?;
    ledger::project(db, report)
}

/// The device's own gate: what the centre would refuse is said before it is stored.
fn admit(own: &Enrolment, report: ReportId, history: &History, change: &Change, form: &Form) -> Result<(), Error> {
    let node = Node::new(change).ok_or(Error::NotAllowed(Refusal::NotAuthor))?;
    let passed = gate::structure(history, &node).and_then(|()| gate::authority(report, history, &node, form, &own.writer()));
    passed.map_err(Error::NotAllowed)
}

/// Writes one change on what the device has of a report. True when it changed anything; the caller commits.
pub(crate) fn write(db: &Connection, host: &dyn Host, actors: &mut Actors, report: ReportId, writes: &[Write]) -> Result<bool, Error> {
    let own = identity::enrolled(db)?;
    let mut loaded = loaded(db, report)?;
    let form = known_form(&loaded)?;
    if loaded.stored.iter().all(Stored::is_refused) {
        // Whatever is made on it would be refused with it.
        return Err(Error::Refused(report.to_string()));
    }
    // An actor goes on from its last change in the document: a refused one of it, outside the document, would give its number to two changes.
    let of_current = |one: &Stored| one.is_refused() && Actor::from_automerge(one.change.actor_id()) == actors.0;
    if loaded.stored.iter().any(of_current) {
        actors.forget();
    }
    let actor = actors.current(&own, host)?;
    let Some(change) = document::write(&mut loaded.document, form, writes, actor, host.now())? else {
        return Ok(false);
    };
    admit(&own, report, &loaded.history, &change, form)?;
    if loaded.view.broadcast {
        // BROADCAST_READ_ONLY: to have what comes down gives no right to write in it.
        identity::begin_in(db, loaded.view.place.unit)?;
    }
    ledger::insert(db, report, &change, None)?;
    ledger::project(db, report)?;
    Ok(true)
}

/// A report that a person may see.
pub(crate) fn loaded(db: &Connection, report: ReportId) -> Result<Loaded, Error> {
    let mut query = db.prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM report r WHERE r.id = ?1 AND {VISIBLE})"))?;
    let visible: bool = query.query_row([report.to_bytes()], |row| row.get(0))?;
    ledger::load(db, report)?.filter(|_| visible).ok_or_else(|| Error::NoSuchReport(report.to_string()))
}

pub(crate) fn known_form(loaded: &Loaded) -> Result<&'static Form, Error> {
    loaded.form.ok_or_else(|| Error::UnknownForm(format!("{} {}", loaded.view.birth.kind, loaded.view.birth.form)))
}

/// The writes of an edit, each value held against the form.
pub(crate) fn edits(loaded: &Loaded, edits: &[(FieldPath, Value)]) -> Result<Vec<Write>, Error> {
    let form = known_form(loaded)?;
    let mut data = loaded.view.data.clone();
    for (path, value) in edits {
        put(&mut data, path, value.clone());
    }
    let before = form.check(&loaded.view.data);
    let problems: Vec<_> = form.check(&data).into_iter().filter(|problem| !before.contains(problem)).collect();
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let write = |(path, value): &(FieldPath, Value)| Write::Edit(Edit::Set { path: path.clone(), value: value.clone() });
    Ok(edits.iter().map(write).collect())
}

/// Puts a value into JSON data at a path; rows are found by their id.
pub(crate) fn put(data: &mut Value, path: &FieldPath, value: Value) {
    let segments: Vec<&str> = path.segments().collect();
    let Some((last, above)) = segments.split_last() else { return };
    let mut place = data;
    for name in above {
        let next = match place {
            Value::Array(rows) => {
                let found = rows.iter().position(|row| row.get("_row").and_then(Value::as_str) == Some(name));
                let at = found.unwrap_or_else(|| {
                    rows.push(serde_json::json!({ "_row": name }));
                    rows.len() - 1
                });
                rows.get_mut(at)
            }
            Value::Object(map) => Some(map.entry(*name).or_insert_with(|| Value::Object(serde_json::Map::new()))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        let Some(next) = next else { return };
        place = next;
    }
    if let Value::Object(map) = place {
        drop(match value {
            Value::Null => map.remove(*last),
            value => map.insert((*last).to_owned(), value),
        });
    }
}

/// How far a report has come, from its changes: the worst first.
fn delivery(stored: &[Stored], queued: bool) -> Delivery {
    if stored.iter().any(Stored::is_refused) {
        Delivery::Refused
    } else if stored.iter().any(Stored::is_held) {
        Delivery::Held
    } else if stored.iter().all(|one| one.label.is_some()) {
        Delivery::Delivered
    } else if queued {
        Delivery::Queued
    } else {
        Delivery::Saved
    }
}

/// The columns of a summary; the last five are of its changes, so that a list never loads a document. The reason is that of the first refused
/// change: 18 is what was refused only with another. A report that was refused whole stays so when it is answered.
pub(crate) const SUMMARY: &str = "SELECT r.id, r.kind, r.unit, r.author, r.status, r.lane, r.recorded_at, r.conflicts, r.data,
    f.refusal, f.reason,
    EXISTS (SELECT 1 FROM change c WHERE c.report = r.id AND c.shared_sequence IS NULL AND c.fate = 'held'),
    EXISTS (SELECT 1 FROM change c WHERE c.report = r.id AND c.shared_sequence IS NULL AND c.fate = 'pending'),
    EXISTS (SELECT 1 FROM outstanding_item o WHERE o.report = r.id)
    FROM report r LEFT JOIN change f ON f.position =
        (SELECT c.position FROM change c WHERE c.report = r.id AND c.shared_sequence IS NULL AND c.fate = 'refused'
            AND (c.answered = '' OR NOT EXISTS (SELECT 1 FROM change s WHERE s.report = r.id AND (s.shared_sequence IS NOT NULL OR s.fate <> 'refused')))
            ORDER BY c.refusal = 18, c.position LIMIT 1)";

/// What a person may see: what a feed shows to this device, what it has not delivered, and what was held or refused until the centre took it. The rest is kept, out of sight, until it may leave.
pub(crate) const VISIBLE: &str = "(EXISTS (SELECT 1 FROM member m WHERE m.report = r.id)
    OR EXISTS (SELECT 1 FROM change c WHERE c.report = r.id AND (c.shared_sequence IS NULL OR c.admitted = 1)))";

pub(crate) fn summary(row: &Row<'_>) -> rusqlite::Result<Option<Summary>> {
    let (unit, author, data): (String, u32, String) = (row.get(2)?, row.get(3)?, row.get(8)?);
    let (refusal, held, pending, queued): (Option<u8>, bool, bool, bool) = (row.get(9)?, row.get(11)?, row.get(12)?, row.get(13)?);
    let refusal = refusal.map(|number| Ok::<_, rusqlite::Error>(Reason::new(number, row.get(10)?))).transpose()?;
    let delivery = match (&refusal, held, pending, queued) {
        (Some(_), _, _, _) => Delivery::Refused,
        (None, true, _, _) => Delivery::Held,
        (None, false, false, _) => Delivery::Delivered,
        (None, false, true, true) => Delivery::Queued,
        (None, false, true, false) => Delivery::Saved,
    };
    let Some((unit, author)) = unit.parse().ok().zip(sync_core::Nrp::from_number(author)) else { return Ok(None) };
    let data = serde_json::from_str(&data).unwrap_or(Value::Null);
    Ok(Some(Summary {
        id: ReportId::from_bytes(row.get(0)?),
        kind: row.get(1)?,
        unit,
        author,
        status: row.get(4)?,
        lane: row.get(5)?,
        recorded_at: Timestamp::from_unix_ms(row.get(6)?),
        conflicts: row.get(7)?,
        title: title(&data),
        delivery,
        refusal,
    }))
}

/// The first words of what a report says.
pub(crate) fn title(data: &Value) -> String {
    let texts = ["judul", "uraian", "nama", "nama_kepala_keluarga", "nama_usaha", "topik"];
    let found = texts.iter().find_map(|key| data.get(key).and_then(Value::as_str));
    let any = || data.as_object().into_iter().flatten().find_map(|(_, value)| value.as_str());
    let text = found.or_else(any).unwrap_or_default();
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// One report as a list shows it.
pub(crate) fn summary_of(db: &Connection, report: ReportId) -> Result<Summary, Error> {
    let mut query = db.prepare_cached(&format!("{SUMMARY} WHERE r.id = ?1"))?;
    query.query_row([report.to_bytes()], summary)?.ok_or_else(|| damaged("report"))
}

/// The whole report, read from its document.
pub(crate) fn show(db: &Connection, report: ReportId) -> Result<Report, Error> {
    let loaded = loaded(db, report)?;
    let summary = summary_of(db, report)?;
    let view = &loaded.view;
    let conflicts = view.conflicts.iter().map(|conflict| {
        let last = conflict.variants.len().saturating_sub(1);
        let variants = conflict
            .variants
            .iter()
            .enumerate()
            .map(|(at, one)| Ok(Variant { value: one.value.clone(), by: author(db, one.actor)?, at: one.at, shown: at == last }));
        Ok(Conflict { path: conflict.path.clone(), variants: variants.collect::<Result<_, Error>>()? })
    });
    let notes = |entries: &[document::Entry]| -> Result<Vec<Note>, Error> {
        let note = |entry: &document::Entry| {
            let texts = entry.texts.iter().map(|(name, text)| (name.clone(), text.clone())).collect();
            Ok(Note { id: entry.id.clone(), by: author(db, entry.actor)?, at: entry.at, texts })
        };
        entries.iter().map(note).collect()
    };
    let birth = loaded.history.birth().ok_or_else(|| damaged("change"))?;
    Ok(Report {
        form: view.birth.form,
        class: view.place.class.as_str().to_owned(),
        author: Author { nrp: Some(view.birth.author), name: author(db, birth.actor)?.name },
        data: view.data.clone(),
        conflicts: conflicts.collect::<Result<_, Error>>()?,
        comments: notes(&view.comments)?,
        decisions: notes(&view.decisions)?,
        heads: view.heads.iter().map(ToString::to_string).collect(),
        reason: view.status().reason(),
        referred_by: referred_by(db, report)?,
        repeats: repeats::find(db, report, &view.birth, &view.data)?,
        replaces: failure::replaces(db, report)?,
        replaced_by: failure::replaced_by(db, report)?,
        summary,
    })
}

/// The reports that name this one, oldest first.
fn referred_by(db: &Connection, report: ReportId) -> Result<Vec<Summary>, Error> {
    let sql = format!("{SUMMARY} WHERE r.id IN (SELECT report FROM reference WHERE target = ?1) AND {LISTED} ORDER BY r.number");
    summaries(db, &sql, [report.to_bytes()])
}

/// The rows of a query that begins with [`SUMMARY`].
pub(crate) fn summaries(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Summary>, Error> {
    let mut query = db.prepare_cached(sql)?;
    let rows = query.query_map(params, summary)?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// Whose device an actor is.
fn author(db: &Connection, actor: Actor) -> Result<Author, Error> {
    let person = identity::person(db, actor.device())?;
    Ok(person.map_or_else(
        || Author { nrp: None, name: actor.device().to_string() },
        |person| Author { nrp: Some(person.officer), name: person.name },
    ))
}

/// Every change of a report, oldest first.
pub(crate) fn history(db: &Connection, report: ReportId) -> Result<Vec<Version>, Error> {
    let loaded = loaded(db, report)?;
    let queued = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM outstanding_item WHERE report = ?1)")?
        .query_row(params![report.to_bytes()], |row| row.get(0))?;
    let mut versions = Vec::new();
    for stored in &loaded.stored {
        let Some(node) = Node::new(&stored.change) else { continue };
        versions.push(Version {
            hash: node.hash.to_string(),
            by: author(db, node.actor)?,
            at: Timestamp::from_unix_ms(node.expanded.time),
            wrote: loaded.history.wrote(&node),
            delivery: delivery(std::slice::from_ref(stored), queued),
        });
    }
    Ok(versions)
}
