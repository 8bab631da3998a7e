//! The runtime: values by key that stand in the static layers of a bootstrap, and what they replace.
use std::collections::{BTreeMap, BTreeSet};

use crate::config::Get;
use crate::json::{Entry, Value};

/// What the parts of a bootstrap are read with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings<'a> {
    /// Type names that are read and ignored.
    pub(crate) allow_inert: &'a BTreeSet<String>,
    /// Values that replace defaults.
    pub(crate) runtime: &'a Runtime,
}

/// Values of `layered_runtime`, by key.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Runtime(BTreeMap<String, Setting>);

/// A value of the runtime (`SnapshotImpl::createEntry` of Envoy): what it is depends on who reads it.
#[derive(Debug, Clone, PartialEq)]
enum Setting {
    Flag(bool),
    Number(f64),
    /// Numerator, and the name of the denominator.
    Share(u64, String),
}

impl Runtime {
    /// Reads the layers of a checked bootstrap; later ones replace values of earlier ones.
    pub(crate) fn new(bootstrap: &Value<'_>) -> Self {
        let mut all = Self::default();
        for layer in bootstrap.get_field("layered_runtime").items("layers") {
            if let Some(values) = layer.get_field("static_layer") {
                all.read("", values);
            }
        }
        all
    }

    fn read(&mut self, prefix: &str, value: &Value<'_>) {
        let setting = match value {
            Value::Bool(flag) => Some(Setting::Flag(*flag)),
            Value::Int(number) => Some(Setting::Number(*number as f64)),
            Value::Float(number) => Some(Setting::Number(*number)),
            Value::Text(text) => scalar(text),
            Value::Map(fields) => match share(value) {
                Some(share) => Some(share),
                None => {
                    for (name, value) in fields {
                        let dot = if prefix.is_empty() { "" } else { "." };
                        self.read(&format!("{prefix}{dot}{name}"), value);
                    }
                    None
                }
            },
            Value::Null | Value::List(_) => None,
        };
        if let Some(setting) = setting {
            self.0.insert(prefix.to_owned(), setting);
        }
    }

    /// A flag (`getBoolean`).
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        match self.0.get(key)? {
            Setting::Flag(flag) => Some(*flag),
            Setting::Number(_) | Setting::Share(..) => None,
        }
    }

    /// A whole number (`getInteger`).
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.float(key).filter(|number| *number >= 0.0 && number.fract() == 0.0).map(|number| number as u64)
    }

    /// A number (`getDouble`).
    fn float(&self, key: &str) -> Option<f64> {
        match self.0.get(key)? {
            Setting::Number(number) => Some(*number),
            Setting::Flag(_) | Setting::Share(..) => None,
        }
    }

    /// A share in parts per million: as such, or a whole number of hundredths (`featureEnabled`).
    pub(crate) fn share(&self, key: &str) -> Option<u64> {
        if let Some(Setting::Share(numerator, denominator)) = self.0.get(key) {
            let scale = match denominator.as_str() {
                "TEN_THOUSAND" => 100,
                "MILLION" => 1,
                _ => 10_000,
            };
            return Some(numerator.saturating_mul(scale));
        }
        self.number(key).map(|percent| percent.saturating_mul(10_000))
    }

    /// Writes the values of the runtime over the defaults that a message holds for them.
    pub(super) fn replace(&self, message: &str, fields: &mut Vec<Entry<'_>>) {
        if self.0.is_empty() {
            return;
        }
        let text = |name: &str| {
            let value = fields.iter().find(|(known, _)| known == name).map(|(_, value)| value);
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let key = text("runtime_key");
        let share = || self.share(&key).map(fraction);
        let (field, value) = match message.rsplit('.').next().unwrap_or_default() {
            "RuntimeFractionalPercent" => ("default_value", share()),
            "RuntimeFilter" => ("percent_sampled", share()),
            "RuntimeFeatureFlag" => ("default_value", self.flag(&key).map(Value::Bool)),
            "RuntimeUInt32" => ("default_value", self.number(&key).map(|number| Value::Int(number as i64))),
            "RuntimeDouble" => ("default_value", self.float(&key).map(Value::Float)),
            "WeightedCluster" => {
                let prefix = text("runtime_key_prefix");
                return self.weigh(&prefix, fields);
            }
            _ => return,
        };
        if let Some(value) = value {
            fields.retain(|(known, _)| known != field);
            fields.push((field.into(), value));
        }
    }

    /// Weights of clusters, by a prefix and their names (`WeightedClusterEntry::clusterWeight`).
    fn weigh(&self, prefix: &str, fields: &mut [Entry<'_>]) {
        let clusters = fields.iter_mut().find(|(name, _)| name == "clusters").map(|(_, value)| value);
        let (Some(Value::List(clusters)), false) = (clusters, prefix.is_empty()) else { return };
        for cluster in clusters {
            let Value::Map(fields) = cluster else { continue };
            let name = fields.iter().find(|(name, _)| name == "name").and_then(|(_, name)| name.as_str());
            if let Some(weight) = name.and_then(|name| self.number(&format!("{prefix}.{name}"))) {
                fields.retain(|(name, _)| name != "weight");
                fields.push(("weight".into(), Value::Int(weight as i64)));
            }
        }
    }
}

fn fraction<'t>(ppm: u64) -> Value<'t> {
    let numerator = i64::try_from(ppm).unwrap_or(i64::MAX);
    let denominator = Value::Text("MILLION".into());
    Value::Map(vec![("numerator".into(), Value::Int(numerator)), ("denominator".into(), denominator)])
}

fn scalar(text: &str) -> Option<Setting> {
    match text.trim() {
        "true" => Some(Setting::Flag(true)),
        "false" => Some(Setting::Flag(false)),
        number => number.parse().ok().map(Setting::Number),
    }
}

/// `FractionalPercent`: an object with nothing but its fields.
fn share(value: &Value<'_>) -> Option<Setting> {
    let numerator = value.get_field("numerator")?;
    let text = numerator.as_str().and_then(|text| text.parse().ok());
    let number = text.or_else(|| numerator.as_u64()).unwrap_or_default();
    Some(Setting::Share(number, value.text("denominator").to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime(layers: serde_json::Value) -> Runtime {
        Runtime::new(&Value::from(&serde_json::json!({"layered_runtime": {"layers": layers}})))
    }

    #[test]
    fn later_layers_replace_values_of_earlier_ones() {
        let runtime = runtime(serde_json::json!([
            {"static_layer": {"a": 1, "b": {"c": true, "d": "2.5"}, "s": {"numerator": 5, "denominator": "TEN_THOUSAND"}}},
            {"static_layer": {"a": 7, "b.e": "false"}}
        ]));
        assert_eq!((runtime.number("a"), runtime.share("a")), (Some(7), Some(70_000)));
        assert_eq!(
            (runtime.flag("b.c"), runtime.flag("b.e"), runtime.flag("a")),
            (Some(true), Some(false), None)
        );
        assert_eq!((runtime.float("b.d"), runtime.number("b.d")), (Some(2.5), None));
        assert_eq!((runtime.share("s"), runtime.number("s"), runtime.share("x")), (Some(500), None, None));
    }

    #[test]
    fn defaults_give_way_to_values() {
        let runtime = runtime(serde_json::json!([{"static_layer": {"k": 50, "w": {"b": 3}}}]));
        let replaced = |message: &str, value: serde_json::Value| {
            let Value::Map(mut fields) = Value::from(&value) else { panic!() };
            runtime.replace(message, &mut fields);
            Value::Map(fields).to_json()
        };
        let half = serde_json::json!({"numerator": 500_000, "denominator": "MILLION"});
        let known = serde_json::json!({"runtime_key": "k", "default_value": {"numerator": 1}});
        assert_eq!(replaced("x.RuntimeFractionalPercent", known)["default_value"], half);
        let other = serde_json::json!({"runtime_key": "z", "default_value": {"numerator": 1}});
        assert_eq!(replaced("x.RuntimeFractionalPercent", other.clone()), other);
        let weighted = serde_json::json!({"runtime_key_prefix": "w",
            "clusters": [{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]});
        let weights = replaced("x.WeightedCluster", weighted);
        assert_eq!(
            (&weights["clusters"][0]["weight"], &weights["clusters"][1]["weight"]),
            (&1.into(), &3.into())
        );
    }
}
