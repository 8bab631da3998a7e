//! What istiod writes into the status of the objects (`gateway/conditions.go`, `createRouteStatus`; `reportGatewayStatus`), gathered while they
//! are converted.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{ConditionKind, GatewayStatus, StatusExtra, StatusPart, StatusReference};
use mp_model::Object;
use mp_model::views::gateway as api;

use super::super::text;
use super::attach::{Attachments, Verdict};
use super::conditions::{Conditions, written};
use super::fault::Fault;
use super::{Cx, GROUP, listener, mesh};

/// Statuses, and which routes are attached where.
#[derive(Debug, Default)]
pub(super) struct Report {
    statuses: Vec<GatewayStatus>,
    /// Namespace, name and listener of what a route is attached to, with kind, namespace and name of the route. istiod counts
    /// without the kind of what is attached to.
    attached: BTreeSet<([String; 3], [String; 3])>,
}

impl Report {
    /// Adds the status of an object or of a part of it.
    pub(super) fn add(
        &mut self,
        object: &Object,
        part: StatusPart,
        conditions: Conditions,
        extra: StatusExtra,
    ) {
        let (object, conditions) = (object.reference(), conditions.finish());
        self.statuses.push(GatewayStatus { object, part, conditions, extra });
    }

    /// Adds what the parents of a route say of it, with the faults of its routes for the mesh and for gateways.
    pub(super) fn route(
        &mut self,
        cx: &Cx<'_>,
        object: &Object,
        found: &Attachments<'_>,
        (mesh, gateway): (Option<&Fault>, Option<&Fault>),
    ) {
        let mut rest = found.verdicts.as_slice();
        while let Some(first) = rest.first() {
            let place = first.reference.0.span();
            let count = rest.iter().take_while(|verdict| verdict.reference.0.span() == place).count();
            let (own, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            let fault = if first.is_mesh() { mesh } else { gateway };
            let conditions = of_parent(cx, own, fault);
            self.add(object, StatusPart::Parent(reference(cx, first)), conditions, StatusExtra::Nothing);
            rest = others;
        }
        let from = [object.kind.name().to_owned(), object.namespace.clone(), object.name.clone()];
        for verdict in found.verdicts.iter().filter(|verdict| verdict.denied.is_none() && !verdict.is_mesh())
        {
            let (_, namespace, name) = verdict.key.clone();
            self.attached.insert(([namespace, name, verdict.section.clone()], from.clone()));
        }
    }

    /// The statuses, with the routes of each listener counted.
    pub(super) fn finish(self) -> Vec<GatewayStatus> {
        let mut counts: BTreeMap<&[String; 3], usize> = BTreeMap::new();
        for (to, _) in &self.attached {
            *counts.entry(to).or_default() += 1;
        }
        let mut statuses = self.statuses;
        for status in &mut statuses {
            if let (StatusPart::Listener(name), StatusExtra::Listener { attached, .. }) =
                (&status.part, &mut status.extra)
            {
                let of = [status.object.namespace.clone(), status.object.name.clone(), name.clone()];
                *attached = counts.get(&of).copied().unwrap_or_default();
            }
        }
        statuses
    }
}

/// The conditions of one parent: of several listeners the one that takes the route counts, else the most severe denial.
fn of_parent(cx: &Cx<'_>, verdicts: &[Verdict<'_>], fault: Option<&Fault>) -> Conditions {
    let Some(first) = verdicts.first() else { return Conditions::default() };
    let place = first.reference.0.span();
    let taken = verdicts.iter().filter(|verdict| verdict.denied.is_none()).count();
    let message = if taken > 1 {
        format!("Route was valid, bound to {taken} parents")
    } else {
        "Route was valid".to_owned()
    };
    let mut out = Conditions::default().holds(ConditionKind::Accepted, "Accepted", &message, place).holds(
        ConditionKind::ResolvedRefs,
        "ResolvedRefs",
        "All references resolved",
        place,
    );
    if let Some(fault) = fault {
        out.fails(ConditionKind::ResolvedRefs, fault);
    }
    if let Some(denied) = denial(verdicts).filter(|_| taken == 0) {
        out.fails(ConditionKind::Accepted, &denied);
    }
    if cx.mesh.compat.flag("PILOT_ENABLE_AMBIENT", false) {
        let lacks = if first.is_mesh() { mesh::lacks_waypoint(cx, &first.key) } else { None };
        let message = lacks.unwrap_or("All waypoints resolved");
        out = out.holds(ConditionKind::ResolvedWaypoints, "ResolvedWaypoints", message, place);
    }
    out
}

/// The most severe denial, with the words of all that are as severe.
fn denial(verdicts: &[Verdict<'_>]) -> Option<Fault> {
    let rank = |fault: &Fault| match fault.reason {
        "NotAllowedByListeners" => 1,
        "NoMatchingListenerHostname" => 2,
        _ => 4,
    };
    let all = || verdicts.iter().filter_map(|verdict| verdict.denied.as_ref());
    let worst = all().map(rank).min()?;
    let mut same = all().filter(|fault| rank(fault) == worst).cloned();
    let first = same.next();
    same.fold(first, |first, other| Fault::joined(first, Some(other)))
}

/// A parent reference as the status repeats it.
fn reference(cx: &Cx<'_>, verdict: &Verdict<'_>) -> StatusReference {
    let view = verdict.reference;
    StatusReference {
        controller: listener::managed(&cx.mesh.compat),
        group: view.group().map_or(GROUP, |group| group.value).to_owned(),
        kind: view.kind().map_or("Gateway", |kind| kind.value).to_owned(),
        namespace: view.namespace().map(|namespace| namespace.value.to_owned()),
        name: text(view.name()),
        section: view.section_name().map(|name| name.value.to_owned()),
        port: view.port(),
    }
}

/// Of a listener that loses to another one.
pub(super) fn conflict(listener: &listener::Listener<'_>, reason: &'static str) -> Conditions {
    let message = "Listener has a conflict with another listener attached to the same Gateway";
    let place = listener.name.map_or(listener.span, |name| name.span);
    let fault = Fault::new(reason, message, place);
    let mut out = Conditions::default().holds(ConditionKind::Conflicted, reason, message, place);
    out.fails(ConditionKind::Accepted, &fault);
    out.fails(ConditionKind::Programmed, &fault);
    with_kinds(listener, out)
}

/// With what is said of kinds of routes that a listener cannot take.
pub(super) fn with_kinds(listener: &listener::Listener<'_>, mut conditions: Conditions) -> Conditions {
    if !listener.kinds_fit() {
        let place =
            listener.allowed.map_or(listener.span, |allowed: api::AllowedRoutes<'_>| allowed.0.span());
        let said = ("InvalidRouteKinds", "Invalid route kinds");
        conditions.put(written(ConditionKind::ResolvedRefs, false, said, place));
    }
    conditions
}
