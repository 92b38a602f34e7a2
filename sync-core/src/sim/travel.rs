//! How a request gets to the server and a reply back, and what they meet on the way.

use super::event::{Event, ExchangeId, Failure, LinkId};
use super::fault::{Accident, Fault};
use super::link::length;
use super::network::{Exchange, Key, Pending, Sim};
use super::pipe::{Passage, Stream};
use super::portal::PORTAL_PAGE;
use super::profile::Direction;
use super::time::SimTime;
use super::trace::Content;

const ON_THE_WAY_UP: [Fault; 5] = [
    Fault::Portal,
    Fault::HalfOpen,
    Fault::RequestCut,
    Fault::RequestShort,
    Fault::RequestTwice,
];
const ON_THE_WAY_DOWN: [Fault; 6] = [
    Fault::ReplyLost,
    Fault::ReplyCut,
    Fault::ReplyShort,
    Fault::ReplyTwice,
    Fault::ReplyLate,
    Fault::ReplyStale,
];

impl Sim {
    /// A client sends a request now; what becomes of it comes from `next`.
    pub fn send(&mut self, link: LinkId, request: &[u8]) -> ExchangeId {
        let now = self.now;
        let on = self.link_mut(link);
        on.stats.exchanges += 1;
        let planned = on.planned.pop_front();
        let up = on.up;
        let lookup = on.draw(&[Fault::NameNotFound], planned, request.len());
        let leaves_at = now.plus_us(
            on.round_trip_us()
                .saturating_mul(u64::from(on.connect_round_trips)),
        );
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
        self.trace.note(
            now,
            &format_args!("{link}: {exchange} begins, {}", Content(request)),
        );
        if !up {
            self.met(link, exchange, Fault::NoSignal);
            self.file_for(
                exchange,
                now,
                Pending::Over {
                    exchange,
                    failure: Failure::NoSignal,
                },
            );
        } else if !lookup.is_empty() {
            self.met(link, exchange, Fault::NameNotFound);
            self.file_for(
                exchange,
                answered_at,
                Pending::Over {
                    exchange,
                    failure: Failure::NameNotFound,
                },
            );
        } else {
            self.file_for(
                exchange,
                leaves_at,
                Pending::Leave {
                    exchange,
                    request: request.to_vec(),
                },
            );
            self.file_for(
                exchange,
                gives_up_at,
                Pending::Over {
                    exchange,
                    failure: Failure::TimedOut,
                },
            );
        }
        exchange
    }

    /// The server answers a request that `Event::Request` brought, now. An answer for which no client waits is dropped.
    pub fn reply(&mut self, exchange: ExchangeId, reply: &[u8]) {
        let now = self.now;
        let Some(running) = self.running.get_mut(&exchange) else {
            return;
        };
        running.open = running.open.saturating_sub(1);
        let (link, planned, over, gives_up_at) = (
            running.link,
            running.planned,
            running.over,
            running.gives_up_at,
        );
        let mut stream = running.down;
        self.trace.note(
            now,
            &format_args!("{link}: {exchange} is answered, {}", Content(reply)),
        );
        let met = self
            .link_mut(link)
            .draw(&ON_THE_WAY_DOWN, planned, reply.len());
        let earlier = self.link_mut(link).last_reply.replace(reply.to_vec());
        let mut bytes = reply.to_vec();
        let (mut late_at, mut again_ms, mut cut_at, mut lost) = (None, None, None, false);
        for accident in &met {
            match accident {
                Accident::ReplyLost => lost = true,
                Accident::ReplyCut { at_byte } => cut_at = Some(*at_byte),
                Accident::ReplyShort { at_byte } => bytes.truncate(*at_byte),
                Accident::ReplyTwice { later_ms } => again_ms = Some(*later_ms),
                Accident::ReplyLate { late_ms } => late_at = Some(gives_up_at.plus_ms(*late_ms)),
                Accident::ReplyStale => bytes = earlier.clone().unwrap_or(bytes),
                Accident::NameNotFound
                | Accident::Portal
                | Accident::HalfOpen
                | Accident::RequestCut { .. }
                | Accident::RequestShort { .. }
                | Accident::RequestTwice { .. } => {}
            }
        }
        for accident in met {
            self.met(link, exchange, accident.fault());
        }
        if lost {
            return self.forget(exchange);
        }
        if let Some(late_at) = late_at {
            return self.file_for(exchange, late_at, Pending::LateReply { exchange, bytes });
        }
        if over {
            self.trace.note(
                now,
                &format_args!("{link}: {exchange} has nobody who waits for this answer"),
            );
            return self.forget(exchange);
        }
        if let Some(at_byte) = cut_at {
            bytes.truncate(at_byte);
        }
        let passage = self
            .link_mut(link)
            .pass(Direction::Down, &mut stream, now, bytes.len());
        if let Some(running) = self.running.get_mut(&exchange) {
            running.down = stream;
        }
        if let Some(later_ms) = again_ms {
            let again = Pending::LateReply {
                exchange,
                bytes: bytes.clone(),
            };
            self.file_for(exchange, passage.arrives_at.plus_ms(later_ms), again);
        }
        let arrives = match cut_at {
            Some(_) => Pending::Over {
                exchange,
                failure: Failure::Cut { received: bytes },
            },
            None => Pending::Reply {
                exchange,
                bytes,
                passage,
            },
        };
        self.file_for(exchange, passage.arrives_at, arrives);
    }

    pub(super) fn happen(&mut self, key: Key, pending: Pending) -> Option<Event> {
        match pending {
            Pending::Leave { exchange, request } => {
                self.happened(exchange, key);
                self.leave(exchange, request);
                None
            }
            Pending::Request {
                exchange, bytes, ..
            } => {
                let link = self.happened(exchange, key)?;
                self.link_mut(link).stats.requests += 1;
                self.trace.note(
                    self.now,
                    &format_args!("{link}: {exchange} reaches the server, {}", Content(&bytes)),
                );
                Some(Event::Request {
                    exchange,
                    link,
                    bytes,
                })
            }
            Pending::Reply {
                exchange, bytes, ..
            } => {
                let link = self.happened(exchange, key)?;
                self.end(exchange);
                let on = self.link_mut(link);
                on.stats.replies += 1;
                on.count_down(bytes.len());
                self.trace.note(
                    self.now,
                    &format_args!("{link}: {exchange} ends, {}", Content(&bytes)),
                );
                Some(Event::Reply {
                    exchange,
                    link,
                    bytes,
                })
            }
            Pending::LateReply { exchange, bytes } => {
                let link = self.happened(exchange, key)?;
                self.forget(exchange);
                if !self.link(link).up {
                    return None;
                }
                self.link_mut(link).count_down(bytes.len());
                self.trace.note(
                    self.now,
                    &format_args!("{link}: {exchange}, late: {}", Content(&bytes)),
                );
                Some(Event::LateReply {
                    exchange,
                    link,
                    bytes,
                })
            }
            Pending::Over { exchange, failure } => {
                let link = self.happened(exchange, key)?;
                let dropped = self.end(exchange);
                let arrived = if let Failure::Cut { received } = &failure {
                    received
                } else {
                    &dropped
                };
                self.link_mut(link).count_down(arrived.len());
                self.trace.note(
                    self.now,
                    &format_args!("{link}: {exchange} ends, {failure}"),
                );
                Some(Event::Failed {
                    exchange,
                    link,
                    failure,
                })
            }
            Pending::Change { link } => self.follow_schedule(link),
            Pending::Tell(event) => {
                if let Event::Wake { token } = &event {
                    self.trace.note(self.now, &format_args!("wake {token}"));
                }
                Some(event)
            }
        }
    }

    fn leave(&mut self, exchange: ExchangeId, mut request: Vec<u8>) {
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
            let back = on.pass(
                Direction::Down,
                &mut Stream::default(),
                there.arrives_at,
                PORTAL_PAGE.len(),
            );
            let page = Pending::Reply {
                exchange,
                bytes: PORTAL_PAGE.as_bytes().to_vec(),
                passage: back,
            };
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
        let passage = self
            .link_mut(link)
            .pass(Direction::Up, &mut stream, now, request.len());
        if cut {
            self.met(link, exchange, Fault::RequestCut);
            let failure = Failure::Cut {
                received: Vec::new(),
            };
            // The client learns of it when the end has travelled back.
            let learns_at = passage.arrives_at.plus_us(halfway_us);
            return self.file_for(exchange, learns_at, Pending::Over { exchange, failure });
        }
        if has(Fault::RequestShort) {
            self.met(link, exchange, Fault::RequestShort);
        }
        if let Some(later_ms) = again_ms {
            self.met(link, exchange, Fault::RequestTwice);
            self.deliver(
                exchange,
                passage.arrives_at.plus_ms(later_ms),
                request.clone(),
                passage,
            );
        }
        self.deliver(exchange, passage.arrives_at, request, passage);
    }

    fn deliver(&mut self, exchange: ExchangeId, at: SimTime, bytes: Vec<u8>, passage: Passage) {
        if let Some(running) = self.running.get_mut(&exchange) {
            running.open += 1;
        }
        self.file_for(
            exchange,
            at,
            Pending::Request {
                exchange,
                bytes,
                passage,
            },
        );
    }

    fn met(&mut self, link: LinkId, exchange: ExchangeId, fault: Fault) {
        self.link_mut(link).stats.count(fault, 1);
        self.trace
            .note(self.now, &format_args!("{link}: {exchange} meets {fault}"));
    }

    /// Takes a key off the list of an exchange and tells its link.
    fn happened(&mut self, exchange: ExchangeId, key: Key) -> Option<LinkId> {
        let running = self.running.get_mut(&exchange)?;
        running.filed.retain(|filed| *filed != key);
        Some(running.link)
    }

    /// The exchange is over for the client. Returns what had arrived of a reply that is not complete.
    fn end(&mut self, exchange: ExchangeId) -> Vec<u8> {
        let received = self.hang_up(exchange);
        if let Some(running) = self.running.get_mut(&exchange) {
            running.over = true;
        }
        self.forget(exchange);
        received
    }

    /// What had not left will not, and what was to come to the client will not; what is on its way to the server gets
    /// there. Returns what had arrived of a reply.
    pub(super) fn hang_up(&mut self, exchange: ExchangeId) -> Vec<u8> {
        let now = self.now;
        let Some(running) = self.running.get_mut(&exchange) else {
            return Vec::new();
        };
        let link = running.link;
        let mut received = Vec::new();
        for key in std::mem::take(&mut running.filed) {
            match self.unfile(key) {
                Some(Pending::Request { bytes, passage, .. }) if passage.departs_at > now => {
                    let left = self
                        .link(link)
                        .profile
                        .up_bits_per_s
                        .bytes_in(now.us_since(passage.starts_at));
                    let missing = length(bytes.len()).saturating_sub(left.unwrap_or(u64::MAX));
                    self.link_mut(link).uncount_up(missing);
                    if let Some(running) = self.running.get_mut(&exchange) {
                        running.open = running.open.saturating_sub(1);
                    }
                }
                Some(Pending::Reply {
                    mut bytes, passage, ..
                }) => {
                    let takes_us = passage.departs_at.us_since(passage.starts_at);
                    let first_at_us = passage.arrives_at.us().saturating_sub(takes_us);
                    let since_us = now.us().saturating_sub(first_at_us);
                    let arrived = self
                        .link(link)
                        .profile
                        .down_bits_per_s
                        .bytes_in(since_us)
                        .unwrap_or(0);
                    bytes.truncate(usize::try_from(arrived).unwrap_or(usize::MAX));
                    received = bytes;
                }
                Some(kept @ (Pending::Request { .. } | Pending::LateReply { .. })) => {
                    self.file_for(exchange, key.0, kept);
                }
                Some(
                    Pending::Leave { .. }
                    | Pending::Over { .. }
                    | Pending::Change { .. }
                    | Pending::Tell(_),
                )
                | None => {}
            }
        }
        received
    }

    /// Lets go of an exchange of which nothing is to come.
    fn forget(&mut self, exchange: ExchangeId) {
        if self
            .running
            .get(&exchange)
            .is_some_and(|running| running.over && running.open == 0 && running.filed.is_empty())
        {
            self.running.remove(&exchange);
        }
    }
}
