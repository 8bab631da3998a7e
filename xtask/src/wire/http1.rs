//! HTTP/1 requests: well formed for the most part, and odd in ways that clients are.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::pools::{PLAIN, Pools, ROUTED, counted, raw};
use super::words::{BODIES, ENDS, FRAMINGS, HEADERS, HOSTS, METHODS, SCRIPTS};
use crate::dice::Dice;

/// A request with a random head and a body now and then.
pub(super) fn request(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let port = port(dice);
    let mut text = String::new();
    one(pools, dice, &mut text)?;
    Some(finish(raw(port, &text)))
}

/// Two or three requests at once.
pub(super) fn pipeline(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let port = port(dice);
    let mut text = String::new();
    for _ in 0..2 + dice.below(2) {
        one(pools, dice, &mut text)?;
    }
    let mut scenario = finish(raw(port, &text));
    if let Some(fields) = scenario.as_object_mut() {
        fields.insert("idle".to_owned(), json!(0.7));
    }
    Some(scenario)
}

/// A listener: mostly one with the many routes.
pub(super) fn port(dice: &mut Dice) -> u64 {
    let routed = dice.chance(2);
    let from: &[u64] = if routed { &ROUTED } else { &PLAIN };
    dice.one(from).copied().unwrap_or(0)
}

/// Answers that come late need patience, and copies come when they will.
pub(super) fn finish(mut scenario: Value) -> Value {
    let raw = scenario.get("raw").and_then(Value::as_str).unwrap_or_default().to_owned();
    let slow = ["sleep", "closeN", "rstN", "fail", "rhdr", "/fd", "/sidle", "/dretry"]
        .iter()
        .any(|word| raw.contains(word));
    if let Some(fields) = scenario.as_object_mut() {
        if slow {
            // Less than the second for which a connection that is to end lingers.
            fields.insert("idle".to_owned(), json!(0.75));
        }
        if by_key(&raw) {
            fields.insert("anyup".to_owned(), json!(true));
        }
        if raw.contains("/mir") {
            fields.insert("settle".to_owned(), json!(0.4));
            fields.insert("unordered".to_owned(), json!(true));
        }
    }
    scenario
}

/// Whether the endpoint depends on a key that the request may not have: then any will do.
pub(super) fn by_key(text: &str) -> bool {
    ["ring", "/mag", "/hterm", "/qhash", "/sess"].iter().any(|path| text.contains(path))
}

/// A path that leads somewhere, with an odd end.
pub(super) fn path(pools: &Pools, dice: &mut Dice) -> Option<String> {
    let start = dice.one(&pools.paths)?;
    let path = format!("{start}{}", dice.word(&ENDS));
    (!counted(&path)).then_some(path)
}

/// Some headers in a random order, each in one of three spellings.
fn headers(dice: &mut Dice, text: &mut String) {
    for _ in 0..dice.below(5) {
        let line = dice.word(HEADERS);
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let name = match dice.below(4) {
            0 => name.to_ascii_lowercase(),
            1 => name.to_ascii_uppercase(),
            _ => name.to_owned(),
        };
        let _infallible = write!(text, "{name}:{value}\r\n");
    }
    if dice.chance(3) {
        let script = dice.word(&SCRIPTS);
        let _infallible = write!(text, "X-Do: {script}\r\n");
    }
}

/// One request, with a body where the method has one.
pub(super) fn one(pools: &Pools, dice: &mut Dice, text: &mut String) -> Option<()> {
    let method = dice.word(&METHODS);
    let host = dice.word(&HOSTS);
    let mut target = path(pools, dice)?;
    if dice.chance(12) {
        target = format!("http://{host}{target}");
    }
    let version = if dice.chance(15) { "HTTP/1.0" } else { "HTTP/1.1" };
    let _infallible = write!(text, "{method} {target} {version}\r\nHost: {host}\r\nX-T: {{id}}\r\n");
    headers(dice, text);
    let body = match method {
        "POST" | "PUT" | "PATCH" => !dice.chance(4),
        _ => dice.chance(8),
    };
    if body {
        payload(dice, text)
    } else {
        text.push_str("\r\n")
    }
    Some(())
}

/// The framing headers, the end of the head, and a body that agrees with them.
fn payload(dice: &mut Dice, text: &mut String) {
    let size = [0, 1, 2, 5, 100, 1000, 5000, 20_000].get(dice.below(8)).copied().unwrap_or(0);
    if dice.chance(2) {
        let _infallible = write!(text, "Content-Length: {size}\r\n\r\n{}", "b".repeat(size));
        return;
    }
    text.push_str("Transfer-Encoding: chunked\r\n\r\n");
    // More than fits in one read reaches the upstream in pieces that depend on the reader.
    let mut left = size.min(3000);
    while left > 0 {
        let part = 1 + dice.below(left.min(4000));
        let line = match dice.below(4) {
            0 => format!("{part:X}"),
            1 => format!("{part:04x}"),
            2 => format!("{part:x};a=b"),
            _ => format!("{part:x}"),
        };
        let _infallible = write!(text, "{line}\r\n{}\r\n", "c".repeat(part));
        left -= part;
    }
    let trailer = ["", "", "", "X-Tr: 1\r\n", "x-tr: 1\r\nx-tr2: 2\r\n"].get(dice.below(5)).copied();
    let _infallible = write!(text, "0\r\n{}\r\n", trailer.unwrap_or(""));
}

/// A request whose framing is the question.
pub(super) fn body(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let (framing, body) = (dice.word(&FRAMINGS), dice.word(&BODIES));
    let path = if dice.chance(3) { path(pools, dice)? } else { "/".to_owned() };
    let method = dice.word(&["POST", "POST", "PUT", "GET", "HEAD", "DELETE", "OPTIONS"]);
    let version = if dice.chance(10) { "HTTP/1.0" } else { "HTTP/1.1" };
    let head = format!("{method} {path} {version}\r\nHost: t.example\r\nX-T: {{id}}\r\n{framing}\r\n\r\n");
    let mut scenario = finish(raw(port(dice), &format!("{head}{body}")));
    if let Some(fields) = scenario.as_object_mut() {
        // Whether the upstream hears of a request that turns out to be broken depends on what came in one read.
        fields.insert("noseen".to_owned(), json!(true));
        fields.insert("idle".to_owned(), json!(0.5));
    }
    Some(scenario)
}
