//! `repair`: what it costs that a device or the centre lost a little of much. Library to library: bytes of requests and replies, without HTTP.

use std::path::{Path, PathBuf};

use local_store::{Device, Host as _, SystemHost};
use rusqlite::Connection;
use sync_core::{Nrp, ReportId, Role};
use sync_server::{NewOfficer, OpenOptions, Repair, Restore, RestoreOptions, Server};

use super::Run;
use super::figure::{Board, OURS, What};
use super::own;
use super::texts::{Flat, units};
use crate::programs::Failure;

/// How many are lost.
const LOST: usize = 10;
/// Syncs beside a device that keeps writing.
const SYNCS: usize = 20;
/// More exchanges than any repair takes.
const EXCHANGES_MAX: u64 = 50;

/// The cases' names, by size.
#[derive(Debug, Clone, Copy)]
struct Size {
    count: usize,
    rollback: &'static str,
    lost: &'static str,
    nothing: &'static str,
}

const FULL: Size = Size { count: 10_000, rollback: "rollback-10-of-10000", lost: "10-of-10000", nothing: "0-of-10000" };
const QUICK: Size = Size { count: 500, rollback: "rollback-10-of-500", lost: "10-of-500", nothing: "0-of-500" };

/// Runs the bench, once: its stores take minutes to fill, and bytes hardly vary.
///
/// # Errors
/// When a device or the centre fails.
pub(super) fn repair(run: &Run<'_>, board: &mut Board) -> Result<(), Failure> {
    let size = if run.quick { QUICK } else { FULL };
    run.tell(&format!("repair: {} reports", size.count));
    let folder = tempfile::tempdir()?;
    let reports = run.texts.of_officer(0, size.count + LOST + SYNCS)?;
    let mut pair = Pair::new(folder.path(), &reports)?;
    pair.file(reports.get(..size.count - LOST).ok_or("too few reports")?)?;
    let mut note = |case, metric, unit, value: f64| board.note("repair", What { case, metric, unit }, OURS, value);

    // The centre's copy of yesterday: before the last ten.
    let yesterday = pair.copy_centre(&folder.path().join("yesterday"))?;
    for report in reports.get(size.count - LOST..size.count).ok_or("too few reports")? {
        pair.file(std::slice::from_ref(report))?;
    }
    pair.centre = None;
    pair.open_centre(yesterday)?;
    let back = pair.until_equal(|_| true)?;
    if back.voided < LOST as u64 {
        return Err("the centre did not go back".into());
    }
    note(size.rollback, "bytes", "B", back.bytes as f64);
    note(size.rollback, "requests", "requests", back.requests as f64);
    note(size.rollback, "sent_again", "reports", back.voided as f64);

    let extra = pair.beside_a_writer(reports.get(size.count..size.count + SYNCS).ok_or("too few reports")?)?;
    note(size.nothing, "extra_requests", "requests", extra as f64);
    let idle = pair.exchange()?;
    note(size.nothing, "idle_bytes", "B", idle.bytes as f64);
    note(size.nothing, "idle_apply", "ms", idle.apply_ms);

    let begun = pair.lose(size.count)?;
    let mended = pair.until_equal(|exchange| exchange.number > begun)?;
    note(size.lost, "requests", "requests", mended.requests as f64);
    note(size.lost, "bytes", "B", mended.bytes as f64);
    Ok(())
}

/// One exchange, or several.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    number: u64,
    requests: u64,
    bytes: u64,
    voided: u64,
    apply_ms: f64,
    rests: bool,
}

/// A device with all reports, another one of the same officer, and the centre.
struct Pair {
    directory: PathBuf,
    centre: Option<Server>,
    device: Option<Device>,
    file: PathBuf,
    other: Device,
    saved: Vec<ReportId>,
    exchanges: u64,
}

fn chance<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    SystemHost.random(&mut bytes)?;
    Ok(bytes)
}

impl Pair {
    fn new(folder: &Path, reports: &[Flat]) -> Result<Self, Failure> {
        let directory = folder.join("centre");
        let centre = Server::open(&directory, OpenOptions::CreateIfMissing { now: SystemHost.now(), random: chance()? })?;
        let wanted = units(reports);
        let all = std::fs::read_to_string(crate::centre::all_units())?;
        let above = |code: &str| wanted.iter().any(|unit| unit == code || unit.starts_with(&format!("{code}.")));
        let lines = all.lines().filter(|line| line.split(',').next().is_some_and(|code| code == "code" || above(code)));
        centre.import_units(lines.collect::<Vec<_>>().join("\n").as_bytes())?;
        let nrp = Nrp::from_number(81_000_001).ok_or("not a personnel number")?;
        let areas = wanted.iter().map(|unit| unit.parse()).collect::<Result<_, _>>()?;
        let new = NewOfficer { nrp, name: "Petugas".to_owned(), role: Role::Officer, units: areas };
        let codes = [centre.add_officer(&new, SystemHost.now(), chance()?)?, centre.new_code(nrp, SystemHost.now(), chance()?)?];
        let [first, second] = [folder.join("phone.sambang"), folder.join("second.sambang")];
        let (device, other) = (Device::open(&first)?, Device::open(&second)?);
        for (device, code) in [&device, &other].into_iter().zip(codes) {
            let reply = centre.enrol(&device.enrolment_request(&code.to_string())?, SystemHost.now(), chance()?)?;
            device.apply_enrolment(&code.to_string(), &reply, "http://127.0.0.1:9", "")?;
        }
        let mut pair = Self { directory, centre: Some(centre), device: Some(device), file: first, other, saved: Vec::new(), exchanges: 0 };
        pair.exchange()?;
        Ok(pair)
    }

    fn centre(&self) -> Result<&Server, Failure> {
        Ok(self.centre.as_ref().ok_or("no centre")?)
    }

    fn device(&self) -> Result<&Device, Failure> {
        Ok(self.device.as_ref().ok_or("no device")?)
    }

    fn open_centre(&mut self, directory: PathBuf) -> Result<(), Failure> {
        self.centre = Some(Server::open(&directory, OpenOptions::MustExist)?);
        self.directory = directory;
        Ok(())
    }

    /// A centre of its backup, as it is now.
    fn copy_centre(&self, to: &Path) -> Result<PathBuf, Failure> {
        let (backup, keys) = (to.with_extension("backup"), self.directory.join("keys"));
        self.centre()?.backup(&backup, SystemHost.now())?;
        Server::restore(&backup, to, RestoreOptions { what: Restore::Replace, keys: Some(&keys), journal: None }, SystemHost.now())?;
        Ok(to.to_owned())
    }

    /// Saves and sends.
    fn file(&mut self, reports: &[Flat]) -> Result<(), Failure> {
        for report in reports {
            let id = own::file(self.device()?, report)?;
            self.saved.push(id);
        }
        while !self.exchange()?.rests {}
        Ok(())
    }

    fn one(&self, device: &Device) -> Result<(local_store::Synced, u64, f64), Failure> {
        let request = device.request()?;
        let reply = self.centre()?.exchange(&request, SystemHost.now())?;
        let begun = std::time::Instant::now();
        let synced = device.apply(&reply)?;
        Ok((synced, (request.len() + reply.len()) as u64, begun.elapsed().as_secs_f64() * 1_000.0))
    }

    fn exchange(&mut self) -> Result<Cost, Failure> {
        self.exchanges += 1;
        let (synced, bytes, apply_ms) = self.one(self.device()?)?;
        let rests = synced.complete && synced.differing == 0;
        Ok(Cost { number: self.exchanges, requests: 1, bytes, voided: synced.voided, apply_ms, rests })
    }

    /// Exchanges until both show the same and nothing is left; the sum of those that count.
    fn until_equal(&mut self, counts: impl Fn(&Cost) -> bool) -> Result<Cost, Failure> {
        let mut sum = Cost::default();
        for _ in 0..EXCHANGES_MAX {
            let one = self.exchange()?;
            sum.voided += one.voided;
            if counts(&one) {
                (sum.requests, sum.bytes) = (sum.requests + 1, sum.bytes + one.bytes);
            }
            if one.rests && sum.requests > 0 {
                return Ok(sum);
            }
        }
        Err("device and centre still differ".into())
    }

    /// Requests beyond one a sync, while another device of the officer sends a report before each; and comparisons that failed.
    fn beside_a_writer(&mut self, reports: &[Flat]) -> Result<u64, Failure> {
        while !self.one(&self.other)?.0.complete {}
        let mut extra = 0;
        for report in reports {
            own::file(&self.other, report)?;
            while !self.one(&self.other)?.0.complete {}
            while !self.exchange()?.rests {
                extra += 1;
            }
        }
        Ok(extra)
    }

    /// Five reports from all over the store are gone on the device, and five others at the centre. Gives the number of the last exchange before the
    /// first one that repairs.
    fn lose(&mut self, count: usize) -> Result<u64, Failure> {
        let step = count / LOST;
        let blob = |at: usize| -> Result<String, Failure> {
            let id = self.saved.get(at).ok_or("too few reports")?;
            Ok(format!("x'{}'", id.to_string().replace('-', "")))
        };
        let of = |first: usize| (0..LOST / 2).map(|number| blob(first + 2 * number * step)).collect::<Result<Vec<_>, _>>();
        let (here, there) = (of(step / 2)?.join(","), of(step / 2 + step)?.join(","));
        self.device = None;
        Connection::open(&self.file)?.execute_batch(&format!("DELETE FROM change WHERE report IN ({here})"))?;
        let db = Connection::open(self.directory.join("sambang.db"))?;
        db.pragma_update(None, "foreign_keys", false)?;
        db.execute_batch(&format!(
            "DELETE FROM report WHERE document IN ({there}); DELETE FROM feed_entry WHERE document IN ({there});
             DELETE FROM change WHERE document IN ({there}); DELETE FROM document WHERE id IN ({there})"
        ))?;
        drop(db);
        self.centre()?.verify(Repair::Derived, SystemHost.now())?;
        self.device = Some(Device::open(&self.file)?);
        // Two in a row.
        for _ in 0..2 {
            self.exchange()?;
        }
        Ok(self.exchanges)
    }
}
