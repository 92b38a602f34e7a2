//! `ingest`: how many reports a second a server takes in. Ours verifies each change and commits with `synchronous=FULL` before the receipt.
//!
//! `clients-N`: that many clients push at once, each with a store of its own; their work is on the same machine. `devices-N`: ours alone, the
//! requests of so many devices made beforehand, so that only the server works. Afterwards the centre rebuilds every document and compares.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use local_store::Device;

use super::Run;
use super::figure::{Board, OURS, What};
use super::own;
use super::system::{Client, Order, System};
use super::texts::{self, Flat};
use super::transfer::{loaded, made};
use crate::centre::Centre;
use crate::programs::Failure;

/// How many at once, and how many reports each.
#[derive(Debug, Clone, Copy)]
struct Crowd {
    case: &'static str,
    senders: u32,
    reports: usize,
}

const CLIENTS: Crowd = Crowd { case: "clients-4", senders: 4, reports: 250 };
const CLIENTS_QUICK: Crowd = Crowd { case: "clients-2", senders: 2, reports: 50 };
const DEVICES: Crowd = Crowd { case: "devices-100", senders: 100, reports: 20 };
const DEVICES_QUICK: Crowd = Crowd { case: "devices-10", senders: 10, reports: 20 };
/// Requests that are on their way at once.
const CONNECTIONS: usize = 8;

impl Crowd {
    const fn what(self) -> What {
        What { case: self.case, metric: "reports_per_second", unit: "reports/s" }
    }

    fn rate(self, begun: Instant) -> f64 {
        f64::from(self.senders) * self.reports as f64 / begun.elapsed().as_secs_f64()
    }

    /// The reports of each sender, and the units of all.
    fn texts(self, run: &Run<'_>, round: u64) -> Result<(Vec<Vec<Flat>>, Vec<String>), Failure> {
        let first = round * u64::from(self.senders);
        let all = (0..u64::from(self.senders)).map(|number| run.texts.of_officer(first + number, self.reports));
        let mut all = all.collect::<Result<Vec<_>, Failure>>()?;
        // Ids must differ between senders also where the texts come from one file.
        for (number, reports) in all.iter_mut().enumerate() {
            for report in reports {
                let id = report.get("id").and_then(|id| id.as_str()).unwrap_or_default();
                report.insert("id".to_owned(), format!("{}{number:04x}", &id.get(..id.len().saturating_sub(4)).unwrap_or_default()).into());
            }
        }
        let units = all.iter().flat_map(|reports| texts::units(reports)).collect::<std::collections::BTreeSet<_>>();
        Ok((all, units.into_iter().collect()))
    }
}

/// Runs the bench.
///
/// # Errors
/// When a system fails.
pub(super) fn ingest(run: &Run<'_>, board: &mut Board) -> Result<(), Failure> {
    let (clients, devices) = if run.quick { (CLIENTS_QUICK, DEVICES_QUICK) } else { (CLIENTS, DEVICES) };
    for round in 0..run.rounds {
        for system in run.systems {
            run.tell(&format!("ingest {}: round {}, {}", clients.case, round + 1, system.name()));
            let rate = from_clients(&**system, clients, run, round).map_err(|error| format!("{}: {error}", system.name()))?;
            board.note("ingest", clients.what(), system.name(), rate);
        }
        run.tell(&format!("ingest {}: round {}", devices.case, round + 1));
        board.note("ingest", devices.what(), OURS, from_devices(devices, run, round)?);
    }
    Ok(())
}

fn from_clients(system: &dyn System, crowd: Crowd, run: &Run<'_>, round: u64) -> Result<f64, Failure> {
    let folder = tempfile::tempdir()?;
    let (all, units) = crowd.texts(run, round)?;
    let mut server = system.serve(&made(folder.path(), "server")?, &units)?;
    let (address, count) = (server.address(), crowd.reports);
    let mut clients: Vec<Box<dyn Client>> = Vec::new();
    for (officer, reports) in (1..).zip(&all) {
        let mut client = loaded(&mut *server, folder.path(), (&address, officer), (&format!("client-{officer}"), reports))?;
        client.order(&Order::Save { from: 0, count })?;
        clients.push(client);
    }
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let pushing: Vec<_> = clients.iter_mut().map(|client| scope.spawn(|| client.order(&Order::Push { from: 0, count }))).collect();
        pushing.into_iter().try_for_each(|one| one.join().map_err(|_| "a client panicked")?.map(drop))
    })?;
    Ok(crowd.rate(begun))
}

fn from_devices(crowd: Crowd, run: &Run<'_>, round: u64) -> Result<f64, Failure> {
    let folder = tempfile::tempdir()?;
    let (all, units) = crowd.texts(run, round)?;
    let centre = Centre::with_units(&folder.path().join("centre"), &units)?;
    let mut devices = Vec::new();
    for (officer, reports) in (1_u32..).zip(&all) {
        devices.push(device(folder.path(), &centre, officer, reports)?);
    }
    let requests = devices.iter().map(Device::request).collect::<Result<Vec<_>, _>>()?;

    let (waiting, replies) = (Mutex::new(requests.into_iter().enumerate()), Mutex::new(Vec::new()));
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let work = || -> Result<(), Failure> {
            while let Some((at, request)) = next() {
                let reply = post(centre.address(), &request)?;
                replies.lock().unwrap_or_else(PoisonError::into_inner).push((at, reply));
            }
            Ok(())
        };
        let posting: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(work)).collect();
        posting.into_iter().try_for_each(|one| one.join().map_err(|_| "a sender panicked")?)
    })?;
    let rate = crowd.rate(begun);

    for (at, reply) in replies.into_inner().unwrap_or_else(PoisonError::into_inner) {
        let device = devices.get(at).ok_or("no such device")?;
        device.apply(&reply)?;
        let unsent = device.status()?.unsent;
        if unsent > 0 {
            return Err(format!("{unsent} reports have no receipt").into());
        }
    }
    centre.verify()?;
    Ok(rate)
}

/// Enrolled, with its reports saved.
fn device(folder: &Path, centre: &Centre, officer: u32, reports: &[Flat]) -> Result<Device, Failure> {
    let device = Device::open(folder.join(format!("{officer}.sambang")))?;
    own::enrol(&device, (centre, centre.url()), officer, reports)?;
    for report in reports {
        own::file(&device, report)?;
    }
    Ok(device)
}

/// One request on a connection of its own, as a device's is.
fn post(address: &str, request: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let head = format!(
        "POST /v1/sync HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/octet-stream\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        request.len()
    );
    stream.write_all(&[head.as_bytes(), request].concat())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no answer of HTTP")?;
    if !answer.starts_with(b"HTTP/1.1 200 ") {
        return Err(format!("the server said: {}", String::from_utf8_lossy(&answer)).into());
    }
    Ok(answer.split_off(end + 4))
}
