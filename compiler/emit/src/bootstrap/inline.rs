//! Endpoints into the clusters that ask for them, and where they and route tables are found.

use std::borrow::Cow;
use std::collections::HashMap;

use mp_ir::plan::{LoadAssignment, RouteTable};
use serde_json::{Map, Value, json};

/// Turns an EDS cluster into one with fixed endpoints; endpoints that are host names need DNS.
pub(super) fn endpoints(cluster: &mut Value, assignments: &Assignments<'_>) {
    let Some(fields) = cluster.as_object_mut() else { return };
    if fields.get("type").and_then(Value::as_str) != Some("EDS") {
        return;
    }
    let service = fields.remove("edsClusterConfig").and_then(|config| config.get("serviceName").cloned());
    let name = service.or_else(|| fields.get("name").cloned()).unwrap_or_default();
    let found = assignments.of(name.as_str().unwrap_or_default());
    let mut assignment = found.unwrap_or_else(|| json!({"clusterName": name}));
    if let Some(assignment) = assignment.as_object_mut() {
        assignment.remove("@type");
    }
    let kind = if has_host_name(&assignment) { "STRICT_DNS" } else { "STATIC" };
    fields.insert("type".to_owned(), json!(kind));
    fields.insert("loadAssignment".to_owned(), assignment);
}

/// Takes out transport sockets that no endpoint asks for. Endpoints are fixed here, so they never would, and the certificates that
/// those sockets name need not exist.
pub(super) fn unused_sockets(cluster: &mut Value) {
    let Some(fields) = cluster.as_object_mut() else { return };
    if fields.get("type").is_some_and(|kind| kind != "STATIC") {
        return;
    }
    let Some(Value::Array(mut sockets)) = fields.remove("transportSocketMatches") else { return };
    let wanted = endpoint_sockets(fields.get("loadAssignment"));
    let meets = |criteria: &Map<String, Value>, endpoint: &Value| {
        criteria.iter().all(|(k, v)| endpoint.get(k) == Some(v))
    };
    sockets.retain(|socket| {
        let Some(criteria) = socket.get("match").and_then(Value::as_object).filter(|c| !c.is_empty()) else {
            return true;
        };
        wanted.iter().any(|endpoint| meets(criteria, endpoint))
    });
    fields.insert("transportSocketMatches".to_owned(), Value::Array(sockets));
}

/// What each endpoint says of its transport socket, each answer once.
fn endpoint_sockets(assignment: Option<&Value>) -> Vec<&Value> {
    let localities =
        assignment.and_then(|a| a.get("endpoints")).and_then(Value::as_array).into_iter().flatten();
    let endpoints = localities.filter_map(|l| l.get("lbEndpoints")?.as_array()).flatten();
    let socket = |e| get(get(get(e, "metadata"), "filterMetadata"), "envoy.transport_socket_match");
    let mut out: Vec<&Value> = Vec::new();
    for said in endpoints.map(socket) {
        if !out.contains(&said) {
            out.push(said);
        }
    }
    out
}

/// A field; null for one that is absent.
fn get<'a>(value: &'a Value, key: &str) -> &'a Value {
    value.get(key).unwrap_or(&Value::Null)
}

fn has_host_name(assignment: &Value) -> bool {
    let mut found = false;
    see_objects(assignment, &mut |fields| {
        let address = fields.get("socketAddress").and_then(|s| s.get("address")).and_then(Value::as_str);
        found |= address.is_some_and(|a| a.parse::<std::net::IpAddr>().is_err());
    });
    found
}

/// Resources by name.
pub(super) type Named<'a> = HashMap<&'a str, &'a Value>;

/// Resources by the field that names them; the first of equal names counts.
pub(super) fn named<'a>(resources: &'a [Value], key: &str) -> Named<'a> {
    let mut out = Named::with_capacity(resources.len());
    for resource in resources {
        out.entry(resource.get(key).and_then(Value::as_str).unwrap_or_default()).or_insert(resource);
    }
    out
}

/// Where a resource comes from.
#[derive(Clone, Debug)]
pub(super) enum Source<'p, P> {
    /// The plan says it.
    Planned(&'p P),
    /// It is spelled already, because patches had to see it.
    Spelled(Value),
}

impl<P> Source<'_, P> {
    pub(super) fn spelled(self, spell: impl Fn(&P) -> Value) -> Value {
        match self {
            Self::Planned(planned) => spell(planned),
            Self::Spelled(value) => value,
        }
    }
}

/// Resources by the name that others know them by; the first of equal names counts. Each is spelled where it is needed.
#[derive(Debug)]
pub(super) struct ByName<'p, P> {
    sources: HashMap<Cow<'p, str>, Source<'p, P>>,
    spell: fn(&P) -> Value,
}

/// Endpoints by the name of their cluster.
pub(super) type Assignments<'p> = ByName<'p, LoadAssignment>;
/// Route tables.
pub(super) type Tables<'p> = ByName<'p, RouteTable>;

impl<'p, P> ByName<'p, P> {
    /// Of a plan.
    pub(super) fn planned(items: &'p [P], name: impl Fn(&'p P) -> &'p str, spell: fn(&P) -> Value) -> Self {
        let mut sources = HashMap::with_capacity(items.len());
        for item in items {
            sources.entry(Cow::Borrowed(name(item))).or_insert(Source::Planned(item));
        }
        Self { sources, spell }
    }

    /// Of resources that name themselves by a field.
    pub(super) fn of_values(values: Vec<Value>, key: &str, spell: fn(&P) -> Value) -> Self {
        let mut sources = HashMap::with_capacity(values.len());
        for value in values {
            let name = get(&value, key).as_str().unwrap_or_default().to_owned();
            sources.entry(Cow::Owned(name)).or_insert(Source::Spelled(value));
        }
        Self { sources, spell }
    }

    /// The resource of a name.
    pub(super) fn of(&self, name: &str) -> Option<Value> {
        Some(match self.sources.get(name)? {
            Source::Planned(planned) => (self.spell)(planned),
            Source::Spelled(value) => value.clone(),
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.sources.contains_key(name)
    }
}

/// The `@type` of a message. It stands first in what is canonical, so the rest need not be searched.
pub(super) fn type_of(fields: &Map<String, Value>) -> Option<&str> {
    let (key, value) = fields.iter().next()?;
    value.as_str().filter(|_| key == "@type")
}

/// Visits every object of a tree, the outer ones first.
pub(super) fn see_objects<'a>(value: &'a Value, visit: &mut impl FnMut(&'a Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            visit(fields);
            fields.values().for_each(|field| see_objects(field, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| see_objects(item, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Visits every object of a tree, the outer ones first. The trees are as deep as Envoy's types.
pub(super) fn each_object(value: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            visit(fields);
            fields.values_mut().for_each(|field| each_object(field, visit));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
