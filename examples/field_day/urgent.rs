//! Three weeks without signal, then a moment of it: the urgent report overtakes a backlog of 300.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use sync_core::sim::Profile;
use tests::generate::{Corpus, Officer};
use time::Month;

use crate::cast::{Centre, Phone, Wrong};
use crate::day::{Filed, file_all, written};
use crate::say::Voice;
use crate::tally;

const VILLAGE: &str = "53.03.02.2001";
const BACKLOG: usize = 300;
/// What was written last is the only one of them that is urgent.
const KINDS: [&str; 4] = ["sambang", "dds-warga", "binluh", "satkamling"];
const SEEN: &str =
    "Dua kelompok pemuda saling mengancam karena batas kebun; parang sudah dibawa, warga tua meminta pendampingan malam ini.";

/// The phone that comes down from the hill. It enrols in the morning with the others.
pub(crate) fn enrol(folder: &Path, centre: &Centre) -> Result<Phone, Wrong> {
    let code = centre.enlist("84050005", "Aipda Agustinus Neno", &[VILLAGE], "officer")?;
    let phone = Phone::enrol(folder, centre, "Agus", &code, 5)?;
    phone.run(&["sync"])?;
    phone.link.down();
    Ok(phone)
}

/// The backlog, the urgent report, and the window of signal: it closes as soon as the centre has the urgent one.
pub(crate) fn overtake(voice: &Voice, folder: &Path, centre: &Centre, phone: &Phone, filed: &mut Filed) -> Result<(), Wrong> {
    let texts = Officer::new(Corpus::Measurement, 53, 5).month(2026, Month::November, BACKLOG);
    // Where two reports of one officer read alike, the number tells them apart.
    let texts = texts.iter().enumerate().map(|(number, report)| format!("{} (catatan {number})", report.uraian));
    let reports = KINDS.into_iter().cycle().zip(texts).map(|(kind, text)| (kind, VILLAGE, text));
    file_all(voice, folder, phone, reports, filed)?;
    let urgent = phone.file(folder, "deteksi-dini", VILLAGE, &written("deteksi-dini", SEEN)?)?;
    filed.insert(urgent.clone(), SEEN.to_owned());

    phone.link.set_profile(Profile::desa_edge());
    phone.link.up();
    let mut syncing = phone.start(&["sync"])?;
    let begun = Instant::now();
    let arrived = loop {
        let arrived = of_village(centre)?;
        if arrived.contains_key(&urgent) {
            break arrived.len() - 1;
        }
        if begun.elapsed() > Duration::from_secs(60) {
            syncing.kill()?;
            return Err("the urgent report does not arrive".into());
        }
        std::thread::park_timeout(Duration::from_millis(50));
    };
    phone.link.down();
    syncing.wait()?;
    voice.line(
        &format!("Agus: {BACKLOG} laporan menunggu, satu mendesak ditulis paling akhir; sinyal hilang lagi setelah {arrived} yang lain terkirim, yang mendesak sudah di pusat."),
        &format!("Agus: {BACKLOG} reports wait, an urgent one was written last; signal went again after {arrived} others, and the urgent one is at the centre."),
    );
    if arrived * 3 > BACKLOG {
        return Err(format!("{arrived} of {BACKLOG} ordinary reports went before the urgent one").into());
    }

    phone.link.set_profile(Profile::unlimited());
    phone.link.up();
    phone.run(&["sync"])?;
    let (unsent, all) = (phone.count("unsent")?, of_village(centre)?.len());
    if (unsent, all) != (0, BACKLOG + 1) {
        return Err(format!("{} has {unsent} unsent, the centre {all}", phone.name).into());
    }
    voice.line(
        &format!("Di Polsek sisanya menyusul: {all} laporan di pusat, 0 belum terkirim."),
        &format!("At the Polsek the rest follows: {all} reports at the centre, 0 unsent."),
    );
    Ok(())
}

/// The reports of his village that the centre holds.
fn of_village(centre: &Centre) -> Result<BTreeMap<String, Value>, Wrong> {
    tally::by_id(&centre.run(&["report", "list", "--unit", VILLAGE])?)
}
