//! Where a moment stands in the picture: short pauses are stretched, long ones are cut out and named.

use std::collections::BTreeMap;
use std::fmt;

use super::Happened;

/// Pauses from here on are cut out.
const QUIET_MS: u64 = 3 * 60 * 1_000;
/// How wide a cut-out pause is, with its length written in it.
const GAP_WIDTH: f64 = 80.0;
/// Symbols of one lane stand at least so far apart, so that their words can be read.
const APART: f64 = 26.0;
/// What is before the first event.
const MARGIN: f64 = 40.0;

/// A pause that was cut out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gap {
    /// Where it begins.
    pub(super) x: f64,
    /// Where it ends.
    pub(super) end: f64,
    /// How long it is.
    pub(super) ms: u64,
}

/// The x of each event, in their order, and the cut-out pauses.
#[derive(Debug, Default)]
pub(super) struct Axis {
    pub(super) xs: Vec<f64>,
    pub(super) gaps: Vec<Gap>,
    pub(super) width: f64,
}

impl Axis {
    /// Of events by time, drawn from `left` on.
    pub(super) fn of(happened: &[Happened], left: f64) -> Self {
        let mut axis = Self::default();
        let mut newest: BTreeMap<&str, f64> = BTreeMap::new();
        let (mut x, mut before_ms) = (left + MARGIN, None);
        for one in happened {
            let passed = one.at_ms.saturating_sub(before_ms.unwrap_or(one.at_ms));
            before_ms = Some(one.at_ms);
            if passed > QUIET_MS {
                // The words of what was before lean over to the right.
                let begin = x + APART;
                let end = begin + GAP_WIDTH;
                axis.gaps.push(Gap { x: begin, end, ms: passed });
                x = end + APART;
            } else {
                x += stretch(passed);
            }
            if let Some(last) = newest.get(one.lane.as_str()) {
                x = x.max(last + APART);
            }
            newest.insert(&one.lane, x);
            axis.xs.push(x);
        }
        axis.width = x + MARGIN;
        axis
    }
}

/// A second is wider than a millisecond, but not a thousand times.
fn stretch(ms: u64) -> f64 {
    if ms == 0 {
        return 0.0;
    }
    // Exact enough for a picture: pauses are below a day.
    let seconds = f64::from(u32::try_from(ms).unwrap_or(u32::MAX)) / 1_000.0;
    12.0 + 14.0 * (1.0 + seconds).log2()
}

/// A length of time, as a person says it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Length(pub(super) u64);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, minutes, hours) = (self.0 / 1_000, self.0 / 60_000, self.0 / 3_600_000);
        match self.0 {
            ms @ ..1_000 => write!(f, "{ms} ms"),
            1_000..60_000 => write!(f, "{seconds} s"),
            60_000..3_600_000 => write!(f, "{minutes} min"),
            3_600_000..86_400_000 => write!(f, "{hours} h {} min", minutes % 60),
            _ => write!(f, "{} d {} h", hours / 24, hours % 24),
        }
    }
}

/// A moment by the clock of the run, which starts at midnight of day 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(pub(super) u64);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1_000;
        write!(f, "day {} {:02}:{:02}:{:02}", seconds / 86_400 + 1, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
    }
}
