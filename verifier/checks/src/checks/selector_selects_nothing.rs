//! # Selector that selects no workload
//!
//! A policy is for the workloads whose labels it names, and no workload of its namespace carries them. It is in force nowhere:
//! what it should refuse goes through. Nothing is said where no workload of the namespace has labels of these keys. A policy of the root namespace is for every namespace, and
//! something is said of it where another value is nearly the same.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart, version: v1}}
//! spec: {containers: [{name: app, image: cart}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   selector: {matchLabels: {app: crat}}
//! #                         ^^^^^^^^^^^ MP3009 no workload
//!   action: DENY
//!   rules: [{from: [{source: {notNamespaces: [shop]}}]}]
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: cart, namespace: shop}
//! spec:
//!   workloadSelector: {labels: {app: cart, version: v2}}
//! #                            ^^^^^^^^^^^^^^^^^^^^^^^^ MP3009 no workload
//!   egress: [{hosts: ["./*"]}]
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: WorkloadGroup
//! metadata: {name: vm, namespace: shop}
//! spec: {metadata: {labels: {app: vm}}, template: {serviceAccount: vm}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: cart, namespace: istio-system}
//! spec:
//!   selector: {matchLabels: {app: cart}}
//!   rules: [{from: [{source: {namespaces: [shop]}}]}]
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: vm, namespace: shop}
//! spec: {selector: {matchLabels: {app: vm}}, mtls: {mode: STRICT}}
//! ---
//! apiVersion: networking.istio.io/v1alpha3
//! kind: EnvoyFilter
//! metadata: {name: edge, namespace: istio-system}
//! spec: {workloadSelector: {labels: {app: ingressgateway}}, configPatches: []}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: AuthorizationPolicy
//! metadata: {name: other, namespace: elsewhere}
//! spec:
//!   selector: {matchLabels: {app: web}}
//!   rules: [{}]
//! ```

use mp_ir::base::Level;
use mp_ir::mesh::{Labels, Meta, Service};
use mp_model::Kind;
use mp_model::base::edit_distance;
use mp_model::views::networking::WorkloadGroup;

use crate::hosts::{carries, workloads_of_mesh};
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3009",
    name: "selector-selects-nothing",
    level: Level::Warning,
    istio: Some("IST0127"),
    kiali: Some("KIA0004"),
    source: include_str!("selector_selects_nothing.rs"),
    run,
};

/// A policy, whom it selects, and where its selector stands.
type Selecting<'a> = (&'a Meta, &'a Labels, &'static str);

fn run(cx: &Cx<'_>, out: &mut Findings) {
    if !cx.is_final() {
        return;
    }
    for (meta, selector, path) in policies(cx) {
        if selector.is_empty() || selects(cx, meta, selector) {
            continue;
        }
        let wanted: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let at = cx.place(&meta.object, path).or(meta.origin);
        out.report(at, &meta.object, path, format!("no workload carries `{}`", wanted.join(",")))
            .label("it is in force nowhere")
            .help("correct the labels, or remove the policy");
    }
}

/// What is for workloads by their labels. A Sidecar or PeerAuthentication of the root namespace is another matter: it is for that namespace.
fn policies<'a>(cx: &Cx<'a>) -> Vec<Selecting<'a>> {
    let (mesh, match_labels) = (cx.mesh, "spec.selector.matchLabels");
    let mut all: Vec<Selecting<'a>> = Vec::new();
    let outside = |meta: &Meta| meta.namespace() != mesh.settings.root_namespace;
    let peers = mesh.peer_authentications.iter().filter(|p| outside(&p.meta));
    all.extend(peers.map(|p| (&p.meta, &p.selector, match_labels)));
    let sidecars = mesh.sidecars.iter().filter(|p| outside(&p.meta));
    all.extend(sidecars.map(|p| (&p.meta, &p.selector, "spec.workloadSelector.labels")));
    all.extend(mesh.request_authentications.iter().map(|p| (&p.meta, &p.selector, match_labels)));
    all.extend(mesh.authorization_policies.iter().map(|p| (&p.meta, &p.selector, match_labels)));
    all.extend(mesh.telemetries.iter().map(|p| (&p.meta, &p.selector, match_labels)));
    all.extend(mesh.traffic_extensions.iter().map(|p| (&p.meta, &p.selector, match_labels)));
    all.extend(mesh.envoy_filters.iter().map(|p| (&p.meta, &p.selector, "spec.workloadSelector.labels")));
    all
}

/// Whether some workload may carry the labels, or none is known that tells.
fn selects(cx: &Cx<'_>, meta: &Meta, selector: &Labels) -> bool {
    let everywhere = meta.namespace() == cx.mesh.settings.root_namespace;
    let near = |namespace: &str| everywhere || namespace == meta.namespace();
    let mut telling = false;
    for workload in workloads_of_mesh(cx.mesh).filter(|w| near(w.meta.namespace())) {
        if workload.may_carry(selector) {
            return true;
        }
        let alike = |(key, value): (&String, &String)| {
            let own = workload.labels().get(key);
            own.is_some_and(|own| !everywhere || edit_distance(own, value) <= 2)
        };
        telling |= selector.iter().all(alike);
    }
    // Pods of which only the Service is part of the input.
    let meant = |s: &Service| near(s.meta.namespace()) && carries(&s.selector, selector);
    !telling || groups(cx, near, selector) || cx.mesh.services.iter().any(meant)
}

/// Whether the virtual machines of a WorkloadGroup will carry them.
fn groups(cx: &Cx<'_>, near: impl Fn(&str) -> bool, selector: &Labels) -> bool {
    cx.workspace.of_kind(Kind::WorkloadGroup).filter(|group| near(&group.namespace)).any(|group| {
        let metadata = cx.workspace.spec::<WorkloadGroup<'_>>(group).and_then(|spec| spec.metadata());
        metadata.is_some_and(|metadata| carries(&metadata.labels().to_sorted(), selector))
    })
}
