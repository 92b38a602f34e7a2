//! Reports as the centre shows them: the projection for lists, the document itself for one report.

use serde_json::{Value, json};
use sync_core::document::{Entry, View, view};
use sync_core::history::{History, Node};
use sync_core::{Actor, Nrp, ReportId, Timestamp, UnitCode};

use rusqlite::Connection;

use crate::store::report::{Conditions, Listed};
use crate::store::{device, document, form, report};
use crate::{Period, Server, ServerError, Zone};

/// Which reports: those that fit everything that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportFilter {
    /// In this unit or below it.
    pub unit: Option<UnitCode>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Begun by this officer.
    pub author: Option<Nrp>,
    /// With this status.
    pub status: Option<String>,
    /// With each of these words in their content, in whatever case.
    pub text: Option<String>,
    /// Whose author's name has this in it, in whatever case.
    pub name: Option<String>,
    /// Recorded in this period, by the calendar of this zone.
    pub period: Option<(Period, Zone)>,
    /// This one.
    pub id: Option<ReportId>,
}

impl ReportFilter {
    pub(crate) fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        if let Some(unit) = self.unit {
            conditions.add("report.unit IN (SELECT unit FROM unit_closure WHERE ancestor = ?)", unit.to_string());
        }
        if let Some(kind) = &self.kind {
            conditions.add("kind = ?", kind.clone());
        }
        if let Some(author) = self.author {
            conditions.add("author = ?", author.number());
        }
        if let Some(status) = &self.status {
            conditions.add("status = ?", status.clone());
        }
        if let Some(text) = &self.text {
            // In values, not in the names of fields: "kunjungan" is in every household visit's form.
            for word in text.split_whitespace() {
                conditions.add(
                    "EXISTS (SELECT 1 FROM json_tree(report.fields) AS node WHERE node.type = 'text' AND node.key IS NOT '_row' AND node.value LIKE ? ESCAPE '\\')",
                    containing(word),
                );
            }
        }
        if let Some(name) = &self.name {
            conditions.add("officer.name LIKE ? ESCAPE '\\'", containing(name.trim()));
        }
        if let Some((period, zone)) = self.period {
            let span = period.span(zone);
            conditions.add("recorded_at >= ?", span.from.unix_ms());
            conditions.add("recorded_at < ?", span.to.unix_ms());
        }
        if let Some(id) = self.id {
            conditions.add("document = ?", id.to_bytes());
        }
        conditions
    }
}

/// A pattern for `LIKE … ESCAPE '\'`.
fn containing(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// A report in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportSummary {
    /// Its id.
    pub id: ReportId,
    /// The form's kind.
    pub kind: String,
    /// The unit that answers for it.
    pub unit: UnitCode,
    /// `biasa` or `rahasia`.
    pub class: &'static str,
    /// `urgent` or `normal`.
    pub lane: &'static str,
    /// Who began it.
    pub author: Nrp,
    /// His name.
    pub author_name: String,
    /// What the decisions make of it.
    pub status: String,
    /// When it was recorded, by the clock of the device: advisory.
    pub recorded_at: Timestamp,
    /// When the centre first had it.
    pub received_at: Timestamp,
    /// When the centre last had something new of it.
    pub changed_at: Timestamp,
    /// How many fields have several values.
    pub conflicts: u64,
    /// The earliest report of the same author and month (WITA) whose description this one repeats.
    pub repeat_of: Option<ReportId>,
    /// In what way: `same` or `near`.
    pub repeat_kind: Option<String>,
    /// Its description.
    pub uraian: String,
    /// The form's fields.
    pub data: Value,
}

impl ReportSummary {
    pub(crate) fn of(listed: Listed) -> Result<Self, ServerError> {
        let Listed { report, author_name, received_at, changed_at, repeat_of, repeat_kind } = listed;
        let damaged = |_| ServerError::Damaged(format!("laporan/report {}: projection", report.id));
        Ok(Self {
            data: serde_json::from_str(&report.fields).map_err(damaged)?,
            id: report.id,
            kind: report.kind,
            unit: report.place.unit,
            class: report.place.class.as_str(),
            lane: report.place.lane.as_str(),
            author: report.author,
            author_name,
            status: report.status,
            recorded_at: report.recorded_at,
            received_at,
            changed_at,
            conflicts: report.conflicts,
            repeat_of,
            repeat_kind,
            uraian: report.uraian,
        })
    }

    /// As the command line prints it; what a device's list has, it has under the same name.
    pub fn json(&self) -> Value {
        json!({
            "id": self.id.to_string(), "kind": self.kind, "unit": self.unit.to_string(), "class": self.class, "lane": self.lane,
            "author": self.author.to_string(), "author_name": self.author_name, "status": self.status,
            "recorded_at": self.recorded_at.to_string(), "received_at": self.received_at.to_string(), "changed_at": self.changed_at.to_string(),
            "conflicts": self.conflicts, "repeat_of": self.repeat_of.map(|id| id.to_string()), "repeat_kind": self.repeat_kind, "data": self.data,
        })
    }
}

impl Server {
    /// The reports that fit, newest first.
    ///
    /// # Errors
    /// Only of the database.
    pub fn reports(&self, filter: &ReportFilter) -> Result<Vec<ReportSummary>, ServerError> {
        self.store.read(|db| {
            let mut found = Vec::new();
            report::each(db, &filter.conditions(), |listed| {
                found.push(ReportSummary::of(listed)?);
                Ok::<_, ServerError>(())
            })?;
            Ok(found)
        })
    }

    /// One report from its document, in the shape in which a device shows it, with every change that made it.
    ///
    /// # Errors
    /// [`ServerError::UnknownReport`].
    pub fn report(&self, id: ReportId) -> Result<Value, ServerError> {
        self.store.read(|db| {
            let unknown = || ServerError::UnknownReport(id.to_string());
            let row = document::find(db, id)?.ok_or_else(unknown)?;
            let listed = report::find(db, id)?.ok_or_else(unknown)?;
            let (loaded, history) = document::load(db, &row)?;
            let seen = view(&loaded, &history, form::find(db, &row.kind, row.form)?);
            let seen = seen.ok_or_else(|| ServerError::Damaged(format!("laporan/report {id}")))?;
            let Value::Object(mut map) = ReportSummary::of(listed)?.json() else { return Err(unknown()) };
            let more = whole(db, &seen, row.form)?;
            map.extend(more.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
            map.insert("history".to_owned(), versions(db, id)?);
            Ok(Value::Object(map))
        })
    }
}

fn whole(db: &Connection, seen: &View, form: u32) -> Result<Value, ServerError> {
    let mut conflicts = Vec::new();
    for conflict in &seen.conflicts {
        let last = conflict.variants.len();
        let variants = conflict.variants.iter().zip(1..).map(|(one, number)| {
            Ok(json!({ "number": number, "value": one.value, "by": by(db, one.actor)?, "at": one.at.to_string(), "shown": number == last }))
        });
        conflicts.push(json!({ "path": conflict.path, "variants": variants.collect::<Result<Vec<_>, ServerError>>()? }));
    }
    Ok(json!({
        "form": form,
        "data": seen.data,
        "conflicts": conflicts,
        "comments": notes(db, &seen.comments)?,
        "decisions": notes(db, &seen.decisions)?,
        "heads": seen.heads.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "reason": seen.status().reason(),
    }))
}

fn notes(db: &Connection, entries: &[Entry]) -> Result<Value, ServerError> {
    let note = |entry: &Entry| {
        let mut map: serde_json::Map<String, Value> = entry.texts.iter().map(|(name, text)| (name.clone(), text.clone().into())).collect();
        map.extend([
            ("id".to_owned(), entry.id.clone().into()),
            ("at".to_owned(), entry.at.to_string().into()),
            ("by".to_owned(), by(db, entry.actor)?),
        ]);
        Ok(Value::Object(map))
    };
    entries.iter().map(note).collect()
}

/// Who wrote something: the actor's device says it, never a field.
fn by(db: &Connection, actor: Actor) -> Result<Value, ServerError> {
    let person = device::person(db, actor.device())?;
    Ok(match person {
        Some(person) => json!({ "nrp": person.officer.to_string(), "name": person.name }),
        None => json!({ "nrp": null, "name": actor.device().to_string() }),
    })
}

/// Every change, in the order in which they were accepted.
fn versions(db: &Connection, id: ReportId) -> Result<Value, ServerError> {
    let stored = document::changes_after(db, id, 0)?;
    let changes: Vec<_> = stored.iter().map(|labelled| labelled.sized.change.clone()).collect();
    let history = History::of(&changes);
    let version = |(node, labelled): (&Node, &document::Labelled)| {
        Ok(json!({
            "hash": node.hash.to_string(), "by": by(db, node.actor)?, "at": Timestamp::from_unix_ms(node.expanded.time).to_string(),
            "device": node.actor.device().to_string(), "sequence": labelled.sequence, "wrote": history.wrote(node),
        }))
    };
    history.nodes().iter().zip(&stored).map(version).collect()
}
