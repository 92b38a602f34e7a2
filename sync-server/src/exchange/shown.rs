//! Records that a device shows: what was signed here and the centre does not know any more.

use rusqlite::Transaction;
use sync_core::record::{Record, SignedRecord};
use sync_core::{DeviceId, Timestamp};

use crate::journal::Entry;
use crate::store::grant::{self, Dated};
use crate::store::{device, journal, officer, unit};
use crate::{Server, ServerError};

impl Server {
    /// RECORD_SHOWN: takes over what this centre once signed and does not know any more, and goes into recovery, unless an operator has vouched for all since that was signed. Other records are left alone: they
    /// are known, or nobody here signed them. Gives how many were taken over.
    pub(super) fn take_shown(
        &self,
        db: &Transaction<'_>,
        shown: &[SignedRecord],
        by: DeviceId,
        now: Timestamp,
    ) -> Result<usize, ServerError> {
        if shown.is_empty() {
            return Ok(0);
        }
        let end = self.journal()?.ready(db, &self.store.keys)?;
        let vouched = journal::vouched_until(db)?;
        let (mut told, mut news) = (Vec::new(), false);
        for signed in shown {
            match signed.open(&self.store.keys.working.public()) {
                Some(Record::Grants { officer, decisions, .. }) if officer::find(db, officer)?.is_some() => {
                    let known = grant::of_officer(db, officer)?;
                    let mut newer = false;
                    for (area, decision) in decisions {
                        if known.get(&area).is_some_and(|known| !decision.is_newer_than(known.decision)) || !unit::exists(db, area.unit)? {
                            continue;
                        }
                        // GRANT_CLOCK: the version is the time, unless two decisions were taken in one millisecond.
                        let at = Timestamp::from_unix_ms(decision.version.cast_signed());
                        grant::put(db, officer, area, Dated { decision, at })?;
                        newer = true;
                        news |= at > vouched;
                    }
                    told.extend(newer.then(|| Entry::Decided(signed.clone())));
                }
                Some(Record::Revocation { device, at }) if device::find(db, device)?.is_some_and(|known| known.revoked_at.is_none()) => {
                    device::revoke(db, device, at)?;
                    news |= at > vouched;
                    told.push(Entry::Revoked(signed.clone()));
                }
                // A device that is not known is turned back before anything of it is read.
                Some(Record::Grants { .. } | Record::Revocation { .. } | Record::Enrolment { .. }) | None => {}
            }
        }
        let taken = told.len();
        if taken > 0 {
            // What is older belongs to a loss for which an operator vouched.
            if news && journal::recovery(db)? == 0 {
                told.push(Entry::Recovery(by));
            }
            tracing::warn!(device = %by, taken, "a device showed what the journal does not know");
            self.tell(db, end, told, now)?;
        }
        Ok(taken)
    }
}
