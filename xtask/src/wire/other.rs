//! Connections below HTTP, and questions whose answer is a table.

use serde_json::{Value, json};

use super::http1::{finish, path};
use super::pools::{Pools, raw};
use crate::conformance::compare::text;
use crate::dice::Dice;

const NAMES: [&str; 18] = [
    "a.example",
    "A.EXAMPLE",
    "x.example",
    "y.b.example",
    "z.y.b.example",
    "b.example",
    "alpn.example",
    "istio.example",
    "only.tls",
    "example",
    "localhost",
    "x.tls.example",
    "tls.example",
    "none.test",
    "a.example.",
    "",
    "xn--a.example",
    "LOCALHOST",
];
const PROTOCOLS: [&str; 9] = [
    "h2",
    "http/1.1",
    "http/1.0",
    "istio",
    "istio-peer-exchange",
    "istio-h2",
    "foo",
    "h2c",
    "istio-http/1.1",
];

/// A TLS connection with a name, protocols, versions and a certificate, and a request.
pub(super) fn tls(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let port = *dice.one(&[2, 2, 9, 9, 9, 13, 14, 15, 17, 32, 33])?;
    let mut hello = json!({});
    let fields = hello.as_object_mut()?;
    if !dice.chance(8) {
        let name = dice.word(&NAMES);
        if !name.is_empty() {
            fields.insert("sni".to_owned(), json!(name));
        }
    }
    let offers = dice.below(4);
    if offers > 0 {
        let offers: Vec<&str> = (0..offers).map(|_| dice.word(&PROTOCOLS)).collect();
        fields.insert("alpn".to_owned(), json!(offers));
    }
    let named = dice.chance(2);
    if named {
        fields.insert("cert".to_owned(), json!(dice.word(&["client", "other", "server"])));
    }
    if dice.chance(4) {
        let version = dice.word(&["TLSv1_2", "TLSv1_3"]);
        let side = dice.word(&["min", "max"]);
        fields.insert(side.to_owned(), json!(version));
    }
    let path = if port == 2 { path(pools, dice)? } else { "/".to_owned() };
    let cert = if dice.chance(4) { "x-forwarded-client-cert: By=x;Hash=y\r\n" } else { "" };
    let request = format!("GET {path} HTTP/1.1\r\nHost: t.example\r\nX-T: {{id}}\r\n{cert}\r\n");
    let mut scenario = finish(raw(port, &request));
    let fields = scenario.as_object_mut()?;
    fields.insert("tls".to_owned(), hello);
    // Which alert a client without a certificate reads depends on whether its request was on its way.
    if !named {
        fields.insert("anyclose".to_owned(), json!(true));
    }
    if dice.chance(12) {
        // Something that is no TLS at all.
        fields.remove("tls");
    }
    Some(scenario)
}

/// PROXY headers as text, right and wrong.
const TEXTS: [&str; 22] = [
    "PROXY TCP4 203.0.113.7 203.0.113.8 1000 80\r\n",
    "PROXY TCP4 192.0.2.9 203.0.113.8 1000 80\r\n",
    "PROXY TCP4 203.0.113.7 198.51.100.8 1000 80\r\n",
    "PROXY TCP6 2001:db8::1 2001:db8::2 1000 80\r\n",
    "PROXY UNKNOWN\r\n",
    "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n",
    "PROXY TCP4 203.0.113.7 203.0.113.8 1000\r\n",
    "PROXY TCP4 203.0.113.7 203.0.113.8 1000 80 x\r\n",
    "PROXY TCP4 203.0.113.7 203.0.113.8 65536 80\r\n",
    "PROXY TCP4 203.0.113.7 203.0.113.8 -1 80\r\n",
    "PROXY TCP4 2001:db8::1 203.0.113.8 1 2\r\n",
    "PROXY TCP6 203.0.113.7 203.0.113.8 1 2\r\n",
    "PROXY TCP5 1.1.1.1 1.1.1.1 1 2\r\n",
    "PROXY  TCP4 1.1.1.1 1.1.1.1 1 2\r\n",
    "proxy TCP4 1.1.1.1 1.1.1.1 1 2\r\n",
    "PROXY TCP4 1.1.1.1 1.1.1.1 1 2\n",
    "PROXY TCP4 1.1.1.1 1.1.1.1 01 2\r\n",
    "PROXY TCP4 01.1.1.1 1.1.1.1 1 2\r\n",
    "PROXY TCP4 0.0.0.0 1.1.1.1 1 2\r\n",
    "PROXY TCP4 1.1.1.1 1.1.1.1 0 0\r\n",
    "PROXY\r\n",
    "",
];

/// A PROXY header, whole or with a byte changed.
pub(super) fn proxy_protocol(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let known: Vec<&Value> = pools.of("raw", &["proxy-protocol"]);
    let mut before =
        if dice.chance(2) { dice.word(&TEXTS).to_owned() } else { text(dice.one(&known)?, "pre").to_owned() };
    if dice.chance(3) {
        let mut chars: Vec<char> = before.chars().collect();
        let at = dice.below(chars.len());
        if let Some(c) = chars.get_mut(at) {
            *c = char::from(u8::try_from(dice.below(256)).unwrap_or(0));
        }
        before = chars.into_iter().collect();
    }
    let mut scenario = raw(10, "GET / HTTP/1.1\r\nHost: t.example\r\nX-T: {id}\r\n\r\n");
    let fields = scenario.as_object_mut()?;
    if !before.is_empty() {
        fields.insert("pre".to_owned(), json!(before));
    }
    fields.insert("anyclose".to_owned(), json!(true));
    Some(scenario)
}

/// Bytes that may be HTTP or may not.
pub(super) fn tcp(_: &Pools, dice: &mut Dice) -> Option<Value> {
    const STARTS: [&str; 22] = [
        "\u{1}hello",
        "GET / HTTP/1.1\r\nHost: t.example\r\nX-T: {id}\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: t.example\r\nX-T: {id}\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: t.example\r\n\r\n",
        "GET /",
        "GET / FTP\r\n\r\n",
        "get / HTTP/1.1\r\nHost: t.example\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "PRI * HTTP/2.0\r\n",
        "PRI / HTTP/2.0\r\n\r\n",
        "\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: t.example\r\nX-T: {id}\r\n\r\n",
        "\u{16}\u{3}\u{1}",
        "\u{16}\u{3}\u{1}\0\u{5}hello",
        "POST / HTTP/1.1\nHost: t.example\nX-T: {id}\n\n",
        "FOO / HTTP/1.1\r\nHost: t.example\r\nX-T: {id}\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: t.example\r\nX-T: {id}\r\n\r\n",
        "\0\0\0\0",
        "GET / HTTP/1.1 \r\nHost: t.example\r\n\r\n",
        "1",
        "OPTIONS * HTTP/1.1\r\nHost: t.example\r\nX-T: {id}\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: t.example\r\nX-T: {id}\r\n\r\n",
    ];
    let port = *dice.one(&[3, 4, 5, 6, 7, 7, 7, 7, 28])?;
    let mut scenario = raw(port, dice.word(&STARTS));
    let fields = scenario.as_object_mut()?;
    fields.insert("anyclose".to_owned(), json!(true));
    fields.insert("noseen".to_owned(), json!(true));
    if dice.chance(3) {
        fields.insert("send2".to_owned(), json!("more"));
    }
    Some(scenario)
}

/// A token of one recorded request at the place of another, with a character changed now and then.
pub(super) fn jwt(pools: &Pools, dice: &mut Dice) -> Option<Value> {
    let known = pools.of("raw", &["jwt"]);
    let request = text(dice.one(&known)?, "raw");
    let mut token = dice.one(&pools.tokens)?.clone();
    if dice.chance(3) {
        let at = dice.below(token.len());
        let new = dice.word(&["", "A", "-", "=", ".", "+", " ", "%"]);
        if token.is_char_boundary(at) && token.is_char_boundary(at + 1) {
            token.replace_range(at..=at, new);
        }
    }
    let own = pools.tokens.iter().find(|own| request.contains(own.as_str()));
    let request = match own {
        Some(own) => request.replace(own.as_str(), &token),
        None => request.replace("X-T:", &format!("Authorization: Bearer {token}\r\nX-T:")),
    };
    let paths =
        ["/req", "/fwd", "/fwd/role", "/aud", "/any", "/all", "/hq", "/ck", "/istio", "/none", "/fail"];
    let request = if dice.chance(2) {
        let (line, rest) = request.split_once("\r\n")?;
        let query = line
            .split_once('?')
            .map_or(String::new(), |(_, query)| format!("?{}", query.split(' ').next().unwrap_or("")));
        format!("GET {}{query} HTTP/1.1\r\n{rest}", dice.word(&paths))
    } else {
        request
    };
    Some(raw(22, &request))
}

/// Which upstream gets each of some keys.
pub(super) fn hash(_: &Pools, dice: &mut Dice) -> Option<Value> {
    let key = dice.roll();
    let header = dice.word(&["x-user: ", "X-User: ", "x-other: ", "x-user: a\r\nx-user: "]);
    let path = dice.word(&["/ring", "/mag", "/wring", "/addrring", "/hterm", "/qhash"]);
    let query = if path == "/qhash" { format!("?a=1&u=k{key}-{{i}}") } else { String::new() };
    let raw = format!(
        "GET {path}{query} HTTP/1.1\r\nHost: t.example\r\n{header}k{key}-{{i}}\r\nX-T: {{id}}\r\n\r\n"
    );
    Some(json!({"kind": "share", "n": 25, "port": 0, "raw": raw, "table": true}))
}
