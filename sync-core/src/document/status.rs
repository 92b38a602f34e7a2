//! A report's status: derived from its decisions and edits, never stored.

use std::collections::{BTreeSet, HashSet};

use automerge::ChangeHash;
use automerge::legacy::ObjectId;

use super::{Entry, View};
use crate::form::Words;
use crate::history::{History, Node};
use crate::limits;

/// What stands of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A supervisor asks for completion, and the author has not answered: first in his list.
    Returned,
    /// Supervisors decided differently without knowing of each other: open until one of them, or another, decides again.
    Disputed,
    /// It was handled, and edited without the supervisor's knowledge: open.
    Reopened,
    /// It was returned, and edited since: open.
    Answered,
    /// It was put before the next level: open.
    Escalated,
    /// Filed, and nothing decided: open.
    Final,
    /// A supervisor marked it as handled.
    Handled,
    /// Taken back by its author, with a reason.
    Withdrawn,
}

impl Status {
    /// Each of them, those that ask most of the author first.
    pub const ALL: [Self; 8] =
        [Self::Returned, Self::Disputed, Self::Reopened, Self::Answered, Self::Escalated, Self::Final, Self::Handled, Self::Withdrawn];

    /// As it is shown and stored in projections.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Disputed => "disputed",
            Self::Reopened => "reopened",
            Self::Answered => "answered",
            Self::Escalated => "escalated",
            Self::Final => "final",
            Self::Handled => "handled",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Why it stands so, for the cases in which a reader would wonder.
    pub fn reason(self) -> Option<Words> {
        match self {
            Self::Disputed => Some(Words::new(
                "Beberapa atasan memutuskan berbeda tanpa saling mengetahui; satu keputusan baru menyelesaikannya.",
                "Supervisors decided differently without knowing of each other; one new decision settles it.",
            )),
            Self::Reopened => Some(Words::new(
                "Isinya diubah tanpa dilihat atasan yang menanganinya; perlu dilihat lagi.",
                "It was edited without the knowledge of the supervisor who handled it; it must be looked at again.",
            )),
            Self::Returned | Self::Answered | Self::Escalated | Self::Final | Self::Handled | Self::Withdrawn => None,
        }
    }
}

/// STATUS_DERIVED: each decision names the heads that were seen. A decision that a later one saw is superseded; of those that are left, different
/// ones dispute; an edit of `data` that is not among the ancestors of what was seen reopens a handled report and answers a returned one. Comments and
/// moves (hand-over, reclassify) decide nothing.
pub(super) fn status(decisions: &[Entry], history: &History) -> Status {
    let deciding: Vec<&Entry> = decisions.iter().filter(|entry| kind(entry).is_some()).collect();
    if deciding.iter().any(|entry| kind(entry) == Some(Status::Withdrawn)) {
        return Status::Withdrawn;
    }
    // Once for all of them: a hostile report may have thousands. What an entry saw is below its own change, so that none supersedes itself.
    let superseded = history.ancestors(&deciding.iter().flat_map(|entry| seen(entry)).collect::<Vec<_>>());
    let current: Vec<&Entry> = deciding.into_iter().filter(|entry| !history.among(&superseded, &entry.change)).collect();
    let kinds: BTreeSet<Status> = current.iter().filter_map(|entry| kind(entry)).collect();
    let status = match kinds.iter().copied().collect::<Vec<_>>().as_slice() {
        [] => return Status::Final,
        [one] => *one,
        _ => return Status::Disputed,
    };
    let known = history.ancestors(&current.iter().flat_map(|entry| seen(entry)).collect::<Vec<_>>());
    let edited = history.nodes().iter().skip(1).any(|node| !history.among(&known, &node.hash) && edits_data(history, node));
    match (status, edited) {
        (Status::Handled, true) => Status::Reopened,
        (Status::Returned, true) => Status::Answered,
        (status, _) => status,
    }
}

fn kind(entry: &Entry) -> Option<Status> {
    match entry.texts.get("type").map(String::as_str) {
        Some("withdraw") => Some(Status::Withdrawn),
        Some("return") => Some(Status::Returned),
        Some("handle") => Some(Status::Handled),
        Some("escalate") => Some(Status::Escalated),
        Some(_) | None => None,
    }
}

fn seen(entry: &Entry) -> Vec<ChangeHash> {
    entry.texts.get("seen").into_iter().flat_map(|text| text.split(',')).filter_map(|hash| hash.parse().ok()).collect()
}

fn edits_data(history: &History, node: &Node) -> bool {
    let ancestors = history.ancestors(&node.expanded.deps);
    let mut objects: HashSet<&ObjectId> = HashSet::new();
    node.expanded.operations.iter().enumerate().any(|(at, op)| {
        if !objects.insert(&op.obj) {
            return false;
        }
        let path = history.path(&op.obj, &ancestors, node, at, limits::OBJECT_DEPTH_MAX);
        path.is_some_and(|path| path.first().is_some_and(|first| first == "data"))
    })
}

impl View {
    /// The status that decisions and edits make.
    pub fn status(&self) -> Status {
        self.status
    }
}
