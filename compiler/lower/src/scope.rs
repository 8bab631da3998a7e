//! What one proxy imports: istiod's `SidecarScope` (`pilot/pkg/model/sidecar.go`).

mod hosts;
mod import;
mod services;

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use mp_ir::base::ObjectRef;
use mp_ir::mesh::{EgressListener, Hostname, Mesh, OutboundTrafficPolicy, Service, Sidecar, VirtualService};
use mp_ir::plan::{ProxyKind, ProxyView};

pub use hosts::{HostSet, HostSets};

use crate::Index;
use crate::index::MergedRule;

/// A service as a scope sees it: ports and aliases may be fewer, or more when services of one host are merged.
#[derive(Clone, Debug)]
pub struct ScopedService {
    /// Place in `Mesh::services`; of merged services the first one's.
    pub id: usize,
    /// The service.
    pub service: Arc<Service>,
}

impl Deref for ScopedService {
    type Target = Service;
    fn deref(&self) -> &Service {
        &self.service
    }
}

/// One egress listener with what it imports.
#[derive(Clone, Debug, Default)]
pub struct EgressScope {
    /// The entry of the Sidecar; `None` for the implied one.
    pub listener: Option<EgressListener>,
    /// Services in istiod's order.
    pub services: Vec<ScopedService>,
    /// VirtualServices in istiod's order.
    pub virtual_services: Vec<Arc<VirtualService>>,
    /// By service host, the VirtualService whose host fits it best (`mostSpecificWildcardVsIndex`).
    pub best_virtual_service: HashMap<Hostname, ObjectRef>,
}

impl EgressScope {
    /// Port of the listener; `None` for the one that takes all ports.
    #[must_use]
    pub fn port(&self) -> Option<u32> {
        self.listener.as_ref().and_then(|l| l.port.as_ref()).map(|port| port.value)
    }
}

/// What one proxy imports.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Name of the Sidecar, or `default-sidecar`.
    pub name: String,
    /// Namespace of the proxy.
    pub namespace: String,
    /// The Sidecar that says so, as place in `Mesh::sidecars`.
    pub sidecar: Option<usize>,
    /// Egress listeners in order; a gateway has one without services.
    pub egress: Vec<EgressScope>,
    /// All services in istiod's order; one per host.
    pub services: Vec<ScopedService>,
    /// What happens to calls of unknown hosts.
    pub outbound: OutboundTrafficPolicy,
    by_host: HashMap<Hostname, usize>,
    rules: HashMap<Hostname, Vec<Arc<MergedRule>>>,
}

impl Scope {
    /// The scope of a proxy.
    #[must_use]
    pub fn new(mesh: &Mesh, index: &Index, proxy: &ProxyView) -> Self {
        match proxy.kind {
            ProxyKind::Sidecar => import::sidecar(mesh, index, proxy),
            ProxyKind::Router | ProxyKind::Waypoint => import::gateway(mesh, index, proxy),
        }
    }

    /// The Sidecar that made the scope.
    #[must_use]
    pub fn sidecar<'m>(&self, mesh: &'m Mesh) -> Option<&'m Sidecar> {
        self.sidecar.and_then(|at| mesh.sidecars.get(at))
    }

    /// The service of a host (`ServiceForHostname`).
    #[must_use]
    pub fn service(&self, host: &str) -> Option<&ScopedService> {
        self.by_host.get(host).and_then(|at| self.services.get(*at))
    }

    /// The DestinationRule for calls of a host: one whose selector fits the proxy before one without
    /// (`SidecarScope.DestinationRule`, outbound).
    #[must_use]
    pub fn destination_rule(&self, proxy: &ProxyView, host: &str) -> Option<&Arc<MergedRule>> {
        let rules = self.rules.get(host)?;
        let fits = |rule: &&Arc<MergedRule>| {
            let rule = &rule.rule;
            rule.workload_selector_written
                && rule.meta.namespace() == self.namespace
                && rule.workload_selector.iter().all(|(k, v)| proxy.labels.get(k) == Some(v))
        };
        rules.iter().find(fits).or_else(|| self.inbound_destination_rule(host))
    }

    /// All DestinationRules of a host that the proxy sees, those with selectors first.
    pub(crate) fn rules_of(&self, host: &str) -> &[Arc<MergedRule>] {
        self.rules.get(host).map_or(&[], Vec::as_slice)
    }

    /// The DestinationRule for the receiving side: selectors do not count there.
    #[must_use]
    pub fn inbound_destination_rule(&self, host: &str) -> Option<&Arc<MergedRule>> {
        self.rules.get(host)?.iter().rev().find(|rule| !rule.rule.workload_selector_written)
    }

    /// The egress listener that answers for a port (`GetEgressListenerForRDS`): the first that has it or takes all
    /// ports. Port 0 is a Unix socket, told apart by `bind`.
    #[must_use]
    pub fn egress_for(&self, port: u32, bind: &str) -> Option<&EgressScope> {
        self.egress.iter().find(|egress| match (&egress.listener, egress.port()) {
            (Some(listener), Some(number)) => number == port && (port != 0 || listener.bind == bind),
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests;
