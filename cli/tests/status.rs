//! `meshproof status`: what istiod would write into the status of Gateway API objects.

#![expect(clippy::disallowed_methods, reason = "the tests start programs and write files")]

mod support;

use serde_json::{Value, json};
use support::{Folder, Ran, meshproof};

const GATEWAY: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw, namespace: shop}
spec:
  gatewayClassName: istio
  addresses: [{type: Hostname, value: edge}]
  listeners:
  - {name: http, port: 80, protocol: HTTP, hostname: '*.shop.example'}
  - {name: again, port: 80, protocol: HTTP, hostname: '*.shop.example'}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: shop}
spec: {clusterIP: 10.0.0.1, selector: {app: edge}, ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: edge-1, namespace: shop, labels: {kubernetes.io/service-name: edge}}
addressType: IPv4
ports: [{name: http, port: 80, protocol: TCP}]
endpoints: [{addresses: [10.1.0.1], conditions: {ready: true}}]
";

const ROUTES: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: good, namespace: shop}
spec:
  parentRefs: [{name: gw}]
  hostnames: [a.shop.example]
  rules: [{backendRefs: [{name: edge, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: lost, namespace: shop}
spec:
  parentRefs: [{name: gw}]
  hostnames: [elsewhere.example]
  rules: [{backendRefs: [{name: ghost, port: 80}]}]
";

fn run(name: &str, args: &[&str]) -> Ran {
    let folder =
        Folder::new(name, &[("in/gateway.yaml", GATEWAY.as_bytes()), ("in/routes.yaml", ROUTES.as_bytes())]);
    meshproof(&folder.0, &[&["status", "in"], args].concat(), b"")
}

fn rows(ran: &Ran) -> Vec<Value> {
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn rows_have_reasons() {
    let ran = run("status-rows", &["--output-format", "json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let rows = rows(&ran);
    let reason = |resource: &str, part: &str, kind: &str| {
        let of = |row: &&Value| {
            row["resource"] == resource && row["type"] == kind && (part.is_empty() || row["listener"] == part)
        };
        rows.iter().find(of).map(|row| row["reason"].as_str().unwrap().to_owned())
    };
    for (resource, part, kind, expected) in [
        ("HTTPRoute/shop/good", "", "Accepted", "Accepted"),
        ("HTTPRoute/shop/good", "", "ResolvedRefs", "ResolvedRefs"),
        ("HTTPRoute/shop/lost", "", "Accepted", "NoMatchingListenerHostname"),
        ("HTTPRoute/shop/lost", "", "ResolvedRefs", "BackendNotFound"),
        ("Gateway/shop/gw", "http", "Conflicted", "NoConflicts"),
        ("Gateway/shop/gw", "again", "Conflicted", "HostnameConflict"),
        ("Gateway/shop/gw", "", "Programmed", "Programmed"),
    ] {
        assert_eq!(reason(resource, part, kind).as_deref(), Some(expected), "{resource} {part} {kind}");
    }
    let listener = rows.iter().find(|row| row["listener"] == "http" && row.get("attachedRoutes").is_some());
    assert_eq!(listener.unwrap()["attachedRoutes"], json!(1));
    let addresses = rows.iter().find(|row| row.get("addresses").is_some()).unwrap();
    assert_eq!(addresses["addresses"], json!([{"type": "Hostname", "value": "edge.shop.svc.cluster.local"}]));
}

#[test]
fn what_is_wrong_has_its_line() {
    let ran = run("status-text", &[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("in/routes.yaml:15:15: no hostnames matched"), "{}", ran.out);
    assert!(
        ran.out.contains("in/routes.yaml:16:33: backend(ghost.shop.svc.cluster.local) not found"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("listener http: 1 route; takes HTTPRoute, GRPCRoute"), "{}", ran.out);
}

#[test]
fn what_is_right_is_no_finding() {
    let gateway =
        GATEWAY.replace("  - {name: again, port: 80, protocol: HTTP, hostname: '*.shop.example'}\n", "");
    let routes = ROUTES.replace("elsewhere", "b.shop").replace("ghost", "edge");
    let folder = Folder::new(
        "status-good",
        &[("gateway.yaml", gateway.as_bytes()), ("routes.yaml", routes.as_bytes())],
    );
    let ran = meshproof(&folder.0, &["status", "."], b"");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    assert!(!ran.out.contains("False  No") || ran.out.contains("NoConflicts"), "{}", ran.out);
}

#[test]
fn absent_services_are_told_and_are_no_finding() {
    let gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: gw, namespace: shop}\n\
                   spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}\n";
    let folder = Folder::new("status-absent", &[("gateway.yaml", gateway.as_bytes())]);
    let ran = meshproof(&folder.0, &["status"], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(
        ran.out.contains("AddressNotUsable") && ran.err.contains("note: addresses rest on"),
        "{}",
        ran.err
    );
}
