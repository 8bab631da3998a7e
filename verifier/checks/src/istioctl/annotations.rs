//! # Annotations of Istio that are unknown, misplaced, old or wrong
//!
//! Looked at are the annotations of Namespaces, Services, Pods and Deployments themselves, not of the templates of Pods.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata:
//!   name: web
//!   namespace: shop
//!   annotations:
//!     sidecar.istio.io/injct: "true"
//!     networking.istio.io/exportTo: "."
//!     sidecar.istio.io/inject: "true"
//!     sidecar.istio.io/interceptionMode: none
//! # IST0107 Pod shop/web
//! # IST0108 Pod shop/web
//! # IST0125 Pod shop/web
//! # IST0135 Pod shop/web
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata:
//!   name: web
//!   namespace: shop
//!   labels: {sidecar.istio.io/inject: "true"}
//!   annotations:
//!     sidecar.istio.io/inject: "true"
//!     sidecar.istio.io/status: "{}"
//!     galley.istio.io/analyze-suppress: IST0001
//!     traffic.sidecar.istio.io/includeInboundPorts: "80, 81"
//!     example.com/injct: a
//! ```

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::annotation_values::fault;
use super::in_mesh::INJECT;
use super::notice::Out;
use super::notices::{DEPRECATED_ANNOTATION, INVALID_ANNOTATION, MISPLACED_ANNOTATION, UNKNOWN_ANNOTATION};
use super::registry::{ANNOTATIONS, Place};
use super::store::Resource;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "annotations.K8sAnalyzer",
    inputs: &[SourceKind::Namespace, SourceKind::Service, SourceKind::Pod, SourceKind::Deployment],
    codes: &["IST0107", "IST0108", "IST0125", "IST0135"],
    source: include_str!("annotations.rs"),
    run,
};

/// Annotations that istiod and its controllers set.
const IGNORED: [&str; 3] = ["sidecar.istio.io/status", "gateway.istio.io/controller-version", "istio.io/rev"];

fn run(cx: &Context<'_>, out: &mut Out) {
    for kind in ANALYZER.inputs {
        for resource in cx.store.all(*kind) {
            for (name, value) in resource.annotations() {
                look(resource, name, value, out);
            }
        }
    }
}

fn look(resource: &Resource<'_>, name: &str, value: &str, out: &mut Out) {
    let is_istios = name.split('/').next().is_some_and(|domain| domain.ends_with("istio.io"));
    if !is_istios && name != "kubernetes.io/ingress.class" || IGNORED.contains(&name) {
        return;
    }
    let Some(known) = ANNOTATIONS.iter().find(|known| known.name == name) else {
        return out.report(&UNKNOWN_ANNOTATION, resource, &[&name]);
    };
    let has_label = name == INJECT && resource.label(INJECT).is_some();
    if known.deprecated && !has_label {
        let instead = if name == INJECT { " in favor of the \"sidecar.istio.io/inject\" label" } else { "" };
        out.report(&DEPRECATED_ANNOTATION, resource, &[&name, &instead]);
    }
    if known.places.contains(&Place::Any) {
        return;
    }
    let places: Vec<&str> = known.places.iter().map(|place| place.name()).collect();
    if !places.contains(&resource.kind().name()) {
        out.report(&MISPLACED_ANNOTATION, resource, &[&name, &places.join(", ")]);
    } else if let Some(why) = fault(name, value) {
        out.report(&INVALID_ANNOTATION, resource, &[&name, &why]);
    }
}
