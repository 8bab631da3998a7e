//! Which requests are routed differently, over all proxies of two meshes.
//!
//! Proxies that cannot differ in their routes are asked once: those of one kind and namespace with the same labels, as far as some object
//! of either mesh selects by them, and the same settings.

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{Labels, Mesh, Meta, VirtualService};
use mp_ir::plan::{PathRules, Plan, ProxyKind, ProxyView, RouteTable};
use mp_lower::plan::security::{enforcement_point, point_workloads};
use mp_lower::{Index, Scope, proxy};
use mp_model::Kind;
use mp_prove::AskError;
use mp_prove::diff::{
    self, Change, FactDelta, RouteDelta, RouteDiff, RouteView, connections, destinations, differing,
};
use rayon::prelude::*;

use super::objects::{Changed, Objects};
use super::report::{FieldChange, RouteChange, RouteWitness, Routes};
use super::side::Side;
use crate::failure::Failure;

/// A kind of proxy on both sides, and the names of all that are of it.
struct Client {
    old: ProxyView,
    new: ProxyView,
    names: Vec<String>,
}

pub(super) fn compare(old: &Side, new: &Side, objects: &Objects) -> Result<Routes, Failure> {
    if !objects.touch_routes() {
        return Ok(Routes::default());
    }
    let (before, after) = rayon::join(|| Index::new(&old.mesh), || Index::new(&new.mesh));
    let mut clients = clients((&old.mesh, &before), (&new.mesh, &after));
    if let Some(rules) = objects.rules() {
        let rules = Rules::of(&rules, &old.mesh, &new.mesh);
        clients.retain(|client| {
            rules.reach((&old.mesh, &before), &client.old) || rules.reach((&new.mesh, &after), &client.new)
        });
    }
    let paths = paths(&new.mesh);
    let found: Vec<Result<Found, AskError>> = clients
        .par_iter()
        .map(|client| {
            let first = mp_lower::traffic(&old.mesh, &before, &client.old);
            let second = mp_lower::traffic(&new.mesh, &after, &client.new);
            differences(&first, &second, paths)
        })
        .collect();
    let mut rows = Rows::default();
    let mut out = Routes { clients: clients.len(), ..Routes::default() };
    for (client, found) in clients.iter().zip(found) {
        let found = found.map_err(|error| Failure::Internal(error.to_string()))?;
        for (table, diff) in found.tables {
            diff.deltas.iter().for_each(|delta| rows.route(client, &table, delta, old, new));
            out.open.extend(diff.open);
        }
        found.facts.iter().for_each(|delta| rows.fact(client, delta, old, new));
    }
    let subsets = differing(&diff::subsets(&old.mesh), &diff::subsets(&new.mesh), false);
    for delta in &subsets {
        rows.add("all clients", fact(delta, old, new));
    }
    out.open.sort();
    out.open.dedup();
    out.changed = rows.0.into_values().collect();
    Ok(out)
}

/// How proxies read paths; all sidecars of a mesh do it alike.
fn paths(mesh: &Mesh) -> PathRules {
    let usual = PathRules { normalize: true, ..PathRules::default() };
    let first = point_workloads(mesh).next();
    let point = first.and_then(|first| enforcement_point(mesh, first.meta.namespace(), first.meta.name()));
    point.map_or(usual, |point| point.paths)
}

/// What two plans of one proxy differ in.
struct Found {
    tables: Vec<(String, RouteDiff)>,
    facts: Vec<FactDelta>,
}

fn differences(old: &Plan, new: &Plan, paths: PathRules) -> Result<Found, AskError> {
    let nothing = |name: &str| RouteTable { name: name.to_owned(), ..RouteTable::default() };
    let names: BTreeSet<&str> =
        old.routes.iter().chain(&new.routes).map(|table| table.name.as_str()).collect();
    let mut tables = Vec::new();
    for name in names {
        let table = |plan: &Plan| plan.routes.iter().find(|table| table.name == name).cloned();
        let (before, after) = (table(old), table(new));
        let scheme = if name.starts_with("https.") { "https" } else { "http" };
        let view = RouteView { scheme: scheme.to_owned(), paths };
        let (before, after) =
            (before.unwrap_or_else(|| nothing(name)), after.unwrap_or_else(|| nothing(name)));
        tables.push((name.to_owned(), diff::routes(&before, &after, &view)?));
    }
    let mut facts = differing(&connections(&old.listeners), &connections(&new.listeners), true);
    facts.extend(differing(&destinations(&old.clusters), &destinations(&new.clusters), false));
    Ok(Found { tables, facts })
}

/// Kinds of proxies that are on both sides, in the order of their names.
fn clients(old: (&Mesh, &Index), new: (&Mesh, &Index)) -> Vec<Client> {
    let mut keys = selected(old.0);
    keys.extend(selected(new.0));
    let (old, new) = rayon::join(|| proxy::all(old.0, old.1), || proxy::all(new.0, new.1));
    let before: BTreeMap<&str, &ProxyView> = old.iter().map(|view| (view.name.as_str(), view)).collect();
    let mut out: BTreeMap<(String, String), Client> = BTreeMap::new();
    for view in &new {
        let Some(known) = before.get(view.name.as_str()) else { continue };
        let kind = (key(known, &keys), key(view, &keys));
        let make = || Client { old: (*known).clone(), new: view.clone(), names: Vec::new() };
        out.entry(kind).or_insert_with(make).names.push(view.name.clone());
    }
    let mut out: Vec<Client> = out.into_values().collect();
    out.sort_by(|a, b| a.new.name.cmp(&b.new.name));
    out
}

/// The VirtualServices and DestinationRules that changed, and which proxies they can reach.
struct Rules {
    /// Namespace and name.
    virtual_services: Vec<(String, String)>,
    /// Hosts of DestinationRules.
    hosts: BTreeSet<String>,
    /// One of them is merged into others, so that its own reach says nothing.
    everywhere: bool,
}

impl Rules {
    fn of(changed: &[&Changed], old: &Mesh, new: &Mesh) -> Self {
        let mut out = Self { virtual_services: Vec::new(), hosts: BTreeSet::new(), everywhere: false };
        for one in changed {
            let is = |meta: &Meta| meta.namespace() == one.namespace && meta.name() == one.name;
            let routes =
                old.virtual_services.iter().chain(&new.virtual_services).filter(|rule| is(&rule.meta));
            let rules =
                old.destination_rules.iter().chain(&new.destination_rules).filter(|rule| is(&rule.meta));
            match one.kind {
                Kind::VirtualService => {
                    out.everywhere |= routes.clone().any(|rule| rule.hosts.is_empty());
                    out.virtual_services.push((one.namespace.clone(), one.name.clone()));
                }
                _ => out.hosts.extend(rules.map(|rule| rule.host.value.clone())),
            }
        }
        out.everywhere |= out.hosts.iter().any(|host| host.contains('*'));
        out
    }

    fn reach(&self, (mesh, index): (&Mesh, &Index), view: &ProxyView) -> bool {
        if self.everywhere || view.kind != ProxyKind::Sidecar {
            return true;
        }
        let scope = Scope::new(mesh, index, view);
        let named = |rule: &VirtualService| {
            let same = |(namespace, name): &(String, String)| {
                rule.meta.namespace() == namespace && rule.meta.name() == name
            };
            self.virtual_services.iter().any(same)
        };
        scope.egress.iter().any(|egress| egress.virtual_services.iter().any(|rule| named(rule)))
            || self.hosts.iter().any(|host| scope.service(host).is_some())
    }
}

/// Labels that some object selects proxies by.
fn selected(mesh: &Mesh) -> BTreeSet<String> {
    let http = mesh.virtual_services.iter().flat_map(|rule| &rule.http).flat_map(|route| &route.matches);
    let tls = mesh.virtual_services.iter().flat_map(|rule| &rule.tls).flat_map(|route| &route.matches);
    let tcp = mesh.virtual_services.iter().flat_map(|rule| &rule.tcp).flat_map(|route| &route.matches);
    let all = http
        .map(|m| &m.source_labels)
        .chain(tls.chain(tcp).map(|m| &m.source_labels))
        .chain(mesh.sidecars.iter().map(|sidecar| &sidecar.selector))
        .chain(mesh.gateways.iter().map(|gateway| &gateway.selector))
        .chain(mesh.destination_rules.iter().map(|rule| &rule.workload_selector));
    all.flat_map(Labels::keys).cloned().collect()
}

fn key(view: &ProxyView, keys: &BTreeSet<String>) -> String {
    let labels: Vec<(&String, &String)> = view.labels.iter().filter(|(key, _)| keys.contains(*key)).collect();
    let (kind, namespace) = (view.kind, &view.namespace);
    format!("{kind:?} {namespace} {labels:?} {:?} {:?} {:?}", view.ip_mode, view.interception, view.settings)
}

/// Rows by all that they say but who sends the requests.
#[derive(Default)]
struct Rows(BTreeMap<String, RouteChange>);

impl Rows {
    fn route(&mut self, client: &Client, table: &str, delta: &RouteDelta, old: &Side, new: &Side) {
        let call = &delta.call;
        let row = RouteChange {
            clients: Vec::new(),
            table: Some(table.to_owned()),
            requests: delta.scope.at_host(&call.authority),
            witness: Some(RouteWitness {
                method: call.method.clone(),
                authority: call.authority.clone(),
                path: call.path.clone(),
                headers: call.headers.clone(),
            }),
            elsewhere: delta.elsewhere,
            changes: delta.changes.iter().map(change).collect(),
            old_at: old.at(delta.old),
            new_at: new.at(delta.new),
        };
        self.add_all(client, row);
    }

    fn fact(&mut self, client: &Client, delta: &FactDelta, old: &Side, new: &Side) {
        self.add_all(client, fact(delta, old, new));
    }

    fn add_all(&mut self, client: &Client, row: RouteChange) {
        let place = self.place(row);
        place.clients.extend(client.names.iter().cloned());
        place.clients.sort();
        place.clients.dedup();
    }

    fn add(&mut self, client: &str, row: RouteChange) {
        self.place(row).clients.push(client.to_owned());
    }

    fn place(&mut self, row: RouteChange) -> &mut RouteChange {
        let text = format!("{} {:?} {row:?}", !row.elsewhere, row.table);
        self.0.entry(text).or_insert(row)
    }
}

fn fact(delta: &FactDelta, old: &Side, new: &Side) -> RouteChange {
    RouteChange {
        clients: Vec::new(),
        table: None,
        requests: delta.name.clone(),
        witness: None,
        elsewhere: delta.changes.iter().any(|change| change.elsewhere),
        changes: delta.changes.iter().map(change).collect(),
        old_at: old.at(delta.old),
        new_at: new.at(delta.new),
    }
}

fn change(change: &Change) -> FieldChange {
    FieldChange { field: change.field.to_owned(), old: change.old.clone(), new: change.new.clone() }
}
