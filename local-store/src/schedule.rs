//! When the device asks next: facts from the tables for `sync_core::scheduler`, and its memory in a row.

use rusqlite::{Connection, Row, params};
use sync_core::scheduler::{Action, Backlog, Link, LinkFailure, Memory, Moment, Policy, Portion, Success, Urgent, next_action};

use crate::host::ProcessClock;
use crate::{Error, batches};

/// What the host said of link and wishes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Plan {
    pub(crate) link: Link,
    pub(crate) policy: Policy,
}

/// What to do now.
pub(crate) fn action(db: &Connection, clock: &ProcessClock, plan: Plan) -> Result<Action, Error> {
    Ok(next_action(clock.now(), plan.link, &plan.policy, backlog(db)?, &memory(db, clock)?))
}

fn backlog(db: &Connection) -> Result<Backlog, Error> {
    let sql = "SELECT COALESCE(MAX(CASE WHEN r.lane = 'urgent' THEN c.position END), 0), COALESCE(SUM(r.lane IS NOT 'urgent'), 0)
        FROM change c LEFT JOIN report r ON r.id = c.report WHERE c.shared_sequence IS NULL AND c.fate = 'pending'";
    let (urgent, normal): (i64, i64) = db.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let tried: i64 = db.prepare_cached("SELECT tried_position FROM schedule")?.query_row([], |row| row.get(0))?;
    let urgent = match urgent {
        0 => Urgent::None,
        newest if newest > tried => Urgent::Fresh,
        _ => Urgent::Tried,
    };
    Ok(Backlog { urgent, normal: normal > 0 || batches::more_down(db)?, window_spent: batches::spent(db)? })
}

/// A request of so many bytes was made.
pub(crate) fn requested(db: &Connection, clock: &ProcessClock, portion: Portion, bytes: u64) -> Result<(), Error> {
    let mut memory = memory(db, clock)?;
    memory.spend(clock.now(), bytes);
    remember(db, clock, &memory)?;
    db.execute(
        "UPDATE schedule SET request_bytes = ?1, urgent_only = ?2, tried_position = (SELECT COALESCE(MAX(position), 0) FROM change)",
        params![bytes.cast_signed(), portion.urgent_only],
    )?;
    Ok(())
}

/// Its reply of so many bytes was taken. `moved`: see [`Success`].
pub(crate) fn answered(db: &Connection, clock: &ProcessClock, bytes: u64, moved: bool) -> Result<(), Error> {
    let urgent_only = is_urgent_only(db)?;
    let mut memory = memory(db, clock)?;
    memory.spend(clock.now(), bytes);
    memory.succeeded(clock.now(), Success { moved, urgent_only }, clock.chance()?);
    remember(db, clock, &memory)?;
    db.prepare_cached("UPDATE schedule SET request_bytes = 0")?.execute([])?;
    Ok(())
}

/// Whether the outstanding request carries urgent reports alone, and no repair.
pub(crate) fn is_urgent_only(db: &Connection) -> Result<bool, Error> {
    Ok(db.prepare_cached("SELECT urgent_only FROM schedule")?.query_row([], |row| row.get(0))?)
}

/// Whether the last attempt failed.
pub(crate) fn is_failing(db: &Connection) -> Result<bool, Error> {
    Ok(db.prepare_cached("SELECT failures > 0 FROM schedule")?.query_row([], |row| row.get(0))?)
}

/// Whether a request waits for its reply.
pub(crate) fn is_outstanding(db: &Connection) -> Result<bool, Error> {
    Ok(db.prepare_cached("SELECT request_bytes > 0 FROM schedule")?.query_row([], |row| row.get(0))?)
}

/// The outstanding request got no reply, or none could be made.
pub(crate) fn unanswered(db: &Connection, clock: &ProcessClock, failure: LinkFailure) -> Result<(), Error> {
    batches::unanswered(db, failure)?;
    let mut memory = memory(db, clock)?;
    if failure == LinkFailure::NotReached {
        let bytes: i64 = db.prepare_cached("SELECT request_bytes FROM schedule")?.query_row([], |row| row.get(0))?;
        memory.spent_bytes = memory.spent_bytes.saturating_sub(bytes.cast_unsigned());
    }
    memory.failed(clock.now(), failure, clock.chance()?);
    remember(db, clock, &memory)?;
    db.prepare_cached("UPDATE schedule SET request_bytes = 0")?.execute([])?;
    Ok(())
}

/// A link came, or became another.
pub(crate) fn link_came(db: &Connection) -> Result<(), Error> {
    db.prepare_cached("UPDATE schedule SET link_came = 1")?.execute([])?;
    batches::window_began(db)
}

fn memory(db: &Connection, clock: &ProcessClock) -> Result<Memory, Error> {
    let sql =
        "SELECT process, last_wall, last_awake, all_wall, all_awake, day_wall, day_awake, spent_bytes, failures, hint_ms, chance, link_came
        FROM schedule";
    let memory = db.prepare_cached(sql)?.query_row([], |row| {
        let own = row.get::<_, Vec<u8>>(0)? == clock.process();
        let number = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
        Ok(Memory {
            last: moment(row, 1, own)?,
            all: moment(row, 3, own)?,
            day: moment(row, 5, own)?,
            spent_bytes: number(7)?,
            failures: row.get(8)?,
            hint_ms: number(9)?,
            chance: row.get(10)?,
            link_came: row.get(11)?,
        })
    })?;
    Ok(memory)
}

/// A moment of an earlier process has a reading of the wall clock alone.
fn moment(row: &Row<'_>, at: usize, own: bool) -> rusqlite::Result<Option<Moment>> {
    let (wall, awake): (Option<i64>, Option<i64>) = (row.get(at)?, row.get(at + 1)?);
    Ok(wall.map(|wall_ms| Moment { wall_ms, monotonic_ms: awake.filter(|_| own).map(i64::cast_unsigned) }))
}

fn remember(db: &Connection, clock: &ProcessClock, memory: &Memory) -> Result<(), Error> {
    let sql =
        "UPDATE schedule SET process = ?1, last_wall = ?2, last_awake = ?3, all_wall = ?4, all_awake = ?5, day_wall = ?6, day_awake = ?7,
        spent_bytes = ?8, failures = ?9, hint_ms = ?10, chance = ?11, link_came = ?12";
    let wall = |moment: Option<Moment>| moment.map(|moment| moment.wall_ms);
    let awake = |moment: Option<Moment>| moment.and_then(|moment| moment.monotonic_ms).map(u64::cast_signed);
    db.prepare_cached(sql)?.execute(params![
        clock.process(),
        wall(memory.last),
        awake(memory.last),
        wall(memory.all),
        awake(memory.all),
        wall(memory.day),
        awake(memory.day),
        memory.spent_bytes.cast_signed(),
        memory.failures,
        memory.hint_ms.cast_signed(),
        memory.chance,
        memory.link_came,
    ])?;
    Ok(())
}
