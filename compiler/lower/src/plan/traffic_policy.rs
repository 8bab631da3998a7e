//! Which policy counts for a port and subset (`GetPortLevelTrafficPolicy`, `MergeSubsetTrafficPolicy`,
//! `applyDefaultTrafficPolicy`).

use mp_ir::mesh::{DestinationRule, MeshSettings, TrafficPolicy};

/// The policy of a port: its own entry, which inherits nothing, else that of the host; whether it was its own.
pub(crate) fn of_port(policy: &TrafficPolicy, port: u32) -> (&TrafficPolicy, bool) {
    policy.port_level.get(&port).map_or((policy, false), |own| (own, true))
}

/// The policy of a port and subset, the subset's parts over the host's. Without a subset policy it is the host's.
pub(crate) fn of_subset(
    host: Option<&TrafficPolicy>,
    subset: Option<&TrafficPolicy>,
    port: u32,
) -> Option<TrafficPolicy> {
    let host = host.map(|policy| of_port(policy, port).0);
    let Some((subset, own_port)) = subset.map(|policy| of_port(policy, port)) else { return host.cloned() };
    let Some(host) = host else { return Some(subset.clone()) };
    let mut out = TrafficPolicy { port_level: Default::default(), ..host.clone() };
    if own_port {
        out.connection_pool = None;
        out.outlier_detection = None;
        out.load_balancer = None;
        out.tls = None;
    }
    over(&mut out.connection_pool, &subset.connection_pool);
    over(&mut out.outlier_detection, &subset.outlier_detection);
    over(&mut out.load_balancer, &subset.load_balancer);
    over(&mut out.tls, &subset.tls);
    over(&mut out.tunnel, &subset.tunnel);
    over(&mut out.proxy_protocol, &subset.proxy_protocol);
    if subset.retry_budget.is_some() {
        out.retry_budget = subset.retry_budget;
        out.retry_budget_interval = subset.retry_budget_interval;
    }
    Some(out)
}

fn over<T: Clone>(into: &mut Option<T>, from: &Option<T>) {
    if from.is_some() {
        into.clone_from(from);
    }
}

/// The policy of a rule for a port and subset by name; an unknown subset has the host's.
pub(crate) fn of_rule(rule: &DestinationRule, port: u32, subset: &str) -> Option<TrafficPolicy> {
    let named = rule.subsets.iter().find(|s| s.name.value == subset);
    of_subset(rule.traffic_policy.as_ref(), named.and_then(|s| s.traffic_policy.as_ref()), port)
}

/// The mesh's `defaultTrafficPolicy` under a policy: its pool and its ejection count where the policy has none.
pub(crate) fn with_mesh_default(
    settings: &MeshSettings,
    policy: Option<TrafficPolicy>,
) -> Option<TrafficPolicy> {
    if settings.default_connection_pool.is_none() && settings.default_outlier_detection.is_none() {
        return policy;
    }
    let mut out = policy.unwrap_or_default();
    if out.connection_pool.is_none() {
        out.connection_pool.clone_from(&settings.default_connection_pool);
    }
    if out.outlier_detection.is_none() {
        out.outlier_detection.clone_from(&settings.default_outlier_detection);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use mp_ir::mesh::{ClientTls, ConnectionPool, LoadBalancer};

    use super::*;

    fn pool(max_connections: i64) -> Option<ConnectionPool> {
        Some(ConnectionPool { max_connections, ..ConnectionPool::default() })
    }

    #[test]
    fn a_port_entry_inherits_nothing() {
        let port = TrafficPolicy { tls: Some(ClientTls::default()), ..TrafficPolicy::default() };
        let policy = TrafficPolicy {
            connection_pool: pool(1),
            port_level: [(80, port)].into(),
            ..TrafficPolicy::default()
        };
        assert_eq!(of_port(&policy, 80).0.connection_pool, None);
        assert_eq!(of_port(&policy, 81).0.connection_pool, pool(1));
    }

    #[test]
    fn a_subset_overrides_part_by_part_and_its_port_entry_the_four_parts_at_once() {
        let lb = Some(LoadBalancer::default());
        let host = TrafficPolicy {
            connection_pool: pool(1),
            load_balancer: lb.clone(),
            proxy_protocol: Some("V1".into()),
            ..TrafficPolicy::default()
        };
        let subset = TrafficPolicy { connection_pool: pool(2), ..TrafficPolicy::default() };
        let merged = of_subset(Some(&host), Some(&subset), 80).unwrap();
        assert_eq!((merged.connection_pool, merged.load_balancer), (pool(2), lb));
        let by_port = TrafficPolicy { port_level: [(80, subset)].into(), ..TrafficPolicy::default() };
        let merged = of_subset(Some(&host), Some(&by_port), 80).unwrap();
        assert_eq!((merged.connection_pool, merged.load_balancer), (pool(2), None));
        assert_eq!(merged.proxy_protocol.as_deref(), Some("V1"));
    }
}
