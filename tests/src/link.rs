//! A bad link for real programs: a TCP proxy with the places of `sync_core::sim`.
//!
//! ```
//! use sync_core::sim::{Direction, Profile};
//! use tests::link::{Link, LinkOptions};
//!
//! # fn main() -> std::io::Result<()> {
//! # let server = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
//! let link = Link::start(LinkOptions {
//!     listen: "127.0.0.1:0".to_owned(),
//!     upstream: server.to_string(),
//!     profile: Profile::desa_edge(),
//!     seed: 7,
//! })?;
//! println!("point the program at {}", link.address());
//! link.cut_after_bytes(Direction::Up, 1_000); // the next request dies on the way
//! link.down();
//! link.up();
//! println!("{} bytes up", link.stats().bytes_up);
//! # Ok(())
//! # }
//! ```
//!
//! It ends connections, it does not drop packets: a lost packet is a stall here, and a lookup of a name never fails.

mod blocking;
mod carry;
mod control;
#[cfg(test)]
mod control_tests;
mod effects;
mod flow;
mod http_requests;
mod line;
mod portal;
mod proxies;
mod proxy;
mod stats;
#[cfg(test)]
mod tests;
mod toxic;
mod toxiproxy;

pub use blocking::{Link, LinkOptions};
pub use control::control;
pub use line::Signal;
pub use proxies::{FIRST_LINK, Proxies};
pub use proxy::Proxy;
pub use stats::Stats;
