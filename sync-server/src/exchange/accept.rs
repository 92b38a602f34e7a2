//! Accepting changes: they take a sequence, and a document whose content says another place leaves feeds and enters others.

use std::collections::BTreeSet;

use automerge::ChangeHash;
use rusqlite::Connection;
use sync_core::document::View;
use sync_core::place::{Feed, Place};
use sync_core::{Timestamp, UnitCode};

use crate::ServerError;
use crate::store::document::{self, DocumentRow, Size, Sized};
use crate::store::report::{self, ReportRow};
use crate::store::sequence::{self, Entry, Kind};
use crate::store::{apart, feed, fingerprint, repeat, unit};

/// Stores accepted changes, with everything that follows from them.
pub(super) fn accept(
    db: &Connection,
    stored: Option<&DocumentRow>,
    accepted: &[Sized],
    (snapshot, view): (&[u8], &View),
    now: Timestamp,
) -> Result<(), ServerError> {
    let hashes: Vec<ChangeHash> = accepted.iter().map(|sized| sized.change.hash()).collect();
    match stored {
        None => begin(db, accepted, &hashes, (snapshot, view), now)?,
        Some(stored) => extend(db, stored, accepted, &hashes, (snapshot, view), now)?,
    }
    if let Some(row) = ReportRow::of(view) {
        report::put(db, &row, now)?;
        repeat::flag(db, &row)?;
    }
    apart::release(db, hashes)?;
    Ok(())
}

/// The feeds in which a document of this content stands.
pub(crate) fn feeds_of(db: &Connection, view: &View) -> Result<BTreeSet<Feed>, ServerError> {
    if view.broadcast {
        return Ok(Feed::of_broadcast(view.place.unit, view.birth.author));
    }
    let place = Place { unit: stands_in(db, view)?, ..view.place };
    Ok(Feed::of_report(place, view.birth.author, unit::with_ancestors(db, view.place.unit)?))
}

/// The unit that answers for a document of this content. What comes down was written to those who have the old unit, and stays with them.
fn stands_in(db: &Connection, view: &View) -> Result<UnitCode, ServerError> {
    if view.broadcast { Ok(view.place.unit) } else { Ok(unit::standing(db, view.place.unit)?) }
}

/// The partition in which a document of this content stands.
pub(crate) fn partition_of(db: &Connection, view: &View) -> Result<UnitCode, ServerError> {
    Ok(stands_in(db, view)?.partition())
}

fn begin(
    db: &Connection,
    accepted: &[Sized],
    hashes: &[ChangeHash],
    (snapshot, view): (&[u8], &View),
    now: Timestamp,
) -> Result<(), ServerError> {
    let (partition, feeds) = (partition_of(db, view)?, feeds_of(db, view)?);
    let entry = Entry {
        kind: Kind::Accepted,
        document: view.birth.report,
        changes: hashes,
        heads: &view.heads,
        left: &BTreeSet::new(),
        entered: &feeds,
    };
    let sequence = sequence::append(db, partition, &entry, now)?;
    let row = DocumentRow {
        id: view.birth.report,
        partition,
        place: view.place,
        author: view.birth.author,
        kind: view.birth.kind.clone(),
        form: view.birth.form,
        heads: view.heads.clone(),
        sequence,
        size: total(Size::default(), accepted),
    };
    document::put(db, &row, snapshot, now)?;
    document::add_changes(db, &row, sequence, 0, accepted, now)?;
    for name in &feeds {
        feed::enter(db, name, row.id, sequence)?;
    }
    Ok(fingerprint::note(db, row.id, &row.heads)?)
}

fn extend(
    db: &Connection,
    stored: &DocumentRow,
    accepted: &[Sized],
    hashes: &[ChangeHash],
    (snapshot, view): (&[u8], &View),
    now: Timestamp,
) -> Result<(), ServerError> {
    let nowhere = BTreeSet::new();
    let entry = Entry { kind: Kind::Accepted, document: stored.id, changes: hashes, heads: &view.heads, left: &nowhere, entered: &nowhere };
    let sequence = sequence::append(db, stored.partition, &entry, now)?;
    document::add_changes(db, stored, sequence, stored.size.changes, accepted, now)?;
    feed::touch(db, stored.id, sequence)?;
    let mut row = DocumentRow { heads: view.heads.clone(), sequence, size: total(stored.size, accepted), ..stored.clone() };
    if view.place != stored.place {
        move_to(db, &mut row, view, now)?;
    }
    document::put(db, &row, snapshot, now)?;
    Ok(fingerprint::note(db, row.id, &row.heads)?)
}

/// The document leaves feeds and enters others. Into another partition it brings all its changes, under one new sequence there.
pub(crate) fn move_to(db: &Connection, row: &mut DocumentRow, view: &View, now: Timestamp) -> Result<(), ServerError> {
    let old: BTreeSet<Feed> = feed::of_document(db, row.id)?.into_iter().filter(|(_, here)| *here).map(|(name, _)| name).collect();
    let new = feeds_of(db, view)?;
    let (left, entered): (BTreeSet<Feed>, BTreeSet<Feed>) = (&old - &new, &new - &old);
    let to = partition_of(db, view)?;
    let crosses = to != row.partition;
    row.place = view.place;
    let nowhere = BTreeSet::new();
    let leaving = Entry {
        kind: Kind::Moved,
        document: row.id,
        changes: &[],
        heads: &view.heads,
        left: &left,
        entered: if crosses { &nowhere } else { &entered },
    };
    row.sequence = sequence::append(db, row.partition, &leaving, now)?;
    for name in &left {
        feed::leave(db, name, row.id, row.sequence)?;
    }
    if crosses {
        let changes = document::hashes_in_order(db, row.id)?;
        let coming =
            Entry { kind: Kind::Entered, document: row.id, changes: &changes, heads: &view.heads, left: &nowhere, entered: &entered };
        row.partition = to;
        row.sequence = sequence::append(db, to, &coming, now)?;
        document::relabel(db, row.id, to, row.sequence)?;
    }
    for name in &entered {
        feed::enter(db, name, row.id, row.sequence)?;
    }
    Ok(())
}

fn total(before: Size, accepted: &[Sized]) -> Size {
    accepted.iter().fold(before, |sum, sized| sum.plus(sized.size))
}
