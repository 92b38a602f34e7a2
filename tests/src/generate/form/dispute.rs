use serde_json::{Value, json};

use super::{address, one_of, rt, rw, sex};
use crate::generate::calendar;
use crate::generate::scene::{Scene, plain};

pub(super) fn problem_solving(scene: &mut Scene<'_>) -> Value {
    let settled = scene.draw.chance(700);
    let mut parties = Vec::new();
    for _ in 0..2 {
        let party = scene.person();
        let work = plain(&scene.vocabulary.grammar, &mut scene.draw, "pekerjaan");
        parties.push(json!({
            "nama": party.name,
            "jenis_kelamin": sex(&party),
            "umur": scene.draw.between(18, 75),
            "pekerjaan": work,
            "alamat": address(scene),
        }));
    }
    let witness = scene.person().name;
    let mut data = json!({
        "jenis": "sengketa",
        "bidang": scene.talk.field,
        "tempat": scene.say("tempat"),
        "rt": rt(scene),
        "rw": rw(scene),
        "pihak": parties,
        "saksi": [{ "nama": witness, "keterangan": scene.say("jabatan") }],
        "hasil": if settled { json!("selesai") } else { one_of(scene, &["dalam-proses", "tidak-sepakat"]) },
        "surat_kesepakatan": settled,
    });
    if settled {
        data["penyelesaian"] = json!(scene.say("ps.hasil"));
        data["tanggal_selesai"] = json!(calendar::stored(scene.date));
    }
    data
}
