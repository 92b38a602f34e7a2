//! The figures for Prometheus are what was done, name nobody, and have an address of their own.

use std::collections::BTreeMap;

use sync_core::UnitCode;
use sync_core::exchange::{EnrolAnswer, EnrolReply, EnrolRequest, EnrolmentCode, Request};
use sync_core::keys::SecretKey;
use sync_core::marks::{Mark, ShownMarks};
use sync_core::record::Record;

use crate::program::{centre, json};
use crate::served::{Serving, get};
use crate::world::{Phone, TEXT, VILLAGE};

/// Every sample by its name and labels.
fn samples(serving: &Serving) -> BTreeMap<String, f64> {
    let (status, head, body) = serving.scrape("/metrics");
    assert_eq!(status, 200, "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    let text = String::from_utf8(body).unwrap();
    assert!(!text.contains("8501000") && !text.contains("53.03"), "nobody is named: {text}");
    let sample = |line: &str| line.rsplit_once(' ').map(|(name, value)| (name.to_owned(), value.parse().unwrap())).unwrap();
    text.lines().filter(|line| !line.starts_with('#')).map(sample).collect()
}

/// Enrols over HTTP.
fn enrol(serving: &Serving, code: &str, number: u8) -> Phone {
    let code: EnrolmentCode = code.parse().unwrap();
    let key = SecretKey::from_seed([number; 32]);
    let (bytes, hash) = EnrolRequest::seal(&code, &key);
    let reply = EnrolReply::open(&serving.post("/v1/enrol", &bytes).2, &hash, &code).unwrap();
    let EnrolAnswer::Enrolled(signed) = &reply.answer else { panic!("{reply:?}") };
    let Some(Record::Enrolment { device, officer, .. }) = signed.open(&reply.certificate.working) else { panic!("no record") };
    Phone::of(key, device, officer)
}

#[test]
fn the_figures_are_what_was_done() {
    let directory = centre();
    let at = directory.path();
    let add = |nrp: &str| {
        let added = json(at, &["officer", "add", "--nrp", nrp, "--name", "Yohanes Bria", "--unit", VILLAGE]);
        added["code"].as_str().unwrap().to_owned()
    };
    let codes = ["85010001", "85010002", "85010003"].map(add);
    let serving = Serving::start(at, &["--metrics", "127.0.0.1:0"]);
    // Devices cannot reach them.
    assert_eq!(serving.ask(&get("/metrics"), b"").0, 404);
    assert_eq!(serving.scrape("/v1/sync").0, 404);
    let mut phones: Vec<Phone> = (1..).zip(&codes).map(|(number, code)| enrol(&serving, code, number)).collect();
    let fresh = samples(&serving);
    assert_eq!(fresh["sambang_devices{last_contact=\"never\"}"], 3.0);
    assert!(!fresh.contains_key("sambang_backup_age_seconds"), "absent until there is one");
    for outcome in ["answered", "behind", "unavailable"] {
        assert_eq!(fresh[&format!("sambang_exchanges_total{{outcome=\"{outcome}\"}}")], 0.0, "there from the start");
    }
    // One delivers two reports and has three more, one is revoked and sends one, one sends something that is no item.
    let (mut bytes_in, mut bytes_out) = (0, 0);
    let mut send = |phone: &mut Phone, request: &Request| {
        let bytes = phone.seal(request).0;
        let (status, _, reply) = serving.post("/v1/sync", &bytes);
        assert_eq!(status, 200);
        (bytes_in, bytes_out) = (bytes_in + bytes.len(), bytes_out + reply.len());
    };
    let [first, second, third] = phones.as_mut_slice() else { panic!("three") };
    first.file(VILLAGE, TEXT);
    first.file(VILLAGE, TEXT);
    let request = Request { unsent: 3, ..first.request(first.pending()) };
    send(first, &request);
    json(at, &["device", "revoke", &second.device.to_string()]);
    second.file(VILLAGE, TEXT);
    let request = second.request(second.pending());
    send(second, &request);
    // It also shows more of the centre's past than there is.
    let marks =
        ShownMarks::mark_shown(&[Mark::mark_tag(99, &[9; 32])], 0).map(|shown| (VILLAGE.parse::<UnitCode>().unwrap().partition(), shown));
    send(third, &Request { items: vec![b"ini bukan kiriman".to_vec()], marks: marks.into_iter().collect(), ..Request::default() });
    // And a stranger is turned back.
    let stranger = Phone::of(SecretKey::from_seed([9; 32]), sync_core::DeviceId([9; 8]), first.officer).seal(&Request::default()).0;
    let (status, _, answer) = serving.post("/v1/sync", &stranger);
    assert_eq!((status, answer.as_slice()), (403, b"unknown-device".as_slice()));
    json(at, &["backup", at.join("cadangan").to_str().unwrap()]);

    let found = samples(&serving);
    let is = |name: &str, value: f64| assert_eq!(found.get(name), Some(&value), "{name}: {found:#?}");
    is("sambang_exchanges_total{outcome=\"answered\"}", 3.0);
    is("sambang_exchanges_total{outcome=\"unknown-device\"}", 1.0);
    is("sambang_exchange_seconds_count", 4.0);
    is("sambang_exchange_seconds_bucket{le=\"+Inf\"}", 4.0);
    is("sambang_exchange_bytes_total{direction=\"in\"}", (bytes_in + stranger.len()) as f64);
    is("sambang_exchange_bytes_total{direction=\"out\"}", bytes_out as f64);
    is("sambang_changes_accepted_total", 2.0);
    is("sambang_items_total{verdict=\"held\"}", 1.0);
    is("sambang_items_total{verdict=\"refused\"}", 1.0);
    is("sambang_turned_away_total", 0.0);
    is("sambang_devices{last_contact=\"hour\"}", 2.0);
    is("sambang_devices{last_contact=\"never\"}", 0.0);
    is("sambang_devices_revoked", 1.0);
    is("sambang_devices_with_unsent", 1.0);
    is("sambang_unsent_reports", 3.0);
    is("sambang_held_changes", 1.0);
    is("sambang_held_reports", 1.0);
    is("sambang_quarantine_items", 1.0);
    is("sambang_quarantine_bytes", 17.0);
    is("sambang_quarantine_dropped", 0.0);
    is("sambang_documents", 2.0);
    is("sambang_recovery", 0.0);
    is("sambang_rollbacks_seen", 1.0);
    is("sambang_devices_that_saw_rollbacks", 1.0);
    let seen = &json(at, &["journal", "status"])["rollbacks"];
    assert_eq!((seen.as_array().unwrap().len(), seen[0]["shown"].as_u64(), seen[0]["common"].as_u64()), (1, Some(99), Some(0)));
    is("sambang_devices_unconfirmed", 0.0);
    // The key; three officers with a grant each; three enrolments; a revocation.
    is("sambang_journal_entries", 11.0);
    assert!(found["sambang_exchange_seconds_sum"] > 0.0);
    assert!(found["sambang_backup_age_seconds"] < 3_600.0);
    // A week later what a device saw is over.
    let database = rusqlite::Connection::open(at.join("centre/sambang.db")).unwrap();
    database.execute("UPDATE rollback_seen SET last_at = last_at - 7 * 24 * 3600 * 1000", []).unwrap();
    let later = samples(&serving);
    assert_eq!((later["sambang_devices_that_saw_rollbacks"], later["sambang_rollbacks_seen"]), (0.0, 1.0));
}
