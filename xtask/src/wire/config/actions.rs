// tidy: table
//! Routes that forward.

use serde_json::{Value, json};

use super::clusters::Cluster;
use super::matches::header;
use super::{header_operations, one_of, put, put_all, several};
use crate::dice::Dice;

const PREDICATES: &str = "type.googleapis.com/envoy.extensions.retry.";
const REDIRECTS: &str = "type.googleapis.com/envoy.extensions.internal_redirect.";

/// A forwarding action, and whether every try goes to the same endpoint.
pub(super) fn forward(base: &str, clusters: &[Cluster], dice: &mut Dice) -> (Value, bool) {
    let mut out = dice.some(
        5,
        &[
            ("append_x_forwarded_host", |_| json!(true)),
            ("timeout", |d| json!(d.word(&["0s", "0.4s", "3s"]))),
            ("idle_timeout", |d| json!(d.word(&["0s", "0.4s"]))),
            ("max_stream_duration", |d| {
                d.some(
                    2,
                    &[
                        ("max_stream_duration", |d| json!(d.word(&["0.4s", "0s", "9s"]))),
                        ("grpc_timeout_header_max", |d| json!(d.word(&["0s", "0.3s"]))),
                    ],
                )
            }),
            ("max_grpc_timeout", |d| json!(d.word(&["0s", "0.3s"]))),
            ("retry_policy", retry),
            ("retry_policy", retry),
            ("request_mirror_policies", |d| json!([mirror(d)])),
            ("priority", |_| json!("HIGH")),
            ("upgrade_configs", |d| json!([{"upgrade_type": "websocket", "enabled": d.chance(2)}])),
            ("internal_redirect_policy", internal),
            ("cluster_not_found_response_code", |d| json!(d.word(&["NOT_FOUND", "INTERNAL_SERVER_ERROR"]))),
        ],
    );
    put_all(&mut out, &path(base, dice));
    put_all(&mut out, &host(dice));
    let fixed = cluster(&mut out, clusters, dice);
    if dice.chance(3) {
        put(&mut out, "hash_policy", several(3, dice, hash));
    }
    if dice.chance(12) {
        put(
            &mut out,
            "metadata_match",
            json!({"filter_metadata": {"envoy.lb": {"v": dice.word(&["1", "2", "3"])}}}),
        );
    }
    (out, fixed)
}

fn cluster(out: &mut Value, clusters: &[Cluster], dice: &mut Dice) -> bool {
    let Some(chosen) = dice.one(clusters) else { return false };
    let name = chosen.config.get("name").cloned().unwrap_or_default();
    match dice.below(12) {
        0 => {
            put(out, "cluster_header", json!(dice.word(&["x-cluster", "X-Cluster"])));
            false
        }
        1 => {
            put(out, "cluster", json!("missing"));
            true
        }
        2 | 3 => {
            let mut one = json!({"name": name, "weight": 100});
            put_all(&mut one, &header_operations(3, dice));
            if dice.chance(3) {
                put(&mut one, "host_rewrite_literal", json!("weight.example"));
            }
            let mut list = vec![one];
            if dice.chance(2) {
                list.push(json!({"name": "c0", "weight": 0}));
            }
            put(out, "weighted_clusters", json!({"clusters": list}));
            chosen.single
        }
        _ => {
            put(out, "cluster", name);
            chosen.single
        }
    }
}

fn path(base: &str, dice: &mut Dice) -> Value {
    dice.value(&[
        json!({}),
        json!({}),
        json!({}),
        json!({}),
        json!({"prefix_rewrite": "/re"}),
        json!({"prefix_rewrite": "/"}),
        json!({"prefix_rewrite": "/re/"}),
        json!({"prefix_rewrite": "/q?z=1"}),
        json!({"regex_rewrite": {"pattern": {"regex": format!("^{base}(/[^/]*)?")}, "substitution": "/rx\\1"}}),
        json!({"regex_rewrite": {"pattern": {"regex": "x"}, "substitution": "\\0\\\\y"}}),
        json!({"regex_rewrite": {"pattern": {"regex": "/.*"}, "substitution": ""}}),
    ])
}

fn host(dice: &mut Dice) -> Value {
    dice.value(&[
        json!({}),
        json!({}),
        json!({}),
        json!({"host_rewrite_literal": "lit.example:99"}),
        json!({"host_rewrite_header": "x-host"}),
        json!({"auto_host_rewrite": true}),
        json!({"host_rewrite_path_regex": {"pattern": {"regex": "^/([^/]*)/?([^/]*).*"}, "substitution": "\\2.\\1.example"}}),
    ])
}

/// A retry policy.
pub(super) fn retry(dice: &mut Dice) -> Value {
    const WORDS: &[&str] = &[
        "5xx",
        "gateway-error",
        "reset",
        "connect-failure",
        "retriable-4xx",
        "refused-stream",
        "retriable-status-codes",
        "retriable-headers",
        "reset-before-request",
        "envoy-ratelimited",
        "cancelled",
        "unavailable",
        "deadline-exceeded",
        "internal",
        "resource-exhausted",
        "5xx,reset,connect-failure",
        "retriable-status-codes,503",
        "http3-post-connect-failure",
    ];
    let mut out = dice.some(
        4,
        &[
            ("num_retries", |d| json!(d.number(0, 3))),
            ("num_retries", |d| json!(d.number(2, 3))),
            ("per_try_timeout", |d| json!(d.word(&["0.25s", "0s"]))),
            ("per_try_idle_timeout", |_| json!("0.25s")),
            ("retriable_status_codes", |d| json!([d.value(&[json!(404), json!(418), json!(200), json!(409)]), 503])),
            ("retriable_headers", |_| json!([{"name": "x-retry-me", "present_match": true}])),
            ("retriable_request_headers", |d| several(2, d, header)),
            ("host_selection_retry_max_attempts", |d| json!(d.number(1, 4))),
            ("retry_host_predicate", |_| {
                json!([{"name": "p", "typed_config": {"@type": format!("{PREDICATES}host.previous_hosts.v3.PreviousHostsPredicate")}}])
            }),
            ("retry_priority", |d| {
                json!({"name": "p", "typed_config":
                    {"@type": format!("{PREDICATES}priority.previous_priorities.v3.PreviousPrioritiesConfig"), "update_frequency": d.number(1, 2)}})
            }),
            ("rate_limited_retry_back_off", |_| {
                json!({"reset_headers": [{"name": "retry-after", "format": "SECONDS"}, {"name": "x-reset", "format": "UNIX_TIMESTAMP"}],
                    "max_interval": "0.1s"})
            }),
        ],
    );
    put(&mut out, "retry_on", json!(dice.word(WORDS)));
    put(&mut out, "retry_back_off", json!({"base_interval": "0.005s", "max_interval": "0.01s"}));
    out
}

/// A mirror to a cluster.
pub(super) fn mirror(dice: &mut Dice) -> Value {
    let mut out = json!({"cluster": dice.word(&["c0", "c1", "missing"])});
    put_all(
        &mut out,
        &dice.some(
            3,
            &[
                ("disable_shadow_host_suffix_append", |_| json!(true)),
                (
                    "runtime_fraction",
                    |d| json!({"default_value": {"numerator": if d.chance(2) { 0 } else { 100 }}}),
                ),
            ],
        ),
    );
    out
}

fn hash(dice: &mut Dice) -> Value {
    let mut out = one_of(
        dice,
        &[
            ("header", |d| json!({"header_name": d.word(&["x-user", "X-A"])})),
            (
                "header",
                |_| json!({"header_name": "x-user", "regex_rewrite": {"pattern": {"regex": "-.*"}, "substitution": ""}}),
            ),
            ("query_parameter", |_| json!({"name": "q"})),
            ("cookie", |d| {
                let mut out = json!({"name": d.word(&["sid", "a"])});
                put_all(
                    &mut out,
                    &d.some(
                        2,
                        &[
                            ("ttl", |d| json!(d.word(&["0s", "60s"]))),
                            ("path", |d| json!(d.word(&["/", "/p"]))),
                            ("attributes", |_| json!([{"name": "SameSite", "value": "Strict"}, {"name": "Secure", "value": ""}])),
                        ],
                    ),
                );
                out
            }),
            ("connection_properties", |_| json!({"source_ip": true})),
        ],
    );
    if dice.chance(3) {
        put(&mut out, "terminal", json!(true));
    }
    out
}

fn internal(dice: &mut Dice) -> Value {
    let mut out = dice.some(
        2,
        &[
            ("max_internal_redirects", |d| json!(d.number(0, 3))),
            ("redirect_response_codes", |d| {
                json!([301, d.value(&[json!(302), json!(303), json!(307), json!(308)])])
            }),
            ("allow_cross_scheme_redirect", |_| json!(true)),
            ("response_headers_to_copy", |_| json!(["x-up", "X-Copy"])),
        ],
    );
    let names = ["previous_routes.v3.PreviousRoutesConfig", "safe_cross_scheme.v3.SafeCrossSchemeConfig"];
    if dice.chance(2) {
        let name = dice.word(&names);
        put(
            &mut out,
            "predicates",
            json!([{"name": "p", "typed_config": {"@type": format!("{REDIRECTS}{name}")}}]),
        );
    }
    out
}
