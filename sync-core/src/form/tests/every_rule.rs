//! Breaks each rule of each field of each built-in form, one at a time, and looks for its code.

use serde_json::{Value, json};

use super::{KINDS, codes, form, fullest};
use crate::form::{Field, FieldKind};

#[test]
fn each_field_refuses_what_it_cannot_hold() {
    let mut broken = 0;
    for kind in KINDS {
        let form = form(kind);
        for (parent, field) in form.every_field() {
            for (code, bad) in bad_values(field) {
                let (data, path) = with(fullest(kind), parent, field, bad);
                let found = codes(&form.check(&data));
                assert!(found.contains(&format!("{code} {path}")), "{kind} {code} {path}: {found:?}");
                let in_draft = codes(&form.check_draft(&data)).contains(&format!("{code} {path}"));
                assert_eq!(in_draft, code != "too-short", "{kind} {code} {path} in a draft");
                broken += 1;
            }
        }
    }
    assert!(broken > 500, "only {broken} rules were broken");
}

#[test]
fn each_required_field_is_missed() {
    for kind in KINDS {
        let form = form(kind);
        for (parent, field) in form.every_field().filter(|(_, field)| field.required) {
            for nothing in [json!(null), json!(""), json!("  \n ")] {
                let (data, path) = with(fullest(kind), parent, field, nothing);
                assert!(codes(&form.check(&data)).contains(&format!("required {path}")), "{kind} {path}");
                assert_eq!(codes(&form.check_draft(&data)), [""; 0], "{kind} {path}");
            }
        }
    }
}

#[test]
fn each_object_refuses_a_key_that_it_does_not_name() {
    for kind in KINDS {
        let form = form(kind);
        let groups = form.fields().iter().filter(|field| !field.nested().is_empty());
        for parent in groups {
            let mut data = fullest(kind);
            let object = match &mut data[&parent.name] {
                Value::Array(rows) => rows.get_mut(0).unwrap(),
                // Lists that the example leaves empty have no row to bend.
                group => group,
            };
            object["tidak_ada"] = json!(1);
            let step = if parent.is_rows() { ".1" } else { "" };
            let expected = format!("unknown-field {}{step}.tidak_ada", parent.name);
            assert_eq!(codes(&form.check_draft(&data)), [expected], "{kind}");
        }
    }
}

/// Values that the field must refuse, each with the code of the refusal.
fn bad_values(field: &Field) -> Vec<(&'static str, Value)> {
    let mut bad = vec![("wrong-type", json!([1]))];
    match &field.kind {
        FieldKind::Text { min, max } => {
            bad.push(("wrong-type", json!(5)));
            bad.push(("too-long", json!("9".repeat(usize::try_from(*max).unwrap() + 1))));
            if *min > 1 {
                bad.push(("too-short", json!("é".repeat(usize::try_from(*min).unwrap() - 1))));
            }
        }
        FieldKind::Integer { min, max } => {
            bad.push(("wrong-type", json!("3")));
            bad.push(("wrong-type", json!(0.5)));
            bad.push(("out-of-range", json!(min - 1)));
            bad.push(("out-of-range", json!(max + 1)));
        }
        FieldKind::Number { min, max } => {
            bad.push(("wrong-type", json!("3")));
            bad.push(("out-of-range", json!(min - 0.5)));
            bad.push(("out-of-range", json!(max + 0.5)));
        }
        FieldKind::Boolean => bad.push(("wrong-type", json!("ya"))),
        FieldKind::Date => {
            for date in ["2026-02-30", "2026-2-3", "26-11-2026", "0206-11-25", "kemarin"] {
                bad.push(("bad-date", json!(date)));
            }
        }
        FieldKind::Time => {
            for time in ["24:00", "8:30", "08:60", "08:30:00", "pagi"] {
                bad.push(("bad-time", json!(time)));
            }
        }
        FieldKind::Coded(_) => bad.push(("not-a-choice", json!("tidak-ada"))),
        FieldKind::Reference { .. } => bad.push(("bad-reference", json!("laporan kemarin"))),
        FieldKind::Group(_) => bad.push(("wrong-type", json!("-9.4, 124.5"))),
        FieldKind::Rows(_) => {
            let max = field.rows.as_ref().unwrap().max;
            let rows = vec![json!({ "nama": "Yosef" }); usize::try_from(max).unwrap() + 1];
            bad = vec![
                ("wrong-type", json!("Yosef, Maria")),
                ("wrong-type", json!({ "1": { "nama": "Yosef" } })),
                ("too-many-rows", json!(rows)),
            ];
        }
    }
    bad
}

/// The data with a value at a field, in the first row where the field is in a list.
fn with(mut data: Value, parent: Option<&Field>, field: &Field, value: Value) -> (Value, String) {
    let Some(parent) = parent else {
        data[&field.name] = value;
        return (data, field.name.clone());
    };
    if parent.is_rows() {
        data[&parent.name][0][&field.name] = value;
        (data, format!("{}.1.{}", parent.name, field.name))
    } else {
        data[&parent.name][&field.name] = value;
        (data, format!("{}.{}", parent.name, field.name))
    }
}
