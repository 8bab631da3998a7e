//! Route tables.

mod action;
mod filters;

use mp_ir::mesh::StringMatch;
use mp_ir::plan::{
    ClaimMatch, HeaderMatch, HeaderMutation, HeaderValue, PathMatch, QueryMatch, Route, RouteAction,
    RouteMatch, RouteTable, VirtualHost,
};
use serde_json::{Value, json};

use crate::json::{Object, list};

const ROUTE_CONFIGURATION: &str = "envoy.config.route.v3.RouteConfiguration";

/// A route table as a resource.
pub(crate) fn message(table: &RouteTable) -> Value {
    fields(Object::typed(ROUTE_CONFIGURATION), table).into()
}

/// A route table inside of an HTTP connection manager.
pub(crate) fn route_table(table: &RouteTable) -> Value {
    fields(Object::new(), table).into()
}

fn fields(object: Object, table: &RouteTable) -> Object {
    object
        .set("name", table.name.as_str())
        .set("virtualHosts", list(table.virtual_hosts.iter().map(virtual_host)))
        .maybe("validateClusters", table.validate_clusters)
        .unless_default("ignorePortInHostMatching", table.ignore_port_in_host_matching)
        .maybe("maxDirectResponseBodySizeBytes", table.max_direct_response_body_size)
}

fn virtual_host(host: &VirtualHost) -> Value {
    Object::new()
        .set("name", host.name.as_str())
        .set("domains", list(host.domains.iter().map(String::as_str)))
        .set("routes", list(host.routes.iter().map(route)))
        .maybe("requireTls", host.require_tls.then_some("ALL"))
        .unless_default("includeRequestAttemptCount", host.include_request_attempt_count)
        .unless_default("typedPerFilterConfig", filters::of_host(host))
        .into()
}

fn route(route: &Route) -> Value {
    let object = Object::new()
        .unless_default("name", route.name.as_str())
        .set("match", route_match(&route.matches))
        .maybe(
            "metadata",
            route.config.as_ref().map(|config| json!({"filterMetadata": {"istio": {"config": config}}})),
        )
        .maybe("decorator", route.operation.as_ref().map(|operation| json!({"operation": operation})))
        .unless_default("typedPerFilterConfig", filters::of_route(route))
        .unless_default("statPrefix", route.stat_prefix.as_str());
    let object = header_mutation(object, &route.headers);
    match &route.action {
        RouteAction::Missing => object,
        RouteAction::Forward(forward) => object.set("route", action::forward(forward)),
        RouteAction::Redirect(redirect) => object.set("redirect", action::redirect(redirect)),
        RouteAction::Direct(direct) => object.set("directResponse", action::direct(direct)),
    }
    .into()
}

fn route_match(m: &RouteMatch) -> Value {
    let object = match &m.path {
        PathMatch::Prefix(path) => Object::new().set("prefix", path.as_str()),
        PathMatch::SeparatedPrefix(path) => Object::new().set("pathSeparatedPrefix", path.as_str()),
        PathMatch::Exact(path) => Object::new().set("path", path.as_str()),
        PathMatch::Regex(regex) => Object::new().set("safeRegex", json!({"regex": regex})),
    };
    object
        .maybe("caseSensitive", m.case_sensitive)
        .unless_default("headers", list(m.headers.iter().map(header_match)))
        .unless_default("queryParameters", list(m.query.iter().map(query_match)))
        .unless_default("dynamicMetadata", list(m.claims.iter().map(claim_match)))
        .into()
}

/// The value of a header or query parameter: a text, or its presence.
fn value(object: Object, value: &StringMatch) -> Object {
    match string_match(value) {
        Some(text) => object.set("stringMatch", text),
        None => object.set("presentMatch", true),
    }
}

fn header_match(m: &HeaderMatch) -> Value {
    value(Object::new().set("name", m.name.as_str()), &m.value)
        .unless_default("invertMatch", m.invert)
        .unless_default("treatMissingHeaderAsEmpty", m.missing_as_empty)
        .into()
}

fn query_match(m: &QueryMatch) -> Value {
    value(Object::new().set("name", m.name.as_str()), &m.value).into()
}

/// The claim is the text, or a list with it.
fn claim_match(m: &ClaimMatch) -> Value {
    let text = json!({"stringMatch": string_match(&m.value).unwrap_or_else(|| json!({}))});
    let keys = ["payload"].into_iter().chain(m.path.iter().map(String::as_str));
    Object::new()
        .set("filter", "envoy.filters.http.jwt_authn")
        .set("path", list(keys.map(|key| json!({"key": key}))))
        .set("value", json!({"orMatch": {"valueMatchers": [{"listMatch": {"oneOf": text}}, text]}}))
        .unless_default("invert", m.invert)
        .into()
}

/// A `StringMatcher`; `None` for mere presence.
fn string_match(m: &StringMatch) -> Option<Value> {
    Some(match m {
        StringMatch::Exact(text) => json!({"exact": text}),
        StringMatch::Prefix(text) => json!({"prefix": text}),
        StringMatch::Regex(regex) => json!({"safeRegex": {"regex": regex}}),
        StringMatch::Present => return None,
    })
}

fn header_mutation(object: Object, headers: &HeaderMutation) -> Object {
    object
        .unless_default("requestHeadersToAdd", list(headers.request_add.iter().map(header_value)))
        .unless_default("requestHeadersToRemove", list(headers.request_remove.iter().map(String::as_str)))
        .unless_default("responseHeadersToAdd", list(headers.response_add.iter().map(header_value)))
        .unless_default("responseHeadersToRemove", list(headers.response_remove.iter().map(String::as_str)))
}

fn header_value(header: &HeaderValue) -> Value {
    Object::new()
        .set("header", json!({"key": header.name, "value": header.value}))
        .maybe("appendAction", header.overwrite.then_some("OVERWRITE_IF_EXISTS_OR_ADD"))
        .into()
}
