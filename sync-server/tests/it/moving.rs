//! A document moves when its content says another place: within a partition, and into another.

use serde_json::json;
use sync_core::ReportId;
use sync_core::form::{Class, Role};

use crate::world::{Centre, Phone, TEXT, VILLAGE, biasa, rahasia, unit};

struct World {
    centre: Centre,
    officer: Phone,
    polsek: Phone,
    secret: Phone,
    neighbour: Phone,
    report: ReportId,
}

/// An officer, his Polsek, one who may read secret reports, and one in another regency.
fn world() -> World {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut polsek = centre.phone(12, Role::Polsek, &["53.03.01"]);
    let secret = centre.phone(13, Role::Polres, &["53.03"]);
    centre.server.grant(secret.officer, rahasia("53.03"), centre.now).unwrap();
    let neighbour = centre.phone(14, Role::Polsek, &["53.04.05"]);
    let report = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    polsek.sync(&centre);
    World { centre, officer, polsek, secret, neighbour, report }
}

#[test]
fn a_reclassified_report_leaves_the_ordinary_feeds_and_its_author_keeps_it() {
    let World { centre, mut officer, mut polsek, mut secret, report, .. } = world();
    polsek.place(report, None, Some(Class::Rahasia));
    polsek.sync(&centre);
    polsek.sync(&centre);
    assert!(!polsek.shown().contains(&report), "it may not read it any more");
    officer.sync(&centre);
    assert!(officer.shown().contains(&report), "OWN_FEED");
    officer.agrees(&centre);
    secret.sync(&centre);
    assert!(secret.shown().contains(&report));
    secret.agrees(&centre);
    assert_eq!(centre.server.report(report).unwrap()["class"], "rahasia");
    // The author's answer reaches who may read it, and nobody else.
    officer.set(report, "rt", "004");
    officer.sync(&centre);
    secret.sync(&centre);
    polsek.sync(&centre);
    secret.agrees(&centre);
    assert!(!polsek.shown().contains(&report));
    assert!(centre.server.verify(sync_server::Repair::No, centre.now).unwrap().differences.is_empty());
}

/// PLACE_CONTENT: where it stands follows from all that was accepted, in whatever order that came.
#[test]
fn a_move_that_comes_late_does_not_undo_a_stricter_one() {
    let World { centre, mut officer, mut polsek, mut secret, report, .. } = world();
    secret.sync(&centre);
    polsek.place(report, None, Some(Class::Rahasia));
    secret.place(report, None, Some(Class::Biasa));
    for _ in 0..2 {
        polsek.sync(&centre);
        secret.sync(&centre);
    }
    officer.sync(&centre);
    assert!(!polsek.shown().contains(&report) && secret.shown().contains(&report) && officer.shown().contains(&report));
    assert!(centre.server.verify(sync_server::Repair::No, centre.now).unwrap().differences.is_empty());
}

#[test]
fn a_report_handed_over_to_another_regency_takes_all_its_changes_along() {
    let World { centre, mut officer, mut polsek, mut neighbour, report, .. } = world();
    neighbour.sync(&centre);
    officer.set(report, "rt", "004");
    officer.sync(&centre);
    polsek.sync(&centre);
    polsek.place(report, Some("53.04.05.2001"), None);
    let (reply, _) = polsek.exchange(&centre);
    let label = reply.verdicts[0].label.unwrap();
    assert_eq!((label.partition, label.sequence), (unit("53.04"), 1), "the label is one of the new partition");
    assert!(reply.verdicts[0].feeds.is_empty());
    polsek.sync(&centre);
    assert!(!polsek.shown().contains(&report));
    neighbour.sync(&centre);
    assert_eq!(neighbour.kept[&report].changes.len(), 3);
    assert!(neighbour.kept[&report].labels.values().all(|label| label.partition == unit("53.04")));
    neighbour.agrees(&centre);
    officer.sync(&centre);
    assert!(!officer.shown().contains(&report), "he has no grant in that partition");
    assert!(centre.server.verify(sync_server::Repair::No, centre.now).unwrap().differences.is_empty());
    // Back again: the old feeds show it once more, with everything.
    neighbour.place(report, Some(VILLAGE), None);
    neighbour.sync(&centre);
    for phone in [&mut officer, &mut polsek] {
        phone.sync(&centre);
        assert!(phone.shown().contains(&report));
        phone.agrees(&centre);
    }
    neighbour.sync(&centre);
    assert!(!neighbour.shown().contains(&report));
    assert!(centre.server.verify(sync_server::Repair::No, centre.now).unwrap().differences.is_empty());
}

#[test]
fn an_author_with_a_grant_in_the_new_partition_sees_his_report_there() {
    let World { mut centre, mut officer, mut polsek, report, .. } = world();
    centre.later(1);
    centre.server.grant(officer.officer, biasa("53.04.05.2001"), centre.now).unwrap();
    officer.sync(&centre);
    polsek.place(report, Some("53.04.05"), None);
    polsek.sync(&centre);
    officer.sync(&centre);
    let feeds: Vec<String> = officer.members.iter().map(|(feed, _)| feed.to_string()).collect();
    assert_eq!(feeds, ["53.04/own/00000011"]);
    officer.agrees(&centre);
}

#[test]
fn a_secret_report_shows_to_its_author_and_to_who_may_read_secret_ones() {
    let World { centre, mut officer, mut polsek, mut secret, .. } = world();
    let data: serde_json::Value = serde_json::from_str(include_str!("../../../sync-core/forms/examples/laporan-informasi.json")).unwrap();
    let report = officer.file_as("laporan-informasi", VILLAGE, &data);
    officer.sync(&centre);
    polsek.sync(&centre);
    secret.sync(&centre);
    assert!(officer.shown().contains(&report) && secret.shown().contains(&report) && !polsek.shown().contains(&report));
    assert_eq!(centre.server.report(report).unwrap()["class"], json!("rahasia"));
}

#[test]
fn headquarters_follow_what_is_urgent_and_not_the_rest() {
    let World { mut centre, mut officer, report, .. } = world();
    let data: serde_json::Value = serde_json::from_str(include_str!("../../../sync-core/forms/examples/dds-warga.json")).unwrap();
    let visit = officer.file_as("dds-warga", VILLAGE, &data);
    officer.sync(&centre);
    let mut polda = centre.phone(15, Role::Polda, &["53"]);
    polda.sync(&centre);
    assert!(polda.shown().contains(&report) && !polda.shown().contains(&visit));
    assert!(polda.unit_names.contains_key(&unit("53.03")) && !polda.unit_names.contains_key(&unit("53.03.01")));
}
