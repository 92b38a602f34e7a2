//! What is printed is on the disk: the program is seen to sync. Kills cannot show this, since the kernel keeps what a dead process wrote.

use std::process::Command;

use local_store::Device;
use tests::programs::{Build, Program, program};
use tests::trace::{Seen, before_printing};
use tests::{campaign, desk};

fn seen_at_the_print_of_a_new_report(build: Build) -> Seen {
    let program = program(Program::Device, build).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let store = folder.join("petugas.db");
    desk::enrol(&Device::open(&store).unwrap(), 81_000_001).unwrap();
    let mut command = Command::new(program);
    campaign::report_new(&mut command, &store);
    before_printing(&command, &folder, campaign::printed_id).unwrap()
}

#[test]
fn every_byte_is_synced_before_the_id_is_printed() {
    let seen = seen_at_the_print_of_a_new_report(Build::Shipped);
    assert!(seen.writes.contains_key("petugas.db-wal"), "no write to the log was seen: {seen:?}");
    assert!(seen.syncs.contains_key("petugas.db-wal"), "no sync of the log was seen: {seen:?}");
    assert_eq!((seen.unsynced.as_slice(), seen.removed_unsynced.as_slice()), (&[][..], &[][..]), "{seen:?}");
}

#[test]
fn a_store_that_does_not_sync_is_found_out() {
    let seen = seen_at_the_print_of_a_new_report(Build::Mutant("synchronous-off"));
    assert!(seen.writes.contains_key("petugas.db-wal"), "{seen:?}");
    assert!(!seen.unsynced.is_empty() || !seen.removed_unsynced.is_empty(), "{seen:?}");
}
