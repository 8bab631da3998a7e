//! Secrets that a TLS context refers to: in the bootstrap, or in a file in the form of a discovery response.
use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::source::read_file;
use super::value::{Get, Scope};
use crate::load::check_secret;

/// The secret of a reference; refuses a reference to nothing.
pub(super) fn find(reference: &Value, secrets: &[Value], scope: &Scope<'_>) -> Option<Value> {
    let name = reference.text("name");
    if let Some(path) = path(reference) {
        return from_file(name, path, &scope.field("sds_config"));
    }
    let found = secrets.iter().find(|s| s.text("name") == name);
    if found.is_none() {
        scope.field("name").refuse(format!(
            "static_resources.secrets has no secret {name:?}; there is no SDS server to ask"
        ));
    }
    found.cloned()
}

fn path(reference: &Value) -> Option<&str> {
    let source = reference.get_field("sds_config")?;
    source.get_field("path_config_source").opt_text("path").or_else(|| source.opt_text("path"))
}

/// Reads a secret from a file that holds `resources`, as the file subscriptions of Envoy do. JSON only.
fn from_file(name: &str, path: &str, scope: &Scope<'_>) -> Option<Value> {
    let text = read_file(path, scope)?;
    let response: Value = match serde_json::from_slice(&text) {
        Ok(response) => response,
        Err(error) => {
            scope.refuse(format!("{path} is not JSON: {error}"));
            return None;
        }
    };
    let resources = response.items("resources").iter();
    let Some(found) = resources.into_iter().find(|r| r.text("name") == name) else {
        scope.refuse(format!("{path} has no secret {name:?} among its resources"));
        return None;
    };
    let checked = check_secret(found);
    for refusal in &checked.refusals {
        scope.refuse(format!("{path}: {}: {}", refusal.path, refusal.reason));
    }
    checked.refusals.is_empty().then_some(checked.value)
}

/// The files that a checked bootstrap reads: certificates, keys, key sets, and files of secrets with what they refer to.
pub(super) fn files(bootstrap: &Value) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    collect(bootstrap, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<PathBuf>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str() {
                    Some(name) if key == "filename" => drop(found.insert(name.into())),
                    _ => collect(value, found),
                }
            }
            let Some(path) = path(value) else { return };
            if found.insert(path.into())
                && let Some(secrets) = std::fs::read(path).ok().and_then(|t| serde_json::from_slice(&t).ok())
            {
                collect(&secrets, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
