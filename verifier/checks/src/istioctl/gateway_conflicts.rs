//! # Gateways that claim the same hosts
//!
//! Compared are Gateways with one selector, or with selectors of which one holds the text of the other and that have a Pod in common; hosts
//! are compared as they are written. Of several servers of a Gateway on one port only the last one's hosts are known to the others.
//!
//! ```yaml bad
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: a, namespace: shop}
//! spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.com]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: b, namespace: shop}
//! spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.com, b.com]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: bare, namespace: shop}
//! spec: {selector: {app: none}}
//! # IST0101 Gateway shop/bare
//! # IST0145 Gateway shop/a
//! # IST0145 Gateway shop/b
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: a, namespace: shop}
//! spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*.com"]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: b, namespace: shop}
//! spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.com]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Gateway
//! metadata: {name: c, namespace: shop}
//! spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, bind: 10.0.0.1, hosts: [a.com]}]}
//! ```

use std::collections::BTreeMap;

use mp_model::SourceKind;
use mp_model::admission::message::Message;

use super::analyzer::{Analyzer, Context};
use super::notice::Out;
use super::notices::{CONFLICTING_GATEWAYS, REFERENCED_RESOURCE_NOT_FOUND};
use super::selectors::{Labels, matches, pairs, shown};
use super::store::Resource;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "gateway.ConflictingGatewayAnalyzer",
    inputs: &[SourceKind::Gateway, SourceKind::Pod],
    codes: &["IST0101", "IST0145"],
    source: include_str!("gateway_conflicts.rs"),
    run,
};

/// Hosts with their binds.
type Known<'a> = BTreeMap<&'a str, &'a str>;
/// By the text of a selector, then port and Gateway.
type Claims<'a> = BTreeMap<String, BTreeMap<i128, BTreeMap<String, Known<'a>>>>;

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut claims: Claims<'_> = BTreeMap::new();
    for (gateway, message) in cx.store.messages(SourceKind::Gateway) {
        let by_port = |server: &Message| server.message("port").map_or(0, |port| port.int("number"));
        for server in message.messages("servers") {
            let hosts = server.texts("hosts").map(|(host, _)| (host, server.text("bind"))).collect();
            let of_selector = claims.entry(shown(&pairs(Some(message), "selector"))).or_default();
            of_selector.entry(by_port(server)).or_default().insert(gateway.full_name(), hosts);
        }
    }
    for (gateway, message) in cx.store.messages(SourceKind::Gateway) {
        analyze(cx, gateway, message, &mut claims, out);
    }
}

fn analyze<'m>(
    cx: &Context<'_>,
    gateway: &Resource<'_>,
    message: &'m Message,
    claims: &mut Claims<'m>,
    out: &mut Out,
) {
    let selector = pairs(Some(message), "selector");
    let text = shown(&selector);
    let mut rivals: Vec<_> = claims
        .iter_mut()
        .filter(|(other, _)| meets(cx, (&selector, &text), other))
        .map(|(_, own)| own)
        .collect();
    if rivals.is_empty() && !text.is_empty() {
        let line = gateway.selector_line(Some(message), "selector");
        return out.report_at(&REFERENCED_RESOURCE_NOT_FOUND, gateway, &[&"selector", &text], line);
    }
    let own_name = gateway.full_name();
    for server in message.messages("servers") {
        let port = server.message("port").map_or(0, |port| port.int("number"));
        let hosts: Vec<&str> = server.texts("hosts").map(|(host, _)| host).collect();
        let mut names: Vec<&str> = Vec::new();
        for (name, known) in rivals.iter_mut().filter_map(|own| own.get_mut(&port)).flatten() {
            if *name != own_name && conflicts(&hosts, server.text("bind"), known) {
                names.push(name);
            }
        }
        if !names.is_empty() {
            names.sort_unstable();
            let (names, hosts) = (names.join(","), hosts.join(","));
            out.report(&CONFLICTING_GATEWAYS, gateway, &[&names, &text, &port, &hosts]);
        }
    }
}

/// Whether Gateways of two selectors may run in one Pod.
fn meets(cx: &Context<'_>, (selector, text): (&Labels<'_>, &str), other: &str) -> bool {
    if text == other {
        return true;
    }
    if !other.contains(text) && !text.contains(other) {
        return false;
    }
    // The text is cut again; a pair whose value holds `=` is lost.
    let cut = |pair| {
        let parts: Vec<&str> = str::split(pair, '=').collect();
        if let [key, value] = parts.as_slice() { Some((*key, *value)) } else { None }
    };
    let theirs: Labels<'_> = other.split(',').filter_map(cut).collect();
    cx.pods(selector).any(|pod| matches(&theirs, pod.labels()))
}

/// Whether a host is known with the same bind; if none is, all become known (`pilot/pkg/model/gateway.go`, `CheckDuplicates`).
fn conflicts<'m>(hosts: &[&'m str], bind: &'m str, known: &mut Known<'m>) -> bool {
    let found = hosts.iter().any(|host| known.get(host) == Some(&bind));
    if !found {
        known.extend(hosts.iter().map(|host| (*host, bind)));
    }
    found
}
