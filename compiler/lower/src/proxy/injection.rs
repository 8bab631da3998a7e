//! Which Pods get a sidecar when they are made.

use std::collections::BTreeMap;

use mp_ir::base::ObjectRef;
use mp_ir::mesh::{Mesh, Unknown, Workload};

use super::named::without_pods;
use crate::facts::OWN_NAME;

/// Whether a proxy is put beside the Pods of a template when they are made: the Pod's label decides, else the namespace's. Where the
/// input has no such Namespace a proxy is taken for granted, which [`assumed_injection`] tells.
pub(crate) fn is_injected(mesh: &Mesh, template: &Workload) -> bool {
    if template.has_proxy {
        return true;
    }
    match stated_injection(template) {
        Some("true") => return true,
        Some("false") => return false,
        Some(_) | None => {}
    }
    let labels = mesh.namespaces.get(template.meta.namespace());
    let namespace = |key: &str| labels.and_then(|labels| labels.get(key)).map(String::as_str);
    match namespace("istio-injection") {
        Some(word) => word == "enabled",
        None => namespace("istio.io/rev").is_some() || is_unstated(mesh, template.meta.namespace()),
    }
}

fn stated_injection(template: &Workload) -> Option<&str> {
    template.meta.labels.get("sidecar.istio.io/inject").map(String::as_str)
}

/// Whether the input says nothing of a namespace. The control plane's own has proxies only where it says so.
fn is_unstated(mesh: &Mesh, namespace: &str) -> bool {
    let known = mesh.namespaces.get(namespace).is_some_and(|labels| labels.contains_key(OWN_NAME));
    !known && namespace != mesh.settings.root_namespace
}

/// One assumption for each namespace that is not in the input and whose workloads are taken to have proxies, sorted.
pub(crate) fn assumed_injection(mesh: &Mesh) -> Vec<Unknown> {
    let guessed = without_pods(mesh).filter(|template| {
        let told = template.has_proxy || matches!(stated_injection(template), Some("true" | "false"));
        !told && is_unstated(mesh, template.meta.namespace())
    });
    let mut first: BTreeMap<&str, &Workload> = BTreeMap::new();
    for template in guessed {
        first.entry(template.meta.namespace()).or_insert(template);
    }
    let one = |(namespace, template): (&str, &Workload)| Unknown {
        object: Some(ObjectRef {
            kind: "Namespace".to_owned(),
            namespace: String::new(),
            name: namespace.to_owned(),
        }),
        reason: "it is not in the input, so its workloads are taken to have sidecars".to_owned(),
        origin: template.meta.origin,
    };
    first.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use mp_model::{Input, Workspace};

    const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app}]}
";

    /// Whether the Deployment's Pods have a sidecar, and what is assumed.
    fn answer(more: &str, deployment: &str) -> (bool, Vec<String>) {
        let ws = Workspace::read(&[Input::new("a.yaml", &format!("{deployment}---{more}\n"))]);
        let mesh = crate::facts(&ws, &crate::FactOptions::default());
        let injected = mesh.templates.iter().any(|template| super::is_injected(&mesh, template));
        (injected, mesh.assumed.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_namespace_decides_where_the_input_has_it() {
        let with = |labels: &str| {
            let namespace =
                format!("\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{labels}}}}}");
            answer(&namespace, DEPLOYMENT)
        };
        assert_eq!(with("istio-injection: enabled"), (true, Vec::new()));
        assert_eq!(with("istio.io/rev: canary"), (true, Vec::new()));
        assert_eq!(with(""), (false, Vec::new()));
    }

    #[test]
    fn a_namespace_that_is_not_there_is_assumed_to_want_sidecars() {
        let told = "Namespace shop: it is not in the input, so its workloads are taken to have sidecars";
        assert_eq!(answer("", DEPLOYMENT), (true, vec![told.to_owned()]));
        let root = DEPLOYMENT.replace("namespace: shop", "namespace: istio-system");
        assert_eq!(answer("", &root), (false, Vec::new()));
    }

    #[test]
    fn a_label_of_the_pod_leaves_nothing_to_assume() {
        let with = |word: &str| {
            answer(
                "",
                &DEPLOYMENT.replace(
                    "{app: web}}\n    spec",
                    &format!("{{app: web, sidecar.istio.io/inject: \"{word}\"}}}}\n    spec"),
                ),
            )
        };
        assert_eq!(with("true"), (true, Vec::new()));
        assert_eq!(with("false"), (false, Vec::new()));
    }
}
