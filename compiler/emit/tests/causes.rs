//! Places in a bootstrap know the lines that made them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "functions of tests may fail as tests do"
)]

use mp_emit::{Bootstrap, BootstrapOptions, Cause, causes, compile};
use mp_ir::plan::Plan;
use mp_lower::{FactOptions, Index, facts, plan, proxy};
use mp_model::{Input, Workspace};
use serde_json::Value;

const MESH: &str = "apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  clusterIP: 10.96.0.5
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}
status: {podIP: 10.0.0.7}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  rules:
  - from: [{source: {principals: [cluster.local/ns/a/sa/b]}}]
    to: [{operation: {methods: [GET], notPaths: [/admin]}}]
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - issuer: https://issuer.example
    jwks: '{\"keys\":[]}'
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: shop}
spec:
  hosts: [web]
  http:
  - match: [{uri: {prefix: /v1}}]
    route:
    - destination: {host: web}
      weight: 10
    - destination: {host: web, subset: v2}
      weight: 90
---
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: faster, namespace: shop}
spec:
  configPatches:
  - applyTo: CLUSTER
    match: {cluster: {service: web.shop.svc.cluster.local}}
    patch: {operation: MERGE, value: {connect_timeout: 7s}}
";

fn made() -> (Workspace, Plan, Bootstrap) {
    let ws = Workspace::read(&[Input::new("a.yaml", MESH)]);
    let mesh = facts(&ws, &FactOptions::default());
    let index = Index::new(&mesh);
    let plan = plan(&mesh, &index, &proxy::find(&mesh, &index, "shop/web-1").unwrap());
    let made = compile(&plan, &BootstrapOptions::default()).unwrap();
    (ws, plan, made)
}

/// The source text from the nearest origin of a pointer on.
fn text<'w>(ws: &'w Workspace, causes: &[Cause]) -> &'w str {
    let nearest = causes.iter().rev().find_map(|cause| cause.origins.first()).unwrap();
    &ws.sources().get(nearest.file).unwrap().text()[nearest.start as usize..]
}

/// Pointers of all objects for which a test holds.
fn find(value: &Value, path: &str, wanted: &dyn Fn(&str, &Value) -> bool, out: &mut Vec<String>) {
    if wanted(path, value) {
        out.push(path.to_owned());
    }
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                find(field, &format!("{path}/{key}"), wanted, out);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                find(item, &format!("{path}/{at}"), wanted, out);
            }
        }
        _ => {}
    }
}

/// The nearest source text of every place that a test picks.
fn nearest(wanted: &dyn Fn(&str, &Value) -> bool) -> Vec<String> {
    let (ws, plan, made) = made();
    let mut pointers = Vec::new();
    find(&made.json, "", wanted, &mut pointers);
    assert!(!pointers.is_empty());
    let of = |pointer: &String| {
        let causes = causes(&plan, &made.patched, &made.json, pointer).unwrap();
        text(&ws, &causes).lines().next().unwrap().to_owned()
    };
    pointers.iter().map(of).collect()
}

fn all_begin(found: &[String], with: &str) {
    assert!(found.iter().all(|text| text.starts_with(with)), "{with}: {found:?}");
}

#[test]
fn values_of_policies_are_named_through_all_their_brackets() {
    let is = |text: &'static str| move |_: &str, value: &Value| value.as_str() == Some(text);
    all_begin(&nearest(&is("/admin")), "/admin");
    all_begin(&nearest(&is("spiffe://cluster.local/ns/a/sa/b")), "cluster.local/ns/a/sa/b");
    all_begin(&nearest(&is("GET")), "GET");
}

#[test]
fn every_leaf_of_a_policy_and_of_tokens_has_a_line() {
    let leaf = |inside: &'static str| {
        move |path: &str, value: &Value| path.contains(inside) && !value.is_object() && !value.is_array()
    };
    assert!(nearest(&leaf("/ns[shop]-policy[web]-rule[0]/")).len() > 3);
    all_begin(&nearest(&leaf("/providers/origins-0/")), "https://issuer.example");
    assert!(!nearest(&leaf("/typedConfig/rules/")).is_empty());
}

#[test]
fn routes_destinations_and_endpoints_are_told_apart() {
    let ends = |end: &'static str| move |path: &str, _: &Value| path.ends_with(end);
    let weights = nearest(&ends("/weightedClusters/clusters/1/weight"));
    assert!(weights[0].contains("subset: v2") || weights[0].starts_with("destination"), "{weights:?}");
    all_begin(&nearest(&|_, value| value.as_str() == Some("/v1")), "{uri: {prefix: /v1}}");
}

#[test]
fn patches_stand_beside_what_they_changed() {
    let (ws, plan, made) = made();
    let clusters = made.json["staticResources"]["clusters"].as_array().unwrap();
    let place = |name: &str| clusters.iter().position(|c| c["name"] == name).unwrap();
    let changed = place("outbound|80||web.shop.svc.cluster.local");
    assert_eq!(clusters[changed]["connectTimeout"], "7s");
    let of = |at: usize| {
        let pointer = format!("/staticResources/clusters/{at}/connectTimeout");
        causes(&plan, &made.patched, &made.json, &pointer).unwrap()
    };
    let patch = of(changed)[0].origins.last().copied().unwrap();
    assert!(ws.sources().slice(patch).starts_with("applyTo: CLUSTER"));
    assert!(of(place("BlackHoleCluster")).iter().all(|cause| cause.origins.is_empty()));
    assert_eq!(causes(&plan, &made.patched, &made.json, "/staticResources/nothing"), None);
}
