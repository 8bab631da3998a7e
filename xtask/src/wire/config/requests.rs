// tidy: table
//! Requests for a route.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Route, put};
use crate::dice::Dice;

const TAILS: &[&str] = &[
    "",
    "",
    "/",
    "/x",
    "/x",
    "/x",
    "/x",
    "/x?q=1",
    "?q=1",
    "/x?q=one&k=1",
    "?k=a,b",
    "?q=&k",
    "/y/z",
    "/X",
    "/x//y",
    "/x/../y",
    "/%2fx",
    "/x%5Cy",
    "/x%2Fy?q=%2f",
    "x",
    "/x#f",
    "/x?a%20b=1",
    "/a%20b/c",
];
const HOSTS: &[&str] = &[
    "t.example",
    "t.example",
    "t.example",
    "T.example:80",
    "t.example:8080",
    "one",
    "[::1]:80",
    "1.2.3.4:443",
    "t.example.",
    "[2001:db8::1]",
];
const METHODS: &[&str] = &["GET", "GET", "GET", "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"];
const HEADERS: &[&str] = &[
    "x-a: 1",
    "x-a: one",
    "x-a: a,b",
    "x-a: a\r\nx-a: b",
    "x-b: 1",
    "x-b: one",
    "x-b:",
    "X-B: 7",
    "x-user: u-1",
    "x-user: u-2",
    "cookie: sid=1",
    "cookie: a=1; sid=\"q\"",
    "x-host: h.example",
    "x-host:",
    "x-cluster: c0",
    "x-cluster: c1",
    "x-cluster: nope",
    "x-s: old",
    "x_u: 1",
    "user-agent: ua",
    "x-forwarded-proto: https",
    "x-forwarded-proto: http",
    "x-forwarded-for: 10.0.0.1",
    "x-forwarded-for: 1.2.3.4, 10.0.0.2",
    "x-forwarded-host: f.example",
    "x-forwarded-port: 1",
    "x-request-id: own",
    "x-envoy-original-path: /o",
    "x-envoy-original-host: o",
    "x-envoy-attempt-count: 9",
    "x-envoy-internal: true",
    "x-envoy-retry-on: 5xx",
    "x-envoy-retry-on: retriable-4xx,retriable-status-codes",
    "x-envoy-retry-grpc-on: unavailable",
    "x-envoy-max-retries: 2",
    "x-envoy-max-retries: 0",
    "x-envoy-retriable-status-codes: 404,503",
    "x-envoy-retriable-header-names: x-retry-me",
    "x-envoy-upstream-rq-timeout-ms: 300",
    "x-envoy-upstream-rq-timeout-ms: 0",
    "x-envoy-upstream-rq-per-try-timeout-ms: 200",
    "x-envoy-expected-rq-timeout-ms: 300",
    "x-envoy-upstream-alt-stat-name: a",
    "grpc-timeout: 200m",
    "grpc-timeout: 9S",
    "grpc-timeout: x",
    "content-type: application/grpc",
    "content-type: application/grpc-web",
    "te: trailers",
    "connection: close",
    "connection: upgrade\r\nupgrade: websocket",
    "via: 1.1 x",
    "x-forwarded-client-cert: Hash=1",
    "x-envoy-external-address: 9.9.9.9",
    "x-envoy-decorator-operation: d",
    "x-envoy-peer-metadata-id: p",
    "x-envoy-is-timeout-retry: t",
    "x-envoy-hedge-on-per-try-timeout: true",
    "x-envoy-upstream-stream-duration-ms: 200",
    "x-envoy-immediate-health-check-fail: 1",
    "expect: 100-continue",
];
const SCRIPTS: &[&str] = &[
    "ok",
    "ok",
    "ok",
    "code:404",
    "code:503",
    "code:500",
    "code:409",
    "code:418",
    "code:429",
    "close",
    "rst",
    "closeN1",
    "rstN1",
    "fail1:503",
    "fail2:502",
    "fail1:404",
    "fail1:409",
    "sleep0.8",
    "sleepN1:0.8",
    "partial",
    "chunked",
    "hop",
    "204",
    "304",
    "grpc14N1",
    "rhdrN1",
    "garbage",
    "eof",
    "100",
];
/// What the upstream says in so many bytes.
const ANSWERS: &[&str] = &[
    "HTTP/1.1 302 X\r\nlocation: /r1/x\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 302 X\r\nlocation: http://other.example/r1/x?q=1\r\ncontent-length: 2\r\n\r\nab",
    "HTTP/1.1 301 X\r\nlocation: https://other.example/r2\r\ncontent-length: 0\r\nx-up: 5\r\n\r\n",
    "HTTP/1.1 303 X\r\nlocation: /r3/x#f\r\ncontent-length: 0\r\nx-copy: c\r\n\r\n",
    "HTTP/1.1 307 X\r\nlocation: http://t.example:81/r4/x\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 308 X\r\nlocation: rel\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 302 X\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 503 X\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 503 X\r\nx-envoy-overloaded: true\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 429 X\r\nx-envoy-ratelimited: true\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 200 X\r\nx-retry-me: 1\r\ncontent-length: 3\r\n\r\nabc",
    "HTTP/1.1 200 X\r\nx-envoy-upstream-canary: true\r\nx-envoy-immediate-health-check-fail: 1\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 200 X\r\nserver: up\r\nvia: up\r\nx-request-id: theirs\r\nx-a: theirs\r\nx-envoy-attempt-count: 4\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.1 200 X\r\ncontent-type: application/grpc\r\ngrpc-status: 14\r\ncontent-length: 0\r\n\r\n",
];

/// A request that may match the route.
pub(super) fn request(route: &Route, dice: &mut Dice) -> Value {
    let method = dice.word(METHODS);
    let target = format!("{}{}", route.base, dice.word(TAILS));
    let target = if dice.chance(15) { target.to_ascii_uppercase() } else { target };
    let target = if dice.chance(20) { format!("http://abs.example{target}") } else { target };
    let version = if dice.chance(25) { "HTTP/1.0" } else { "HTTP/1.1" };
    let host = dice.word(HOSTS);
    let mut text = format!("{method} {target} {version}\r\nHost: {host}\r\nX-T: {{id}}\r\n");
    for _ in 0..dice.below(5) {
        let _infallible = write!(text, "{}\r\n", dice.word(HEADERS));
    }
    let mut scenario = json!({"kind": "raw", "port": route.port, "route": route.base, "idle": 0.3});
    if dice.chance(4) {
        put(&mut scenario, "answer", json!([dice.word(ANSWERS), 0.03, "close"]));
        text.push_str("X-Do: bytes\r\n");
    } else {
        let _infallible = write!(text, "X-Do: {}\r\n", dice.word(SCRIPTS));
    }
    match method {
        "POST" | "PUT" if !dice.chance(4) => text.push_str("Content-Length: 3\r\n\r\nabc"),
        _ => text.push_str("\r\n"),
    }
    put(&mut scenario, "raw", json!(text));
    if !route.fixed {
        put(&mut scenario, "anyup", json!(true));
    }
    // Copies come when they will.
    put(&mut scenario, "unordered", json!(true));
    put(&mut scenario, "settle", json!(0.2));
    scenario
}
