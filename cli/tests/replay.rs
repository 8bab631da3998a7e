//! Requests that are played to a real Envoy: from addresses of their own, and past authorisers that speak gRPC.

#![expect(clippy::disallowed_methods, reason = "the test reads its environment and starts programs")]

mod support;

use serde_json::{Value, json};
use support::{Folder, meshproof};

const MESH: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: w, namespace: shop, labels: {app: w}}\n\
    spec: {containers: [{name: a, ports: [{containerPort: 8080}]}, {name: istio-proxy}]}\nstatus: {podIP: 10.20.0.5}\n---\n\
    apiVersion: v1\nkind: Service\nmetadata: {name: w, namespace: shop}\nspec: {selector: {app: w}, ports: [{name: http, port: 8080}]}\n---\n\
    apiVersion: v1\nkind: Service\nmetadata: {name: ext, namespace: infra}\nspec: {ports: [{name: grpc, port: 9000}]}\n---\n\
    apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n\
    data: {mesh: '{extensionProviders: [{name: ext, envoyExtAuthzGrpc: {service: ext.infra.svc.cluster.local, port: 9000}}]}'}\n---\n";
const POLICIES: &str = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: net, namespace: shop}\n\
    spec: {rules: [{from: [{source: {ipBlocks: [10.1.0.0/16, 'fd00::/8']}}]}]}\n---\n\
    apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: ask, namespace: shop}\n\
    spec: {action: CUSTOM, provider: {name: ext}, rules: [{to: [{operation: {paths: [/pay*]}}]}]}\n";

fn witness(src: &str, path: &str, consents: Value) -> Value {
    let request =
        json!({"src": src, "port": 8080, "proto": "http", "method": "GET", "path": path, "host": "w.shop"});
    json!({"workload": "shop/w", "request": request, "consents": consents})
}

#[test]
fn callers_have_addresses_and_authorisers_speak_grpc() {
    if std::env::var_os("MESHPROOF_ENVOY").is_none() {
        assert!(
            std::env::var_os("MESHPROOF_REQUIRE_SHARED").is_none(),
            "run `./dev envoy`, then `./dev test`"
        );
        eprintln!("skipped: no Envoy (`./dev envoy` fetches it)");
        return;
    }
    let all = json!([
        witness("10.1.1.1", "/", json!({})),
        witness("10.2.1.1", "/", json!({})),
        witness("fd00::1", "/", json!({})),
        witness("fe00::1", "/", json!({})),
        witness("10.1.1.1", "/pay", json!({"ext": true})),
        witness("10.1.1.1", "/pay", json!({"ext": false})),
    ]);
    let (mesh, all) = (format!("{MESH}{POLICIES}"), all.to_string());
    let folder = Folder::new("replay", &[("in/a.yaml", mesh.as_bytes()), ("w.json", all.as_bytes())]);
    let ran = meshproof(&folder.0, &["replay", "w.json", "in", "--envoy", "--json"], b"");
    let rows: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let decided: Vec<&str> = rows.iter().filter_map(|row| row["evaluator"]["decision"].as_str()).collect();
    assert_eq!(decided, ["allow", "deny", "allow", "deny", "allow", "deny"], "{}{}", ran.out, ran.err);
    for row in &rows {
        // Where the machine gives no network of its own, the reason is told.
        let told = row["envoy"]["not_asked"].as_str().is_some_and(|why| why.contains("cannot be taken on"));
        assert!(row["envoy"]["agrees"] == true || told, "{row}");
    }
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}
