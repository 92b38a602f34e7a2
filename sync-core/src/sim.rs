//! Links for tests: places, signal, bandwidth, delay, loss.

mod pipe;
mod portal;
mod profile;
mod random;
mod rate;
mod schedule;
mod time;

pub use pipe::{Passage, Pipe, SEGMENT_BYTES, Stream};
pub use portal::PORTAL_PAGE;
pub use profile::{Direction, Profile};
pub use random::Random;
pub use rate::BitRate;
pub use schedule::{Schedule, Window};
pub use time::SimTime;
