//! Connections inside of the proxy: internal listeners, tunnels, matchers, filter state; and endpoints that are no plain address.
//! Where there is an Envoy, it answers the same.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes, opens sockets and uses the clock")]
#[path = "support/envoy.rs"]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use envoy::{envoy, twin};
use proxy::{Proxy, T, address, cluster, filter, upstream};
use serde_json::{Value, json};
use support::free_port;

/// Where a client's bytes come in, by what happens to them.
const WAYS: &[&str] = &["h2", "h1", "post", "direct", "refused"];

fn tcp(name: &str, more: Value) -> Value {
    let mut config = json!({"@type": format!("{T}network.tcp_proxy.v3.TcpProxy"), "statPrefix": name, "maxConnectAttempts": 2,
        "maxDownstreamConnectionDuration": "60s"});
    for (key, value) in more.as_object().unwrap() {
        config[key] = value.clone();
    }
    json!({"name": "t", "typedConfig": config})
}

fn listener(name: &str, at: Option<u16>, filters: Vec<Value>) -> Value {
    let chains = json!([{"name": name, "filters": filters}]);
    match at {
        Some(port) => json!({"name": name, "address": address(port), "filterChains": chains}),
        None => json!({"name": name, "internalListener": {}, "filterChains": chains,
            "listenerFilters": [{"name": "o", "typedConfig": {
                "@type": format!("{T}listener.original_dst.v3.OriginalDst")}}]}),
    }
}

fn http(name: &str, filters: Vec<Value>, routes: Value, more: Value) -> Value {
    let mut filters = filters;
    filters.push(filter("http.router.v3.Router", json!({})));
    let mut hcm = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"),
        "statPrefix": name, "httpFilters": filters,
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": routes}]}});
    for (key, value) in more.as_object().unwrap() {
        hcm[key] = value.clone();
    }
    json!({"name": "h", "typedConfig": hcm})
}

fn internal(name: &str, listener: &str, metadata: Value) -> Value {
    let raw = json!({"name": "r", "typedConfig": {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer"}});
    let kind = "type.googleapis.com/envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport";
    json!({"name": name, "connectTimeout": "2s", "loadAssignment": {"clusterName": name, "endpoints": [{"lbEndpoints": [{
            "endpoint": {"address": {"envoyInternalAddress": {"serverListenerName": listener, "endpointId": "e1"}}},
            "metadata": {"filterMetadata": metadata}}]}]},
        "transportSocket": {"name": "i", "typedConfig": {"@type": kind, "transportSocket": raw,
            "passthroughMetadata": [{"kind": {"host": {}}, "name": "envoy.filters.listener.original_dst"}]}}})
}

fn options(version: &str) -> Value {
    json!({"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicitHttpConfig": {version: {}}}})
}

/// The listener that ends CONNECT requests and passes on what they say.
fn terminating(port: u16) -> Value {
    let state = |key: &str, format: &str| {
        json!({"objectKey": key, "sharedWithUpstream": "ONCE",
        "formatString": {"textFormatSource": {"inlineString": format}}})
    };
    let mut text = state("k", "state of %REQ(x-client)%");
    text["factoryKey"] = json!("envoy.string");
    let states = json!({"onRequestHeaders": [
        state("envoy.filters.listener.original_dst.local_ip", "%REQ(:AUTHORITY)%"),
        state("envoy.filters.listener.original_dst.remote_ip", "%REQ(x-client)%"), text]});
    let routes = json!([{"match": {"path": "/tunnel"}, "route": {"cluster": "talk"}},
        {"match": {"connectMatcher": {}}, "route": {"cluster": "main",
        "upgradeConfigs": [{"upgradeType": "CONNECT", "connectConfig": {}}]}}]);
    let more = json!({"http2ProtocolOptions": {"allowConnect": true}, "upgradeConfigs": [{"upgradeType": "CONNECT"}]});
    let manager = http("terminate", vec![filter("http.set_filter_state.v3.Config", states)], routes, more);
    listener("terminate", Some(port), vec![manager])
}

/// Routes that tell the upstream what is known about the connection.
fn told() -> Value {
    let header = |name: &str, value: &str| json!({"header": {"key": name, "value": value}});
    json!([{"match": {"prefix": "/"}, "route": {"cluster": "up"}, "requestHeadersToAdd": [
        header("x-local", "%DOWNSTREAM_LOCAL_ADDRESS%"), header("x-remote", "%DOWNSTREAM_REMOTE_ADDRESS%"),
        header("x-direct", "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%"), header("x-state", "%FILTER_STATE(k:PLAIN)%"),
        header("x-chain", "%FILTER_CHAIN_NAME%")]}])
}

/// An internal listener whose matcher picks a chain by the address that a connection wants.
fn matching() -> Value {
    let mut main = listener("main", None, vec![http("main", Vec::new(), told(), json!({}))]);
    let other = json!([{"match": {"prefix": "/"}, "directResponse": {"status": 200, "body": {"inlineString": "other chain"}}}]);
    let other = json!({"name": "other", "filters": [http("other", Vec::new(), other, json!({}))]});
    main["filterChains"].as_array_mut().unwrap().push(other);
    let input = |kind: &str| {
        json!({"name": "i", "typedConfig": {
        "@type": format!("type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.{kind}")}})
    };
    let chain = |name: &str| {
        json!({"action": {"name": "c", "typedConfig": {
        "@type": "type.googleapis.com/google.protobuf.StringValue", "value": name}}})
    };
    let ports = json!({"matcher": {"matcherTree": {"input": input("DestinationPortInput"),
        "exactMatchMap": {"map": {"7000": chain("main"), "7001": chain("other")}}}}});
    main["filterChainMatcher"] = json!({"matcherTree": {"input": input("DestinationIPInput"), "customMatch": {
        "name": "ip", "typedConfig": {"@type": "type.googleapis.com/xds.type.matcher.v3.IPMatcher", "rangeMatchers": [
            {"ranges": [{"addressPrefix": "10.7.0.0", "prefixLen": 16}], "onMatch": ports}]}}}});
    main
}

/// A client's bytes go to an internal listener, in a CONNECT request to the terminating listener, from there to another
/// internal listener, and to the upstream.
fn bootstrap(ways: &[u16], terminate: u16, admin: u16, [up, talk]: [u16; 2]) -> Value {
    let tunnel = |cluster: &str, post: bool| {
        json!({"cluster": cluster, "tunnelingConfig": {
        "hostname": "%DOWNSTREAM_LOCAL_ADDRESS%", "usePost": post, "postPath": if post { "/tunnel" } else { "" },
        "headersToAdd": [{"header": {"key": "x-client", "value": "192.0.2.7:99"}}]}})
    };
    let to = |name: &str| json!({"envoy.filters.listener.original_dst": {"local": name}});
    let placed = json!({"name": "s", "typedConfig": {"@type": format!("{T}network.set_filter_state.v3.Config"),
        "onNewConnection": [{"objectKey": "k", "factoryKey": "envoy.string",
            "formatString": {"textFormatSource": {"inlineString": "at %DOWNSTREAM_LOCAL_ADDRESS%"}}}]}});
    let mut listeners = vec![
        terminating(terminate),
        matching(),
        listener("by-h2", None, vec![tcp("by-h2", tunnel("term-h2", false))]),
        listener("by-h1", None, vec![tcp("by-h1", tunnel("term-h1", false))]),
        listener("by-post", None, vec![tcp("by-post", tunnel("term-h2", true))]),
        listener("plain", None, vec![placed, http("plain", Vec::new(), told(), json!({}))]),
    ];
    for (way, port) in WAYS.iter().zip(ways) {
        listeners.push(listener(&format!("in-{way}"), Some(*port), vec![tcp(way, json!({"cluster": way}))]));
    }
    json!({"admin": {"address": address(admin)}, "staticResources": {"listeners": listeners, "clusters": [
        internal("h2", "by-h2", to("10.7.0.1:7000")),
        internal("h1", "by-h1", to("10.7.0.1:7001")),
        internal("post", "by-post", to("10.7.0.1:7000")),
        internal("direct", "plain", to("10.8.0.1:80")),
        internal("refused", "by-h2", to("10.9.0.1:80")),
        internal("main", "main", json!({})),
        cluster("up", &[up], json!({})),
        cluster("talk", &[talk], json!({})),
        cluster("term-h2", &[terminate], json!({"typedExtensionProtocolOptions": options("http2ProtocolOptions")})),
        cluster("term-h1", &[terminate], json!({"typedExtensionProtocolOptions": options("httpProtocolOptions")})),
    ]}, "bootstrapExtensions": [{"name": "envoy.bootstrap.internal_listener", "typedConfig": {
        "@type": "type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener"}}]})
}

/// Says how a request begins, in a response that does not end.
fn talker() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let (head, _) = proxy::read_message(&mut stream).unwrap_or_default();
            let first = head.lines().next().unwrap_or_default();
            let _sent = write!(stream, "HTTP/1.1 200 OK\r\n\r\n{first}\r\n\r\n");
            open.push(stream);
        }
    });
    port
}

/// The answer to a request, without what differs from run to run.
fn ask(port: u16, up: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // A connection that is ended at once may be gone before the request is written.
    let _written = stream.write_all(b"GET /a HTTP/1.1\r\nhost: h\r\n\r\n");
    let (head, body) = proxy::read_message(&mut stream).unwrap_or_default();
    let text = format!("{head}{body}").to_lowercase().replace(&up.to_string(), "PORT");
    let lasting = |line: &&str| {
        let varies = ["date:", "x-request-id:", "x-envoy-upstream-service-time:", "content-length:"];
        !varies.iter().any(|name| line.starts_with(name))
    };
    text.lines().filter(lasting).collect::<Vec<_>>().join("\n")
}

#[test]
fn connections_stay_inside_and_come_out_as_from_envoy() {
    let (up, talk) = (upstream(), talker());
    let ports = || WAYS.iter().map(|_| free_port()).collect::<Vec<_>>();
    let (ways, admin) = (ports(), free_port());
    let proxy = Proxy::run(&bootstrap(&ways, free_port(), admin, [up, talk]), ways[0], admin);
    let answers: Vec<_> = ways.iter().map(|port| ask(*port, up)).collect();
    let says = |way: &str, text: &str| {
        let at = WAYS.iter().position(|w| *w == way).unwrap();
        assert!(answers[at].contains(text), "{way}: {text} is missing in {:?}", answers[at]);
    };
    for text in [
        "x-local: 10.7.0.1:7000",
        "x-remote: 192.0.2.7:99",
        "x-state: state of 192.0.2.7:99",
        "x-chain: main",
    ] {
        says("h2", text);
    }
    says("h1", "other chain");
    says("post", "post /tunnel http/1.1");
    says("direct", "x-local: 10.8.0.1:80");
    says("direct", "x-remote: envoy://internal_client_address/");
    says("direct", "x-direct: envoy://internal_client_address/");
    says("direct", "x-state: at 10.8.0.1:80");
    assert_eq!(answers[4], "", "no chain takes 10.9.0.1");
    assert!(proxy.admin("/clusters").contains("h2::envoy://by-h2/e1::"));
    let (ways, admin) = (ports(), free_port());
    let Some(_running) = envoy(&bootstrap(&ways, free_port(), admin, [up, talk]), ways[0]) else { return };
    let wanted: Vec<_> = ways.iter().map(|port| ask(*port, up)).collect();
    let stats = Proxy { port: ways[0], admin, _running: None }.admin("/stats");
    for name in ["downstream_cx_total: 1", "downstream_cx_active: 0"] {
        let line = format!("listener.envoy_internal_by-h1.{name}\n");
        assert!(stats.contains(&line) && proxy.admin("/stats").contains(&line), "{line}");
    }
    for ((way, ours), theirs) in WAYS.iter().zip(answers).zip(wanted) {
        assert_eq!(ours, theirs, "{way}");
    }
}

/// An upstream on a Unix socket that names its path.
fn pipe() -> String {
    let path = std::env::temp_dir().join(format!("mp-inside-{}.sock", std::process::id()));
    let _old = std::fs::remove_file(&path);
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _head = proxy::read_message(&mut stream);
            let _sent = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npipe");
        }
    });
    path.display().to_string()
}

#[test]
fn endpoints_may_be_sockets_of_the_file_system_or_have_several_addresses() {
    let (path, up) = (pipe(), upstream());
    // Nobody listens on the first address.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut several = cluster("several", &[closed], json!({}));
    several["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"]["additionalAddresses"] =
        json!([{"address": address(up)}]);
    let mut pipes = cluster("pipes", &[], json!({}));
    let lost = format!("{path}.lost");
    let at = |path: &str| json!({"endpoint": {"address": {"pipe": {"path": path}}}});
    pipes["loadAssignment"]["endpoints"][0]["lbEndpoints"] = json!([at(&path)]);
    let mut nobody = cluster("nobody", &[], json!({}));
    nobody["loadAssignment"]["endpoints"][0]["lbEndpoints"] = json!([at(&lost)]);
    let route = |name: &str| {
        json!({"match": {"prefix": format!("/{name}")}, "route": {"cluster": name},
        "responseHeadersToAdd": [{"header": {"key": "x-host", "value": "%UPSTREAM_HOST%"}}]})
    };
    let routes = json!([route("several"), route("pipes"), route("nobody"), route("absent")]);
    let clusters = [several, pipes, nobody, internal("absent", "nowhere", json!({}))];
    let proxy = Proxy::start(&[], routes.clone(), &clusters, json!({}));
    assert_eq!(proxy.status("/several", ""), "200");
    let (head, body) = proxy.get("/pipes", "");
    assert!(body == "pipe" && head.contains(&format!("x-host: {path}\r\n")), "{head}{body}");
    let (head, _) = proxy.get("/nobody", "");
    assert!(head.starts_with("HTTP/1.1 503"), "{head}");
    let Some((_running, twin)) = twin(&proxy, &[]) else { return };
    let lasting = |(head, body): (String, String)| {
        let varies =
            |line: &&str| line.starts_with("date:") || line.starts_with("x-envoy-upstream-service-time:");
        let named = |line: &&str| !line.starts_with("x-request-id:");
        let mut head: Vec<_> = head.lines().filter(|l| !varies(l)).map(str::to_owned).collect();
        head.sort_unstable();
        (head, body.lines().filter(named).map(str::to_owned).collect::<Vec<_>>())
    };
    for path in ["/several", "/pipes", "/nobody", "/absent"] {
        assert_eq!(lasting(proxy.get(path, "")), lasting(twin.get(path, "")), "{path}");
    }
}

#[test]
fn connections_to_endpoints_have_a_longest_life() {
    let up = upstream();
    let options = json!({"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "commonHttpProtocolOptions": {"maxConnectionDuration": "0.2s"}, "explicitHttpConfig": {"httpProtocolOptions": {}}}});
    let clusters = [
        cluster("old", &[up], json!({"typedExtensionProtocolOptions": options})),
        cluster("any", &[up], json!({})),
    ];
    let route = |name: &str| json!({"match": {"prefix": format!("/{name}")}, "route": {"cluster": name}});
    let proxy = Proxy::start(&[], json!([route("old"), route("any")]), &clusters, json!({}));
    for name in ["old", "any"] {
        assert_eq!(proxy.status(&format!("/{name}"), ""), "200");
        std::thread::sleep(Duration::from_millis(250));
        assert_eq!(proxy.status(&format!("/{name}"), ""), "200");
    }
    let stats = proxy.admin("/stats");
    assert!(stats.contains("cluster.old.upstream_cx_total: 2\n"), "{stats}");
    assert!(stats.contains("cluster.old.upstream_cx_max_duration_reached: 1\n"));
    assert!(stats.contains("cluster.any.upstream_cx_total: 1\n"));
}
