//! A background runner for hosts that do not schedule themselves: one thread that does what the scheduler says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use sync_core::scheduler::Action;

use crate::views::Synced;
use crate::{Device, Error};

/// The longest sleep at a time: a phone that slept looks at its clocks again within a minute of waking.
const NAP_MAX: Duration = Duration::from_secs(60);

/// What a runner did, or waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// An exchange brought this.
    Synced(Synced),
    /// An exchange failed; the next attempt comes by itself.
    Failed(Error),
    /// It waits. Told once for each reason.
    Waiting(Action),
}

/// Exchanges in the background until it is stopped or dropped: at once when something urgent is filed or a link comes, else when the scheduler
/// says so. One attempt at a time. It may be killed at any moment; everything that it remembers is in the store.
///
/// The host tells it of the link with [`Device::link_is`]. Without that it takes the link for a metered one that is there: ordinary reports then
/// leave in portions, some 20 seconds apart.
#[derive(Debug)]
pub struct Runner {
    device: Device,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    /// Starts the thread. `told` is called from it, and must not wait for the runner.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), local_store::Error> {
    /// use local_store::{Device, Link, Runner};
    /// let device = Device::open("officer.sambang")?;
    /// let runner = Runner::start(device.clone(), |event| println!("{event:?}"))?;
    /// device.link_is(Link::Unmetered)?; // each time when the system says so
    /// runner.stop();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(device: Device, told: impl FnMut(Event) + Send + 'static) -> Result<Self, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let (worker, stopped) = (device.clone(), Arc::clone(&stop));
        let thread = std::thread::Builder::new().name("sambang-sync".to_owned()).spawn(move || run(&worker, &stopped, told))?;
        Ok(Self { device, stop, thread: Some(thread) })
    }

    /// Stops it, after the exchange that is under way.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.device.wake.now();
        if let Some(thread) = self.thread.take() {
            // A panic in `told` is the host's, and it was printed.
            drop(thread.join());
        }
    }
}

fn run(device: &Device, stop: &AtomicBool, mut told: impl FnMut(Event)) {
    let mut waiting = None;
    let mut failed_in_row = 0_u32;
    while !stop.load(Ordering::SeqCst) {
        // Read before the facts: what happens after this ends the wait at once.
        let mut rung = device.wake.rung();
        let nap = match device.next_action() {
            Ok(Action::Sync(portion)) => {
                waiting = None;
                let attempted = device.attempt(portion);
                failed_in_row = if attempted.is_ok() { 0 } else { failed_in_row.saturating_add(1) };
                told(attempted.map_or_else(Event::Failed, Event::Synced));
                if failed_in_row == 0 {
                    continue;
                }
                // The store remembers failures; where it cannot be written to, this keeps the thread from spinning.
                rung = device.wake.rung();
                Duration::from_secs(1 << failed_in_row.min(6))
            }
            Ok(action @ (Action::Wait { ms, why } | Action::WaitForLink { ms, why })) => {
                if waiting.replace(why) != Some(why) {
                    told(Event::Waiting(action));
                }
                Duration::from_millis(ms)
            }
            // Not enrolled yet, or the disk fails: looked at again, and when something is written.
            Err(_) => NAP_MAX,
        };
        device.wake.wait(rung, nap.min(NAP_MAX));
    }
}
