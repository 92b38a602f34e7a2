//! What a spreadsheet makes of a text.

use serde_json::Value;

/// True for a text that a spreadsheet would take for a formula or a command.
pub(super) fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%'])
}

/// A value as a text cell: what would be a formula gets an apostrophe before it; numbers stay numbers.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if is_formula(text) => format!("'{text}"),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_becomes_a_formula_and_numbers_stay_numbers() {
        for text in ["=1+1", "+62811", "-", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(cell(&json!(text)), format!("'{text}"));
        }
        assert_eq!(cell(&json!("a=1")), "a=1");
        assert_eq!(cell(&json!(-9.5)), "-9.5");
        assert_eq!(cell(&Value::Null), "");
    }
}
