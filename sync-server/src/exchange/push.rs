//! Push: each item is judged for itself (ITEM_VERDICT); what is accepted, held or refused is stored.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ChangeHash;
use rusqlite::Connection;
use sync_core::change::{Item, ItemError};
use sync_core::exchange::{ItemVerdict, Judgement, Known, Label, Request, Verdict, judge};
use sync_core::place::Feed;
use sync_core::proof::token_exact;
use sync_core::{DecodeError, Refusal, ReportId, Timestamp};

use super::accept;
use super::facts::Facts;
use super::proof::{Shown, bring_back};
use crate::areas::Rights;
use crate::key_file::Keys;
use crate::store::apart::{self, HeldReason};
use crate::store::device::DeviceRow;
use crate::store::document::{self, Size, Sized};
use crate::store::feed;
use crate::store::quarantine::{self, Room};
use crate::{ServerError, limits};

/// One item as it came.
#[derive(Debug)]
pub(super) struct Received<'a> {
    bytes: &'a [u8],
    item: Result<Item, Refusal>,
    shown: Shown,
}

/// What was found about an item, and on what.
#[derive(Debug)]
pub(super) struct Judged {
    facts: Facts,
    judgement: Judgement,
    /// The accepted changes with their sizes.
    accepted: Vec<Sized>,
}

impl Judged {
    pub(super) fn judgement(&self) -> &Judgement {
        &self.judgement
    }

    /// GRANT_NEED: nothing is refused or held for want of a grant, or of its unit, that the centre may have forgotten. The next request shows it, or
    /// that there is none.
    fn wait_for_grants(&mut self) {
        if let Some((_, verdict @ (Verdict::Held | Verdict::Refused(Refusal::OutsideGrant | Refusal::UnknownUnit)))) =
            &mut self.judgement.rest
        {
            *verdict = Verdict::Need;
            self.judgement.held.clear();
        }
    }
}

/// What became of an item.
#[derive(Debug, Default)]
pub(super) struct Pushed {
    /// None for bytes that are no item.
    pub(super) report: Option<ReportId>,
    /// The leading changes that are at the server.
    pub(super) shared: Vec<ChangeHash>,
    /// Their heads, for the token.
    heads: Vec<ChangeHash>,
    rest: Option<Verdict>,
    /// The bytes of what was refused found no room.
    turned_away: bool,
    /// How many changes came.
    came: usize,
}

/// Items of which the device has something left to send: neither at the server, nor held, nor refused.
pub(super) fn unsettled(pushed: &[Pushed]) -> u64 {
    let left = |one: &&Pushed| match one.rest {
        None => one.shared.len() < one.came,
        Some(Verdict::Need) => true,
        Some(Verdict::Held | Verdict::Refused(_) | Verdict::RefusedOtherwise(_)) => false,
    };
    pushed.iter().filter(left).count() as u64
}

/// Decodes each item by itself: one that does not decode harms no other.
pub(super) fn decode<'a>(request: &'a Request, keys: &Keys) -> Vec<Received<'a>> {
    let decoded = |bytes: &[u8]| {
        Item::decode(bytes).map_err(|error| match error {
            ItemError::Decode(DecodeError::TooLarge(_)) => Refusal::TooLarge,
            ItemError::Decode(_) => Refusal::Undecodable,
            ItemError::Check => Refusal::HashMismatch,
            ItemError::Dangerous(_) => Refusal::Dangerous,
        })
    };
    let one = |(at, bytes): (usize, &'a Vec<u8>)| {
        // One without a change says nothing, and would cost the loading of its report.
        let item = decoded(bytes).and_then(|item| if item.changes.is_empty() { Err(Refusal::Undecodable) } else { Ok(item) });
        let shown = item.as_ref().ok().zip(request.proofs.get(&at)).map(|(item, shown)| Shown::of(item, shown, keys)).unwrap_or_default();
        Received { bytes, item, shown }
    };
    request.items.iter().enumerate().map(one).collect()
}

/// Judges what can be judged on what is stored now. None: not an item, one that follows another of the same document, or one with proof, which may
/// change what is stored before it is judged.
pub(super) fn judge_ahead(
    db: &Connection,
    items: &[Received<'_>],
    caller: &DeviceRow,
    now: Timestamp,
) -> Result<Vec<Option<Judged>>, ServerError> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let rights = if caller.revoked_at.is_some() { Rights::default() } else { Rights::of(db, caller.officer, now)? };
    let (mut seen, mut visits) = (BTreeSet::new(), limits::REQUEST_VISITS_MAX);
    let one = |received: &Received<'_>| match &received.item {
        Ok(item) if seen.insert(item.report) && received.shown.is_empty() => {
            let facts = Facts::gather(db, item, caller, &rights)?;
            judge_one(db, item, facts, &mut visits).map(Some)
        }
        Ok(_) | Err(_) => Ok(None),
    };
    items.iter().map(one).collect()
}

pub(super) fn judge_one(db: &Connection, item: &Item, facts: Facts, visits: &mut u64) -> Result<Judged, ServerError> {
    let item = affordable(item, &facts, visits);
    let known = match item.changes.is_empty() {
        // Not even loaded: that costs as much as a change.
        true => Some(Known::default()),
        false => document::unless_damaged(facts.known(db))?,
    };
    // What comes for a report that a disk damaged waits on its device.
    let Some(known) = known else { return Ok(Judged { facts, judgement: needed(&item), accepted: Vec::new() }) };
    let mut judgement = judge(&item, known, &facts.standing());
    let mut accepted = Vec::new();
    if let Some(refusal) = size_up(&item, &facts, &judgement, &mut accepted).err() {
        let first = judgement.accepted.first().cloned();
        judgement.shared = judgement.shared.saturating_sub(judgement.accepted.len());
        judgement.rest = first.map(|change| (change, Verdict::Refused(refusal)));
        judgement.held.clear();
        accepted.clear();
    }
    Ok(Judged { facts, judgement, accepted })
}

fn needed(item: &Item) -> Judgement {
    Judgement { rest: item.changes.first().map(|first| (first.clone(), Verdict::Need)), ..Judgement::default() }
}

/// Charges for loading a report whole, whatever is wanted of it. False when the budget of the request is used up: it is not loaded then.
pub(super) fn may_load(db: &Connection, report: ReportId, visits: &mut u64) -> Result<bool, ServerError> {
    if *visits == 0 {
        return Ok(false);
    }
    let stored = document::find(db, report)?.map_or(0, |stored| stored.size.operations);
    *visits = visits.saturating_sub(stored.saturating_add(limits::CHANGE_VISITS));
    Ok(true)
}

/// The leading changes that may still be judged; what is left over stays pending on the device.
fn affordable(item: &Item, facts: &Facts, visits: &mut u64) -> Item {
    let own: u64 = item.changes.iter().map(|change| change.len() as u64).sum();
    let stored = facts.stored.as_ref().map_or(0, |stored| stored.size.operations);
    let each = stored.saturating_add(own).saturating_add(limits::CHANGE_VISITS);
    let count = usize::try_from(visits.div_ceil(each)).unwrap_or(usize::MAX).min(item.changes.len());
    *visits = visits.saturating_sub(each.saturating_mul(count as u64));
    Item { report: item.report, changes: item.changes.iter().take(count).cloned().collect() }
}

/// Measures the accepted changes.
fn size_up(item: &Item, facts: &Facts, judgement: &Judgement, accepted: &mut Vec<Sized>) -> Result<(), Refusal> {
    if judgement.accepted.is_empty() {
        return Ok(());
    }
    if judgement.view.is_none() {
        return Err(Refusal::Dangerous);
    }
    let mut total = facts.stored.as_ref().map(|stored| stored.size).unwrap_or_default();
    for change in &judgement.accepted {
        let alone = Item { report: item.report, changes: vec![change.clone()] };
        let wire_bytes = alone.encode().map_err(|_| Refusal::Unsupported)?.len();
        if wire_bytes > sync_core::limits::ITEM_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let size = Size { changes: 1, wire_bytes: wire_bytes as u64, operations: change.len() as u64 };
        total = total.plus(size);
        accepted.push(Sized { change: change.clone(), size });
    }
    let fits = total.wire_bytes <= limits::DOCUMENT_WIRE_BYTES_MAX && total.operations <= limits::DOCUMENT_OPERATIONS_MAX;
    if fits { Ok(()) } else { Err(Refusal::TooLarge) }
}

/// Stores what each item comes to.
pub(super) fn take(
    db: &Connection,
    items: &[Received<'_>],
    judged: Vec<Option<Judged>>,
    (caller, rights): (&DeviceRow, &Rights),
    now: Timestamp,
) -> Result<Vec<Pushed>, ServerError> {
    let mut visits = limits::REQUEST_VISITS_MAX;
    let mut pushed = Vec::new();
    for (received, ahead) in items.iter().zip(judged) {
        pushed.push(match &received.item {
            Err(refusal) => {
                let room = quarantine::keep(db, caller.id, *refusal, received.bytes, now)?;
                Pushed { rest: Some(Verdict::Refused(*refusal)), turned_away: room == Room::Full, ..Pushed::default() }
            }
            Ok(item) => {
                let proven = match received.shown.is_empty() {
                    true => None,
                    false => Some(bring_back(db, (item, &received.shown), (caller, rights), &mut visits, now)?),
                };
                let facts = Facts::gather(db, item, caller, rights)?.with_proof(proven);
                let mut judged = match ahead {
                    Some(ahead) if ahead.facts == facts => ahead,
                    Some(_) | None => judge_one(db, item, facts, &mut visits)?,
                };
                if rights.in_doubt {
                    judged.wait_for_grants();
                }
                store(db, (item, received.bytes), &judged, caller, now)?
            }
        });
    }
    Ok(pushed)
}

/// What was accepted joins its document.
pub(super) fn join(db: &Connection, judged: &Judged, now: Timestamp) -> Result<(), ServerError> {
    let Judged { facts, judgement, accepted } = judged;
    if let (false, Some((_, snapshot)), Some(view)) = (accepted.is_empty(), &judgement.document, &judgement.view) {
        accept::accept(db, facts.stored.as_ref(), accepted, (snapshot, view), now)?;
    }
    Ok(())
}

pub(super) fn store(
    db: &Connection,
    (item, bytes): (&Item, &[u8]),
    judged: &Judged,
    caller: &DeviceRow,
    now: Timestamp,
) -> Result<Pushed, ServerError> {
    let judgement = &judged.judgement;
    join(db, judged, now)?;
    let mut rest = judgement.rest.as_ref().map(|(_, verdict)| *verdict);
    if !judgement.held.is_empty() {
        let reason = if caller.revoked_at.is_some() { HeldReason::Revoked } else { HeldReason::NotGranted };
        if !apart::hold(db, item.report, caller.id, reason, &judgement.held, now)? {
            rest = Some(Verdict::Need);
        }
    }
    let mut turned_away = false;
    if let Some((first, Verdict::Refused(refusal))) = &judgement.rest {
        turned_away = quarantine::keep(db, caller.id, *refusal, bytes, now)? == Room::Full;
        // What its author may not bring is refused for this device only.
        if *refusal != Refusal::NotAuthor {
            apart::refuse(db, item.report, caller.id, with_descendants(item, first.hash(), *refusal), now)?;
        }
    }
    let shared = item.changes.iter().take(judgement.shared);
    let (heads, shared) = (token_exact(shared.clone()), shared.map(automerge::Change::hash).collect());
    Ok(Pushed { report: Some(item.report), shared, heads, rest, turned_away, came: item.changes.len() })
}

/// A refused change and what in the item was made on it.
pub(super) fn with_descendants(item: &Item, first: ChangeHash, refusal: Refusal) -> BTreeMap<ChangeHash, Refusal> {
    let mut found = BTreeMap::from([(first, refusal)]);
    for change in &item.changes {
        if change.deps().iter().any(|dep| found.contains_key(dep)) {
            found.insert(change.hash(), Refusal::OnRefused);
        }
    }
    found
}

/// The verdicts, once all items are stored: a later one may have moved the document of an earlier one.
pub(super) fn verdicts(db: &Connection, pushed: &[Pushed], rights: &Rights, keys: &Keys) -> Result<Vec<ItemVerdict>, ServerError> {
    pushed.iter().map(|pushed| verdict(db, pushed, rights, keys)).collect()
}

fn verdict(db: &Connection, pushed: &Pushed, rights: &Rights, keys: &Keys) -> Result<ItemVerdict, ServerError> {
    let mut verdict = ItemVerdict { rest: pushed.rest, turned_away: pushed.turned_away, ..ItemVerdict::default() };
    let (Some(report), false) = (pushed.report, pushed.shared.is_empty()) else { return Ok(verdict) };
    let row = document::find(db, report)?.ok_or_else(|| ServerError::Internal(format!("{report} is gone")))?;
    let sequence =
        document::newest_label(db, report, &pushed.shared)?.ok_or_else(|| ServerError::Internal(format!("{report} has no label")))?;
    verdict.shared = pushed.shared.len();
    verdict.token = Some(keys.token(report, &pushed.heads));
    verdict.label = Some(Label { partition: row.partition, sequence });
    let here: Vec<Feed> = feed::of_document(db, report)?.into_iter().filter(|(_, here)| *here).map(|(feed, _)| feed).collect();
    verdict.feeds = here.into_iter().filter(|feed| rights.feeds.contains(feed)).collect();
    Ok(verdict)
}
