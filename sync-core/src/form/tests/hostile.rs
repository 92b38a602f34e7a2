use std::net::TcpListener;

use serde_json::{Map, Value, json};

use super::small_form::{parsed, small_form};
use super::{codes, source};
use crate::form::Form;
use crate::form::schema::compile;

/// Bends the small form and gives code and place of the refusal.
fn refused(bend: impl FnOnce(&mut Value)) -> (&'static str, String) {
    let mut form = small_form();
    bend(&mut form);
    let error = Form::parse(&form.to_string()).unwrap_err();
    assert!(error.to_string().len() < 2_000, "{error}");
    assert!(!error.text.id.is_empty() && !error.text.en.is_empty());
    (error.code, error.place)
}

fn at(code: &'static str, place: &str) -> (&'static str, String) {
    (code, place.to_owned())
}

#[test]
fn a_form_names_no_other_file_or_address() {
    let name = "/properties/nama";
    for (key, value) in [
        ("$ref", json!("https://example.com/schema.json")),
        ("$ref", json!("file:///etc/passwd")),
        ("$ref", json!("#/properties/nama")),
        ("$dynamicRef", json!("#x")),
        ("$id", json!("https://example.com/")),
        ("$anchor", json!("a")),
        ("$defs", json!({})),
        ("contentMediaType", json!("application/json")),
        ("anyOf", json!([])),
        ("not", json!({})),
        ("default", json!("x")),
        ("x-baru", json!(1)),
    ] {
        let place = format!("{name}/{key}");
        let found = refused(|form| form["properties"]["nama"][key] = value.clone());
        assert_eq!(found, at("form-keyword", &place), "in a field: {key}");
        let found = refused(|form| form[key] = value.clone());
        assert_eq!(found, at("form-keyword", &format!("/{key}")), "in the form: {key}");
        let found = refused(|form| form["properties"]["baris"]["items"][key] = value.clone());
        assert_eq!(found.0, "form-keyword", "in a row: {key}");
    }
    let other = json!("https://example.com/own-dialect");
    assert_eq!(refused(|form| form["$schema"] = other).0, "form-value");
}

/// Behind the refused keywords stands a validator that cannot fetch.
#[test]
fn the_validator_itself_fetches_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let remote = format!("http://{}/schema.json", listener.local_addr().unwrap());
    let file = format!("file://{}/forms/sambang.json", env!("CARGO_MANIFEST_DIR"));
    for target in [remote, file, "sambang.json".to_owned()] {
        let error = compile(&json!({ "properties": { "a": { "$ref": target } } })).unwrap_err();
        assert_eq!(error.code, "form-schema", "{target}");
    }
    let nobody = listener.accept().unwrap_err();
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn size_depth_and_number_are_bounded() {
    let huge = format!("{}{}", small_form(), " ".repeat(256 * 1024));
    assert_eq!(Form::parse(&huge).unwrap_err().code, "form-too-large");
    let deep = "[".repeat(100_000);
    assert_eq!(Form::parse(&deep).unwrap_err().code, "form-not-json");
    let deep = format!("{}1{}", "{\"a\":".repeat(120), "}".repeat(120));
    assert_eq!(Form::parse(&deep).unwrap_err().code, "form-keyword");
    for text in ["", "null", "[]", "{}", "\"x\"", "{\"$schema\":1}", "\u{0}"] {
        assert!(Form::parse(text).is_err(), "{text:?}");
    }
    let many = refused(|form| {
        let field = form["properties"]["sifat"].clone();
        for number in 0..300 {
            form["properties"][format!("f{number}")] = field.clone();
        }
    });
    assert_eq!(many, at("form-too-many", "/properties"));
    let choices = refused(|form| {
        let values: Vec<String> = (0..201).map(|n| format!("v{n}")).collect();
        form["properties"]["sifat"]["enum"] = json!(values);
    });
    assert_eq!(choices, at("form-too-many", "/properties/sifat/enum"));
    let rows = refused(|form| form["properties"]["baris"]["maxItems"] = json!(201));
    assert_eq!(rows, at("form-value", "/properties/baris/maxItems"));
    let length = refused(|form| form["properties"]["nama"]["maxLength"] = json!(10_001));
    assert_eq!(length, at("form-value", "/properties/nama/maxLength"));
    let label = refused(|form| form["properties"]["nama"]["x-label"]["en"] = json!("x".repeat(121)));
    assert_eq!(label, at("form-value", "/properties/nama/x-label/en"));
}

#[test]
fn everything_has_a_limit() {
    for (field, limit) in [("nama", "maxLength"), ("baris", "maxItems")] {
        let found = refused(|form| remove(&mut form["properties"][field], limit));
        assert_eq!(found, at("form-missing", &format!("/properties/{field}")));
    }
    for limit in ["minimum", "maximum"] {
        let found = refused(|form| {
            remove(&mut form["properties"]["titik"]["properties"]["lat"], limit);
        });
        assert_eq!(found.0, "form-missing");
    }
    let crossed = refused(|form| form["properties"]["nama"]["minLength"] = json!(2001));
    assert_eq!(crossed.0, "form-value");
}

#[test]
fn pattern_bombs_are_refused_or_harmless() {
    let place = "/properties/nama/pattern";
    for bomb in ["((((a{99}){99}){99}){99})", "(?=a)a", "(a)\\1", "(", "[", "(?<!a)b"] {
        let found = refused(|form| form["properties"]["nama"]["pattern"] = json!(bomb));
        assert_eq!(found, at("form-pattern", place), "{bomb}");
    }
    let long = refused(|form| form["properties"]["nama"]["pattern"] = json!("a".repeat(201)));
    assert_eq!(long, at("form-pattern", place));
    // With an engine that backtracks this one takes longer than the age of the universe.
    let mut form = small_form();
    form["properties"]["nama"]["pattern"] = json!("^(a+)+$");
    let data = json!({ "nama": format!("{}b", "a".repeat(1_999)) });
    assert_eq!(codes(&parsed(&form).check_draft(&data)), ["bad-pattern nama"]);
}

#[test]
fn fields_and_orders_agree() {
    let unordered = refused(|form| {
        form["properties"]["lebih"] = form["properties"]["nama"].clone();
    });
    assert_eq!(unordered, at("form-value", "/properties/lebih"));
    let fields = "/x-form/sections/0/fields";
    let unknown = refused(|form| form["x-form"]["sections"][0]["fields"] = json!(["ghoib"]));
    assert_eq!(unknown, at("form-value", fields));
    let twice = refused(|form| form["x-form"]["sections"][0]["fields"] = json!(["nama", "nama"]));
    assert_eq!(twice, at("form-value", &format!("{fields}/1")));
    let again = refused(|form| {
        form["x-form"]["sections"][1]["fields"] = json!(["titik", "baris", "putusan", "nama"]);
    });
    assert_eq!(again, at("form-value", "/x-form/sections/1/fields"));
    let required = refused(|form| form["required"] = json!(["ghoib"]));
    assert_eq!(required, at("form-value", "/required"));
    let open = refused(|form| remove(form, "additionalProperties"));
    assert_eq!(open, at("form-missing", ""));
    let open = refused(|form| form["properties"]["titik"]["additionalProperties"] = json!(true));
    assert_eq!(open.0, "form-value");
}

#[test]
fn containers_nest_once() {
    for container in ["titik", "baris"] {
        let found = refused(|form| {
            let inner = form["properties"][container].clone();
            form["properties"]["titik"]["properties"]["lat"] = inner;
        });
        assert_eq!(found, at("form-value", "/properties/titik/properties/lat/type"));
    }
}

#[test]
fn labels_are_complete() {
    let one = refused(|form| remove(&mut form["properties"]["nama"]["x-label"], "en"));
    assert_eq!(one, at("form-missing", "/properties/nama/x-label"));
    let none = refused(|form| remove(&mut form["properties"]["nama"], "x-label"));
    assert_eq!(none, at("form-missing", "/properties/nama"));
    let blank = refused(|form| form["properties"]["nama"]["x-label"]["id"] = json!(" "));
    assert_eq!(blank.0, "form-value");
    let choice = refused(|form| remove(&mut form["properties"]["sifat"]["x-choices"], "terbuka"));
    assert_eq!(choice, at("form-missing", "/properties/sifat/x-choices"));
    let extra = refused(|form| form["properties"]["sifat"]["x-choices"]["lain"] = json!({}));
    assert_eq!(extra, at("form-keyword", "/properties/sifat/x-choices/lain"));
}

#[test]
fn extensions_have_values_that_mean_something() {
    let cases = [
        ("/x-form/kind", json!("Uji Coba")),
        ("/x-form/kind", json!("../uji")),
        ("/x-form/version", json!(0)),
        ("/x-form/version", json!(-1)),
        ("/x-form/duty", json!(7)),
        ("/x-form/class", json!("terbatas")),
        ("/x-form/lane", json!("express")),
        ("/x-form/lane/when/ya", json!("express")),
        ("/x-form/lane/by", json!("nama")),
        ("/x-form/sections", json!([])),
        ("/x-form/sections/0/id", json!("dua")),
        ("/properties/nama/x-merge", json!("crdt")),
        ("/properties/sifat/enum/0", json!("ada spasi")),
        ("/properties/putusan/x-write", json!("admin")),
        ("/properties/nama/type", json!("null")),
        ("/properties/nama/maxLength", json!("banyak")),
    ];
    for (place, value) in cases {
        let mut form = small_form();
        *form.pointer_mut(place).unwrap() = value;
        let error = Form::parse(&form.to_string()).unwrap_err();
        assert!(matches!(error.code, "form-value" | "form-missing" | "form-keyword"), "{place}: {error}");
    }
    let merged = refused(|form| form["properties"]["gawat"]["x-merge"] = json!("text"));
    assert_eq!(merged.0, "form-keyword");
    let format = refused(|form| {
        form["properties"]["nama"] = json!({
            "type": "string", "format": "email", "x-label": { "id": "Surel", "en": "Mail" },
        });
    });
    assert_eq!(format, at("form-value", "/properties/nama/format"));
}

#[test]
fn conditional_rules_name_what_exists() {
    let rule = |test: Value, then: Value| refused(|form| form["allOf"] = json!([{ "if": test, "then": then }]));
    let secret = json!({ "properties": { "sifat": { "const": "tertutup" } }, "required": ["sifat"] });
    let name = json!({ "required": ["nama"] });
    let absent = json!({ "properties": { "sifat": { "const": "tertutup" } }, "required": [] });
    assert_eq!(rule(absent, name.clone()), at("form-value", "/allOf/0/if/required"));
    let value = json!({ "properties": { "sifat": { "const": "lain" } }, "required": ["sifat"] });
    assert_eq!(rule(value, name.clone()), at("form-value", "/allOf/0/if/properties/sifat"));
    let field = json!({ "properties": { "x": { "const": "y" } }, "required": ["x"] });
    assert_eq!(rule(field, name), at("form-value", "/allOf/0/if/properties"));
    let ghost = json!({ "required": ["ghoib"] });
    assert_eq!(rule(secret.clone(), ghost), at("form-value", "/allOf/0/then"));
    let reference = json!({ "properties": { "nama": { "$ref": "file:///etc/passwd" } } });
    assert_eq!(rule(secret.clone(), reference), at("form-keyword", "/allOf/0/then/properties/nama/$ref"));
    let many = refused(|form| {
        form["allOf"] = json!(vec![json!({ "if": secret, "then": {} }); 51]);
    });
    assert_eq!(many, at("form-value", "/allOf"));
}

/// Puts each of some odd values in the place of each value of a real form: it is refused or
/// read, and what is read can check data; nothing panics.
#[test]
fn no_bent_form_panics() {
    let form = source("problem-solving");
    let odd = [json!(null), json!(-1), json!("x"), json!([]), json!({}), json!([["x"]])];
    let (mut read, mut refused) = (0, 0);
    for place in places(&form) {
        for value in &odd {
            let mut bent = form.clone();
            *bent.pointer_mut(&place).unwrap() = value.clone();
            match Form::parse(&bent.to_string()) {
                Ok(form) => {
                    read += 1;
                    assert!(!form.check(&json!({ "uraian": 1, "pihak": [1] })).is_empty());
                }
                Err(error) => {
                    refused += 1;
                    assert!(error.to_string().len() < 4_000, "{error}");
                }
            }
        }
    }
    assert!(read > 20 && refused > 2_000, "{read} read, {refused} refused");
}

fn places(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut waiting = vec![(String::new(), value)];
    while let Some((place, value)) = waiting.pop() {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, v)| (key.replace('~', "~0"), v)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
            _ => Vec::new(),
        };
        for (key, value) in inner {
            let place = format!("{place}/{key}");
            found.push(place.clone());
            waiting.push((place, value));
        }
    }
    found
}

fn remove(object: &mut Value, key: &str) {
    let object: &mut Map<String, Value> = object.as_object_mut().unwrap();
    object.remove(key);
}
