//! Patches on clusters (`cluster_patch.go`).

use mp_ir::mesh::{ApplyTo, PatchContext, PatchOperation};
use mp_ir::plan::TunnelPart;
use serde_json::Value;

use super::{Fields, Patches, Ready, merge_any, name, resource, text};

/// Patches the clusters of one context, and adds to them.
pub(super) fn apply(patches: Patches<'_>, clusters: &mut Vec<Value>) {
    clusters.retain_mut(|cluster| {
        if !is_here(patches, name(cluster)) {
            return true;
        }
        let kept = cluster.as_object_mut().is_none_or(|fields| patch(patches, fields));
        patches.done("clusters", name(cluster));
        patches.broken.set(false);
        kept
    });
    // A waypoint gets what is added to inbound alone.
    if !(patches.at_waypoint() && patches.context == PatchContext::SidecarOutbound) {
        let added = patches.added(ApplyTo::Cluster, "clusters");
        clusters.extend(added.map(|value| resource(ApplyTo::Cluster, value)));
    }
}

fn is_here(patches: Patches<'_>, name: &str) -> bool {
    if patches.at_waypoint() {
        return patches.context == PatchContext::SidecarOutbound && name.starts_with("outbound|");
    }
    let inbound = name.starts_with("inbound|") || name == "InboundPassthroughCluster";
    // Steps of the tunnel are made when patches are done with.
    let step =
        [TunnelPart::MainInternal, TunnelPart::ConnectOriginate].iter().any(|part| part.name() == name);
    match patches.context {
        PatchContext::SidecarInbound => inbound,
        PatchContext::SidecarOutbound => !inbound && !step,
        PatchContext::Gateway => !step,
        PatchContext::Waypoint => false,
    }
}

/// False when the cluster is removed.
fn patch(patches: Patches<'_>, cluster: &mut Fields) -> bool {
    for ready in patches.of(ApplyTo::Cluster).filter(|ready| ready.patch.operation != PatchOperation::Add) {
        if !fits(cluster, ready) {
            continue;
        }
        if ready.patch.operation == PatchOperation::Remove {
            return false;
        }
        let Some(lists) = ready.merges() else { continue };
        if !merge_socket(patches, cluster, ready) {
            ready.merge_into(cluster, lists);
        }
    }
    true
}

/// A patch with a transport socket changes nothing else: it is merged into one of the same name, or stands in place of
/// the only one.
fn merge_socket(patches: Patches<'_>, cluster: &mut Fields, ready: &Ready<'_>) -> bool {
    let Some(new) = ready.value.get("transportSocket").and_then(Value::as_object) else { return false };
    let wanted = text(new, "name");
    let config = new.get("typedConfig");
    ready.used.set(true);
    let matches = cluster.get_mut("transportSocketMatches").and_then(Value::as_array_mut);
    if let Some(matches) = matches.filter(|matches| !matches.is_empty()) {
        let mut sockets =
            matches.iter_mut().filter_map(|one| one.get_mut("transportSocket")?.as_object_mut());
        if let (Some(socket), Some(config)) = (sockets.find(|socket| text(socket, "name") == wanted), config)
        {
            merge_any(patches, socket, config);
        }
        return true;
    }
    match cluster.get_mut("transportSocket").and_then(Value::as_object_mut) {
        Some(socket) if text(socket, "name") == wanted => {
            if let Some(config) = config {
                merge_any(patches, socket, config);
            }
        }
        _ => {
            cluster.insert("transportSocket".to_owned(), Value::Object(new.clone()));
        }
    }
    true
}

fn fits(cluster: &Fields, ready: &Ready<'_>) -> bool {
    let Some(wanted) = &ready.patch.cluster else { return true };
    let name = text(cluster, "name");
    if !wanted.name.is_empty() {
        return wanted.name == name;
    }
    let (port, subset, host) = parts(name);
    let service = wanted.service.as_str();
    (wanted.subset.is_empty() || wanted.subset == subset)
        && (service.is_empty() || service == host || name.starts_with("inbound") && serves(cluster, service))
        && (wanted.port == 0 || wanted.port == port)
}

/// Port, subset and host in the name of a cluster (`model.ParseSubsetKey`).
fn parts(name: &str) -> (u32, &str, &str) {
    let between = if name.starts_with("outbound_.") || name.starts_with("inbound_.") { "_." } else { "|" };
    let mut words = name.splitn(4, between).skip(1);
    match (words.next(), words.next(), words.next()) {
        (Some(port), Some(subset), Some(host)) => (port.parse().unwrap_or_default(), subset, host),
        _ => (0, "", ""),
    }
}

/// Whether an inbound cluster is for a service, which its metadata names.
fn serves(cluster: &Fields, service: &str) -> bool {
    let services =
        cluster.get("metadata").and_then(|metadata| metadata.pointer("/filterMetadata/istio/services"));
    services
        .and_then(Value::as_array)
        .is_some_and(|list| list.iter().any(|one| one.get("host").and_then(Value::as_str) == Some(service)))
}
