//! What the centre makes of reports that arrive: flags on repeated descriptions, and the evaluation that never calls silence idleness.

use serde_json::{Value, json};
use sync_core::{ReportId, Timestamp};
use sync_server::{Activity, Evaluation, EvaluationOf, ExportFormat, OpenOptions, Period, Repair, ReportFilter, Server, Zone};
use tests::world::{Person, World, early_detection};

const VILLAGE: &str = "53.03.01.2005";
const OTHER_POLSEK: &str = "53.03.02.2001";
const WATER: &str = "Warga RT 04 mengeluhkan pipa air bersih putus sejak enam hari sehingga mengambil air di kali.";
const DOGS: &str = "Anjing liar menggigit anak sekolah di jalan raya, vaksin di puskesmas kosong sejak bulan lalu.";
const FIRE: &str = "Kebakaran lahan jagung di lereng bukit dipadamkan bersama pemuda dan linmas menjelang magrib.";
const THEFT: &str = "Tiga ekor sapi hilang dari kandang dekat embung, jejak ban truk mengarah ke jalan lintas batas.";

fn file(person: &Person, text: &str) -> ReportId {
    let mut data = early_detection(0);
    data["uraian"] = text.into();
    person.device.file("deteksi-dini", VILLAGE.parse().unwrap(), &data).unwrap()
}

fn repeat_of(world: &World, id: ReportId) -> Option<ReportId> {
    world.reports().into_iter().find(|report| report.id == id).unwrap().repeat_of
}

/// The world begins on Wednesday of 2026-W48.
fn evaluate(server: &Server, unit: &str, as_of: Timestamp) -> Evaluation {
    let of = EvaluationOf { period: Period::parse("2026-W48").unwrap(), unit: unit.parse().unwrap(), zone: Zone::Wita, as_of };
    server.evaluate(of).unwrap()
}

fn activities(evaluation: &Evaluation) -> Vec<Activity> {
    evaluation.officers.iter().map(|officer| officer.activity).collect()
}

#[test]
fn a_copy_is_flagged_when_it_is_accepted_and_a_late_original_takes_the_flag() {
    let world = World::new(21);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let second = world.second_phone(yosef.nrp);
    // Recorded first, on the phone that calls last.
    let original = file(&second, WATER);
    let (copy, other) = (file(&yosef, WATER), file(&yosef, DOGS));
    let near = file(&yosef, &WATER.replace("RT 04", "RT 11"));
    world.sync(&yosef);
    assert_eq!((repeat_of(&world, copy), repeat_of(&world, near), repeat_of(&world, other)), (None, Some(copy), None));
    world.sync(&second);
    assert_eq!((repeat_of(&world, original), repeat_of(&world, copy), repeat_of(&world, near)), (None, Some(original), Some(original)));
    let shown = world.server.report(near).unwrap();
    assert_eq!((shown["repeat_of"].clone(), shown["repeat_kind"].clone()), (json!(original.to_string()), json!("near")));
    // Another officer's words are no copy.
    let maria = world.officer(2, "officer", &[VILLAGE]);
    let hers = file(&maria, WATER);
    world.sync(&maria);
    assert_eq!(repeat_of(&world, hers), None);
    // An edit settles it.
    yosef.set(copy, "uraian", FIRE);
    world.sync(&yosef);
    assert_eq!((repeat_of(&world, copy), repeat_of(&world, near)), (None, Some(original)));
    assert!(world.server.verify(Repair::No, world.now()).unwrap().differences.is_empty());
}

#[test]
fn an_evaluation_counts_what_is_known_and_calls_silence_by_its_name() {
    let world = World::new(22);
    let [aktif, cukup, kurang, silent] =
        [1, 2, 3, 4].map(|number| world.officer(number, "officer", &[if number == 4 { OTHER_POLSEK } else { VILLAGE }]));
    for text in [WATER, DOGS, FIRE, THEFT] {
        file(&aktif, text);
    }
    for text in [WATER, WATER, DOGS] {
        file(&cukup, text);
    }
    for person in [&aktif, &cukup] {
        world.sync(person);
    }
    let running = evaluate(&world.server, "53", world.now());
    assert_eq!(
        activities(&running),
        [Activity::Aktif, Activity::Cukup, Activity::Kurang, Activity::Kurang],
        "each has synced since the week began"
    );
    let found = running.json();
    assert_eq!(
        (&found["officers"][1]["reports"], &found["officers"][1]["distinct"], &found["officers"][1]["repeats"]),
        (&json!(3), &json!(2), &json!(1))
    );
    // The week ends on Sunday at midnight in WITA; the officer of the other Polsek is never heard of again.
    world.wait_ms(7 * 24 * 3_600 * 1_000);
    for person in [&cukup, &kurang] {
        world.sync(person);
    }
    let mut unheard = early_detection(0);
    unheard["uraian"] = THEFT.into();
    silent.device.file("deteksi-dini", OTHER_POLSEK.parse().unwrap(), &unheard).unwrap();
    let ended = evaluate(&world.server, "53", world.now());
    assert_eq!(activities(&ended), [Activity::Aktif, Activity::Cukup, Activity::Kurang, Activity::BelumSinkron]);
    let polres = ended.json()["units"].as_array().unwrap().iter().find(|unit| unit["unit"] == "53.03").unwrap().clone();
    assert_eq!(
        [&polres["officers"], &polres["aktif"], &polres["cukup"], &polres["kurang"], &polres["belum_sinkron"], &polres["reports"]]
            .map(Value::as_u64),
        [4, 1, 1, 1, 1, 7].map(Some)
    );
    let polsek = evaluate(&world.server, "53.03.02", world.now());
    assert_eq!((polsek.officers.len(), polsek.units.len()), (1, 1));
}

#[test]
fn a_centre_from_before_the_flags_is_flagged_when_it_is_opened() {
    let world = World::new(23);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    let (original, copy) = (file(&yosef, WATER), file(&yosef, WATER));
    world.sync(&yosef);
    let directory = world.directory();
    let database = rusqlite::Connection::open(directory.join("sambang.db")).unwrap();
    database
        .execute_batch(
            "ALTER TABLE incarnation DROP COLUMN born; ALTER TABLE incarnation DROP COLUMN used; ALTER TABLE incarnation DROP COLUMN unsent;
             ALTER TABLE device DROP COLUMN lives; ALTER TABLE feed_entry DROP COLUMN element; ALTER TABLE feed DROP COLUMN documents; ALTER TABLE feed DROP COLUMN sum;
             DROP TABLE rollback_seen; DROP TABLE journal; ALTER TABLE device DROP COLUMN confirmed; DROP TABLE form_step; DROP TABLE unit_succession; DROP INDEX report_by_message; DROP TABLE broadcast_cursor;
             ALTER TABLE held DROP COLUMN discarded; DROP TABLE held_decision;
             ALTER TABLE refused DROP COLUMN version; ALTER TABLE device DROP COLUMN quarantine_dropped_bytes;
             ALTER TABLE report DROP COLUMN fingerprint; ALTER TABLE report DROP COLUMN repeat_of; ALTER TABLE report DROP COLUMN repeat_kind;
             ALTER TABLE report DROP COLUMN returns; PRAGMA user_version = 1;",
        )
        .unwrap();
    drop(database);
    let server = Server::open(&directory, OpenOptions::MustExist).unwrap();
    let reports = server.reports(&ReportFilter { id: Some(copy), ..ReportFilter::default() }).unwrap();
    assert_eq!(reports[0].repeat_of, Some(original));
    assert!(server.verify(Repair::No, world.now()).unwrap().differences.is_empty());
    // Every format writes something of it.
    for format in
        [ExportFormat::Json, ExportFormat::Ndjson, ExportFormat::Csv, ExportFormat::Xlsx, ExportFormat::GeoJson, ExportFormat::Pdf]
    {
        let mut out = Vec::new();
        assert_eq!(server.export(&ReportFilter::default(), format, &mut out).unwrap(), 2, "{format:?}");
        assert!(out.len() > 200, "{format:?}");
    }
    let missing = ReportFilter { id: Some(ReportId::from_bytes([9; 16])), ..ReportFilter::default() };
    assert_eq!(server.export(&missing, ExportFormat::Pdf, &mut Vec::new()).unwrap_err().code(), "unknown-report");
}
