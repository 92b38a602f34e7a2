//! What a test asserts of a world: each gives what is broken, in words.

use std::fmt;
use std::time::Instant;

use sync_core::ReportId;

use super::tally::Part;
use super::{Person, World, end};

/// Promises that were broken, a line each, with the seed.
#[derive(Clone, PartialEq, Eq)]
pub struct Broken {
    seed: u64,
    /// In the order in which they were found.
    pub lines: Vec<String>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}:", self.seed)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

/// As [`Display`](fmt::Display), since this is what `unwrap` prints.
impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Broken {}

impl World {
    fn broken(&self, lines: Vec<String>) -> Result<(), Broken> {
        if lines.is_empty() { Ok(()) } else { Err(Broken { seed: self.seed, lines }) }
    }

    /// What the oracle found on the way: receipts for nothing, bytes outside a grant, panics, dishonest status.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn sound(&self) -> Result<(), Broken> {
        self.broken(self.shelf.open().broken.clone())
    }

    /// The whole oracle, after [`World::settle`]: sound, converged, nothing lost, nothing twice. The centre rebuilds every report from its changes
    /// and compares.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn whole(&self, people: &[&Person]) -> Result<(), Broken> {
        self.settle(people);
        let mut lines = self.ends(people);
        lines.extend(self.verified());
        self.broken(lines)
    }

    /// The centre rebuilds every report from its changes and compares.
    pub(crate) fn verified(&self) -> Vec<String> {
        self.shelf.open().tally.count("verifications");
        match self.server.verify(sync_server::Repair::No, self.now()) {
            Ok(found) => {
                found.differences.iter().map(|one| format!("I1: the centre does not verify: {} {}", one.code, one.detail)).collect()
            }
            Err(error) => vec![format!("I5: the centre does not verify: {error}")],
        }
    }

    /// As [`World::whole`], but without settling and without the centre's own verification.
    pub(crate) fn ends(&self, people: &[&Person]) -> Vec<String> {
        let begun = Instant::now();
        let mut lines = self.shelf.open().broken.clone();
        for found in [self.converged(people), self.nothing_lost(people), self.nothing_twice()] {
            lines.extend(found.err().into_iter().flat_map(|broken| broken.lines));
        }
        self.shelf.open().tally.spent(Part::End, begun);
        lines
    }

    /// I3, I6: each of these devices holds exactly what its grants open, and shows it as the centre does.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn converged(&self, people: &[&Person]) -> Result<(), Broken> {
        let mut lines = end::converged(self, people);
        lines.extend(end::messages(self, people));
        self.broken(lines)
    }

    /// I1, I2: what was receipted is at the centre, what was saved is on its device, and also at the centre, or held there.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn nothing_lost(&self, people: &[&Person]) -> Result<(), Broken> {
        self.broken(end::nothing_lost(&mut self.shelf.open(), people))
    }

    /// Every report at the centre was filed by somebody, once.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn nothing_twice(&self) -> Result<(), Broken> {
        self.broken(end::nothing_twice(&mut self.shelf.open()))
    }

    /// A device's link carried fewer bytes than that, both ways, without HTTP and TLS.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn bytes_below(&self, person: &Person, bytes: u64) -> Result<(), Broken> {
        let stats = self.stats(person);
        let carried = stats.bytes_up + stats.bytes_down;
        let line = || format!("{carried} bytes were carried, allowed were less than {bytes}");
        self.broken(if carried < bytes { Vec::new() } else { vec![line()] })
    }

    /// A device began fewer exchanges than that.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn requests_below(&self, person: &Person, requests: u64) -> Result<(), Broken> {
        let begun = self.stats(person).exchanges;
        let line = || format!("{begun} exchanges were begun, allowed were less than {requests}");
        self.broken(if begun < requests { Vec::new() } else { vec![line()] })
    }

    /// The receipt of a report was on its device before so many milliseconds of the world had passed.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn delivered_before(&self, report: ReportId, ms: u64) -> Result<(), Broken> {
        let delivered = self.delivered_ms(report);
        let line = || match delivered {
            Some(at) => format!("{report} was delivered after {at} ms, not before {ms}"),
            None => format!("{report} is not delivered"),
        };
        self.broken(if delivered.is_some_and(|at| at < ms) { Vec::new() } else { vec![line()] })
    }

    /// When the receipt of a report came to the device that filed it, in milliseconds since the beginning; none while it is not there.
    pub fn delivered_ms(&self, report: ReportId) -> Option<u64> {
        self.shelf.open().filed.get(&report).and_then(|filed| filed.delivered_ms)
    }
}
