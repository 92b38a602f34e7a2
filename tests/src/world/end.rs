//! Complete comparisons, when everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sync_core::{Refusal, ReportId};

use super::book::Book;
use super::eye::{DeviceEye, Shown};
use super::{Person, World};

pub(super) fn nothing_lost(book: &mut Book, people: &[&Person]) -> Vec<String> {
    let mut lines = Vec::new();
    let at_centre = book.centre.all().expect("a centre that reads");
    let (held, refused) = (book.centre.held().expect("a centre that reads"), book.centre.refused().expect("a centre that reads"));
    let turned_away = book.centre.turned_away().expect("a centre that reads");
    let mut gone = book.receipted.iter().filter(|hash| !at_centre.contains(*hash)).copied().collect::<BTreeSet<_>>();
    if book.life > 0 {
        // After the centre went back it has again what any phone still has.
        let somewhere: BTreeSet<_> = people.iter().flat_map(|person| book.with_eye(person.number, DeviceEye::all)).collect();
        let nowhere = gone.extract_if(.., |hash| !somewhere.contains(hash)).count();
        // A receipt that no phone ever got proves nothing later: what it was for may wait for a supervisor. What a phone had a receipt of never does.
        gone.retain(|hash| !held.contains(hash));
        let untouched: Vec<usize> = people.iter().map(|person| person.number).filter(|number| !book.store(*number).restored).collect();
        let proven: BTreeSet<_> = untouched.into_iter().flat_map(|store| book.with_eye(store, DeviceEye::all)).collect();
        let waits =
            book.delivered.iter().filter(|hash| held.contains(*hash) && !at_centre.contains(*hash) && proven.contains(*hash)).count();
        if waits > 0 {
            lines.push(format!("P1: {waits} changes that were delivered wait for a supervisor"));
        }
        book.tally.add("receipted changes that no phone has any more", nowhere as u64);
    }
    let gone = gone.len();
    if gone > 0 {
        lines.push(format!("I1: {gone} changes that were receipted are not at the centre"));
    }
    for person in people {
        let on_device = book.with_eye(person.number, DeviceEye::all);
        let delivered = book.with_eye(person.number, DeviceEye::delivered);
        let in_inbox = book.with_eye(person.number, DeviceEye::refused);
        let lane = book.lane(person.number);
        let false_receipts = delivered.iter().filter(|hash| !at_centre.contains(*hash)).count();
        if false_receipts > 0 {
            lines.push(format!("P7: {lane} calls {false_receipts} changes delivered that are not at the centre"));
        }
        let transferred = book.transferred.contains(&person.nrp.number());
        let moved = book.moved.clone();
        let life = book.life;
        let store = book.store(person.number);
        for (hash, report) in &store.saved {
            // What was made on a refused change is never sent. What a centre that went back has forgotten of a refusal, the device has not.
            let in_inbox = in_inbox.contains(hash) && (life > 0 || turned_away.contains(report));
            let there = on_device.contains(hash);
            // A restored phone gets back what it may still read: not what was left behind by an officer or a report that was moved.
            if !there && !(store.restored && (transferred || moved.contains(report))) {
                lines.push(format!("I2: {lane} saved a change of {report} and does not have it any more"));
            }
            if !at_centre.contains(hash) && !held.contains(hash) && !refused.contains(hash) && !in_inbox && there {
                lines.push(format!("I6: a change of {report} from {lane} is neither at the centre nor held nor refused there"));
            }
        }
    }
    lines
}

pub(super) fn nothing_twice(book: &mut Book) -> Vec<String> {
    let mut lines = Vec::new();
    let mut said: BTreeMap<String, ReportId> = BTreeMap::new();
    let known: BTreeSet<ReportId> = book.filed.keys().copied().collect();
    for (report, description) in book.centre.descriptions().expect("a centre that reads") {
        if !known.is_empty() && !known.contains(&report) {
            lines.push(format!("{report} is at the centre and nobody filed it"));
        }
        if book.unlike
            && let Some(other) = said.insert(description, report)
        {
            lines.push(format!("{report} says what {other} says: one of them was filed twice"));
        }
    }
    lines
}

pub(super) fn converged(world: &World, people: &[&Person]) -> Vec<String> {
    let mut lines = Vec::new();
    let (standing, at_centre) = {
        let book = world.shelf.open();
        (book.centre.standing().expect("a centre that reads"), book.centre.shown().expect("a centre that reads"))
    };
    let newest_form = world.newest_form();
    for person in people {
        let mut book = world.shelf.open();
        let lane = book.lane(person.number);
        let store = book.store(person.number);
        let (nrp, revoked) = (store.nrp, store.revoked);
        let members = book.with_eye(person.number, DeviceEye::members);
        let on_device = book.with_eye(person.number, DeviceEye::shown);
        let feeds = book.feeds(nrp);
        drop(book);
        for waiting in person.device.outbox().unwrap_or_default() {
            if waiting.refusal.is_some_and(|reason| reason.known() == Some(Refusal::UnknownForm)) {
                lines.push(format!("P2: {lane} calls {} refused for want of a form that is there", waiting.id));
            }
        }
        if !revoked {
            let form = person.newest_form();
            if form != newest_form {
                lines.push(format!(
                    "I6: {lane} makes new reports on version {form} of a form, the centre names {newest_form} as the newest"
                ));
            }
            let granted: BTreeSet<ReportId> = feeds.iter().filter_map(|feed| standing.get(feed)).flatten().copied().collect();
            let (lacks, exceeds) = (granted.difference(&members).count(), members.difference(&granted).count());
            if lacks + exceeds > 0 {
                lines.push(format!(
                    "I6: {lane} lacks {lacks} of the {} reports that its grants open, and lists {exceeds} besides",
                    granted.len()
                ));
            }
            let current = members.intersection(&granted).filter_map(|id| Some((*id, on_device.get(id)?, at_centre.get(id)?)));
            current.for_each(|(id, here, there)| lines.extend(same(world, person, &lane, (id, here, there))));
        }
        // Also what a device cannot update any more: equal heads mean equal content.
        for (id, here) in &on_device {
            if let Some(there) = at_centre.get(id)
                && here.heads == there.heads
                && (&here.data, &here.status, here.conflicts) != (&there.data, &there.status, there.conflicts)
            {
                lines.push(format!("I3: {lane} and the centre have the same heads of {id} and show different content"));
            }
        }
        lines.extend(honest(person, &lane, revoked, world));
    }
    lines
}

/// I3, P7: who has a message has it as it is at the centre, and whom the centre calls reached by it has it.
pub(super) fn messages(world: &World, people: &[&Person]) -> Vec<String> {
    let mut lines = Vec::new();
    let messages = world.shelf.open().centre.messages().expect("a centre that reads");
    for (id, heads) in messages {
        let mut having = BTreeSet::new();
        for person in people {
            let mut book = world.shelf.open();
            if !book.with_eye(person.number, DeviceEye::members).contains(&id) {
                continue;
            }
            having.insert(person.nrp.to_string());
            let here = book.with_eye(person.number, DeviceEye::shown).remove(&id);
            let waits = person.device.message(id).is_ok_and(|message| message.delivery != local_store::Delivery::Delivered);
            if !waits && here.map(|here| here.heads) != Some(heads.clone()) {
                lines.push(format!("I3: {} and the centre differ in the heads of message {id}", book.lane(person.number)));
            }
        }
        let officers = world.server.message_status(id).map(|status| status.officers).unwrap_or_default();
        for officer in officers.iter().filter(|officer| officer.received && !having.contains(&officer.nrp)) {
            lines.push(format!("P7: the centre says that {} has message {id}, and no phone of his does", officer.nrp));
        }
    }
    lines
}

/// What a device shows of a report is what the centre shows of it.
fn same(world: &World, person: &Person, lane: &str, (id, here, there): (ReportId, &Shown, &Shown)) -> Vec<String> {
    if here.heads != there.heads {
        // What is held or refused stands in the device's document until a supervisor decides.
        if person.device.status().is_ok_and(|status| status.held + status.refused > 0) {
            return Vec::new();
        }
        return vec![format!("I6: {lane} and the centre differ in the heads of {id}")];
    }
    if here.place != there.place {
        return vec![format!("I3: {lane} puts {id} in {}, the centre in {}", here.place, there.place)];
    }
    if here.snapshot == there.snapshot {
        return Vec::new();
    }
    // The same changes in another order: read both documents whole.
    let shown = person.device.show(id).map(|report| report.json());
    let report = world.server.report(id);
    match (shown, report) {
        (Ok(shown), Ok(report)) => ["data", "conflicts", "comments", "decisions", "reason"]
            .iter()
            .filter(|part| whole(&shown, part) != whole(&report, part))
            .map(|part| format!("I3: {lane} and the centre have the same heads of {id} and differ in {part}"))
            .collect(),
        (shown, report) => vec![format!("{id} cannot be read: {:?} {:?}", shown.err(), report.err())],
    }
}

fn whole<'a>(report: &'a Value, part: &str) -> &'a Value {
    report.get(part).unwrap_or(&Value::Null)
}

/// P7: at rest nothing is unsent, and every report says so.
fn honest(person: &Person, lane: &str, revoked: bool, world: &World) -> Option<String> {
    let status = match person.device.status() {
        Ok(status) => status,
        Err(error) => return Some(format!("{lane} has no status: {error}")),
    };
    let may_wait = revoked || world.shelf.open().transferred.contains(&person.nrp.number());
    let outbox = person.device.outbox().map_or(usize::MAX, |outbox| outbox.len()) as u64;
    let waiting = status.held + status.refused;
    if status.unsent > 0 || (waiting == 0 && outbox > 0) || (outbox == 0 && waiting > 0 && !may_wait) {
        return Some(format!(
            "P7: {lane} says {} unsent, {} held, {} refused, and lists {outbox} as waiting",
            status.unsent, status.held, status.refused
        ));
    }
    None
}
