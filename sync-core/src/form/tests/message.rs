use serde_json::{Value, json};

use super::codes;
use super::small_form::small_form;
use crate::form::{Class, Form, Lane};

#[test]
fn a_message_comes_down_and_stands_in_no_menu() {
    let form = Form::message();
    assert!(form.is_broadcast() && Form::newest("pesan").is_some_and(Form::is_broadcast));
    assert!(!Form::built_in().iter().any(Form::is_broadcast));
    let data = json!({ "judul": "Ternak", "jenis": "atensi", "teks": "Giatkan ronda.", "berlaku_sampai": "2026-11-30" });
    assert!(form.check(&data).is_empty() && form.tidy(&data) == data);
    assert_eq!(form.place(&data), (Class::Biasa, Lane::Urgent));
    assert_eq!(codes(&form.check(&json!({}))), ["required judul", "required jenis", "required teks"]);
    let more = json!({ "judul": "Ternak", "jenis": "atensi", "teks": "x".repeat(4_001), "kepada": "semua" });
    assert_eq!(codes(&form.check(&more)), ["too-long teks", "unknown-field kepada"]);
}

#[test]
fn only_an_ordinary_and_urgent_form_is_a_broadcast() {
    let read = |class: Value, lane: Value, broadcast: Value| {
        let mut form = small_form();
        for (key, value) in [("class", class), ("lane", lane), ("broadcast", broadcast)] {
            form["x-form"][key] = value;
        }
        Form::parse(&form.to_string()).map(|form| form.is_broadcast()).map_err(|error| (error.code, error.place))
    };
    let (biasa, urgent) = (json!("biasa"), json!("urgent"));
    let by_field = small_form()["x-form"]["class"].clone();
    assert_eq!(read(biasa.clone(), urgent.clone(), json!(true)), Ok(true));
    for (class, lane, broadcast) in [
        (json!("rahasia"), urgent.clone(), json!(true)),
        (by_field, urgent.clone(), json!(true)),
        (biasa.clone(), json!("normal"), json!(true)),
        (biasa.clone(), urgent.clone(), json!(false)),
        (biasa, urgent, json!("ya")),
    ] {
        assert_eq!(read(class, lane, broadcast), Err(("form-value", "/x-form/broadcast".to_owned())));
    }
}
