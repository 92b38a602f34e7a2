//! How much the next message carries, each way: what `sync_core::scheduler::Batch` decides, kept in a table.

use rusqlite::{Connection, OptionalExtension, params};
use sync_core::limits;
use sync_core::scheduler::{Batch, LinkFailure};

use crate::Error;

/// One way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Up,
    Down,
}

impl Way {
    const BOTH: [Self; 2] = [Self::Up, Self::Down];

    fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    fn most(self) -> u64 {
        match self {
            Self::Up => limits::BATCH_UP_MAX_BYTES,
            Self::Down => limits::PAGE_BYTES_MAX as u64,
        }
    }
}

/// A batch, and what the outstanding request has of it.
#[derive(Debug, Clone, Copy)]
struct Row {
    batch: Batch,
    sent: u64,
    more: bool,
}

fn load(db: &Connection, way: Way) -> Result<Row, Error> {
    let sql = "SELECT size_bytes, window_bytes, carried_bytes, sent_bytes, more FROM batch WHERE direction = ?1";
    let row = db.prepare_cached(sql)?.query_row([way.as_str()], |row| {
        let number = |at: usize| row.get::<_, i64>(at).map(i64::cast_unsigned);
        let batch = Batch { size: number(0)?, window: number(1)?, carried: number(2)? };
        Ok(Row { batch, sent: number(3)?, more: row.get(4)? })
    });
    let start = if way == Way::Up { Batch::up() } else { Batch::down() };
    Ok(row.optional()?.unwrap_or(Row { batch: start, sent: 0, more: false }))
}

fn store(db: &Connection, way: Way, Row { batch, sent, more }: Row) -> Result<(), Error> {
    let sql = "INSERT OR REPLACE INTO batch (direction, size_bytes, window_bytes, carried_bytes, sent_bytes, more) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let number = u64::cast_signed;
    db.prepare_cached(sql)?.execute(params![
        way.as_str(),
        number(batch.size),
        number(batch.window),
        number(batch.carried),
        number(sent),
        more
    ])?;
    Ok(())
}

/// How much the next request may carry this way.
pub(crate) fn next(db: &Connection, way: Way) -> Result<u64, Error> {
    Ok(load(db, way)?.batch.next())
}

/// Whether the last window of signal is used up, either way.
pub(crate) fn spent(db: &Connection) -> Result<bool, Error> {
    Ok(load(db, Way::Up)?.batch.spent() || load(db, Way::Down)?.batch.spent())
}

/// Whether the centre has more for this device: pages and forms, or answers about what is held.
pub(crate) fn more_down(db: &Connection) -> Result<bool, Error> {
    Ok(load(db, Way::Down)?.more)
}

/// A request was made that carries `up`, with `more_up` where not everything had room, and asks for `down`. `again`: the one before it failed.
pub(crate) fn requested(db: &Connection, (up, more_up): (u64, bool), down: u64, again: bool) -> Result<(), Error> {
    let row = load(db, Way::Up)?;
    store(db, Way::Up, Row { sent: up, more: more_up, ..row })?;
    // Where little is expected and much was sent, a cut tells nothing about the way down; but the second in a row may have come of it.
    let row = load(db, Way::Down)?;
    store(db, Way::Down, Row { sent: if row.more || up == 0 || again { down } else { 0 }, ..row })
}

/// The outstanding request got its reply, and the centre has `more` pages or forms; `asks_on`: it has probably answers, too.
pub(crate) fn answered(db: &Connection, more: bool, asks_on: bool) -> Result<(), Error> {
    let mut up = load(db, Way::Up)?;
    up.batch.succeeded(up.sent, up.more, Way::Up.most());
    store(db, Way::Up, Row { sent: 0, ..up })?;
    let mut down = load(db, Way::Down)?;
    // Only a full page is known to have used what was asked for.
    down.batch.succeeded(if more { down.sent } else { 0 }, more, Way::Down.most());
    store(db, Way::Down, Row { sent: 0, more: more || asks_on, ..down })
}

/// The outstanding request got no reply.
pub(crate) fn unanswered(db: &Connection, failure: LinkFailure) -> Result<(), Error> {
    for way in Way::BOTH {
        let mut row = load(db, way)?;
        match failure {
            LinkFailure::Cut if row.sent > 0 => row.batch.cut(row.sent),
            LinkFailure::Cut | LinkFailure::NotReached | LinkFailure::Busy(_) | LinkFailure::NoReply => row.batch.ended(),
        }
        store(db, way, Row { sent: 0, ..row })?;
    }
    Ok(())
}

/// A link came: another window of signal begins.
pub(crate) fn window_began(db: &Connection) -> Result<(), Error> {
    for way in Way::BOTH {
        let mut row = load(db, way)?;
        row.batch.ended();
        store(db, way, row)?;
    }
    Ok(())
}
