use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{KINDS, codes, form, fullest, smallest};
use crate::form::{Class, Field, FieldKind, Form, Lane, Lang, Words};

/// Fields that a report has only in special cases, or that only a supervisor or another report
/// can give; the full examples leave them out.
const NOT_IN_EXAMPLES: [&str; 12] = [
    "negara_asal",
    "jenis_usaha_lain",
    "jenis_lain",
    "sasaran_lain",
    "dilimpahkan_kepada",
    "tanggal_pelimpahan",
    "alasan_pelimpahan",
    "nomor_agenda",
    "kunjungan_dari",
    "asal",
    "pos",
    "pesan",
];

#[test]
fn each_kind_is_there_once() {
    let kinds: Vec<&str> = Form::built_in().iter().map(Form::kind).collect();
    assert_eq!(kinds, KINDS);
    for kind in KINDS {
        assert_eq!(Form::find(kind, 1).unwrap().kind(), kind);
        assert!(Form::find(kind, 2).is_none());
    }
    assert!(Form::newest("dds").is_none());
}

#[test]
fn every_duty_has_a_form() {
    let duties: BTreeSet<u8> = Form::built_in().iter().map(Form::duty).collect();
    assert_eq!(duties, (1..=6).collect());
}

#[test]
fn a_finished_report_of_each_kind_passes() {
    for kind in KINDS {
        for (size, data) in [("smallest", smallest(kind)), ("full", fullest(kind))] {
            let problems = form(kind).check(&data);
            assert!(problems.is_empty(), "{size} {kind}: {problems:#?}");
            let form = form(kind);
            assert_eq!(form.tidy(&data), data, "{size} {kind} is tidy already");
        }
    }
}

#[test]
fn the_smallest_report_has_nothing_to_spare() {
    for kind in KINDS {
        let data = smallest(kind);
        for name in data.as_object().unwrap().keys() {
            let mut less = data.clone();
            less.as_object_mut().unwrap().remove(name);
            let problems = form(kind).check(&less);
            assert_eq!(problems.len(), 1, "{kind} without {name}: {problems:?}");
            assert_eq!(problems[0].code, "required");
            assert_eq!(&problems[0].path, name);
            assert!(form(kind).check_draft(&less).is_empty());
        }
    }
}

#[test]
fn the_full_report_has_every_field() {
    for kind in KINDS {
        let data = fullest(kind);
        for (parent, field) in form(kind).every_field() {
            let present = match parent {
                None => data.get(&field.name).is_some(),
                Some(parent) => match &data[&parent.name] {
                    Value::Array(rows) => rows.iter().any(|row| row.get(&field.name).is_some()),
                    group => group.get(&field.name).is_some(),
                },
            };
            let exempt = parent.is_none() && NOT_IN_EXAMPLES.contains(&field.name.as_str());
            // `asal` of a member of staff is no reference, and is in the example.
            let alone = exempt && !present;
            assert!(present || alone, "{kind} {}", field.general_path(parent));
        }
    }
}

#[test]
fn early_detection_needs_seven_fields_and_no_other() {
    let form = form("deteksi-dini");
    let required: BTreeSet<&str> = form.fields().iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    let seven = ["uraian", "bidang", "urgensi", "keseringan", "rt", "rw", "tanggal"];
    assert_eq!(required, seven.into_iter().collect());
    let values = |name: &str| match &field_of(form, name).kind {
        FieldKind::Coded(choices) => choices.iter().map(|c| c.value.clone()).collect(),
        _ => Vec::new(),
    };
    assert_eq!(values("urgensi"), ["rendah", "sedang", "tinggi"]);
    assert_eq!(values("keseringan"), ["jarang", "kadang", "sering"]);
    assert_eq!(values("bidang"), ["politik", "ekonomi", "sosial-budaya", "keamanan"]);
    assert!(matches!(field_of(form, "rt").kind, FieldKind::Text { .. }));
    assert!(matches!(field_of(form, "rw").kind, FieldKind::Text { .. }));
}

#[test]
fn every_form_says_when_where_and_what() {
    for form in Form::built_in() {
        let tanggal = field_of(form, "tanggal");
        assert!(tanggal.required && tanggal.kind == FieldKind::Date, "{form:?}");
        assert_eq!(field_of(form, "jam").kind, FieldKind::Time, "{form:?}");
        let names = |field: &Field| -> Vec<String> { field.nested().iter().map(|inner| inner.name.clone()).collect() };
        let lokasi = field_of(form, "lokasi");
        assert_eq!(names(lokasi), ["lat", "lon", "akurasi_m", "tiruan"], "{form:?}");
        assert!(!lokasi.required);
        assert!(field_of(form, "uraian").required, "{form:?}");
        for (_, field) in form.every_field() {
            if field.name == "uraian" {
                assert_eq!(field.kind, FieldKind::Text { min: 50, max: 2000 }, "{form:?}");
            }
        }
    }
}

#[test]
fn a_reference_names_kinds_that_exist() {
    let mut references = Vec::new();
    for form in Form::built_in() {
        for (_, field) in form.every_field() {
            if let FieldKind::Reference { kinds } = &field.kind {
                references.push(format!("{}.{}", form.kind(), field.name));
                for kind in kinds {
                    // A message comes down the hierarchy and is no form that an officer fills in.
                    assert!(kind == "pesan" || Form::newest(kind).is_some(), "{kind}");
                }
            }
        }
    }
    assert_eq!(
        references,
        ["dds-warga.kunjungan_dari", "dds-usaha.kunjungan_dari", "problem-solving.asal", "satkamling.pos", "pesan-kamtibmas.pesan",]
    );
}

#[test]
fn every_text_is_there_in_both_languages() {
    for form in Form::built_in() {
        differ(form, form.label());
        differ(form, form.help().unwrap());
        for section in form.sections() {
            differ(form, &section.label);
        }
        for (_, field) in form.every_field() {
            differ(form, &field.label);
            field.help.iter().for_each(|help| differ(form, help));
            field.remedy.iter().for_each(|remedy| differ(form, remedy));
            field.rows.iter().for_each(|rows| differ(form, &rows.label));
            if let FieldKind::Coded(choices) = &field.kind {
                // A proper name, as Islam, is the same word in both.
                for choice in choices {
                    assert!(!choice.label.id.trim().is_empty() && !choice.label.en.is_empty());
                }
                let same = choices.iter().filter(|c| c.label.id == c.label.en).count();
                assert!(same < choices.len().div_ceil(2), "{form:?} {}", field.name);
            }
        }
    }
}

fn differ(form: &Form, words: &Words) {
    let (id, en) = (words.in_lang(Lang::Indonesian), words.in_lang(Lang::English));
    assert!(!id.trim().is_empty() && !en.trim().is_empty(), "{form:?}");
    assert_ne!(id, en, "{form:?}: a label that nobody translated");
}

#[test]
fn sections_hold_the_fields_in_the_order_of_the_form() {
    for form in Form::built_in() {
        let in_sections: Vec<&String> = form.sections().iter().flat_map(|section| &section.fields).collect();
        let in_form: Vec<&String> = form.fields().iter().map(|field| &field.name).collect();
        assert_eq!(in_sections, in_form, "{form:?}");
    }
}

fn field_of<'f>(form: &'f Form, name: &str) -> &'f Field {
    form.fields().iter().find(|field| field.name == name).unwrap()
}

/// The example of the documentation is a form, and does what the text beside it says.
#[test]
fn the_documented_form_is_one() {
    let page = format!("{}/../docs/FORMS.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(page).unwrap();
    let example = page.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let form = Form::parse(example).unwrap();
    let urgent = json!({ "keadaan": "darurat", "tanggal": "2026-11-25", "uraian": "x".repeat(50) });
    assert_eq!(codes(&form.check(&urgent)), ["required sebab"]);
    assert_eq!(form.place(&urgent), (Class::Biasa, Lane::Urgent));
}
