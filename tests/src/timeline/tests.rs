#![expect(clippy::unwrap_used, reason = "a failed test may panic")]
use super::exchange::{Direction, ways};
use super::lane::{State, stretches};
use super::{CENTRE, Timeline, What};

const MORNING: u64 = 7 * 3_600_000;

/// A morning at two posts: a lost reply, a kill, a gap, a failure.
fn morning() -> Timeline {
    let mut timeline = Timeline::new("seed 41: save, sync, save, kill the centre, sync <shortened from 96 steps>");
    let mut at = |ms: u64, lane: &str, what: What| timeline.note(MORNING + ms, lane, what);
    let save = |report: &str| What::Save { report: report.into(), text: "deteksi-dini".into() };
    let sent = |exchange, bytes, items| What::RequestSent { exchange, bytes, items };
    let (bokon, bitefa) = ("petugas 1", "petugas 2");
    at(0, bokon, save("01a3"));
    at(9_000, bokon, sent(1, 1_412, 1));
    at(9_900, CENTRE, What::RequestArrived { exchange: 1 });
    at(9_900, CENTRE, What::ReplySent { exchange: 1, bytes: 388 });
    at(10_000, bokon, What::Fault { exchange: Some(1), name: "reply_lost".into() });
    at(39_000, bokon, What::NoReply { exchange: 1, text: "no reply in time".into() });
    at(41_000, bokon, sent(2, 1_412, 1));
    at(42_000, CENTRE, What::RequestArrived { exchange: 2 });
    at(42_000, CENTRE, What::ReplySent { exchange: 2, bytes: 388 });
    at(43_100, bokon, What::ReplyApplied { exchange: 2, receipts: 1, received: 0 });
    at(60_000, bitefa, What::Signal { up: false });
    at(75_000, bitefa, save("02f7"));
    at(80_000, bitefa, What::Edit { report: "02f7".into(), text: "uraian = \"R&D\"".into() });
    at(4_000_000, bitefa, What::ClockJump { by_ms: -86_400_000 });
    at(4_000_900, bitefa, What::Signal { up: true });
    at(4_001_000, bitefa, sent(3, 2_904, 2));
    at(4_002_000, bitefa, What::Fault { exchange: Some(3), name: "request_cut".into() });
    at(4_002_000, bitefa, What::NoReply { exchange: 3, text: "connection ended".into() });
    at(4_020_000, bitefa, sent(4, 2_904, 2));
    at(4_021_200, CENTRE, What::RequestArrived { exchange: 4 });
    at(4_021_200, CENTRE, What::ReplySent { exchange: 4, bytes: 402 });
    at(4_021_300, CENTRE, What::Killed);
    at(4_022_000, bitefa, What::ReplyApplied { exchange: 4, receipts: 2, received: 1 });
    at(4_060_000, CENTRE, What::Reopened);
    at(4_090_000, bokon, sent(5, 160, 0));
    at(4_091_000, CENTRE, What::RequestArrived { exchange: 5 });
    at(4_091_000, CENTRE, What::ReplySent { exchange: 5, bytes: 166 });
    at(4_092_000, bokon, What::ReplyApplied { exchange: 5, receipts: 0, received: 0 });
    at(4_100_000, CENTRE, What::Failure { text: "I1: report 02f7 was receipted to petugas 2 and is not at the centre".into() });
    timeline
}

#[test]
fn ndjson_has_a_line_for_each_with_stable_names() {
    let text = morning().ndjson();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 29);
    let sent =
        serde_json::json!({"at_ms": 25_209_000, "lane": "petugas 1", "what": "request_sent", "exchange": 1, "bytes": 1_412, "items": 1});
    assert_eq!(lines.get(1), Some(&sent));
    let fault = serde_json::json!({"at_ms": 25_210_000, "lane": "petugas 1", "what": "fault", "exchange": 1, "name": "reply_lost"});
    assert_eq!(lines.get(4), Some(&fault));
    assert_eq!(lines.get(21), Some(&serde_json::json!({"at_ms": 29_221_300, "lane": "centre", "what": "killed"})));
}

#[test]
fn notes_stand_by_time_and_equal_times_in_their_order() {
    let mut timeline = Timeline::new("");
    for (at_ms, text) in [(5, "b"), (9, "d"), (5, "c"), (1, "a")] {
        timeline.note(at_ms, "one", What::Note { text: text.into() });
    }
    let words: Vec<String> = timeline.happened().iter().map(|one| one.what.to_string()).collect();
    assert_eq!(words, ["a", "b", "c", "d"]);
}

#[test]
fn a_way_leads_to_where_it_arrived_or_is_cut() {
    let timeline = morning();
    let ends: Vec<_> = ways(timeline.happened()).into_iter().map(|way| (way.direction, way.from, way.to)).collect();
    let (up, down) = (Direction::Up, Direction::Down);
    assert_eq!(
        ends,
        [
            (up, 1, Some(2)),
            (down, 3, None),
            (up, 6, Some(7)),
            (down, 8, Some(9)),
            (up, 15, None),
            (up, 18, Some(19)),
            (down, 20, Some(22)),
            (up, 24, Some(25)),
            (down, 26, Some(27))
        ]
    );
}

#[test]
fn a_request_that_arrives_twice_has_two_ways_and_one_applied_reply() {
    let mut timeline = Timeline::new("");
    timeline.note(0, "one", What::RequestSent { exchange: 1, bytes: 1, items: 0 });
    for at_ms in [10, 20] {
        timeline.note(at_ms, CENTRE, What::RequestArrived { exchange: 1 });
        timeline.note(at_ms, CENTRE, What::ReplySent { exchange: 1, bytes: 1 });
    }
    timeline.note(30, "one", What::ReplyApplied { exchange: 1, receipts: 0, received: 0 });
    let ends: Vec<_> = ways(timeline.happened()).into_iter().map(|way| (way.from, way.to)).collect();
    assert_eq!(ends, [(0, Some(1)), (0, Some(3)), (2, None), (4, Some(5))]);
}

#[test]
fn a_window_knows_in_what_state_the_lanes_were() {
    let timeline = morning();
    let signal = |timeline: &Timeline| {
        let stretches = stretches("petugas 2", timeline.before(), timeline.happened());
        stretches.into_iter().map(|one| one.state).collect::<Vec<_>>()
    };
    assert_eq!(signal(&timeline), [State::Connected, State::WithoutSignal, State::Connected]);
    let window = timeline.around(MORNING + 80_000, 1);
    assert_eq!(window.happened().len(), 2);
    assert_eq!(signal(&window), [State::WithoutSignal]);
    assert!(window.svg().contains("11 earlier events are left out"));
    assert_eq!(window.failure(), None);
}

/// Not XML in full: every tag that opens is closed, and no text opens another.
fn is_well_formed(svg: &str) -> bool {
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let Some((tag, text)) = tag.split_once('>') else { return false };
        if text.contains('>') || tag.matches('"').count() % 2 != 0 {
            return false;
        }
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    open.is_empty()
}

#[test]
fn the_picture_shows_lanes_failure_gaps_and_escapes_text() {
    let svg = morning().svg();
    assert!(is_well_formed(&svg), "{svg}");
    for part in [
        ">centre<",
        ">petugas 2<",
        "FAILURE at day 1 08:08:20 in the lane of centre: I1: report 02f7 was receipted",
        "&lt;shortened from 96 steps&gt;",
        "uraian = &quot;R&amp;D&quot;",
        ">1 h 5 min<",
        "clock −1 d 0 h",
    ] {
        assert!(svg.contains(part), "{part} is missing in {svg}");
    }
    assert!(!is_well_formed(&svg.replacen("&lt;", "<", 1)));
}

#[test]
fn symbols_of_a_lane_never_stand_on_each_other() {
    let timeline = morning();
    let axis = super::axis::Axis::of(timeline.happened(), 0.0);
    assert_eq!(axis.xs.len(), timeline.happened().len());
    assert!(axis.xs.is_sorted());
    for (index, one) in timeline.happened().iter().enumerate() {
        let later = timeline.happened().iter().zip(&axis.xs).skip(index + 1).find(|(later, _)| later.lane == one.lane);
        assert!(later.is_none_or(|(_, x)| x - axis.xs.get(index).unwrap() >= 20.0), "{one:?}");
    }
}

#[test]
fn what_no_xml_can_hold_is_replaced() {
    assert_eq!(super::escape::escape("a\u{0}b\u{ffff}<c>\u{1b}[0m"), "a\u{fffd}b\u{fffd}&lt;c&gt;\u{fffd}[0m");
    assert_eq!(super::escape::wrapped("one two three\nfour", 9), ["one two", "three", "four"]);
}
