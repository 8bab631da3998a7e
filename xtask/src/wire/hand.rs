// tidy: table
//! HTTP/2 connections made by hand: blocks of headers field by field and byte by byte, bodies, settings and windows.
//!
//! A scenario tells the frames behind the preface: their type, flags, stream and payload, or the fields of a block.

use serde_json::{Value, json};

use super::pools::Pools;
use crate::dice::Dice;

const NAMES: &[&str] = &[
    "x-a",
    "X-A",
    "x_a",
    "x a",
    "x\u{e9}",
    "",
    ":",
    ":x",
    "x:y",
    "x-a\0",
    "x(",
    "x|~",
    "1",
    "-",
    "host",
    "cookie",
    "te",
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "expect",
    "priority",
    "x-forwarded-for",
    "x-request-id",
    ":authority",
    ":path",
    ":method",
    ":scheme",
    ":protocol",
    ":status",
    "accept",
    "content-type",
    "grpc-timeout",
    "x-envoy-internal",
    "trailer",
    "date",
    "via",
    "http2-settings",
    "forwarded",
];
const VALUES: &[&str] = &[
    "b",
    "",
    " ",
    " b",
    "b ",
    "\tb",
    "b\tc",
    "b c",
    "\u{e9}",
    "a\0b",
    "a\rb",
    "a\nb",
    "a\r\nb",
    "\u{7f}",
    "\u{1}",
    "\u{ff}",
    "b, c",
    "b,",
    "trailers",
    "Trailers",
    "trailers, x",
    "gzip",
    "chunked",
    "close",
    "websocket",
    "3",
    "03",
    "+3",
    "-1",
    "3, 3",
    "3 ",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "0",
    "100-continue",
    "u=1, i",
    "u=9",
    "?",
    "other.example",
    "t.example",
    "t.example:80",
    "user@t.example",
    "a b",
    "a=1; b=2",
    "/",
    "*",
    "GET",
    "http",
    "200",
    "1S",
    "application/grpc",
];
const PSEUDO: &[(&str, &[&str])] = &[
    (
        ":method",
        &[
            "GET", "get", "POST", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PRI", "FOO", "F O", "", "G\u{e9}T",
            "GET ", "M-SEARCH", "A|B",
        ],
    ),
    (
        ":scheme",
        &["http", "https", "HTTP", "Https", "ftp", "ws", "", "1x", "a+b", "h ttp", "http:", "\u{e9}"],
    ),
    (
        ":authority",
        &[
            "t.example",
            "T.EXAMPLE",
            "t.example:80",
            "t.example:",
            "t.example:x",
            "t.example:99999",
            "",
            "a b",
            "user@t.example",
            "[::1]",
            "[::1]:80",
            "t.example.",
            "\u{e9}.example",
            "t.example/x",
            "t.example?x",
            "t,u",
            "*",
            "_",
            "%41",
            "a\0",
            "none.example",
            "a..b",
            "http://t.example",
            "a\"b",
            "a;b",
        ],
    ),
    (
        ":path",
        &[
            "/",
            "/exact",
            "/dr",
            "",
            "*",
            "x",
            "/a b",
            "/\u{e9}",
            "/#f",
            "/a#",
            "?q",
            "//x",
            "/a\0",
            "/a\tb",
            "/%00",
            "/%",
            "/..",
            "/a/../b",
            "http://t.example/x",
            "/`<>\"{}|\\^",
            "/a?b?c#d",
            "/%2f",
            "/\u{7f}",
            "/\u{ff}",
            "/psp/",
            "/red1",
            "/empty",
            "/nothing",
        ],
    ),
];

/// Frames and what is in them; nothing of what a scenario shares with others.
pub(super) fn connection(_: &Pools, dice: &mut Dice) -> Option<Value> {
    let mut frames = Vec::new();
    if dice.chance(6) {
        frames.push(settings(dice));
    }
    let (fields, body) = fields(dice);
    let posts = body || dice.chance(5);
    let huge = dice.chance(12);
    frames.push(headers(dice, fields, !posts, huge));
    if posts {
        content(dice, &mut frames);
    }
    if dice.chance(5) {
        frames.push(extra(dice));
    }
    if dice.chance(6) {
        let stream = *dice.one(&[3, 3, 3, 5, 7, 9, 2, 1])?;
        frames.push(json!({"t": 1, "f": 5, "s": stream, "h": [[":method", "GET"], [":scheme", "http"], "\u{be}", [":path", "/dr"]]}));
    }
    let port = if dice.chance(4) { 8 } else { 0 };
    Some(json!({"kind": "h2", "port": port, "sent": frames, "settle": 0.15, "noseen": huge}))
}

/// The fields of a request and whether it has a body.
fn fields(dice: &mut Dice) -> (Vec<Value>, bool) {
    let body = dice.chance(3);
    let method = if body { "POST" } else { "GET" };
    let path = dice.word(&["/", "/", "/exact", "/dr", "/h2up"]);
    let mut all: Vec<(&str, String)> =
        [(":method", method), (":scheme", "http"), (":authority", "t.example"), (":path", path)]
            .map(|(name, value)| (name, value.to_owned()))
            .to_vec();
    if dice.chance(3) {
        odd_pseudo(dice, &mut all);
    }
    for _ in 0..dice.below(3) {
        let at = if dice.chance(8) { dice.below(all.len() + 1) } else { all.len() };
        all.insert(at, (dice.word(NAMES), dice.word(VALUES).to_owned()));
    }
    if body && dice.chance(2) {
        all.push(("content-length", dice.word(&["3", "6", "0", "4", "2"]).to_owned()));
    }
    all.push(("x-t", "{id}".to_owned()));
    if dice.chance(6) {
        all.push((
            "x-do",
            dice.word(&[
                "code:404", "sleep0.1", "chunked", "big", "partial", "close", "hop", "204", "304", "100",
            ])
            .to_owned(),
        ));
    }
    let how = ["", "", "index", "plain", "huffman", "known"];
    let mut fields: Vec<Value> =
        all.iter().map(|(name, value)| json!([name, value, dice.word(&how)])).collect();
    if dice.chance(10) {
        // An index, a size of the table, a piece of a field.
        let odd = [
            "\u{80}",
            "\u{be}",
            "\u{c0}",
            "\u{20}",
            "\u{3f}\u{e1}\u{1f}",
            "\u{3f}\u{e2}\u{1f}",
            "\0\u{1}a",
            "\u{82}",
            "\u{ff}\u{80}\u{80}\u{80}\u{80}\u{80}\u{1}",
            "\u{90}",
            "\0\u{81}\u{ff}\u{1}b",
            "\u{40}\0\0",
        ];
        let at = if dice.chance(2) { 0 } else { dice.below(fields.len() + 1) };
        fields.insert(at, json!(dice.word(&odd)));
    }
    (fields, body)
}

/// A pseudo header with another value, twice, at another place or not at all.
fn odd_pseudo(dice: &mut Dice, all: &mut Vec<(&str, String)>) {
    let at = dice.below(all.len());
    let Some((name, value)) = all.get(at).cloned() else { return };
    match dice.below(8) {
        0 => drop(all.remove(at)),
        1 => all.push((name, value)),
        2 => {
            all.remove(at);
            all.push(("x-b", "c".to_owned()));
            all.push((name, value));
        }
        3 => all.reverse(),
        _ => {
            let values =
                PSEUDO.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, values)| values);
            if let Some(slot) = all.get_mut(at) {
                dice.word(values).clone_into(&mut slot.1);
            }
        }
    }
}

/// HEADERS, perhaps in pieces, with padding or a priority.
fn headers(dice: &mut Dice, mut fields: Vec<Value>, ends: bool, huge: bool) -> Value {
    if huge {
        if dice.chance(2) {
            let count = *dice.one(&[80, 94, 95, 96, 97, 100, 110, 300]).unwrap_or(&80);
            fields.extend((0..count).map(|at| json!([format!("n{at}"), "v", ""])));
        } else {
            let size = *dice
                .one(&[8_000, 16_000, 30_000, 59_000, 61_000, 61_440, 65_536, 65_537, 70_000, 140_000])
                .unwrap_or(&8_000);
            fields.push(json!(["x-long", "v".repeat(size), ""]));
        }
    }
    let mut frame = json!({"t": 1, "f": if ends { 5 } else { 4 }, "s": 1, "h": fields});
    let Some(map) = frame.as_object_mut() else { return frame };
    if dice.chance(5) {
        let cuts: Vec<usize> = (0..1 + dice.below(3)).map(|_| dice.below(60)).collect();
        map.insert("cut".to_owned(), json!(cuts));
        if dice.chance(4) {
            map.insert("empty".to_owned(), json!(dice.one(&[1, 5, 7, 8, 9, 10, 40])));
        }
    }
    if dice.chance(8) {
        map.insert("pad".to_owned(), json!(dice.one(&[0, 1, 255])));
    }
    if dice.chance(10) {
        map.insert("pri".to_owned(), json!(dice.one(&[0, 3, 1])));
    }
    frame
}

/// A body and what ends it.
fn content(dice: &mut Dice, frames: &mut Vec<Value>) {
    let data = |text: &str, ends: bool| json!({"t": 0, "f": u8::from(ends), "s": 1, "p": text});
    if dice.chance(6) {
        frames.push(json!(0.08));
    }
    for _ in 0..dice.below(3) {
        match dice.below(5) {
            0 => frames.push(data("", false)),
            1 => frames.push(json!({"t": 0, "f": 8, "s": 1, "p": dice.word(&["\u{2}abc\0\0", "\0abc", "\u{3}abc", "\u{3}\0\0\0", "\u{4}abc", ""])})),
            _ => frames.push(data("abc", false)),
        }
    }
    match dice.below(6) {
        0 => {
            let mut trailers = vec![json!(["x-tr", "1", ""])];
            let odd = [
                ("x-tr", "2"),
                (":path", "/"),
                ("X-Tr", "1"),
                ("te", "trailers"),
                ("content-length", "3"),
                ("connection", "x"),
                ("", "x"),
                ("x-tr", "a\0b"),
                ("x y", "z"),
                ("host", "h"),
                ("cookie", "a=1"),
                ("grpc-status", "0"),
                (":status", "200"),
            ];
            if let Some((name, value)) = dice.one(&odd).filter(|_| !dice.chance(3)) {
                trailers.insert(dice.below(2), json!([name, value, ""]));
            }
            frames.push(json!({"t": 1, "f": if dice.chance(6) { 4 } else { 5 }, "s": 1, "h": trailers}));
        }
        1 => {}
        2 => frames.push(data("", true)),
        _ => frames.push(data("abc", true)),
    }
}

/// Settings that clients may send, and some that they may not.
fn settings(dice: &mut Dice) -> Value {
    const PAIRS: &[(u16, u32)] = &[
        (1, 0),
        (1, 100),
        (1, 4096),
        (1, 65_536),
        (1, u32::MAX),
        (2, 0),
        (2, 1),
        (2, 2),
        (3, 0),
        (3, 1),
        (3, u32::MAX),
        (4, 0),
        (4, 1),
        (4, 65_535),
        (4, 0x7fff_ffff),
        (4, 0x8000_0000),
        (5, 16_384),
        (5, 16_383),
        (5, 0xff_ffff),
        (5, 0x100_0000),
        (6, 0),
        (6, 10),
        (6, 100_000),
        (8, 0),
        (8, 1),
        (8, 2),
        (9, 1),
        (9, 2),
        (16, 7),
        (0, 1),
        (0xffff, 0),
    ];
    let count = 1 + dice.below(3);
    let pairs: Vec<_> = (0..count).filter_map(|_| dice.one(PAIRS)).collect();
    json!({"t": 4, "f": 0, "s": 0, "e": pairs})
}

/// A frame behind a request.
fn extra(dice: &mut Dice) -> Value {
    let number = |value: u32| value.to_be_bytes().map(|byte| char::from(byte).to_string()).concat();
    match dice.below(9) {
        0 => settings(dice),
        1 => {
            json!({"t": 8, "f": 0, "s": dice.one(&[0, 1, 3]), "p": number(*dice.one(&[1, 1000, 0x7000_0000]).unwrap_or(&1))})
        }
        2 => json!({"t": 3, "f": 0, "s": 1, "p": number(*dice.one(&[0, 5, 8, 99]).unwrap_or(&8))}),
        3 => json!({"t": 6, "f": 0, "s": 0, "p": "abcdefgh"}),
        4 => {
            json!({"t": 7, "f": 0, "s": 0, "p": format!("{}{}bye", number(0), number(*dice.one(&[0, 1, 11]).unwrap_or(&0)))})
        }
        5 => {
            json!({"t": dice.one(&[10, 12, 16, 77, 255]), "f": dice.one(&[0, 4, 255]), "s": dice.one(&[0, 1, 3]), "p": dice.word(&["", "x", "\0\0\0\u{1}u=1"])})
        }
        6 => {
            json!({"t": 2, "f": 0, "s": dice.one(&[1, 3, 5]), "p": format!("{}\u{5}", number(*dice.one(&[0, 7]).unwrap_or(&0)))})
        }
        7 => json!({"t": 0, "f": dice.one(&[0, 1]), "s": 1, "p": "late"}),
        _ => json!({"t": 4, "f": 1, "s": 0, "p": ""}),
    }
}
