//! What MeshConfig says of whole namespaces: which of them istiod looks at (`discoverySelectors`, `pkg/kube/namespace/filter.go`), and
//! who sees the ServiceEntries of which (`serviceEntryVisibility`, `pilot/pkg/model/serviceentry_visibility.go`).

use mp_ir::mesh::{EntryVisibility, Labels, Mesh};
use mp_model::views::{k8s, mesh as view};

use crate::facts::gateway_api::selects;

/// Applies both to the namespaces of a mesh.
pub(super) fn apply(mesh: &mut Mesh, config: view::MeshConfig<'_>) {
    let selectors = config.discovery_selectors();
    if !selectors.is_empty() {
        let seen = mesh.namespaces.iter().filter(|(name, labels)| {
            let labels = named(name, labels);
            selectors.iter().any(|selector| selects(k8s::LabelSelector(selector.0), &labels))
        });
        mesh.settings.discovered = Some(seen.map(|(name, _)| name.clone()).collect());
    }
    let Some(visibility) = config.service_entry_visibility() else { return };
    // Only ambient proxies are told otherwise.
    if !visibility.apply_to_sidecars().unwrap_or_default() {
        return;
    }
    let of = |(name, labels): (&String, &Labels)| (name.clone(), visible(visibility, &named(name, labels)));
    mesh.settings.entry_visibility = mesh.namespaces.iter().map(of).collect();
}

/// The labels of a namespace, with the one that every namespace has.
fn named(name: &str, labels: &Labels) -> Labels {
    let mut labels = labels.clone();
    labels.insert(crate::facts::OWN_NAME.to_owned(), name.to_owned());
    labels
}

/// The first policy whose rules all fit, else the default (`VisibilityFor`).
fn visible(visibility: view::ServiceEntryVisibility<'_>, labels: &Labels) -> EntryVisibility {
    let fits = |rule: view::ServiceEntryVisibilityMatchRule<'_>| {
        rule.namespace_selector().is_some_and(|selector| selects(k8s::LabelSelector(selector.0), labels))
    };
    let policies = visibility.policies();
    let first = policies.iter().find(|policy| policy.matching_rules().iter().all(fits));
    let word = match first {
        Some(policy) => policy.visibility().map(|word| word.name()),
        None => visibility.default_visibility().map(|word| word.name()),
    };
    match word {
        Some("NAMESPACE") => EntryVisibility::Namespace,
        Some("NONE") => EntryVisibility::Nobody,
        _ => EntryVisibility::AsExported,
    }
}

#[cfg(test)]
mod tests {
    use mp_ir::mesh::Mesh;
    use mp_model::{Input, Workspace};

    use crate::FactOptions;

    const OBJECTS: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: a, labels: {team: one}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: a}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: b}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e, namespace: a}
spec: {hosts: [e.example, e.example], addresses: [10.0.0.1, 10.0.0.1], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}
";

    fn mesh(config: &str) -> Mesh {
        let mesh_config = Some(Input::new("mesh.yaml", config));
        let options = FactOptions { mesh_config, ..FactOptions::default() };
        crate::facts(&Workspace::read(&[Input::new("in.yaml", OBJECTS)]), &options)
    }

    fn namespaces(mesh: &Mesh) -> Vec<&str> {
        let kubernetes = mesh.services.iter().filter(|service| service.hostname.value.starts_with("web."));
        kubernetes.map(|service| service.meta.namespace()).collect()
    }

    #[test]
    fn only_namespaces_that_a_selector_chooses_are_seen() {
        assert_eq!(namespaces(&mesh("{}")), ["a", "b"]);
        assert_eq!(namespaces(&mesh("discoverySelectors: [{matchLabels: {team: one}}]")), ["a"]);
        let by_name = "discoverySelectors: [{matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [b]}]}]";
        assert_eq!(namespaces(&mesh(by_name)), ["b"]);
    }

    #[test]
    fn entries_are_seen_no_further_than_the_mesh_says() {
        let seen = |config: &str| {
            let mesh = mesh(config);
            let entry = mesh.services.iter().find(|service| service.hostname.value == "e.example").unwrap();
            (entry.visibility.everyone, entry.visibility.own, entry.visibility.nobody)
        };
        let policy = |word: &str, sidecars: bool| {
            format!(
                "serviceEntryVisibility: {{applyToSidecars: {sidecars}, policies: [{{visibility: {word}, matchingRules: [{{namespaceSelector: \
                 {{matchLabels: {{team: one}}}}}}]}}]}}"
            )
        };
        assert_eq!(seen("{}"), (true, false, false));
        assert_eq!(seen(&policy("NAMESPACE", true)), (false, true, false));
        assert_eq!(seen(&policy("NONE", true)), (false, false, true));
        assert_eq!(seen(&policy("NONE", false)), (true, false, false));
    }

    #[test]
    fn a_host_or_address_that_is_repeated_is_one() {
        let mesh = mesh("{}");
        assert_eq!(mesh.services.iter().filter(|service| service.hostname.value == "e.example").count(), 1);
    }
}
