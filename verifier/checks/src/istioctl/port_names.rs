//! # Ports whose names say no protocol
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec: {ports: [{port: 80, name: web}]}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: far, namespace: shop}
//! spec: {type: ExternalName, externalName: example.com, ports: [{port: 80, name: tcp}]}
//! # IST0118 Service shop/web
//! # IST0150 Service shop/far
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec:
//!   ports:
//!   - {port: 80, name: HTTP-web}
//!   - {port: 81, name: gRPC-Web-a}
//!   - {port: 82, name: web, appProtocol: kubernetes.io/ws}
//!   - {port: 53, name: dns}
//!   - {port: 54, name: dns, protocol: UDP}
//! ---
//! apiVersion: v1
//! kind: Service
//! metadata: {name: edge, namespace: shop, labels: {istio: edge}}
//! spec: {ports: [{port: 80, name: web}]}
//! ```

use mp_model::{Node, SourceKind};

use super::analyzer::{Analyzer, Context};
use super::deployment_services::{number, target_port};
use super::in_mesh::is_control_plane;
use super::notice::Out;
use super::notices::{
    EXTERNAL_NAME_SERVICE_TYPE_INVALID_PORT_NAME, PORT_NAME_IS_NOT_UNDER_NAMING_CONVENTION,
};
use super::store::{at, items, text};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "service.PortNameAnalyzer",
    inputs: &[SourceKind::Service],
    codes: &["IST0118", "IST0150"],
    source: include_str!("port_names.rs"),
    run,
};

/// Values of `gateway.istio.io/managed` on Services that istiod made.
const MANAGED: [&str; 3] =
    ["istio.io-gateway-controller", "istio.io-mesh-controller", "istio.io-eastwest-controller"];
const PROTOCOLS: [&str; 11] =
    ["tcp", "udp", "grpc", "http", "http_proxy", "http2", "https", "tls", "mongo", "redis", "mysql"];
/// Ports that are TCP whatever they are called.
const WELL_KNOWN: [i64; 4] = [25, 53, 3306, 27017];

fn run(cx: &Context<'_>, out: &mut Out) {
    for service in cx.store.all(SourceKind::Service) {
        let managed = service.label("gateway.istio.io/managed").unwrap_or_default();
        if is_control_plane(service) || MANAGED.contains(&managed) {
            continue;
        }
        let is_external = text(service.root(), &["spec", "type"]) == "ExternalName";
        for port in items(service.root(), &["spec", "ports"]) {
            let name = text(port, &["name"]);
            if says_protocol(port) && !(is_external && name == "tcp") {
                continue;
            }
            let line = service.line_of(at(port, &["port"]));
            if is_external {
                out.report_at(&EXTERNAL_NAME_SERVICE_TYPE_INVALID_PORT_NAME, service, &[], line);
            } else {
                let kind = &PORT_NAME_IS_NOT_UNDER_NAMING_CONVENTION;
                let number = number(at(port, &["port"]));
                out.report_at(kind, service, &[&name, &number, &target_port(port)], line);
            }
        }
    }
}

/// Whether Istio knows the protocol of a port (`pkg/config/kube/conversion.go`, `ConvertProtocol`).
fn says_protocol(port: Node<'_>) -> bool {
    if text(port, &["protocol"]) == "UDP" {
        return true;
    }
    let app = at(port, &["appProtocol"]).and_then(Node::as_str);
    if matches!(app, Some("kubernetes.io/h2c" | "kubernetes.io/ws" | "kubernetes.io/wss")) {
        return true;
    }
    let name = app.unwrap_or_else(|| text(port, &["name"])).to_ascii_lowercase();
    let word = name.split('-').next().unwrap_or_default();
    name.starts_with("grpc-web")
        || PROTOCOLS.contains(&word)
        || WELL_KNOWN.contains(&number(at(port, &["port"])))
}
