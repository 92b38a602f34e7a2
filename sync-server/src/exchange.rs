//! One exchange: a request in, a reply out. Push first, then pages, in one transaction.

pub(crate) mod accept;
pub(crate) mod admit;
mod answer;
mod common;
mod facts;
mod page;
mod proof;
mod push;
mod repair;
mod shown;
mod summary;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use rusqlite::{Connection, Transaction};
use sync_core::exchange::{OpenedRequest, Person, Reply, Request, Standstill};
use sync_core::record::{Record, SignedRecord};
use sync_core::{Actor, DeviceId, Timestamp, UnitCode, limits, scratch};

use crate::areas::Rights;
use crate::store::device::DeviceRow;
use crate::store::{broadcast, counter, device, form, grant, journal, rollback, sequence};
use crate::{Rejection, Server, ServerError};

pub use summary::Summary;

/// How a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Network,
    /// In a bundle, by an operator's hand.
    File,
}

/// FILE_DOOR: what was made for a bundle is answered only there. A request is processed again whenever it comes, with the news of that day, and a file
/// lies about: over the network, whoever has it would read on for as long as the device is not revoked.
fn file_door(door: Door, request: &Request) -> Result<(), Rejection> {
    match (door, request.by_file) {
        (Door::Network, true) => Err(Rejection::ByFile),
        (Door::Network, false) | (Door::File, _) => Ok(()),
    }
}

/// FORM_REST: forms wait until the reports have come.
fn forms_room(reply: &Reply) -> usize {
    if reply.pages.iter().any(|page| !page.entries.is_empty()) { 0 } else { limits::FORMS_BYTES_MAX }
}

/// Who wrote what goes down, but for the device itself.
fn people(db: &Connection, reply: &Reply, caller: DeviceId) -> Result<Vec<Person>, ServerError> {
    let repaired = reply.repair.iter().flat_map(|repair| repair.answers.iter().flatten()).map(|repaired| &repaired.delivery);
    let down = reply.pages.iter().flat_map(|page| &page.entries).chain(repaired).flat_map(|delivery| delivery.here.iter().flatten());
    let writers = down.filter_map(|(change, _)| Actor::from_automerge(change.actor_id())).map(Actor::device);
    let others: BTreeSet<DeviceId> = writers.filter(|writer| *writer != caller).collect();
    Ok(others.into_iter().filter_map(|writer| device::person(db, writer).transpose()).collect::<rusqlite::Result<_>>()?)
}

impl Server {
    /// Answers a request: a device that is known here always gets a signed reply.
    ///
    /// # Errors
    /// [`Rejection`], which nobody signs: nothing was changed then.
    pub fn exchange(&self, request: &[u8], now: Timestamp) -> Result<Vec<u8>, Rejection> {
        self.exchange_observed(request, now).0
    }

    /// [`Server::exchange`], and what can be told of it without residents' data: for the log line.
    pub fn exchange_observed(&self, request: &[u8], now: Timestamp) -> (Result<Vec<u8>, Rejection>, Summary) {
        self.exchange_through(Door::Network, request, now)
    }

    /// [`Server::exchange_observed`] for a request that came in a bundle, which an operator admits.
    pub fn exchange_by_file(&self, request: &[u8], now: Timestamp) -> (Result<Vec<u8>, Rejection>, Summary) {
        self.exchange_through(Door::File, request, now)
    }

    fn exchange_through(&self, door: Door, request: &[u8], now: Timestamp) -> (Result<Vec<u8>, Rejection>, Summary) {
        let mut summary = Summary { bytes_in: request.len(), ..Summary::default() };
        let answer = self.answer(door, request, now, &mut summary);
        summary.bytes_out = answer.as_ref().map_or(0, Vec::len);
        summary.rejection = answer.as_ref().err().map(Rejection::code);
        (answer, summary)
    }

    fn answer(&self, door: Door, bytes: &[u8], now: Timestamp, summary: &mut Summary) -> Result<Vec<u8>, Rejection> {
        let opened = OpenedRequest::open(bytes)?;
        let known = self.store.read(|db| Ok(device::find(db, opened.head.device)?))?;
        let caller = known.ok_or(Rejection::UnknownDevice)?;
        let request = Request::read(&opened, &caller.key, caller.officer)?;
        summary.caller(&caller, &opened.head);
        file_door(door, &request)?;

        // Proof costs most and needs no lock: it is done on what is stored now, and done again where that has changed meanwhile.
        let items = push::decode(&request, &self.store.keys);
        let work = || {
            let judged = self.store.read(|db| push::judge_ahead(db, &items, &caller, now))?;
            let repair = self.store.read(|db| self.repair_ahead(db, &request, &caller, now))?;
            self.store.write(|db| self.take(db, &opened, &request, (&items, judged, repair), now))
        };
        let failed = |failure: scratch::Failure| Err(ServerError::Internal(failure.to_string()));
        let reply = if items.is_empty() { work() } else { scratch::on_large_stack(work).unwrap_or_else(failed) }?;

        summary.reply(&reply);
        self.note_high_water(now);
        let hash = blake3::hash(bytes).into();
        let sealed = reply.seal(&hash, now, &self.store.keys.working);
        Ok(sealed.map_err(|error| ServerError::Internal(error.to_string()))?)
    }

    /// Everything that one request changes and sees.
    fn take(
        &self,
        db: &Transaction<'_>,
        opened: &OpenedRequest<'_>,
        request: &Request,
        (items, judged, repair): (&[push::Received], Vec<Option<push::Judged>>, repair::Ahead),
        now: Timestamp,
    ) -> Result<Reply, ServerError> {
        let hash = opened.body_hash();
        if counter::is_behind(db, &opened.head, &hash)? {
            return Ok(Reply { standstill: Some(Standstill::Behind), ..Reply::default() });
        }
        self.take_shown(db, &request.records, opened.head.device, now)?;
        // Read again: it may have been revoked since the signature was checked.
        let caller = device::find(db, opened.head.device)?.ok_or_else(|| ServerError::Internal("the device is gone".to_owned()))?;
        let rights = match caller.revoked_at {
            Some(_) => Rights::default(),
            None => Rights::of(db, caller.officer, now)?.against(request.grants_sum, !request.records.is_empty()),
        };

        let common = common::find(db, &request.marks)?;
        let rights = Rights { in_doubt: rights.in_doubt || !common.is_empty(), ..rights };
        self.went_back(db, &caller, (request, &rights), &common, now)?;
        let request = &*common::worked_from(request, &common);
        let pushed = push::take(db, items, judged, (&caller, &rights), now)?;
        let unsent = request.unsent.saturating_add(push::unsettled(&pushed));
        let lives = counter::put(db, &opened.head, &hash, unsent, now)?;
        if lives.count > 1 && caller.lives == 1 {
            tracing::warn!(device = %caller.id, lives = lives.count, "a store was copied: two phones use it in turn");
        }
        device::touch(db, caller.id, lives, &request.version, now)?;
        let mut reply = Reply { records: self.records(db, request, &caller, &rights)?, common, ..Reply::default() };
        reply.verdicts = push::verdicts(db, &pushed, &rights, &self.store.keys)?;
        reply.answers = answer::answers(db, &request.questions, (caller.id, &rights), &self.store.keys)?;
        // RECOVERY_SERVES: who shows that the centre went back is asked for the proof; nobody reads on grants that may have ended.
        reply.show_records = rights.forgotten;
        if caller.revoked_at.is_none() && !reply.show_records && journal::vouches(db, caller.id)? {
            let units = self.unit_lists.of_areas(db, &rights.given)?;
            reply.units = (units.digest != request.units).then(|| units.units.clone());
            broadcast::show(db, caller.id, &rights.feeds, &request.cursors)?;
            reply.pages = page::pages(db, request, &rights, &pushed, &self.store.keys)?;
            reply.fingerprints = repair::fingerprints(db, &rights, &reply.pages)?;
            if let Some(asked) = &request.repair {
                reply.repair = Some(repair::repair(db, (asked, repair), page::budget(request), &rights, &self.store.keys)?);
            }
            reply.people = people(db, &reply, caller.id)?;
            reply.forms = form::news(db, request.forms, forms_room(&reply))?;
        }
        reply.marks = common::mark_always(db, request, &rights, &reply)?;
        // What cannot be read covers nothing.
        if let Some(backup) = (!request.leaving.is_empty()).then(|| self.newest_backup().ok().flatten()).flatten() {
            reply.covered = common::covered(db, &backup, &request.leaving)?;
        }
        Ok(reply)
    }

    fn repair_ahead(
        &self,
        db: &Transaction<'_>,
        request: &Request,
        caller: &DeviceRow,
        now: Timestamp,
    ) -> Result<repair::Ahead, ServerError> {
        match &request.repair {
            Some(asked) if caller.revoked_at.is_none() => repair::ahead(db, asked, &Rights::of(db, caller.officer, now)?),
            Some(_) | None => Ok(repair::Ahead::default()),
        }
    }

    /// A device was given more than this centre has: counted, and told once in the log.
    fn went_back(
        &self,
        db: &Transaction<'_>,
        caller: &DeviceRow,
        (request, rights): (&Request, &Rights),
        common: &BTreeMap<UnitCode, u64>,
        now: Timestamp,
    ) -> Result<(), ServerError> {
        for (partition, point) in common {
            let shown = request.marks.get(partition).map_or(0, |shown| shown.newest.sequence);
            // Of a partition that is none of its own and unknown here a device could invent any number.
            if rights.feeds.iter().any(|feed| feed.partition() == *partition) || sequence::counter(db, *partition)?.is_some() {
                rollback::see(db, caller.id, *partition, (shown, *point), now)?;
            }
            if !self.told.swap(true, Ordering::Relaxed) {
                tracing::warn!(%partition, shown, common = point, "a device was given more than this centre has: its database went back in time");
            }
        }
        Ok(())
    }

    /// After the commit: what was signed is noted outside the database. That it cannot be noted is no reason not to answer.
    fn note_high_water(&self, now: Timestamp) {
        let note = || self.high_water.write(&self.store.read(|db| Ok(sequence::marks(db)?))?);
        if self.high_water.is_due(now)
            && let Err(error) = note()
        {
            tracing::warn!(%error, "the high-water mark cannot be written");
        }
    }

    /// What the device must keep and has not: its officer's grants, or that it is revoked.
    fn records(
        &self,
        db: &Transaction<'_>,
        request: &Request,
        caller: &DeviceRow,
        rights: &Rights,
    ) -> Result<Vec<SignedRecord>, ServerError> {
        let sign = |record: Record| SignedRecord::sign(&record, &self.store.keys.working);
        if let Some(at) = caller.revoked_at {
            return Ok(vec![sign(Record::Revocation { device: caller.id, at })]);
        }
        // Who shows records hears what is known by now, unless he knows more.
        if request.grants_sum >= rights.sum && (request.records.is_empty() || rights.forgotten) {
            return Ok(Vec::new());
        }
        let decisions = grant::of_officer(db, caller.officer)?.into_iter().map(|(area, dated)| (area, dated.decision)).collect();
        Ok(vec![sign(Record::Grants { officer: caller.officer, role: caller.role, decisions })])
    }
}
