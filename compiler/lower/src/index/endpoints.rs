//! Endpoints by host and namespace: services that share both share endpoints (`EndpointIndex`).

use std::collections::{BTreeSet, HashMap};

use mp_ir::mesh::{Endpoint, Hostname, Mesh, Service};

#[derive(Debug, Default)]
pub(super) struct Endpoints {
    by_host: HashMap<Hostname, Vec<Group>>,
}

/// Services of one host and namespace.
#[derive(Debug, Default)]
struct Group {
    namespace: String,
    /// Places in `Mesh::services` whose endpoints count: Kubernetes first, then ServiceEntries, as the shards are walked.
    services: Vec<usize>,
    /// SPIFFE ids of the endpoints, and what the youngest service states beside them.
    accounts: Vec<String>,
}

impl Endpoints {
    pub(super) fn new(mesh: &Mesh) -> Self {
        let mut by_host: HashMap<Hostname, Vec<Group>> = HashMap::new();
        for (id, service) in mesh.services.iter().enumerate() {
            let groups = by_host.entry(service.hostname.value.clone()).or_default();
            let namespace = service.meta.namespace();
            match groups.iter_mut().find(|group| group.namespace == namespace) {
                Some(group) => group.services.push(id),
                None => groups.push(Group {
                    namespace: namespace.to_owned(),
                    services: vec![id],
                    accounts: Vec::new(),
                }),
            }
        }
        for service in &mesh.services {
            let groups = by_host.get_mut(&service.hostname.value).into_iter().flatten();
            for group in groups.filter(|group| group.namespace == service.meta.namespace()) {
                group.services.sort_by_key(|id| mesh.services.get(*id).map(|s| s.registry));
                group.accounts = accounts(mesh, group, service);
            }
        }
        Self { by_host }
    }

    fn group(&self, host: &str, namespace: &str) -> Option<&Group> {
        self.by_host.get(host)?.iter().find(|group| group.namespace == namespace)
    }

    /// The endpoints, each with its place.
    pub(super) fn of<'m>(
        &self,
        mesh: &'m Mesh,
        host: &str,
        namespace: &str,
    ) -> impl Iterator<Item = ((usize, usize), &'m Endpoint)> {
        let ids = self.group(host, namespace).map(|group| group.services.clone()).unwrap_or_default();
        let of_service = |id: usize| mesh.endpoints.get(id).into_iter().flatten().enumerate();
        ids.into_iter().flat_map(move |id| of_service(id).map(move |(at, endpoint)| ((id, at), endpoint)))
    }

    pub(super) fn service_accounts(&self, service: &Service) -> &[String] {
        self.group(&service.hostname.value, service.meta.namespace()).map_or(&[], |group| &group.accounts)
    }
}

fn accounts(mesh: &Mesh, group: &Group, service: &Service) -> Vec<String> {
    let endpoints = group.services.iter().filter_map(|id| mesh.endpoints.get(*id)).flatten();
    let ids = endpoints.map(|e| &e.service_account).filter(|id| !id.is_empty());
    let ids: BTreeSet<String> = ids.chain(&service.subject_alt_names).cloned().collect();
    with_trust_domains(ids, &mesh.settings.trust_domain_aliases)
}

/// Every id of the mesh also under the aliases of its trust domain (`spiffe.ExpandWithTrustDomains`), sorted.
fn with_trust_domains(ids: BTreeSet<String>, aliases: &[String]) -> Vec<String> {
    let mut out = ids.clone();
    for path in ids.iter().filter_map(|id| identity(id)) {
        out.extend(aliases.iter().map(|domain| format!("spiffe://{domain}/{path}")));
    }
    out.into_iter().collect()
}

/// `ns/…/sa/…` of a SPIFFE id of the mesh.
fn identity(id: &str) -> Option<&str> {
    let (_, path) = id.strip_prefix("spiffe://")?.split_once('/')?;
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts.as_slice(), ["ns", _, "sa", _]).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_of_the_trust_domain_multiply_ids_of_the_mesh_alone() {
        let ids: BTreeSet<String> =
            ["spiffe://a/ns/x/sa/y".to_owned(), "example.com".to_owned(), "spiffe://a/x".to_owned()].into();
        let got = with_trust_domains(ids.clone(), &["b".to_owned()]);
        assert_eq!(got, ["example.com", "spiffe://a/ns/x/sa/y", "spiffe://a/x", "spiffe://b/ns/x/sa/y"]);
        assert_eq!(with_trust_domains(ids, &[]).len(), 3);
    }
}
