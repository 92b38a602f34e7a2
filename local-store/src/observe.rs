//! Watching: what a list or the status shows, at once and again each time that it changes, whoever changed it.

use std::time::{Duration, Instant};

use crate::{Device, Error, Filter, Status, Summary};

/// The answer to one question about a store, anew each time that it changes: by this app, by another thread, by a sync. Dropping it ends it; until then
/// the store stays open.
///
/// It compares answers, so that a write that changes nothing here is not told. Several changes while nobody asks are told as one. It holds no
/// lock while it waits, and no thread of its own: give it one, or call [`Observer::within`] from a loop that also does something else.
#[derive(Debug)]
pub struct Observer<T> {
    device: Device,
    filter: Filter,
    ask: fn(&Device, &Filter) -> Result<T, Error>,
    told: Option<T>,
    seen: u64,
}

impl<T: Clone + PartialEq> Observer<T> {
    fn new(device: &Device, filter: &Filter, ask: fn(&Device, &Filter) -> Result<T, Error>) -> Self {
        Self { device: device.clone(), filter: filter.clone(), ask, told: None, seen: 0 }
    }

    /// The next answer: the first at once, each later one when it differs from the one before. None when nothing has changed for so long.
    ///
    /// # Errors
    /// Those of the question. The observer stays good; the next call asks again.
    pub fn within(&mut self, most: Duration) -> Result<Option<T>, Error> {
        let begun = Instant::now();
        loop {
            // Read before the answer: what is written after this wakes the next round.
            let rung = self.device.wake.rung();
            if self.told.is_none() || rung != self.seen {
                let answer = (self.ask)(&self.device, &self.filter)?;
                self.seen = rung;
                if self.told.as_ref() != Some(&answer) {
                    self.told = Some(answer.clone());
                    return Ok(Some(answer));
                }
            }
            let left = most.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            self.device.wake.wait(rung, left);
        }
    }
}

/// Without end: each item waits for the next change.
impl<T: Clone + PartialEq> Iterator for Observer<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.within(Duration::from_secs(3_600)) {
                Ok(None) => {}
                Ok(Some(answer)) => return Some(Ok(answer)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Device {
    /// What [`Device::list`] gives, at once and each time that it changes.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), local_store::Error> {
    /// use local_store::{Device, Filter};
    /// let device = Device::open("officer.sambang")?;
    /// let observer = device.observe(&Filter::default());
    /// std::thread::spawn(move || {
    ///     for list in observer {
    ///         println!("{:?}", list.map(|list| list.len())); // draw the list anew
    ///     }
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn observe(&self, filter: &Filter) -> Observer<Vec<Summary>> {
        Observer::new(self, filter, Self::list)
    }

    /// What [`Device::status`] gives, at once and each time that it changes.
    pub fn observe_status(&self) -> Observer<Status> {
        Observer::new(self, &Filter::default(), |device, _| device.status())
    }
}
