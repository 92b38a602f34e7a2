//! One document: rebuilt from its changes, and everything derived from it compared.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Automerge, Change, ChangeHash};
use rusqlite::Connection;
use sync_core::document::{View, view};
use sync_core::history::History;
use sync_core::place::Feed;
use sync_core::{ReportId, Timestamp, scratch};

use super::{AUDIT, Finding, REBUILD, RESTORE};
use crate::ServerError;
use crate::exchange::accept;
use crate::store::document::{self, DocumentRow, Labelled, Size};
use crate::store::report::{self, ReportRow};
use crate::store::{feed, fingerprint, form, repeat, sequence};

/// What was found of one document.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) changes: u64,
    pub(super) findings: Vec<Finding>,
    /// The raw changes are whole: what differs can be made anew.
    pub(super) sound: bool,
}

/// A document as its changes make it.
struct Rebuilt {
    document: Automerge,
    view: View,
    size: Size,
    labelled: Vec<Labelled>,
}

pub(super) fn look(db: &Connection, id: ReportId) -> Result<Looked, ServerError> {
    let mut looked = Looked::default();
    let mut differs = |code, detail: &str, remedy| {
        looked.findings.push(Finding { document: Some(id.to_string()), partition: None, code, detail: detail.to_owned(), remedy });
    };
    let Some(row) = document::find(db, id)? else { return Ok(looked) };
    let rebuilt = match rebuild(db, &row) {
        Ok(rebuilt) => rebuilt,
        Err(ServerError::Damaged(detail)) => {
            differs("changes", &detail, RESTORE);
            return Ok(looked);
        }
        Err(error) => return Err(error),
    };
    let labels = labels_hold(db, &row, &rebuilt)?;
    if !labels {
        differs("labels", "a change is not in the sequence that it names", AUDIT);
    }
    if row.heads != rebuilt.view.heads || row.size != rebuilt.size {
        differs("heads", "the heads are not those of the changes", REBUILD);
    }
    if row.place != rebuilt.view.place || row.partition != accept::partition_of(db, &rebuilt.view)? {
        differs("place", "it stands where its content does not say", REBUILD);
    }
    if standing(db, id)? != accept::feeds_of(db, &rebuilt.view)? {
        differs("feeds", "it shows in other feeds than its place says", REBUILD);
    }
    if !fingerprint::holds(db, id, &rebuilt.view.heads)? {
        differs("fingerprint", "it does not count as it should in its feeds", REBUILD);
    }
    if report::find(db, id)?.map(|listed| listed.report) != ReportRow::of(&rebuilt.view) {
        differs("projection", "the row is not what the document reads", REBUILD);
    }
    if scratch::from_snapshot(&document::snapshot(db, id)?, &rebuilt.view.heads).is_none() {
        differs("snapshot", "the snapshot does not load", REBUILD);
    }
    looked.changes = rebuilt.size.changes;
    looked.sound = labels;
    Ok(looked)
}

fn rebuild(db: &Connection, row: &DocumentRow) -> Result<Rebuilt, ServerError> {
    let labelled = document::changes_after(db, row.id, 0)?;
    let changes: Vec<Change> = labelled.iter().map(|labelled| labelled.sized.change.clone()).collect();
    let damaged = |what: &str| ServerError::Damaged(what.to_owned());
    let document = scratch::from_changes(&changes).map_err(|_| damaged("the changes do not make a document"))?;
    let view = view(&document, &History::of(&changes), form::find(db, &row.kind, row.form)?)
        .ok_or_else(|| damaged("it does not read as a report"))?;
    if view.birth.report != row.id || view.birth.author != row.author || view.birth.kind != row.kind || view.birth.form != row.form {
        return Err(damaged("its birth is another one"));
    }
    let size = labelled.iter().fold(Size::default(), |sum, labelled| sum.plus(labelled.sized.size));
    Ok(Rebuilt { document, view, size, labelled })
}

/// Every change is named by the entry of the sequence that its label says.
fn labels_hold(db: &Connection, row: &DocumentRow, rebuilt: &Rebuilt) -> Result<bool, ServerError> {
    let mut entries: BTreeMap<u64, BTreeSet<ChangeHash>> = BTreeMap::new();
    for labelled in &rebuilt.labelled {
        let sequence = labelled.sequence;
        if let std::collections::btree_map::Entry::Vacant(vacant) = entries.entry(sequence) {
            let named = sequence::content(db, row.partition, sequence, row.id)?.and_then(|content| sequence::changes_in(&content));
            vacant.insert(named.unwrap_or_default().into_iter().collect());
        }
        if !entries.get(&sequence).is_some_and(|named| named.contains(&labelled.sized.change.hash())) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn standing(db: &Connection, id: ReportId) -> Result<BTreeSet<Feed>, ServerError> {
    Ok(feed::of_document(db, id)?.into_iter().filter(|(_, here)| *here).map(|(feed, _)| feed).collect())
}

/// Makes a cache anew. True when that was done.
pub(super) fn renew_snapshot(db: &Connection, id: ReportId) -> Result<bool, ServerError> {
    let Some(row) = document::find(db, id)? else { return Ok(false) };
    let rebuilt = rebuild(db, &row)?;
    document::put_snapshot(db, id, &snapshot(&rebuilt)?)?;
    Ok(true)
}

/// Makes everything anew that is derived, also where a report stands after its unit has a successor. A document that stands in the wrong feeds moves, under a new sequence: devices learn of it.
pub(crate) fn mend(db: &Connection, id: ReportId, now: Timestamp) -> Result<bool, ServerError> {
    let Some(mut row) = document::find(db, id)? else { return Ok(false) };
    let rebuilt = rebuild(db, &row)?;
    (row.heads, row.size) = (rebuilt.view.heads.clone(), rebuilt.size);
    if standing(db, id)? != accept::feeds_of(db, &rebuilt.view)? || row.place != rebuilt.view.place {
        accept::move_to(db, &mut row, &rebuilt.view, now)?;
    }
    document::put(db, &row, &snapshot(&rebuilt)?, now)?;
    fingerprint::note(db, id, &row.heads)?;
    if let Some(projected) = ReportRow::of(&rebuilt.view) {
        report::put(db, &projected, now)?;
        repeat::flag(db, &projected)?;
    }
    Ok(true)
}

fn snapshot(rebuilt: &Rebuilt) -> Result<Vec<u8>, ServerError> {
    scratch::snapshot(&rebuilt.document).map_err(|error| ServerError::Damaged(error.to_string()))
}
