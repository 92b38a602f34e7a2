//! An officer with a device, and what he does on it. Each save is written into the world's book.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use local_store::{Choice, Correction, Decision, Device, Error, LinkFailure, NewMessage, Portion, Synced};
use serde_json::Value;
use sync_core::sim::{self, LinkId};
use sync_core::{Nrp, ReportId, UnitCode};

use super::book::{Filed, Shelf};
use super::early_detection;
use super::eye::DeviceEye;
use super::host::{Killed, Machine};
use super::tally::Part;
use crate::timeline::What;

/// An officer with a device.
#[derive(Debug)]
pub struct Person {
    /// Who.
    pub nrp: Nrp,
    /// The device. What is saved on it directly, and not by a method of [`Person`], is no promise in the world's book.
    pub device: Device,
    /// Its file.
    pub store: PathBuf,
    pub(super) number: usize,
    pub(super) link: LinkId,
    pub(super) machine: Arc<Machine>,
    pub(super) shelf: Shelf,
}

/// What a call should leave in the store.
enum Leaves {
    OneChange,
    /// One or none.
    OneAtMost,
    /// One, and another for the comments on it.
    Some,
    Nothing,
}

impl Person {
    /// Files an early-detection report.
    pub fn file(&self, kind: &str, unit: &str) -> ReportId {
        self.try_file(kind, unit, &early_detection(u64::from(self.nrp.number()))).expect("a saved report")
    }

    /// Files a report.
    ///
    /// # Errors
    /// Those of [`Device::file`]: nothing was saved then.
    pub fn try_file(&self, kind: &str, unit: &str, data: &Value) -> Result<ReportId, Error> {
        let unit: UnitCode = unit.parse().expect("a unit code");
        let id = self.save(&Leaves::OneChange, |device| device.file(kind, unit, data))?;
        self.filed(id, kind);
        Ok(id)
    }

    pub(super) fn filed(&self, id: ReportId, kind: &str) {
        let mut book = self.shelf.open();
        if book.filed.insert(id, Filed { delivered_ms: None }).is_some() {
            let lane = book.lane(self.number);
            book.breaks(&lane, format!("the id {id} was given twice"));
        }
        book.tally.count("reports filed");
        book.note(self.number, || What::Save { report: short(id), text: kind.to_owned() });
    }

    /// Sets one field.
    pub fn set(&self, id: ReportId, path: &str, value: &str) {
        self.try_set(id, path, value).expect("a saved edit");
    }

    /// Sets one field; a value that stands there already is no save.
    ///
    /// # Errors
    /// Those of [`Device::edit`]: nothing was saved then.
    pub fn try_set(&self, id: ReportId, path: &str, value: &str) -> Result<(), Error> {
        // Judged before the call, or an edit that was dropped would look like one that said nothing new.
        let before = self.shelf.open().with_eye(self.number, |eye| eye.row(id));
        let stands = before.as_ref().and_then(|(data, _)| serde_json::from_str::<Value>(data).ok());
        let same = stands.is_some_and(|data| data.get(path).and_then(Value::as_str) == Some(value));
        let settled = before.is_some_and(|(_, conflicts)| conflicts == 0);
        let leaves = match (same, settled) {
            (true, true) => Leaves::Nothing,
            // Only where this very field is in conflict does the same value settle something.
            (true, false) => Leaves::OneAtMost,
            (false, _) => Leaves::OneChange,
        };
        let fields = [(path.parse().expect("a path"), Value::from(value))];
        self.save(&leaves, |device| device.edit(id, &fields))?;
        self.did("edits", || What::Edit { report: short(id), text: format!("{path} = {value}") });
        Ok(())
    }

    /// Adds a comment.
    ///
    /// # Errors
    /// Those of [`Device::comment`].
    pub fn comment(&self, id: ReportId, text: &str) -> Result<(), Error> {
        self.save(&Leaves::OneChange, |device| device.comment(id, text))?;
        self.did("comments", || What::Edit { report: short(id), text: "comment".to_owned() });
        Ok(())
    }

    /// Decides on a report.
    ///
    /// # Errors
    /// Those of [`Device::decide`].
    pub fn decide(&self, id: ReportId, decision: &Decision) -> Result<(), Error> {
        self.save(&Leaves::OneChange, |device| device.decide(id, decision))?;
        let name = match decision {
            Decision::Withdraw { .. } => "withdraw",
            Decision::Return { .. } => "return",
            Decision::Handle { .. } => "handle",
            Decision::Escalate { .. } => "escalate",
            Decision::HandOver { .. } => "hand over",
            Decision::Reclassify { .. } => "reclassify",
        };
        if matches!(decision, Decision::HandOver { .. } | Decision::Reclassify { .. }) {
            self.shelf.open().moved.insert(id);
        }
        self.did("decisions", || What::Decision { report: short(id), text: name.to_owned() });
        Ok(())
    }

    /// Sends again what was refused of a report.
    pub(crate) fn retry(&self, id: ReportId) {
        if self.save(&Leaves::Nothing, |device| device.retry(id)).is_ok() {
            self.did("refused reports sent again", || What::Edit { report: short(id), text: "retry".to_owned() });
        }
    }

    /// Writes what was refused of a report once more, with another description. What was refused whole becomes a new report.
    pub(crate) fn correct(&self, id: ReportId, data: &Value) {
        let uraian = data.get("uraian").cloned().unwrap_or(Value::Null);
        let correction = Correction { set: vec![("uraian".parse().expect("a path"), uraian)], ..Correction::default() };
        match self.save(&Leaves::Some, |device| device.correct(id, &correction)) {
            Ok(same) if same == id => self.did("reports corrected", || What::Edit { report: short(id), text: "correct".to_owned() }),
            Ok(new) => self.filed(new, "correct"),
            Err(_) => {}
        }
    }

    /// Sends a message to all officers of a unit and below.
    ///
    /// # Errors
    /// Those of [`Device::send_message`]: nothing was saved then.
    pub fn send_message(&self, unit: &str, title: &str) -> Result<ReportId, Error> {
        let unit: UnitCode = unit.parse().expect("a unit code");
        let new = NewMessage { title: title.to_owned(), text: "Giatkan ronda.".to_owned(), kind: "atensi".to_owned(), expires: None };
        let id = self.save(&Leaves::OneChange, |device| device.send_message(unit, &new))?;
        self.did("messages sent", || What::Save { report: short(id), text: "pesan".to_owned() });
        Ok(id)
    }

    /// Takes a message back.
    ///
    /// # Errors
    /// Those of [`Device::withdraw_message`]: nothing was saved then.
    pub fn withdraw_message(&self, id: ReportId) -> Result<(), Error> {
        self.save(&Leaves::OneChange, |device| device.withdraw_message(id, ""))?;
        self.did("messages withdrawn", || What::Decision { report: short(id), text: "withdraw".to_owned() });
        Ok(())
    }

    /// Settles a field that has several values.
    ///
    /// # Errors
    /// Those of [`Device::resolve`].
    pub fn resolve(&self, id: ReportId, path: &str, choice: Choice) -> Result<(), Error> {
        let field = path.parse().expect("a path");
        self.save(&Leaves::OneChange, |device| device.resolve(id, &field, choice))?;
        self.did("edits", || What::Edit { report: short(id), text: format!("{path} settled") });
        Ok(())
    }

    pub(crate) fn link(&self) -> LinkId {
        self.link
    }

    fn did(&self, count: &str, what: impl FnOnce() -> What) {
        let mut book = self.shelf.open();
        book.tally.count(count);
        book.note(self.number, what);
    }

    fn save<T>(&self, leaves: &Leaves, work: impl FnOnce(&Device) -> Result<T, Error>) -> Result<T, Error> {
        let begun = Instant::now();
        let done = catch_unwind(AssertUnwindSafe(|| work(&self.device)));
        let mut book = self.shelf.open();
        book.tally.spent(Part::Device, begun);
        let own = book.look(self.number);
        let lane = book.lane(self.number);
        match done {
            Ok(done) => {
                let right = match (&done, leaves) {
                    (Ok(_), Leaves::OneChange) => own == 1,
                    (Ok(_), Leaves::OneAtMost) => own <= 1,
                    (Ok(_), Leaves::Some) => own == 1 || own == 2,
                    (Ok(_), Leaves::Nothing) | (Err(_), _) => own == 0,
                };
                if !right {
                    let said = done.as_ref().err().map_or("saved", |error| error.code());
                    book.breaks(&lane, format!("I2: {lane} said «{said}» and stored {own} changes"));
                }
                done
            }
            Err(ended) if ended.is::<Killed>() => {
                drop(book);
                std::panic::resume_unwind(ended)
            }
            Err(_) => {
                book.breaks(&lane, format!("I5: {lane} panicked"));
                Err(Error::Storage("a panic".to_owned()))
            }
        }
    }

    /// The next request of so much; it is stored as outstanding before it leaves.
    pub(super) fn begin(&self, exchange: u64, portion: Portion) -> Result<Vec<u8>, Error> {
        let begun = Instant::now();
        let request = catch_unwind(AssertUnwindSafe(|| self.device.request_portion(portion)));
        let mut book = self.shelf.open();
        book.tally.spent(Part::Device, begun);
        let Ok(request) = request else {
            let lane = book.lane(self.number);
            book.breaks(&lane, format!("I5: {lane} panicked at a request"));
            return Err(Error::Storage("a panic".to_owned()));
        };
        let request = request?;
        let begun = Instant::now();
        book.sends(self.number, exchange, request.len());
        book.tally.spent(Part::Oracle, begun);
        Ok(request)
    }

    /// Takes what arrived as a reply.
    pub(super) fn take(&self, reply: &[u8]) -> Result<Synced, Error> {
        self.take_with(|device| device.apply(reply))
    }

    /// Takes the file with the replies to what was carried.
    ///
    /// # Errors
    /// Those of [`Device::take_bundle`].
    pub fn take_file(&self, replies: &[u8]) -> Result<Synced, Error> {
        let mut book = self.shelf.open();
        let last = book.with_eye(self.number, DeviceEye::bundled).pop();
        let outstanding = std::mem::replace(&mut book.store(self.number).outstanding, last.map(|(hash, ..)| hash).unwrap_or_default());
        drop(book);
        let taken = self.take_with(|device| device.take_bundle(replies).map(|taken| taken.synced));
        // What was not taken leaves the request on the link outstanding.
        if taken.is_err() {
            self.shelf.open().store(self.number).outstanding = outstanding;
        }
        taken
    }

    fn take_with(&self, work: impl FnOnce(&Device) -> Result<Synced, Error>) -> Result<Synced, Error> {
        let begun = Instant::now();
        let taken = catch_unwind(AssertUnwindSafe(|| work(&self.device)));
        let status = self.device.status();
        let mut book = self.shelf.open();
        book.tally.spent(Part::Device, begun);
        let lane = book.lane(self.number);
        let Ok(taken) = taken else {
            book.breaks(&lane, format!("I5: {lane} panicked at a reply"));
            return Err(Error::Storage("a panic".to_owned()));
        };
        book.look(self.number);
        let begun = Instant::now();
        match (&taken, status) {
            (Ok(synced), Ok(status)) => book.took(self.number, &status, synced),
            (Err(error), _) => book.refuses(self.number, error),
            (Ok(_), Err(error)) => book.breaks(&lane, format!("{lane} has no status: {error}")),
        }
        book.tally.spent(Part::Oracle, begun);
        taken
    }

    /// Tells the device that no reply came, as a transport does.
    pub(super) fn no_reply(&self, failure: &sim::Failure) {
        let failure = match failure {
            sim::Failure::NoSignal | sim::Failure::NameNotFound => LinkFailure::NotReached,
            sim::Failure::Cut { .. } | sim::Failure::TimedOut => LinkFailure::Cut,
        };
        self.device.no_reply(failure).expect("a store that remembers");
    }

    /// One field as this device shows it.
    pub fn shows(&self, id: ReportId, field: &str) -> Value {
        self.device.show(id).expect("the report").data.get(field).cloned().unwrap_or(Value::Null)
    }

    /// How many reports this device lists.
    pub fn lists(&self) -> usize {
        self.device.list(&local_store::Filter::default()).expect("the list").len()
    }

    /// How many reports this device calls unsent.
    pub fn unsent(&self) -> u64 {
        self.device.status().expect("the status").unsent
    }

    /// The word under a report: `tersimpan`, `antre`, `terkirim`, `ditahan`, `ditolak`.
    pub fn word(&self, id: ReportId) -> &'static str {
        self.device.show(id).expect("the report").summary.delivery.as_str()
    }

    /// A report that this device shows, by a number that may be larger than their count; what stands in it.
    pub(crate) fn pick(&self, number: u64) -> Option<(ReportId, Value)> {
        let mut book = self.shelf.open();
        let count = book.with_eye(self.number, DeviceEye::visible);
        let (id, data) = book.with_eye(self.number, |eye| eye.nth(number % count.max(1)))?;
        Some((id, serde_json::from_str(&data).unwrap_or(Value::Null)))
    }
}

/// Enough of an id to tell reports of one run apart.
fn short(id: ReportId) -> String {
    let text = id.to_string();
    text.chars().skip(24).collect()
}
