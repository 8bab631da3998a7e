//! Bodies of objects as istiod holds them in memory, for those who read what its analyzers read: decoded by the rules of `jsonpb`, and judged
//! apart from the object around them.

use super::decode::Decoder;
use super::decode::descriptor::{Descriptor, istio};
use super::decode::message::{Message, Place};
use super::envelope::Envelope;
use super::go_struct::{Manner, fault};
use super::{Complaint, Layer, Review, Topic};
use super::{go_json, webhook};
use crate::Kind;
use crate::base::Span;
use crate::node::Node;
use crate::path::{self, FieldPath};

/// The body of an object of Istio's kinds.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    kind: Kind,
    spec: Option<Node<'a>>,
    span: Span,
    /// What was decoded; changes are seen by [`Body::review`].
    pub message: Message,
}

impl Body<'_> {
    /// What the rules of the kind say of the body when nothing but the name and the namespace are known of the object (istio 1.31
    /// `pkg/config/analysis/analyzers/schema/validation.go`): no label and no annotation changes a verdict.
    #[must_use]
    pub fn review(&self, name: &str, namespace: &str) -> Review {
        let envelope = Envelope::bare(name, namespace, self.spec, self.span);
        webhook::review_message(self.kind, &self.message, &envelope)
    }
}

/// Decodes the body of an object; `None` where istiod has no message for its kind.
///
/// # Errors
/// In the words of `jsonpb`.
pub fn read_body(kind: Kind, root: Node<'_>) -> Option<Result<Body<'_>, Complaint>> {
    let descriptor = istio().find(webhook::message_of(kind)?)?;
    let spec = root.get("spec");
    let span = spec.unwrap_or(root).span();
    let place = Place { path: FieldPath::default().field("spec"), span };
    let decoder = Decoder { registry: istio(), strict: false, doubles: true };
    let message = decoder.message(descriptor, spec, place);
    Some(match message {
        Ok(message) => Ok(Body { kind, spec, span, message }),
        Err(fault) => Err(complaint(fault.text, &fault.place)),
    })
}

/// The body of MeshConfig, without defaults.
///
/// # Errors
/// In the words of `jsonpb`.
pub fn mesh_config(root: Node<'_>) -> Result<Message, Complaint> {
    bare("istio.mesh.v1alpha1.MeshConfig", root)
}

/// The body of MeshNetworks.
///
/// # Errors
/// In the words of `jsonpb`.
pub fn mesh_networks(root: Node<'_>) -> Result<Message, Complaint> {
    bare("istio.mesh.v1alpha1.MeshNetworks", root)
}

/// The first fault of the body of a proxy's configuration, as the annotation `proxy.istio.io/config` holds it (istio 1.31
/// `pkg/kube/inject/validate.go`, `validateProxyConfig`).
#[must_use]
pub fn proxy_config_fault(root: Node<'_>) -> Option<String> {
    match proxy_config(root) {
        Err(complaint) => Some(format!("failed to convert to apply proxy config: {}", complaint.message)),
        Ok(message) => webhook::proxy_config_fault(&message),
    }
}

/// The body of a proxy's configuration, without defaults.
///
/// # Errors
/// In the words of `jsonpb`.
pub fn proxy_config(root: Node<'_>) -> Result<Message, Complaint> {
    bare("istio.mesh.v1alpha1.ProxyConfig", root)
}

/// Whether a text is one JSON value to Go.
#[must_use]
pub fn is_json(text: &str) -> bool {
    go_json::whole(text).is_ok()
}

/// What Go says of the metadata of an object when it fills its struct.
#[must_use]
pub fn misread_metadata(root: Node<'_>) -> Option<Complaint> {
    let meta = root.get("metadata")?;
    let above = path::Place::Field(&path::Place::Root, "metadata");
    let (text, place) = fault("v1.ObjectMeta", meta, Manner::Lenient, &above)?;
    Some(complaint(text, &place))
}

fn bare(name: &str, root: Node<'_>) -> Result<Message, Complaint> {
    let place = Place { span: root.span(), ..Place::default() };
    let Some(descriptor) = istio().find(name) else {
        return Err(complaint(format!("no message {name}"), &place));
    };
    decode(descriptor, root, place)
}

fn decode(descriptor: &'static Descriptor, root: Node<'_>, place: Place) -> Result<Message, Complaint> {
    let decoder = Decoder { registry: istio(), strict: false, doubles: false };
    decoder.message(descriptor, Some(root), place).map_err(|fault| complaint(fault.text, &fault.place))
}

fn complaint(message: String, place: &Place) -> Complaint {
    Complaint {
        layer: Layer::Decode,
        topic: Topic::Rule,
        message,
        path: place.path.to_string(),
        span: place.span,
    }
}
