use serde_json::Value;

use super::error::FormError;
use super::field::{Choice, Field, FieldKind, Merge, RowList, Writer};
use super::limits::{CHOICES_MAX, FIELDS_MAX, INTEGER_MAX, PATTERN_LENGTH_MAX, ROWS_MAX, TEXT_LENGTH_MAX};
use super::node::Node;
use super::path::is_name;
use super::read_rule::read_rules;

/// Where the fields of an object stand.
#[derive(Clone, Copy)]
enum Level {
    Form,
    Nested,
}

/// Counts what a hostile form could multiply.
pub(crate) struct Reader {
    fields: usize,
}

const COMMON: [&str; 5] = ["type", "x-label", "x-help", "x-remedy", "x-write"];

impl Reader {
    pub(crate) fn new() -> Self {
        Self { fields: 0 }
    }

    /// The fields of the form itself, in the given order, which must name each exactly once.
    pub(crate) fn form_fields(&mut self, form: &Node<'_>, order: &[(String, String)]) -> Result<Vec<Field>, FormError> {
        self.fields_of(form, order, &[], Level::Form)
    }

    fn fields_of(
        &mut self,
        object: &Node<'_>,
        order: &[(String, String)],
        above: &[String],
        level: Level,
    ) -> Result<Vec<Field>, FormError> {
        let properties = object.child("properties")?;
        self.fields = self.fields.saturating_add(properties.map.len());
        if self.fields > FIELDS_MAX {
            return Err(FormError::new(
                "form-too-many",
                &properties.place,
                format!("formulir paling banyak memuat {FIELDS_MAX} isian."),
                format!("a form has at most {FIELDS_MAX} fields."),
            ));
        }
        let required = match object.map.contains_key("required") {
            true => object.names("required", FIELDS_MAX)?,
            false => Vec::new(),
        };
        if let Some(unknown) = required.iter().find(|n| !properties.map.contains_key(*n)) {
            return Err(not_a_field(&object.at("required"), unknown));
        }
        let mut fields: Vec<Field> = Vec::with_capacity(order.len());
        for (name, named_at) in order {
            if !properties.map.contains_key(name) {
                return Err(not_a_field(named_at, name));
            }
            if fields.iter().any(|field| &field.name == name) {
                return Err(FormError::value(
                    named_at,
                    format!("isian «{name}» disebut dua kali."),
                    format!("field `{name}` is named twice."),
                ));
            }
            let mut names = above.to_vec();
            names.push(name.clone());
            let mut field = self.field(&properties.child(name)?, names, level)?;
            field.required = required.contains(name);
            fields.push(field);
        }
        let forgotten = properties.map.keys().find(|name| !fields.iter().any(|field| &field.name == *name));
        if let Some(name) = forgotten {
            return Err(FormError::value(
                &properties.at(name),
                "isian ini tidak ada dalam urutan (sections atau x-order).",
                "this field is in no order (sections or x-order).",
            ));
        }
        read_rules(object, &fields)?;
        Ok(fields)
    }

    fn field(&mut self, node: &Node<'_>, names: Vec<String>, level: Level) -> Result<Field, FormError> {
        let name = names.last().cloned().unwrap_or_default();
        if !is_name(&name) {
            return Err(FormError::value(
                &node.place,
                "nama isian: snake_case huruf kecil, paling panjang 40.",
                "a field's name is lower snake_case of at most 40 characters.",
            ));
        }
        let mut rows = None;
        let kind = match (node.text("type")?, level) {
            ("string", _) => read_text(node)?,
            ("integer", _) => read_integer(node)?,
            ("number", _) => read_number(node)?,
            ("boolean", _) => {
                node.only(&COMMON)?;
                FieldKind::Boolean
            }
            ("object", Level::Form) => {
                node.only(&with_common(&["properties", "required", "additionalProperties", "allOf", "x-order"]))?;
                FieldKind::Group(self.nested(node, &names)?)
            }
            ("array", Level::Form) => {
                node.only(&with_common(&["items", "minItems", "maxItems", "x-row"]))?;
                rows = Some(RowList {
                    label: node.label("x-row")?,
                    min: node.optional_count("minItems", ROWS_MAX)?.unwrap_or(0),
                    max: node.count("maxItems", ROWS_MAX)?,
                });
                let item = node.child("items")?;
                item.only(&["type", "properties", "required", "additionalProperties", "allOf", "x-order"])?;
                FieldKind::Rows(self.nested(&item, &names)?)
            }
            (_, Level::Form | Level::Nested) => {
                return Err(FormError::value(
                    &node.at("type"),
                    "string, integer, number, boolean; di tingkat teratas juga object dan array.",
                    "string, integer, number, boolean; at the top level also object and array.",
                ));
            }
        };
        Ok(Field {
            merge: read_merge(node, &kind)?,
            writer: read_writer(node)?,
            name,
            names,
            kind,
            label: node.label("x-label")?,
            help: node.help("x-help")?,
            remedy: node.help("x-remedy")?,
            required: false,
            rows,
        })
    }

    fn nested(&mut self, object: &Node<'_>, above: &[String]) -> Result<Vec<Field>, FormError> {
        object.closed_object()?;
        let place = object.at("x-order");
        let order: Vec<(String, String)> = object.names("x-order", FIELDS_MAX)?.into_iter().map(|name| (name, place.clone())).collect();
        self.fields_of(object, &order, above, Level::Nested)
    }
}

fn with_common<'a>(more: &[&'a str]) -> Vec<&'a str> {
    COMMON.iter().copied().chain(more.iter().copied()).collect()
}

pub(crate) fn not_a_field(place: &str, name: &str) -> FormError {
    FormError::value(place, format!("«{name}» bukan isian di sini."), format!("`{name}` is not a field here."))
}

fn read_text(node: &Node<'_>) -> Result<FieldKind, FormError> {
    if node.map.contains_key("enum") {
        node.only(&with_common(&["enum", "x-choices"]))?;
        return Ok(FieldKind::Coded(read_choices(node)?));
    }
    if node.map.contains_key("x-reference") {
        node.only(&with_common(&["format", "x-reference"]))?;
        if node.text("format")? != "uuid" {
            return Err(FormError::value(&node.at("format"), "rujukan harus berformat \"uuid\".", "a reference has the format \"uuid\"."));
        }
        let kinds = node.names("x-reference", CHOICES_MAX)?;
        return Ok(FieldKind::Reference { kinds });
    }
    match node.optional_text("format")? {
        Some(format) => {
            node.only(&with_common(&["format"]))?;
            match format {
                "date" => Ok(FieldKind::Date),
                "jam" => Ok(FieldKind::Time),
                _ => Err(FormError::value(
                    &node.at("format"),
                    "hanya \"date\", \"jam\", dan (dengan x-reference) \"uuid\".",
                    "only \"date\", \"jam\" and (with x-reference) \"uuid\".",
                )),
            }
        }
        None => {
            node.only(&with_common(&["minLength", "maxLength", "pattern", "x-merge"]))?;
            if let Some(pattern) = node.optional_text("pattern")?
                && pattern.chars().count() > PATTERN_LENGTH_MAX
            {
                return Err(FormError::new(
                    "form-pattern",
                    &node.at("pattern"),
                    format!("pola paling panjang {PATTERN_LENGTH_MAX} huruf."),
                    format!("a pattern has at most {PATTERN_LENGTH_MAX} characters."),
                ));
            }
            let max = node.count("maxLength", TEXT_LENGTH_MAX)?;
            let min = node.optional_count("minLength", max)?.unwrap_or(0);
            Ok(FieldKind::Text { min, max })
        }
    }
}

fn read_choices(node: &Node<'_>) -> Result<Vec<Choice>, FormError> {
    let values = node.names("enum", CHOICES_MAX)?;
    let labels = node.child("x-choices")?;
    let listed: Vec<&str> = values.iter().map(String::as_str).collect();
    labels.only(&listed)?;
    if values.is_empty() {
        return Err(FormError::missing(&node.at("enum"), "0"));
    }
    let mut choices = Vec::with_capacity(values.len());
    for value in values {
        let label = labels.label(&value)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if value.len() > 40 || value.is_empty() || !value.bytes().all(plain) {
            return Err(FormError::value(
                &node.at("enum"),
                format!("kode «{label}»: 1–40 huruf a–z, angka, - dan _.", label = label.id),
                format!("code of \"{}\": 1–40 letters, digits, - and _.", label.en),
            ));
        }
        choices.push(Choice { value, label });
    }
    Ok(choices)
}

fn read_integer(node: &Node<'_>) -> Result<FieldKind, FormError> {
    node.only(&with_common(&["minimum", "maximum"]))?;
    let bound = |key: &str| -> Result<i64, FormError> {
        match node.get(key)?.as_i64() {
            Some(bound) if (-INTEGER_MAX..=INTEGER_MAX).contains(&bound) => Ok(bound),
            Some(_) | None => {
                Err(FormError::value(&node.at(key), "harus bilangan bulat di bawah 2^53.", "must be a whole number below 2^53."))
            }
        }
    };
    let (min, max) = (bound("minimum")?, bound("maximum")?);
    if min > max {
        return Err(crossed(node));
    }
    Ok(FieldKind::Integer { min, max })
}

fn read_number(node: &Node<'_>) -> Result<FieldKind, FormError> {
    node.only(&with_common(&["minimum", "maximum"]))?;
    let bound = |key: &str| -> Result<f64, FormError> {
        node.get(key)?.as_f64().ok_or_else(|| FormError::value(&node.at(key), "harus bilangan.", "must be a number."))
    };
    let (min, max) = (bound("minimum")?, bound("maximum")?);
    if min > max {
        return Err(crossed(node));
    }
    Ok(FieldKind::Number { min, max })
}

fn crossed(node: &Node<'_>) -> FormError {
    FormError::value(&node.at("minimum"), "minimum melebihi maximum.", "minimum is above maximum.")
}

fn read_merge(node: &Node<'_>, kind: &FieldKind) -> Result<Merge, FormError> {
    match (node.optional_text("x-merge")?, kind) {
        (None | Some("value"), _) => Ok(Merge::Value),
        (Some("text"), FieldKind::Text { .. }) => Ok(Merge::Text),
        (Some(_), _) => Err(FormError::value(
            &node.at("x-merge"),
            "\"value\", atau untuk teks bebas \"text\".",
            "\"value\", or for free text \"text\".",
        )),
    }
}

fn read_writer(node: &Node<'_>) -> Result<Writer, FormError> {
    match node.map.get("x-write").map(Value::as_str) {
        None | Some(Some("anyone")) => Ok(Writer::Anyone),
        Some(Some("supervisor")) => Ok(Writer::Supervisor),
        Some(_) => Err(FormError::value(&node.at("x-write"), "\"anyone\" atau \"supervisor\".", "\"anyone\" or \"supervisor\".")),
    }
}
