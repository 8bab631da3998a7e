//! # A route of a gateway leads to a workload that refuses it
//!
//! A gateway sends requests on under its own identity, and the policies of the workload behind a route admit none of them: not from the
//! gateway, not on this path, not with this method. Each policy looks right on its own; together they are an outage. What is compared are
//! the path, method and port of the route with what the workload admits from the gateway's service account, or in plain text where it
//! takes that. Where the gateway's Pods are not part of the input, nothing is said.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: edge, labels: {app: edge}}
//! spec: {serviceAccountName: edge, containers: [{name: istio-proxy}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: api, namespace: shop, labels: {app: api}}
//! spec: {containers: [{name: a}, {name: istio-proxy}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: api, namespace: shop}
//! spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: edge}
//! spec: {selector: {app: edge}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: api, namespace: shop}
//! spec:
//!   hosts: [api.example.com]
//!   gateways: [edge/edge]
//!   http:
//!   - match: [{uri: {prefix: /v1}}]
//!     route: [{destination: {host: api}}]
//!   - match: [{uri: {prefix: /v2}}]
//! #           ^^^^^^^^^^^^^^^^^^^^ MP7404 refuses everything
//!     route: [{destination: {host: api}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {principals: ["cluster.local/ns/edge/sa/edge"]}}]
//!     to: [{operation: {paths: ["/v1/*"]}}]
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: edge, labels: {app: edge}}
//! spec: {serviceAccountName: edge, containers: [{name: istio-proxy}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: api, namespace: shop, labels: {app: api}}
//! spec: {containers: [{name: a}, {name: istio-proxy}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: api, namespace: shop}
//! spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: edge}
//! spec: {selector: {app: edge}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: api, namespace: shop}
//! spec:
//!   hosts: [api.example.com]
//!   gateways: [edge/edge]
//!   http:
//!   - match: [{uri: {prefix: /old}}]
//!     rewrite: {uri: /v1}
//!     route: [{destination: {host: api}}]
//!   - route: [{destination: {host: api}}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: api, namespace: shop}
//! spec:
//!   rules:
//!   - from: [{source: {principals: ["cluster.local/ns/edge/sa/edge"]}}]
//!     to: [{operation: {paths: ["/v1/*"]}}]
//! ```

use mp_ir::mesh::{
    HttpMatch, HttpRoute, Labels, Mesh, RouteDestination, StringMatch, TargetPort, VirtualService,
};
use mp_ir::plan::{EnforcementPoint, PointKind, PortChain};

use crate::caller::{Callers, Who};
use crate::condition::Condition;
use crate::invariant::Severity;
use crate::place::labels;
use crate::property::{Ask, Finding, Group, Property};
use crate::question::{AskError, Truth};
use crate::requests::{Requests, exists, never};
use crate::scene::Scene;

pub(crate) static PROPERTY: Property = Property {
    code: "MP7404",
    name: "gateway-route-refused",
    group: Group::Planes,
    severity: Severity::Warning,
    source: include_str!("gateway_route_refused.rs"),
    ask: Ask::Point(ask),
};

fn ask(scene: &mut Scene<'_>) -> Result<Vec<Finding>, AskError> {
    let point = scene.point;
    if point.kind == PointKind::Gateway || (point.http.rbac.is_empty() && point.http.custom.is_empty()) {
        return Ok(Vec::new());
    }
    let mut out = Vec::new();
    for service in &scene.mesh.virtual_services {
        let gateways = gateways(scene.mesh, service);
        if gateways.is_empty() {
            continue;
        }
        for route in &service.http {
            let ports: Vec<u32> = route
                .route
                .iter()
                .filter_map(|destination| port_here(scene.mesh, point, destination))
                .collect();
            if ports.is_empty() {
                continue;
            }
            let requests = requests(route, &ports, &gateways);
            let found = never(scene, &requests)?;
            // A route that no request takes is no outage.
            if found.answer == Truth::Holds && exists(scene, &requests, true)?.answer != Truth::Holds {
                continue;
            }
            let origin = route.matches.first().and_then(|m| m.origin).or(route.origin);
            let message = format!(
                "the workload behind this route refuses everything that gateway `{}` sends",
                names(service)
            );
            let help = "admit the gateway's service account on these paths, or take the route out";
            out.push(Finding::absent(found, message).at(origin).help(help));
        }
    }
    Ok(out)
}

fn names(service: &VirtualService) -> String {
    let named = service.gateways.iter().map(|gateway| gateway.value.as_str()).filter(|name| *name != "mesh");
    named.collect::<Vec<_>>().join("`, `")
}

/// Service accounts of the Pods that run the gateways of a VirtualService.
fn gateways(mesh: &Mesh, service: &VirtualService) -> Callers {
    let bound = |namespace: &str, name: &str| {
        service.gateways.iter().any(|g| g.value.split_once('/') == Some((namespace, name)))
    };
    let mut out = Callers::new();
    for gateway in mesh.gateways.iter().filter(|g| bound(g.meta.namespace(), g.meta.name())) {
        let selected = |labels: &Labels| {
            !gateway.selector.is_empty()
                && gateway.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
        };
        for pod in mesh.workloads.iter().chain(&mesh.templates).filter(|w| selected(w.labels())) {
            let account = if pod.service_account.is_empty() { "default" } else { &pod.service_account };
            let who = vec![Who::Account(pod.meta.namespace().to_owned(), account.to_owned())];
            if !out.contains(&who) {
                out.push(who);
            }
        }
    }
    out
}

/// The port of this workload that a destination leads to, if it leads here and the port speaks HTTP.
fn port_here(mesh: &Mesh, point: &EnforcementPoint, to: &RouteDestination) -> Option<u32> {
    let host = &to.destination.host.value;
    let own = labels(mesh, &point.namespace, &point.name)?;
    let has = |wanted: &Labels| wanted.iter().all(|(key, value)| own.get(key) == Some(value));
    let service = mesh.services.iter().find(|service| service.hostname.value == *host)?;
    if service.meta.namespace() != point.namespace || service.selector.is_empty() || !has(&service.selector) {
        return None;
    }
    let subset = to.destination.subset.value.as_str();
    let subsets =
        mesh.destination_rules.iter().filter(|rule| rule.host.value == *host).flat_map(|rule| &rule.subsets);
    if !subset.is_empty() && !subsets.into_iter().any(|s| s.name.value == subset && has(&s.labels)) {
        return None;
    }
    let wanted = to.destination.port.map(|port| port.value);
    let port = match wanted {
        Some(number) => service.ports.iter().find(|port| port.number == number)?,
        None => service.ports.first().filter(|_| service.ports.len() == 1)?,
    };
    let TargetPort::Number(number) = port.target else { return None };
    point
        .ports
        .iter()
        .find(|p| p.number == number && !matches!(p.chain, PortChain::Tcp | PortChain::Passed))
        .map(|p| p.number)
}

/// What the gateway sends on this route.
fn requests(route: &HttpRoute, ports: &[u32], gateways: &Callers) -> Requests {
    let strangers =
        Condition { from: vec![vec![Who::Peer]], without: gateways.clone(), ..Condition::default() };
    let mut of =
        Condition { ports: ports.to_vec(), proto: Some(mp_eval::Proto::Http), ..Condition::default() };
    let rewritten = route.rewrite.as_ref().is_some_and(|r| !r.uri.is_empty() || r.uri_regex.is_some());
    let paths: Option<Vec<String>> = route.matches.iter().map(path).collect();
    of.paths = paths.filter(|_| !rewritten).unwrap_or_default();
    let method = |m: &HttpMatch| match m.method.as_ref().map(|method| &method.value) {
        Some(StringMatch::Exact(name)) => Some(name.clone()),
        _ => None,
    };
    let methods: Option<Vec<String>> = route.matches.iter().map(method).collect();
    of.methods = methods.unwrap_or_default();
    Requests { all: vec![of], none: vec![strangers], providers: Vec::new() }
}

/// The paths of a match, where they are a path or a prefix.
fn path(of: &HttpMatch) -> Option<String> {
    match of.uri.as_ref().filter(|_| !of.ignore_uri_case).map(|uri| &uri.value)? {
        StringMatch::Exact(whole) => Some(whole.clone()),
        StringMatch::Prefix(start) => Some(format!("{start}**")),
        StringMatch::Regex(_) | StringMatch::Present => None,
    }
}
