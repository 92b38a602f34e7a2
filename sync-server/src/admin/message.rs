//! What became of a message that went down.

use serde::Serialize;
use sync_core::document::{Status, view};
use sync_core::{Nrp, ReportId, UnitCode};

use crate::store::{broadcast, document, form};
use crate::{Server, ServerError};

/// A message, with every officer to whom it is addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageStatus {
    /// Its id.
    pub id: ReportId,
    /// Its title.
    pub title: String,
    /// The unit at which it was sent: to it and all below.
    pub unit: UnitCode,
    /// Who sent it.
    pub author: Nrp,
    /// True when it was taken back.
    pub withdrawn: bool,
    /// Every officer but the author who has a grant now in the unit or below it, by NRP.
    pub officers: Vec<Reached>,
}

/// How far a message came with one officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// His number.
    pub nrp: String,
    /// His name.
    pub name: String,
    /// What he is.
    pub role: &'static str,
    /// A device of his has shown that it has the message.
    pub received: bool,
    /// His reports that name it.
    pub conveyed: Vec<String>,
    /// False when he neither has it, as far as the centre can know, nor conveyed it.
    pub reached: bool,
    /// When a device of his was last heard of; none for never.
    pub last_contact: Option<String>,
}

impl Server {
    /// Who has a message, who conveyed it, and who was not reached.
    ///
    /// # Errors
    /// [`ServerError::UnknownMessage`].
    pub fn message_status(&self, id: ReportId) -> Result<MessageStatus, ServerError> {
        self.store.read(|db| {
            let unknown = || ServerError::UnknownMessage(id.to_string());
            let row = document::find(db, id)?.ok_or_else(unknown)?;
            let form = form::find(db, &row.kind, row.form)?.filter(|form| form.is_broadcast()).ok_or_else(unknown)?;
            let (loaded, history) = document::load(db, &row)?;
            let seen = view(&loaded, &history, Some(form)).ok_or_else(|| ServerError::Damaged(format!("pesan/message {id}")))?;
            let mut conveyed = broadcast::conveyed(db, id)?;
            let reached = |one: broadcast::Addressee| {
                let conveyed = conveyed.remove(&one.officer).unwrap_or_default();
                Reached {
                    nrp: one.officer.to_string(),
                    name: one.name,
                    role: one.role.as_str(),
                    received: one.received,
                    reached: one.received || !conveyed.is_empty(),
                    conveyed: conveyed.iter().map(ReportId::to_string).collect(),
                    last_contact: one.last_contact.map(|at| at.to_string()),
                }
            };
            Ok(MessageStatus {
                id,
                title: seen.data.get("judul").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
                unit: row.place.unit,
                author: row.author,
                withdrawn: seen.status() == Status::Withdrawn,
                officers: broadcast::addressees(db, id, row.place.unit, row.author)?.into_iter().map(reached).collect(),
            })
        })
    }
}
