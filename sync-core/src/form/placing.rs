use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// How widely a report may be read. The stricter class is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Ordinary: whoever has the area reads it.
    Biasa,
    /// Secret: only grants that say so read it.
    Rahasia,
}

impl Class {
    /// The word by which the class is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Biasa => "biasa",
            Self::Rahasia => "rahasia",
        }
    }

    /// The class of a word, or nothing for any other text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "biasa" => Some(Self::Biasa),
            "rahasia" => Some(Self::Rahasia),
            _ => None,
        }
    }
}

/// In which queue a report travels. The more urgent lane is the lesser one and goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// Leaves in the first seconds of signal.
    Urgent,
    /// Leaves when everything urgent has left.
    Normal,
}

impl Lane {
    /// The word by which the lane is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Normal => "normal",
        }
    }

    /// The lane of a word, or nothing for any other text.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "urgent" => Some(Self::Urgent),
            "normal" => Some(Self::Normal),
            _ => None,
        }
    }
}

/// A form's rule for its class or its lane: always the same, or by the value of one coded field.
/// A value that the rule does not list, and a field that is empty, give `otherwise`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule<T> {
    Always(T),
    ByField { field: String, when: BTreeMap<String, T>, otherwise: T },
}

impl<T: Copy> Rule<T> {
    /// The answers for each of a field's concurrent values; one answer where there is no value.
    pub(crate) fn answers(&self, values_of: &dyn Fn(&str) -> Vec<Value>) -> Vec<T> {
        match self {
            Self::Always(answer) => vec![*answer],
            Self::ByField { field, when, otherwise } => {
                let values = values_of(field);
                if values.is_empty() {
                    return vec![*otherwise];
                }
                let answer = |value: &Value| {
                    let listed = value.as_str().and_then(|word| when.get(word));
                    listed.copied().unwrap_or(*otherwise)
                };
                values.iter().map(answer).collect()
            }
        }
    }

    /// The field on which the rule looks, if it looks on one.
    pub(crate) fn field(&self) -> Option<&str> {
        match self {
            Self::Always(_) => None,
            Self::ByField { field, .. } => Some(field),
        }
    }
}
