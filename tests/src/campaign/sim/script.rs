//! The script of a seed: who does what when. Every step carries all its numbers, so that the others stay as they are when it is taken out.

use std::fmt;

use sync_core::sim::{Faults, Profile, Random};

/// The devices of a seed: role and units.
pub(super) const CAST: [(&str, &[&str]); 5] = [
    ("officer", &["53.03.01.2005"]),
    ("officer", &["53.03.01.2005", "53.03.01.2006"]),
    ("officer", &["53.03.02.2001"]),
    ("polsek", &["53.03.01"]),
    ("polres", &["53.03"]),
];
/// Reports that are filed in a full day.
const REPORTS: u64 = 100;
pub(super) const DAY_MS: u64 = 86_400_000;
/// Officers file from here to there: a day's work with an evening.
const WORK_MS: (u64, u64) = (3 * 3_600_000, 20 * 3_600_000);
/// Streams of a seed that are not used by its world.
const SCRIPT_STREAM: u64 = u64::MAX - 1;

/// What somebody does, or what happens to him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Files a report.
    File,
    /// Files one and is killed within the save, at this look at clock or chance.
    FileAndDie(i64),
    /// Files one with a full disk.
    FileOnFullDisk,
    /// Sets a field of one of the reports that he sees: which, and which field.
    Edit(u64, u64),
    /// Writes what stands there already.
    Same(u64),
    /// Comments.
    Comment(u64),
    /// A supervisor decides: which report, and what.
    Decide(u64, u64),
    /// Settles the first conflict that he sees.
    Resolve,
    /// Begins to sync, unless he is at it.
    Sync,
    /// Begins to sync and is killed when the request is stored, before it leaves.
    SyncAndDie,
    /// Is killed when the next reply has arrived, before it is stored.
    DieAtReply,
    /// Is killed.
    Die,
    /// The centre is killed: now, before it works on the next request, or after that.
    CentreDies(u64),
    /// His store is copied.
    Backup,
    /// The last copy is put back.
    Restore,
    /// His store is copied to another phone; once a seed.
    Clone,
    /// His clock jumps.
    Clock(i64),
    /// The centre's clock jumps.
    CentreClock(i64),
    /// He is somewhere else: the number of the place.
    Place(usize),
    /// His phone has signal, or not.
    Signal(bool),
    /// Sends a message to his unit and all below; an officer is told that he may not.
    Message,
    /// Takes back one of the messages that he has: which. Whoever does not answer for its unit is told that he may not.
    Recall(u64),
    /// He is moved to another village: loses one area and gets another.
    Transfer,
    /// The centre's database is copied.
    BackUpCentre,
    /// The last copy of the centre's database is put back, or one of the beginning.
    RollBackCentre,
    /// What he has to send goes by file, as far as the centre and back, or is lost on its way back.
    ByFile(bool),
    /// What was refused of one of his reports is sent again: which.
    Retry(u64),
    /// What was refused of one of his reports is written once more, with another description: which.
    Correct(u64),
    /// A village gets another code: within its regency, or across.
    Decree(bool),
    /// A version of the form is added at the centre, or the newest added one is retired.
    Form(bool),
    /// A supervisor admits or discards the oldest that is held at the centre, if any.
    SettleHeld(bool),
}

/// A deed with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Milliseconds since the beginning.
    pub at_ms: u64,
    /// Which device, from 0.
    pub who: usize,
    /// What.
    pub deed: Deed,
}

/// A seed's script, or what was left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The seed.
    pub seed: u64,
    /// What happens on the links of all devices.
    pub faults: Faults,
    /// By time.
    pub steps: Vec<Step>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.at_ms / 1_000;
        write!(f, "{:02}:{:02}:{:02} {} {:?}", seconds / 3_600, seconds / 60 % 60, seconds % 60, self.who, self.deed)
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps: Vec<String> = self.steps.iter().map(Step::to_string).collect();
        f.write_str(&steps.join("; "))
    }
}

impl Script {
    /// The script of a seed. Each kind of accident has its own weight there, and in half of the seeds none: a fault that happens always hides others.
    pub fn draw(seed: u64) -> Self {
        let mut random = Random::seeded(seed, SCRIPT_STREAM);
        let mut steps = Vec::new();
        // One day in four is full. The others are short: as many accidents, on fewer reports, and more days in an hour.
        let reports = if random.chance(250) { REPORTS } else { random.between(5, 50) };
        for _ in 0..reports {
            let who = below(&mut random, 3);
            steps.push(Step { at_ms: random.between(WORK_MS.0, WORK_MS.1), who, deed: Deed::File });
        }
        everyday(&mut random, &mut steps);
        for most_and_deed in accidents() {
            let (most, deed) = most_and_deed;
            let times = if random.chance(500) { random.between(1, most) } else { 0 };
            for _ in 0..times {
                let who = below(&mut random, CAST.len() as u64);
                steps.push(Step { at_ms: random.between(0, DAY_MS), who, deed: deed(&mut random) });
            }
        }
        steps.sort_by_key(|step| step.at_ms);
        Self { seed, faults: Faults::swarm(seed), steps }
    }
}

fn below(random: &mut Random, bound: u64) -> usize {
    usize::try_from(random.below(bound)).unwrap_or(0)
}

/// What happens on any day: syncs, edits, answers.
fn everyday(random: &mut Random, steps: &mut Vec<Step>) {
    for who in 0..CAST.len() {
        for _ in 0..random.between(3, 10) {
            steps.push(Step { at_ms: random.between(0, DAY_MS), who, deed: Deed::Sync });
        }
        let place = below(random, Profile::all().len() as u64);
        steps.push(Step { at_ms: 0, who, deed: Deed::Place(place) });
    }
    for _ in 0..random.between(5, 40) {
        let (who, report, what) = (below(random, CAST.len() as u64), random.bits(), random.bits());
        let deed = match random.below(10) {
            0 => Deed::Comment(report),
            1 => Deed::Same(report),
            2 => Deed::Resolve,
            3 | 4 => Deed::Decide(report, what),
            _ => Deed::Edit(report, what),
        };
        steps.push(Step { at_ms: random.between(WORK_MS.0, DAY_MS), who, deed });
    }
}

type Draw = fn(&mut Random) -> Deed;

/// The kinds of accidents, and how often each comes at most.
fn accidents() -> [(u64, Draw); 26] {
    [
        (6, |random| Deed::FileAndDie(random.between(1, 8).cast_signed())),
        (2, |_| Deed::FileOnFullDisk),
        (6, |_| Deed::SyncAndDie),
        (6, |_| Deed::DieAtReply),
        (6, |_| Deed::Die),
        (3, |random| Deed::CentreDies(random.below(3))),
        (3, |_| Deed::Backup),
        (2, |_| Deed::Restore),
        (1, |_| Deed::Clone),
        (4, |random| Deed::Clock(jump(random))),
        (1, |random| Deed::CentreClock(jump(random) / 1_000)),
        (6, |random| Deed::Place(below(random, Profile::all().len() as u64))),
        (4, |_| Deed::Signal(false)),
        (6, |_| Deed::Signal(true)),
        (1, |_| Deed::Transfer),
        (6, |_| Deed::Sync),
        (8, |random| Deed::SettleHeld(random.chance(600))),
        (6, |_| Deed::Message),
        (3, |random| Deed::Recall(random.bits())),
        (4, |_| Deed::BackUpCentre),
        (2, |_| Deed::RollBackCentre),
        (3, |random| Deed::ByFile(random.chance(800))),
        (3, |random| Deed::Retry(random.bits())),
        (3, |random| Deed::Correct(random.bits())),
        (1, |random| Deed::Decree(random.chance(500))),
        (4, |random| Deed::Form(random.chance(700))),
    ]
}

/// Seconds, hours, or decades, forward or back.
fn jump(random: &mut Random) -> i64 {
    let far = [60_000, 3_600_000, 86_400_000, 3 * 31_536_000_000, 50 * 31_536_000_000];
    let most = far.get(below(random, far.len() as u64)).copied().unwrap_or(0);
    let by = random.between(1, most).cast_signed();
    if random.chance(500) { by } else { -by }
}
