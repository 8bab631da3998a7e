//! Rules and what they decide.
use std::cell::RefCell;

use std::net::SocketAddr;

use super::*;
use crate::access::info::TlsInfo;
use crate::access::state::StateValue;
use crate::net::address::Address;

fn connection(uri: &str) -> ConnectionInfo {
    let address = |port| Address::Ip(SocketAddr::from(([127, 0, 0, 1], port)));
    let tls = TlsInfo { peer_uris: vec![uri.to_owned()], peer_hash: "0".to_owned(), ..TlsInfo::default() };
    ConnectionInfo {
        server_name: "a.example".to_owned(),
        tls: (!uri.is_empty()).then_some(Box::new(tls)),
        state: FilterState::from([
            ("far".to_owned(), text("connection")),
            ("both".to_owned(), text("connection")),
        ]),
        ..ConnectionInfo::new(1, address(1), address(8080))
    }
}

fn text(text: &str) -> StateValue {
    StateValue { text: text.to_owned(), ..StateValue::default() }
}

/// Decides about a request with one ALLOW policy of this permission and principal.
fn allowed(
    permission: serde_json::Value,
    principal: serde_json::Value,
    uri: &str,
    method: &str,
    path: &str,
) -> bool {
    let rules = serde_json::json!({"rules": {"policies": {"p": {"permissions": [permission], "principals": [principal]}}}});
    let refusals = RefCell::new(Vec::new());
    let rbac = Rbac::new(&Value::from(&rules), "rules", &Scope::root(&refusals)).unwrap();
    assert!(refusals.borrow().is_empty());
    let mut head = Head::request(method.as_bytes());
    head.path = path.as_bytes().to_vec();
    head.add(b"x-forwarded-for", b"203.0.113.5");
    let connection = connection(uri);
    let remote = Some(IpAddr::from([203, 0, 113, 5]));
    let state = FilterState::from([("both".to_owned(), text("request"))]);
    let (connection, metadata) = (&connection, &Map::new());
    rbac.decide(Subject { head: Some(&head), connection, remote, metadata, state: &state }).allowed
}

#[test]
fn permissions() {
    let any = || serde_json::json!({"any": true});
    for (permission, method, path, wanted) in [
        (serde_json::json!({"url_path": {"path": {"prefix": "/a"}}}), "GET", "/ab?x", true),
        (serde_json::json!({"url_path": {"path": {"exact": "/a"}}}), "GET", "/a?x", true),
        (serde_json::json!({"url_path": {"path": {"exact": "/a"}}}), "GET", "/ab", false),
        (
            serde_json::json!({"header": {"name": ":method", "string_match": {"exact": "GET"}}}),
            "GET",
            "/",
            true,
        ),
        (
            serde_json::json!({"header": {"name": ":method", "string_match": {"exact": "GET"}}}),
            "PUT",
            "/",
            false,
        ),
        (
            serde_json::json!({"not_rule": {"header": {"name": "x-h", "present_match": true}}}),
            "GET",
            "/",
            true,
        ),
        (serde_json::json!({"destination_port": 8080}), "GET", "/", true),
        (serde_json::json!({"destination_port": 8081}), "GET", "/", false),
        (serde_json::json!({"destination_port_range": {"start": 1, "end": 8080}}), "GET", "/", false),
        (serde_json::json!({"requested_server_name": {"suffix": ".example"}}), "GET", "/", true),
        (serde_json::json!({"and_rules": {"rules": [{"any": true}, {"any": false}]}}), "GET", "/", false),
        (serde_json::json!({"or_rules": {"rules": [{"any": false}, {"any": true}]}}), "GET", "/", true),
    ] {
        assert_eq!(
            allowed(permission.clone(), any(), "", method, path),
            wanted,
            "{permission} {method} {path}"
        );
    }
}

#[test]
fn principals() {
    let any = || serde_json::json!({"any": true});
    let state = |key: &str, value: &str| serde_json::json!({"filter_state": {"key": key, "string_match": {"exact": value}}});
    let named = |name: &str| serde_json::json!({"authenticated": {"principal_name": {"exact": name}}});
    for (principal, uri, wanted) in [
        (named("spiffe://a"), "spiffe://a", true),
        (named("spiffe://a"), "spiffe://ab", false),
        (named("spiffe://a"), "", false),
        (serde_json::json!({"authenticated": {}}), "spiffe://x", true),
        (serde_json::json!({"authenticated": {}}), "", false),
        (serde_json::json!({"remote_ip": {"address_prefix": "203.0.113.0", "prefix_len": 24}}), "", true),
        (serde_json::json!({"remote_ip": {"address_prefix": "203.0.112.0", "prefix_len": 24}}), "", false),
        (serde_json::json!({"direct_remote_ip": {"address_prefix": "127.0.0.0", "prefix_len": 8}}), "", true),
        (serde_json::json!({"not_id": {"any": true}}), "", false),
        (state("far", "connection"), "", true),
        (state("far", "request"), "", false),
        (state("both", "request"), "", true),
        (state("both", "connection"), "", false),
        (state("nowhere", ""), "", false),
    ] {
        assert_eq!(allowed(any(), principal.clone(), uri, "GET", "/"), wanted, "{principal} {uri}");
    }
}
