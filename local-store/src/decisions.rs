//! Comments and decisions: written once, naming what their writer saw. A supervisor's phone is a device like any other.

use sync_core::document::{EntryKind, Status, Write};
use sync_core::form::{Class, Lane, Role};
use sync_core::{Level, Refusal, UnitCode, limits};

use crate::Error;
use crate::ledger::Loaded;
use crate::reports::Names;

/// What is decided on a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The author takes it back.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// It goes back to its author for completion.
    Return {
        /// What is missing.
        reason: String,
    },
    /// It is dealt with.
    Handle {
        /// A word on how; may be empty.
        note: String,
    },
    /// It goes before the next level, in the urgent lane.
    Escalate {
        /// A word on why; may be empty.
        note: String,
    },
    /// Another unit answers for it.
    HandOver {
        /// Which.
        unit: UnitCode,
        /// A word on why; may be empty.
        note: String,
    },
    /// It becomes secret, or ordinary.
    Reclassify {
        /// Which.
        class: Class,
        /// A word on why; may be empty.
        note: String,
    },
}

pub(crate) fn comment(loaded: &Loaded, names: &mut Names, text: &str) -> Result<Vec<Write>, Error> {
    Ok(vec![entry(loaded, EntryKind::Comment, names, vec![("text", spoken(text)?)])])
}

/// The entry of a decision and, where it moves the report, its new place: in one change.
pub(crate) fn decision(loaded: &Loaded, names: &mut Names, role: Role, decision: &Decision) -> Result<Vec<Write>, Error> {
    if loaded.view.status() == Status::Withdrawn {
        return Err(Error::Withdrawn);
    }
    let (kind, text, more, placement) = match decision {
        Decision::Withdraw { reason } if loaded.view.broadcast => ("withdraw", fitting(reason)?, None, None),
        Decision::Withdraw { reason } => ("withdraw", spoken(reason)?, None, None),
        Decision::Return { reason } => ("return", spoken(reason)?, None, None),
        Decision::Handle { note } => ("handle", fitting(note)?, None, None),
        Decision::Escalate { note } => {
            // The report stays in its unit, so that nobody loses sight of it: the next level sees the urgent lane of all that is below.
            let to = level_above(loaded.view.place.unit, role).ok_or(Error::NotAllowed(Refusal::NotAllowed))?;
            let urgent = Write::Placement { unit: None, class: None, lane: Some(Lane::Urgent) };
            ("escalate", fitting(note)?, Some(("unit", to.to_string())), Some(urgent))
        }
        Decision::HandOver { unit, note } => {
            let there = Write::Placement { unit: Some(*unit), class: None, lane: None };
            ("hand-over", fitting(note)?, Some(("unit", unit.to_string())), Some(there))
        }
        Decision::Reclassify { class, note } => {
            let so = Write::Placement { unit: None, class: Some(*class), lane: None };
            ("reclassify", fitting(note)?, Some(("class", class.as_str().to_owned())), Some(so))
        }
    };
    let texts = [("type", kind.to_owned()), ("text", text)].into_iter().chain(more).filter(|(_, text)| !text.is_empty());
    let written = entry(loaded, EntryKind::Decision, names, texts.collect());
    Ok(std::iter::once(written).chain(placement).collect())
}

/// The unit above the deciding role's own level, of those that the report lies in.
fn level_above(unit: UnitCode, role: Role) -> Option<UnitCode> {
    let level = match role {
        Role::Officer => Level::District,
        Role::Polsek => Level::Regency,
        Role::Polres => Level::Province,
        Role::Polda => Level::Country,
        Role::Mabes => return None,
    };
    unit.with_ancestors().find(|above| above.level() <= level)
}

/// An entry that names the heads that its writer saw.
fn entry(loaded: &Loaded, kind: EntryKind, names: &mut Names, mut texts: Vec<(&'static str, String)>) -> Write {
    let seen: Vec<String> = loaded.view.heads.iter().map(ToString::to_string).collect();
    texts.push(("seen", seen.join(",")));
    Write::Entry { kind, id: names.next(), texts }
}

/// A text that says something and fits.
fn spoken(text: &str) -> Result<String, Error> {
    let text = fitting(text)?;
    if text.is_empty() { Err(Error::BadText("kosong / empty")) } else { Ok(text) }
}

fn fitting(text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.len() > limits::ENTRY_TEXT_BYTES_MAX { Err(Error::BadText("terlalu panjang / too long")) } else { Ok(text.to_owned()) }
}
