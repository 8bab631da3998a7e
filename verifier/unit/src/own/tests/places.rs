//! What the first proxy itself does: policies and certificates of gateways, methods that nobody knows, endpoints that may not be used.

use super::{EDGE, fails, faults_in, mesh, passes};

fn policy(action: &str, rule: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: front, namespace: edge}}\n\
         spec: {{selector: {{matchLabels: {{app: edge}}}}, action: {action}, rules: [{rule}]}}\n"
    )
}

#[track_caller]
fn check(objects: &str, request: &str, expect: &str, wrong: &str, why: &str) {
    let mesh = [mesh(), objects.to_owned()].concat();
    assert_eq!(faults_in(&mesh, request, expect), [""; 0], "{request}");
    let found = faults_in(&mesh, request, wrong);
    assert!(found.iter().any(|fault| fault.contains(why)), "{request}: {found:?}");
}

#[test]
fn policies_of_a_gateway_decide() {
    let denies = policy("DENY", "{to: [{operation: {paths: [/settings/secret]}}]}");
    let secret = format!("{EDGE}, path: /settings/secret");
    let by = "decision: deny, decidedBy: edge/front, status: 403";
    check(&denies, &secret, by, "decision: allow", "deny by edge/front at edge/edge-1");
    check(&denies, EDGE, "decision: allow", "decidedBy: edge/front", "none at shop/api-v1");
    let allows = policy("ALLOW", "{from: [{source: {remoteIpBlocks: [192.0.2.0/24]}}]}");
    check(&allows, &format!("{EDGE}, address: 192.0.2.7"), "decision: allow", by, "reaches a workload");
    check(&allows, EDGE, by, "decision: allow", "deny by edge/front");
}

#[test]
fn a_gateway_may_ask_for_a_certificate() {
    let mutual = mesh().replace(
        "mode: SIMPLE, credentialName: c",
        "mode: MUTUAL, credentialName: c, subjectAltNames: ['spiffe://x/ns/a/sa/b']",
    );
    let with = format!("{EDGE}, identity: 'spiffe://x/ns/a/sa/b'");
    assert_eq!(faults_in(&mutual, &with, "route: front, decision: allow"), [""; 0]);
    assert_eq!(faults_in(&mutual, EDGE, "decision: deny, decidedBy: mtls"), [""; 0]);
    let found = faults_in(&mutual, EDGE, "status: 200");
    assert!(found.iter().any(|fault| fault.contains("during the TLS handshake")), "{found:?}");
    let any = mesh().replace("mode: SIMPLE, credentialName: c", "mode: MUTUAL, credentialName: c");
    assert_eq!(faults_in(&any, EDGE, "route: front, decision: allow"), [""; 0]);
}

#[test]
fn what_is_no_request_is_rejected() {
    passes(&format!("{EDGE}, method: 'NO-METHOD'"), "decision: reject, decidedBy: codec, status: 400");
    fails(EDGE, "decision: reject", "allow at shop/api-v1");
    passes("from: outside, host: shop.example.com, port: 8080, method: X", "decision: reject, status: 400");
    passes(&format!("{EDGE}, path: '/a%2'"), "decision: allow");
}

#[test]
fn paths_are_read_before_routes_are_asked() {
    passes(&format!("{EDGE}, path: /x/../settings/./1"), "route: settings, rewrite: {path: /new/1}");
    fails(&format!("{EDGE}, path: /x/..%2fsettings"), "route: settings", "found front");
}

#[test]
fn endpoints_that_are_not_there_leave_it_open() {
    let empty = mesh().replace("version: v2, security", "version: v3, security");
    let found = faults_in(&empty, &format!("{EDGE}, path: /both"), "decision: allow");
    assert_eq!(found, [""; 0]);
    let both = format!("{EDGE}, claims: {{iss: 'https://issuer.example', group: staff}}");
    let found = faults_in(&empty, &both, "decision: allow");
    assert!(
        found.iter().any(|fault| fault.contains("the input has no endpoints of `outbound|80|v2|")),
        "{found:?}"
    );
}
