//! A supervisor's decision to take what was held: it meets the gate again, as if it had come by right.

use automerge::{Change, ChangeHash};
use rusqlite::Connection;
use sync_core::change::Item;
use sync_core::document::View;
use sync_core::exchange::Verdict;
use sync_core::history::canonical_order;
use sync_core::{Refusal, ReportId, Timestamp};

use super::facts::Facts;
use super::push::{self, Judged};
use crate::ServerError;
use crate::areas::Rights;
use crate::store::device::{self, DeviceRow};
use crate::store::held::{self, Brought};
use crate::store::quarantine::{self, Room};

/// What became of what was held.
#[derive(Debug, Default)]
pub(crate) struct Admitted {
    /// They are in the report now.
    pub(crate) accepted: Vec<ChangeHash>,
    /// The gate refused them, for the same reasons as if they came now; the bytes are in quarantine.
    pub(crate) refused: Vec<(ChangeHash, Refusal)>,
    /// The gate would refuse them, and there is no room in quarantine: they stay held.
    pub(crate) no_room: Vec<Refusal>,
    /// What they were made on is not here.
    pub(crate) waiting: Vec<ChangeHash>,
}

/// Admits what one device brought of a report. Each change that does not pass takes only what was made on it with it.
pub(crate) fn admit(
    db: &Connection,
    report: ReportId,
    brought: &Brought,
    now: Timestamp,
    admitted: &mut Admitted,
) -> Result<(), ServerError> {
    let caller = writer(db, brought)?;
    let mut left = brought.changes.clone();
    while !left.is_empty() {
        let item = Item { report, changes: canonical_order(left) };
        let judged = judge(db, &item, &caller)?;
        // Our own store kept them: that they encode was seen when they came.
        let bytes = item.encode().map_err(|error| ServerError::Damaged(error.to_string()))?;
        let room = match &judged.judgement().rest {
            Some((_, Verdict::Refused(_))) => quarantine::room(db, caller.id, &bytes)?,
            Some(_) | None => Room::Kept,
        };
        match room {
            Room::Kept => drop(push::store(db, (&item, &bytes), &judged, &caller, now)?),
            // Nothing is remembered as refused of which there is no other copy.
            Room::Full => push::join(db, &judged, now)?,
        }
        left = after(&item, &judged, room, admitted);
    }
    held::let_go(db, &admitted.refused.iter().map(|(hash, _)| *hash).collect::<Vec<_>>())?;
    Ok(())
}

/// Notes what became of the item up to its first change that does not pass; gives what is left.
fn after(item: &Item, judged: &Judged, room: Room, admitted: &mut Admitted) -> Vec<Change> {
    let judgement = judged.judgement();
    let done = item.changes.iter().take(judgement.shared).map(Change::hash);
    admitted.accepted.extend(done);
    let Some((first, verdict)) = &judgement.rest else { return Vec::new() };
    let refusal = match verdict {
        Verdict::Refused(refusal) => Some(*refusal),
        Verdict::Need | Verdict::Held | Verdict::RefusedOtherwise(_) => None,
    };
    let barred = push::with_descendants(item, first.hash(), refusal.unwrap_or(Refusal::OnRefused));
    match (refusal, room) {
        (Some(_), Room::Kept) => admitted.refused.extend(barred.iter().map(|(hash, why)| (*hash, *why))),
        (Some(_), Room::Full) => admitted.no_room.extend(barred.values().copied()),
        (None, _) => admitted.waiting.extend(barred.keys().copied()),
    }
    item.changes.iter().skip(judgement.shared).filter(|change| !barred.contains_key(&change.hash())).cloned().collect()
}

/// How the report would read with what one device brought, and why not all of it could join.
pub(crate) fn preview(db: &Connection, report: ReportId, brought: &Brought) -> Result<(Option<View>, Option<Refusal>), ServerError> {
    let item = Item { report, changes: canonical_order(brought.changes.clone()) };
    let judged = judge(db, &item, &writer(db, brought)?)?;
    let refusal = match &judged.judgement().rest {
        Some((_, Verdict::Refused(refusal))) => Some(*refusal),
        Some((_, Verdict::Need | Verdict::Held | Verdict::RefusedOtherwise(_))) | None => None,
    };
    Ok((judged.judgement().view.clone(), refusal))
}

fn writer(db: &Connection, brought: &Brought) -> Result<DeviceRow, ServerError> {
    device::find(db, brought.device)?.ok_or(ServerError::UnknownDevice(brought.device))
}

/// Structure and form hold; authority is that of the author, with the grant treated as given.
fn judge(db: &Connection, item: &Item, caller: &DeviceRow) -> Result<Judged, ServerError> {
    let facts = Facts::gather(db, item, caller, &Rights::default())?.with_grant();
    // An operator waits for one report as long as it takes.
    let mut visits = u64::MAX;
    push::judge_one(db, item, facts, &mut visits)
}
