//! What operators tell of TLS sessions on both sides. Where there is an Envoy, it tells the same.
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
#[expect(dead_code, reason = "each test uses its part")]
mod tls_client;

use envoy::envoy;
use proxy::{Proxy, T, address, cluster, filter, to, upstream};
use serde_json::{Value, json};
use support::free_port;
use tls_client::file;

const BOTH: &[&str] = &[
    "TLS_VERSION",
    "TLS_CIPHER",
    "TLS_GROUP",
    "PEER_URI_SAN",
    "PEER_DNS_SAN",
    "PEER_IP_SAN",
    "PEER_SUBJECT",
    "PEER_ISSUER",
    "PEER_CERT",
    "PEER_CERT_V_START",
    "PEER_CERT_V_END(%Y/%m/%d %H:%M:%S)",
    "LOCAL_URI_SAN",
    "LOCAL_DNS_SAN",
    "LOCAL_IP_SAN",
];
const CLIENT: &[&str] = &[
    "PEER_EMAIL_SAN",
    "PEER_SERIAL",
    "PEER_FINGERPRINT_1",
    "PEER_FINGERPRINT_256",
    "LOCAL_SUBJECT",
    "LOCAL_EMAIL_SAN",
];

fn listener(name: &str, port: u16, tls: Option<Value>, target: &str, operators: &[String]) -> Value {
    let headers: Vec<_> = operators
        .iter()
        .enumerate()
        .map(|(at, name)| json!({"header": {"key": format!("x-{}-{at:02}", target), "value": format!("%{name}%")}}))
        .collect();
    let manager = json!({"@type": format!("{T}network.http_connection_manager.v3.HttpConnectionManager"), "statPrefix": name,
        "httpFilters": [filter("http.router.v3.Router", json!({}))],
        "routeConfig": {"virtualHosts": [{"name": "v", "domains": ["*"], "routes": to(target), "responseHeadersToAdd": headers}]}});
    let mut chain = json!({"filters": [{"name": "h", "typedConfig": manager}]});
    if let Some(tls) = tls {
        chain["transportSocket"] = tls;
    }
    json!({"name": name, "address": address(port), "filterChains": [chain]})
}

fn context(side: &str, more: &Value) -> Value {
    let pair = |name: &str| json!({"certificateChain": {"filename": file(&format!("{name}.pem"))}, "privateKey": {"filename": file(&format!("{name}.key"))}});
    let name = if side == "Upstream" { "client" } else { "server" };
    // Which cipher suite and group two libraries agree on is their matter: there is one of each.
    let suites = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"];
    let mut context = json!({"@type": format!("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.{side}TlsContext"),
        "commonTlsContext": {"tlsCertificates": [pair(name)], "validationContext": {"trustedCa": {"filename": file("ca.pem")}},
            "tlsParams": {"tlsMaximumProtocolVersion": "TLSv1_2", "cipherSuites": suites, "ecdhCurves": ["X25519", "P-256"]}}});
    more.as_object().unwrap().iter().for_each(|(key, value)| context[key] = value.clone());
    json!({"name": "t", "typedConfig": context})
}

#[test]
fn sessions_are_told_of_as_envoy_tells_of_them() {
    let up = upstream();
    let named = |side: &str, fields: &[&str]| {
        fields.iter().map(|field| format!("{side}_{field}")).collect::<Vec<_>>()
    };
    let near = [named("UPSTREAM", BOTH), named("DOWNSTREAM", BOTH)].concat();
    let far = [named("DOWNSTREAM", BOTH), named("DOWNSTREAM", CLIENT)].concat();
    let bootstrap = |one: u16, two: u16, admin: u16| {
        let required = json!({"requireClientCertificate": true});
        let mut inner = cluster("inner", &[two], json!({}));
        inner["transportSocket"] = context("Upstream", &json!({}));
        json!({"admin": {"address": address(admin)}, "staticResources": {
            "listeners": [listener("near", one, None, "inner", &near),
                listener("far", two, Some(context("Downstream", &required)), "up", &far)],
            "clusters": [cluster("up", &[up], json!({})), inner]}})
    };
    let told = |proxy: &Proxy| {
        let (head, _) = proxy.get("/", "");
        let mut lines: Vec<_> =
            head.lines().filter(|line| line.starts_with("x-")).map(str::to_owned).collect();
        lines.retain(|line| !line.starts_with("x-port") && !line.starts_with("x-envoy"));
        lines
    };
    let (one, two, admin) = (free_port(), free_port(), free_port());
    let proxy = Proxy::run(&bootstrap(one, two, admin), one, admin);
    let ours = told(&proxy);
    assert!(ours.len() > 25 && ours.iter().any(|line| line.ends_with("TLSv1.2")), "{ours:#?}");
    let (one, two, admin) = (free_port(), free_port(), free_port());
    let Some(_running) = envoy(&bootstrap(one, two, admin), one) else { return };
    let theirs = told(&Proxy { port: one, admin, _running: None });
    let apart: Vec<_> = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs).collect();
    assert!(apart.is_empty() && ours.len() == theirs.len(), "{apart:#?} {} {}", ours.len(), theirs.len());
}
