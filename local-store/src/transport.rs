//! The device over HTTPS: enrol, and exchange within a budget. The bytes are made and taken by `request` and `apply`.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use sync_core::exchange::EnrolledBefore;
use sync_core::limits;
use sync_core::scheduler::{LinkFailure, Portion};

use crate::batches::{self, Way};
use crate::http::{Http, Lost};
use crate::views::Synced;
use crate::{Device, Error, identity};

/// Exchanges in a row that bring nothing: what is left waits for something else.
const IDLE_EXCHANGES_MAX: u32 = 3;

/// What one call may use; nothing said is no limit. An exchange that has begun is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Budget {
    /// Requests.
    pub requests: Option<u64>,
    /// Bytes, both ways, without HTTP.
    pub bytes: Option<u64>,
    /// Time, after which no further exchange begins.
    pub time: Option<Duration>,
}

impl Budget {
    /// One request and its reply.
    pub const ONE_REQUEST: Self = Self { requests: Some(1), bytes: None, time: None };

    /// What the next request may carry; none when the budget is used up.
    fn portion(self, used: &Synced, since: Instant) -> Option<u64> {
        let requests = self.requests.is_none_or(|most| used.requests < most);
        let time = self.time.is_none_or(|most| since.elapsed() < most);
        let left = self.bytes.map_or(limits::EXCHANGE_BYTES_MAX, |most| most.saturating_sub(used.bytes_up + used.bytes_down));
        (requests && time && left > 0).then_some(left)
    }
}

/// The connection to the centre, kept between exchanges.
#[derive(Debug, Default)]
pub(crate) struct Transport(Option<(String, String, Http)>);

impl Transport {
    fn to(&mut self, server: &str, ca: &str) -> Result<&Http, Error> {
        if self.0.as_ref().is_none_or(|(to, by, _)| (to.as_str(), by.as_str()) != (server, ca)) {
            self.0 = Some((server.to_owned(), ca.to_owned(), Http::new(server, ca)?));
        }
        self.0.as_ref().map(|(_, _, http)| http).ok_or(Error::NotEnrolled)
    }
}

impl Device {
    /// Makes this store the officer's for whom the operator drew the code. Once in its life; [`Status::nrp`](crate::Status::nrp) says whether it is.
    /// `server` is the whole address, as `https://pusat.example`; `ca` the PEM text of the server's own authority, or empty.
    ///
    /// # Errors
    /// [`Error::AlreadyEnrolled`], [`Error::BadAddress`]; why the code was not taken, or why the server was not reached; it may simply be tried again.
    pub fn enrol(&self, server: &str, code: &str, ca: &str) -> Result<(), Error> {
        let request = self.enrolment_request(code)?;
        let reply = Http::new(server, ca)?.post("/v1/enrol", request, 0).map_err(|lost| lost.error)?;
        self.apply_enrolment(code, &reply, server, ca)
    }

    /// The bytes that make a centre know this device again which answered *unknown-device*, because it went back to before the enrolment: for hosts
    /// that carry them themselves, to where enrolments go. What is answered may be left unread.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`].
    pub fn enrolled_before(&self) -> Result<Vec<u8>, Error> {
        self.read(|db| {
            let own = identity::enrolled(db)?;
            Ok(EnrolledBefore::seal(&identity::enrolment_record(db, &own)?, &identity::key(db)?))
        })
    }

    /// Exchanges until nothing is left on either side, or the budget is used up. For hosts that schedule themselves; [`crate::Runner`] does it for
    /// those that do not. Safe to kill at any moment: what was received is stored, what was not is asked for again.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), local_store::Error> {
    /// use local_store::{Budget, Device};
    /// let device = Device::open("officer.sambang")?;
    /// // A job of the phone's system that has half a minute:
    /// let synced = device.sync_once(&Budget { time: Some(std::time::Duration::from_secs(25)), ..Budget::default() })?;
    /// println!("{}", if synced.complete { "complete" } else { "the rest comes with the next job" });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::NotTheServer`], [`Error::Busy`], …: nothing is lost, and what earlier exchanges brought is kept.
    pub fn sync_once(&self, budget: &Budget) -> Result<Synced, Error> {
        let mut transport = self.transport.lock().unwrap_or_else(PoisonError::into_inner);
        let (begun, mut total, mut idle) = (Instant::now(), Synced::default(), 0);
        while !total.complete && idle < IDLE_EXCHANGES_MAX {
            let Some(bytes_max) = budget.portion(&total, begun) else { break };
            let one = self.exchange(&mut transport, Portion { bytes_max, urgent_only: false })?;
            idle = if one.moved() { 0 } else { idle + 1 };
            total = total.and(&one);
        }
        Ok(total)
    }

    /// [`Device::sync_once`] without a limit.
    ///
    /// # Errors
    /// As [`Device::sync_once`].
    pub fn sync(&self) -> Result<Synced, Error> {
        self.sync_once(&Budget::default())
    }

    /// One exchange of what the scheduler allows.
    pub(crate) fn attempt(&self, portion: Portion) -> Result<Synced, Error> {
        let mut transport = self.transport.lock().unwrap_or_else(PoisonError::into_inner);
        self.exchange(&mut transport, portion)
    }

    fn exchange(&self, transport: &mut Transport, portion: Portion) -> Result<Synced, Error> {
        let (own, known) = self.read(|db| Ok((identity::enrolled(db)?, identity::last_contact(db)?)))?;
        let http = transport.to(&own.server, &own.ca).inspect_err(|_| drop(self.no_reply(LinkFailure::NotReached)))?;
        http.know(known);
        let request = self.request_portion(portion)?;
        let (bytes_up, asked) = (request.len() as u64, self.read(|db| batches::next(db, Way::Down))?);
        match http.post("/v1/sync", request, asked) {
            Ok(reply) => {
                let synced = self.apply(&reply).inspect_err(|_| drop(self.no_reply(LinkFailure::NoReply)))?;
                Ok(Synced { requests: 1, bytes_up, ..synced })
            }
            Err(Lost { error, failure }) => {
                // Nothing of a connection that failed is used again.
                transport.0 = None;
                self.no_reply(failure)?;
                // Nobody signed that: it costs one more request, and nothing is believed.
                let forgotten = matches!(&error, Error::Rejected(code) if code == "unknown-device");
                if forgotten && transport.to(&own.server, &own.ca)?.post("/v1/enrol", self.enrolled_before()?, 0).is_ok() {
                    return Ok(Synced { requests: 2, bytes_up, ..Synced::default() });
                }
                Err(error)
            }
        }
    }
}
