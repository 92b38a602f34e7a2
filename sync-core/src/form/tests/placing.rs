use serde_json::{Value, json};

use super::small_form::{parsed, small_form};
use super::{KINDS, form, fullest};
use crate::form::{Class, Lane};

#[test]
fn early_detection_is_urgent_and_information_reports_are_secret() {
    for kind in KINDS {
        let expected = match kind {
            "deteksi-dini" => (Class::Biasa, Lane::Urgent),
            "laporan-informasi" => (Class::Rahasia, Lane::Normal),
            _ => (Class::Biasa, Lane::Normal),
        };
        assert_eq!(form(kind).place(&fullest(kind)), expected, "{kind}");
        assert_eq!(form(kind).place(&Value::Null), expected, "{kind} without content");
        assert_eq!(form(kind).placing_fields().count(), 0);
    }
}

#[test]
fn a_rule_looks_at_a_coded_field() {
    let form = parsed(&small_form());
    let place = |data: Value| form.place(&data);
    assert_eq!(place(json!({})), (Class::Biasa, Lane::Normal));
    assert_eq!(place(json!({ "sifat": "tertutup" })), (Class::Rahasia, Lane::Normal));
    assert_eq!(place(json!({ "gawat": "ya" })), (Class::Biasa, Lane::Urgent));
    // What the rule does not list is as if it were not there.
    for odd in [json!("baru"), json!(7), json!(null), json!(["tertutup"])] {
        assert_eq!(place(json!({ "sifat": odd, "gawat": odd })), (Class::Biasa, Lane::Normal));
    }
    assert_eq!(form.placing_fields().collect::<Vec<_>>(), ["sifat", "gawat"]);
}

#[test]
fn of_concurrent_values_the_stricter_and_the_more_urgent_win() {
    let form = parsed(&small_form());
    let both = |field: &str| match field {
        "sifat" => vec![json!("terbuka"), json!("tertutup")],
        "gawat" => vec![json!("ya"), json!("tidak")],
        _ => Vec::new(),
    };
    assert_eq!(form.place_among(both), (Class::Rahasia, Lane::Urgent));
    let same = |order: [&str; 2]| form.place_among(|_| order.iter().map(|v| json!(v)).collect());
    assert_eq!(same(["ya", "tertutup"]), same(["tertutup", "ya"]));
}

#[test]
fn class_and_lane_have_words_and_an_order() {
    assert!(Class::Rahasia > Class::Biasa);
    assert!(Lane::Urgent < Lane::Normal);
    for class in [Class::Biasa, Class::Rahasia] {
        assert_eq!(Class::parse(class.as_str()), Some(class));
    }
    for lane in [Lane::Urgent, Lane::Normal] {
        assert_eq!(Lane::parse(lane.as_str()), Some(lane));
    }
    assert_eq!(Class::parse("Rahasia"), None);
    assert_eq!(Lane::parse(""), None);
}
