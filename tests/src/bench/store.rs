//! `store`: what an officer waits for on his phone: saving, editing, listing, searching, opening, with much and little in the store.
//!
//! Saves and edits are durable: `synchronous=FULL`, each its own transaction. Reads come from a warm page cache. Peers: the mean of many saves,
//! as durable as each peer can.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use local_store::{Device, Filter, Host, SystemHost};
use sync_core::{ReportId, Timestamp};

use super::Run;
use super::figure::{Board, OURS, What};
use super::own;
use super::samples::{Samples, ms};
use super::system::{Done, Order, System};
use super::texts::{self, Flat};
use super::transfer::{loaded, made};
use crate::centre::Centre;
use crate::programs::Failure;

/// Case and number of reports.
const SIZES: [(&str, usize); 3] = [("reports-100", 100), ("reports-1000", 1_000), ("reports-10000", 10_000)];
const SAVES: (&str, usize) = ("save-500", 500);
const SAVES_QUICK: (&str, usize) = ("save-100", 100);
/// How often each is done at each size.
const WRITES: usize = 100;
const READS: usize = 20;
/// 2026-05-01; ten reports a day are a busy officer's.
const BEGIN_MS: i64 = 1_777_593_600_000;
const BETWEEN_REPORTS_MS: i64 = 24 * 3_600_000 / 10;

/// The system's chance, and a clock that goes on with each report: in life 10,000 reports are those of years, not of a minute.
#[derive(Debug)]
struct Years(AtomicI64);

impl Host for Years {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::Relaxed))
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), String> {
        SystemHost.random(bytes)
    }
}

/// Runs the bench.
///
/// # Errors
/// When a system fails.
pub(super) fn store(run: &Run<'_>, board: &mut Board) -> Result<(), Failure> {
    for round in 0..run.rounds {
        for system in run.systems {
            run.tell(&format!("store: round {}, {}", round + 1, system.name()));
            saves(&**system, run, round, board)?;
        }
        grow(run, round, board)?;
    }
    Ok(())
}

/// The mean of many saves, of any system.
fn saves(system: &dyn System, run: &Run<'_>, round: u64, board: &mut Board) -> Result<(), Failure> {
    let (case, count) = if run.quick { SAVES_QUICK } else { SAVES };
    let what = What { case, metric: "save_mean", unit: "ms" };
    let folder = tempfile::tempdir()?;
    let reports = run.texts.of_officer(round, count)?;
    let units: Vec<String> = texts::units(&reports).into_iter().collect();
    let mut server = system.serve(&made(folder.path(), "server")?, &units)?;
    let address = server.address();
    let mut client = loaded(&mut *server, folder.path(), (&address, 1), ("client", &reports))?;
    let begun = Instant::now();
    match client.order(&Order::Save { from: 0, count })? {
        Done::Yes => board.note("store", what, system.name(), ms(begun.elapsed()) / count as f64),
        Done::Skipped => board.skip("store", what, system.name()),
    }
    Ok(())
}

/// One store of ours that grows.
fn grow(run: &Run<'_>, round: u64, board: &mut Board) -> Result<(), Failure> {
    let sizes = if run.quick { &SIZES[..2] } else { &SIZES[..] };
    let most = sizes.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let folder = tempfile::tempdir()?;
    let reports = run.texts.of_officer(round, most)?;
    let mut phone = Phone::new(folder.path(), &reports)?;
    for (case, count) in sizes {
        run.tell(&format!("store {case}: round {}", round + 1));
        let saved = phone.fill(&reports, *count)?;
        let words = last_words(reports.get(count - 1).ok_or("too few reports")?);
        let figures = phone.look(&saved, &words, &run.texts.another_description(round)?)?;
        for (metric, unit, value) in figures {
            board.note("store", What { case, metric, unit }, OURS, value);
        }
    }
    Ok(())
}

/// Two words for which an officer might search: the last ones of a description.
fn last_words(report: &Flat) -> String {
    let description = report.get("uraian").and_then(serde_json::Value::as_str).unwrap_or_default();
    let mut words: Vec<&str> = description.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).collect();
    words.split_off(words.len().saturating_sub(2)).join(" ")
}

struct Phone {
    file: PathBuf,
    clock: Arc<Years>,
    device: Device,
    saved: Vec<ReportId>,
}

impl Phone {
    /// Enrolled; its areas are those of the reports.
    fn new(folder: &Path, reports: &[Flat]) -> Result<Self, Failure> {
        let units: Vec<String> = texts::units(reports).into_iter().collect();
        let centre = Centre::with_units(&folder.join("centre"), &units)?;
        let (file, clock) = (folder.join("phone.sambang"), Arc::new(Years(AtomicI64::new(BEGIN_MS))));
        let device = Device::open_on(&file, clock.clone())?;
        own::enrol(&device, (&centre, centre.url()), 1, reports)?;
        Ok(Self { file, clock, device, saved: Vec::new() })
    }

    /// Saves until there are `count`; how long each of the last ones took.
    fn fill(&mut self, reports: &[Flat], count: usize) -> Result<Samples, Failure> {
        let mut took = Vec::new();
        for report in reports.get(self.saved.len()..count).ok_or("too few reports")? {
            self.clock.0.fetch_add(BETWEEN_REPORTS_MS, Ordering::Relaxed);
            let begun = Instant::now();
            self.saved.push(own::file(&self.device, report)?);
            took.push(ms(begun.elapsed()));
        }
        Ok(took.into_iter().rev().take(WRITES).collect())
    }

    /// What is done with a store of this size: a list, a search for `words`, edits of the description, openings.
    fn look(&mut self, saved: &Samples, words: &str, description: &str) -> Result<Vec<(&'static str, &'static str, f64)>, Failure> {
        let count = self.saved.len();
        let lists = timed(READS, || {
            let listed = self.device.list(&Filter::default())?.len();
            if listed == count { Ok(()) } else { Err(format!("{listed} of {count} reports are listed").into()) }
        })?;
        let searches =
            timed(READS, || if self.device.search(words)?.is_empty() { Err("what was written is not found".into()) } else { Ok(()) })?;
        // Of reports from all over the store.
        let step = (count / WRITES).max(1);
        let edited: Vec<ReportId> = self.saved.iter().step_by(step).take(WRITES).copied().collect();
        let value = serde_json::Value::from(description);
        let mut at = edited.iter();
        let edits = timed(edited.len(), || {
            let id = at.next().ok_or("no report")?;
            Ok(self.device.edit(*id, &[("uraian".parse()?, value.clone())])?)
        })?;
        let opens = self.open_again()?;
        let bytes = std::fs::metadata(&self.file)?.len() as f64;
        let of = |samples: &Samples, percent| samples.percentile(percent).unwrap_or(f64::NAN);
        Ok(vec![
            ("save_p50", "ms", of(saved, 50)),
            ("save_p99", "ms", of(saved, 99)),
            ("edit_p50", "ms", of(&edits, 50)),
            ("edit_p99", "ms", of(&edits, 99)),
            ("list_p50", "ms", of(&lists, 50)),
            ("search_p50", "ms", of(&searches, 50)),
            ("open_p50", "ms", of(&opens, 50)),
            ("file", "B", bytes),
            ("file_per_report", "B", bytes / count as f64),
        ])
    }

    fn open_again(&mut self) -> Result<Samples, Failure> {
        let elsewhere = tempfile::tempdir()?;
        let mut took = Vec::new();
        for _ in 0..READS {
            // A store is open once at a time: another one takes its place meanwhile.
            drop(std::mem::replace(&mut self.device, Device::open(elsewhere.path().join("other.sambang"))?));
            let begun = Instant::now();
            let device = Device::open_on(&self.file, self.clock.clone())?;
            took.push(ms(begun.elapsed()));
            self.device = device;
        }
        Ok(took.into_iter().collect())
    }
}

fn timed(times: usize, mut work: impl FnMut() -> Result<(), Failure>) -> Result<Samples, Failure> {
    (0..times)
        .map(|_| {
            let begun = Instant::now();
            work()?;
            Ok(ms(begun.elapsed()))
        })
        .collect::<Result<Vec<f64>, Failure>>()
        .map(Samples::from_iter)
}
