//! The outbox of the facade: what has not been delivered, and what is done about what was refused.

use serde_json::Value;
use sync_core::ReportId;

use super::{Device, Filter, REPORTS, draft_report};
use crate::failure::{self, Which};
use crate::inbox::LISTED;
use crate::{Correction, Delivery, Error, Failure, Summary, drafts, inbox, reports};

impl Device {
    /// What has not been delivered: saved, queued, held and refused reports and messages, oldest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn outbox(&self) -> Result<Vec<Summary>, Error> {
        let mut waiting = self.list(&Filter::default())?;
        let sent = format!("{} WHERE {LISTED} AND NOT {REPORTS}", reports::SUMMARY);
        waiting.extend(self.read(|db| reports::summaries(db, &sent, []))?);
        waiting.retain(|one| !matches!(one.delivery, Delivery::Draft | Delivery::Delivered));
        waiting.sort_by_key(|one| (one.recorded_at, one.id));
        Ok(waiting)
    }

    /// What was refused of a report, why, and what its writer wanted.
    ///
    /// # Errors
    /// [`Error::NothingRefused`], [`Error::NoSuchReport`].
    pub fn failure(&self, id: ReportId) -> Result<Failure, Error> {
        self.read(|db| failure::failure(db, id, Which::Open))
    }

    /// Sends what was refused of a report again with the next request, also what was put aside: once a grant was given, or the centre updated.
    /// The centre judges it anew; what can never be accepted is refused again at once.
    ///
    /// # Errors
    /// [`Error::NothingRefused`]; [`Error::NotAllowed`] where only a correction helps.
    pub fn retry(&self, id: ReportId) -> Result<(), Error> {
        self.write(|db, actors| inbox::retry(db, actors, id))
    }

    /// Writes what was refused once more, with these corrections. Gives the report that has the values now: the same, or a new one where the
    /// centre has nothing of the old.
    ///
    /// # Errors
    /// [`Error::NothingRefused`], [`Error::Invalid`], [`Error::NotAllowed`], [`Error::OutsideArea`], …: everything stays as it was then.
    pub fn correct(&self, id: ReportId, correction: &Correction) -> Result<ReportId, Error> {
        self.write(|db, actors| inbox::correct(db, &*self.host, actors, id, correction))
    }

    /// Puts what was refused of a report aside: it leaves list and outbox, nothing is deleted, [`Device::retry`] takes it back. `seen` is
    /// [`Failure::changes`] as the officer saw it.
    ///
    /// # Errors
    /// [`Error::NothingRefused`]; [`Error::NotConfirmed`] when something was refused since.
    pub fn discard(&self, id: ReportId, seen: usize) -> Result<(), Error> {
        self.write(|db, _| inbox::discard(db, id, seen))
    }

    /// A report with everything of it that the centre has not, as JSON: to read, to pass on, byte for byte. Also of what was put aside.
    ///
    /// # Errors
    /// [`Error::NoSuchReport`].
    pub fn export(&self, id: ReportId) -> Result<Value, Error> {
        self.read(|db| match drafts::find(db, id)? {
            Some(draft) => Ok(draft_report(db, &draft)?.json()),
            None => failure::export(db, id, &reports::show(db, id)?),
        })
    }
}
