//! What comes down: who reads it, who may write in it, and what the centre knows of who has it.

use serde_json::{Value, json};
use sync_core::document::{Edit, EntryKind, Write};
use sync_core::exchange::{Reply, Verdict};
use sync_core::form::Role;
use sync_core::place::Feed;
use sync_core::{Refusal, ReportId};
use sync_server::{Reached, Repair, ReportFilter};

use crate::world::{Centre, DAY_MS, Phone, TEXT, VILLAGE, biasa, unit};

const OTHER: &str = "53.03.01.2006";

fn message(title: &str) -> Value {
    json!({ "judul": title, "jenis": "atensi", "teks": "Waspadai pencurian ternak; giatkan ronda." })
}

/// A Polsek, an officer in each of its villages, and one of the neighbouring district.
fn world() -> (Centre, [Phone; 4]) {
    let mut centre = Centre::new();
    let polsek = centre.phone(21, Role::Polsek, &["53.03.01"]);
    let here = centre.phone(22, Role::Officer, &[VILLAGE]);
    let there = centre.phone(23, Role::Officer, &[OTHER]);
    let elsewhere = centre.phone(24, Role::Officer, &["53.03.02.2001"]);
    let mut phones = [polsek, here, there, elsewhere];
    phones.iter_mut().for_each(|phone| _ = phone.sync(&centre));
    (centre, phones)
}

fn decision(kind: &str, seen: &str) -> Write {
    let texts = vec![("type", kind.to_owned()), ("text", "alasan".to_owned()), ("seen", seen.to_owned())];
    Write::Entry { kind: EntryKind::Decision, id: "keputusan-1".to_owned(), texts }
}

fn withdraw(phone: &mut Phone, id: ReportId) {
    let seen = phone.heads(id)[0].clone();
    phone.write_in("pesan", id, &[decision("withdraw", &seen)]);
}

fn title(to: &str) -> Write {
    Write::Edit(Edit::Set { path: "judul".parse().unwrap(), value: to.into() })
}

/// What the reply says of the last thing that was pushed.
fn rest(phone: &mut Phone, centre: &Centre) -> Option<Verdict> {
    phone.exchange(centre).0.verdicts.last().unwrap().rest
}

fn one(centre: &Centre, id: ReportId, nrp: u32) -> Option<Reached> {
    centre.server.message_status(id).unwrap().officers.into_iter().find(|one| one.nrp == format!("{nrp:08}"))
}

fn carries(reply: &Reply, id: ReportId) -> bool {
    reply.pages.iter().flat_map(|page| &page.entries).any(|entry| entry.report == id)
}

#[test]
fn a_message_reaches_the_unit_and_all_below_it_and_nobody_else() {
    let (mut centre, [mut polsek, mut here, mut there, mut elsewhere]) = world();
    let mut polres = centre.phone(25, Role::Polres, &["53.03"]);
    let mut far = centre.phone(26, Role::Officer, &["53.04.05.2001"]);
    let id = polsek.file_as("pesan", "53.03.01", &message("Ternak"));
    polsek.sync(&centre);
    for phone in [&mut here, &mut there] {
        phone.sync(&centre);
        assert!(phone.members.contains(&(Feed::Broadcast(unit("53.03.01")), id)));
        assert_eq!(phone.people.values().copied().collect::<Vec<_>>(), [polsek.officer], "from whom");
    }
    // I4: not one byte of it, nor of who sent it.
    for phone in [&mut elsewhere, &mut polres, &mut far] {
        let (reply, _) = phone.exchange(&centre);
        assert!(!carries(&reply, id) && reply.people.is_empty());
    }
    withdraw(&mut polsek, id);
    polsek.sync(&centre);
    here.sync(&centre);
    assert_eq!(here.kept[&id].changes.len(), 2);
    assert!(centre.server.message_status(id).unwrap().withdrawn);
    assert!(centre.server.verify(Repair::No, centre.now).unwrap().differences.is_empty());
}

#[test]
fn it_is_no_report() {
    let (centre, [mut polsek, mut here, ..]) = world();
    let id = polsek.file_as("pesan", "53.03.01", &message("Ternak"));
    polsek.sync(&centre);
    here.sync(&centre);
    assert!(centre.server.reports(&ReportFilter::default()).unwrap().is_empty());
    assert!(centre.server.report(id).is_err());
    let feeds: Vec<String> = polsek.members.iter().map(|(feed, _)| feed.to_string()).collect();
    assert_eq!(feeds, ["53.03/own/00000021", "53.03.01/broadcast"], "in no area");
    let report = here.file(VILLAGE, TEXT);
    here.sync(&centre);
    assert!(centre.server.message_status(report).is_err(), "and a report is no message");
}

#[test]
fn an_officer_begins_none_and_his_reports_beside_it_are_accepted() {
    let (centre, [polsek, mut here, mut there, _]) = world();
    let forged = here.file_as("pesan", VILLAGE, &message("Palsu"));
    let honest = here.file(VILLAGE, TEXT);
    let items = here.pending();
    let (reply, _) = here.exchange(&centre);
    for (item, verdict) in items.iter().zip(&reply.verdicts) {
        let expected = if item.report == forged { Some(Verdict::Refused(Refusal::NotAllowed)) } else { None };
        assert_eq!(verdict.rest, expected);
    }
    assert_eq!(centre.server.reports(&ReportFilter::default()).unwrap()[0].id, honest);
    assert!(centre.server.message_status(forged).is_err());
    there.sync(&centre);
    assert!(there.shown().is_empty());
    // A Polsek has the feeds of the units above it, and may send to none of them, nor to its neighbour.
    let mut polsek = polsek;
    for above in ["53.03", "53", "53.03.02"] {
        polsek.file_as("pesan", above, &message("Terlalu tinggi"));
        assert_eq!(rest(&mut polsek, &centre), Some(Verdict::Refused(Refusal::OutsideGrant)), "{above}");
    }
}

#[test]
fn having_it_gives_no_right_to_write_in_it() {
    let (mut centre, [mut polsek, mut here, ..]) = world();
    let mut polres = centre.phone(25, Role::Polres, &["53.03"]);
    let id = polres.file_as("pesan", "53.03", &message("Ternak"));
    polres.sync(&centre);
    for phone in [&mut polsek, &mut here] {
        phone.sync(&centre);
    }
    here.write_in("pesan", id, &[title("Palsu")]);
    assert_eq!(rest(&mut here, &centre), Some(Verdict::Refused(Refusal::NotAllowed)), "BROADCAST_ROLE");
    polsek.write_in("pesan", id, &[title("Palsu")]);
    assert_eq!(rest(&mut polsek, &centre), Some(Verdict::Refused(Refusal::OutsideGrant)), "BROADCAST_READ_ONLY");
    // Its own unit may correct it, but neither move it nor decide anything else on it.
    polres.write_in("pesan", id, &[title("Ternak dan kebun")]);
    assert_eq!(rest(&mut polres, &centre), None);
    let seen = polres.heads(id)[0].clone();
    for write in [Write::Placement { unit: Some(unit("ID")), class: None, lane: None }, decision("handle", &seen)] {
        let mut copy = polres.clone();
        copy.write_in("pesan", id, &[write]);
        assert_eq!(rest(&mut copy, &centre), Some(Verdict::Refused(Refusal::NotAllowed)));
        polres.head = copy.head;
    }
    assert_eq!(centre.server.message_status(id).unwrap().unit, unit("53.03"));
    // Who sent it and has gone elsewhere writes in it no more; who came in his place withdraws it.
    centre.later(1);
    centre.server.end_grant(polres.officer, biasa("53.03"), centre.now).unwrap();
    centre.server.grant(polres.officer, biasa("53.03.02"), centre.now).unwrap();
    let mut successor = centre.phone(27, Role::Polres, &["53.03"]);
    polres.sync(&centre);
    successor.sync(&centre);
    polres.write_in("pesan", id, &[title("Dari jauh")]);
    assert_eq!(rest(&mut polres, &centre), Some(Verdict::Held), "also though his own feed still shows it");
    withdraw(&mut successor, id);
    assert_eq!(rest(&mut successor, &centre), None);
    here.sync(&centre);
    assert!(centre.server.message_status(id).unwrap().withdrawn);
    assert!(centre.server.verify(Repair::No, centre.now).unwrap().differences.is_empty());
}

#[test]
fn it_comes_before_everything_and_its_changes_once() {
    let (mut centre, [mut polsek, mut here, ..]) = world();
    let id = polsek.file_as("pesan", "53.03.01", &message("Ternak"));
    polsek.file(VILLAGE, TEXT);
    here.file(VILLAGE, TEXT);
    polsek.sync(&centre);
    here.sync(&centre);
    let random = centre.draw();
    let code = centre.server.new_code(polsek.officer, centre.now, random).unwrap();
    let mut second = centre.enrol(&code);
    let (reply, _) = second.exchange(&centre);
    assert_eq!(reply.pages[0].feed, Feed::Broadcast(unit("53.03.01")));
    let entries = reply.pages.iter().flat_map(|page| &page.entries).filter(|entry| entry.report == id);
    let changes: Vec<usize> = entries.map(|entry| entry.here.as_ref().unwrap().len()).collect();
    assert_eq!(changes, [1, 0], "in the broadcast feed and in his own");
    assert_eq!(second.shown().len(), 3);
}

#[test]
fn received_is_what_a_later_request_shows_also_when_replies_are_lost() {
    let (mut centre, [mut polsek, mut here, mut there, _]) = world();
    let id = polsek.file_as("pesan", "53.03.01", &message("Ternak"));
    polsek.sync(&centre);
    let status = centre.server.message_status(id).unwrap();
    assert_eq!(
        status.officers.iter().map(|one| (one.nrp.as_str(), one.reached)).collect::<Vec<_>>(),
        [("00000022", false), ("00000023", false)]
    );
    centre.later(DAY_MS);
    // Three requests whose replies are lost on the way: the centre has sent it three times, and knows nothing.
    for _ in 0..3 {
        let request = here.request(Vec::new());
        let (bytes, _) = here.seal(&request);
        centre.server.exchange(&bytes, centre.now).unwrap();
        assert!(!one(&centre, id, 22).unwrap().received);
    }
    assert_eq!(one(&centre, id, 22).unwrap().last_contact, Some(centre.now.to_string()));
    here.exchange(&centre);
    assert!(!one(&centre, id, 22).unwrap().received, "this one came, but the centre cannot know");
    here.exchange(&centre);
    assert!(one(&centre, id, 22).unwrap().received);
    // A correction since does not make it unknown again.
    polsek.write_in("pesan", id, &[title("Ternak dan kebun")]);
    polsek.sync(&centre);
    assert!(one(&centre, id, 22).unwrap().received);
    // A report that names it says so even when no cursor does.
    let conveying = include_str!("../../../sync-core/forms/examples/pesan-kamtibmas.json");
    let mut conveying: Value = serde_json::from_str(conveying).unwrap();
    conveying["pesan"] = id.to_string().into();
    let report = there.file_as("pesan-kamtibmas", OTHER, &conveying);
    there.exchange(&centre);
    let found = one(&centre, id, 23).unwrap();
    assert_eq!((found.received, found.reached, found.conveyed), (false, true, vec![report.to_string()]));
}

#[test]
fn the_list_follows_the_grants_and_a_grant_that_ended_clears_its_cursors() {
    let (mut centre, [mut polsek, mut here, ..]) = world();
    let id = polsek.file_as("pesan", "53.03.01", &message("Ternak"));
    polsek.sync(&centre);
    here.sync(&centre);
    here.sync(&centre);
    assert!(one(&centre, id, 22).unwrap().received);
    // Who comes later gets what was sent before.
    let mut newcomer = centre.phone(28, Role::Officer, &[OTHER]);
    newcomer.sync(&centre);
    assert!(newcomer.shown().contains(&id));
    // Mutasi: he is not in the list any more, and his phone reads nothing more of it.
    centre.later(1);
    centre.server.end_grant(here.officer, biasa(VILLAGE), centre.now).unwrap();
    centre.server.grant(here.officer, biasa("53.03.02.2001"), centre.now).unwrap();
    assert!(one(&centre, id, 22).is_none());
    here.sync(&centre);
    polsek.write_in("pesan", id, &[title("Ternak dan kebun")]);
    polsek.sync(&centre);
    here.sync(&centre);
    assert_eq!(here.kept[&id].changes.len(), 1);
    // Back again: not received until his phone shows it anew, and then whole.
    centre.later(1);
    centre.server.grant(here.officer, biasa(VILLAGE), centre.now).unwrap();
    assert!(!one(&centre, id, 22).unwrap().received);
    here.exchange(&centre);
    assert_eq!(here.kept[&id].changes.len(), 2);
    here.exchange(&centre);
    assert!(one(&centre, id, 22).unwrap().received);
    // A phone that was revoked does not count.
    centre.server.revoke_device(here.device, centre.now).unwrap();
    let found = one(&centre, id, 22).unwrap();
    assert_eq!((found.received, found.last_contact), (false, None));
}

#[test]
fn headquarters_send_to_a_province_and_keep_it_in_sight() {
    let (mut centre, [_, mut here, ..]) = world();
    let mut mabes = centre.phone(29, Role::Mabes, &["ID"]);
    mabes.sync(&centre);
    for to in ["ID", "53"] {
        let id = mabes.file_as("pesan", to, &message(to));
        let (reply, _) = mabes.exchange(&centre);
        assert!(!reply.verdicts[0].feeds.is_empty(), "its author keeps it in sight");
        here.sync(&centre);
        assert!(here.shown().contains(&id), "{to}");
    }
    let mut far = centre.phone(26, Role::Officer, &["53.04.05.2001"]);
    far.sync(&centre);
    assert_eq!(far.shown().len(), 2);
}
