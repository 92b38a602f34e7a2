//! The server's half: what of an item may join the document. Facts in, plan out.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{Key, ObjectId, OpType};
use automerge::{Automerge, Change, ChangeHash, ScalarValue};

use super::Verdict;
use crate::change::Item;
use crate::document::{self, View, view};
use crate::form::Form;
use crate::gate::{Writer, authority, structure};
use crate::history::{History, Node};
use crate::proof::Proven;
use crate::{Refusal, UnitCode, scratch};

/// What the server has of the document.
#[derive(Debug)]
pub struct Known {
    /// As it is now; empty before its first change.
    pub document: Automerge,
    /// Its changes.
    pub history: History,
    /// Changes that wait for a supervisor.
    pub held: BTreeSet<ChangeHash>,
    /// Changes that were refused.
    pub refused: BTreeMap<ChangeHash, Remembered>,
}

/// REFUSED_LASTS: what is remembered of a refused change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remembered {
    /// It would be refused again, for this reason: answered from memory.
    Lasting(Refusal),
    /// It is judged anew when it comes again; until then it bars what is made on it.
    Anew,
}

impl Default for Known {
    fn default() -> Self {
        let (history, held, refused) = Default::default();
        Self { document: document::empty(), history, held, refused }
    }
}

/// What the pushing device may do with the document. Authority is that at receipt.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// Whose device it is.
    pub writer: Writer,
    /// A grant in one of the feeds in which the document stands; for a new one (BIRTH_GRANT) in the area of its birth; never for a revoked device.
    pub granted: bool,
    /// The device had the document by right, or made it where a grant ended, or is revoked: held rather than refused.
    pub once_held: bool,
    /// The report's form; none when the server does not know it.
    pub form: Option<&'a Form>,
    /// A new document's unit exists.
    pub unit_exists: bool,
    /// What the tokens shown with the item prove; none where none is shown.
    pub proven: Option<&'a Proven>,
}

impl Standing<'_> {
    fn proves(&self, hash: &ChangeHash) -> bool {
        self.proven.is_some_and(|proven| proven.history.contains(hash))
    }

    /// TOKEN_NEED: as long as nobody can tell what a token covers, nothing is refused or held for want of authority.
    fn token_need(&self, verdict: Verdict) -> Verdict {
        if self.proven.is_some_and(|proven| proven.open) { Verdict::Need } else { verdict }
    }
}

/// What becomes of an item.
#[derive(Debug, Default)]
pub struct Judgement {
    /// How many leading changes are, or will be, at the server.
    pub shared: usize,
    /// The new ones, to be stored in this order.
    pub accepted: Vec<Change>,
    /// The document with them, and its saved bytes.
    pub document: Option<(Automerge, Vec<u8>)>,
    /// As it reads with them.
    pub view: Option<View>,
    /// To be stored apart until a supervisor decides.
    pub held: Vec<Change>,
    /// The first that is neither, with its verdict.
    pub rest: Option<(Change, Verdict)>,
}

/// The unit that a new document's first change names.
pub fn birth_unit(item: &Item) -> Option<UnitCode> {
    birth_text(item, "unit")?.parse().ok()
}

/// A text that the first change puts at the root.
pub(crate) fn birth_text(item: &Item, key: &str) -> Option<String> {
    let first = item.changes.iter().find(|change| change.deps().is_empty()).and_then(Node::new)?;
    let op = first.expanded.operations.iter().find(|op| op.obj == ObjectId::Root && op.key == Key::Map(key.into()))?;
    match &op.action {
        OpType::Put(ScalarValue::Str(text)) => Some(text.to_string()),
        _ => None,
    }
}

/// Judges an item change by change, up to the first that is neither stored nor acceptable; what was made on a held one is held with it.
pub fn judge(item: &Item, known: Known, standing: &Standing<'_>) -> Judgement {
    let Known { document, mut history, held, refused } = known;
    let mut judgement = Judgement::default();
    let mut current = document;
    let mut apart = held;
    for change in &item.changes {
        let hash = change.hash();
        let node = Node::new(change);
        if judgement.rest.is_none() && history.contains(&hash) && may_know(node.as_ref(), standing) {
            judgement.shared += 1;
            continue;
        }
        let verdict = match node {
            None => Err(Verdict::Refused(Refusal::NotAuthor)),
            Some(node) => verdict(item, &history, &node, (&apart, &refused), standing).map(|()| node),
        };
        match (verdict, &judgement.rest) {
            (Ok(node), None) => match accept(&current, change, &history, &node, standing) {
                Ok((next, saved)) => {
                    history.push(node);
                    judgement.shared += 1;
                    judgement.accepted.push(change.clone());
                    current = next.clone();
                    judgement.document = Some((next, saved));
                }
                Err(refusal) => judgement.rest = Some((change.clone(), Verdict::Refused(refusal))),
            },
            (Err(Verdict::Held), None) => {
                apart.insert(hash);
                judgement.held.push(change.clone());
                judgement.rest = Some((change.clone(), Verdict::Held));
            }
            (Err(Verdict::Held), Some((_, Verdict::Held))) => {
                apart.insert(hash);
                judgement.held.push(change.clone());
            }
            (Err(verdict), None) => judgement.rest = Some((change.clone(), verdict)),
            // After the first that is not at the server nothing counts as shared: the rest stays pending there.
            (Ok(_) | Err(_), Some(_)) => {}
        }
    }
    judgement.view = judgement.document.as_ref().and_then(|(document, _)| view(document, &history, standing.form));
    judgement
}

/// What is stored already is *shared* only for who may bring it or may read it: a receipt tells where a report stands.
fn may_know(node: Option<&Node>, standing: &Standing<'_>) -> bool {
    standing.granted || node.is_some_and(|node| node.actor.device() == standing.writer.device || standing.proves(&node.hash))
}

/// Ok: it may be stored.
fn verdict(
    item: &Item,
    history: &History,
    node: &Node,
    (held, refused): (&BTreeSet<ChangeHash>, &BTreeMap<ChangeHash, Remembered>),
    standing: &Standing<'_>,
) -> Result<(), Verdict> {
    let with_deps = |set: &BTreeSet<ChangeHash>| set.contains(&node.hash) || node.expanded.deps.iter().any(|dep| set.contains(dep));
    let complete = node.expanded.deps.iter().all(|dep| history.contains(dep));
    if standing.proves(&node.hash) {
        return token_admits(history, node, complete, standing);
    }
    token_needed(node, standing)?;
    match refused.get(&node.hash) {
        Some(Remembered::Lasting(Refusal::Discarded)) => return Err(standing.token_need(Verdict::Refused(Refusal::Discarded))),
        Some(Remembered::Lasting(refusal)) => return Err(Verdict::Refused(*refusal)),
        Some(Remembered::Anew) | None => {}
    }
    // What has been accepted since bars nothing any more.
    if node.expanded.deps.iter().any(|dep| refused.contains_key(dep) && !history.contains(dep)) {
        return Err(standing.token_need(Verdict::Refused(Refusal::OnRefused)));
    }
    if complete {
        structure(history, node).map_err(Verdict::Refused)?;
        let form = standing.form.ok_or(Verdict::Refused(Refusal::UnknownForm))?;
        authority(item.report, history, node, form, &standing.writer).map_err(Verdict::Refused)?;
        if history.is_empty() && !standing.unit_exists {
            return Err(Verdict::Refused(Refusal::UnknownUnit));
        }
    }
    match (complete, standing.granted) {
        (true, true) => Ok(()),
        _ if with_deps(held) => Err(standing.token_need(Verdict::Held)),
        (false, _) => Err(Verdict::Need),
        (true, false) if standing.once_held => Err(standing.token_need(Verdict::Held)),
        (true, false) => Err(standing.token_need(Verdict::Refused(Refusal::OutsideGrant))),
    }
}

/// TOKEN_NEEDED: another author's change comes back only as part of a history for which a token is shown. It is refused for this device alone.
fn token_needed(node: &Node, standing: &Standing<'_>) -> Result<(), Verdict> {
    let own = node.actor.device() == standing.writer.device;
    if own { Ok(()) } else { Err(standing.token_need(Verdict::Refused(Refusal::NotAuthor))) }
}

/// TOKEN_ADMITS: what a token covers was once accepted with all that it was made on, by the authority of that time: it is accepted again whoever
/// brings it, whatever his grants are, and also what is held or was refused of it (TOKEN_LIFTS). What it must have to be shown and is not here yet,
/// its form or its unit, is waited for.
fn token_admits(history: &History, node: &Node, complete: bool, standing: &Standing<'_>) -> Result<(), Verdict> {
    let placeable = !history.is_empty() || standing.unit_exists;
    if !complete || !placeable || standing.form.is_none() {
        return Err(Verdict::Need);
    }
    structure(history, node).map_err(Verdict::Refused)
}

/// Applies one change to a copy; a new document must also be a finished report of its form, unless it was one before.
fn accept(
    document: &Automerge,
    change: &Change,
    history: &History,
    node: &Node,
    standing: &Standing<'_>,
) -> Result<(Automerge, Vec<u8>), Refusal> {
    let (next, saved) = scratch::apply(document, std::slice::from_ref(change))?;
    if let (true, Some(form)) = (history.is_empty() && !standing.proves(&node.hash), standing.form) {
        let mut born = History::default();
        born.push(node.clone());
        let view = view(&next, &born, Some(form)).ok_or(Refusal::Birth)?;
        if !form.check(&view.data).is_empty() {
            return Err(Refusal::FormInvalid);
        }
    }
    Ok((next, saved))
}
