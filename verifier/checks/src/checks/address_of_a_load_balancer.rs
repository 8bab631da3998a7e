//! # Addresses of callers behind a load balancer that hides them
//!
//! The Service of these workloads takes traffic from outside with `externalTrafficPolicy: Cluster` (the default): nodes pass connections on under their own address. The
//! address that `ipBlocks` sees is that of a node, not that of the client, so that the rule admits or refuses everybody alike.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: edge, namespace: istio-system}
//! spec: {type: LoadBalancer, selector: {istio: edge}, ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge-0, namespace: istio-system, labels: {istio: edge}}
//! spec: {containers: [{name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: office, namespace: istio-system}
//! spec:
//!   selector: {matchLabels: {istio: edge}}
//!   rules:
//!   - from: [{source: {ipBlocks: [203.0.113.0/24]}}]
//! #                               ^^^^^^^^^^^^^^ MP3007 externalTrafficPolicy
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: edge, namespace: istio-system}
//! spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector: {istio: edge}, ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge-0, namespace: istio-system, labels: {istio: edge}}
//! spec: {containers: [{name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: office, namespace: istio-system}
//! spec:
//!   selector: {matchLabels: {istio: edge}}
//!   rules:
//!   - from: [{source: {ipBlocks: [203.0.113.0/24]}}]
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: other, namespace: istio-system}
//! spec: {type: LoadBalancer, selector: {istio: other}, ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: other-0, namespace: istio-system, labels: {istio: other}}
//! spec: {containers: [{name: istio-proxy, image: proxy}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: remote, namespace: istio-system}
//! spec:
//!   selector: {matchLabels: {istio: other}}
//!   rules:
//!   - from: [{source: {remoteIpBlocks: [203.0.113.0/24]}}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{AuthorizationPolicy, Service};
use mp_model::Kind;
use mp_model::views::k8s::ServiceSpec;

use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3007",
    name: "address-of-a-load-balancer",
    level: Level::Warning,
    istio: None,
    kiali: None,
    source: include_str!("address_of_a_load_balancer.rs"),
    run,
};

fn run(cx: &Cx<'_>, out: &mut Findings) {
    for policy in cx.mesh.authorization_policies.iter().filter(|policy| policy.targets.is_empty()) {
        let sources = policy.rules.iter().flat_map(|rule| &rule.from);
        let block = sources.flat_map(|source| source.ip_blocks.iter().chain(&source.not_ip_blocks)).next();
        let Some(block) = block else { continue };
        let Some(service) = hiding(cx, policy) else { continue };
        out.report(
            block.origin,
            &policy.meta.object,
            "spec.rules",
            format!("`{}` is compared with the address of a node, not of the client", block.value),
        )
        .label(format!("{} has `externalTrafficPolicy: Cluster`", service.meta.object))
        .also(service.meta.origin, "this Service hides the addresses of clients")
        .help("set `externalTrafficPolicy: Local` at the Service, or use `remoteIpBlocks` with a proxy in front that says who called");
    }
}

/// A Service that takes traffic from outside to the policy's workloads, and gives it another source address.
fn hiding<'a>(cx: &Cx<'a>, policy: &AuthorizationPolicy) -> Option<&'a Service> {
    let mut services =
        cx.hosts.selected(&policy.meta, &policy.selector).flat_map(|w| cx.hosts.services_of(w));
    services.find(|service| {
        let object = cx.workspace.find(Kind::Service, service.meta.namespace(), service.meta.name());
        let spec = object.and_then(|object| cx.workspace.spec::<ServiceSpec<'_>>(object));
        spec.is_some_and(|spec| {
            spec.type_().is_some_and(|kind| kind.value == "LoadBalancer")
                && spec.external_traffic_policy().is_none_or(|policy| policy.value == "Cluster")
        })
    })
}
