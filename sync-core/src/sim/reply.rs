//! How a reply gets back to the client, and what it meets on the way.

use super::event::{ExchangeId, Failure};
use super::fault::{Accident, Fault};
use super::network::{Pending, Sim};
use super::profile::Direction;
use super::trace::Content;

const ON_THE_WAY_DOWN: [Fault; 6] =
    [Fault::ReplyLost, Fault::ReplyCut, Fault::ReplyShort, Fault::ReplyTwice, Fault::ReplyLate, Fault::ReplyStale];

impl Sim {
    /// The server answers a request that `Event::Request` brought, now. An answer for which no client waits is dropped.
    pub fn reply(&mut self, exchange: ExchangeId, reply: &[u8]) {
        let now = self.now;
        let Some(running) = self.running.get_mut(&exchange) else {
            return;
        };
        running.open = running.open.saturating_sub(1);
        let (link, planned, over, gives_up_at) = (running.link, running.planned, running.over, running.gives_up_at);
        let mut stream = running.down;
        self.trace.note(now, &format_args!("{link}: {exchange} is answered, {}", Content(reply)));
        let met = self.link_mut(link).draw(&ON_THE_WAY_DOWN, planned, reply.len());
        let earlier = self.link_mut(link).last_reply.replace(reply.to_vec());
        let (mut late_at, mut again_ms, mut cut_at, mut short_at) = (None, None, None, None);
        let (mut lost, mut stale) = (false, None);
        for accident in &met {
            match accident {
                Accident::ReplyLost => lost = true,
                Accident::ReplyCut { at_byte } => cut_at = Some(*at_byte),
                Accident::ReplyShort { at_byte } => short_at = Some(*at_byte),
                Accident::ReplyTwice { later_ms } => again_ms = Some(*later_ms),
                Accident::ReplyLate { late_ms } => late_at = Some(gives_up_at.plus_ms(*late_ms)),
                Accident::ReplyStale => stale.clone_from(&earlier),
                Accident::NameNotFound
                | Accident::Portal
                | Accident::HalfOpen
                | Accident::RequestCut { .. }
                | Accident::RequestShort { .. }
                | Accident::RequestTwice { .. } => {}
            }
        }
        // Of accidents that exclude each other the first in this order happens; only what happens is counted.
        if over && late_at.is_none() {
            let what = format_args!("{link}: {exchange} has nobody who waits for this answer");
            self.trace.note(now, &what);
            return self.forget(exchange);
        }
        if lost {
            self.met(link, exchange, Fault::ReplyLost);
            return self.forget(exchange);
        }
        if stale.is_some() {
            self.met(link, exchange, Fault::ReplyStale);
        }
        let mut bytes = stale.unwrap_or_else(|| reply.to_vec());
        if let Some(late_at) = late_at {
            self.met(link, exchange, Fault::ReplyLate);
            return self.file_for(exchange, late_at, Pending::LateReply { exchange, bytes });
        }
        if let Some(at_byte) = cut_at {
            self.met(link, exchange, Fault::ReplyCut);
            bytes.truncate(at_byte);
        } else if let Some(at_byte) = short_at {
            self.met(link, exchange, Fault::ReplyShort);
            bytes.truncate(at_byte);
        }
        let passage = self.link_mut(link).pass(Direction::Down, &mut stream, now, bytes.len());
        if let Some(running) = self.running.get_mut(&exchange) {
            running.down = stream;
        }
        if let Some(later_ms) = again_ms.filter(|_| cut_at.is_none()) {
            self.met(link, exchange, Fault::ReplyTwice);
            let again = Pending::LateReply { exchange, bytes: bytes.clone() };
            self.file_for(exchange, passage.arrives_at.plus_ms(later_ms), again);
        }
        let arrives = match cut_at {
            Some(_) => Pending::Over { exchange, failure: Failure::Cut { received: bytes } },
            None => Pending::Reply { exchange, bytes, passage },
        };
        self.file_for(exchange, passage.arrives_at, arrives);
    }
}
