//! One report out of a damaged store: put together as far as its changes go, and written as JSON with what is missing.

use std::collections::BTreeSet;

use automerge::{Change, ChangeHash};
use serde_json::{Value, json};
use sync_core::change::{Item, glance};
use sync_core::document::{self, Entry, View};
use sync_core::history::{History, Node, canonical_order};
use sync_core::{DeviceId, Form, ReportId, Timestamp, scratch};

use super::rows::{ChangeRow, ReportRow, State};
use crate::{Delivery, Reason};

/// A report that was, or may be, unsent.
#[derive(Debug, Clone)]
pub struct RescuedReport {
    /// Its id.
    pub id: ReportId,
    /// True when something of it has no receipt; false when that cannot be told: a part cannot be read, or comes from a snapshot alone.
    pub unsent: bool,
    /// True when a bundle has all of it that is unsent. What was refused goes into no bundle: it is corrected first.
    pub sealed: bool,
    /// Changes on which others were made, or that a row names, and that are nowhere in the file: hashes in hexadecimal digits.
    pub missing: Vec<String>,
    /// Everything that can be told of it.
    pub json: Value,
    /// What a bundle brings of it, dependencies first.
    pub(super) pending: Vec<Change>,
    pub(super) position: i64,
}

impl RescuedReport {
    /// Whether nothing of it is known to be missing.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }
}

/// None for a report of which everything is delivered, as far as can be told.
pub(super) fn rescued(
    id: ReportId,
    mut rows: Vec<ChangeRow>,
    shown: Option<&ReportRow>,
    device: Option<DeviceId>,
) -> Option<RescuedReport> {
    let known = |rows: &[ChangeRow]| -> BTreeSet<ChangeHash> { rows.iter().map(|row| row.change.hash()).collect() };
    if !missing(&rows, shown).is_empty()
        && let Some(document) = shown.and_then(|row| scratch::from_snapshot(&row.snapshot, &row.heads))
    {
        let there = known(&rows);
        let more = document.get_changes(&[]).into_iter().filter(|change| !there.contains(&change.hash()));
        rows.extend(more.map(|change| {
            let own = Node::new(&change).is_some_and(|node| Some(node.actor.device()) == device);
            ChangeRow { report: id, position: i64::MAX, own, change, state: State::Unknown }
        }));
    }
    let missing = missing(&rows, shown);
    // What a snapshot has of others came from the centre.
    let is_pending = |row: &ChangeRow| matches!(row.state, State::Pending | State::Held) || (row.state == State::Unknown && row.own);
    let unsent = rows.iter().any(|row| matches!(row.state, State::Pending | State::Held | State::Refused(_)));
    if !unsent && missing.is_empty() && !rows.iter().any(is_pending) {
        return None;
    }
    let pending = canonical_order(rows.iter().filter(|row| is_pending(row)).map(|row| row.change.clone()).collect());
    let position = rows.iter().filter(|row| row.state != State::Shared).map(|row| row.position).min().unwrap_or(i64::MAX);
    let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let read = loaded(&rows);
    let waiting: Vec<Value> = ordered(&rows).into_iter().filter(|row| row.state != State::Shared).map(|row| change_json(id, row)).collect();
    let json = json!({
        "sambang_rescue": 1, "report": id.to_string(), "device": device.map(|id| id.to_string()),
        "unsent": unsent, "whole": missing.is_empty(), "missing": missing,
        // As far as its changes go; where not even the first is there, what was shown last stands alone.
        "read": read.as_ref().map(view_json),
        "shown": shown.map(|row| json!({ "kind": row.kind, "unit": row.unit, "data": data(&row.data) })),
        "changes": waiting,
    });
    Some(RescuedReport { id, unsent, sealed: false, missing, json, pending, position })
}

/// What the changes that are there, and the row, name and is not there.
fn missing(rows: &[ChangeRow], shown: Option<&ReportRow>) -> BTreeSet<ChangeHash> {
    let known: BTreeSet<ChangeHash> = rows.iter().map(|row| row.change.hash()).collect();
    let named = rows.iter().flat_map(|row| row.change.deps().iter().copied());
    named.chain(shown.iter().flat_map(|row| row.heads.iter().copied())).filter(|hash| !known.contains(hash)).collect()
}

/// The document from those changes whose every ancestor is there; without the refused ones, unless there are no others.
fn loaded(rows: &[ChangeRow]) -> Option<View> {
    let sound = closed(rows.iter().filter(|row| !matches!(row.state, State::Refused(_))));
    let changes = if sound.is_empty() { closed(rows.iter()) } else { sound };
    let document = scratch::from_changes(&changes).ok()?;
    let history = History::of(&changes);
    let birth = document::birth(&document)?;
    document::view(&document, &history, Form::find(&birth.kind, birth.form))
}

fn closed<'a>(rows: impl Iterator<Item = &'a ChangeRow>) -> Vec<Change> {
    let mut there = BTreeSet::new();
    let mut changes = canonical_order(rows.map(|row| row.change.clone()).collect());
    changes.retain(|change| change.deps().iter().all(|dep| there.contains(dep)) && there.insert(change.hash()));
    changes
}

fn ordered(rows: &[ChangeRow]) -> Vec<&ChangeRow> {
    let order = canonical_order(rows.iter().map(|row| row.change.clone()).collect());
    order.iter().filter_map(|change| rows.iter().find(|row| row.change.hash() == change.hash())).collect()
}

fn data(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn view_json(view: &View) -> Value {
    let entries = |all: &[Entry]| -> Value {
        all.iter().map(|one| json!({ "at": one.at.to_string(), "device": one.actor.device().to_string(), "texts": one.texts })).collect()
    };
    json!({
        "kind": view.birth.kind, "form": view.birth.form, "unit": view.place.unit.to_string(), "class": view.place.class.as_str(),
        "author": view.birth.author.to_string(), "recorded_at": view.birth.recorded_at.to_string(), "status": view.status().as_str(),
        "data": view.data, "comments": entries(&view.comments), "decisions": entries(&view.decisions),
    })
}

/// A change by itself: what it says can be read also where what it was made on is gone.
fn change_json(report: ReportId, row: &ChangeRow) -> Value {
    let (delivery, refusal) = match row.state {
        State::Pending => (Some(Delivery::Saved), None),
        State::Held => (Some(Delivery::Held), None),
        State::Refused(number) => (Some(Delivery::Refused), Some(Reason::new(number, String::new()).code())),
        State::Shared => (Some(Delivery::Delivered), None),
        State::Unknown => (None, None),
    };
    let words = Item { report, changes: vec![row.change.clone()] }.encode().map(|bytes| glance(&bytes));
    let words: Vec<String> = words.map(|seen| seen.changes.into_iter().flat_map(|one| one.words).collect()).unwrap_or_default();
    let node = Node::new(&row.change);
    let hex: String = row.change.raw_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "hash": row.change.hash().to_string(), "own": row.own, "delivery": delivery.map(Delivery::as_str), "refusal": refusal,
        "actor": node.as_ref().map(|node| node.actor.to_automerge().to_hex_string()), "sequence": node.as_ref().map(|node| node.expanded.seq),
        "at": Timestamp::from_unix_ms(row.change.timestamp()).to_string(), "words": words, "bytes": hex,
    })
}
