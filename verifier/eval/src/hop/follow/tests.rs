//! Patches on a small gateway.

use super::*;
use mp_ir::mesh::{ListenerCondition, ProxyCondition};
use mp_ir::plan::{FilterChain, Listener, VirtualHost};

fn patch(apply_to: ApplyTo, operation: PatchOperation, sub_filter: Option<&str>, value: &str) -> EnvoyPatch {
    let chain = ChainCondition {
        filter: Some(MANAGER.to_owned()),
        sub_filter: sub_filter.map(str::to_owned),
        ..ChainCondition::default()
    };
    EnvoyPatch {
        apply_to,
        operation,
        context: None,
        proxy: ProxyCondition::default(),
        listener: Some(ListenerCondition { chain: Some(chain), ..ListenerCondition::default() }),
        route: None,
        cluster: None,
        value: Some(value.to_owned()),
        origin: None,
    }
}

fn lua(name: &str, operation: PatchOperation, sub_filter: Option<&str>) -> EnvoyPatch {
    let value = format!(
        r#"{{"name": "{name}", "typed_config": {{"@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
            "inlineCode": "-- {name}"}}}}"#
    );
    patch(ApplyTo::HttpFilter, operation, sub_filter, &value)
}

fn gateway(patches: Vec<EnvoyPatch>) -> Plan {
    let filters =
        vec![HttpFilter::Fault, HttpFilter::Cors, HttpFilter::Router { suppress_envoy_headers: false }];
    let forward = RouteAction::Forward(Box::default());
    let host =
        VirtualHost { routes: vec![Route { action: forward, ..Route::default() }], ..VirtualHost::default() };
    let table = RouteTable { virtual_hosts: vec![host], ..RouteTable::default() };
    let manager = HttpConnectionManager { filters, ..HttpConnectionManager::default() };
    let chain =
        FilterChain { filters: vec![NetworkFilter::Http(Box::new(manager))], ..FilterChain::default() };
    let listener = Listener { chains: vec![chain], direction: Direction::Outbound, ..Listener::default() };
    let mut plan = Plan { listeners: vec![listener], routes: vec![table], patches, ..Plan::default() };
    plan.proxy.kind = ProxyKind::Router;
    plan
}

fn the_manager(plan: &Plan) -> &HttpConnectionManager {
    match &plan.listeners[0].chains[0].filters[0] {
        NetworkFilter::Http(manager) => manager,
        other => panic!("{other:?}"),
    }
}

#[test]
fn scripts_take_their_places() {
    let router = Some("envoy.filters.http.router");
    // The order in which real Envoy ran them, of a listener that istiod made of these patches.
    let plan = follow(gateway(vec![
        lua("a", PatchOperation::InsertBefore, router),
        lua("b", PatchOperation::InsertFirst, None),
        lua("c", PatchOperation::InsertBefore, router),
        lua("d", PatchOperation::InsertAfter, Some("a")),
        lua("e", PatchOperation::InsertBefore, Some("envoy.filters.http.cors")),
    ]));
    assert!(plan.patches.is_empty());
    let names: Vec<&str> = the_manager(&plan).filters.iter().filter_map(named).collect();
    let wanted = [
        "b",
        "envoy.filters.http.fault",
        "e",
        "envoy.filters.http.cors",
        "a",
        "d",
        "c",
        "envoy.filters.http.router",
    ];
    assert_eq!(names, wanted);
}

#[test]
fn what_is_not_followed_stays_a_patch() {
    let context = r#"{"name": "x", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
        "inlineCode": "", "filter_context": {}}}"#;
    let manager = r#"{"typed_config": {"server_name": "s", "max_request_headers_kb": 1}}"#;
    let all = vec![
        patch(ApplyTo::HttpFilter, PatchOperation::InsertFirst, None, context),
        patch(ApplyTo::NetworkFilter, PatchOperation::Merge, None, manager),
        patch(ApplyTo::HttpRoute, PatchOperation::Merge, None, r#"{"route": {"cluster": "x"}}"#),
        // Its place among the filters is not known any more.
        lua("a", PatchOperation::InsertFirst, None),
    ];
    let plan = follow(gateway(all));
    assert_eq!(plan.patches.len(), 4);
    assert_eq!(the_manager(&plan).filters.len(), 3);
}

#[test]
fn fields_of_managers_and_routes_are_set() {
    let manager = r#"{"name": "x", "typed_config": {"@type": "x", "server_name": "patched",
        "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"}}}"#;
    let route = r#"{"route": {"timeout": "0.1s"}, "response_headers_to_add": [{"header": {"key": "k", "value": "v"},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}], "request_headers_to_remove": ["gone"]}"#;
    let plan = follow(gateway(vec![
        patch(ApplyTo::NetworkFilter, PatchOperation::Merge, None, manager),
        patch(ApplyTo::HttpRoute, PatchOperation::Merge, None, route),
    ]));
    assert!(plan.patches.is_empty());
    assert_eq!(the_manager(&plan).server_name, "patched");
    assert_eq!(the_manager(&plan).limits.underscores, Some(Underscores::Reject));
    let changed = &plan.routes[0].virtual_hosts[0].routes[0];
    let RouteAction::Forward(forward) = &changed.action else { panic!("{changed:?}") };
    assert_eq!(forward.timeout, Some(100_000_000));
    let added = HeaderValue { name: "k".to_owned(), value: "v".to_owned(), overwrite: true };
    assert_eq!(
        (&changed.headers.response_add, &changed.headers.request_remove),
        (&vec![added], &vec!["gone".to_owned()])
    );
}
