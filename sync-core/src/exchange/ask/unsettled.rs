//! The device's half: what it asks about, and what an answer means for each change.

use std::collections::BTreeSet;

use automerge::ChangeHash;

use super::{Answer, Question};
use crate::exchange::{Fate, refused_bars};
use crate::history::History;

/// One report as a device has it, seen from what waits for a word of the server. What is in none of the sets is pending.
#[derive(Debug, Clone, Default)]
pub struct Unsettled {
    /// Every change that the device has, the refused ones too.
    pub history: History,
    /// What has a label.
    pub shared: BTreeSet<ChangeHash>,
    /// What waits for a supervisor.
    pub held: BTreeSet<ChangeHash>,
    /// What was refused.
    pub refused: BTreeSet<ChangeHash>,
}

impl Unsettled {
    /// HELD_ASK: the heads of what is held are asked about until they are settled.
    pub fn held_ask(&self) -> Vec<ChangeHash> {
        self.history.heads(|node| self.held.contains(&node.hash))
    }

    /// REFUSED_ASK: the roots of what was refused are asked about: another store may have brought them by right, or a supervisor decided anew.
    pub fn refused_ask(&self) -> Vec<ChangeHash> {
        let refused = self.history.nodes().iter().filter(|node| self.refused.contains(&node.hash));
        let roots = refused.filter(|node| !node.expanded.deps.iter().any(|dep| self.refused.contains(dep)));
        roots.map(|node| node.hash).collect()
    }

    /// The fate of each change that an answer settles. A label covers the history of the heads; unknown makes what was held pending and leaves
    /// refused what was refused.
    pub fn settle(&self, question: &Question, answer: &Answer) -> Vec<(ChangeHash, Fate)> {
        let open = |hash: &ChangeHash| self.history.contains(hash) && !self.shared.contains(hash);
        let heads = question.heads.iter().copied().filter(|head| open(head));
        match answer {
            Answer::Shared(label, _) => {
                let covered = self.history.ancestors(&question.heads);
                let all = self.history.nodes().iter().map(|node| node.hash);
                all.filter(|hash| open(hash) && self.history.among(&covered, hash)).map(|hash| (hash, Fate::Shared(*label))).collect()
            }
            Answer::Held => heads.map(|head| (head, Fate::Held)).collect(),
            Answer::Refused { number, .. } => {
                let first: BTreeSet<ChangeHash> = heads.collect();
                let barred = refused_bars(&self.history, &first).into_iter().filter(open).map(|hash| (hash, Fate::OnRefused));
                first.iter().map(|head| (*head, Fate::Refused(*number))).chain(barred).collect()
            }
            Answer::Unknown => heads.filter(|head| self.held.contains(head)).map(|head| (head, Fate::Pending)).collect(),
        }
    }

    /// What must be refused because of what it was made on (REFUSED_BARS).
    pub fn barred(&self) -> Vec<ChangeHash> {
        let barred = refused_bars(&self.history, &self.refused);
        barred.into_iter().filter(|hash| !self.shared.contains(hash)).collect()
    }

    /// What was refused only for the sake of a change that is refused no more: it is pending again, and will be judged anew. `before` is what was
    /// refused before.
    pub fn released(&self, before: &BTreeSet<ChangeHash>) -> Vec<ChangeHash> {
        let (mut refused, mut free, mut released) = (self.refused.clone(), BTreeSet::new(), Vec::new());
        for node in self.history.nodes().iter().filter(|node| before.contains(&node.hash)) {
            let deps = &node.expanded.deps;
            let on_free = deps.iter().any(|dep| free.contains(dep)) && !deps.iter().any(|dep| refused.contains(dep));
            if on_free && refused.remove(&node.hash) {
                released.push(node.hash);
            }
            if !refused.contains(&node.hash) {
                free.insert(node.hash);
            }
        }
        released
    }
}
