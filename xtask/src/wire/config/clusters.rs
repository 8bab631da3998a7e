// tidy: table
//! Clusters.

use serde_json::{Value, json};

use super::{address, put, put_all};
use crate::dice::Dice;

/// A cluster, and whether it has one endpoint alone.
pub(super) struct Cluster {
    pub(super) config: Value,
    pub(super) single: bool,
}

/// Ports of upstreams that speak either protocol; nobody listens at the last one.
const PORTS: [&str; 7] = ["@80@", "@81@", "@82@", "@85@", "@86@", "@87@", "@89@"];
const OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/// A cluster; the first two are plain ones.
pub(super) fn cluster(number: usize, dice: &mut Dice) -> Cluster {
    let name = format!("c{number}");
    if number < 2 {
        let port = PORTS.get(number).copied().unwrap_or_default();
        let group = json!({"lb_endpoints": [{"endpoint": {"address": address(port)}}]});
        let assignment = json!({"cluster_name": name, "endpoints": [group]});
        return Cluster { config: json!({"name": name, "load_assignment": assignment}), single: true };
    }
    let mut config = dice.some(4, FIELDS);
    put(&mut config, "name", json!(name));
    put(&mut config, "connect_timeout", json!("1s"));
    let policy = dice.word(&["ROUND_ROBIN", "LEAST_REQUEST", "RANDOM", "RING_HASH", "MAGLEV"]);
    put(&mut config, "lb_policy", json!(policy));
    let (groups, count) = endpoints(dice);
    let mut assignment = json!({"cluster_name": name, "endpoints": groups});
    if dice.chance(6) {
        put(
            &mut assignment,
            "policy",
            json!({"overprovisioning_factor": dice.value(&[json!(100), json!(200)])}),
        );
    }
    put(&mut config, "load_assignment", assignment);
    options(&mut config, dice);
    Cluster { config, single: count <= 1 }
}

fn endpoints(dice: &mut Dice) -> (Vec<Value>, u64) {
    let count = *dice.one(&[0, 1, 1, 1, 1, 1, 2, 3]).unwrap_or(&1);
    if count < 2 {
        let all: Vec<Value> = (0..count).map(|_| endpoint(8, dice)).collect();
        return (vec![json!({"locality": {"zone": "z"}, "lb_endpoints": all})], count);
    }
    let groups = (0..dice.number(1, 3)).map(|number| {
        let all: Vec<Value> = (0..count).map(|_| endpoint(5, dice)).collect();
        let mut group = json!({"locality": {"zone": format!("z{number}")}, "lb_endpoints": all, "load_balancing_weight": dice.number(1, 3)});
        if number > 0 && dice.chance(2) {
            put(&mut group, "priority", json!(1));
        }
        group
    });
    (groups.collect(), count)
}

fn endpoint(of: u64, dice: &mut Dice) -> Value {
    let mut address = json!({"address": address(dice.word(&PORTS))});
    if dice.chance(5) {
        put(&mut address, "hostname", json!(dice.word(&["ep.example", "ep2.example"])));
    }
    let mut out = json!({"endpoint": address});
    put_all(
        &mut out,
        &dice.some(
            of,
            &[
                ("health_status", |d| {
                    json!(d.word(&["HEALTHY", "UNHEALTHY", "DRAINING", "TIMEOUT", "DEGRADED"]))
                }),
                ("load_balancing_weight", |d| json!(d.number(1, 5))),
            ],
        ),
    );
    if dice.chance(2) {
        put(&mut out, "metadata", json!({"filter_metadata": {"envoy.lb": {"v": dice.word(&["1", "2"])}}}));
    }
    out
}

/// The protocol.
fn options(config: &mut Value, dice: &mut Dice) {
    let http = match dice.below(7) {
        0 | 1 => json!({"explicit_http_config": {"http2_protocol_options": {}}}),
        2 => {
            json!({"use_downstream_protocol_config": {"http_protocol_options": {}, "http2_protocol_options": {}}})
        }
        3 => {
            json!({"explicit_http_config": {"http_protocol_options": {"header_key_format": {"proper_case_words": {}}}}})
        }
        4 => {
            json!({"explicit_http_config": {"http_protocol_options": {}}, "common_http_protocol_options": {"max_requests_per_connection": 1}})
        }
        _ => return,
    };
    let mut http = http;
    put(&mut http, "@type", json!(format!("type.googleapis.com/{OPTIONS}")));
    put(config, "typed_extension_protocol_options", json!({OPTIONS: http}));
}

const FIELDS: &[crate::dice::Field] = &[
    ("common_lb_config", |d| {
        let mut out = d.value(&[
            json!({"locality_weighted_lb_config": {}}),
            json!({"zone_aware_lb_config": {"fail_traffic_on_panic": true}}),
            json!({}),
        ]);
        if d.chance(2) {
            put(
                &mut out,
                "healthy_panic_threshold",
                json!({"value": d.value(&[json!(0), json!(50), json!(100)])}),
            );
        }
        out
    }),
    ("circuit_breakers", |d| {
        let limits = d.some(
            4,
            &[
                ("max_connections", |_| json!(0)),
                ("max_pending_requests", |_| json!(0)),
                ("max_requests", |_| json!(0)),
                ("max_retries", |_| json!(0)),
                ("retry_budget", |d| {
                    json!({"budget_percent": {"value": d.value(&[json!(0), json!(100)])}, "min_retry_concurrency": d.value(&[json!(0), json!(5)])})
                }),
            ],
        );
        let mut limits = limits;
        put(&mut limits, "priority", json!(d.word(&["DEFAULT", "HIGH"])));
        json!({"thresholds": [limits]})
    }),
    ("lb_subset_config", |d| {
        let mut selector = json!({"keys": ["v"]});
        if d.chance(2) {
            put(
                &mut selector,
                "fallback_policy",
                json!(d.word(&["NOT_DEFINED", "NO_FALLBACK", "ANY_ENDPOINT", "DEFAULT_SUBSET"])),
            );
        }
        json!({
            "fallback_policy": d.word(&["NO_FALLBACK", "ANY_ENDPOINT", "DEFAULT_SUBSET"]),
            "default_subset": {"v": d.word(&["1", "2", "9"])},
            "subset_selectors": [selector],
        })
    }),
    ("max_requests_per_connection", |_| json!(1)),
];
