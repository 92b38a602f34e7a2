//! An urgent report before a backlog of thousands: how long from signal to its receipt, by the device's own scheduler and runner.

use std::sync::mpsc::channel;
use std::time::Duration;

use local_store::{Delivery, Device, Event, Link, Runner};
use sync_core::sim::Profile;

use super::own;
use super::texts::{self, Flat, Texts};
use super::transfer::{Cost, Gauge};
use crate::centre::Centre;
use crate::programs::Failure;

/// The form whose reports are urgent.
const URGENT: &str = "deteksi-dini";
/// Sent before over a link without limit: the device has its largest batches from there, the worst case for what comes after.
const SENT_BEFORE: usize = 200;
/// Far more than it takes; without an end a bench that fails would wait for ever.
const RECEIPT_MAX: Duration = Duration::from_secs(120);

/// A device that had a good link and filed `backlog` normal reports after it, then an urgent one; then there is signal, and its runner acts.
///
/// # Errors
/// When the receipt does not come.
pub(super) fn before(backlog: usize, profile: &Profile, texts: &Texts, round: u64) -> Result<Cost, Failure> {
    let folder = tempfile::tempdir()?;
    let (normal, urgent) = reports(backlog, texts, round)?;
    let (sent_before, waiting) = normal.split_at_checked(SENT_BEFORE).ok_or("too few reports")?;
    let units: Vec<String> = texts::units(&normal).into_iter().chain(texts::units(std::slice::from_ref(&urgent))).collect();
    let centre = Centre::with_units(&folder.path().join("centre"), &units)?;
    let gauge = Gauge::before(centre.address().to_owned(), profile)?;
    let device = Device::open(folder.path().join("phone.sambang"))?;
    own::enrol(&device, (&centre, &format!("http://{}", gauge.address())), 1, &[&normal[..], std::slice::from_ref(&urgent)].concat())?;
    sent_before.iter().try_for_each(|report| own::file(&device, report).map(drop))?;
    device.sync()?;
    device.link_is(Link::None)?;
    waiting.iter().try_for_each(|report| own::file(&device, report).map(drop))?;
    let report = own::file(&device, &urgent)?;

    let (tell, told) = channel();
    let runner = Runner::start(device.clone(), move |event| drop(tell.send(event)))?;
    let ((), cost) = gauge.measure(|| {
        device.link_is(Link::Metered)?;
        loop {
            if let Event::Failed(error) = told.recv_timeout(RECEIPT_MAX)? {
                return Err(error.into());
            }
            if device.show(report)?.summary.delivery == Delivery::Delivered {
                return Ok(());
            }
        }
    })?;
    runner.stop();
    let unsent = device.status()?.unsent;
    // All of them went before it, or none waited: then nothing was measured.
    if unsent == 0 { Err("the backlog was gone before the urgent report was sent".into()) } else { Ok(cost) }
}

/// Normal reports, with those that are sent before, and an urgent one.
fn reports(backlog: usize, texts: &Texts, round: u64) -> Result<(Vec<Flat>, Flat), Failure> {
    let count = backlog + SENT_BEFORE;
    // A twentieth of a month's reports are urgent ones.
    let (mut urgent, mut normal): (Vec<Flat>, Vec<Flat>) = texts
        .of_officer(round, count + count / 2)?
        .into_iter()
        .partition(|report| report.get("kind").and_then(serde_json::Value::as_str) == Some(URGENT));
    normal.truncate(count);
    let urgent = urgent.pop().ok_or("no urgent report among them")?;
    if normal.len() == count { Ok((normal, urgent)) } else { Err(format!("only {} normal reports among them", normal.len()).into()) }
}
