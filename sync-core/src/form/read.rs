use std::collections::BTreeMap;

use serde_json::Value;

use super::Form;
use super::error::FormError;
use super::field::{Field, FieldKind, Section};
use super::limits::{FIELDS_MAX, FORM_BYTES_MAX, SECTIONS_MAX};
use super::node::Node;
use super::path::is_name;
use super::placing::{Class, Lane, Rule};
use super::read_field::{Reader, not_a_field};
use super::schema::Schemas;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Reads a form from outside: bounded, closed (no keyword that is not understood), compiled.
pub(crate) fn read_form(json: &str) -> Result<Form, FormError> {
    if json.len() > FORM_BYTES_MAX {
        return Err(FormError::new(
            "form-too-large",
            "",
            format!("formulir paling besar {FORM_BYTES_MAX} bita."),
            format!("a form has at most {FORM_BYTES_MAX} bytes."),
        ));
    }
    // serde_json itself refuses more than 128 levels of nesting.
    let value: Value = serde_json::from_str(json).map_err(|error| {
        FormError::new(
            "form-not-json",
            "",
            format!("bukan JSON: baris {}, kolom {}.", error.line(), error.column()),
            format!("not JSON: line {}, column {}.", error.line(), error.column()),
        )
    })?;
    let root = Node::new(&value, "")?;
    root.only(&["$schema", "type", "properties", "required", "additionalProperties", "allOf", "x-form"])?;
    if root.text("$schema")? != DIALECT {
        return Err(FormError::value("/$schema", format!("harus \"{DIALECT}\"."), format!("must be \"{DIALECT}\".")));
    }
    root.closed_object()?;
    let head = root.child("x-form")?;
    head.only(&["kind", "version", "duty", "label", "help", "class", "lane", "broadcast", "sections"])?;
    let (sections, order) = read_sections(&head)?;
    let fields = Reader::new().form_fields(&root, &order)?;
    Ok(Form {
        kind: read_kind(&head)?,
        version: read_version(&head)?,
        duty: read_duty(&head)?,
        label: head.label("label")?,
        help: head.help("help")?,
        class: read_place_rule(&head, "class", &fields, Class::parse)?,
        lane: read_place_rule(&head, "lane", &fields, Lane::parse)?,
        broadcast: read_broadcast(&head)?,
        schemas: Schemas::compile(&value)?,
        sections,
        fields,
    })
}

fn read_kind(head: &Node<'_>) -> Result<String, FormError> {
    let kind = head.text("kind")?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let edge = |c: char| c == '-';
    if kind.is_empty() || kind.len() > 40 || !kind.bytes().all(plain) || kind.starts_with(edge) {
        return Err(FormError::value(
            &head.at("kind"),
            "harus kebab-case huruf kecil, 1–40.",
            "must be lower kebab-case of 1–40 characters.",
        ));
    }
    Ok(kind.to_owned())
}

fn read_version(head: &Node<'_>) -> Result<u32, FormError> {
    match u32::try_from(head.count("version", 1_000_000)?) {
        Ok(version) if version > 0 => Ok(version),
        Ok(_) | Err(_) => Err(FormError::value(&head.at("version"), "dimulai dari 1.", "begins at 1.")),
    }
}

fn read_duty(head: &Node<'_>) -> Result<u8, FormError> {
    match u8::try_from(head.count("duty", 6)?) {
        Ok(duty) if duty > 0 => Ok(duty),
        Ok(_) | Err(_) => {
            Err(FormError::value(&head.at("duty"), "salah satu dari enam tugas, 1 sampai 6.", "one of the six duties, 1 to 6."))
        }
    }
}

/// What is written for everybody below has no class that keeps some of them out, and does not wait.
fn read_broadcast(head: &Node<'_>) -> Result<bool, FormError> {
    let Some(said) = head.map.get("broadcast") else { return Ok(false) };
    let is = |key: &str, word: &str| head.map.get(key).and_then(Value::as_str) == Some(word);
    if said.as_bool() == Some(true) && is("class", "biasa") && is("lane", "urgent") {
        return Ok(true);
    }
    Err(FormError::value(
        &head.at("broadcast"),
        "hanya true, dengan class biasa dan lane urgent.",
        "only true, with class biasa and lane urgent.",
    ))
}

type Order = Vec<(String, String)>;

/// The sections, and the order of the form's fields with the place where each is named.
fn read_sections(head: &Node<'_>) -> Result<(Vec<Section>, Order), FormError> {
    let place = head.at("sections");
    let items = head.get("sections")?.as_array().filter(|items| (1..=SECTIONS_MAX).contains(&items.len())).ok_or_else(|| {
        FormError::value(
            &place,
            format!("harus larik berisi 1 sampai {SECTIONS_MAX} bagian."),
            format!("must be an array of 1 to {SECTIONS_MAX} sections."),
        )
    })?;
    let mut sections: Vec<Section> = Vec::with_capacity(items.len());
    let mut order = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let node = Node::new(item, format!("{place}/{index}"))?;
        node.only(&["id", "label", "fields"])?;
        let id = node.text("id")?;
        if !is_name(id) || sections.iter().any(|section| section.id == id) {
            return Err(FormError::value(&node.at("id"), "harus snake_case dan belum dipakai.", "must be snake_case and not used before."));
        }
        let fields = node.names("fields", FIELDS_MAX)?;
        let named_at = node.at("fields");
        order.extend(fields.iter().map(|name| (name.clone(), named_at.clone())));
        sections.push(Section { id: id.to_owned(), label: node.label("label")?, fields });
    }
    Ok((sections, order))
}

fn read_place_rule<T>(head: &Node<'_>, key: &str, fields: &[Field], parse: fn(&str) -> Option<T>) -> Result<Rule<T>, FormError> {
    let answer = |place: &str, word: &str| {
        parse(word).ok_or_else(|| {
            FormError::value(
                place,
                "class: biasa atau rahasia; lane: urgent atau normal.",
                "class: biasa or rahasia; lane: urgent or normal.",
            )
        })
    };
    if let Value::String(word) = head.get(key)? {
        return Ok(Rule::Always(answer(&head.at(key), word)?));
    }
    let node = head.child(key)?;
    node.only(&["by", "when", "otherwise"])?;
    let name = node.text("by")?;
    let Some(FieldKind::Coded(choices)) = fields.iter().find(|field| field.name == name).map(|field| &field.kind) else {
        return Err(not_a_field(&node.at("by"), name));
    };
    let listed = node.child("when")?;
    let values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
    listed.only(&values)?;
    let mut when = BTreeMap::new();
    for value in values {
        if let Some(word) = listed.optional_text(value)? {
            when.insert(value.to_owned(), answer(&listed.at(value), word)?);
        }
    }
    Ok(Rule::ByField { field: name.to_owned(), when, otherwise: answer(&node.at("otherwise"), node.text("otherwise")?)? })
}
