//! Tokens: the centre's word that it had a history. With them the device brings back what the centre lost, also what others wrote.

use std::collections::BTreeSet;

use automerge::{Change, ChangeHash};
use rusqlite::{Connection, params};
use sync_core::ReportId;
use sync_core::change::Item;
use sync_core::exchange::ItemProofs;
use sync_core::history::{History, canonical_order};
use sync_core::proof::{Proof, Token, proofs_of, token_exact, token_keep};

use crate::Error;
use crate::ledger::{self, Stored};

/// The tokens of a report that no other one covers.
fn kept(db: &Connection, report: ReportId) -> Result<Vec<Proof>, Error> {
    let mut query = db.prepare_cached("SELECT heads, token FROM token WHERE report = ?1 ORDER BY heads")?;
    let rows = query
        .query_map([report.to_bytes()], |row| Ok(Proof { heads: ledger::split(&row.get::<_, Vec<u8>>(0)?), token: Token(row.get(1)?) }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes in the token of a receipt, an answer or a delivery (TOKEN_KEEP).
pub(crate) fn keep(db: &Connection, report: ReportId, fresh: Proof, history: &History) -> Result<(), Error> {
    let before = kept(db, report)?;
    let after = token_keep(before.clone(), fresh, history);
    for gone in before.iter().filter(|proof| !after.contains(proof)) {
        db.prepare_cached("DELETE FROM token WHERE report = ?1 AND heads = ?2")?
            .execute(params![report.to_bytes(), ledger::concat(gone.heads.iter().copied())])?;
    }
    for new in after.iter().filter(|proof| !before.contains(proof)) {
        db.prepare_cached("INSERT INTO token (report, heads, token) VALUES (?1, ?2, ?3)")?.execute(params![
            report.to_bytes(),
            ledger::concat(new.heads.iter().copied()),
            new.token.0
        ])?;
    }
    Ok(())
}

/// What is shown with a report's pending changes.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// None where no token covers any of them, as with everything new.
    pub(crate) proofs: Option<ItemProofs>,
    /// One covers some of them, which go as a whole: in part nobody could tell what it covers.
    pub(crate) whole: bool,
}

/// The tokens that cover some of a report's pending changes, or [`token_shown`].
pub(crate) fn with_item(db: &Connection, report: ReportId, stored: &[Stored]) -> Result<Shown, Error> {
    let kept = kept(db, report)?;
    if kept.is_empty() {
        return Ok(Shown::default());
    }
    let changes: Vec<Change> = stored.iter().map(|one| one.change.clone()).collect();
    let those = |wanted: fn(&Stored) -> bool| -> BTreeSet<ChangeHash> {
        stored.iter().filter(|one| wanted(one)).map(|one| one.change.hash()).collect()
    };
    let (proofs, under) = proofs_of(&kept, &those(Stored::is_pending), &those(Stored::is_refused), &History::of(&changes));
    if proofs.is_empty() {
        let proofs = token_shown(db, report, kept)?.map(|proof| ItemProofs { proofs: vec![proof], evidence: Vec::new() });
        return Ok(Shown { proofs, whole: false });
    }
    let evidence: Vec<Change> = changes.into_iter().filter(|change| under.contains(&change.hash())).collect();
    let evidence = match evidence.is_empty() {
        true => Vec::new(),
        false => {
            let item = Item { report, changes: canonical_order(evidence) };
            item.encode().map_err(|error| Error::Edit(error.to_string()))?
        }
    };
    Ok(Shown { proofs: Some(ItemProofs { proofs, evidence }), whole: true })
}

/// TOKEN_SHOWN: with what was written on a report of which the centre has lost something goes a token, also where it covers nothing of it: it tells
/// that the officer had the report by right, where the centre has forgotten in which feeds that ever stood. With all others it would be bytes for
/// nothing.
fn token_shown(db: &Connection, report: ReportId, kept: Vec<Proof>) -> Result<Option<Proof>, Error> {
    let lost = db.prepare_cached("SELECT 1 FROM change WHERE report = ?1 AND voided = 1")?.exists([report.to_bytes()])?;
    Ok(kept.into_iter().next().filter(|_| lost))
}

/// A token for the heads of the item itself names none.
pub(crate) fn brief(mut shown: ItemProofs, item: &Item) -> ItemProofs {
    let own = token_exact(&item.changes);
    shown.proofs.iter_mut().filter(|proof| proof.heads == own).for_each(|proof| proof.heads.clear());
    shown
}
