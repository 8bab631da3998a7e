// tidy: table
//! What upstreams may answer: frames of HTTP/2 made by hand, and bytes that are nearly HTTP/1.
//!
//! `answer` tells what the scripted upstream sends when the request of this scenario has come: frames as `hand` has them, or
//! texts, with pauses (numbers) between them and an end of the connection (`close`, `rst`).

use serde_json::{Value, json};

use super::pools::Pools;
use crate::dice::Dice;

const FIELDS: &[(&str, &str)] = &[
    ("x-a", "b"),
    ("X-A", "b"),
    ("x a", "b"),
    ("", "b"),
    ("x-a", "a\0b"),
    ("x-a", " b "),
    ("x-a", "\u{e9}"),
    ("connection", "close"),
    ("keep-alive", "5"),
    ("transfer-encoding", "chunked"),
    ("upgrade", "x"),
    ("proxy-connection", "x"),
    ("te", "trailers"),
    ("te", "gzip"),
    ("content-length", "3"),
    ("content-length", "0"),
    ("content-length", "x"),
    ("content-length", "03"),
    ("content-length", "9"),
    (":status", "200"),
    (":path", "/"),
    (":x", "y"),
    ("set-cookie", "a=1"),
    ("set-cookie", "b=2"),
    ("cookie", "a"),
    ("server", "s"),
    ("date", "d"),
    ("via", "v"),
    ("host", "h"),
    ("x-envoy-upstream-service-time", "5"),
    ("x_a", "b"),
    ("trailer", "x-tr"),
    ("grpc-status", "0"),
    ("content-type", "application/grpc"),
    ("x-envoy-overloaded", "1"),
];
const STATUSES: &[&str] = &[
    "200", "200", "200", "200", "200", "204", "304", "100", "103", "101", "404", "500", "599", "600", "999",
    "099", "20", "2000", "2x0", "", " 200", "+20", "1000", "199",
];

/// A request over HTTP/1 to an upstream of HTTP/2.
pub(super) fn frames(_: &Pools, dice: &mut Dice) -> Option<Value> {
    let mut answer = Vec::new();
    if dice.chance(12) {
        answer.push(json!({"t": 1, "f": 4, "s": 1, "h": [[":status", dice.word(&["100", "103", "102"]), ""], ["link", "a", ""]]}));
    }
    let mut fields = vec![(":status", dice.word(STATUSES)), ("x-up", "1")];
    for _ in 0..dice.below(3) {
        let at = if dice.chance(6) { dice.below(fields.len() + 1) } else { fields.len() };
        fields.insert(at, *dice.one(FIELDS)?);
    }
    if dice.chance(12) {
        fields.remove(0);
    }
    let how = ["", "", "index", "plain", "huffman", "known"];
    let mut block: Vec<Value> =
        fields.iter().map(|(name, value)| json!([name, value, dice.word(&how)])).collect();
    if dice.chance(15) {
        block.push(json!(dice.word(&[
            "\u{80}",
            "\u{20}",
            "\0\u{1}a",
            "\u{ff}\u{80}\u{80}\u{80}\u{80}\u{80}\u{1}"
        ])));
    }
    if dice.chance(20) {
        block.push(json!(["x-long", "v".repeat(*dice.one(&[30_000, 59_000, 61_500, 70_000])?), ""]));
    }
    let ends = dice.chance(5);
    let mut head = json!({"t": 1, "f": if ends { 5 } else { 4 }, "s": 1, "h": block});
    if dice.chance(8) {
        head.as_object_mut()?.insert("cut".to_owned(), json!([dice.below(20)]));
    }
    answer.push(head);
    if !ends {
        body(dice, &mut answer);
    }
    if dice.chance(6) {
        answer.push(other(dice));
    }
    let method = dice.word(&["GET", "GET", "GET", "HEAD", "POST"]);
    let length = if method == "POST" { "Content-Length: 0\r\n" } else { "" };
    let raw =
        format!("{method} /h2up HTTP/1.1\r\nHost: t.example\r\n{length}X-T: {{id}}\r\nX-Do: hand\r\n\r\n");
    Some(
        json!({"kind": "raw", "port": 0, "raw": raw, "answer": answer, "serial": true, "idle": 0.15, "settle": 0.05}),
    )
}

fn body(dice: &mut Dice, answer: &mut Vec<Value>) {
    let data = |text: &str, ends: bool| json!({"t": 0, "f": u8::from(ends), "s": 1, "p": text});
    for _ in 0..dice.below(2) {
        answer.push(match dice.below(3) {
            0 => json!({"t": 0, "f": 8, "s": 1, "p": dice.word(&["\u{1}abc\0", "\u{9}abc", ""])}),
            1 => data("", false),
            _ => data("abc", false),
        });
    }
    match dice.below(9) {
        0 => answer.push(json!({"t": 1, "f": 5, "s": 1, "h": [["x-tr", "1", ""]]})),
        1 => {
            let (name, value) = dice.one(FIELDS).copied().unwrap_or_default();
            answer.push(json!({"t": 1, "f": dice.one(&[5, 5, 4]), "s": 1, "h": [[name, value, ""]]}));
        }
        2 => answer.push(json!({"t": 3, "f": 0, "s": 1, "p": format!("\0\0\0{}", char::from(*dice.one(&[0_u8, 1, 2, 5, 7, 8, 10, 11, 13]).unwrap_or(&8)))})),
        3 => answer.push(data("", true)),
        _ => answer.push(data("abc", true)),
    }
}

/// A frame that does not belong to the response, or an end of the connection.
fn other(dice: &mut Dice) -> Value {
    match dice.below(8) {
        0 => json!({"t": 6, "f": 0, "s": 0, "p": "abcdefgh"}),
        1 => {
            json!({"t": 7, "f": 0, "s": 0, "p": dice.word(&["\0\0\0\u{1}\0\0\0\0", "\0\0\0\0\0\0\0\u{1}", "\u{7f}\u{ff}\u{ff}\u{ff}\0\0\0\0"])})
        }
        2 => json!({"t": 5, "f": 4, "s": 1, "p": "\0\0\0\u{2}\u{82}"}),
        3 => {
            json!({"t": 4, "f": 0, "s": 0, "e": [dice.one(&[(2, 1), (3, 0), (4, 0x8000_0000_u32), (5, 1), (1, 0), (8, 1)])]})
        }
        4 => json!({"t": 0, "f": 0, "s": dice.one(&[1, 0, 2, 99]), "p": "late"}),
        5 => json!({"t": 77, "f": 0, "s": 0, "p": "x"}),
        6 => json!({"t": 8, "f": 0, "s": dice.one(&[0, 1]), "p": "\0\0\0\0"}),
        _ => json!("close"),
    }
}

/// A request over HTTP/1 to an upstream that answers with these bytes.
pub(super) fn bytes(_: &Pools, dice: &mut Dice) -> Option<Value> {
    const LINES: &[&str] = &[
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK",
        "HTTP/1.0 200 OK",
        "HTTP/1.1 200",
        "HTTP/1.1 200 ",
        "HTTP/1.1  200 OK",
        "HTTP/2.0 200 OK",
        "HTTP/1.2 200 OK",
        "http/1.1 200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 099 X",
        "HTTP/1.1 600 X",
        "HTTP/1.1 999 X",
        "HTTP/1.1 abc OK",
        "HTTP/1.1 204 No",
        "HTTP/1.1 304 Not",
        "HTTP/1.1 100 Continue",
        "HTTP/1.1 101 Switching",
        "HTTP/1.1 103 Early",
        "HTTP/1.1 205 Reset",
        "ICY 200 OK",
        "HTTP/1.1\t200\tOK",
        "HTTP/1.1 200 \u{e9}",
        "HTTP/1.1 200 O\0K",
        " HTTP/1.1 200 OK",
        "\r\nHTTP/1.1 200 OK",
        "HTTP/1.1 200 OK ",
        "HTTP/11 200 OK",
        "HTTP/1.1 +200 OK",
        "HTTP/1.1 500 Oh",
        "GET / HTTP/1.1",
    ];
    const HEADS: &[&str] = &[
        "Content-Length: 3",
        "Content-Length: 3",
        "Content-Length: 3",
        "Content-Length: 0",
        "Content-Length: 5",
        "Content-Length: +3",
        "Content-Length: 3, 3",
        "Content-Length: 3\r\nContent-Length: 3",
        "Content-Length:3",
        "Content-Length: 3 ",
        "Content-Length: x",
        "Content-Length: ",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: Chunked",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Transfer-Encoding: chunked, chunked",
        "Connection: close",
        "Connection: keep-alive",
        "Connection: x-a",
        "Keep-Alive: timeout=5",
        "Upgrade: websocket",
        "X-A: b",
        "X-A: 1\r\nX-A: 2",
        "X-A : b",
        "X A: b",
        ": b",
        "X-A",
        "X-A: b\r\n c",
        " X-A: b",
        "X-A:\tb\t",
        "X-A: a\0b",
        "X-A: \u{e9}",
        "X_A: b",
        "Set-Cookie: a\r\nX-B: c\r\nSet-Cookie: b",
        "Server: s",
        "Date: d",
        "Trailer: x-tr",
        "Location: /x",
        "X-A: b\nX-B: c",
        "X-A: b\rX-B: c",
        "Proxy-Connection: close",
        "TE: trailers",
        "Via: v",
    ];
    const BODIES: &[&str] = &[
        "abc",
        "abc",
        "abc",
        "",
        "ab",
        "abcdef",
        "3\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\nX-Tr: 1\r\n\r\n",
        "3;x=y\r\nabc\r\n0\r\n\r\n",
        "3 \r\nabc\r\n0\r\n\r\n",
        "03\r\nabc\r\n0\r\n\r\n",
        "3\nabc\n0\n\n",
        "x\r\nabc\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "-1\r\n",
        "3\r\nabc\r\n0\r\n",
        "ffffffffffffffff1\r\nabc",
        "0\r\n\r\nextra",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "abcHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ];
    let mut text = format!("{}\r\n", dice.word(LINES));
    for _ in 0..dice.below(3) + 1 {
        text += dice.word(HEADS);
        text += "\r\n";
    }
    text += "\r\n";
    text += dice.word(BODIES);
    if dice.chance(10) {
        text = text.replace("\r\n", "\n");
    }
    let mut answer = vec![json!(text)];
    if dice.chance(8) {
        answer = text.char_indices().nth(dice.below(40)).map_or(answer, |(at, _)| {
            let (one, other) = text.split_at(at);
            vec![json!(one), json!(0.05), json!(other)]
        });
    }
    if !dice.chance(3) {
        answer.push(json!(0.03));
        answer.push(json!(dice.word(&["close", "close", "close", "rst"])));
    }
    let method = dice.word(&["GET", "GET", "GET", "HEAD", "POST", "OPTIONS"]);
    let length = if method == "POST" { "Content-Length: 0\r\n" } else { "" };
    let path = dice.word(&["/", "/", "/", "/rty", "/r5xx"]);
    let raw =
        format!("{method} {path} HTTP/1.1\r\nHost: t.example\r\n{length}X-T: {{id}}\r\nX-Do: bytes\r\n\r\n");
    Some(
        json!({"kind": "raw", "port": 0, "raw": raw, "answer": answer, "serial": true, "idle": 0.15, "settle": 0.05}),
    )
}
