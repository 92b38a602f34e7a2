//! The scheduler never ends, never undercuts a hint, keeps the day's budget and spreads devices, whatever happens to a device and its clocks.

use proptest::prelude::*;
use sync_core::limits;
use sync_core::scheduler::{Action, Backlog, Link, LinkFailure, Memory, Moment, OnMetered, Policy, Success, Urgent, Why, next_action};

const BEGIN_MS: i64 = 1_795_564_800_000;

/// A phone: true time, what its clocks show of it, and what its scheduler knows.
#[derive(Debug)]
struct Phone {
    true_ms: u64,
    moment: Moment,
    link: Link,
    policy: Policy,
    backlog: Backlog,
    memory: Memory,
}

/// What happens to a phone.
#[derive(Debug, Clone)]
enum Happens {
    /// Time passes while it is awake.
    Awake(u64),
    /// It sleeps: the monotonic clock stands still.
    Sleep(u64),
    /// Somebody sets the clock.
    Clock(i64),
    /// The app starts again.
    Restart,
    Link(Link),
    Backlog(Backlog),
    /// It does what the scheduler says, and this comes of it.
    Attempt(Result<bool, LinkFailure>, u64, u16),
}

impl Phone {
    fn new(policy: Policy) -> Self {
        let moment = Moment { wall_ms: BEGIN_MS, monotonic_ms: Some(7_000) };
        Self { true_ms: 0, moment, link: Link::default(), policy, backlog: Backlog::default(), memory: Memory::default() }
    }

    fn action(&self) -> Action {
        next_action(self.moment, self.link, &self.policy, self.backlog, &self.memory)
    }

    fn awake(&mut self, ms: u64) {
        self.true_ms += ms;
        self.moment.wall_ms += ms.cast_signed();
        self.moment.monotonic_ms = self.moment.monotonic_ms.map(|at| at + ms);
    }

    fn attempt(&mut self, outcome: Result<bool, LinkFailure>, bytes: u64, chance: u16, urgent_only: bool) {
        match outcome {
            Ok(moved) => self.memory.succeeded(self.moment, Success { moved, urgent_only }, chance),
            Err(failure) => self.memory.failed(self.moment, failure, chance),
        }
        self.memory.spend(self.moment, bytes);
    }

    fn happens(&mut self, what: &Happens) {
        match what {
            Happens::Awake(ms) => self.awake(*ms),
            Happens::Sleep(ms) => {
                self.true_ms += ms;
                self.moment.wall_ms += ms.cast_signed();
            }
            Happens::Clock(wall_ms) => self.moment.wall_ms = *wall_ms,
            Happens::Restart => {
                self.moment.monotonic_ms = Some(3);
                for moment in [&mut self.memory.last, &mut self.memory.day, &mut self.memory.all] {
                    *moment = moment.map(|at| Moment { monotonic_ms: None, ..at });
                }
            }
            Happens::Link(link) => {
                self.memory.link_came |= *link != Link::None && *link != self.link;
                self.link = *link;
            }
            Happens::Backlog(backlog) => self.backlog = *backlog,
            Happens::Attempt(outcome, bytes, chance) => {
                if let Action::Sync(portion) = self.action() {
                    self.attempt(*outcome, (*bytes).min(portion.bytes_max), *chance, portion.urgent_only);
                }
            }
        }
    }
}

fn backlogs() -> impl Strategy<Value = Backlog> {
    let urgent = prop_oneof![Just(Urgent::None), Just(Urgent::Tried), Just(Urgent::Fresh)];
    (urgent, any::<bool>(), any::<bool>()).prop_map(|(urgent, normal, window_spent)| Backlog { urgent, normal, window_spent })
}

fn policies() -> impl Strategy<Value = Policy> {
    let most = prop_oneof![Just(None), (0_u64..300_000).prop_map(Some)];
    let metered = prop_oneof![Just(OnMetered::Portions), Just(OnMetered::Wait)];
    (most, metered).prop_map(|(day_bytes_max, on_metered)| Policy { day_bytes_max, on_metered })
}

fn links() -> impl Strategy<Value = Link> {
    prop_oneof![Just(Link::None), Just(Link::Metered), Just(Link::Unmetered)]
}

fn outcomes() -> impl Strategy<Value = Result<bool, LinkFailure>> {
    let seconds = prop_oneof![0_u64..100, Just(u64::MAX)];
    prop_oneof![
        any::<bool>().prop_map(Ok),
        Just(Err(LinkFailure::NotReached)),
        Just(Err(LinkFailure::Cut)),
        Just(Err(LinkFailure::NoReply)),
        seconds.prop_map(|seconds| Err(LinkFailure::Busy(seconds))),
    ]
}

fn happenings(clocks: bool) -> impl Strategy<Value = Vec<Happens>> {
    let clock = if clocks { 1 } else { 0 };
    let one = prop_oneof![
        4 => (0_u64..100_000).prop_map(Happens::Awake),
        1 => (0_u64..30 * limits::DAY_MS).prop_map(Happens::Sleep),
        clock => (0_i64..4_102_444_800_000).prop_map(Happens::Clock),
        clock => Just(Happens::Restart),
        2 => links().prop_map(Happens::Link),
        2 => backlogs().prop_map(Happens::Backlog),
        6 => (outcomes(), 0_u64..100_000, any::<u16>()).prop_map(|(outcome, bytes, chance)| Happens::Attempt(outcome, bytes, chance)),
    ];
    proptest::collection::vec(one, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever happened, also to its clocks: awake, the phone attempts within the bound, by waiting for what it is told each time.
    #[test]
    fn there_is_always_a_next_attempt_within_a_bound(policy in policies(), link in links(), what in happenings(true)) {
        let mut phone = Phone::new(policy);
        what.iter().for_each(|one| phone.happens(one));
        phone.happens(&Happens::Link(link));
        // A budget that is used up, or too small for any exchange, is the officer's wish: then each day is looked at anew.
        let begin = phone.true_ms;
        let mut days_without_budget = 0;
        while !matches!(phone.action(), Action::Sync(_)) {
            let (Action::Wait { ms, why } | Action::WaitForLink { ms, why }) = phone.action() else { unreachable!() };
            prop_assert!(ms > 0 && ms <= limits::ATTEMPT_WITHIN_MS, "{ms} ms for {why:?}");
            phone.awake(ms);
            if why == Why::DayBudget {
                days_without_budget += 1;
                if policy.day_bytes_max.is_some_and(|most| most < limits::EXCHANGE_BYTES_MIN) && days_without_budget > 2 {
                    return Ok(());
                }
            }
        }
        prop_assert!(phone.true_ms - begin <= 2 * limits::ATTEMPT_WITHIN_MS, "{} ms", phone.true_ms - begin);
    }

    /// With clocks that run right, asleep or awake, no attempt comes before the moment that the centre named, however urgent.
    #[test]
    fn a_hint_is_never_undercut(policy in policies(), seconds in 0_u64..3_600, chance: u16, before in happenings(false), after in happenings(false)) {
        let mut phone = Phone::new(policy);
        before.iter().for_each(|one| phone.happens(one));
        phone.attempt(Err(LinkFailure::Busy(seconds)), 0, chance, false);
        let not_before = phone.true_ms + seconds * 1_000;
        for one in &after {
            if !matches!(one, Happens::Attempt(..)) {
                phone.happens(one);
            }
            if let Action::Sync(_) = phone.action() {
                prop_assert!(phone.true_ms >= not_before, "{} ms too early", not_before - phone.true_ms);
            }
        }
    }

    /// No attempt that may carry normal reports is granted more than what is left of the day.
    #[test]
    fn the_budget_of_a_day_is_exceeded_by_urgent_reports_only(most in 0_u64..300_000, what in happenings(false)) {
        let mut phone = Phone::new(Policy { day_bytes_max: Some(most), ..Policy::default() });
        // Spent since the day began that the phone counts, told apart here.
        let (mut day_began, mut spent, mut urgent) = (0, 0, 0);
        for one in &what {
            let granted = phone.action();
            if let (Happens::Attempt(_, bytes, _), Action::Sync(portion)) = (one, granted) {
                if spent + urgent == 0 || phone.true_ms - day_began >= limits::DAY_MS {
                    (day_began, spent, urgent) = (phone.true_ms, 0, 0);
                }
                if portion.urgent_only {
                    prop_assert!(phone.backlog.urgent != Urgent::None);
                    urgent += bytes.min(&portion.bytes_max);
                } else {
                    spent += portion.bytes_max;
                    prop_assert!(spent <= most, "{spent} of {most}");
                    spent -= portion.bytes_max - bytes.min(&portion.bytes_max);
                }
            }
            phone.happens(one);
        }
    }

    /// What is urgent and new goes at once, on any link, whatever failed before; after a connectivity event also what was tried.
    #[test]
    fn urgent_goes_at_once(policy in policies(), what in happenings(true), metered: bool, fresh: bool) {
        let link = if metered { Link::Metered } else { Link::Unmetered };
        let mut phone = Phone::new(policy);
        what.iter().for_each(|one| phone.happens(one));
        // Only the centre's own wish stands above it.
        phone.memory.hint_ms = 0;
        phone.backlog.urgent = if fresh { Urgent::Fresh } else { Urgent::Tried };
        phone.happens(&Happens::Link(Link::None));
        phone.happens(&Happens::Link(link));
        prop_assert!(matches!(phone.action(), Action::Sync(_)), "{:?}", phone.action());
        phone.attempt(Err(LinkFailure::NotReached), 0, 0, false);
        prop_assert_eq!(matches!(phone.action(), Action::Sync(_)), fresh, "tried once: a new one goes, an old one backs off");
    }
}

/// A thousand devices that failed in the same moment: no tenth of the time takes more than a fifth of them.
#[test]
fn jitter_spreads_devices_that_failed_together() {
    for failures in [1, 3, 9, 40] {
        for failure in [LinkFailure::NotReached, LinkFailure::Busy(30)] {
            let mut waits = Vec::new();
            for number in 0..1_000_u32 {
                let mut phone = Phone::new(Policy::default());
                let chance = u16::try_from(number.wrapping_mul(40_503) % 65_536).unwrap();
                (0..failures).for_each(|_| phone.attempt(Err(failure), 0, chance, false));
                let Action::Wait { ms, .. } = phone.action() else { panic!("{:?}", phone.action()) };
                waits.push(ms);
            }
            let (least, most) = (*waits.iter().min().unwrap(), *waits.iter().max().unwrap());
            assert!(most - least >= least / 5, "{failure:?} after {failures}: from {least} to {most} ms");
            let mut tenths = [0; 11];
            waits.iter().for_each(|ms| tenths[usize::try_from((ms - least) * 10 / (most - least)).unwrap()] += 1);
            assert!(tenths.iter().all(|count| *count <= 200), "{failure:?} after {failures}: {tenths:?}");
        }
    }
}

#[test]
fn waits_grow_to_half_an_hour_and_a_phone_that_slept_for_weeks_asks_at_once() {
    let mut phone = Phone::new(Policy::default());
    let mut waits = Vec::new();
    for _ in 0..60 {
        phone.attempt(Err(LinkFailure::NotReached), 0, u16::MAX, false);
        let Action::Wait { ms, why: Why::BackOff } = phone.action() else { panic!("{:?}", phone.action()) };
        waits.push(ms);
    }
    assert_eq!(waits[..4], [5_000, 10_000, 20_000, 40_000]);
    assert!(waits.is_sorted() && waits[59] == limits::BACK_OFF_MAX_MS, "{waits:?}");
    phone.happens(&Happens::Sleep(21 * limits::DAY_MS));
    assert!(matches!(phone.action(), Action::Sync(_)));
}

#[test]
fn a_normal_backlog_goes_in_portions_on_a_metered_link_or_waits_for_another() {
    let normal = Backlog { normal: true, ..Backlog::default() };
    let mut phone = Phone { link: Link::Metered, backlog: normal, ..Phone::new(Policy::default()) };
    let Action::Sync(portion) = phone.action() else { panic!("{:?}", phone.action()) };
    assert_eq!((portion.bytes_max, portion.urgent_only), (limits::PORTION_BYTES_MAX, false));
    phone.attempt(Ok(true), 60_000, 0, false);
    assert_eq!(phone.action(), Action::Wait { ms: limits::PORTION_PAUSE_MS, why: Why::Portion });
    phone.policy.on_metered = OnMetered::Wait;
    assert!(matches!(phone.action(), Action::WaitForLink { why: Why::Metered, .. }), "{:?}", phone.action());
    // It asks for urgent news meanwhile.
    phone.awake(limits::REST_METERED_MS);
    let Action::Sync(portion) = phone.action() else { panic!("{:?}", phone.action()) };
    assert!(portion.urgent_only);
    phone.happens(&Happens::Link(Link::Unmetered));
    let Action::Sync(portion) = phone.action() else { panic!("{:?}", phone.action()) };
    assert_eq!((portion.bytes_max, portion.urgent_only), (limits::EXCHANGE_BYTES_MAX, false));
}

#[test]
fn a_batch_grows_on_success_and_shrinks_on_a_cut_to_one_change() {
    use sync_core::scheduler::Batch;
    let mut batch = Batch::up();
    for _ in 0..10 {
        batch.succeeded(batch.next(), true, 256 << 10);
    }
    assert_eq!(batch.next(), 256 << 10);
    for _ in 0..20 {
        batch.cut(batch.next());
    }
    assert_eq!(batch.next(), limits::BATCH_BYTES_MIN);
    // What is not full says nothing: it does not grow.
    let size = batch.size;
    batch.succeeded(100, false, 256 << 10);
    assert_eq!(batch.size, size);
}

#[test]
fn after_a_cut_a_batch_is_what_a_window_carried_and_then_a_quarter_of_it() {
    use sync_core::scheduler::Batch;
    let mut batch = Batch::up();
    let first = batch.next();
    batch.succeeded(first, true, 256 << 10);
    assert_eq!(batch.next(), 2 * first);
    batch.cut(2 * first);
    assert_eq!((batch.next(), batch.spent()), (first, false));
    batch.succeeded(first, true, 256 << 10);
    assert_eq!((batch.next(), batch.spent()), (first / 4, true));
    batch.ended();
    assert_eq!((batch.next(), batch.spent()), (first, false));
    // The link lives on: in a few messages it is forgotten.
    for _ in 0..10 {
        batch.succeeded(batch.next(), true, 256 << 10);
    }
    assert!(batch.next() > first && !batch.spent(), "{batch:?}");
}
