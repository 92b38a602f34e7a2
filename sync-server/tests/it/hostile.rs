//! Hostile bytes at every door: body, item, enrolment. Refused, kept apart, nothing crashes, and the server goes on.

use sync_core::Refusal;
use sync_core::change::Item;
use sync_core::exchange::Verdict;
use sync_core::form::Role;
use sync_server::{Rejection, ReportFilter};

use crate::world::{Centre, TEXT, VILLAGE};

fn inputs() -> Vec<(String, Vec<u8>)> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/hostile");
    let mut found: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    found.sort();
    assert!(found.len() >= 14, "{}", found.len());
    found
}

#[test]
fn hostile_bytes_as_a_body_or_an_enrolment_are_rejected() {
    let mut centre = Centre::new();
    for (name, bytes) in inputs() {
        let random = centre.draw();
        assert!(centre.server.exchange(&bytes, centre.now).is_err(), "{name}");
        assert!(centre.server.enrol(&bytes, centre.now, random).is_err(), "{name}");
    }
    assert_eq!(centre.server.exchange(&[], centre.now), Err(Rejection::NotAMessage));
    assert_eq!(centre.server.exchange(&vec![0; 2 << 20], centre.now), Err(Rejection::TooLarge));
    assert_eq!(centre.server.exchange(&[9; 200], centre.now), Err(Rejection::UnknownVersion));
    assert_eq!(centre.server.exchange(b"<html>hello</html>", centre.now), Err(Rejection::UnknownVersion));
}

#[test]
fn hostile_bytes_as_an_item_are_refused_and_kept() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let good = officer.file(VILLAGE, TEXT);
    let honest = officer.request(officer.pending()).items.remove(0);
    let inputs = inputs();
    let mut request = officer.request(Vec::new());
    for (_, bytes) in &inputs {
        request.items.push(bytes.clone());
        // The same bytes where an honest item has its changes.
        request.items.push([&honest[..18], bytes.as_slice()].concat());
    }
    request.items.push(honest);
    let (bytes, hash) = officer.seal(&request);
    let reply = centre.server.exchange(&bytes, centre.now).unwrap();
    let reply = officer.open(&reply, &hash, &centre.server.working_key());
    let (last, bad) = reply.verdicts.split_last().unwrap();
    assert!(bad.iter().all(|verdict| matches!(verdict.rest, Some(Verdict::Refused(_)))), "{bad:?}");
    assert_eq!((last.shared, last.rest), (1, None));
    assert_eq!(centre.server.reports(&ReportFilter::default()).unwrap()[0].id, good);
    assert_eq!(centre.server.devices().unwrap()[0].quarantined, 2 * inputs.len() as u64);
}

/// Every byte of an honest request and item changed, and every length: never a panic, never another report.
#[test]
fn a_changed_byte_is_never_accepted() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    officer.file(VILLAGE, TEXT);
    let (bytes, _) = officer.seal(&officer.request(officer.pending()));
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] = changed[at].wrapping_add(1 + (at % 254) as u8);
        assert!(centre.server.exchange(&changed, centre.now).is_err(), "byte {at}");
        assert!(centre.server.exchange(&bytes[..at], centre.now).is_err(), "cut at {at}");
    }
    let honest = officer.request(officer.pending()).items.remove(0);
    let mut request = officer.request(Vec::new());
    let mut refused = 0;
    for at in 0..honest.len() {
        let mut changed = honest.clone();
        changed[at] = changed[at].wrapping_add(1 + (at % 254) as u8);
        request.items.push(changed);
        if request.items.len() == 200 || at + 1 == honest.len() {
            let count = request.items.len();
            let (bytes, hash) = officer.seal(&request);
            let reply = centre.server.exchange(&bytes, centre.now).unwrap();
            let reply = officer.open(&reply, &hash, &centre.server.working_key());
            assert_eq!(reply.verdicts.len(), count);
            assert!(reply.verdicts.iter().all(|verdict| verdict.shared == 0 && matches!(verdict.rest, Some(Verdict::Refused(_)))));
            refused += count;
            request.items.clear();
        }
    }
    assert_eq!(refused, honest.len());
    assert!(centre.server.reports(&ReportFilter::default()).unwrap().is_empty());
    let quarantined: u64 = centre.server.devices().unwrap().iter().map(|device| device.quarantined + device.quarantine_dropped).sum();
    assert_eq!(quarantined, refused as u64);
}

#[test]
fn another_devices_signature_and_an_unknown_device_are_rejected() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let other = centre.phone(12, Role::Officer, &[VILLAGE]);
    officer.key = other.key;
    let (bytes, _) = officer.seal(&officer.request(Vec::new()));
    assert_eq!(centre.server.exchange(&bytes, centre.now), Err(Rejection::WrongSignature));
    officer.head.device.0[0] ^= 1;
    let (bytes, _) = officer.seal(&officer.request(Vec::new()));
    assert_eq!(centre.server.exchange(&bytes, centre.now), Err(Rejection::UnknownDevice));
}

/// Each would cost the loading of its report.
#[test]
fn an_item_without_a_change_is_no_item() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let report = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    let empty = Item { report, changes: Vec::new() }.encode().unwrap();
    let mut request = officer.request(Vec::new());
    request.items = vec![empty; 200];
    let (bytes, hash) = officer.seal(&request);
    let reply = officer.open(&centre.server.exchange(&bytes, centre.now).unwrap(), &hash, &centre.server.working_key());
    assert_eq!(reply.verdicts.len(), 200);
    assert!(reply.verdicts.iter().all(|verdict| verdict.rest == Some(Verdict::Refused(Refusal::Undecodable)) && verdict.token.is_none()));
}

#[test]
fn a_full_quarantine_counts_and_goes_on() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    for round in 0..6_u32 {
        let mut request = officer.request(Vec::new());
        request.items = (0..200_u32).map(|number| [round.to_be_bytes(), number.to_be_bytes()].concat()).collect();
        let (bytes, hash) = officer.seal(&request);
        let reply = centre.server.exchange(&bytes, centre.now).unwrap();
        let reply = officer.open(&reply, &hash, &centre.server.working_key());
        assert!(reply.verdicts.iter().all(|verdict| verdict.rest == Some(Verdict::Refused(Refusal::Undecodable))));
        // The device is told what it has the only copy of.
        assert!(reply.verdicts.iter().all(|verdict| verdict.turned_away == (round == 5)), "round {round}");
    }
    let device = centre.server.devices().unwrap().remove(0);
    assert_eq!((device.quarantined, device.quarantine_bytes, device.quarantine_dropped), (1_000, 8_000, 200));
    let quota = centre.server.quarantine_quotas().unwrap().remove(0);
    assert_eq!((quota.items, quota.items_max, quota.dropped, quota.dropped_bytes), (1_000, 1_000, 200, 1_600));
}
