//! `ValidateSidecar` (istio 1.31 `pkg/config/validation/validation.go`).

use std::collections::BTreeMap;

use super::destination_rule::connection_pool;
use super::findings::Findings;
use super::gateway::tls_options;
use super::virtual_service::destination;
use super::words::{
    Protocol, alpha_selector, atoi, enum_name, fqdn, ip, namespaced_host, port, port_name, protocol,
    split_host_port, unix_address,
};
use crate::admission::crd::words::quoted;
use crate::admission::decode::message::Message;

/// All rules.
pub(super) fn sidecar(out: &mut Findings, rule: &Message, namespace: &str) {
    let unlabelled = match alpha_selector(rule) {
        Err(errors) => return out.extend(errors),
        Ok(unlabelled) => unlabelled,
    };
    let (ingress, egress) = (rule.items("ingress").is_empty(), rule.items("egress").is_empty());
    if ingress && egress && !rule.has("outboundTrafficPolicy") && !rule.has("inboundConnectionPool") {
        return out.error(&rule.place, "sidecar: empty configuration provided");
    }
    if unlabelled {
        out.warn(&rule.at("workloadSelector"), "sidecar: workload selector specified without labels, will be applied to all services in namespace");
    }
    let mut seen: Vec<i128> = Vec::new();
    for own in rule.messages("ingress") {
        match own.message("port") {
            None => out.at(own, "port", "sidecar: port is required for ingress listeners"),
            Some(port) => listener(out, own, port, &mut seen),
        }
    }
    connection_pool(out, rule.message("inboundConnectionPool"), true);
    egresses(out, rule, namespace);
    outbound(out, rule);
}

fn common_port(out: &mut Findings, own: &Message) {
    if !own.text("name").is_empty() {
        out.check(&own.at("name"), port_name(own.text("name")));
    }
    out.check(&own.at("protocol"), protocol(own.text("protocol")));
}

fn listener(out: &mut Findings, own: &Message, number: &Message, seen: &mut Vec<i128>) {
    out.error_if(number.int("targetPort") > 0, number, "targetPort", "targetPort has no impact on Sidecars");
    common_port(out, number);
    out.check(&number.at("number"), port(number.int("number")));
    let bind = own.text("bind");
    if !bind.is_empty() {
        out.check(&own.at("bind"), ip(bind));
    }
    let twice = seen.contains(&number.int("number"));
    out.error_if(twice, number, "number", "sidecar: ports on IP bound listeners must be unique");
    seen.push(number.int("number"));
    default_endpoint(out, own);
    let word = Protocol::parse(number.text("protocol"));
    if let Some(tls) = own.message("tls") {
        ingress_tls(out, tls, word);
    }
    connection_pool(out, own.message("connectionPool"), true);
    if own.message("connectionPool").is_some_and(|pool| pool.has("http")) && !word.is_http() {
        out.warn(&own.at("connectionPool"), format!(
            "sidecar: HTTP connection pool settings are configured for port {} ({}) but its protocol is not HTTP ({}); only TCP settings will apply",
            number.int("number"), quoted(number.text("name")), number.text("protocol")
        ));
    }
}

fn ingress_tls(out: &mut Findings, tls: &Message, word: Protocol) {
    let many = |field: &str| !tls.items(field).is_empty();
    out.error_if(
        many("subjectAltNames"),
        tls,
        "subjectAltNames",
        "sidecar: subjectAltNames is not supported in ingress tls",
    );
    out.error_if(tls.bool("httpsRedirect"), tls, "httpsRedirect", "sidecar: httpsRedirect is not supported");
    let named = !tls.text("credentialName").is_empty();
    out.error_if(named, tls, "credentialName", "sidecar: credentialName is not currently supported");
    out.error_if(
        many("credentialNames"),
        tls,
        "credentialNames",
        "sidecar: credentialNames is not currently supported",
    );
    out.error_if(
        many("tlsCertificates"),
        tls,
        "tlsCertificates",
        "sidecar: tls_certificates is not currently supported",
    );
    let text = format!(
        "configuration is invalid: cannot set mode to {} in sidecar ingress tls",
        enum_name(tls, "mode")
    );
    out.error_if(matches!(tls.number("mode"), 3 | 4), tls, "mode", &text);
    out.error_if(!word.is_tls(), tls, "mode", "server cannot have TLS settings for non HTTPS/TLS ports");
    tls_options(out, Some(tls));
}

fn default_endpoint(out: &mut Findings, own: &Message) {
    let (endpoint, place) = (own.text("defaultEndpoint"), own.at("defaultEndpoint"));
    if endpoint.is_empty() {
        return;
    }
    if let Some(path) = endpoint.strip_prefix("unix://") {
        return out.check(&place, unix_address(path));
    }
    let (host, number) = split_host_port(endpoint).unwrap_or_else(|why| {
        out.error(&place, why);
        Default::default()
    });
    if !matches!(host.as_str(), "" | "127.0.0.1" | "0.0.0.0" | "::1" | "::") {
        out.error(&place, "sidecar: defaultEndpoint must be of form 127.0.0.1:<port>,0.0.0.0:<port>,[::1]:port,[::]:port,unix://filepath or unset");
    }
    match atoi(&number) {
        Ok(number) => out.check(&place, port(i128::from(number))),
        Err(why) => {
            out.error(&place, format!("sidecar: defaultEndpoint port ({number}) is not a number: {why}"))
        }
    }
}

fn egresses(out: &mut Findings, rule: &Message, namespace: &str) {
    let last = rule.items("egress").len().saturating_sub(1);
    let (mut ports, mut sockets): (Vec<i128>, Vec<&str>) = Default::default();
    for (at, own) in rule.messages("egress").enumerate() {
        if let Some(number) = own.message("port") {
            egress_port(out, own, number);
            let (n, bind) = (number.int("number"), own.text("bind"));
            if n == 0 {
                out.error_if(
                    sockets.contains(&bind),
                    own,
                    "bind",
                    "sidecar: unix domain socket values for listeners must be unique",
                );
                sockets.push(bind);
            } else {
                out.error_if(
                    ports.contains(&n),
                    number,
                    "number",
                    "sidecar: ports on IP bound listeners must be unique",
                );
                ports.push(n);
            }
        } else {
            out.error_if(
                at != last,
                own,
                "port",
                "sidecar: the egress listener with empty port should be the last listener in the list",
            );
        }
        egress_hosts(out, own, namespace);
    }
}

fn egress_port(out: &mut Findings, own: &Message, number: &Message) {
    out.error_if(number.int("targetPort") > 0, number, "targetPort", "targetPort has no impact on Sidecars");
    common_port(out, number);
    let bind = own.text("bind");
    if number.int("number") == 0 {
        match bind.strip_prefix("unix://") {
            None => {
                out.at(own, "bind", "sidecar: ports with 0 value must have a unix domain socket bind address")
            }
            Some(path) => out.check(&own.at("bind"), unix_address(path)),
        }
        let captured = !matches!(own.number("captureMode"), 0 | 2);
        out.error_if(
            captured,
            own,
            "captureMode",
            "sidecar: captureMode must be DEFAULT/NONE for unix domain socket listeners",
        );
    } else {
        out.check(&number.at("number"), port(number.int("number")));
        if !bind.is_empty() {
            out.check(&own.at("bind"), ip(bind));
        }
    }
}

fn egress_hosts(out: &mut Findings, own: &Message, namespace: &str) {
    out.error_if(
        own.items("hosts").is_empty(),
        own,
        "hosts",
        "sidecar: egress listener must contain at least one host",
    );
    let mut seen: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (host, place) in own.texts("hosts") {
        if let Some((ns, service)) = host.split_once('/').filter(|(ns, _)| !ns.starts_with('~')) {
            let services = seen.entry(if ns == "." { namespace } else { ns }).or_default();
            let twice = if service == "*" {
                !services.is_empty()
            } else {
                services.contains(&service) || services.contains(&"*")
            };
            if twice {
                out.warn(place, format!("duplicated egress host: {host}"));
            }
            services.push(service);
        }
        namespaced_host(out, place, host, false);
    }
    if seen.len() > 1 && seen.get("*").is_some_and(|services| services.contains(&"*")) {
        out.warn(&own.at("hosts"), "`*/*` host select all resources, no other hosts can be added");
    }
}

fn outbound(out: &mut Findings, rule: &Message) {
    let Some(policy) = rule.message("outboundTrafficPolicy") else { return };
    if policy.number("mode") == 2 {
        return out.at(
            policy,
            "mode",
            "sidecar: ALLOW_ANY_DYNAMIC_DNS mode is only supported in MeshConfig, not in Sidecar resource",
        );
    }
    let Some(proxy) = policy.message("egressProxy") else { return };
    if policy.number("mode") != 1 {
        return out.at(
            policy,
            "mode",
            "sidecar: egress_proxy must be set only with ALLOW_ANY outbound_traffic_policy mode",
        );
    }
    out.check(&proxy.at("host"), fqdn(proxy.text("host")));
    if !proxy.has("port") {
        return out.at(proxy, "port", "sidecar: egress_proxy port must be non-nil");
    }
    destination(out, Some(proxy));
}
