//! Toxics: what Toxiproxy calls a change to one direction of the connections of a proxy.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sync_core::sim::Direction;

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
    pub(super) latency: i64,
    pub(super) jitter: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Bandwidth {
    pub(super) rate: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SlowClose {
    pub(super) delay: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Timeout {
    pub(super) timeout: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Slicer {
    pub(super) average_size: i64,
    pub(super) size_variation: i64,
    pub(super) delay: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LimitData {
    pub(super) bytes: i64,
}

const TYPES: [&str; 7] = ["latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data"];

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
        Ok(Self { name, kind, direction, toxicity: written.toxicity })
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
        serde_json::from_value(serde_json::json!({ "type": name, "attributes": attributes })).map_err(unfit)
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
        let toxic = read(&json!({ "type": "latency", "name": "jauh", "attributes": { "latency": 100, "jitter": 7 } }));
        let updated = toxic.and_then(|mut toxic| {
            toxic.update(br#"{"attributes": {"latency": 300}}"#)?;
            Ok(toxic.written())
        });
        let attributes = updated.map(|written| written.get("attributes").cloned());
        assert_eq!(attributes, Ok(Some(json!({ "latency": 300, "jitter": 7 }))));
    }

    #[test]
    fn what_toxiproxy_refuses_is_refused() {
        assert_eq!(read(&json!({ "type": "latency", "stream": "sideways" })), Err(Unfit::Stream));
        assert_eq!(read(&json!({ "type": "poison" })), Err(Unfit::Type));
        assert!(matches!(read(&json!({ "type": "latency", "attributes": { "latency": "x" } })), Err(Unfit::Body(_))));
        assert!(matches!(Toxic::read(b"{"), Err(Unfit::Body(_))));
    }
}
