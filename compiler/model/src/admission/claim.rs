//! What a document claims to be.

use super::{Complaint, Layer, Review, Subject, Topic};
use crate::Kind;
use crate::node::Node;

/// What is to be done with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is one of ours: [`super::review`] knows its layers.
    Known(Subject),
    /// Its group is Istio's or the Gateway API's, but no CRD serves this version of this kind.
    NotServed,
    /// An object of somebody else.
    Foreign,
    /// No object at all: `apiVersion` or `kind` is missing.
    Bare,
}

/// The groups whose kinds are all known.
fn is_own_group(group: &str) -> bool {
    group == "gateway.networking.k8s.io" || group.ends_with(".istio.io")
}

/// Looks at `apiVersion` and `kind`.
#[must_use]
pub fn claim(root: Node<'_>) -> Claim {
    let text = |key: &str| root.get(key).and_then(Node::as_str);
    let (Some(api_version), Some(kind)) = (text("apiVersion"), text("kind")) else { return Claim::Bare };
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    match Kind::of(api_version, kind) {
        Some(found) if !is_own_group(group) || super::crd::is_served(group, version, kind) => {
            Claim::Known(Subject::Object(found))
        }
        _ if is_own_group(group) => Claim::NotServed,
        _ => Claim::Foreign,
    }
}

/// What both sides say of a kind or version that does not exist (`pkg/config/crd/validator.go`, `ValidateCustomResource`, and
/// `pilot/pkg/config/kube/crd/conversion.go`).
#[must_use]
pub fn refused_type(root: Node<'_>) -> Review {
    let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
    let named = format!("{}, Kind={}", text("apiVersion"), text("kind"));
    let key = if Kind::of(text("apiVersion"), text("kind")).is_some() { "apiVersion" } else { "kind" };
    let complaint = |layer, message| Complaint {
        layer,
        topic: Topic::Rule,
        message,
        path: key.to_owned(),
        span: root.get(key).unwrap_or(root).span(),
    };
    let errors = vec![
        complaint(Layer::Crd, format!("failed to validate type {named}: no validator found")),
        complaint(Layer::Decode, format!("unrecognized type: {named}")),
    ];
    Review { errors, warnings: Vec::new() }
}
