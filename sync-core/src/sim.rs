//! Links for tests: a virtual clock, and bad links around any `request bytes → reply bytes`.
//!
//! It knows nothing of what the bytes mean: put your own client and server into it.
//!
//! ```
//! use sync_core::sim::{Accident, Failure, Fault, Profile, Sim};
//!
//! let mut records = Vec::new();
//! let mut server = |request: &[u8], _now| { records.push(request.to_vec()); b"ok".to_vec() };
//! let mut sim = Sim::new(7); // the seed: the same seed gives the same run
//! let phone = sim.add_link(Profile::desa_edge()); // 40 kbit/s up, 100 down, 600 ms there and back
//! sim.plan(phone, Accident::ReplyLost); // or sim.set_faults(phone, Faults::swarm(7))
//! assert_eq!(sim.exchange(phone, b"report", &mut server), Err(Failure::TimedOut));
//! assert_eq!(sim.exchange(phone, b"report", &mut server), Ok(b"ok".to_vec())); // the client tries again
//! assert_eq!(sim.stats(phone).fault(Fault::ReplyLost), 1);
//! assert_eq!(records.len(), 2, "a client that retries needs a server that knows the record again\n{}", sim.trace());
//! ```
//!
//! `exchange` is the short way for one client at a time. With many clients at once use `send`, `next` and `reply`: the
//! events come in the order of the virtual clock, and an hour takes as long as what happens in it.
//!
//! Only decisions: no sockets, no threads, no wall clock, no unordered maps. `sambang-link` shows the same places to real
//! programs over TCP.

mod client;
mod event;
mod fault;
mod faults;
mod happen;
mod link;
mod network;
mod pipe;
mod portal;
mod profile;
mod random;
mod rate;
mod reply;
mod request;
mod schedule;
mod signal;
mod stats;
#[cfg(test)]
mod tests;
mod time;
mod trace;

pub use event::{Event, ExchangeId, Failure, LinkId};
pub use fault::{Accident, Fault};
pub use faults::Faults;
pub use network::{PATIENCE_MS, Sim};
pub use pipe::{Passage, Pipe, SEGMENT_BYTES, Stream};
pub use portal::PORTAL_PAGE;
pub use profile::{Direction, Profile};
pub use random::Random;
pub use rate::BitRate;
pub use schedule::{Schedule, Window};
pub use stats::{Busy, LinkStats};
pub use time::SimTime;
pub use trace::Trace;
