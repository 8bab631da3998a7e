//! Istio's filters between two listeners: a client's sidecar, and the sidecar of the server behind it.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test listens, connects and writes files")]
#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use proxy::{Proxy, T, address, cluster, filter, to, upstream};
use serde_json::{Value, json};
use support::free_port;

fn typed(kind: &str, mut config: Value) -> Value {
    config["@type"] = json!(format!("type.googleapis.com/{kind}"));
    json!({"name": kind, "typedConfig": config})
}

fn peer_metadata(side: &str) -> Value {
    let (discovers, tells) = match side {
        "upstream" => ("upstream_discovery", "upstream_propagation"),
        _ => ("downstream_discovery", "downstream_propagation"),
    };
    peer_headers(
        json!({discovers: [{"istio_headers": {}}, {"workload_discovery": {}}], tells: [{"istio_headers": {}}]}),
    )
}

fn peer_headers(config: Value) -> Value {
    let kind = "type.googleapis.com/io.istio.http.peer_metadata.Config";
    typed("udpa.type.v1.TypedStruct", json!({"typeUrl": kind, "value": config}))
}

fn exchange() -> Value {
    let wrapped = json!({"typeUrl": "type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange",
        "value": {"enable_discovery": true, "protocol": "istio-peer-exchange", "additional_labels": ["team"]}});
    typed("udpa.type.v1.TypedStruct", wrapped)
}

fn stats(config: Value) -> Value {
    typed("stats.PluginConfig", config)
}

fn http(port: u16, direction: &str, filters: Vec<Value>, target: &str) -> Value {
    let mut filters = filters;
    filters.push(filter("http.router.v3.Router", json!({})));
    let manager = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"),
        "statPrefix": direction, "httpFilters": filters,
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": to(target)}]}});
    json!({"name": direction, "address": address(port), "trafficDirection": direction,
        "filterChains": [{"filters": [{"name": "h", "typedConfig": manager}]}]})
}

fn tcp(port: u16, direction: &str, before: Vec<Value>, to: &str, tls: Option<Value>) -> Value {
    let mut filters = before;
    filters.push(filter("network.tcp_proxy.v3.TcpProxy", json!({"statPrefix": "t", "cluster": to})));
    let mut chain = json!({"filters": filters});
    if let Some(tls) = tls {
        chain["transportSocket"] = tls;
    }
    json!({"name": direction, "address": address(port), "trafficDirection": direction, "filterChains": [chain]})
}

fn bootstrap(admin: u16, listeners: &[Value], clusters: &[Value]) -> Value {
    json!({"admin": {"address": address(admin)},
        "node": {"id": "sidecar~1", "metadata": {"WORKLOAD_NAME": "web", "NAMESPACE": "shop", "CLUSTER_ID": "c1",
            "ISTIO_VERSION": "1.31.0", "OWNER": "kubernetes://apis/apps/v1/namespaces/shop/deployments/web",
            "LABELS": {"team": "blue", "app": "web", "version": "v1", "service.istio.io/canonical-name": "web",
                "service.istio.io/canonical-revision": "v1"}}},
        "staticResources": {"listeners": listeners, "clusters": clusters}})
}

/// The value of the series of a metric that has all of these labels.
fn series(text: &str, metric: &str, labels: &[&str]) -> Option<String> {
    let line = text.lines().find(|line| {
        line.starts_with(&format!("{metric}{{")) && labels.iter().all(|label| line.contains(label))
    });
    line.map(|line| line.rsplit(' ').next().unwrap_or_default().to_owned())
}

/// A client's sidecar and the one of the server behind it.
fn two_sidecars() -> Proxy {
    let (outbound, inbound, admin) = (free_port(), free_port(), free_port());
    let service = json!({"filterMetadata": {"istio": {"services": [
        {"host": "web.shop.svc.cluster.local", "name": "web", "namespace": "shop"}]}}});
    let listeners = [
        http(outbound, "OUTBOUND", vec![peer_metadata("upstream"), stats(json!({}))], "server"),
        http(
            inbound,
            "INBOUND",
            vec![
                peer_metadata("downstream"),
                stats(json!({"metrics": [{"name": "requests_total", "tags_to_remove": ["source_app"],
                "dimensions": {"method": "request.method", "peer": "filter_state.downstream_peer.workload"}}]})),
            ],
            "app",
        ),
    ];
    let clusters = [
        cluster("server", &[inbound], json!({"metadata": service})),
        cluster("app", &[upstream()], json!({})),
    ];
    Proxy::run(&bootstrap(admin, &listeners, &clusters), outbound, admin)
}

#[test]
fn two_sidecars_tell_each_other_who_they_are() {
    let proxy = two_sidecars();
    let (head, body) = proxy.get("/x", "");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(
        !body.contains("x-envoy-peer-metadata") && !head.contains("x-envoy-peer-metadata"),
        "{head}{body}"
    );
    let both = |text: &str| text.matches("istio_requests_total{").count() == 2;
    let text = proxy.admin_once("/stats/prometheus", both);
    let client = [
        "reporter=\"source\"",
        "source_workload=\"web\"",
        "destination_workload=\"web\"",
        "destination_service=\"web.shop.svc.cluster.local\"",
        "destination_service_namespace=\"shop\"",
        "response_code=\"200\"",
        "response_flags=\"-\"",
        "connection_security_policy=\"unknown\"",
    ];
    assert_eq!(series(&text, "istio_requests_total", &client).as_deref(), Some("1"), "{text}");
}

#[test]
fn labels_are_changed_as_the_filter_says() {
    let proxy = two_sidecars();
    let (_, body) = proxy.get("/x", "");
    assert!(!body.is_empty());
    let both = |text: &str| text.matches("istio_requests_total{").count() == 2;
    let text = proxy.admin_once("/stats/prometheus", both);
    let server = [
        "reporter=\"destination\"",
        "source_workload=\"web\"",
        "source_canonical_revision=\"v1\"",
        "connection_security_policy=\"none\"",
        "method=\"GET\"",
        "peer=\"web\"",
    ];
    assert_eq!(series(&text, "istio_requests_total", &server).as_deref(), Some("1"), "{text}");
    assert!(
        !text
            .lines()
            .any(|l| l.starts_with("istio_requests_total{reporter=\"destination\"")
                && l.contains("source_app"))
    );
    assert_eq!(
        series(&text, "istio_request_duration_milliseconds_count", &["reporter=\"source\""]).as_deref(),
        Some("1")
    );
    let wanted = "istio_build{component=\"proxy\",tag=\"1.31.0\"} 1";
    assert!(text.contains(wanted), "{text}");
    let sent = series(&text, "istio_request_bytes_sum", &["reporter=\"source\""]).unwrap();
    // Sums are those of buckets, as with Envoy.
    let length = "GET /x HTTP/1.1\r\nhost: h\r\n\r\n".len().to_string();
    assert!(sent.starts_with(&length), "{sent}, not {length}");
    assert!(
        proxy
            .admin("/stats")
            .contains("istiocustom.istio_requests_total.reporter.source.source_workload.web")
    );
}

#[test]
fn a_client_that_tells_is_told_and_others_are_not() {
    let clusters = [cluster("app", &[upstream()], json!({}))];
    let proxy =
        Proxy::start(&[peer_metadata("downstream"), stats(json!({}))], to("app"), &clusters, json!({}));
    assert!(!proxy.get("/", "").0.contains("x-envoy-peer-metadata"));
    let (head, _) = proxy.get("/", "x-envoy-peer-metadata-id: other\r\nx-envoy-peer-metadata: !\r\n");
    assert!(head.contains("\r\nx-envoy-peer-metadata-id: n\r\n"), "{head}");
    assert!(head.contains("\r\nx-envoy-peer-metadata: "), "{head}");
}

/// Certificates of the recorded scenarios.
fn tls(context: &str, alpn: &[&str]) -> Option<Value> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/oracle/proxy");
    if !folder.exists() {
        assert!(std::env::var("MESHPROOF_REQUIRE_SHARED").is_err(), "the recorded scenarios are missing");
        println!("skipped: no recorded scenarios");
        return None;
    }
    let file = |name: &str| json!({"filename": folder.join(name)});
    let own = if context == "Downstream" { "server" } else { "client" };
    Some(typed(
        &format!("envoy.extensions.transport_sockets.tls.v3.{context}TlsContext"),
        json!({
        "commonTlsContext": {"alpnProtocols": alpn,
            "tlsCertificates": [{"certificateChain": file(&format!("{own}.pem")), "privateKey": file(&format!("{own}.key"))}],
            "validationContext": {"trustedCa": file("ca.pem")}}}),
    ))
}

/// Sends back what it gets.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 64];
            while let Ok(count @ 1..) = stream.read(&mut bytes) {
                stream.write_all(&bytes[..count]).unwrap();
            }
        }
    });
    port
}

/// The same for TCP, with TLS in between.
fn two_tcp_sidecars() -> Option<Proxy> {
    let (outbound, inbound, admin) = (free_port(), free_port(), free_port());
    let names = ["istio-peer-exchange", "istio"];
    let (Some(server), Some(client)) = (tls("Downstream", &names), tls("Upstream", &names)) else {
        return None;
    };
    let mut server = server;
    server["typedConfig"]["requireClientCertificate"] = json!(true);
    let report = || {
        stats(json!({"tcpReportingDuration": "0.1s", "metrics": [
            {"dimensions": {"team": "filter_state.downstream_peer.labels['team']"}}]}))
    };
    let listeners = [
        tcp(outbound, "OUTBOUND", vec![report()], "server", None),
        tcp(inbound, "INBOUND", vec![exchange(), report()], "app", Some(server)),
    ];
    let clusters = [
        cluster("server", &[inbound], json!({"transportSocket": client, "filters": [exchange()]})),
        cluster("app", &[echo()], json!({})),
    ];
    Some(Proxy::run(&bootstrap(admin, &listeners, &clusters), outbound, admin))
}

#[test]
fn connections_begin_with_who_is_who() {
    let Some(proxy) = two_tcp_sidecars() else { return };
    let mut stream = TcpStream::connect(("127.0.0.1", proxy.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(b"hello").unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"hello");
    let server = [
        "reporter=\"destination\"",
        "source_workload=\"web\"",
        "connection_security_policy=\"mutual_tls\"",
        "team=\"blue\"",
        "source_workload_namespace=\"foo\"",
    ];
    let received =
        |text: &str| series(text, "istio_tcp_received_bytes_total", &server).as_deref() == Some("5");
    let text = proxy.admin_once("/stats/prometheus", received);
    let client = [
        "reporter=\"source\"",
        "destination_workload=\"web\"",
        "request_protocol=\"tcp\"",
        "destination_principal=\"spiffe://cluster.local/ns/foo/sa/server\"",
        "source_principal=\"spiffe://cluster.local/ns/foo/sa/client\"",
    ];
    assert_eq!(series(&text, "istio_tcp_connections_opened_total", &client).as_deref(), Some("1"), "{text}");
    assert_eq!(series(&text, "istio_tcp_sent_bytes_total", &client).as_deref(), Some("5"), "{text}");
    assert_eq!(series(&text, "istio_tcp_connections_closed_total", &client).as_deref(), Some("0"));
    assert_eq!(series(&text, "istio_tcp_received_bytes_total", &server).as_deref(), Some("5"), "{text}");
    drop(stream);
    let metric = "istio_tcp_connections_closed_total";
    let closed = |text: &str| series(text, metric, &server).as_deref() == Some("1");
    let text = proxy.admin_once("/stats/prometheus", closed);
    assert_eq!(series(&text, "istio_tcp_connections_closed_total", &server).as_deref(), Some("1"), "{text}");
}

#[test]
fn alpn_names_follow_the_protocol_of_the_request() {
    let (outbound, inbound, admin) = (free_port(), free_port(), free_port());
    // The server closes what does not agree on this name: such connections are TCP to it.
    let Some(server) = tls("Downstream", &["istio-http/1.1", "istio"]) else { return };
    let Some(client) = tls("Upstream", &["istio"]) else { return };
    let alpn = json!({"alpnOverride": [{"upstreamProtocol": "HTTP11", "alpnOverride": ["istio-http/1.1"]}]});
    let alpn = typed("istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig", alpn);
    let mut behind = http(inbound, "INBOUND", vec![], "app");
    behind["listenerFilters"] = json!([filter("listener.tls_inspector.v3.TlsInspector", json!({}))]);
    behind["filterChains"][0]["filterChainMatch"] = json!({"applicationProtocols": ["istio-http/1.1"]});
    behind["filterChains"][0]["transportSocket"] = server;
    let listeners = [http(outbound, "OUTBOUND", vec![alpn], "server"), behind];
    let routes = json!([{"match": {"prefix": "/own"}, "route": {"cluster": "own"}},
        {"match": {"prefix": "/"}, "route": {"cluster": "server"}}]);
    let mut listeners = listeners;
    listeners[0]["filterChains"][0]["filters"][0]["typedConfig"]["routeConfig"]["virtualHosts"][0]["routes"] =
        routes;
    let own = json!({"filterMetadata": {"istio": {"alpn_override": "false"}}});
    let clusters = [
        cluster("server", &[inbound], json!({"transportSocket": client})),
        cluster("own", &[inbound], json!({"transportSocket": client, "metadata": own})),
        cluster("app", &[upstream()], json!({})),
    ];
    let proxy = Proxy::run(&bootstrap(admin, &listeners, &clusters), outbound, admin);
    assert_eq!(proxy.status("/", ""), "200");
    assert_eq!(proxy.status("/own", ""), "503");
}

/// What an endpoint is told about the client's workload, as far as it is text.
fn told(body: &str) -> String {
    let line = body.lines().find_map(|line| line.strip_prefix("x-envoy-peer-metadata: ")).unwrap_or_default();
    let sextet = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for four in line.trim_end_matches('=').as_bytes().chunks(4) {
        let word =
            four.iter().fold(0_u32, |word, c| word << 6 | u32::from(sextet(*c))) << (6 * (4 - four.len()));
        bytes.extend((0..four.len() - 1).map(|i| (word >> (16 - 8 * i)) as u8));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn endpoints_are_told_what_the_filter_says_and_not_outside_of_the_mesh() {
    let (port, admin, up) = (free_port(), free_port(), upstream());
    let tells = json!([{"istio_headers": {"skip_external_clusters": true}}]);
    let filters =
        vec![peer_headers(json!({"upstream_propagation": tells, "additional_labels": ["team", "none"]}))];
    let mut listener = http(port, "OUTBOUND", filters, "inside");
    let route = |name: &str| json!({"match": {"prefix": format!("/{name}")}, "route": {"cluster": name}});
    listener["filterChains"][0]["filters"][0]["typedConfig"]["routeConfig"]["virtualHosts"][0]["routes"] =
        json!([route("inside"), route("outside"), route("PassthroughCluster")]);
    let external = json!({"metadata": {"filterMetadata": {"istio": {"external": true}}}});
    let clusters = [
        cluster("inside", &[up], json!({})),
        cluster("outside", &[up], external),
        cluster("PassthroughCluster", &[up], json!({})),
    ];
    let proxy = Proxy::run(&bootstrap(admin, &[listener], &clusters), port, admin);
    let (_, inside) = proxy.get("/inside", "");
    assert!(inside.contains("x-envoy-peer-metadata-id: sidecar~1\r\n"), "{inside}");
    let workload = told(&inside);
    for wanted in ["WORKLOAD_NAME", "web", "team", "blue"] {
        assert!(workload.contains(wanted), "{wanted} {workload}");
    }
    for path in ["/outside", "/PassthroughCluster"] {
        let (_, body) = proxy.get(path, "");
        assert!(body.starts_with("GET ") && !body.contains("x-envoy-peer-metadata"), "{body}");
    }
}

#[test]
fn the_host_header_stands_for_the_service_unless_that_is_switched_off() {
    for (config, service) in [(json!({}), "h"), (json!({"disable_host_header_fallback": true}), "unknown")] {
        let (port, admin) = (free_port(), free_port());
        let listener = http(port, "OUTBOUND", vec![stats(config)], "app");
        let proxy = Proxy::run(
            &bootstrap(admin, &[listener], &[cluster("app", &[upstream()], json!({}))]),
            port,
            admin,
        );
        assert_eq!(proxy.status("/", ""), "200");
        let label = format!("destination_service=\"{service}\"");
        let counted = |text: &str| series(text, "istio_requests_total", &[&label]).is_some();
        let text = proxy.admin_once("/stats/prometheus", counted);
        assert!(counted(&text), "{label} {text}");
    }
}
