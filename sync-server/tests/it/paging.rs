//! First download in many pages, while others write.

use sync_core::ReportId;
use sync_core::form::Role;

use crate::world::{Centre, Phone, TEXT, VILLAGE, biasa};

fn many(centre: &Centre, officer: &mut Phone, count: usize) -> Vec<ReportId> {
    let reports = (0..count).map(|number| officer.file(VILLAGE, &format!("{TEXT} Nomor {number}."))).collect();
    officer.sync(centre);
    reports
}

/// CURSOR_PAIR: what is written into the first page's documents while the second is on its way is not lost.
#[test]
fn changes_between_two_pages_are_not_lost() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let reports = many(&centre, &mut officer, 520);
    let mut polsek = centre.phone(12, Role::Polsek, &["53.03.01"]);
    let (first, _) = polsek.exchange(&centre);
    assert_eq!(first.pages.iter().map(|page| page.entries.len()).sum::<usize>(), 500);
    assert!(first.pages.iter().any(|page| page.more));
    let cursors: Vec<_> = polsek.cursors.values().collect();
    assert!(cursors.iter().any(|cursor| cursor.base == 0 && cursor.at == 500), "{cursors:?}");
    // Written into a document of the first page, and into one that is still to come.
    officer.set(reports[3], "rt", "030");
    officer.set(reports[515], "rt", "031");
    officer.sync(&centre);
    let (second, _) = polsek.exchange(&centre);
    assert!(second.pages.iter().all(|page| !page.more));
    assert_eq!(polsek.shown().len(), 520);
    polsek.agrees(&centre);
    let (third, bytes) = polsek.exchange(&centre);
    assert!(third.pages.is_empty() && bytes < 200);
}

#[test]
fn a_document_in_two_feeds_of_one_reply_travels_once() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let report = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    // A second phone of the same officer: area feed and own feed both show it.
    let random = centre.draw();
    let code = centre.server.new_code(officer.officer, centre.now, random).unwrap();
    let mut second = centre.enrol(&code);
    let (reply, _) = second.exchange(&centre);
    let carried: Vec<usize> = reply.pages.iter().flat_map(|page| &page.entries).map(|entry| entry.here.as_ref().unwrap().len()).collect();
    assert_eq!(carried.iter().sum::<usize>(), 1, "{carried:?}");
    assert_eq!(carried.len(), 2);
    assert_eq!(second.members.len(), 2);
    assert_eq!(second.heads(report), officer.heads(report));
}

/// OMIT_REQUEST: only what this very reply receipts is left out; a restored phone gets its own changes back.
#[test]
fn a_phone_that_lost_everything_gets_its_own_reports_back() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let report = officer.file(VILLAGE, TEXT);
    let (reply, _) = officer.exchange(&centre);
    assert!(reply.pages.iter().all(|page| page.entries.is_empty()), "a receipt and a page do not say the same twice");
    let heads = officer.heads(report);
    officer.kept.clear();
    officer.members.clear();
    officer.cursors.clear();
    officer.sync(&centre);
    assert_eq!(officer.heads(report), heads);
}

#[test]
fn urgent_feeds_come_first_and_a_new_area_comes_whole() {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut polsek = centre.phone(12, Role::Polsek, &["53.03.02"]);
    polsek.sync(&centre);
    let data = serde_json::from_str(include_str!("../../../sync-core/forms/examples/sambang.json")).unwrap();
    let ordinary = officer.file_as("sambang", VILLAGE, &data);
    let urgent = officer.file(VILLAGE, TEXT);
    officer.sync(&centre);
    polsek.sync(&centre);
    assert!(polsek.shown().is_empty());
    centre.later(1);
    centre.server.grant(polsek.officer, biasa("53.03.01"), centre.now).unwrap();
    let (reply, _) = polsek.exchange(&centre);
    let order: Vec<ReportId> = reply.pages.iter().flat_map(|page| &page.entries).map(|entry| entry.report).collect();
    assert_eq!(order, [urgent, ordinary]);
    polsek.agrees(&centre);
}

#[test]
fn a_feed_at_rest_in_a_partition_that_moved_on_gets_an_empty_page() {
    let mut centre = Centre::new();
    let mut here = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut there = centre.phone(12, Role::Officer, &["53.03.02.2001"]);
    there.sync(&centre);
    here.file(VILLAGE, TEXT);
    here.sync(&centre);
    let (reply, bytes) = there.exchange(&centre);
    assert_eq!(reply.pages.len(), 6); // two of the village, his own, and three that come down to it
    assert!(reply.pages.iter().all(|page| page.entries.is_empty() && !page.more && page.cursor.base == 1 && page.cursor.at == 1));
    assert!(bytes < 200, "{bytes}");
    let (reply, _) = there.exchange(&centre);
    assert!(reply.pages.is_empty());
}
