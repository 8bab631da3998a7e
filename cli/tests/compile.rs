//! Compiling what a repository holds: no Pods, no EndpointSlices, no certificates.

#![expect(clippy::disallowed_methods, reason = "the test reads what the program wrote")]

mod support;

use serde_json::Value;
use support::{Folder, Ran, meshproof};

const REPOSITORY: &[u8] = br#"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  clusterIP: 10.96.0.5
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: http}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, version: v1}}
    spec:
      serviceAccountName: web-account
      containers: [{name: app, ports: [{name: http, containerPort: 8080}]}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*.example.com"]}]
"#;

const SUBSETS: &[u8] = br#"
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec:
  host: web
  subsets:
  - name: v1
    labels: {version: v1}
"#;

const POD: &[u8] = br#"
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web, version: v1}}
spec:
  serviceAccountName: web-account
  containers: [{name: app, ports: [{name: http, containerPort: 8080}]}]
status: {podIP: 10.0.0.7}
"#;

fn compile(folder: &Folder, args: &[&str]) -> Ran {
    let all: Vec<&str> = ["compile", "in"].iter().chain(args).copied().collect();
    meshproof(&folder.0, &all, b"")
}

fn cluster(text: &str, name: &str) -> Value {
    let json: Value = serde_json::from_str(text).unwrap();
    let clusters = json["staticResources"]["clusters"].as_array().unwrap();
    clusters.iter().find(|c| c["name"] == name).cloned().unwrap_or_default()
}

const WEB: &str = "outbound|80||web.shop.svc.cluster.local";

#[test]
fn a_deployment_without_pods_has_a_proxy_and_its_service_a_name() {
    let folder = Folder::new("repository", &[("in/a.yaml", REPOSITORY)]);
    let ran = compile(&folder, &["--proxy", "shop/web"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let web = cluster(&ran.out, WEB);
    assert_eq!(web["type"], "STRICT_DNS");
    let endpoint = &web["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"];
    assert_eq!(endpoint["address"]["socketAddress"]["address"], "web.shop.svc.cluster.local");
    assert_eq!(cluster(&ran.out, "inbound|8080||")["type"], "ORIGINAL_DST");
    assert!(ran.out.contains("spiffe://cluster.local/ns/shop/sa/web-account"), "who answers is known");
    assert!(ran.err.contains("Deployment shop/web has no Pod"), "{}", ran.err);
    assert!(ran.err.contains("is asked of DNS"), "{}", ran.err);
    let refused = compile(&folder, &["--proxy", "shop/web", "--strict"]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
}

#[test]
fn pods_stand_for_endpoint_slices_and_slices_alone_leave_nothing() {
    let folder =
        Folder::new("pods", &[("in/a.yaml", REPOSITORY), ("in/b.yaml", POD), ("in/c.yaml", SUBSETS)]);
    let ran = compile(&folder, &["--proxy", "shop/web"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let web = cluster(&ran.out, "outbound|80|v1|web.shop.svc.cluster.local");
    let at = &web["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"]["address"]["socketAddress"];
    assert_eq!((at["address"].as_str(), at["portValue"].as_u64()), (Some("10.0.0.7"), Some(8080)));
    let ran = compile(&folder, &["--proxy", "shop/web", "--endpoints", "slices"]);
    assert_eq!(cluster(&ran.out, WEB)["loadAssignment"].get("endpoints"), None);
}

#[test]
fn subsets_over_dns_and_forbidden_substitutes_are_errors_that_name_the_line() {
    let folder = Folder::new("subsets", &[("in/a.yaml", REPOSITORY), ("in/c.yaml", SUBSETS)]);
    let ran = compile(&folder, &["--proxy", "shop/web"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("in/c.yaml:8:5: subset `v1`"), "{}", ran.err);
    assert!(ran.out.is_empty());
    let ran = compile(&folder, &["--proxy", "shop/web", "--endpoints", "error"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("in/a.yaml:8:18: Service shop/web has no EndpointSlices"), "{}", ran.err);
}

#[test]
fn gateways_need_no_pod_and_wrong_names_have_neighbours() {
    let folder = Folder::new("names", &[("in/a.yaml", REPOSITORY)]);
    let ran = compile(&folder, &["--proxy", "gateway:istio-system/public"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("\"0.0.0.0_80\""));
    assert!(ran.err.contains("no Pod or template of the input serves Gateway istio-system/public"));
    for (wrong, right) in [
        ("shop/wbe", "`shop/web`"),
        ("default/web", "`shop/web`"),
        ("gateway:istio-system/publik", "`gateway:istio-system/public`"),
    ] {
        let ran = compile(&folder, &["--proxy", wrong]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains(&format!("did you mean {right}?")), "{wrong}: {}", ran.err);
    }
    assert!(!compile(&folder, &["--proxy", "shop/entirely-different"]).err.contains("did you mean"));
}

#[test]
fn all_proxies_fill_a_folder_even_if_there_is_one() {
    let folder = Folder::new("one", &[("in/a.yaml", REPOSITORY)]);
    let ran = compile(&folder, &["--proxy", "all", "-o", "out"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(folder.0.join("out/shop.web.json").is_file());
}

#[test]
fn what_envoy_would_refuse_is_an_error_with_its_line() {
    let route = |pattern: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: web, namespace: shop}}\nspec:\n  hosts: [web]\n  \
             http:\n  - match: [{{uri: {{regex: '{pattern}'}}}}]\n    route: [{{destination: {{host: web}}}}]\n"
        )
    };
    for (pattern, code) in [("/a(", 1), ("/users/{id}", 0)] {
        let folder =
            Folder::new("regex", &[("in/a.yaml", REPOSITORY), ("in/v.yaml", route(pattern).as_bytes())]);
        let ran = compile(&folder, &["--proxy", "shop/web"]);
        assert_eq!(ran.code, Some(code), "{pattern}: {}", ran.err);
        let said = ran.err.contains("in/v.yaml:7:");
        assert_eq!(said && ran.err.contains("is no regular expression of RE2"), code == 1, "{}", ran.err);
        assert_eq!(ran.out.is_empty(), code == 1);
    }
}

#[test]
fn pieces_of_a_bootstrap_know_their_lines() {
    let folder = Folder::new("why", &[("in/a.yaml", REPOSITORY), ("in/b.yaml", POD), ("in/c.yaml", SUBSETS)]);
    let made: Value = serde_json::from_str(&compile(&folder, &["--proxy", "shop/web"]).out).unwrap();
    let clusters = made["staticResources"]["clusters"].as_array().unwrap();
    let at = clusters.iter().position(|c| c["name"].as_str().unwrap().contains("|v1|")).unwrap();
    let pointer = format!("/staticResources/clusters/{at}/lbPolicy");
    let ran = compile(&folder, &["--proxy", "shop/web", "--why", &pointer, "--output-format", "json"]);
    let why: Value = serde_json::from_str(&ran.out).unwrap();
    let because = serde_json::json!(["in/a.yaml:12:11", "in/c.yaml:8:5"]);
    assert_eq!(why["because"][0]["at"], because, "{why}");
    let ran = compile(&folder, &["--proxy", "shop/web", "--why", &pointer]);
    assert!(ran.out.contains("\n  in/c.yaml:8:5  - name: v1\n"), "{}", ran.out);
    let ran = compile(&folder, &["--proxy", "shop/web", "--why", "/staticResources/nothing"]);
    assert_eq!(ran.code, Some(2));
}
