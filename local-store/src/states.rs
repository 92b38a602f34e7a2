//! How many reports are how far, from stored receipts and never from hope. The sums are those of the list.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::views::Delivery;
use crate::{Error, drafts, inbox};

/// How many reports stand in each state; each report in one, the worst first.
pub(crate) fn count(db: &Connection) -> Result<BTreeMap<Delivery, u64>, Error> {
    let mut states: BTreeMap<Delivery, u64> = Delivery::ALL.into_iter().map(|state| (state, 0)).collect();
    states.insert(Delivery::Draft, drafts::count(db)?);
    // Only reports with something undelivered are looked at one by one: there are few of them.
    let sql = format!(
        "SELECT MAX(c.fate = 'refused'), MAX(c.fate = 'held'), EXISTS (SELECT 1 FROM outstanding_item o WHERE o.report = c.report)
        FROM change c JOIN report r ON r.id = c.report WHERE {} GROUP BY c.report",
        inbox::OPEN
    );
    let mut query = db.prepare_cached(&sql)?;
    let mut rows = query.query([])?;
    let mut open = 0;
    while let Some(row) = rows.next()? {
        let state = match (row.get(0)?, row.get(1)?, row.get(2)?) {
            (true, _, _) => Delivery::Refused,
            (false, true, _) => Delivery::Held,
            (false, false, true) => Delivery::Queued,
            (false, false, false) => Delivery::Saved,
        };
        *states.entry(state).or_default() += 1;
        open += 1;
    }
    let listed: u32 = db.query_row(&format!("SELECT COUNT(*) FROM report r WHERE {}", inbox::LISTED), [], |row| row.get(0))?;
    states.insert(Delivery::Delivered, u64::from(listed).saturating_sub(open));
    Ok(states)
}
