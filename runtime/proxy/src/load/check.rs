//! Walks a bootstrap along the tables: names become snake case, scalars are checked, the unknown is refused.
use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use super::listener_table::{BOOTSTRAP, SECRET};
use super::table::{Kind, Message};

/// One part of a bootstrap that this proxy does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where, as `static_resources.listeners[0].name`; empty for the whole file.
    pub path: String,
    /// Why, and what to do about it.
    pub reason: String,
    /// The Istio object that this part came from, when the bootstrap says so.
    pub object: Option<String>,
}

impl Refusal {
    /// A refusal of a part whose object is not known yet.
    pub(crate) fn new(path: String, reason: String) -> Self {
        Self { path, reason, object: None }
    }

    /// Looks for the object: the metadata of the innermost part on the way that names one.
    pub(crate) fn find_object(&mut self, bootstrap: &Value) {
        let mut at = Some(bootstrap);
        for step in steps(&self.path) {
            at = at.and_then(|value| match step.parse::<usize>() {
                Ok(index) if value.is_array() => value.get(index),
                _ => value.get(step),
            });
            let istio = at.and_then(|v| v.get("metadata")?.get("filter_metadata")?.get("istio"));
            if let Some(config) = istio.and_then(|i| i.get("config")?.as_str()) {
                self.object = Some(config.to_owned());
            }
        }
    }
}

/// The steps of a path: names, indices and keys of maps.
fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[', ']']).map(|step| step.trim_matches('"')).filter(|step| !step.is_empty())
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "(bootstrap)" } else { &self.path };
        match &self.object {
            Some(object) => write!(f, "{path} (from {object}): {}", self.reason),
            None => write!(f, "{path}: {}", self.reason),
        }
    }
}

/// A bootstrap after the walk.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The bootstrap with snake case names; extensions allowed as inert are marked with `@inert`.
    pub(crate) value: Value,
    /// Everything refused, in document order.
    pub(crate) refusals: Vec<Refusal>,
}

/// Nesting deeper than this is refused, so that hostile input cannot exhaust the stack.
const MAX_DEPTH: usize = 96;

/// Checks `bootstrap` against the tables. `allow_inert` holds type names that are read and ignored.
pub(crate) fn check(bootstrap: &Value, allow_inert: &BTreeSet<String>) -> Checked {
    let mut walk = Walk { allow_inert, refusals: Vec::new(), path: Vec::new() };
    let value = walk.message(&BOOTSTRAP, bootstrap);
    Checked { value, refusals: walk.refusals }
}

/// Checks a secret that stands in a file of its own; what is refused is named from the secret on.
pub(crate) fn check_secret(secret: &Value) -> Checked {
    let mut walk = Walk { allow_inert: &BTreeSet::new(), refusals: Vec::new(), path: Vec::new() };
    let value = walk.message(&SECRET, secret);
    Checked { value, refusals: walk.refusals }
}

struct Walk<'a> {
    allow_inert: &'a BTreeSet<String>,
    refusals: Vec<Refusal>,
    path: Vec<String>,
}

impl Walk<'_> {
    fn refuse(&mut self, reason: String) -> Value {
        let mut path = String::new();
        for part in &self.path {
            if !part.starts_with('[') && !path.is_empty() {
                path.push('.');
            }
            path.push_str(part);
        }
        self.refusals.push(Refusal::new(path, reason));
        Value::Null
    }

    fn at<T>(&mut self, part: String, body: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(part);
        let result = body(self);
        self.path.pop();
        result
    }

    fn message(&mut self, message: &'static Message, value: &Value) -> Value {
        let Value::Object(object) = value else {
            return self.refuse(format!("expected an object ({})", message.name));
        };
        if self.path.len() > MAX_DEPTH {
            return self.refuse("nested too deeply".to_owned());
        }
        let mut out = Map::new();
        for (key, value) in object {
            if key == "@type" {
                out.insert(key.clone(), value.clone());
                continue;
            }
            if value.is_null() {
                continue;
            }
            let name = snake_case(key);
            let Some(field) = message.fields.iter().find(|f| f.name == name) else {
                self.at(name, |w| {
                    w.refuse(format!(
                        "{} has no field of this name that this proxy runs; remove it, or run the bootstrap in Envoy",
                        message.name
                    ))
                });
                continue;
            };
            let value = self.at(name.clone(), |w| w.kind(&field.kind, value));
            out.insert(name, value);
        }
        Value::Object(out)
    }

    fn kind(&mut self, kind: &'static Kind, value: &Value) -> Value {
        match kind {
            Kind::Str => match value {
                Value::String(_) => value.clone(),
                _ => self.refuse("expected a string".to_owned()),
            },
            Kind::Bool => match value {
                Value::Bool(_) => value.clone(),
                _ => self.refuse("expected true or false".to_owned()),
            },
            Kind::Int => self.integer(value),
            Kind::Float => match value {
                Value::Number(_) => value.clone(),
                _ => self.refuse("expected a number".to_owned()),
            },
            Kind::Duration => match value.as_str().and_then(parse_duration) {
                Some(_) => value.clone(),
                None => self.refuse("expected a duration such as 1.5s".to_owned()),
            },
            Kind::Enum(names) => self.enumeration(names, value),
            Kind::Only(text) => self.only(text, value),
            Kind::Msg(message) => self.message(message, value),
            Kind::List(element) => self.list(element, value),
            Kind::Map(element) => self.map(element, value),
            Kind::Any(messages) => self.any(messages, value),
            Kind::Free => value.clone(),
        }
    }

    fn integer(&mut self, value: &Value) -> Value {
        let number = match value {
            Value::String(text) => text.parse::<i64>().ok(),
            Value::Number(number) => {
                number.as_i64().or_else(|| number.as_f64().filter(|f| f.fract() == 0.0).map(|f| f as i64))
            }
            _ => None,
        };
        match number {
            Some(number) => Value::from(number),
            None => self.refuse("expected an integer".to_owned()),
        }
    }

    fn enumeration(&mut self, names: &[&str], value: &Value) -> Value {
        match value.as_str() {
            Some(text) if names.contains(&text) => value.clone(),
            Some(text) if names.is_empty() => self
                .refuse(format!("{text} is not supported; remove the field, or run the bootstrap in Envoy")),
            Some(text) => {
                self.refuse(format!("{text} is not supported; this proxy runs {}", names.join(", ")))
            }
            None if value == &Value::Bool(false) && names.is_empty() => Value::Null,
            None => self.refuse("expected the name of an enum value".to_owned()),
        }
    }

    /// The only value that means what the proxy does anyway.
    fn only(&mut self, text: &str, value: &Value) -> Value {
        let given = match value {
            Value::String(given) => given.clone(),
            other => other.to_string(),
        };
        if given == text {
            return value.clone();
        }
        let text = if text.is_empty() { "the empty value" } else { text };
        self.refuse(format!("this proxy only runs {text}; remove the field, or run the bootstrap in Envoy"))
    }

    fn list(&mut self, element: &'static Kind, value: &Value) -> Value {
        let Value::Array(items) = value else {
            return self.refuse("expected a list".to_owned());
        };
        let checked = items
            .iter()
            .enumerate()
            .map(|(i, item)| self.at(format!("[{i}]"), |w| w.kind(element, item)))
            .collect();
        Value::Array(checked)
    }

    fn map(&mut self, element: &'static Kind, value: &Value) -> Value {
        let Value::Object(items) = value else {
            return self.refuse("expected an object".to_owned());
        };
        let checked = items
            .iter()
            .map(|(key, item)| (key.clone(), self.at(format!("[\"{key}\"]"), |w| w.kind(element, item))))
            .collect();
        Value::Object(checked)
    }

    fn any(&mut self, messages: &[&'static Message], value: &Value) -> Value {
        let Some(url) = value.get("@type").and_then(Value::as_str) else {
            return self.refuse("typed_config has no @type".to_owned());
        };
        let (name, value) = unwrap_typed_struct(url, value);
        if self.allow_inert.contains(&name) {
            return serde_json::json!({"@type": name, "@inert": true});
        }
        let Some(message) = messages.iter().find(|m| m.name == name) else {
            return self.refuse(format!(
                "{name} is not supported here; run the bootstrap in Envoy, or pass --allow-inert {name} if \
                 ignoring it is safe"
            ));
        };
        let mut checked = self.message(message, &value);
        if let Value::Object(object) = &mut checked {
            object.insert("@type".to_owned(), Value::from(message.name));
        }
        checked
    }
}

/// `udpa.type.v1.TypedStruct` and `xds.type.v3.TypedStruct` carry another type's fields as a struct.
fn unwrap_typed_struct(url: &str, value: &Value) -> (String, Value) {
    let name = |url: &str| url.rsplit('/').next().unwrap_or(url).to_owned();
    let outer = name(url);
    if outer != "udpa.type.v1.TypedStruct" && outer != "xds.type.v3.TypedStruct" {
        return (outer, value.clone());
    }
    let inner = value.get("type_url").or_else(|| value.get("typeUrl")).and_then(Value::as_str);
    let fields = value.get("value").cloned().unwrap_or_else(|| Value::Object(Map::new()));
    (inner.map_or(outer, name), fields)
}

/// `requestHeadersToAdd` as `request_headers_to_add`; snake case stays as it is.
fn snake_case(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    let mut previous_digit = false;
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
            out.push(c.to_ascii_lowercase());
        } else {
            // consecutive5xx and proxy100Continue: protojson drops the underscore before a digit
            if c.is_ascii_digit()
                && !previous_digit
                && matches!(out.as_str(), "consecutive" | "enforcing_consecutive" | "proxy" | "accept_http")
            {
                out.push('_');
            }
            out.push(c);
        }
        previous_digit = c.is_ascii_digit();
    }
    out
}

/// Reads protojson's duration, `-` excluded.
pub(crate) fn parse_duration(text: &str) -> Option<std::time::Duration> {
    let seconds = text.strip_suffix('s')?;
    if !seconds.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    if fraction.len() > 9 {
        return None;
    }
    let nanos = format!("{fraction:0<9}").parse::<u32>().ok()?;
    Some(std::time::Duration::new(whole.parse().ok()?, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_both_spellings() {
        for (camel, snake) in [
            ("requestHeadersToAdd", "request_headers_to_add"),
            ("consecutive5xx", "consecutive_5xx"),
            ("enforcingConsecutive5xx", "enforcing_consecutive_5xx"),
            ("proxy100Continue", "proxy_100_continue"),
            ("acceptHttp10", "accept_http_10"),
            ("http2ProtocolOptions", "http2_protocol_options"),
        ] {
            assert_eq!(snake_case(camel), snake);
            assert_eq!(snake_case(snake), snake);
        }
    }

    #[test]
    fn everything_refused_is_named_at_once() {
        let bootstrap = serde_json::json!({"static_resources": {"listeners": [
            {"name": "a", "wasm": 1, "address": {"socketAddress": {"portValue": "80", "address": 3}}},
            {"filterChains": [{"filters": [{"typedConfig": {"@type": "x/y.Z"}}]}]}]}});
        let refusals = check(&bootstrap, &BTreeSet::new()).refusals;
        let paths: Vec<_> = refusals.iter().map(|r| r.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "static_resources.listeners[0].wasm",
                "static_resources.listeners[0].address.socket_address.address",
                "static_resources.listeners[1].filter_chains[0].filters[0].typed_config"
            ]
        );
        let allowed = check(&bootstrap, &BTreeSet::from(["y.Z".to_owned()])).refusals;
        assert_eq!(allowed.len(), 2);
    }

    #[test]
    fn what_changes_nothing_is_accepted_and_its_opposite_refused() {
        let cluster = |value: Value| {
            let bootstrap = serde_json::json!({"static_resources": {"clusters": [value]}});
            check(&bootstrap, &BTreeSet::new()).refusals.len()
        };
        let close = |on: bool| serde_json::json!({"closeConnectionsOnHostHealthFailure": on});
        assert_eq!((cluster(close(false)), cluster(close(true))), (0, 1));
        let wait = |on: bool| serde_json::json!({"commonLbConfig": {"ignoreNewHostsUntilFirstHc": on}});
        assert_eq!((cluster(wait(false)), cluster(wait(true))), (0, 1));
    }

    #[test]
    fn the_object_behind_a_part_is_found() {
        let route = serde_json::json!({"name": "r", "metadata": {"filter_metadata": {"istio": {
            "config": "/apis/networking.istio.io/v1/namespaces/a/virtual-service/v"}}}});
        let bootstrap = serde_json::json!({"routes": [{}, route]});
        let object = |path: &str| {
            let mut refusal = Refusal::new(path.to_owned(), "no".to_owned());
            refusal.find_object(&bootstrap);
            refusal.to_string()
        };
        let wanted =
            "routes[1].match.x (from /apis/networking.istio.io/v1/namespaces/a/virtual-service/v): no";
        assert_eq!(object("routes[1].match.x"), wanted);
        assert_eq!(object("routes[0].match"), "routes[0].match: no");
    }

    #[test]
    fn durations() {
        assert_eq!(parse_duration("0.25s"), Some(std::time::Duration::from_millis(250)));
        assert_eq!(parse_duration("15s"), Some(std::time::Duration::from_secs(15)));
        for bad in ["15", "-1s", "1.s.s", "s", "1e3s"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }
}
