//! A traffic policy laid over a cluster (`pilot/pkg/networking/core/cluster_traffic_policy.go`).

use mp_ir::mesh::{
    ConnectionPool, MeshSettings, OutlierDetection, Protocol, Service, TcpKeepalive, TrafficPolicy,
};
use mp_ir::plan::{
    Cluster, CommonLb, Discovery, Keepalive, Limits, LoadBalancing, Outlier, RetryBudget, UpstreamProtocol,
};

use super::{base, load_balancing, upstream_tls};
use crate::Context;

/// What an outbound policy is laid over with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outbound<'a> {
    pub(super) service: &'a Service,
    pub(super) protocol: Protocol,
    /// TLS of the cluster; `None` for gateways that pass TLS by its server name.
    pub(super) security: Option<upstream_tls::Inputs<'a>>,
}

/// Everything that a policy says of calls to a service (`applyTrafficPolicy`).
pub(super) fn outbound(cx: &Context<'_>, cluster: &mut Cluster, policy: &TrafficPolicy, to: &Outbound<'_>) {
    let pool = policy.connection_pool.clone().unwrap_or_default();
    if upgrades_to_http2(&cx.mesh.settings, to.protocol, &pool) {
        base::http2(cluster);
    }
    connection_pool(cx, cluster, policy);
    if let Some(outlier) = &policy.outlier_detection {
        outlier_detection(cx, cluster, to.service, outlier);
    }
    load_balancing::apply(cx, cluster, to.service, policy.load_balancer.as_ref(), to.protocol);
    if let Some(inputs) = &to.security {
        upstream_tls::apply(cx, cluster, policy.tls.as_ref(), inputs);
        cluster.proxy_protocol = proxy_protocol(policy);
    }
    provided_for_original_dst(cluster);
}

/// The version of the PROXY protocol that a policy asks for.
pub(super) fn proxy_protocol(policy: &TrafficPolicy) -> Option<u8> {
    policy.proxy_protocol.as_deref().map(|version| if version == "V2" { 2 } else { 1 })
}

/// What a policy says of calls to the workload itself: the connection pool alone.
pub(super) fn inbound(cx: &Context<'_>, cluster: &mut Cluster, policy: &TrafficPolicy) {
    connection_pool(cx, cluster, policy);
    provided_for_original_dst(cluster);
}

fn provided_for_original_dst(cluster: &mut Cluster) {
    if matches!(cluster.discovery, Discovery::OriginalDst { .. }) {
        cluster.load_balancing = LoadBalancing::Provided;
    }
}

/// `shouldH2Upgrade`: the pool's word, else the mesh's for ports that are known to speak HTTP.
fn upgrades_to_http2(settings: &MeshSettings, protocol: Protocol, pool: &ConnectionPool) -> bool {
    match pool.h2_upgrade_policy.as_str() {
        _ if pool.http_written && pool.use_client_protocol => false,
        "UPGRADE" if pool.http_written => true,
        "DO_NOT_UPGRADE" if pool.http_written => false,
        _ => protocol.is_http() && settings.h2_upgrade,
    }
}

/// Numbers are limits when they are above 0.
fn limit(number: i64) -> Option<u32> {
    u32::try_from(number).ok().filter(|n| *n > 0)
}

/// Limits, time-outs and keepalive (`applyConnectionPool`).
pub(super) fn connection_pool(cx: &Context<'_>, cluster: &mut Cluster, policy: &TrafficPolicy) {
    let none = ConnectionPool::default();
    let pool = policy.connection_pool.as_ref().unwrap_or(&none);
    let mut limits = Limits {
        track_remaining: !cx.mesh.compat.flag("DISABLE_TRACK_REMAINING_CB_METRICS", true),
        retry_budget: policy.retry_budget.map(|(percent, concurrency)| RetryBudget {
            percent: percent.unwrap_or(20.0),
            interval: policy.retry_budget_interval,
            min_concurrency: if concurrency > 0 { concurrency } else { 3 },
        }),
        ..Limits::default()
    };
    let numbers = [
        (&mut limits.requests, pool.http2_max_requests),
        (&mut limits.pending, pool.http1_max_pending_requests),
        (&mut limits.retries, pool.max_retries),
        (&mut limits.connections, pool.max_connections),
    ];
    for (field, number) in numbers {
        *field = limit(number).unwrap_or(*field);
    }
    cluster.limits = Some(limits);
    cluster.connect_timeout = Some(pool.connect_timeout.unwrap_or(cx.mesh.settings.connect_timeout));
    cluster.keepalive = keepalive(cx.mesh.settings.tcp_keepalive.as_ref(), pool.tcp_keepalive.as_ref());
    http_options(cluster, pool);
    if pool.use_client_protocol {
        base::downstream_protocol(cluster);
    }
}

fn http_options(cluster: &mut Cluster, pool: &ConnectionPool) {
    let idle = pool.http_idle_timeout.or(pool.tcp_idle_timeout);
    let requests = limit(pool.max_requests_per_connection);
    let streams = limit(pool.max_concurrent_streams);
    let duration = pool.max_connection_duration;
    if idle.is_none()
        && requests.is_none()
        && streams.is_none()
        && duration.is_none()
        && pool.http2_keepalive.is_none()
    {
        return;
    }
    let http = base::http(cluster);
    http.idle_timeout = idle.or(http.idle_timeout);
    http.max_requests_per_connection = requests.or(http.max_requests_per_connection);
    http.max_connection_duration = duration.or(http.max_connection_duration);
    if let UpstreamProtocol::Http2(options) = &mut http.protocol {
        options.max_concurrent_streams = streams;
        options.keepalive = pool.http2_keepalive;
    }
}

/// The mesh's keepalive, single parts replaced by the rule's (`applyTCPKeepalive`).
fn keepalive(mesh: Option<&TcpKeepalive>, rule: Option<&TcpKeepalive>) -> Option<Keepalive> {
    const SECOND: i128 = 1_000_000_000;
    let seconds = |nanos: i128| u32::try_from(nanos / SECOND).unwrap_or_default();
    let mut out: Option<Keepalive> = None;
    for stated in [mesh, rule].into_iter().flatten() {
        let into = out.get_or_insert_with(Keepalive::default);
        into.probes = Some(stated.probes).filter(|n| *n > 0).or(into.probes);
        into.time = stated.time.map(seconds).or(into.time);
        into.interval = stated.interval.map(seconds).or(into.interval);
    }
    out
}

/// Ejection, which also decides below which share of healthy endpoints all are used (`applyOutlierDetection`).
fn outlier_detection(cx: &Context<'_>, cluster: &mut Cluster, service: &Service, outlier: &OutlierDetection) {
    cluster.outlier = Some(Outlier {
        consecutive_5xx: outlier.consecutive_5xx_errors,
        consecutive_gateway: outlier.consecutive_gateway_errors,
        interval: outlier.interval,
        base_ejection: outlier.base_ejection_time,
        max_ejection_percent: limit(outlier.max_ejection_percent),
        split_local: outlier.split_external_local_origin_errors,
        consecutive_local: outlier.consecutive_local_origin_failures.filter(|n| *n > 0),
    });
    let percent = u8::try_from(outlier.min_health_percent).ok().map(f64::from);
    if let Some(percent) = percent {
        let forced = load_balancing::forces_unhealthy(cx, service);
        let common = cluster.common_lb.get_or_insert_with(CommonLb::default);
        common.panic_threshold = Some(if forced { 0.0 } else { percent });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mesh_upgrades_known_http_alone_and_the_rule_anything() {
        let mesh = MeshSettings { h2_upgrade: true, ..MeshSettings::default() };
        let pool = |policy: &str, client: bool| ConnectionPool {
            http_written: true,
            h2_upgrade_policy: policy.to_owned(),
            use_client_protocol: client,
            ..ConnectionPool::default()
        };
        assert!(upgrades_to_http2(&mesh, Protocol::Http, &ConnectionPool::default()));
        assert!(!upgrades_to_http2(&mesh, Protocol::Unsupported, &ConnectionPool::default()));
        assert!(upgrades_to_http2(&MeshSettings::default(), Protocol::Tcp, &pool("UPGRADE", false)));
        assert!(!upgrades_to_http2(&mesh, Protocol::Http, &pool("DO_NOT_UPGRADE", false)));
        assert!(!upgrades_to_http2(&mesh, Protocol::Http, &pool("UPGRADE", true)));
    }

    #[test]
    fn keepalive_parts_of_the_rule_replace_those_of_the_mesh() {
        let mesh = TcpKeepalive { probes: 3, time: Some(5_000_000_000), interval: None };
        let rule = TcpKeepalive { probes: 0, time: Some(7_900_000_000), interval: None };
        assert_eq!(keepalive(None, None), None);
        let both = keepalive(Some(&mesh), Some(&rule)).unwrap();
        assert_eq!((both.probes, both.time, both.interval), (Some(3), Some(7), None));
    }
}
