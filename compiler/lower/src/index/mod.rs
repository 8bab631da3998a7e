//! Look-ups over the facts, built once and shared by all proxies (`ServiceIndex` and friends of `pilot/pkg/model/push_context.go`).

mod aliases;
mod ambient;
mod destination_rules;
mod endpoints;

use std::collections::HashMap;
use std::sync::Arc;

use mp_ir::mesh::{Endpoint, Hostname, Mesh, Registry, Service, Visibility};

pub(crate) use destination_rules::BACKEND_POLICY;
pub use destination_rules::{DestinationRules, MergedRule};

use crate::virtual_services::VirtualServices;
use ambient::Ambient;
use endpoints::Endpoints;

/// Look-ups over one [`Mesh`].
#[derive(Debug, Default)]
pub struct Index {
    /// Parallel to `Mesh::services`, with aliases resolved.
    pub services: Vec<Arc<Service>>,
    /// DestinationRules, merged.
    pub destination_rules: DestinationRules,
    /// VirtualServices with delegates merged, by gateway and visibility.
    pub virtual_services: VirtualServices,
    by_host: HashMap<Hostname, Vec<(String, usize)>>,
    public: Vec<usize>,
    exported: HashMap<String, Vec<usize>>,
    endpoints: Endpoints,
    ambient: Ambient,
}

impl Index {
    /// Builds all look-ups.
    #[must_use]
    pub fn new(mesh: &Mesh) -> Self {
        let mut index = Self {
            services: aliases::resolve(&mesh.services),
            destination_rules: DestinationRules::new(mesh),
            virtual_services: VirtualServices::new(mesh),
            endpoints: Endpoints::new(mesh),
            ambient: Ambient::new(mesh),
            ..Self::default()
        };
        for id in 0..index.services.len() {
            index.add_service(mesh, id);
        }
        index
    }

    fn add_service(&mut self, mesh: &Mesh, id: usize) {
        let Some(service) = self.services.get(id).map(Arc::clone) else { return };
        self.claim_host(&service, id);
        let seen = visibility(mesh, &service);
        if seen.everyone {
            self.public.push(id);
        } else if !seen.nobody {
            let home = service.meta.namespace();
            let own = (seen.own || seen.namespaces.iter().any(|ns| ns == home)).then(|| home.to_owned());
            let others = seen.namespaces.iter().filter(|ns| *ns != home).cloned();
            for namespace in own.into_iter().chain(others) {
                self.exported.entry(namespace).or_default().push(id);
            }
        }
    }

    /// The oldest service has a host of its namespace, but one of Kubernetes comes before a ServiceEntry.
    fn claim_host(&mut self, service: &Service, id: usize) {
        let claims = self.by_host.entry(service.hostname.value.clone()).or_default();
        let Some(claim) = claims.iter_mut().find(|(ns, _)| ns == service.meta.namespace()) else {
            claims.push((service.meta.namespace().to_owned(), id));
            return;
        };
        let holder = self.services.get(claim.1).map(|s| s.registry);
        if service.registry == Registry::Kubernetes && holder != Some(Registry::Kubernetes) {
            claim.1 = id;
        }
    }

    /// A service by its place in `Mesh::services`.
    #[must_use]
    pub fn service(&self, id: usize) -> Option<&Arc<Service>> {
        self.services.get(id)
    }

    /// The services of a host: namespace and place, oldest first; one per namespace.
    #[must_use]
    pub fn by_host(&self, host: &str) -> &[(String, usize)] {
        self.by_host.get(host).map_or(&[], Vec::as_slice)
    }

    /// The service of a host in a namespace.
    #[must_use]
    pub fn find(&self, host: &str, namespace: &str) -> Option<usize> {
        self.by_host(host).iter().find(|(ns, _)| ns == namespace).map(|(_, id)| *id)
    }

    /// The services that a namespace sees: first those exported to it, then public ones, each oldest first
    /// (`servicesExportedToNamespace`).
    pub fn visible(&self, namespace: &str) -> impl Iterator<Item = usize> {
        let exported = self.exported.get(namespace).map_or(&[][..], Vec::as_slice);
        exported.iter().chain(&self.public).copied()
    }

    /// Whether a namespace sees a service (`IsServiceVisible`).
    #[must_use]
    pub fn sees(&self, mesh: &Mesh, namespace: &str, id: usize) -> bool {
        self.service(id).is_some_and(|service| {
            let seen = visibility(mesh, service);
            let home = service.meta.namespace();
            seen.everyone
                || (seen.own && home == namespace)
                || seen.namespaces.iter().any(|ns| ns == namespace)
        })
    }

    /// The endpoints of all services with this host and namespace.
    pub fn endpoints<'m>(
        &self,
        mesh: &'m Mesh,
        host: &str,
        namespace: &str,
    ) -> impl Iterator<Item = &'m Endpoint> {
        self.endpoints.of(mesh, host, namespace).map(|(_, endpoint)| endpoint)
    }

    /// The same with their places in `Mesh::endpoints`.
    pub fn endpoint_places<'m>(
        &self,
        mesh: &'m Mesh,
        host: &str,
        namespace: &str,
    ) -> impl Iterator<Item = ((usize, usize), &'m Endpoint)> {
        self.endpoints.of(mesh, host, namespace)
    }

    /// Whether an endpoint is reached by the tunnel of the ambient mesh: it says so, or its node takes tunnels for it.
    #[must_use]
    pub fn takes_tunnel(&self, mesh: &Mesh, endpoint: &Endpoint) -> bool {
        self.ambient.takes_tunnel(mesh, endpoint)
    }

    /// SPIFFE ids behind a service, sorted, aliases of the trust domain included (`ServiceAccounts`).
    #[must_use]
    pub fn service_accounts(&self, service: &Service) -> &[String] {
        self.endpoints.service_accounts(service)
    }
}

/// Who sees a service (`serviceExportTo`).
fn visibility<'a>(mesh: &'a Mesh, service: &'a Service) -> &'a Visibility {
    if service.visibility.written { &service.visibility } else { &mesh.settings.default_service_visibility }
}

#[cfg(test)]
mod tests;
