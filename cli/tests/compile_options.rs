//! What stands for live state in a bootstrap, how it is asked for, and that it is told.

#![expect(clippy::disallowed_methods, reason = "the test reads what the program wrote")]

mod support;

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use support::{Folder, Ran, meshproof};

const MESH: &str = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  clusterIP: 10.96.0.5
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec:
  clusterIP: 10.96.0.9
  selector: {app: db}
  ports: [{name: tcp, port: 3306}]
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}
status: {podIP: 10.0.0.7}
---
apiVersion: v1
kind: Pod
metadata: {name: db-1, namespace: shop, labels: {app: db}}
spec: {containers: [{name: app, ports: [{containerPort: 3306}]}]}
status: {podIP: 10.0.0.9}
";

const TOKENS: &str = "
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  jwtRules:
  - issuer: https://issuer.example
    jwksUri: https://issuer.example/keys
";

const KEYS: &str = r#"{"keys":[{"kty":"RSA","e":"AQAB","n":"xyz"}]}"#;

const GATEWAY: &str = "
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [shop.example.com]
    tls: {mode: SIMPLE, credentialName: shop-cert}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: public, namespace: istio-system}
spec:
  hosts: [shop.example.com]
  gateways: [public]
  http: [{route: [{destination: {host: web.shop.svc.cluster.local}}]}]
---
apiVersion: v1
kind: Secret
metadata: {name: shop-cert, namespace: istio-system}
data: {tls.crt: Y2VydA==, tls.key: a2V5}
";

const PROXIES: &str = r#"[{"name": "web", "ns": "shop", "pod": "web-1"}, {"name": "db", "ns": "shop", "pod": "db-1"},
    {"name": "edge", "type": "router", "ns": "istio-system", "pod": "edge", "labels": {"istio": "ingressgateway"}}]"#;

fn folder(name: &str, more: &[(&str, &str)]) -> Folder {
    let files = more.iter().map(|(file, text)| (*file, text.as_bytes()));
    let files: Vec<(&str, &[u8])> = std::iter::once(("in/mesh.yaml", MESH.as_bytes())).chain(files).collect();
    Folder::new(name, &files)
}

fn compile(folder: &Folder, args: &[&str]) -> Ran {
    let all: Vec<&str> = ["compile", "in"].iter().chain(args).copied().collect();
    meshproof(&folder.0, &all, b"")
}

/// The bootstrap that a run printed.
fn made(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

fn listeners(bootstrap: &Value) -> Vec<(String, String, bool)> {
    let all = bootstrap["staticResources"]["listeners"].as_array().unwrap();
    let row = |l: &Value| {
        let at = &l["address"]["socketAddress"];
        let address = format!("{}:{}", at["address"].as_str().unwrap(), at["portValue"]);
        (l["name"].as_str().unwrap().to_owned(), address, l["bindToPort"] != false)
    };
    all.iter().map(row).collect()
}

#[test]
fn keys_are_those_of_the_file_and_their_absence_is_told() {
    let folder = folder("jwks", &[("in/tokens.yaml", TOKENS), ("keys.json", KEYS), ("bad.json", "{}")]);
    let ran = compile(&folder, &["--proxy", "shop/web-1", "--assumptions", "told.json"]);
    assert!(ran.err.contains("issuer `https://issuer.example`: istiod fetches its keys"), "{}", ran.err);
    let told = std::fs::read_to_string(folder.0.join("told.json")).unwrap();
    assert!(told.contains("in/tokens.yaml:7:13"), "{told}");
    for keys in ["keys.json", "https://issuer.example=keys.json"] {
        let ran = compile(&folder, &["--proxy", "shop/web-1", "--jwks", keys]);
        assert!(ran.out.contains("xyz") && !ran.err.contains("fetches"), "{}", ran.err);
    }
    for (keys, why) in [
        ("https://other.example=keys.json", "no RequestAuthentication names the issuer"),
        ("bad.json", "has no list `keys`"),
        ("absent.json", "cannot read"),
    ] {
        let ran = compile(&folder, &["--proxy", "shop/web-1", "--jwks", keys]);
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains(why), "{keys}: {}", ran.err);
    }
}

#[test]
fn listeners_are_captured_or_bound() {
    let folder = folder("capture", &[]);
    let of = |how: &str| {
        let ran = compile(&folder, &["--proxy", "shop/web-1", "--capture", how]);
        (listeners(&made(&ran)), ran)
    };
    let (iptables, _) = of("iptables");
    let default = listeners(&made(&compile(&folder, &["--proxy", "shop/web-1"])));
    assert_eq!(iptables, default);
    assert!(iptables.contains(&("virtualOutbound".into(), "0.0.0.0:15001".into(), true)));
    assert!(iptables.contains(&("10.96.0.9_3306".into(), "10.96.0.9:3306".into(), false)));
    let (none, _) = of("none");
    assert!(none.contains(&("127.0.0.1_3306".into(), "127.0.0.1:3306".into(), true)), "{none:?}");
    assert!(none.iter().all(|(name, _, _)| !name.starts_with("virtual")));
    let (bind, ran) = of("bind");
    assert!(bind.iter().all(|(name, _, bound)| *bound && !name.starts_with("virtual")), "{bind:?}");
    for place in ["127.0.0.1:80", "127.96.0.9:3306", "10.0.0.7:8080"] {
        assert!(bind.iter().any(|(_, at, _)| at == place), "{place}: {bind:?}");
    }
    assert!(!ran.out.contains("ORIGINAL_DST") && !ran.out.contains("useOriginalDst"));
    assert!(ran.err.contains("nothing is redirected"), "{}", ran.err);
}

#[test]
fn hosts_without_addresses_get_some_where_the_agent_answers_dns() {
    let entry = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: ext, namespace: shop}\nspec:\n  hosts: [db.example.com]\n  \
                 ports: [{number: 5432, name: tcp, protocol: TCP}]\n  resolution: DNS\n";
    let config = "defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}}\n";
    let folder = folder("allocate", &[("in/entry.yaml", entry), ("mesh.yaml", config)]);
    let with = compile(&folder, &["--proxy", "shop/web-1", "--mesh-config", "mesh.yaml"]);
    let names: Vec<String> = listeners(&made(&with)).into_iter().map(|(name, ..)| name).collect();
    assert!(names.contains(&"240.240.0.1_5432".to_owned()), "{names:?}");
    assert!(with.err.contains("host `db.example.com` gets 240.240.0.1"), "{}", with.err);
    let without = compile(&folder, &["--proxy", "shop/web-1"]);
    assert!(without.out.contains("0.0.0.0_5432") && !without.err.contains("240.240"), "{}", without.err);
}

#[test]
fn a_mesh_configuration_that_istiod_refuses_is_refused_with_its_line() {
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    \
                      connectTimeout: 5x\n    proxyInboundListenPort: 15006\n";
    let folder = folder("mesh-config", &[("in/istio.yaml", config_map)]);
    let of = |config: &str| {
        std::fs::write(folder.0.join("mesh.yaml"), config).unwrap();
        compile(&folder, &["--proxy", "shop/web-1", "--mesh-config", "mesh.yaml"])
    };
    for (config, place) in [
        ("proxyListenPort: 70000", "mesh.yaml:1:18: istiod does not take"),
        ("a: 1\noutboundTrafficPolicy: {mode: SOME}", "mesh.yaml:2:31: istiod does not take"),
        ("proxyHttpPort: 70000", "mesh.yaml:1:16: `portValue` is 70000"),
        ("proxyInboundListenPort: 70000", "mesh.yaml:1:25: `portValue` is 70000"),
    ] {
        let ran = of(config);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{config}");
        assert!(ran.err.contains(place), "{config}: {}", ran.err);
    }
    assert_eq!(of("proxyListenPort: 7000\nproxyHttpPort: 7001").code, Some(0), "the ConfigMap is left aside");
    let ran = compile(&folder, &["--proxy", "shop/web-1"]);
    assert!(ran.code == Some(1) && ran.err.contains("istio.yaml:6:21: "), "{}", ran.err);
}

#[test]
fn routes_stand_in_files_when_that_is_asked() {
    let folder = folder("rds", &[]);
    let ran = compile(&folder, &["--proxy", "shop/web-1", "--rds", "file", "-o", "web.json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let text = std::fs::read_to_string(folder.0.join("web.json")).unwrap();
    let path = folder.0.join("web.routes/80.json");
    assert!(text.contains(path.to_str().unwrap()), "the bootstrap names the whole path");
    let table: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(table["resources"][0]["name"], "80");
    assert!(!text.contains("\"allow_any\""), "virtual hosts are in the file alone");
    let ran = compile(&folder, &["--proxy", "shop/web-1", "--rds", "file"]);
    assert_eq!(ran.code, Some(2));
}

#[test]
fn secrets_are_written_for_the_owner_alone_and_only_when_asked() {
    let folder = folder("secrets", &[("in/gateway.yaml", GATEWAY)]);
    let gateway = ["--proxy", "gateway:istio-system/public", "--secrets", "keys"];
    let ran = compile(&folder, &gateway);
    assert!(ran.out.contains("\"keys/shop-cert/tls.key\""), "{}", ran.out);
    assert!(ran.err.contains("secret `shop-cert`: expected as `keys/shop-cert/tls.crt`"), "{}", ran.err);
    assert!(!folder.0.join("keys").exists());
    let ran = compile(&folder, &[&gateway[..], &["--write-secrets"]].concat());
    assert!(!ran.err.contains("shop-cert"), "{}", ran.err);
    let key = folder.0.join("keys/shop-cert/tls.key");
    assert_eq!(std::fs::read(&key).unwrap(), b"key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!ran.out.contains("a2V5") && !ran.err.contains("a2V5"));
}

#[test]
fn whatever_is_assumed_is_refused_when_strict() {
    let folder = folder("strict", &[("in/tokens.yaml", TOKENS)]);
    let ran = compile(&folder, &["--proxy", "shop/web-1", "--strict"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("refused: issuer"), "{}", ran.err);
}

fn virtual_service(name: &str, meta: &str, prefix: &str) -> String {
    format!(
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {name}, namespace: shop{meta}}}\nspec:\n  \
         hosts: [web]\n  http: [{{match: [{{uri: {{prefix: {prefix}}}}}], route: [{{destination: {{host: web}}}}]}}]\n"
    )
}

#[test]
fn where_order_decides_both_lines_are_named() {
    let tie = |meta: [&str; 2]| {
        let (a, b) = (virtual_service("one", meta[0], "/a"), virtual_service("two", meta[1], "/b"));
        let folder = folder("ties", &[("in/v1.yaml", &a), ("in/v2.yaml", &b)]);
        compile(&folder, &["--proxy", "shop/web-1"])
    };
    let ran = tie(["", ""]);
    let said = "order decides: VirtualService shop/one (in/v1.yaml:5:11) is taken as older than VirtualService shop/two (in/v2.yaml:5:11)";
    assert!(ran.err.contains(said), "{}", ran.err);
    let dated =
        tie([", creationTimestamp: '2021-01-01T00:00:00Z'", ", creationTimestamp: '2020-01-01T00:00:00Z'"]);
    assert!(!dated.err.contains("order decides"), "{}", dated.err);
}

#[test]
fn files_and_threads_do_not_change_the_bytes() {
    let one = virtual_service("one", "", "/a");
    let texts = [("mesh", MESH), ("gateway", GATEWAY), ("tokens", TOKENS), ("one", one.as_str())];
    let mut seen: Vec<Vec<(String, String)>> = Vec::new();
    for (turn, jobs) in [(0, "1"), (1, "2"), (2, "4"), (3, "0")] {
        let files: Vec<(String, &str)> = texts
            .iter()
            .enumerate()
            .map(|(at, (name, text))| (format!("in/{}-{name}.yaml", (at + turn) % texts.len()), *text))
            .collect();
        let files: Vec<(&str, &[u8])> = files.iter().map(|(f, t)| (f.as_str(), t.as_bytes())).collect();
        let files = [&files[..], &[("proxies.json", PROXIES.as_bytes())]].concat();
        let folder = Folder::new(&format!("order-{turn}"), &files);
        let ran = compile(&folder, &["--proxies", "proxies.json", "-o", "out", "--jobs", jobs]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(!ran.err.contains("order decides"), "{}", ran.err);
        let mut out: Vec<(String, String)> = std::fs::read_dir(folder.0.join("out"))
            .unwrap()
            .map(|e| e.unwrap().path())
            .map(|p| {
                (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(p).unwrap())
            })
            .collect();
        out.sort();
        seen.push(out);
    }
    assert_eq!(seen[0].len(), 3);
    assert!(seen.iter().all(|out| *out == seen[0]));
}

#[test]
fn patches_that_do_not_fit_are_told_with_their_line() {
    let filter = |value: &str| {
        format!(
            "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: f, namespace: shop}}\nspec:\n  configPatches:\n  \
             - applyTo: CLUSTER\n    patch: {{operation: MERGE, value: {value}}}\n"
        )
    };
    for (value, said) in [
        ("{connect_timeout: soon}", "the patch's value is no Cluster"),
        ("{conect_timeout: 1s}", "Envoy's Cluster has no field `conect_timeout`"),
        ("{connect_timeout: 1s}", ""),
    ] {
        let folder = folder("patches", &[("in/f.yaml", &filter(value))]);
        let ran = compile(&folder, &["--proxy", "shop/web-1"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let told = ran.err.contains(&format!("in/f.yaml:6:5: {said}"));
        assert_eq!(told, !said.is_empty(), "{value}: {}", ran.err);
    }
}

#[test]
fn patterns_that_envoy_refuses_are_found_wherever_they_stand() {
    let cors = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web, namespace: shop}\nspec:\n  hosts: [web]\n  \
                http:\n  - corsPolicy: {allowOrigins: [{regex: 'a('}]}\n    route: [{destination: {host: web}}]\n";
    let patch = "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: f, namespace: shop}\nspec:\n  configPatches:\n  \
                 - applyTo: HTTP_ROUTE\n    match: {context: SIDECAR_OUTBOUND}\n    patch:\n      operation: MERGE\n      value: \
                 {match: {headers: [{name: x, safe_regex_match: {regex: 'a**'}}]}}\n";
    for (text, line) in [(cors, "in/x.yaml:7:"), (patch, "in/x.yaml:6:")] {
        let folder = folder("patterns", &[("in/x.yaml", text)]);
        let ran = compile(&folder, &["--proxy", "shop/web-1"]);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.contains("is no regular expression of RE2"), "{}", ran.err);
        assert!(ran.err.contains(line), "{}", ran.err);
    }
}

#[test]
fn pieces_are_found_by_name() {
    let folder = folder("explain", &[("in/one.yaml", &virtual_service("one", "", "/a"))]);
    let explain = |name: &str, more: &[&str]| {
        let all: Vec<&str> = ["explain-config", name, "in"].iter().chain(more).copied().collect();
        meshproof(&folder.0, &all, b"")
    };
    let ran = explain("web.shop.svc.cluster.local:80", &["--proxy", "shop/web-1"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let place = "virtual host `web.shop.svc.cluster.local:80`\n  in/mesh.yaml:4:18  metadata: {name: web, namespace: shop}\n";
    let rule = "made of\n  route 0\n    in/one.yaml:6:";
    for part in [place, rule, "\"prefix\": \"/a\""] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    let sidecar = ["--proxy", "shop/web-1", "--output-format", "json"];
    let ran = explain("outbound|3306||db.shop.svc.cluster.local", &sidecar);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["pieces"][0]["because"][0]["at"][0], "in/mesh.yaml:16:11");
    let ran = explain("outbound|3306||bd.shop.svc.cluster.local", &[]);
    assert!(ran.err.contains("no workload with a proxy beside it"), "{}", ran.err);
    let ran = explain("outbound|3306||bd.shop.svc.cluster.local", &sidecar);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("did you mean `outbound|3306||db.shop.svc.cluster.local`"), "{}", ran.err);
}
