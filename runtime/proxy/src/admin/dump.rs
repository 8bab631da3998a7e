//! `/config_dump`: the bootstrap in the form in which Envoy shows what it runs (`source/server/admin/config_dump_handler.cc`).
use std::time::{Duration, SystemTime};

use regex::Regex;
use serde_json::{Map, Value, json};

use super::pages::{Page, json_page, put};
use super::query::Query;
use crate::access::time::format_time;
use crate::server::worker::Global;

const ADMIN: &str = "type.googleapis.com/envoy.admin.v3.";
const CONFIG: &str = "type.googleapis.com/envoy.config.";

/// One message of the dump: its type, its single fields, and its lists with the names and elements.
struct Section {
    kind: &'static str,
    single: Vec<(&'static str, Value)>,
    lists: Vec<(&'static str, &'static str, Vec<Value>)>,
}

impl Section {
    fn list(kind: &'static str, field: &'static str, element: &'static str, items: Vec<Value>) -> Self {
        Self { kind, single: Vec::new(), lists: vec![(field, element, items)] }
    }

    fn message(&self) -> Value {
        let mut all = Map::new();
        all.insert("@type".to_owned(), json!(format!("{ADMIN}{}", self.kind)));
        all.extend(self.single.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let lists = self.lists.iter().filter(|(.., items)| !items.is_empty());
        all.extend(lists.map(|(name, _, items)| ((*name).to_owned(), json!(items))));
        Value::from(all)
    }
}

/// The page.
pub(super) fn page(global: &Global, query: &Query) -> Page {
    let refused = |status, text: String| Page::new(status, "text/plain", text);
    let names = match query.get("name_regex").map(|text| (text, Regex::new(&format!("^(?:{text})$")))) {
        None => None,
        Some((_, Ok(names))) => Some(names),
        Some((text, Err(_))) => {
            let why = format!(
                "INVALID_ARGUMENT: Error while parsing name_regex from {text}: not a regular expression"
            );
            return refused(400, why);
        }
    };
    let sections = sections(global, names.as_ref(), query.has("include_eds"));
    let mask: Vec<_> =
        query.get("mask").unwrap_or_default().split(',').filter(|path| !path.is_empty()).collect();
    let configs = match query.get("resource") {
        None => {
            let mut all: Vec<_> = sections.iter().map(Section::message).collect();
            if !mask.is_empty() {
                all = all.iter().filter_map(|message| masked_message(message, &mask)).collect();
                if all.is_empty() {
                    let text = format!(
                        "FieldMask {} could not be successfully applied to any configs.",
                        mask.join(",")
                    );
                    return refused(400, text);
                }
            }
            all
        }
        Some(wanted) => match one(&sections, wanted, &mask) {
            Ok(all) => all,
            Err((status, text)) => return refused(status, text),
        },
    };
    if configs.is_empty() {
        return json_page(&json!({}));
    }
    json_page(&redact(json!({"configs": configs})))
}

/// The elements of one list.
fn one(sections: &[Section], wanted: &str, mask: &[&str]) -> Result<Vec<Value>, (u16, String)> {
    for section in sections {
        if section.single.iter().any(|(name, _)| *name == wanted) {
            return Err((
                400,
                format!("{wanted} is not a repeated field. Use ?mask={wanted} to get only this field"),
            ));
        }
        let Some((_, element, items)) = section.lists.iter().find(|(name, ..)| *name == wanted) else {
            continue;
        };
        let whole = |item: &Value| {
            let mut all = Map::new();
            all.insert("@type".to_owned(), json!(format!("{ADMIN}{}.{element}", section.kind)));
            let kept = if mask.is_empty() { item.clone() } else { masked(item, mask) };
            all.extend(kept.as_object().cloned().unwrap_or_default());
            Value::from(all)
        };
        return Ok(items.iter().map(whole).collect());
    }
    Err((404, format!("{wanted} not found in config dump")))
}

/// A message with the fields that a mask names; `None` when it has none of them.
fn masked_message(message: &Value, mask: &[&str]) -> Option<Value> {
    let paths: Vec<_> = mask.iter().filter(|path| applies(message, path)).copied().collect();
    if paths.is_empty() {
        return None;
    }
    let mut kept = Map::new();
    kept.extend(message.get("@type").map(|kind| ("@type".to_owned(), kind.clone())));
    kept.extend(masked(message, &paths).as_object().cloned().unwrap_or_default());
    Some(Value::from(kept))
}

/// Whether a path leads into a message: its first field is there, and it does not go on below a list.
fn applies(message: &Value, path: &str) -> bool {
    let mut at = message;
    for (depth, name) in path.split('.').enumerate() {
        match (at, at.get(name)) {
            (Value::Array(_), _) => return false,
            (_, Some(below)) => at = below,
            (_, None) => return depth > 0,
        }
    }
    true
}

/// The fields of a value that a mask names, with the types of messages.
fn masked(value: &Value, mask: &[&str]) -> Value {
    let Some(fields) = value.as_object() else { return value.clone() };
    let mut kept = Map::new();
    for (name, field) in fields {
        let below = |path: &&str| path.strip_prefix(name.as_str())?.strip_prefix('.').map(str::to_owned);
        let deeper: Vec<_> = mask.iter().filter_map(below).collect();
        if mask.contains(&name.as_str()) {
            kept.insert(name.clone(), field.clone());
        } else if !deeper.is_empty() {
            let deeper: Vec<_> = deeper.iter().map(String::as_str).collect();
            kept.insert(name.clone(), masked(field, &deeper));
        } else if name == "@type" {
            kept.insert(name.clone(), field.clone());
        }
    }
    Value::from(kept)
}

/// What the messages are made of.
struct Source<'a> {
    bootstrap: Value,
    /// When it was loaded.
    time: String,
    /// The names that are asked for.
    names: Option<&'a Regex>,
}

impl Source<'_> {
    fn items(&self, name: &str) -> Vec<Value> {
        let part = self.bootstrap.pointer(&format!("/static_resources/{name}")).and_then(Value::as_array);
        part.cloned().unwrap_or_default()
    }

    fn fits(&self, item: &Value, field: &str) -> bool {
        let name = item.get(field).and_then(Value::as_str).unwrap_or_default();
        self.names.is_none_or(|names| names.is_match(name))
    }

    /// Elements that are asked for, each as the field of a message with the time.
    fn wrapped(&self, items: Vec<Value>, field: &str, kind: &str) -> Vec<Value> {
        let all = items.into_iter().filter(|item| self.fits(item, "name"));
        all.map(|item| json!({field: typed(&item, kind), "last_updated": self.time})).collect()
    }

    fn endpoints(&self) -> Vec<Value> {
        let of = |cluster: Value| {
            let mut assignment = cluster.get("load_assignment")?.clone();
            put(&mut assignment, "cluster_name", cluster.get("name")?.clone());
            let shown = typed(&assignment, "endpoint.v3.ClusterLoadAssignment");
            self.fits(&assignment, "cluster_name").then(|| json!({"endpoint_config": shown}))
        };
        self.items("clusters").into_iter().filter_map(of).collect()
    }

    fn secrets(&self) -> Vec<Value> {
        let kind = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
        let one = |item: &Value| {
            let mut secret = Map::new();
            secret.insert("@type".to_owned(), json!(kind));
            secret.extend(item.as_object().cloned().unwrap_or_default());
            json!({"name": item.get("name"), "last_updated": self.time, "secret": secret})
        };
        self.items("secrets").iter().filter(|item| self.fits(item, "name")).map(one).collect()
    }
}

/// A value with its type, below `envoy.config`.
fn typed(item: &Value, kind: &str) -> Value {
    let mut all = Map::new();
    all.insert("@type".to_owned(), json!(format!("{CONFIG}{kind}")));
    all.extend(item.as_object().cloned().unwrap_or_default());
    Value::from(all)
}

/// All messages of the dump.
fn sections(global: &Global, names: Option<&Regex>, endpoints: bool) -> Vec<Section> {
    let time = SystemTime::now().checked_sub(global.since.elapsed()).unwrap_or(SystemTime::UNIX_EPOCH);
    let source = Source { bootstrap: global.program.bootstrap(), time: stamp(time), names };
    let clusters = source.wrapped(source.items("clusters"), "cluster", "cluster.v3.Cluster");
    let listeners = source.wrapped(source.items("listeners"), "listener", "listener.v3.Listener");
    let routes = route_configs(&source.items("listeners"));
    let routes = source.wrapped(routes, "route_config", "route.v3.RouteConfiguration");
    let single = vec![("bootstrap", source.bootstrap.clone()), ("last_updated", json!(source.time))];
    let empty = |kind| Section { kind, single: Vec::new(), lists: Vec::new() };
    let mut all = vec![
        Section { single, ..empty("BootstrapConfigDump") },
        Section::list("ClustersConfigDump", "static_clusters", "StaticCluster", clusters),
    ];
    if endpoints {
        let (kind, element) = ("EndpointsConfigDump", "StaticEndpointConfig");
        all.push(Section::list(kind, "static_endpoint_configs", element, source.endpoints()));
    }
    all.extend([
        Section::list("ListenersConfigDump", "static_listeners", "StaticListener", listeners),
        empty("ScopedRoutesConfigDump"),
        Section::list("RoutesConfigDump", "static_route_configs", "StaticRouteConfig", routes),
        Section::list("SecretsConfigDump", "static_secrets", "StaticSecret", source.secrets()),
    ]);
    all
}

/// The route configurations inside of listeners, in their order.
fn route_configs(listeners: &[Value]) -> Vec<Value> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Value> = listeners.iter().rev().collect();
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("route_config").cloned());
                waiting.extend(
                    fields.iter().rev().filter(|(name, _)| *name != "route_config").map(|(_, field)| field),
                );
            }
            Value::Array(items) => waiting.extend(items.iter().rev()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

/// A time with milliseconds.
fn stamp(time: SystemTime) -> String {
    let parts = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    format!("{}.{:03}Z", format_time(time, "%Y-%m-%dT%H:%M:%S"), parts.subsec_millis())
}

/// Replaces what is nobody's business: keys, passwords, tickets' keys.
fn redact(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                *field = match name.as_str() {
                    "private_key"
                    | "local_jwks"
                    | "password"
                    | "session_ticket_keys"
                    | "generic_secret"
                    | "hmac_secret" => hidden(field),
                    _ => redact(std::mem::take(field)),
                };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = redact(std::mem::take(item))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    value
}

/// A value whose texts are hidden; bytes are, as Envoy has it, those of the word.
fn hidden(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let one = |(name, field): (&String, &Value)| {
                let bytes = name == "inline_bytes" && field.is_string();
                (name.clone(), if bytes { json!("W3JlZGFjdGVkXQ==") } else { hidden(field) })
            };
            Value::from(fields.iter().map(one).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(hidden).collect(),
        Value::String(_) => json!("[redacted]"),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_what_they_name() {
        let value = json!({"@type": "t", "a": {"b": 1, "c": 2}, "d": 3});
        assert_eq!(masked(&value, &["a.b"]), json!({"@type": "t", "a": {"b": 1}}));
        assert_eq!(masked(&value, &["d", "a.c"]), json!({"@type": "t", "a": {"c": 2}, "d": 3}));
        assert_eq!(masked_message(&value, &["x"]), None);
        let list = json!({"@type": "t", "l": [{"b": 1}]});
        assert_eq!((masked_message(&list, &["l.b"]), masked_message(&list, &["l"])), (None, Some(list)));
        assert_eq!(masked_message(&value, &["x", "d"]), Some(json!({"@type": "t", "d": 3})));
    }

    #[test]
    fn secrets_are_nobodys_business() {
        let value = json!({"private_key": {"inline_string": "k", "inline_bytes": "aw=="}, "a": [{"password": {"filename": "f"}}]});
        let shown = json!({"private_key": {"inline_string": "[redacted]", "inline_bytes": "W3JlZGFjdGVkXQ=="},
            "a": [{"password": {"filename": "[redacted]"}}]});
        assert_eq!(redact(value), shown);
    }

    #[test]
    fn routes_are_found_wherever_they_are() {
        let of = |name: &str| json!({"filters": [{"typed_config": {"route_config": {"name": name}}}]});
        let listeners =
            [json!({"filter_chains": [of("a"), of("b")], "default_filter_chain": of("c")}), of("d")];
        let names: Vec<_> =
            route_configs(&listeners).iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }
}
