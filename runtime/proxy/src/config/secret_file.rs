//! Secrets that stand in files of their own, in the form of a discovery response, as the file subscriptions of Envoy read them: JSON
//! only. They are read with all that they refer to, so that a usable one outlives files that were spoiled.
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use serde_json::Value as Json;

use super::source;
use super::tls::usable;
use super::value::Scope;
use crate::json::Value;
use crate::load::check_secret;

/// A secret of a file.
#[derive(Clone)]
pub(crate) struct FileSecret {
    /// Its name.
    pub(crate) name: String,
    /// The file.
    pub(crate) path: String,
    /// The file and those it refers to.
    pub(crate) files: BTreeSet<PathBuf>,
    /// What has become of the files.
    pub(crate) state: State,
    /// The secret; what it refers to is part of it.
    pub(super) value: Json,
}

/// Whether files can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// They are in use.
    Good,
    /// What they were before is in use.
    Bad(Fault),
}

/// What is wrong with the files of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is no JSON, or cannot be read.
    Unreadable(String),
    /// The secret is missing, or what it refers to cannot be used.
    Unusable(String),
}

impl Fault {
    /// What is wrong, with the name of the file.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Unreadable(text) | Self::Unusable(text) => text,
        }
    }
}

/// Keys are shown to nobody.
impl fmt::Debug for FileSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSecret")
            .field("name", &self.name)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl FileSecret {
    /// Reads a secret with what it refers to.
    pub(super) fn read(name: &str, path: &str) -> Result<Json, Fault> {
        let refusals = RefCell::new(Vec::new());
        let scope = Scope::root(&refusals);
        let Some(text) = source::read_file(path, &scope) else {
            let reason = refusals.borrow().first().map(|r| r.reason.clone()).unwrap_or_default();
            return Err(Fault::Unreadable(reason));
        };
        let response: Json = serde_json::from_slice(&text)
            .map_err(|error| Fault::Unreadable(format!("{path} is not JSON: {error}")))?;
        let resources = response.get("resources").and_then(Json::as_array);
        let mut resources = resources.into_iter().flatten();
        let Some(found) = resources.find(|r| r.get("name").and_then(Json::as_str) == Some(name)) else {
            return Err(Fault::Unusable(format!("{path} has no secret {name:?} among its resources")));
        };
        let checked = check_secret(Value::from(found));
        let mut secret = checked.value.to_json();
        if checked.refusals.is_empty() {
            complete(&mut secret, &scope);
        }
        if checked.refusals.is_empty() && refusals.borrow().is_empty() {
            usable(&Value::from(&secret), &scope);
        }
        let faults = checked.refusals.into_iter().chain(refusals.into_inner());
        let faults: Vec<_> =
            faults.map(|fault| format!("{path}: {}: {}", fault.path, fault.reason)).collect();
        if faults.is_empty() { Ok(secret) } else { Err(Fault::Unusable(faults.join("; "))) }
    }
}

/// Puts the content of files in the place of their names.
fn complete(value: &mut Json, scope: &Scope<'_>) {
    match value {
        Json::Object(fields) => {
            let bytes = fields
                .get("filename")
                .and_then(Json::as_str)
                .and_then(|name| source::read_file(name, &scope.field("filename")));
            if let Some(bytes) = bytes {
                fields.remove("filename");
                fields.insert("inline_bytes".to_owned(), source::encode_base64(&bytes, true, false).into());
            }
            for (name, field) in fields.iter_mut() {
                complete(field, &scope.field(name));
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| complete(item, scope)),
        _ => {}
    }
}
