use serde_json::{Value, json};

use super::small_form::{parsed, small_form};
use super::{KINDS, codes, form, fullest, smallest};
use crate::form::Lang;

fn set(mut data: Value, name: &str, value: Value) -> Value {
    data[name] = value;
    data
}

#[test]
fn a_short_description_says_how_short_and_what_to_add() {
    let data = set(smallest("deteksi-dini"), "uraian", json!("Ada orang mencurigakan di desa."));
    let problems = form("deteksi-dini").check(&data);
    assert_eq!(codes(&problems), ["too-short uraian"]);
    assert_eq!(
        problems[0].text.in_lang(Lang::Indonesian),
        "Uraian: 31 huruf, sekurang-kurangnya 50. Tambahkan siapa, apa, di mana, bilamana."
    );
    assert_eq!(
        problems[0].text.in_lang(Lang::English),
        "Description: 31 characters, at least 50 are needed. Add who, what, where and when."
    );
}

#[test]
fn characters_are_counted_not_bytes_and_not_the_white_space_around_them() {
    let form = form("deteksi-dini");
    let described = |text: String| codes(&form.check(&set(smallest("deteksi-dini"), "uraian", json!(text))));
    assert_eq!(described("é".repeat(50)), [""; 0]);
    assert_eq!(described("é".repeat(49)), ["too-short uraian"]);
    assert_eq!(described("é".repeat(2000)), [""; 0]);
    assert_eq!(described("é".repeat(2001)), ["too-long uraian"]);
    let padded = format!("\n  {}{}", "x".repeat(49), " ".repeat(60));
    assert_eq!(described(padded), ["too-short uraian"]);
}

#[test]
fn all_problems_come_at_once_in_the_order_of_the_form() {
    let data = json!({
        "keseringan": "selalu", "urgensi": 3, "uraian": "pendek", "xyz": 1, "abc": 1,
        "lokasi": { "lon": -9.4, "lat": 124.5, "tiruan": "ya" }, "jam": "25:00", "rw": "1",
    });
    let problems = form("deteksi-dini").check(&data);
    assert_eq!(
        codes(&problems),
        [
            "required rt",
            "required tanggal",
            "bad-time jam",
            "out-of-range lokasi.lat",
            "out-of-range lokasi.lon",
            "wrong-type lokasi.tiruan",
            "required bidang",
            "too-short uraian",
            "wrong-type urgensi",
            "not-a-choice keseringan",
            "unknown-field abc",
            "unknown-field xyz",
        ]
    );
    assert!(problems[3].text.id.contains("tertukar"), "{}", problems[3]);
    assert!(problems[6].text.id.contains("Pilih: politik, ekonomi"));
}

#[test]
fn a_draft_may_be_incomplete() {
    for kind in KINDS {
        assert_eq!(codes(&form(kind).check_draft(&json!({}))), [""; 0]);
        assert!(!form(kind).check(&json!({})).is_empty());
    }
    let form = form("problem-solving");
    let draft = json!({
        "jenis": "sengketa", "uraian": "pendek", "hasil": "selesai",
        "lokasi": { "lat": -9.4 }, "pihak": [{ "umur": 40 }],
    });
    assert_eq!(codes(&form.check_draft(&draft)), [""; 0]);
}

#[test]
fn data_that_is_no_object_is_one_problem() {
    for data in [json!(null), json!([]), json!("uraian"), json!(7)] {
        for problems in [form("sambang").check(&data), form("sambang").check_draft(&data)] {
            assert_eq!(codes(&problems), ["wrong-type "], "{data}");
        }
    }
    let rows = json!({ "ditemui": ["Yosef"] });
    assert_eq!(codes(&form("sambang").check_draft(&rows)), ["wrong-type ditemui.1"]);
}

#[test]
fn a_dispute_needs_two_parties() {
    let form = form("problem-solving");
    let mut data = smallest("problem-solving");
    data["pihak"].as_array_mut().unwrap().pop();
    assert_eq!(codes(&form.check(&data)), ["too-few-rows pihak"]);
    data["pihak"] = json!([]);
    assert_eq!(codes(&form.check(&data)), ["required pihak"]);
    data["jenis"] = json!("non-sengketa");
    assert_eq!(codes(&form.check(&data)), [""; 0]);
}

#[test]
fn an_executive_matter_names_who_takes_it_over() {
    let data = set(smallest("problem-solving"), "jenis", json!("eksekutif"));
    let found = codes(&form("problem-solving").check(&data));
    assert_eq!(found, ["required dilimpahkan_kepada"]);
}

#[test]
fn settled_means_how_and_when() {
    let data = set(smallest("problem-solving"), "hasil", json!("selesai"));
    assert_eq!(codes(&form("problem-solving").check(&data)), ["required penyelesaian", "required tanggal_selesai"]);
}

#[test]
fn other_and_foreign_ask_for_a_word_more() {
    let cases = [
        ("dds-warga", "kewarganegaraan", "wna", "negara_asal"),
        ("dds-usaha", "kewarganegaraan", "wna", "negara_asal"),
        ("dds-usaha", "jenis_usaha", "lainnya", "jenis_usaha_lain"),
        ("binluh", "sasaran", "lainnya", "sasaran_lain"),
        ("pesan-kamtibmas", "sasaran", "lainnya", "sasaran_lain"),
        ("sambang", "jenis", "lainnya", "jenis_lain"),
        ("sambang", "jenis", "bantuan-bencana", "bencana"),
        ("satkamling", "kegiatan", "latihan", "materi_latihan"),
        ("satkamling", "kegiatan", "pendaftaran", "jenis_satuan"),
    ];
    for (kind, field, value, asked) in cases {
        let data = set(smallest(kind), field, json!(value));
        assert_eq!(codes(&form(kind).check(&data)), [format!("required {asked}")]);
        let data = set(data, asked, smallest_value(kind, asked));
        assert_eq!(codes(&form(kind).check(&data)), [""; 0], "{kind} {asked}");
    }
}

fn smallest_value(kind: &str, field: &str) -> Value {
    match fullest(kind).get(field) {
        Some(value) => value.clone(),
        None => json!("Timor-Leste"),
    }
}

#[test]
fn the_number_of_an_information_report_has_its_pattern() {
    let form = form("laporan-informasi");
    let numbered = |number: &str| codes(&form.check(&set(smallest("laporan-informasi"), "nomor", json!(number))));
    for good in ["R/LI-1/I/2026/Polsek Insana", "R/LI-128/XII/2026/Polres TTU", "R/LI-9/VIII/2027/Bhabin-53.03.01.2005"] {
        assert_eq!(numbered(good), [""; 0], "{good}");
    }
    for bad in [
        "LI-1/I/2026/Polsek Insana",
        "R/LI-0/I/2026/Polsek Insana",
        "R/LI-1/XIII/2026/Polsek Insana",
        "R/LI-1/11/2026/Polsek Insana",
        "R/LI-1/XI/26/Polsek Insana",
        "R/LI-1/XI/2026/",
        "R/LI-1/XI/2026",
        "x R/LI-1/I/2026/Polsek Insana",
    ] {
        assert_eq!(numbered(bad), ["bad-pattern nomor"], "{bad}");
    }
}

#[test]
fn telephone_numbers_and_village_codes_have_patterns() {
    let form = form("dds-warga");
    let set_in = |name: &str, value: &str| codes(&form.check(&set(smallest("dds-warga"), name, json!(value))));
    for good in ["081200000001", "+62 812-0000-0001", "0388 31001"] {
        assert_eq!(set_in("telepon", good), [""; 0], "{good}");
    }
    for bad in ["tidak ada", "0812", "08l200000001", "+"] {
        assert_eq!(set_in("telepon", bad), ["bad-pattern telepon"], "{bad}");
    }
    assert_eq!(set_in("kode_desa", "53.03.01.2005"), [""; 0]);
    assert_eq!(set_in("kode_desa", "5303012005"), ["bad-pattern kode_desa"]);
}

#[test]
fn rows_carry_ids_that_no_form_names() {
    let form = form("dds-warga");
    let members = |rows: Value| codes(&form.check(&set(smallest("dds-warga"), "anggota", rows)));
    let id = "019ab6f2-55a0-7c4e-8d1f-0a1b2c3d4e5f";
    assert_eq!(members(json!([{ "_row": id, "nama": "Maria" }, { "nama": "Yosef" }])), [""; 0]);
    assert_eq!(members(json!([{ "_row": id }])), [format!("required anggota.{id}.nama")]);
    assert_eq!(members(json!([{ "_row": "a", "nama": "Maria" }, { "_row": "a", "nama": "Yosef" }])), ["duplicate-row anggota.a._row"]);
    let row_id = |id: Value| members(json!([{ "_row": id, "nama": "Maria" }]));
    assert_eq!(row_id(json!("A B")), ["bad-row-id anggota.1._row"]);
    assert_eq!(row_id(json!("a".repeat(37))).len(), 1);
    assert_eq!(row_id(json!(1)), ["wrong-type anggota.1._row"]);
    let elsewhere = set(smallest("dds-warga"), "_row", json!("a"));
    assert_eq!(codes(&form.check(&elsewhere)), ["unknown-field _row"]);
}

#[test]
fn a_problem_in_a_row_says_which_row() {
    let rows = json!([{ "nama": "Maria" }, { "nama": "Yosef", "telepon": "x" }]);
    let problems = form("dds-warga").check(&set(smallest("dds-warga"), "anggota", rows));
    assert_eq!(codes(&problems), ["bad-pattern anggota.2.telepon"]);
    let text = &problems[0].text;
    assert!(text.id.starts_with("Anggota keluarga ke-2, Nomor telepon: "), "{}", text.id);
    assert!(text.en.starts_with("Member 2, Telephone number: "), "{}", text.en);
    assert!(text.id.contains("contoh 081234567890"), "{}", text.id);
}

#[test]
fn a_mistyped_field_is_told_its_neighbour() {
    let problems = form("deteksi-dini").check_draft(&json!({ "urgency": "tinggi" }));
    assert!(problems[0].text.id.contains("Mungkin maksudnya urgensi."), "{}", problems[0]);
}

#[test]
fn no_problem_repeats_a_value() {
    let secret = "Maria-Kolo-rahasia";
    for kind in KINDS {
        let form = form(kind);
        for (parent, field) in form.every_field() {
            if parent.is_none() {
                let data = json!({ field.name.clone(): secret });
                for problem in form.check(&data) {
                    let shown = format!("{problem} {}", problem.path);
                    assert!(!shown.contains(secret), "{kind} {shown}");
                }
            }
        }
    }
}

#[test]
fn keys_that_nobody_knows_are_shown_short() {
    let data = json!({ "x".repeat(100_000): 1, "a\nb": 2 });
    for problem in form("sambang").check_draft(&data) {
        assert_eq!(problem.code, "unknown-field");
        assert!(problem.to_string().len() < 500, "{}", problem.path);
    }
}

#[test]
fn a_list_may_ask_for_rows_but_not_in_a_draft() {
    let mut source = small_form();
    source["properties"]["baris"]["minItems"] = json!(2);
    source["properties"]["baris"]["items"]["properties"]["isi"]["minLength"] = json!(3);
    source["properties"]["titik"]["required"] = json!(["lat"]);
    source["required"] = json!(["titik"]);
    let form = parsed(&source);
    let data = json!({ "baris": [{ "isi": "ab" }] });
    assert_eq!(codes(&form.check(&data)), ["required titik", "too-few-rows baris", "too-short baris.1.isi"]);
    assert_eq!(codes(&form.check_draft(&data)), [""; 0]);
}
