//! Enrolment from the device's side.

use rusqlite::Connection;
use sync_core::exchange::{EnrolAnswer, EnrolReply, EnrolRequest, EnrolmentCode};
use sync_core::record::Record;

use crate::{Error, identity};

/// The request for a code by this store's key, and the hash that the reply must answer. The key was made with the store, so that a lost reply
/// costs nothing: the same key and code get the same answer.
pub(crate) fn request(db: &Connection, code: &str) -> Result<(Vec<u8>, [u8; 32], EnrolmentCode), Error> {
    if identity::enrolment(db)?.is_some() {
        return Err(Error::AlreadyEnrolled);
    }
    let code: EnrolmentCode = code.parse().map_err(|_| Error::CodeMistyped)?;
    let (bytes, hash) = EnrolRequest::seal(&code, &identity::key(db)?);
    Ok((bytes, hash, code))
}

/// Takes the reply: pins the root key that the code names, keeps the signed enrolment.
pub(crate) fn apply(db: &Connection, bytes: &[u8], hash: &[u8; 32], code: &EnrolmentCode, server: (&str, &str)) -> Result<(), Error> {
    let reply = EnrolReply::open(bytes, hash, code).map_err(|error| Error::NotTheServer(error.to_string()))?;
    let signed = match reply.answer {
        EnrolAnswer::Enrolled(signed) => signed,
        EnrolAnswer::Wrong => return Err(Error::CodeWrong),
        EnrolAnswer::Used => return Err(Error::CodeUsed),
        EnrolAnswer::Expired => return Err(Error::CodeExpired),
        EnrolAnswer::Locked => return Err(Error::CodeLocked),
    };
    // The first signed time: certificates are judged by it (tls.rs).
    db.execute("UPDATE device SET last_contact = MAX(last_contact, ?1)", [reply.time.unix_ms()])?;
    let record = signed.open(&reply.certificate.working);
    let own = identity::key(db)?.public();
    match record {
        Some(record @ Record::Enrolment { key, .. }) if key == own => {
            identity::store_enrolment(db, &record, &signed, server, reply.root, reply.certificate)
        }
        Some(_) | None => Err(Error::NotTheServer("the enrolment is not this device's".to_owned())),
    }
}
