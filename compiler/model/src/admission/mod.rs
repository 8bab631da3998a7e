//! What the API server and istiod's webhook would answer to a document, layer by layer.
//!
//! Every layer is asked, independently of the others; a document is rejected when one of them rejects it.

mod agent_config;
mod beyond;
mod body;
mod claim;
pub(crate) mod crd;
mod decode;
mod envelope;
pub(crate) mod go_json;
mod go_struct;
mod misfit;
mod webhook;

pub use agent_config::{AgentSources, agent_config};
pub use beyond::{beyond, beyond_schema};
pub(crate) use body::is_time;
pub use body::{
    Body, is_json, mesh_config, mesh_networks, misread_metadata, proxy_config, proxy_config_fault, read_body,
};
pub use claim::{Claim, claim, refused_type};
pub use crd::addr::is_v4;
pub use crd::url::url_host;
pub use crd::words::quoted;
pub use crd::{misfits, served_versions};
pub use decode::json::go_number;
pub use decode::message;
pub use misfit::{Misfit, Nonconformity};
pub use webhook::{GRPC_STATUSES, cel_fault, split_host_port};

use crate::Kind;
use crate::base::Span;
use crate::node::Node;
use go_struct::Manner;

/// What a document claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An object of a known kind.
    Object(Kind),
    /// The bare body of MeshConfig.
    MeshConfig,
    /// The bare body of MeshNetworks.
    MeshNetworks,
    /// One network of it.
    Network,
}

/// Who complains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The schema of the CRD: structure, list types, CEL rules.
    Crd,
    /// The API server's strict field validation.
    UnknownField,
    /// YAML to object, or object to protobuf message.
    Decode,
    /// The rules of istiod's webhook.
    Validation,
}

impl Layer {
    /// As batch answers spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Layer::Crd => "crd",
            Layer::UnknownField => "unknownfield",
            Layer::Decode => "decode",
            Layer::Validation => "validation",
        }
    }
}

/// What sort of warning it is, for those who say some of them in another way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topic {
    /// A rule about what is written.
    #[default]
    Rule,
    /// A route that earlier ones leave nothing to.
    Unreachable,
    /// A match that earlier ones leave nothing to.
    Ineffective,
    /// Said of every object of the kind, whatever it holds.
    Kind,
}

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Who says it.
    pub layer: Layer,
    /// What sort it is; errors are always about what is written.
    pub topic: Topic,
    /// What is wrong, in the words of the layer: for [`Layer::Crd`] as the API server prints it, the path included.
    pub message: String,
    /// Path of the field, such as `spec.http[0].route`; empty for the whole document.
    pub path: String,
    /// The token that is wrong, or the nearest that exists.
    pub span: Span,
}

/// All that is said of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Reasons to reject it.
    pub errors: Vec<Complaint>,
    /// What is taken, but probably not meant.
    pub warnings: Vec<Complaint>,
}

impl Review {
    /// Whether no layer rejects the document.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.errors.is_empty()
    }
}

/// Asks every layer.
#[must_use]
pub fn review(subject: Subject, root: Node<'_>) -> Review {
    let mut review = Review::default();
    crd::review(subject, root, &mut review);
    webhook::review(subject, root, &mut review);
    review
}

/// What the API server says of metadata that Istio's own tools take: they read `labels: {a: 1}` as text, it does not.
#[must_use]
pub fn number_for_text(root: Node<'_>) -> Option<Complaint> {
    if root.has_gap() || envelope::misread(root, Manner::StrictYaml).is_some() {
        return None;
    }
    let (message, place) = envelope::misread(root, Manner::Strict)?;
    Some(Complaint {
        layer: Layer::Decode,
        topic: Topic::Rule,
        message,
        path: place.path.to_string(),
        span: place.span,
    })
}

/// Asks istiod's webhook alone.
#[must_use]
pub fn review_webhook(subject: Subject, root: Node<'_>) -> Review {
    let mut review = Review::default();
    webhook::review(subject, root, &mut review);
    review
}
