//! The day itself, in the order of its hours.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value};
use sync_core::sim::{Direction, Profile};
use tests::generate::{Corpus, Officer};
use tests::link::Stats;
use time::Month;

use crate::cast::{Centre, Phone, Wrong};
use crate::say::Voice;
use crate::{message, tally, urgent};

/// All real codes of Indonesia; the day uses those of one regency.
const UNITS: &str = include_str!("../../data/wilayah.csv");
/// Timor Tengah Utara.
const REGENCY: &str = "53.03";
const DISTRICT: &str = "53.03.01";
/// Bokon, where Yosef and Maria both work.
const SHARED: &str = "53.03.01.2005";
/// Bitefa is Yosef's, Keanbaun Maria's. Jak is Petrus's: there is no signal there all day.
const VILLAGES: [&str; 3] = ["53.03.01.2006", "53.03.01.2007", "53.03.01.2021"];
const REPORTS_EACH: usize = 20;
const REPORTS_OF_PETRUS: usize = 5;

const EXAMPLES: [(&str, &str); 9] = [
    ("deteksi-dini", include_str!("../../sync-core/forms/examples/deteksi-dini.json")),
    ("dds-warga", include_str!("../../sync-core/forms/examples/dds-warga.full.json")),
    ("dds-usaha", include_str!("../../sync-core/forms/examples/dds-usaha.full.json")),
    ("laporan-informasi", include_str!("../../sync-core/forms/examples/laporan-informasi.full.json")),
    ("problem-solving", include_str!("../../sync-core/forms/examples/problem-solving.full.json")),
    ("binluh", include_str!("../../sync-core/forms/examples/binluh.full.json")),
    ("sambang", include_str!("../../sync-core/forms/examples/sambang.full.json")),
    ("satkamling", include_str!("../../sync-core/forms/examples/satkamling.full.json")),
    ("pesan-kamtibmas", include_str!("../../sync-core/forms/examples/pesan-kamtibmas.full.json")),
];

/// The filed reports: id and description.
pub(crate) type Filed = BTreeMap<String, String>;

pub(crate) fn live(voice: &Voice) -> Result<(), Wrong> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let mut filed = Filed::new();

    voice.heading(
        "07.00",
        "Pagi di Polres: pusat dibuka, petugas mendaftarkan telepon.",
        "Morning at the Polres: the centre opens, phones are enrolled.",
    );
    let mut centre = open_centre(voice, folder)?;
    let (yosef, maria, petrus, kanit) = enrol(voice, folder, &centre)?;
    let agus = urgent::enrol(folder, &centre)?;
    let shared = yosef.file(
        folder,
        "sambang",
        SHARED,
        &written("sambang", "Warga Bokon meminta lampu jalan di dekat pasar karena dua sepeda motor hilang bulan ini.")?,
    )?;
    filed.insert(shared.clone(), "lampu jalan".to_owned());
    let atensi = message::send(voice, &kanit, DISTRICT)?;
    yosef.run(&["sync"])?;
    maria.run(&["sync"])?;

    voice.heading("08.00", "Bukit tanpa sinyal: sehari penuh bekerja luring.", "Hills without signal: a whole day's work offline.");
    for phone in [&yosef, &maria, &petrus] {
        phone.link.down();
    }
    for (number, phone) in (0..).zip([&yosef, &maria]) {
        file_a_day(voice, folder, phone, (number, REPORTS_EACH), &mut filed)?;
    }
    let text = "Atensi tentang pencurian ternak dibacakan pada rapat kelompok tani Bokon; anggota sepakat berjaga bergilir.";
    let conveyed = message::convey(voice, folder, &yosef, (&atensi, SHARED), written("pesan-kamtibmas", text)?)?;
    filed.insert(conveyed.clone(), text.to_owned());
    // What he files stays on his phone: it is not among what the centre must hold tonight.
    file_a_day(voice, folder, &petrus, (2, REPORTS_OF_PETRUS), &mut Filed::new())?;
    yosef.run(&["report", "edit", &shared, "--set", "tempat=Pasar Bokon, dekat gereja"])?;
    maria.run(&["report", "edit", &shared, "--set", "tempat=Simpang tiga Bokon"])?;
    voice.line(
        "Keduanya mengubah isian «tempat» pada laporan yang sama, tanpa saling tahu.",
        "Both edit the field «tempat» of the same report, without knowing.",
    );
    let saved = die_while_saving(voice, folder, &maria, &mut filed)?;
    voice.line(
        &format!("Telepon Maria dimatikan paksa (kill -9) saat menyimpan, {saved} kali sudah sempat tersimpan; isinya utuh."),
        &format!("Maria's phone is killed (-9) while saving; {saved} times the report was saved already; the store is whole."),
    );

    voice.heading(
        "17.00",
        "Sinyal kembali: EDGE 40/100 kbit/s, 600 ms, terputus di tengah kiriman.",
        "Signal returns: EDGE 40/100 kbit/s, 600 ms, cut in mid-transfer.",
    );
    for phone in [&yosef, &maria] {
        phone.link.set_profile(Profile::desa_edge());
        phone.link.up();
        phone.link.cut_after_bytes(Direction::Up, 2_000);
        send_all(voice, phone)?;
    }

    voice.heading(
        "18.00",
        "Kanit Binmas di Polsek membaca, menyelesaikan perbedaan, dan menjawab.",
        "The supervisor at the Polsek reads, settles the conflict, and answers.",
    );
    kanit.run(&["sync"])?;
    resolve(voice, &kanit, &shared)?;
    supervise(voice, &kanit, &yosef, &filed)?;
    kanit.run(&["sync"])?;
    for phone in [&yosef, &maria] {
        phone.run(&["sync"])?;
    }
    answer_on_the_hill(voice, &yosef, &kanit)?;
    tally::all_agree(&centre, &[&yosef, &maria, &kanit], &shared)?;
    voice.line("Penyelesaian itu sudah tampil di kedua telepon.", "The resolution has arrived on both phones.");

    voice.heading(
        "19.00",
        "Turun dari bukit: tiga minggu laporan tertunda, dan satu yang mendesak.",
        "Down from the hill: three weeks of reports wait, and one that is urgent.",
    );
    urgent::overtake(voice, folder, &centre, &agus, &mut filed)?;

    voice.heading("20.00", "Daftar di Polsek.", "The supervisor's list.");
    show_list(voice, &kanit)?;
    let held = tally::centre_holds(&centre, &filed)?;
    centre.run(&["verify"])?;
    voice.line(
        &format!("{held} laporan di pusat: tidak ada yang hilang, tidak ada yang ganda; semua dokumen disusun ulang dan cocok."),
        &format!("{held} reports at the centre: none missing, none doubled; every document was rebuilt and matches."),
    );

    message::account(voice, &centre, (&atensi, &conveyed))?;

    voice.heading(
        "21.00",
        "Evaluasi minggu ini: yang tidak sempat bersinyal bukan yang malas.",
        "This week's evaluation: who had no signal is not called idle.",
    );
    evaluate(voice, &centre, &petrus)?;
    centre.close()
}

/// The evaluation of the running week; it knows of two officers what they did, and of the third that it cannot know.
fn evaluate(voice: &Voice, centre: &Centre, petrus: &Phone) -> Result<(), Wrong> {
    let (year, week, _) = (time::OffsetDateTime::now_utc() + time::Duration::hours(8)).to_iso_week_date();
    let week = format!("{year}-W{week:02}");
    let evaluation = centre.run(&["evaluate", "--period", &week, "--unit", REGENCY])?;
    let expected = [("Yosef", "aktif"), ("Maria", "aktif"), ("Petrus", "belum sinkron")];
    let officers = evaluation.get("officers").and_then(Value::as_array).ok_or("no officers")?;
    voice.line(&format!("Minggu {week}, Timor Tengah Utara:"), &format!("Week {week}, Timor Tengah Utara:"));
    for officer in officers {
        let text = |key: &str| officer.get(key).and_then(Value::as_str).unwrap_or_default();
        let count = |key: &str| officer.get(key).and_then(Value::as_u64).unwrap_or_default();
        let line = |reports: &str, contact: &str, never: &str| {
            let at = officer.get("last_contact").and_then(Value::as_str).unwrap_or(never);
            format!("{:<24} {:<13} {:>3} {reports}, {contact} {at}", text("name"), text("activity"), count("reports"))
        };
        voice.line(&line("laporan", "kontak terakhir", "belum pernah"), &line("reports", "last contact", "never"));
    }
    for (name, activity) in expected {
        let found = officers.iter().find(|officer| officer.get("name").and_then(Value::as_str).is_some_and(|full| full.contains(name)));
        let found = found.and_then(|officer| officer.get("activity")).and_then(Value::as_str);
        if found != Some(activity) {
            return Err(format!("the evaluation says of {name}: {found:?} instead of {activity}").into());
        }
    }
    let unsent = petrus.count("unsent")?;
    if unsent != REPORTS_OF_PETRUS as u64 {
        return Err(format!("Petrus has {unsent} unsent instead of {REPORTS_OF_PETRUS}").into());
    }
    voice.line(
        &format!("{unsent} laporan Petrus aman di teleponnya dan menunggu sinyal; pusat tidak menyebutnya kurang."),
        &format!("{unsent} reports of Petrus are safe on his phone and wait for signal; the centre does not call him idle."),
    );
    Ok(())
}

fn open_centre(voice: &Voice, folder: &Path) -> Result<Centre, Wrong> {
    let file = folder.join("wilayah.csv");
    let province = REGENCY.split('.').next().unwrap_or_default();
    let wanted = |line: &&str| {
        let code = line.split(',').next().unwrap_or_default();
        code == "code" || code == province || code == REGENCY || code.starts_with(&format!("{REGENCY}."))
    };
    let lines: Vec<&str> = UNITS.lines().filter(wanted).collect();
    std::fs::write(&file, lines.join("\n") + "\n")?;
    let centre = Centre::open(folder, &file)?;
    voice.line(
        &format!("{} wilayah Kabupaten Timor Tengah Utara diimpor; pusat melayani di {}.", lines.len() - 1, centre.address),
        &format!("{} units of Timor Tengah Utara imported; the centre serves on {}.", lines.len() - 1, centre.address),
    );
    Ok(centre)
}

fn enrol(voice: &Voice, folder: &Path, centre: &Centre) -> Result<(Phone, Phone, Phone, Phone), Wrong> {
    let people = [
        ("Yosef", "81010001", "Aipda Yosef Naibesi", vec![SHARED, VILLAGES[0]], "officer"),
        ("Maria", "81010002", "Bripka Maria Kolo", vec![SHARED, VILLAGES[1]], "officer"),
        ("Petrus", "95030004", "Bripda Petrus Taek", vec![VILLAGES[2]], "officer"),
        ("Kanit", "79020003", "Iptu Paulus Sila", vec![DISTRICT], "polsek"),
    ];
    let mut phones = Vec::new();
    for (seed, (short, nrp, name, units, role)) in (1..).zip(people) {
        let code = centre.enlist(nrp, name, &units, role)?;
        if role == "polsek" {
            centre.run(&["officer", "grant", nrp, "--unit", DISTRICT, "--class", "rahasia"])?;
        }
        let phone = Phone::enrol(folder, centre, short, &code, seed)?;
        // Petrus is on his way to Jak before his phone has synced once.
        if short != "Petrus" {
            phone.run(&["sync"])?;
        }
        phones.push(phone);
        voice.line(&format!("{name} ({role}): {}", units.join(", ")), &format!("{name} ({role}): {}", units.join(", ")));
    }
    let [yosef, maria, petrus, kanit] = <[Phone; 4]>::try_from(phones).map_err(|_| "four phones")?;
    Ok((yosef, maria, petrus, kanit))
}

/// The example data of a kind with another description.
pub(crate) fn written(kind: &str, uraian: &str) -> Result<Value, Wrong> {
    let (_, text) = EXAMPLES.iter().find(|(name, _)| *name == kind).ok_or("no such example")?;
    let mut data: Map<String, Value> = serde_json::from_str(text)?;
    data.insert("uraian".to_owned(), uraian.into());
    Ok(Value::Object(data))
}

/// So many reports of all kinds, as this officer would describe them: in his own village and, where it is his too, in the shared one.
fn file_a_day(voice: &Voice, folder: &Path, phone: &Phone, (number, count): (u64, usize), filed: &mut Filed) -> Result<(), Wrong> {
    let village = VILLAGES.get(usize::try_from(number)?).ok_or("a village")?;
    let texts = Officer::new(Corpus::Measurement, 53, number).month(2026, Month::November, count);
    let places = [if number < 2 { SHARED } else { village }, village];
    let kinds = EXAMPLES.iter().map(|(kind, _)| *kind).cycle();
    let reports = kinds.zip(places.into_iter().cycle()).zip(texts.iter().map(|report| report.uraian.clone()));
    file_all(voice, folder, phone, reports.take(count).map(|((kind, unit), text)| (kind, unit, text)), filed)?;
    let (unsent, kinds) = (phone.count("unsent")?, EXAMPLES.len().min(count));
    voice.line(
        &format!("{}: {count} laporan dari {kinds} jenis tersimpan, {unsent} belum terkirim.", phone.name),
        &format!("{}: {count} reports of {kinds} kinds saved, {unsent} unsent.", phone.name),
    );
    if unsent < count as u64 { Err("the phone says less than it has unsent".into()) } else { Ok(()) }
}

/// Files reports, each a kind, a unit and a description, with a bar.
pub(crate) fn file_all<'a>(
    voice: &Voice,
    folder: &Path,
    phone: &Phone,
    reports: impl Iterator<Item = (&'a str, &'a str, String)>,
    filed: &mut Filed,
) -> Result<(), Wrong> {
    let reports: Vec<_> = reports.collect();
    let bar = voice.bar(reports.len() as u64, "menulis laporan", "filing reports");
    for (kind, unit, text) in reports {
        filed.insert(phone.file(folder, kind, unit, &written(kind, &text)?)?, text);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Kills the saving process at ten moments. What was printed is saved; what was not printed may be; the store opens every time.
fn die_while_saving(voice: &Voice, folder: &Path, phone: &Phone, filed: &mut Filed) -> Result<usize, Wrong> {
    let bar = voice.bar(10, "kill -9 saat menyimpan", "kill -9 while saving");
    let text =
        |number: u32| format!("Laporan nomor {number} yang ditulis ketika telepon mati mendadak karena baterai habis di tengah jalan.");
    // How long one saving takes here, from the start of its process to its end: the moments lie around the commit, which is near the end.
    let begun = Instant::now();
    let id = phone.file(folder, "deteksi-dini", SHARED, &written("deteksi-dini", &text(0))?)?;
    let usual = begun.elapsed();
    filed.insert(id, text(0));
    let before = filed.len();
    for number in 1..=10_u32 {
        let text = text(number);
        let data = written("deteksi-dini", &text)?;
        let printed = phone.file_and_die(folder, ("deteksi-dini", SHARED), &data, usual * (14 + number) / 20)?;
        let list = phone.run(&["report", "list", "--kind", "deteksi-dini"])?;
        let listed = list.as_array().into_iter().flatten().filter_map(|row| row.get("id")?.as_str());
        let found: Vec<&str> = listed.filter(|id| !filed.contains_key(*id)).collect();
        match (printed, found.as_slice()) {
            (Some(id), [one]) if id == *one => drop(filed.insert(id, text)),
            (None, [one]) => drop(filed.insert((*one).to_owned(), text)),
            (None, []) => {}
            (printed, found) => return Err(format!("printed {printed:?}, saved {found:?}").into()),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(filed.len() - before)
}

/// Syncs until everything is sent: the first try is cut on its way.
fn send_all(voice: &Voice, phone: &Phone) -> Result<(), Wrong> {
    let (unsent, before) = (phone.count("unsent")?, phone.link.stats());
    let bar = voice.bar(unsent, "mengirim", "sending");
    let mut tries = 0;
    while phone.count("unsent")? > 0 {
        tries += 1;
        if tries > 10 {
            return Err(format!("{} cannot send in ten tries", phone.name).into());
        }
        // A cut is no failure of the day: what was not receipted is sent again.
        drop(phone.run(&["sync"]));
        bar.set_position(unsent - phone.count("unsent")?);
    }
    bar.finish_and_clear();
    if tries < 2 {
        return Err("the link did not cut the first try".into());
    }
    let (delivered, after) = (phone.count("delivered")?, phone.link.stats());
    let used = |value: fn(&Stats) -> u64| value(&after) - value(&before);
    let (requests, up, down) = (used(|s| s.http_requests), used(|s| s.bytes_up), used(|s| s.bytes_down));
    let seconds = after.transfer_seconds() - before.transfer_seconds();
    voice.line(
        &format!("{}: {unsent} belum terkirim → 0; {delivered} terkirim; {requests} permintaan, ↑ {up} B ↓ {down} B, {seconds:.1} detik di jaringan.", phone.name),
        &format!("{}: {unsent} unsent → 0; {delivered} delivered; {requests} requests, ↑ {up} B ↓ {down} B, {seconds:.1} s on the link.", phone.name),
    );
    Ok(())
}

/// The supervisor sees both values and who wrote them, and takes one.
fn resolve(voice: &Voice, kanit: &Phone, shared: &str) -> Result<(), Wrong> {
    let conflicts = kanit.run(&["report", "conflicts", shared])?;
    let conflict = conflicts.get(0).ok_or("the conflict did not arrive")?;
    let variants = conflict.get("variants").and_then(Value::as_array).ok_or("no values")?;
    if variants.len() != 2 {
        return Err(format!("{} values instead of two", variants.len()).into());
    }
    voice.line("Isian «tempat» punya dua nilai:", "The field «tempat» has two values:");
    for variant in variants {
        let text = |pointer: &str| variant.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let line = format!(
            "  {}. «{}» — {} ({})",
            variant.get("number").unwrap_or(&Value::Null),
            text("/value"),
            text("/by/name"),
            text("/by/nrp")
        );
        voice.line(&line, &line);
    }
    kanit.run(&["report", "resolve", shared, "tempat", "--take", "1"])?;
    Ok(())
}

/// One report goes back, one goes to another village, one is done.
fn supervise(voice: &Voice, kanit: &Phone, yosef: &Phone, filed: &Filed) -> Result<(), Wrong> {
    let own = yosef.run(&["report", "list", "--kind", "dds-warga"])?;
    let ids: Vec<&str> = own.as_array().into_iter().flatten().filter_map(|row| row.get("id")?.as_str()).collect();
    let [returned, handled, ..] = ids.as_slice() else { return Err("two household visits".into()) };
    let moved = yosef.run(&["report", "list", "--kind", "binluh"])?;
    let moved = moved.get(0).and_then(|row| row.get("id")).and_then(Value::as_str).ok_or("a talk")?;
    if !filed.contains_key(*returned) {
        return Err("an unknown report".into());
    }
    kanit.run(&["report", "return", returned, "--reason", "Lengkapi RT dan RW, serta siapa yang menerima kunjungan."])?;
    kanit.run(&["report", "handle", handled, "--note", "Sudah diteruskan ke kepala desa."])?;
    kanit.run(&["report", "hand-over", moved, "--unit", VILLAGES[1], "--note", "Kegiatan ini wilayah Maria."])?;
    voice.line(
        "Satu laporan dikembalikan, satu diserahkan ke desa lain, satu selesai ditangani.",
        "One report returned, one handed over to another village, one handled.",
    );
    Ok(())
}

/// The officer finds the returned report first, completes it, and the supervisor's phone shows the answer.
fn answer_on_the_hill(voice: &Voice, yosef: &Phone, kanit: &Phone) -> Result<(), Wrong> {
    let list = yosef.run(&["report", "list"])?;
    let first = list.get(0).ok_or("an empty list")?;
    let text = |key: &str| first.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    if text("status") != "returned" {
        return Err(format!("the returned report is not the first of the list, but {first}").into());
    }
    let id = text("id");
    yosef.run(&["report", "edit", &id, "--set", "rt=004", "--set", "rw=002", "--set", "penerima=Maria Kolo"])?;
    yosef.run(&["sync"])?;
    kanit.run(&["sync"])?;
    let answered = kanit.run(&["report", "show", &id])?;
    if answered.get("status").and_then(Value::as_str) != Some("answered") {
        return Err(format!("the answer did not arrive: {:?}", answered.get("status")).into());
    }
    let moved = yosef.run(&["report", "list", "--kind", "binluh"])?;
    if moved.as_array().is_none_or(Vec::is_empty) {
        return Err("the officer lost sight of what was handed over".into());
    }
    voice.line(
        "Yosef melengkapi laporan yang dikembalikan; jawabannya sampai ke Kanit.",
        "Yosef completes the returned report; his answer reaches the supervisor.",
    );
    Ok(())
}

fn show_list(voice: &Voice, kanit: &Phone) -> Result<(), Wrong> {
    let list = kanit.run(&["report", "list"])?;
    let rows = list.as_array().ok_or("not a list")?;
    for row in rows.iter().take(12) {
        let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let line = format!("{:<18} {:<14} {:<10} {:<9} {}", text("kind"), text("unit"), text("status"), text("author"), text("title"));
        voice.line(&line, &line);
    }
    if rows.len() > 12 {
        voice.line(&format!("… dan {} lagi", rows.len() - 12), &format!("… and {} more", rows.len() - 12));
    }
    Ok(())
}
