//! Mutual TLS per port (`pilot/pkg/security/authn/policy_applier.go`, `ComposePeerAuthentication`).

use std::collections::BTreeMap;

use crate::base::At;

use super::{Labels, Mesh, MutualTlsMode, PeerAuthentication};

/// The effective modes of one workload; never [`MutualTlsMode::Unset`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerModes {
    /// Mode of all ports that are not listed.
    pub mode: At<MutualTlsMode>,
    /// Modes of single workload ports.
    pub ports: BTreeMap<u32, At<MutualTlsMode>>,
}

impl PeerModes {
    /// The mode at a workload port; 0 asks for ports that nothing lists.
    #[must_use]
    pub fn at(&self, port: u32) -> At<MutualTlsMode> {
        self.ports.get(&port).copied().unwrap_or(self.mode)
    }
}

impl Mesh {
    /// The effective modes of the workloads with these labels in a namespace.
    #[must_use]
    pub fn peer_modes(&self, namespace: &str, labels: &Labels) -> PeerModes {
        let root = self.settings.root_namespace.as_str();
        let whole = |home: &str| first_whole(self, home);
        let mesh_wide = whole(root);
        let of_namespace = if namespace == root { None } else { whole(namespace) };
        let of_workload = self.peer_authentications.iter().find(|pa| {
            pa.meta.namespace() == namespace
                && namespace != root
                && !pa.selector.is_empty()
                && pa.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
        });
        let mut mode = At::implied(MutualTlsMode::Permissive);
        for policy in [mesh_wide, of_namespace, of_workload].into_iter().flatten() {
            if let Some(stated) = policy.mode.filter(|m| m.value != MutualTlsMode::Unset) {
                mode = stated;
            }
        }
        let stated = of_workload.into_iter().flat_map(|policy| &policy.port_level);
        let ports = stated
            .map(|(port, m)| (*port, if m.value == MutualTlsMode::Unset { mode } else { *m }))
            .collect();
        PeerModes { mode, ports }
    }

    /// The mode that a namespace's policy, or the mesh's, asks for; `None` where no policy speaks
    /// (`AuthenticationPolicies.GetNamespaceMutualTLSMode`).
    #[must_use]
    pub fn namespace_mutual_tls(&self, namespace: &str) -> Option<MutualTlsMode> {
        let stated =
            |policy: &PeerAuthentication| policy.mode.map(|m| m.value).filter(|m| *m != MutualTlsMode::Unset);
        let root = self.settings.root_namespace.as_str();
        let global =
            first_whole(self, root).map(|policy| stated(policy).unwrap_or(MutualTlsMode::Permissive));
        match first_whole(self, namespace).filter(|_| namespace != root) {
            None => global,
            Some(policy) => Some(stated(policy).or(global).unwrap_or(MutualTlsMode::Permissive)),
        }
    }
}

/// Only the oldest policy without selector counts in each namespace.
fn first_whole<'a>(mesh: &'a Mesh, namespace: &str) -> Option<&'a PeerAuthentication> {
    mesh.peer_authentications.iter().find(|pa| pa.meta.namespace() == namespace && pa.selector.is_empty())
}
