//! The graph of a document's changes, and every operation in it by name.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::{Change, ChangeHash, ExpandedChange, ObjType};

use crate::{Actor, DeviceId, limits};

/// One change, expanded, with its place in the graph.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its hash.
    pub hash: ChangeHash,
    /// Its actor; changes of foreign actors never enter a history.
    pub actor: Actor,
    /// What it says.
    pub expanded: ExpandedChange,
}

impl Node {
    /// None for an actor that is not ours.
    pub fn new(change: &Change) -> Option<Self> {
        let actor = Actor::from_automerge(change.actor_id())?;
        Some(Self { hash: change.hash(), actor, expanded: ExpandedChange::from(change) })
    }

    /// The highest operation counter that is known once this change is: its own last one, or what it was made on.
    pub fn last_operation(&self) -> u64 {
        self.expanded.start_op.get().saturating_add(self.expanded.operations.len() as u64).saturating_sub(1)
    }

    /// The operation of that counter, if it is this change's.
    fn operation(&self, counter: u64) -> Option<&Op> {
        let at = counter.checked_sub(self.expanded.start_op.get())?;
        self.expanded.operations.get(usize::try_from(at).ok()?)
    }
}

/// The changes of one document that a side holds, each after its dependencies.
#[derive(Debug, Clone, Default)]
pub struct History {
    nodes: Vec<Node>,
    by_hash: BTreeMap<ChangeHash, usize>,
    by_actor: BTreeMap<Actor, Vec<usize>>,
    /// Never walked, only asked: its order cannot show.
    written: HashSet<(ObjectId, Key)>,
}

/// A set of changes that is closed under dependency, by place in one history.
#[derive(Debug, Clone, Default)]
pub struct Ancestors(BTreeSet<usize>);

impl History {
    /// From the stored changes of one document, dependencies first.
    pub fn of(changes: &[Change]) -> Self {
        let mut history = Self::default();
        changes.iter().filter_map(Node::new).for_each(|node| history.push(node));
        history
    }

    /// Adds a change whose dependencies are here.
    pub fn push(&mut self, node: Node) {
        let at = self.nodes.len();
        self.by_hash.insert(node.hash, at);
        self.by_actor.entry(node.actor).or_default().push(at);
        let in_maps = node.expanded.operations.iter().filter(|op| op.key.is_map_key());
        self.written.extend(in_maps.map(|op| (op.obj.clone(), op.key.clone())));
        self.nodes.push(node);
    }

    /// True when the change is here.
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.by_hash.contains_key(hash)
    }

    /// How many changes are here.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True before the first change.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The changes, dependencies first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The change with that hash.
    pub fn node(&self, hash: &ChangeHash) -> Option<&Node> {
        self.by_hash.get(hash).and_then(|at| self.nodes.get(*at))
    }

    /// The first change of the document.
    pub fn birth(&self) -> Option<&Node> {
        self.nodes.first()
    }

    /// The changes of an actor, oldest first.
    pub fn of_actor(&self, actor: Actor) -> impl DoubleEndedIterator<Item = &Node> + Clone {
        self.by_actor.get(&actor).into_iter().flatten().filter_map(|at| self.nodes.get(*at))
    }

    /// All that the changes named by `heads` were made on, and they themselves. Unknown hashes count for nothing.
    pub fn ancestors<'a>(&self, heads: impl IntoIterator<Item = &'a ChangeHash>) -> Ancestors {
        let mut found = BTreeSet::new();
        let mut todo: Vec<usize> = heads.into_iter().filter_map(|hash| self.by_hash.get(hash).copied()).collect();
        while let Some(at) = todo.pop() {
            if found.insert(at)
                && let Some(node) = self.nodes.get(at)
            {
                todo.extend(node.expanded.deps.iter().filter_map(|hash| self.by_hash.get(hash)));
            }
        }
        Ancestors(found)
    }

    /// True when `hash` is among them.
    pub fn among(&self, ancestors: &Ancestors, hash: &ChangeHash) -> bool {
        self.by_hash.get(hash).is_some_and(|at| ancestors.0.contains(at))
    }

    /// The heads of a subset that is closed under dependency, in ascending order.
    pub fn heads(&self, keep: impl Fn(&Node) -> bool) -> Vec<ChangeHash> {
        let kept = self.nodes.iter().filter(|node| keep(node));
        let below: BTreeSet<&ChangeHash> = kept.clone().flat_map(|node| &node.expanded.deps).collect();
        let mut heads: Vec<_> = kept.map(|node| node.hash).filter(|hash| !below.contains(hash)).collect();
        heads.sort_unstable();
        heads
    }

    /// How many heads the device would leave, were `next` added.
    pub fn heads_of_device(&self, device: DeviceId, next: &Node) -> usize {
        let below: BTreeSet<&ChangeHash> = self.nodes.iter().chain([next]).flat_map(|node| &node.expanded.deps).collect();
        let own = self.nodes.iter().chain([next]).filter(|node| node.actor.device() == device);
        own.filter(|node| !below.contains(&node.hash)).count()
    }

    /// The operation of that name, if it is among `ancestors` or earlier in `next`.
    pub fn operation<'a>(&'a self, id: &OpId, ancestors: &Ancestors, next: &'a Node, before: usize) -> Option<&'a Op> {
        let actor = Actor::from_automerge(id.actor())?;
        if actor == next.actor && id.counter() >= next.expanded.start_op.get() {
            let at = usize::try_from(id.counter() - next.expanded.start_op.get()).ok()?;
            return next.expanded.operations.get(at).filter(|_| at < before);
        }
        let places = self.by_actor.get(&actor)?;
        let found = places.partition_point(|at| self.nodes.get(*at).is_some_and(|node| node.expanded.start_op.get() <= id.counter()));
        let at = *places.get(found.checked_sub(1)?)?;
        self.nodes.get(at).filter(|_| ancestors.0.contains(&at))?.operation(id.counter())
    }

    /// Where an object stands, as keys from the root down; none when it hangs on nothing, or deeper than `depth`.
    pub fn path(&self, object: &ObjectId, ancestors: &Ancestors, next: &Node, before: usize, depth: usize) -> Option<Vec<String>> {
        let ObjectId::Id(id) = object else { return Some(Vec::new()) };
        let op = self.operation(id, ancestors, next, before).filter(|_| depth > 0)?;
        let (OpType::Make(_), Key::Map(key)) = (&op.action, &op.key) else { return None };
        let mut path = self.path(&op.obj, ancestors, next, before, depth - 1)?;
        path.push(key.to_string());
        Some(path)
    }

    /// The kind of an object; the root is a map.
    pub fn object_type(&self, object: &ObjectId, ancestors: &Ancestors, next: &Node, before: usize) -> Option<ObjType> {
        let ObjectId::Id(id) = object else { return Some(ObjType::Map) };
        match self.operation(id, ancestors, next, before)?.action {
            OpType::Make(kind) => Some(kind),
            OpType::Delete | OpType::Increment(_) | OpType::Put(_) | OpType::MarkBegin(_) | OpType::MarkEnd(_) => None,
        }
    }

    /// The paths that one of these changes writes, in its order, each once; the form's fields without `data` before them.
    pub fn wrote(&self, node: &Node) -> Vec<String> {
        let ancestors = self.ancestors(&node.expanded.deps);
        let mut paths: Vec<String> = Vec::new();
        for (at, op) in node.expanded.operations.iter().enumerate() {
            let Some(mut path) = self.path(&op.obj, &ancestors, node, at, limits::OBJECT_DEPTH_MAX) else { continue };
            match (&op.key, &op.obj) {
                (Key::Map(_), ObjectId::Root) => continue,
                (Key::Map(key), ObjectId::Id(_)) => path.push(key.to_string()),
                (Key::Seq(_), _) => {}
            }
            let path = path.join(".");
            let path = path.strip_prefix("data.").unwrap_or(&path).to_owned();
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    /// True when any change here wrote on that key of that object.
    pub fn is_written(&self, object: &ObjectId, key: &Key) -> bool {
        self.written.contains(&(object.clone(), key.clone()))
    }
}

/// Puts changes into the canonical order: dependencies first, of several that are ready the lowest hash.
pub fn canonical_order(changes: Vec<Change>) -> Vec<Change> {
    let names: BTreeSet<ChangeHash> = changes.iter().map(Change::hash).collect();
    let mut waiting: BTreeMap<ChangeHash, Change> = changes.into_iter().map(|change| (change.hash(), change)).collect();
    let mut open: BTreeMap<ChangeHash, usize> = BTreeMap::new();
    let mut users: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
    for (hash, change) in &waiting {
        let inside = change.deps().iter().filter(|dep| names.contains(dep));
        open.insert(*hash, inside.clone().count());
        inside.for_each(|dep| users.entry(*dep).or_default().push(*hash));
    }
    let mut ready: BTreeSet<ChangeHash> = open.iter().filter(|(_, count)| **count == 0).map(|(hash, _)| *hash).collect();
    let mut ordered = Vec::new();
    while let Some(hash) = ready.pop_first() {
        ordered.extend(waiting.remove(&hash));
        for user in users.remove(&hash).unwrap_or_default() {
            if let Some(count) = open.get_mut(&user) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(user);
                }
            }
        }
    }
    ordered
}
