//! The sums of feeds, held against their entries.

use rusqlite::Connection;
use sync_core::place::Feed;

use super::{Finding, REBUILD};
use crate::ServerError;
use crate::store::fingerprint;

pub(super) fn look(db: &rusqlite::Transaction<'_>) -> Result<Vec<Finding>, ServerError> {
    findings(db)
}

/// Makes them anew; gives what was wrong.
pub(super) fn mend(db: &rusqlite::Transaction<'_>) -> Result<Vec<Finding>, ServerError> {
    let found = findings(db)?;
    fingerprint::mend_sums(db)?;
    Ok(found)
}

fn findings(db: &Connection) -> Result<Vec<Finding>, ServerError> {
    let finding = |name: String| Finding {
        document: None,
        partition: Feed::parse(&name).map(|feed| feed.partition().to_string()),
        code: "fingerprint",
        detail: format!("the sum of feed {name} is not that of its entries"),
        remedy: REBUILD,
    };
    Ok(fingerprint::wrong_sums(db)?.into_iter().map(|(_, name, _)| finding(name)).collect())
}
