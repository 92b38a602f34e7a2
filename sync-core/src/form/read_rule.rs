use serde_json::Value;

use super::error::FormError;
use super::field::{Field, FieldKind};
use super::limits::{CHOICES_MAX, FIELDS_MAX, ROWS_MAX, RULES_MAX, TEXT_LENGTH_MAX};
use super::node::Node;
use super::read_field::not_a_field;

/// Checks the conditional rules of an object: `allOf` of `if` (values of coded or boolean fields)
/// and `then` (what is required in that case). The validator applies them; this only makes sure
/// that they name fields and values that exist, and nothing that the validator would fetch.
pub(crate) fn read_rules(object: &Node<'_>, fields: &[Field]) -> Result<(), FormError> {
    let Some(rules) = object.map.get("allOf") else {
        return Ok(());
    };
    let place = object.at("allOf");
    let rules = rules.as_array().filter(|rules| (1..=RULES_MAX).contains(&rules.len())).ok_or_else(|| {
        FormError::value(
            &place,
            format!("harus larik berisi 1 sampai {RULES_MAX} aturan."),
            format!("must be an array of 1 to {RULES_MAX} rules."),
        )
    })?;
    for (index, rule) in rules.iter().enumerate() {
        let rule = Node::new(rule, format!("{place}/{index}"))?;
        rule.only(&["if", "then"])?;
        read_condition(&rule.child("if")?, fields)?;
        read_consequence(&rule.child("then")?, fields)?;
    }
    Ok(())
}

fn read_condition(node: &Node<'_>, fields: &[Field]) -> Result<(), FormError> {
    node.only(&["properties", "required"])?;
    let required = node.names("required", FIELDS_MAX)?;
    let tested = node.child("properties")?;
    for name in tested.map.keys() {
        let field = find(fields, name, &tested)?;
        // Without it the condition would also hold for a report that has not got the field.
        if !required.contains(name) {
            return Err(FormError::value(
                &node.at("required"),
                format!("«{name}» harus disebut di sini."),
                format!("`{name}` must be named here."),
            ));
        }
        let test = tested.child(name)?;
        test.only(&["const", "enum"])?;
        let values = match (test.map.get("const"), test.map.get("enum")) {
            (Some(value), None) => vec![value],
            (None, Some(Value::Array(values))) if values.len() <= CHOICES_MAX => values.iter().collect(),
            _ => return Err(FormError::missing(&test.place, "const")),
        };
        for value in values {
            if !can_be(field, value) {
                return Err(FormError::value(&test.place, "nilai ini tidak ada dalam daftar isian itu.", "that field has no such value."));
            }
        }
    }
    match required.iter().find(|name| !tested.map.contains_key(*name)) {
        Some(name) => find(fields, name, node).map(|_| ()),
        None => Ok(()),
    }
}

fn read_consequence(node: &Node<'_>, fields: &[Field]) -> Result<(), FormError> {
    node.only(&["required", "properties"])?;
    if node.map.contains_key("required") {
        for name in node.names("required", FIELDS_MAX)? {
            find(fields, &name, node)?;
        }
    }
    if node.map.contains_key("properties") {
        let bounded = node.child("properties")?;
        for name in bounded.map.keys() {
            let field = find(fields, name, &bounded)?;
            let bound = bounded.child(name)?;
            match field.kind {
                FieldKind::Rows(_) => {
                    bound.only(&["minItems"])?;
                    bound.count("minItems", ROWS_MAX)?;
                }
                _ => {
                    bound.only(&["minLength"])?;
                    bound.count("minLength", TEXT_LENGTH_MAX)?;
                }
            }
        }
    }
    Ok(())
}

fn find<'f>(fields: &'f [Field], name: &str, node: &Node<'_>) -> Result<&'f Field, FormError> {
    fields.iter().find(|field| field.name == name).ok_or_else(|| not_a_field(&node.place, name))
}

fn can_be(field: &Field, value: &Value) -> bool {
    match (&field.kind, value) {
        (FieldKind::Boolean, Value::Bool(_)) => true,
        (FieldKind::Coded(choices), Value::String(word)) => choices.iter().any(|choice| &choice.value == word),
        _ => false,
    }
}
