//! One order to a client behind a link: how long until it says that it is done, and what went over the link meanwhile.

use std::path::Path;
use std::time::{Duration, Instant};

use sync_core::sim::{BitRate, Direction, Profile};

use super::system::{Client, Done, Order, Server, System};
use super::texts::{self, Flat};
use crate::link::{Link, LinkOptions, Stats};
use crate::programs::Failure;

/// How often the statistics are looked at until they rest.
const PAUSE: Duration = Duration::from_millis(20);
/// A client that never stops talking is measured up to here.
const REST_MAX: Duration = Duration::from_secs(2);
/// A TCP handshake is a round trip, which a proxy on the same machine cannot show by itself.
const CONNECT_ROUND_TRIPS: u32 = 1;

/// What one order cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    /// From the order to the answer.
    pub seconds: f64,
    /// Payload of TCP, up.
    pub bytes_up: u64,
    /// Payload of TCP, down.
    pub bytes_down: u64,
    /// HTTP requests.
    pub requests: u64,
    /// Connections that were opened.
    pub connections: u64,
    /// How often the client spoke after an answer, or first.
    pub turns: u64,
}

impl Cost {
    /// Both ways.
    pub(super) fn bytes(&self) -> f64 {
        (self.bytes_up + self.bytes_down) as f64
    }

    /// Those of new connections, of handshakes and of requests.
    pub(super) fn round_trips(&self) -> u64 {
        self.connections * u64::from(CONNECT_ROUND_TRIPS) + self.turns
    }

    /// The seconds, as a multiple of what the same connections, round trips and bytes take at least.
    pub(super) fn ratio(&self, profile: &Profile) -> f64 {
        let seconds = |rate: BitRate, bytes| rate.us_for(bytes) as f64 / 1e6;
        let bytes = seconds(profile.rate(Direction::Up), self.bytes_up) + seconds(profile.rate(Direction::Down), self.bytes_down);
        self.seconds / (self.round_trips() as f64 * f64::from(profile.round_trip_ms) / 1_000.0 + bytes)
    }
}

/// A link before a server, and what goes over it while something is done.
#[derive(Debug)]
pub(super) struct Gauge {
    link: Link,
    profile: Profile,
}

impl Gauge {
    /// Until something is measured, the link has no limit.
    ///
    /// # Errors
    /// When the link does not start.
    pub(super) fn before(server: String, profile: &Profile) -> Result<Self, Failure> {
        let options = LinkOptions { listen: "127.0.0.1:0".to_owned(), upstream: server, profile: Profile::unlimited(), seed: 1 };
        let link = Link::start(options)?;
        link.set_connect_round_trips(CONNECT_ROUND_TRIPS);
        Ok(Self { link, profile: profile.clone() })
    }

    /// Host and port at which the server is reached through the link.
    pub(super) fn address(&self) -> String {
        self.link.address().to_string()
    }

    /// What this costs over the link of the bench, with none of the connections from before.
    ///
    /// # Errors
    /// When it is not done.
    pub(super) fn measure<T>(&self, work: impl FnOnce() -> Result<T, Failure>) -> Result<(T, Cost), Failure> {
        self.rest();
        self.link.cut_now();
        self.link.set_profile(self.profile.clone());
        let before = self.rest();
        let begun = Instant::now();
        let done = work()?;
        let seconds = begun.elapsed().as_secs_f64();
        let after = self.rest();
        self.link.set_profile(Profile::unlimited());
        let used = |count: fn(&Stats) -> u64| count(&after) - count(&before);
        let cost = Cost {
            seconds,
            bytes_up: used(|stats| stats.bytes_up),
            bytes_down: used(|stats| stats.bytes_down),
            requests: used(|stats| stats.http_requests),
            connections: used(|stats| stats.connections),
            turns: used(|stats| stats.turns),
        };
        Ok((done, cost))
    }

    /// Waits until the link is quiet: the last byte may be counted a moment after the client has it.
    fn rest(&self) -> Stats {
        let begun = Instant::now();
        let mut last = self.link.stats();
        loop {
            std::thread::sleep(PAUSE);
            let now = self.link.stats();
            if now == last || begun.elapsed() > REST_MAX {
                return now;
            }
            last = now;
        }
    }
}

/// A fresh server of one system with a link before it, and one officer's reports.
pub(super) struct Stage<'a> {
    folder: &'a Path,
    server: Box<dyn Server>,
    gauge: Gauge,
    reports: Vec<Flat>,
    clients: u32,
}

impl std::fmt::Debug for Stage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("folder", &self.folder).field("gauge", &self.gauge).finish_non_exhaustive()
    }
}

impl<'a> Stage<'a> {
    /// Starts the server.
    ///
    /// # Errors
    /// When the server or the link does not start.
    pub(super) fn open(system: &dyn System, folder: &'a Path, profile: &Profile, reports: Vec<Flat>) -> Result<Self, Failure> {
        let units: Vec<String> = texts::units(&reports).into_iter().collect();
        let server = system.serve(&made(folder, "server")?, &units)?;
        let gauge = Gauge::before(server.address(), profile)?;
        Ok(Self { folder, server, gauge, reports, clients: 0 })
    }

    /// The digest of the reports.
    pub(super) fn digest(&self) -> String {
        texts::digest(&self.reports)
    }

    /// A fresh client that has the reports in memory.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn client(&mut self) -> Result<Box<dyn Client>, Failure> {
        self.clients += 1;
        let name = format!("client-{}", self.clients);
        loaded(&mut *self.server, self.folder, (&self.gauge.address(), 1), (&name, &self.reports))
    }

    /// Gives one order over the link of the bench. None: the system has no such thing.
    ///
    /// # Errors
    /// When the order is not done.
    pub(super) fn measure(&self, client: &mut dyn Client, order: &Order) -> Result<Option<Cost>, Failure> {
        let (done, cost) = self.gauge.measure(|| client.order(order))?;
        client.check()?;
        Ok((done == Done::Yes).then_some(cost))
    }
}

/// A fresh client of an officer, in a folder of that name, that has the reports in memory.
///
/// # Errors
/// When it does not start.
pub(super) fn loaded(
    server: &mut dyn Server,
    folder: &Path,
    (address, officer): (&str, u32),
    (name, reports): (&str, &[Flat]),
) -> Result<Box<dyn Client>, Failure> {
    let mut client = server.client(&made(folder, name)?, address, officer)?;
    client.order(&Order::Load { file: texts::write(reports, &folder.join(format!("{name}.ndjson")))? })?;
    Ok(client)
}

/// A new folder.
pub(super) fn made(folder: &Path, name: &str) -> Result<std::path::PathBuf, Failure> {
    let folder = folder.join(name);
    std::fs::create_dir(&folder)?;
    Ok(folder)
}
