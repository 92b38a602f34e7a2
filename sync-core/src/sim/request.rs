//! How a request gets to the server, and what it meets on the way.

use super::event::{ExchangeId, Failure, LinkId};
use super::fault::{Accident, Fault};
use super::network::{Exchange, Pending, Sim};
use super::pipe::{Passage, Stream};
use super::portal::PORTAL_PAGE;
use super::profile::Direction;
use super::time::SimTime;
use super::trace::Content;

const ON_THE_WAY_UP: [Fault; 5] = [Fault::Portal, Fault::HalfOpen, Fault::RequestCut, Fault::RequestShort, Fault::RequestTwice];
impl Sim {
    /// A client sends a request now; what becomes of it comes from `next`.
    pub fn send(&mut self, link: LinkId, request: &[u8]) -> ExchangeId {
        let now = self.now;
        let on = self.link_mut(link);
        on.stats.exchanges += 1;
        let planned = on.planned.pop_front();
        let up = on.up;
        let lookup = on.draw(&[Fault::NameNotFound], planned, request.len());
        let leaves_at = now.plus_us(on.round_trip_us().saturating_mul(u64::from(on.connect_round_trips)));
        let answered_at = now.plus_us(on.round_trip_us());
        let gives_up_at = now.plus_ms(on.patience_ms);
        let exchange = self.begin(Exchange {
            link,
            planned,
            gives_up_at,
            up: Stream::default(),
            down: Stream::default(),
            over: false,
            open: 0,
            filed: Vec::new(),
        });
        self.trace.note(now, &format_args!("{link}: {exchange} begins, {}", Content(request)));
        if !up {
            self.met(link, exchange, Fault::NoSignal);
            self.file_for(exchange, now, Pending::Over { exchange, failure: Failure::NoSignal });
        } else if !lookup.is_empty() {
            self.met(link, exchange, Fault::NameNotFound);
            self.file_for(exchange, answered_at, Pending::Over { exchange, failure: Failure::NameNotFound });
        } else {
            self.file_for(exchange, leaves_at, Pending::Leave { exchange, request: request.to_vec() });
            self.file_for(exchange, gives_up_at, Pending::Over { exchange, failure: Failure::TimedOut });
        }
        exchange
    }

    pub(super) fn leave(&mut self, exchange: ExchangeId, mut request: Vec<u8>) {
        let now = self.now;
        let Some(running) = self.running.get_mut(&exchange) else {
            return;
        };
        let (link, planned) = (running.link, running.planned);
        let mut stream = running.up;
        let on = self.link_mut(link);
        let met = on.draw(&ON_THE_WAY_UP, planned, request.len());
        let has = |fault: Fault| met.iter().any(|accident| accident.fault() == fault);
        // Of accidents that exclude each other the first in this order happens; only what happens is counted.
        let halfway_us = on.round_trip_us() / 2;
        if has(Fault::Portal) {
            let there = on.pass(Direction::Up, &mut stream, now, request.len());
            let back = on.pass(Direction::Down, &mut Stream::default(), there.arrives_at, PORTAL_PAGE.len());
            let page = Pending::Reply { exchange, bytes: PORTAL_PAGE.as_bytes().to_vec(), passage: back };
            self.met(link, exchange, Fault::Portal);
            return self.file_for(exchange, back.arrives_at, page);
        }
        if has(Fault::HalfOpen) {
            on.pass(Direction::Up, &mut stream, now, request.len());
            return self.met(link, exchange, Fault::HalfOpen);
        }
        let mut again_ms = None;
        let mut cut = false;
        for accident in &met {
            match accident {
                Accident::RequestCut { at_byte } => {
                    cut = true;
                    request.truncate(*at_byte);
                }
                Accident::RequestShort { at_byte } => request.truncate(*at_byte),
                Accident::RequestTwice { later_ms } => again_ms = Some(*later_ms),
                Accident::NameNotFound
                | Accident::Portal
                | Accident::HalfOpen
                | Accident::ReplyLost
                | Accident::ReplyCut { .. }
                | Accident::ReplyShort { .. }
                | Accident::ReplyTwice { .. }
                | Accident::ReplyLate { .. }
                | Accident::ReplyStale => {}
            }
        }
        let passage = self.link_mut(link).pass(Direction::Up, &mut stream, now, request.len());
        if cut {
            self.met(link, exchange, Fault::RequestCut);
            let failure = Failure::Cut { received: Vec::new() };
            // The client learns of it when the end has travelled back.
            let learns_at = passage.arrives_at.plus_us(halfway_us);
            return self.file_for(exchange, learns_at, Pending::Over { exchange, failure });
        }
        if has(Fault::RequestShort) {
            self.met(link, exchange, Fault::RequestShort);
        }
        if let Some(later_ms) = again_ms {
            self.met(link, exchange, Fault::RequestTwice);
            self.deliver(exchange, passage.arrives_at.plus_ms(later_ms), request.clone(), passage);
        }
        self.deliver(exchange, passage.arrives_at, request, passage);
    }

    fn deliver(&mut self, exchange: ExchangeId, at: SimTime, bytes: Vec<u8>, passage: Passage) {
        if let Some(running) = self.running.get_mut(&exchange) {
            running.open += 1;
        }
        self.file_for(exchange, at, Pending::Request { exchange, bytes, passage });
    }

    pub(super) fn met(&mut self, link: LinkId, exchange: ExchangeId, fault: Fault) {
        self.link_mut(link).stats.count(fault, 1);
        self.trace.note(self.now, &format_args!("{link}: {exchange} meets {fault}"));
    }
}
