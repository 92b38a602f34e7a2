use serde_json::{Map, Value, json};

use super::Form;
use super::field::{Field, FieldKind};
use super::resolve::named;

/// Data that is nested deeper is no report of any form; it is left as it is and refused.
const DEPTH_MAX: usize = 8;

impl Form {
    /// What is stored of what a person entered: without empty values, without white space at the
    /// ends of texts and control characters in them, ids in lower case, whole numbers as integers. The checks judge
    /// the tidied data, so store that. It refuses and invents nothing.
    #[must_use]
    pub fn tidy(&self, data: &Value) -> Value {
        match data {
            Value::Object(map) => Value::Object(tidy_object(self.fields(), map, 0)),
            other => other.clone(),
        }
    }
}

fn tidy_object(fields: &[Field], map: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    map.iter()
        .filter_map(|(name, value)| {
            let value = tidy_value(named(fields, name), value, depth)?;
            Some((name.clone(), value))
        })
        .collect()
}

/// The tidied value, or nothing for an empty one.
fn tidy_value(field: Option<&Field>, value: &Value, depth: usize) -> Option<Value> {
    let nested = field.map_or(&[][..], Field::nested);
    match value {
        Value::Null => None,
        Value::String(text) => {
            let mut text = clean(text);
            if matches!(field.map(|field| &field.kind), Some(FieldKind::Reference { .. })) {
                text.make_ascii_lowercase();
            }
            (!text.is_empty()).then(|| json!(text))
        }
        Value::Number(number) => Some(match field.map(|field| &field.kind) {
            Some(FieldKind::Integer { .. }) => whole(number.as_f64()).unwrap_or(value.clone()),
            Some(FieldKind::Number { .. }) => number.as_f64().map_or(value.clone(), |n| json!(n)),
            _ => value.clone(),
        }),
        Value::Object(_) | Value::Array(_) if depth >= DEPTH_MAX => Some(value.clone()),
        Value::Object(map) => {
            let tidied = tidy_object(nested, map, depth + 1);
            (!tidied.is_empty()).then_some(Value::Object(tidied))
        }
        Value::Array(items) => {
            let tidied: Vec<Value> = items
                .iter()
                .filter_map(|item| match item {
                    Value::Null => None,
                    Value::Object(row) => Some(Value::Object(tidy_object(nested, row, depth + 1))),
                    other => Some(other.clone()),
                })
                .collect();
            (!tidied.is_empty()).then_some(Value::Array(tidied))
        }
        Value::Bool(_) => Some(value.clone()),
    }
}

fn whole(number: Option<f64>) -> Option<Value> {
    let number = number?;
    let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53 is exact in both types")]
    exact.then(|| json!(number as i64))
}

/// A text without what cannot be seen: control characters other than line feed and tab go (NUL
/// would break a text column), line ends become line feeds, white space at both ends goes.
pub(crate) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let visible: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    visible.trim().to_owned()
}
