//! TLS contexts: what they offer, whom they accept, and where their secrets come from. Where there is an Envoy, it answers the same.
#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the test starts processes, opens sockets and reads files")]
#[path = "support/envoy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod envoy;
#[path = "support/proxy.rs"]
#[expect(dead_code, reason = "each test uses its part")]
mod proxy;
mod support;
#[path = "support/tls_client.rs"]
mod tls_client;

use envoy::envoy;
use proxy::{Proxy, T, address, cluster, filter, to, upstream};
use serde_json::{Value, json};
use support::free_port;
use tls_client::{Client, file};

/// A listener whose upstream is told about the client's certificate.
fn listener(name: &str, port: u16, tls: Option<Value>, target: &str) -> Value {
    let manager = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"), "statPrefix": name,
        "httpFilters": [filter("http.router.v3.Router", json!({}))], "forwardClientCertDetails": "SANITIZE_SET",
        "setCurrentClientCertDetails": {"uri": true},
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": to(target),
            "requestHeadersToAdd": [{"header": {"key": "x-protocol", "value": "%PROTOCOL% %DOWNSTREAM_TLS_VERSION%"}}]}]}});
    let mut chain = json!({"filters": [{"name": "h", "typedConfig": manager}]});
    if let Some(tls) = tls {
        chain["transportSocket"] = tls;
    }
    json!({"name": name, "address": address(port), "filterChains": [chain]})
}

fn context(side: &str, common: Value) -> Value {
    json!({"name": "t", "typedConfig": {"@type": format!("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.{side}TlsContext"),
        "commonTlsContext": common}})
}

fn pair(name: &str) -> Value {
    json!({"certificateChain": {"filename": file(&format!("{name}.pem"))}, "privateKey": {"filename": file(&format!("{name}.key"))}})
}

/// Asks every listener of a proxy, and of Envoy, with its client; the answers are alike.
fn ask_all(cases: &[(&str, Value, Client, Option<&str>)]) {
    let up = upstream();
    let bootstrap = |ports: &[u16], admin: u16| {
        let listeners: Vec<_> = cases
            .iter()
            .zip(ports)
            .map(|((name, tls, ..), port)| listener(name, *port, Some(tls.clone()), "up"))
            .collect();
        json!({"node": {"id": "n", "cluster": "c"}, "admin": {"address": address(admin)}, "staticResources": {
            "listeners": listeners, "clusters": [cluster("up", &[up], json!({}))]}})
    };
    let ports = || cases.iter().map(|_| free_port()).collect::<Vec<_>>();
    let (own, admin) = (ports(), free_port());
    let _proxy = Proxy::run(&bootstrap(&own, admin), own[0], admin);
    let theirs = ports();
    let twin = envoy(&bootstrap(&theirs, free_port()), theirs[0]);
    for (((name, _, client, wanted), own), theirs) in cases.iter().zip(own).zip(theirs) {
        let said = client.ask(own);
        let hit = said.as_ref().map(|said| wanted.is_some_and(|wanted| said.contains(wanted)));
        assert!(hit.unwrap_or(wanted.is_none()), "{name}: {wanted:?} {said:?}");
        if twin.is_some() {
            let theirs = client.ask(theirs);
            let told = theirs.as_ref().map(|said| wanted.is_some_and(|wanted| said.contains(wanted)));
            assert_eq!(told, hit, "{name}: {said:?}, and Envoy {theirs:?}");
        }
    }
}

fn server(more: Value) -> Value {
    let mut common = json!({"tlsCertificates": [pair("server")]});
    for (key, value) in more.as_object().unwrap() {
        common[key] = value.clone();
    }
    context("Downstream", common)
}

#[test]
fn parameters_limit_what_is_agreed_on() {
    let params = |params: Value| server(json!({"tlsParams": params}));
    let suites =
        |suite: &str| params(json!({"tlsMaximumProtocolVersion": "TLSv1_2", "cipherSuites": [suite]}));
    let curves = |curve: &str| params(json!({"ecdhCurves": [curve]}));
    let any = Client::new;
    ask_all(&[
        ("version", params(json!({"tlsMaximumProtocolVersion": "TLSv1_2"})), any(), Some("TLSv1_2")),
        ("newest", params(json!({})), any(), Some("TLSv1_3")),
        (
            "one suite",
            suites("ECDHE-ECDSA-AES256-GCM-SHA384"),
            any(),
            Some("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        ),
        (
            "another suite",
            suites("ECDHE-ECDSA-CHACHA20-POLY1305"),
            any(),
            Some("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
        ),
        ("no suite for this key", suites("ECDHE-RSA-AES128-GCM-SHA256"), any(), None),
        ("curve", curves("P-256"), any().groups(&["secp256r1"]), Some("TLSv1_3")),
        ("other curve", curves("P-256"), any().groups(&["X25519"]), None),
        ("other way round", curves("X25519"), any().groups(&["X25519"]), Some("TLSv1_3")),
    ]);
}

#[test]
fn clients_are_accepted_by_their_names() {
    let matching = |field: &str, matchers: Value| {
        let mut tls = server(
            json!({"validationContext": {"trustedCa": {"filename": file("ca.pem")}, field: matchers}}),
        );
        tls["typedConfig"]["requireClientCertificate"] = json!(true);
        tls
    };
    let typed = |kind: &str, text: &str| {
        matching("matchTypedSubjectAltNames", json!([{"sanType": kind, "matcher": {"exact": text}}]))
    };
    let untyped = |text: &str| matching("matchSubjectAltNames", json!([{"exact": text}]));
    const URI: &str = "spiffe://cluster.local/ns/wire/sa/client";
    const HIT: Option<&str> = Some("sa/client");
    let client = || Client::with("client");
    ask_all(&[
        ("uri", typed("URI", URI), client(), HIT),
        ("dns", typed("DNS", "client.example"), client(), HIT),
        ("uri that is none", typed("URI", "client.example"), client(), None),
        ("dns that is none", typed("DNS", URI), client(), None),
        ("any kind, uri", untyped(URI), client(), HIT),
        ("any kind, dns", untyped("client.example"), client(), HIT),
        ("nobody", untyped("other.example"), client(), None),
        ("a stranger", typed("DNS", "stranger.example"), Client::with("stranger"), None),
        ("no certificate", typed("URI", URI), Client::new(), None),
    ]);
}
