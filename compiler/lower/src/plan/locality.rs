//! Priorities and weights by locality (`pilot/pkg/networking/core/loadbalancer/loadbalancer.go`).

use std::collections::{BTreeMap, BTreeSet};

use mp_ir::mesh::{LoadBalancer, Locality, LocalityLb, Service, TrafficDistribution, ZoneAwareLb};
use mp_ir::plan::{LbEndpoint, LocalityEndpoints};

use crate::Context;

const NETWORK: &str = "topology.istio.io/network";
const SAME_ZONE: [&str; 3] = [NETWORK, "topology.kubernetes.io/region", "topology.kubernetes.io/zone"];
const SAME_NODE: [&str; 2] = ["topology.istio.io/subzone", "kubernetes.io/hostname"];

/// What endpoints are preferred by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Preference {
    /// Localities; with whether endpoints that fail need not be ejected for priorities to be given.
    Places(LocalityLb, bool),
    /// Zones, which Envoy weighs itself.
    Zones(ZoneAwareLb),
}

/// The setting that counts: the rule's, else the service's preference (which needs no ejection), else the mesh's.
/// `None` when the one that counts is off (`GetEffectiveLbSetting`).
pub(crate) fn setting(cx: &Context<'_>, service: &Service, lb: Option<&LoadBalancer>) -> Option<Preference> {
    let on = |setting: &LocalityLb| {
        (setting.enabled != Some(false)).then(|| Preference::Places(setting.clone(), false))
    };
    if let Some(zones) = lb.and_then(|lb| lb.zone_aware.clone()) {
        return Some(Preference::Zones(zones));
    }
    if let Some(setting) = lb.and_then(|lb| lb.locality.as_ref()) {
        return on(setting);
    }
    let node: &[&str] = match service.traffic_distribution {
        TrafficDistribution::PreferClose => &[],
        TrafficDistribution::PreferSameNode => &SAME_NODE,
        TrafficDistribution::Any | TrafficDistribution::AnyExplicit => {
            let settings = &cx.mesh.settings;
            let zones = settings.zone_aware_lb.clone().map(Preference::Zones);
            return zones.or_else(|| on(&settings.locality_lb));
        }
    };
    let labels = SAME_ZONE.iter().chain(node).map(|label| (*label).to_owned()).collect();
    let setting = LocalityLb { failover_priority: labels, enabled: Some(true), ..LocalityLb::default() };
    Some(Preference::Places(setting, true))
}

/// Gives groups their weights or priorities; `ejects` says whether endpoints that fail are ejected.
pub(crate) fn apply(
    cx: &Context<'_>,
    groups: &mut Vec<LocalityEndpoints>,
    preference: &Preference,
    ejects: bool,
) {
    match preference {
        Preference::Places(setting, forced) => by_setting(cx, groups, setting, ejects || *forced),
        Preference::Zones(zones) if zones.enabled == Some(false) => {}
        Preference::Zones(zones) => {
            if !zones.failover_priority.is_empty() {
                by_labels(cx, groups, &zones.failover_priority);
            }
            by_region(&cx.proxy.locality.region, groups, &zones.failover);
        }
    }
}

/// `ApplyLocalityLoadBalancer`.
fn by_setting(cx: &Context<'_>, groups: &mut Vec<LocalityEndpoints>, setting: &LocalityLb, failover: bool) {
    if !setting.distribute.is_empty() {
        distribute(&cx.proxy.locality, groups, &setting.distribute);
    } else if failover {
        if !setting.failover_priority.is_empty() {
            by_labels(cx, groups, &setting.failover_priority);
        }
        if setting.failover_priority.is_empty() || !setting.failover.is_empty() {
            by_place(&cx.proxy.locality, groups, &setting.failover);
        }
    }
}

/// Whether a locality belongs to a pattern such as `region/*` (`LocalityMatch`).
fn belongs(locality: &Locality, pattern: &str) -> bool {
    let mut parts = pattern.split('/');
    let mut next = || parts.next().unwrap_or_default();
    let (region, zone, subzone) = (next(), next(), next());
    (region == "*" || region == locality.region)
        && (matches!(zone, "*" | "") || zone == locality.zone)
        && (matches!(subzone, "*" | "") || subzone == locality.subzone)
}

/// The shares of the first entry for the proxy's place; groups without a share are emptied (`applyLocalityWeights`).
fn distribute(
    place: &Locality,
    groups: &mut [LocalityEndpoints],
    shares: &[(String, BTreeMap<String, u32>)],
) {
    let Some((_, to)) = shares.iter().find(|(from, _)| belongs(place, from)) else { return };
    let mut left: BTreeSet<usize> = (0..groups.len()).collect();
    for (pattern, share) in to {
        let taken: Vec<usize> = left
            .iter()
            .copied()
            .filter(|at| groups.get(*at).is_some_and(|group| belongs(&group.locality, pattern)))
            .collect();
        let weight = |at: &usize| groups.get(*at).map_or(1, |group| group.weight.unwrap_or(1));
        let total: u32 = taken.iter().map(weight).fold(0, u32::wrapping_add);
        for at in taken {
            left.remove(&at);
            let Some(group) = groups.get_mut(at) else { continue };
            let part = group.weight.unwrap_or(1).wrapping_mul(*share);
            if part > 0 && total > 0 {
                group.weight = Some(part.div_ceil(total));
            }
        }
    }
    for at in left {
        if let Some(group) = groups.get_mut(at) {
            group.endpoints.clear();
        }
    }
}

/// The nearer, the earlier: same subzone, zone, region, the region to fail over to, the rest (`applyLocalityFailover`).
fn by_place(place: &Locality, groups: &mut [LocalityEndpoints], failover: &[(String, String)]) {
    let to = failover.iter().find(|(from, _)| *from == place.region).map(|(_, to)| to);
    for group in groups.iter_mut() {
        let there = &group.locality;
        let distance = if there.region != place.region {
            if to.is_some_and(|to| *to != there.region) { 4 } else { 3 }
        } else if there.zone != place.zone {
            2
        } else {
            u32::from(there.subzone != place.subzone)
        };
        group.priority = group.priority * 5 + distance;
    }
    compact(groups);
}

/// The own region first, then the one to fail over to, then the rest (`applyZoneAwareRegionalFailover`).
fn by_region(region: &str, groups: &mut [LocalityEndpoints], failover: &[(String, String)]) {
    let to = failover.iter().find(|(from, _)| from == region).map(|(_, to)| to);
    for group in groups.iter_mut() {
        let there = &group.locality.region;
        let distance = if there == region { 0 } else { 1 + u32::from(to != Some(there)) };
        group.priority = group.priority * 3 + distance;
    }
    compact(groups);
}

/// Priorities in use become 0, 1, 2, …
fn compact(groups: &mut [LocalityEndpoints]) {
    let used: BTreeSet<u32> = groups.iter().map(|group| group.priority).collect();
    let rank: BTreeMap<u32, u32> = used.into_iter().zip(0..).collect();
    for group in groups {
        group.priority = rank.get(&group.priority).copied().unwrap_or_default();
    }
}

/// Endpoints that share the first labels with the proxy come first (`applyFailoverPriorities`).
fn by_labels(cx: &Context<'_>, groups: &mut Vec<LocalityEndpoints>, labels: &[String]) {
    if cx.proxy.labels.is_empty() || groups.is_empty() {
        return;
    }
    let mut out = Vec::new();
    for group in groups.iter() {
        let mut parts: BTreeMap<u32, LocalityEndpoints> = BTreeMap::new();
        for endpoint in &group.endpoints {
            let priority = distance(cx, endpoint, labels);
            let part = parts.entry(priority).or_insert_with(|| LocalityEndpoints {
                priority,
                weight: Some(0),
                endpoints: Vec::new(),
                ..group.clone()
            });
            part.weight = part.weight.map(|weight| weight.wrapping_add(endpoint.weight.unwrap_or_default()));
            part.endpoints.push(endpoint.clone());
        }
        out.extend(parts.into_values());
    }
    compact(&mut out);
    *groups = out;
}

/// How many labels from the first that differs on; another network counts more than all others.
fn distance(cx: &Context<'_>, of: &LbEndpoint, labels: &[String]) -> u32 {
    let count = u32::try_from(labels.len()).unwrap_or(u32::MAX);
    let endpoint = of.source.and_then(|(service, at)| cx.mesh.endpoints.get(service)?.get(at));
    let mut extra = 0;
    for (at, label) in (0u32..).zip(labels) {
        let (key, stated) =
            label.split_once('=').map_or((label.as_str(), None), |(key, value)| (key, Some(value)));
        let ours = stated.or_else(|| cx.proxy.labels.get(key).map(String::as_str)).unwrap_or_default();
        let gateway = of.gateway_to.as_ref().filter(|_| key == NETWORK);
        let theirs = gateway.or_else(|| endpoint.and_then(|e| e.labels.get(key))).map_or("", String::as_str);
        if ours == theirs {
            continue;
        }
        if at == 0 && label == NETWORK {
            extra = count;
            continue;
        }
        return count - at + extra;
    }
    extra
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Locality {
        crate::facts::locality(text)
    }

    fn group(text: &str, weight: u32) -> LocalityEndpoints {
        LocalityEndpoints { locality: place(text), weight: Some(weight), ..LocalityEndpoints::default() }
    }

    #[test]
    fn the_nearest_come_first_without_gaps() {
        let mut groups = vec![group("r2/z", 1), group("r1/z1/s1", 1), group("r1/z2", 1), group("r3/z", 1)];
        by_place(&place("r1/z1/s1"), &mut groups, &[("r1".into(), "r3".into())]);
        let priorities: Vec<u32> = groups.iter().map(|g| g.priority).collect();
        assert_eq!(priorities, [3, 0, 1, 2]);
    }

    #[test]
    fn zones_are_left_to_envoy_and_regions_are_not() {
        let mut groups = vec![group("r2/z", 1), group("r1/z1", 1), group("r1/z2", 1), group("r3/z", 1)];
        by_region("r1", &mut groups, &[("r1".into(), "r3".into())]);
        let priorities: Vec<u32> = groups.iter().map(|g| g.priority).collect();
        assert_eq!(priorities, [2, 0, 0, 1]);
    }

    #[test]
    fn shares_are_divided_by_weight_and_the_rest_gets_nothing() {
        let mut groups = vec![group("r1/z1", 1), group("r1/z2", 3), group("r2/z1", 1)];
        let endpoint = mp_ir::plan::LbEndpoint::bare(mp_ir::mesh::EndpointAddress::Host("a".into()), 1);
        groups[2].endpoints.push(endpoint);
        distribute(&place("r1/z1"), &mut groups, &[("r1/*".into(), [("r1/*".to_owned(), 100)].into())]);
        assert_eq!((groups[0].weight, groups[1].weight), (Some(25), Some(75)));
        assert!(groups[2].endpoints.is_empty());
    }

    #[test]
    fn patterns_of_localities() {
        assert!(belongs(&place("r/z/s"), "r/*"));
        assert!(belongs(&place("r/z/s"), "*"));
        assert!(!belongs(&place("r/z/s"), "r/y"));
    }
}
