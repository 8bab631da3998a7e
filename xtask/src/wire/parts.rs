//! Connections whose bytes come in pieces: slow clients, half-closed ones, bodies behind an answer, protocols that are switched.

use serde_json::{Value, json};

use super::http1::{finish, one, port};
use super::pools::{Pools, raw};
use crate::dice::Dice;

/// A request in pieces, cut anywhere.
pub(super) fn cut(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let port = port(dice);
    let mut text = String::new();
    one(pools, dice, &mut text)?;
    let mut parts = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    for _ in 0..1 + dice.below(3) {
        let at = dice.below(rest.len().min(400));
        let tail = rest.split_off(at);
        parts.push(json!(rest.iter().collect::<String>()));
        parts.push(json!(0.06));
        rest = tail;
    }
    parts.push(json!(rest.iter().collect::<String>()));
    Some(sent(finish(raw(port, &text)), parts))
}

/// A client that says that nothing more will come: behind a request, within its head or within its body.
pub(super) fn half(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    // Whether another service has answered before the end comes is a matter of time.
    let port = Some(port(dice)).filter(|port| !(18..=21).contains(port))?;
    let mut text = String::new();
    one(pools, dice, &mut text)?;
    if dice.chance(2) {
        let keep = dice.below(text.chars().count());
        text = text.chars().take(keep).collect();
    }
    // An end that comes with the request takes the answer along when that was made at once.
    let parts = vec![json!(text), json!(0.06), json!("fin")];
    let mut scenario = sent(finish(raw(port, &text)), parts);
    // Whether the upstream hears of a request that never becomes whole depends on what came in one read.
    set(&mut scenario, "noseen", json!(true));
    Some(scenario)
}

/// A body that waits for leave, or does not.
pub(super) fn expect(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let path = super::http1::path(pools, dice)?;
    let port = port(dice);
    let word = dice.word(&["100-continue", "100-continue", "100-Continue", "other", "100-continue, x"]);
    let framing = dice.word(&[
        "Content-Length: 5",
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "Content-Length: 0",
    ]);
    let version = if dice.chance(8) { "HTTP/1.0" } else { "HTTP/1.1" };
    let head = format!(
        "POST {path} {version}\r\nHost: t.example\r\nX-T: {{id}}\r\nExpect: {word}\r\n{framing}\r\n\r\n"
    );
    let body = match framing {
        "Content-Length: 5" => "abcde",
        "Content-Length: 0" => "",
        _ => "5\r\nabcde\r\n0\r\n\r\n",
    };
    let mut parts = vec![json!(head)];
    if !dice.chance(3) {
        parts.push(json!(0.1));
    }
    parts.push(json!(body));
    Some(sent(finish(raw(port, &head)), parts))
}

/// A connection that becomes another protocol, as far as the route and the upstream let it.
pub(super) fn upgrade(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let path = if dice.chance(2) { super::http1::path(pools, dice)? } else { "/".to_owned() };
    let wanted = dice.word(&["websocket", "websocket", "WebSocket", "foo", "h2c", "websocket, foo"]);
    let connection = dice.word(&["Upgrade", "upgrade", "keep-alive, Upgrade", "close", "upgrade, close"]);
    // An upstream that switches unasked gets the next request of somebody else from Envoy.
    let asked = connection.to_ascii_lowercase().contains("upgrade") && wanted != "h2c";
    let does = if asked && !dice.chance(3) { "ws" } else { dice.word(&["code:403", "ok", "204", "close"]) };
    let method = dice.word(&["GET", "GET", "GET", "POST"]);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: t.example\r\nX-T: {{id}}\r\nConnection: {connection}\r\n\
         Upgrade: {wanted}\r\nX-Do: {does}\r\n\r\n"
    );
    let port = port(dice);
    let mut parts = vec![json!(head), json!(0.15), json!("hi")];
    if dice.chance(3) {
        parts.extend([json!(0.15), json!("fin")]);
    }
    Some(sent(finish(raw(port, &head)), parts))
}

fn sent(mut scenario: Value, parts: Vec<Value>) -> Value {
    set(&mut scenario, "parts", Value::Array(parts));
    set(&mut scenario, "idle", json!(0.75));
    scenario
}

fn set(scenario: &mut Value, name: &str, value: Value) {
    if let Some(fields) = scenario.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
