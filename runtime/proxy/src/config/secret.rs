//! Secrets that a TLS context refers to: in the bootstrap, or in a file in the form of a discovery response.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::source::read_file;
use super::tls::ClientSide;
use super::value::{Get, Scope};
use crate::json::Value;
use crate::load::check_secret;

/// The secrets of a bootstrap, and the TLS settings that were made of them.
pub(super) struct Secrets<'s> {
    list: &'s [Value<'s>],
    clients: RefCell<BTreeMap<u64, Arc<ClientSide>>>,
}

impl<'s> Secrets<'s> {
    pub(super) fn new(list: &'s [Value<'s>]) -> Self {
        Self { list, clients: RefCell::default() }
    }

    /// The settings with this digest; most clusters of a mesh share theirs.
    pub(super) fn client(
        &self,
        digest: u64,
        make: impl FnOnce() -> Option<ClientSide>,
    ) -> Option<Arc<ClientSide>> {
        if let Some(known) = self.clients.borrow().get(&digest) {
            return Some(known.clone());
        }
        let made = Arc::new(make()?);
        self.clients.borrow_mut().insert(digest, made.clone());
        Some(made)
    }
}

/// The secret of a reference; refuses a reference to nothing.
pub(super) fn find<'s>(reference: &Value<'_>, secrets: &Secrets<'s>, scope: &Scope<'_>) -> Option<Value<'s>> {
    let name = reference.text("name");
    if let Some(path) = path(reference) {
        return from_file(name, path, &scope.field("sds_config"));
    }
    let found = secrets.list.iter().find(|s| s.text("name") == name);
    if found.is_none() {
        scope.field("name").refuse(format!(
            "static_resources.secrets has no secret {name:?}; there is no SDS server to ask"
        ));
    }
    found.cloned()
}

fn path<'v>(reference: &'v Value<'_>) -> Option<&'v str> {
    let source = reference.get_field("sds_config")?;
    source.get_field("path_config_source").opt_text("path").or_else(|| source.opt_text("path"))
}

/// Reads a secret from a file that holds `resources`, as the file subscriptions of Envoy do. JSON only.
fn from_file(name: &str, path: &str, scope: &Scope<'_>) -> Option<Value<'static>> {
    let text = read_file(path, scope)?;
    let response: serde_json::Value = match serde_json::from_slice(&text) {
        Ok(response) => response,
        Err(error) => {
            scope.refuse(format!("{path} is not JSON: {error}"));
            return None;
        }
    };
    // Such a file is small; its secrets outlive its text.
    let response = Value::from(&response);
    let Some(found) = response.items("resources").iter().find(|r| r.text("name") == name) else {
        scope.refuse(format!("{path} has no secret {name:?} among its resources"));
        return None;
    };
    let checked = check_secret(Value::from(&found.to_json()));
    for refusal in &checked.refusals {
        scope.refuse(format!("{path}: {}: {}", refusal.path, refusal.reason));
    }
    checked.refusals.is_empty().then_some(checked.value)
}

/// Collects the files that a checked part of a bootstrap reads: certificates, keys, key sets, and files of secrets with
/// what they refer to.
pub(super) fn collect(value: &Value, found: &mut BTreeSet<PathBuf>) {
    match value {
        Value::Map(fields) => {
            for (key, value) in fields {
                match value.as_str() {
                    Some(name) if key == "filename" => drop(found.insert(name.into())),
                    _ => collect(value, found),
                }
            }
            let Some(path) = path(value) else { return };
            if found.insert(path.into())
                && let Ok(text) = std::fs::read(path)
                && let Ok(secrets) = serde_json::from_slice(&text)
            {
                collect(&secrets, found);
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => {}
    }
}
