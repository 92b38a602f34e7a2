//! The scheduler: when a device asks next, and how much it carries then. Pure: clocks, link, backlog and chance are arguments.
//!
//! ```
//! use sync_core::scheduler::{Action, Backlog, Link, Memory, Moment, Policy, Why, next_action};
//! let now = Moment { wall_ms: 1_795_564_800_000, monotonic_ms: Some(5_000) };
//! let (policy, nothing) = (Policy::default(), Backlog::default());
//! // A device that has never asked does so at once; without a link it says what it waits for.
//! assert!(matches!(next_action(now, Link::Unmetered, &policy, nothing, &Memory::default()), Action::Sync(_)));
//! let Action::WaitForLink { why, .. } = next_action(now, Link::None, &policy, nothing, &Memory { last: Some(now), ..Memory::default() }) else {
//!     panic!("no link")
//! };
//! assert_eq!(why, Why::NoLink);
//! ```
//!
//! It never ends: whatever it is told, the next attempt is at most [`limits::ATTEMPT_WITHIN_MS`] away by either clock.

mod batch;
mod memory;
mod moment;

use crate::limits;

pub use batch::Batch;
pub use memory::{LinkFailure, Memory, Success};
pub use moment::Moment;

/// What carries the bytes now, as the host sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Link {
    /// Nothing: no signal, flight mode.
    None,
    /// Bytes cost money or a quota. Also what is taken when the host does not say.
    #[default]
    Metered,
    /// Bytes cost nothing.
    Unmetered,
}

/// What a normal backlog does on a metered link. What is urgent never waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnMetered {
    /// It goes in small portions with pauses between them.
    #[default]
    Portions,
    /// It waits for a link that is not metered, a day at most. News is asked for as ever.
    Wait,
}

/// What the officer, or the app, allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Policy {
    /// Bytes in a day, both ways together; none for no limit. Only what is urgent goes beyond.
    pub day_bytes_max: Option<u64>,
    /// What a normal backlog does on a metered link.
    pub on_metered: OnMetered,
}

/// Whether something urgent is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Urgent {
    /// No.
    #[default]
    None,
    /// Yes, and an attempt with it was made already.
    Tried,
    /// Yes, and it was written after the last attempt.
    Fresh,
}

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Backlog {
    /// Urgent changes without a receipt.
    pub urgent: Urgent,
    /// Whether other changes have no receipt, or the centre said that it has more.
    pub normal: bool,
    /// Whether the last window of signal carried no more than was carried since ([`Batch::spent`]).
    pub window_spent: bool,
}

/// How much one attempt may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Portion {
    /// Bytes, both ways together, as far as the device can tell in advance.
    pub bytes_max: u64,
    /// True when only what is urgent may go: the day's budget is used up, or the rest waits for a link that is not metered.
    pub urgent_only: bool,
}

impl Portion {
    /// As much as an exchange can carry.
    pub const WHOLE: Self = Self { bytes_max: limits::EXCHANGE_BYTES_MAX, urgent_only: false };
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// One exchange, now.
    Sync(Portion),
    /// Nothing for so long; look again then, and when something happens: a report is filed, the link changes.
    Wait {
        /// How long.
        ms: u64,
        /// What for.
        why: Why,
    },
    /// Nothing until the link is another; look again after so long at the latest.
    WaitForLink {
        /// How long at most.
        ms: u64,
        /// What for.
        why: Why,
    },
}

/// Why an attempt does not come yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// Nothing waits here; the centre is asked for news at this time.
    Rest,
    /// The last attempt failed, or moved nothing.
    BackOff,
    /// The centre asked for it.
    Hint,
    /// The next portion of a normal backlog.
    Portion,
    /// There is no link.
    NoLink,
    /// A normal backlog waits for a link that is not metered.
    Metered,
    /// The day's bytes are used up.
    DayBudget,
}

impl Why {
    /// Stable, for machines.
    pub fn code(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::BackOff => "back-off",
            Self::Hint => "hint",
            Self::Portion => "portion",
            Self::NoLink => "no-link",
            Self::Metered => "metered",
            Self::DayBudget => "day-budget",
        }
    }
}

/// What to do now. Everything that it rests on is an argument; the same arguments give the same action.
///
/// First the centre's hint, which nothing overrules; then the link; then back-off, portions and rest; the day's budget last. What is urgent
/// waits for the hint and the link only, and once per attempt for the back-off.
pub fn next_action(now: Moment, link: Link, policy: &Policy, backlog: Backlog, memory: &Memory) -> Action {
    // The first attempt of a store is made whatever it is told: there is no earlier one from which a wait could count.
    let Some(last) = memory.last else { return start(now, link, policy, backlog, memory) };
    let left = |wait_ms: u64| now.left(last, wait_ms);
    if let Some(ms) = left(memory.hint_ms) {
        return Action::Wait { ms, why: Why::Hint };
    }
    if link == Link::None {
        // Systems forget to tell that a link came: it is tried now and then all the same.
        return match left(limits::LINK_CHECK_MS) {
            Some(ms) => Action::WaitForLink { ms, why: Why::NoLink },
            None => start(now, link, policy, backlog, memory),
        };
    }
    let held_back = backlog.normal && waits_for_link(now, link, policy, memory);
    let (wait_ms, why) = pause(link, Backlog { normal: backlog.normal && !held_back, ..backlog }, memory);
    match left(wait_ms) {
        Some(ms) if held_back && why == Why::Rest => return Action::WaitForLink { ms, why: Why::Metered },
        Some(ms) => {
            // Of two reasons the one that lasts is told.
            let budget = out_of_bytes(now, policy, backlog, memory).filter(|until| *until > ms);
            return budget.map_or(Action::Wait { ms, why }, |ms| Action::Wait { ms, why: Why::DayBudget });
        }
        None => {}
    }
    start(now, link, policy, backlog, memory)
}

/// Whether a normal backlog waits for a link that is not metered. Not for ever: once in a day a portion goes all the same.
fn waits_for_link(now: Moment, link: Link, policy: &Policy, memory: &Memory) -> bool {
    let today = memory.all.is_some_and(|all| now.left(all, limits::DAY_MS).is_some());
    link == Link::Metered && policy.on_metered == OnMetered::Wait && today
}

/// How long after the last attempt the next one comes, on a link.
fn pause(link: Link, backlog: Backlog, memory: &Memory) -> (u64, Why) {
    let urgent = backlog.urgent != Urgent::None;
    let at_once = backlog.urgent == Urgent::Fresh || (urgent && memory.link_came);
    let waits = urgent || backlog.normal;
    if at_once {
        return (0, Why::BackOff);
    }
    if memory.failures > 0 {
        // After a connectivity event what failed before says little: as after the first failure.
        let failures = if memory.link_came { 1 } else { memory.failures };
        let most = if urgent { limits::BACK_OFF_URGENT_MAX_MS } else { limits::BACK_OFF_MAX_MS };
        return (back_off(failures, most, memory.chance), Why::BackOff);
    }
    match (waits, link) {
        _ if urgent => (0, Why::Portion),
        // The beginning of a window of signal is the best moment.
        (true, _) if memory.link_came => (limits::BACK_OFF_FIRST_MS, Why::Portion),
        (true, Link::Metered) => (limits::PORTION_PAUSE_MS, Why::Portion),
        (true, _) if backlog.window_spent => (limits::WINDOW_PAUSE_MS, Why::Portion),
        (true, Link::Unmetered | Link::None) => (0, Why::Portion),
        (false, _) if memory.link_came => (limits::BACK_OFF_FIRST_MS, Why::Rest),
        (false, Link::Unmetered) => (spread(limits::REST_MS, memory.chance), Why::Rest),
        (false, Link::Metered | Link::None) => (spread(limits::REST_METERED_MS, memory.chance), Why::Rest),
    }
}

/// Starts an attempt, as far as the day's budget allows.
fn start(now: Moment, link: Link, policy: &Policy, backlog: Backlog, memory: &Memory) -> Action {
    let most = match link {
        Link::Unmetered => limits::EXCHANGE_BYTES_MAX,
        Link::Metered | Link::None => limits::PORTION_BYTES_MAX,
    };
    let portion = |bytes_max, urgent_only| Action::Sync(Portion { bytes_max, urgent_only });
    let held_back = waits_for_link(now, link, policy, memory);
    let Some(day_bytes_max) = policy.day_bytes_max else { return portion(most, held_back) };
    let left = day_bytes_max.saturating_sub(memory.spent_at(now));
    if left >= limits::EXCHANGE_BYTES_MIN {
        return portion(most.min(left), held_back);
    }
    match out_of_bytes(now, policy, backlog, memory) {
        Some(ms) => Action::Wait { ms, why: Why::DayBudget },
        None => portion(most, true),
    }
}

/// How long the day's bytes are used up; none while there are some, and for what is urgent.
fn out_of_bytes(now: Moment, policy: &Policy, backlog: Backlog, memory: &Memory) -> Option<u64> {
    let left = policy.day_bytes_max?.saturating_sub(memory.spent_at(now));
    let used_up = left < limits::EXCHANGE_BYTES_MIN && backlog.urgent == Urgent::None;
    used_up.then(|| memory.day.and_then(|day| now.left(day, limits::DAY_MS)).unwrap_or(limits::DAY_MS))
}

/// Doubles with each failure up to `most`; a random part of its second half is left out, so that devices that failed together do not come
/// back together.
fn back_off(failures: u32, most: u64, chance: u16) -> u64 {
    let doubled = limits::BACK_OFF_FIRST_MS.saturating_mul(1_u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX));
    spread(doubled.min(most), chance)
}

/// Between half of `ms` and all of it.
fn spread(ms: u64, chance: u16) -> u64 {
    let half = ms / 2;
    half + (ms - half) * u64::from(chance) / u64::from(u16::MAX)
}
