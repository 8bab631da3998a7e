//! What is said about parts of a bootstrap that cannot run.
use std::fmt;

use crate::json::Value;

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

    /// Looks for the object: the metadata of the innermost part on the way that names one. `part` stands so many steps
    /// below the bootstrap.
    pub(crate) fn find_object(&mut self, part: &Value<'_>, above: usize) {
        let mut at = Some(part);
        let path = std::mem::take(&mut self.path);
        for step in std::iter::once("").chain(steps(&path).skip(above)) {
            at = at.and_then(|value| match (step, step.parse::<usize>()) {
                ("", _) => Some(value),
                (_, Ok(index)) if value.as_list().is_some() => value.as_list()?.get(index),
                _ => value.get(step),
            });
            let istio = at.and_then(|v| v.get("metadata")?.get("filter_metadata")?.get("istio"));
            if let Some(config) = istio.and_then(|i| i.get("config")?.as_str()) {
                self.object = Some(config.to_owned());
            }
        }
        self.path = path;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_behind_a_part_is_found() {
        let route = serde_json::json!({"name": "r", "metadata": {"filter_metadata": {"istio": {
            "config": "/apis/networking.istio.io/v1/namespaces/a/virtual-service/v"}}}});
        let bootstrap = serde_json::json!({"routes": [{}, route]});
        let object = |path: &str| {
            let mut refusal = Refusal::new(path.to_owned(), "no".to_owned());
            refusal.find_object(&Value::from(&bootstrap), 0);
            refusal.to_string()
        };
        let wanted =
            "routes[1].match.x (from /apis/networking.istio.io/v1/namespaces/a/virtual-service/v): no";
        assert_eq!(object("routes[1].match.x"), wanted);
        assert_eq!(object("routes[0].match"), "routes[0].match: no");
    }
}
