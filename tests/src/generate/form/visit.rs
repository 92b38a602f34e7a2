use serde_json::{Value, json};

use super::{address, birth_date, description, ethnic_group, hour, maybe, one_of, opinions, phone, religion, rt, rw, sex};
use crate::generate::scene::{Person, Scene};

pub(super) fn household(scene: &mut Scene<'_>) -> Value {
    let head = scene.resident.clone();
    let occupation = scene.occupation();
    json!({
        "kunjungan_ke": scene.draw.between(1, 6),
        "penerima": head.name,
        "hubungan_penerima": one_of(scene, &["kepala-keluarga", "kepala-keluarga", "istri", "anak", "orang-tua"]),
        "nama_kepala_keluarga": head.name,
        "jenis_kelamin": sex(&head),
        "tempat_lahir": scene.village.name,
        "tanggal_lahir": birth_date(scene, 24, 80),
        "agama": religion(scene),
        "suku": ethnic_group(scene),
        "kewarganegaraan": "wni",
        "pekerjaan": occupation,
        "telepon": maybe(scene, 600, |scene| json!(phone(scene))),
        "alamat": address(scene),
        "rt": rt(scene),
        "rw": rw(scene),
        "anggota": members(scene, &head),
        "kontak_luar": maybe(scene, 350, |scene| {
            let contact = scene.person();
            json!({ "nama": contact.name, "hubungan": one_of(scene, &["saudara", "tetangga", "ketua RT"]), "telepon": phone(scene) })
        }),
        "pendapat": opinions(scene),
        "informasi": maybe(scene, 120, |scene| {
            json!([{ "bidang": scene.talk.field, "uraian": description(scene, "isi") }])
        }),
    })
}

fn members(scene: &mut Scene<'_>, head: &Person) -> Value {
    let mut rows = Vec::new();
    for place in 0..scene.draw.between(0, 6) {
        let member = scene.person();
        let (relation, low, high) = match place {
            0 if head.woman => ("orang-tua", 60, 90),
            0 => ("istri", 22, 70),
            5 => ("cucu", 1, 10),
            _ => ("anak", 1, 24),
        };
        let work = match relation {
            "istri" => "rumah-tangga",
            "orang-tua" => "tidak-bekerja",
            "cucu" => "belum-sekolah",
            _ => "pelajar",
        };
        rows.push(json!({
            "nama": member.name,
            "jenis_kelamin": sex(&member),
            "hubungan": relation,
            "tanggal_lahir": birth_date(scene, low, high),
            "status_kerja": work,
        }));
    }
    if rows.is_empty() { Value::Null } else { json!(rows) }
}

pub(super) fn business(scene: &mut Scene<'_>) -> Value {
    let owner = scene.resident.clone();
    let family = owner.name.split(' ').next_back().unwrap_or_default().to_owned();
    json!({
        "kunjungan_ke": scene.draw.between(1, 4),
        "penerima": owner.name,
        "jabatan_penerima": one_of(scene, &["pemilik", "kasir", "mandor"]),
        "nama_usaha": format!("UD {family}"),
        "jenis_usaha": one_of(scene, &["toko", "warung", "bengkel", "pertanian", "industri", "energi", "jasa"]),
        "telepon": maybe(scene, 500, |scene| json!(phone(scene))),
        "jam_buka": maybe(scene, 700, |scene| json!(hour(scene))),
        "jumlah_karyawan": scene.draw.below(12),
        "alamat": address(scene),
        "rt": rt(scene),
        "rw": rw(scene),
        "nama_pemilik": owner.name,
        "jenis_kelamin": sex(&owner),
        "agama": religion(scene),
        "kewarganegaraan": "wni",
        "jumlah_satpam": scene.draw.below(3),
        "jumlah_kamera": scene.draw.below(4),
        "pendapat": opinions(scene),
    })
}
