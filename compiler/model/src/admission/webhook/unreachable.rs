//! Routes and matches that nothing reaches (istio 1.31 `pkg/config/validation/validation.go`, `analyzeUnreachableHTTPRules`).

use std::collections::BTreeMap;

use super::findings::Findings;
use crate::admission::Topic;
use crate::admission::crd::words::quoted;
use crate::admission::decode::message::{Item, Message, Value};

/// Warnings about all three kinds of routes.
pub(super) fn unreachable(out: &mut Findings, vs: &Message) {
    for field in ["http", "tcp", "tls"] {
        let routes: Vec<&Message> = vs.messages(field).collect();
        analyze(out, &routes);
    }
}

fn name(message: &Message, at: usize) -> String {
    let name = message.text("name");
    if name.is_empty() { format!("#{at}") } else { quoted(name) }
}

fn unused(out: &mut Findings, route: &Message, at: usize, reason: &str) {
    out.warn_of(
        Topic::Unreachable,
        &route.place,
        format!("virtualService rule {} not used ({reason})", name(route, at)),
    );
}

struct Prefix<'a> {
    route: String,
    own: String,
    prefix: &'a str,
    message: &'a Message,
}

fn analyze(out: &mut Findings, routes: &[&Message]) {
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut prefixes: Vec<Prefix<'_>> = Vec::new();
    let mut open = false;
    for (at, route) in routes.iter().enumerate() {
        if route.items("match").is_empty() {
            if open {
                unused(out, route, at, "only the last rule can have no matches");
            }
            open = true;
            continue;
        }
        let mut duplicates = 0;
        for (n, own) in route.messages("match").enumerate() {
            if open {
                unused(out, route, at, "route without matches defined before");
                continue;
            }
            let shown = shape(own);
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == shown) {
                let (rule, own_name) = (name(route, at), name(own, n));
                out.warn_of(Topic::Ineffective, &own.place, format!("virtualService rule {rule} match {own_name} is not used (duplicate/overlapping match in rule {first})"));
                duplicates += 1;
                continue;
            }
            seen.push((shown, name(route, at)));
            let prefix = own.message("uri").map_or("", |uri| uri.text("prefix"));
            if !prefix.is_empty() {
                prefixes.push(Prefix { route: name(route, at), own: name(own, n), prefix, message: own });
            }
        }
        if duplicates == route.items("match").len() {
            unused(out, route, at, "all matches used by prior rules");
        }
    }
    overlaps(out, &prefixes);
}

/// Prefixes that an earlier one covers.
fn overlaps(out: &mut Findings, prefixes: &[Prefix<'_>]) {
    for (at, a) in prefixes.iter().enumerate() {
        for b in prefixes.iter().skip(at + 1).filter(|b| b.prefix != a.prefix && covers(a, b)) {
            out.warn_of(Topic::Ineffective, &b.message.place, format!(
                "virtualService rule {} match {} of prefix {} is not used (duplicate/overlapping match in rule {} of prefix {} on {})",
                b.route, b.own, b.prefix, a.own, a.prefix, a.route
            ));
        }
    }
}

/// A text that is the same for matches that mean the same; names do not count.
fn shape(message: &Message) -> String {
    let mut fields: BTreeMap<&str, String> = BTreeMap::new();
    for (at, item) in &message.fields {
        let field = message.descriptor.fields.get(*at).map_or("", |field| field.json.as_str());
        let shown = item_shape(item);
        let empty =
            matches!(shown.as_str(), "[]" | "{}" | "\"\"" | "0" | "false") && item.message().is_none();
        let named = field == "name" && message.descriptor.name.ends_with("HTTPMatchRequest");
        if !empty && !named {
            fields.insert(field, shown);
        }
    }
    format!("{fields:?}")
}

fn item_shape(item: &Item) -> String {
    match &item.value {
        Value::Message(message) | Value::Any(_, message) => shape(message),
        Value::List(items) => format!("[{}]", items.iter().map(item_shape).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => {
            let sorted: BTreeMap<&str, String> =
                entries.iter().map(|(key, item)| (key.as_str(), item_shape(item))).collect();
            format!("{sorted:?}")
        }
        Value::Text(text) => format!("{text:?}"),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) | Value::Duration(n) => n.to_string(),
        Value::Enum(n) => n.to_string(),
        Value::Float(n) => n.to_string(),
        Value::Bytes(_) | Value::Opaque => String::new(),
    }
}

fn exact_or_prefix(own: Option<&Message>) -> String {
    let Some(own) = own else { return String::new() };
    match (own.text("exact"), own.text("prefix")) {
        ("", "") => String::new(),
        ("", prefix) => format!("prefix:{prefix}"),
        (exact, _) => format!("exact:{exact}"),
    }
}

/// `coveredValidation`.
fn covers(a: &Prefix<'_>, b: &Prefix<'_>) -> bool {
    let method = |own: &Message| {
        let method = exact_or_prefix(own.message("method"));
        if method.is_empty() { "exact:GET".to_owned() } else { method }
    };
    let authority = |own: &Message| exact_or_prefix(own.message("authority"));
    let maps = ["headers", "queryParams", "withoutHeaders"];
    b.prefix.starts_with(a.prefix)
        && a.message.int("port") == b.message.int("port")
        && method(a.message).starts_with(&method(b.message))
        && authority(a.message).starts_with(&authority(b.message))
        && maps.iter().all(|field| map_covers(a.message.entries(field), b.message.entries(field)))
}

fn map_covers(a: &[(String, Item)], b: &[(String, Item)]) -> bool {
    let other =
        |key: &str| b.iter().find(|(own, _)| own == key).map(|(_, item)| exact_or_prefix(item.message()));
    a.len() == b.len()
        && a.iter().all(|(key, item)| {
            other(key).is_some_and(|value| exact_or_prefix(item.message()).starts_with(&value))
        })
}
