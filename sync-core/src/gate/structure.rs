//! The shape of a change: it fits into the graph, and every operation that it names is there and is what it should be.

use std::collections::BTreeSet;

use automerge::ObjType;
use automerge::legacy::{ElementId, Key, Op, OpId, OpType};

use crate::history::{Ancestors, History, Node};
use crate::{Refusal, limits};

/// Holds a change against the history that it would join. All its dependencies are there.
///
/// # Errors
/// [`Refusal::Fork`], [`Refusal::Sequence`], [`Refusal::Reference`], [`Refusal::TooLarge`] or [`Refusal::TooManyHeads`].
pub fn structure(history: &History, next: &Node) -> Result<(), Refusal> {
    limits_of(history, next)?;
    let ancestors = history.ancestors(&next.expanded.deps);
    sequence(history, next, &ancestors)?;
    next.expanded.operations.iter().enumerate().try_for_each(|(at, op)| operation(history, next, &ancestors, at, op))
}

fn limits_of(history: &History, next: &Node) -> Result<(), Refusal> {
    let operations = next.expanded.operations.len();
    let fits = operations <= limits::CHANGE_OPERATIONS_MAX
        && next.expanded.deps.len() <= limits::CHANGE_DEPENDENCIES_MAX
        && history.len() < limits::DOCUMENT_CHANGES_MAX
        && next.last_operation() < limits::OPERATION_COUNTER_MAX;
    if operations == 0 {
        return Err(Refusal::Unsupported);
    }
    if !fits {
        return Err(Refusal::TooLarge);
    }
    if history.heads_of_device(next.actor.device(), next) > limits::DEVICE_HEADS_MAX {
        return Err(Refusal::TooManyHeads);
    }
    Ok(())
}

/// The next of its actor, made on its actor's last, beginning right after the highest operation that it could know.
fn sequence(history: &History, next: &Node, ancestors: &Ancestors) -> Result<(), Refusal> {
    let of_actor = history.of_actor(next.actor);
    if of_actor.clone().any(|node| node.expanded.seq == next.expanded.seq && node.hash != next.hash) {
        return Err(Refusal::Fork);
    }
    let last = of_actor.last();
    let expected = last.map_or(1, |node| node.expanded.seq + 1);
    let on_own = last.is_none_or(|node| history.among(ancestors, &node.hash));
    let highest = next.expanded.deps.iter().filter_map(|hash| history.node(hash)).map(Node::last_operation).max().unwrap_or(0);
    if next.expanded.seq == expected && on_own && next.expanded.start_op.get() == highest + 1 { Ok(()) } else { Err(Refusal::Sequence) }
}

/// Every operation id that a change names — object, element, predecessor — must exist among the ancestors of the change's dependencies or
/// earlier in the change, be a Make of the right type or an operation on the same object and key (element), and not a delete. Without this
/// rule a server accepts a change that makes other replicas differ with equal heads.
fn operation(history: &History, next: &Node, ancestors: &Ancestors, at: usize, op: &Op) -> Result<(), Refusal> {
    let known = |id: &OpId| history.operation(id, ancestors, next, at);
    let holder = history.object_type(&op.obj, ancestors, next, at).ok_or(Refusal::Reference)?;
    match (holder, &op.key) {
        (ObjType::Map, Key::Map(_)) if !op.insert => {}
        (ObjType::Text, Key::Seq(element)) => text_operation(op, element, known)?,
        (ObjType::Map | ObjType::Text | ObjType::List | ObjType::Table, _) => return Err(Refusal::Reference),
    }
    if let OpType::Delete = op.action
        && op.pred.is_empty()
    {
        return Err(Refusal::Reference);
    }
    let mut seen = BTreeSet::new();
    for id in op.pred.iter() {
        let pred = known(id).ok_or(Refusal::Reference)?;
        let place = match (&op.key, pred.insert) {
            // A letter's first operation is named by the element itself.
            (Key::Seq(ElementId::Id(element)), true) => element == id,
            (key, false) => pred.key == *key,
            (Key::Seq(ElementId::Head) | Key::Map(_), true) => false,
        };
        let fits = pred.obj == op.obj && place && !matches!(pred.action, OpType::Delete) && seen.insert((id.counter(), id.actor().clone()));
        if !fits {
            return Err(Refusal::Reference);
        }
    }
    Ok(())
}

/// A text holds letters: put by insertion, taken away, never objects.
fn text_operation<'a>(op: &Op, element: &ElementId, known: impl Fn(&OpId) -> Option<&'a Op>) -> Result<(), Refusal> {
    let is_letter = matches!(&op.action, OpType::Put(automerge::ScalarValue::Str(_)));
    let on = match element {
        ElementId::Head => true,
        ElementId::Id(id) => known(id).is_some_and(|target| target.insert && target.obj == op.obj),
    };
    let valid = match (&op.action, op.insert) {
        (OpType::Put(_), true) => is_letter && op.pred.is_empty(),
        (OpType::Put(_), false) => is_letter && *element != ElementId::Head && !op.pred.is_empty(),
        (OpType::Delete, false) => *element != ElementId::Head,
        (OpType::Delete | OpType::Make(_) | OpType::Increment(_) | OpType::MarkBegin(_) | OpType::MarkEnd(_), _) => false,
    };
    if on && valid { Ok(()) } else { Err(Refusal::Reference) }
}
