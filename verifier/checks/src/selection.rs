//! Which workloads a policy is for and what it asks of requests, and which namespaces see two objects.

use mp_ir::mesh::{AuthorizationRule, Labels, Mesh, Meta, Visibility, Workload};

use crate::hosts::carries;

/// Whether a policy's selector picks a workload.
pub(crate) fn picks(mesh: &Mesh, meta: &Meta, selector: &Labels, workload: &Workload) -> bool {
    (meta.namespace() == workload.meta.namespace() || meta.namespace() == mesh.settings.root_namespace)
        && carries(workload.labels(), selector)
}

/// Whether two selectors can pick one workload: no label is asked for with two values.
pub(crate) fn may_meet(a: &Labels, b: &Labels) -> bool {
    a.iter().all(|(key, value)| b.get(key).is_none_or(|other| other == value))
}

/// Whether some namespace sees both objects.
pub(crate) fn seen_together(mesh: &Mesh, a: (&Meta, &Visibility), b: (&Meta, &Visibility)) -> bool {
    if a.1.everyone && b.1.everyone {
        return true;
    }
    let sees = |(meta, visibility): (&Meta, &Visibility), namespace: &str| {
        visibility.sees(meta.namespace(), namespace)
    };
    let homes = [a.0.namespace(), b.0.namespace()].into_iter();
    let mut namespaces = mesh.namespaces.keys().map(String::as_str).chain(homes);
    namespaces.any(|namespace| sees(a, namespace) && sees(b, namespace))
}

/// Whether a rule asks for something that only HTTP has (`pilot/pkg/security/authz/model/model.go`, `MigrateTrustDomain` and `Generate`
/// with `forTCP`).
pub(crate) fn needs_http(rule: &AuthorizationRule) -> bool {
    let of_source = rule
        .from
        .iter()
        .any(|source| !source.request_principals.is_empty() || !source.not_request_principals.is_empty());
    let of_operation = rule.to.iter().any(|to| {
        let lists = [&to.hosts, &to.not_hosts, &to.methods, &to.not_methods, &to.paths, &to.not_paths];
        lists.iter().any(|list| !list.is_empty())
    });
    of_source || of_operation || rule.when.iter().any(|when| when.key.value.starts_with("request."))
}
