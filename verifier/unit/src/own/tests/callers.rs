//! Who calls, and with what: identity, address, token, method, headers, lists.

use super::{EDGE, fails, faults, faults_in, mesh, passes};

/// Policies that ask for callers.
const RULES: &str = "\
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: callers, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  rules:
  - from: [{source: {principals: [cluster.local/ns/pay/sa/robot]}}]
    to: [{operation: {methods: [POST], hosts: [web.shop]}}]
  - from: [{source: {ipBlocks: [192.0.2.0/24]}}]
    to: [{operation: {paths: [/health]}}]
  - to: [{operation: {paths: [/claims]}}]
    when: [{key: 'request.auth.claims[group]', values: [staff]}]
  - to: [{operation: {paths: [/headers]}}]
    when: [{key: 'request.headers[x-lane]', values: [gold]}]
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  jwtRules: [{issuer: 'https://issuer.example', jwks: '{\"keys\":[]}', audiences: [web]}]
";

#[track_caller]
fn decides(request: &str, decision: &str) {
    let objects = [mesh(), RULES.to_owned()].concat();
    let request = format!("to: shop/web-1, port: 8000, {request}");
    let other = if decision == "allow" { "deny" } else { "allow" };
    let decides = |expect: &str| faults_in(&objects, &request, &format!("decision: {expect}"));
    assert_eq!(decides(decision), [""; 0], "{request}");
    let found = decides(other);
    assert!(found.iter().any(|fault| fault.contains(decision)), "{request}: {found:?}");
}

#[test]
fn identity_method_and_host_decide() {
    decides("identity: pay/robot, method: POST, host: web.shop", "allow");
    decides("identity: 'spiffe://cluster.local/ns/pay/sa/robot', method: POST, host: web.shop", "allow");
    decides("identity: pay/other, method: POST, host: web.shop", "deny");
    decides("identity: pay/robot, method: GET, host: web.shop", "deny");
    decides("identity: pay/robot, method: POST, host: other.shop", "deny");
}

#[test]
fn addresses_decide() {
    decides("path: /health, address: 192.0.2.9", "allow");
    decides("path: /health, address: 198.51.100.9", "deny");
    decides("path: /other, address: 192.0.2.9", "deny");
}

#[test]
fn claims_decide() {
    let with = |claims: &str| format!("path: /claims, claims: {{{claims}}}");
    decides(&with("iss: 'https://issuer.example', aud: web, group: staff"), "allow");
    decides(&with("iss: 'https://issuer.example', aud: web, group: [guests, staff]"), "allow");
    decides(&with("iss: 'https://issuer.example', aud: web, group: guests"), "deny");
    decides(&with("iss: 'https://issuer.example', aud: other, group: staff"), "deny");
    decides(&with("iss: 'https://other.example', aud: web, group: staff"), "deny");
}

#[test]
fn headers_decide() {
    decides("path: /headers, headers: {X-Lane: gold}", "allow");
    decides("path: /headers, headers: {x-lane: tin}", "deny");
}

#[test]
fn every_request_of_a_list_is_told() {
    let found =
        faults(&format!("{EDGE}, path: [/settings, /both, /x], method: [GET, PUT]"), "route: settings");
    assert_eq!(found.len(), 4, "{found:?}");
    passes(&format!("{EDGE}, path: [/settings/1, /settings/2]"), "route: settings");
    fails(
        "from: [shop/web-1, 'gateway:edge/edge'], host: shop.example.com",
        "route: settings",
        "found allow_any",
    );
}

/// A gateway that takes the token off the request, and a workload that asks for its claims.
#[test]
fn a_token_that_the_gateway_keeps_does_not_reach_the_workload() {
    let asks = "---\napiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: api, namespace: shop}\n\
                spec: {selector: {matchLabels: {app: api}}, jwtRules: [{issuer: 'https://issuer.example', jwks: '{\"keys\":[]}'}]}\n\
                ---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: api, namespace: shop}\n\
                spec: {selector: {matchLabels: {app: api}}, rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}\n";
    let request = format!("{EDGE}, claims: {{iss: 'https://issuer.example', sub: me}}");
    let keeps = [mesh(), asks.to_owned()].concat();
    assert_eq!(faults_in(&keeps, &request, "decision: deny, decidedBy: shop/api"), [""; 0]);
    let forwards = keeps.replace(
        "issuer: 'https://issuer.example', jwks",
        "issuer: 'https://issuer.example', forwardOriginalToken: true, jwks",
    );
    assert_eq!(faults_in(&forwards, &request, "decision: allow"), [""; 0]);
}
