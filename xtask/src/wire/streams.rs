//! Connections that carry bytes as they are: TCP, and HTTP/1 that has become another protocol. Either side speaks, ends its
//! direction, closes or resets in any order.

use serde_json::{Value, json};

use super::pools::{Pools, raw};
use crate::dice::Dice;

/// What a side does with its direction at last; the empty word leaves it open.
const ENDS: [&str; 7] = ["", "", "fin", "fin", "fin", "rst", "close"];

/// Bytes to a listener that forwards them, and what the endpoint answers.
pub(super) fn tcp(_: &Pools, dice: &mut Dice) -> Option<Value> {
    let port = *dice.one(&[3, 3, 3, 3, 4, 5, 6])?;
    let mut parts = vec![json!("\u{1}script {id}\n")];
    parts.extend(turns(dice));
    Some(scenario(dice, port, parts))
}

/// An upgrade, then bytes both ways; the endpoint's first ones may come with its answer, and the client's with the request.
pub(super) fn upgraded(_: &Pools, dice: &mut Dice) -> Option<Value> {
    let early = if dice.chance(5) { "early" } else { "" };
    let head = format!(
        "GET / HTTP/1.1\r\nHost: t.example\r\nX-T: {{id}}\r\nX-Do: bytes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n{early}"
    );
    let mut parts = vec![json!(head)];
    parts.extend(turns(dice));
    let mut scenario = scenario(dice, 0, parts);
    let status =
        dice.word(&["101 Switching", "101 Switching", "101 Switching", "101 Switching", "200 OK", "403 No"]);
    let more = dice.word(&["", "", "hello", "Content-Length: 0"]);
    let (header, bytes) = if more.starts_with('C') { (more, "") } else { ("X-A: b", more) };
    let answer =
        format!("HTTP/1.1 {status}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{header}\r\n\r\n{bytes}");
    scenario.get_mut("answer").and_then(Value::as_array_mut)?.insert(0, json!(answer));
    Some(scenario)
}

/// Some bytes with pauses, and an end.
fn turns(dice: &mut Dice) -> Vec<Value> {
    let mut turns = Vec::new();
    for _ in 0..dice.below(3) {
        turns.push(json!(0.1));
        turns.push(json!(dice.word(&["abc", "x", "\0\u{ff}\r\n"])));
    }
    let end = dice.word(&ENDS);
    if !end.is_empty() {
        turns.push(json!(0.1));
        turns.push(json!(end));
    }
    turns
}

/// A client with these parts, and an endpoint that begins a little later, so that it is clear who comes first.
fn scenario(dice: &mut Dice, port: u64, parts: Vec<Value>) -> Value {
    let mut answer = vec![json!(0.05)];
    answer.extend(turns(dice));
    answer.push(json!("tunnel"));
    let mut scenario = raw(port, "");
    if let Some(fields) = scenario.as_object_mut() {
        fields.insert("parts".to_owned(), Value::Array(parts));
        fields.insert("answer".to_owned(), Value::Array(answer));
        fields.insert("idle".to_owned(), json!(0.5));
        fields.insert("settle".to_owned(), json!(0.3));
    }
    scenario
}
