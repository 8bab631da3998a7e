//! Pods and WorkloadEntries: what endpoints and proxies are.

use std::collections::{BTreeMap, BTreeSet};

use super::{Labels, Meta};
use crate::base::{ObjectRef, Origin};
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

/// Labels that are known only once a template or a substitution is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenLabels {
    /// Keys whose value is not known.
    pub keys: BTreeSet<String>,
    /// There may be labels of any key besides those that are written.
    pub others: bool,
    /// The first such place; none where all labels are known.
    pub origin: Origin,
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
    /// What is not known of the labels.
    pub open_labels: OpenLabels,
}

impl Workload {
    /// Labels for selectors.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.meta.labels
    }

    /// Whether a selector may choose it, as far as the labels are known.
    #[must_use]
    pub fn may_carry(&self, selector: &Labels) -> bool {
        selector.iter().all(|(key, value)| match self.meta.labels.get(key) {
            Some(known) => known == value,
            None => self.open_labels.others || self.open_labels.keys.contains(key),
        })
    }
}
