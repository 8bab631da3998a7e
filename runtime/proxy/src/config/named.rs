//! Clusters that routes name, for `validate_clusters`.
use super::value::{Get, Scope};
use crate::json::Value;

/// A cluster, and where it is named.
#[derive(Debug)]
pub(crate) struct Named {
    /// The path of the field.
    pub(crate) path: String,
    /// The name.
    pub(crate) cluster: String,
}

/// The clusters that a route configuration may not name unless they exist: Envoy looks at those that stand in a bootstrap unless
/// it is told not to (`RouteConfiguration.validate_clusters`, `RouteEntryImplBase::validateClusters`).
pub(super) fn checked(value: &Value, scope: &Scope<'_>) -> Vec<Named> {
    let mut all = Vec::new();
    if !value.opt_flag("validate_clusters").unwrap_or(true) {
        return all;
    }
    for (at, host) in value.items("virtual_hosts").iter().enumerate() {
        let scope = scope.item("virtual_hosts", at);
        for (at, route) in host.items("routes").iter().enumerate() {
            let scope = scope.item("routes", at);
            let Some(action) = route.get_field("route") else { continue };
            let own = !action.items("request_mirror_policies").is_empty();
            let mirrors = if own { action } else { host };
            name(&mut all, action, "cluster", &scope.field("route"));
            let weighted = scope.field("route");
            let weighted = weighted.field("weighted_clusters");
            for (at, cluster) in action.get_field("weighted_clusters").items("clusters").iter().enumerate() {
                name(&mut all, cluster, "name", &weighted.item("clusters", at));
            }
            for (at, mirror) in mirrors.items("request_mirror_policies").iter().enumerate() {
                let scope = scope.field("route");
                name(&mut all, mirror, "cluster", &scope.item("request_mirror_policies", at));
            }
        }
    }
    all
}

fn name(all: &mut Vec<Named>, value: &Value, field: &str, scope: &Scope<'_>) {
    if let Some(cluster) = value.opt_text(field) {
        all.push(Named { path: scope.field(field).path(), cluster: cluster.to_owned() });
    }
}
