//! Journal and database made equal, both ways: whichever went back takes in what the other knows. Twice is once.

use std::collections::BTreeMap;

use rusqlite::Connection;
use sync_core::record::{Record, SignedRecord};
use sync_core::{DeviceId, Timestamp};

use super::entry::{End, Entry, NOBODY};
use super::file::{JournalFile, Loaded};
use super::state::State;
use crate::ServerError;
use crate::key_file::Keys;
use crate::store::{code, device, grant, journal as rows, officer, unit};

/// What making them equal came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) end: End,
    /// Officers, devices, decisions and revocations that the database had not.
    pub(crate) replayed: u64,
    /// Lines that the journal had not.
    pub(crate) appended: u64,
    /// Decisions on units that the database does not know: taken in once they are imported.
    pub(crate) waiting: u64,
    /// Bytes of a half-written line that were cut off.
    pub(crate) cut: u64,
}

/// JOURNAL_REPLAY, in the caller's transaction.
///
/// # Errors
/// [`ServerError::JournalDamaged`]; nothing was changed then.
pub(crate) fn merge(db: &Connection, file: &JournalFile, keys: &Keys) -> Result<Merged, ServerError> {
    let (loaded, mut state) = State::of(file, &keys.root())?;
    let mut merged = Merged { end: loaded.end, replayed: 0, appended: 0, waiting: 0, cut: loaded.torn };
    replay(db, &state, &mut merged)?;
    let mut missing = missing(db, &state, &loaded, keys)?;
    if loaded.torn > 0 {
        file.cut(&loaded)?;
        let at = loaded.lines.last().map_or_else(Timestamp::default, |line| line.at);
        missing.push((at, Entry::Cut(loaded.torn)));
        tracing::warn!(bytes = loaded.torn, "a half-written line of the journal was cut off");
    }
    if !state.extend(loaded.end, &missing, &keys.root()) {
        return Err(ServerError::Internal("a line of the journal".to_owned()));
    }
    merged.appended = missing.len() as u64;
    if !missing.is_empty() {
        merged.end = file.append(loaded.end, missing)?;
    }
    rows::put_end(db, merged.end)?;
    settle(db, &state)?;
    if merged.replayed > 0 {
        tracing::warn!(replayed = merged.replayed, waiting = merged.waiting, "the journal was newer than the database");
    }
    Ok(merged)
}

/// The journal's side: what it knows and the database does not.
fn replay(db: &Connection, state: &State, merged: &mut Merged) -> Result<(), ServerError> {
    for (nrp, added) in &state.officers {
        let row = officer::OfficerRow { nrp: *nrp, name: added.name.clone(), role: added.role };
        merged.replayed += u64::from(officer::insert(db, &row, added.at)?);
    }
    for (id, enrolled) in &state.devices {
        if device::find(db, *id)?.is_some() {
            continue;
        }
        device::insert(db, *id, &enrolled.key, enrolled.officer, &enrolled.record, enrolled.at)?;
        // The code of an old backup may not make a second device.
        if let Some(selector) = enrolled.selector {
            code::consume(db, selector, *id)?;
        }
        merged.replayed += 1;
    }
    for (nrp, decisions) in &state.grants {
        let known = grant::of_officer(db, *nrp)?;
        for (area, dated) in decisions {
            if known.get(area).is_some_and(|known| !dated.decision.is_newer_than(known.decision)) {
                continue;
            }
            if unit::exists(db, area.unit)? {
                grant::put(db, *nrp, *area, *dated)?;
                merged.replayed += 1;
            } else {
                merged.waiting += 1;
            }
        }
    }
    for (id, at) in &state.revoked {
        if device::find(db, *id)?.is_some_and(|device| device.revoked_at.is_none()) {
            device::revoke(db, *id, *at)?;
            merged.replayed += 1;
        }
    }
    Ok(())
}

/// What the journal says of a recovery and of who may read, in its own numbers: those of another journal mean nothing in this one.
fn settle(db: &Connection, state: &State) -> Result<(), ServerError> {
    rows::put_recovery(db, state.recovery)?;
    rows::put_vouched_until(db, state.vouched_until.max(rows::vouched_until(db)?))?;
    for id in state.devices.keys() {
        rows::put_confirmed(db, *id, state.confirmed.get(id).copied())?;
    }
    Ok(())
}

/// The database's side: what the journal has not, as lines. All of it where the journal is new.
fn missing(db: &Connection, state: &State, loaded: &Loaded, keys: &Keys) -> Result<Vec<(Timestamp, Entry)>, ServerError> {
    let (other, words) = (is_another(db, loaded)?, rows::confirmed(db)?);
    let mut lines = Vec::new();
    if !state.keys.contains(&keys.certificate) {
        lines.push((rows::centre_made_at(db)?, Entry::Key(keys.certificate)));
    }
    let officers = officer::all_dated(db)?;
    for (row, at) in officers.iter().filter(|(row, _)| !state.officers.contains_key(&row.nrp)) {
        lines.push((*at, Entry::Officer { nrp: row.nrp, role: row.role, name: row.name.clone() }));
    }
    for device in device::all(db)? {
        let doubted = words.get(&device.id).is_some_and(|word| *word < 0);
        // An older copy of the journal may have it as enrolled: since then it was forgotten, and only showed that.
        let shown_since = other && doubted && !state.doubts(device.id);
        if !state.devices.contains_key(&device.id) || shown_since {
            let signed = device::record(db, device.id)?.filter(|record| record.open(&keys.working.public()).is_some());
            let record = signed.unwrap_or_else(|| SignedRecord::sign(&device.record(), &keys.working));
            let entry = match doubted {
                true => Entry::Shown(record),
                false => Entry::Enrolled { selector: code::of_device(db, device.id)?, record },
            };
            lines.push((device.enrolled_at, entry));
        }
        if let Some(at) = device.revoked_at.filter(|_| !state.revoked.contains_key(&device.id)) {
            let record = SignedRecord::sign(&Record::Revocation { device: device.id, at }, &keys.working);
            lines.push((at, Entry::Revoked(record)));
        }
    }
    for (row, _) in &officers {
        let known = state.grants.get(&row.nrp);
        for (area, dated) in grant::of_officer(db, row.nrp)? {
            let known = known.and_then(|known| known.get(&area));
            if known.is_some_and(|known| !dated.decision.is_newer_than(known.decision)) {
                continue;
            }
            let record = Record::Grants { officer: row.nrp, role: row.role, decisions: [(area, dated.decision)].into() };
            lines.push((dated.at, Entry::Decided(SignedRecord::sign(&record, &keys.working))));
        }
    }
    if other {
        let newest = lines.iter().map(|(at, _)| *at).chain(loaded.lines.last().map(|line| line.at)).max().unwrap_or_default();
        lines.extend(doubts(db, state, &words)?.into_iter().map(|entry| (newest, entry)));
    }
    Ok(lines)
}

/// True where the database took in another journal than this one: it was begun anew, or an older copy of it was put back.
fn is_another(db: &Connection, loaded: &Loaded) -> Result<bool, ServerError> {
    let (_, end) = rows::read(db)?;
    Ok(end.is_some_and(|end| loaded.lines.iter().all(|line| line.end != end)))
}

/// RECOVERY_SERVES in another journal: what the database knows of a recovery, as lines. It goes on, and who was vouched for in it stays so, unless
/// this journal has a recovery of its own in which he waits.
fn doubts(db: &Connection, state: &State, words: &BTreeMap<DeviceId, i64>) -> Result<Vec<Entry>, ServerError> {
    let recovery = rows::recovery(db)?;
    let runs = recovery > 0 || state.recovery > 0;
    let vouched = |id: &DeviceId, word: i64| {
        let here = word >= 0 && (recovery == 0 || word > recovery.cast_signed());
        let there = [0, recovery].contains(&state.recovery) || state.confirmed.get(id).is_some_and(|line| *line > state.recovery);
        here && there
    };
    let mut entries: Vec<Entry> = runs.then_some(Entry::Recovery(NOBODY)).into_iter().collect();
    for (id, word) in words {
        let is_said = if runs { vouched(id, *word) } else { *word > 0 && state.doubts(*id) };
        entries.extend(is_said.then_some(Entry::Confirmed(Some(*id))));
    }
    Ok(entries)
}
