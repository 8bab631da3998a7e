//! VirtualServices.

use serde_json::{Value, json};

use super::drawn::object;
use super::fields::{put, put_all};
use crate::dice::Dice;

const PATHS: [&str; 7] = ["/", "/a", "/a/", "/a/b", "/A", "/api/v1", "/x"];
const HEADERS: [&str; 4] = ["x-a", "x-b", "user-agent", "cookie"];
const VALUES: [&str; 4] = ["1", "one", "two", ""];
/// Expressions for paths with what may be written in place of what they match.
const REGEXES: [(&str, &str); 5] = [
    ("/a/([^/]+)(.*)", r"/z\2/\1"),
    ("^/api/v([0-9]+)", r"/v\1/api"),
    ("a", "bb"),
    ("/.*", "/all"),
    ("[^/]+$", "end"),
];

/// Routes for clients outside.
pub(super) fn at_gateway(number: u64, dice: &mut Dice) -> Value {
    let hosts = dice.value(&[
        json!(["web.example.com"]),
        json!(["api.example.com"]),
        json!(["*.example.com"]),
        json!(["*"]),
        json!(["web.example.com", "api.example.com"]),
    ]);
    let mut spec = json!({"hosts": hosts, "gateways": ["istio-system/gw"], "http": http(dice)});
    if dice.chance(4) {
        put(
            &mut spec,
            "tls",
            json!([{
                "match": [{"port": 443, "sniHosts": [dice.word(&["a.pass.example", "*.w.pass.example"])]}],
                "route": [{"destination": {"host": "echo.default.svc.cluster.local", "port": {"number": 443}}}],
            }]),
        );
        put(&mut spec, "hosts", json!(["a.pass.example", "*.w.pass.example", "web.example.com"]));
    }
    object("VirtualService", "networking.istio.io/v1", "default", &format!("vs-{number}"), spec)
}

/// Routes for callers in the mesh.
pub(super) fn of_mesh(number: u64, dice: &mut Dice) -> Value {
    let hosts = dice.value(&[
        json!(["api"]),
        json!(["web"]),
        json!(["echo"]),
        json!(["ext.example.org"]),
        json!(["cart.shop.svc.cluster.local"]),
        json!(["*.shop.svc.cluster.local"]),
        json!(["grpcsvc"]),
    ]);
    let mut spec = json!({"hosts": hosts, "http": http(dice)});
    if dice.chance(5) {
        let to = dice.value(&[json!({"host": "db"}), json!({"host": "echo", "port": {"number": 9000}})]);
        spec = json!({"hosts": ["db"], "tcp": [{"match": [{"port": 5432}], "route": [{"destination": to}]}]});
    }
    object("VirtualService", "networking.istio.io/v1", "default", &format!("vs-{number}"), spec)
}

fn http(dice: &mut Dice) -> Value {
    let count = dice.number(1, 5);
    let mut all: Vec<Value> = (0..count).map(|n| route(n, dice)).collect();
    if dice.chance(2) {
        all.push(json!({"name": "rest", "route": [{"destination": destination(dice)}]}));
    }
    json!(all)
}

fn destination(dice: &mut Dice) -> Value {
    let version = dice.word(&["v1", "v2", "v3"]);
    dice.value(&[
        json!({"host": "api.default.svc.cluster.local", "subset": version}),
        json!({"host": "api.default.svc.cluster.local"}),
        json!({"host": "web.default.svc.cluster.local", "subset": "v1"}),
        json!({"host": "echo.default.svc.cluster.local", "port": {"number": 80}}),
        json!({"host": "cart.shop.svc.cluster.local"}),
        json!({"host": "dead.default.svc.cluster.local"}),
        json!({"host": "empty.default.svc.cluster.local"}),
        json!({"host": "grpcsvc.default.svc.cluster.local"}),
        json!({"host": "api.default.svc.cluster.local", "subset": "nosuch"}),
    ])
}

fn text_match(words: &[&str], dice: &mut Dice) -> Value {
    let word = dice.word(words);
    match dice.number(0, 3) {
        0 => json!({"exact": if word.is_empty() { "e" } else { word }}),
        1 => json!({"prefix": if word.is_empty() { "p" } else { word }}),
        2 => json!({"regex": dice.word(&[".*", ".+", "[a-z/]+", "/a.*", "o.*|1"])}),
        _ => json!({"exact": if word.is_empty() { "f" } else { word }}),
    }
}

fn header_match(dice: &mut Dice) -> Value {
    let value = if dice.chance(4) { json!({}) } else { text_match(&VALUES, dice) };
    json!({dice.word(&HEADERS): value})
}

fn matches(dice: &mut Dice) -> Value {
    let mut all = Vec::new();
    for _ in 0..dice.number(1, 2) {
        let mut one = dice.some(
            4,
            &[
                ("method", |d| text_match(&["GET", "POST"], d)),
                ("headers", header_match),
                ("withoutHeaders", header_match),
                ("queryParams", |d| json!({d.word(&["q", "k"]): text_match(&VALUES, d)})),
                ("authority", |d| text_match(&["web.example.com", "api", "w"], d)),
                ("scheme", |d| text_match(&["http", "https"], d)),
            ],
        );
        if one == json!({}) || dice.chance(2) {
            put(&mut one, "uri", text_match(&PATHS, dice));
            if dice.chance(4) {
                put(&mut one, "ignoreUriCase", json!(true));
            }
        }
        all.push(one);
    }
    json!(all)
}

fn operations(dice: &mut Dice) -> Value {
    dice.some(
        2,
        &[
            ("set", |d| {
                json!({
                    "x-a": d.word(&["set", "%PROTOCOL%", "%REQ(x-b)%", "%REQ(X-NONE?:path)%", "50%%"]),
                    "x-s": d.word(&["%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "%ROUTE_NAME%", "s"]),
                })
            }),
            ("add", |d| json!({"x-a": d.word(&["added", "%REQ(:AUTHORITY)%"]), "x-c": "c"})),
            ("remove", |d| json!([d.word(&["x-a", "X-B", "user-agent", "server", "content-type"])])),
        ],
    )
}

fn headers(dice: &mut Dice) -> Value {
    dice.some(2, &[("request", operations), ("response", operations)])
}

fn redirect(dice: &mut Dice) -> Value {
    let mut out = dice.some(
        2,
        &[
            ("uri", |d| json!(d.word(&["/new", "/", "/new?x=1"]))),
            ("authority", |d| json!(d.word(&["new.example.com", "n.example.com:81"]))),
            ("scheme", |d| json!(d.word(&["http", "https"]))),
            ("redirectCode", |d| d.value(&[json!(302), json!(303), json!(307), json!(308)])),
        ],
    );
    if dice.chance(2) {
        let port = dice.value(&[
            json!({"port": 8443}),
            json!({"port": 80}),
            json!({"derivePort": "FROM_PROTOCOL_DEFAULT"}),
            json!({"derivePort": "FROM_REQUEST_PORT"}),
        ]);
        put_all(&mut out, &port);
    }
    if out == json!({}) { json!({"uri": "/gone"}) } else { out }
}

fn rewrite(dice: &mut Dice) -> Value {
    let (regex, with) = dice.one(&REGEXES).copied().unwrap_or(("a", "b"));
    dice.value(&[
        json!({"uri": "/re"}),
        json!({"uri": "/"}),
        json!({"uri": "/re/"}),
        json!({"authority": "re.example.com"}),
        json!({"uri": "/both", "authority": "re.example.com:99"}),
        json!({"uriRegexRewrite": {"match": regex, "rewrite": with}}),
    ])
}

fn retries(dice: &mut Dice) -> Value {
    let mut out = json!({
        "attempts": dice.number(1, 2),
        "retryOn": dice.word(&["5xx", "gateway-error", "reset", "connect-failure,refused-stream", "retriable-4xx", "503,418",
                              "unavailable,cancelled", "retriable-status-codes"]),
    });
    if dice.chance(3) {
        put(&mut out, "perTryTimeout", json!("0.5s"));
    }
    if dice.chance(6) {
        out = json!({"attempts": 0});
    }
    out
}

fn cors(dice: &mut Dice) -> Value {
    let mut out = dice.some(
        2,
        &[
            ("allowMethods", |d| d.value(&[json!(["GET", "POST"]), json!(["*"])])),
            ("allowHeaders", |d| d.value(&[json!(["x-a", "x-b"]), json!(["*"])])),
            ("exposeHeaders", |_| json!(["x-e"])),
            ("maxAge", |_| json!("2m")),
            ("allowCredentials", |d| json!(d.chance(2))),
            ("unmatchedPreflights", |d| json!(d.word(&["FORWARD", "IGNORE"]))),
        ],
    );
    put(
        &mut out,
        "allowOrigins",
        dice.value(&[
            json!([{"exact": "https://a.example"}]),
            json!([{"prefix": "https://a"}]),
            json!([{"regex": "https://.*"}, {"exact": "null"}]),
            json!([{"exact": "*"}]),
        ]),
    );
    out
}

fn fault(dice: &mut Dice) -> Value {
    let share = |d: &mut Dice| json!({"value": if d.chance(4) { 0 } else { 100 }});
    match dice.number(0, 3) {
        0 => {
            json!({"abort": {"httpStatus": dice.value(&[json!(503), json!(418)]), "percentage": share(dice)}})
        }
        1 => json!({"abort": {"grpcStatus": "UNAVAILABLE", "percentage": share(dice)}}),
        2 => json!({"delay": {"fixedDelay": "0.12s", "percentage": share(dice)}}),
        _ => json!({
            "delay": {"fixedDelay": "0.12s", "percentage": share(dice)},
            "abort": {"httpStatus": 500, "percentage": share(dice)},
        }),
    }
}

/// A whole share for one of several destinations, so that nothing is left to chance.
fn destinations(dice: &mut Dice) -> Value {
    let mut one = json!({"destination": destination(dice)});
    if !dice.chance(4) {
        return json!([one]);
    }
    put(&mut one, "weight", json!(100));
    if dice.chance(2) {
        put(&mut one, "headers", headers(dice));
    }
    json!([one, {"destination": destination(dice), "weight": 0}])
}

fn route(number: u64, dice: &mut Dice) -> Value {
    let mut out = json!({"name": format!("r{number}"), "match": matches(dice)});
    if dice.chance(3) {
        put(&mut out, "headers", headers(dice));
    }
    match dice.number(0, 9) {
        0 | 1 => {
            put(&mut out, "redirect", redirect(dice));
            return out;
        }
        2 => {
            let mut direct = json!({"status": dice.value(&[json!(200), json!(404), json!(503), json!(204)])});
            if dice.chance(2) {
                put(&mut direct, "body", json!({"string": "said"}));
            }
            put(&mut out, "directResponse", direct);
            return out;
        }
        _ => {}
    }
    put(&mut out, "route", destinations(dice));
    let more = dice.some(
        5,
        &[
            ("rewrite", rewrite),
            ("timeout", |d| json!(d.word(&["0.6s", "0s", "3s"]))),
            ("retries", retries),
            ("corsPolicy", cors),
            ("fault", fault),
        ],
    );
    put_all(&mut out, &more);
    if dice.chance(8) {
        put(&mut out, "mirror", json!({"host": "pay.shop.svc.cluster.local", "port": {"number": 80}}));
    }
    out
}
