use mp_ir::mesh::{
    ChainCondition, ClusterCondition, ListenerCondition, ProxyCondition, RouteCondition, VirtualHostCondition,
};
use serde_json::json;

use super::*;

fn patch(apply_to: ApplyTo, operation: PatchOperation, value: Value) -> EnvoyPatch {
    EnvoyPatch {
        apply_to,
        operation,
        context: None,
        proxy: ProxyCondition::default(),
        listener: None,
        route: None,
        cluster: None,
        value: (!value.is_null()).then(|| value.to_string()),
        origin: None,
    }
}

fn resource_of(message: &str, fields: Value) -> Value {
    let mut out = json!({"@type": format!("type.googleapis.com/envoy.config.{message}")});
    for (key, value) in fields.as_object().unwrap() {
        out[key] = value.clone();
    }
    out
}

fn cluster(name: &str) -> Value {
    resource_of("cluster.v3.Cluster", json!({"name": name, "connectTimeout": "10s"}))
}

/// A listener with one chain that speaks HTTP, its table asked for by name.
fn listener(name: &str, port: u32) -> Value {
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "rds": {"configSource": {"ads": {}}, "routeConfigName": "80"},
        "httpFilters": [{"name": "a"}, {"name": "router"}],
    });
    let filters = json!([{"name": "first"}, {"name": "envoy.filters.network.http_connection_manager", "typedConfig": manager}]);
    let address = json!({"socketAddress": {"address": "0.0.0.0", "portValue": port}});
    resource_of(
        "listener.v3.Listener",
        json!({"name": name, "address": address, "filterChains": [{"name": "chain", "filters": filters}]}),
    )
}

fn table() -> Value {
    let host = json!({"name": "web:80", "domains": ["web"], "routes": [{"name": "one", "match": {"prefix": "/"}, "route": {"cluster": "c"}}]});
    resource_of("route.v3.RouteConfiguration", json!({"name": "80", "virtualHosts": [host]}))
}

fn apply_all(patches: Vec<EnvoyPatch>) -> XdsSnapshot {
    let mut snapshot = XdsSnapshot {
        lds: vec![listener("0.0.0.0_80", 80)],
        cds: vec![cluster("outbound|80|v1|web.shop"), cluster("inbound|8080||")],
        rds: vec![table()],
        ..XdsSnapshot::default()
    };
    apply(&Plan { patches, ..Plan::default() }, &mut snapshot).unwrap();
    snapshot
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect()
}

fn network_filters(snapshot: &XdsSnapshot) -> Vec<&str> {
    names(&snapshot.lds[0]["filterChains"][0]["filters"])
}

fn http_filters(snapshot: &XdsSnapshot) -> Vec<&str> {
    names(&snapshot.lds[0]["filterChains"][0]["filters"][1]["typedConfig"]["httpFilters"])
}

/// A patch of HTTP filters, beside the named one.
fn http(operation: PatchOperation, beside: Option<&str>, value: Value) -> EnvoyPatch {
    let chain = ChainCondition {
        filter: Some("envoy.filters.network.http_connection_manager".to_owned()),
        sub_filter: beside.map(str::to_owned),
        ..ChainCondition::default()
    };
    let listener = ListenerCondition { chain: Some(chain), ..ListenerCondition::default() };
    EnvoyPatch { listener: Some(listener), ..patch(ApplyTo::HttpFilter, operation, value) }
}

#[test]
fn clusters_are_found_by_the_parts_of_their_names() {
    let slow = |condition: ClusterCondition| {
        let merge = patch(ApplyTo::Cluster, PatchOperation::Merge, json!({"connect_timeout": "1s"}));
        let done = apply_all(vec![EnvoyPatch { cluster: Some(condition), ..merge }]);
        done.cds.iter().filter(|c| c["connectTimeout"] == "1s").count()
    };
    let any = ClusterCondition::default;
    assert_eq!(slow(any()), 2);
    assert_eq!(slow(ClusterCondition { subset: "v1".into(), ..any() }), 1);
    assert_eq!(slow(ClusterCondition { service: "web.shop".into(), port: 80, ..any() }), 1);
    assert_eq!(slow(ClusterCondition { service: "web.shop".into(), port: 81, ..any() }), 0);
    assert_eq!(slow(ClusterCondition { name: "inbound|8080||".into(), service: "x".into(), ..any() }), 1);
}

#[test]
fn a_context_is_a_side_of_the_proxy() {
    let remove = |context| {
        let patch = patch(ApplyTo::Cluster, PatchOperation::Remove, Value::Null);
        let done = apply_all(vec![EnvoyPatch { context, ..patch }]);
        done.cds.iter().map(|c| name(c).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(remove(Some(PatchContext::SidecarInbound)), ["outbound|80|v1|web.shop"]);
    assert_eq!(remove(Some(PatchContext::SidecarOutbound)), ["inbound|8080||"]);
    assert_eq!(remove(Some(PatchContext::Gateway)).len(), 2);
    assert_eq!(remove(None), [""; 0]);
}

#[test]
fn whole_resources_are_added_once_and_noted() {
    let add = patch(ApplyTo::Cluster, PatchOperation::Add, json!({"name": "mine"}));
    let span = mp_ir::base::Span::default();
    let done = apply_all(vec![EnvoyPatch { origin: Some(span), ..add }]);
    assert_eq!(done.cds.iter().filter(|c| c["name"] == "mine").count(), 1);
    assert_eq!(done.patched.of("clusters", "mine"), [span]);
    assert!(done.patched.of("clusters", "inbound|8080||").is_empty());
}

#[test]
fn http_filters_are_put_beside_others() {
    let new = || json!({"name": "new"});
    let put = |operation, beside| {
        let done = apply_all(vec![http(operation, beside, new())]);
        http_filters(&done).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(put(PatchOperation::InsertFirst, None), ["new", "a", "router"]);
    assert_eq!(put(PatchOperation::InsertBefore, Some("router")), ["a", "new", "router"]);
    assert_eq!(put(PatchOperation::InsertAfter, Some("a")), ["a", "new", "router"]);
    assert_eq!(put(PatchOperation::InsertBefore, Some("absent")), ["a", "router"]);
    assert_eq!(put(PatchOperation::Replace, Some("a")), ["new", "router"]);
    assert_eq!(put(PatchOperation::Add, None), ["a", "router", "new"]);
    let removed = apply_all(vec![http(PatchOperation::Remove, Some("a"), Value::Null)]);
    assert_eq!(http_filters(&removed), ["router"]);
}

#[test]
fn listeners_are_found_by_name_and_port() {
    let put = |condition: ListenerCondition| {
        let first = patch(ApplyTo::NetworkFilter, PatchOperation::InsertFirst, json!({"name": "new"}));
        let done = apply_all(vec![EnvoyPatch { listener: Some(condition), ..first }]);
        network_filters(&done).contains(&"new")
    };
    let any = ListenerCondition::default;
    assert!(put(any()));
    assert!(put(ListenerCondition { port: 80, ..any() }));
    assert!(!put(ListenerCondition { port: 81, ..any() }));
    assert!(!put(ListenerCondition { name: "virtualInbound".into(), ..any() }));
    let chain = |name: &str| Some(ChainCondition { name: name.into(), ..ChainCondition::default() });
    assert!(put(ListenerCondition { chain: chain("chain"), ..any() }));
    assert!(!put(ListenerCondition { chain: chain("other"), ..any() }));
}

#[test]
fn a_table_is_asked_for_by_its_first_name() {
    let rename = |from: &str| EnvoyPatch {
        route: Some(RouteCondition { name: from.to_owned(), ..RouteCondition::default() }),
        ..patch(ApplyTo::RouteConfiguration, PatchOperation::Merge, json!({"name": "renamed"}))
    };
    // What istiod's own code sends is the renamed table.
    assert_eq!(name(&apply_all(vec![rename("80")]).rds[0]), "renamed");
    assert_eq!(name(&apply_all(vec![rename("81")]).rds[0]), "80");
}

#[test]
fn routes_are_found_by_host_and_name() {
    let merge = |host: &str, route: Option<(&str, &str)>| {
        let condition = VirtualHostCondition {
            name: host.to_owned(),
            route: route.map(|(name, action)| (name.to_owned(), action.to_owned())),
            ..VirtualHostCondition::default()
        };
        let route = RouteCondition { virtual_host: Some(condition), ..RouteCondition::default() };
        let patch = patch(ApplyTo::HttpRoute, PatchOperation::Merge, json!({"route": {"timeout": "3s"}}));
        let done = apply_all(vec![EnvoyPatch { route: Some(route), ..patch }]);
        done.rds[0]["virtualHosts"][0]["routes"][0]["route"]["timeout"] == "3s"
    };
    assert!(merge("web:80", None));
    assert!(merge("web:80", Some(("one", "ROUTE"))));
    assert!(!merge("web:80", Some(("two", "ROUTE"))));
    assert!(!merge("web:80", Some(("one", "REDIRECT"))));
    assert!(!merge("api:80", None));
}

#[test]
fn lists_grow_or_are_replaced() {
    let domains = |operation| {
        let patch = patch(ApplyTo::VirtualHost, operation, json!({"domains": ["more"]}));
        let done = apply_all(vec![patch]);
        done.rds[0]["virtualHosts"][0]["domains"].clone()
    };
    assert_eq!(domains(PatchOperation::Merge), json!(["web", "more"]));
    assert_eq!(domains(PatchOperation::MergeReplaceLists), json!(["more"]));
}

#[test]
fn values_that_do_not_fit_change_nothing_and_are_named() {
    let plan = |value: Value| Plan {
        patches: vec![patch(ApplyTo::Cluster, PatchOperation::Merge, value)],
        ..Plan::default()
    };
    let reasons = |value: Value| unused(&plan(value)).into_iter().map(|one| one.reason).collect::<Vec<_>>();
    assert!(reasons(json!({"connect_timeout": "soon"}))[0].contains("is no Cluster"));
    let stray = reasons(json!({"load_assignment": {"endpoints": [{"lb_endpoint": []}]}}));
    assert!(stray[0].contains("`load_assignment.endpoints.lb_endpoint`"), "{stray:?}");
    assert!(reasons(json!({"connect_timeout": "1s"})).is_empty());
    assert!(reasons(Value::Null)[0].contains("no value"));
    let done =
        apply_all(vec![patch(ApplyTo::Cluster, PatchOperation::Merge, json!({"connect_timeout": "soon"}))]);
    assert!(done.cds.iter().all(|c| c["connectTimeout"] == "10s"));
}

/// A chain with routes of its own.
fn routed(name: &str, fields: Value) -> Value {
    let mut table = json!({"name": name, "virtualHosts": []});
    for (key, value) in fields.as_object().unwrap() {
        table[key] = value.clone();
    }
    let config = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "routeConfig": table,
    });
    json!({"name": name, "filters": [{"name": "envoy.filters.network.http_connection_manager", "typedConfig": config}]})
}

/// Patches of every kind in every context that a waypoint may meet.
fn everywhere() -> Vec<EnvoyPatch> {
    let contexts = [
        None,
        Some(PatchContext::SidecarInbound),
        Some(PatchContext::SidecarOutbound),
        Some(PatchContext::Waypoint),
    ];
    let mut patches = Vec::new();
    for (at, context) in contexts.into_iter().enumerate() {
        let (new, headers) =
            (json!({"name": format!("new-{at}")}), json!({"requestHeadersToRemove": [format!("x-{at}")]}));
        for (what, operation, value) in [
            (ApplyTo::Listener, PatchOperation::Add, &new),
            (ApplyTo::Cluster, PatchOperation::Add, &new),
            (ApplyTo::Cluster, PatchOperation::Merge, &json!({"perConnectionBufferLimitBytes": at + 1})),
            (ApplyTo::RouteConfiguration, PatchOperation::Merge, &headers),
        ] {
            patches.push(EnvoyPatch { context, ..patch(what, operation, value.clone()) });
        }
    }
    patches
}

#[test]
fn what_a_waypoint_has_is_patched_as_inbound() {
    let chains = [
        routed("default", json!({"maxDirectResponseBodySizeBytes": 5})),
        routed("virtual-service", json!({})),
    ];
    let main = resource_of("listener.v3.Listener", json!({"name": "main_internal", "filterChains": chains}));
    let patches = everywhere();
    let proxy = mp_ir::plan::ProxyView { kind: ProxyKind::Waypoint, ..Plan::default().proxy };
    let cds = vec![cluster("inbound-vip|80|http|web.shop"), cluster("outbound|80||web.shop")];
    let mut snapshot = XdsSnapshot { lds: vec![main], cds, ..XdsSnapshot::default() };
    apply(&Plan { patches, proxy, ..Plan::default() }, &mut snapshot).unwrap();
    assert_eq!(names(&json!(snapshot.lds)), ["main_internal", "new-0", "new-1", "new-2"]);
    assert_eq!(
        names(&json!(snapshot.cds)),
        ["inbound-vip|80|http|web.shop", "new-1", "outbound|80||web.shop"]
    );
    let buffers: Vec<&Value> = snapshot.cds.iter().map(|one| &one["perConnectionBufferLimitBytes"]).collect();
    assert_eq!(buffers, [&Value::Null, &Value::Null, &json!(3)]);
    let removed = |at: usize| {
        &snapshot.lds[0]["filterChains"][at]["filters"][0]["typedConfig"]["routeConfig"]["requestHeadersToRemove"]
    };
    assert_eq!((removed(0), removed(1)), (&json!(["x-0", "x-1"]), &Value::Null));
}
