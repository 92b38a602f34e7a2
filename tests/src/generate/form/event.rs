use serde_json::{Value, json};

use super::{address, hour, maybe, one_of, opinions, phone, rt, rw};
use crate::generate::scene::Scene;

const AUDIENCES: [&str; 8] =
    ["warga", "tokoh-masyarakat", "perempuan", "pelajar", "petani-nelayan", "pengemudi", "perangkat-desa", "satuan-keamanan"];

pub(super) fn talk(scene: &mut Scene<'_>) -> Value {
    let speaker = scene.person().name;
    json!({
        "jam_selesai": hour(scene),
        "topik": scene.say("binluh.tema"),
        "metode": one_of(scene, &["ceramah", "diskusi", "simulasi", "media"]),
        "sasaran": one_of(scene, &AUDIENCES),
        "jumlah_hadir": scene.draw.between(8, 160),
        "tempat": scene.say("tempat"),
        "alamat": address(scene),
        "narasumber": maybe(scene, 500, |scene| json!([{ "nama": speaker, "jabatan": scene.say("jabatan") }])),
        "tanya_jawab": maybe(scene, 300, |scene| json!([{ "pertanyaan": scene.say("dialog") }])),
    })
}

pub(super) fn sambang(scene: &mut Scene<'_>) -> Value {
    let met = scene.resident.name.clone();
    json!({
        "jenis": one_of(scene, &["sambang-warga", "sambang-tokoh", "sambang-tempat", "kerja-bakti"]),
        "tempat": scene.say("tempat"),
        "alamat": address(scene),
        "rt": rt(scene),
        "rw": rw(scene),
        "sasaran": one_of(scene, &AUDIENCES),
        "ditemui": [{ "nama": met, "jabatan": scene.say("jabatan") }],
        "jumlah_hadir": scene.draw.between(1, 40),
        "pesan": scene.say("pesan"),
        "pendapat": opinions(scene),
    })
}

pub(super) fn satkamling(scene: &mut Scene<'_>) -> Value {
    let head = scene.person().name;
    let members: Vec<Value> = (0..scene.draw.between(0, 8)).map(|_| json!({ "nama": scene.person().name, "jabatan": "anggota" })).collect();
    json!({
        "kegiatan": one_of(scene, &["pemeriksaan", "ronda", "pengaktifan"]),
        "nama_pos": format!("Pos {}", scene.say("pos")),
        "jenis_satuan": one_of(scene, &["poskamling", "linmas"]),
        "keadaan_pos": one_of(scene, &["aktif", "pasif", "diaktifkan-kembali"]),
        "nama_ketua": head,
        "telepon_ketua": maybe(scene, 500, |scene| json!(phone(scene))),
        "alamat": address(scene),
        "rt": rt(scene),
        "rw": rw(scene),
        "anggota": members,
        "petugas_jaga": scene.draw.between(1, 9),
        "buku_mutasi": scene.draw.chance(600),
        "kondisi": one_of(scene, &["baik", "cukup", "kurang"]),
        "temuan": maybe(scene, 500, |scene| json!(scene.say("satkamling.fakta"))),
    })
}

pub(super) fn message(scene: &mut Scene<'_>) -> Value {
    json!({
        "judul_pesan": scene.say("binluh.tema"),
        "jenis_pesan": one_of(scene, &["naskah", "infografis", "atensi-pimpinan", "imbauan"]),
        "cara": one_of(scene, &["tatap-muka", "pertemuan", "rumah-ibadah", "pengeras-suara", "selebaran", "pesan-singkat"]),
        "sasaran": one_of(scene, &AUDIENCES),
        "jumlah_penerima": scene.draw.between(1, 300),
        "tempat": scene.say("tempat"),
        "alamat": address(scene),
        "rt": rt(scene),
        "rw": rw(scene),
        "tanggapan": maybe(scene, 500, |scene| json!(scene.say("pesan.fakta"))),
    })
}
