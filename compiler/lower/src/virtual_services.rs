//! VirtualServices as proxies see them: delegates merged, by gateway and visibility
//! (`pilot/pkg/model/virtualservice_controller.go`, `push_context.go` initVirtualServices, `virtualservice.go`).

mod delegates;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use mp_ir::mesh::{Destination, Hostname, Mesh, VirtualService, Visibility};

use crate::scope::HostSets;

/// The gateway name that stands for all sidecars.
pub const MESH: &str = "mesh";
/// Annotation that says which rules a VirtualService made from another API follows.
pub(crate) const SEMANTICS: &str = "internal.istio.io/route-semantics";

/// Which rules a VirtualService follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semantics {
    /// Istio's own.
    Istio,
    /// Gateway API (`UseGatewaySemantics`).
    Gateway,
    /// Ingress (`UseIngressSemantics`).
    Ingress,
}

impl Semantics {
    /// As the object is marked.
    #[must_use]
    pub fn of(service: &VirtualService) -> Self {
        match service.meta.annotations.get(SEMANTICS).map(String::as_str) {
            Some("gateway") => Self::Gateway,
            Some("ingress") => Self::Ingress,
            _ => Self::Istio,
        }
    }
}

/// Places in [`VirtualServices`] by gateway name.
type ByGateway = HashMap<String, Vec<usize>>;

/// Merged VirtualServices with an index by gateway and visibility.
#[derive(Clone, Debug, Default)]
pub struct VirtualServices {
    /// VirtualServices with hosts, delegates merged, oldest first.
    merged: Vec<Arc<VirtualService>>,
    /// Whether a sidecar sees its own Gateway API routes before others.
    own_routes_first: bool,
    /// Seen by everybody.
    public: ByGateway,
    /// Seen by the own namespace, by namespace.
    private: HashMap<String, ByGateway>,
    /// Exported to single namespaces, by namespace.
    exported: HashMap<String, ByGateway>,
}

impl VirtualServices {
    /// Merges delegates into their roots and indexes what is left.
    #[must_use]
    pub fn new(mesh: &Mesh) -> Self {
        let mut out = Self {
            merged: delegates::merge_all(mesh).into_iter().map(Arc::new).collect(),
            own_routes_first: mesh.compat.flag("PILOT_UNIFIED_SIDECAR_SCOPE", true),
            ..Self::default()
        };
        for (place, service) in out.merged.iter().enumerate() {
            let home = service.meta.namespace();
            let seen = visibility(mesh, service);
            let add = |index: &mut ByGateway| {
                for gateway in gateway_names(service) {
                    index.entry(gateway.to_owned()).or_default().push(place);
                }
            };
            if seen.everyone {
                add(&mut out.public);
                continue;
            }
            if seen.nobody {
                continue;
            }
            let own = seen.own.then_some(home);
            let namespaces: BTreeSet<&str> =
                own.into_iter().chain(seen.namespaces.iter().map(String::as_str)).collect();
            for namespace in namespaces {
                let index = if namespace == home { &mut out.private } else { &mut out.exported };
                add(index.entry(namespace.to_owned()).or_default());
            }
        }
        out
    }

    /// All merged VirtualServices, oldest first.
    #[must_use]
    pub fn all(&self) -> &[Arc<VirtualService>] {
        &self.merged
    }

    /// The VirtualServices of a gateway (`mesh` or `namespace/name`) that a namespace sees, first its own, then those
    /// exported to it, then public ones, among which its own of Gateway API come first (`VirtualServicesForGateway`).
    #[must_use]
    pub fn for_gateway(&self, namespace: &str, gateway: &str) -> Vec<Arc<VirtualService>> {
        let [private, exported, public] = self.by_reach(namespace, gateway);
        let of_consumer = |place: &&usize| self.is_own_route(**place, namespace);
        let first = public.iter().filter(of_consumer);
        let last = public.iter().filter(|place| !of_consumer(place));
        let places = private.iter().chain(exported).chain(first).chain(last);
        places.filter_map(|place| self.merged.get(*place).map(Arc::clone)).collect()
    }

    /// The mesh's VirtualServices that a namespace imports through the hosts of an egress listener
    /// (`SelectVirtualServices`): one of their hosts is imported from their namespace or from all of them, and left out
    /// by neither.
    #[must_use]
    pub fn select(&self, namespace: &str, imports: &HostSets) -> Vec<Arc<VirtualService>> {
        let mut out = Vec::new();
        let mut taken = BTreeSet::new();
        for places in self.by_reach(namespace, MESH) {
            let first = |place: &&usize| self.own_routes_first && self.is_own_route(**place, namespace);
            let last = places.iter().filter(|place| !first(place));
            for place in places.iter().filter(first).chain(last) {
                let found = self.merged.get(*place).filter(|service| imported(imports, service));
                if let Some(service) = found.filter(|_| taken.insert(*place)) {
                    out.push(Arc::clone(service));
                }
            }
        }
        out
    }

    fn by_reach(&self, namespace: &str, gateway: &str) -> [&[usize]; 3] {
        let private = self.private.get(namespace).and_then(|by_gateway| by_gateway.get(gateway));
        let exported = self.exported.get(namespace).and_then(|by_gateway| by_gateway.get(gateway));
        [private, exported, self.public.get(gateway)].map(|places| places.map_or(&[][..], Vec::as_slice))
    }

    /// Made from Gateway API in the consumer's namespace, which overrides what the producer says.
    fn is_own_route(&self, place: usize, namespace: &str) -> bool {
        self.merged.get(place).is_some_and(|service| {
            service.meta.namespace() == namespace && Semantics::of(service) == Semantics::Gateway
        })
    }
}

/// Who sees a VirtualService.
fn visibility<'a>(mesh: &'a Mesh, service: &'a VirtualService) -> &'a Visibility {
    if service.visibility.written {
        &service.visibility
    } else {
        &mesh.settings.default_virtual_service_visibility
    }
}

/// Gateways of a VirtualService; the mesh where none is written (`getGatewayNames`).
fn gateway_names(service: &VirtualService) -> Vec<&str> {
    if service.gateways.is_empty() {
        return vec![MESH];
    }
    service.gateways.iter().map(|gateway| gateway.value.as_str()).collect()
}

fn imported(imports: &HostSets, service: &VirtualService) -> bool {
    let scopes = [imports.get(service.meta.namespace()), imports.get("*")];
    let gateway = Semantics::of(service) == Semantics::Gateway;
    service.hosts.iter().any(|host| {
        let mut scopes = scopes.iter().flatten();
        let taken = scopes.clone().any(|scope| scope.imports_rule(&host.value, gateway));
        taken && !scopes.any(|scope| scope.excludes(&host.value))
    })
}

/// Hosts that a VirtualService leads to with the ports that are named; port 0 says that one names none
/// (`virtualServiceDestinationsFilteredBySourceNamespace`). HTTP routes for callers of other namespaces do not count,
/// unless `namespace` is empty.
#[must_use]
pub fn destinations(service: &VirtualService, namespace: &str) -> BTreeMap<Hostname, BTreeSet<u32>> {
    let mut out: BTreeMap<Hostname, BTreeSet<u32>> = BTreeMap::new();
    let mut add = |to: &Destination| {
        let port = to.port.as_ref().map_or(0, |port| port.value);
        out.entry(to.host.value.clone()).or_default().insert(port);
    };
    for route in &service.http {
        let callers = route.matches.iter().map(|m| m.source_namespace.as_str()).filter(|ns| !ns.is_empty());
        let mut callers = callers.peekable();
        if !namespace.is_empty() && callers.peek().is_some() && !callers.any(|ns| ns == namespace) {
            continue;
        }
        route.route.iter().for_each(|to| add(&to.destination));
        route.mirrors.iter().for_each(|mirror| add(&mirror.destination));
    }
    let tcp = service.tcp.iter().flat_map(|route| &route.route);
    let tls = service.tls.iter().flat_map(|route| &route.route);
    tcp.chain(tls).for_each(|to| add(&to.destination));
    out
}

#[cfg(test)]
#[path = "virtual_services/tests.rs"]
mod tests;
