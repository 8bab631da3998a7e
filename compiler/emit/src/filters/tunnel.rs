//! Filters of the tunnel of the ambient mesh (`pilot/pkg/xds/filters/waypoint_filters.go`, `listener_waypoint.go`).

use mp_ir::plan::{PeerMetadata, TunnelServer};
use serde_json::{Value, json};

use crate::access_log::access_logs;
use crate::http_connection_manager::forward_client_cert;
use crate::json::{Object, extension, list, typed_struct};

use super::http_filter;

const LOCAL: &str = "envoy.filters.listener.original_dst.local_ip";
const REMOTE: &str = "envoy.filters.listener.original_dst.remote_ip";
const HASHABLE: &str = "istio.hashable_string";

/// A value that later steps read: key, text with command operators, and what makes an object of it.
fn state(key: &str, text: &str, factory: Option<&str>, shared: &str) -> Object {
    let source = json!({"textFormatSource": {"inlineString": text}});
    Object::new()
        .set("objectKey", key)
        .maybe("factoryKey", factory)
        .set("formatString", source)
        .set("sharedWithUpstream", shared)
}

fn factory(hashable: bool) -> Option<&'static str> {
    Some(if hashable { HASHABLE } else { "envoy.string" })
}

/// What a tunnel asks for, and who both sides are (`ConnectAuthorityFilter`).
pub(super) fn http_authority(hashable: bool) -> Value {
    let text = factory(hashable);
    let states = [
        state(LOCAL, "%REQ(:AUTHORITY)%", None, "ONCE"),
        state("io.istio.connect_authority", "%REQ(:AUTHORITY)%", text, "ONCE"),
        state(REMOTE, "%DOWNSTREAM_REMOTE_ADDRESS%", None, "ONCE"),
        state("io.istio.peer_principal", "%DOWNSTREAM_PEER_URI_SAN%", text, "ONCE"),
        state("io.istio.local_principal", "%DOWNSTREAM_LOCAL_URI_SAN%", text, "ONCE"),
    ];
    let config = Object::typed("envoy.extensions.filters.http.set_filter_state.v3.Config");
    extension("connect_authority", config.set("onRequestHeaders", list(states)))
}

/// The destination that a tunnel asked for is passed on (`ConnectAuthorityNetworkFilter`).
pub(super) fn network_authority() -> Value {
    let state =
        state(LOCAL, "%FILTER_STATE(envoy.filters.listener.original_dst.local_ip:PLAIN)%", None, "ONCE");
    network("connect_authority", list([state]))
}

/// The destinations of both tunnels from the metadata of the endpoint (`buildInnerConnectOriginateListener`).
pub(super) fn endpoint_metadata(hashable: bool) -> Value {
    let local = "%DYNAMIC_METADATA(envoy.filters.listener.original_dst:local)%";
    let target = "%DYNAMIC_METADATA(istio:double_hbone:hbone_target_address)%";
    let states = [
        state(LOCAL, local, None, "TRANSITIVE"),
        state("istio.double_hbone.hbone_target_address", target, factory(hashable), "TRANSITIVE"),
    ];
    network("propagate_endpoint_metadata", list(states))
}

fn network(name: &str, states: Value) -> Value {
    let config = Object::typed("envoy.extensions.filters.network.set_filter_state.v3.Config");
    extension(name, config.set("onNewConnection", states))
}

/// Who is on the other side, by its address alone.
pub(super) fn peer_metadata(side: PeerMetadata) -> Value {
    let tunnelled = side == PeerMetadata::Tunnelled;
    let (name, key) = if tunnelled {
        ("waypoint_downstream_peer_metadata", "downstream_discovery")
    } else {
        ("waypoint_upstream_peer_metadata", "upstream_discovery")
    };
    let value = Object::new()
        .set(key, json!([{"workload_discovery": {}}]))
        .unless_default("shared_with_upstream", tunnelled);
    extension(name, typed_struct("io.istio.http.peer_metadata.Config", value))
}

/// The connection manager that takes tunnels (`buildHCMConnectTerminateChain`).
pub(super) fn server(server: &TunnelServer) -> Value {
    let route = json!({
        "match": {"connectMatcher": {}},
        "route": {
            "cluster": server.cluster,
            "upgradeConfigs": [{"upgradeType": "CONNECT", "connectConfig": {}}],
        },
    });
    let host = json!({"name": "default", "domains": ["*"], "routes": [route]});
    let config =
        Object::typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager")
            .set("statPrefix", "connect_terminate")
            .set("routeConfig", json!({"name": "default", "virtualHosts": [host]}))
            .maybe("forwardClientCertDetails", server.forward_client_cert.and_then(forward_client_cert))
            .set("setCurrentClientCertDetails", json!({"subject": true, "dns": true, "uri": true}))
            .unless_default("serverName", server.server_name.as_str())
            .maybe("serverHeaderTransformation", server.server_header_pass_through.then_some("PASS_THROUGH"))
            .maybe("generateRequestId", server.generate_request_id)
            .set("useRemoteAddress", false)
            .set("streamIdleTimeout", "0s")
            .set("upgradeConfigs", json!([{"upgradeType": "CONNECT"}]))
            .set("http2ProtocolOptions", http2())
            .unless_default("httpFilters", list(server.filters.iter().map(http_filter)))
            .unless_default("accessLog", list(access_logs(&server.access_logs)));
    extension("envoy.filters.network.http_connection_manager", config)
}

/// Few streams per connection, as all of them stay on one thread; connections of callers that are gone are noticed.
fn http2() -> Value {
    json!({
        "allowConnect": true,
        "maxConcurrentStreams": 100,
        "connectionKeepalive": {"interval": "10s", "timeout": "20s"},
    })
}
