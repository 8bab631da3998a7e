//! Endpoints by host and namespace: services that share both share endpoints (`EndpointIndex`).

use std::collections::{BTreeSet, HashMap};

use mp_ir::mesh::{Endpoint, Hostname, Mesh, Service};

#[derive(Debug, Default)]
pub(super) struct Endpoints {
    /// Places in `Mesh::services` whose endpoints count.
    services: HashMap<(Hostname, String), Vec<usize>>,
}

impl Endpoints {
    pub(super) fn new(mesh: &Mesh) -> Self {
        let mut services: HashMap<(Hostname, String), Vec<usize>> = HashMap::new();
        for (id, service) in mesh.services.iter().enumerate() {
            let key = (service.hostname.value.clone(), service.meta.namespace().to_owned());
            services.entry(key).or_default().push(id);
        }
        Self { services }
    }

    /// Endpoints of Kubernetes first, then those of ServiceEntries, as the shards are walked; each with its place.
    pub(super) fn of<'m>(
        &self,
        mesh: &'m Mesh,
        host: &str,
        namespace: &str,
    ) -> impl Iterator<Item = ((usize, usize), &'m Endpoint)> {
        let key = (host.to_owned(), namespace.to_owned());
        let mut ids = self.services.get(&key).cloned().unwrap_or_default();
        ids.sort_by_key(|id| mesh.services.get(*id).map(|s| s.registry));
        let of_service = |id: usize| mesh.endpoints.get(id).into_iter().flatten().enumerate();
        ids.into_iter().flat_map(move |id| of_service(id).map(move |(at, endpoint)| ((id, at), endpoint)))
    }

    pub(super) fn service_accounts(&self, mesh: &Mesh, service: &Service) -> Vec<String> {
        let stated = service.subject_alt_names.iter();
        let of_endpoints = self.of(mesh, &service.hostname.value, service.meta.namespace());
        let ids = of_endpoints.map(|(_, e)| &e.service_account).filter(|id| !id.is_empty());
        let ids: BTreeSet<String> = ids.chain(stated).cloned().collect();
        with_trust_domains(&ids, &mesh.settings.trust_domain_aliases)
    }
}

/// Every id of the mesh also under the aliases of its trust domain (`spiffe.ExpandWithTrustDomains`), sorted.
fn with_trust_domains(ids: &BTreeSet<String>, aliases: &[String]) -> Vec<String> {
    let mut out = ids.clone();
    for id in ids {
        let Some(path) = id.strip_prefix("spiffe://").and_then(|rest| rest.split_once('/')).map(|(_, path)| path)
        else {
            continue;
        };
        out.extend(aliases.iter().map(|domain| format!("spiffe://{domain}/{path}")));
    }
    out.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_of_the_trust_domain_multiply_spiffe_ids_alone() {
        let ids = ["spiffe://a/ns/x/sa/y".to_owned(), "example.com".to_owned()].into();
        let got = with_trust_domains(&ids, &["b".to_owned()]);
        assert_eq!(got, ["example.com", "spiffe://a/ns/x/sa/y", "spiffe://b/ns/x/sa/y"]);
        assert_eq!(with_trust_domains(&ids, &[]).len(), 2);
    }
}
