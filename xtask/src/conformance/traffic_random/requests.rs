//! Requests for drawn meshes.

use serde_json::{Value, json};

use super::drawn::Family;
use super::fields::put;
use super::words::Words;
use crate::dice::Dice;

const REQUESTS: u64 = 40;
const PATHS: [&str; 14] = [
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/A/B",
    "/ab",
    "/api/v1/x",
    "/x?q=1",
    "/a?k=two&q=one",
    "/x/../a",
    "//a",
    "/a%2Fb",
    "/a;p/b",
    "/x#f",
];
const METHODS: [&str; 6] = ["GET", "GET", "GET", "POST", "HEAD", "OPTIONS"];
const SCRIPTS: [&str; 14] = [
    "code:404",
    "code:503",
    "code:500",
    "code:418",
    "code:409",
    "fail1:503",
    "fail1:500",
    "fail3:502",
    "closeN1",
    "rstN1",
    "close",
    "sleep1.2",
    "sleepN1:1.2",
    "hdr:x-a=up,x-e=2,server=mine",
];
/// Those that do the same each time.
const STEADY: [&str; 6] =
    ["code:404", "code:503", "code:409", "close", "sleep1.2", "hdr:x-a=up,x-e=2,server=mine"];
/// Services in the mesh: name, address and port, and whether they speak gRPC.
const SERVICES: [(&str, &str, bool); 9] = [
    ("api:8080", "10.96.0.20:8080", false),
    ("web", "10.96.0.10:80", false),
    ("echo", "10.96.0.30:80", false),
    ("echo:7000", "10.96.0.30:7000", false),
    ("cart.shop", "10.96.1.10:80", false),
    ("grpcsvc:50051", "10.96.0.40:50051", true),
    ("ext.example.org", "198.51.100.70:80", false),
    ("nobody.example.org", "198.51.100.99:80", false),
    ("dead", "10.96.0.61:80", false),
];

/// What requests are drawn from.
pub(super) struct Draw<'d> {
    pub(super) family: Family,
    /// Clients outside show certificates now and then.
    pub(super) wide: bool,
    /// Servers may count requests.
    pub(super) counting: bool,
    pub(super) words: &'d Words,
    pub(super) dice: &'d mut Dice,
}

impl Draw<'_> {
    /// The requests of a case.
    pub(super) fn all(&mut self) -> Vec<Value> {
        (0..REQUESTS).map(|n| self.one(n)).collect()
    }

    fn one(&mut self, number: u64) -> Value {
        let id = format!("r{number}");
        let mut row = match self.family {
            Family::Gateway => at_gateway(self.dice),
            Family::Outbound => of_mesh(self.dice),
            Family::Inbound => at_server(self.dice),
        };
        put(&mut row, "id", json!(id));
        if self.wide && self.family == Family::Gateway {
            self.show(&mut row);
        }
        if let Some(http) = row.get_mut("http") {
            let mut headers = headers(&id, self.counting, self.dice);
            if self.family != Family::Outbound {
                self.identify(&mut headers);
            }
            put(http, "headers", headers);
        }
        // Copies and closed connections come a little later.
        put(&mut row, "settle", json!(if self.counting { 0.03 } else { 0.15 }));
        row
    }

    /// A certificate of the client, where it ends TLS with the gateway.
    fn show(&mut self, row: &mut Value) {
        let Some(tls) = row.get_mut("tls") else { return };
        if self.dice.chance(3) {
            return;
        }
        let names = [
            "spiffe://cluster.local/ns/default/sa/client",
            "spiffe://cluster.local/ns/shop/sa/other",
            "client.example.com",
            "spiffe://other.domain/ns/default/sa/client",
        ];
        put(tls, "clientCert", json!(self.dice.word(&names)));
    }

    /// Tokens, good and spoilt, and the word that the authorizer wants to hear.
    fn identify(&mut self, headers: &mut Value) {
        if self.dice.chance(3) {
            let token = self.dice.one(&self.words.tokens).cloned().unwrap_or_default();
            let token = if self.dice.chance(8) { token.replacen("eyJ", "eyI", 1) } else { token };
            let (name, prefix) = self
                .dice
                .one(&[
                    ("authorization", "Bearer "),
                    ("x-jwt", "tok "),
                    ("x-jwt", ""),
                    ("authorization", "bearer "),
                ])
                .copied()
                .unwrap_or_default();
            put(headers, name, json!(format!("{prefix}{token}")));
        }
        if self.dice.chance(2) {
            put(headers, "x-ext-authz", json!(self.dice.word(&["allow", "allow", "deny"])));
        }
    }
}

fn http(hosts: &[&str], dice: &mut Dice) -> Value {
    let host = dice.word(hosts);
    let host = match dice.number(0, 11) {
        0 => host.to_ascii_uppercase(),
        1 if !host.contains(':') => format!("{host}:80"),
        _ => host.to_owned(),
    };
    json!({"authority": host, "method": dice.word(&METHODS), "path": dice.word(&PATHS)})
}

fn headers(id: &str, counting: bool, dice: &mut Dice) -> Value {
    let mut out = json!({"x-t": id});
    let line = |d: &mut Dice| json!(d.word(&["1", "one", "two", "three", ""]));
    for name in ["x-a", "x-b", "user-agent", "cookie"] {
        if dice.chance(4) {
            let first = line(dice);
            let several = dice.chance(4) && name.starts_with('x');
            put(&mut out, name, if several { json!([first, line(dice)]) } else { first });
        }
    }
    if dice.chance(3) {
        put(&mut out, "x-do", json!(dice.word(if counting { &SCRIPTS } else { &STEADY })));
    }
    if dice.chance(4) {
        put(&mut out, "origin", json!(dice.word(&["https://a.example", "https://b.example", "null"])));
        if dice.chance(2) {
            put(&mut out, "access-control-request-method", json!("GET"));
        }
    }
    if dice.chance(10) {
        put(&mut out, "x-forwarded-proto", json!("https"));
    }
    if dice.chance(10) {
        put(&mut out, "x-forwarded-for", json!(dice.word(&["1.2.3.4", "1.2.3.4, 10.1.0.99"])));
    }
    if dice.chance(16) {
        put(&mut out, "x-envoy-upstream-rq-timeout-ms", json!("500"));
    }
    out
}

fn at_gateway(dice: &mut Dice) -> Value {
    let port = dice.word(&["8080", "8080", "8080", "18081", "8443"]);
    let mut row = json!({
        "proxy": "gateway", "src": "203.0.113.9", "dst": format!("10.1.9.1:{port}"), "listener": format!("0.0.0.0_{port}"),
    });
    if port == "8443" && dice.chance(2) {
        put(
            &mut row,
            "tls",
            json!({"sni": dice.word(&["a.pass.example", "b.w.pass.example", "c.pass.example", "web.example.com"])}),
        );
        put(&mut row, "tcp", json!("hi"));
        return row;
    }
    if port == "8443" {
        over_tls(&mut row, dice);
        return row;
    }
    let grpc = dice.chance(8);
    let http = http(&["web.example.com", "api.example.com", "other.example.com", "web.example.org"], dice);
    put(&mut row, "http", http);
    if grpc {
        put(&mut row, "protocol", json!("grpc"));
    } else if dice.chance(8) {
        put(&mut row, "protocol", json!("h2"));
    }
    row
}

/// A request to a gateway that ends TLS, with a name that may be another one than that of the hello.
fn over_tls(row: &mut Value, dice: &mut Dice) {
    let hosts = ["web.example.com", "api.example.com"];
    let sni = dice.word(&hosts);
    let other = dice.chance(6);
    put(row, "http", if other { http(&hosts, dice) } else { http(&[sni], dice) });
    let mut tls = json!({"sni": sni});
    if dice.chance(2) {
        put(&mut tls, "alpn", dice.value(&[json!(["http/1.1"]), json!(["foo"]), json!(["h2", "http/1.1"])]));
    }
    if tls.pointer("/alpn/0") == Some(&json!("h2")) {
        put(row, "protocol", json!("h2"));
    }
    if dice.chance(4) {
        put(&mut tls, "max", json!(dice.word(&["TLSv1_2", "TLSv1_3"])));
    }
    put(row, "tls", tls);
}

fn of_mesh(dice: &mut Dice) -> Value {
    let mut row = json!({"proxy": "client", "src": "10.1.0.99", "listener": "virtualOutbound"});
    if dice.chance(8) {
        let to = dice.word(&["10.96.0.50:5432", "10.96.0.30:9000", "10.96.0.30:7000"]);
        put(&mut row, "dst", json!(to));
        put(&mut row, "tcp", json!("\u{1}hello"));
        return row;
    }
    if dice.chance(10) {
        put(&mut row, "dst", json!("198.51.100.1:443"));
        put(
            &mut row,
            "tls",
            json!({"sni": dice.word(&["s1.tls.example", "a.w.tls.example", "z.tls.example"])}),
        );
        put(&mut row, "tcp", json!("hi"));
        return row;
    }
    let (host, to, grpc) = dice.one(&SERVICES).copied().unwrap_or(("web", "10.96.0.10:80", false));
    put(&mut row, "dst", json!(to));
    // Now and then a name of somebody else.
    let http = if dice.chance(8) {
        http(&["web", "api:8080", "nobody.example.org"], dice)
    } else {
        http(&[host], dice)
    };
    put(&mut row, "http", http);
    if grpc {
        put(&mut row, "protocol", json!("grpc"));
    }
    row
}

fn at_server(dice: &mut Dice) -> Value {
    let port = dice.word(&["8080", "8080", "9000", "7000", "8443", "1234"]);
    let mut row = json!({
        "proxy": "server", "src": dice.word(&["10.1.0.99", "10.1.1.99"]), "dst": format!("10.1.0.31:{port}"), "listener": "virtualInbound",
    });
    let account = dice.word(&["default/sa/client", "shop/sa/client", "shop/sa/other"]);
    let bytes = port == "9000" || dice.chance(10);
    match dice.number(0, 5) {
        0..=2 => {
            let alpn = if bytes { "istio" } else { dice.word(&["istio-http/1.1", "istio"]) };
            put(
                &mut row,
                "tls",
                json!({
                    "alpn": [alpn],
                    "clientCert": format!("spiffe://cluster.local/ns/{account}"),
                    "sni": dice.word(&["outbound_.80_._.echo.default.svc.cluster.local", "echo"]),
                }),
            );
        }
        3 => put(&mut row, "tls", json!({"alpn": ["http/1.1"], "sni": "echo"})),
        _ => {}
    }
    if bytes {
        put(&mut row, "tcp", json!("\u{1}hello"));
    } else {
        let http = http(&["echo", "echo.default", "web.example.com"], dice);
        put(&mut row, "http", http);
    }
    row
}
