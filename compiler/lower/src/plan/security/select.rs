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
    /// The service that the waypoint takes the request for.
    pub service: Option<&'a Service>,
    /// It is not a sidecar.
    pub router: bool,
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
    for namespace in lookup(&mesh.settings.root_namespace, subject.namespace, subject) {
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
    for namespace in lookup(subject.namespace, &mesh.settings.root_namespace, subject) {
        let here = mesh.request_authentications.iter().filter(|ra| ra.meta.namespace() == namespace);
        out.extend(here.filter(|ra| attaches(mesh, subject, &ra.meta, &ra.selector, &ra.targets)));
    }
    out
}

/// The two namespaces and that of the service behind a waypoint, each once.
fn lookup<'a>(first: &'a str, second: &'a str, subject: &Subject<'a>) -> impl Iterator<Item = &'a str> {
    let third = subject.service.map(|service| service.meta.namespace());
    let more = third.filter(move |third| *third != first && *third != second);
    std::iter::once(first).chain((first != second).then_some(second)).chain(more)
}

/// Whether a policy names the service behind a waypoint; both are of one namespace (`matchesService`).
fn names_service(service: &Service, meta: &Meta, target: &TargetRef) -> bool {
    let home = service.meta.namespace();
    let kind = match service.registry {
        Registry::Kubernetes => target.group.is_empty() && target.kind == "Service",
        _ => target.group == "networking.istio.io" && target.kind == "ServiceEntry",
    };
    let here = target.namespace.is_empty() || target.namespace == home;
    kind && here && target.name == service.meta.name() && meta.namespace() == home
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
        if subject.waypoint && subject.service.is_some_and(|service| names_service(service, meta, target)) {
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
