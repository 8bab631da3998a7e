//! # Services that disagree about a Deployment's ports
//!
//! Services that select one Deployment and say different protocols for a port, or lead to one port from different ones, leave the proxy
//! with one answer for two questions.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web, namespace: shop}
//! spec: {template: {metadata: {labels: {app: web}}}}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a, namespace: shop}
//! spec: {selector: {app: web}, ports: [{port: 53, protocol: UDP}, {port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: b, namespace: shop}
//! spec: {selector: {app: web}, ports: [{port: 53}, {port: 81, targetPort: 8080}]}
//! # IST0116 Deployment shop/web
//! # IST0137 Deployment shop/web
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Namespace
//! metadata: {name: shop, labels: {istio-injection: enabled}}
//! ---
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web, namespace: shop}
//! spec: {template: {metadata: {labels: {app: web}}}}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: a, namespace: shop}
//! spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: b, namespace: other}
//! spec: {selector: {app: web}, ports: [{port: 81, targetPort: 8080}]}
//! ```

use std::collections::BTreeMap;

use mp_model::{Node, SourceKind};

use super::analyzer::{Analyzer, Context};
use super::in_mesh::deployment_in_mesh;
use super::notice::{Out, list};
use super::notices::{DEPLOYMENT_ASSOCIATED_TO_MULTIPLE_SERVICES, DEPLOYMENT_CONFLICTING_PORTS};
use super::selectors::{Labels, matches};
use super::store::{Resource, at, items, text, texts};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "deployment.MultiServiceAnalyzer",
    inputs: &[SourceKind::Service, SourceKind::Deployment, SourceKind::Namespace],
    codes: &["IST0116", "IST0137"],
    source: include_str!("deployment_services.rs"),
    run,
};

/// Services with selectors, by namespace and the first pair of the selector.
type Selecting<'s, 'a> = BTreeMap<(&'a str, &'a str, &'a str), Vec<(&'s Resource<'a>, Labels<'a>)>>;

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut selecting: Selecting<'_, '_> = BTreeMap::new();
    for service in cx.store.all(SourceKind::Service) {
        let selector = texts(service.at(&["spec", "selector"]));
        if let Some((key, value)) = selector.first_key_value() {
            selecting.entry((service.namespace(), key, value)).or_default().push((service, selector));
        }
    }
    for deployment in cx.store.all(SourceKind::Deployment) {
        let is_waypoint = deployment.label("gateway.istio.io/managed") == Some("istio.io-mesh-controller");
        if is_waypoint || !deployment_in_mesh(cx, deployment) {
            continue;
        }
        let labels = texts(deployment.at(&["spec", "template", "metadata", "labels"]));
        let found =
            labels.iter().filter_map(|(key, value)| selecting.get(&(deployment.namespace(), *key, *value)));
        let services: Vec<&Resource<'_>> =
            found.flatten().filter(|(_, selector)| matches(selector, &labels)).map(|(s, _)| *s).collect();
        protocols(deployment, &services, out);
        targets(deployment, &services, out);
    }
}

fn port(port: Node<'_>) -> i64 {
    number(at(port, &["port"]))
}

/// A number; 0 where there is none.
pub(super) fn number(node: Option<Node<'_>>) -> i64 {
    node.and_then(mp_model::FromNode::from_node).unwrap_or_default()
}

/// A port's `targetPort` as text; `0` where it is not written.
pub(super) fn target_port(port: Node<'_>) -> String {
    let written = at(port, &["targetPort"]);
    match written.and_then(Node::as_str) {
        Some(name) => name.to_owned(),
        None => number(written).to_string(),
    }
}

fn protocols(deployment: &Resource<'_>, services: &[&Resource<'_>], out: &mut Out) {
    let mut ports: BTreeMap<i64, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for service in services {
        for node in items(service.root(), &["spec", "ports"]) {
            let protocol = Some(text(node, &["protocol"])).filter(|text| !text.is_empty()).unwrap_or("TCP");
            ports.entry(port(node)).or_default().entry(protocol).or_default().push(service.full_name());
        }
    }
    for (port, protocols) in ports.iter().filter(|(_, protocols)| protocols.len() > 1) {
        let mut names: Vec<&String> = protocols.values().flatten().collect();
        names.sort();
        let kind = &DEPLOYMENT_ASSOCIATED_TO_MULTIPLE_SERVICES;
        out.report_at(kind, deployment, &[&deployment.name(), port, &list(names)], deployment.name_line());
    }
}

fn targets(deployment: &Resource<'_>, services: &[&Resource<'_>], out: &mut Out) {
    let mut targets: BTreeMap<String, BTreeMap<i64, String>> = BTreeMap::new();
    for service in services {
        for node in items(service.root(), &["spec", "ports"]) {
            let target = Some(target_port(node)).filter(|target| target != "0" && !target.is_empty());
            let target = target.unwrap_or_else(|| port(node).to_string());
            targets.entry(target).or_default().insert(port(node), service.full_name());
        }
    }
    for (target, ports) in targets.iter().filter(|(_, ports)| ports.len() > 1) {
        let mut names: Vec<&String> = ports.values().collect();
        names.sort();
        let values: [&dyn std::fmt::Display; 4] =
            [&deployment.name(), &list(names), target, &list(ports.keys())];
        out.report_at(&DEPLOYMENT_CONFLICTING_PORTS, deployment, &values, deployment.name_line());
    }
}
