//! Which point of the new mesh is which of the old one.

use std::collections::BTreeMap;

use mp_ir::plan::EnforcementPoint;

use super::canon;

/// A point with the name of what its workload belongs to, such as a Deployment, since names of Pods come and go.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The point.
    pub point: &'a EnforcementPoint,
    /// Name of the owner in the point's namespace; the point's own where it has none.
    pub owner: &'a str,
}

/// A point before and after.
#[derive(Clone, Debug)]
pub struct Pair<'a> {
    /// The point in the old mesh.
    pub old: &'a EnforcementPoint,
    /// The point in the new mesh.
    pub new: &'a EnforcementPoint,
    /// Namespaces and names of further workloads whose points changed in the same way.
    pub like: Vec<(String, String)>,
}

/// All points of two meshes.
#[derive(Clone, Debug, Default)]
pub struct Pairing<'a> {
    /// How many points decide as before, word for word.
    pub same: usize,
    /// Points whose words changed, each kind of change once.
    pub changed: Vec<Pair<'a>>,
    /// Points of the new mesh alone.
    pub added: Vec<&'a EnforcementPoint>,
    /// Points of the old mesh alone.
    pub removed: Vec<&'a EnforcementPoint>,
}

/// Points of each owner.
type Owned<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a EnforcementPoint>>;

/// Pairs points by name, and what is left of an owner in order.
#[must_use]
pub fn pair<'a>(old: &[Named<'a>], new: &[Named<'a>]) -> Pairing<'a> {
    let (mut before, after) = (owned(old), owned(new));
    let mut out = Pairing::default();
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (owner, points) in after {
        let mut mine = before.remove(&owner).unwrap_or_default();
        let known = mine.first().copied();
        let (named, others): (Vec<&EnforcementPoint>, Vec<&EnforcementPoint>) =
            points.into_iter().partition(|point| mine.iter().any(|old| old.name == point.name));
        for new in named.into_iter().chain(others) {
            let place = mine.iter().position(|old| old.name == new.name);
            let old = place.or((!mine.is_empty()).then_some(0)).map(|at| mine.remove(at));
            // One more replica is no new point.
            match old.or(known) {
                Some(old) => out.add(old, new, &mut seen),
                None => out.added.push(new),
            }
        }
    }
    out.removed.extend(before.into_values().filter_map(|points| points.first().copied()));
    out
}

fn owned<'a>(points: &[Named<'a>]) -> Owned<'a> {
    let mut out = Owned::new();
    for named in points {
        out.entry((named.point.namespace.as_str(), named.owner)).or_default().push(named.point);
    }
    out
}

impl<'a> Pairing<'a> {
    fn add(
        &mut self,
        old: &'a EnforcementPoint,
        new: &'a EnforcementPoint,
        seen: &mut BTreeMap<(String, String), usize>,
    ) {
        if canon::same_words(old, new) {
            self.same += 1;
            return;
        }
        let prints = (canon::fingerprint(old), canon::fingerprint(new));
        match seen.get(&prints).and_then(|at| self.changed.get_mut(*at)) {
            Some(first) => first.like.push((new.namespace.clone(), new.name.clone())),
            None => {
                seen.insert(prints, self.changed.len());
                self.changed.push(Pair { old, new, like: Vec::new() });
            }
        }
    }
}
