//! Consistent hashing that a DestinationRule asks for, as routes must know it (`HashForHTTPDestination`, `hashForService`).

use mp_ir::mesh::{ConsistentHash, Destination, HashKey, TrafficPolicy};
use mp_ir::plan::HashPolicy;

use crate::Context;

/// The hash of a destination: of the subset's port, the subset, the port, the host.
pub(super) fn of_destination<'a>(cx: &'a Context<'_>, to: &Destination) -> Option<&'a ConsistentHash> {
    let rule = &cx.scope.destination_rule(cx.proxy, &to.host.value)?.rule;
    let port = to.port.as_ref().map(|port| port.value);
    let of_port = |policy: Option<&'a TrafficPolicy>| {
        policy.zip(port).and_then(|(policy, port)| policy.port_level.get(&port)).and_then(of_policy)
    };
    let general = rule.traffic_policy.as_ref();
    let subset = rule.subsets.iter().find(|subset| subset.name.value == to.subset.value);
    let subset = subset.and_then(|subset| subset.traffic_policy.as_ref());
    of_port(subset)
        .or_else(|| subset.and_then(of_policy))
        .or_else(|| of_port(general))
        .or_else(|| general.and_then(of_policy))
}

/// The hash of a service that no VirtualService speaks of: of the port, else of the host.
pub(super) fn of_service<'a>(cx: &'a Context<'_>, host: &str, port: u32) -> Option<&'a ConsistentHash> {
    let policy = cx.scope.destination_rule(cx.proxy, host)?.rule.traffic_policy.as_ref()?;
    policy.port_level.get(&port).and_then(of_policy).or_else(|| of_policy(policy))
}

fn of_policy(policy: &TrafficPolicy) -> Option<&ConsistentHash> {
    policy.load_balancer.as_ref()?.consistent_hash.as_ref()
}

/// What decides the place on the ring; `None` when the rule does not say.
pub(super) fn policy(hash: Option<&ConsistentHash>) -> Option<HashPolicy> {
    Some(match hash?.key.as_ref()? {
        HashKey::Header(name) => HashPolicy::Header(name.clone()),
        HashKey::Cookie { name, path, ttl, attributes } => HashPolicy::Cookie {
            name: name.clone(),
            ttl: *ttl,
            path: path.clone(),
            attributes: attributes.clone(),
        },
        HashKey::SourceIp => HashPolicy::SourceIp(true),
        HashKey::Query(name) => HashPolicy::QueryParameter(name.clone()),
    })
}
