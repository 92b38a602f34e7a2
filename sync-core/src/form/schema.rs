use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Map, Value, json};

use super::error::FormError;
use super::limits::{PATTERN_COMPILED_BYTES_MAX, ROW_ID_LENGTH_MAX};
use super::value::{is_date, is_time};

/// The key of a row's stable id inside a row.
pub const ROW_ID_KEY: &str = "_row";

/// The compiled rules of a form: all of them for a finished report, and those that already hold
/// while a report is being written.
pub(crate) struct Schemas {
    pub(crate) finished: Validator,
    pub(crate) draft: Validator,
}

impl Schemas {
    pub(crate) fn compile(form: &Value) -> Result<Self, FormError> {
        let mut finished = form.clone();
        admit_row_ids(&mut finished);
        let mut draft = finished.clone();
        drop_completeness(&mut draft);
        Ok(Self { finished: compile(&finished)?, draft: compile(&draft)? })
    }
}

pub(crate) fn compile(schema: &Value) -> Result<Validator, FormError> {
    // `regex` runs in linear time, unlike the crate's default engine, and `offline` stands
    // behind the features that are off and the keywords that are refused.
    let patterns = PatternOptions::regex().size_limit(PATTERN_COMPILED_BYTES_MAX).dfa_size_limit(PATTERN_COMPILED_BYTES_MAX);
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(patterns)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_format("date", is_date)
        .with_format("jam", is_time)
        .offline()
        .build(schema)
        .map_err(|error| {
            let place = error.instance_path().as_str();
            let code = match place.ends_with("/pattern") {
                true => "form-pattern",
                false => "form-schema",
            };
            FormError::new(
                code,
                place,
                format!("bukan JSON Schema yang sah: {}", error.masked()),
                format!("not a valid JSON Schema: {}", error.masked()),
            )
        })
}

/// Lets each row carry its id, which no form has to name.
fn admit_row_ids(form: &mut Value) {
    let row_id = json!({
        "type": "string",
        "pattern": format!("^[0-9a-z-]{{1,{ROW_ID_LENGTH_MAX}}}$"),
    });
    for field in properties_of(form) {
        if let Some(row) = field.get_mut("items")
            && let Some(Value::Object(properties)) = row.get_mut("properties")
        {
            properties.insert(ROW_ID_KEY.to_owned(), row_id.clone());
        }
    }
}

/// Takes out what a report that is still being written need not keep.
fn drop_completeness(form: &mut Value) {
    let drop_from = |object: &mut Map<String, Value>| {
        for keyword in ["required", "minLength", "minItems", "allOf"] {
            object.remove(keyword);
        }
    };
    if let Value::Object(object) = form {
        drop_from(object);
    }
    for field in properties_of(form) {
        for nested in properties_of(field) {
            if let Value::Object(object) = nested {
                drop_from(object);
            }
        }
        if let Some(row) = field.get_mut("items") {
            if let Value::Object(object) = row {
                drop_from(object);
            }
            for nested in properties_of(row) {
                if let Value::Object(object) = nested {
                    drop_from(object);
                }
            }
        }
        if let Value::Object(object) = field {
            drop_from(object);
        }
    }
}

fn properties_of(schema: &mut Value) -> impl Iterator<Item = &mut Value> {
    schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
}
