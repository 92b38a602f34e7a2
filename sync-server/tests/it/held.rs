//! Revoked devices and ended grants: they read nothing, and what they made is not lost.

use sync_core::Refusal;
use sync_core::exchange::Verdict;
use sync_core::form::Role;
use sync_server::{Admit, ReportFilter};

use crate::world::{Centre, DAY_MS, Phone, TEXT, VILLAGE, biasa};

fn rest(phone: &Phone, report: sync_core::ReportId) -> Vec<Verdict> {
    phone.kept[&report].settled.values().copied().collect()
}

#[test]
fn a_revoked_device_reads_nothing_and_its_reports_wait() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut polsek = centre.phone(12, Role::Polsek, &["53.03.01"]);
    let before = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    polsek.sync(&centre);
    polsek.set(before, "rt", "010");
    polsek.sync(&centre);
    let made = officer.file(VILLAGE, TEXT);
    officer.set(made, "rw", "002");
    centre.server.revoke_device(officer.device, centre.now).unwrap();
    officer.sync(&centre);
    assert!(officer.revoked);
    assert_eq!(officer.document(before).get_heads().len(), 1);
    assert_ne!(officer.heads(before), polsek.heads(before), "the supervisor's edit did not come down");
    assert_eq!(rest(&officer, made), [Verdict::Held, Verdict::Held]);
    let held = centre.server.held().unwrap();
    assert_eq!((held.len(), held[0].changes, held[0].reason.as_str()), (1, 2, "revoked"));
    assert_eq!(centre.server.reports(&ReportFilter::default()).unwrap().len(), 1);
    polsek.sync(&centre);
    assert!(!polsek.shown().contains(&made));
    // Twice is once.
    let again = officer.request(vec![sync_core::change::Item { report: made, changes: officer.kept[&made].changes.clone() }]);
    let (bytes, _) = officer.seal(&again);
    centre.server.exchange(&bytes, centre.now).unwrap();
    assert_eq!(centre.server.held().unwrap()[0].changes, 2);
}

#[test]
fn what_is_made_for_an_ended_grant_is_held_for_ninety_days_and_then_refused() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE, "53.03.02.2001"]);
    officer.sync(&centre);
    let shared = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    let made = officer.file(VILLAGE, TEXT);
    centre.later(1_000);
    centre.server.end_grant(officer.officer, biasa(VILLAGE), centre.now).unwrap();
    officer.set(shared, "rt", "004");
    officer.sync(&centre);
    assert_eq!(rest(&officer, made), [Verdict::Held], "begun before he knew");
    assert!(rest(&officer, shared).is_empty(), "his own report is still his in this partition");
    assert_eq!(centre.server.held().unwrap()[0].reason, "not-granted");
    centre.later(89 * DAY_MS);
    let late = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    assert_eq!(rest(&officer, late), [Verdict::Held]);
    centre.later(2 * DAY_MS);
    let too_late = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    assert_eq!(rest(&officer, too_late), [Verdict::Refused(Refusal::OutsideGrant)]);
}

#[test]
fn an_ended_grant_shows_nothing_new_and_a_new_one_shows_all() {
    let mut centre = Centre::new();
    let mut polsek = centre.phone(12, Role::Polsek, &["53.03.01", "53.03.02"]);
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    polsek.sync(&centre);
    centre.later(1_000);
    centre.server.end_grant(polsek.officer, biasa("53.03.01"), centre.now).unwrap();
    let report = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    polsek.sync(&centre);
    assert!(polsek.shown().is_empty());
    centre.later(1_000);
    centre.server.grant(polsek.officer, biasa("53.03.01"), centre.now).unwrap();
    polsek.sync(&centre);
    assert_eq!(polsek.heads(report), officer.heads(report));
    // The clock of the centre went back: the newest decision still counts (GRANT_CLOCK).
    centre.later(-3_600_000);
    centre.server.end_grant(polsek.officer, biasa("53.03.01"), centre.now).unwrap();
    let second = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    polsek.sync(&centre);
    assert!(!polsek.shown().contains(&second));
}

#[test]
fn held_becomes_accepted_when_the_grant_is_given_again_and_the_device_pushes_anew() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    officer.sync(&centre);
    centre.later(1_000);
    centre.server.end_grant(officer.officer, biasa(VILLAGE), centre.now).unwrap();
    let made = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    assert_eq!(rest(&officer, made), [Verdict::Held]);
    centre.later(1_000);
    centre.server.grant(officer.officer, biasa(VILLAGE), centre.now).unwrap();
    officer.kept.get_mut(&made).unwrap().settled.clear();
    officer.sync(&centre);
    assert!(officer.shown().contains(&made) && centre.server.held().unwrap().is_empty());
}

/// Refused by the gate, it would go to quarantine; where that is full the held bytes are the only ones here.
#[test]
fn what_finds_no_room_in_quarantine_stays_held() {
    let mut centre = Centre::new();
    let (polsek, shared, _, database) = centre.demoted();
    let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
        INSERT INTO quarantine (device, digest, received_at, reason, bytes) SELECT ?1, randomblob(32), 0, 'undecodable', x'00' FROM n";
    database.execute(fill, [polsek.device.0]).unwrap();
    let admit = || centre.server.admit_held(shared, Admit::Waiting, "AKP Maria", centre.now).unwrap();
    let done = admit();
    assert_eq!((done.accepted, done.refused.len(), done.no_room), (1, 0, vec!["not-allowed"]));
    assert_eq!(centre.server.held().unwrap()[0].changes, 1, "it is stored somewhere");
    // Once there is room, it goes where what is refused is kept.
    database.execute("DELETE FROM quarantine", []).unwrap();
    let done = admit();
    assert_eq!((done.accepted, done.refused, done.no_room.len()), (0, vec!["not-allowed"], 0));
    assert!(centre.server.held().unwrap().is_empty());
    assert_eq!(centre.server.quarantine(Some(polsek.device)).unwrap().len(), 1);
}

#[test]
fn a_unit_that_was_never_granted_is_refused() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let report = officer.file("53.03.02.2001", TEXT);
    let nowhere = officer.file("53.03.77.2001", TEXT);
    officer.sync(&centre);
    assert_eq!(rest(&officer, report), [Verdict::Refused(Refusal::OutsideGrant)]);
    assert!(matches!(rest(&officer, nowhere)[..], [Verdict::Refused(Refusal::OutsideGrant | Refusal::UnknownUnit)]));
    assert!(centre.server.held().unwrap().is_empty());
}
