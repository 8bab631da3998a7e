//! Walks a bootstrap along the tables: names become snake case, scalars are checked, the unknown is refused.
use std::collections::BTreeSet;

use super::cluster_table::CLUSTER;
use super::listener_table::{BOOTSTRAP, LISTENER, SECRET};
use super::refusal::Refusal;
use super::runtime::{Runtime, Settings};
use super::table::{Field, Kind, Message};
use crate::json::{Entry, Value};

/// A bootstrap, or a part of one, after the walk.
#[derive(Debug)]
pub(crate) struct Checked<'t> {
    /// The same with snake case names; extensions allowed as inert are marked with `@inert`.
    pub(crate) value: Value<'t>,
    /// Everything refused, in document order.
    pub(crate) refusals: Vec<Refusal>,
}

/// The parts of a bootstrap that are read one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// `static_resources.clusters`
    Clusters,
    /// `static_resources.listeners`
    Listeners,
}

impl Part {
    /// The name of its field.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Clusters => "clusters",
            Self::Listeners => "listeners",
        }
    }
}

/// Nesting deeper than this is refused, so that hostile input cannot exhaust the stack.
const MAX_DEPTH: usize = 96;

/// Checks `bootstrap` against the tables. `allow_inert` holds type names that are read and ignored.
pub(crate) fn check<'t>(bootstrap: Value<'t>, allow_inert: &BTreeSet<String>) -> Checked<'t> {
    let runtime = &Runtime::default();
    walk(&BOOTSTRAP, bootstrap, Settings { allow_inert, runtime }, Vec::new())
}

/// Checks one cluster or listener.
pub(crate) fn check_item<'t>(
    part: Part,
    index: usize,
    item: Value<'t>,
    settings: Settings<'_>,
) -> Checked<'t> {
    let message = match part {
        Part::Clusters => &CLUSTER,
        Part::Listeners => &LISTENER,
    };
    let path = vec![Step::Field("static_resources"), Step::Field(part.field()), Step::Item(index)];
    walk(message, item, settings, path)
}

/// Checks a secret that stands in a file of its own; what is refused is named from the secret on.
pub(crate) fn check_secret(secret: Value<'_>) -> Checked<'_> {
    let settings = Settings { allow_inert: &BTreeSet::new(), runtime: &Runtime::default() };
    walk(&SECRET, secret, settings, Vec::new())
}

fn walk<'t>(
    message: &'static Message,
    value: Value<'t>,
    settings: Settings<'_>,
    path: Vec<Step>,
) -> Checked<'t> {
    let mut walk = Walk { settings, refusals: Vec::new(), path };
    let value = walk.message(message, value);
    Checked { value, refusals: walk.refusals }
}

/// One step on the way from the bootstrap to a value.
enum Step {
    Field(&'static str),
    Unknown(String),
    Item(usize),
    Key(String),
}

struct Walk<'a> {
    settings: Settings<'a>,
    refusals: Vec<Refusal>,
    path: Vec<Step>,
}

impl Walk<'_> {
    fn refuse<'t>(&mut self, reason: String) -> Value<'t> {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Item(index) => path.push_str(&format!("[{index}]")),
                Step::Key(key) => path.push_str(&format!("[\"{key}\"]")),
                Step::Field(_) | Step::Unknown(_) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(if let Step::Unknown(name) = step { name } else { step.field() });
                }
            }
        }
        self.refusals.push(Refusal::new(path, reason));
        Value::Null
    }

    fn at<T>(&mut self, step: Step, body: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = body(self);
        self.path.pop();
        result
    }

    fn message<'t>(&mut self, message: &'static Message, value: Value<'t>) -> Value<'t> {
        let Value::Map(entries) = value else {
            return self.refuse(format!("expected an object ({})", message.name));
        };
        if self.path.len() > MAX_DEPTH {
            return self.refuse("nested too deeply".to_owned());
        }
        let mut out: Vec<Entry<'t>> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if key == "@type" {
                out.push((key, value));
            } else if !value.is_null()
                && let Some(field) = self.field(message, &key)
            {
                let value = self.at(Step::Field(field.name), |w| w.kind(&field.kind, value));
                // Both spellings of a name are one field; the last one counts.
                out.retain(|(known, _)| known != field.name);
                out.push((field.name.into(), value));
            }
        }
        self.settings.runtime.replace(message.name, &mut out);
        Value::Map(out)
    }

    fn field(&mut self, message: &'static Message, key: &str) -> Option<&'static Field> {
        if let Some(field) = message.fields.iter().find(|f| f.name == key) {
            return Some(field);
        }
        let name = snake_case(key);
        let field = message.fields.iter().find(|f| f.name == name);
        if field.is_none() {
            let reason = format!(
                "{} has no field of this name that this proxy runs; remove it, or run the bootstrap in Envoy",
                message.name
            );
            self.at(Step::Unknown(name), |w| w.refuse(reason));
        }
        field
    }

    fn kind<'t>(&mut self, kind: &'static Kind, value: Value<'t>) -> Value<'t> {
        match (kind, &value) {
            (Kind::Str, Value::Text(_))
            | (Kind::Bool, Value::Bool(_))
            | (Kind::Float, Value::Int(_) | Value::Float(_))
            | (Kind::Free, _) => value,
            (Kind::Str, _) => self.refuse("expected a string".to_owned()),
            (Kind::Bool, _) => self.refuse("expected true or false".to_owned()),
            (Kind::Float, _) => self.refuse("expected a number".to_owned()),
            (Kind::Int, _) => self.integer(&value),
            (Kind::Duration, _) => match value.as_str().and_then(parse_duration) {
                Some(_) => value,
                None => self.refuse("expected a duration such as 1.5s".to_owned()),
            },
            (Kind::Enum(names), _) => self.enumeration(names, value),
            (Kind::Only(text), _) => self.only(text, value),
            (Kind::Msg(message), _) => self.message(message, value),
            (Kind::List(element), _) => self.list(element, value),
            (Kind::Map(element), _) => self.map(element, value),
            (Kind::Any(messages), _) => self.any(messages, value),
        }
    }

    fn integer<'t>(&mut self, value: &Value<'t>) -> Value<'t> {
        let number = match value {
            Value::Text(text) => text.parse::<i64>().ok(),
            Value::Int(number) => Some(*number),
            Value::Float(number) if number.fract() == 0.0 => Some(*number as i64),
            _ => None,
        };
        number.map_or_else(|| self.refuse("expected an integer".to_owned()), Value::Int)
    }

    fn enumeration<'t>(&mut self, names: &[&str], value: Value<'t>) -> Value<'t> {
        match value.as_str() {
            Some(text) if names.contains(&text) => value,
            Some(text) if names.is_empty() => {
                let reason =
                    format!("{text} is not supported; remove the field, or run the bootstrap in Envoy");
                self.refuse(reason)
            }
            Some(text) => {
                let reason = format!("{text} is not supported; this proxy runs {}", names.join(", "));
                self.refuse(reason)
            }
            None if value == Value::Bool(false) && names.is_empty() => Value::Null,
            None => self.refuse("expected the name of an enum value".to_owned()),
        }
    }

    /// The only value that means what the proxy does anyway.
    fn only<'t>(&mut self, text: &str, value: Value<'t>) -> Value<'t> {
        let same = match &value {
            Value::Text(given) => given == text,
            other => {
                let shown = other.to_json().to_string();
                shown == text
            }
        };
        if same {
            return value;
        }
        let text = if text.is_empty() { "the empty value" } else { text };
        self.refuse(format!("this proxy only runs {text}; remove the field, or run the bootstrap in Envoy"))
    }

    fn list<'t>(&mut self, element: &'static Kind, value: Value<'t>) -> Value<'t> {
        let Value::List(mut items) = value else {
            return self.refuse("expected a list".to_owned());
        };
        for (index, item) in items.iter_mut().enumerate() {
            let given = std::mem::take(item);
            *item = self.at(Step::Item(index), |w| w.kind(element, given));
        }
        Value::List(items)
    }

    fn map<'t>(&mut self, element: &'static Kind, value: Value<'t>) -> Value<'t> {
        let Value::Map(mut entries) = value else {
            return self.refuse("expected an object".to_owned());
        };
        for (key, item) in &mut entries {
            let given = std::mem::take(item);
            *item = self.at(Step::Key(key.to_string()), |w| w.kind(element, given));
        }
        Value::Map(entries)
    }

    fn any<'t>(&mut self, messages: &[&'static Message], value: Value<'t>) -> Value<'t> {
        let Some(url) = value.get("@type").and_then(Value::as_str) else {
            return self.refuse("typed_config has no @type".to_owned());
        };
        let url = url.to_owned();
        let (name, value) = unwrap_typed_struct(&url, value);
        if self.settings.allow_inert.contains(&name) {
            return Value::Map(vec![
                ("@type".into(), Value::Text(name.into())),
                ("@inert".into(), Value::Bool(true)),
            ]);
        }
        let Some(message) = messages.iter().find(|m| m.name == name) else {
            let reason = super::reasons::why(&name).map_or_else(String::new, |why| format!(": {why}"));
            return self.refuse(format!(
                "{name} is not supported here{reason}; run the bootstrap in Envoy, or pass --allow-inert {name} \
                 if ignoring it is safe"
            ));
        };
        let mut checked = self.message(message, value);
        if let Value::Map(entries) = &mut checked {
            entries.retain(|(name, _)| name != "@type");
            entries.push(("@type".into(), Value::Text(message.name.into())));
        }
        checked
    }
}

impl Step {
    fn field(&self) -> &str {
        if let Self::Field(name) = self { name } else { "" }
    }
}

/// `udpa.type.v1.TypedStruct` and `xds.type.v3.TypedStruct` carry another type's fields as a struct.
fn unwrap_typed_struct<'t>(url: &str, value: Value<'t>) -> (String, Value<'t>) {
    let name = |url: &str| url.rsplit('/').next().unwrap_or(url).to_owned();
    let outer = name(url);
    if outer != "udpa.type.v1.TypedStruct" && outer != "xds.type.v3.TypedStruct" {
        return (outer, value);
    }
    let inner = value.get("type_url").or_else(|| value.get("typeUrl")).and_then(Value::as_str);
    let inner = inner.map_or(outer, name);
    let Value::Map(entries) = value else { return (inner, value) };
    let fields = entries.into_iter().find_map(|(name, fields)| (name == "value").then_some(fields));
    (inner, fields.unwrap_or_else(|| Value::Map(Vec::new())))
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
                && matches!(
                    out.as_str(),
                    "consecutive"
                        | "enforcing_consecutive"
                        | "proxy"
                        | "accept_http"
                        | "trace_id"
                        | "default_host_for_http"
                )
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
        let refusals = check(Value::from(&bootstrap), &BTreeSet::new()).refusals;
        let paths: Vec<_> = refusals.iter().map(|r| r.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "static_resources.listeners[0].wasm",
                "static_resources.listeners[0].address.socket_address.address",
                "static_resources.listeners[1].filter_chains[0].filters[0].typed_config"
            ]
        );
        let allowed = check(Value::from(&bootstrap), &BTreeSet::from(["y.Z".to_owned()])).refusals;
        assert_eq!(allowed.len(), 2);
    }

    #[test]
    fn what_changes_nothing_is_accepted_and_its_opposite_refused() {
        let cluster = |value: serde_json::Value| {
            let bootstrap = serde_json::json!({"static_resources": {"clusters": [value]}});
            check(Value::from(&bootstrap), &BTreeSet::new()).refusals.len()
        };
        let close = |on: bool| serde_json::json!({"closeConnectionsOnHostHealthFailure": on});
        assert_eq!((cluster(close(false)), cluster(close(true))), (0, 1));
        let wait = |on: bool| serde_json::json!({"commonLbConfig": {"ignoreNewHostsUntilFirstHc": on}});
        assert_eq!((cluster(wait(false)), cluster(wait(true))), (0, 1));
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
