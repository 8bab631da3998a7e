//! Secrets that a TLS context refers to: in the bootstrap, or in a file in the form of a discovery response.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::secret_file::{FileSecret, State};
use super::tls::ClientSide;
use super::value::{Get, Scope};
use crate::json::Value;

/// The secrets of a bootstrap, and the TLS settings that were made of them.
pub(super) struct Secrets<'s> {
    list: &'s [Value<'s>],
    /// Those of files, as the program before had them.
    known: &'s [FileSecret],
    files: RefCell<Vec<FileSecret>>,
    clients: RefCell<BTreeMap<u64, Arc<ClientSide>>>,
}

impl<'s> Secrets<'s> {
    pub(super) fn new(list: &'s [Value<'s>], known: &'s [FileSecret]) -> Self {
        Self { list, known, files: RefCell::default(), clients: RefCell::default() }
    }

    /// The secrets of files that were asked for.
    pub(super) fn into_files(self) -> Vec<FileSecret> {
        self.files.into_inner()
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

impl Secrets<'_> {
    /// The secret of a file. One that cannot be used is refused, unless the program before had a usable one.
    fn of_file(&self, name: &str, path: &str, scope: &Scope<'_>) -> Option<Value<'static>> {
        let same = |secret: &&FileSecret| secret.name == name && secret.path == path;
        if let Some(read) = self.files.borrow().iter().find(same) {
            return Some(Value::from(&read.value));
        }
        let mut files = BTreeSet::new();
        collect_file(path, &mut files);
        let (state, value) = match FileSecret::read(name, path) {
            Ok(value) => (State::Good, value),
            Err(fault) => match self.known.iter().find(same) {
                Some(known) => (State::Bad(fault), known.value.clone()),
                None => {
                    scope.refuse(fault.text());
                    return None;
                }
            },
        };
        let made = Value::from(&value);
        let secret = FileSecret { name: name.to_owned(), path: path.to_owned(), files, state, value };
        self.files.borrow_mut().push(secret);
        Some(made)
    }
}

/// The secret of a reference; refuses a reference to nothing.
pub(super) fn find<'s>(reference: &Value<'_>, secrets: &Secrets<'s>, scope: &Scope<'_>) -> Option<Value<'s>> {
    let name = reference.text("name");
    if let Some(path) = path(reference) {
        return secrets.of_file(name, path, &scope.field("sds_config"));
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
            if let Some(path) = path(value) {
                collect_file(path, found);
            }
        }
        Value::List(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) => {}
    }
}

/// The same for a file of secrets.
fn collect_file(path: &str, found: &mut BTreeSet<PathBuf>) {
    if found.insert(path.into())
        && let Ok(text) = std::fs::read(path)
        && let Ok(secrets) = serde_json::from_slice(&text)
    {
        collect(&secrets, found);
    }
}
