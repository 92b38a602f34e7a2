//! One direction of one connection: what it asks the line before and after it reads.

use sync_core::sim::{Direction, Passage, SimTime, Stream};
use tokio::time::Instant;

use super::effects::{Effects, Fate};
use super::line::{Line, Signal};

/// Bytes that leave in this time are handled as one piece: small enough that a slow link flows evenly, large enough
/// that timers (1 ms) do not matter and a fast link costs little work.
const PIECE_US: u64 = 20_000;
const PIECE_BYTES_MIN: u64 = 64;
const PIECE_BYTES_MAX: u64 = 64 * 1_024;

/// One direction of one connection.
#[derive(Debug)]
pub(super) struct Flow<'a> {
    line: &'a Line,
    direction: Direction,
    number: u64,
    stream: Stream,
    arrived_at: SimTime,
}

/// What holds before a piece is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    /// Nothing is read until the next notice.
    pub(super) held: bool,
    /// The connection is closed at this moment, if nothing comes before.
    pub(super) close_at: Option<Instant>,
    /// How many bytes are read at once.
    pub(super) piece_bytes: usize,
}

/// When the next piece may be read and when this one is to be handed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    pub(super) read_again_at: Instant,
    pub(super) arrives_at: Instant,
    pub(super) then: Then,
}

/// What becomes of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// It arrives.
    Arrive,
    /// It is dropped.
    Vanish,
    /// So many bytes of it arrive, then the connection is closed.
    CloseAfter(usize),
    /// It is dropped, and the connection is reset at this moment.
    ResetAt(Instant),
}

impl<'a> Flow<'a> {
    /// Begins one direction of a connection.
    pub(super) fn begin(line: &'a Line, direction: Direction) -> Self {
        let now = line.now();
        let mut state = line.state();
        state.flows += 1;
        let number = state.flows;
        let (_, toxics, random) = state.of(direction);
        let mut effects = Effects::default();
        effects.follow(&toxics.set, random, now);
        toxics.met.insert(number, effects);
        drop(state);
        Self { line, direction, number, stream: Stream::default(), arrived_at: SimTime::ZERO }
    }
}

impl Flow<'_> {
    /// Asks, before a piece is read, whether and how much.
    pub(super) fn before(&self) -> Before {
        let line = self.line;
        let held = line.notice().signal == Signal::HalfOpen;
        let now = line.now();
        let mut state = line.state();
        let (profile, toxics, random) = state.of(self.direction);
        let effects = toxics.met.get(&self.number);
        let toxic = effects.map(|effects| effects.before(&toxics.set, PIECE_US, random)).unwrap_or_default();
        let piece = profile.rate(self.direction).bytes_in(PIECE_US);
        let piece = piece.unwrap_or(PIECE_BYTES_MAX).clamp(PIECE_BYTES_MIN, PIECE_BYTES_MAX);
        let piece = piece.min(toxic.bytes_max.unwrap_or(piece)).max(1);
        let close_at = if toxic.closed { Some(now) } else { toxic.close_at };
        Before {
            held: held || toxic.held,
            close_at: close_at.map(|at| line.instant(at)),
            piece_bytes: usize::try_from(piece).unwrap_or(usize::MAX),
        }
    }

    /// Puts a piece on the line; no bytes are the end of the stream.
    pub(super) fn pass(&mut self, bytes: usize) -> Timing {
        let line = self.line;
        let now = line.now();
        let mut state = line.state();
        let passage = state.pass(self.direction, &mut self.stream, now, bytes);
        let (_, toxics, random) = state.of(self.direction);
        let effects = toxics.met.entry(self.number).or_default();
        let (arrives_at, waits_us, fate) = effects.pass(&toxics.set, random, now, passage.arrives_at, bytes);
        // Jitter of a toxic does not let bytes overtake each other either.
        self.arrived_at = self.arrived_at.max(arrives_at);
        state.busy.add(Passage { arrives_at: self.arrived_at, ..passage });
        // The next piece is read when this one begins to leave, not when it has left: it then waits ready, and a timer
        // that fires late costs nothing.
        Timing {
            read_again_at: line.instant(passage.starts_at.plus_us(waits_us)),
            arrives_at: line.instant(self.arrived_at),
            then: match fate {
                Fate::Carry => Then::Arrive,
                Fate::Swallow => Then::Vanish,
                Fate::Only(bytes) => Then::CloseAfter(bytes),
                Fate::ResetAt(at) => Then::ResetAt(line.instant(at)),
            },
        }
    }
}

impl Drop for Flow<'_> {
    fn drop(&mut self) {
        let mut state = self.line.state();
        state.of(self.direction).1.met.remove(&self.number);
    }
}
