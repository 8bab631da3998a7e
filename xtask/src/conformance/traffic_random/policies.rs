//! Policies of one workload: mutual TLS, authorization, tokens.

use serde_json::{Value, json};

use super::drawn::object;
use super::fields::{put, put_all};
use super::words::Words;
use crate::dice::Dice;

const SECURITY: &str = "security.istio.io/v1";

/// Policies that select a workload.
pub(super) fn at(namespace: &str, labels: &Value, words: &Words, dice: &mut Dice) -> Vec<Value> {
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
    if dice.chance(3) {
        let spec = json!({"selector": {"matchLabels": labels}, "jwtRules": [token_rule(words, dice)]});
        all.push(object("RequestAuthentication", SECURITY, namespace, "tokens", spec));
    }
    for n in 0..count {
        let action = dice.word(&["ALLOW", "DENY", "DENY", "ALLOW", "CUSTOM"]);
        let mut spec = json!({"selector": {"matchLabels": labels}, "action": action});
        if action == "CUSTOM" {
            put(&mut spec, "provider", json!({"name": "authz"}));
            put(&mut spec, "rules", json!([{"to": [{"operation": operation(dice)}]}]));
            all.push(object("AuthorizationPolicy", SECURITY, namespace, &format!("ap-{n}"), spec));
            continue;
        }
        let rules: Vec<Value> = (0..dice.number(1, 2)).map(|_| rule(dice)).collect();
        put(&mut spec, "rules", json!(rules));
        all.push(object("AuthorizationPolicy", SECURITY, namespace, &format!("ap-{n}"), spec));
    }
    all
}

/// What is asked of tokens.
fn token_rule(words: &Words, dice: &mut Dice) -> Value {
    let mut out = json!({"issuer": "https://issuer.example", "jwks": words.keys});
    let more = dice.some(
        3,
        &[
            ("fromHeaders", |d| json!([{"name": "x-jwt", "prefix": d.word(&["tok ", ""])}])),
            ("fromParams", |_| json!(["token"])),
            ("forwardOriginalToken", |_| json!(true)),
            ("outputPayloadToHeader", |d| json!(d.word(&["x-payload", "x-a"]))),
            (
                "outputClaimToHeaders",
                |d| json!([{"header": "x-b", "claim": d.word(&["sub", "group", "none"])}]),
            ),
            ("audiences", |d| json!([d.word(&["aud", "web"])])),
        ],
    );
    put_all(&mut out, &more);
    out
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
            ("requestPrincipals", json!(["*"])),
            ("requestPrincipals", json!(["https://issuer.example/alice", "*/bob"])),
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
        json!({"key": "connection.sni", "values": ["outbound_*", "web.*"]}),
        json!({"key": "request.auth.claims[group]", "values": ["admin", "x*"]}),
        json!({"key": "request.auth.claims[sub]", "notValues": ["alice"]}),
    ]);
    if dice.chance(6)
        && let Some(values) = out.get("values").cloned()
    {
        out = json!({"key": out.get("key"), "notValues": values});
    }
    out
}
