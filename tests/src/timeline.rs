//! The timeline of a simulated run: what happened when and where, as lines of JSON and as a picture of swim-lanes.
//!
//! ```
//! use tests::timeline::{CENTRE, Timeline, What};
//!
//! let mut timeline = Timeline::new("seed 7: save, sync");
//! timeline.note(1_000, "officer 1", What::Save { report: "0199a1".into(), text: "deteksi-dini".into() });
//! timeline.note(2_000, "officer 1", What::RequestSent { exchange: 1, bytes: 412, items: 1 });
//! timeline.note(2_700, CENTRE, What::RequestArrived { exchange: 1 });
//! timeline.note(2_700, CENTRE, What::Fault { exchange: Some(1), name: "reply_lost".into() });
//! assert_eq!(timeline.ndjson().lines().count(), 4);
//! assert!(timeline.around(2_700, 50).svg().starts_with("<svg"));
//! ```

mod axis;
mod escape;
mod exchange;
mod lane;
mod svg;
mod symbol;
#[cfg(test)]
mod tests;
mod what;

use serde::Serialize;

pub use what::What;

/// The lane of the server; every other lane is a device's.
pub const CENTRE: &str = "centre";

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Happened {
    /// Virtual milliseconds since the start of the run.
    pub at_ms: u64,
    /// `CENTRE`, or the name of a device.
    pub lane: String,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened in one run, in the order in which it was noted.
#[derive(Debug, Clone)]
pub struct Timeline {
    title: String,
    happened: Vec<Happened>,
    /// A window leaves out what came before this one; it is kept, since it tells in what state the lanes were.
    first: usize,
}

impl Timeline {
    /// An empty one. The title says how to run it again: the seed, the shortened script.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), happened: Vec::new(), first: 0 }
    }

    /// Adds what happened `at_ms` virtual milliseconds after the start. Notes may come in any order; equal times keep theirs.
    pub fn note(&mut self, at_ms: u64, lane: &str, what: What) {
        let place = self.happened.partition_point(|earlier| earlier.at_ms <= at_ms);
        self.happened.insert(place, Happened { at_ms, lane: lane.to_owned(), what });
    }

    /// What happened, by time.
    pub fn happened(&self) -> &[Happened] {
        self.happened.get(self.first..).unwrap_or_default()
    }

    /// What came before a window.
    fn before(&self) -> &[Happened] {
        self.happened.get(..self.first).unwrap_or_default()
    }

    /// The first failure.
    pub fn failure(&self) -> Option<&Happened> {
        self.happened().iter().find(|one| matches!(one.what, What::Failure { .. }))
    }

    /// A window: at most so many events before the moment, and as many at and after it.
    #[must_use]
    pub fn around(&self, at_ms: u64, events: usize) -> Self {
        let middle = self.happened.partition_point(|one| one.at_ms < at_ms);
        let first = middle.saturating_sub(events).max(self.first);
        let end = middle.saturating_add(events).min(self.happened.len());
        let happened = self.happened.get(..end).unwrap_or_default().to_vec();
        Self { title: self.title.clone(), happened, first }
    }

    /// One JSON object a line: `at_ms`, `lane`, `what` (the kind, as `request_sent`), and the fields of that kind.
    pub fn ndjson(&self) -> String {
        let line = |one: &Happened| serde_json::to_string(one).unwrap_or_default() + "\n";
        self.happened().iter().map(line).collect()
    }

    /// A picture: a lane for the centre and for each device, time from left to right, quiet times cut out.
    pub fn svg(&self) -> String {
        svg::draw(&self.title, self.before(), self.happened())
    }
}
