//! # Policy for nobody
//!
//! No workload of the input has the labels that the selector of the policy asks for, or what its `targetRefs` name is not there, so that the policy
//! decides nothing: most often a misspelt label or name. A DENY policy like that refuses nobody. A class of gateways can be named in the root
//! namespace alone (`pilot/pkg/model/policyattachment.go`, ShouldAttachPolicy).
//!
//! Nothing is said where the input does not tell: it has no workload of the policy's namespace, a Service looks for such Pods too, or labels
//! are filled in later.
//!
//! ```yaml bad
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: no-admin, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: wbe}}
//! #                         ^^^^^^^^^^ MP7111 no workload of `shop` has
//!   action: DENY
//!   rules:
//!   - to: [{operation: {paths: ["/admin*"]}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: strict, namespace: istio-system}
//! spec:
//!   selector: {matchLabels: {app: nobody}}
//!   mtls: {mode: STRICT}
//! ```
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: istio-system, labels: {app: edge}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: RequestAuthentication
//! metadata: {name: tokens, namespace: istio-system}
//! spec:
//!   selector: {matchLabels: {app: egde}}
//! #                         ^^^^^^^^^^^ MP7111 no workload of the mesh has
//!   jwtRules: [{issuer: idp, jwks: x}]
//! ```
//! ```yaml bad
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web, namespace: shop}
//! spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a}]}}}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: way, namespace: shop}
//! spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec: {selector: {app: web}, ports: [{name: http, port: 8080}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: to-gateway, namespace: shop}
//! spec:
//!   targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: wya}]
//! #              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7111 has no Gateway `wya`
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: to-service, namespace: shop}
//! spec:
//!   targetRefs: [{kind: Service, group: "", name: wbe}]
//! #              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7111 has no Service `wbe`
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: to-class, namespace: shop}
//! spec:
//!   targetRefs: [{kind: GatewayClass, group: gateway.networking.k8s.io, name: istio-waypoint}]
//! #              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ MP7111 in the root namespace alone
//! ```
//! ```yaml good
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web, namespace: shop}
//! spec: {template: {metadata: {labels: {app: web, tier: front}}, spec: {containers: [{name: a}]}}}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: job, namespace: shop, labels: {app: job}}
//! ---
//! apiVersion: gateway.networking.k8s.io/v1
//! kind: Gateway
//! metadata: {name: way, namespace: shop}
//! spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: elsewhere, namespace: shop}
//! spec: {selector: {app: elsewhere}, ports: [{name: http, port: 8080}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: of-a-template, namespace: shop}
//! spec: {selector: {matchLabels: {app: web, tier: front}}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: of-root, namespace: istio-system}
//! spec: {selector: {matchLabels: {app: job}}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: of-a-service, namespace: shop}
//! spec: {selector: {matchLabels: {app: elsewhere}}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: of-a-waypoint, namespace: shop}
//! spec:
//!   targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: way}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: of-another-input, namespace: bank}
//! spec: {selector: {matchLabels: {app: vault}}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: filled-in-later, namespace: shop}
//! spec: {selector: {matchLabels: {app: "${APP}"}}}
//! ```
//! ```yaml good
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web, namespace: shop}
//! spec: {template: {metadata: {labels: {app: "${APP}"}}, spec: {containers: [{name: a}]}}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: perhaps, namespace: shop}
//! spec: {selector: {matchLabels: {app: web}}}
//! ```

use mp_ir::base::{Origin, nearest};
use mp_ir::mesh::{Labels, Mesh, Meta, Registry, Service, TargetRef, Workload};

use crate::invariant::Severity;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{Answer, Truth};

pub(crate) static PROPERTY: Property = Property {
    code: "MP7111",
    name: "unbound-policy",
    group: Group::Rules,
    severity: Severity::Warning,
    source: include_str!("unbound_policy.rs"),
    ask: Ask::Mesh(ask),
};

/// Label that makes a workload an instance of a Kubernetes Gateway.
const GATEWAY_NAME: &str = "gateway.networking.k8s.io/gateway-name";
/// Label that names the waypoint of a namespace or Service.
const USE_WAYPOINT: &str = "istio.io/use-waypoint";

/// What a policy is for.
struct Bound<'m> {
    meta: &'m Meta,
    selector: &'m Labels,
    origin: Origin,
    targets: &'m [TargetRef],
}

fn ask(mesh: &Mesh) -> Vec<Finding> {
    // Which labels there will be is not in the files.
    if mesh.unrendered {
        return Vec::new();
    }
    let none: &[TargetRef] = &[];
    let authorization = mesh.authorization_policies.iter().map(|policy| Bound {
        meta: &policy.meta,
        selector: &policy.selector,
        origin: policy.selector_origin,
        targets: &policy.targets,
    });
    let tokens = mesh.request_authentications.iter().map(|policy| Bound {
        meta: &policy.meta,
        selector: &policy.selector,
        origin: policy.selector_origin,
        targets: &policy.targets,
    });
    let peers = mesh.peer_authentications.iter().map(|policy| Bound {
        meta: &policy.meta,
        selector: &policy.selector,
        origin: policy.selector_origin,
        targets: none,
    });
    let half_read = |meta: &Meta| mesh.half_read.iter().any(|half| half.meta.object == meta.object);
    let whole = authorization.chain(tokens).chain(peers).filter(|policy| !half_read(policy.meta));
    whole
        .filter_map(|policy| match policy.targets {
            [] => by_selector(mesh, &policy),
            targets => by_targets(mesh, &policy, targets),
        })
        .collect()
}

fn finding(message: String, origin: Origin) -> Finding {
    let answer = Answer { answer: Truth::Violated, witness: None, because: Vec::new(), unknown: None };
    Finding::of(answer, message).at(origin)
}

fn by_selector(mesh: &Mesh, policy: &Bound<'_>) -> Option<Finding> {
    if policy.selector.is_empty() {
        return None;
    }
    let home = policy.meta.namespace();
    let root = home == mesh.settings.root_namespace;
    let reached = |meta: &Meta| root || meta.namespace() == home;
    let workloads: Vec<&Workload> = all(mesh).filter(|workload| reached(&workload.meta)).collect();
    let looked_for =
        |service: &Service| reached(&service.meta) && carries(&service.selector, policy.selector);
    if !workloads.iter().any(|workload| workload.meta.namespace() == home)
        || workloads.iter().any(|workload| workload.may_carry(policy.selector))
        || mesh.services.iter().any(looked_for)
        || root && !every_home_is_known(mesh)
    {
        return None;
    }
    let whose = if root { "the mesh".to_owned() } else { format!("`{home}`") };
    let asked = written(policy.selector.iter());
    let found = finding(
        format!("no workload of {whose} has {asked}: the policy is for nobody"),
        policy.origin.or(policy.meta.origin),
    );
    Some(found.help(near(&workloads, policy.selector)))
}

/// Pods and WorkloadEntries, and the Pods of templates.
fn all(mesh: &Mesh) -> impl Iterator<Item = &Workload> {
    mesh.workloads.iter().chain(&mesh.templates)
}

fn carries(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// Whether there are workloads in every namespace in which a Service looks for some.
fn every_home_is_known(mesh: &Mesh) -> bool {
    let asking = mesh.services.iter().filter(|service| !service.selector.is_empty());
    asking.map(|service| service.meta.namespace()).all(|home| all(mesh).any(|w| w.meta.namespace() == home))
}

fn written<'l>(labels: impl Iterator<Item = (&'l String, &'l String)>) -> String {
    let pairs: Vec<String> = labels.map(|(key, value)| format!("`{key}: {value}`")).collect();
    pairs.join(", ")
}

/// The labels of the workload that is nearest: most pairs are the same, then most values are alike.
fn near(workloads: &[&Workload], selector: &Labels) -> String {
    let rank = |workload: &Workload| {
        let pairs = || selector.iter().filter_map(|(key, value)| Some((workload.labels().get(key)?, value)));
        let same = pairs().filter(|(known, value)| known == value).count();
        let alike = pairs().filter(|(known, value)| nearest([known.as_str()], value).is_some()).count();
        (same, alike, pairs().count())
    };
    let name = |workload: &Workload| workload.meta.object.clone();
    let order = |a: &&Workload, b: &&Workload| rank(a).cmp(&rank(b)).then_with(|| name(b).cmp(&name(a)));
    let Some(best) = workloads.iter().copied().max_by(order) else { return "correct the labels".to_owned() };
    let name = format!("`{}/{}`", best.meta.namespace(), best.meta.name());
    let labels = best.labels();
    let shared = written(labels.iter().filter(|(key, _)| selector.contains_key(*key)));
    match (shared.is_empty(), labels.is_empty()) {
        (false, _) => format!("correct the labels; the nearest workload {name} has {shared}"),
        (true, false) => format!("correct the labels; {name} has {}", written(labels.iter().take(3))),
        (true, true) => format!("correct the labels; {name} has none"),
    }
}

/// A policy decides nothing when none of its targets is there.
fn by_targets(mesh: &Mesh, policy: &Bound<'_>, targets: &[TargetRef]) -> Option<Finding> {
    let faults: Option<Vec<Finding>> =
        targets.iter().map(|target| absent(mesh, policy.meta.namespace(), target)).collect();
    faults?.into_iter().next()
}

/// What is wrong with a target; `None` where it is there or the input does not tell.
fn absent(mesh: &Mesh, home: &str, target: &TargetRef) -> Option<Finding> {
    match (target.group.as_str(), target.kind.as_str()) {
        ("gateway.networking.k8s.io", "GatewayClass") => {
            let message = format!(
                "a GatewayClass can be named in the root namespace alone, not in `{home}`: the policy is for nobody"
            );
            let help =
                format!("move the policy to `{}`, or name a Gateway", mesh.settings.root_namespace.as_str());
            (home != mesh.settings.root_namespace).then(|| finding(message, target.origin).help(help))
        }
        ("gateway.networking.k8s.io", "Gateway") => {
            let known = gateways(mesh, home);
            let used = mesh.namespaces.get(home).and_then(|labels| labels.get(USE_WAYPOINT));
            // Gateways may all be kept elsewhere.
            let silent = known.is_empty() || used.is_some_and(|name| *name == target.name);
            if silent { None } else { missing(&known, home, target) }
        }
        ("" | "core", "Service") => {
            let here = mesh.services.iter().filter(|service| {
                service.registry == Registry::Kubernetes && service.meta.namespace() == home
            });
            let known: Vec<&str> = here.map(|service| service.meta.name()).collect();
            if known.is_empty() { None } else { missing(&known, home, target) }
        }
        _ => None,
    }
}

/// Names of the Kubernetes Gateways of a namespace, as far as the input tells of them.
fn gateways<'m>(mesh: &'m Mesh, home: &str) -> Vec<&'m str> {
    let waypoints = mesh.waypoints.iter().chain(&mesh.declared_waypoints).map(|waypoint| &waypoint.meta);
    // A Gateway of several listeners is several, and each is called after it.
    let named = mesh.gateways.iter().map(|gateway| &gateway.meta).chain(waypoints);
    let named = named
        .filter(|meta| meta.namespace() == home)
        .map(|meta| meta.name().split_once('~').map_or(meta.name(), |(name, _)| name));
    let pods = all(mesh).filter(|workload| workload.meta.namespace() == home);
    named.chain(pods.filter_map(|pod| pod.labels().get(GATEWAY_NAME)).map(String::as_str)).collect()
}

fn missing(known: &[&str], home: &str, target: &TargetRef) -> Option<Finding> {
    if known.contains(&target.name.as_str()) {
        return None;
    }
    let message = format!("`{home}` has no {} `{}`: the policy is for nobody", target.kind, target.name);
    let help = match nearest(known.iter().copied(), &target.name) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "correct the name; a policy and its target are of one namespace".to_owned(),
    };
    Some(finding(message, target.origin).help(help))
}
