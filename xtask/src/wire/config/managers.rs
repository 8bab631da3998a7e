// tidy: table
//! Connection managers.

use serde_json::{Value, json};

use super::{header_operations, one_of, put, put_all};
use crate::dice::Dice;

const TYPE: &str = "type.googleapis.com/envoy.extensions.";
const LOG: &str = "%REQ(X-T)%|%RESPONSE_CODE%|%RESPONSE_FLAGS%|%RESPONSE_CODE_DETAILS%|%ROUTE_NAME%|%UPSTREAM_CLUSTER%|%PROTOCOL%|\
%BYTES_RECEIVED%|%BYTES_SENT%|%CONNECTION_TERMINATION_DETAILS%|%REQ(:PATH)%|%UPSTREAM_REQUEST_ATTEMPT_COUNT%|\
%UPSTREAM_TRANSPORT_FAILURE_REASON%|%REQ(X-ENVOY-ORIGINAL-PATH)%|%REQ(:AUTHORITY)%|%REQ(:SCHEME)%\n";

/// A connection manager with these routes behind every name.
pub(super) fn manager(port: usize, routes: &Value, dice: &mut Dice) -> Value {
    let mut host = json!({"name": "v", "domains": ["*"], "routes": routes});
    put_all(&mut host, &header_operations(5, dice));
    put_all(
        &mut host,
        &dice.some(
            4,
            &[
                ("include_request_attempt_count", |_| json!(true)),
                ("include_attempt_count_in_response", |_| json!(true)),
                ("retry_policy", super::actions::retry),
                ("request_mirror_policies", |d| json!([super::actions::mirror(d)])),
            ],
        ),
    );
    if dice.chance(10) {
        put(&mut host, "require_tls", json!(dice.word(&["ALL", "EXTERNAL_ONLY"])));
    }
    let mut config =
        json!({"name": format!("rc{port}"), "virtual_hosts": [host], "validate_clusters": false});
    put_all(&mut config, &header_operations(6, dice));
    put_all(
        &mut config,
        &dice.some(
            4,
            &[
                ("most_specific_header_mutations_wins", |_| json!(true)),
                ("internal_only_headers", |d| json!([d.word(&["x-a", "X-B", "x-user"])])),
                ("ignore_port_in_host_matching", |_| json!(true)),
            ],
        ),
    );
    let mut manager = dice.some(3, FIELDS);
    put_all(
        &mut manager,
        &json!({
            "@type": format!("{TYPE}filters.network.http_connection_manager.v3.HttpConnectionManager"),
            "stat_prefix": "x",
            "route_config": config,
            "http_filters": [{"name": "router", "typed_config": router(dice)}],
            "access_log": [{"name": "f", "typed_config": {
                "@type": format!("{TYPE}access_loggers.file.v3.FileAccessLog"),
                "path": "@DIR@/access.log",
                "log_format": {"text_format_source": {"inline_string": LOG}},
            }}],
        }),
    );
    manager
}

fn router(dice: &mut Dice) -> Value {
    let mut out = dice.some(8, &[("suppress_envoy_headers", |_| json!(true))]);
    put(&mut out, "@type", json!(format!("{TYPE}filters.http.router.v3.Router")));
    out
}

const FIELDS: &[crate::dice::Field] = &[
    ("use_remote_address", |_| json!(true)),
    ("xff_num_trusted_hops", |d| json!(d.number(0, 2))),
    ("skip_xff_append", |_| json!(true)),
    ("append_x_forwarded_port", |_| json!(true)),
    ("server_name", |d| json!(d.word(&["istio-envoy", "s"]))),
    ("server_header_transformation", |d| json!(d.word(&["OVERWRITE", "APPEND_IF_ABSENT", "PASS_THROUGH"]))),
    ("generate_request_id", |d| json!(d.chance(2))),
    ("preserve_external_request_id", |_| json!(true)),
    ("always_set_request_id_in_response", |_| json!(true)),
    ("forward_client_cert_details", |d| {
        json!(d.word(&["SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY"]))
    }),
    ("normalize_path", |_| json!(true)),
    ("merge_slashes", |_| json!(true)),
    ("path_with_escaped_slashes_action", |d| {
        json!(d.word(&["KEEP_UNCHANGED", "REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD"]))
    }),
    ("strip_matching_host_port", |_| json!(true)),
    ("strip_trailing_host_dot", |_| json!(true)),
    ("via", |d| json!(d.word(&["v", "envoy"]))),
    ("upgrade_configs", |d| json!([{"upgrade_type": d.word(&["websocket", "foo"])}])),
    ("common_http_protocol_options", |d| {
        d.some(
            2,
            &[
                ("headers_with_underscores_action", |d| {
                    json!(d.word(&["ALLOW", "REJECT_REQUEST", "DROP_HEADER"]))
                }),
                ("max_headers_count", |d| json!(d.number(6, 12))),
                ("max_requests_per_connection", |_| json!(1)),
            ],
        )
    }),
    ("http_protocol_options", |d| {
        d.some(
            2,
            &[
                ("accept_http_10", |_| json!(true)),
                ("default_host_for_http_10", |_| json!("ten.example")),
                ("header_key_format", |_| json!({"proper_case_words": {}})),
            ],
        )
    }),
    (
        "internal_address_config",
        |d| json!({"cidr_ranges": [{"address_prefix": d.word(&["127.0.0.0", "10.0.0.0"]), "prefix_len": 8}]}),
    ),
    ("request_timeout", |_| json!("0.3s")),
    ("stream_idle_timeout", |_| json!("0.4s")),
    ("request_headers_timeout", |_| json!("0.4s")),
    ("delayed_close_timeout", |_| json!("0.1s")),
    ("max_request_headers_kb", |_| json!(1)),
    ("http2_protocol_options", |d| {
        one_of(d, &[("max_concurrent_streams", |_| json!(1)), ("allow_connect", |_| json!(true))])
    }),
];
