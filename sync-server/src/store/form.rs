//! Forms that operators added or retired, beside those that are built in.

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_core::exchange::{FormNews, FormStep};
use sync_core::form::Form;
use sync_core::{Timestamp, limits};

/// A step as it is stored.
#[derive(Debug)]
pub(crate) struct StepRow {
    pub(crate) number: u64,
    pub(crate) step: FormStep,
    pub(crate) at: Timestamp,
    hash: [u8; 32],
}

/// FORM_MARK: the number of the step, and three bytes that tell whose step of that number it is.
fn mark(number: u64, hash: &[u8; 32]) -> u64 {
    number << HASH_BITS | u64::from_be_bytes([0, 0, 0, 0, 0, hash[0], hash[1], hash[2]])
}

/// With one byte a centre that went back passed for itself once in 256 times, and what it had forgotten stayed refused.
const HASH_BITS: u32 = 24;

/// The form of a report: built in, or added here. A built-in one is never another.
pub(crate) fn find(db: &Connection, kind: &str, version: u32) -> rusqlite::Result<Option<&'static Form>> {
    if let Some(form) = Form::find(kind, version) {
        return Ok(Some(form));
    }
    // What was added was read before it was stored; a program that is older than that knows it as little as a form that is not there.
    Ok(json(db, kind, version)?.and_then(|json| Form::kept(&json).ok()))
}

/// The newest form of a kind that this program can read, also a retired one: for its label and duty.
pub(crate) fn newest(db: &Connection, kind: &str) -> rusqlite::Result<Option<&'static Form>> {
    let sql = "SELECT json FROM form_step WHERE kind = ?1 AND json <> '' ORDER BY version DESC";
    let mut query = db.prepare_cached(sql)?;
    let added: Vec<String> = query.query_map([kind], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(added.iter().find_map(|json| Form::kept(json).ok()).or_else(|| Form::newest(kind)))
}

/// The highest version of a kind that was ever known here.
pub(crate) fn newest_version(db: &Connection, kind: &str) -> rusqlite::Result<u32> {
    let sql = "SELECT COALESCE(MAX(version), 0) FROM form_step WHERE kind = ?1";
    let added: u32 = db.prepare_cached(sql)?.query_row([kind], |row| row.get(0))?;
    Ok(added.max(Form::newest(kind).map_or(0, Form::version)))
}

pub(crate) fn is_retired(db: &Connection, kind: &str, version: u32) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM form_step WHERE kind = ?1 AND version = ?2 AND json = ''")?.exists(params![kind, version])
}

/// The text of an added form.
pub(crate) fn json(db: &Connection, kind: &str, version: u32) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT json FROM form_step WHERE kind = ?1 AND version = ?2 AND json <> ''";
    db.prepare_cached(sql)?.query_row(params![kind, version], |row| row.get(0)).optional()
}

/// Adds a step at the end.
pub(crate) fn put(db: &Connection, step: &FormStep, now: Timestamp) -> rusqlite::Result<()> {
    let last = last(db)?;
    let (number, before) = last.map_or((1, [0; 32]), |(number, hash)| (number + 1, hash));
    let json = step.json.as_deref().unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&before).update(&now.unix_ms().to_be_bytes());
    for part in [&step.kind, &step.version.to_string(), json] {
        hasher.update(&(part.len() as u64).to_be_bytes()).update(part.as_bytes());
    }
    let hash: [u8; 32] = hasher.finalize().into();
    db.prepare_cached("INSERT INTO form_step (number, kind, version, json, hash, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![number.cast_signed(), step.kind, step.version, json, hash, now.unix_ms()])?;
    Ok(())
}

const COLUMNS: &str = "SELECT number, kind, version, json, hash, at FROM form_step";

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<StepRow> {
    let json: String = row.get(3)?;
    Ok(StepRow {
        number: row.get::<_, i64>(0)?.cast_unsigned(),
        step: FormStep { kind: row.get(1)?, version: row.get(2)?, json: (!json.is_empty()).then_some(json) },
        hash: row.get(4)?,
        at: Timestamp::from_unix_ms(row.get(5)?),
    })
}

/// Number and hash of the newest step. Asked at each exchange.
fn last(db: &Connection) -> rusqlite::Result<Option<(u64, [u8; 32])>> {
    let sql = "SELECT number, hash FROM form_step ORDER BY number DESC LIMIT 1";
    db.prepare_cached(sql)?.query_row([], |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))).optional()
}

pub(crate) fn count(db: &Connection) -> rusqlite::Result<usize> {
    Ok(last(db)?.map_or(0, |(number, _)| usize::try_from(number).unwrap_or(usize::MAX)))
}

/// All steps, oldest first.
pub(crate) fn steps(db: &Connection) -> rusqlite::Result<Vec<StepRow>> {
    db.prepare_cached(&format!("{COLUMNS} ORDER BY number"))?.query_map([], read)?.collect()
}

/// What a device that shows this mark has not heard yet, none when it has heard all. Bounded by bytes; where there is no room, only that there is more.
pub(crate) fn news(db: &Connection, shown: u64, bytes_max: usize) -> rusqlite::Result<Option<FormNews>> {
    let newest = last(db)?.map_or(0, |(number, hash)| mark(number, &hash));
    if shown == newest {
        return Ok(None);
    }
    let at =
        db.prepare_cached(&format!("{COLUMNS} WHERE number = ?1"))?.query_row([(shown >> HASH_BITS).cast_signed()], read).optional()?;
    let since = at.filter(|at| mark(at.number, &at.hash) == shown).map_or(0, |at| at.number);
    let anew = since == 0 && shown != 0;
    if bytes_max == 0 {
        return Ok(Some(FormNews { mark: shown, more: true, anew: false, steps: Vec::new() }));
    }
    let mut news = FormNews { mark: 0, more: false, anew, steps: Vec::new() };
    let mut bytes = 0;
    let mut query = db.prepare_cached(&format!("{COLUMNS} WHERE number > ?1 ORDER BY number"))?;
    for row in query.query_map([since.cast_signed()], read)? {
        let row = row?;
        bytes += row.step.json.as_ref().map_or(0, String::len);
        // The first goes in whatever its size, or there would be no progress.
        if !news.steps.is_empty() && (bytes > bytes_max || news.steps.len() == limits::FORMS_MAX) {
            news.more = true;
            break;
        }
        news.mark = mark(row.number, &row.hash);
        news.steps.push(row.step);
    }
    Ok(Some(news))
}
