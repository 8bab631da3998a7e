//! HTTP/2 requests with pseudo headers, headers and bodies in and out of order.

use serde_json::{Value, json};

use super::http1::{by_key, path, port};
use super::pools::Pools;
use super::words::SCRIPTS;
use crate::dice::Dice;

const AUTHORITIES: [&str; 14] = [
    "t.example",
    "t.example",
    "t.example",
    "t.example",
    "T.Example",
    "t.example:80",
    "a.wild.example",
    "tls.example",
    "nr.example",
    "none.example",
    "user@t.example",
    "",
    "t.example:x",
    "a b",
];
const METHODS: [&str; 13] = [
    "GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get", "FOO",
];
/// Names and values that a client may add.
const FIELDS: &[(&str, &str)] = &[
    ("x-env", "a"),
    ("x-a", "yz"),
    ("x-user", "user-3"),
    ("cookie", "a=1"),
    ("cookie", "b=2"),
    ("cookie", "sid=x"),
    ("te", "trailers"),
    ("te", "gzip"),
    ("te", "Trailers"),
    ("te", "trailers, deflate"),
    ("connection", "close"),
    ("connection", "keep-alive"),
    ("keep-alive", "5"),
    ("proxy-connection", "x"),
    ("transfer-encoding", "chunked"),
    ("upgrade", "websocket"),
    ("host", "t.example"),
    ("host", "other.example"),
    ("content-length", "0"),
    ("content-length", "3"),
    ("content-length", "9"),
    ("content-length", "x"),
    ("content-length", "3, 3"),
    ("expect", "100-continue"),
    ("expect", "other"),
    ("x-forwarded-for", "1.2.3.4"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "h"),
    ("x-request-id", "mine"),
    ("x-envoy-upstream-rq-timeout-ms", "100"),
    ("x-envoy-max-retries", "2"),
    ("x-envoy-retry-on", "5xx"),
    ("x-envoy-internal", "true"),
    ("x-envoy-original-path", "/o"),
    ("x-envoy-attempt-count", "4"),
    ("content-type", "application/grpc"),
    ("content-type", "text/plain"),
    ("grpc-timeout", "100m"),
    ("grpc-timeout", "2S"),
    ("origin", "https://a.example"),
    ("access-control-request-method", "GET"),
    ("authorization", "Bearer a.b.c"),
    ("X-Upper", "1"),
    ("x y", "1"),
    ("", "1"),
    ("x:y", "1"),
    (":extra", "1"),
    (":status", "200"),
    (":protocol", "websocket"),
    ("x_under", "1"),
    ("x-empty", ""),
    ("x-sp", " a "),
    ("x-tab", "a\tb"),
    ("x-nul", "a\0b"),
    ("x-cr", "a\rb"),
    ("x-lf", "a\nb"),
    ("x-hi", "\u{e9}"),
    ("x-ctl", "a\u{1}b"),
    ("x-del", "a\u{7f}b"),
    ("x-h", "1"),
    ("x-want", "allow"),
    ("x-nob", "1"),
    ("trailer", "x-tr"),
    ("range", "bytes=0-1"),
    ("user-agent", "u"),
    ("accept-encoding", "gzip"),
    ("http2-settings", "AAMAAABk"),
    ("x(y", "1"),
    ("x\u{e9}", "1"),
];

/// A request on a connection of its own.
pub(super) fn request(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let mut headers = pseudo(pools, dice)?;
    headers.push(("x-t".to_owned(), "{id}".to_owned()));
    for _ in 0..dice.below(4) {
        let (name, value) = dice.one(FIELDS).copied()?;
        headers.push((name.to_owned(), value.to_owned()));
    }
    if dice.chance(3) {
        headers.push(("x-do".to_owned(), dice.word(&SCRIPTS).to_owned()));
    }
    if dice.chance(20) {
        headers.reverse();
    }
    let port = if dice.chance(8) { 2 } else { port(dice) };
    let mut scenario = json!({"kind": "h2", "port": port, "headers": headers, "settle": 0.15});
    let fields = scenario.as_object_mut()?;
    if port == 2 {
        fields.insert("tls".to_owned(), json!({"sni": "localhost", "alpn": ["h2"]}));
    }
    let posts =
        headers.iter().any(|(name, value)| name == ":method" && matches!(value.as_str(), "POST" | "PUT"));
    if posts && !dice.chance(4) {
        let size = [1, 3, 100, 16_000].get(dice.below(4)).copied().unwrap_or(3);
        fields.insert("body".to_owned(), json!("b".repeat(size)));
        if dice.chance(4) {
            fields.insert("trailers".to_owned(), json!([["x-tr", "1"]]));
        }
    }
    Some(scenario)
}

/// The pseudo headers: right most of the time.
fn pseudo(pools: &Pools, dice: &mut Dice) -> Option<Vec<(String, String)>> {
    let mut path = path(pools, dice).filter(|path| !by_key(path))?;
    if dice.chance(25) {
        path = dice.word(&["", "*", "x", "http://t.example/", "/a b", "//"]).to_owned();
    }
    let method = dice.word(&METHODS);
    let scheme = if dice.chance(8) { dice.word(&["https", "ftp", "HTTP", "", "ws"]) } else { "http" };
    let mut all = vec![
        (":method", method.to_owned()),
        (":scheme", scheme.to_owned()),
        (":authority", dice.word(&AUTHORITIES).to_owned()),
        (":path", path),
    ];
    if dice.chance(12) {
        let at = dice.below(all.len());
        match dice.below(3) {
            0 => drop(all.remove(at)),
            1 => all.push(all.get(at).cloned()?),
            _ => all.reverse(),
        }
    }
    Some(all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
