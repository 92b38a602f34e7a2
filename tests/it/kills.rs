//! A short slice of the kill campaign; `cargo run --release --bin campaign -- kill --count N` is the long one.

use tests::campaign::{Plan, kill};

#[test]
fn no_printed_report_is_lost_by_kills_at_any_moment() {
    let plan = Plan::of(240, 1);
    let outcome = kill(plan).unwrap();
    println!("{outcome}");
    assert_eq!((outcome.kills(), outcome.between()), (240, 120), "{outcome}");
    assert!(outcome.printed > 0, "nothing was printed, so nothing could be lost: {outcome}");
    assert!(outcome.is_whole(), "{outcome}: {:?}", outcome.lost);
}
