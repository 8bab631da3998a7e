//! Pods and WorkloadEntries: what endpoints and proxies are.

use std::collections::BTreeMap;

use super::{Labels, Meta};
use crate::base::ObjectRef;
use crate::plan::ProxyKind;

/// Region, zone and subzone; empty text where unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locality {
    /// `topology.kubernetes.io/region`.
    pub region: String,
    /// `topology.kubernetes.io/zone`.
    pub zone: String,
    /// `topology.istio.io/subzone`.
    pub subzone: String,
    /// Slashes in the text that it was read from: istiod groups endpoints by that text, so that `r/z` and `r/z/` differ.
    pub slashes: u8,
}

impl Locality {
    /// The text that it was read from, as far as three parts go.
    #[must_use]
    pub fn label(&self) -> String {
        let parts = [&self.region, &self.zone, &self.subzone].map(String::as_str);
        parts.get(..=usize::from(self.slashes.min(2))).unwrap_or_default().join("/")
    }
}

/// A container port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadPort {
    /// Name, may be empty.
    pub name: String,
    /// Number.
    pub number: u32,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
}

/// What the agent beside Envoy is told in a Pod's `istio-proxy` container.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agent {
    /// What it says of itself to istiod: the word after `proxy` among its arguments; `None` where they are not written.
    pub role: Option<ProxyKind>,
    /// Node metadata by its environment (`ISTIO_META_…`), as far as values are written.
    pub metadata: BTreeMap<String, String>,
}

/// A Pod, a WorkloadEntry, or the Pod that a Deployment's template would make.
#[derive(Clone, Debug, Default)]
pub struct Workload {
    /// Head; labels are the Pod's (or the template's).
    pub meta: Meta,
    /// Addresses, first one primary.
    pub ips: Vec<String>,
    /// Service account name.
    pub service_account: String,
    /// Node name.
    pub node: String,
    /// Where it runs.
    pub locality: Locality,
    /// Network; empty for the default one.
    pub network: String,
    /// Container ports.
    pub ports: Vec<WorkloadPort>,
    /// Ready to serve.
    pub ready: bool,
    /// Has an `istio-proxy` container.
    pub has_proxy: bool,
    /// What that container says.
    pub agent: Agent,
    /// Stands for the Pods of a Deployment whose Pods are not in the input.
    pub from_template: bool,
    /// The object whose Pods are not in the input, where this one was made to stand for them.
    pub stands_for: Option<ObjectRef>,
    /// Weight of a WorkloadEntry.
    pub weight: u32,
    /// Name in telemetry: of the Deployment or other owner, else the Pod's or WorkloadEntry's own.
    pub workload_name: String,
    /// Host name and subdomain of a Pod that has a subdomain.
    pub pod_host: Option<(String, String)>,
}

impl Workload {
    /// Labels for selectors.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.meta.labels
    }
}
