//! What a bootstrap takes instead of endpoints that are not in the input, and what cannot be taken.

use std::collections::BTreeMap;

use mp_ir::base::Origin;
use mp_ir::mesh::{EndpointSource, Mesh, Substitution};
use mp_ir::plan::{Cluster, ClusterTarget, Plan};
use mp_model::Workspace;
use serde_json::{Value, json};

use crate::args::EndpointsArg;

/// The replaced Services that the proxy of a plan calls.
pub(super) fn called<'m>(mesh: &'m Mesh, plan: &Plan) -> Vec<&'m Substitution> {
    let by_host: BTreeMap<&str, &Substitution> =
        mesh.substitutions.iter().map(|s| (s.host.as_str(), s)).collect();
    let mut out: Vec<&Substitution> =
        plan.clusters.iter().filter_map(|cluster| by_host.get(target(cluster)?.0).copied()).collect();
    out.sort_by(|a, b| a.object.cmp(&b.object));
    out.dedup_by(|a, b| a.object == b.object);
    out
}

/// Host and subset of a cluster for calls.
fn target(cluster: &Cluster) -> Option<(&str, &str)> {
    match &cluster.target {
        ClusterTarget::Outbound { host, subset, .. } | ClusterTarget::SniDnat { host, subset, .. } => {
            Some((host, subset))
        }
        _ => None,
    }
}

/// Entries of the assumptions manifest.
pub(super) fn assumed(workspace: &Workspace, mesh: &Mesh, plan: &Plan) -> Vec<Value> {
    let entry = |s: &Substitution| {
        let text = match s.source {
            EndpointSource::Pods => {
                "its EndpointSlices are not in the input: the Pods that its selector fits stand for them"
            }
            EndpointSource::Dns => {
                "its EndpointSlices are not in the input: its own name is asked of DNS, so that balancing, outlier detection and \
                 locality are those of the cluster's network and not of the mesh"
            }
            EndpointSource::Nowhere => {
                "its EndpointSlices are not in the input, nor anything to take their place: calls fail"
            }
        };
        json!({
            "proxy": plan.proxy.name,
            "object": s.object.to_string(),
            "at": s.origin.map(|span| workspace.sources().locate(span)),
            "assumption": format!("{}: {text}", s.object),
        })
    };
    called(mesh, plan).into_iter().map(entry).collect()
}

/// What must not be replaced: any called Service when that is asked, and subsets of one that DNS stands for, because their Pods cannot
/// be told apart by name.
pub(super) fn faults(
    choice: Option<EndpointsArg>,
    workspace: &Workspace,
    mesh: &Mesh,
    plan: &Plan,
) -> Vec<String> {
    let at = |origin: Origin| {
        origin.map(|span| format!("{}: ", workspace.sources().locate(span))).unwrap_or_default()
    };
    let mut out = Vec::new();
    for s in called(mesh, plan) {
        if choice == Some(EndpointsArg::Error) {
            let help = "add them, or allow `--endpoints dns`";
            out.push(format!("{}{} has no EndpointSlices in the input; {help}", at(s.origin), s.object));
            continue;
        }
        let subsets = plan.clusters.iter().filter_map(|c| Some((c, target(c)?)));
        let subsets = subsets.filter(|(_, (host, subset))| *host == s.host && !subset.is_empty());
        for (cluster, (_, subset)) in subsets.filter(|_| s.source == EndpointSource::Dns) {
            let place = at(cluster.rule_origin.or(cluster.origin));
            let help = "add its EndpointSlices or Pods, or pass `--endpoints slices`";
            out.push(format!("{place}subset `{subset}` of {} cannot be told apart by DNS; {help}", s.object));
        }
    }
    out.sort();
    out.dedup();
    out
}
