//! The kinds of things that happen in a run.

use std::fmt;

use serde::Serialize;

/// What happened. Exchanges are numbered by whoever runs the world, each request with all that becomes of it; lanes are named with the note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// A device saved a new report.
    Save {
        /// Its id, or enough of it.
        report: String,
        /// A few words.
        text: String,
    },
    /// A device changed a report.
    Edit {
        /// Its id, or enough of it.
        report: String,
        /// A few words: which field, what it says now.
        text: String,
    },
    /// A supervisor decided on a report.
    Decision {
        /// Its id, or enough of it.
        report: String,
        /// What was decided.
        text: String,
    },
    /// A device sent a request.
    RequestSent {
        /// Its exchange.
        exchange: u64,
        /// Its length.
        bytes: usize,
        /// How many items it pushes.
        items: usize,
    },
    /// The request reached the centre, which worked on it; noted in the centre's lane, each time that it comes.
    RequestArrived {
        /// Its exchange.
        exchange: u64,
    },
    /// The centre gave its reply; noted in the centre's lane.
    ReplySent {
        /// Its exchange.
        exchange: u64,
        /// Its length.
        bytes: usize,
    },
    /// A device stored what a reply says.
    ReplyApplied {
        /// Its exchange.
        exchange: u64,
        /// How many of its items were receipted.
        receipts: usize,
        /// How many documents came down.
        received: usize,
    },
    /// A device knows that no reply comes, or refuses what came.
    NoReply {
        /// Its exchange.
        exchange: u64,
        /// What it saw.
        text: String,
    },
    /// An accident of the link, or another that was drawn.
    Fault {
        /// The exchange that it hit.
        #[serde(skip_serializing_if = "Option::is_none")]
        exchange: Option<u64>,
        /// As `sync_core::sim::Fault` names it.
        name: String,
    },
    /// The program of this lane was killed.
    Killed,
    /// It runs again.
    Reopened,
    /// Its store went back to an earlier copy.
    Restored,
    /// Its store was copied to another device.
    Cloned {
        /// The lane of the copy.
        to: String,
    },
    /// Its clock was set.
    ClockJump {
        /// By so much, back when negative.
        by_ms: i64,
    },
    /// The officer was given a unit.
    GrantBegan {
        /// Which.
        unit: String,
    },
    /// A unit was taken from the officer.
    GrantEnded {
        /// Which.
        unit: String,
    },
    /// The signal came or went.
    Signal {
        /// Whether there is signal now.
        up: bool,
    },
    /// Anything else that a reader wants to know.
    Note {
        /// A few words.
        text: String,
    },
    /// A promise was broken.
    Failure {
        /// Which, and by what.
        text: String,
    },
}

impl What {
    /// The exchange that it belongs to.
    pub fn exchange(&self) -> Option<u64> {
        match self {
            Self::RequestSent { exchange, .. }
            | Self::RequestArrived { exchange }
            | Self::ReplySent { exchange, .. }
            | Self::ReplyApplied { exchange, .. }
            | Self::NoReply { exchange, .. } => Some(*exchange),
            Self::Fault { exchange, .. } => *exchange,
            _ => None,
        }
    }
}

/// The words beside its symbol.
impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Save { report, text } | Self::Edit { report, text } | Self::Decision { report, text } => write!(f, "{report} {text}"),
            Self::RequestSent { exchange, bytes, items: 0 } => write!(f, "#{exchange} {}", Bytes(*bytes)),
            Self::RequestSent { exchange, bytes, items } => write!(f, "#{exchange} {} · {items} up", Bytes(*bytes)),
            Self::RequestArrived { exchange } => write!(f, "#{exchange}"),
            Self::ReplySent { exchange, bytes } => write!(f, "#{exchange} {}", Bytes(*bytes)),
            Self::ReplyApplied { exchange, receipts, received } => {
                write!(f, "#{exchange}")?;
                // What is nothing is not told.
                for (count, word) in [(receipts, "receipted"), (received, "down")] {
                    if *count > 0 {
                        write!(f, " · {count} {word}")?;
                    }
                }
                Ok(())
            }
            Self::NoReply { exchange, text } => write!(f, "#{exchange} {text}"),
            Self::Fault { exchange: Some(exchange), name } => write!(f, "#{exchange} {name}"),
            Self::Fault { exchange: None, name } => f.write_str(name),
            Self::Killed => f.write_str("killed"),
            Self::Reopened => f.write_str("runs again"),
            Self::Restored => f.write_str("old copy restored"),
            Self::Cloned { to } => write!(f, "copied to {to}"),
            Self::ClockJump { by_ms } if *by_ms < 0 => write!(f, "clock −{}", super::axis::Length(by_ms.unsigned_abs())),
            Self::ClockJump { by_ms } => write!(f, "clock +{}", super::axis::Length(by_ms.unsigned_abs())),
            Self::GrantBegan { unit } => write!(f, "given {unit}"),
            Self::GrantEnded { unit } => write!(f, "lost {unit}"),
            Self::Signal { up: true } => f.write_str("signal"),
            Self::Signal { up: false } => f.write_str("no signal"),
            Self::Note { text } | Self::Failure { text } => f.write_str(text),
        }
    }
}

struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ ..1_000 => write!(f, "{bytes} B"),
            bytes => write!(f, "{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        }
    }
}
