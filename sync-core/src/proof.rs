//! Proof: by a token a device shows that the centre once had a history, and brings back also what others wrote in it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Change, ChangeHash};

use crate::history::History;

/// The centre's word that it had the history of some heads of a report: a truncated MAC over both. Only the centre can make one, or check one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(pub [u8; 8]);

impl Token {
    /// Stands in what was decoded until the reply's section of tokens is read.
    pub(crate) const COMING: Self = Self([0; 8]);
}

/// A token with the heads that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Ascending.
    pub heads: Vec<ChangeHash>,
    /// Over the report and these heads.
    pub token: Token,
}

/// TOKEN_EXACT: the heads, ascending, of what one receipt or one delivery is for: these changes but those on which another of them was made. Hashes
/// are over the whole history, so a token over them stands for what the device was told to be at the centre, and for nothing that is there besides.
/// Both sides derive them from the same changes, and no heads travel.
pub fn token_exact<'a>(changes: impl IntoIterator<Item = &'a Change> + Clone) -> Vec<ChangeHash> {
    let below: BTreeSet<ChangeHash> = changes.clone().into_iter().flat_map(|change| change.deps().to_vec()).collect();
    let heads: BTreeSet<ChangeHash> = changes.into_iter().map(Change::hash).filter(|hash| !below.contains(hash)).collect();
    heads.into_iter().collect()
}

/// TOKEN_KEEP: takes in a token; those whose history the new one covers go, and where an old one covers the new one nothing changes. `history` is
/// the device's own. Keeping only the newest would leave without proof what it does not cover.
pub fn token_keep(mut kept: Vec<Proof>, fresh: Proof, history: &History) -> Vec<Proof> {
    let is_covered = |one: &Proof, by: &Proof| {
        let covered = history.ancestors(&by.heads);
        one.heads.iter().all(|head| history.among(&covered, head))
    };
    kept.retain(|old| old.heads != fresh.heads);
    if kept.iter().any(|old| is_covered(&fresh, old)) {
        return kept;
    }
    kept.retain(|old| !is_covered(old, &fresh));
    kept.push(fresh);
    kept
}

/// What a device shows with an item: the kept tokens that cover something of it, and (as evidence) the changes under them that it calls refused:
/// without those nobody could see what is older than they.
pub fn proofs_of(
    kept: &[Proof],
    pending: &BTreeSet<ChangeHash>,
    refused: &BTreeSet<ChangeHash>,
    history: &History,
) -> (Vec<Proof>, BTreeSet<ChangeHash>) {
    let (mut shown, mut evidence) = (Vec::new(), BTreeSet::new());
    for proof in kept {
        let covered = history.ancestors(&proof.heads);
        let under = |hash: &&ChangeHash| history.among(&covered, hash);
        if pending.iter().any(|hash| under(&hash)) {
            evidence.extend(refused.iter().filter(under));
            shown.push(proof.clone());
        }
    }
    (shown, evidence)
}

/// What the valid tokens of an item prove.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proven {
    /// All changes that are known to be in the history of their heads.
    pub history: BTreeSet<ChangeHash>,
    /// TOKEN_NEED: something of that history is not at hand, so that nobody can tell yet what else it covers.
    pub open: bool,
}

impl Proven {
    /// From tokens whose MACs are right, and from the dependencies of every change that is stored, held or brought: a MAC can always be checked,
    /// but which changes it covers is known only from them.
    pub fn of<'a>(proofs: impl IntoIterator<Item = &'a Proof>, dependencies: &BTreeMap<ChangeHash, Vec<ChangeHash>>) -> Self {
        let mut proven = Self::default();
        let mut todo: Vec<ChangeHash> = proofs.into_iter().flat_map(|proof| proof.heads.clone()).collect();
        while let Some(hash) = todo.pop() {
            match dependencies.get(&hash) {
                None => proven.open = true,
                Some(below) => {
                    if proven.history.insert(hash) {
                        todo.extend(below);
                    }
                }
            }
        }
        proven
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]
    use automerge::ROOT;
    use automerge::transaction::Transactable as _;

    use super::*;

    /// A diamond: a, then b and c on it, then d on both.
    fn diamond() -> Vec<Change> {
        let actor = |byte: u8| automerge::ActorId::from([byte; 16]);
        let write = |document: &mut automerge::AutoCommit, key: &str| {
            document.put(ROOT, key, 1).unwrap();
            document.commit();
        };
        let mut one = automerge::AutoCommit::new().with_actor(actor(1));
        write(&mut one, "a");
        let mut two = one.fork().with_actor(actor(2));
        write(&mut one, "b");
        write(&mut two, "c");
        one.merge(&mut two).unwrap();
        write(&mut one, "d");
        one.get_changes(&[])
    }

    fn proof(heads: &[&Change]) -> Proof {
        let heads: BTreeSet<ChangeHash> = heads.iter().map(|change| change.hash()).collect();
        Proof { token: Token([heads.len() as u8; 8]), heads: heads.into_iter().collect() }
    }

    #[test]
    fn a_token_is_for_the_heads_of_what_it_was_given_for() {
        let [a, b, c, d] = &*diamond() else { panic!("four changes") };
        assert_eq!(token_exact([a, b, c, d]), [d.hash()]);
        assert_eq!(token_exact([a, b, c]), proof(&[b, c]).heads);
        assert_eq!(token_exact([a, d]), proof(&[a, d]).heads, "what lies between is not part of it");
        assert_eq!(token_exact([]), []);
    }

    #[test]
    fn a_token_is_kept_until_one_covers_it() {
        let changes = diamond();
        let [a, b, c, d] = &*changes else { panic!("four changes") };
        let history = History::of(&changes);
        let keep = |kept: &[Proof], fresh: Proof| token_keep(kept.to_vec(), fresh, &history);
        let both = keep(&[proof(&[b])], proof(&[c]));
        assert_eq!(both, [proof(&[b]), proof(&[c])], "neither covers the other");
        assert_eq!(keep(&both, proof(&[a])), both, "an older one adds nothing");
        assert_eq!(keep(&both, proof(&[b, c])), [proof(&[b, c])]);
        assert_eq!(keep(&both, proof(&[d])), [proof(&[d])]);
        let renewed = Proof { token: Token([9; 8]), ..proof(&[b]) };
        assert_eq!(keep(&[proof(&[b])], renewed.clone()), [renewed], "the centre's last word on the same heads");
    }

    #[test]
    fn only_what_covers_something_is_shown() {
        let changes = diamond();
        let [a, b, c, d] = &*changes else { panic!("four changes") };
        let history = History::of(&changes);
        let set = |changes: &[&Change]| changes.iter().map(|change| change.hash()).collect::<BTreeSet<_>>();
        let kept = [proof(&[b]), proof(&[c])];
        assert_eq!(proofs_of(&kept, &set(&[b]), &set(&[a, c]), &history), (vec![proof(&[b])], set(&[a])));
        assert_eq!(proofs_of(&kept, &set(&[d]), &set(&[]), &history), (Vec::new(), set(&[])), "a new edit needs no proof");
        assert_eq!(proofs_of(&kept, &set(&[a]), &set(&[]), &history).0, kept);
    }

    #[test]
    fn a_history_that_is_not_all_at_hand_leaves_the_token_open() {
        let changes = diamond();
        let [a, b, c, d] = &*changes else { panic!("four changes") };
        let at_hand = |changes: &[&Change]| changes.iter().map(|change| (change.hash(), change.deps().to_vec())).collect();
        let all = Proven::of([&proof(&[d])], &at_hand(&[a, b, c, d]));
        assert_eq!((all.history.len(), all.open), (4, false));
        let half = Proven::of([&proof(&[b])], &at_hand(&[a, b, c, d]));
        assert!(!half.history.contains(&c.hash()) && half.history.contains(&a.hash()));
        assert_eq!(Proven::of([&proof(&[d])], &at_hand(&[a, b])), Proven { open: true, ..Proven::default() });
        let gap = Proven::of([&proof(&[d])], &at_hand(&[a, b, d]));
        assert_eq!((gap.history.len(), gap.open), (3, true));
    }
}
