//! Which addresses are reached by the tunnel of the ambient mesh (`PushContext.SupportsTunnel`).

use std::collections::HashSet;

use mp_ir::mesh::{Endpoint, EndpointAddress, Labels, Mesh, Workload};

use crate::facts::is_pod;

const REDIRECTION: &str = "ambient.istio.io/redirection";
const TUNNEL: &str = "networking.istio.io/tunnel";

/// Network and address of the workloads that take tunnels, or whose node does for them.
#[derive(Debug, Default)]
pub(super) struct Ambient(HashSet<(String, String)>);

impl Ambient {
    /// Without the ambient mesh nobody is known to take tunnels.
    pub(super) fn new(mesh: &Mesh) -> Self {
        if !mesh.compat.flag("PILOT_ENABLE_AMBIENT", false) {
            return Self::default();
        }
        let takes = |w: &&Workload| !w.from_template && (is_captured(w) || speaks(w.labels()));
        let at = |w: &Workload| {
            let own = !is_pod(w) && !w.network.is_empty();
            let network = if own { &w.network } else { &mesh.settings.network };
            w.ips.iter().map(|ip| (network.clone(), ip.clone())).collect::<Vec<_>>()
        };
        Self(mesh.workloads.iter().filter(takes).flat_map(at).collect())
    }

    pub(super) fn takes_tunnel(&self, mesh: &Mesh, endpoint: &Endpoint) -> bool {
        if speaks(&endpoint.labels) {
            return true;
        }
        let EndpointAddress::Host(first) = &endpoint.address else { return false };
        let network = if endpoint.network.is_empty() { &mesh.settings.network } else { &endpoint.network };
        let known = |ip: &String| self.0.contains(&(network.clone(), ip.clone()));
        !self.0.is_empty() && std::iter::once(first).chain(&endpoint.additional).any(known)
    }
}

/// A node's agent redirects its traffic.
fn is_captured(workload: &Workload) -> bool {
    workload.meta.annotations.get(REDIRECTION).is_some_and(|word| word == "enabled")
}

/// It says that it speaks the tunnel itself (`model.SupportsTunnel`).
fn speaks(labels: &Labels) -> bool {
    labels.get(TUNNEL).is_some_and(|list| list.split(',').any(|word| word == "http"))
}
