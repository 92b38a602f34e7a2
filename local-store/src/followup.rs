//! A report that follows another: what it takes over, and the reference.

use serde_json::{Map, Value, json};
use sync_core::form::{FieldKind, Form};

use crate::Error;
use crate::ledger::Loaded;

/// What a follow-up repeats of the report that it names: who and where, never what was said or seen that day.
fn carried(kind: &str) -> &'static [&'static str] {
    match kind {
        "dds-warga" => &[
            "nama_kepala_keluarga",
            "jenis_kelamin",
            "tempat_lahir",
            "tanggal_lahir",
            "agama",
            "suku",
            "kewarganegaraan",
            "negara_asal",
            "pekerjaan",
            "telepon",
            "alamat",
            "rt",
            "rw",
            "kode_desa",
            "lokasi",
            "anggota",
            "kontak_luar",
        ],
        "satkamling" => &["nama_pos", "jenis_satuan", "nama_ketua", "telepon_ketua", "alamat", "rt", "rw", "lokasi"],
        _ => &[],
    }
}

/// What a report on a document of another kind takes over, and under which name.
fn carried_over(kind: &str) -> &'static [(&'static str, &'static str)] {
    if kind == "pesan" { &[("judul", "judul_pesan")] } else { &[] }
}

/// The data with which a follow-up begins.
pub(crate) fn data(form: &Form, from: &Loaded) -> Result<Value, Error> {
    let source = &from.view.birth;
    let names = |kind: &FieldKind| matches!(kind, FieldKind::Reference { kinds } if kinds.contains(&source.kind));
    let reference = form.fields().iter().find(|field| names(&field.kind));
    let reference = reference.ok_or_else(|| Error::UnknownKind(format!("{} → {}", form.kind(), source.kind)))?;
    let mut data = Map::new();
    data.insert(reference.name.clone(), source.report.to_string().into());
    for (from_name, name) in carried_over(&source.kind) {
        if let Some(value) = from.view.data.get(*from_name) {
            data.insert((*name).to_owned(), value.clone());
        }
    }
    if form.kind() == source.kind {
        for name in carried(form.kind()) {
            if let Some(value) = from.view.data.get(*name) {
                data.insert((*name).to_owned(), value.clone());
            }
        }
        if form.fields().iter().any(|field| field.name == "kunjungan_ke") {
            let before = from.view.data.get("kunjungan_ke").and_then(Value::as_i64).unwrap_or(1);
            data.insert("kunjungan_ke".to_owned(), json!(before.saturating_add(1)));
        }
    }
    Ok(Value::Object(data))
}
