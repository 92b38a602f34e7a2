//! When a place has signal.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use super::time::SimTime;

/// A stretch of signal, in milliseconds: from the first one, up to and without the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first millisecond with signal.
    pub from_ms: u64,
    /// The first millisecond without signal again.
    pub to_ms: u64,
}

/// Whether a place has signal, as a function of time alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Schedule(Signal);

/// Windows are in order, apart and not empty; those of a round end with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Signal {
    #[default]
    Always,
    Once(Vec<Window>),
    Rounds {
        period_ms: NonZeroU64,
        windows: Vec<Window>,
    },
}

impl Schedule {
    /// Signal all the time.
    pub const fn always() -> Self {
        Self(Signal::Always)
    }

    /// Signal in these windows only and never after the last; in any order, windows that touch become one.
    pub fn once(windows: impl IntoIterator<Item = Window>) -> Self {
        Self(Signal::Once(tidy(windows, u64::MAX)))
    }

    /// In each round of `period_ms`, first `up_ms` of signal and then none.
    pub fn repeating(up_ms: u64, period_ms: u64) -> Self {
        Self::rounds(period_ms, [Window { from_ms: 0, to_ms: up_ms }])
    }

    /// These windows in each round; what reaches over the end of the round is cut off. A round of 0 ms means always.
    pub fn rounds(period_ms: u64, windows: impl IntoIterator<Item = Window>) -> Self {
        let Some(period) = NonZeroU64::new(period_ms) else {
            return Self::always();
        };
        let windows = tidy(windows, period_ms);
        match windows.as_slice() {
            [Window { from_ms: 0, to_ms }] if *to_ms == period_ms => Self::always(),
            _ => Self(Signal::Rounds { period_ms: period, windows }),
        }
    }

    /// Whether there is signal at `now`.
    pub fn is_up(&self, now: SimTime) -> bool {
        let inside = |windows: &[Window], ms: u64| windows.iter().any(|window| window.from_ms <= ms && ms < window.to_ms);
        match &self.0 {
            Signal::Always => true,
            Signal::Once(windows) => inside(windows, now.ms()),
            Signal::Rounds { period_ms, windows } => inside(windows, now.ms() % *period_ms),
        }
    }

    /// The first moment after `now` at which signal comes or goes, or nothing when it stays as it is for ever.
    pub fn next_change(&self, now: SimTime) -> Option<SimTime> {
        let edges = |windows: &[Window], base_ms: u64| {
            windows
                .iter()
                .flat_map(|window| [window.from_ms, window.to_ms])
                .map(|edge_ms| SimTime::from_ms(base_ms.saturating_add(edge_ms)))
                .find(|edge| *edge > now && self.is_up(*edge) != self.is_up(now))
        };
        match &self.0 {
            Signal::Always => None,
            Signal::Once(windows) => edges(windows, 0),
            Signal::Rounds { period_ms, windows } => {
                // The edge can be in this round or in the next: the last window may touch the first of the next round.
                let round_ms = now.ms() / *period_ms * period_ms.get();
                edges(windows, round_ms).or_else(|| edges(windows, round_ms.saturating_add(period_ms.get())))
            }
        }
    }
}

fn tidy(windows: impl IntoIterator<Item = Window>, end_ms: u64) -> Vec<Window> {
    let mut sorted: Vec<Window> = windows
        .into_iter()
        .map(|window| Window { from_ms: window.from_ms, to_ms: window.to_ms.min(end_ms) })
        .filter(|window| window.from_ms < window.to_ms)
        .collect();
    sorted.sort_by_key(|window| (window.from_ms, window.to_ms));
    let mut apart: Vec<Window> = Vec::new();
    for window in sorted {
        match apart.last_mut() {
            Some(last) if window.from_ms <= last.to_ms => last.to_ms = last.to_ms.max(window.to_ms),
            _ => apart.push(window),
        }
    }
    apart
}

/// How a schedule is written: no windows means signal all the time, no period means once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    windows: Option<Vec<Window>>,
}

impl From<Written> for Schedule {
    fn from(written: Written) -> Self {
        match (written.period_ms, written.windows) {
            (_, None) => Self::always(),
            (None, Some(windows)) => Self::once(windows),
            (Some(period_ms), Some(windows)) => Self::rounds(period_ms, windows),
        }
    }
}

impl From<Schedule> for Written {
    fn from(schedule: Schedule) -> Self {
        let (period_ms, windows) = match schedule.0 {
            Signal::Always => (None, None),
            Signal::Once(windows) => (None, Some(windows)),
            Signal::Rounds { period_ms, windows } => (Some(period_ms.get()), Some(windows)),
        };
        Self { period_ms, windows }
    }
}

#[cfg(test)]
mod tests {
    use super::{Schedule, SimTime, Window};

    fn changes(schedule: &Schedule, count: usize) -> Vec<u64> {
        let mut now = SimTime::ZERO;
        let mut all = Vec::new();
        while all.len() < count
            && let Some(next) = schedule.next_change(now)
        {
            all.push(next.ms());
            now = next;
        }
        all
    }

    #[test]
    fn a_boat_has_one_minute_of_signal_in_ten() {
        let boat = Schedule::repeating(60_000, 600_000);
        assert!(boat.is_up(SimTime::from_ms(59_999)));
        assert!(!boat.is_up(SimTime::from_ms(60_000)));
        assert_eq!(changes(&boat, 4), [60_000, 600_000, 660_000, 1_200_000]);
    }

    #[test]
    fn windows_that_touch_are_one_also_over_the_end_of_a_round() {
        let touching = [Window { from_ms: 50, to_ms: 100 }, Window { from_ms: 0, to_ms: 10 }, Window { from_ms: 10, to_ms: 20 }];
        let schedule = Schedule::rounds(100, touching);
        assert_eq!(changes(&schedule, 4), [20, 50, 120, 150]);
        assert_eq!(changes(&Schedule::once(touching), 9), [20, 50, 100]);
    }

    #[test]
    fn a_schedule_reads_from_json() {
        let read = |text: &str| serde_json::from_str::<Schedule>(text).ok();
        assert_eq!(read("{}"), Some(Schedule::always()));
        assert_eq!(read(r#"{"period_ms": 10, "windows": [{"from_ms": 0, "to_ms": 4}]}"#), Some(Schedule::repeating(4, 10)));
        assert_eq!(read(r#"{"period": 10}"#), None);
    }
}
