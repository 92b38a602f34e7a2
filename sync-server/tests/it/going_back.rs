//! Marks at the centre: one that does not fit takes this device's request back to the common point, and is counted; nothing more is told than is due.

use std::collections::BTreeMap;

use sync_core::exchange::{Reply, Request};
use sync_core::form::Role;
use sync_core::marks::{Mark, ShownMarks};

use crate::world::{Centre, Phone, TEXT, VILLAGE, heard, unit};

const PARTITION: &str = "53.03";

fn ask(centre: &Centre, phone: &mut Phone, request: &Request) -> Reply {
    let (bytes, hash) = phone.seal(request);
    let reply = centre.server.exchange(&bytes, centre.now).unwrap();
    phone.open(&reply, &hash, &centre.server.working_key())
}

/// A request that shows these marks.
fn showing(phone: &Phone, partition: &str, newest: Mark, older: &[Mark]) -> Request {
    let marks: Vec<Mark> = [newest].into_iter().chain(older.iter().copied()).collect();
    let shown = ShownMarks::mark_shown(&marks, usize::MAX).unwrap();
    Request { marks: BTreeMap::from([(unit(partition), shown)]), ..phone.request(Vec::new()) }
}

/// An officer with three reports at the centre, and the centre's mark after each.
fn three() -> (Centre, Phone, Vec<Mark>) {
    let mut centre = Centre::new();
    let mut officer = centre.phone(11, Role::Officer, &[VILLAGE]);
    let marks = (0..3).map(|number| {
        officer.file(VILLAGE, &format!("{TEXT} Nomor {number}."));
        officer.exchange(&centre).0.marks[&unit(PARTITION)]
    });
    let marks = marks.collect();
    (centre, officer, marks)
}

#[test]
fn a_reply_gives_the_newest_mark_unless_the_request_shows_it() {
    let (centre, mut officer, marks) = three();
    assert_eq!(marks.iter().map(|mark| mark.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    let at_rest = showing(&officer, PARTITION, marks[2], &[marks[1], marks[0]]);
    let reply = ask(&centre, &mut officer, &at_rest);
    assert!(reply.marks.is_empty() && reply.common.is_empty() && reply.pages.is_empty());
    let behind = showing(&officer, PARTITION, marks[1], &marks[..1]);
    let reply = ask(&centre, &mut officer, &behind);
    assert_eq!((reply.marks, reply.common.is_empty()), (BTreeMap::from([(unit(PARTITION), marks[2])]), true));
    assert!(centre.server.rollbacks().unwrap().is_empty());
}

#[test]
fn a_mark_that_does_not_fit_takes_the_request_back_to_the_common_point() {
    let (centre, mut officer, marks) = three();
    let other = Mark::mark_tag(3, &[9; 32]);
    let request = showing(&officer, PARTITION, other, &[marks[0]]);
    let reply = ask(&centre, &mut officer, &request);
    assert_eq!(reply.common, BTreeMap::from([(unit(PARTITION), 1)]));
    assert_eq!(reply.marks, BTreeMap::from([(unit(PARTITION), marks[2])]));
    // Its cursors say that it has all three: that was another history.
    let brought = |reply: &Reply| reply.pages.iter().flat_map(|page| &page.entries).filter(|entry| entry.token.is_some()).count();
    assert_eq!(brought(&reply), 2);
    let seen = centre.server.rollbacks().unwrap();
    assert_eq!((seen.len(), seen[0].times, seen[0].shown, seen[0].common, seen[0].nrp.as_str()), (1, 1, 3, 1, "00000011"));
    // As often as it likes: it stays one row.
    let beyond = Mark { sequence: 900, ..marks[2] };
    let nothing = showing(&officer, PARTITION, beyond, &[Mark::mark_tag(2, &[9; 32])]);
    assert_eq!(ask(&centre, &mut officer, &nothing).common[&unit(PARTITION)], 0);
    let seen = centre.server.rollbacks().unwrap();
    assert_eq!((seen.len(), seen[0].times, seen[0].shown, seen[0].common), (1, 2, 900, 0));
}

#[test]
fn of_partitions_that_are_none_of_its_own_a_device_learns_no_mark_and_fills_no_table() {
    let (mut centre, mut officer, marks) = three();
    let mut stranger = centre.phone(12, Role::Officer, &["53.04.05.2001"]);
    for partition in [PARTITION, "64.01", "64.02"] {
        let request = showing(&stranger, partition, marks[1], &[]);
        let reply = ask(&centre, &mut stranger, &request);
        assert!(reply.marks.is_empty(), "{partition}: {:?}", reply.marks);
    }
    assert!(centre.server.rollbacks().unwrap().is_empty(), "the first fits, the others are nowhere");
    centre.server.revoke_device(officer.device, centre.now).unwrap();
    let request = showing(&officer, PARTITION, marks[1], &[]);
    assert!(ask(&centre, &mut officer, &request).marks.is_empty(), "a revoked one reads nothing");
}

#[test]
fn the_log_says_it_once() {
    let text = heard(tracing::Level::WARN, || {
        let (centre, mut officer, _) = three();
        for sequence in [7, 8, 9] {
            let request = showing(&officer, PARTITION, Mark::mark_tag(sequence, &[1; 32]), &[]);
            ask(&centre, &mut officer, &request);
        }
    });
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("its database went back in time") && text.contains("53.03"), "{text}");
}
