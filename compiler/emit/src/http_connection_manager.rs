//! The HTTP connection manager (`envoy.extensions.filters.network.http_connection_manager.v3`).

use mp_ir::mesh::ForwardClientCert;
use mp_ir::plan::{
    EscapedSlashes, Http1Options, Http2Limits, HttpConnectionManager, RouteSource, Underscores,
};

use crate::access_log::access_logs;
use crate::filters::http_filter;
use crate::json::{Object, duration, extension, list};
use crate::listener::cidr;
use crate::route::route_table;
use crate::tracing::tracing;

/// The typed configuration of a connection manager.
pub(crate) fn http_connection_manager(manager: &HttpConnectionManager) -> Object {
    let fields =
        Object::typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager")
            .unless_default("statPrefix", manager.stat_prefix.as_str())
            .unless_default("httpFilters", list(manager.filters.iter().map(http_filter)))
            .unless_default("accessLog", list(access_logs(&manager.access_logs)))
            .maybe("tracing", manager.tracing.as_deref().map(tracing))
            .unless_default(
                "upgradeConfigs",
                list(manager.upgrades.iter().map(|name| Object::new().set("upgradeType", name.as_str()))),
            );
    let fields = headers(routes(fields, &manager.routes), manager);
    let fields = protocols(paths(fields, manager), manager);
    let ranges = manager.internal_ranges.as_ref();
    fields.maybe(
        "internalAddressConfig",
        ranges.map(|ranges| Object::new().unless_default("cidrRanges", list(ranges.iter().map(cidr)))),
    )
}

fn routes(fields: Object, routes: &RouteSource) -> Object {
    match routes {
        RouteSource::Inline(table) => fields.set("routeConfig", route_table(table)),
        RouteSource::Named(name) => {
            let source = Object::new()
                .set("ads", Object::new())
                .set("initialFetchTimeout", "0s")
                .set("resourceApiVersion", "V3");
            fields.set("rds", Object::new().set("configSource", source).set("routeConfigName", name.as_str()))
        }
    }
}

fn headers(fields: Object, manager: &HttpConnectionManager) -> Object {
    let request_id = Object::typed("envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig")
        .set("useRequestIdForTraceSampling", manager.request_id_sampling);
    let details = manager.client_cert_details.map(|parts| {
        let flags = Object::new().set("subject", parts.subject).unless_default("cert", parts.cert);
        flags
            .unless_default("chain", parts.chain)
            .unless_default("dns", parts.dns)
            .unless_default("uri", parts.uri)
    });
    fields
        .unless_default("serverName", manager.server_name.as_str())
        .maybe("serverHeaderTransformation", manager.server_header_pass_through.then_some("PASS_THROUGH"))
        .maybe("forwardClientCertDetails", manager.forward_client_cert.and_then(forward_client_cert))
        .maybe("setCurrentClientCertDetails", details)
        .set("useRemoteAddress", manager.use_remote_address)
        .unless_default("xffNumTrustedHops", manager.xff_trusted_hops)
        .maybe("generateRequestId", manager.generate_request_id)
        .unless_default("appendXForwardedPort", manager.append_x_forwarded_port)
        .set("requestIdExtension", Object::new().set("typedConfig", request_id))
        .unless_default("proxy100Continue", manager.proxy_100_continue)
}

/// As Envoy spells it; `None` is its default.
pub(crate) fn forward_client_cert(mode: ForwardClientCert) -> Option<&'static str> {
    match mode {
        ForwardClientCert::Undefined | ForwardClientCert::Sanitize => None,
        ForwardClientCert::ForwardOnly => Some("FORWARD_ONLY"),
        ForwardClientCert::AppendForward => Some("APPEND_FORWARD"),
        ForwardClientCert::SanitizeSet => Some("SANITIZE_SET"),
        ForwardClientCert::AlwaysForwardOnly => Some("ALWAYS_FORWARD_ONLY"),
    }
}

fn paths(fields: Object, manager: &HttpConnectionManager) -> Object {
    let escaped = match manager.paths.escaped_slashes {
        EscapedSlashes::Keep => "KEEP_UNCHANGED",
        EscapedSlashes::Unescape => "UNESCAPE_AND_FORWARD",
        EscapedSlashes::Redirect => "UNESCAPE_AND_REDIRECT",
        EscapedSlashes::Reject => "REJECT_REQUEST",
    };
    fields
        .set("normalizePath", manager.paths.normalize)
        .unless_default("mergeSlashes", manager.paths.merge_slashes)
        .set("pathWithEscapedSlashesAction", escaped)
}

fn protocols(fields: Object, manager: &HttpConnectionManager) -> Object {
    let limits = &manager.limits;
    let underscores = limits.underscores.map(|action| match action {
        Underscores::Reject => "REJECT_REQUEST",
        Underscores::Drop => "DROP_HEADER",
    });
    let common = Object::new()
        .maybe("idleTimeout", manager.idle_timeout.map(duration))
        .maybe("maxConnectionDuration", limits.max_connection_duration.map(duration))
        .maybe("maxStreamDuration", limits.max_stream_duration.map(duration))
        .maybe("headersWithUnderscoresAction", underscores);
    fields
        .set("streamIdleTimeout", duration(manager.stream_idle_timeout))
        .maybe("requestTimeout", limits.request_timeout.map(duration))
        .maybe("requestHeadersTimeout", limits.request_headers_timeout.map(duration))
        .maybe("drainTimeout", limits.drain_timeout.map(duration))
        .unless_default("commonHttpProtocolOptions", common)
        .maybe("httpProtocolOptions", manager.http1.map(http1))
        .maybe("http2ProtocolOptions", manager.http2.map(http2))
}

fn http1(options: Http1Options) -> Object {
    let case = options.preserve_header_case.then(|| {
        let config = Object::typed(
            "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig",
        );
        Object::new().set("statefulFormatter", extension("preserve_case", config))
    });
    Object::new()
        .maybe("allowAbsoluteUrl", options.allow_absolute_url.then_some(true))
        .unless_default("acceptHttp10", options.accept_http10)
        .maybe("headerKeyFormat", case)
}

fn http2(limits: Http2Limits) -> Object {
    Object::new()
        .maybe("maxConcurrentStreams", limits.max_concurrent_streams)
        .maybe("initialStreamWindowSize", limits.initial_stream_window)
        .maybe("initialConnectionWindowSize", limits.initial_connection_window)
}
