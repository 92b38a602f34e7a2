//! Inputs that crash Automerge, at every door of this crate.

use std::path::PathBuf;

use automerge::ChangeHash;
use sync_core::change::{Item, from_store, glance};
use sync_core::exchange::{EnrolReply, EnrolRequest, EnrolmentCode, OpenedRequest, Reply};
use sync_core::keys::SecretKey;
use sync_core::record::Record;
use sync_core::scratch;

fn inputs() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/hostile");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut inputs: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|end| end == "bin"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    inputs.sort();
    assert!(inputs.len() >= 12, "the inputs are there");
    inputs
}

#[test]
fn none_of_them_is_a_message_an_item_or_a_record() {
    let key = SecretKey::from_seed([1; 32]).public();
    let code = EnrolmentCode::new(1, 1, &key);
    for (name, bytes) in inputs() {
        // Bare, and behind a report's id and counts as an item would begin.
        let framed = [&[0; 16][..], &[0, 1], &bytes].concat();
        for bytes in [&bytes, &framed] {
            assert!(Item::decode(bytes).is_err(), "{name}");
            assert!(glance(bytes).stopped.is_some_and(|(at, _)| at <= bytes.len()), "{name}");
            assert!(OpenedRequest::open(bytes).is_err(), "{name}");
            assert!(Reply::open(bytes, &[0; 32], &key, "00000001".parse().unwrap()).is_err(), "{name}");
            assert!(EnrolRequest::open(bytes).is_err() && EnrolReply::open(bytes, &[0; 32], &code).is_err(), "{name}");
            assert!(Record::decode(bytes).is_err(), "{name}");
        }
    }
}

#[test]
fn a_damaged_store_of_our_own_is_an_error_and_no_crash() {
    for (name, bytes) in inputs() {
        assert!(from_store(&bytes, ChangeHash([0; 32])).is_err(), "{name}");
        assert!(scratch::from_snapshot(&bytes, &[]).is_none(), "{name}");
    }
}
