//! The device's half: what a verdict means for each change of the item that it answers.

use std::collections::BTreeSet;

use automerge::ChangeHash;

use super::{ItemVerdict, Label, Verdict};
use crate::history::History;

/// What becomes of a change on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Delivered: the receipt names it.
    Shared(Label),
    /// It waits for a supervisor.
    Held,
    /// Refused, with the reason's number.
    Refused(u8),
    /// Refused with what it was made on.
    OnRefused,
    /// To be sent again: the server does not know of it any more.
    Pending,
}

/// VERDICT_REST: the fate of each change of an item; what is not named stays pending. `history` is the device's own, with all changes of the
/// document.
pub fn settle(pushed: &[ChangeHash], verdict: &ItemVerdict, history: &History) -> Vec<(ChangeHash, Fate)> {
    let mut fates = Vec::new();
    if let Some(label) = verdict.label {
        fates.extend(pushed.iter().take(verdict.shared).map(|hash| (*hash, Fate::Shared(label))));
    }
    let (Some(first), Some(rest)) = (pushed.get(verdict.shared), verdict.rest) else {
        return fates;
    };
    let on_first = |hash: &ChangeHash| history.among(&history.ancestors([hash]), first);
    let later = pushed.iter().skip(verdict.shared + 1).filter(|hash| on_first(hash));
    match rest {
        Verdict::Need => {}
        Verdict::Held => fates.extend(std::iter::once(first).chain(later).map(|hash| (*hash, Fate::Held))),
        Verdict::Refused(_) | Verdict::RefusedOtherwise(_) => {
            let number = match rest {
                Verdict::Refused(refusal) => refusal.number(),
                Verdict::RefusedOtherwise(number) => number,
                Verdict::Need | Verdict::Held => 0,
            };
            fates.push((*first, Fate::Refused(number)));
            fates.extend(refused_bars(history, &BTreeSet::from([*first])).into_iter().map(|hash| (hash, Fate::OnRefused)));
        }
    }
    fates
}

/// REFUSED_BARS: what was made on a refused change, itself not among `refused`, is refused with it: also outside the item, and also when it was held
/// until now.
pub fn refused_bars(history: &History, refused: &BTreeSet<ChangeHash>) -> Vec<ChangeHash> {
    let (mut barring, mut barred) = (refused.clone(), Vec::new());
    for node in history.nodes() {
        if node.expanded.deps.iter().any(|dep| barring.contains(dep)) && barring.insert(node.hash) {
            barred.push(node.hash);
        }
    }
    barred
}
