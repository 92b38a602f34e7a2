//! What a simulation tells.

use std::fmt;

/// A link of one simulation; it means nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub(super) usize);

/// One question of a client with all that becomes of it, numbered from 0 in a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(pub(super) u64);

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "link {}", self.0)
    }
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exchange {}", self.0)
    }
}

/// Why a client has no reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// There was no signal to begin with; nothing was sent.
    NoSignal,
    /// The name of the server was not found; nothing was sent.
    NameNotFound,
    /// The connection ended; whether the server saw the request is not known.
    Cut {
        /// What had arrived of the reply.
        received: Vec<u8>,
    },
    /// The client waited as long as it is patient; whether the server saw the request is not known.
    TimedOut,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSignal => f.write_str("no signal"),
            Self::NameNotFound => f.write_str("the name of the server was not found"),
            Self::Cut { received } => write!(f, "the connection ended after {} bytes of the reply", received.len()),
            Self::TimedOut => f.write_str("no reply in time"),
        }
    }
}

impl std::error::Error for Failure {}

/// The next thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Bytes arrived at the server: give them to it, and its answer to `Sim::reply`.
    Request {
        /// Which exchange they belong to; a request that arrives twice has the same one.
        exchange: ExchangeId,
        /// Over which link they came.
        link: LinkId,
        /// The request, or the beginning of it when that was the accident.
        bytes: Vec<u8>,
    },
    /// The client has its answer, and the exchange is over for it.
    Reply {
        /// The exchange.
        exchange: ExchangeId,
        /// The link.
        link: LinkId,
        /// The reply, or what an accident put in its place.
        bytes: Vec<u8>,
    },
    /// The client has no answer, and the exchange is over for it.
    Failed {
        /// The exchange.
        exchange: ExchangeId,
        /// The link.
        link: LinkId,
        /// What the client sees.
        failure: Failure,
    },
    /// A reply arrives when the exchange is over for the client: a second time, or too late.
    LateReply {
        /// The exchange that it belongs to.
        exchange: ExchangeId,
        /// The link.
        link: LinkId,
        /// The reply.
        bytes: Vec<u8>,
    },
    /// The signal of a link came or went.
    Signal {
        /// The link.
        link: LinkId,
        /// Whether there is signal now.
        up: bool,
    },
    /// A moment that was asked for with `Sim::wake_at`.
    Wake {
        /// What was given with it.
        token: u64,
    },
}
