//! What Envoy's messages demand of their fields (`validate.rules` in its protos), judged on canonical JSON.

use serde_json::{Map, Value};

use crate::pool::{FieldType, MessageType};

/// A demand on one field, or on a group of fields of which one is to be chosen.
#[derive(Debug)]
pub(crate) struct Demand {
    /// The field's JSON name, or the group's name.
    field: &'static str,
    /// Whether each item of the list or map is meant.
    each: bool,
    rule: Rule,
}

/// A demand on a field itself.
pub(crate) const fn of(field: &'static str, rule: Rule) -> Demand {
    Demand { field, each: false, rule }
}

/// A demand on each item of a field.
pub(crate) const fn each(field: &'static str, rule: Rule) -> Demand {
    Demand { field, each: true, rule }
}

/// What is demanded.
#[derive(Debug)]
pub(crate) enum Rule {
    /// A message that is there.
    Required,
    /// One of these fields.
    OneOf(&'static [&'static str]),
    /// A value that the enum has.
    Defined,
    /// None of these values of the enum.
    NotIn(&'static [i32]),
    /// Characters of a text.
    Length { least: u64, most: u64, or_empty: bool },
    /// A text without line breaks and zeros; a strict one has no other control characters, and as a name those of tokens alone.
    Lines { name: bool, strict: bool },
    /// A number between bounds.
    Number { above: Option<f64>, least: Option<f64>, below: Option<f64>, most: Option<f64>, or_empty: bool },
    /// A duration between bounds, in seconds.
    Span { above: Option<f64>, least: Option<f64>, below: Option<f64>, most: Option<f64> },
    /// Items of a list or map.
    Size { least: u64, most: u64 },
}

/// The field that a demand is about. Its type is looked up where it matters alone: there are many fields, and few break anything.
#[derive(Clone, Copy)]
struct Asked<'t> {
    of: MessageType<'t>,
    name: &'static str,
}

impl<'t> Asked<'t> {
    fn has(self, what: impl Fn(FieldType<'t>) -> bool) -> bool {
        self.of.field(self.name).is_some_and(what)
    }
}

/// Whether absence means the default.
fn has_default(field: Asked<'_>) -> bool {
    field.has(|field| !field.may_be_absent())
}

/// The demands that a message breaks: the field, or nothing for a group, and a sentence about it.
pub(super) fn broken(of: MessageType<'_>, fields: &Map<String, Value>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for demand in of.demands() {
        if let Rule::OneOf(names) = demand.rule {
            if !names.iter().any(|name| fields.contains_key(*name)) {
                out.push((
                    String::new(),
                    format!("`{}` is missing: Envoy wants one of {}", demand.field, listed(names)),
                ));
            }
            continue;
        }
        let value = fields.get(demand.field);
        let asked = Asked { of, name: demand.field };
        let why = if demand.each {
            of_items(&demand.rule, asked, value)
        } else {
            of_field(&demand.rule, asked, value)
        };
        if let Some(why) = why {
            let place = if value.is_some() { demand.field.to_owned() } else { String::new() };
            out.push((place, format!("`{}` {why}", demand.field)));
        }
    }
    out
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn of_items(rule: &Rule, field: Asked<'_>, value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Array(items) => items.iter().find_map(|item| judge(rule, field, item)),
        Value::Object(items) => items.values().find_map(|item| judge(rule, field, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// A field that is not there has its default, unless it can be absent.
fn of_field(rule: &Rule, field: Asked<'_>, value: Option<&Value>) -> Option<String> {
    match (rule, value) {
        // Of several fields to choose from each is only looked at when it is the one.
        (Rule::Required, None) => {
            field.has(|field| !field.is_choice()).then(|| "is missing: Envoy demands it".to_owned())
        }
        (Rule::Size { .. }, None) => judge(rule, field, &Value::Array(Vec::new())),
        (_, Some(value)) => judge(rule, field, value),
        (Rule::Length { .. }, None) => judge(rule, field, &Value::from("")).filter(|_| has_default(field)),
        (_, None) => judge(rule, field, &Value::from(0)).filter(|_| has_default(field)),
    }
}

fn judge(rule: &Rule, field: Asked<'_>, value: &Value) -> Option<String> {
    match rule {
        Rule::Required | Rule::OneOf(_) => None,
        // Values with a name are spelled by it.
        Rule::Defined => {
            value.as_u64().filter(|n| *n > 0).map(|n| format!("is {n}: Envoy knows no such value"))
        }
        Rule::NotIn(numbers) => {
            let number = field.of.field(field.name)?.enum_number(value)?;
            numbers.contains(&number).then(|| format!("is {}: Envoy does not take that here", shown(value)))
        }
        Rule::Length { least, most, or_empty } => {
            let text = value.as_str()?;
            let fits = |length: u64| (*or_empty && length == 0) || (*least..=*most).contains(&length);
            let mut length = text.chars().count() as u64;
            if !fits(length) && field.has(FieldType::is_bytes) {
                // Bytes are spelled as base64: four characters for three of them.
                length = (text.trim_end_matches('=').len() * 3 / 4) as u64;
            }
            (!fits(length)).then(|| size(length, *least, *most, "characters"))
        }
        Rule::Lines { name, strict } => lines(value.as_str()?, *name, *strict),
        Rule::Number { above, least, below, most, or_empty } => {
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
            let skipped = *or_empty && number == 0.0;
            let why = if skipped { None } else { outside(number, *above, *least, *below, *most, "") };
            why.map(|why| format!("is {}: {why}", shown(value)))
        }
        Rule::Span { above, least, below, most } => {
            let number = value.as_str()?.strip_suffix('s')?.parse().ok()?;
            let why = outside(number, *above, *least, *below, *most, "s")?;
            Some(format!("is {}: {why}", shown(value)))
        }
        Rule::Size { least, most } => {
            let count = value.as_array().map(Vec::len).or_else(|| value.as_object().map(Map::len))? as u64;
            (!(*least..=*most).contains(&count)).then(|| size(count, *least, *most, "items"))
        }
    }
}

fn size(size: u64, least: u64, most: u64, what: &str) -> String {
    match size {
        0 => "is empty: Envoy demands it".to_owned(),
        _ if size < least => format!("has {size} {what}: Envoy wants at least {least}"),
        _ => format!("has {size} {what}: Envoy takes at most {most}"),
    }
}

fn outside(
    number: f64,
    above: Option<f64>,
    least: Option<f64>,
    below: Option<f64>,
    most: Option<f64>,
    unit: &str,
) -> Option<String> {
    if let Some(bound) = above.filter(|bound| number <= *bound) {
        return Some(format!("Envoy wants more than {bound}{unit}"));
    }
    if let Some(bound) = least.filter(|bound| number < *bound) {
        return Some(format!("Envoy wants at least {bound}{unit}"));
    }
    if let Some(bound) = below.filter(|bound| number >= *bound) {
        return Some(format!("Envoy wants less than {bound}{unit}"));
    }
    let bound = most.filter(|bound| number > *bound)?;
    Some(format!("Envoy takes at most {bound}{unit}"))
}

fn lines(text: &str, name: bool, strict: bool) -> Option<String> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_|~`".contains(c);
    let bad = match (strict, name) {
        (false, _) => text.contains(['\0', '\n', '\r']),
        (true, true) => text.strip_prefix(':').unwrap_or(text).chars().any(|c| !token(c)) || text.is_empty(),
        (true, false) => text.chars().any(|c| c.is_ascii_control() && c != '\t'),
    };
    bad.then(|| format!("is {text:?}: it has characters that headers must not have"))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message, with fields that Envoy refuses and with ones that are just inside.
    const ROWS: &[(&str, &str, &str)] = &[
        ("type.matcher.v3.StringMatcher", r#"{"ignoreCase": true}"#, r#"{"exact": ""}"#),
        (
            "config.cluster.v3.Cluster",
            r#"{"name": "a", "connectTimeout": "0s"}"#,
            r#"{"name": "a", "connectTimeout": "0.001s"}"#,
        ),
        ("config.cluster.v3.Cluster", "{}", r#"{"name": "a"}"#),
        ("config.cluster.v3.OutlierDetection", r#"{"interval": "0.000s"}"#, r#"{"interval": "1s"}"#),
        (
            "config.cluster.v3.OutlierDetection",
            r#"{"maxEjectionPercent": 101}"#,
            r#"{"maxEjectionPercent": 100}"#,
        ),
        (
            "config.cluster.v3.Cluster.RingHashLbConfig",
            r#"{"minimumRingSize": "8388609"}"#,
            r#"{"minimumRingSize": "8388608"}"#,
        ),
        ("config.route.v3.DirectResponseAction", r#"{"status": 600}"#, r#"{"status": 599}"#),
        (
            "extensions.filters.common.fault.v3.FaultDelay",
            r#"{"fixedDelay": "0s"}"#,
            r#"{"fixedDelay": "10s"}"#,
        ),
        ("extensions.filters.http.fault.v3.FaultAbort", r#"{"httpStatus": 199}"#, r#"{"httpStatus": 200}"#),
        ("config.route.v3.RouteAction.HashPolicy.Cookie", r#"{"ttl": "1s"}"#, r#"{"name": "a"}"#),
        ("config.route.v3.WeightedCluster", "{}", r#"{"clusters": [{"name": "a"}]}"#),
        (
            "config.core.v3.SocketAddress",
            r#"{"address": "::1", "portValue": 65536}"#,
            r#"{"address": "::1", "portValue": 65535}"#,
        ),
        ("config.core.v3.SocketAddress", r#"{"address": "::1"}"#, r#"{"address": "::1", "portValue": 1}"#),
        (
            "extensions.transport_sockets.tls.v3.CertificateValidationContext",
            r#"{"verifyCertificateSpki": ["abc"]}"#,
            r#"{"verifyCertificateSpki": ["NvqYIYSbgK2vCJpQhObf77vv+bQWtc5ek5RIOwPiC9A="]}"#,
        ),
        ("config.core.v3.HeaderValue", r#"{"key": "a\nb"}"#, r#"{"key": "a b"}"#),
        (
            "config.route.v3.Route",
            r#"{"match": {"prefix": "/"}}"#,
            r#"{"match": {"prefix": "/"}, "redirect": {}}"#,
        ),
        ("config.route.v3.Route", r#"{"redirect": {}}"#, r#"{"match": {"prefix": "/"}, "redirect": {}}"#),
    ];

    fn bad(name: &str, fields: &str) -> Vec<String> {
        let of = MessageType::named(&format!("envoy.{name}"), false).unwrap();
        let fields: Map<String, Value> = serde_json::from_str(fields).unwrap();
        broken(of, &fields).into_iter().map(|(_, why)| why).collect()
    }

    #[test]
    fn what_envoy_refuses_and_what_is_just_inside() {
        for (name, refused, taken) in ROWS {
            assert_eq!(bad(name, refused).len(), 1, "{name} {refused} {:?}", bad(name, refused));
            assert_eq!(bad(name, taken), Vec::<String>::new(), "{name} {taken}");
        }
    }
}
