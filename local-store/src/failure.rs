//! One entry of the failure inbox: what was refused of a report, why, and what its writer wanted.

use std::collections::BTreeSet;

use automerge::ChangeHash;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};
use sync_core::document::{View, view};
use sync_core::form::{FieldPath, Form};
use sync_core::history::{History, Node};
use sync_core::{ReportId, Timestamp, scratch};

use crate::ledger::{self, Loaded};
use crate::reason::Reason;
use crate::views::Report;
use crate::{Error, difference, identity, reports};

/// What was refused of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The report as a list shows it.
    pub summary: crate::Summary,
    /// Why the first of the refused changes was refused; what was made on it was refused with it.
    pub reason: Reason,
    /// When the refusal came, by the centre's clock; none where only the change itself is known.
    pub since: Option<Timestamp>,
    /// The report was refused from its first change on: the centre has nothing of it, and a correction is a new report.
    pub whole: bool,
    /// The centre's quarantine was full: this store has the only copy.
    pub only_copy: bool,
    /// Refused changes that wait: [`crate::Device::discard`] asks for this number, so that nothing is put aside unseen.
    pub changes: usize,
    /// The fields that they wrote.
    pub wrote: Vec<String>,
    /// The form's fields as their writer wanted them, over what others wrote meanwhile.
    pub wanted: Value,
    /// Comments among them; a correction writes them anew.
    pub comments: Vec<String>,
    /// Decisions among them, by type: they are not written anew, since what they decided on has changed.
    pub decisions: Vec<String>,
    /// The report that took its place.
    pub replaced_by: Option<ReportId>,
}

impl Failure {
    /// As the command line prints it.
    pub fn json(&self) -> Value {
        json!({
            "report": self.summary.json(), "refusal": self.reason.json(), "since": self.since.map(|at| at.to_string()), "whole": self.whole,
            "only_copy": self.only_copy, "changes": self.changes, "wrote": self.wrote, "wanted": self.wanted, "comments": self.comments,
            "decisions": self.decisions, "replaced_by": self.replaced_by.map(|id| id.to_string()),
        })
    }
}

/// The refused changes of a report with the document that its writer saw.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) loaded: Loaded,
    /// Dependencies first.
    pub(crate) hashes: Vec<ChangeHash>,
    /// Why the first of them was refused.
    pub(crate) reason: Reason,
    /// As it looked to their writer; none when they cannot be loaded.
    seen: Option<View>,
    /// The paths that they wrote, in their order.
    wrote: Vec<String>,
    pub(crate) whole: bool,
}

/// Which refused changes are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that wait in the inbox.
    Open,
    /// Also those that were put aside.
    NotCorrected,
    /// All, for an export.
    Any,
}

impl Which {
    fn sql(self) -> &'static str {
        match self {
            Self::Open => "answered = ''",
            Self::NotCorrected => "answered <> 'corrected'",
            Self::Any => "answered = answered",
        }
    }
}

/// The refused changes of a report that the officer may still see.
pub(crate) fn refused(db: &Connection, report: ReportId, which: Which) -> Result<Refused, Error> {
    let loaded = reports::loaded(db, report)?;
    let sql = format!(
        "SELECT hash, refusal, reason FROM change WHERE report = ?1 AND shared_sequence IS NULL AND fate = 'refused' AND {} ORDER BY position",
        which.sql()
    );
    let mut query = db.prepare_cached(&sql)?;
    let read = |row: &Row<'_>| Ok((ChangeHash(row.get(0)?), Reason::new(row.get(1)?, row.get(2)?)));
    let (hashes, reasons): (Vec<_>, Vec<_>) =
        query.query_map([report.to_bytes()], read)?.collect::<Result<Vec<_>, rusqlite::Error>>()?.into_iter().unzip();
    let Some(reason) = reasons.into_iter().next() else { return Err(Error::NothingRefused(report.to_string())) };
    // Their history alone: beside it may stand another change with the same number, which no document can hold together with them.
    let all = History::of(&loaded.stored.iter().map(|one| one.change.clone()).collect::<Vec<_>>());
    let below = all.ancestors(&hashes);
    let changes: Vec<_> = loaded.stored.iter().map(|one| &one.change).filter(|one| all.among(&below, &one.hash())).cloned().collect();
    let history = History::of(&changes);
    let seen = scratch::from_changes(&changes).ok().and_then(|document| view(&document, &history, loaded.form));
    let mut wrote: Vec<String> = Vec::new();
    for node in hashes.iter().filter_map(|hash| history.node(hash)) {
        let fresh: Vec<String> = history.wrote(node).into_iter().filter(|path| !wrote.contains(path)).collect();
        wrote.extend(fresh);
    }
    let whole = loaded.stored.iter().all(ledger::Stored::is_refused);
    Ok(Refused { loaded, hashes, reason, seen, wrote, whole })
}

impl Refused {
    /// The form's fields as the writer wanted them, but for the paths that are given up: over the document as it is without the refused changes.
    pub(crate) fn wanted(&self, form: &Form, without: &[FieldPath]) -> Value {
        let Some(seen) = &self.seen else { return self.loaded.view.data.clone() };
        if self.whole {
            let mut data = seen.data.clone();
            without.iter().for_each(|path| reports::put(&mut data, path, Value::Null));
            return data;
        }
        let given_up = |path: &String| {
            without
                .iter()
                .map(ToString::to_string)
                .any(|one| *path == one || path.strip_prefix(&one).is_some_and(|rest| rest.starts_with('.')))
        };
        let written: BTreeSet<String> = self.wrote.iter().filter(|path| !given_up(path)).cloned().collect();
        let mut data = self.loaded.view.data.clone();
        difference::overlay(form.fields(), &mut data, &seen.data, &written);
        data
    }

    /// The texts of the comments that were refused.
    pub(crate) fn comments(&self) -> Vec<String> {
        let entries = self.seen.iter().flat_map(|seen| &seen.comments);
        entries.filter(|entry| self.hashes.contains(&entry.change)).filter_map(|entry| entry.texts.get("text").cloned()).collect()
    }

    fn decisions(&self) -> Vec<String> {
        let entries = self.seen.iter().flat_map(|seen| &seen.decisions);
        entries.filter(|entry| self.hashes.contains(&entry.change)).filter_map(|entry| entry.texts.get("type").cloned()).collect()
    }
}

/// The entry of the inbox.
pub(crate) fn failure(db: &Connection, report: ReportId, which: Which) -> Result<Failure, Error> {
    let refused = refused(db, report, which)?;
    let first = refused.hashes.first().map_or([0; 32], |hash| hash.0);
    let sql = "SELECT refused_at, (SELECT MAX(only_copy) FROM change WHERE report = ?2 AND fate = 'refused' AND shared_sequence IS NULL)
        FROM change WHERE hash = ?1";
    let (at, only_copy): (i64, bool) =
        db.prepare_cached(sql)?.query_row(params![first, report.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let form = refused.loaded.form;
    let is_field = |path: &&String| form.is_none_or(|form| form.fields().iter().any(|field| path.split('.').next() == Some(&*field.name)));
    Ok(Failure {
        summary: reports::summary_of(db, report)?,
        reason: refused.reason.clone(),
        since: (at > 0).then(|| Timestamp::from_unix_ms(at)),
        whole: refused.whole,
        only_copy,
        changes: refused.hashes.len(),
        wrote: refused.wrote.iter().filter(is_field).cloned().collect(),
        wanted: form.map_or_else(|| refused.loaded.view.data.clone(), |form| refused.wanted(form, &[])),
        comments: refused.comments(),
        decisions: refused.decisions(),
        replaced_by: replaced_by(db, report)?,
    })
}

/// The report that took the place of this one.
pub(crate) fn replaced_by(db: &Connection, report: ReportId) -> Result<Option<ReportId>, Error> {
    one_id(db, "SELECT report FROM replacement WHERE refused = ?1", report)
}

/// The report whose place this one took.
pub(crate) fn replaces(db: &Connection, report: ReportId) -> Result<Option<ReportId>, Error> {
    one_id(db, "SELECT refused FROM replacement WHERE report = ?1", report)
}

fn one_id(db: &Connection, sql: &str, report: ReportId) -> Result<Option<ReportId>, Error> {
    Ok(db.prepare_cached(sql)?.query_row([report.to_bytes()], |row| Ok(ReportId::from_bytes(row.get(0)?))).optional()?)
}

/// Everything that the centre has not of a report, for an operator or another program: readable, and byte for byte.
pub(crate) fn export(db: &Connection, report: ReportId, shown: &Report) -> Result<Value, Error> {
    let own = identity::enrolled(db)?;
    let loaded = reports::loaded(db, report)?;
    let failure = match failure(db, report, Which::Any) {
        Ok(failure) => Some(failure.json()),
        Err(Error::NothingRefused(_)) => None,
        Err(error) => return Err(error),
    };
    let versions = reports::history(db, report)?;
    let mut changes = Vec::new();
    for stored in loaded.stored.iter().filter(|stored| stored.label.is_none()) {
        let Some(node) = Node::new(&stored.change) else { continue };
        let mut value = versions.iter().find(|one| one.hash == node.hash.to_string()).map_or_else(|| json!({}), crate::Version::json);
        if let Value::Object(map) = &mut value {
            map.insert("actor".to_owned(), node.actor.to_automerge().to_hex_string().into());
            map.insert("sequence".to_owned(), node.expanded.seq.into());
            if let ledger::Waiting::Refused(number) = stored.fate {
                map.insert("refusal".to_owned(), Reason::new(number, String::new()).code().into());
            }
            let hex: String = stored.change.raw_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
            map.insert("bytes".to_owned(), hex.into());
        }
        changes.push(value);
    }
    Ok(json!({
        "sambang_outbox": 1,
        "officer": own.officer.to_string(), "name": own.name, "device": own.device.to_string(),
        "report": shown.json(), "failure": failure, "changes": changes,
    }))
}
