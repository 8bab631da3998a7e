//! HTTP filters.

use mp_ir::plan::{HttpFilter, PeerMetadata};
use serde_json::{Value, json};

use crate::extension::{discovered, lua};
use crate::json::{Object, extension, list, typed_struct};
use crate::{jwt, rbac};

use super::{dns_cache, stats, tunnel};

/// ALPN towards the upstream by the protocol spoken with it (`filters.go`, `Alpn`); the empty name is HTTP/1.0, the default.
const ALPN: [(&str, [&str; 3]); 3] = [
    ("", ["istio-http/1.0", "istio", "http/1.0"]),
    ("HTTP11", ["istio-http/1.1", "istio", "http/1.1"]),
    ("HTTP2", ["istio-h2", "istio", "h2"]),
];

/// An HTTP filter.
pub(crate) fn http_filter(filter: &HttpFilter) -> Value {
    match filter {
        HttpFilter::PeerMetadata { side, labels } => peer_metadata(*side, labels),
        HttpFilter::ConnectAuthority { hashable } => tunnel::http_authority(*hashable),
        HttpFilter::Rbac(filter) => rbac::http_rbac(filter),
        HttpFilter::Jwt(filter) => jwt::jwt_authn(filter),
        HttpFilter::ExtAuthz(filter) => rbac::http_ext_authz(filter),
        HttpFilter::Wasm(name) => discovered(name, "http"),
        HttpFilter::Lua { name, code, .. } => lua(name, code),
        HttpFilter::GrpcWeb => plain("envoy.filters.http.grpc_web", "grpc_web.v3.GrpcWeb"),
        HttpFilter::GrpcStats => grpc_stats(),
        HttpFilter::Alpn => alpn(),
        HttpFilter::Fault => plain("envoy.filters.http.fault", "fault.v3.HTTPFault"),
        HttpFilter::Cors => plain("envoy.filters.http.cors", "cors.v3.Cors"),
        HttpFilter::Stats(filter) => stats(filter),
        HttpFilter::StatefulSession => {
            plain("envoy.filters.http.stateful_session", "stateful_session.v3.StatefulSession")
        }
        HttpFilter::DynamicForwardProxy(cache) => {
            let config = Object::typed("envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig");
            extension(
                "envoy.filters.http.dynamic_forward_proxy",
                config.set("dnsCacheConfig", dns_cache(cache)),
            )
        }
        HttpFilter::Router { suppress_envoy_headers } => {
            let config = Object::typed("envoy.extensions.filters.http.router.v3.Router");
            extension(
                "envoy.filters.http.router",
                config.unless_default("suppressEnvoyHeaders", *suppress_envoy_headers),
            )
        }
    }
}

fn grpc_stats() -> Value {
    let config = Object::typed("envoy.extensions.filters.http.grpc_stats.v3.FilterConfig");
    extension(
        "envoy.filters.http.grpc_stats",
        config.set("emitFilterState", true).set("statsForAllMethods", false),
    )
}

fn alpn() -> Value {
    let overrides = ALPN.iter().map(|(protocol, names)| {
        Object::new()
            .unless_default("upstreamProtocol", *protocol)
            .unless_default("alpnOverride", list(names.iter().copied()))
    });
    let config = Object::typed("istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig");
    extension("istio.alpn", config.unless_default("alpnOverride", list(overrides)))
}

fn plain(name: &str, message: &str) -> Value {
    extension(name, Object::typed(&format!("envoy.extensions.filters.http.{message}")))
}

/// Who the other side is, and who it is told that this one is (`filters.go`, `SidecarInboundMetadataFilter` and its neighbours).
fn peer_metadata(side: PeerMetadata, labels: &[String]) -> Value {
    if matches!(side, PeerMetadata::Tunnelled | PeerMetadata::WaypointUpstream) {
        return tunnel::peer_metadata(side);
    }
    let discovery = json!([{"istio_headers": {}}, {"workload_discovery": {}}]);
    let (name, headers) = match side {
        PeerMetadata::Downstream | PeerMetadata::Tunnelled => ("downstream", json!({})),
        PeerMetadata::Upstream | PeerMetadata::WaypointUpstream => ("upstream", json!({})),
        PeerMetadata::UpstreamInMeshOnly => ("upstream", json!({"skip_external_clusters": true})),
    };
    let value = Object::new()
        .set(&format!("{name}_discovery"), discovery)
        .set(&format!("{name}_propagation"), json!([{"istio_headers": headers}]))
        .unless_default("additional_labels", list(labels.iter().map(String::as_str)));
    extension("istio.metadata_exchange", typed_struct("io.istio.http.peer_metadata.Config", value))
}
