//! A decree gives a village another code: what lies in it is shown where its successor is, also in another regency.

use std::collections::BTreeSet;

use sync_core::place::{Feed, Place};
use sync_core::{Nrp, UnitCode};

use super::book::Book;
use super::{UNITS, World};
use crate::timeline::{CENTRE, What};

/// The villages of a decree, old and new: within a regency, or across.
const WITHIN: [&str; 2] = ["53.03.01.2006", "53.03.02.2001"];
const ACROSS: [&str; 2] = ["53.03.02.2001", "53.04.01.2001"];

/// A unit that ended, and its successor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decree {
    old: UnitCode,
    new: UnitCode,
}

impl World {
    /// A decree comes into force; a world has one at most.
    pub(crate) fn decree(&self, across: bool) {
        let [old, new] = if across { ACROSS } else { WITHIN }.map(|code| code.parse().expect("a unit code"));
        let mut book = self.shelf.open();
        book.decree = Some(Decree { old, new });
        if across {
            // His reports stand where he has no grant: what he still writes waits for a supervisor.
            let left: Vec<u32> =
                book.areas.iter().filter(|(_, areas)| areas.iter().any(|area| area.unit.contains(&old))).map(|(nrp, _)| *nrp).collect();
            book.transferred.extend(left);
        }
        book.tally.count("decrees");
        book.note_on(CENTRE, || What::Note { text: format!("{old} is {new}") });
        drop(book);
        self.import_decree();
    }

    /// As an operator does, also after he has put a backup back.
    pub(super) fn import_decree(&self) {
        let decree = self.shelf.open().decree;
        if let Some(Decree { old, new }) = decree {
            let lines = format!("old,new,date\n{old},{new},2025-01-01\n");
            self.server.import_decree(UNITS.as_bytes(), lines.as_bytes(), self.now()).expect("a decree");
        }
    }
}

impl Book {
    /// The feeds in which a report of that place may stand.
    pub(super) fn feeds_of_report(&self, place: Place, author: Nrp) -> BTreeSet<Feed> {
        let successor = self.decree.filter(|decree| decree.old == place.unit).map(|decree| decree.new);
        let unit = successor.unwrap_or(place.unit);
        let above = place.unit.with_ancestors().chain(unit.with_ancestors());
        Feed::of_report(Place { unit, ..place }, author, above)
    }
}
