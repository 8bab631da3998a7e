//! # Networks of registries that nobody knows
//!
//! A network of MeshNetworks names the registry that it comes from: `Kubernetes`, `External`, `Mock`, or a key of a Secret with the label
//! `istio/multiCluster`. It has no example here, as MeshNetworks are no objects of files.

use std::collections::BTreeSet;

use mp_model::SourceKind;

use super::analyzer::{Analyzer, Context};
use super::notice::{Out, Subject};
use super::notices::UNKNOWN_MESH_NETWORKS_SERVICE_REGISTRY;
use super::store::texts;

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "meshnetworks.MeshNetworksAnalyzer",
    inputs: &[SourceKind::MeshNetworks, SourceKind::Secret],
    codes: &["IST0126"],
    source: include_str!("mesh_networks.rs"),
    run,
};

fn run(cx: &Context<'_>, out: &mut Out) {
    let Some(networks) = &cx.networks else { return };
    let mut known: BTreeSet<&str> = BTreeSet::from(["Mock", "Kubernetes", "External"]);
    for secret in cx.store.all(SourceKind::Secret) {
        if secret.label("istio/multiCluster") == Some("true") {
            known.extend(texts(secret.at(&["data"])).into_keys());
        }
    }
    for (network, item) in networks.entries("networks") {
        let endpoints = item.message().into_iter().flat_map(|network| network.messages("endpoints"));
        for endpoint in endpoints.filter(|endpoint| endpoint.has("fromRegistry")) {
            let registry = endpoint.text("fromRegistry");
            if !known.contains(registry) {
                out.report_of(&UNKNOWN_MESH_NETWORKS_SERVICE_REGISTRY, subject(), &[&registry, network]);
            }
        }
    }
}

/// Istio's own name for what it holds in memory.
fn subject() -> Subject {
    Subject {
        kind: SourceKind::MeshNetworks.name(),
        namespace: "istio-system".to_owned(),
        name: "meshnetworks".to_owned(),
        cluster: super::FIRST_CLUSTER.to_owned(),
        ..Subject::default()
    }
}
