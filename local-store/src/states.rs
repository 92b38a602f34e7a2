//! How many reports are how far, from stored receipts and never from hope. The sums are those of the list, and of the messages that were sent here.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::views::Delivery;
use crate::{Error, drafts, inbox};

/// What came down from others is nothing that this device has delivered.
const OWN: &str = "(r.broadcast = 0 OR r.author = (SELECT officer FROM enrolment))";

/// How many reports stand in each state; each report in one, the worst first.
pub(crate) fn count(db: &Connection) -> Result<BTreeMap<Delivery, u64>, Error> {
    let mut states: BTreeMap<Delivery, u64> = Delivery::ALL.into_iter().map(|state| (state, 0)).collect();
    states.insert(Delivery::Draft, drafts::count(db)?);
    // Only reports with something undelivered are looked at one by one: there are few of them.
    let sql = format!(
        "SELECT MAX(c.fate = 'refused'), MAX(c.fate = 'held'), EXISTS (SELECT 1 FROM outstanding_item o WHERE o.report = c.report), {OWN}
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
        open += u64::from(row.get::<_, bool>(3)?);
    }
    let listed: u32 = db.query_row(&format!("SELECT COUNT(*) FROM report r WHERE {OWN} AND {}", inbox::LISTED), [], |row| row.get(0))?;
    states.insert(Delivery::Delivered, u64::from(listed).saturating_sub(open));
    Ok(states)
}
