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
    assert_eq!(compile(&folder, &["--proxy", "shop/web", "--strict"]).code, Some(1));
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
