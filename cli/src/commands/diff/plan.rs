//! A safe order to apply the changes, and whether each step of it stays between the ends.

use mp_base::ObjectRef;
use mp_lower::rollout::{self, Rollout};

use super::between;
use super::objects::{Action, Changed, Objects};
use super::report::{Edge, Plan, Step};
use super::side::Side;
use crate::failure::Failure;

pub(super) fn plan(old: &Side, new: &Side, objects: &Objects) -> Result<Plan, Failure> {
    let steps: Vec<rollout::Step> = objects.changed.iter().map(step).collect();
    let order = rollout::order(&old.mesh, &new.mesh, &steps);
    let edge = |edge: &rollout::Edge| Edge {
        first: name(&steps, edge.first),
        then: name(&steps, edge.then),
        reason: edge.reason.clone(),
    };
    let row = |at: &usize| {
        let changed = objects.changed.get(*at)?;
        let place = changed.new.map(|span| new.workspace.sources().locate(span));
        let stood = || changed.old.map(|span| old.workspace.sources().locate(span));
        Some(Step {
            action: word(changed.action),
            object: name(&steps, *at),
            at: place.or_else(stood),
            after: waits(&order, *at).map(edge).collect(),
        })
    };
    Ok(Plan {
        waves: order.waves.iter().map(|wave| wave.iter().filter_map(row).collect()).collect(),
        cycles: order.cycles.iter().map(|cycle| cycle.iter().map(edge).collect()).collect(),
        access: between::follow(old, new, objects, &order)?,
    })
}

fn waits(order: &Rollout, at: usize) -> impl Iterator<Item = &rollout::Edge> {
    order.edges.iter().filter(move |edge| edge.then == at)
}

fn step(changed: &Changed) -> rollout::Step {
    let object = ObjectRef {
        kind: changed.kind.name().to_owned(),
        namespace: changed.namespace.clone(),
        name: changed.name.clone(),
    };
    let action = match changed.action {
        Action::Add => rollout::Action::Add,
        Action::Change => rollout::Action::Change,
        Action::Remove => rollout::Action::Remove,
    };
    rollout::Step { object, action }
}

fn name(steps: &[rollout::Step], at: usize) -> String {
    steps.get(at).map(|step| step.object.to_string()).unwrap_or_default()
}

pub(super) fn word(action: Action) -> &'static str {
    match action {
        Action::Add => "add",
        Action::Change => "change",
        Action::Remove => "remove",
    }
}
