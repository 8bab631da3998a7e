//! Bootstraps to measure with, in the shape that Istio gives them.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::project;

fn address(address: SocketAddr) -> Value {
    json!({"socket_address": {"address": address.ip().to_string(), "port_value": address.port()}})
}

fn typed(name: &str, message: &str, mut fields: Value) -> Value {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("@type".to_owned(), format!("type.googleapis.com/{message}").into());
    }
    json!({"name": name, "typed_config": fields})
}

fn http_filter(name: &str, message: &str, fields: Value) -> Value {
    typed(name, &format!("envoy.extensions.filters.http.{message}"), fields)
}

/// Rules that let one prefix of paths, and one kind of client, not pass.
fn rules(action: &str, policies: Value) -> Value {
    json!({"rules": {"action": action, "policies": policies}})
}

fn listener(name: &str, at: SocketAddr, filter: Value, socket: Option<Value>) -> Value {
    let mut chain = json!({"filters": [filter]});
    if let (Some(socket), Some(chain)) = (socket, chain.as_object_mut()) {
        chain.insert("transport_socket".to_owned(), socket);
    }
    json!({"name": name, "address": address(at), "filter_chains": [chain]})
}

/// TLS 1.3 as servers of a mesh speak it, with a certificate for P-256.
fn tls() -> Value {
    let file = |name: &str| {
        let path = project::root().join("runtime/proxy/tests/wire").join(name);
        json!({"filename": path.display().to_string()})
    };
    let certificate = json!({"certificate_chain": file("server.pem"), "private_key": file("server.key")});
    let message = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
    typed(
        "tls",
        message,
        json!({"common_tls_context": {
            "tls_certificates": [certificate],
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLSv1_3"},
        }}),
    )
}

/// A connection manager with the filters of a sidecar.
fn http(virtual_hosts: &[Value]) -> Value {
    let any = json!([{"any": true}]);
    let deny = json!({
        "p1": {"permissions": [{"url_path": {"path": {"prefix": "/admin"}}}], "principals": any},
        "p2": {"permissions": [{"header": {"name": "x-tenant", "string_match": {"exact": "evil"}}}], "principals": any},
    });
    let allow = json!({"all": {"permissions": [{"or_rules": {"rules": [
        {"url_path": {"path": {"prefix": "/"}}}, {"header": {"name": ":method", "string_match": {"exact": "GET"}}}]}}],
        "principals": any}});
    let manager = json!({
        "stat_prefix": "bench",
        "normalize_path": true,
        "use_remote_address": false,
        "http_filters": [
            http_filter("deny", "rbac.v3.RBAC", rules("DENY", deny)),
            http_filter("allow", "rbac.v3.RBAC", rules("ALLOW", allow)),
            http_filter("grpc", "grpc_stats.v3.FilterConfig", json!({"emit_filter_state": true})),
            http_filter("fault", "fault.v3.HTTPFault", json!({})),
            http_filter("cors", "cors.v3.Cors", json!({})),
            http_filter("router", "router.v3.Router", json!({})),
        ],
        "route_config": {"name": "bench", "ignore_port_in_host_matching": true, "virtual_hosts": virtual_hosts},
    });
    typed(
        "http",
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        manager,
    )
}

fn cluster(name: &str, endpoints: &[SocketAddr]) -> Value {
    let many = u32::MAX;
    let endpoints: Vec<_> = endpoints.iter().map(|e| json!({"endpoint": {"address": address(*e)}})).collect();
    json!({
        "name": name, "type": "STATIC", "connect_timeout": "10s", "lb_policy": "LEAST_REQUEST",
        "circuit_breakers": {"thresholds": [{"max_connections": many, "max_pending_requests": many,
            "max_requests": many, "max_retries": many, "track_remaining": true}]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    })
}

fn host(name: &str, domains: &Value, cluster: &str) -> Value {
    json!({
        "name": name, "domains": domains, "include_request_attempt_count": true,
        "routes": [{
            "name": "default", "match": {"prefix": "/"},
            "request_headers_to_add": [{"header": {"key": "x-bench", "value": "%REQ(:METHOD)%"}}],
            "route": {"cluster": cluster, "timeout": "0s", "retry_policy": {
                "retry_on": "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
                "num_retries": 2, "host_selection_retry_max_attempts": "5"}},
        }],
    })
}

fn bootstrap(listeners: &[Value], clusters: &[Value]) -> Value {
    json!({"static_resources": {"listeners": listeners, "clusters": clusters}})
}

/// So many services with three endpoints each, and their routes.
pub(super) fn large(at: SocketAddr, services: usize) -> Value {
    let name = |i: usize| format!("svc{i}.ns{}.svc.cluster.local", i % 50);
    let cluster_name = |i: usize| format!("outbound|80||{}", name(i));
    let clusters: Vec<_> = (0..services)
        .map(|i| {
            let ip = |k: usize| {
                let [.., a, b, c] = (i * 4 + k).to_be_bytes();
                SocketAddr::from(([10, a, b, c], 8080))
            };
            cluster(&cluster_name(i), &[ip(0), ip(1), ip(2)])
        })
        .collect();
    let hosts: Vec<_> = (0..services)
        .map(|i| {
            let short = format!("svc{i}.ns{}", i % 50);
            let ip = format!("10.96.{}.{}", i / 256, i % 256);
            let domains = json!([name(i), short, format!("{short}.svc"), ip]);
            host(&format!("svc{i}:80"), &domains, &cluster_name(i))
        })
        .collect();
    bootstrap(&[listener("bench", at, http(&hosts), None)], &clusters)
}

/// Where a proxy listens, and for what.
#[derive(Clone, Copy)]
pub(super) struct Doors {
    /// HTTP/1.1, and HTTP/2 without TLS.
    pub(super) plain: SocketAddr,
    /// The same in TLS.
    pub(super) tls: SocketAddr,
    /// Bytes.
    pub(super) bytes: SocketAddr,
}

/// One service to send load to, and one that sends bytes.
pub(super) fn loaded(doors: Doors, answering: SocketAddr, sending: SocketAddr) -> Value {
    let hosts = [host("all", &json!(["*"]), "backend")];
    let message = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
    let tcp = typed("tcp", message, json!({"stat_prefix": "bytes", "cluster": "source"}));
    let listeners = [
        listener("bench", doors.plain, http(&hosts), None),
        listener("tls", doors.tls, http(&hosts), Some(tls())),
        listener("bytes", doors.bytes, tcp, None),
    ];
    bootstrap(&listeners, &[cluster("backend", &[answering]), cluster("source", &[sending])])
}
