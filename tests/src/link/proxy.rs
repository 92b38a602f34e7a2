//! One proxy: a door that is open while there is signal, and the line behind it.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sync_core::sim::{Direction, Profile};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep};

use super::carry::{self, at};
use super::line::{Line, Signal};
use super::portal;
use super::stats::Stats;
use super::toxic::Toxic;

const BACKLOG: u32 = 1_024;
const PAUSE: Duration = Duration::from_millis(20);

/// A TCP proxy with the shape of a place, on the tokio runtime that started it; `Link` is the same with a runtime of
/// its own.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    line: Arc<Line>,
    door: Mutex<Option<JoinHandle<()>>>,
}

/// Open, or closed with the address kept: a socket that is bound and does not listen refuses connections.
enum Door {
    Open(TcpListener),
    Closed(Option<TcpSocket>),
}

impl Proxy {
    /// Listens on `listen` (port 0 = a free one) and carries each connection to `upstream`.
    pub async fn start(listen: &str, upstream: &str, profile: Profile, seed: u64) -> io::Result<Self> {
        let (address, listener) = open(listen).await?;
        let line = Arc::new(Line::new(upstream.to_owned(), profile, seed));
        let door = tokio::spawn(keep_door(address, listener, Arc::clone(&line)));
        Ok(Self { address, line, door: Mutex::new(Some(door)) })
    }

    /// The same line behind another door; the connections through this one stay until it is stopped.
    pub(super) async fn moved(&self, listen: &str) -> io::Result<Self> {
        let (address, listener) = open(listen).await?;
        let line = Arc::clone(&self.line);
        let door = tokio::spawn(keep_door(address, listener, Arc::clone(&line)));
        Ok(Self { address, line, door: Mutex::new(Some(door)) })
    }

    /// Where clients connect.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where connections go, as it was given.
    pub fn upstream(&self) -> String {
        self.line.upstream()
    }

    /// Sends new connections to another server.
    pub fn set_upstream(&self, upstream: String) {
        self.line.set_upstream(upstream);
    }

    /// The signal returns, unless the schedule of the profile says that there is none now.
    pub fn up(&self) {
        self.line.want(Signal::Up);
    }

    /// The signal goes: connections are reset, new ones refused, the address is kept.
    pub fn down(&self) {
        self.line.want(Signal::Down);
    }

    /// Not a byte moves from now on, but connections stay and open: what a client sees when the far end is gone.
    pub fn half_open(&self) {
        self.line.want(Signal::HalfOpen);
    }

    /// Connections are reset, and a captive portal answers all new ones.
    pub fn portal(&self) {
        self.line.want(Signal::Portal);
    }

    /// What the place lets through just now.
    pub fn signal(&self) -> Signal {
        self.line.notice().signal
    }

    /// Resets all connections once; new ones are let through.
    pub fn cut_now(&self) {
        self.line.cut_now();
    }

    /// Lets exactly `bytes` more arrive in this direction, over all connections, and then resets all connections, once.
    pub fn cut_after_bytes(&self, direction: Direction, bytes: u64) {
        self.line.cut_after(direction, bytes);
    }

    /// The place as it is set.
    pub fn profile(&self) -> Profile {
        self.line.profile()
    }

    /// Moves to another place: from the next byte on, connections stay; its schedule starts now.
    pub fn set_profile(&self, profile: Profile) {
        self.line.set_profile(profile);
    }

    /// Holds the first byte of each new connection back for so many round trips, in place of the TCP handshake, which
    /// a proxy on the same machine cannot delay. 0 when nothing else is said.
    pub fn set_connect_round_trips(&self, round_trips: u32) {
        self.line.set_connect_round_trips(round_trips);
    }

    /// What went over the link since it started.
    pub fn stats(&self) -> Stats {
        self.line.stats()
    }

    pub(super) fn toxics(&self) -> Vec<Toxic> {
        self.line.toxics()
    }

    pub(super) fn set_toxics(&self, toxics: Vec<Toxic>) {
        self.line.set_toxics(toxics);
    }

    /// Whether the tester wants it to let connections in.
    pub(super) fn is_enabled(&self) -> bool {
        self.line.wanted() != Signal::Down
    }

    /// Whether an address, as it is written, is where this proxy listens; port 0 is another one each time.
    pub(super) async fn listens_on(&self, listen: &str) -> bool {
        addresses(listen).await.is_ok_and(|addresses| addresses.contains(&self.address))
    }

    /// Ends all connections and frees the address.
    pub async fn stop(&self) {
        let door = self.door.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(door) = door {
            door.abort();
            // The task was aborted just now: an error says that and nothing else.
            drop(door.await);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(door) = self.door.lock().unwrap_or_else(PoisonError::into_inner).take() {
            door.abort();
        }
    }
}

async fn addresses(listen: &str) -> io::Result<Vec<SocketAddr>> {
    let listen = match listen {
        "" => "127.0.0.1:0".to_owned(),
        port if port.starts_with(':') => format!("0.0.0.0{port}"),
        other => other.to_owned(),
    };
    let mut addresses: Vec<SocketAddr> = tokio::net::lookup_host(listen).await?.collect();
    // `localhost` is the older address where there are both, as programs that write 127.0.0.1 expect.
    addresses.sort_by_key(SocketAddr::is_ipv6);
    Ok(addresses)
}

async fn open(listen: &str) -> io::Result<(SocketAddr, TcpListener)> {
    let mut found = Err(io::Error::from(io::ErrorKind::AddrNotAvailable));
    for address in addresses(listen).await? {
        found = bound(address).and_then(|socket| Ok((socket.local_addr()?, socket.listen(BACKLOG)?)));
        if found.is_ok() {
            break;
        }
    }
    found
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Connections that ended lately must not keep the door shut.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn keep_door(address: SocketAddr, listener: TcpListener, line: Arc<Line>) {
    let mut notices = line.notices();
    let mut door = Door::Open(listener);
    // The connections end with this task.
    let mut connections = JoinSet::new();
    loop {
        let schedule = line.follow_schedule();
        let open = line.notice().signal != Signal::Down;
        door = door.turn(open, address);
        // Somebody else may have the address for a moment, or this program too many files: then again, but not at once.
        let soon = Instant::now() + PAUSE;
        let again = match &door {
            Door::Closed(_) if open => Some(schedule.map_or(soon, |schedule| schedule.min(soon))),
            Door::Open(_) | Door::Closed(_) => schedule,
        };
        tokio::select! {
            changed = notices.changed() => if changed.is_err() { return },
            () = at(again) => {}
            Some(_) = connections.join_next() => {}
            accepted = door.accept() => match accepted {
                Ok(client) => {
                    let line = Arc::clone(&line);
                    connections.spawn(async move { admit(&line, client).await });
                }
                Err(_) => sleep(PAUSE).await,
            },
        }
    }
}

async fn admit(line: &Line, client: TcpStream) {
    match line.notice().signal {
        Signal::Up | Signal::HalfOpen => carry::carry(line, client).await,
        // A client that goes away from the portal has had no use of it; there is nothing to do about it.
        Signal::Portal => portal::answer(client).await.unwrap_or_default(),
        // It came in while the door was closing.
        Signal::Down => {
            line.count(|stats| stats.refused += 1);
            drop(client.set_zero_linger());
        }
    }
}

impl Door {
    /// Opens or closes the door. When the address cannot be had just now, the door stays closed for now.
    fn turn(self, open: bool, address: SocketAddr) -> Self {
        match (self, open) {
            (Self::Closed(socket), true) => {
                socket.map_or_else(|| bound(address), Ok).and_then(|socket| socket.listen(BACKLOG)).map_or(Self::Closed(None), Self::Open)
            }
            (Self::Open(listener), false) => {
                drop(listener);
                Self::Closed(bound(address).ok())
            }
            (same @ Self::Open(_), true) | (same @ Self::Closed(_), false) => same,
        }
    }

    async fn accept(&self) -> io::Result<TcpStream> {
        match self {
            Self::Open(listener) => listener.accept().await.map(|(client, _)| client),
            Self::Closed(_) => std::future::pending().await,
        }
    }
}
