//! How a lane stood over time: whether its program ran, and whether it had signal.

use super::what::What;
use super::{CENTRE, Happened};

/// The state of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Connected,
    WithoutSignal,
    Dead,
}

/// A stretch of a lane in one state, up to an event; the last one goes to the end of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) state: State,
    pub(super) until: Option<usize>,
}

/// The names of the lanes: the centre first, then the devices by name.
pub(super) fn lanes(happened: &[Happened]) -> Vec<&str> {
    let mut lanes = vec![CENTRE];
    for one in happened {
        let copy = if let What::Cloned { to } = &one.what { Some(to.as_str()) } else { None };
        for lane in [Some(one.lane.as_str()), copy].into_iter().flatten() {
            if !lanes.contains(&lane) {
                lanes.push(lane);
            }
        }
    }
    // Of names that are numbered, 2 comes before 10.
    lanes.sort_by_key(|lane| (*lane != CENTRE, lane.len(), *lane));
    lanes
}

/// The stretches of one lane.
pub(super) fn stretches(lane: &str, before: &[Happened], happened: &[Happened]) -> Vec<Stretch> {
    let (mut runs, mut signal) = (true, true);
    let mut change = |one: &Happened| {
        if one.lane == lane {
            match one.what {
                What::Killed => runs = false,
                What::Reopened => runs = true,
                What::Signal { up } => signal = up,
                _ => {}
            }
        }
        match (runs, signal) {
            (false, _) => State::Dead,
            (true, false) => State::WithoutSignal,
            (true, true) => State::Connected,
        }
    };
    let mut state = before.iter().map(&mut change).last().unwrap_or(State::Connected);
    let mut stretches = Vec::new();
    for (index, one) in happened.iter().enumerate() {
        let next = change(one);
        if next != state {
            stretches.push(Stretch { state, until: Some(index) });
            state = next;
        }
    }
    stretches.push(Stretch { state, until: None });
    stretches
}
