//! Clusters (`pilot/pkg/networking/core/cluster*.go`).

mod apply;
mod base;
mod fixed;
mod inbound;
mod load_balancing;
mod outbound;
mod stat_name;
mod tunnel;
mod upstream_tls;

use std::collections::HashSet;

use mp_ir::mesh::OutboundTrafficPolicy;
use mp_ir::plan::{Cluster, ProxyKind};

pub(crate) use load_balancing::forces_unhealthy;

use crate::Context;

/// All clusters of a proxy; of equal names the first counts (`buildClusters`, `normalizeClusters`).
pub(crate) fn all(cx: &Context<'_>) -> Vec<Cluster> {
    let mut out = outbound::clusters(cx);
    match cx.proxy.kind {
        ProxyKind::Sidecar => {
            out.push(fixed::black_hole(cx));
            out.push(fixed::passthrough(cx));
            if cx.scope.outbound == OutboundTrafficPolicy::AllowAnyDynamicDns {
                out.push(fixed::any_dynamic_dns(cx));
            }
            out.extend(inbound::clusters(cx));
            if crate::plan::tunnel::listens(cx) {
                out.push(tunnel::main_internal(cx));
            }
            out.push(fixed::inbound_passthrough(cx));
        }
        ProxyKind::Router => {
            out.push(fixed::black_hole(cx));
            if cx.gateways.is_some_and(|gateways| gateways.auto_passthrough) {
                out.extend(outbound::sni_dnat(cx));
            }
        }
        ProxyKind::Waypoint => out.extend(tunnel::of_waypoint(cx)),
    }
    let opens = crate::plan::tunnel::sends(cx) && !crate::plan::tunnel::refuses(cx);
    if opens && cx.proxy.kind != ProxyKind::Waypoint {
        out.push(tunnel::connect_originate(cx, None));
    }
    let mut seen = HashSet::new();
    out.retain(|cluster| seen.insert(cluster.name.clone()));
    out
}
