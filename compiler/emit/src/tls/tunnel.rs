//! Transport sockets of the tunnel (`pilot/pkg/networking/util/internal_upstream.go`, `buildCommonConnectTLSContext`).

use mp_ir::plan::{TunnelTls, UpstreamSecurity};
use serde_json::{Value, json};

use crate::json::{Object, extension, list};
use crate::listener::uri_prefix;

use super::{UPSTREAM, raw_buffer, secret};

const INTERNAL: &str = "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport";
const DESTINATION: &str = "envoy.filters.listener.original_dst";

/// TLS of the tunnel.
pub(super) fn socket(tls: &TunnelTls) -> Value {
    let names = list(tls.identities.iter().map(|start| uri_prefix(start)));
    let context = Object::new()
        .set("defaultValidationContext", Object::new().unless_default("matchTypedSubjectAltNames", names))
        .set("validationContextSdsSecretConfig", secret(&tls.root));
    let common = Object::new()
        .set("alpnProtocols", json!(["h2"]))
        .set(
            "tlsParams",
            json!({"tlsMinimumProtocolVersion": "TLSv1_3", "tlsMaximumProtocolVersion": "TLSv1_3"}),
        )
        .set("tlsCertificateSdsSecretConfigs", list([secret(&tls.certificate)]))
        .set("combinedValidationContext", context);
    extension("tls", Object::typed(UPSTREAM).set("commonTlsContext", common))
}

/// To a listener of the proxy, with nothing said of the endpoint.
pub(super) fn to_listener(security: &UpstreamSecurity) -> Value {
    match security {
        UpstreamSecurity::Tunnel(tls) => internal("internal_upstream_with_tls", socket(tls), Vec::new()),
        _ => internal("internal_upstream", raw_buffer("raw_buffer"), Vec::new()),
    }
}

/// From a waypoint to an endpoint.
pub(super) fn of_waypoint(inner: Value) -> Value {
    internal("internal_upstream", inner, vec![of("host", DESTINATION), of("host", "istio")])
}

/// From a sidecar or gateway to an endpoint.
pub(super) fn of_endpoint(inner: Value) -> Value {
    let told = vec![of("host", DESTINATION), of("cluster", "istio"), of("host", "istio")];
    internal("envoy.transport_sockets.internal_upstream", inner, told)
}

fn of(kind: &str, name: &str) -> Object {
    Object::new().set("kind", Object::new().set(kind, Object::new())).set("name", name)
}

fn internal(name: &str, inner: Value, told: Vec<Object>) -> Value {
    let config = Object::typed(INTERNAL)
        .unless_default("passthroughMetadata", list(told))
        .set("transportSocket", inner);
    extension(name, config)
}
