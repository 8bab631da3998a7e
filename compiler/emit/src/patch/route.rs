//! Patches on route tables, virtual hosts and routes (`rc_patch.go`).

use std::collections::HashSet;

use mp_ir::mesh::{ApplyTo, PatchContext, PatchOperation, RouteCondition, VirtualHostCondition};
use serde_json::Value;

use super::{Fields, Patches, Ready, edit, name, text, with_list};

/// Patches one table.
pub(super) fn table(patches: Patches<'_>, table: &mut Fields) {
    for ready in patches.of(ApplyTo::RouteConfiguration) {
        if let Some(lists) = ready.merges().filter(|_| table_fits(patches, table, ready)) {
            ready.merge_into(table, lists);
        }
    }
    let whole = table.clone();
    with_list(table, "virtualHosts", |hosts| {
        let mut removed = HashSet::new();
        for host in hosts.iter_mut() {
            if !virtual_host(patches, &whole, host) {
                removed.insert(name(host).to_owned());
            }
        }
        let added =
            patches.of(ApplyTo::VirtualHost).filter(|ready| ready.patch.operation == PatchOperation::Add);
        let added = added.filter(|ready| table_fits(patches, &whole, ready));
        hosts.extend(added.map(|ready| {
            ready.used.set(true);
            Value::Object(ready.value.clone())
        }));
        hosts.retain(|host| !removed.contains(name(host)));
    });
}

/// False when the virtual host is removed.
fn virtual_host(patches: Patches<'_>, table: &Fields, host: &mut Value) -> bool {
    for ready in patches.of(ApplyTo::VirtualHost) {
        let Some(fields) = host.as_object_mut() else { return true };
        if !table_fits(patches, table, ready) || !host_fits(fields, ready) {
            continue;
        }
        match ready.patch.operation {
            PatchOperation::Remove => return false,
            PatchOperation::Replace => {
                ready.used.set(true);
                *host = Value::Object(ready.value.clone());
            }
            _ => {
                if let Some(lists) = ready.merges() {
                    ready.merge_into(fields, lists);
                }
            }
        }
    }
    if let Some(fields) = host.as_object_mut() {
        routes(patches, table, fields);
    }
    true
}

fn routes(patches: Patches<'_>, table: &Fields, host: &mut Fields) {
    let here: Vec<&Ready<'_>> = patches
        .of(ApplyTo::HttpRoute)
        .filter(|ready| table_fits(patches, table, ready) && host_fits(host, ready))
        .collect();
    with_list(host, "routes", |list| {
        list.retain_mut(|route| route.as_object_mut().is_none_or(|route| patch_route(&here, route)));
        here.iter().for_each(|ready| add_route(list, ready));
    });
}

/// False when the route is removed.
fn patch_route(here: &[&Ready<'_>], route: &mut Fields) -> bool {
    for ready in here {
        if !route_fits(route, ready) {
            continue;
        }
        if ready.patch.operation == PatchOperation::Remove {
            return false;
        }
        if let Some(lists) = ready.merges() {
            ready.merge_into(route, lists);
        }
    }
    true
}

fn add_route(list: &mut Vec<Value>, ready: &Ready<'_>) {
    let named = wanted_route(ready).is_some();
    let is_wanted = |route: &Value| route.as_object().is_some_and(|route| route_fits(route, ready));
    match ready.patch.operation {
        PatchOperation::Add | PatchOperation::InsertAfter | PatchOperation::InsertBefore => {
            edit(list, ready, named.then_some(&is_wanted as _));
        }
        PatchOperation::InsertFirst if !named || list.iter().any(is_wanted) => edit(list, ready, None),
        _ => {}
    }
}

fn wanted_host<'a>(ready: &'a Ready<'_>) -> Option<&'a VirtualHostCondition> {
    ready.patch.route.as_ref()?.virtual_host.as_ref()
}

fn wanted_route<'a>(ready: &'a Ready<'_>) -> Option<&'a (String, String)> {
    wanted_host(ready)?.route.as_ref()
}

fn table_fits(patches: Patches<'_>, table: &Fields, ready: &Ready<'_>) -> bool {
    let Some(wanted) = &ready.patch.route else { return true };
    let name = text(table, "name");
    if !wanted.name.is_empty() && wanted.name != name {
        return false;
    }
    if patches.context == PatchContext::Gateway {
        return gateway_fits(patches, name, wanted);
    }
    wanted.port == 0 || wanted.port == sidecar_port(name)
}

/// The port in the name of a sidecar's table; 0 where there is none (`getListenerPortFromName`).
fn sidecar_port(name: &str) -> u32 {
    let port = if name.starts_with("inbound") { name.split('|').nth(1).unwrap_or_default() } else { name };
    port.parse().unwrap_or_default()
}

fn gateway_fits(patches: Patches<'_>, name: &str, wanted: &RouteCondition) -> bool {
    let (port, port_name, gateway) = gateway_name(name);
    let ports = patches.plan.gateway_ports.get(&port);
    (wanted.port_name.is_empty() || wanted.port_name == port_name)
        && (wanted.gateway.is_empty() || wanted.gateway == gateway)
        && (wanted.port == 0 || ports.map_or(port == wanted.port, |ports| ports.contains(&wanted.port)))
}

/// Port, name of the port and Gateway of a gateway's table (`ParseGatewayRDSRouteName`).
fn gateway_name(name: &str) -> (u32, &str, String) {
    if let Some(port) = name.strip_prefix("http.") {
        return (port.parse().unwrap_or_default(), "", String::new());
    }
    let parts: Vec<&str> = name.split('.').collect();
    match parts.as_slice() {
        ["https", port, port_name, gateway, namespace] => {
            (port.parse().unwrap_or_default(), port_name, format!("{namespace}/{gateway}"))
        }
        _ => (0, "", String::new()),
    }
}

fn host_fits(host: &Fields, ready: &Ready<'_>) -> bool {
    let Some(wanted) = wanted_host(ready) else { return true };
    let domains = host.get("domains").and_then(Value::as_array);
    (wanted.name.is_empty() || wanted.name == text(host, "name"))
        && (wanted.domain.is_empty()
            || domains.is_some_and(|list| list.iter().any(|one| *one == wanted.domain)))
}

fn route_fits(route: &Fields, ready: &Ready<'_>) -> bool {
    let Some((name, action)) = wanted_route(ready) else { return true };
    if !name.is_empty() && name != text(route, "name") {
        return false;
    }
    let is = [("route", "ROUTE"), ("redirect", "REDIRECT"), ("directResponse", "DIRECT_RESPONSE")];
    let found = is.iter().find(|(key, _)| route.contains_key(*key));
    action.is_empty() || action == "ANY" || found.is_none_or(|(_, word)| word == action)
}
