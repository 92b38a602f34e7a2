//! Backups: made beside a running server, verified before they replace anything.
//!
//! ```text
//! sambang-2026-11-27T08-00-00Z/
//!   sambang.db       the database, whole at one moment
//!   journal.log      the security journal at that moment, or a little later
//!   manifest.json    bytes and BLAKE3 hash of each file, marks, time; signed by the centre
//! ```
//!
//! The key file is no part of it: who finds a backup can read reports but not answer in the centre's name.

mod make;
mod manifest;
mod replace;
mod restore;

pub use manifest::{BackupFile, BackupInfo, BackupMark};
pub use restore::{Restore, RestoreOptions, Restored};

use sync_core::Timestamp;

/// A moment as part of a file's name: without colons, which some file systems refuse.
fn stamp(now: Timestamp) -> String {
    Timestamp::from_unix_ms(now.unix_ms() / 1_000 * 1_000).to_string().replace(':', "-")
}
