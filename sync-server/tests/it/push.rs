//! A report goes up, is receipted once, and comes down elsewhere.

use sync_core::change::Item;
use sync_core::exchange::{Reply, Standstill, Verdict};
use sync_core::form::Role;
use sync_core::{Incarnation, Refusal, ReportId};
use sync_server::ReportFilter;

use crate::world::{Centre, Phone, TEXT, VILLAGE, unit};

fn two() -> (Centre, Phone, Phone) {
    let mut centre = Centre::new();
    let officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let polsek = centre.phone(12, Role::Polsek, &["53.03.01"]);
    (centre, officer, polsek)
}

#[test]
fn a_report_reaches_the_centre_and_the_supervisor_in_one_exchange_each() {
    let (centre, mut officer, mut polsek) = two();
    let report = officer.file(VILLAGE, TEXT);
    assert_eq!(officer.sync(&centre), 1);
    assert_eq!(officer.kept[&report].labels.len(), 1);
    assert!(officer.shown().contains(&report), "the receipt names its feeds");
    assert_eq!(polsek.sync(&centre), 1);
    assert_eq!(polsek.heads(report), officer.heads(report));
    assert_eq!(polsek.people.get(&officer.device), Some(&officer.officer));
    assert_eq!(polsek.unit_names[&unit(VILLAGE)], "Bokon");
    assert_eq!(polsek.unit_names[&unit("ID")], "Indonesia");
    assert!(!polsek.unit_names.contains_key(&unit("53.03.02.2001")), "another district's village");
    let listed = centre.server.reports(&ReportFilter::default()).unwrap();
    assert_eq!((listed.len(), listed[0].uraian.as_str(), listed[0].author), (1, TEXT, officer.officer));
}

#[test]
fn a_second_sync_brings_nothing_and_is_tiny() {
    let (centre, mut officer, mut polsek) = two();
    officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    polsek.sync(&centre);
    officer.sync(&centre);
    for phone in [&mut officer, &mut polsek] {
        let (reply, bytes) = phone.exchange(&centre);
        assert!(reply.pages.is_empty() && reply.verdicts.is_empty() && reply.records.is_empty() && reply.units.is_none());
        assert!(bytes < 200, "{bytes}");
    }
}

#[test]
fn a_request_that_comes_again_doubles_nothing() {
    let (centre, mut officer, _) = two();
    let report = officer.file(VILLAGE, TEXT);
    let items = officer.pending();
    let (bytes, hash) = officer.seal(&officer.request(items.clone()));
    let first = centre.server.exchange(&bytes, centre.now).unwrap();
    // The reply was lost; the network brings the request again, and then the device asks anew.
    let again = centre.server.exchange(&bytes, centre.now).unwrap();
    let (first, again) =
        (officer.open(&first, &hash, &centre.server.working_key()), officer.open(&again, &hash, &centre.server.working_key()));
    assert_eq!(first.verdicts, again.verdicts);
    assert_eq!(first.verdicts[0].shared, 1);
    // DUP_PROCESS: with the pages and marks that belong to the receipts.
    let with = |reply: &Reply| (reply.marks.clone(), reply.pages.iter().map(|page| (page.feed, page.cursor)).collect::<Vec<_>>());
    assert!(!first.marks.is_empty() && !first.pages.is_empty() && with(&first) == with(&again));
    officer.sync(&centre);
    assert_eq!(officer.kept[&report].labels.values().map(|label| label.sequence).collect::<Vec<_>>(), [1]);
    let verified = centre.server.verify(sync_server::Repair::No, centre.now).unwrap();
    assert_eq!((verified.documents, verified.changes, verified.differences.len()), (1, 1, 0));
}

#[test]
fn a_used_counter_is_answered_behind_and_nothing_is_processed() {
    let (centre, mut officer, _) = two();
    let earlier = officer.clone();
    officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    let contact = centre.server.devices().unwrap();
    // A copy of the store from before: its next counter was used by another request.
    let mut copy = earlier;
    copy.openings += 100;
    copy.file(VILLAGE, "Laporan lain yang ditulis pada salinan penyimpanan yang lama, cukup panjang untuk diterima.");
    let (reply, _) = copy.exchange(&centre);
    assert_eq!(reply.standstill, Some(Standstill::Behind));
    assert!(reply.verdicts.is_empty() && reply.pages.is_empty());
    assert_eq!(centre.server.devices().unwrap(), contact, "no state changed");
    assert_eq!(centre.server.reports(&ReportFilter::default()).unwrap().len(), 1);
    // A new life of the store goes on, and gets back what the device had.
    copy.head.incarnation = Incarnation([9; 8]);
    copy.head.counter = 0;
    copy.sync(&centre);
    assert_eq!(centre.server.reports(&ReportFilter::default()).unwrap().len(), 2);
    assert_eq!(copy.shown().len(), 2);
}

#[test]
fn one_bad_item_harms_no_other() {
    let (centre, mut officer, mut other) = two();
    let (one, two) = (
        officer.file(VILLAGE, TEXT),
        officer.file(VILLAGE, "Pertengkaran batas kebun antara dua keluarga, sudah didamaikan sementara oleh kepala desa."),
    );
    let unknown = officer.file("53.99.01.2001", TEXT);
    let mut request = officer.request(officer.pending());
    // Garbage, a flipped byte, and somebody else's report.
    let mut flipped = request.items[0].clone();
    *flipped.last_mut().unwrap() ^= 1;
    let foreign = other.file(VILLAGE, TEXT);
    let foreign = Item { report: foreign, changes: other.kept[&foreign].changes.clone() }.encode().unwrap();
    request.items.insert(0, vec![0x7f; 10]);
    request.items.insert(2, flipped);
    request.items.insert(3, foreign);
    let (bytes, hash) = officer.seal(&request);
    let reply = centre.server.exchange(&bytes, centre.now).unwrap();
    let reply = officer.open(&reply, &hash, &centre.server.working_key());
    let rest: Vec<Option<Verdict>> = reply.verdicts.iter().map(|verdict| verdict.rest).collect();
    let refused = |refusal| Some(Verdict::Refused(refusal));
    let expected = [refused(Refusal::Undecodable), None, refused(Refusal::HashMismatch), refused(Refusal::NotAuthor), None];
    assert_eq!(rest[..5], expected);
    assert!(matches!(rest[5], Some(Verdict::Refused(Refusal::OutsideGrant | Refusal::UnknownUnit))), "{:?}", rest[5]);
    let stored: Vec<ReportId> = centre.server.reports(&ReportFilter::default()).unwrap().iter().map(|report| report.id).collect();
    assert!(stored.len() == 2 && stored.contains(&one) && stored.contains(&two) && !stored.contains(&unknown));
    assert_eq!(centre.server.devices().unwrap()[0].quarantined, 4, "refused is not lost");
    // The foreign report is refused for this device only: its author brings it by right.
    assert_eq!(other.sync(&centre), 1);
    assert_eq!(centre.server.reports(&ReportFilter::default()).unwrap().len(), 3);
}

#[test]
fn what_is_made_on_a_refused_change_is_refused_and_what_lacks_a_dependency_is_needed() {
    let (centre, mut officer, _) = two();
    let report = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    // An officer may not place a report.
    officer.place(report, Some("53.03.02.2001"), None);
    let after = officer.set(report, "rt", "009");
    let items = officer.pending();
    let only = |changes: &[automerge::Change]| vec![Item { report, changes: changes.to_vec() }];
    let ask = |officer: &mut Phone, items: Vec<Item>| {
        let (bytes, hash) = officer.seal(&officer.request(items));
        let reply = centre.server.exchange(&bytes, centre.now).unwrap();
        officer.open(&reply, &hash, &centre.server.working_key()).verdicts.remove(0).rest
    };
    assert_eq!(ask(&mut officer, only(&items[0].changes[1..])), Some(Verdict::Need));
    assert_eq!(ask(&mut officer, only(&items[0].changes)), Some(Verdict::Refused(Refusal::NotAllowed)));
    assert_eq!(ask(&mut officer, only(&items[0].changes[1..])), Some(Verdict::Refused(Refusal::OnRefused)));
    assert_eq!(items[0].changes[1].hash(), after);
    let shown = centre.server.report(report).unwrap();
    assert_eq!((shown["unit"].as_str(), shown["data"]["rt"].as_str()), (Some(VILLAGE), Some("003")));
}

#[test]
fn edits_of_two_devices_both_survive_and_a_clash_keeps_both_values() {
    let (centre, mut officer, mut polsek) = two();
    let report = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    polsek.sync(&centre);
    officer.set(report, "rw", "002");
    polsek.set(report, "rt", "010");
    officer.set(report, "rt", "011");
    officer.sync(&centre);
    polsek.sync(&centre);
    officer.sync(&centre);
    officer.agrees(&centre);
    polsek.agrees(&centre);
    let shown = centre.server.report(report).unwrap();
    assert_eq!(shown["data"]["rw"], "002");
    let conflict = &shown["conflicts"][0];
    assert_eq!(conflict["path"], "rt");
    let written: Vec<(&str, &str)> = conflict["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["value"].as_str().unwrap(), one["by"]["nrp"].as_str().unwrap()))
        .collect();
    assert!(written.contains(&("011", "00000011")) && written.contains(&("010", "00000012")), "{written:?}");
    assert_eq!(shown["history"].as_array().unwrap().len(), 4);
}

#[test]
fn what_the_device_has_not_sent_is_what_it_keeps_back_and_what_is_not_settled() {
    let (centre, mut officer, _) = two();
    let id = officer.device.to_string();
    let told = || centre.server.devices().unwrap().into_iter().find(|device| device.id == id).unwrap();
    let report = officer.file(VILLAGE, TEXT);
    // What comes with the request is not unsent any more; four others did not fit.
    let mut request = officer.request(officer.pending());
    request.unsent = 4;
    let (bytes, _) = officer.seal(&request);
    centre.server.exchange(&bytes, centre.now).unwrap();
    let device = told();
    assert_eq!((device.unsent, device.version.as_str(), device.last_contact.is_some()), (4, "test 1", true));
    officer.sync(&centre);
    assert_eq!(told().unsent, 0);
    // Something that it depends on did not come: the device still has it to send. A refused one is told apart, it is not unsent.
    officer.set(report, "rt", "008");
    officer.set(report, "rt", "009");
    let mut items = officer.pending();
    items[0].changes.remove(0);
    let mut request = officer.request(items);
    request.items.push(vec![0x7f; 10]);
    let (bytes, _) = officer.seal(&request);
    centre.server.exchange(&bytes, centre.now).unwrap();
    assert_eq!(told().unsent, 1);
}
