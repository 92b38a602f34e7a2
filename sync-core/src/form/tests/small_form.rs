use serde_json::{Value, json};

use crate::form::Form;

fn words(id: &str) -> Value {
    json!({ "id": id, "en": format!("{id} in English") })
}

/// A form with one field of each sort, to be bent in tests.
pub(crate) fn small_form() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "x-form": {
            "kind": "uji", "version": 3, "duty": 4,
            "label": words("Uji"),
            "class": { "by": "sifat", "when": { "tertutup": "rahasia" }, "otherwise": "biasa" },
            "lane": { "by": "gawat", "when": { "ya": "urgent" }, "otherwise": "normal" },
            "sections": [
                { "id": "satu", "label": words("Satu"), "fields": ["sifat", "gawat", "nama"] },
                { "id": "dua", "label": words("Dua"), "fields": ["titik", "baris", "putusan"] },
            ],
        },
        "type": "object",
        "properties": {
            "sifat": {
                "type": "string", "enum": ["terbuka", "tertutup"], "x-label": words("Sifat"),
                "x-choices": { "terbuka": words("Terbuka"), "tertutup": words("Tertutup") },
            },
            "gawat": {
                "type": "string", "enum": ["ya", "tidak"], "x-label": words("Gawat"),
                "x-choices": { "ya": words("Ya"), "tidak": words("Tidak") },
            },
            "nama": {
                "type": "string", "maxLength": 2000, "pattern": "^[a-z]+$", "x-merge": "value",
                "x-label": words("Nama"),
            },
            "titik": {
                "type": "object", "x-label": words("Titik"), "x-order": ["lat"],
                "properties": {
                    "lat": {
                        "type": "number", "minimum": -90, "maximum": 90, "x-label": words("Lintang"),
                    },
                },
                "additionalProperties": false,
            },
            "baris": {
                "type": "array", "maxItems": 3, "x-label": words("Daftar"), "x-row": words("Baris"),
                "items": {
                    "type": "object", "x-order": ["isi"],
                    "properties": {
                        "isi": { "type": "string", "maxLength": 10, "x-label": words("Isi") },
                    },
                    "required": ["isi"],
                    "additionalProperties": false,
                },
            },
            "putusan": {
                "type": "array", "maxItems": 3, "x-write": "supervisor",
                "x-label": words("Putusan"), "x-row": words("Baris"),
                "items": {
                    "type": "object", "x-order": ["isi"],
                    "properties": {
                        "isi": { "type": "string", "maxLength": 10, "x-label": words("Isi") },
                    },
                    "additionalProperties": false,
                },
            },
        },
        "additionalProperties": false,
    })
}

pub(crate) fn parsed(form: &Value) -> Form {
    Form::parse(&form.to_string()).unwrap()
}
