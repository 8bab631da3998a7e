//! Bootstraps that nobody wrote down: listeners, routes and clusters whose fields have random values, with requests for each route.

mod actions;
mod clusters;
mod managers;
mod matches;
mod requests;

use serde_json::{Map, Value, json};

use crate::dice::Dice;

/// Listeners of a bootstrap, at the first ports.
const LISTENERS: usize = 8;
/// Routes of a listener.
const ROUTES: usize = 10;
/// Clusters that routes choose from.
const CLUSTERS: usize = 14;

/// A bootstrap with its scenarios.
pub(super) struct Made {
    pub(super) bootstrap: Value,
    pub(super) scenarios: Vec<Value>,
}

/// What a request may want to know of its route.
struct Route {
    /// The listener's port.
    port: usize,
    /// The part of the path that no other route has.
    base: String,
    config: Value,
    /// Whether every try goes to the same endpoint.
    fixed: bool,
}

/// The bootstrap of a seed, with about so many scenarios.
pub(super) fn make(seed: u64, size: usize) -> Made {
    let mut dice = Dice(seed.wrapping_mul(0x9e6d_62d0_6f6a_9a9b));
    let clusters: Vec<clusters::Cluster> =
        (0..CLUSTERS).map(|number| clusters::cluster(number, &mut dice)).collect();
    let mut routes = Vec::new();
    let listeners: Vec<Value> =
        (0..LISTENERS).map(|port| listener(port, &clusters, &mut routes, &mut dice)).collect();
    let all: Vec<&Value> = clusters.iter().map(|cluster| &cluster.config).collect();
    let bootstrap = json!({
        "node": {"id": "n", "cluster": "c"},
        "admin": {"address": address("@99@")},
        "static_resources": {"listeners": listeners, "clusters": all},
    });
    let mut scenarios = Vec::new();
    for number in 0..size {
        let Some(route) = routes.get(number % routes.len().max(1)) else { continue };
        let mut scenario = requests::request(route, &mut dice);
        put(&mut scenario, "id", json!(format!("config_{seed}_{number}")));
        put(&mut scenario, "group", json!("config"));
        scenarios.push(scenario);
    }
    Made { bootstrap, scenarios }
}

/// The fields of a bootstrap that a scenario touches: its connection manager, its route and the clusters that it names.
pub(super) fn part(bootstrap: &Value, scenario: &Value) -> Value {
    let port = scenario.get("port").and_then(Value::as_u64).unwrap_or_default();
    let manager = bootstrap
        .pointer(&format!("/static_resources/listeners/{port}/filter_chains/0/filters/0/typed_config"));
    let mut manager = manager.cloned().unwrap_or_default();
    let name = scenario.get("route").and_then(Value::as_str).unwrap_or_default();
    let routes = manager.pointer_mut("/route_config/virtual_hosts/0/routes").and_then(Value::as_array_mut);
    if let Some(routes) = routes {
        routes.retain(|route| route.get("name").and_then(Value::as_str) == Some(name));
    }
    put(&mut manager, "access_log", Value::Null);
    let text = manager.to_string();
    let clusters = bootstrap.pointer("/static_resources/clusters").and_then(Value::as_array);
    let named = |cluster: &&Value| {
        text.contains(&format!("\"{}\"", cluster.get("name").and_then(Value::as_str).unwrap_or_default()))
    };
    let clusters: Vec<&Value> = clusters.into_iter().flatten().filter(named).collect();
    json!({"manager": manager, "clusters": clusters})
}

fn listener(port: usize, clusters: &[clusters::Cluster], routes: &mut Vec<Route>, dice: &mut Dice) -> Value {
    let mut listed = Vec::new();
    for number in 0..ROUTES {
        let base = format!("/r{}", port * ROUTES + number);
        let route = matches::route(&base, clusters, dice);
        listed.push(route.config.clone());
        listed.push(json!({
            "name": format!("behind {base}"),
            "match": {"prefix": base},
            "direct_response": {"status": 299, "body": {"inline_string": format!("behind {base}")}},
        }));
        routes.push(Route { port, base, ..route });
    }
    let manager = managers::manager(port, &Value::from(listed), dice);
    json!({
        "name": format!("l{port}"),
        "address": address(&format!("@{port}@")),
        "filter_chains": [{"filters": [{"name": "hcm", "typed_config": manager}]}],
    })
}

/// A port of this machine; `@N@` stands for one of a run.
fn address(port: &str) -> Value {
    json!({"socket_address": {"address": "127.0.0.1", "port_value": port}})
}

/// Sets a field of an object.
fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// Sets fields of an object.
fn put_all(object: &mut Value, more: &Value) {
    if let (Some(fields), Some(more)) = (object.as_object_mut(), more.as_object()) {
        fields.extend(more.clone());
    }
}

/// Up to so many things.
fn several(most: u64, dice: &mut Dice, make: fn(&mut Dice) -> Value) -> Value {
    let count = dice.number(1, most);
    Value::from((0..count).map(|_| make(dice)).collect::<Vec<_>>())
}

/// Operations on headers, each once in so many times.
fn header_operations(of: u64, dice: &mut Dice) -> Value {
    dice.some(
        of,
        &[
            ("request_headers_to_add", |d| several(2, d, added)),
            ("request_headers_to_remove", |d| {
                json!([d.word(&["x-a", "X-B", "user-agent", "x-s", "x-cluster"])])
            }),
            ("response_headers_to_add", |d| several(2, d, added)),
            ("response_headers_to_remove", |d| {
                json!([d.word(&["x-up", "server", "x-camelcase", "date", "x-a"])])
            }),
        ],
    )
}

fn added(dice: &mut Dice) -> Value {
    let mut out = json!({"header": {
        "key": dice.word(&["x-a", "x-b", "X-S", "x-up", "user-agent", "location", "x-n"]),
        "value": dice.word(&["1", "", "%REQ(x-a)%", "%RESP(x-up)%", "%ROUTE_NAME%", "%UPSTREAM_CLUSTER%", "%REQ(:path)%", "%PROTOCOL%",
            "%RESPONSE_CODE%", "%RESPONSE_FLAGS%", "%UPSTREAM_REQUEST_ATTEMPT_COUNT%", "%RESPONSE_CODE_DETAILS%", "%REQ(x-no?x-a):3%"]),
    }});
    put_all(
        &mut out,
        &dice.some(
            3,
            &[
                ("append_action", |d| {
                    json!(d.word(&[
                        "APPEND_IF_EXISTS_OR_ADD",
                        "ADD_IF_ABSENT",
                        "OVERWRITE_IF_EXISTS_OR_ADD",
                        "OVERWRITE_IF_EXISTS"
                    ]))
                }),
                ("keep_empty_value", |_| json!(true)),
            ],
        ),
    );
    out
}

/// An object with one of some fields.
fn one_of(dice: &mut Dice, fields: &[crate::dice::Field]) -> Value {
    let mut out = Map::new();
    if let Some((name, make)) = dice.one(fields) {
        out.insert((*name).to_owned(), make(dice));
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself() {
        let (one, same, other) = (make(3, 90), make(3, 90), make(4, 90));
        assert_eq!((&one.bootstrap, &one.scenarios), (&same.bootstrap, &same.scenarios));
        assert_ne!(one.bootstrap, other.bootstrap);
        assert_eq!(one.scenarios.len(), 90);
    }

    #[test]
    fn a_part_has_the_route_of_its_request() {
        let made = make(5, 20);
        for scenario in &made.scenarios {
            let part = part(&made.bootstrap, scenario);
            let routes =
                part.pointer("/manager/route_config/virtual_hosts/0/routes").and_then(Value::as_array);
            assert_eq!(routes.map(Vec::len), Some(1), "{scenario}");
        }
    }
}
