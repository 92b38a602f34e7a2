//! Figures over the whole database, for who watches the centre.

use rusqlite::Connection;
use sync_core::Timestamp;

use super::row::number;

/// Sums that name nobody.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Devices that are not revoked, by the age of their last contact: at most an hour, a day, a week, 30 days; older; never.
    pub(crate) devices: [(&'static str, u64); 6],
    pub(crate) revoked: u64,
    pub(crate) devices_unsent: u64,
    pub(crate) unsent: u64,
    pub(crate) devices_copied: u64,
    pub(crate) refused: u64,
    pub(crate) held: u64,
    pub(crate) held_reports: u64,
    pub(crate) quarantined: u64,
    pub(crate) quarantine_bytes: u64,
    pub(crate) quarantine_dropped: u64,
    pub(crate) documents: u64,
    pub(crate) journal: u64,
    pub(crate) recovery: u64,
    pub(crate) unconfirmed: u64,
    pub(crate) rollbacks: u64,
    /// In the last week.
    pub(crate) devices_rolled_back: u64,
}

const HOUR_MS: i64 = 3_600 * 1_000;
const WEEK_MS: i64 = 168 * HOUR_MS;

/// As of that moment. What a device saw of a rollback counts it for a week: long enough to be noticed, and then an alert ends.
pub(crate) fn figures(db: &Connection, now: Timestamp) -> rusqlite::Result<Figures> {
    let mut devices = [("hour", 0), ("day", 0), ("week", 0), ("month", 0), ("older", 0), ("never", 0)];
    let mut contacts = db.prepare_cached("SELECT last_contact FROM device WHERE revoked_at IS NULL")?;
    for contact in contacts.query_map([], |row| row.get::<_, Option<i64>>("last_contact"))? {
        let hours = contact?.map(|at| now.unix_ms().saturating_sub(at) / HOUR_MS);
        let class = match hours {
            Some(..1) => 0,
            Some(1..24) => 1,
            Some(24..168) => 2,
            Some(168..720) => 3,
            Some(720..) => 4,
            None => 5,
        };
        if let Some((_, count)) = devices.get_mut(class) {
            *count += 1;
        }
    }
    let unconfirmed = super::journal::unconfirmed(db)?.len() as u64;
    let sums = "SELECT
        (SELECT count(*) FROM device WHERE revoked_at IS NOT NULL) AS revoked,
        (SELECT count(*) FROM device WHERE revoked_at IS NULL AND unsent > 0) AS devices_unsent,
        (SELECT coalesce(sum(unsent), 0) FROM device WHERE revoked_at IS NULL) AS unsent,
        (SELECT count(*) FROM device WHERE revoked_at IS NULL AND lives > 1) AS devices_copied,
        (SELECT count(*) FROM refused) AS refused,
        (SELECT count(*) FROM held WHERE discarded IS NULL) AS held,
        (SELECT count(DISTINCT document) FROM held WHERE discarded IS NULL) AS held_reports,
        (SELECT count(*) FROM quarantine) AS quarantined,
        (SELECT coalesce(sum(length(bytes)), 0) FROM quarantine) AS quarantine_bytes,
        (SELECT coalesce(sum(quarantine_dropped), 0) FROM device) AS quarantine_dropped,
        (SELECT count(*) FROM document) AS documents,
        (SELECT sequence FROM journal) AS journal,
        (SELECT recovery > 0 FROM journal) AS recovery,
        (SELECT coalesce(sum(times), 0) FROM rollback_seen) AS rollbacks,
        (SELECT count(DISTINCT device) FROM rollback_seen WHERE last_at > ?1) AS devices_rolled_back";
    db.prepare_cached(sums)?.query_row([now.plus_ms(-WEEK_MS).unix_ms()], |row| {
        Ok(Figures {
            devices,
            revoked: number(row, "revoked")?,
            devices_unsent: number(row, "devices_unsent")?,
            unsent: number(row, "unsent")?,
            devices_copied: number(row, "devices_copied")?,
            refused: number(row, "refused")?,
            held: number(row, "held")?,
            held_reports: number(row, "held_reports")?,
            quarantined: number(row, "quarantined")?,
            quarantine_bytes: number(row, "quarantine_bytes")?,
            quarantine_dropped: number(row, "quarantine_dropped")?,
            documents: number(row, "documents")?,
            journal: number(row, "journal")?,
            recovery: number(row, "recovery")?,
            unconfirmed,
            rollbacks: number(row, "rollbacks")?,
            devices_rolled_back: number(row, "devices_rolled_back")?,
        })
    })
}
