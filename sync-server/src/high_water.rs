//! The newest marks of all partitions in a file of their own beside the database: a database that was put back to an earlier copy is older than they.
//!
//! ```text
//! sambang high-water 1
//! 53.03 128 <8 bytes of the running hash in hex>
//! ```

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use sync_core::marks::Mark;
use sync_core::{Timestamp, UnitCode};

use crate::ServerError;

const HEADER: &str = "sambang high-water 1";
/// The file is written so often at most: it costs a sync of the disk, and what it misses devices tell.
const APART_MS: i64 = 10_000;

/// The file.
#[derive(Debug)]
pub(crate) struct HighWater {
    path: PathBuf,
    written: Mutex<Option<Timestamp>>,
}

impl HighWater {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, written: Mutex::default() }
    }

    /// True when it is time to write; who was told so is expected to.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not keep it from being written.
        let due = written.is_none_or(|last| now < last || now.unix_ms().saturating_sub(last.unix_ms()) >= APART_MS);
        if due {
            *written = Some(now);
        }
        due
    }

    /// The marks that were written; none where there is no file, or one that cannot be read: it is a hint, and no reason not to serve.
    pub(crate) fn read(&self) -> BTreeMap<UnitCode, Mark> {
        std::fs::read_to_string(&self.path).ok().and_then(|text| parse(&text)).unwrap_or_default()
    }

    /// Writes them whole or not at all. Called after the commit of what they stand for.
    pub(crate) fn write(&self, marks: &BTreeMap<UnitCode, Mark>) -> Result<(), ServerError> {
        if *marks == self.read() {
            return Ok(());
        }
        let mut text = format!("{HEADER}\n");
        for (partition, mark) in marks {
            text += &format!("{partition} {} {}\n", mark.sequence, hex::encode(mark.tag));
        }
        let fresh = self.path.with_extension("new");
        let mut file = std::fs::File::create(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(std::fs::rename(&fresh, &self.path)?)
    }
}

fn parse(text: &str) -> Option<BTreeMap<UnitCode, Mark>> {
    let mut lines = text.lines();
    lines.next().filter(|line| *line == HEADER)?;
    let mark = |line: &str| {
        let [partition, sequence, tag] = <[&str; 3]>::try_from(line.split(' ').collect::<Vec<_>>()).ok()?;
        let tag = hex::decode(tag).ok()?.try_into().ok()?;
        Some((partition.parse().ok()?, Mark { sequence: sequence.parse().ok()?, tag }))
    };
    lines.map(mark).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    #[test]
    fn marks_survive_their_file_and_a_damaged_one_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let file = HighWater::new(directory.path().join("high-water"));
        assert!(file.read().is_empty());
        let marks =
            BTreeMap::from([("53.03".parse().unwrap(), Mark::mark_tag(128, &[7; 32])), (UnitCode::COUNTRY, Mark::mark_tag(1, &[9; 32]))]);
        file.write(&marks).unwrap();
        assert_eq!(file.read(), marks);
        for text in ["", "sambang high-water 2\n", "sambang high-water 1\n53.03 12\n", "sambang high-water 1\n53.03 12 0011\n"] {
            std::fs::write(&file.path, text).unwrap();
            assert!(file.read().is_empty(), "{text}");
        }
    }

    #[test]
    fn it_is_written_now_and_then_and_also_after_the_clock_was_set_back() {
        let file = HighWater::new(PathBuf::from("high-water"));
        let at = |ms: i64| Timestamp::from_unix_ms(1_764_000_000_000 + ms);
        assert_eq!(
            [0, 1, 9_999, 10_000, 10_001, 5_000, 5_001].map(|ms| file.is_due(at(ms))),
            [true, false, false, true, false, true, false]
        );
    }
}
