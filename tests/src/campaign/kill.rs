//! Kills `sambang report new` (SIGKILL) at random moments, in the middle of its commit, and between its writes and its commit.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use local_store::Device;

use super::{listed_ids, printed_id, report_new};
use crate::desk;
use crate::programs::{Build, Failure, Program, program};

const SIGKILL: i32 = 9;

/// How many kills of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Of the shipped program, at moments drawn over the time that a run takes.
    pub at_random: u32,
    /// Of the shipped program, between the first and the last write to the log of one commit, by `strace`.
    pub in_commit: u32,
    /// Of the build with crash points, after the writes of the transaction and before its commit.
    pub before_commit: u32,
    /// Where the random moments begin.
    pub seed: u64,
}

impl Plan {
    /// `count` kills in all: a quarter in the commit, a quarter before it, the rest at random.
    pub fn of(count: u32, seed: u64) -> Self {
        let quarter = count / 4;
        Self { at_random: count - 2 * quarter, in_commit: quarter, before_commit: quarter, seed }
    }
}

/// What was killed, and what was found after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Kills at random moments.
    pub at_random: u32,
    /// Kills in the middle of a commit.
    pub in_commit: u32,
    /// Kills between the writes of a transaction and its commit.
    pub before_commit: u32,
    /// Runs that ended before their kill.
    pub finished: u32,
    /// Ids that were printed, by killed and by finished runs.
    pub printed: u32,
    /// Reports in the store at the end: at least those that were printed.
    pub listed: u32,
    /// Printed and not in the store.
    pub lost: Vec<String>,
    /// In the list more than once.
    pub doubled: u32,
    /// Saved by a run that was killed before its commit.
    pub saved_uncommitted: u32,
    /// What `PRAGMA integrity_check` says.
    pub integrity: String,
}

impl Outcome {
    /// Every kill.
    pub fn kills(&self) -> u32 {
        self.at_random + self.in_commit + self.before_commit
    }

    /// Kills between the first write and the commit.
    pub fn between(&self) -> u32 {
        self.in_commit + self.before_commit
    }

    /// True when nothing was lost, doubled or damaged.
    pub fn is_whole(&self) -> bool {
        self.lost.is_empty() && self.doubled == 0 && self.saved_uncommitted == 0 && self.integrity == "ok"
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} kills: {} at random moments, {} between first write and commit", self.kills(), self.at_random, self.between())?;
        writeln!(
            f,
            "  ({} before the commit began, {} inside it); {} runs ended before their kill",
            self.before_commit, self.in_commit, self.finished
        )?;
        writeln!(
            f,
            "{} ids printed, {} reports in the store, {} lost, {} doubled",
            self.printed,
            self.listed,
            self.lost.len(),
            self.doubled
        )?;
        write!(f, "{} saved without a commit; integrity check: {}", self.saved_uncommitted, self.integrity)
    }
}

/// Carries out the plan on one store, so that every run finds what the kill before it left.
///
/// # Errors
/// When a program does not build, start, or reach the point at which it is to be killed.
pub fn kill(plan: Plan) -> Result<Outcome, Failure> {
    let folder = tempfile::tempdir()?;
    let mut campaign = Campaign {
        shipped: program(Program::Device, Build::Shipped)?,
        with_points: program(Program::Device, Build::CrashPoints)?,
        store: folder.path().join("petugas.db"),
        random: plan.seed,
        printed: BTreeSet::new(),
        outcome: Outcome::default(),
    };
    desk::enrol(&Device::open(&campaign.store)?, 81_000_001)?;
    campaign.at_random(plan.at_random)?;
    campaign.in_commit(plan.in_commit)?;
    campaign.before_commit(plan.before_commit)?;
    campaign.judge()
}

struct Campaign {
    shipped: PathBuf,
    with_points: PathBuf,
    store: PathBuf,
    random: u64,
    printed: BTreeSet<String>,
    outcome: Outcome,
}

impl Campaign {
    fn new_report(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        report_new(&mut command, &self.store);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What a run printed counts, however the run ended. True when it was killed.
    fn take(&mut self, output: &Output) -> Result<bool, Failure> {
        if let Some(id) = printed_id(&String::from_utf8_lossy(&output.stdout)) {
            self.printed.insert(id);
        }
        let killed = was_killed(output.status);
        if !killed && !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        self.outcome.finished += u32::from(!killed);
        Ok(killed)
    }

    fn at_random(&mut self, kills: u32) -> Result<(), Failure> {
        let usual = self.usual_run()?;
        // A run that ends before its moment is no kill; four times as many runs as kills are far more than ever needed.
        for _ in 0..kills * 4 {
            if self.outcome.at_random == kills {
                return Ok(());
            }
            let share = self.below(1_000_000);
            let mut child = self.new_report(&self.shipped).spawn()?;
            // Not to wait for something: the length of this sleep is the random moment.
            std::thread::sleep(usual.mul_f64(share as f64 / 1_000_000.0));
            child.kill()?;
            let killed = self.take(&child.wait_with_output()?)?;
            self.outcome.at_random += u32::from(killed);
        }
        if self.outcome.at_random == kills { Ok(()) } else { Err("runs end before they can be killed".into()) }
    }

    /// The middle one of five runs that nobody kills.
    fn usual_run(&mut self) -> Result<Duration, Failure> {
        let mut times = Vec::new();
        for _ in 0..5 {
            let begun = Instant::now();
            let output = self.new_report(&self.shipped).output()?;
            times.push(begun.elapsed());
            self.take(&output)?;
        }
        times.sort_unstable();
        Ok(times.get(2).copied().unwrap_or_default())
    }

    fn in_commit(&mut self, kills: u32) -> Result<(), Failure> {
        let writes = self.writes_to_the_log()?;
        // Commits differ in length: one that ends before the write that was drawn is no kill.
        for _ in 0..kills * 4 {
            if self.outcome.in_commit == kills {
                return Ok(());
            }
            // The first write is the log's header, the second begins the first page of the transaction.
            let at = 3 + self.below(u64::from(writes) - 2);
            let output = self.under_strace(&["-e", &format!("inject=pwrite64:signal=KILL:when={at}")]).output()?;
            let killed = self.take(&output)?;
            self.outcome.in_commit += u32::from(killed);
        }
        if self.outcome.in_commit == kills { Ok(()) } else { Err("commits end before they can be killed".into()) }
    }

    /// The shipped program under `strace`, which looks only at the log.
    fn under_strace(&self, what: &[&str]) -> Command {
        let run = self.new_report(&self.shipped);
        let mut log = self.store.clone().into_os_string();
        log.push("-wal");
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-e", "signal=none", "-e", "trace=pwrite64,fdatasync,fsync"]).args(what).arg("-P").arg(log);
        command.arg("--").arg(run.get_program()).args(run.get_args());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// How often one commit writes to the log before its sync.
    fn writes_to_the_log(&mut self) -> Result<u32, Failure> {
        let output = self.under_strace(&[]).output()?;
        self.take(&output)?;
        let calls = String::from_utf8_lossy(&output.stderr).into_owned();
        let (mut writes, mut synced) = (0_u32, false);
        for line in calls.lines() {
            // The header is synced by itself.
            synced |= line.contains("sync(") && writes > 1;
            writes += u32::from(!synced && line.contains("pwrite64("));
        }
        if synced && writes > 2 { Ok(writes) } else { Err(format!("no commit to be seen: {calls}").into()) }
    }

    fn before_commit(&mut self, kills: u32) -> Result<(), Failure> {
        let before = self.listed()?;
        for _ in 0..kills {
            let mut child = self.new_report(&self.with_points).env("SAMBANG_CRASH_POINT", "before-commit").spawn()?;
            let mut said = String::new();
            let errors = child.stderr.take().ok_or("no standard error stream")?;
            BufReader::new(errors).read_line(&mut said)?;
            child.kill()?;
            let killed = self.take(&child.wait_with_output()?)?;
            if !killed || said.trim_end() != "crash point before-commit" {
                return Err(format!("not at the crash point: {said}").into());
            }
            self.outcome.before_commit += 1;
        }
        self.outcome.saved_uncommitted = self.listed()?.saturating_sub(before);
        Ok(())
    }

    fn listed(&self) -> Result<u32, Failure> {
        Ok(u32::try_from(listed_ids(&self.shipped, &self.store)?.len())?)
    }

    fn judge(mut self) -> Result<Outcome, Failure> {
        let listed = listed_ids(&self.shipped, &self.store)?;
        let distinct: BTreeSet<&String> = listed.iter().collect();
        self.outcome.doubled = u32::try_from(listed.len() - distinct.len())?;
        self.outcome.listed = u32::try_from(listed.len())?;
        self.outcome.printed = u32::try_from(self.printed.len())?;
        self.outcome.lost = self.printed.iter().filter(|id| !distinct.contains(id)).cloned().collect();
        let store = rusqlite::Connection::open(&self.store)?;
        self.outcome.integrity = store.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok(self.outcome)
    }

    /// A random number below `end` (splitmix64): the campaign's own, so that a seed means the same on every machine.
    fn below(&mut self, end: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

/// `strace` ends as the program did that it watched, or with the number that a shell gives to such an end.
fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(SIGKILL) || status.code() == Some(128 + SIGKILL)
}
