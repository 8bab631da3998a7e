//! Choice among endpoints (`applyLoadBalancer` and what it calls).

use mp_ir::mesh::{ConsistentHash, HashRing, LoadBalancer, Protocol, Service, SimpleLb, TrafficDistribution};
use mp_ir::plan::{Cluster, CommonLb, Discovery, LoadBalancing, ProxyKind, SlowStart, ZoneAware};

use crate::Context;
use crate::plan::locality::{self, Preference};

/// Size of the ring when nothing is stated.
const RING: u64 = 1024;

pub(super) fn apply(
    cx: &Context<'_>,
    cluster: &mut Cluster,
    service: &Service,
    lb: Option<&LoadBalancer>,
    protocol: Protocol,
) {
    if cluster.load_balancing == LoadBalancing::Provided {
        return;
    }
    let sends = sends_unhealthy(cx, service);
    let common = cluster.common_lb.get_or_insert_with(CommonLb::default);
    if common.panic_threshold.is_none() && sends {
        common.panic_threshold = Some(0.0);
    }
    by_locality(cx, cluster, service, lb);
    if matches!(cluster.discovery, Discovery::OriginalDst { .. }) {
        cluster.load_balancing = LoadBalancing::Provided;
        return;
    }
    if protocol == Protocol::Redis && cx.mesh.compat.flag("PILOT_ENABLE_REDIS_FILTER", false) {
        cluster.load_balancing = LoadBalancing::Maglev(None);
        return;
    }
    let slow = lb.and_then(slow_start);
    cluster.load_balancing = match lb.and_then(|lb| lb.simple) {
        Some(SimpleLb::Random) => LoadBalancing::Random,
        Some(SimpleLb::RoundRobin) => LoadBalancing::RoundRobin(slow),
        Some(SimpleLb::Passthrough) => LoadBalancing::Provided,
        None | Some(SimpleLb::LeastConn | SimpleLb::LeastRequest | SimpleLb::Unspecified) => {
            LoadBalancing::LeastRequest(slow)
        }
    };
    if cluster.load_balancing == LoadBalancing::Provided {
        dial(cluster);
    }
    if let Some(hash) = lb.and_then(|lb| lb.consistent_hash.as_ref()) {
        cluster.load_balancing = by_hash(hash);
    }
}

/// To the dialled address: istiod changes the type alone, and takes the endpoints away.
fn dial(cluster: &mut Cluster) {
    let unused = match &mut cluster.discovery {
        Discovery::StrictDns(dns) | Discovery::LogicalDns(dns) => Some(std::mem::take(dns)),
        _ => None,
    };
    cluster.discovery = Discovery::OriginalDst { port_override: None, unused };
}

/// Endpoints that are not ready are sent although nothing may be asked of them (`SupportsUnhealthyEndpoints`).
pub(super) fn sends_unhealthy(cx: &Context<'_>, service: &Service) -> bool {
    cx.mesh.compat.flag("PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS", true) || forces_unhealthy(cx, service)
}

/// They are sent whatever the rule says (`ForcesSupportUnhealthyEndpoints`).
pub(crate) fn forces_unhealthy(cx: &Context<'_>, service: &Service) -> bool {
    cx.mesh.compat.flag("PILOT_SEND_UNHEALTHY_ENDPOINTS", false)
        || matches!(
            service.traffic_distribution,
            TrafficDistribution::PreferClose | TrafficDistribution::PreferSameNode
        )
}

/// Weights by locality, and priorities of endpoints that stand in the cluster itself (`LocalityLBSettings.ApplyToCluster`).
fn by_locality(cx: &Context<'_>, cluster: &mut Cluster, service: &Service, lb: Option<&LoadBalancer>) {
    // Waypoints do not know the zone they are in.
    let unknown =
        |of: &Preference| matches!(of, Preference::Zones(_)) && cx.proxy.kind == ProxyKind::Waypoint;
    let preference = locality::setting(cx, service, lb).filter(|of| !unknown(of));
    let outlier = cluster.outlier.is_some();
    let common = cluster.common_lb.get_or_insert_with(CommonLb::default);
    if let Some(Preference::Zones(zones)) = &preference {
        let off = zones.enabled == Some(false);
        common.zone_aware = Some(ZoneAware { off, min_cluster_size: zones.min_cluster_size });
    } else {
        common.locality_weighted = weighs(cx, preference.as_ref(), outlier);
    }
    let Some(preference) = preference else { return };
    let stated = match &mut cluster.discovery {
        Discovery::Static(groups) => groups,
        Discovery::StrictDns(dns) | Discovery::LogicalDns(dns) => &mut dns.endpoints,
        Discovery::Eds
        | Discovery::OriginalDst { .. }
        | Discovery::Internal(_)
        | Discovery::Tunnel { .. }
        | Discovery::DynamicForward { .. } => return,
    };
    locality::apply(cx, stated, &preference, outlier);
}

/// Whether localities are chosen by their weights.
fn weighs(cx: &Context<'_>, preference: Option<&Preference>, outlier: bool) -> bool {
    let by_setting = match preference {
        Some(Preference::Places(setting, forced)) => {
            let prefers = !setting.failover.is_empty() || !setting.failover_priority.is_empty();
            ((*forced || outlier) && prefers) || !setting.distribute.is_empty()
        }
        Some(Preference::Zones(_)) | None => false,
    };
    by_setting || cx.mesh.compat.flag("ENABLE_LOCALITY_WEIGHTED_LB_CONFIG", false)
}

fn slow_start(lb: &LoadBalancer) -> Option<SlowStart> {
    if lb.warmup_written {
        return Some(SlowStart {
            window: lb.warmup_duration.unwrap_or_default(),
            aggression: Some(lb.warmup_aggression.unwrap_or(1.0)),
            min_weight_percent: Some(lb.warmup_minimum_percent.unwrap_or(10.0)),
        });
    }
    lb.warmup.map(|window| SlowStart { window, ..SlowStart::default() })
}

/// `ApplyRingHashLoadBalancer`.
fn by_hash(hash: &ConsistentHash) -> LoadBalancing {
    match hash.ring {
        HashRing::Maglev(size) => LoadBalancing::Maglev(size),
        HashRing::Ring(size) => LoadBalancing::RingHash(Some(size).filter(|size| *size != 0)),
        HashRing::Unset if hash.minimum_ring_size != 0 => {
            LoadBalancing::RingHash(Some(hash.minimum_ring_size))
        }
        HashRing::Unset => LoadBalancing::RingHash(Some(RING)),
    }
}
