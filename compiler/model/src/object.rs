//! One object: its head, and the way to its body.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::Kind;
use crate::base::{FileId, ObjectRef, Span};
use crate::syntax::NodeId;

/// An object's place in [`crate::Workspace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u32);

/// The head of an object. The body is read through [`crate::Workspace::root`] and [`crate::Workspace::spec`].
#[derive(Clone, Debug)]
pub struct Object {
    /// Its place; grows in input order.
    pub id: ObjectId,
    /// Its kind.
    pub kind: Kind,
    /// `apiVersion` as written.
    pub api_version: String,
    /// `metadata.name`; may be empty in half-typed files.
    pub name: String,
    /// `metadata.namespace`, `default` where it is not written; empty for cluster-wide kinds.
    pub namespace: String,
    /// Whether the namespace was written.
    pub namespace_written: bool,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    pub annotations: BTreeMap<String, String>,
    /// `metadata.creationTimestamp`, seconds since 1970.
    pub created: Option<i64>,
    /// The file.
    pub file: FileId,
    /// Place in [`crate::syntax::ParsedFile::documents`].
    pub document: usize,
    /// The object's root node (differs from the document's inside a `kind: List`).
    pub node: NodeId,
    /// The whole object in the file.
    pub span: Span,
    /// The token of `metadata.name`, else of `kind`.
    pub name_span: Span,
    /// False when a later object has the same kind, namespace and name: only the last one counts.
    pub live: bool,
}

impl Object {
    /// What no two objects of a cluster share.
    pub(crate) fn key(&self) -> (Kind, &str, &str) {
        (self.kind, &self.namespace, &self.name)
    }

    /// Kind, namespace and name as reports show them.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        ObjectRef {
            kind: self.kind.name().to_owned(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }
}

/// Without a seed, so that every run does the same.
pub(crate) fn key_hash(key: (Kind, &str, &str)) -> u64 {
    let mut state = DefaultHasher::new();
    key.hash(&mut state);
    state.finish()
}
