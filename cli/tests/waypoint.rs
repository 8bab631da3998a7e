//! A compiled waypoint at work: requests come in by HBONE, its policy decides, and they leave plainly or by HBONE. Where there is an
//! Envoy, it answers the same in its place.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts programs, opens sockets and uses the clock")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Folder, fixtures, meshproof};

/// A server behind a waypoint. The certificate of the fixtures is what the caller shows, so that the rule for `/web` is not for it.
const MESH: &str = "\
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop, labels: {istio.io/use-waypoint: wp}}
spec: {clusterIP: 10.96.0.2, selector: {app: api}, ports: [{name: http, port: 80, targetPort: PORT}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api-1, namespace: shop, labels: {app: api}, annotations: {ambient.istio.io/redirection: REDIRECTION}}
spec: {serviceAccountName: api, containers: [{name: app, ports: [{containerPort: PORT}]}]}
status: {phase: Running, podIP: 127.0.0.1, podIPs: [{ip: 127.0.0.1}], conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: api, namespace: shop}
spec:
  targetRefs: [{group: '', kind: Service, name: api}]
  rules:
  - from: [{source: {principals: [cluster.local/ns/istio-system/sa/istio-ingressgateway]}}]
    to: [{operation: {methods: [GET], paths: [/open/*]}}]
  - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]
    to: [{operation: {paths: [/web]}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: wp, namespace: shop, labels: {istio.io/waypoint-for: service}}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
status: {addresses: [{type: IPAddress, value: 10.96.0.9}]}
---
apiVersion: v1
kind: Service
metadata: {name: wp, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: wp}}
spec:
  clusterIP: 10.96.0.9
  selector: {gateway.networking.k8s.io/gateway-name: wp}
  ports: [{name: mesh, port: 15008, appProtocol: all}]
---
apiVersion: v1
kind: Pod
metadata:
  name: wp-1
  namespace: shop
  labels: {gateway.networking.k8s.io/gateway-name: wp, istio.io/dataplane-mode: none}
spec: {serviceAccountName: wp, containers: [{name: istio-proxy}]}
status: {phase: Running, podIP: 127.0.0.1, podIPs: [{ip: 127.0.0.1}], conditions: [{type: Ready, status: 'True'}]}
";

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(program: &Path, args: &[&str], bootstrap: &Value, file: &Path, port: u16) -> Running {
    std::fs::write(file, bootstrap.to_string()).unwrap();
    let errors = std::fs::File::create(file.with_extension("log")).unwrap();
    let running = Running(
        Command::new(program).args(args).arg(file).stdout(Stdio::null()).stderr(errors).spawn().unwrap(),
    );
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let said = || std::fs::read_to_string(file.with_extension("log")).unwrap();
        assert!(start.elapsed() < Duration::from_secs(20), "{port} does not open: {}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
    running
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Reads up to the end of a head.
fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        read.push(byte[0]);
    }
    String::from_utf8(read).unwrap()
}

/// Answers every request with its first line.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                loop {
                    let asked = head(&mut stream);
                    let Some(first) = asked.lines().next() else { return };
                    let length = first.len();
                    let _gone = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{first}");
                }
            });
        }
    });
    port
}

fn socket(port: u16) -> Value {
    json!({"socketAddress": {"address": "127.0.0.1", "portValue": port}})
}

fn cluster(name: &str, port: u16, more: Value) -> Value {
    let mut cluster = json!({"name": name, "connectTimeout": "5s", "loadAssignment": {"clusterName": name,
        "endpoints": [{"lbEndpoints": [{"endpoint": {"address": socket(port)}}]}]}});
    cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    cluster
}

/// Mutual TLS with the identity of the fixtures.
fn tls(kind: &str, more: Value) -> Value {
    let file = |name: &str| json!({"filename": fixtures().join("identity").join(name).display().to_string()});
    let mut config = json!({"@type": format!("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.{kind}"),
        "commonTlsContext": {"alpnProtocols": ["h2"], "tlsParams": {"tlsMaximumProtocolVersion": "TLSv1_3"}, "validationContext": {"trustedCa": file("root-cert.pem")},
            "tlsCertificates": [{"certificateChain": file("cert-chain.pem"), "privateKey": file("key.pem")}]}});
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"name": "envoy.transport_sockets.tls", "typedConfig": config})
}

/// What stands for the ztunnels on both sides: `near` puts what it gets into a tunnel to the waypoint, `far` takes what comes out of
/// tunnels to the server.
fn ztunnels(near: u16, waypoint: u16, far: u16, server: u16) -> Value {
    let kind = |name: &str| format!("type.googleapis.com/envoy.extensions.{name}");
    let h2 = json!({"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": kind("upstreams.http.v3.HttpProtocolOptions"),
        "explicitHttpConfig": {"http2ProtocolOptions": {"allowConnect": true}}}});
    let into = json!({"name": "t", "typedConfig": {"@type": kind("filters.network.tcp_proxy.v3.TcpProxy"), "statPrefix": "t",
        "cluster": "waypoint", "tunnelingConfig": {"hostname": "10.96.0.2:80"}}});
    let routes = json!([{"match": {"connectMatcher": {}}, "route": {"cluster": "server",
        "upgradeConfigs": [{"upgradeType": "CONNECT", "connectConfig": {}}]}}]);
    let out = json!({"name": "h", "typedConfig": {
        "@type": kind("filters.network.http_connection_manager.v3.HttpConnectionManager"), "statPrefix": "h",
        "http2ProtocolOptions": {"allowConnect": true}, "upgradeConfigs": [{"upgradeType": "CONNECT"}],
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": routes}]},
        "httpFilters": [{"name": "r", "typedConfig": {"@type": kind("filters.http.router.v3.Router")}}]}});
    json!({"staticResources": {"listeners": [
        {"name": "near", "address": socket(near), "filterChains": [{"filters": [into]}]},
        {"name": "far", "address": socket(far), "filterChains": [{"filters": [out],
            "transportSocket": tls("DownstreamTlsContext", json!({"requireClientCertificate": true}))}]}],
        "clusters": [cluster("server", server, json!({})), cluster("waypoint", waypoint, json!({
            "transportSocket": tls("UpstreamTlsContext", json!({})), "typedExtensionProtocolOptions": h2}))]}})
}

/// The waypoint's bootstrap, with its ports moved so that tests can run side by side.
fn compiled(folder: &Path, target: &str, waypoint: u16, far: u16) -> Value {
    let identity = fixtures().join("identity").display().to_string();
    let args =
        ["compile", "mesh.yaml", "--proxy", "gateway:shop/wp", "--target", target, "--identity", &identity];
    let more = ["--env", "PILOT_ENABLE_AMBIENT=true", "-o", "wp.json"];
    let ran = meshproof(folder, &[&args[..], &more].concat(), b"");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mut bootstrap: Value =
        serde_json::from_slice(&std::fs::read(folder.join("wp.json")).unwrap()).unwrap();
    bootstrap.as_object_mut().unwrap().remove("admin");
    let named = |list: &'static str, name: &str| {
        let all = bootstrap["staticResources"][list].as_array().unwrap();
        format!("/staticResources/{list}/{}", all.iter().position(|one| one["name"] == name).unwrap())
    };
    let (listener, tunnel) =
        (named("listeners", "connect_terminate"), named("clusters", "connect_originate"));
    *bootstrap.pointer_mut(&format!("{listener}/address")).unwrap() = socket(waypoint);
    let port = bootstrap.pointer_mut(&format!("{tunnel}/originalDstLbConfig/upstreamPortOverride")).unwrap();
    assert_eq!(*port, 15008);
    *port = far.into();
    bootstrap
}

/// The status and the body of an answer.
fn ask(port: u16, first: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "{first} HTTP/1.1\r\nhost: api.shop\r\n\r\n").unwrap();
    let answer = head(&mut stream);
    let length = answer.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    format!("{} {}", answer.split(' ').nth(1).unwrap_or_default(), String::from_utf8(body).unwrap())
}

/// What becomes of requests; `redirection` says whether the server's Pod takes tunnels.
fn answers(target: &str, program: &Path, args: &[&str], redirection: &str) -> Vec<String> {
    let (server, [near, waypoint, far]) = (server(), [free_port(), free_port(), free_port()]);
    // Only the tunnel's end knows the server when there is a tunnel: what leaves plainly then reaches nobody.
    let port = if redirection == "enabled" { free_port() } else { server };
    let mesh = MESH.replace("PORT", &port.to_string()).replace("REDIRECTION", redirection);
    let folder = Folder::new(&format!("waypoint-{target}-{redirection}"), &[("mesh.yaml", mesh.as_bytes())]);
    let bootstrap = compiled(&folder.0, target, waypoint, far);
    let _waypoint = run(program, args, &bootstrap, &folder.0.join("waypoint.json"), waypoint);
    let around = ztunnels(near, waypoint, far, server);
    let meshproof = Path::new(env!("CARGO_BIN_EXE_meshproof"));
    let _ztunnels = run(meshproof, &["run"], &around, &folder.0.join("ztunnels.json"), near);
    ["GET /open/a", "POST /open/a", "GET /web", "GET /open/b"].map(|first| ask(near, first)).to_vec()
}

fn decides(redirection: &str) {
    let ours = answers("meshproof", Path::new(env!("CARGO_BIN_EXE_meshproof")), &["run"], redirection);
    let denied = "403 RBAC: access denied";
    assert_eq!(
        ours,
        ["200 GET /open/a HTTP/1.1", denied, denied, "200 GET /open/b HTTP/1.1"],
        "{redirection}"
    );
    let Some(envoy) = std::env::var_os("MESHPROOF_ENVOY") else { return };
    let args = ["-l", "error", "--concurrency", "1", "--disable-hot-restart", "-c"];
    assert_eq!(answers("envoy", Path::new(&envoy), &args, redirection), ours, "{redirection}");
}

#[test]
fn requests_out_of_tunnels_go_on_plainly() {
    decides("disabled");
}

#[test]
fn requests_out_of_tunnels_go_on_in_tunnels() {
    decides("enabled");
}
