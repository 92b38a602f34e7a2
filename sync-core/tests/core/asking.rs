//! Questions and what their answers change, against a reference of small sets: every graph of eight changes that chance draws.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;

use automerge::{ChangeHash, ExpandedChange};
use proptest::prelude::*;
use sync_core::exchange::{Answer, Fate, Label, Question, Unsettled, refused_bars};
use sync_core::history::{History, Node};
use sync_core::{Actor, DeviceId, Refusal, ReportId};

/// What a change is on the device, or at the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Shared,
    Held,
    Refused,
}

/// Change `k` was made on earlier ones; names are numbers.
#[derive(Debug, Clone)]
struct Graph(Vec<BTreeSet<usize>>);

impl Graph {
    /// A change and all below it.
    fn below(&self, change: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([change]);
        for at in (0..=change).rev() {
            if found.contains(&at) {
                found.extend(&self.0[at]);
            }
        }
        found
    }
}

fn graphs() -> impl Strategy<Value = Graph> {
    prop::collection::vec(any::<u8>(), 1..8).prop_map(|masks| {
        let deps = |(at, mask): (usize, &u8)| {
            let chosen: BTreeSet<usize> = (0..at).filter(|dep| (mask >> dep) & 1 == 1).collect();
            // One document: only the first change stands on nothing.
            if chosen.is_empty() && at > 0 { BTreeSet::from([at - 1]) } else { chosen }
        };
        Graph(masks.iter().enumerate().map(deps).collect())
    })
}

fn states() -> impl Strategy<Value = Vec<State>> {
    prop::collection::vec(prop::sample::select(vec![State::Pending, State::Shared, State::Held, State::Refused]), 8)
}

fn name(change: usize) -> ChangeHash {
    ChangeHash([u8::try_from(change).unwrap() + 1; 32])
}

fn number(hash: ChangeHash) -> usize {
    usize::from(hash.0[0]) - 1
}

fn unsettled(graph: &Graph, states: &[State]) -> Unsettled {
    let mut history = History::default();
    for (at, deps) in graph.0.iter().enumerate() {
        let actor = Actor::new(DeviceId([1; 8]), [u8::try_from(at).unwrap(); 8]);
        let expanded = ExpandedChange {
            operations: Vec::new(),
            actor_id: actor.to_automerge(),
            hash: None,
            seq: 1,
            start_op: NonZeroU64::MIN,
            time: 0,
            message: None,
            deps: deps.iter().map(|dep| name(*dep)).collect(),
            extra_bytes: Vec::new(),
            author: None,
        };
        history.push(Node { hash: name(at), actor, expanded });
    }
    let those = |wanted| (0..graph.0.len()).filter(|at| states[*at] == wanted).map(name).collect();
    Unsettled { history, shared: those(State::Shared), held: those(State::Held), refused: those(State::Refused) }
}

const LABEL: &str = "53.03";

const TOKEN: sync_core::proof::Token = sync_core::proof::Token([3; 8]);

fn label() -> Label {
    Label { partition: LABEL.parse().unwrap(), sequence: 9 }
}

fn question(heads: impl IntoIterator<Item = usize>) -> Question {
    Question { report: ReportId::from_bytes([0; 16]), heads: heads.into_iter().map(name).collect() }
}

fn apply(states: &mut [State], fates: &[(ChangeHash, Fate)]) {
    for (hash, fate) in fates {
        states[number(*hash)] = match fate {
            Fate::Shared(_) => State::Shared,
            Fate::Held => State::Held,
            Fate::Refused(_) | Fate::OnRefused => State::Refused,
            Fate::Pending => State::Pending,
        };
    }
}

fn numbers(hashes: Vec<ChangeHash>) -> BTreeSet<usize> {
    hashes.into_iter().map(number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// HELD_ASK, REFUSED_ASK, REFUSED_BARS.
    #[test]
    fn what_is_asked_and_what_bars(graph in graphs(), states in states()) {
        let all: BTreeSet<usize> = (0..graph.0.len()).collect();
        let is = |at: &usize, state| states[*at] == state;
        let unsettled = unsettled(&graph, &states);
        let under_held: BTreeSet<usize> = all.iter().filter(|at| is(at, State::Held)).flat_map(|at| graph.0[*at].clone()).collect();
        let heads: BTreeSet<usize> = all.iter().copied().filter(|at| is(at, State::Held) && !under_held.contains(at)).collect();
        prop_assert_eq!(numbers(unsettled.held_ask()), heads);
        let roots: BTreeSet<usize> = all.iter().copied().filter(|at| is(at, State::Refused) && !graph.0[*at].iter().any(|dep| is(dep, State::Refused))).collect();
        prop_assert_eq!(numbers(unsettled.refused_ask()), roots);
        let barred: BTreeSet<usize> =
            all.iter().copied().filter(|at| !is(at, State::Refused) && graph.below(*at).iter().any(|at| is(at, State::Refused))).collect();
        prop_assert_eq!(numbers(refused_bars(&unsettled.history, &unsettled.refused)), barred.clone());
        let open: BTreeSet<usize> = barred.into_iter().filter(|at| !is(at, State::Shared)).collect();
        prop_assert_eq!(numbers(unsettled.barred()), open);
    }

    #[test]
    fn what_an_answer_changes(graph in graphs(), states in states(), heads in prop::collection::btree_set(0_usize..9, 1..3)) {
        let unsettled = unsettled(&graph, &states);
        let refusal = Refusal::Discarded.number();
        let known: BTreeSet<usize> = heads.iter().copied().filter(|head| *head < graph.0.len()).collect();
        let covered: BTreeSet<usize> = known.iter().flat_map(|head| graph.below(*head)).collect();
        for answer in [
            Answer::Shared(label(), TOKEN),
            Answer::Held,
            Answer::Refused { number: refusal, reason: String::new() },
            Answer::Unknown,
        ] {
            let fates: BTreeMap<usize, Fate> =
                unsettled.settle(&question(heads.clone()), &answer).into_iter().map(|(hash, fate)| (number(hash), fate)).collect();
            let expected = (0..graph.0.len()).filter_map(|at| {
                let head = known.contains(&at);
                let on_head = graph.below(at).iter().any(|at| known.contains(at) && states[*at] != State::Shared);
                let fate = match (&answer, states[at]) {
                    (_, State::Shared) => None,
                    (Answer::Shared(label, _), _) => covered.contains(&at).then_some(Fate::Shared(*label)),
                    (Answer::Held, _) => head.then_some(Fate::Held),
                    (Answer::Refused { number, .. }, _) if head => Some(Fate::Refused(*number)),
                    (Answer::Refused { .. }, _) => on_head.then_some(Fate::OnRefused),
                    (Answer::Unknown, State::Held) => head.then_some(Fate::Pending),
                    (Answer::Unknown, State::Pending | State::Refused) => None,
                };
                fate.map(|fate| (at, fate))
            });
            prop_assert_eq!(fates, expected.collect::<BTreeMap<usize, Fate>>());
        }
    }

    /// HELD_ASK: asked about often enough, everything that was held is as the centre has it; but what the centre has of it is heard of only with
    /// what was made on it, or after that.
    #[test]
    fn what_was_held_comes_to_be_as_the_centre_has_it(graph in graphs(), centre in states()) {
        let centre = closed(&graph, &centre);
        let mut states = vec![State::Held; graph.0.len()];
        for _ in 0..graph.0.len() {
            ask_all(&graph, &mut states, &centre);
        }
        let on = |at: usize| (at..graph.0.len()).filter(|on| graph.below(*on).contains(&at)).collect::<Vec<_>>();
        let is_heard_of = |at: usize| centre[at] == State::Shared && !on(at).into_iter().any(|on| centre[on] == State::Held);
        let expected: Vec<State> = (0..graph.0.len()).map(|at| match centre[at] {
            State::Shared if on(at).into_iter().any(is_heard_of) => State::Shared,
            State::Shared | State::Held => State::Held,
            State::Refused => State::Refused,
            State::Pending => State::Pending,
        }).collect();
        prop_assert_eq!(states, expected);
    }

    /// REFUSED_ASK: what was refused on account of a change that is refused no more is pending again; unknown leaves refused what was refused.
    #[test]
    fn what_was_refused_follows_its_root(graph in graphs(), centre in states()) {
        let centre = closed(&graph, &centre);
        let mut states = vec![State::Refused; graph.0.len()];
        ask_all(&graph, &mut states, &centre);
        let (root, on_it) = match centre[0] {
            settled @ (State::Shared | State::Held) => (settled, State::Pending),
            State::Refused | State::Pending => (State::Refused, State::Refused),
        };
        prop_assert_eq!(states[0], root);
        prop_assert!(states[1..].iter().all(|state| *state == on_it), "{:?}", states);
    }
}

/// REFUSED_BARS: what was held, and of which the centre does not know any more, is pending; made on a refused change, it would be answered need for
/// ever.
#[test]
fn what_was_held_on_a_refused_change_is_refused_with_it() {
    let graph = Graph(vec![BTreeSet::new(), BTreeSet::from([0]), BTreeSet::from([1])]);
    let mut states = [State::Shared, State::Refused, State::Held];
    let fates = unsettled(&graph, &states).settle(&question([2]), &Answer::Unknown);
    apply(&mut states, &fates);
    assert_eq!(states[2], State::Pending);
    assert_eq!(numbers(unsettled(&graph, &states).barred()), BTreeSet::from([2]));
}

/// What a centre can have: a change only with all below it; what stands on a refused one is refused, on an unknown one unknown.
fn closed(graph: &Graph, drawn: &[State]) -> Vec<State> {
    let state = |at| {
        let below: Vec<State> = graph.below(at).into_iter().map(|at| drawn[at]).collect();
        [State::Refused, State::Pending, State::Held].into_iter().find(|state| below.contains(state)).unwrap_or(State::Shared)
    };
    (0..graph.0.len()).map(state).collect()
}

/// One exchange with room for all questions.
fn ask_all(graph: &Graph, states: &mut [State], centre: &[State]) {
    let before = unsettled(graph, states);
    for head in before.held_ask().into_iter().chain(before.refused_ask()) {
        let answer = match centre[number(head)] {
            State::Shared => Answer::Shared(label(), TOKEN),
            State::Held => Answer::Held,
            State::Refused => Answer::Refused { number: Refusal::Discarded.number(), reason: String::new() },
            State::Pending => Answer::Unknown,
        };
        let fates = unsettled(graph, states).settle(&question([number(head)]), &answer);
        apply(states, &fates);
    }
    let barred: Vec<_> = unsettled(graph, states).barred().into_iter().map(|hash| (hash, Fate::OnRefused)).collect();
    apply(states, &barred);
    let released: Vec<_> = unsettled(graph, states).released(&before.refused).into_iter().map(|hash| (hash, Fate::Pending)).collect();
    apply(states, &released);
}
