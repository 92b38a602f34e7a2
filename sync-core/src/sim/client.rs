//! The short way: one client at a time, which waits for its reply.

use super::event::{Event, Failure, LinkId};
use super::network::Sim;
use super::time::SimTime;

impl Sim {
    /// Sends a request and lets time pass until the client has a reply or knows that there is none.
    ///
    /// `server` answers every request that arrives meanwhile, whosever it is. Replies to others and wakes that come
    /// meanwhile are not lost: `next` tells them afterwards. Changes of signal are not told: ask `has_signal`.
    pub fn exchange(
        &mut self,
        link: LinkId,
        request: &[u8],
        mut server: impl FnMut(&[u8], SimTime) -> Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        self.serve_missed(&mut server);
        let mine = self.send(link, request);
        while let Some(event) = self.step(None) {
            match event {
                Event::Request { exchange, bytes, .. } => {
                    let reply = server(&bytes, self.now());
                    self.reply(exchange, &reply);
                }
                Event::Reply { exchange, bytes, .. } if exchange == mine => return Ok(bytes),
                Event::Failed { exchange, failure, .. } if exchange == mine => return Err(failure),
                Event::Signal { .. } => {}
                Event::Reply { .. } | Event::Failed { .. } | Event::LateReply { .. } | Event::Wake { .. } => {
                    self.missed.push_back(event);
                }
            }
        }
        // Patience is in the queue as long as the exchange is not over, so this is not reached.
        Err(Failure::TimedOut)
    }

    /// Lets so much time pass. Requests that arrive meanwhile are served by the next `exchange` or `settle`.
    pub fn wait_ms(&mut self, ms: u64) {
        let until = self.now().plus_ms(ms);
        while let Some(event) = self.step(Some(until)) {
            self.miss(event);
        }
        self.now = self.now.max(until);
    }

    /// Lets time pass until a link has signal; false when it will never have any again.
    pub fn wait_for_signal(&mut self, link: LinkId) -> bool {
        while !self.has_signal(link) {
            let Some(event) = self.step(None) else {
                return false;
            };
            self.miss(event);
        }
        true
    }

    /// Lets all that is under way arrive: second copies and late replies too, however late they are.
    pub fn settle(&mut self, mut server: impl FnMut(&[u8], SimTime) -> Vec<u8>) {
        self.serve_missed(&mut server);
        while !self.nothing_to_come()
            && let Some(event) = self.step(None)
        {
            self.miss(event);
            self.serve_missed(&mut server);
        }
    }

    fn miss(&mut self, event: Event) {
        if !matches!(event, Event::Signal { .. }) {
            self.missed.push_back(event);
        }
    }

    fn serve_missed(&mut self, server: &mut impl FnMut(&[u8], SimTime) -> Vec<u8>) {
        for event in std::mem::take(&mut self.missed) {
            if let Event::Request { exchange, bytes, .. } = event {
                let reply = server(&bytes, self.now());
                self.reply(exchange, &reply);
            } else {
                self.missed.push_back(event);
            }
        }
    }
}
