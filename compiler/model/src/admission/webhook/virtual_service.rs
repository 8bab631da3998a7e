//! `ValidateVirtualService` (istio 1.31 `pkg/config/validation/validation.go`): the whole, and its TLS and TCP routes.

use std::collections::{BTreeMap, BTreeSet};

use super::destination_rule::subset_name;
use super::exports::export_to;
use super::findings::Findings;
use super::http_route::http_route;
use super::unreachable::unreachable;
use super::words::{
    fqdn, gateway_domain, host_lies_in, hosts_overlap, is_ip, is_label, port, subnet, tags, wildcard_domain,
};
use crate::admission::crd::words::quoted;
use crate::admission::decode::message::{Message, Place};

/// All rules.
pub(super) fn virtual_service(out: &mut Findings, vs: &Message, namespace: &str) {
    let delegate = vs.items("hosts").is_empty();
    let some = |field: &str| !vs.items(field).is_empty();
    if delegate {
        out.error_if(
            some("gateways"),
            vs,
            "gateways",
            "delegate virtual service must have no gateways specified",
        );
        out.error_if(some("tls"), vs, "tls", "delegate virtual service must have no tls route specified");
        out.error_if(some("tcp"), vs, "tcp", "delegate virtual service must have no tcp route specified");
    }
    gateway_names(out, vs);
    let for_gateway = some("gateways") && binds_gateway(vs);
    if !for_gateway {
        claim_routes(out, vs);
    }
    hosts(out, vs, for_gateway);
    out.error_if(
        !some("http") && !some("tcp") && !some("tls"),
        vs,
        "http",
        "http, tcp or tls must be provided in virtual service",
    );
    for route in vs.messages("http") {
        http_route(out, route, delegate);
    }
    for route in vs.messages("tls") {
        tls_route(out, route, vs);
    }
    for route in vs.messages("tcp") {
        tcp_route(out, route);
    }
    export_to(out, vs, namespace, false, false);
    unreachable(out, vs);
}

fn binds_gateway(vs: &Message) -> bool {
    !vs.texts("gateways").any(|(name, _)| name == "mesh")
}

/// `jwt.ToRoutingClaim`: whether a header's name stands for a claim.
pub(super) fn is_claim(name: &str) -> bool {
    let prefix = "@request.auth.claims";
    let Some((head, rest)) = name.split_at_checked(prefix.len()) else { return false };
    let brackets = rest.starts_with('[') && rest.ends_with(']') && rest.len() > 2;
    head.eq_ignore_ascii_case(prefix) && (brackets || rest.starts_with('.') && rest.len() > 1)
}

fn claim_routes(out: &mut Findings, vs: &Message) {
    let names: Vec<&str> = vs.texts("gateways").map(|(name, _)| name).collect();
    for own in vs.messages("http").flat_map(|route| route.messages("match")) {
        for (key, item) in own.entries("headers").iter().chain(own.entries("withoutHeaders")) {
            if is_claim(key) {
                let names = names.join(" ");
                out.error(&item.place, format!("JWT claim based routing (key: {key}) is only supported for gateway, found no gateways: [{names}]"));
            }
        }
    }
}

fn hosts(out: &mut Findings, vs: &Message, for_gateway: bool) {
    let sni =
        vs.messages("tls").flat_map(|tls| tls.messages("match")).any(|m| !m.items("sniHosts").is_empty());
    let mut valid = true;
    for (host, place) in vs.texts("hosts") {
        let result = if for_gateway { gateway_domain(sni, host) } else { wildcard_domain(host) };
        if let Err(text) = result {
            if !is_ip(host) {
                out.error(place, text);
                valid = false;
            }
        } else if !for_gateway && host == "*" {
            out.error(place, "wildcard host * is not allowed for virtual services bound to the mesh gateway");
            valid = false;
        }
    }
    if valid {
        duplicates(out, vs);
    }
}

/// Hosts that overlap with an earlier one. Only what has a wildcard needs a look at all others.
fn duplicates(out: &mut Findings, vs: &Message) {
    let all: Vec<(&str, &Place)> = vs.texts("hosts").collect();
    let is_wild = |at: &usize| all.get(*at).is_some_and(|(host, _)| host.starts_with('*'));
    let wild: Vec<usize> = (0..all.len()).filter(is_wild).collect();
    let mut equal: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (host, _)) in all.iter().enumerate() {
        equal.entry(host).or_default().push(at);
    }
    for (at, (a, _)) in all.iter().enumerate() {
        let near: Vec<usize> = if is_wild(&at) {
            (at + 1..all.len()).collect()
        } else {
            let same = equal.get(a).into_iter().flatten();
            let later: BTreeSet<usize> =
                wild.iter().chain(same).copied().filter(|other| *other > at).collect();
            later.into_iter().collect()
        };
        for (b, place) in near.iter().filter_map(|at| all.get(*at)).filter(|(b, _)| hosts_overlap(a, b)) {
            out.error(place, format!("duplicate hosts in virtual service: {a} & {b}"));
        }
        if out.is_full() {
            return;
        }
    }
}

/// `validateGatewayNames` of the field `gateways`.
pub(super) fn gateway_names(out: &mut Findings, message: &Message) {
    for (name, place) in message.texts("gateways") {
        let Some((namespace, own)) = name.split_once('/') else {
            if name.contains('.') {
                let mut parts = name.split('.');
                let (first, second) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
                let better = quoted(&format!("{second}/{first}"));
                out.warn(
                    place,
                    format!(
                        "using legacy gatewayName format {}; prefer the <namespace>/<name> format: {better}",
                        quoted(name)
                    ),
                );
            }
            // Upstream leaves the list here.
            return out.check(place, fqdn(name));
        };
        if namespace.is_empty() || own.is_empty() {
            out.error(place, "config namespace and gateway name cannot be empty");
        }
        if !is_label(namespace) {
            out.error(place, format!("invalid value for namespace: {}", quoted(namespace)));
        }
        if !is_label(own) {
            out.error(place, format!("invalid value for gateway name: {}", quoted(own)));
        }
    }
}

fn l4_match(out: &mut Findings, own: &Message) {
    for (text, place) in own.texts("destinationSubnets") {
        out.check(place, subnet(text));
    }
    if own.int("port") != 0 {
        out.check(&own.at("port"), port(own.int("port")));
    }
    tags(out, own, "sourceLabels");
    gateway_names(out, own);
}

fn tcp_route(out: &mut Findings, route: &Message) {
    let mut inner = Findings::default();
    for own in route.messages("match") {
        l4_match(&mut inner, own);
    }
    inner.error_if(route.items("route").is_empty(), route, "route", "TCP route is required");
    destinations(&mut inner, route);
    out.extend_errors(inner);
}

fn tls_route(out: &mut Findings, route: &Message, vs: &Message) {
    let bare = route.items("match").is_empty();
    out.error_if(bare, route, "match", "TLS route must have at least one match condition");
    for own in route.messages("match") {
        let bare = own.items("sniHosts").is_empty();
        out.error_if(bare, own, "sniHosts", "TLS match must have at least one SNI host");
        for (host, place) in own.texts("sniHosts") {
            sni_host(out, host, place, vs);
        }
        l4_match(out, own);
    }
    out.error_if(route.items("route").is_empty(), route, "route", "TLS route is required");
    destinations(out, route);
}

fn sni_host(out: &mut Findings, host: &str, place: &Place, vs: &Message) {
    let result = if binds_gateway(vs) { gateway_domain(true, host) } else { wildcard_domain(host) };
    if let Err(text) = result {
        if is_ip(host) {
            out.warn(
                place,
                format!(
                    "using an IP address ({}) goes against SNI spec and most clients do not support this",
                    quoted(host)
                ),
            );
        } else {
            out.error(place, text);
        }
        return;
    }
    let own: Vec<&str> = vs.texts("hosts").map(|(host, _)| host).collect();
    if !own.iter().any(|own| host_lies_in(host, own)) {
        let (host, own) = (quoted(host), own.join(", "));
        out.error(
            place,
            format!(
                "SNI host {host} is not a compatible subset of any of the virtual service hosts: [{own}]"
            ),
        );
    }
}

/// `validateRouteDestinations` of the field `route`.
pub(super) fn destinations(out: &mut Findings, route: &Message) {
    let mut total = 0;
    for target in route.messages("route") {
        out.error_if(!target.has("destination"), target, "destination", "destination is required");
        destination(out, target.message("destination"));
        let weight = target.int("weight");
        if weight < 0 {
            out.at(target, "weight", format!("weight {weight} < 0"));
        }
        total += weight;
    }
    let none = route.items("route").len() > 1 && total == 0;
    out.error_if(none, route, "route", "total destination weight = 0");
}

/// `validateDestination`.
pub(super) fn destination(out: &mut Findings, target: Option<&Message>) {
    let Some(target) = target else { return };
    let host = target.text("host");
    let result =
        if host == "*" { Err("invalid destination host *".to_owned()) } else { wildcard_domain(host) };
    out.check(&target.at("host"), result);
    if !target.text("subset").is_empty() {
        subset_name(out, target, "subset");
    }
    if let Some(own) = target.message("port") {
        out.check(&own.at("number"), port(own.int("number")));
    }
}
