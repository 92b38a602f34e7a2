//! Messages from above: sent by a supervisor's phone, read on every phone of the unit and below it.

use rusqlite::{Connection, OptionalExtension as _};
use serde_json::{Value, json};
use sync_core::form::Form;
use sync_core::{Nrp, ReportId, Timestamp, UnitCode};

use crate::identity::damaged;
use crate::inbox::LISTED;
use crate::views::Author;
use crate::{Decision, Delivery, Device, Error, Reason, identity, ledger, reports};

/// What a supervisor sends down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewMessage {
    /// The title that officers name when they convey it.
    pub title: String,
    /// What is to be conveyed.
    pub text: String,
    /// `naskah`, `atensi`, `jukrah` or `infografis`.
    pub kind: String,
    /// The last day on which it is conveyed, as 2026-11-25; none when it does not end.
    pub expires: Option<String>,
}

/// Which messages a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Messages {
    /// Those that are to be conveyed: neither withdrawn nor expired.
    Valid,
    /// All.
    All,
}

/// A message as this device has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id: what a report on conveying it names.
    pub id: ReportId,
    /// The title.
    pub title: String,
    /// `naskah`, `atensi`, `jukrah` or `infografis`.
    pub kind: String,
    /// What is to be conveyed.
    pub text: String,
    /// To this unit and all below it.
    pub unit: UnitCode,
    /// Who sent it; without a name where the centre has not told it.
    pub author: Author,
    /// When, by the sender's clock: advisory.
    pub sent_at: Timestamp,
    /// The last day on which it is conveyed.
    pub expires: Option<String>,
    /// That day was over in the whole country when the centre was last heard of. This phone's clock is not asked.
    pub expired: bool,
    /// Why it was taken back, which may be empty; none while it was not.
    pub withdrawn: Option<String>,
    /// How far it has come, on the phone that sent it.
    pub delivery: Delivery,
    /// Why it was refused.
    pub refusal: Option<Reason>,
}

impl Message {
    /// As the command line prints it.
    pub fn json(&self) -> Value {
        json!({
            "id": self.id.to_string(), "title": self.title, "kind": self.kind, "text": self.text, "unit": self.unit.to_string(),
            "author": self.author.nrp.map(|nrp| nrp.to_string()), "author_name": self.author.name, "sent_at": self.sent_at.to_string(),
            "expires": self.expires, "expired": self.expired, "withdrawn": self.withdrawn.is_some(), "reason": self.withdrawn,
            "delivery": self.delivery.as_str(), "refusal": self.refusal.as_ref().map(Reason::json),
        })
    }
}

impl Device {
    /// Sends a message to every officer in a unit and below it. Its id means that it is saved for good; it leaves with what is urgent.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] for a role that does not supervise, [`Error::OutsideArea`] for a unit that is not in its own, [`Error::Invalid`].
    pub fn send_message(&self, unit: UnitCode, new: &NewMessage) -> Result<ReportId, Error> {
        let form = Form::message();
        let data = form.tidy(&json!({ "judul": new.title, "teks": new.text, "jenis": new.kind, "berlaku_sampai": new.expires }));
        let id = reports::fresh_report(self.host())?;
        self.write(|db, actors| {
            reports::create(db, self.host(), actors, (id, form, unit), &data)?;
            Ok(id)
        })
    }

    /// Takes a message back: one's own, or one of a unit that one answers for. The reason may be empty. It stays in the store, and leaves the
    /// lists of all who have it.
    ///
    /// # Errors
    /// [`Error::NoSuchReport`], [`Error::NotAllowed`], [`Error::OutsideArea`], [`Error::Withdrawn`].
    pub fn withdraw_message(&self, id: ReportId, reason: &str) -> Result<(), Error> {
        self.message(id)?;
        self.decide(id, &Decision::Withdraw { reason: reason.to_owned() })
    }

    /// One message, whatever became of it.
    ///
    /// # Errors
    /// [`Error::NoSuchReport`].
    pub fn message(&self, id: ReportId) -> Result<Message, Error> {
        let sql = format!("{} WHERE r.broadcast = 1 AND r.id = ?1 AND {}", reports::SUMMARY, reports::VISIBLE);
        let found = self.read(|db| messages(db, &sql, [id.to_bytes()]))?;
        found.into_iter().next().ok_or_else(|| Error::NoSuchReport(id.to_string()))
    }

    /// The messages that came down to this officer's units, and those that he sent; the newest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn messages(&self, which: Messages) -> Result<Vec<Message>, Error> {
        // Why one was withdrawn stands in its document alone: what is not shown is not loaded.
        let wanted = if which == Messages::Valid { "AND r.status <> 'withdrawn'" } else { "" };
        let columns = reports::SUMMARY;
        let sql = format!("{columns} WHERE r.broadcast = 1 AND {LISTED} {wanted} ORDER BY r.recorded_at DESC, r.number DESC");
        let mut all = self.read(|db| messages(db, &sql, []))?;
        all.retain(|one| which == Messages::All || !one.expired);
        Ok(all)
    }
}

/// The rows of a query that begins with the columns of a summary.
fn messages(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<Message>, Error> {
    let heard = identity::last_contact(db)?;
    let mut query = db.prepare_cached(sql)?;
    let mut rows = query.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let one = reports::summary(row)?.ok_or_else(|| damaged("report"))?;
        let data: Value = serde_json::from_str(&row.get::<_, String>(8)?).unwrap_or_default();
        let text = |key: &str| data.get(key).and_then(Value::as_str).map(str::to_owned);
        let expires = text("berlaku_sampai");
        let end = expires.as_deref().and_then(Timestamp::end_of_day);
        let withdrawn = if one.status == "withdrawn" { Some(reason(db, one.id)?) } else { None };
        found.push(Message {
            id: one.id,
            title: text("judul").unwrap_or_default(),
            kind: text("jenis").unwrap_or_default(),
            text: text("teks").unwrap_or_default(),
            unit: one.unit,
            author: Author { nrp: Some(one.author), name: name(db, one.author)? },
            sent_at: one.recorded_at,
            expired: end.zip(heard).is_some_and(|(end, heard)| heard >= end),
            expires,
            withdrawn,
            delivery: one.delivery,
            refusal: one.refusal,
        });
    }
    Ok(found)
}

/// What the newest withdrawal says.
fn reason(db: &Connection, id: ReportId) -> Result<String, Error> {
    let Some(loaded) = ledger::load(db, id)? else { return Ok(String::new()) };
    let withdrawals = loaded.view.decisions.iter().rev().filter(|entry| entry.texts.get("type").is_some_and(|kind| kind == "withdraw"));
    Ok(withdrawals.filter_map(|entry| entry.texts.get("text")).next().cloned().unwrap_or_default())
}

/// An officer's name, as the centre told it with one of his devices.
fn name(db: &Connection, officer: Nrp) -> Result<String, Error> {
    let mut query = db.prepare_cached("SELECT name FROM person WHERE officer = ?1 LIMIT 1")?;
    Ok(query.query_row([officer.number()], |row| row.get(0)).optional()?.unwrap_or_default())
}
