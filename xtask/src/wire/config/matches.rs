// tidy: table
//! What routes match, and routes that do not forward.

use serde_json::{Value, json};

use super::clusters::Cluster;
use super::{Route, actions, header_operations, one_of, put, put_all, several};
use crate::dice::Dice;

/// A route for paths that begin so.
pub(super) fn route(base: &str, clusters: &[Cluster], dice: &mut Dice) -> Route {
    let mut config = json!({"name": base, "match": matching(base, dice)});
    put_all(&mut config, &header_operations(6, dice));
    if dice.chance(8) {
        put(&mut config, "metadata", json!({"filter_metadata": {"a": {"b": "c"}}}));
    }
    let fixed = match dice.below(8) {
        0 | 1 => {
            put(&mut config, "redirect", redirect(dice));
            true
        }
        2 => {
            put(&mut config, "direct_response", direct(dice));
            true
        }
        _ => {
            let (action, fixed) = actions::forward(base, clusters, dice);
            put(&mut config, "route", action);
            fixed
        }
    };
    Route { port: 0, base: base.to_owned(), config, fixed }
}

fn matching(base: &str, dice: &mut Dice) -> Value {
    let mut out = match dice.below(8) {
        0 => json!({"path": format!("{base}/x")}),
        1 => json!({"path_separated_prefix": base}),
        2 => json!({"safe_regex": {"regex": format!("{base}(/.*)?")}}),
        3 => json!({"prefix": format!("{base}/")}),
        _ => json!({"prefix": base}),
    };
    let regex = out.get("safe_regex").is_some();
    put_all(
        &mut out,
        &dice.some(
            5,
            &[("headers", |d| several(2, d, header)), ("query_parameters", |d| several(2, d, query))],
        ),
    );
    if !regex && dice.chance(4) {
        put(&mut out, "case_sensitive", json!(false));
    }
    if dice.chance(14) {
        put(&mut out, "grpc", json!({}));
    }
    if dice.chance(14) {
        let parts = if dice.chance(2) { 0 } else { 100 };
        put(&mut out, "runtime_fraction", json!({"default_value": {"numerator": parts}}));
    }
    out
}

/// A matcher of texts.
pub(super) fn text(dice: &mut Dice) -> Value {
    let mut out = one_of(
        dice,
        &[
            ("exact", |d| json!(d.word(&["1", "one", "a,b", ""]))),
            ("prefix", |d| json!(d.word(&["1", "o", "a"]))),
            ("suffix", |d| json!(d.word(&["1", "e", "b"]))),
            ("contains", |d| json!(d.word(&["1", "n", ","]))),
            ("safe_regex", |d| json!({"regex": d.word(&["[0-9]+", ".*", "o.e", "a,b", ""])})),
        ],
    );
    if out.get("safe_regex").is_none() && dice.chance(4) {
        put(&mut out, "ignore_case", json!(true));
    }
    // Empty texts are not allowed but for exact ones.
    if out.pointer("/safe_regex/regex").is_some_and(|regex| regex == "") {
        out = json!({"safe_regex": {"regex": "x?"}});
    }
    out
}

/// A matcher of headers.
pub(super) fn header(dice: &mut Dice) -> Value {
    let mut out = one_of(
        dice,
        &[
            ("string_match", text),
            ("string_match", text),
            ("range_match", |_| json!({"start": 0, "end": 10})),
            ("present_match", |d| json!(d.chance(2))),
        ],
    );
    put(
        &mut out,
        "name",
        json!(dice.word(&["x-a", "X-B", "cookie", ":method", ":authority", "x-user", ":path"])),
    );
    put_all(
        &mut out,
        &dice.some(
            4,
            &[("invert_match", |_| json!(true)), ("treat_missing_header_as_empty", |_| json!(true))],
        ),
    );
    out
}

fn query(dice: &mut Dice) -> Value {
    let mut out = one_of(
        dice,
        &[("string_match", text), ("string_match", text), ("present_match", |d| json!(d.chance(2)))],
    );
    put(&mut out, "name", json!(dice.word(&["q", "k", "a b"])));
    out
}

fn direct(dice: &mut Dice) -> Value {
    let mut out = json!({"status": dice.value(&[json!(200), json!(204), json!(304), json!(404), json!(503), json!(599), json!(301)])});
    if dice.chance(2) {
        put(
            &mut out,
            "body",
            json!({"inline_string": dice.word(&["", "direct", "long direct body %REQ(x-a)%"])}),
        );
    }
    out
}

fn redirect(dice: &mut Dice) -> Value {
    let mut out = dice.some(
        3,
        &[
            ("host_redirect", |d| {
                json!(d.word(&["new.example", "new.example:81", "[::1]", "[::1]:82", "1.2.3.4"]))
            }),
            ("port_redirect", |d| d.value(&[json!(80), json!(443), json!(8443)])),
            ("strip_query", |_| json!(true)),
            ("response_code", |d| {
                json!(d.word(&[
                    "MOVED_PERMANENTLY",
                    "FOUND",
                    "SEE_OTHER",
                    "TEMPORARY_REDIRECT",
                    "PERMANENT_REDIRECT"
                ]))
            }),
        ],
    );
    let scheme = dice.value(&[
        json!({"https_redirect": true}),
        json!({"scheme_redirect": "http"}),
        json!({"scheme_redirect": "https"}),
        json!({"scheme_redirect": "ftp"}),
        json!({}),
        json!({}),
    ]);
    put_all(&mut out, &scheme);
    let path = dice.value(&[
        json!({"path_redirect": "/new"}),
        json!({"path_redirect": "/new?z=1"}),
        json!({"path_redirect": "new"}),
        json!({"prefix_rewrite": "/p"}),
        json!({"prefix_rewrite": "/"}),
        json!({"prefix_rewrite": "/p/?y=2"}),
        json!({"regex_rewrite": {"pattern": {"regex": "/r([0-9])"}, "substitution": "/n\\1\\1"}}),
        json!({"regex_rewrite": {"pattern": {"regex": "[?].*|x"}, "substitution": "-\\0-"}}),
        json!({}),
        json!({}),
    ]);
    put_all(&mut out, &path);
    out
}
