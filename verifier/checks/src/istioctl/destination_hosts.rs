//! # Routes to hosts and ports that do not exist, and subsets that gateways do not see
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec: {ports: [{port: 80}, {port: 81}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec:
//!   hosts: [web]
//!   http:
//!   - route: [{destination: {host: web}}]
//!     mirror: {host: wbe}
//!   - route: [{destination: {host: web, port: {number: 82}}}, {destination: {host: web.shop}}]
//! # IST0101 VirtualService shop/a
//! # IST0101 VirtualService shop/a
//! # IST0101 VirtualService shop/a
//! # IST0112 VirtualService shop/a
//! ```
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec: {ports: [{port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: edge, namespace: shop}
//! spec: {hosts: [a.com], gateways: [edge], http: [{route: [{destination: {host: web}}]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: inner, namespace: shop}
//! spec: {hosts: [web], http: [{route: [{destination: {host: web, subset: v1}}]}]}
//! # IST0140 VirtualService shop/edge
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec: {ports: [{port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: all, namespace: shop}
//! spec: {hosts: ["*.example.com"], exportTo: ["."], ports: [{number: 443, name: tls, protocol: TLS}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: VirtualService
//! metadata: {name: a, namespace: shop}
//! spec:
//!   hosts: [web]
//!   http: [{route: [{destination: {host: web}}, {destination: {host: web.shop.svc.cluster.local, port: {number: 80}}}]}]
//!   tls: [{match: [{sniHosts: [a.example.com]}], route: [{destination: {host: a.example.com}}]}]
//! ```

use std::collections::BTreeMap;

use mp_model::SourceKind;
use mp_model::admission::message::Message;

use super::analyzer::{Analyzer, Context};
use super::destinations::{Destination, of_mirrors, of_routes};
use super::hosts::{Host, Hosts};
use super::notice::{Out, list};
use super::notices::{
    INGRESS_ROUTE_RULES_NOT_AFFECTED, REFERENCED_RESOURCE_NOT_FOUND,
    VIRTUAL_SERVICE_DESTINATION_PORT_SELECTOR_REQUIRED,
};
use super::store::Resource;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "virtualservice.DestinationHostAnalyzer",
    inputs: &[SourceKind::ServiceEntry, SourceKind::VirtualService, SourceKind::Service],
    codes: &["IST0101", "IST0112", "IST0140"],
    source: include_str!("destination_hosts.rs"),
    run,
};

/// Names of VirtualServices that route one of their hosts to a subset of it, by that host, one for each such route.
type Subsets<'m> = BTreeMap<&'m str, Vec<String>>;

fn run(cx: &Context<'_>, out: &mut Out) {
    let hosts = Hosts::new(cx);
    let mut subsets: Subsets<'_> = BTreeMap::new();
    for (service, message) in cx.store.messages(SourceKind::VirtualService) {
        for to in http_destinations(message).filter(|to| !to.subset().is_empty()) {
            if message.texts("hosts").any(|(host, _)| host == to.host()) {
                subsets.entry(to.host()).or_default().push(service.full_name());
            }
        }
    }
    for (service, message) in cx.store.messages(SourceKind::VirtualService) {
        let exports: Vec<&str> = message.texts("exportTo").map(|(scope, _)| scope).collect();
        let look_up = |to: Destination<'_>| hosts.find(service.namespace(), &exports, to.host());
        for to in of_routes(message) {
            destination(service, "host", to, look_up(to), out);
        }
        for to in of_mirrors(message) {
            destination(service, "mirror host", to, look_up(to), out);
        }
        ineffective(service, message, &subsets, out);
    }
}

fn http_destinations(service: &Message) -> impl Iterator<Item = Destination<'_>> {
    let routes = service.messages("http").flat_map(|http| http.messages("route"));
    routes.map(|route| Destination { to: route.message("destination") })
}

fn destination(
    service: &Resource<'_>,
    what: &str,
    to: Destination<'_>,
    host: Option<&Host<'_>>,
    out: &mut Out,
) {
    let line = service.line_of_item(to.to.and_then(|to| to.get("host")));
    let Some(host) = host else {
        return out.report_at(&REFERENCED_RESOURCE_NOT_FOUND, service, &[&what, &to.host()], line);
    };
    match to.port() {
        None if host.ports.len() > 1 => {
            let kind = &VIRTUAL_SERVICE_DESTINATION_PORT_SELECTOR_REQUIRED;
            out.report_at(kind, service, &[&to.host(), &list(&host.ports)], line);
        }
        Some(port) if !host.ports.contains(&port) => {
            let named = format!("{}:{port}", to.host());
            out.report_at(&REFERENCED_RESOURCE_NOT_FOUND, service, &[&"host:port", &named], line);
        }
        None | Some(_) => {}
    }
}

fn ineffective(service: &Resource<'_>, message: &Message, subsets: &Subsets<'_>, out: &mut Out) {
    if message.items("gateways").is_empty() {
        return;
    }
    for (at, http) in message.messages("http").enumerate() {
        for (number, route) in http.messages("route").enumerate() {
            let to = Destination { to: route.message("destination") };
            let others = subsets.get(to.host()).filter(|_| to.subset().is_empty());
            for other in others.into_iter().flatten() {
                // Istio looks for the line below the route's name, as if it were the kind of the route.
                let line = line_below(service, message, http.text("name"), (at, number));
                let kind = &INGRESS_ROUTE_RULES_NOT_AFFECTED;
                out.report_at(kind, service, &[other, &service.full_name()], line);
            }
        }
    }
}

fn line_below(
    service: &Resource<'_>,
    message: &Message,
    field: &str,
    (at, number): (usize, usize),
) -> Option<u32> {
    let route = message.messages(field).nth(at)?.messages("route").nth(number)?;
    service.line_of_item(route.message("destination")?.get("host"))
}
