//! SQLite as both sides open it.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::contract::Failure;

/// WAL with `synchronous=FULL`: what was committed is on the disk. None: in memory, and gone with the process.
pub(crate) fn open(file: Option<&Path>, schema: &str) -> Result<Connection, Failure> {
    let connection = match file {
        Some(file) => {
            file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            Connection::open(file)?
        }
        None => Connection::open_in_memory()?,
    };
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch(schema)?;
    Ok(connection)
}
