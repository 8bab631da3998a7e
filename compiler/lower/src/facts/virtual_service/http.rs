//! HTTP routes of a VirtualService.

use std::collections::BTreeMap;

use mp_ir::base::At;
use mp_ir::mesh::{
    CorsPolicy, Delegate, DirectResponse, FaultAbort, FaultDelay, HeaderOps, HttpMatch, HttpRoute, Mirror,
    Percent, Redirect, Rewrite, RouteDestination, StringMatch,
};
use mp_model::Entries;
use mp_model::generated::networking as api;

use super::{Names, number, text, texts};
use crate::facts::settings::retries;

pub(super) fn route(names: Names<'_>, view: api::HTTPRoute<'_>) -> HttpRoute {
    let fault = view.fault();
    let mirror = view.mirror();
    let mut out = HttpRoute {
        name: text(view.name()),
        matches: view.match_().iter().map(|m| condition(names, m)).collect(),
        route: view.route().iter().map(|d| destination(names, d)).collect(),
        redirect: view.redirect().map(redirect),
        direct_response: view.direct_response().map(direct_response),
        delegate: view.delegate().map(delegate),
        rewrite: view.rewrite().map(rewrite),
        timeout: view.timeout().map(|timeout| timeout.nanos),
        retries: view.retries().map(retries),
        fault_delay: fault.and_then(|fault| fault.delay()).and_then(delay),
        fault_abort: fault.and_then(|fault| fault.abort()).map(abort),
        fault_written: fault.is_some(),
        mirror: mirror.map(|mirror| names.destination(Some(mirror))),
        mirror_percentage: view.mirror_percentage().map(percent),
        mirror_percent: view.mirror_percent().map(|percent| number(Some(percent))),
        mirrors: Vec::new(),
        cors: view.cors_policy().map(cors),
        headers: headers(view.headers()),
        headers_written: view.headers().is_some(),
        origin: Some(view.0.span()),
    };
    // istiod leaves out entries without destination.
    let listed = view.mirrors().iter().filter(|mirror| mirror.destination().is_some());
    out.set_mirrors(
        listed
            .map(|mirror| Mirror {
                destination: names.destination(mirror.destination()),
                percentage: mirror.percentage().map(percent),
                percent: None,
            })
            .collect(),
    );
    out
}

fn condition(names: Names<'_>, view: api::HTTPMatchRequest<'_>) -> HttpMatch {
    HttpMatch {
        name: text(view.name()),
        uri: view.uri().map(string_match),
        scheme: view.scheme().map(string_match),
        method: view.method().map(string_match),
        authority: view.authority().map(string_match),
        headers: string_matches(view.headers()),
        without_headers: string_matches(view.without_headers()),
        query_params: string_matches(view.query_params()),
        ignore_uri_case: view.ignore_uri_case().unwrap_or_default(),
        port: number(view.port()),
        source_labels: view.source_labels().to_sorted(),
        source_namespace: text(view.source_namespace()),
        gateways: names.gateways(view.gateways()),
        stat_prefix: text(view.stat_prefix()),
        origin: Some(view.0.span()),
    }
}

fn string_matches(entries: Entries<'_, api::StringMatch<'_>>) -> BTreeMap<String, At<StringMatch>> {
    entries.iter().map(|(name, value)| (name.value.to_owned(), string_match(value))).collect()
}

fn string_match(view: api::StringMatch<'_>) -> At<StringMatch> {
    let exact = view.exact().map(|t| StringMatch::Exact(t.value.to_owned()));
    let prefix = || view.prefix().map(|t| StringMatch::Prefix(t.value.to_owned()));
    let regex = || view.regex().map(|t| StringMatch::Regex(t.value.to_owned()));
    At::new(exact.or_else(prefix).or_else(regex).unwrap_or(StringMatch::Present), view.0.span())
}

fn destination(names: Names<'_>, view: api::HTTPRouteDestination<'_>) -> RouteDestination {
    RouteDestination {
        destination: names.destination(view.destination()),
        weight: view.weight().unwrap_or_default(),
        headers: headers(view.headers()),
        origin: Some(view.0.span()),
    }
}

fn headers(view: Option<api::Headers<'_>>) -> HeaderOps {
    let mut out = HeaderOps::default();
    if let Some(request) = view.and_then(|view| view.request()) {
        out.request_set = request.set().to_sorted();
        out.request_add = request.add().to_sorted();
        out.request_remove = texts(request.remove());
    }
    if let Some(response) = view.and_then(|view| view.response()) {
        out.response_set = response.set().to_sorted();
        out.response_add = response.add().to_sorted();
        out.response_remove = texts(response.remove());
    }
    out
}

fn redirect(view: api::HTTPRedirect<'_>) -> Redirect {
    Redirect {
        uri: text(view.uri()),
        authority: text(view.authority()),
        scheme: text(view.scheme()),
        code: number(view.redirect_code()),
        port: view.port().map(|port| number(Some(port))),
        prefix_rewrite: text(view.prefix_rewrite()),
        derive_port: view.derive_port().map(|derive| derive.name().to_owned()),
        origin: Some(view.0.span()),
    }
}

fn direct_response(view: api::HTTPDirectResponse<'_>) -> DirectResponse {
    let body = view.body();
    DirectResponse {
        status: number(view.status()),
        body: body.and_then(|body| body.string()).map(|t| t.value.to_owned()),
        body_bytes: body.and_then(|body| body.bytes()).map(|t| t.value.to_owned()),
    }
}

fn delegate(view: api::Delegate<'_>) -> Delegate {
    Delegate { name: text(view.name()), namespace: text(view.namespace()), origin: Some(view.0.span()) }
}

fn rewrite(view: api::HTTPRewrite<'_>) -> Rewrite {
    Rewrite {
        uri: text(view.uri()),
        authority: text(view.authority()),
        uri_regex: view.uri_regex_rewrite().map(|regex| (text(regex.match_()), text(regex.rewrite()))),
    }
}

fn percent(view: api::Percent<'_>) -> Percent {
    Percent(view.value().unwrap_or_default())
}

/// A delay of fixed length; others are not supported by istiod and have no effect.
fn delay(view: api::HTTPFaultInjectionDelay<'_>) -> Option<FaultDelay> {
    Some(FaultDelay {
        fixed: view.fixed_delay()?.nanos,
        percentage: view.percentage().map(percent),
        percent: view.percent().unwrap_or_default(),
    })
}

fn abort(view: api::HTTPFaultInjectionAbort<'_>) -> FaultAbort {
    FaultAbort {
        http_status: view.http_status().map(|status| number(Some(status))),
        grpc_status: view.grpc_status().map(|t| t.value.to_owned()),
        http2_error: view.http2_error().map(|t| t.value.to_owned()),
        percentage: view.percentage().map(percent),
    }
}

fn cors(view: api::CorsPolicy<'_>) -> CorsPolicy {
    let old = || view.allow_origin().iter().map(|t| StringMatch::Exact(t.value.to_owned())).collect();
    let new = || view.allow_origins().iter().map(|m| string_match(m).value).collect();
    CorsPolicy {
        allow_origins: if view.allow_origins().is_empty() { old() } else { new() },
        allow_methods: texts(view.allow_methods()),
        allow_headers: texts(view.allow_headers()),
        expose_headers: texts(view.expose_headers()),
        max_age: view.max_age().map(|age| age.nanos),
        allow_credentials: view.allow_credentials(),
        unmatched_preflights: view.unmatched_preflights().map(|p| p.name().to_owned()).unwrap_or_default(),
    }
}
