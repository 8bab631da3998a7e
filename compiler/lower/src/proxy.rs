//! Proxies: who they are, from a description or from the mesh alone.

use std::collections::BTreeMap;

use mp_ir::mesh::Mesh;
use mp_ir::plan::{ProxyKind, ProxyView};

use crate::Index;

/// A proxy as it is asked for: an entry of `proxies.json`. What is empty is taken from the Pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxySpec {
    /// Name under which results are stored.
    pub name: String,
    /// What it does.
    pub kind: ProxyKind,
    /// Namespace.
    pub namespace: String,
    /// Pod.
    pub pod: String,
    /// Addresses.
    pub ips: Vec<String>,
    /// Labels; `None` takes the Pod's.
    pub labels: Option<BTreeMap<String, String>>,
    /// Annotations; `None` takes the Pod's.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Service account.
    pub service_account: String,
    /// `region/zone/subzone`; empty takes the node's.
    pub locality: String,
    /// Network.
    pub network: String,
    /// Version; empty for the one this compiler follows.
    pub istio_version: String,
    /// DNS proxy of the agent is on.
    pub dns_capture: bool,
    /// Further node metadata.
    pub metadata: BTreeMap<String, String>,
}

/// Why there is no such proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyError {
    /// No such workload in the input.
    Unknown(String),
    /// Text that names nothing: not `ns/pod` or `gateway:ns/name`.
    Malformed(String),
}

/// The proxy of a description.
#[must_use]
pub fn view(mesh: &Mesh, index: &Index, spec: &ProxySpec) -> ProxyView {
    let _ = (mesh, index);
    ProxyView { name: spec.name.clone(), kind: spec.kind, namespace: spec.namespace.clone(), ..ProxyView::default() }
}

/// The proxy that a command line names: `ns/pod`, `ns/deployment`, or `gateway:ns/name`.
///
/// # Errors
/// When the text has another form or the input has no such workload.
pub fn find(mesh: &Mesh, index: &Index, name: &str) -> Result<ProxyView, ProxyError> {
    let _ = (mesh, index);
    Err(ProxyError::Unknown(name.to_owned()))
}
