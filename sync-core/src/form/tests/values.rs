use serde_json::{Value, json};

use super::{KINDS, form, fullest};

fn value(kind: &str, path: &str, text: &str) -> Result<Value, &'static str> {
    let (parsed, value) = form(kind).parse_value(path, text).map_err(|problem| {
        assert!(!problem.text.id.is_empty() && !problem.text.en.is_empty());
        problem.code
    })?;
    assert_eq!(parsed.to_string(), path);
    Ok(value)
}

#[test]
fn a_text_becomes_a_value_of_the_type_of_its_field() {
    let cases = [
        ("uraian", "  Pendek saja. ", json!("Pendek saja.")),
        ("kunjungan_ke", "2", json!(2)),
        ("lokasi.lat", "-9.45", json!(-9.45)),
        ("lokasi.lat", "-9,45", json!(-9.45)),
        ("lokasi.tiruan", "ya", json!(true)),
        ("lokasi.tiruan", "Tidak", json!(false)),
        ("tanggal", "2026-11-05", json!("2026-11-05")),
        ("tanggal", "05-11-2026", json!("2026-11-05")),
        ("tanggal", "5/11/2026", json!("2026-11-05")),
        ("jam", "08:30", json!("08:30")),
        ("jam", "8.30", json!("08:30")),
        ("jenis_kelamin", "Laki-Laki", json!("laki-laki")),
        ("anggota.7.hubungan", "Orang tua", json!("orang-tua")),
        ("anggota.7.hubungan", "Parent", json!("orang-tua")),
        ("anggota.7.nama", "Maria", json!("Maria")),
        ("kunjungan_dari", "019AB6F2-55A0-7C4E-8D1F-0A1B2C3D4E5F", json!("019ab6f2-55a0-7c4e-8d1f-0a1b2c3d4e5f")),
    ];
    for (path, text, expected) in cases {
        assert_eq!(value("dds-warga", path, text), Ok(expected), "{path}={text}");
    }
    assert_eq!(value("laporan-informasi", "nilai_sumber", "b"), Ok(json!("B")));
    assert_eq!(value("laporan-informasi", "nilai_isi", "2"), Ok(json!("2")));
    assert_eq!(value("dds-warga", "pendapat.1.bidang", "sosial budaya"), Ok(json!("sosial-budaya")));
    assert_eq!(value("deteksi-dini", "rt", "003"), Ok(json!("003")));
}

#[test]
fn an_empty_text_removes() {
    for path in ["uraian", "lokasi", "lokasi.lat", "anggota", "anggota.1", "anggota.1.nama"] {
        assert_eq!(value("dds-warga", path, " "), Ok(Value::Null), "{path}");
    }
}

#[test]
fn what_cannot_be_a_value_is_refused_with_its_code() {
    let long = "x".repeat(2001);
    let cases = [
        ("Uraian", "x", "bad-path"),
        ("a.b.c.d", "x", "bad-path"),
        ("urain", "x", "unknown-field"),
        ("anggota.1.umur", "x", "unknown-field"),
        ("lokasi", "-9.4,124.5", "not-a-value"),
        ("anggota", "Maria", "not-a-value"),
        ("anggota.1", "Maria", "not-a-value"),
        ("kunjungan_ke", "dua", "wrong-type"),
        ("kunjungan_ke", "0", "out-of-range"),
        ("lokasi.lat", "124.5", "out-of-range"),
        ("lokasi.lat", "inf", "wrong-type"),
        ("lokasi.tiruan", "mungkin", "wrong-type"),
        ("tanggal", "2026-02-30", "bad-date"),
        ("tanggal", "31-02-2026", "bad-date"),
        ("tanggal", "kemarin", "bad-date"),
        ("jam", "25:00", "bad-time"),
        ("jam", "8", "bad-time"),
        ("jenis_kelamin", "pria", "not-a-choice"),
        ("telepon", "tidak ada", "bad-pattern"),
        ("anggota.1.telepon", "x", "bad-pattern"),
        ("kunjungan_dari", "kemarin", "bad-reference"),
        ("uraian", &long, "too-long"),
    ];
    for (path, text, code) in cases {
        assert_eq!(value("dds-warga", path, text), Err(code), "{path}={text}");
    }
    let problem = form("dds-warga").parse_value("anggota.3", "Maria").unwrap_err();
    assert!(problem.text.id.contains("anggota.3.nama"), "{problem}");
    let problem = form("dds-warga").parse_value("anggota.ab.telepon", "x").unwrap_err();
    assert_eq!(problem.path, "anggota.ab.telepon");
}

/// Each scalar of each full example, given as text, comes back as it was.
#[test]
fn the_examples_can_be_typed_field_by_field() {
    for kind in KINDS {
        for (path, expected) in scalars(&fullest(kind)) {
            let text = match &expected {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(value(kind, &path, &text), Ok(expected), "{kind} {path}");
        }
    }
}

fn scalars(data: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (name, value) in data.as_object().unwrap() {
        match value {
            Value::Object(group) => {
                found.extend(group.iter().map(|(key, v)| (format!("{name}.{key}"), v.clone())));
            }
            Value::Array(rows) => {
                for (index, row) in rows.iter().enumerate() {
                    let fields = row.as_object().unwrap().iter();
                    found.extend(fields.map(|(key, v)| (format!("{name}.{index}.{key}"), v.clone())));
                }
            }
            scalar => found.push((name.clone(), scalar.clone())),
        }
    }
    found
}

#[test]
fn tidying_takes_away_what_is_empty_or_invisible() {
    let tidy = form("dds-warga").tidy(&json!({
        "uraian": " a\r\nb\u{0}\tc\u{7} ", "rt": "", "rw": null, "agama": " \n",
        "lokasi": { "lat": -9, "akurasi_m": null }, "kontak_luar": { "nama": " " },
        "kunjungan_ke": 2.0, "pendapat": [], "informasi": [null],
        "anggota": [{ "_row": "a", "nama": " Maria ", "telepon": "" }, {}],
        "tidak_ada": { "x": "" }, "kunjungan_dari": "019AB6F2-55A0-7C4E-8D1F-0A1B2C3D4E5F",
    }));
    assert_eq!(
        tidy,
        json!({
            "uraian": "a\nb\tc",
            "lokasi": { "lat": -9.0 },
            "kunjungan_ke": 2,
            "kunjungan_dari": "019ab6f2-55a0-7c4e-8d1f-0a1b2c3d4e5f",
            "anggota": [{ "_row": "a", "nama": "Maria" }, {}],
        })
    );
    assert!(tidy["kunjungan_ke"].is_i64() && tidy["lokasi"]["lat"].is_f64());
}

#[test]
fn tidying_twice_changes_nothing() {
    for kind in KINDS {
        let once = form(kind).tidy(&fullest(kind));
        assert_eq!(form(kind).tidy(&once), once);
    }
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!([{ "a": deep }]);
    }
    let data = json!({ "uraian": deep });
    assert_eq!(form("sambang").tidy(&data), data);
    assert_eq!(form("sambang").check_draft(&data).len(), 1);
}
