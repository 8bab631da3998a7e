//! Patches of EnvoyFilters on the resources that would be sent without them (`pilot/pkg/networking/core/envoyfilter`).
//!
//! All of it works on canonical JSON. A patch whose value does not fit Envoy's types is left out, as istiod does.

mod cluster;
mod listener;
mod log;
mod route;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use mp_ir::mesh::{ApplyTo, EnvoyPatch, PatchContext, PatchOperation};
use mp_ir::plan::{Plan, ProxyKind};
use serde_json::{Map, Value, json};

use crate::XdsSnapshot;
use crate::pool::{self, EmitError, Lenient, Lists};

pub use log::{Patched, Unused, unused};

pub(crate) type Fields = Map<String, Value>;

/// A patch with its value in canonical form.
struct Ready<'a> {
    patch: &'a EnvoyPatch,
    value: Fields,
    /// It changed the resource at hand.
    used: Cell<bool>,
}

/// The patches of one context.
#[derive(Clone, Copy)]
struct Patches<'a> {
    all: &'a [Ready<'a>],
    context: PatchContext,
    plan: &'a Plan,
    /// A patch was merged into something of another type: istiod fails there and leaves the rest as it is.
    broken: &'a Cell<bool>,
    /// What was changed so far.
    patched: &'a RefCell<Patched>,
}

impl<'a> Patches<'a> {
    /// Ends the work on one resource: what changed it is noted.
    fn done(self, list: &'static str, name: &str) {
        for ready in self.all.iter().filter(|ready| ready.used.take()) {
            self.patched.borrow_mut().note(list, name, ready.patch.origin);
        }
    }

    /// Those that apply to one kind of thing here.
    fn of(self, what: ApplyTo) -> impl Iterator<Item = &'a Ready<'a>> {
        let here =
            move |ready: &&Ready<'_>| ready.patch.context.is_none_or(|context| context == self.context);
        let whole = move |_: &&Ready<'_>| !self.broken.get();
        self.all.iter().filter(move |ready| ready.patch.apply_to == what).filter(here).filter(whole)
    }

    /// Whether the proxy is a waypoint: its listeners and the routes in them are inbound, and of its clusters those are patched that lead to
    /// services of others (`buildWaypointListeners`, `BuildClusters`).
    fn at_waypoint(self) -> bool {
        self.plan.proxy.kind == ProxyKind::Waypoint
    }

    /// Whole resources are added once: for everywhere means outbound and gateways.
    fn added(self, what: ApplyTo, list: &'static str) -> impl Iterator<Item = Fields> {
        let everywhere = matches!(self.context, PatchContext::SidecarOutbound | PatchContext::Gateway);
        self.of(what)
            .filter(|ready| ready.patch.operation == PatchOperation::Add)
            .filter(move |ready| ready.patch.context.is_some() || everywhere)
            .inspect(move |ready| {
                self.patched.borrow_mut().note(list, text(&ready.value, "name"), ready.patch.origin);
            })
            .map(|ready| ready.value.clone())
    }
}

impl Ready<'_> {
    /// How lists are merged, where the operation merges.
    fn merges(&self) -> Option<Lists> {
        match self.patch.operation {
            PatchOperation::Merge => Some(Lists::Append),
            PatchOperation::MergeReplaceLists => Some(Lists::Replace),
            _ => None,
        }
    }

    /// Merges the value into a message of its type.
    fn merge_into(&self, fields: &mut Fields, lists: Lists) {
        self.used.set(true);
        pool::merge(type_of(self.patch.apply_to), fields, &self.value, lists);
    }
}

/// Applies all patches of the plan to what was made of it.
pub(crate) fn apply(plan: &Plan, snapshot: &mut XdsSnapshot) -> Result<(), EmitError> {
    let all: Vec<Ready<'_>> = plan.patches.iter().filter_map(ready).collect();
    // A table is asked for by the name that it has before a patch gives it another one.
    let asked: Vec<String> = snapshot.rds.iter().map(|table| name(table).to_owned()).collect();
    let (broken, patched) = (Cell::new(false), RefCell::default());
    let patches = |context| Patches { all: &all, context, plan, broken: &broken, patched: &patched };
    let contexts: &[PatchContext] = match plan.proxy.kind {
        ProxyKind::Sidecar => &[PatchContext::SidecarOutbound, PatchContext::SidecarInbound],
        // No part of istiod works in the context that is called after waypoints: what they have is patched as a sidecar's, and what is
        // added to outbound is left alone.
        ProxyKind::Waypoint => &[PatchContext::SidecarInbound, PatchContext::SidecarOutbound],
        ProxyKind::Router => &[PatchContext::Gateway],
    };
    for context in contexts {
        let here = patches(*context);
        listener::apply(here, &mut snapshot.lds);
        broken.set(false);
        cluster::apply(here, &mut snapshot.cds);
        if *context != PatchContext::SidecarInbound {
            for table in snapshot.rds.iter_mut().filter_map(Value::as_object_mut) {
                route::table(here, table);
                here.done("routes", text(table, "name"));
                broken.set(false);
            }
        }
    }
    for resources in [&mut snapshot.lds, &mut snapshot.cds] {
        *resources =
            std::mem::take(resources).into_iter().map(pool::canonical_patched).collect::<Result<_, _>>()?;
        let mut seen = HashSet::new();
        resources.retain(|resource| seen.insert(name(resource).to_owned()));
        resources.sort_by(|a, b| name(a).cmp(name(b)));
    }
    follow(snapshot, &asked)?;
    snapshot.ecds.extend(extensions(&all, snapshot)?);
    snapshot.patched = patched.take();
    Ok(())
}

fn ready(patch: &EnvoyPatch) -> Option<Ready<'_>> {
    let value = match written(patch) {
        Some(value) => value.ok()?.fields,
        None => (patch.operation == PatchOperation::Remove).then(Fields::new)?,
    };
    Some(Ready { patch, value, used: Cell::default() })
}

/// The value of a patch by its type, or why it does not fit; `None` where none is written.
fn written(patch: &EnvoyPatch) -> Option<Result<Lenient, String>> {
    let value = serde_json::from_str(patch.value.as_ref()?).map_err(|why| why.to_string());
    Some(value.and_then(|value| pool::lenient(type_of(patch.apply_to), value)))
}

/// The message that a patch's value is.
const fn type_of(what: ApplyTo) -> &'static str {
    match what {
        ApplyTo::Listener => "envoy.config.listener.v3.Listener",
        ApplyTo::ListenerFilter => "envoy.config.listener.v3.ListenerFilter",
        ApplyTo::FilterChain => "envoy.config.listener.v3.FilterChain",
        ApplyTo::NetworkFilter => "envoy.config.listener.v3.Filter",
        ApplyTo::HttpFilter => "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
        ApplyTo::RouteConfiguration => "envoy.config.route.v3.RouteConfiguration",
        ApplyTo::VirtualHost => "envoy.config.route.v3.VirtualHost",
        ApplyTo::HttpRoute => "envoy.config.route.v3.Route",
        ApplyTo::Cluster => "envoy.config.cluster.v3.Cluster",
        ApplyTo::ExtensionConfig => "envoy.config.core.v3.TypedExtensionConfig",
        ApplyTo::Bootstrap => "envoy.config.bootstrap.v3.Bootstrap",
    }
}

fn name(resource: &Value) -> &str {
    resource.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn text<'a>(fields: &'a Fields, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A whole resource of a patch's value, with its type.
fn resource(what: ApplyTo, value: Fields) -> Value {
    let mut fields = Fields::new();
    fields.insert("@type".to_owned(), Value::String(format!("type.googleapis.com/{}", type_of(what))));
    fields.extend(value);
    Value::Object(fields)
}

/// Changes the list under a key; an empty one is no field.
fn with_list(fields: &mut Fields, key: &str, change: impl FnOnce(&mut Vec<Value>)) {
    let mut list = match fields.get_mut(key).map(Value::take) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    change(&mut list);
    if list.is_empty() {
        fields.shift_remove(key);
    } else {
        fields.insert(key.to_owned(), Value::Array(list));
    }
}

/// Adds to a list, or changes it, by the operation of a patch. `wanted` is absent where the patch names no item.
fn edit(list: &mut Vec<Value>, ready: &Ready<'_>, wanted: Option<&dyn Fn(&Value) -> bool>) {
    let value = || {
        ready.used.set(true);
        Value::Object(ready.value.clone())
    };
    let place = wanted.and_then(|wanted| list.iter().position(wanted));
    match (ready.patch.operation, wanted, place) {
        (PatchOperation::Add, _, _) | (PatchOperation::InsertAfter, None, _) => list.push(value()),
        (PatchOperation::InsertFirst, _, _) | (PatchOperation::InsertBefore, None, _) => {
            list.insert(0, value())
        }
        (PatchOperation::InsertAfter, Some(_), Some(place)) => list.insert(place + 1, value()),
        (PatchOperation::InsertBefore, Some(_), Some(place)) => list.insert(place, value()),
        (PatchOperation::Replace, Some(_), Some(place)) => {
            if let Some(item) = list.get_mut(place) {
                *item = value();
            }
        }
        (PatchOperation::Remove, Some(wanted), Some(_)) => {
            ready.used.set(true);
            list.retain(|item| !wanted(item));
        }
        _ => {}
    }
}

/// Merges the configuration of a named extension: name and typed configuration are all that counts.
fn merge_extension(patches: Patches<'_>, item: &mut Fields, ready: &Ready<'_>) {
    if !item.contains_key("typedConfig") {
        return;
    }
    ready.used.set(true);
    if ready.value.get("typedConfig").is_some_and(|new| !merge_any(patches, item, new)) {
        return;
    }
    if !text(&ready.value, "name").is_empty() {
        item.insert("name".to_owned(), Value::String(text(&ready.value, "name").to_owned()));
    }
}

/// Merges into the `typedConfig` of an object; of another type nothing can be merged, and it all ends.
fn merge_any(patches: Patches<'_>, item: &mut Fields, new: &Value) -> bool {
    let old = item.get_mut("typedConfig").and_then(Value::as_object_mut);
    let (Some(old), Some(new)) = (old, new.as_object()) else { return true };
    let kind = text(old, "@type").to_owned();
    if kind != text(new, "@type") {
        patches.broken.set(true);
        return false;
    }
    pool::merge(kind.rsplit('/').next().unwrap_or_default(), old, new, Lists::Append);
    true
}

/// A proxy asks for the routes that its listeners name, and for the endpoints of its EDS clusters. `asked` are the names by which it
/// asks for tables.
fn follow(snapshot: &mut XdsSnapshot, asked: &[String]) -> Result<(), EmitError> {
    let mut tables = HashSet::new();
    snapshot.lds.iter().for_each(|listener| route_names(listener, &mut tables));
    let all = std::mem::take(&mut snapshot.rds).into_iter().zip(asked);
    let wanted = all.filter(|(_, name)| tables.remove(*name));
    snapshot.rds = wanted.map(|(table, _)| pool::canonical_patched(table)).collect::<Result<_, _>>()?;
    snapshot.rds.sort_by(|a, b| name(a).cmp(name(b)));
    let known = std::mem::take(&mut snapshot.eds);
    for cluster in snapshot.cds.iter().filter(|cluster| cluster.get("type").is_some_and(|kind| kind == "EDS"))
    {
        let service = cluster.pointer("/edsClusterConfig/serviceName").and_then(Value::as_str);
        let service = service.unwrap_or_else(|| name(cluster));
        let found = known.iter().find(|known| known.get("clusterName").is_some_and(|name| name == service));
        snapshot.eds.push(match found {
            Some(found) => found.clone(),
            None => pool::canonical(json!({
                "@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", "clusterName": service,
            }))?,
        });
    }
    Ok(())
}

fn route_names(value: &Value, into: &mut HashSet<String>) {
    match value {
        Value::Object(fields) => {
            let table = fields.get("rds").and_then(|rds| rds.get("routeConfigName")).and_then(Value::as_str);
            into.extend(table.map(str::to_owned));
            fields.values().for_each(|value| route_names(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| route_names(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Extension configurations that patches add and that a listener asks for (`InsertedExtensionConfigurations`).
fn extensions(all: &[Ready<'_>], snapshot: &XdsSnapshot) -> Result<Vec<Value>, EmitError> {
    let asked = asked(&snapshot.lds);
    all.iter()
        .filter(|ready| ready.patch.apply_to == ApplyTo::ExtensionConfig)
        .filter(|ready| ready.patch.operation == PatchOperation::Add)
        .filter(|ready| asked.contains(text(&ready.value, "name")))
        .map(|ready| pool::canonical_patched(resource(ApplyTo::ExtensionConfig, ready.value.clone())))
        .collect()
}

/// Names of the configurations that listeners ask for.
pub(crate) fn asked(listeners: &[Value]) -> HashSet<String> {
    let mut asked = HashSet::new();
    listeners.iter().for_each(|listener| discovered(listener, &mut asked));
    asked
}

fn discovered(value: &Value, into: &mut HashSet<String>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("configDiscovery") {
                into.insert(text(fields, "name").to_owned());
            }
            fields.values().for_each(|value| discovered(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| discovered(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests;
