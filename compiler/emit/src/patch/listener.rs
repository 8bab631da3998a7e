//! Patches on listeners, their chains and filters (`listener_patch.go`).

use mp_ir::mesh::{ApplyTo, ChainCondition, ListenerCondition, PatchContext, PatchOperation};
use mp_ir::plan::TunnelPart;
use serde_json::Value;

use super::{Fields, Patches, Ready, edit, merge_any, merge_extension, resource, route, text, with_list};

const HTTP: &str = "envoy.filters.network.http_connection_manager";
const HTTP_TYPE: &str =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
/// Listeners whose chains stand for ports of their own.
const VIRTUAL: [&str; 2] = ["virtualInbound", "virtualOutbound"];

/// Patches the listeners of one context, and adds to them.
pub(super) fn apply(patches: Patches<'_>, listeners: &mut Vec<Value>) {
    listeners.retain_mut(|listener| match listener.as_object_mut() {
        Some(fields) if is_here(patches, fields) => {
            let kept = patch_listener(patches, fields);
            patches.done("listeners", text(fields, "name"));
            kept
        }
        _ => true,
    });
    listeners.extend(
        patches.added(ApplyTo::Listener, "listeners").map(|value| resource(ApplyTo::Listener, value)),
    );
}

fn is_here(patches: Patches<'_>, listener: &Fields) -> bool {
    if patches.at_waypoint() {
        return patches.context == PatchContext::SidecarInbound;
    }
    let direction = text(listener, "trafficDirection");
    let inbound = direction == "INBOUND" || text(listener, "name") == TunnelPart::ConnectTerminate.name();
    // What opens tunnels is made when patches are done with.
    let opens = direction.is_empty() && listener.contains_key("internalListener");
    match patches.context {
        PatchContext::SidecarInbound => inbound,
        PatchContext::SidecarOutbound => !inbound && !opens,
        PatchContext::Gateway => !opens,
        PatchContext::Waypoint => false,
    }
}

/// False when the listener is removed.
fn patch_listener(patches: Patches<'_>, listener: &mut Fields) -> bool {
    // Tunnels are taken by a route that patches do not reach.
    let tunnels = text(listener, "name") == TunnelPart::ConnectTerminate.name();
    if patches.context == PatchContext::SidecarInbound && !tunnels {
        inline_routes(patches, listener);
    }
    for ready in patches.of(ApplyTo::Listener) {
        if !listener_fits(listener, ready) {
            continue;
        }
        if ready.patch.operation == PatchOperation::Remove {
            return false;
        }
        if let Some(lists) = ready.merges() {
            ready.merge_into(listener, lists);
        }
    }
    listener_filters(patches, listener);
    chains(patches, listener);
    true
}

/// The routes of inbound chains are patched before they become part of a listener; those that a waypoint has from VirtualServices are not, and
/// they alone have no limit for direct responses (`buildWaypointInboundHTTPRouteConfig`).
fn inline_routes(patches: Patches<'_>, listener: &mut Fields) {
    let chains = listener.get_mut("filterChains").and_then(Value::as_array_mut).into_iter().flatten();
    let filters = chains.filter_map(|chain| chain.get_mut("filters")?.as_array_mut()).flatten();
    let tables = filters.filter_map(|filter| filter.pointer_mut("/typedConfig/routeConfig")?.as_object_mut());
    let all = !patches.at_waypoint();
    let patched = tables.filter(|table| all || table.contains_key("maxDirectResponseBodySizeBytes"));
    patched.for_each(|table| route::table(patches, table));
}

fn listener_filters(patches: Patches<'_>, listener: &mut Fields) {
    for ready in patches.of(ApplyTo::ListenerFilter) {
        if !listener_fits(listener, ready) {
            continue;
        }
        let wanted = condition(ready).map(|c| c.listener_filter.as_str()).filter(|name| !name.is_empty());
        let is_wanted = |filter: &Value| filter.get("name").and_then(Value::as_str) == wanted;
        with_list(listener, "listenerFilters", |list| {
            if ready.patch.operation != PatchOperation::Merge {
                return edit(list, ready, wanted.map(|_| &is_wanted as _));
            }
            let matched = list.iter_mut().filter(|_| wanted.is_some());
            matched
                .filter_map(Value::as_object_mut)
                .for_each(|filter| merge_listener_filter(patches, filter, ready));
        });
    }
}

/// istiod merges the configuration of all filters of a type, and leaves their names.
fn merge_listener_filter(patches: Patches<'_>, filter: &mut Fields, ready: &Ready<'_>) {
    if let Some(new) = ready.value.get("typedConfig").filter(|_| !patches.broken.get()) {
        ready.used.set(true);
        merge_any(patches, filter, new);
    }
}

fn chains(patches: Patches<'_>, listener: &mut Fields) {
    let whole = listener.clone();
    with_list(listener, "filterChains", |list| {
        list.retain_mut(|chain| {
            let Some(chain) = chain.as_object_mut() else { return true };
            !chain.contains_key("filters") || patch_chain(patches, &whole, chain)
        });
        let added =
            patches.of(ApplyTo::FilterChain).filter(|ready| ready.patch.operation == PatchOperation::Add);
        let added = added.filter(|ready| listener_fits(&whole, ready) && ready.value.contains_key("filters"));
        list.extend(added.map(|ready| {
            ready.used.set(true);
            Value::Object(ready.value.clone())
        }));
    });
    if let Some(chain) = listener.get_mut("defaultFilterChain").and_then(Value::as_object_mut)
        && chain.contains_key("filters")
        && !patch_chain(patches, &whole, chain)
    {
        listener.shift_remove("defaultFilterChain");
    }
}

/// False when the chain is removed.
fn patch_chain(patches: Patches<'_>, listener: &Fields, chain: &mut Fields) -> bool {
    for ready in patches.of(ApplyTo::FilterChain) {
        if !listener_fits(listener, ready) || !chain_fits(listener, chain, ready) {
            continue;
        }
        if ready.patch.operation == PatchOperation::Remove {
            return false;
        }
        let Some(lists) = ready.merges() else { continue };
        if !merge_socket(patches, chain, ready) {
            ready.merge_into(chain, lists);
        }
    }
    network_filters(patches, listener, chain);
    true
}

/// Where both have a transport socket of one name, its configuration is all that is merged.
fn merge_socket(patches: Patches<'_>, chain: &mut Fields, ready: &Ready<'_>) -> bool {
    let new = ready.value.get("transportSocket").and_then(Value::as_object);
    let old = chain.get_mut("transportSocket").and_then(Value::as_object_mut);
    let (Some(old), Some(new)) = (old, new) else { return false };
    if text(old, "name") != text(new, "name") {
        return false;
    }
    if let Some(config) = new.get("typedConfig") {
        ready.used.set(true);
        merge_any(patches, old, config);
    }
    true
}

fn network_filters(patches: Patches<'_>, listener: &Fields, chain: &mut Fields) {
    let here = |ready: &&Ready<'_>, chain: &Fields| {
        listener_fits(listener, ready) && chain_fits(listener, chain, ready)
    };
    for ready in patches.of(ApplyTo::NetworkFilter) {
        if !here(&ready, chain) || ready.merges().is_some() {
            continue;
        }
        let wanted = network_filter(ready);
        let is_wanted = |filter: &Value| {
            filter.get("name").and_then(Value::as_str).unwrap_or_default() == wanted.unwrap_or_default()
        };
        with_list(chain, "filters", |list| edit(list, ready, wanted.map(|_| &is_wanted as _)));
    }
    let whole = chain.clone();
    let filters = chain.get_mut("filters").and_then(Value::as_array_mut).into_iter().flatten();
    for filter in filters.filter_map(Value::as_object_mut) {
        for ready in patches.of(ApplyTo::NetworkFilter).filter(|ready| here(ready, &whole)) {
            if ready.patch.operation == PatchOperation::Merge && fits(network_filter(ready), filter) {
                merge_extension(patches, filter, ready);
            }
        }
        if text(filter, "name") == HTTP {
            http_filters(patches, listener, &whole, filter);
        }
    }
}

fn http_filters(patches: Patches<'_>, listener: &Fields, chain: &Fields, filter: &mut Fields) {
    let name = text(filter, "name").to_owned();
    let here: Vec<&Ready<'_>> = patches
        .of(ApplyTo::HttpFilter)
        .filter(|ready| listener_fits(listener, ready) && chain_fits(listener, chain, ready))
        .filter(|ready| network_filter(ready).is_none_or(|wanted| wanted == name))
        .collect();
    let Some(config) = filter.get_mut("typedConfig").and_then(Value::as_object_mut) else { return };
    if text(config, "@type") != HTTP_TYPE {
        return;
    }
    with_list(config, "httpFilters", |list| {
        for ready in here.iter().filter(|ready| ready.merges().is_none()) {
            let wanted = http_filter(ready);
            let is_wanted = |one: &Value| one.as_object().is_some_and(|one| fits(wanted, one));
            edit(list, ready, wanted.map(|_| &is_wanted as _));
        }
        for item in list.iter_mut().filter_map(Value::as_object_mut) {
            for ready in here.iter().filter(|ready| ready.patch.operation == PatchOperation::Merge) {
                if !patches.broken.get() && fits(http_filter(ready), item) {
                    merge_extension(patches, item, ready);
                }
            }
        }
    });
}

/// Whether an item has the name that is wanted, if one is.
fn fits(wanted: Option<&str>, item: &Fields) -> bool {
    wanted.is_none_or(|wanted| wanted == text(item, "name"))
}

fn condition<'a>(ready: &'a Ready<'_>) -> Option<&'a ListenerCondition> {
    ready.patch.listener.as_ref()
}

fn network_filter<'a>(ready: &'a Ready<'_>) -> Option<&'a str> {
    condition(ready)?.chain.as_ref()?.filter.as_deref()
}

fn http_filter<'a>(ready: &'a Ready<'_>) -> Option<&'a str> {
    condition(ready)?.chain.as_ref()?.sub_filter.as_deref()
}

fn listener_fits(listener: &Fields, ready: &Ready<'_>) -> bool {
    let Some(wanted) = condition(ready) else { return true };
    let name = text(listener, "name");
    if !wanted.name.is_empty() && wanted.name != name {
        return false;
    }
    if ready.patch.apply_to != ApplyTo::Listener && VIRTUAL.contains(&name) {
        return true;
    }
    let port = listener.get("address").and_then(|address| address.pointer("/socketAddress/portValue"));
    wanted.port == 0 || port.and_then(Value::as_u64) == Some(u64::from(wanted.port))
}

fn chain_fits(listener: &Fields, chain: &Fields, ready: &Ready<'_>) -> bool {
    let Some(wanted) = condition(ready) else { return true };
    let empty = Fields::new();
    let matches = chain.get("filterChainMatch").and_then(Value::as_object).unwrap_or(&empty);
    let port = matches.get("destinationPort").and_then(Value::as_u64).unwrap_or_default();
    if VIRTUAL.contains(&text(listener, "name")) && wanted.port > 0 && port != u64::from(wanted.port) {
        return false;
    }
    wanted.chain.as_ref().is_none_or(|wanted| chain_condition(chain, matches, port, wanted))
}

fn chain_condition(chain: &Fields, matches: &Fields, port: u64, wanted: &ChainCondition) -> bool {
    let has = |key: &str, word: &str| {
        let list = matches.get(key).and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|one| one == word))
    };
    let alpn = wanted.application_protocols.as_str();
    let transport = wanted.transport_protocol.as_str();
    (wanted.name.is_empty() || wanted.name == text(chain, "name"))
        && (wanted.sni.is_empty() || has("serverNames", &wanted.sni))
        && (transport.is_empty() || text(matches, "transportProtocol") == transport)
        && (alpn.is_empty() || alpn.split(',').all(|word| has("applicationProtocols", word)))
        && (wanted.destination_port == 0 || port == u64::from(wanted.destination_port))
}
