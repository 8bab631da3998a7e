//! # Second policy that istiod ignores
//!
//! Of a namespace's PeerAuthentications, Sidecars or Telemetries without a selector the oldest alone counts, and so it does among those that select one workload.
//! What the younger one says is in force nowhere, or not for that workload.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart, version: v1}}
//! spec: {containers: [{name: app, image: cart}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: a, namespace: shop}
//! spec: {mtls: {mode: PERMISSIVE}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: b, namespace: shop}
//! #                ^ MP3010 shop/a
//! spec: {mtls: {mode: STRICT}}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: a, namespace: shop}
//! spec: {workloadSelector: {labels: {app: cart}}, egress: [{hosts: ["./*"]}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: Sidecar
//! metadata: {name: b, namespace: shop}
//! #                ^ MP3010 cart-0
//! spec: {workloadSelector: {labels: {version: v1}}, egress: [{hosts: ["*/*"]}]}
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
//! spec: {containers: [{name: app, image: cart}]}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: a, namespace: shop}
//! spec: {mtls: {mode: PERMISSIVE}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: b, namespace: shop}
//! spec: {selector: {matchLabels: {app: cart}}, mtls: {mode: STRICT}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: c, namespace: shop}
//! spec: {selector: {matchLabels: {app: pay}}, mtls: {mode: STRICT}}
//! ---
//! apiVersion: security.istio.io/v1
//! kind: PeerAuthentication
//! metadata: {name: d, namespace: ops}
//! spec: {mtls: {mode: STRICT}}
//! ```

use std::collections::BTreeMap;

use mp_ir::base::Level;
use mp_ir::mesh::{Labels, Meta, Workload};

use crate::hosts::carries;
use crate::{Check, Cx, Findings};

pub(crate) static CHECK: Check = Check {
    code: "MP3010",
    name: "second-policy-ignored",
    level: Level::Warning,
    istio: None,
    kiali: Some("KIA0002"),
    source: include_str!("second_policy_ignored.rs"),
    run,
};

/// Head and selector.
type Policy<'a> = (&'a Meta, &'a Labels);

fn run(cx: &Cx<'_>, out: &mut Findings) {
    let mesh = cx.mesh;
    look(cx, out, mesh.peer_authentications.iter().map(|p| (&p.meta, &p.selector)));
    look(cx, out, mesh.sidecars.iter().map(|p| (&p.meta, &p.selector)));
    let telemetries = mesh.telemetries.iter().filter(|p| p.targets.is_empty());
    look(cx, out, telemetries.map(|p| (&p.meta, &p.selector)));
}

/// Policies of one kind, oldest first.
fn look<'a>(cx: &Cx<'a>, out: &mut Findings, all: impl Iterator<Item = Policy<'a>>) {
    let mut older: BTreeMap<&str, Vec<Policy<'a>>> = BTreeMap::new();
    for policy in all {
        let slot = older.entry(policy.0.namespace()).or_default();
        compare(cx, out, policy, slot);
        slot.push(policy);
    }
}

fn compare<'a>(cx: &Cx<'a>, out: &mut Findings, (meta, selector): Policy<'a>, older: &[Policy<'a>]) {
    if selector.is_empty() {
        let Some((first, _)) = older.iter().find(|(_, selector)| selector.is_empty()) else { return };
        out.report(
            meta.origin,
            &meta.object,
            "",
            format!("{} is for the whole namespace already", first.object),
        )
        .label("younger, and ignored")
        .also(first.origin, "this one counts")
        .help("put what both say into one, or give one a selector");
        return;
    }
    // A selector in the root namespace is for that namespace alone, or without effect.
    let Some((first, workload)) = shared(cx, meta, selector, older) else { return };
    let message = format!("{} is for `{}` already", first.object, workload.meta.name());
    out.report(meta.origin, &meta.object, "", message)
        .label(format!("ignored for `{}`", workload.meta.name()))
        .also(first.origin, "this one counts")
        .also(workload.meta.origin, "selected by both")
        .help("put what both say into one, or let no workload carry the labels of both")
        .kiali("KIA0003");
}

/// An older policy and a workload that both select.
fn shared<'a>(
    cx: &Cx<'a>,
    meta: &Meta,
    selector: &Labels,
    older: &[Policy<'a>],
) -> Option<(&'a Meta, &'a Workload)> {
    let selecting: Vec<&Policy<'a>> = older.iter().filter(|(_, selector)| !selector.is_empty()).collect();
    if selecting.is_empty() {
        return None;
    }
    let mut own = cx.hosts.workloads_in(meta.namespace()).filter(|w| carries(w.labels(), selector));
    own.find_map(|workload| {
        let first = selecting.iter().find(|(_, selector)| carries(workload.labels(), selector))?;
        Some((first.0, workload))
    })
}
