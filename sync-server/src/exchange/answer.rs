//! Answers: what became of what a device asks about. It learns nothing of what it neither wrote nor may read.

use std::collections::BTreeSet;

use automerge::ChangeHash;
use rusqlite::Connection;
use sync_core::exchange::{Answer, Label, Question};
use sync_core::place::Feed;
use sync_core::{DeviceId, Refusal, ReportId};

use crate::ServerError;
use crate::areas::Rights;
use crate::key_file::Keys;
use crate::store::{apart, document, feed, held};

/// One answer for each question, after the items of the same request were taken.
pub(super) fn answers(
    db: &Connection,
    questions: &[Question],
    (caller, rights): (DeviceId, &Rights),
    keys: &Keys,
) -> Result<Vec<Answer>, ServerError> {
    questions.iter().map(|question| answer(db, question, (caller, rights), keys)).collect()
}

fn answer(db: &Connection, question: &Question, (caller, rights): (DeviceId, &Rights), keys: &Keys) -> Result<Answer, ServerError> {
    let had = had(&feed::of_document(db, question.report)?.into_keys().collect(), rights);
    let mut all = Answers::default();
    for head in &question.heads {
        let found = find(db, *head)?.filter(|found| found.report == question.report && (had || found.device == caller));
        all.add(found.map_or(Became::Unknown, |found| found.became));
    }
    // As the device sorts them.
    let heads: Vec<ChangeHash> = question.heads.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    Ok(all.one(|label| Answer::Shared(label, keys.token(question.report, &heads))))
}

/// The report stands, or stood, in a feed that the device has, or had until not long ago.
pub(super) fn had(feeds: &BTreeSet<Feed>, rights: &Rights) -> bool {
    feeds.iter().any(|feed| rights.feeds.contains(feed) || rights.ended_feeds.contains(feed))
}

/// What the centre has of a change.
struct Found {
    report: ReportId,
    /// Whose device wrote it.
    device: DeviceId,
    became: Became,
}

/// What became of one change.
enum Became {
    Shared(Label),
    Held,
    Refused { number: u8, reason: String },
    Unknown,
}

fn find(db: &Connection, change: ChangeHash) -> Result<Option<Found>, ServerError> {
    if let Some((report, device, partition, sequence)) = document::find_change(db, change)? {
        return Ok(Some(Found { report, device, became: Became::Shared(Label { partition, sequence }) }));
    }
    if let Some((report, device, discarded)) = held::find(db, change)? {
        let refused = |reason| Became::Refused { number: Refusal::Discarded.number(), reason };
        return Ok(Some(Found { report, device, became: discarded.map_or(Became::Held, refused) }));
    }
    let refused = apart::find_refused(db, change)?;
    Ok(refused.map(|(report, device, reason)| Found {
        report,
        device,
        became: Became::Refused { number: reason.number(), reason: String::new() },
    }))
}

/// One answer for several heads: what holds for all or, when they differ, the safe one.
#[derive(Default)]
struct Answers {
    newest: Option<Label>,
    refused: Option<Answer>,
    held: bool,
    unknown: bool,
}

impl Answers {
    fn add(&mut self, became: Became) {
        match became {
            Became::Shared(label) => self.newest = self.newest.max(Some(label)),
            Became::Held => self.held = true,
            Became::Refused { number, reason } => self.refused = Some(Answer::Refused { number, reason }),
            Became::Unknown => self.unknown = true,
        }
    }

    fn one(self, shared: impl FnOnce(Label) -> Answer) -> Answer {
        match (self.refused, self.unknown, self.held, self.newest) {
            (Some(refused), _, _, _) => refused,
            (None, false, false, Some(newest)) => shared(newest),
            (None, false, true, None) => Answer::Held,
            (None, _, _, _) => Answer::Unknown,
        }
    }
}
