//! Numbers, durations and names that Envoy's messages do not allow, wherever they stand in a bootstrap.
//!
//! The constraints are part of Envoy's API (`validate.rules` in its protos); here are those that configuration can break which Istio
//! lets pass, in whole or when its webhook is not asked.

use serde_json::{Map, Value};

/// What a field must be.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// A duration above zero.
    Positive,
    /// From one number to below another.
    Within(u64, u64),
    /// At most so much.
    AtMost(u64),
    /// A prime number, at most so much.
    Prime(u64),
    /// Text, or a list, that is not empty.
    Present,
    /// Names of servers: `*` alone, or `*.` in front of a name.
    ServerNames,
    /// A path template: nothing variable follows `**`.
    Template,
}

/// The field that holds the message (the list, for its items), the field in it, and the rule.
const RULES: &[(&str, &str, Rule)] = &[
    ("clusters", "connectTimeout", Rule::Positive),
    ("outlierDetection", "interval", Rule::Positive),
    ("outlierDetection", "baseEjectionTime", Rule::Positive),
    ("outlierDetection", "maxEjectionPercent", Rule::AtMost(100)),
    ("ringHashLbConfig", "minimumRingSize", Rule::AtMost(8_388_608)),
    ("maglevLbConfig", "tableSize", Rule::Prime(5_000_011)),
    ("directResponse", "status", Rule::Within(200, 600)),
    ("delay", "fixedDelay", Rule::Positive),
    ("abort", "httpStatus", Rule::Within(200, 600)),
    ("cookie", "name", Rule::Present),
    ("route", "weightedClusters", Rule::Present),
    ("typedConfig", "weightedClusters", Rule::Present),
    ("filterChainMatch", "serverNames", Rule::ServerNames),
    ("socketAddress", "portValue", Rule::AtMost(65_535)),
    ("typedConfig", "pathTemplate", Rule::Template),
];

/// What is wrong with the fields of a message that stands in a field: the field and a sentence about it.
pub(super) fn why_bad(holder: &str, fields: &Map<String, Value>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (_, name, rule) in RULES.iter().filter(|(of, ..)| *of == holder) {
        let value = fields.get(*name);
        let missing = matches!(rule, Rule::Present) && holder == "cookie";
        if let Some(why) = value.map_or_else(|| missing.then(|| "is empty".to_owned()), |v| broken(*rule, v))
        {
            out.push(((*name).to_owned(), format!("`{name}` {why}")));
        }
    }
    out
}

/// What is wrong with a duration of a route.
pub(super) fn negative(name: &str, text: &str) -> Option<String> {
    let is_timeout = matches!(name, "timeout" | "perTryTimeout" | "idleTimeout" | "maxStreamDuration");
    (is_timeout && text.starts_with('-')).then(|| format!("`{name}` is {text}: Envoy takes nothing below 0s"))
}

fn broken(rule: Rule, value: &Value) -> Option<String> {
    // Numbers of 64 bits are text.
    let number = || value.as_u64().or_else(|| value.as_str()?.parse().ok());
    match rule {
        Rule::Positive => {
            let text = value.as_str()?;
            let zero = text.trim_end_matches('s').chars().all(|c| c == '0' || c == '.');
            (zero || text.starts_with('-')).then(|| format!("is {text}: Envoy wants more than 0s"))
        }
        Rule::Within(low, high) => {
            let number = number().filter(|n| !(low..high).contains(n))?;
            Some(format!("is {number}: Envoy wants {low} to {}", high - 1))
        }
        Rule::AtMost(most) => {
            let number = number().filter(|n| *n > most)?;
            Some(format!("is {number}: Envoy takes at most {most}"))
        }
        Rule::Prime(most) => {
            let number = number().filter(|n| *n > most || !is_prime(*n))?;
            Some(format!("is {number}: Envoy wants a prime number of at most {most}"))
        }
        Rule::Present => {
            let empty =
                value.as_str().is_some_and(str::is_empty) || value.as_object().is_some_and(Map::is_empty);
            empty.then(|| "is empty: no destination has a weight".to_owned())
        }
        Rule::ServerNames => partial_wildcard(value),
        Rule::Template => {
            let (_, behind) = value.as_str()?.split_once("**")?;
            behind.contains('*').then(|| "has a `*` behind `**`, which must be the last one".to_owned())
        }
    }
}

fn partial_wildcard(names: &Value) -> Option<String> {
    let partial = |name: &&str| {
        let rest = name.strip_prefix("*.").unwrap_or(name);
        *name != "*" && rest.contains('*')
    };
    let name = names.as_array()?.iter().filter_map(Value::as_str).find(partial)?;
    Some(format!("has `{name}`: Envoy knows `*` alone and `*.` in front of a name"))
}

fn is_prime(number: u64) -> bool {
    let divides = |d: &u64| number.is_multiple_of(*d);
    number > 1 && !(2..).take_while(|d| d * d <= number).any(|d| divides(&d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bad(holder: &str, fields: Value) -> usize {
        why_bad(holder, fields.as_object().unwrap()).len()
    }

    #[test]
    fn what_envoy_refuses_and_what_is_just_inside() {
        for (holder, refused, taken) in [
            ("clusters", json!({"connectTimeout": "0s"}), json!({"connectTimeout": "0.001s"})),
            ("outlierDetection", json!({"interval": "0.000s"}), json!({"interval": "1s"})),
            ("outlierDetection", json!({"maxEjectionPercent": 101}), json!({"maxEjectionPercent": 100})),
            (
                "ringHashLbConfig",
                json!({"minimumRingSize": "8388609"}),
                json!({"minimumRingSize": "8388608"}),
            ),
            ("maglevLbConfig", json!({"tableSize": "100"}), json!({"tableSize": "101"})),
            ("maglevLbConfig", json!({"tableSize": "5000077"}), json!({"tableSize": "65537"})),
            ("directResponse", json!({"status": 600}), json!({"status": 599})),
            ("delay", json!({"fixedDelay": "0s"}), json!({"fixedDelay": "10s"})),
            ("abort", json!({"httpStatus": 199}), json!({"httpStatus": 200})),
            ("cookie", json!({"ttl": "1s"}), json!({"name": "a"})),
            ("route", json!({"weightedClusters": {}}), json!({"weightedClusters": {"clusters": []}})),
            ("typedConfig", json!({"weightedClusters": {}}), json!({"weightedClusters": {"clusters": []}})),
            (
                "filterChainMatch",
                json!({"serverNames": ["*a.com"]}),
                json!({"serverNames": ["*.a.com", "*", "b"]}),
            ),
            ("socketAddress", json!({"portValue": 65536}), json!({"portValue": 65535})),
            ("typedConfig", json!({"pathTemplate": "/a/**/b/*"}), json!({"pathTemplate": "/a/*/**/b"})),
        ] {
            assert_eq!(
                (bad(holder, refused.clone()), bad(holder, taken.clone())),
                (1, 0),
                "{refused} {taken}"
            );
        }
        assert_eq!(bad("other", json!({"connectTimeout": "0s"})), 0);
        assert!(negative("timeout", "-1s").is_some());
        assert!(negative("timeout", "1s").is_none() && negative("name", "-1s").is_none());
    }
}
