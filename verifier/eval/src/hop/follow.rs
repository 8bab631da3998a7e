//! Patches of EnvoyFilters whose effect is known: they become part of the plan, and are no patches any more. What is left is unknown to
//! those whom it may touch.

use mp_ir::mesh::{ApplyTo, ChainCondition, EnvoyPatch, PatchOperation, RouteCondition};
use mp_ir::plan::{
    Direction, HeaderValue, HttpConnectionManager, HttpFilter, NetworkFilter, Plan, ProxyKind, Route,
    RouteAction, RouteSource, RouteTable, Underscores,
};
use serde_json::{Map, Value};

use super::patched::{WATCHING, applies, config, field, value};

const MANAGER: &str = "envoy.filters.network.http_connection_manager";

type Fields = Map<String, Value>;

/// A plan with what patches do to it, as far as that is followed: Lua filters that are inserted, and a few fields of connection
/// managers and routes.
#[must_use]
pub fn follow(mut plan: Plan) -> Plan {
    let patches = std::mem::take(&mut plan.patches);
    // A filter chain in which a patch has done something unknown has no known places any more.
    let mut lost = false;
    for patch in patches {
        let done = match patch.apply_to {
            ApplyTo::HttpFilter if !lost => lua_filter(&mut plan, &patch),
            ApplyTo::NetworkFilter => manager(&mut plan, &patch),
            ApplyTo::HttpRoute => route(&mut plan, &patch),
            _ => None,
        };
        if done.is_none() {
            lost |= patch.apply_to == ApplyTo::HttpFilter;
            plan.patches.push(patch);
        }
    }
    plan
}

/// Changes the connection managers that a patch is for; nothing when not all of its conditions are followed.
fn managers(
    plan: &mut Plan,
    patch: &EnvoyPatch,
    mut change: impl FnMut(&mut HttpConnectionManager),
) -> Option<()> {
    let none = ChainCondition::default();
    let (name, port, chain) = match &patch.listener {
        Some(wanted) => (wanted.name.clone(), wanted.port, wanted.chain.as_ref().unwrap_or(&none)),
        None => (String::new(), 0, &none),
    };
    let asks = [&chain.name, &chain.sni, &chain.transport_protocol, &chain.application_protocols];
    let inbound = plan.listeners.iter().any(|l| l.direction == Direction::Inbound);
    if asks.iter().any(|text| !text.is_empty())
        || chain.destination_port != 0
        || chain.filter.as_deref().is_some_and(|filter| !filter.is_empty() && filter != MANAGER)
        // A port of an inbound listener is that of its chains.
        || (port != 0 && inbound)
    {
        return None;
    }
    let kind = plan.proxy.kind;
    for listener in &mut plan.listeners {
        let here = (name.is_empty() || name == listener.name) && (port == 0 || port == listener.address.port);
        if !here || !applies(patch.context, kind, Some(listener)) {
            continue;
        }
        let chains = listener.chains.iter_mut().chain(&mut listener.default_chain);
        for filter in chains.flat_map(|chain| &mut chain.filters) {
            if let NetworkFilter::Http(manager) = filter {
                change(manager);
            }
        }
    }
    Some(())
}

/// Lua code that is inserted among the HTTP filters.
fn lua_filter(plan: &mut Plan, patch: &EnvoyPatch) -> Option<()> {
    let value = value(patch)?;
    let lua = config(&value)?.as_object()?;
    if !lua.get("@type")?.as_str()?.ends_with("/envoy.extensions.filters.http.lua.v3.Lua")
        || value.get("disabled").is_some()
    {
        return None;
    }
    let code = code(lua)?;
    let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
    let wanted = patch.listener.as_ref().and_then(|l| l.chain.as_ref()).and_then(|c| c.sub_filter.clone());
    let wanted = wanted.filter(|name| !name.is_empty());
    let first = match (patch.operation, &wanted) {
        (PatchOperation::InsertFirst, _) | (PatchOperation::InsertBefore, None) => true,
        (PatchOperation::InsertBefore | PatchOperation::InsertAfter, Some(_)) => false,
        _ => return None,
    };
    let after = usize::from(patch.operation == PatchOperation::InsertAfter);
    let mut known = true;
    managers(plan, patch, |manager| {
        let filters = &mut manager.filters;
        let wanted = wanted.as_deref().unwrap_or_default();
        let named = filters.iter().map(named).collect::<Vec<_>>();
        known &= first || !named.contains(&None) || named.contains(&Some(wanted));
        let at = named.iter().position(|name| *name == Some(wanted));
        let place = if first { Some(0) } else { at.map(|at| at + after) };
        if let Some(place) = place {
            let filter = HttpFilter::Lua { name: name.to_owned(), code: code.clone(), origin: patch.origin };
            filters.insert(place, filter);
        }
    })?;
    known.then_some(())
}

/// The code of a filter that has nothing else.
fn code(lua: &Fields) -> Option<String> {
    let mut code = None;
    for (key, value) in lua {
        match key.as_str() {
            "@type" | "stat_prefix" | "statPrefix" => {}
            "inline_code" | "inlineCode" => code = Some(value.as_str()?.to_owned()),
            "default_source_code" | "defaultSourceCode" => {
                code = Some(field(value, "inline_string", "inlineString")?.as_str()?.to_owned());
            }
            _ => return None,
        }
    }
    code
}

/// The name that istiod gives a filter, where it has one of its own.
fn named(filter: &HttpFilter) -> Option<&str> {
    Some(match filter {
        HttpFilter::Router { .. } => "envoy.filters.http.router",
        HttpFilter::Fault => "envoy.filters.http.fault",
        HttpFilter::Cors => "envoy.filters.http.cors",
        HttpFilter::GrpcStats => "envoy.filters.http.grpc_stats",
        HttpFilter::Alpn => "istio.alpn",
        HttpFilter::Jwt(_) => "envoy.filters.http.jwt_authn",
        HttpFilter::Rbac(_) => "envoy.filters.http.rbac",
        HttpFilter::ExtAuthz(_) => "envoy.filters.http.ext_authz",
        HttpFilter::Stats(_) => "istio.stats",
        HttpFilter::PeerMetadata { .. } => "istio.metadata_exchange",
        HttpFilter::GrpcWeb => "envoy.filters.http.grpc_web",
        HttpFilter::StatefulSession => "envoy.filters.http.stateful_session",
        HttpFilter::Lua { name, .. } | HttpFilter::Wasm(name) => name,
        HttpFilter::ConnectAuthority { .. } | HttpFilter::DynamicForwardProxy(_) => return None,
    })
}

fn merges(patch: &EnvoyPatch) -> bool {
    patch.operation == PatchOperation::Merge
}

/// Fields of connection managers.
fn manager(plan: &mut Plan, patch: &EnvoyPatch) -> Option<()> {
    let value = value(patch)?;
    let outer = value.as_object()?.keys();
    let named = patch.listener.as_ref()?.chain.as_ref()?.filter.as_deref() == Some(MANAGER);
    if !merges(patch)
        || !named
        || !outer.into_iter().all(|key| matches!(key.as_str(), "name" | "typed_config" | "typedConfig"))
    {
        return None;
    }
    let config = config(&value)?.as_object()?;
    let (mut server, mut underscores) = (None, None);
    for (key, value) in config {
        match key.as_str() {
            "server_name" | "serverName" => server = Some(value.as_str()?.to_owned()),
            "common_http_protocol_options" | "commonHttpProtocolOptions" => {
                underscores = Some(common_options(value.as_object()?)?);
            }
            key if WATCHING.contains(&key) => {}
            _ => return None,
        }
    }
    managers(plan, patch, |manager| {
        if let Some(server) = &server {
            manager.server_name.clone_from(server);
        }
        if let Some(underscores) = underscores {
            manager.limits.underscores = underscores;
        }
    })
}

fn common_options(fields: &Fields) -> Option<Option<Underscores>> {
    let mut out = None;
    for (key, value) in fields {
        match key.as_str() {
            "headers_with_underscores_action" | "headersWithUnderscoresAction" => {
                out = match value.as_str()? {
                    "REJECT_REQUEST" => Some(Underscores::Reject),
                    "DROP_HEADER" => Some(Underscores::Drop),
                    _ => return None,
                };
            }
            _ => return None,
        }
    }
    Some(out)
}

/// What a patch adds to routes.
#[derive(Clone, Debug, Default)]
struct Added {
    timeout: Option<i128>,
    request: Vec<HeaderValue>,
    response: Vec<HeaderValue>,
    request_remove: Vec<String>,
    response_remove: Vec<String>,
}

/// Fields of routes.
fn route(plan: &mut Plan, patch: &EnvoyPatch) -> Option<()> {
    let none = RouteCondition::default();
    let wanted = patch.route.as_ref().unwrap_or(&none);
    let host = wanted.virtual_host.as_ref();
    let gateway = plan.proxy.kind == ProxyKind::Router;
    if !merges(patch)
        || !gateway
        || wanted.port != 0
        || !wanted.port_name.is_empty()
        || !wanted.gateway.is_empty()
        || host.is_some_and(|host| !host.domain.is_empty())
        || !applies(patch.context, plan.proxy.kind, None)
    {
        return None;
    }
    let added = added(value(patch)?.as_object()?)?;
    let inline = plan.listeners.iter_mut().flat_map(|l| l.chains.iter_mut().chain(&mut l.default_chain));
    let inline = inline.flat_map(|chain| &mut chain.filters).filter_map(|filter| match filter {
        NetworkFilter::Http(manager) => match &mut manager.routes {
            RouteSource::Inline(table) => Some(table.as_mut()),
            RouteSource::Named(_) => None,
        },
        _ => None,
    });
    for table in plan.routes.iter_mut().chain(inline) {
        change_table(table, wanted, &added);
    }
    Some(())
}

fn change_table(table: &mut RouteTable, wanted: &RouteCondition, added: &Added) {
    let is = |wanted: &str, name: &str| wanted.is_empty() || wanted == name;
    if !is(&wanted.name, &table.name) {
        return;
    }
    for host in &mut table.virtual_hosts {
        let inner = wanted.virtual_host.as_ref();
        if inner.is_some_and(|inner| !is(&inner.name, &host.name)) {
            continue;
        }
        for route in &mut host.routes {
            let fits = inner
                .and_then(|inner| inner.route.as_ref())
                .is_none_or(|(name, action)| is(name, &route.name) && is_action(action, &route.action));
            if fits {
                change_route(route, added);
            }
        }
    }
}

fn is_action(wanted: &str, action: &RouteAction) -> bool {
    match wanted {
        "" | "ANY" => true,
        "ROUTE" => matches!(action, RouteAction::Forward(_)),
        "REDIRECT" => matches!(action, RouteAction::Redirect(_)),
        "DIRECT_RESPONSE" => matches!(action, RouteAction::Direct(_)),
        _ => false,
    }
}

fn change_route(route: &mut Route, added: &Added) {
    if let (RouteAction::Forward(forward), Some(timeout)) = (&mut route.action, added.timeout) {
        forward.timeout = Some(timeout);
    }
    route.headers.request_add.extend(added.request.iter().cloned());
    route.headers.response_add.extend(added.response.iter().cloned());
    route.headers.request_remove.extend(added.request_remove.iter().cloned());
    route.headers.response_remove.extend(added.response_remove.iter().cloned());
}

fn added(fields: &Fields) -> Option<Added> {
    let mut out = Added::default();
    let texts = |value: &Value| -> Option<Vec<String>> {
        value.as_array()?.iter().map(|one| one.as_str().map(str::to_owned)).collect()
    };
    for (key, value) in fields {
        match key.as_str() {
            "route" => {
                for (key, value) in value.as_object()? {
                    if key != "timeout" {
                        return None;
                    }
                    out.timeout = Some(nanoseconds(value.as_str()?)?);
                }
            }
            "request_headers_to_add" | "requestHeadersToAdd" => out.request = headers(value)?,
            "response_headers_to_add" | "responseHeadersToAdd" => out.response = headers(value)?,
            "request_headers_to_remove" | "requestHeadersToRemove" => out.request_remove = texts(value)?,
            "response_headers_to_remove" | "responseHeadersToRemove" => out.response_remove = texts(value)?,
            _ => return None,
        }
    }
    Some(out)
}

fn headers(value: &Value) -> Option<Vec<HeaderValue>> {
    value.as_array()?.iter().map(header).collect()
}

fn header(option: &Value) -> Option<HeaderValue> {
    let mut overwrite = false;
    for (key, value) in option.as_object()? {
        match key.as_str() {
            "header" => {}
            "append_action" | "appendAction" => {
                overwrite = match value.as_str()? {
                    "APPEND_IF_EXISTS_OR_ADD" => false,
                    "OVERWRITE_IF_EXISTS_OR_ADD" => true,
                    _ => return None,
                };
            }
            "append" => overwrite = !value.as_bool()?,
            _ => return None,
        }
    }
    let header = option.get("header")?;
    let text = |key: &str| header.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(HeaderValue { name: text("key")?, value: text("value")?, overwrite })
}

/// A duration as protobuf's JSON spells it, in nanoseconds.
fn nanoseconds(text: &str) -> Option<i128> {
    let digits = text.strip_suffix('s')?;
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if part.len() > 9 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part: i128 = format!("{part:0<9}").parse().ok()?;
    Some(whole.parse::<i128>().ok()? * 1_000_000_000 + part)
}
