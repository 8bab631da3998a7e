//! `meshproof trace` on small meshes: ambient callers, TLS to hosts outside, and names that nobody has.

mod support;

use support::{Folder, meshproof};

/// A caller and a server of the ambient mesh; a waypoint, and who may call the server.
const AMBIENT: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop, labels: {istio.io/use-waypoint: WAYPOINT}}
spec: {clusterIP: 10.96.0.2, selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: app}]}
status: {phase: Running, podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}], conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api-1, namespace: shop, labels: {app: api}}
spec: {serviceAccountName: api, containers: [{name: app, ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.1.0.2, podIPs: [{ip: 10.1.0.2}], conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/ACCOUNT]}}]}]
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
status: {phase: Running, podIP: 10.1.0.9, podIPs: [{ip: 10.1.0.9}], conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: api, namespace: shop}
spec:
  parentRefs: [{group: '', kind: Service, name: api, port: 80}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: /new}, statusCode: 301}}]
  - backendRefs: [{name: api, port: 80}]
";

fn ambient(name: &str, waypoint: &str, account: &str, to: &str) -> String {
    told(name, &AMBIENT.replace("WAYPOINT", waypoint).replace("ACCOUNT", account), to)
}

fn told(name: &str, text: &str, to: &str) -> String {
    let folder = Folder::new(name, &[("mesh.yaml", text.as_bytes())]);
    let ran = meshproof(&folder.0, &["trace", "mesh.yaml", "--from", "shop/web-1", "--to", to], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.out
}

#[test]
fn ambient_callers_go_from_ztunnel_to_ztunnel() {
    let good = ambient("trace-direct", "none", "web", "http://api/");
    assert!(
        good.contains("hop 1: shop/web-1 (ztunnel)") && good.contains("hop 2: shop/api-1 (ztunnel)"),
        "{good}"
    );
    assert!(good.contains("the tunnel from `spiffe://cluster.local/ns/shop/sa/web`"), "{good}");
    assert!(good.contains("shop/api matches") && good.ends_with("answer: 200\n"), "{good}");
    let bad = ambient("trace-refused", "none", "other", "http://api/");
    assert!(bad.contains("no rule matches") && bad.contains("answer: the connection is closed"), "{bad}");
}

#[test]
fn waypoints_stand_between_ztunnels() {
    let through = ambient("trace-waypoint", "wp", "wp", "http://api/x");
    assert!(through.contains("waypoint `shop/wp` stands before it"), "{through}");
    assert!(through.contains("hop 2: shop/wp-1 (waypoint)"), "{through}");
    assert!(through.contains("the tunnel from `spiffe://cluster.local/ns/shop/sa/wp`"), "{through}");
    assert!(through.ends_with("answer: 200\n"), "{through}");
    let routed = ambient("trace-redirect", "wp", "wp", "http://api/old");
    assert!(routed.contains("301") && !routed.contains("hop 3"), "{routed}");
    assert!(through.contains("assumed: Gateway shop/wp is of the ambient mesh"), "{through}");
}

/// Files have no status, and seldom what istiod itself puts into the cluster.
#[test]
fn waypoints_need_no_status() {
    let named = AMBIENT
        .replace("WAYPOINT", "wp")
        .replace("ACCOUNT", "wp")
        .replace("status: {addresses", "was: {addresses");
    let front = told("trace-front", &named, "http://api/x");
    assert!(front.contains("hop 2: shop/wp-1 (waypoint)") && !front.contains("unknown"), "{front}");
    let start = named.find("---\napiVersion: v1\nkind: Service\nmetadata: {name: wp,").unwrap();
    let end = start + named[start..].find("---\napiVersion: gateway").unwrap();
    let bare = [&named[..start], &named[end..]].concat();
    let made = told("trace-made", &bare, "http://api/x");
    assert!(
        made.contains("the Service `wp` that istiod makes for the waypoint is taken to be there"),
        "{made}"
    );
    assert!(made.contains("hop 2: shop/wp (waypoint)") && !made.contains("unknown"), "{made}");
    assert!(made.contains("the tunnel from `spiffe://cluster.local/ns/shop/sa/wp`"), "{made}");
    assert!(told("trace-made-old", &bare, "http://api/old").contains("301"));
    let elsewhere = bare.replace(
        "listeners: [{name: mesh",
        "addresses: [{type: Hostname, value: own}], listeners: [{name: mesh",
    );
    let open = told("trace-open", &elsewhere, "http://api/x");
    assert!(open.contains("its status names no address") && open.contains("unknown parts"), "{open}");
}

/// A sidecar without anything else.
const ALONE: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: istio-proxy}]}
status: {phase: Running, podIP: 10.1.0.1, podIPs: [{ip: 10.1.0.1}]}
";

#[test]
fn hosts_outside_speak_what_clients_speak() {
    let folder = Folder::new("trace-tls", &[("mesh.yaml", ALONE.as_bytes())]);
    let trace =
        |from: &str, to: &str| meshproof(&folder.0, &["trace", "mesh.yaml", "--from", from, "--to", to], b"");
    let told = trace("shop/web-1", "https://api.example.com/").out;
    assert!(told.contains("PassthroughCluster") && told.ends_with("answer: 200\n"), "{told}");
    let wrong = trace("shop/web", "https://api.example.com/");
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("did you mean `shop/web-1`?"), "{}", wrong.err);
}

#[test]
fn ports_that_nobody_listens_for_are_told_from_those_that_somebody_does() {
    let gateway = "\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g, namespace: edge}
spec: {selector: {app: edge}, servers: [{port: {number: 8088, name: http, protocol: HTTP}, hosts: ['*']}]}
";
    for (name, text, word) in [("none", ALONE, "has no gateway"), ("other", gateway, "servers at 8088")] {
        let folder = Folder::new(&format!("trace-port-{name}"), &[("mesh.yaml", text.as_bytes())]);
        let ran =
            meshproof(&folder.0, &["trace", "mesh.yaml", "--from", "outside", "--to", "tcp://x:9000"], b"");
        assert_eq!(ran.code, Some(2));
        assert!(ran.err.contains(word), "{}", ran.err);
    }
}

/// A repository: neither Pods nor addresses, two versions behind one Service, and a policy of one of them.
const REPOSITORY: &str = "\
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api-v1, namespace: shop}
spec:
  selector: {matchLabels: {app: api, version: v1}}
  template: {metadata: {labels: {app: api, version: v1}}, spec: {containers: [{name: app}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api-v2, namespace: shop}
spec:
  selector: {matchLabels: {app: api, version: v2}}
  template: {metadata: {labels: {app: api, version: v2}}, spec: {containers: [{name: app}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {serviceAccountName: web, containers: [{name: app}]}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: shop}
spec: {host: api, subsets: [{name: one, labels: {version: v1}}, {name: two, labels: {version: v2}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: shop}
spec: {hosts: [api], http: [{route: [{destination: {host: api, subset: SUBSET}}]}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {version: v2}}
  rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/admin]}}]}]
";

#[test]
fn a_repository_without_pods_is_followed_to_the_policies_of_its_workloads() {
    let ask = |subset: &str| {
        let folder = Folder::new(subset, &[("a.yaml", REPOSITORY.replace("SUBSET", subset).as_bytes())]);
        meshproof(&folder.0, &["trace", ".", "--from", "shop/web", "--to", "http://api/"], b"").out
    };
    let open = ask("one");
    assert!(open.contains("hop 2: shop/api-v1 (inbound)") && open.contains("answer: 200"), "{open}");
    let told =
        "assumed: Deployment shop/api-v1 has no Pod in the input: one at 198.18.0.1 stands for its Pods";
    assert!(open.contains(told), "{open}");
    assert!(open.contains("assumed: Namespace shop: it is not in the input"), "{open}");
    let closed = ask("two");
    assert!(closed.contains("answer: 403") && closed.contains("from shop/api-v2 (inbound)"), "{closed}");
}
