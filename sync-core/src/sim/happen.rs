//! What happens when its moment has come, and how an exchange ends.

use super::event::{Event, ExchangeId, Failure, LinkId};
use super::network::{Key, Pending, Sim};
use super::trace::Content;

impl Sim {
    pub(super) fn happen(&mut self, key: Key, pending: Pending) -> Option<Event> {
        match pending {
            Pending::Leave { exchange, request } => {
                self.happened(exchange, key);
                self.leave(exchange, request);
                None
            }
            Pending::Request { exchange, bytes, .. } => {
                let link = self.happened(exchange, key)?;
                self.link_mut(link).stats.requests += 1;
                self.trace.note(self.now, &format_args!("{link}: {exchange} reaches the server, {}", Content(&bytes)));
                Some(Event::Request { exchange, link, bytes })
            }
            Pending::Reply { exchange, bytes, .. } => {
                let link = self.happened(exchange, key)?;
                self.end(exchange);
                let on = self.link_mut(link);
                on.stats.replies += 1;
                on.count_down(bytes.len());
                self.trace.note(self.now, &format_args!("{link}: {exchange} ends, {}", Content(&bytes)));
                Some(Event::Reply { exchange, link, bytes })
            }
            Pending::LateReply { exchange, bytes } => {
                let link = self.happened(exchange, key)?;
                self.forget(exchange);
                if !self.link(link).up {
                    return None;
                }
                self.link_mut(link).count_down(bytes.len());
                self.trace.note(self.now, &format_args!("{link}: {exchange}, late: {}", Content(&bytes)));
                Some(Event::LateReply { exchange, link, bytes })
            }
            Pending::Over { exchange, failure } => {
                let link = self.happened(exchange, key)?;
                let dropped = self.end(exchange);
                let arrived = if let Failure::Cut { received } = &failure { received } else { &dropped };
                self.link_mut(link).count_down(arrived.len());
                self.trace.note(self.now, &format_args!("{link}: {exchange} ends, {failure}"));
                Some(Event::Failed { exchange, link, failure })
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
        let mut left = false;
        for key in std::mem::take(&mut running.filed) {
            match self.unfile(key) {
                Some(Pending::Request { bytes, passage, .. }) if passage.departs_at > now => {
                    // A second copy of a request shares the passage of the first.
                    if !std::mem::replace(&mut left, true) {
                        self.link_mut(link).take_back_up(passage, now, bytes.len());
                    }
                    if let Some(running) = self.running.get_mut(&exchange) {
                        running.open = running.open.saturating_sub(1);
                    }
                }
                Some(Pending::Reply { mut bytes, passage, .. }) => {
                    let arrived = self.link_mut(link).take_back_down(passage, now);
                    bytes.truncate(usize::try_from(arrived).unwrap_or(usize::MAX));
                    received = bytes;
                }
                Some(kept @ (Pending::Request { .. } | Pending::LateReply { .. })) => {
                    self.file_for(exchange, key.0, kept);
                }
                Some(Pending::Leave { .. } | Pending::Over { .. } | Pending::Change { .. } | Pending::Tell(_)) | None => {}
            }
        }
        let others = self.running.iter().any(|(other, running)| *other != exchange && running.link == link && !running.over);
        if !others {
            self.link_mut(link).rest(now);
        }
        received
    }

    /// Lets go of an exchange of which nothing is to come.
    pub(super) fn forget(&mut self, exchange: ExchangeId) {
        if self.running.get(&exchange).is_some_and(|running| running.over && running.open == 0 && running.filed.is_empty()) {
            self.running.remove(&exchange);
        }
    }
}
