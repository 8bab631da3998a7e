//! In which order the changes between two meshes may be applied, so that no state in between sends requests to nowhere or admits what both
//! sides refuse.
//!
//! istiod makes each object known by itself, in no promised order, so what depends on another change has to wait for it.

mod policies;
mod things;

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::base::ObjectRef;
use mp_ir::mesh::Mesh;

use things::{Thing, Things};

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is new.
    Add,
    /// It is there on both sides.
    Change,
    /// It goes.
    Remove,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The object.
    pub object: ObjectRef,
    /// What becomes of it.
    pub action: Action,
}

/// One change waits for another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Place of the change that comes first.
    pub first: usize,
    /// Place of the change that waits.
    pub then: usize,
    /// Why, in lower case.
    pub reason: String,
}

/// An order of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// All reasons to wait.
    pub edges: Vec<Edge>,
    /// Places of changes, wave by wave; those of one wave may go together.
    pub waves: Vec<Vec<usize>>,
    /// Reasons that form a circle: no order keeps all of them, and the changes stand in one wave.
    pub cycles: Vec<Vec<Edge>>,
}

/// Orders the changes from one mesh to another.
#[must_use]
pub fn order(old: &Mesh, new: &Mesh, steps: &[Step]) -> Rollout {
    let before: Vec<Things> = steps.iter().map(|step| things::of(old, &step.object)).collect();
    let after: Vec<Things> = steps.iter().map(|step| things::of(new, &step.object)).collect();
    let mut edges: BTreeSet<Edge> = BTreeSet::new();
    needs(&before, &after, &mut edges);
    namespaces(steps, &mut edges);
    policies::order(old, new, steps, &mut edges);
    let edges: Vec<Edge> = edges.into_iter().filter(|edge| edge.first != edge.then).collect();
    let (waves, cycles) = waves(steps.len(), &edges);
    Rollout { edges, waves, cycles }
}

/// What is needed comes first; what is needed no more goes last; what moves is there before it goes.
fn needs(before: &[Things], after: &[Things], edges: &mut BTreeSet<Edge>) {
    let gained = index(after, before, |things| &things.provides);
    let dropped = index(before, after, |things| &things.provides);
    for (at, things) in after.iter().enumerate() {
        for thing in &things.uses {
            for first in gained.get(thing).into_iter().flatten() {
                edges.insert(Edge { first: *first, then: at, reason: thing.needed() });
            }
        }
    }
    for (at, (old, new)) in before.iter().zip(after).enumerate() {
        for thing in old.uses.difference(&new.uses) {
            for then in dropped.get(thing).into_iter().flatten() {
                edges.insert(Edge { first: at, then: *then, reason: thing.still_used() });
            }
        }
    }
    for (thing, firsts) in &gained {
        for (first, then) in
            firsts.iter().flat_map(|a| dropped.get(thing).into_iter().flatten().map(move |b| (*a, *b)))
        {
            edges.insert(Edge {
                first,
                then,
                reason: format!("{} moves, and must not be missing in between", thing.name()),
            });
        }
    }
}

/// Which changes have a thing on one side that they do not have on the other.
fn index(
    side: &[Things],
    other: &[Things],
    part: impl Fn(&Things) -> &BTreeSet<Thing>,
) -> BTreeMap<Thing, Vec<usize>> {
    let mut out: BTreeMap<Thing, Vec<usize>> = BTreeMap::new();
    for (at, (mine, theirs)) in side.iter().zip(other).enumerate() {
        for thing in part(mine).difference(part(theirs)) {
            out.entry(thing.clone()).or_default().push(at);
        }
    }
    out
}

/// A namespace is there before what lies in it, and goes after it.
fn namespaces(steps: &[Step], edges: &mut BTreeSet<Edge>) {
    let mut inside: BTreeMap<&str, Vec<(usize, &Step)>> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        inside.entry(&step.object.namespace).or_default().push((at, step));
    }
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.object.kind == "Namespace") {
        let inside = inside.get(step.object.name.as_str()).into_iter().flatten().copied();
        for (other, inner) in inside {
            let edge = match (step.action, inner.action) {
                (Action::Add, Action::Add) => {
                    Edge { first: at, then: other, reason: "its namespace must exist".to_owned() }
                }
                (Action::Remove, Action::Remove) => Edge {
                    first: other,
                    then: at,
                    reason: "its namespace goes with everything in it".to_owned(),
                },
                _ => continue,
            };
            edges.insert(edge);
        }
    }
}

/// Layers of changes by their longest way from the start. Where a circle leaves nothing to begin with, its members go together.
fn waves(count: usize, edges: &[Edge]) -> (Vec<Vec<usize>>, Vec<Vec<Edge>>) {
    let mut left: BTreeSet<usize> = (0..count).collect();
    let (mut waves, mut cycles) = (Vec::new(), Vec::new());
    let mut firsts = vec![Vec::new(); count];
    for edge in edges {
        firsts.get_mut(edge.then).into_iter().for_each(|firsts| firsts.push(edge.first));
    }
    while !left.is_empty() {
        let waits =
            |at: &usize| firsts.get(*at).into_iter().flatten().any(|first: &usize| left.contains(first));
        let mut ready: Vec<usize> = left.iter().copied().filter(|at| !waits(at)).collect();
        if ready.is_empty() {
            let cycle = cycle(&left, edges);
            ready = cycle.iter().map(|edge| edge.then).collect();
            ready.sort_unstable();
            cycles.push(cycle);
        }
        left.retain(|at| !ready.contains(at));
        waves.push(ready);
    }
    (waves, cycles)
}

/// A circle among changes that all wait: goes from change to what it waits for until one comes again.
fn cycle(left: &BTreeSet<usize>, edges: &[Edge]) -> Vec<Edge> {
    let mut way: Vec<&Edge> = Vec::new();
    let mut at = left.iter().next().copied().unwrap_or_default();
    loop {
        if let Some(start) = way.iter().position(|edge| edge.then == at) {
            let mut out: Vec<Edge> = way.iter().skip(start).map(|edge| (*edge).clone()).collect();
            out.reverse();
            return out;
        }
        let Some(edge) = edges.iter().find(|edge| edge.then == at && left.contains(&edge.first)) else {
            return way.into_iter().cloned().collect();
        };
        way.push(edge);
        at = edge.first;
    }
}

#[cfg(test)]
mod tests;
