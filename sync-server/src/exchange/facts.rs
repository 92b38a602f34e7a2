//! What the server knows that decides on an item.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use automerge::ScalarValue;
use automerge::legacy::{Key, ObjectId, OpType};
use rusqlite::Connection;
use sync_core::Refusal;
use sync_core::change::Item;
use sync_core::exchange::{Known, Remembered, Standing, birth_unit};
use sync_core::form::Form;
use sync_core::gate::Writer;
use sync_core::history::Node;
use sync_core::proof::Proven;

use crate::ServerError;
use crate::areas::{self, Rights};
use crate::store::device::DeviceRow;
use crate::store::document::DocumentRow;
use crate::store::{apart, document, feed, form, held, unit};

/// The report's form. Two texts of one kind and version are two forms.
#[derive(Debug, Clone, Copy)]
struct FormFact(&'static Form);

impl PartialEq for FormFact {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

/// Equal facts give equal judgements.
#[derive(Debug, PartialEq)]
pub(super) struct Facts {
    pub(super) stored: Option<DocumentRow>,
    held: BTreeSet<ChangeHash>,
    refused: BTreeMap<ChangeHash, Remembered>,
    form: Option<FormFact>,
    writer: Writer,
    granted: bool,
    once_held: bool,
    unit_exists: bool,
    proven: Option<Proven>,
}

impl Facts {
    pub(super) fn gather(db: &Connection, item: &Item, caller: &DeviceRow, rights: &Rights) -> Result<Self, ServerError> {
        let stored = document::find(db, item.report)?;
        let revoked = caller.revoked_at.is_some();
        let birth = birth_unit(item);
        let named = match &stored {
            Some(stored) => Some((stored.kind.clone(), stored.form)),
            None => birth_form(item),
        };
        let form = match named {
            Some((kind, version)) => form::find(db, &kind, version)?.map(FormFact),
            None => None,
        };
        let holds =
            |unit| -> rusqlite::Result<(bool, bool)> { Ok((areas::hold(db, &rights.given, unit)?, areas::hold(db, &rights.ended, unit)?)) };
        let (granted, once_held) = match (&stored, birth) {
            // BROADCAST_READ_ONLY: neither the broadcast feed nor the own feed gives a right to write in what comes down.
            (Some(stored), _) if form.is_some_and(|form| form.0.is_broadcast()) => holds(stored.place.unit)?,
            (Some(stored), _) => {
                let feeds = feed::of_document(db, item.report)?;
                let opens = |name, here: &bool| *here && rights.feeds.contains(name);
                let opened = |name| rights.feeds.contains(name) || rights.ended_feeds.contains(name);
                // Who began it, or has the unit that it names, had it by right, also where a centre that went back has forgotten in which feeds it ever
                // stood, or it has stood with the unit's successor ever since.
                let began = stored.author == caller.officer;
                let once_held = began || feeds.keys().any(opened) || holds(stored.place.unit)? != (false, false);
                (feeds.iter().any(|(name, here)| opens(name, here)), once_held)
            }
            // BIRTH_GRANT: an own feed gives no right to begin.
            (None, Some(unit)) => holds(unit)?,
            (None, None) => (false, false),
        };
        let unit_exists = match (&stored, birth) {
            (Some(_), _) => true,
            (None, Some(birth)) => unit::exists(db, birth)?,
            (None, None) => false,
        };
        Ok(Self {
            held: apart::held_of(db, item.report)?,
            refused: refused(db, item)?,
            form,
            writer: Writer { device: caller.id, officer: caller.officer, role: caller.role },
            granted: granted && !revoked,
            once_held: once_held || revoked,
            unit_exists,
            proven: None,
            stored,
        })
    }

    /// As if the device had the grant: a supervisor admits what was held.
    pub(super) fn with_grant(self) -> Self {
        Self { granted: true, held: BTreeSet::new(), ..self }
    }

    /// With what the item's tokens prove: who shows a valid one once had the report.
    pub(super) fn with_proof(self, proven: Option<Proven>) -> Self {
        let has_proof = proven.as_ref().is_some_and(|proven| !proven.history.is_empty());
        Self { once_held: self.once_held || has_proof, proven, ..self }
    }

    /// The document itself, which costs most.
    pub(super) fn known(&self, db: &Connection) -> Result<Known, ServerError> {
        let mut known = Known { held: self.held.clone(), refused: self.refused.clone(), ..Known::default() };
        if let Some(stored) = &self.stored {
            (known.document, known.history) = document::load(db, stored)?;
        }
        Ok(known)
    }

    pub(super) fn form(&self) -> Option<&'static Form> {
        self.form.map(|form| form.0)
    }

    pub(super) fn standing(&self) -> Standing<'_> {
        Standing {
            writer: self.writer,
            granted: self.granted,
            once_held: self.once_held,
            form: self.form(),
            unit_exists: self.unit_exists,
            proven: self.proven.as_ref(),
        }
    }
}

/// What bars: a supervisor's word stands until he takes it back.
fn refused(db: &Connection, item: &Item) -> Result<BTreeMap<ChangeHash, Remembered>, ServerError> {
    let mut refused = apart::refused_of(db, item.report)?;
    let discarded = held::discarded_of(db, item.report)?;
    refused.extend(discarded.into_iter().map(|hash| (hash, Remembered::Lasting(Refusal::Discarded))));
    Ok(refused)
}

/// The form that a new document's first change names.
fn birth_form(item: &Item) -> Option<(String, u32)> {
    let first = item.changes.iter().find(|change| change.deps().is_empty()).and_then(Node::new)?;
    let at = |key: &str| {
        let place = Key::Map(key.into());
        first.expanded.operations.iter().find(|op| op.obj == ObjectId::Root && op.key == place).map(|op| &op.action)
    };
    match (at("kind")?, at("form")?) {
        (OpType::Put(ScalarValue::Str(kind)), OpType::Put(ScalarValue::Int(form))) => Some((kind.to_string(), u32::try_from(*form).ok()?)),
        _ => None,
    }
}
