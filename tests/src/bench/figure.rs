//! One figure: a metric of a case, for ours or for a peer, with its spread and with what it is held against.

use std::fmt;

use serde_json::{Map, Value, json};

use super::samples::Samples;

/// The name under which our own figures stand; in JSON they carry no `peer`.
pub(super) const OURS: &str = "sambang";

/// What is measured: the case, the metric, the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct What {
    /// `push-20`.
    pub case: &'static str,
    /// `bytes_per_report`.
    pub metric: &'static str,
    /// `B`.
    pub unit: &'static str,
}

/// The most that a figure of ours may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    /// Promised today: above it the bench fails.
    Limit(f64),
    /// What it is meant to be: shown, and nothing else.
    Aim(f64),
}

/// Bench, case, metric, and what it is held against. Seconds are aims: a busy machine breaks no promise.
const BOUNDS: [(&str, &str, &str, Bound); 18] = [
    // P6: one round trip in the common case.
    ("wire", "push-20", "requests", Bound::Limit(1.0)),
    ("wire", "idle", "requests", Bound::Limit(1.0)),
    ("wire", "idle", "bytes", Bound::Limit(700.0)),
    // What a device holds costs nothing.
    ("wire", "idle-1000", "bytes_above_idle_100", Bound::Limit(96.0)),
    ("wire", "idle-10000", "bytes_above_idle_100", Bound::Limit(96.0)),
    ("link", "push-20", "seconds", Bound::Aim(2.6)),
    ("link", "push-20", "requests", Bound::Limit(1.0)),
    ("link", "idle", "seconds", Bound::Aim(1.4)),
    ("link", "idle", "requests", Bound::Limit(1.0)),
    ("link", "idle", "bytes", Bound::Limit(700.0)),
    ("link", "urgent-before-2000", "seconds", Bound::Aim(3.0)),
    ("link", "urgent-before-2000", "requests", Bound::Limit(1.0)),
    ("cuts", "alive-3s", "byte_ratio", Bound::Limit(1.3)),
    ("cuts", "alive-3s-down", "byte_ratio", Bound::Limit(1.3)),
    // After a loss of k of n a device is sent O(k).
    ("repair", "rollback-10-of-10000", "bytes", Bound::Limit(20_000.0)),
    ("repair", "10-of-10000", "requests", Bound::Limit(4.0)),
    ("repair", "10-of-10000", "bytes", Bound::Limit(14_000.0)),
    ("repair", "0-of-10000", "extra_requests", Bound::Limit(0.0)),
];
/// Of every case over a link: the time that ours adds to what connections, round trips and bytes take.
const RATIO: Bound = Bound::Limit(1.1);

/// A figure over all rounds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// `wire`, `link`, `cuts`, `store`, `ingest`, `repair`.
    pub bench: &'static str,
    /// What was measured.
    pub what: What,
    /// Ours or a peer.
    pub system: String,
    /// The rounds. None: this system has no such thing, and said so.
    pub samples: Option<Samples>,
}

impl Figure {
    /// What it is held against: ours only.
    pub(super) fn bound(&self) -> Option<Bound> {
        let found = BOUNDS
            .iter()
            .find(|(bench, case, metric, _)| (*bench, *case, *metric) == (self.bench, self.what.case, self.what.metric))
            .map(|(.., bound)| *bound)
            .or_else(|| ((self.bench, self.what.metric) == ("link", "ratio")).then_some(RATIO));
        found.filter(|_| self.system == OURS)
    }

    /// The median.
    pub(super) fn value(&self) -> Option<f64> {
        self.samples.as_ref()?.median()
    }

    /// False when it is above its limit, or has a limit and no value.
    pub(super) fn is_ok(&self) -> bool {
        match self.bound() {
            Some(Bound::Limit(limit)) => self.value().is_some_and(|value| value <= limit),
            Some(Bound::Aim(_)) | None => true,
        }
    }

    /// One line of `--json`.
    pub(super) fn json(&self) -> Value {
        let What { case, metric, unit } = self.what;
        let mut line = Map::new();
        let mut put = |key: &str, value: Value| drop(line.insert(key.to_owned(), value));
        put("bench", json!(self.bench));
        put("case", json!(case));
        put("metric", json!(metric));
        put("unit", json!(unit));
        if self.system != OURS {
            put("peer", json!(self.system));
        }
        put("value", json!(self.value().map(rounded)));
        if let Some(samples) = &self.samples {
            put("min", json!(samples.min().map(rounded)));
            put("max", json!(samples.max().map(rounded)));
            put("rounds", json!(samples.len()));
        }
        match self.bound() {
            Some(Bound::Limit(limit)) => {
                put("limit", json!(limit));
                put("ok", json!(self.is_ok()));
            }
            Some(Bound::Aim(aim)) => {
                put("aim", json!(aim));
                put("aim_met", json!(self.value().is_some_and(|value| value <= aim)));
            }
            None => {}
        }
        Value::Object(line)
    }
}

/// `5.21 s (5.20–5.40)`; a figure without spread without the brackets.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(samples), Some(value)) = (&self.samples, self.value()) else { return f.write_str("–") };
        f.write_str(&shown(value))?;
        let (min, max) = (shown(samples.min().unwrap_or(value)), shown(samples.max().unwrap_or(value)));
        if min == max { Ok(()) } else { write!(f, " ({min}–{max})") }
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// Three digits that count, more where they stand before the point.
fn shown(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 || value.fract() == 0.0 => grouped(&format!("{value:.0}")),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// All figures of a run, in the order in which they were first measured.
#[derive(Debug, Default)]
pub(super) struct Board(Vec<Figure>);

impl Board {
    /// Nothing was measured yet.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One more round of a figure.
    pub(super) fn note(&mut self, bench: &'static str, what: What, system: &str, value: f64) {
        let samples = &mut self.figure(bench, what, system).samples;
        samples.get_or_insert_default().push(value);
    }

    /// This system has no such figure, and said so.
    pub(super) fn skip(&mut self, bench: &'static str, what: What, system: &str) {
        self.figure(bench, what, system);
    }

    /// The figures.
    pub(super) fn figures(&self) -> &[Figure] {
        &self.0
    }

    /// Whether every figure is within its limit. A board without figures is not.
    pub(super) fn is_ok(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(Figure::is_ok)
    }

    fn figure(&mut self, bench: &'static str, what: What, system: &str) -> &mut Figure {
        let found = self.0.iter().position(|one| one.bench == bench && one.what == what && one.system == system);
        let at = found.unwrap_or_else(|| {
            self.0.push(Figure { bench, what, system: system.to_owned(), samples: None });
            self.0.len() - 1
        });
        &mut self.0[at]
    }
}
