use serde_json::{Value, json};

use super::{address, hour, maybe, one_of, rt, rw};
use crate::generate::calendar;
use crate::generate::scene::Scene;

const WAYS: [&str; 7] = ["melihat-sendiri", "wawancara", "laporan-warga", "sambang", "patroli", "telepon", "media-sosial"];

pub(super) fn early_detection(scene: &mut Scene<'_>) -> Value {
    let source = scene.resident.name.clone();
    let occupation = scene.occupation();
    json!({
        "sumber_nama": maybe(scene, 800, |_| json!(source)),
        "sumber_pekerjaan": occupation,
        "sumber_alamat": address(scene),
        "rt": rt(scene),
        "rw": rw(scene),
        "tempat": scene.say("tempat"),
        "cara_perolehan": one_of(scene, &WAYS),
        "bidang": scene.talk.field,
        "urgensi": one_of(scene, &["rendah", "sedang", "sedang", "tinggi"]),
        "keseringan": one_of(scene, &["jarang", "kadang", "sering"]),
    })
}

pub(super) fn report(scene: &mut Scene<'_>) -> Value {
    let topic = scene.talk.topic.clone();
    let source = scene.resident.name.clone();
    let occupation = scene.occupation();
    json!({
        "bidang": scene.talk.field,
        "perihal": scene.say(&format!("{topic}.kata")),
        "sumber_nama": maybe(scene, 700, |_| json!(source)),
        "sumber_pekerjaan": occupation,
        "sumber_alamat": address(scene),
        "hubungan_sumber": one_of(scene, &["warga binaan", "tokoh masyarakat", "korban", "saksi"]),
        "cara_perolehan": one_of(scene, &WAYS),
        "tanggal_perolehan": calendar::stored(scene.date),
        "jam_perolehan": hour(scene),
        "tempat_perolehan": scene.say("tempat"),
        "nilai_sumber": one_of(scene, &["A", "B", "B", "C", "D"]),
        "nilai_isi": one_of(scene, &["1", "2", "2", "3", "4"]),
        "apa": scene.say(&format!("{topic}.kata")),
        "siapa": scene.person().name,
        "di_mana": scene.say("tempat"),
        "bilamana": scene.say("waktu"),
        "mengapa": maybe(scene, 600, |scene| json!(scene.say(&format!("{topic}.dampak")))),
        "analisis": scene.say("li.analisa"),
        "prediksi": scene.say("deteksi.prediksi"),
        "langkah": scene.say("li.langkah"),
        "rekomendasi": scene.say("li.saran"),
        "tembusan": [{ "kepada": "Kapolsek" }, { "kepada": "Kasat Intelkam" }],
    })
}
