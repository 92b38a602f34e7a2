//! What can go wrong with one exchange.

use std::fmt;

/// A kind of accident: what is drawn, and what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The name of the server is not found.
    NameNotFound,
    /// A captive portal answers in place of the server.
    Portal,
    /// The far end is gone and nobody says so: the request goes nowhere, the client waits in vain.
    HalfOpen,
    /// The connection ends within the request: the server never sees it.
    RequestCut,
    /// The server is handed the beginning of the request as if it were all.
    RequestShort,
    /// The request arrives a second time, later.
    RequestTwice,
    /// The server did its work and its reply is lost: the client waits in vain.
    ReplyLost,
    /// The connection ends within the reply.
    ReplyCut,
    /// The client is handed the beginning of the reply as if it were all.
    ReplyShort,
    /// The reply arrives a second time, later.
    ReplyTwice,
    /// The reply arrives when the client has given up.
    ReplyLate,
    /// The reply to an earlier exchange arrives in place of this one's.
    ReplyStale,
    /// A segment was lost and held everything up; comes from the profile, never drawn for an exchange.
    Stall,
    /// The signal went in the middle; comes from the schedule of the profile or from the tester.
    SignalLost,
    /// There was no signal at the start.
    NoSignal,
}

impl Fault {
    /// All of them, in the order in which they are drawn and listed.
    pub const ALL: [Self; 15] = [
        Self::NameNotFound,
        Self::Portal,
        Self::HalfOpen,
        Self::RequestCut,
        Self::RequestShort,
        Self::RequestTwice,
        Self::ReplyLost,
        Self::ReplyCut,
        Self::ReplyShort,
        Self::ReplyTwice,
        Self::ReplyLate,
        Self::ReplyStale,
        Self::Stall,
        Self::SignalLost,
        Self::NoSignal,
    ];

    /// Those that happen to single exchanges by chance or by plan; the others come from the place.
    pub fn drawn() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|fault| !matches!(fault, Self::Stall | Self::SignalLost | Self::NoSignal))
    }

    /// Its name in traces and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NameNotFound => "name_not_found",
            Self::Portal => "portal",
            Self::HalfOpen => "half_open",
            Self::RequestCut => "request_cut",
            Self::RequestShort => "request_short",
            Self::RequestTwice => "request_twice",
            Self::ReplyLost => "reply_lost",
            Self::ReplyCut => "reply_cut",
            Self::ReplyShort => "reply_short",
            Self::ReplyTwice => "reply_twice",
            Self::ReplyLate => "reply_late",
            Self::ReplyStale => "reply_stale",
            Self::Stall => "stall",
            Self::SignalLost => "signal_lost",
            Self::NoSignal => "no_signal",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An accident with its place or its time: what `Sim::plan` takes to make an exchange meet exactly this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accident {
    /// See `Fault::NameNotFound`.
    NameNotFound,
    /// See `Fault::Portal`.
    Portal,
    /// See `Fault::HalfOpen`.
    HalfOpen,
    /// So many bytes of the request arrive, then the connection ends.
    RequestCut {
        /// How many bytes.
        at_byte: usize,
    },
    /// The server is handed so many bytes of the request.
    RequestShort {
        /// How many bytes.
        at_byte: usize,
    },
    /// The request arrives again so much later.
    RequestTwice {
        /// How much later, in milliseconds.
        later_ms: u64,
    },
    /// See `Fault::ReplyLost`.
    ReplyLost,
    /// So many bytes of the reply arrive, then the connection ends.
    ReplyCut {
        /// How many bytes.
        at_byte: usize,
    },
    /// The client is handed so many bytes of the reply.
    ReplyShort {
        /// How many bytes.
        at_byte: usize,
    },
    /// The reply arrives again so much later.
    ReplyTwice {
        /// How much later, in milliseconds.
        later_ms: u64,
    },
    /// The reply arrives so long after the client has given up.
    ReplyLate {
        /// How long after, in milliseconds.
        late_ms: u64,
    },
    /// See `Fault::ReplyStale`; without an earlier reply on the link nothing happens.
    ReplyStale,
}

impl Accident {
    /// Its kind.
    pub const fn fault(self) -> Fault {
        match self {
            Self::NameNotFound => Fault::NameNotFound,
            Self::Portal => Fault::Portal,
            Self::HalfOpen => Fault::HalfOpen,
            Self::RequestCut { .. } => Fault::RequestCut,
            Self::RequestShort { .. } => Fault::RequestShort,
            Self::RequestTwice { .. } => Fault::RequestTwice,
            Self::ReplyLost => Fault::ReplyLost,
            Self::ReplyCut { .. } => Fault::ReplyCut,
            Self::ReplyShort { .. } => Fault::ReplyShort,
            Self::ReplyTwice { .. } => Fault::ReplyTwice,
            Self::ReplyLate { .. } => Fault::ReplyLate,
            Self::ReplyStale => Fault::ReplyStale,
        }
    }
}
