//! Gateways, rules for destinations, hosts outside, and what a sidecar may see.

use serde_json::{Value, json};

use super::drawn::{object, versions};
use super::fields::put;
use crate::dice::Dice;

const NETWORKING: &str = "networking.istio.io/v1";

/// A gateway for plain text, now and then with a redirect to https or other hosts; a wide draw asks clients for certificates too.
pub(super) fn gateway(wide: bool, dice: &mut Dice) -> Value {
    let hosts =
        dice.value(&[json!(["*"]), json!(["*.example.com"]), json!(["web.example.com", "api.example.com"])]);
    let mut server = json!({"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": hosts});
    if dice.chance(10) {
        put(&mut server, "tls", json!({"httpsRedirect": true}));
    }
    let mut servers = vec![server];
    if dice.chance(2) {
        servers.push(json!({
            "port": {"number": 8081, "name": "alt", "protocol": "HTTP"},
            "hosts": dice.value(&[json!(["*"]), json!(["web.example.com"])]),
        }));
    }
    if dice.chance(2) {
        servers.push(json!({
            "port": {"number": 443, "name": "tls", "protocol": "TLS"},
            "hosts": ["a.pass.example", "*.w.pass.example"],
            "tls": {"mode": "PASSTHROUGH"},
        }));
    }
    for (name, hosts) in [("web", ["web.example.com"]), ("api", ["api.example.com"])] {
        if dice.chance(2) {
            servers.push(terminating(name, &hosts, wide, dice));
        }
    }
    let spec = json!({"selector": {"istio": "ingressgateway"}, "servers": servers});
    object("Gateway", NETWORKING, "istio-system", "gw", spec)
}

/// A server that ends TLS itself.
fn terminating(name: &str, hosts: &[&str], wide: bool, dice: &mut Dice) -> Value {
    let mut tls = json!({"mode": "SIMPLE", "credentialName": format!("{name}-cert")});
    if wide {
        ask_clients(&mut tls, dice);
    }
    if dice.chance(3) {
        put(&mut tls, "minProtocolVersion", json!(dice.word(&["TLSV1_2", "TLSV1_3"])));
    }
    if dice.chance(4) {
        put(&mut tls, "maxProtocolVersion", json!("TLSV1_3"));
    }
    let hosts = if dice.chance(4) { json!(["*.example.com"]) } else { json!(hosts) };
    json!({
        "port": {"number": 443, "name": format!("https-{name}"), "protocol": "HTTPS"},
        "hosts": hosts,
        "tls": tls,
    })
}

/// Other modes, in which clients may or must show certificates.
fn ask_clients(tls: &mut Value, dice: &mut Dice) {
    let mode = dice.word(&["SIMPLE", "MUTUAL", "MUTUAL", "OPTIONAL_MUTUAL", "ISTIO_MUTUAL"]);
    if mode == "ISTIO_MUTUAL" {
        *tls = json!({});
    }
    put(tls, "mode", json!(mode));
    if mode.ends_with("MUTUAL") && mode != "ISTIO_MUTUAL" && dice.chance(3) {
        let name = dice.word(&["spiffe://cluster.local/ns/default/sa/client", "client.example.com"]);
        put(tls, "subjectAltNames", json!([name]));
    }
}

fn client_tls(dice: &mut Dice) -> Value {
    json!({"mode": dice.word(&["DISABLE", "ISTIO_MUTUAL", "ISTIO_MUTUAL"])})
}

/// A DestinationRule with subsets, now and then with TLS settings at one level or several.
pub(super) fn rule(host: &str, names: &[&str], dice: &mut Dice) -> Value {
    let mut spec = json!({"host": host, "subsets": versions(names)});
    if dice.chance(3) {
        let mut policy = json!({"tls": client_tls(dice)});
        if dice.chance(3) {
            let port = if host == "api" { 8080 } else { 80 };
            put(
                &mut policy,
                "portLevelSettings",
                json!([{"port": {"number": port}, "tls": client_tls(dice)}]),
            );
        }
        put(&mut spec, "trafficPolicy", policy);
    }
    if dice.chance(3)
        && let Some(first) = spec.pointer_mut("/subsets/0")
    {
        put(first, "trafficPolicy", json!({"tls": client_tls(dice)}));
    }
    if dice.chance(8) {
        put(&mut spec, "trafficPolicy", json!({"connectionPool": {"http": {"h2UpgradePolicy": "UPGRADE"}}}));
    }
    object("DestinationRule", NETWORKING, "default", host, spec)
}

/// Hosts outside of the mesh.
pub(super) fn outside(dice: &mut Dice) -> Vec<Value> {
    let mut all = Vec::new();
    if dice.chance(2) {
        let mut spec = json!({
            "hosts": ["ext.example.org"],
            "location": "MESH_EXTERNAL",
            "resolution": dice.word(&["STATIC", "DNS"]),
            "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}],
        });
        if spec.get("resolution") == Some(&json!("STATIC")) {
            put(&mut spec, "endpoints", json!([{"address": "198.51.100.7"}]));
            put(&mut spec, "addresses", json!(["198.51.100.70"]));
        }
        all.push(object("ServiceEntry", NETWORKING, "default", "ext", spec));
    }
    if dice.chance(2) {
        let spec = json!({
            "hosts": ["s1.tls.example", "*.w.tls.example"],
            "location": "MESH_EXTERNAL",
            "resolution": "NONE",
            "ports": [{"number": 443, "name": "tls", "protocol": "TLS"}],
        });
        all.push(object("ServiceEntry", NETWORKING, "default", "tls-out", spec));
    }
    all
}

/// A Sidecar now and then.
pub(super) fn sidecar(dice: &mut Dice) -> Option<Value> {
    if !dice.chance(3) {
        return None;
    }
    let hosts =
        dice.value(&[json!(["./*"]), json!(["*/*"]), json!(["./api.default.svc.cluster.local", "shop/*"])]);
    let mut spec = json!({"egress": [{"hosts": hosts}]});
    if dice.chance(2) {
        put(&mut spec, "outboundTrafficPolicy", json!({"mode": dice.word(&["REGISTRY_ONLY", "ALLOW_ANY"])}));
    }
    Some(object("Sidecar", NETWORKING, "default", "default", spec))
}
