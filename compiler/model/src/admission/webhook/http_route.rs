//! HTTP routes (istio 1.31 `pkg/config/validation/virtualservice.go`).

use super::findings::Findings;
use super::headers::{header_operations, is_authority};
use super::regex::regex;
use super::virtual_service::{destination, destinations, gateway_names, is_claim};
use super::words::{atoi, duration_of, is_header_name, is_label, port, size, tags};
use crate::admission::crd::words::{float, quoted};
use crate::admission::decode::message::{Message, Place};

/// All rules of one route.
pub(super) fn http_route(out: &mut Findings, route: &Message, delegate: bool) {
    conflicts(out, route, delegate);
    matches(out, route);
    header_operations(out, route);
    cors(out, route);
    fault(out, route);
    if route.has("mirrorPercent") {
        let value = route.int("mirrorPercent");
        let place = route.at("mirrorPercent");
        if value > 100 {
            out.error(&place, format!("mirror_percent must have a max value of 100 (it has {value})"));
        }
        out.warn(&place, "using deprecated setting \"mirrorPercent\", use \"mirrorPercentage\" instead");
    }
    percentage(out, route, "mirrorPercentage", "mirror_percentage");
    destination(out, route.message("mirror"));
    for mirror in route.messages("mirrors") {
        if mirror.has("destination") {
            destination(out, mirror.message("destination"));
            percentage(out, mirror, "percentage", "mirror percentage");
        } else {
            out.at(mirror, "destination", "destination is required for mirrors");
        }
    }
    redirect(out, route);
    direct_response(out, route);
    retries(out, route);
    rewrite(out, route);
    authority(out, route);
    for target in route.messages("route") {
        header_operations(out, target);
    }
    destinations(out, route);
    duration_of(out, route, "timeout");
}

fn percentage(out: &mut Findings, message: &Message, field: &str, name: &str) {
    let Some(percent) = message.message(field) else { return };
    let value = percent.float("value");
    if value > 100.0 {
        out.at(percent, "value", format!("{name} must have a max value of 100 (it has {value:.6})"));
    }
    if value < 0.0 {
        out.at(percent, "value", format!("{name} must have a min value of 0 (it has {value:.6})"));
    }
}

fn conflicts(out: &mut Findings, route: &Message, delegate: bool) {
    let some = |field: &str| route.has(field) && (field != "route" || !route.items("route").is_empty());
    if route.has("delegate") && !delegate {
        for field in ["redirect", "route"] {
            let text = format!("root HTTP route {} must not specify {field}", route.text("name"));
            out.error_if(some(field), route, field, &text);
        }
        return;
    }
    out.error_if(
        delegate && route.has("delegate"),
        route,
        "delegate",
        "delegate HTTP route cannot contain delegate",
    );
    let own = if some("redirect") { "redirect" } else { "direct_response" };
    if some("redirect") || some("directResponse") {
        for (field, text) in
            [("route", "HTTP route"), ("fault", "HTTP route"), ("rewrite", "HTTP route rule")]
        {
            let text = format!("{text} cannot contain both {field} and {own}");
            out.error_if(some(field), route, field, &text);
        }
        let both = some("redirect") && some("directResponse");
        out.error_if(
            both,
            route,
            "directResponse",
            "HTTP route rule cannot contain both direct_response and redirect",
        );
    } else {
        out.error_if(!some("route"), route, "route", "HTTP route, redirect or direct_response is required");
    }
    let both = some("mirror") && !route.items("mirrors").is_empty();
    out.error_if(both, route, "mirrors", "HTTP route cannot contain both mirror and mirrors");
}

/// `validateStringMatch`.
fn string_match(out: &mut Findings, own: Option<&Message>, place: &Place, name: &str) {
    let Some(own) = own else { return };
    if own.has("prefix") && own.text("prefix").is_empty() {
        out.error(place, format!("{}: prefix string match should not be empty", quoted(name)));
    }
    string_regex(out, Some(own), name);
}

/// `validateStringMatchRegexp`.
fn string_regex(out: &mut Findings, own: Option<&Message>, name: &str) {
    let Some(own) = own.filter(|own| own.has("regex")) else { return };
    if own.text("regex").is_empty() {
        out.at(own, "regex", format!("{}: regex string match should not be empty", quoted(name)));
    } else {
        out.check(&own.at("regex"), regex(own.text("regex"), name));
    }
}

fn header_name(name: &str) -> Result<(), String> {
    let pseudo = matches!(name, ":method" | ":scheme" | ":authority" | ":path" | ":status");
    if name.is_empty() {
        return Err("header name cannot be empty".to_owned());
    }
    if is_claim(name) || pseudo || is_header_name(name) {
        return Ok(());
    }
    Err(format!("header name {name} is not a valid header name"))
}

fn matches(out: &mut Findings, route: &Message) {
    for own in route.messages("match") {
        for (name, item) in own.entries("headers") {
            out.check(&item.place, header_name(name));
            string_match(out, item.message(), &item.place, "headers");
        }
        for (name, item) in own.entries("withoutHeaders") {
            out.check(&item.place, header_name(name));
            let present = item.message().filter(|own| own.text("regex") != "*");
            string_match(out, present, &item.place, "withoutHeaders");
        }
        string_regex(out, own.message("uri"), "uri");
        for field in ["scheme", "method", "authority"] {
            string_match(out, own.message(field), &own.at(field), field);
        }
        for (_, item) in own.entries("queryParams") {
            string_match(out, item.message(), &item.place, "queryParams");
        }
        if own.int("port") != 0 {
            out.check(&own.at("port"), port(own.int("port")));
        }
        tags(out, own, "sourceLabels");
        let mut inner = Findings::default();
        gateway_names(&mut inner, own);
        out.extend_errors(inner);
        let namespace = own.text("sourceNamespace");
        let text = format!("sourceNamespace match {namespace} is invalid");
        out.error_if(!namespace.is_empty() && !is_label(namespace), own, "sourceNamespace", &text);
    }
}

const METHODS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"];

fn cors(out: &mut Findings, route: &Message) {
    let Some(policy) = route.message("corsPolicy") else { return };
    for origin in policy.messages("allowOrigins") {
        if ["exact", "prefix", "regex"].iter().all(|field| origin.text(field).is_empty()) {
            out.error(&origin.place, "'' is not a valid match type for CORS allow origins");
        } else {
            string_regex(out, Some(origin), "corsPolicy.allowOrigins");
        }
    }
    for (method, place) in policy.texts("allowMethods").filter(|(method, _)| !METHODS.contains(method)) {
        out.error(place, format!("{} is not a supported HTTP method", quoted(method)));
    }
    for (name, place) in policy.texts("allowHeaders").chain(policy.texts("exposeHeaders")) {
        if name.is_empty() {
            out.error(place, "header name cannot be empty");
        } else if !is_header_name(name) {
            out.error(place, format!("header name {name} is not a valid header name"));
        }
    }
    duration_of(out, policy, "maxAge");
    let fine = policy.duration("maxAge").is_some_and(|age| age % 1_000_000_000 > 0);
    out.error_if(fine, policy, "maxAge", "max_age duration is accurate only to seconds precision");
}

/// `validatePercentage`.
fn share(out: &mut Findings, message: &Message) {
    let Some(percent) = message.message("percentage") else { return };
    let value = percent.float("value");
    if !(0.0..=100.0).contains(&value) || value > 0.0 && value < 0.0001 {
        out.at(
            percent,
            "value",
            format!("percentage {} is neither 0.0, nor in range [0.0001, 100.0]", float(value)),
        );
    }
}

/// Names of gRPC statuses, each at the place of its number.
pub const GRPC_STATUSES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

fn http_status(out: &mut Findings, message: &Message, field: &str) {
    let stated = message.int(field);
    // Upstream looks at numbers of 32 bits as if they had a sign.
    let status = u32::try_from(stated).map_or(stated, |bits| i128::from(bits.cast_signed()));
    if !(200..=600).contains(&status) {
        out.at(message, field, format!("HTTP status {status} is not in range 200-599"));
    }
}

fn fault(out: &mut Findings, route: &Message) {
    let Some(fault) = route.message("fault") else { return };
    let none = !fault.has("abort") && !fault.has("delay");
    out.error_if(none, fault, "abort", "HTTP fault injection must have an abort and/or a delay");
    if let Some(abort) = fault.message("abort") {
        share(out, abort);
        let status = abort.text("grpcStatus");
        if abort.has("grpcStatus") && !GRPC_STATUSES.contains(&status) {
            out.at(abort, "grpcStatus", format!("gRPC status {} is not supported. See https://github.com/grpc/grpc/blob/master/doc/statuscodes.md for a list of supported codes, for example 'NOT_FOUND'", quoted(status)));
        }
        out.error_if(
            abort.has("http2Error"),
            abort,
            "http2Error",
            "HTTP/2 abort fault injection not supported yet",
        );
        if abort.has("httpStatus") {
            http_status(out, abort, "httpStatus");
        }
    }
    if let Some(delay) = fault.message("delay") {
        share(out, delay);
        duration_of(out, delay, "fixedDelay");
        duration_of(out, delay, "exponentialDelay");
        out.error_if(
            delay.has("exponentialDelay"),
            delay,
            "exponentialDelay",
            "exponentialDelay not supported yet",
        );
    }
}

fn redirect(out: &mut Findings, route: &Message) {
    let Some(redirect) = route.message("redirect") else { return };
    let some = |field: &str| !redirect.text(field).is_empty();
    if some("uri") && some("prefixRewrite") {
        return out.at(redirect, "prefixRewrite", "redirect may only specify one of uri or prefix_rewrite");
    }
    let mut uris = route.messages("match").filter_map(|own| own.message("uri"));
    if some("prefixRewrite") && uris.any(|uri| !uri.has("prefix")) {
        return out.at(
            redirect,
            "prefixRewrite",
            "redirect prefix_rewrite requires all URI matches to use prefix match type",
        );
    }
    let port_set = redirect.has("port") || redirect.has("derivePort");
    if !["uri", "prefixRewrite", "authority", "scheme"].into_iter().any(some) && !port_set {
        return out.error(&redirect.place, "redirect must specify URI, authority, scheme, or port");
    }
    let code = redirect.int("redirectCode");
    if code != 0 && !(300..=399).contains(&code) {
        return out.at(redirect, "redirectCode", format!("{code} is not a valid redirect code, must be 3xx"));
    }
    if !matches!(redirect.text("scheme"), "" | "http" | "https") {
        return out.at(redirect, "scheme", "invalid redirect scheme, must be \"http\" or \"https\"");
    }
    if redirect.int("port") > 0 {
        out.check(&redirect.at("port"), port(redirect.int("port")));
    }
}

fn direct_response(out: &mut Findings, route: &Message) {
    let Some(direct) = route.message("directResponse") else { return };
    if let Some(body) = direct.message("body") {
        let bytes = size(body, "string").max(size(body, "bytes"));
        if bytes > 1024 * 1024 {
            out.error(
                &body.place,
                "large direct_responses may impact control plane performance, must be less than 1MB",
            );
        } else if bytes > 100 * 1024 {
            out.warn(&body.place, "large direct_responses may impact control plane performance");
        }
    }
    http_status(out, direct, "status");
}

const RETRY_ON: &[&str] = &[
    "5xx",
    "gateway-error",
    "reset",
    "reset-before-request",
    "connect-failure",
    "retriable-4xx",
    "refused-stream",
    "retriable-status-codes",
    "retriable-headers",
    "envoy-ratelimited",
    "http3-post-connect-failure",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
];

/// Codes that Go's `net/http` has a text for.
fn is_status(text: &str) -> bool {
    let Ok(code) = atoi(text) else { return false };
    matches!(code, 100..=103 | 200..=208 | 226 | 300..=305 | 307 | 308 | 400..=418 | 421..=426 | 428 | 429 | 431 | 451 | 500..=508 | 510 | 511)
}

fn retries(out: &mut Findings, route: &Message) {
    let Some(retries) = route.message("retries") else { return };
    let (attempts, on) = (retries.int("attempts"), retries.text("retryOn"));
    out.error_if(attempts < 0, retries, "attempts", "attempts cannot be negative");
    let idle = attempts == 0
        && (retries.has("perTryTimeout") || !on.is_empty() || retries.has("retryRemoteLocalities"));
    out.error_if(
        idle,
        retries,
        "attempts",
        "http retry policy configured when attempts are set to 0 (disabled)",
    );
    duration_of(out, retries, "perTryTimeout");
    for word in on.split(',').filter(|_| !on.is_empty()) {
        if !RETRY_ON.contains(&word) && !is_status(word) {
            out.at(retries, "retryOn", format!("{} is not a valid retryOn policy", quoted(word)));
        }
    }
    duration_of(out, retries, "backoff");
}

fn rewrite(out: &mut Findings, route: &Message) {
    let Some(rewrite) = route.message("rewrite") else { return };
    let (uri, pattern) = (!rewrite.text("uri").is_empty(), rewrite.message("uriRegexRewrite"));
    if uri && pattern.is_some() {
        return out.at(rewrite, "uriRegexRewrite", "rewrite may only contain one of URI or UriRegexRewrite");
    }
    if !uri && pattern.is_none() && rewrite.text("authority").is_empty() {
        return out.error(&rewrite.place, "rewrite must specify at least one of URI, UriRegexRewrite, or authority. Only one of URI or UriRegexRewrite may be specified");
    }
    let Some(pattern) = pattern else { return };
    let (from, to) = (pattern.text("match"), pattern.text("rewrite"));
    let result = if from.is_empty() || to.is_empty() {
        Err("UriRegexRewrite requires both Rewrite and Match fields to be specified".to_owned())
    } else {
        regex(from, "HTTPRewrite.UriRegexRewrite.Match")
    };
    out.check(&pattern.at("match"), result.map_err(|why| format!("UriRegexRewrite has errors\n{why}")));
}

/// `validateAuthorityRewrite`.
fn authority(out: &mut Findings, route: &Message) {
    let mut current = route.message("rewrite").map_or("", |rewrite| rewrite.text("authority"));
    let Some(request) = route.message("headers").and_then(|headers| headers.message("request")) else {
        return;
    };
    for (key, item) in request.entries("set").iter().chain(request.entries("add")) {
        if !is_authority(key) {
            continue;
        }
        if !current.is_empty() {
            let (have, new) = (quoted(current), quoted(item.text()));
            return out.error(
                &item.place,
                format!(
                    "authority header cannot be set multiple times: have {have}, attempting to set {new}"
                ),
            );
        }
        current = item.text();
    }
}
