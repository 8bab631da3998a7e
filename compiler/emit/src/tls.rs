//! Transport sockets of clusters.

mod tunnel;

use mp_ir::plan::{SecretSource, ServerCheck, UpstreamSecurity, UpstreamTls, Via};
use serde_json::{Value, json};

use crate::json::{Object, extension, list};

const UPSTREAM: &str = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
const PROXY_PROTOCOL: &str =
    "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport";
const RAW_SOCKET: &str = "envoy.transport_sockets.raw_buffer";
const RAW_BUFFER: &str = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";

/// Adds `transportSocket` or `transportSocketMatches`.
pub(crate) fn transport(
    object: Object,
    security: &UpstreamSecurity,
    via: Via,
    proxy_protocol: Option<u8>,
) -> Object {
    let wrap = |socket: Value| match proxy_protocol {
        Some(version) => proxied(socket, version),
        None => socket,
    };
    match (via, security) {
        (Via::Listener, security) => object.set("transportSocket", tunnel::to_listener(security)),
        (_, UpstreamSecurity::Tunnel(tls)) => object.set("transportSocket", tunnel::socket(tls)),
        (Via::Waypoint, security) => {
            let inner = security.tls().map_or_else(|| raw_buffer("raw_buffer"), tls_socket);
            object.set("transportSocket", tunnel::of_waypoint(wrap(inner)))
        }
        (Via::Endpoint, security) => object.set("transportSocketMatches", list(by_endpoint(security, wrap))),
        (Via::Network, UpstreamSecurity::Plain) => object.maybe(
            "transportSocket",
            proxy_protocol.map(|version| proxied(raw_buffer("raw_buffer"), version)),
        ),
        (Via::Network, UpstreamSecurity::Tls(tls)) => object.set("transportSocket", wrap(tls_socket(tls))),
        (Via::Network, UpstreamSecurity::Auto(tls)) => {
            object.set("transportSocketMatches", list([mutual(tls, wrap), plain(wrap)]))
        }
    }
}

/// The tunnel to endpoints that take it, and what the others get (`applyHBONETransportSocketMatches`).
fn by_endpoint(security: &UpstreamSecurity, wrap: impl Fn(Value) -> Value + Copy) -> Vec<Object> {
    let tunnel =
        |inner: Value| socket_match("hbone", json!({"tunnel": "http"}), wrap(tunnel::of_endpoint(inner)));
    let without = |name: &str, tls: &UpstreamTls| {
        Object::new().set("name", name).set("transportSocket", wrap(tls_socket(tls)))
    };
    match security {
        UpstreamSecurity::Plain | UpstreamSecurity::Tunnel(_) => {
            vec![tunnel(raw_buffer(RAW_SOCKET)), plain(wrap)]
        }
        UpstreamSecurity::Auto(tls) => vec![tunnel(raw_buffer(RAW_SOCKET)), mutual(tls, wrap), plain(wrap)],
        UpstreamSecurity::Tls(tls) if tls.istio => {
            vec![tunnel(raw_buffer(RAW_SOCKET)), without("tlsMode-istio", tls)]
        }
        UpstreamSecurity::Tls(tls) => vec![tunnel(tls_socket(tls)), without("user", tls)],
    }
}

fn mutual(tls: &UpstreamTls, wrap: impl Fn(Value) -> Value) -> Object {
    socket_match("tlsMode-istio", json!({"tlsMode": "istio"}), wrap(tls_socket(tls)))
}

fn plain(wrap: impl Fn(Value) -> Value) -> Object {
    socket_match("tlsMode-disabled", json!({}), wrap(raw_buffer(RAW_SOCKET)))
}

/// `json!` would copy the socket.
fn socket_match(name: &str, criteria: Value, socket: Value) -> Object {
    Object::new().set("name", name).set("match", criteria).set("transportSocket", socket)
}

/// Plain text as a transport socket. Istio has two names for it.
fn raw_buffer(name: &str) -> Value {
    extension(name, Object::typed(RAW_BUFFER))
}

fn proxied(socket: Value, version: u8) -> Value {
    let config = json!({"version": if version == 2 { "V2" } else { "V1" }});
    let typed = Object::typed(PROXY_PROTOCOL).set("config", config).set("transportSocket", socket);
    extension("envoy.transport_sockets.upstream_proxy_protocol", typed)
}

fn tls_socket(tls: &UpstreamTls) -> Value {
    let context =
        Object::typed(UPSTREAM).set("commonTlsContext", common(tls)).unless_default("sni", tls.sni.as_str());
    extension("envoy.transport_sockets.tls", context)
}

fn common(tls: &UpstreamTls) -> Object {
    let params = Object::new()
        .set("tlsMinimumProtocolVersion", "TLSv1_2")
        .set("tlsMaximumProtocolVersion", "TLSv1_3")
        .unless_default("cipherSuites", list(tls.cipher_suites.iter().map(String::as_str)))
        .unless_default("ecdhCurves", list(tls.ecdh_curves.iter().map(String::as_str)));
    let object = Object::new()
        .set("tlsParams", params)
        .unless_default("alpnProtocols", list(tls.alpn.iter().map(String::as_str)))
        .unless_default("tlsCertificateSdsSecretConfigs", list(tls.certificate.iter().map(secret)));
    match &tls.check {
        ServerCheck::Unstated => object,
        ServerCheck::None => object.set("validationContext", json!({})),
        ServerCheck::Root { root, names, crl } => {
            let names = names.iter().map(|name| json!({"exact": name}));
            let default = Object::new()
                .unless_default("matchSubjectAltNames", list(names))
                .maybe("crl", (!crl.is_empty()).then(|| json!({"filename": crl})));
            let combined = Object::new()
                .set("defaultValidationContext", default)
                .set("validationContextSdsSecretConfig", secret(root));
            object.set("combinedValidationContext", combined)
        }
    }
}

/// Where a secret is fetched (`ConstructSdsSecretConfig` and friends of `pkg/model` and `pilot/pkg/security/model`). Only the
/// workload's own identity is waited for; other secrets may not exist and must not block the cluster.
pub(crate) fn secret(source: &SecretSource) -> Value {
    let (name, config) = match source {
        SecretSource::Agent(name) => {
            (name, grpc_source("sds-grpc", matches!(name.as_str(), "default" | "ROOTCA")))
        }
        SecretSource::External(name) => (name, grpc_source("sds-external", false)),
        SecretSource::ControlPlane(name) => (name, json!({"ads": {}, "resourceApiVersion": "V3"})),
    };
    Object::new().set("name", name.as_str()).set("sdsConfig", config).into()
}

fn grpc_source(cluster: &str, wait: bool) -> Value {
    let api = json!({
        "apiType": "GRPC",
        "transportApiVersion": "V3",
        "grpcServices": [{"envoyGrpc": {"clusterName": cluster}}],
        "setNodeOnFirstMessageOnly": true,
    });
    let source = Object::new().set("apiConfigSource", api).set("resourceApiVersion", "V3");
    source.maybe("initialFetchTimeout", wait.then_some("0s")).into()
}
