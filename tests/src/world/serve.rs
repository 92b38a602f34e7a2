//! The centre's half of an exchange, and the oracle over every reply that leaves it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use local_store::Host as _;
use sync_core::exchange::{Answer, Delivery, Page, Reply, Verdict};
use sync_core::place::Feed;
use sync_core::{Refusal, Timestamp, limits};
use sync_server::Rejection;

use super::World;
use super::book::{Book, Sent};
use super::eye::Carried;
use super::tally::Part;
use crate::timeline::{CENTRE, What};

/// What a link carries back when the centre signs no answer.
pub(super) const UNSIGNED: &[u8] = b"rejected";

impl World {
    /// The centre works on a request that arrived.
    pub(super) fn serve(&self, request: &[u8]) -> Vec<u8> {
        self.serve_with(request, |request, now| self.server.exchange(request, now))
    }

    /// The same for a request of a bundle.
    pub(super) fn serve_file(&self, request: &[u8]) -> Vec<u8> {
        self.serve_with(request, |request, now| self.server.exchange_by_file(request, now).0)
    }

    fn serve_with(&self, request: &[u8], work: impl Fn(&[u8], Timestamp) -> Result<Vec<u8>, Rejection>) -> Vec<u8> {
        let hash = blake3::hash(request).as_bytes().to_vec();
        let begun = Instant::now();
        let now = self.machine.now();
        let answer = catch_unwind(AssertUnwindSafe(|| work(request, now)));
        let mut book = self.shelf.open();
        book.tally.spent(Part::Centre, begun);
        let begun = Instant::now();
        let exchange = book.sent.get(&hash).map_or(0, |sent| sent.number);
        book.note_on(CENTRE, || What::RequestArrived { exchange });
        let reply = match answer {
            Ok(Ok(reply)) => {
                self.judge(&mut book, &hash, &reply);
                reply
            }
            Ok(Err(rejection)) => {
                // A beginning that was handed over as if it were all; an honest request is never turned away.
                if book.sent.contains_key(&hash) {
                    book.breaks(CENTRE, format!("P2: the centre rejected an honest request: {rejection}"));
                }
                book.tally.count("requests rejected");
                UNSIGNED.to_vec()
            }
            Err(_) => {
                book.breaks(CENTRE, "I5: the centre panicked".to_owned());
                UNSIGNED.to_vec()
            }
        };
        book.note_on(CENTRE, || What::ReplySent { exchange, bytes: reply.len() });
        book.tally.spent(Part::Oracle, begun);
        reply
    }

    fn judge(&self, book: &mut Book, hash: &[u8], reply: &[u8]) {
        book.look_at_centre();
        let Some(sent) = book.sent.get(hash) else {
            return book.breaks(CENTRE, "I5: the centre answered a request that nobody sent".to_owned());
        };
        let store = sent.store;
        let officer = sync_core::Nrp::from_number(book.store(store).nrp).expect("an officer of this world");
        let request: [u8; 32] = hash.try_into().expect("a hash");
        let opened = match Reply::open(reply, &request, &self.server.working_key(), officer) {
            Ok((opened, _)) => opened,
            Err(error) => return book.breaks(CENTRE, format!("the centre's reply does not open: {error}")),
        };
        receipts(book, hash, &opened);
        grants(book, store, &opened);
    }
}

/// I1: what a receipt names is in the centre's table now, and is looked for ever after.
fn receipts(book: &mut Book, hash: &[u8], reply: &Reply) {
    let Some(mut sent) = book.sent.remove(hash) else { return };
    let lane = book.lane(sent.store);
    if reply.standstill.is_some() {
        book.tally.count("standstills");
    } else if reply.verdicts.len() != sent.items.len() {
        book.breaks(CENTRE, format!("P2: {} items of {lane} got {} verdicts", sent.items.len(), reply.verdicts.len()));
    }
    sent.receipted.clear();
    // Told that its store was copied or put back, a device has learned nothing of the centre's.
    sent.life = if reply.standstill.is_some() { u64::MAX } else { book.life };
    for ((report, hashes), verdict) in sent.items.iter().zip(&reply.verdicts) {
        for change in hashes.iter().take(verdict.shared) {
            if book.at_centre.get(change) != Some(report) {
                book.breaks(CENTRE, format!("I1: a receipt to {lane} for a change of {report} that the centre does not have"));
            }
            book.receipted.insert(*change);
        }
        if verdict.shared > 0 {
            sent.receipted.push(*report);
        }
        let officer = book.stores.get(sent.store).map_or(0, |store| store.nrp);
        let may_be_held = book.transferred.contains(&officer) || book.stores.get(sent.store).is_some_and(|store| store.revoked);
        // What is held for want of a grant is held so long after it ended.
        let long_ago = i64::try_from(book.now_ms).is_ok_and(|elapsed_ms| elapsed_ms > limits::HELD_AFTER_END_MS);
        let unproven = book.life > 0 && book.stores.get(sent.store).is_some_and(|store| store.restored);
        match verdict.rest {
            None => {}
            Some(Verdict::Need) => book.tally.count("verdicts need"),
            Some(Verdict::Held) if book.moved.contains(report) || may_be_held => book.tally.count("verdicts held"),
            // What it was made on was lost, and is held since somebody brought it again without proof; this device brings that with its next request.
            Some(Verdict::Held) if book.life > 0 && book.centre.holds(*report).expect("a centre that reads") => {
                book.tally.count("verdicts held");
            }
            Some(Verdict::Refused(reason))
                if (reason != Refusal::OutsideGrant || long_ago) && (book.moved.contains(report) || may_be_held) =>
            {
                book.tally.count("verdicts refused");
            }
            // Until the operator adds the form again.
            Some(Verdict::Refused(Refusal::UnknownForm)) if book.forms_forgotten => book.tally.count("refused for a forgotten form"),
            // What it was made on was lost, and is refused since somebody brought it again for as long as its form was not there; this device brings
            // that, with its proof, next.
            Some(Verdict::Refused(Refusal::OnRefused)) if book.life > 0 && book.centre.refuses(*report).expect("a centre that reads") => {
                book.tally.count("verdicts refused");
            }
            // What others wrote, and this store has no proof of any more.
            Some(Verdict::Refused(Refusal::NotAuthor)) if unproven => book.tally.count("changes of others without proof"),
            Some(other) => book.breaks(CENTRE, format!("P2: an honest change of {report} from {lane} got {other:?}")),
        }
    }
    answers(book, &mut sent, reply, &lane);
    sent.came_down = reply.pages.iter().map(|page| page.entries.iter().filter(|entry| entry.here.is_some()).count()).sum();
    book.sent.insert(hash.to_vec(), sent);
}

/// I1, also of answers; and HELD_ASK, REFUSED_ASK: what the centre has is said to be there.
fn answers(book: &mut Book, sent: &mut Sent, reply: &Reply, lane: &str) {
    if reply.standstill.is_none() && reply.answers.len() != sent.asked.len() {
        book.breaks(CENTRE, format!("P2: {} questions of {lane} got {} answers", sent.asked.len(), reply.answers.len()));
    }
    for ((report, heads), answer) in sent.asked.iter().zip(&reply.answers) {
        let there = heads.iter().all(|head| book.at_centre.get(head) == Some(report));
        match answer {
            Answer::Shared(..) if there => {
                book.receipted.extend(heads);
                sent.receipted.push(*report);
                book.tally.count("answers shared");
            }
            Answer::Shared(..) => book.breaks(CENTRE, format!("I1: {lane} was told that {report} is there, and it is not")),
            other if there => book.breaks(CENTRE, format!("P2: {lane} asked about {report}, which is there, and was told {other:?}")),
            Answer::Held => book.tally.count("answers held"),
            Answer::Refused { .. } => book.tally.count("answers refused"),
            Answer::Unknown => book.tally.count("answers unknown"),
        }
    }
}

/// I4: only feeds of the grants that hold now, only documents that stand in them now, only changes of these documents.
fn grants(book: &mut Book, store: usize, reply: &Reply) {
    let (nrp, revoked) = book.stores.get(store).map_or((0, false), |store| (store.nrp, store.revoked));
    let feeds = if revoked { BTreeSet::new() } else { book.feeds(nrp) };
    let lane = book.lane(store);
    if revoked && (reply.units.is_some() || !reply.people.is_empty() || !reply.pages.is_empty()) {
        book.breaks(CENTRE, format!("I4: the revoked {lane} was told something"));
    }
    for page in &reply.pages {
        if !feeds.contains(&page.feed) {
            book.breaks(CENTRE, format!("I4: {lane} got a page of {}, which no grant opens", page.feed));
        }
        documents(book, &lane, page);
    }
    let repaired: Vec<_> = reply.repair.iter().flat_map(|repair| repair.answers.iter().flatten()).collect();
    for one in &repaired {
        let changes = one.delivery.here.iter().flatten().count();
        if one.feeds.iter().any(|feed| !feeds.contains(feed)) || (one.feeds.is_empty() && changes > 0) {
            book.breaks(CENTRE, format!("I4: a repair told {lane} of feeds that no grant opens"));
        }
        one.feeds.iter().for_each(|feed| document(book, &lane, *feed, &one.delivery));
    }
    if !repaired.is_empty() {
        book.tally.add("documents looked at in repairs", repaired.len() as u64);
    }
    for verdict in &reply.verdicts {
        if let Some(feed) = verdict.feeds.iter().find(|feed| !feeds.contains(feed)) {
            book.breaks(CENTRE, format!("I4: a receipt to {lane} names {feed}, which no grant opens"));
        }
    }
}

fn documents(book: &mut Book, lane: &str, page: &Page) {
    page.entries.iter().for_each(|entry| document(book, lane, page.feed, entry));
}

fn document(book: &mut Book, lane: &str, feed: Feed, entry: &Delivery) {
    let Some(changes) = &entry.here else { return };
    let stands = match book.centre.place(entry.report).expect("a centre that reads") {
        Some((place, author, true)) => Feed::of_broadcast(place.unit, author),
        Some((place, author, false)) => book.feeds_of_report(place, author),
        None => BTreeSet::new(),
    };
    if !stands.contains(&feed) {
        book.breaks(CENTRE, format!("I4: {lane} got {} in {feed}, where it does not stand", entry.report));
    }
    for (change, _) in changes {
        if book.at_centre.get(&change.hash().0) != Some(&entry.report) {
            book.breaks(CENTRE, format!("I4: {lane} got a change that is none of {}", entry.report));
        }
    }
}

impl Book {
    /// A request leaves a store: what it carries.
    pub(super) fn sends(&mut self, store: usize, number: u64, bytes: usize) {
        let (request, items) = self.with_eye(store, super::eye::DeviceEye::outstanding);
        let asked = self.with_eye(store, super::eye::DeviceEye::asked);
        self.note(store, || What::RequestSent { exchange: number, bytes, items: items.len() });
        self.store(store).outstanding.clone_from(&request);
        self.carries(store, number, (request, items, asked));
    }

    /// What a request carries, over a link or in a file.
    pub(super) fn carries(&mut self, store: usize, number: u64, (request, items, asked): Carried) {
        self.sent.insert(request, Sent { store, number, items, asked, ..Sent::default() });
    }

    /// A reply was stored: what it receipted is delivered, and the status says no more than that.
    pub(super) fn took(&mut self, store: usize, status: &local_store::Status, synced: &local_store::Synced) {
        let now_ms = self.now_ms;
        let request = std::mem::take(&mut self.store(store).outstanding);
        // What the centre said before it went back was true then.
        let current = self.sent.get(&request).is_none_or(|sent| sent.life == self.life);
        if current && self.life > 0 {
            self.labels_are_true(store);
        }
        if synced.differing > 0 {
            self.tally.add("fingerprints that differed", synced.differing);
            if self.life == 0 && !self.store(store).restored {
                let lane = self.lane(store);
                self.breaks(&lane, format!("P3: {lane} and the centre show something else, though no store went back in time"));
            }
        }
        if let Some(sent) = self.sent.get(&request) {
            let (exchange, receipts, received) = (sent.number, sent.receipted.len(), sent.came_down);
            for report in &sent.receipted {
                if let Some(filed) = self.filed.get_mut(report) {
                    filed.delivered_ms.get_or_insert(now_ms);
                }
            }
            self.note(store, || What::ReplyApplied { exchange, receipts, received });
        }
        self.tally.count("replies applied");
        if synced.dropped > 0 {
            self.tally.add("reports that left a phone", synced.dropped);
            self.dropped(store);
        }
        let at_centre = &self.at_centre;
        let page = self.stores.get_mut(store).expect("a person of this world");
        page.waiting.retain(|hash, _| !at_centre.contains_key(hash));
        let apart = status.held + status.refused;
        if current && !page.waiting.is_empty() && apart == 0 && (status.unsent == 0 || synced.complete) {
            // What was refused and is none of these was corrected or put aside: it stays on the phone, and nobody waits for it.
            let answered = self.with_eye(store, super::eye::DeviceEye::refused);
            let waiting = self.store(store).waiting.keys().filter(|hash| !answered.contains(*hash)).count();
            if waiting > 0 {
                let lane = self.lane(store);
                self.breaks(&lane, format!("P7: {lane} says {} unsent, but the centre lacks {waiting} of its changes", status.unsent));
            }
        }
    }

    /// P7: right after an exchange every label of a device is true.
    fn labels_are_true(&mut self, store: usize) {
        let labelled = self.with_eye(store, super::eye::DeviceEye::delivered);
        let void = labelled.iter().filter(|hash| !self.at_centre.contains_key(*hash)).count();
        if void > 0 {
            let lane = self.lane(store);
            self.breaks(&lane, format!("P7: {lane} calls {void} changes delivered that the centre lost"));
        }
    }

    /// A reply that the device did not take: it names the error, and nothing was changed.
    pub(super) fn refuses(&mut self, store: usize, error: &local_store::Error) {
        let request = self.store(store).outstanding.clone();
        let exchange = self.sent.get(&request).map_or(0, |sent| sent.number);
        self.tally.count("replies not taken");
        self.note(store, || What::NoReply { exchange, text: error.code().to_owned() });
        if !matches!(error, local_store::Error::NotTheServer(_) | local_store::Error::StaleReply) {
            let lane = self.lane(store);
            self.breaks(&lane, format!("{lane} could not take a reply: {error}"));
        }
    }
}
