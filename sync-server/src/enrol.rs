//! Enrolment: a one-time code makes a key a device. Code and device change in one transaction; the same code and key again get the same answer.

mod again;

use rusqlite::Connection;
use sync_core::exchange::{EnrolAnswer, EnrolReply, EnrolRequest, EnrolledBefore, MessageError};
use sync_core::record::{Record, SignedRecord};
use sync_core::{DeviceId, Timestamp, limits};

use crate::journal::Entry;
use crate::store::{code, device, officer};
use crate::{Rejection, Server, ServerError, limits as own_limits};

impl Server {
    /// Answers an enrolment request. `random` becomes the device's id if the code is good.
    ///
    /// # Errors
    /// [`Rejection`] for what is no enrolment request; a wrong code gets a signed answer.
    pub fn enrol(&self, request: &[u8], now: Timestamp, random: [u8; 8]) -> Result<Vec<u8>, Rejection> {
        if request.len() > own_limits::ENROL_BYTES_MAX {
            return Err(MessageError::TooLarge.into());
        }
        if EnrolledBefore::is(request) {
            return self.know_again(request, now);
        }
        let (asked, hash) = EnrolRequest::open(request)?;
        let answer = self.write_and_tell(now, |db, told| self.try_code(db, told, &asked, DeviceId(random), now))?;
        tracing::info!(selector = asked.selector, outcome = outcome(&answer), "enrol");
        let keys = &self.store.keys;
        let reply = EnrolReply { time: now, root: keys.root(), certificate: keys.certificate, answer };
        Ok(reply.seal(&hash, &keys.working))
    }

    fn try_code(
        &self,
        db: &Connection,
        told: &mut Vec<Entry>,
        asked: &EnrolRequest,
        id: DeviceId,
        now: Timestamp,
    ) -> Result<EnrolAnswer, ServerError> {
        let Some(row) = code::find(db, asked.selector)? else { return Ok(EnrolAnswer::Wrong) };
        // Compared in constant time.
        let right = blake3::Hash::from(self.store.keys.secret_hash(asked.selector, asked.secret)) == row.secret_hash;
        if let (true, Some(user)) = (right, row.used_by) {
            let same = device::find(db, user)?.is_some_and(|device| device.key == asked.key);
            let record = device::record(db, user)?.filter(|_| same);
            return Ok(record.map_or(EnrolAnswer::Used, EnrolAnswer::Enrolled));
        }
        if row.tries >= limits::CODE_TRIES_MAX {
            return Ok(EnrolAnswer::Locked);
        }
        if !right {
            code::count_try(db, asked.selector)?;
            return Ok(EnrolAnswer::Wrong);
        }
        if now > row.expires_at {
            return Ok(EnrolAnswer::Expired);
        }
        let person = officer::find(db, row.officer)?.ok_or_else(|| ServerError::Internal("the officer is gone".to_owned()))?;
        let record = Record::Enrolment { device: id, key: asked.key, officer: person.nrp, name: person.name, role: person.role, at: now };
        let signed = SignedRecord::sign(&record, &self.store.keys.working);
        device::insert(db, id, &asked.key, person.nrp, &signed, now)?;
        code::consume(db, asked.selector, id)?;
        told.push(Entry::Enrolled { selector: Some(asked.selector), record: signed.clone() });
        Ok(EnrolAnswer::Enrolled(signed))
    }
}

fn outcome(answer: &EnrolAnswer) -> &'static str {
    match answer {
        EnrolAnswer::Enrolled(_) => "enrolled",
        EnrolAnswer::Wrong => "wrong",
        EnrolAnswer::Used => "used",
        EnrolAnswer::Expired => "expired",
        EnrolAnswer::Locked => "locked",
    }
}
