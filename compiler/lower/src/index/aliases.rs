//! ExternalName services are other names of what they lead to (`resolveServiceAliases`).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use mp_ir::mesh::{Hostname, Resolution, Service};

/// All services, those that others are aliases of with [`Service::aliases`] filled: hosts and namespaces sorted by namespace.
pub(super) fn resolve(services: &[Service]) -> Vec<Arc<Service>> {
    let target = |s: &Service| s.external_name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
    let aliases: Vec<&Service> = services.iter().filter(|s| s.resolution == Resolution::Alias).collect();
    let by_host: HashMap<&str, Hostname> =
        aliases.iter().map(|s| (s.hostname.value.as_str(), target(s))).collect();
    let mut of: BTreeMap<Hostname, Vec<(Hostname, String)>> = BTreeMap::new();
    for alias in aliases {
        if let Some(concrete) = follow(&alias.hostname.value, target(alias), &by_host) {
            let name = (alias.hostname.value.clone(), alias.meta.namespace().to_owned());
            of.entry(concrete).or_default().push(name);
        }
    }
    for names in of.values_mut() {
        names.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    }
    let with_aliases = |service: &Service| {
        let mut service = service.clone();
        if let Some(names) = of.get(&service.hostname.value) {
            service.aliases.clone_from(names);
        }
        Arc::new(service)
    };
    services.iter().map(with_aliases).collect()
}

/// The end of a chain of aliases; `None` for a circle.
fn follow(alias: &str, target: Hostname, by_host: &HashMap<&str, Hostname>) -> Option<Hostname> {
    let mut seen: BTreeSet<Hostname> = [alias.to_owned()].into();
    let mut at = target;
    while let Some(next) = by_host.get(at.as_str()) {
        if !seen.insert(at.clone()) {
            return None;
        }
        at = next.clone();
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table<'a>(pairs: &[(&'a str, &str)]) -> HashMap<&'a str, Hostname> {
        pairs.iter().map(|(a, b)| (*a, (*b).to_owned())).collect()
    }

    #[test]
    fn chains_end_at_the_concrete_service_and_circles_nowhere() {
        let chain = table(&[("a", "b"), ("b", "c")]);
        assert_eq!(follow("a", "b".into(), &chain), Some("c".into()));
        let circle = table(&[("a", "b"), ("b", "a")]);
        assert_eq!(follow("a", "b".into(), &circle), None);
        assert_eq!(follow("a", "a".into(), &table(&[("a", "a")])), None);
    }
}
