//! What docs/OPERATIONS.md tells an operator to type works.

use tests::page;

#[test]
fn an_operator_can_follow_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = page::run("OPERATIONS.md", folder.path(), &[]).unwrap();
    assert!(blocks >= 4, "{blocks} blocks");
}
