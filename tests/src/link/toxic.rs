//! Toxics: what Toxiproxy calls a change to one direction of the connections of a proxy.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sync_core::sim::{Direction, Random, SimTime};

/// A toxic as it is set on a proxy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Toxic {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) direction: Direction,
    /// The part of connections that it applies to, from 0 to 1.
    pub(super) toxicity: f32,
}

/// The figures are those of Toxiproxy: milliseconds, kilobytes (1,000) a second, and microseconds for the slicer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "attributes", rename_all = "snake_case")]
pub(super) enum Kind {
    Latency(Latency),
    Bandwidth(Bandwidth),
    SlowClose(SlowClose),
    Timeout(Timeout),
    ResetPeer(Timeout),
    Slicer(Slicer),
    LimitData(LimitData),
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Latency {
    latency: i64,
    jitter: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Bandwidth {
    rate: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SlowClose {
    delay: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Timeout {
    timeout: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Slicer {
    average_size: i64,
    size_variation: i64,
    delay: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LimitData {
    bytes: i64,
}

const TYPES: [&str; 7] = [
    "latency",
    "bandwidth",
    "slow_close",
    "timeout",
    "reset_peer",
    "slicer",
    "limit_data",
];

/// Why a toxic cannot be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unfit {
    Body(String),
    Stream,
    Type,
}

impl Toxic {
    /// Reads a new toxic; what is not said has Toxiproxy's default.
    pub(super) fn read(body: &[u8]) -> Result<Self, Unfit> {
        #[derive(Deserialize)]
        struct Written {
            #[serde(default)]
            name: String,
            #[serde(default, rename = "type")]
            kind: String,
            #[serde(default = "downstream")]
            stream: String,
            #[serde(default = "always")]
            toxicity: f32,
            #[serde(default)]
            attributes: Map<String, Value>,
        }
        let written: Written = serde_json::from_slice(body).map_err(unfit)?;
        let direction = match written.stream.to_ascii_lowercase().as_str() {
            "upstream" => Direction::Up,
            "downstream" => Direction::Down,
            _ => return Err(Unfit::Stream),
        };
        let name = match written.name.as_str() {
            "" => format!("{}_{}", written.kind, written.stream),
            name => name.to_owned(),
        };
        let kind = Kind::of(&written.kind, written.attributes)?;
        Ok(Self {
            name,
            kind,
            direction,
            toxicity: written.toxicity,
        })
    }

    /// Takes over what the body says, and keeps the rest.
    pub(super) fn update(&mut self, body: &[u8]) -> Result<(), Unfit> {
        #[derive(Deserialize)]
        struct Written {
            toxicity: Option<f32>,
            #[serde(default)]
            attributes: Map<String, Value>,
        }
        let written: Written = serde_json::from_slice(body).map_err(unfit)?;
        let Value::Object(mut now) = serde_json::to_value(&self.kind).map_err(unfit)? else {
            return Err(Unfit::Type);
        };
        if let Some(Value::Object(attributes)) = now.get_mut("attributes") {
            attributes.extend(written.attributes);
        }
        self.kind = serde_json::from_value(Value::Object(now)).map_err(unfit)?;
        self.toxicity = written.toxicity.unwrap_or(self.toxicity);
        Ok(())
    }

    /// As Toxiproxy writes it.
    pub(super) fn written(&self) -> Value {
        let mut written = serde_json::to_value(&self.kind).unwrap_or_default();
        if let Value::Object(fields) = &mut written {
            let stream = match self.direction {
                Direction::Up => "upstream",
                Direction::Down => "downstream",
            };
            fields.insert("name".to_owned(), self.name.as_str().into());
            fields.insert("stream".to_owned(), stream.into());
            fields.insert("toxicity".to_owned(), self.toxicity.into());
        }
        written
    }
}

impl Kind {
    fn of(name: &str, attributes: Map<String, Value>) -> Result<Self, Unfit> {
        if !TYPES.contains(&name) {
            return Err(Unfit::Type);
        }
        serde_json::from_value(serde_json::json!({ "type": name, "attributes": attributes }))
            .map_err(unfit)
    }
}

fn downstream() -> String {
    "downstream".to_owned()
}

const fn always() -> f32 {
    1.0
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn unfit(error: serde_json::Error) -> Unfit {
    Unfit::Body(error.to_string())
}

/// The toxics of one direction as one connection meets them.
#[derive(Debug, Default)]
pub(super) struct Effects {
    met: BTreeMap<String, Effect>,
    active_at: SimTime,
    closed: bool,
}

#[derive(Debug)]
struct Effect {
    revision: u64,
    applies: bool,
    ends_with_toxic: bool,
    free_at: SimTime,
    passed: i64,
}

/// What becomes of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It arrives.
    Carry,
    /// It is dropped.
    Swallow,
    /// So many bytes arrive, then the connection is closed.
    Only(usize),
    /// It is dropped, and the connection is reset at this moment.
    ResetAt(SimTime),
}

/// What holds before a piece is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Before {
    /// Nothing is read for now.
    pub(super) held: bool,
    /// The connection is closed now.
    pub(super) closed: bool,
    /// The connection is closed then, if nothing comes before.
    pub(super) close_at: Option<SimTime>,
    /// Not more than so many bytes are read at once.
    pub(super) bytes_max: Option<u64>,
}

fn us(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0).saturating_mul(1_000)
}

impl Effects {
    /// Says what holds before a piece is read.
    pub(super) fn before(
        &self,
        toxics: &[(u64, Toxic)],
        piece_us: u64,
        random: &mut Random,
    ) -> Before {
        let mut before = Before {
            closed: self.closed,
            ..Before::default()
        };
        let mut at_most = |bytes: u64| {
            before.bytes_max = Some(before.bytes_max.map_or(bytes, |max| max.min(bytes)))
        };
        for (_, toxic) in toxics {
            if !self
                .met
                .get(&toxic.name)
                .is_some_and(|effect| effect.applies)
            {
                continue;
            }
            match &toxic.kind {
                Kind::Bandwidth(Bandwidth { rate: ..=0 }) => before.held = true,
                Kind::Bandwidth(Bandwidth { rate }) => {
                    at_most(u64::try_from(*rate).unwrap_or(0) * piece_us / 1_000)
                }
                Kind::Slicer(slicer) if slicer.average_size > 0 => {
                    let size = |size: i64| u64::try_from(size).unwrap_or(0);
                    let low = size(slicer.average_size.saturating_sub(slicer.size_variation));
                    at_most(random.between(
                        low,
                        size(slicer.average_size.saturating_add(slicer.size_variation)),
                    ));
                }
                Kind::Timeout(Timeout {
                    timeout: timeout @ 1..,
                }) => {
                    let at = self.active_at.plus_us(us(*timeout));
                    before.close_at = Some(before.close_at.map_or(at, |other| other.min(at)));
                }
                Kind::Latency(_)
                | Kind::SlowClose(_)
                | Kind::Timeout(_)
                | Kind::ResetPeer(_)
                | Kind::Slicer(_)
                | Kind::LimitData(_) => {}
            }
        }
        before
    }

    /// Brings this connection up to date with the toxics that are set.
    pub(super) fn follow(&mut self, toxics: &[(u64, Toxic)], random: &mut Random, now: SimTime) {
        let set = |name: &str| toxics.iter().any(|(_, toxic)| toxic.name == name);
        self.closed |= self
            .met
            .iter()
            .any(|(name, effect)| effect.applies && effect.ends_with_toxic && !set(name));
        self.met.retain(|name, _| set(name));
        for (revision, toxic) in toxics {
            if self
                .met
                .get(&toxic.name)
                .is_some_and(|effect| effect.revision == *revision)
            {
                continue;
            }
            // Drawn in any case, so that one toxic more or less does not change what later connections draw.
            let drawn = random.below(1_000_000);
            // Rounded to a millionth; what is below 0 or no number becomes 0.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to 0 and 1 before"
            )]
            let chance = (f64::from(toxic.toxicity).clamp(0.0, 1.0) * 1e6).round() as u64;
            let ends_with_toxic = matches!(toxic.kind, Kind::Timeout(_));
            let before = self.met.get(&toxic.name);
            let (free_at, passed) =
                before.map_or((now, 0), |effect| (effect.free_at, effect.passed));
            let effect = Effect {
                revision: *revision,
                applies: drawn < chance,
                ends_with_toxic,
                free_at,
                passed,
            };
            self.met.insert(toxic.name.clone(), effect);
            self.active_at = now;
        }
    }

    /// Passes a piece of so many bytes (0 at the end of the stream) that comes off the line at `arrives_at`: when it
    /// arrives behind the toxics, how long the next one has to wait, and what becomes of it.
    pub(super) fn pass(
        &mut self,
        toxics: &[(u64, Toxic)],
        random: &mut Random,
        now: SimTime,
        mut arrives_at: SimTime,
        bytes: usize,
    ) -> (SimTime, u64, Fate) {
        self.active_at = now;
        let (mut waits_us, mut fate) = (0, Fate::Carry);
        if self.closed {
            return (arrives_at, 0, Fate::Only(0));
        }
        for (_, toxic) in toxics {
            let Some(effect) = self
                .met
                .get_mut(&toxic.name)
                .filter(|effect| effect.applies)
            else {
                continue;
            };
            match &toxic.kind {
                Kind::Latency(Latency { latency, jitter }) => {
                    let low = us(latency.saturating_sub(*jitter));
                    arrives_at = arrives_at
                        .plus_us(random.between(low, us(latency.saturating_add(*jitter)).max(low)));
                }
                Kind::Bandwidth(Bandwidth { rate }) => {
                    let starts_at = arrives_at.max(effect.free_at);
                    waits_us += starts_at.us_since(arrives_at);
                    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
                    let takes_us =
                        bytes.saturating_mul(1_000) / u64::try_from(*rate).unwrap_or(0).max(1);
                    effect.free_at = starts_at.plus_us(takes_us);
                    arrives_at = effect.free_at;
                }
                Kind::Slicer(Slicer { delay, .. }) => {
                    let starts_at = arrives_at.max(effect.free_at);
                    waits_us += starts_at.us_since(arrives_at);
                    effect.free_at = starts_at.plus_us(u64::try_from(*delay).unwrap_or(0));
                    arrives_at = effect.free_at;
                }
                Kind::SlowClose(SlowClose { delay }) if bytes == 0 => {
                    arrives_at = arrives_at.plus_us(us(*delay))
                }
                Kind::Timeout(_) if bytes > 0 => fate = Fate::Swallow,
                Kind::ResetPeer(Timeout { timeout }) => {
                    fate = Fate::ResetAt(now.plus_us(us(*timeout)))
                }
                Kind::LimitData(LimitData { bytes: limit }) if bytes > 0 && fate == Fate::Carry => {
                    let left = limit.saturating_sub(effect.passed).max(0);
                    let piece = i64::try_from(bytes).unwrap_or(i64::MAX);
                    effect.passed = effect.passed.saturating_add(piece.min(left));
                    if piece >= left {
                        fate = Fate::Only(usize::try_from(left).unwrap_or(bytes));
                    }
                }
                Kind::SlowClose(_) | Kind::Timeout(_) | Kind::LimitData(_) => {}
            }
        }
        (arrives_at, waits_us, fate)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Toxic, Unfit};

    fn read(body: &serde_json::Value) -> Result<Toxic, Unfit> {
        Toxic::read(body.to_string().as_bytes())
    }

    #[test]
    fn a_toxic_has_the_defaults_of_toxiproxy() {
        let toxic = read(&json!({ "type": "latency", "attributes": { "latency": 1_000 } }));
        let written = json!({
            "name": "latency_downstream", "type": "latency", "stream": "downstream", "toxicity": 1.0,
            "attributes": { "latency": 1_000, "jitter": 0 },
        });
        assert_eq!(toxic.map(|toxic| toxic.written()), Ok(written));
    }

    #[test]
    fn an_update_keeps_what_it_does_not_name() {
        let toxic = read(
            &json!({ "type": "latency", "name": "jauh", "attributes": { "latency": 100, "jitter": 7 } }),
        );
        let updated = toxic.and_then(|mut toxic| {
            toxic.update(br#"{"attributes": {"latency": 300}}"#)?;
            Ok(toxic.written())
        });
        let attributes = updated.map(|written| written.get("attributes").cloned());
        assert_eq!(attributes, Ok(Some(json!({ "latency": 300, "jitter": 7 }))));
    }

    #[test]
    fn what_toxiproxy_refuses_is_refused() {
        assert_eq!(
            read(&json!({ "type": "latency", "stream": "sideways" })),
            Err(Unfit::Stream)
        );
        assert_eq!(read(&json!({ "type": "poison" })), Err(Unfit::Type));
        assert!(matches!(
            read(&json!({ "type": "latency", "attributes": { "latency": "x" } })),
            Err(Unfit::Body(_))
        ));
        assert!(matches!(Toxic::read(b"{"), Err(Unfit::Body(_))));
    }
}
