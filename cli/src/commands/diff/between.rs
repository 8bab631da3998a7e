//! Changed policies applied one by one: an order in which no step opens or loses access beyond the ends.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{Mesh, Meta};
use mp_ir::plan::EnforcementPoint;
use mp_lower::plan::security::enforcement_points;
use mp_lower::rollout::Rollout;
use mp_model::Kind;
use mp_prove::diff::{Midway, midway};

use super::objects::{Action, Changed, Objects};
use super::plan::word;
use super::report::{Gradual, GradualAnswer, Stray, Witness};
use super::side::{Side, name};
use crate::failure::Failure;
use crate::request_text::curl;

/// Meshes in between that are looked at before the search ends.
const STATES: usize = 400;

/// Steps by their places among the changed objects.
type Applied = BTreeSet<usize>;

/// What the search knows.
struct Search<'a> {
    old: &'a Mesh,
    new: &'a Mesh,
    changed: &'a [Changed],
    order: &'a Rollout,
    /// Steps that are policies, in the order of the plan.
    steps: Vec<usize>,
    /// Points before the first step and after the last one.
    ends: [Vec<EnforcementPoint>; 2],
    /// What was found out about meshes in between.
    known: BTreeMap<Applied, State>,
    /// Most steps that are safe one after another.
    best: Vec<usize>,
}

/// A mesh in between.
#[derive(Clone, Debug)]
enum State {
    Safe,
    Strays(Box<Witness>, bool),
    Unknown(String),
}

/// Looks for an order; none where fewer than two policies changed.
pub(super) fn follow(
    old: &Side,
    new: &Side,
    objects: &Objects,
    order: &Rollout,
) -> Result<Option<Gradual>, Failure> {
    let mut steps: Vec<usize> = order.waves.iter().flatten().copied().collect();
    steps.extend(
        (0..objects.changed.len()).filter(|at| !order.waves.iter().flatten().any(|known| known == at)),
    );
    steps.retain(|at| objects.changed.get(*at).is_some_and(|changed| is_step(changed.kind)));
    if steps.len() < 2 {
        return Ok(None);
    }
    let mut search = Search {
        old: &old.mesh,
        new: &new.mesh,
        changed: &objects.changed,
        order,
        ends: [old.points().to_vec(), Vec::new()],
        known: BTreeMap::new(),
        best: Vec::new(),
        steps,
    };
    let last = search.points(&search.steps.iter().copied().collect());
    search.ends = [old.points().to_vec(), last];
    let mut way = Vec::new();
    let found = search.from(&mut way)?;
    Ok(Some(search.told(found.then_some(way))))
}

/// Whether changes of a kind are steps here: what these say is decided at the workload alone.
fn is_step(kind: Kind) -> bool {
    matches!(kind, Kind::AuthorizationPolicy | Kind::RequestAuthentication | Kind::PeerAuthentication)
}

impl Search<'_> {
    /// Goes on from the steps taken so far; whether all could be taken.
    fn from(&mut self, way: &mut Vec<usize>) -> Result<bool, Failure> {
        if way.len() > self.best.len() {
            self.best.clone_from(way);
        }
        if way.len() == self.steps.len() {
            return Ok(true);
        }
        for step in self.open(way) {
            let applied: Applied = way.iter().copied().chain([step]).collect();
            let seen = self.known.contains_key(&applied);
            if seen || self.known.len() >= STATES || !matches!(self.look(applied)?, State::Safe) {
                continue;
            }
            way.push(step);
            if self.from(way)? {
                return Ok(true);
            }
            way.pop();
        }
        Ok(false)
    }

    /// Steps that wait for nothing any more.
    fn open(&self, way: &[usize]) -> Vec<usize> {
        let waits = |step: usize| {
            let mut edges = self.order.edges.iter().filter(|edge| edge.then == step);
            edges.any(|edge| self.steps.contains(&edge.first) && !way.contains(&edge.first))
        };
        self.steps.iter().copied().filter(|step| !way.contains(step) && !waits(*step)).collect()
    }

    fn look(&mut self, applied: Applied) -> Result<State, Failure> {
        let state = self.judge(&applied)?;
        self.known.insert(applied, state.clone());
        Ok(state)
    }

    fn judge(&self, applied: &Applied) -> Result<State, Failure> {
        let [before, after] = &self.ends;
        let points = self.points(applied);
        let mut unknown = None;
        for ((old, now), new) in before.iter().zip(&points).zip(after) {
            match midway(old, now, new).map_err(|error| Failure::Internal(error.to_string()))? {
                Midway::Within => {}
                Midway::Unknown(why) => unknown = unknown.or(Some(why)),
                Midway::Strays(stray) => {
                    let witness =
                        Witness { workload: name(now), request: stray.request, consents: stray.consents };
                    return Ok(State::Strays(Box::new(witness), stray.opened));
                }
            }
        }
        Ok(unknown.map_or(State::Safe, State::Unknown))
    }

    /// The points of the old mesh with some of the changes: which workloads there are does not depend on policies.
    fn points(&self, applied: &Applied) -> Vec<EnforcementPoint> {
        let mut mesh = self.old.clone();
        let steps: Vec<&Changed> = applied.iter().filter_map(|at| self.changed.get(*at)).collect();
        let of = |kind: Kind| steps.iter().copied().filter(move |step| step.kind == kind);
        mix(
            &mut mesh.authorization_policies,
            &self.new.authorization_policies,
            of(Kind::AuthorizationPolicy),
            |one| &mut one.meta,
        );
        mix(
            &mut mesh.request_authentications,
            &self.new.request_authentications,
            of(Kind::RequestAuthentication),
            |one| &mut one.meta,
        );
        mix(
            &mut mesh.peer_authentications,
            &self.new.peer_authentications,
            of(Kind::PeerAuthentication),
            |one| &mut one.meta,
        );
        enforcement_points(&mesh)
    }

    fn told(&self, found: Option<Vec<usize>>) -> Gradual {
        let beside = (self.changed.len() > self.steps.len())
            .then(|| "the other changes are no policies, and are left out of this".to_owned());
        let order = found.as_ref().unwrap_or(&self.best).iter().map(|step| self.named(*step)).collect();
        if found.is_some() {
            return Gradual { answer: GradualAnswer::Safe, order, strays: Vec::new(), reason: beside };
        }
        let next: Vec<(usize, State)> = self.next();
        let open = self.known.values().find_map(|state| match state {
            State::Unknown(why) => Some(why.clone()),
            State::Safe | State::Strays(..) => None,
        });
        let many = || format!("more than {STATES} meshes in between would have to be looked at");
        let reason = open.or_else(|| (self.known.len() >= STATES).then(many));
        let answer = if reason.is_some() { GradualAnswer::Unknown } else { GradualAnswer::Unsafe };
        let strays = next.into_iter().filter_map(|(step, state)| match state {
            State::Strays(witness, opened) => Some(Stray {
                step: self.named(step),
                effect: if opened { "opened" } else { "lost" },
                curl: curl(&witness.request),
                witness: *witness,
            }),
            State::Safe | State::Unknown(_) => None,
        });
        Gradual { answer, order, strays: strays.collect(), reason: reason.or(beside) }
    }

    /// What each next step behind the longest safe beginning does.
    fn next(&self) -> Vec<(usize, State)> {
        let after = |step: usize| -> Applied { self.best.iter().copied().chain([step]).collect() };
        let open = self.open(&self.best).into_iter();
        open.filter_map(|step| Some((step, self.known.get(&after(step))?.clone()))).collect()
    }

    fn named(&self, step: usize) -> String {
        self.changed.get(step).map_or_else(String::new, |one| {
            format!("{} {} {}/{}", word(one.action), one.kind.name(), one.namespace, one.name)
        })
    }
}

/// Applies changes to the objects of one kind. What is added is younger than all that stands there.
fn mix<'c, T: Clone>(
    all: &mut Vec<T>,
    new: &[T],
    steps: impl Iterator<Item = &'c Changed>,
    meta: impl Fn(&mut T) -> &mut Meta,
) {
    for step in steps {
        let is = |meta: &Meta| meta.namespace() == step.namespace && meta.name() == step.name;
        let place = all.iter_mut().position(|one| is(meta(one)));
        let fresh = new.iter().cloned().find_map(|mut one| is(meta(&mut one)).then_some(one));
        match (step.action, place, fresh) {
            (Action::Remove, Some(place), _) => drop(all.remove(place)),
            (Action::Change, Some(place), Some(mut fresh)) => {
                if let Some(slot) = all.get_mut(place) {
                    meta(&mut fresh).order = meta(slot).order;
                    *slot = fresh;
                }
            }
            (Action::Add | Action::Change, _, Some(mut fresh)) => {
                let youngest = all.iter_mut().map(|one| meta(one).order).max();
                meta(&mut fresh).order = youngest.map_or(0, |order| order.saturating_add(1));
                all.push(fresh);
            }
            (Action::Remove | Action::Change | Action::Add, ..) => {}
        }
    }
}
