//! Policies of one workload: mutual TLS, authorization, tokens.

use serde_json::{Value, json};

use super::drawn::object;
use super::fields::{put, put_all};
use crate::dice::Dice;

const SECURITY: &str = "security.istio.io/v1";

/// Policies that select a workload.
pub(super) fn at(namespace: &str, labels: &Value, dice: &mut Dice) -> Vec<Value> {
    let mut all = Vec::new();
    let server = namespace == "default";
    if server && dice.chance(2) {
        let mode = |d: &mut Dice| json!({"mode": d.word(&["STRICT", "PERMISSIVE", "DISABLE"])});
        let mut spec = json!({"selector": {"matchLabels": labels}, "mtls": mode(dice)});
        if dice.chance(2) {
            put(&mut spec, "portLevelMtls", json!({"9000": mode(dice), "8080": mode(dice)}));
        }
        all.push(object("PeerAuthentication", SECURITY, namespace, "own", spec));
    }
    // A gateway without policies is the ordinary case.
    let count = if server { dice.number(0, 3) } else { dice.number(0, 5).saturating_sub(3) };
    for n in 0..count {
        let mut spec =
            json!({"selector": {"matchLabels": labels}, "action": dice.word(&["ALLOW", "DENY", "DENY"])});
        let rules: Vec<Value> = (0..dice.number(1, 2)).map(|_| rule(dice)).collect();
        put(&mut spec, "rules", json!(rules));
        all.push(object("AuthorizationPolicy", SECURITY, namespace, &format!("ap-{n}"), spec));
    }
    all
}

fn rule(dice: &mut Dice) -> Value {
    let mut out = json!({});
    if dice.chance(2) {
        put(&mut out, "from", json!([{"source": source(dice)}]));
    }
    if dice.chance(2) || out == json!({}) {
        put(&mut out, "to", json!([{"operation": operation(dice)}]));
    }
    if dice.chance(3) {
        put(&mut out, "when", json!([condition(dice)]));
    }
    out
}

fn source(dice: &mut Dice) -> Value {
    let word = if dice.chance(4) { "not" } else { "" };
    let (key, values) = dice
        .one(&[
            ("principals", json!(["cluster.local/ns/default/sa/client"])),
            ("principals", json!(["*/ns/shop/*", "*"])),
            ("namespaces", json!(["shop"])),
            ("namespaces", json!(["def*"])),
            ("remoteIpBlocks", json!(["203.0.113.0/24"])),
            ("remoteIpBlocks", json!(["10.1.0.99"])),
        ])
        .cloned()
        .unwrap_or(("namespaces", json!(["shop"])));
    json!({named(word, key): values})
}

/// `notX` of `x`.
fn named(word: &str, key: &str) -> String {
    if word.is_empty() {
        return key.to_owned();
    }
    let mut letters = key.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{word}{first}{}", letters.as_str())
}

fn operation(dice: &mut Dice) -> Value {
    let mut out = dice.some(
        3,
        &[
            ("methods", |d| json!([d.word(&["GET", "POST", "P*"])])),
            ("paths", |d| json!([d.word(&["/a*", "/", "*/b", "/a/{*}", "/{**}"])])),
            ("hosts", |d| json!([d.word(&["web.example.com", "*.example.com", "echo*"])])),
            ("ports", |d| json!([d.word(&["8080", "9000"])])),
        ],
    );
    if out == json!({}) {
        put_all(
            &mut out,
            &dice.value(&[
                json!({"paths": ["/a*"]}),
                json!({"notPaths": ["/a*", "/x"]}),
                json!({"notMethods": ["GET"]}),
            ]),
        );
    }
    out
}

fn condition(dice: &mut Dice) -> Value {
    let mut out = dice.value(&[
        json!({"key": "request.headers[x-a]", "values": ["1", "o*"]}),
        json!({"key": "request.headers[x-b]", "notValues": ["two"]}),
        json!({"key": "destination.port", "values": ["8080"]}),
        json!({"key": "remote.ip", "values": ["203.0.113.9", "10.0.0.0/8"]}),
        json!({"key": "connection.sni", "values": ["outbound_*"]}),
    ]);
    if dice.chance(6)
        && let Some(values) = out.get("values").cloned()
    {
        out = json!({"key": out.get("key"), "notValues": values});
    }
    out
}
