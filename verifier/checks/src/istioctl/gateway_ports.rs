//! # Gateways without Pods, or on ports that no Service leads to
//!
//! Only Services count that select a Pod of the Gateway, and of them only ports whose protocol is written as `TCP`.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: nobody, namespace: shop}
//! spec: {selector: {app: none}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec: {selector: {app: edge}, servers: [{port: {number: 8443, name: https, protocol: HTTPS}, hosts: ["*"]}]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: shop, labels: {app: edge}}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: edge, namespace: shop}
//! spec: {selector: {app: edge}, ports: [{port: 8443}, {port: 80, targetPort: 8080, protocol: TCP}]}
//! # IST0101 Gateway shop/nobody
//! # IST0162 Gateway shop/edge
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: edge, namespace: shop}
//! spec:
//!   selector: {app: edge}
//!   servers:
//!   - {port: {number: 8080, name: http, protocol: HTTP}, hosts: ["*"]}
//!   - {port: {number: 80, name: http2, protocol: HTTP}, hosts: ["*"]}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: edge, namespace: other, labels: {app: edge}}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: edge, namespace: other}
//! spec: {selector: {app: edge}, ports: [{port: 80, targetPort: 8080, protocol: TCP}]}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use mp_model::SourceKind;
use mp_model::admission::message::Message;

use super::analyzer::{Analyzer, Context};
use super::deployment_services::{number, target_port};
use super::notice::Out;
use super::notices::{GATEWAY_PORT_NOT_DEFINED_ON_SERVICE, REFERENCED_RESOURCE_NOT_FOUND};
use super::selectors::{Labels, matches, pairs, shown};
use super::store::{Resource, at, items, text, texts};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "gateway.IngressGatewayPortAnalyzer",
    inputs: &[SourceKind::Gateway, SourceKind::Pod, SourceKind::Service],
    codes: &["IST0101", "IST0162"],
    source: include_str!("gateway_ports.rs"),
    run,
};

/// Services with their selectors, by namespace.
type Services<'s, 'a> = BTreeMap<&'a str, Vec<(&'s Resource<'a>, Labels<'a>)>>;

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut services: Services<'_, '_> = BTreeMap::new();
    for service in cx.store.all(SourceKind::Service) {
        let selector = texts(service.at(&["spec", "selector"]));
        services.entry(service.namespace()).or_default().push((service, selector));
    }
    for (gateway, message) in cx.store.messages(SourceKind::Gateway) {
        let selector = pairs(Some(message), "selector");
        let line = gateway.selector_line(Some(message), "selector");
        let Some(ports) = ports(cx, &services, &selector) else {
            let kind = &REFERENCED_RESOURCE_NOT_FOUND;
            out.report_at(kind, gateway, &[&"selector", &shown(&selector)], line);
            continue;
        };
        for port in message.messages("servers").filter_map(|server| server.message("port")) {
            let number = port.int("number");
            if !ports.contains(&number) {
                let kind = &GATEWAY_PORT_NOT_DEFINED_ON_SERVICE;
                out.report_at(kind, gateway, &[&number, &shown(&selector)], line);
            }
        }
    }
}

/// The ports that Services lead to the Pods of a Gateway by; `None` when it has no Pods.
fn ports(cx: &Context<'_>, services: &Services<'_, '_>, selector: &Labels<'_>) -> Option<BTreeSet<i128>> {
    let mut seen: BTreeSet<(&str, &Labels<'_>)> = BTreeSet::new();
    let mut ports = BTreeSet::new();
    for pod in cx.pods(selector) {
        if !seen.insert((pod.namespace(), pod.labels())) {
            continue;
        }
        let own = services.get(pod.namespace()).into_iter().flatten();
        for (service, _) in own.filter(|(_, asked)| matches(asked, pod.labels())) {
            for port in items(service.root(), &["spec", "ports"]).filter(|p| text(*p, &["protocol"]) == "TCP")
            {
                let own = i128::from(number(at(port, &["port"])));
                ports.insert(own);
                ports.extend(target_port(port).parse::<i128>().ok().filter(|target| *target != 0));
            }
        }
    }
    (!seen.is_empty()).then_some(ports)
}

/// Whether a Gateway's server has TLS settings, and which.
pub(super) fn tls_of(gateway: &Message) -> impl Iterator<Item = (usize, &Message)> {
    gateway.messages("servers").enumerate().filter_map(|(at, server)| Some((at, server.message("tls")?)))
}
