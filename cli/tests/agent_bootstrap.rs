//! `compile --emit agent-bootstrap`: what the agent of a node would write.

#![expect(clippy::disallowed_methods, reason = "the tests start programs and write files")]

mod support;

use serde_json::{Value, json};
use support::{Folder, Ran, meshproof};

fn node(change: Value) -> String {
    let mut node = json!({
        "type": "sidecar", "ips": ["10.1.2.3"], "pod": "web-0", "ns": "shop", "serviceAccount": "web",
        "labels": {"app": "web", "pod-template-hash": "1"},
        "env": {"ISTIO_META_CLUSTER_ID": "c1", "ISTIO_META_DNS_CAPTURE": "true"},
        "proxyConfig": {
            "tracing": {"zipkin": {"address": "zipkin.tracing:9411"}},
            "proxyStatsMatcher": {"inclusionPrefixes": ["http.{pod_ip}_"]},
        },
    });
    if let (Some(node), Value::Object(change)) = (node.as_object_mut(), change) {
        node.extend(change);
    }
    node.to_string()
}

fn run(name: &str, node: &str, args: &[&str]) -> Ran {
    let folder = Folder::new(name, &[("node.json", node.as_bytes())]);
    let all = ["compile", "--emit", "agent-bootstrap", "--node", "node.json"];
    meshproof(&folder.0, &[&all, args].concat(), b"")
}

fn made(name: &str, change: Value, args: &[&str]) -> Value {
    let ran = run(name, &node(change), args);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn a_node_gets_its_own_bootstrap() {
    let got = made("agent-own", json!({}), &["--env", "ISTIO_CPU_LIMIT=3"]);
    let node = &got["node"];
    assert_eq!(node["id"], "sidecar~10.1.2.3~web-0.shop~shop.svc.cluster.local");
    assert_eq!(node["cluster"], "web.shop");
    assert_eq!(node["metadata"]["LABELS"], json!({"app": "web"}));
    assert_eq!(node["metadata"]["DNS_CAPTURE"], "true");
    assert_eq!(node["metadata"]["PROXY_CONFIG"]["concurrency"], 3);
    assert_eq!(got["tracing"]["http"]["typed_config"]["collector_cluster"], "zipkin");
    let patterns = &got["stats_config"]["stats_matcher"]["inclusion_list"]["patterns"];
    assert_eq!(patterns[1], json!({"prefix": "http.10.1.2.3_"}));
    let again = made("agent-again", json!({}), &["--env", "ISTIO_CPU_LIMIT=3"]);
    assert_eq!(got, again);
}

#[test]
fn annotations_count_more() {
    let change = json!({"annotations": {
        "proxy.istio.io/config": "tracing: {datadog: {address: 'dd:8126'}}\nproxyAdminPort: 15005\n",
        "sidecar.istio.io/statsFlushInterval": "90s",
        "sidecar.istio.io/extraStatTags": "one",
    }});
    let got = made("agent-annotated", change, &[]);
    assert_eq!(got["admin"]["address"]["socket_address"]["port_value"], 15005);
    assert_eq!(got["tracing"]["http"]["name"], "envoy.tracers.datadog");
    assert_eq!(got["stats_flush_interval"], "1m30s");
    let tags = got["stats_config"]["stats_tags"].as_array().unwrap();
    assert!(tags.iter().any(|tag| tag["tag_name"] == "one"));
}

#[test]
fn what_the_agent_refuses_is_told_with_the_file() {
    for (change, why) in [
        (json!({"proxyConfig": {"statusPort": 0}}), "invalid status port"),
        (json!({"env": {"ISTIO_META_DNS_CAPTURE": "yes"}}), "DNS_CAPTURE"),
        (
            json!({"annotations": {"proxy.istio.io/config": "concurrency: x"}}),
            "proxy.istio.io/config: could not parse",
        ),
        (json!({"annotations": {"sidecar.istio.io/statsInclusionRegexps": "it's"}}), "statsInclusionRegexps"),
    ] {
        let ran = run("agent-refused", &node(change), &[]);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.contains(why) && ran.err.contains("node.json: "), "{}", ran.err);
        assert_eq!(ran.out, "");
    }
}

#[test]
fn what_is_no_node_is_an_error_of_use() {
    for (text, why) in [
        ("{", "node.json:1:1"),
        ("{\"kind\": 1}", "unknown field"),
        ("{\"type\": \"x\"}", "no type of proxy"),
    ] {
        let ran = run("agent-bad", text, &[]);
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains(why), "{}", ran.err);
    }
    let folder = Folder::new("agent-none", &[]);
    let ran = meshproof(&folder.0, &["compile", "--emit", "agent-bootstrap"], b"");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--node"), "{}", ran.err);
}

#[test]
fn names_that_the_agent_asks_dns_for_are_told() {
    let ran = run("agent-dns", &node(json!({"proxyConfig": {"statsdUdpAddress": "statsd.obs:8125"}})), &[]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.err.contains("asks DNS for `statsd.obs`"), "{}", ran.err);
}

const MESH: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    defaultConfig:
      tracing: {zipkin: {address: 'zipkin.tracing:9411'}}
      runtimeValues: {a.b: 'true', re2.max_program_size.error_level: ''}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  namespace: shop
  labels: {app: web}
  annotations: {sidecar.istio.io/extraStatTags: own}
spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}
status: {podIP: 10.0.0.7}
---
apiVersion: v1
kind: Pod
metadata: {name: plain-0, namespace: shop, labels: {app: plain}, annotations: {proxy.istio.io/config: '{tracing: {}}'}}
spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}
status: {podIP: 10.0.0.8}
";

#[test]
fn a_static_bootstrap_takes_what_the_agent_would_add() {
    let folder = Folder::new("agent-static", &[("in/mesh.yaml", MESH.as_bytes())]);
    let of = |pod: &str| -> Value {
        let ran = meshproof(&folder.0, &["compile", "in", "--proxy", pod], b"");
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    };
    let clusters = |bootstrap: &Value| -> Vec<String> {
        let all = bootstrap["staticResources"]["clusters"].as_array().unwrap();
        all.iter().map(|cluster| cluster["name"].as_str().unwrap().to_owned()).collect()
    };
    let web = of("shop/web-0");
    assert_eq!(web["tracing"]["http"]["name"], "envoy.tracers.zipkin");
    assert!(clusters(&web).contains(&"zipkin".to_owned()));
    let tags = web["statsConfig"]["statsTags"].as_array().unwrap();
    assert!(tags.iter().any(|tag| tag["tagName"] == "own"));
    let flags = &web["layeredRuntime"]["layers"][0]["staticLayer"];
    assert_eq!(flags["a.b"], true);
    assert_eq!(flags.get("re2.max_program_size.error_level"), None);
    let plain = of("shop/plain-0");
    assert_eq!((plain.get("tracing"), plain.get("statsConfig")), (None, None));
    assert!(!clusters(&plain).contains(&"zipkin".to_owned()));
}
