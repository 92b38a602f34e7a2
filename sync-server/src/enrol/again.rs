//! A device that this centre enrolled and does not know any more: it shows its record, and is known again; confirmed by nobody.

use sync_core::Timestamp;
use sync_core::exchange::{EnrolAnswer, EnrolReply, EnrolledBefore, MessageError};
use sync_core::record::Record;

use crate::journal::Entry;
use crate::store::officer::OfficerRow;
use crate::store::{device, journal, officer};
use crate::{Rejection, Server};

impl Server {
    /// RECORD_SHOWN, for enrolments. What such a device pushes is taken; what it may read, an operator says.
    pub(super) fn know_again(&self, request: &[u8], now: Timestamp) -> Result<Vec<u8>, Rejection> {
        let keys = &self.store.keys;
        let (shown, hash) = EnrolledBefore::open(request, &keys.working.public())?;
        let Record::Enrolment { device: id, key, officer: nrp, name, role, at } = shown.record else { return Err(Rejection::NotAMessage) };
        let same = self.write_and_tell(now, |db, told| {
            if let Some(known) = device::find(db, id)? {
                return Ok(known.key == key);
            }
            let row = OfficerRow { nrp, name, role };
            if officer::insert(db, &row, at)? {
                told.push(Entry::Officer { nrp, role, name: row.name });
            }
            device::insert(db, id, &key, nrp, &shown.signed, at)?;
            told.push(Entry::Shown(shown.signed.clone()));
            journal::doubt(db, id)?;
            if journal::recovery(db)? == 0 && at > journal::vouched_until(db)? {
                told.push(Entry::Recovery(id));
            }
            tracing::warn!(device = %id, "a device that the journal does not know showed its enrolment");
            Ok(true)
        })?;
        if !same {
            return Err(MessageError::Signature.into());
        }
        let answer = EnrolAnswer::Enrolled(shown.signed);
        let reply = EnrolReply { time: now, root: keys.root(), certificate: keys.certificate, answer };
        Ok(reply.seal(&hash, &keys.working))
    }
}
