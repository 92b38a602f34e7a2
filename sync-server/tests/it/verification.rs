//! `verify` finds what was changed behind the server's back, says what to do, and mends what can be made anew.

use rusqlite::Connection;
use sync_core::form::{Class, Role};
use sync_server::{Finding, Repair, Verification};

use crate::world::{Centre, TEXT, VILLAGE};

/// Three reports, one edited, one reclassified.
fn centre() -> (Centre, Connection) {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let mut polsek = centre.phone(12, Role::Polsek, &["53.03.01"]);
    let reports = [(); 3].map(|()| officer.file(VILLAGE, TEXT));
    officer.sync(&centre);
    officer.set(reports[0], "rt", "004");
    officer.sync(&centre);
    polsek.sync(&centre);
    polsek.place(reports[1], None, Some(Class::Rahasia));
    polsek.sync(&centre);
    let other = Connection::open(centre.directory.path().join("sambang.db")).unwrap();
    (centre, other)
}

fn codes(found: &Verification) -> Vec<&'static str> {
    found.differences.iter().map(|finding| finding.code).collect()
}

#[test]
fn an_honest_centre_fits() {
    let (centre, _) = centre();
    let found = centre.server.verify(Repair::No, centre.now).unwrap();
    assert_eq!((found.documents, found.changes, found.partitions), (3, 5, 1));
    assert!(found.differences.is_empty() && found.notices.is_empty(), "{found:?}");
}

#[test]
fn a_snapshot_is_a_cache() {
    let (centre, other) = centre();
    other.execute("UPDATE document SET snapshot = substr(snapshot, 1, 60)", []).unwrap();
    let found = centre.server.verify(Repair::No, centre.now).unwrap();
    assert!(found.differences.is_empty());
    assert_eq!(found.notices.iter().map(|notice| notice.code).collect::<Vec<_>>(), ["snapshot"; 3]);
    assert!(centre.server.verify(Repair::No, centre.now).unwrap().notices.is_empty(), "made anew");
}

#[test]
fn what_is_derived_is_compared_and_mended() {
    for (sql, code) in [
        ("UPDATE report SET fields = '{}'", "projection"),
        ("UPDATE report SET status = 'handled'", "projection"),
        ("UPDATE document SET heads = zeroblob(32)", "heads"),
        ("DELETE FROM feed_entry WHERE feed = (SELECT min(feed) FROM feed_entry)", "feeds"),
        ("UPDATE document SET class = 'biasa' WHERE class = 'rahasia'", "place"),
        ("UPDATE feed_entry SET element = element / 2", "fingerprint"),
        ("UPDATE feed SET documents = documents + 1", "fingerprint"),
    ] {
        let (centre, other) = centre();
        other.execute(sql, []).unwrap();
        let found = centre.server.verify(Repair::No, centre.now).unwrap();
        assert!(codes(&found).contains(&code), "{sql}: {found:?}");
        // A feed's sum is of no one document.
        let named = |finding: &Finding| finding.document.is_some() || finding.code == "fingerprint";
        assert!(found.differences.iter().all(|finding| named(finding) && finding.remedy.1.contains("--repair")));
        let mended = centre.server.verify(Repair::Derived, centre.now).unwrap();
        assert!(mended.differences.is_empty() && !mended.notices.is_empty(), "{sql}: {mended:?}");
        let after = centre.server.verify(Repair::No, centre.now).unwrap();
        assert!(after.differences.is_empty() && after.notices.is_empty(), "{sql}: {after:?}");
    }
}

#[test]
fn damaged_or_changed_records_are_named_and_not_mended() {
    for (sql, code) in [
        ("UPDATE change SET bytes = zeroblob(length(bytes)) WHERE position = 1", "changes"),
        ("DELETE FROM change WHERE position = 0 AND document = (SELECT min(id) FROM document)", "changes"),
        ("UPDATE accepted SET content = zeroblob(length(content)) WHERE sequence = 2", "running-hash"),
        ("DELETE FROM accepted WHERE sequence = 2", "running-hash"),
        ("UPDATE partition SET sequence = sequence + 1", "running-hash"),
        ("UPDATE change SET sequence = sequence + 1 WHERE position = 0", "labels"),
    ] {
        let (centre, other) = centre();
        other.execute(sql, []).unwrap();
        let found = centre.server.verify(Repair::Derived, centre.now).unwrap();
        assert!(codes(&found).contains(&code), "{sql}: {found:?}");
        assert_eq!(codes(&centre.server.verify(Repair::Derived, centre.now).unwrap()), codes(&found), "{sql}");
    }
}
