//! What ztunnel is told of the mesh (`pilot/pkg/serviceregistry/ambient`).

mod authorization;
mod peer;
mod services;
mod waypoints;
mod workloads;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use mp_ir::mesh::{AmbientWorkload, AuthorizationPolicy, Labels, Mesh};
use mp_ir::plan::{AmbientPlan, Authorization, AuthorizationScope};

use super::security::selects;
use services::Services;
pub(crate) use waypoints::declared_of_service as waypoint_of_service;

/// Everything that ztunnels are told: policies, workloads, services.
#[must_use]
pub fn plan(mesh: &Mesh, workloads: &[AmbientWorkload]) -> AmbientPlan {
    let policies = Policies::of(mesh);
    let services = Services::of(mesh);
    AmbientPlan {
        workloads: workloads::all(mesh, workloads, &policies, &services),
        services: services.plan(mesh),
        conditions: conditions(mesh),
        authorizations: policies.all,
    }
}

/// What istiod reports of policies that ztunnel gets otherwise than written.
fn conditions(mesh: &Mesh) -> BTreeMap<String, mp_ir::plan::AmbientCondition> {
    let told = mesh.authorization_policies.iter().filter_map(|policy| {
        let (made, condition) = authorization::convert(mesh, policy);
        Some((made?.key(), condition?))
    });
    told.collect()
}

/// All policies, and how workloads come to name them.
pub(crate) struct Policies<'m> {
    all: BTreeMap<String, Authorization>,
    /// Those with labels to select by.
    selecting: Vec<&'m AuthorizationPolicy>,
}

impl<'m> Policies<'m> {
    pub(crate) fn of(mesh: &'m Mesh) -> Self {
        let made = |policy| authorization::convert(mesh, policy).0;
        let mut all: BTreeMap<String, Authorization> =
            mesh.authorization_policies.iter().filter_map(made).map(|made| (made.key(), made)).collect();
        all.extend(peer::policies(mesh).into_iter().map(|made| (made.key(), made)));
        all.extend(waypoints::policies(mesh).into_iter().map(|made| (made.key(), made)));
        let selecting = mesh.authorization_policies.iter().filter(|policy| !policy.selector.is_empty());
        Self { all, selecting: selecting.collect() }
    }

    /// Those that ztunnel applies to connections to a workload, by key (`state.rs`, `assert_rbac`). Dry runs decide nothing.
    pub(crate) fn applying(&self, mesh: &Mesh, namespace: &str, labels: &Labels) -> Vec<Authorization> {
        let named = self.named(mesh, namespace, labels);
        let applies = |policy: &&Authorization| match policy.scope {
            AuthorizationScope::Global => true,
            AuthorizationScope::Namespace => policy.namespace == namespace,
            AuthorizationScope::Workload => named.contains(&policy.key()),
        };
        self.all.values().filter(|policy| !policy.dry_run).filter(applies).cloned().collect()
    }

    /// What a workload names: policies of its namespace and of the root namespace that select it, by name, then what
    /// PeerAuthentications come to (`buildWorkloadPolicies`).
    fn named(&self, mesh: &Mesh, namespace: &str, labels: &Labels) -> Vec<String> {
        let root = mesh.settings.root_namespace.as_str();
        let fits = |policy: &&&AuthorizationPolicy| {
            let home = policy.meta.namespace();
            (home == root || home == namespace) && selects(&policy.selector, labels)
        };
        let key =
            |policy: &&AuthorizationPolicy| format!("{}/{}", policy.meta.namespace(), policy.meta.name());
        let mut out: Vec<String> =
            self.selecting.iter().filter(fits).map(key).filter(|key| self.all.contains_key(key)).collect();
        out.sort();
        out.extend(peer::named(mesh, namespace, labels));
        out
    }
}
