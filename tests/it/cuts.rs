//! A link that lives for seconds at a time: everything arrives in the end, few bytes go twice, and nothing acknowledged is sent again.

use std::collections::BTreeSet;

use local_store::{Link, LinkFailure};
use sync_core::sim::Profile;
use tests::world::{Carried, World, carry_down, carry_up, edge_in_windows};

const VILLAGE: &str = "53.03.01.2005";

fn deliver(place: Profile, kind: Link, reports: usize) -> Carried {
    carry_up(21, (place, kind), reports).unwrap()
}

/// The aim of the project's figures: `cuts: alive-3s: byte_ratio`, with `cargo test --release --workspace --test it -- cuts:: --nocapture`.
#[test]
fn alive_for_three_seconds_at_a_time_costs_at_most_1_3_times_the_bytes() {
    let whole = deliver(Profile::desa_edge(), Link::Unmetered, 200);
    println!("uninterrupted: {} bytes, {} requests, {} s", whole.bytes(), whole.requests, whole.took_ms / 1_000);
    for (dead_ms, kind) in [(30_000, Link::Unmetered), (30_000, Link::Metered), (7_000, Link::Unmetered)] {
        let cut = deliver(edge_in_windows(3_000, dead_ms), kind, 200);
        let ratio = cut.bytes() as f64 / whole.bytes() as f64;
        println!(
            "alive 3 s, dead {} s, {kind:?}: {} bytes up, {} down, ratio {ratio:.2}; {} requests, {} replies, {} s",
            dead_ms / 1_000,
            cut.bytes_up,
            cut.bytes_down,
            cut.requests,
            cut.replies,
            cut.took_ms / 1_000
        );
        assert!(ratio <= 1.3, "ratio {ratio:.2}");
    }
}

/// Half as long, and hardly longer than one round trip with its connection: slower, but all of it. Shorter ones end: the longest of these reports,
/// 1.5 kB as a request of its own, must fit into what two round trips of 600 ms leave of the window.
#[test]
fn everything_arrives_on_worse_links_too() {
    for alive_ms in [1_700, 2_000, 5_000, 9_000] {
        let cut = deliver(edge_in_windows(alive_ms, 30_000), Link::Unmetered, 60);
        println!("alive {alive_ms} ms: {} bytes, {} requests, {} s", cut.bytes(), cut.requests, cut.took_ms / 1_000);
    }
}

/// Down as well as up: a second phone downloads what the first has sent.
#[test]
fn a_first_download_arrives_in_windows_of_three_seconds() {
    let whole = carry_down(22, (Profile::desa_edge(), Link::Unmetered), 200).unwrap();
    let cut = carry_down(22, (edge_in_windows(3_000, 30_000), Link::Unmetered), 200).unwrap();
    let ratio = cut.bytes() as f64 / whole.bytes() as f64;
    println!("down: {} bytes, ratio {ratio:.2}, {} requests, {} s", cut.bytes(), cut.requests, cut.took_ms / 1_000);
    assert!(ratio <= 1.3, "ratio {ratio:.2}");
}

/// HELD_ONCE: his own feed and his village's list each report; in several replies it comes down once all the same.
#[test]
fn a_report_in_two_feeds_comes_down_once_over_several_replies() {
    let at = || (Profile::desa_edge(), Link::Unmetered);
    let (up, down) = (carry_up(22, at(), 150).unwrap(), carry_down(22, at(), 150).unwrap());
    println!("up: {} bytes; down: {} bytes, {} replies", up.bytes_up, down.bytes_down, down.replies);
    assert!(down.replies > 1, "one reply omits by itself what it carries twice");
    assert!(down.bytes_down < up.bytes_up, "{} bytes down, {} bytes up", down.bytes_down, up.bytes_up);
}

/// The common case: 20 reports and what is new, in one request.
#[test]
fn twenty_reports_are_one_request() {
    let carried = deliver(Profile::desa_edge(), Link::Metered, 20);
    println!("20 reports: {} bytes up, {} down, {} ms", carried.bytes_up, carried.bytes_down, carried.took_ms);
    assert_eq!((carried.requests, carried.replies), (1, 1));
}

/// After each cut the next request brings nothing that a stored receipt names.
#[test]
fn what_is_acknowledged_is_not_sent_again() {
    let world = World::new(23);
    let yosef = world.officer(1, "officer", &[VILLAGE]);
    yosef.file_ordinary(VILLAGE, 23, 200);
    let (mut receipts, mut round) = (BTreeSet::new(), 0);
    while yosef.device.status().unwrap().unsent > 0 {
        let reply = world.reply(&yosef);
        let queued = delivered(&yosef, local_store::Delivery::Queued);
        assert!(queued.is_disjoint(&receipts), "sent again");
        assert!(!queued.is_empty());
        round += 1;
        if round % 3 == 0 {
            yosef.device.no_reply(LinkFailure::Cut).unwrap();
            continue;
        }
        world.deliver(&yosef, &reply).unwrap();
        receipts = delivered(&yosef, local_store::Delivery::Delivered);
        assert!(queued.is_subset(&receipts), "what arrived is receipted");
    }
    assert_eq!(receipts.len(), 200);
    assert!(round > 5, "{round} requests");
}

fn delivered(person: &tests::world::Person, delivery: local_store::Delivery) -> BTreeSet<sync_core::ReportId> {
    let all = person.device.list(&Default::default()).unwrap();
    all.into_iter().filter(|one| one.delivery == delivery).map(|one| one.id).collect()
}
