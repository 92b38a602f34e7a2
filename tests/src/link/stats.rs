//! What went over a link.

use serde::Serialize;
use sync_core::sim::Direction;

/// Counters of one link since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Stats {
    /// Payload bytes that reached the server.
    pub bytes_up: u64,
    /// Payload bytes that reached the client.
    pub bytes_down: u64,
    /// Connections that were let through.
    pub connections: u64,
    /// Connections that ended at once because there was no signal or no server.
    pub refused: u64,
    /// Connections that the link ended before both sides had finished.
    pub cut: u64,
    /// HTTP/1 requests whose head went up; 0 under TLS, which hides them.
    pub http_requests: u64,
    /// How often a client spoke first or again after an answer: round trips, handshakes of TLS included.
    pub turns: u64,
    /// Losses, each of which held its connection up.
    pub stalls: u64,
    /// Time in which bytes were on their way, in milliseconds; two transfers at once count once.
    pub transfer_ms: u64,
}

impl Stats {
    /// Time in which bytes were on their way, in seconds.
    pub fn transfer_seconds(&self) -> f64 {
        std::time::Duration::from_millis(self.transfer_ms).as_secs_f64()
    }

    pub(super) const fn add_bytes(&mut self, direction: Direction, bytes: u64) {
        match direction {
            Direction::Up => self.bytes_up += bytes,
            Direction::Down => self.bytes_down += bytes,
        }
    }
}
