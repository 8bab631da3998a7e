//! Objects of Istio and the Gateway API in a kind or version that no CRD serves: they are in no index, or read as another version.

use crate::KINDS;
use crate::admission::{Claim, claim, served_versions};
use crate::base::nearest;
use crate::base::{FileId, ObjectRef, Span};
use crate::node::Node;

/// Files of `istioctl` in a group of Istio's; no cluster ever sees them.
const CLIENT_SIDE: &str = "install.istio.io";

/// One such object.
#[derive(Clone, Debug)]
pub struct Unserved {
    /// Kind, namespace and name as written.
    pub object: ObjectRef,
    /// `apiVersion` as written.
    pub api_version: String,
    /// The word that is wrong: the version where the kind is known, else the kind.
    pub span: Span,
    /// `apiVersion` or `kind`.
    pub field: &'static str,
    /// The versions in which the kind is served, stable ones first; empty for a kind that does not exist.
    pub versions: Vec<&'static str>,
    /// A kind with nearly this name.
    pub near: Option<&'static str>,
    /// The file.
    pub file: FileId,
}

/// Looks at the head of an object.
pub(crate) fn unserved(file: FileId, root: Node<'_>) -> Option<Unserved> {
    // Nearly all objects are served, so that they are passed over before anything is copied.
    let group = root.get("apiVersion").and_then(Node::as_str)?.split_once('/')?.0;
    if group == CLIENT_SIDE || claim(root) != Claim::NotServed {
        return None;
    }
    let text = |node: Option<Node<'_>>| node.and_then(Node::as_str).unwrap_or_default().to_owned();
    let meta = |key: &str| text(root.get("metadata").and_then(|meta| meta.get(key)));
    let (api_version, kind) = (text(root.get("apiVersion")), text(root.get("kind")));
    let (group, _) = api_version.split_once('/')?;
    let versions = served_versions(group, &kind);
    let field = if versions.is_empty() { "kind" } else { "apiVersion" };
    let own = KINDS.iter().filter(|row| row.group == group).map(|row| row.name);
    let near = versions.is_empty().then(|| nearest(own, &kind)).flatten();
    Some(Unserved {
        object: ObjectRef { kind, namespace: meta("namespace"), name: meta("name") },
        api_version,
        span: root.get(field)?.span(),
        field,
        versions,
        near,
        file,
    })
}
