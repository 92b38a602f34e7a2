//! Proof: what a device brings back with a token of this centre joins its report, whoever wrote it and whatever the device may write now.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{Change, ChangeHash};
use rusqlite::Connection;
use sync_core::Timestamp;
use sync_core::change::Item;
use sync_core::exchange::ItemProofs;
use sync_core::history::canonical_order;
use sync_core::proof::{Proof, Proven, token_exact};

use super::facts::Facts;
use super::push;
use crate::ServerError;
use crate::areas::Rights;
use crate::key_file::Keys;
use crate::store::device::DeviceRow;
use crate::store::{document, held};

/// The valid proofs of one item, and the evidence for them.
#[derive(Debug, Default)]
pub(super) struct Shown {
    proofs: Vec<Proof>,
    evidence: Vec<Change>,
}

impl Shown {
    /// A token that this centre did not make for this report and these heads counts for nothing.
    pub(super) fn of(item: &Item, shown: &ItemProofs, keys: &Keys) -> Self {
        let own = token_exact(&item.changes);
        let named = |proof: &Proof| if proof.heads.is_empty() { Proof { heads: own.clone(), ..proof.clone() } } else { proof.clone() };
        let proofs: Vec<Proof> =
            shown.proofs.iter().map(named).filter(|proof| keys.token(item.report, &proof.heads) == proof.token).collect();
        if proofs.is_empty() {
            return Self::default();
        }
        let evidence = Item::decode(&shown.evidence).ok().filter(|evidence| evidence.report == item.report);
        Self { proofs, evidence: evidence.map(|evidence| evidence.changes).unwrap_or_default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.proofs.is_empty()
    }
}

/// What the tokens prove of what is stored, held and brought; and what of that is not in the report joins it first, in one go (TOKEN_ADMITS): so that
/// the rest of the item is judged by where the report then stands.
pub(super) fn bring_back(
    db: &Connection,
    (item, shown): (&Item, &Shown),
    (caller, rights): (&DeviceRow, &Rights),
    visits: &mut u64,
    now: Timestamp,
) -> Result<Proven, ServerError> {
    if !push::may_load(db, item.report, visits)? {
        // Nothing of it will be judged.
        return Ok(Proven::default());
    }
    let Some(stored) = document::unless_damaged(document::changes_after(db, item.report, 0))? else { return Ok(Proven::default()) };
    let waiting = [held::State::Waiting, held::State::Discarded].map(|state| held::of_report(db, item.report, state));
    let mut apart = Vec::new();
    for brought in waiting {
        apart.extend(brought?.into_iter().flat_map(|brought| brought.changes));
    }
    let at_hand: BTreeMap<ChangeHash, &Change> =
        apart.iter().chain(&shown.evidence).chain(&item.changes).map(|change| (change.hash(), change)).collect();
    let here: BTreeSet<ChangeHash> = stored.iter().map(|labelled| labelled.sized.change.hash()).collect();
    let all = at_hand.values().copied().chain(stored.iter().map(|labelled| &labelled.sized.change));
    let dependencies = all.map(|change| (change.hash(), change.deps().to_vec())).collect();
    let proven = Proven::of(&shown.proofs, &dependencies);

    let back = at_hand.values().filter(|change| proven.history.contains(&change.hash()) && !here.contains(&change.hash()));
    let back = Item { report: item.report, changes: canonical_order(back.map(|change| (*change).clone()).collect()) };
    if !back.changes.is_empty() {
        let facts = Facts::gather(db, &back, caller, rights)?.with_proof(Some(proven.clone()));
        push::join(db, &push::judge_one(db, &back, facts, visits)?, now)?;
    }
    Ok(proven)
}
