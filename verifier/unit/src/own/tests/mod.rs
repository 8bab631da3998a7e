//! Tests of a small mesh, each with a twin that is nearly the same and fails.

mod callers;
mod places;

use mp_lower::{EndpointChoice, FactOptions};
use mp_model::base::FileId;
use mp_model::{Input, Workspace, read_file};

use crate::{World, read_tests, run};

const GATEWAY: &str = "\
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: edge}
spec:
  selector: {app: edge}
  servers:
  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ['*.example.com'], tls: {httpsRedirect: true}}
  - {port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*.example.com'], tls: {mode: SIMPLE, credentialName: c}}
  - {port: {number: 8080, name: plain, protocol: HTTP}, hosts: ['*.example.com']}
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: tokens, namespace: edge}
spec:
  jwtRules: [{issuer: 'https://issuer.example', jwks: '{\"keys\":[]}'}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [edge/edge]
  http:
  - name: staff
    match: [{headers: {'@request.auth.claims.group': {exact: staff}}}]
    route: [{destination: {host: api, subset: v2}}]
  - name: both
    match: [{uri: {prefix: /both}}]
    headers: {request: {set: {x-lane: gold}}}
    mirror: {host: api, subset: v1}
    mirrorPercentage: {value: 5}
    route: [{destination: {host: api}}]
  - name: settings
    match: [{uri: {prefix: /settings}}]
    rewrite: {uri: /new, authority: new.example.com}
    timeout: 5s
    retries: {attempts: 3, perTryTimeout: 2s, retryOn: 'reset,503'}
    fault:
      abort: {httpStatus: 418, percentage: {value: 10}}
      delay: {fixedDelay: 2s, percentage: {value: 50}}
    headers: {response: {set: {x-s: '1'}, add: {x-a: '2'}, remove: [x-r]}}
    route: [{destination: {host: api, subset: v1}, weight: 80}, {destination: {host: api, subset: v2}, weight: 20}]
  - name: nowhere
    match: [{uri: {prefix: /nowhere}}]
    route: [{destination: {host: api, port: {number: 81}}}]
  - name: front
    route: [{destination: {host: api, subset: v1}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: shop}
spec:
  host: api
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: lanes, namespace: shop}
spec:
  selector: {matchLabels: {version: v2}}
  action: DENY
  rules:
  - to: [{operation: {paths: [/both*]}}]
    when: [{key: 'request.headers[x-lane]', notValues: [gold]}]
  - to: [{operation: {paths: [/both/closed]}}]
";

/// Connections: a port of bytes behind the gateway and in the mesh, and a host outside whose TLS nobody ends.
const CONNECTIONS: &str = "\
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: bytes, namespace: edge}
spec:
  selector: {app: edge}
  servers:
  - {port: {number: 5432, name: tcp, protocol: TCP}, hosts: ['*']}
  - {port: {number: 9443, name: tls, protocol: TLS}, hosts: ['*.pass.example'], tls: {mode: PASSTHROUGH}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: bytes, namespace: shop}
spec:
  hosts: ['*', a.pass.example]
  gateways: [edge/bytes]
  tcp:
  - match: [{port: 5432}]
    route: [{destination: {host: db, subset: v1}, weight: 30}, {destination: {host: db, subset: v2}, weight: 70}]
  tls:
  - match: [{port: 9443, sniHosts: [a.pass.example]}]
    route: [{destination: {host: db, subset: v1}}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: out, namespace: shop}
spec:
  hosts: [a.out.example]
  location: MESH_EXTERNAL
  resolution: DNS
  ports: [{number: 443, name: tls, protocol: TLS}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: db, namespace: shop}
spec:
  host: db
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {version: v1, app: api}}
  action: DENY
  rules:
  - from: [{source: {namespaces: [edge]}}]
    to: [{operation: {ports: ['8001']}}]
";

/// A Pod with a proxy.
fn pod(namespace: &str, name: &str, version: &str, ip: &str, port: u32) -> String {
    let app = name.split('-').next().unwrap_or_default();
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: {namespace}\n  \
         labels: {{app: {app}, version: {version}, security.istio.io/tlsMode: istio}}\nspec:\n  serviceAccountName: {app}\n  \
         containers: [{{name: istio-proxy, image: proxyv2}}, {{name: app, ports: [{{containerPort: {port}}}]}}]\n\
         status: {{phase: Running, podIP: {ip}, podIPs: [{{ip: {ip}}}], conditions: [{{type: Ready, status: 'True'}}]}}\n"
    )
}

pub(super) fn mesh() -> String {
    let service = |name: &str, ip: &str, port: &str| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{clusterIP: {ip}, clusterIPs: [{ip}], selector: {{app: api}}, ports: [{port}]}}\n"
        )
    };
    [
        GATEWAY,
        CONNECTIONS,
        &service("db", "10.9.0.3", "{name: tcp-db, port: 5432, targetPort: 8001}"),
        &service("api", "10.9.0.1", "{name: http, port: 80, targetPort: 8000}"),
        &service("odd", "10.9.0.2", "{name: odd, port: 9000, targetPort: 8000}"),
        &pod("edge", "edge-1", "v1", "10.1.0.1", 8080),
        &pod("shop", "api-v1", "v1", "10.1.1.1", 8000),
        &pod("shop", "api-v2", "v2", "10.1.1.2", 8000),
        &pod("shop", "web-1", "v1", "10.1.2.1", 8000),
    ]
    .concat()
}

/// The mismatches of a case, `field: expected E, found F` each; the request and what is expected as flow YAML.
fn faults(request: &str, expect: &str) -> Vec<String> {
    faults_in(&mesh(), request, expect)
}

/// The same in another mesh.
pub(super) fn faults_in(objects: &str, request: &str, expect: &str) -> Vec<String> {
    let workspace = Workspace::read(&[Input::new("mesh.yaml", objects)]);
    let options = FactOptions { endpoints: EndpointChoice::Auto, ..FactOptions::default() };
    let mesh = mp_lower::facts(&workspace, &options);
    let text = format!(
        "apiVersion: meshproof.dev/v1alpha1\nkind: MeshTest\nspec:\n  cases:\n  - name: t\n    request: {{{request}}}\n    \
         expect: {{{expect}}}\n"
    );
    let tests = read_tests(&read_file(FileId(9), text.as_bytes()), true);
    assert_eq!(tests.errors, []);
    let ran = run(&World::new(&mesh), &tests.suites).unwrap();
    let all = ran.results.iter().flat_map(|result| &result.mismatches);
    all.map(|m| format!("{}: expected {}, found {}", m.field, m.expected, m.actual)).collect()
}

#[track_caller]
pub(super) fn passes(request: &str, expect: &str) {
    assert_eq!(faults(request, expect), Vec::<String>::new(), "{request} -> {expect}");
}

#[track_caller]
pub(super) fn fails(request: &str, expect: &str, why: &str) {
    let found = faults(request, expect);
    assert!(found.iter().any(|fault| fault.contains(why)), "{request} -> {expect}: {found:?}");
}

pub(super) const EDGE: &str = "from: 'gateway:edge/edge', host: shop.example.com, scheme: https";

#[test]
fn claims_choose_routes_when_the_token_is_accepted() {
    let token = |issuer: &str| format!("{EDGE}, claims: {{iss: '{issuer}', group: staff}}");
    passes(&token("https://issuer.example"), "route: staff, to: {host: api, subset: v2}");
    passes(EDGE, "route: front, decision: allow");
    passes(&token("https://other.example"), "decision: deny, decidedBy: jwt, status: 401");
    fails(EDGE, "route: staff", "found front");
}

#[test]
fn plain_text_is_sent_to_https_where_the_gateway_says_so() {
    let plain = "from: 'gateway:edge/edge', host: shop.example.com";
    passes(plain, "redirect: {location: 'https://shop.example.com/', status: 301}");
    passes(&format!("{plain}, port: 8080"), "route: front");
    fails(&format!("{plain}, port: 8080"), "redirect: {status: 301}", "api.shop.svc.cluster.local");
    fails(EDGE, "status: 301", "it reaches a workload");
}

#[test]
fn a_client_outside_meets_the_gateway_that_serves_the_host() {
    passes("from: outside, host: shop.example.com, port: 8080", "route: front, mutualTls: true");
    fails("from: outside, host: shop.example.org", "status: 200", "no gateway of the input serves");
}

#[test]
fn policies_see_the_headers_that_the_route_sets() {
    let both = |path: &str| format!("{EDGE}, path: {path}");
    passes(&both("/both/1"), "decision: allow, requestHeaders: {set: {x-lane: gold}}");
    passes("to: shop/api-v2, port: 8000, path: /both/1", "decision: deny, decidedBy: shop/lanes");
    passes(
        "to: shop/api-v2, port: 8000, path: /both/1, headers: {x-lane: gold}",
        "decision: allow, decidedBy: none",
    );
    fails(&both("/both/1"), "requestHeaders: {add: {x-lane: gold}}", "requestHeaders.add.x-lane");
}

#[test]
fn workloads_that_differ_are_neither_one_nor_the_other() {
    let request = format!("{EDGE}, path: /both/closed");
    fails(&request, "decision: allow", "deny by shop/lanes at shop/api-v2");
    fails(&request, "decision: deny", "allow at shop/api-v1");
    fails(&request, "status: 403", "it depends on the workload");
}

#[test]
fn a_destination_that_does_not_exist_gives_503() {
    let request = format!("{EDGE}, path: /nowhere");
    passes(&request, "status: 503, to: {host: api, port: 81}");
    fails(&request, "decision: allow", "no cluster `outbound|81||api.shop.svc.cluster.local`");
    fails(EDGE, "status: 503", "it reaches a workload");
}

#[test]
fn mirrors_and_their_share() {
    let request = format!("{EDGE}, path: /both");
    passes(&request, "mirror: {host: api, subset: v1, percent: 5}");
    fails(&request, "mirror: {host: api, subset: v1, percent: 50}", "5 %");
    fails(EDGE, "mirror: {host: api}", "found none");
}

#[test]
fn sidecars_know_ports_whose_protocol_is_found_out() {
    let from_web = |host: &str, port: u32| format!("from: shop/web-*, host: {host}, port: {port}");
    passes(
        &from_web("api", 80),
        "route: default, to: {host: api, port: 80, weight: 100}, decision: allow, mutualTls: true",
    );
    passes(&from_web("odd.shop", 9000), "to: {host: odd, port: 9000}");
    fails(&from_web("api", 81), "to: {host: api}", "speaks HTTP at port 81");
    fails(&from_web("other.example.com", 80), "to: {host: api}", "PassthroughCluster");
}

#[test]
fn connections_go_by_port_and_share() {
    let inside = "from: shop/web-1, scheme: tcp, host: db, port: 5432";
    passes(inside, "to: {host: db, port: 5432, weight: 100}, mutualTls: true");
    fails(inside, "to: {host: api}", "to: expected api, found db.shop");
    let edge = "from: 'gateway:edge/bytes', scheme: tcp, host: db.example.com, port: 5432";
    passes(edge, "to: [{host: db, subset: v1, weight: 30}, {host: db, subset: v2, weight: 70}]");
    fails(edge, "to: [{host: db, subset: v1, weight: 50}, {host: db, subset: v2, weight: 50}]", "weight 30");
    passes("from: outside, scheme: tcp, host: db.example.com, port: 5432", "mutualTls: true");
}

#[test]
fn policies_of_connections_see_identity_and_port() {
    // A DENY rule that asks for paths holds for bytes too, whose paths nobody knows.
    passes(
        "from: shop/web-1, to: shop/api-v2, scheme: tcp, port: 8001",
        "decision: deny, decidedBy: shop/lanes",
    );
    passes("from: shop/web-1, to: shop/api-v1, scheme: tcp, port: 8001", "decision: allow, decidedBy: none");
    let edge = "from: 'gateway:edge/bytes', scheme: tls, host: a.pass.example, port: 9443";
    passes(edge, "to: {host: db, subset: v1}, decision: deny, decidedBy: shop/db, mutualTls: true");
    fails(edge, "decision: allow", "deny by shop/db at shop/api-v1");
}

#[test]
fn server_names_choose_where_tls_passes_through() {
    let edge = |name: &str| format!("from: 'gateway:edge/bytes', scheme: tls, host: {name}, port: 9443");
    passes(&edge("a.pass.example"), "to: {host: db, subset: v1, port: 5432}");
    fails(
        &edge("b.pass.example"),
        "to: {host: db}",
        "the proxy ends the connection during the TLS handshake NR",
    );
    let out = "from: shop/web-1, scheme: tls, host: a.out.example, port: 443";
    passes(out, "to: {host: a.out.example, port: 443}, mutualTls: false");
    fails(out, "to: {host: b.out.example}", "a.out.example port 443");
    fails(
        "from: shop/web-1, scheme: tls, host: b.out.example, port: 443",
        "to: {host: a.out.example}",
        "Passthrough",
    );
}

#[test]
fn what_code_may_change_is_not_guessed() {
    let filter = |name: &str, config: &str| {
        format!(
            "---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: {name}, namespace: edge}}\nspec:\n  \
             configPatches:\n  - applyTo: HTTP_FILTER\n    match: {{context: GATEWAY}}\n    \
             patch: {{operation: INSERT_BEFORE, value: {{name: x, typed_config: {config}}}}}\n"
        )
    };
    let lua = filter("lua", "{'@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}");
    let found = faults_in(&[mesh(), lua].concat(), EDGE, "decision: allow");
    assert!(found.iter().any(|fault| fault.contains("Lua")), "{found:?}");
    let limit = "{'@type': type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit, \
                 token_bucket: {max_tokens: 9}}";
    assert_eq!(faults_in(&[mesh(), filter("limit", limit)].concat(), EDGE, "decision: allow"), [""; 0]);
}

#[test]
fn settings_of_routes_are_compared() {
    let request = format!("{EDGE}, path: /settings/1");
    let both = |good: &str, bad: &str, why: &str| {
        passes(&request, good);
        fails(&request, bad, why);
    };
    both("timeout: 5s", "timeout: 6s", "found 5s");
    fails(&request, "timeout: none", "found 5s");
    both(
        "retries: {attempts: 3, perTryTimeout: 2s, retryOn: 'retriable-status-codes,reset'}",
        "retries: {attempts: 2}",
        "retries.attempts: expected 2, found 3",
    );
    fails(&request, "retries: {perTryTimeout: 3s}", "found 2s");
    fails(&request, "retries: {retryOn: 5xx}", "retries.retryOn");
    both(
        "fault: {abort: 418, abortPercent: 10, delay: 2s, delayPercent: 50}",
        "fault: {}",
        "a fault is injected",
    );
    fails(&request, "fault: {abort: 500}", "found 418");
    fails(&request, "fault: {delayPercent: 51}", "found 50");
    fails(EDGE, "fault: {abort: 418}", "found none");
    both(
        "rewrite: {path: /new/1, authority: new.example.com}",
        "rewrite: {path: /settings/1}",
        "found /new/1",
    );
    both(
        "responseHeaders: {set: {x-s: '1'}, add: {x-a: '2'}, remove: x-r}",
        "responseHeaders: {remove: x-s}",
        "found x-r",
    );
    both("virtualService: shop/shop", "virtualService: shop/other", "found shop/shop");
    both(
        "to: [{host: api, subset: v2, weight: 20}, {host: api, subset: v1, weight: 80}]",
        "to: {host: api, subset: v1}",
        "v2",
    );
}

#[test]
fn mutual_tls_is_told() {
    passes(EDGE, "mutualTls: true");
    fails(EDGE, "mutualTls: false", "found true");
}
