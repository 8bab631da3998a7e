//! Rules of HTTPRoutes and GRPCRoutes (`convertHTTPRoute`, `convertGRPCRoute`): one route for each match.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mp_ir::base::{At, Span};
use mp_ir::mesh::{DirectResponse, HeaderOps, HttpMatch, HttpRoute, Retries, RouteDestination, StringMatch};
use mp_model::views::gateway as api;
use mp_model::{Object, Text};

use super::super::text;
use super::Cx;
use super::backend::{self, weighted};
use super::fault::{Fault, Made};
use super::filters;

/// Status where no backend has a share.
const NO_BACKEND: u32 = 500;
/// What is tried again in any case.
const RETRY_ON: [&str; 4] = ["connect-failure", "refused-stream", "unavailable", "cancelled"];
/// Tries where the rule does not say.
const ATTEMPTS: i64 = 2;

/// The routes of all rules of an HTTPRoute; `granted` where references need grants.
pub(super) fn http(cx: &Cx<'_>, object: &Object, granted: bool) -> Made<HttpRoute> {
    http_rules(cx, object, granted).into()
}

fn http_rules(cx: &Cx<'_>, object: &Object, granted: bool) -> Result<Made<HttpRoute>, Fault> {
    let mut out = Made::default();
    let Some(spec) = cx.ws.spec::<api::HTTPRouteSpec<'_>>(object) else { return Ok(out) };
    if spec.rules().is_empty() {
        let matches = vec![any_path(object.name_span)];
        let route = HttpRoute {
            name: auto_name(object, 0),
            matches,
            direct_response: no_backend(),
            origin: Some(object.name_span),
            ..HttpRoute::default()
        };
        out.push(route, None);
    }
    for (place, rule) in spec.rules().iter().enumerate() {
        let (base, fault) = http_rule(cx, object, rule, place, granted)?;
        let fault = fault.as_ref();
        let matches = rule.matches();
        if !matches.is_present() {
            out.push(HttpRoute { matches: vec![any_path(rule.0.span())], ..base.clone() }, fault);
        } else if matches.is_empty() {
            out.push(base.clone(), fault);
        }
        for m in matches.iter() {
            let origin = Some(m.0.span());
            out.push(HttpRoute { matches: vec![http_match(m)], origin, ..base.clone() }, fault);
        }
    }
    Ok(out)
}

fn auto_name(object: &Object, place: usize) -> String {
    format!("{}.{}.{place}", object.namespace, object.name)
}

/// A route that knows its name and place alone.
fn named(object: &Object, name: Option<Text<'_>>, place: usize, span: Span) -> HttpRoute {
    let name = name.map_or_else(|| auto_name(object, place), |name| name.value.to_owned());
    HttpRoute { name, origin: Some(span), ..HttpRoute::default() }
}

fn no_backend() -> Option<DirectResponse> {
    Some(DirectResponse { status: NO_BACKEND, ..DirectResponse::default() })
}

fn any_path(place: Span) -> HttpMatch {
    let uri = At::new(StringMatch::Prefix("/".to_owned()), place);
    HttpMatch { uri: Some(uri), origin: Some(place), ..HttpMatch::default() }
}

fn http_rule(
    cx: &Cx<'_>,
    object: &Object,
    rule: api::HTTPRouteRule<'_>,
    place: usize,
    granted: bool,
) -> Result<(HttpRoute, Option<Fault>), Fault> {
    let mut out = named(object, rule.name(), place, rule.0.span());
    let (mut mirrors, mut unmirrored, mut fault) = (Vec::new(), None, None);
    for filter in rule.filters().iter() {
        if let Some(view) = filter.request_mirror().filter(|_| is(filter, "RequestMirror")) {
            match filters::mirror(cx, object, view, granted) {
                Ok(mirror) => mirrors.push(mirror),
                Err(why) => unmirrored = Some(why),
            }
        } else {
            http_filter(&mut out, filter)?;
        }
    }
    out.set_mirrors(mirrors);
    out.retries = rule.retry().map(retries);
    timeouts(&mut out, rule.timeouts());
    let backends = || rule.backend_refs().iter();
    if backends().map(|to| to.weight().unwrap_or(1)).sum::<i64>() == 0 && out.redirect.is_none() {
        out.direct_response = no_backend();
        return Ok((out, unmirrored));
    }
    for (to, weight) in weighted(backends()) {
        let found = backend::destination(cx, object, &to.into(), granted)?;
        let mut headers = HeaderOps::default();
        for filter in to.filters().iter() {
            header_filter(&mut headers, filter)?;
        }
        fault = found.fault.or(fault);
        let origin = Some(to.0.span());
        out.route.push(RouteDestination { destination: found.destination, weight, headers, origin });
    }
    Ok((out, Fault::joined(fault, unmirrored)))
}

fn is(filter: api::HTTPRouteFilter<'_>, kind: &str) -> bool {
    filter.type_().is_some_and(|found| found.name() == kind)
}

/// A filter that cannot be applied.
fn unsupported(kind: &str, place: Span) -> Fault {
    Fault::new("InvalidFilter", format!("unsupported filter type \"{kind}\""), place)
}

fn http_filter(out: &mut HttpRoute, filter: api::HTTPRouteFilter<'_>) -> Result<(), Fault> {
    match filter.type_().map_or("", |kind| kind.name()) {
        "RequestRedirect" => out.redirect = filter.request_redirect().map(filters::redirect),
        "URLRewrite" => out.rewrite = filter.url_rewrite().and_then(filters::rewrite),
        "CORS" => out.cors = filter.cors().map(filters::cors),
        "RequestMirror" => {}
        _ => {
            header_filter(&mut out.headers, filter)?;
            out.headers_written = true;
        }
    }
    Ok(())
}

/// Changes of headers; every other filter is unknown here.
fn header_filter(out: &mut HeaderOps, filter: api::HTTPRouteFilter<'_>) -> Result<(), Fault> {
    match filter.type_().map_or("", |kind| kind.name()) {
        "RequestHeaderModifier" => filter.request_header_modifier().map(|v| filters::request_headers(out, v)),
        "ResponseHeaderModifier" => {
            filter.response_header_modifier().map(|v| filters::response_headers(out, v))
        }
        other => return Err(unsupported(other, filter.0.span())),
    }
    .unwrap_or(Ok(()))
}

fn retries(view: api::HTTPRouteRetry<'_>) -> Retries {
    let codes = view.codes().iter().map(|code| code.to_string());
    let on: Vec<String> = RETRY_ON.iter().map(|word| (*word).to_owned()).chain(codes).collect();
    let attempts = view.attempts().unwrap_or(ATTEMPTS);
    Retries {
        attempts,
        retry_on: if attempts == 0 { String::new() } else { on.join(",") },
        backoff: view.backoff().map(|d| d.nanos),
        ..Retries::default()
    }
}

/// The timeout of a try bounds the whole request where nothing is tried again.
fn timeouts(out: &mut HttpRoute, view: Option<api::HTTPRouteTimeouts<'_>>) {
    let Some(view) = view else { return };
    out.timeout = view.request().map(|d| d.nanos).filter(|nanos| *nanos != 0);
    if let Some(nanos) = view.backend_request().map(|d| d.nanos).filter(|nanos| *nanos != 0) {
        match &mut out.retries {
            Some(retries) => retries.per_try_timeout = Some(nanos),
            None => out.timeout = Some(nanos),
        }
    }
}

fn http_match(view: api::HTTPRouteMatch<'_>) -> HttpMatch {
    let named = |name: Option<Text<'_>>, regular: bool, value: Option<Text<'_>>| {
        let place = value.map_or(view.0.span(), |value| value.span);
        let value = text(value);
        let matched = if regular { StringMatch::Regex(value) } else { StringMatch::Exact(value) };
        (text(name), At::new(matched, place))
    };
    let headers = view.headers();
    let headers = headers
        .iter()
        .map(|h| named(h.name(), h.type_().is_some_and(|t| t.name() == "RegularExpression"), h.value()));
    let params = view.query_params();
    let params = params
        .iter()
        .map(|q| named(q.name(), q.type_().is_some_and(|t| t.name() == "RegularExpression"), q.value()));
    let method = view.method().map(|m| At::new(StringMatch::Exact(m.name().to_owned()), view.0.span()));
    HttpMatch {
        uri: Some(path(view)),
        method,
        headers: headers.collect(),
        query_params: params.collect(),
        origin: Some(view.0.span()),
        ..HttpMatch::default()
    }
}

/// A path; a slash at the end of a prefix does not count.
fn path(view: api::HTTPRouteMatch<'_>) -> At<StringMatch> {
    let path = view.path();
    let value = path.and_then(api::HTTPPathMatch::value);
    let place = value.map_or(view.0.span(), |value| value.span);
    let value = value.map_or("/", |value| value.value);
    let kind = path.and_then(api::HTTPPathMatch::type_).map_or("PathPrefix", |kind| kind.name());
    let matched = match kind {
        "Exact" => StringMatch::Exact(value.to_owned()),
        "RegularExpression" => StringMatch::Regex(value.to_owned()),
        _ if value == "/" => StringMatch::Prefix(value.to_owned()),
        _ => StringMatch::Prefix(value.strip_suffix('/').unwrap_or(value).to_owned()),
    };
    At::new(matched, place)
}

/// The routes of all rules of a GRPCRoute.
pub(super) fn grpc(cx: &Cx<'_>, object: &Object, granted: bool) -> Made<HttpRoute> {
    grpc_rules(cx, object, granted).into()
}

fn grpc_rules(cx: &Cx<'_>, object: &Object, granted: bool) -> Result<Made<HttpRoute>, Fault> {
    let mut out = Made::default();
    let Some(spec) = cx.ws.spec::<api::GRPCRouteSpec<'_>>(object) else { return Ok(out) };
    for (place, rule) in spec.rules().iter().enumerate() {
        let (base, fault) = grpc_rule(cx, object, rule, place, granted)?;
        let fault = fault.as_ref();
        if rule.matches().is_empty() {
            out.push(base.clone(), fault);
        }
        for m in rule.matches().iter() {
            let origin = Some(m.0.span());
            out.push(HttpRoute { matches: vec![grpc_match(m)?], origin, ..base.clone() }, fault);
        }
    }
    Ok(out)
}

fn grpc_rule(
    cx: &Cx<'_>,
    object: &Object,
    rule: api::GRPCRouteRule<'_>,
    place: usize,
    granted: bool,
) -> Result<(HttpRoute, Option<Fault>), Fault> {
    let mut out = named(object, rule.name(), place, rule.0.span());
    let (mut mirrors, mut fault) = (Vec::new(), None);
    for filter in rule.filters().iter() {
        match filter.request_mirror() {
            Some(view) => mirrors.push(filters::mirror(cx, object, view, granted)?),
            None => {
                grpc_filter(&mut out.headers, filter)?;
                out.headers_written = true;
            }
        }
    }
    out.set_mirrors(mirrors);
    let backends = || rule.backend_refs().iter();
    if backends().map(|to| to.weight().unwrap_or(1)).sum::<i64>() == 0 {
        out.direct_response = no_backend();
        return Ok((out, None));
    }
    for (to, weight) in weighted(backends()) {
        let found = backend::destination(cx, object, &to.into(), granted)?;
        let mut headers = HeaderOps::default();
        for filter in to.filters().iter() {
            grpc_filter(&mut headers, filter)?;
        }
        fault = found.fault.or(fault);
        let origin = Some(to.0.span());
        out.route.push(RouteDestination { destination: found.destination, weight, headers, origin });
    }
    Ok((out, fault))
}

fn grpc_filter(out: &mut HeaderOps, filter: api::GRPCRouteFilter<'_>) -> Result<(), Fault> {
    match filter.type_().map_or("", |kind| kind.name()) {
        "RequestHeaderModifier" => filter.request_header_modifier().map(|v| filters::request_headers(out, v)),
        "ResponseHeaderModifier" => {
            filter.response_header_modifier().map(|v| filters::response_headers(out, v))
        }
        other => return Err(unsupported(other, filter.0.span())),
    }
    .unwrap_or(Ok(()))
}

fn grpc_match(view: api::GRPCRouteMatch<'_>) -> Result<HttpMatch, Fault> {
    let place = view.0.span();
    let headers: BTreeMap<String, At<StringMatch>> = view
        .headers()
        .iter()
        .map(|h| {
            let value = text(h.value());
            let regular = h.type_().is_some_and(|t| t.name() == "RegularExpression");
            let matched = if regular { StringMatch::Regex(value) } else { StringMatch::Exact(value) };
            (text(h.name()), At::new(matched, h.value().map_or(place, |value| value.span)))
        })
        .collect();
    let uri = view.method().map(grpc_path).transpose()?.map(|path| At::new(path, place));
    Ok(HttpMatch { uri, headers, origin: Some(place), ..HttpMatch::default() })
}

/// `/service/method` (`createGRPCURIMatch`).
fn grpc_path(view: api::GRPCMethodMatch<'_>) -> Result<StringMatch, Fault> {
    let regular = view.type_().is_some_and(|kind| kind.name() == "RegularExpression");
    Ok(match (view.service().map(|s| s.value), view.method().map(|m| m.value), regular) {
        (None, None, _) => {
            let message = "gRPC match must have method or service defined";
            return Err(Fault::new("InvalidConfiguration", message, view.0.span()));
        }
        (Some(service), None, false) => StringMatch::Prefix(format!("/{service}/")),
        (Some(service), None, true) => StringMatch::Regex(format!("/{service}/.+")),
        (None, Some(method), _) => StringMatch::Regex(format!("/[^/]+/{method}")),
        (Some(service), Some(method), false) => StringMatch::Exact(format!("/{service}/{method}")),
        (Some(service), Some(method), true) => StringMatch::Regex(format!("/{service}/{method}")),
    })
}

/// Sorts routes as Gateway API wants it: kind and length of the path, method, headers, parameters (`sortHTTPRoutes`).
pub(super) fn sort(routes: &mut [HttpRoute]) {
    routes.sort_by_key(precedence);
}

type Precedence = (bool, Reverse<u8>, Reverse<usize>, bool, Reverse<usize>, Reverse<usize>);

fn precedence(route: &HttpRoute) -> Precedence {
    let Some(m) = route.matches.first() else {
        return (true, Reverse(0), Reverse(0), false, Reverse(0), Reverse(0));
    };
    let (rank, length) = match m.uri.as_ref().map(|uri| &uri.value) {
        Some(StringMatch::Exact(path)) => (3, path.len()),
        Some(StringMatch::Prefix(path)) => (2, path.len()),
        Some(StringMatch::Regex(path)) => (1, path.len()),
        Some(StringMatch::Present) | None => (0, 0),
    };
    let (headers, params) = (m.headers.len(), m.query_params.len());
    (false, Reverse(rank), Reverse(length), m.method.is_none(), Reverse(headers), Reverse(params))
}
