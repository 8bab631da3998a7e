//! Which policies apply to a workload (`pilot/pkg/model/policyattachment.go`, `authorization.go`).

use mp_ir::mesh::{
    AuthorizationAction, AuthorizationPolicy, Labels, Mesh, Meta, Registry, RequestAuthentication, Service,
    TargetRef,
};

/// Label that makes a workload an instance of a Kubernetes Gateway.
pub(super) const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";

/// The workload that policies are chosen for.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its labels.
    pub labels: &'a Labels,
    /// It is a waypoint.
    pub waypoint: bool,
    /// It is not a sidecar.
    pub router: bool,
    /// The service behind a waypoint that policies may name.
    pub service: Option<&'a Service>,
}

/// Policies of one workload by action, each list in istiod's order.
#[derive(Clone, Debug, Default)]
pub(super) struct Selected<'a> {
    pub(super) custom: Vec<&'a AuthorizationPolicy>,
    pub(super) audit: Vec<&'a AuthorizationPolicy>,
    pub(super) deny: Vec<&'a AuthorizationPolicy>,
    pub(super) allow: Vec<&'a AuthorizationPolicy>,
}

/// The root namespace's policies, then those of the workload's namespace (`ListAuthorizationPolicies`).
pub(super) fn authorization_policies<'a>(mesh: &'a Mesh, subject: &Subject<'_>) -> Selected<'a> {
    let mut out = Selected::default();
    for namespace in lookup(subject, &mesh.settings.root_namespace, subject.namespace) {
        for policy in mesh.authorization_policies.iter().filter(|p| p.meta.namespace() == namespace) {
            if !attaches(mesh, subject, &policy.meta, &policy.selector, &policy.targets) {
                continue;
            }
            match policy.action {
                AuthorizationAction::Allow => out.allow.push(policy),
                AuthorizationAction::Deny => out.deny.push(policy),
                AuthorizationAction::Audit => out.audit.push(policy),
                AuthorizationAction::Custom(_) => out.custom.push(policy),
            }
        }
    }
    out
}

/// Those of the workload's namespace, then the root namespace's (`getConfigsForWorkload`).
pub(super) fn request_authentications<'a>(
    mesh: &'a Mesh,
    subject: &Subject<'_>,
) -> Vec<&'a RequestAuthentication> {
    let mut out = Vec::new();
    for namespace in lookup(subject, subject.namespace, &mesh.settings.root_namespace) {
        let here = mesh.request_authentications.iter().filter(|ra| ra.meta.namespace() == namespace);
        out.extend(here.filter(|ra| attaches(mesh, subject, &ra.meta, &ra.selector, &ra.targets)));
    }
    out
}

/// Both namespaces, and that of a service behind a waypoint.
fn lookup<'a>(subject: &Subject<'a>, first: &'a str, second: &'a str) -> impl Iterator<Item = &'a str> {
    let third =
        subject.service.map(|s| s.meta.namespace()).filter(|third| *third != first && *third != second);
    std::iter::once(first).chain((first != second).then_some(second)).chain(third)
}

/// Whether a policy names the service that its traffic is for; both are of one namespace (`matchesService`).
fn names_service(subject: &Subject<'_>, meta: &Meta, target: &TargetRef) -> bool {
    let Some(service) = subject.service.filter(|_| subject.waypoint) else { return false };
    let kind = match service.registry {
        Registry::Kubernetes => ("", "Service"),
        Registry::External => ("networking.istio.io", "ServiceEntry"),
    };
    let group = if target.group == "core" { "" } else { target.group.as_str() };
    let home = service.meta.namespace();
    (group, target.kind.as_str()) == kind
        && (target.namespace.is_empty() || target.namespace == home)
        && target.name == service.meta.name()
        && meta.namespace() == home
}

/// Whether all labels of a selector are on the workload.
pub(crate) fn selects(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// `WorkloadPolicyMatcher.ShouldAttachPolicy`.
pub(crate) fn attaches(
    mesh: &Mesh,
    subject: &Subject<'_>,
    meta: &Meta,
    selector: &Labels,
    targets: &[TargetRef],
) -> bool {
    let Some(gateway) = subject.labels.get(GATEWAY_NAME) else {
        return targets.is_empty() && selects(selector, subject.labels);
    };
    if targets.is_empty() {
        let by_selector = mesh.compat.flag("ENABLE_SELECTOR_BASED_K8S_GATEWAY_POLICY", true);
        return !subject.waypoint && by_selector && selects(selector, subject.labels);
    }
    let in_root = meta.namespace() == mesh.settings.root_namespace;
    targets.iter().any(|target| {
        if names_service(subject, meta, target) {
            return true;
        }
        let is = |group: &str, kind: &str| target.group == group && target.kind == kind;
        if in_root
            && subject.waypoint
            && is("gateway.networking.k8s.io", "GatewayClass")
            && target.name == "istio-waypoint"
        {
            return true;
        }
        let same = meta.namespace() == subject.namespace
            && (target.namespace.is_empty() || target.namespace == subject.namespace);
        same && is("gateway.networking.k8s.io", "Gateway") && target.name == *gateway
    })
}
