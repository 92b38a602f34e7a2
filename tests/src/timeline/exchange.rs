//! The ways of requests and replies between the lanes.

use super::what::What;
use super::{CENTRE, Happened};

/// One way over a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way<'a> {
    /// The device's lane.
    pub(super) device: &'a str,
    /// Up to the centre, or down from it.
    pub(super) direction: Direction,
    /// The index of the event at which it began.
    pub(super) from: usize,
    /// The index of the event at which it arrived; none when it was cut.
    pub(super) to: Option<usize>,
}

/// Whose bytes they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// A request.
    Up,
    /// A reply.
    Down,
}

/// All ways that begin in these events. What is still under way at the end is left out, unless a fault or the device says that it is lost.
pub(super) fn ways(happened: &[Happened]) -> Vec<Way<'_>> {
    let mut ways = Vec::new();
    for (from, one) in happened.iter().enumerate() {
        match one.what {
            What::RequestSent { exchange, .. } => {
                let arrivals = indices(happened, from, |what| matches!(what, What::RequestArrived { .. }), exchange);
                let is_cut = arrivals.is_empty() && is_over(happened, from, exchange);
                let way = |to| Way { device: &one.lane, direction: Direction::Up, from, to };
                ways.extend(arrivals.into_iter().map(|to| way(Some(to))));
                ways.extend(is_cut.then(|| way(None)));
            }
            What::ReplySent { exchange, .. } => {
                let Some(device) = device_of(happened, exchange) else { continue };
                let applied = indices(happened, from, |what| matches!(what, What::ReplyApplied { .. }), exchange);
                // The reply that was applied is the last one before it: a request that arrives twice has two.
                let next = indices(happened, from, |what| matches!(what, What::ReplySent { .. }), exchange).first().copied();
                let to = applied.first().copied().filter(|to| next.is_none_or(|next| next > *to));
                if to.is_some() || next.is_some() || is_over(happened, from, exchange) {
                    ways.push(Way { device, direction: Direction::Down, from, to });
                }
            }
            _ => {}
        }
    }
    ways
}

fn indices(happened: &[Happened], after: usize, kind: impl Fn(&What) -> bool, exchange: u64) -> Vec<usize> {
    let later = happened.iter().enumerate().skip(after + 1);
    later.filter(|(_, one)| kind(&one.what) && one.what.exchange() == Some(exchange)).map(|(index, _)| index).collect()
}

/// A fault that loses bytes came to it, or its device knows that nothing comes, or its program was killed.
fn is_over(happened: &[Happened], after: usize, exchange: u64) -> bool {
    let device = device_of(happened, exchange);
    happened.iter().skip(after + 1).any(|one| match &one.what {
        What::Killed => Some(one.lane.as_str()) == device || one.lane == CENTRE,
        What::NoReply { exchange: of, .. } | What::Fault { exchange: Some(of), .. } => *of == exchange,
        _ => false,
    })
}

fn device_of(happened: &[Happened], exchange: u64) -> Option<&str> {
    let of_it = happened.iter().filter(|one| one.what.exchange() == Some(exchange));
    of_it.map(|one| one.lane.as_str()).find(|lane| *lane != CENTRE)
}
