//! `ValidateEnvoyFilter` (istio 1.31 `pkg/config/validation/envoyfilter/envoyfilter.go`).

use super::findings::Findings;
use super::regex::compile;
use super::words::{alpha_selector, enum_name};
use crate::admission::Topic;
use crate::admission::decode::Decoder;
use crate::admission::decode::descriptor::{Descriptor, envoy};
use crate::admission::decode::message::{Message, Value};
use crate::node::Node;

/// What an `applyTo` patches, by its number.
fn target(apply_to: i32) -> Option<&'static Descriptor> {
    let name = match apply_to {
        1 => "envoy.config.listener.v3.Listener",
        2 => "envoy.config.listener.v3.FilterChain",
        3 => "envoy.config.listener.v3.Filter",
        4 => "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
        5 => "envoy.config.route.v3.RouteConfiguration",
        6 => "envoy.config.route.v3.VirtualHost",
        7 => "envoy.config.route.v3.Route",
        8 => "envoy.config.cluster.v3.Cluster",
        9 => "envoy.config.core.v3.TypedExtensionConfig",
        10 => "envoy.config.bootstrap.v3.Bootstrap",
        11 => "envoy.config.listener.v3.ListenerFilter",
        _ => return None,
    };
    envoy().find(name)
}

/// All rules.
pub(super) fn envoy_filter(out: &mut Findings, rule: &Message, body: Option<Node<'_>>) {
    out.warn_of(Topic::Kind, &rule.place, "EnvoyFilter exposes internal implementation details that may change at any time. Prefer other APIs if possible, and exercise extreme caution, especially around upgrades.");
    match alpha_selector(rule) {
        Err(errors) => {
            out.warnings.clear();
            return out.extend(errors);
        }
        Ok(true) => out.warn(&rule.at("workloadSelector"), "Envoy filter: workload selector specified without labels, will be applied to all services in namespace"),
        Ok(false) => {}
    }
    let patches = body.and_then(|body| body.get("configPatches").or_else(|| body.get("config_patches")));
    let nodes: Vec<Node<'_>> = patches.into_iter().flat_map(Node::items).collect();
    for (at, own) in rule.messages("configPatches").enumerate() {
        let value = nodes.get(at).and_then(|node| node.get("patch")).and_then(|patch| patch.get("value"));
        patch(out, own, value.filter(|value| !value.is_null()));
    }
}

fn proxy_match(out: &mut Findings, found: Option<&Message>) -> bool {
    let Some(proxy) = found.and_then(|found| found.message("proxy")) else { return true };
    let (version, place) = (proxy.text("proxyVersion"), proxy.at("proxyVersion"));
    if version.len() > 1024 {
        out.warn(&place, "Envoy filter: proxyVersion match exceeds 1024 characters and will be ignored");
        return true;
    }
    let Err(why) = compile(version) else { return true };
    out.error(&place, format!("Envoy filter: invalid regex for proxy version, [{why}]"));
    false
}

fn patch(out: &mut Findings, own: &Message, value: Option<Node<'_>>) {
    let found = own.message("match");
    let apply_to = own.number("applyTo");
    if found.is_some_and(|found| enum_name(found, "context") == "WAYPOINT") {
        return;
    }
    if apply_to == 0 {
        return out.at(own, "applyTo", "Envoy filter: missing applyTo");
    }
    let Some(change) = own.message("patch") else {
        return out.at(own, "patch", "Envoy filter: missing patch");
    };
    let operation = change.number("operation");
    if operation == 0 {
        return out.at(change, "operation", "Envoy filter: missing patch operation");
    }
    if enum_name(change, "operation") != "REMOVE" && !change.has("value") {
        return out.at(change, "value", "Envoy filter: missing patch value for non-remove operation");
    }
    if !proxy_match(out, found) {
        return;
    }
    let fits = match apply_to {
        1..=4 => listener_match(out, own, found),
        5..=7 => class_match(
            out,
            found,
            "routeConfiguration",
            "http route class objects cannot have non route configuration match",
        ),
        8 => class_match(out, found, "cluster", "cluster class objects cannot have non cluster match"),
        _ => true,
    };
    if fits {
        decode(out, own, change, value);
    }
}

const OBJECTS: [&str; 4] = ["listener", "routeConfiguration", "cluster", "waypoint"];

fn class_match(out: &mut Findings, found: Option<&Message>, wanted: &str, text: &str) -> bool {
    if let Some(found) = found
        && let Some(other) = OBJECTS.iter().find(|field| found.has(field))
        && *other != wanted
    {
        out.at(found, other, format!("Envoy filter: applyTo for {text}"));
    }
    true
}

/// Whether the patch is to be looked at, too.
/// What is wrong with the names of a filter and of the filter inside of it.
fn filter_names(name: &str, sub: Option<&Message>, inside_http: bool) -> Option<&'static str> {
    let manager = ["envoy.filters.network.http_connection_manager", "envoy.http_connection_manager"];
    if name.is_empty() {
        return Some("filter match has no name to match on");
    }
    let sub = sub?;
    if !inside_http {
        return Some("subfilter match can be used with applyTo HTTP_FILTER only");
    }
    if !manager.contains(&name) {
        return Some(
            "subfilter match requires filter match with envoy.filters.network.http_connection_manager",
        );
    }
    sub.text("name").is_empty().then_some("subfilter match has no name to match on")
}

fn listener_match(out: &mut Findings, own: &Message, found: Option<&Message>) -> bool {
    let before = out.errors.len();
    class_match(out, found, "listener", "listener class objects cannot have non listener match");
    if out.errors.len() > before {
        return false;
    }
    let filter = found.and_then(|m| m.message("listener")?.message("filterChain")?.message("filter"));
    let Some(filter) = filter else { return true };
    let apply_to = own.number("applyTo");
    if apply_to < 3 {
        out.warn(
            &filter.place,
            format!("Envoy filter: filter match has no effect when used with {}", enum_name(own, "applyTo")),
        );
    }
    let sub = filter.message("subFilter");
    if let Some(why) = filter_names(filter.text("name"), sub, apply_to == 4) {
        out.at(filter, "name", format!("Envoy filter: {why}"));
        return false;
    }
    for message in std::iter::once(filter).chain(sub) {
        let name = message.text("name");
        if let Some((old, new)) = DEPRECATED.iter().find(|(old, _)| *old == name) {
            out.warn(
                &message.at("name"),
                format!("using deprecated filter name \"{old}\"; use \"{new}\" instead"),
            );
        }
    }
    true
}

/// `ReverseDeprecatedFilterNames`.
const DEPRECATED: &[(&str, &str)] = &[
    ("envoy.buffer", "envoy.filters.http.buffer"),
    ("envoy.cors", "envoy.filters.http.cors"),
    ("envoy.csrf", "envoy.filters.http.csrf"),
    ("envoy.http_dynamo_filter", "envoy.filters.http.dynamo"),
    ("envoy.ext_authz", "envoy.filters.http.ext_authz"),
    ("envoy.fault", "envoy.filters.http.fault"),
    ("envoy.grpc_http1_bridge", "envoy.filters.http.grpc_http1_bridge"),
    ("envoy.grpc_json_transcoder", "envoy.filters.http.grpc_json_transcoder"),
    ("envoy.grpc_web", "envoy.filters.http.grpc_web"),
    ("envoy.gzip", "envoy.filters.http.gzip"),
    ("envoy.health_check", "envoy.filters.http.health_check"),
    ("envoy.ip_tagging", "envoy.filters.http.ip_tagging"),
    ("envoy.lua", "envoy.filters.http.lua"),
    ("envoy.rate_limit", "envoy.filters.http.ratelimit"),
    ("envoy.router", "envoy.filters.http.router"),
    ("envoy.squash", "envoy.filters.http.squash"),
    ("envoy.listener.http_inspector", "envoy.filters.listener.http_inspector"),
    ("envoy.listener.original_dst", "envoy.filters.listener.original_dst"),
    ("envoy.listener.original_src", "envoy.filters.listener.original_src"),
    ("envoy.listener.proxy_protocol", "envoy.filters.listener.proxy_protocol"),
    ("envoy.listener.tls_inspector", "envoy.filters.listener.tls_inspector"),
    ("envoy.client_ssl_auth", "envoy.filters.network.client_ssl_auth"),
    ("envoy.http_connection_manager", "envoy.filters.network.http_connection_manager"),
    ("envoy.mongo_proxy", "envoy.filters.network.mongo_proxy"),
    ("envoy.ratelimit", "envoy.filters.network.ratelimit"),
    ("envoy.redis_proxy", "envoy.filters.network.redis_proxy"),
    ("envoy.tcp_proxy", "envoy.filters.network.tcp_proxy"),
];

fn decode(out: &mut Findings, own: &Message, change: &Message, value: Option<Node<'_>>) {
    let Some(value) = value else { return };
    let at = change.at("value");
    let Some(descriptor) = target(own.number("applyTo")) else {
        let shown = enum_name(own, "applyTo");
        return out.error(&at, format!("Envoy filter: unknown object type for applyTo {shown}"));
    };
    let read = |strict| {
        Decoder { registry: envoy(), strict, doubles: true }.message(descriptor, Some(value), at.clone())
    };
    if let Err(fault) = read(false) {
        let why = format!("Envoy filter: {}", fault.text);
        let text = match (why.contains("could not resolve Any message type"), why.contains(".v2.")) {
            (true, true) => format!("referenced type unknown (hint: try using the v3 XDS API): {why}"),
            (true, false) => format!("referenced type unknown: {why}"),
            (false, _) => why,
        };
        return out.error(&fault.place, text);
    }
    match read(true) {
        Err(fault) => out.warn(&fault.place, format!("Envoy filter: {}", fault.text)),
        Ok(message) => {
            let mut old = Vec::new();
            frozen_types(&message, &mut old);
            if !old.is_empty() {
                out.warn(&at, format!("using deprecated type_url(s); {}", old.join(", ")));
            }
            let mut missing = Vec::new();
            untyped(&message, &mut missing);
            if !missing.is_empty() {
                out.warn(
                    &at,
                    format!("using deprecated types by name without typed_config; {}", missing.join(", ")),
                );
            }
        }
    }
}

/// `recurseDeprecatedTypes`: types of packages that take no changes any more.
fn frozen_types(message: &Message, found: &mut Vec<String>) {
    for (_, item) in &message.fields {
        match &item.value {
            Value::Any(url, held) if held.descriptor.frozen => found.push(url.clone()),
            Value::Message(inner) => frozen_types(inner, found),
            _ => {}
        }
    }
}

/// `recurseMissingTypedConfig`: names of messages that could have a typed configuration and have none.
fn untyped(message: &Message, missing: &mut Vec<String>) {
    for (at, item) in &message.fields {
        let json = message.descriptor.fields.get(*at).map_or("", |field| field.json.as_str());
        if let (Value::Message(inner), true) = (&item.value, !json.is_empty()) {
            untyped(inner, missing);
        }
    }
    let could = message.descriptor.fields.iter().any(|field| field.json == "typedConfig");
    if could && !message.has("typedConfig") && !message.has("configDiscovery") {
        missing.push(message.text("name").to_owned());
    }
}
