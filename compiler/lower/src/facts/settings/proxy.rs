//! ProxyConfig: mesh default, objects and annotations lie over each other (`MergeProxyConfig`).

use mp_ir::mesh::{ForwardClientCert, ProxyHeaders, ProxySettings};
use mp_model::Node;
use mp_model::views::mesh as view;

use super::{json, set, word};

/// Fields that [`ProxySettings`] says in its own words.
const SAID: [&str; 5] = ["gatewayTopology", "proxyHeaders", "proxyMetadata", "tracing", "discoveryAddress"];

/// Lays a ProxyConfig over settings.
pub(crate) fn apply(settings: &mut ProxySettings, config: view::ProxyConfig<'_>) {
    settings.layers.push(json::text(config.0));
    set(&mut settings.discovery_address, word(config.discovery_address()));
    settings.metadata.extend(config.proxy_metadata().to_sorted());
    if let Some(topology) = config.gateway_topology() {
        settings.num_trusted_proxies = number(topology.num_trusted_proxies()).unwrap_or_default();
        settings.forward_client_cert = forward(topology.forward_client_cert_details());
        settings.gateway_proxy_protocol = topology.proxy_protocol().is_some();
    }
    if let Some(headers) = config.proxy_headers() {
        proxy_headers(&mut settings.headers, headers);
    }
    if let Some(tracing) = config.tracing() {
        self::tracing(settings, tracing);
    }
    for (key, value) in config.0.entries() {
        if let Some(key) = key.as_str().filter(|key| !SAID.contains(key)) {
            settings.raw.insert(key.to_owned(), json::text(value));
        }
    }
}

fn number(value: Option<i64>) -> Option<u32> {
    value.and_then(|n| u32::try_from(n).ok())
}

fn forward(word: Option<view::ForwardClientCertDetails>) -> ForwardClientCert {
    match word.map(view::ForwardClientCertDetails::name) {
        Some("SANITIZE") => ForwardClientCert::Sanitize,
        Some("FORWARD_ONLY") => ForwardClientCert::ForwardOnly,
        Some("APPEND_FORWARD") => ForwardClientCert::AppendForward,
        Some("SANITIZE_SET") => ForwardClientCert::SanitizeSet,
        Some("ALWAYS_FORWARD_ONLY") => ForwardClientCert::AlwaysForwardOnly,
        _ => ForwardClientCert::Undefined,
    }
}

/// Some headers keep what was said before where the new text says nothing (`correctProxyHeaders`).
fn proxy_headers(into: &mut ProxyHeaders, headers: view::ProxyConfigProxyHeaders<'_>) {
    let old = std::mem::take(into);
    let mode = headers.metadata_exchange_headers().and_then(|m| m.mode());
    let forwarded = forward(headers.forwarded_client_cert());
    let server = headers.server();
    let details = headers.set_current_client_cert_details();
    *into = ProxyHeaders {
        forwarded_client_cert: if forwarded == ForwardClientCert::Undefined {
            old.forwarded_client_cert
        } else {
            forwarded
        },
        set_current_client_cert_details: details
            .map(|d| [d.cert(), d.chain(), d.dns(), d.subject(), d.uri()]),
        request_id_disabled: headers.request_id().map_or(old.request_id_disabled, |h| h.disabled()),
        server_disabled: server.map_or(old.server_disabled, |h| h.disabled()),
        server_value: server.map_or(old.server_value, |h| word(h.value()).unwrap_or_default()),
        attempt_count_disabled: headers.attempt_count().map_or(old.attempt_count_disabled, |h| h.disabled()),
        debug_headers_disabled: headers
            .envoy_debug_headers()
            .map_or(old.debug_headers_disabled, |h| h.disabled()),
        metadata_exchange_in_mesh: mode.is_some_and(|mode| mode.name() == "IN_MESH"),
        preserve_http1_header_case: headers.preserve_http1_header_case(),
        x_forwarded_host: headers.x_forwarded_host().and_then(|h| h.enabled()),
        x_forwarded_port: headers.x_forwarded_port().and_then(|h| h.enabled()),
    };
}

fn tracing(settings: &mut ProxySettings, tracing: view::Tracing<'_>) {
    settings.tracing_sampling = tracing.sampling().or(settings.tracing_sampling);
    settings.max_path_tag_length = number(tracing.max_path_tag_length()).or(settings.max_path_tag_length);
    settings.enable_istio_tags = tracing.enable_istio_tags().or(settings.enable_istio_tags);
    settings.enable_istio_tags = tracing.enable_istio_tags().or(settings.enable_istio_tags);
    for (tag, value) in tracing.custom_tags().iter() {
        settings.custom_tags.insert(tag.value.to_owned(), json::text(value.0));
    }
    for tracer in ["zipkin", "lightstep", "datadog", "stackdriver", "openCensusAgent"] {
        if let Some(node) = tracing.0.get(tracer).filter(|node| !node.is_null()) {
            let address = node.get("address").and_then(Node::as_str).unwrap_or_default();
            settings.tracer = Some((tracer.to_owned(), address.to_owned()));
        }
    }
}
