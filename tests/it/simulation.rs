//! A slice of the simulated campaign; `cargo run --release --bin campaign -- sim --count N` is the long one.

use tests::campaign::sim::{Deed, Script, SimPlan, play, sim};

/// Seeds of the slice: some four minutes of two cores.
const SLICE: SimPlan = SimPlan { from: 1, count: 500, most: None, until_failed: false, threads: 2, timelines: None };

#[test]
fn no_seed_of_the_slice_breaks_a_promise() {
    let outcome = sim(&SLICE).unwrap();
    println!("{outcome}");
    assert!(outcome.is_whole(), "{outcome}");
    assert_eq!(outcome.seeds, SLICE.count);
    // A quiet simulator finds nothing.
    for what in ["reports filed", "edits", "exchanges", "replies applied"] {
        assert!(outcome.tally.of(what) >= outcome.seeds, "{what}: {}", outcome.tally.of(what));
    }
    let faults: u64 = outcome.tally.counts().filter(|(what, _)| what.starts_with("fault ")).map(|(_, count)| count).sum();
    assert!(faults > 10 * outcome.seeds, "{faults} faults");
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
    let (first, again) = (play(&Script::draw(5), None), play(&Script::draw(5), Some("with a timeline")));
    assert_eq!((first.hash.as_str(), &first.broken), (again.hash.as_str(), &again.broken));
    assert_eq!(first.tally.counts().collect::<Vec<_>>(), again.tally.counts().collect::<Vec<_>>());
    assert_ne!(first.hash, play(&Script::draw(6), None).hash);
}

#[test]
fn a_timeline_tells_what_a_script_did_also_when_steps_are_taken_out() {
    let mut script = Script::draw(7);
    script.steps.retain(|step| matches!(step.deed, Deed::File | Deed::Sync) && step.who == 0);
    let played = play(&script, Some("one officer"));
    let timeline = played.timeline.unwrap();
    let lines = timeline.ndjson();
    let filed = script.steps.iter().filter(|step| step.deed == Deed::File).count();
    assert_eq!(lines.lines().filter(|line| line.contains("\"what\":\"save\"")).count(), filed);
    assert!(lines.contains("request_arrived") && timeline.svg().starts_with("<svg"));
    assert!(played.broken.is_empty(), "{:?}", played.broken);
}
