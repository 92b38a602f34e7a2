//! Where foreign changes meet Automerge: a copy, on a thread with a large stack, with panics caught.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, ChangeHash};

use crate::{Refusal, limits};

/// Code that was not ours failed; nothing of what it did is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it failed inside: {0}")]
pub struct Failure(String);

/// Runs `work` and turns a panic into a value. The caller drops whatever `work` touched.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        Failure(text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default())
    })
}

thread_local! {
    /// True on a thread that has a large stack already.
    static LARGE: Cell<bool> = const { Cell::new(false) };
}

/// [`caught`], with a stack of [`limits::SCRATCH_STACK_BYTES`]: an overflow is an abort, which nothing catches. On a thread of its own, unless this
/// one is large.
pub(crate) fn isolated<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    if LARGE.get() { caught(work) } else { thread(limits::SCRATCH_STACK_BYTES, work) }
}

fn thread<T: Send>(stack_bytes: usize, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("scratch".to_owned()).stack_size(stack_bytes);
        let thread = builder.spawn_scoped(scope, || caught(work)).map_err(|error| Failure(error.to_string()))?;
        thread.join().unwrap_or_else(|_| Err(Failure(String::new())))
    })
}

/// Runs `work` on one thread with a stack so large that nothing in it needs a thread of its own: for whoever handles many reports one after the
/// other, since a thread for each costs more than the handling.
///
/// # Errors
/// [`Failure`] when `work` panics, or no thread is to be had.
pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    if LARGE.get() {
        return caught(work);
    }
    // What `work` itself needs comes on top.
    thread(2 * limits::SCRATCH_STACK_BYTES, || {
        LARGE.set(true);
        work()
    })
}

/// Applies changes that passed the gate to a copy of `base`, proves that the result saves, loads and reads the same, and gives it with
/// its snapshot.
///
/// # Errors
/// [`Refusal::Dangerous`] for anything that fails or differs; `base` is as it was.
pub fn apply(base: &Automerge, changes: &[Change]) -> Result<(Automerge, Vec<u8>), Refusal> {
    isolated(|| {
        let mut copy = base.clone();
        copy.apply_changes(changes.iter().cloned()).map_err(|_| Refusal::Dangerous)?;
        if changes.iter().any(|change| copy.get_change_meta_by_hash(&change.hash()).is_none()) {
            return Err(Refusal::Dangerous);
        }
        let saved = copy.save();
        let loaded = Automerge::load(&saved).map_err(|_| Refusal::Dangerous)?;
        let same = loaded.get_heads() == copy.get_heads() && crate::document::raw_json(&loaded) == crate::document::raw_json(&copy);
        if same { Ok((copy, seal(saved))) } else { Err(Refusal::Dangerous) }
    })
    .unwrap_or(Err(Refusal::Dangerous))
}

/// A document from the changes that our own store kept, in any order that has dependencies first.
///
/// # Errors
/// [`Failure`] when Automerge cannot apply them all.
pub fn from_changes(changes: &[Change]) -> Result<Automerge, Failure> {
    isolated(|| {
        let mut document = crate::document::empty();
        document.apply_changes(changes.iter().cloned()).map_err(|error| Failure(error.to_string()))?;
        match changes.iter().find(|change| document.get_change_meta_by_hash(&change.hash()).is_none()) {
            None => Ok(document),
            Some(missing) => Err(Failure(format!("{} cannot be applied", missing.hash()))),
        }
    })?
}

/// A document's snapshot: a cache, with a checksum before it, verified when it is written.
///
/// # Errors
/// [`Failure`] for a document that does not load again; its changes are the truth then.
pub fn snapshot(document: &Automerge) -> Result<Vec<u8>, Failure> {
    isolated(|| document.save_and_verify().map(seal).map_err(|error| Failure(error.to_string())))?
}

fn seal(saved: Vec<u8>) -> Vec<u8> {
    [blake3::hash(&saved).as_bytes().as_slice(), &saved].concat()
}

/// A document from a snapshot that [`snapshot`] or [`apply`] made: none when it is damaged or has other heads; the caller rebuilds it from the
/// changes. Damaged bytes never reach Automerge, which can abort on them.
pub fn from_snapshot(bytes: &[u8], heads: &[ChangeHash]) -> Option<Automerge> {
    let (sum, saved) = bytes.split_at_checked(32)?;
    if blake3::hash(saved).as_bytes().as_slice() != sum {
        return None;
    }
    isolated(|| {
        let document = Automerge::load(saved).ok()?.with_actor(crate::document::NOBODY.to_automerge());
        (document.get_heads() == heads).then_some(document)
    })
    .ok()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::{isolated, on_large_stack};

    fn here() -> std::thread::ThreadId {
        std::thread::current().id()
    }

    #[test]
    fn only_on_a_small_stack_each_work_gets_a_thread_of_its_own() {
        assert_ne!(isolated(here).ok(), Some(here()));
        let (outside, inside) = on_large_stack(|| (here(), isolated(here).ok())).ok().unzip();
        assert!(outside.is_some() && inside.flatten() == outside);
    }

    #[test]
    fn a_panic_is_a_value_and_the_work_around_it_goes_on() {
        let done = on_large_stack(|| (isolated(|| assert_eq!(1, 2, "planted")).is_err(), isolated(|| 3).ok()));
        assert_eq!(done.ok(), Some((true, Some(3))));
    }
}
