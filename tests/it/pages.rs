//! What the documents tell people to type works.

use tests::centre::Centre;
use tests::page;

#[test]
fn the_six_duties_are_one_long_day() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("centre");
    let centre = Centre::start(&data).unwrap();
    let officer = centre.add_officer("85010001", "officer", "53.03.01.2005").unwrap();
    let supervisor = centre.add_officer("85020001", "polsek", "53.03.01").unwrap();
    let variables =
        [("DATA", data.to_str().unwrap()), ("SERVER", centre.url()), ("OFFICER_CODE", &officer), ("SUPERVISOR_CODE", &supervisor)];
    let blocks = page::run("DUTIES.md", folder.path(), &variables).unwrap();
    assert!(blocks >= 6, "{blocks} blocks");
}

#[test]
fn an_operator_can_follow_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = page::run("OPERATIONS.md", folder.path(), &[]).unwrap();
    assert!(blocks >= 4, "{blocks} blocks");
}
