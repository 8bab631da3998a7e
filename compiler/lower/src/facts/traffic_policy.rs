//! Traffic policies, and the parts of them that other kinds use too.

use std::collections::BTreeMap;

use mp_ir::mesh::{
    ClientTls, ClientTlsMode, ConnectionPool, ConsistentHash, HashKey, HashRing, LoadBalancer, LocalityLb,
    OutlierDetection, SimpleLb, TcpKeepalive, TrafficPolicy, Tunnel, ZoneAwareLb,
};
use mp_model::views::networking as view;
use mp_model::{DurationValue, List, Text};

use super::text;

fn nanos(duration: Option<DurationValue>) -> Option<i128> {
    duration.map(|d| d.nanos)
}

fn texts(list: List<'_, Text<'_>>) -> Vec<String> {
    list.iter().map(|t| t.value.to_owned()).collect()
}

fn count(number: Option<i64>) -> Option<u32> {
    number.and_then(|n| u32::try_from(n).ok())
}

/// A whole policy.
pub(crate) fn policy(policy: view::TrafficPolicy<'_>) -> TrafficPolicy {
    let budget = policy.retry_budget();
    TrafficPolicy {
        load_balancer: policy.load_balancer().map(load_balancer),
        connection_pool: policy.connection_pool().map(connection_pool),
        outlier_detection: policy.outlier_detection().map(outlier_detection),
        tls: policy.tls().map(client_tls),
        port_level: port_level(policy),
        tunnel: policy.tunnel().map(tunnel),
        proxy_protocol: policy.proxy_protocol().map(proxy_protocol),
        retry_budget: budget.map(|b| (b.percent(), count(b.min_retry_concurrency()).unwrap_or_default())),
        retry_budget_interval: budget.and_then(|b| nanos(b.budget_interval())),
        origin: Some(policy.0.span()),
    }
}

/// Policies of single ports; of two entries for one port the first counts.
fn port_level(policy: view::TrafficPolicy<'_>) -> BTreeMap<u32, TrafficPolicy> {
    let mut out = BTreeMap::new();
    for entry in policy.port_level_settings().iter() {
        let Some(port) = entry.port().map(|port| count(port.number()).unwrap_or_default()) else { continue };
        out.entry(port).or_insert_with(|| TrafficPolicy {
            load_balancer: entry.load_balancer().map(load_balancer),
            connection_pool: entry.connection_pool().map(connection_pool),
            outlier_detection: entry.outlier_detection().map(outlier_detection),
            tls: entry.tls().map(client_tls),
            origin: Some(entry.0.span()),
            ..TrafficPolicy::default()
        });
    }
    out
}

fn tunnel(tunnel: view::TrafficPolicyTunnelSettings<'_>) -> Tunnel {
    Tunnel {
        protocol: text(tunnel.protocol()),
        target_host: text(tunnel.target_host()),
        target_port: count(tunnel.target_port()).unwrap_or_default(),
    }
}

fn proxy_protocol(protocol: view::TrafficPolicyProxyProtocol<'_>) -> String {
    protocol.version().map_or("V1", view::TrafficPolicyProxyProtocolVERSION::name).to_owned()
}

/// `loadBalancer`.
pub(crate) fn load_balancer(lb: view::LoadBalancerSettings<'_>) -> LoadBalancer {
    use view::LoadBalancerSettingsSimpleLB as Word;
    let warmup = lb.warmup();
    LoadBalancer {
        simple: lb.simple().map(|word| match word {
            Word::Unspecified => SimpleLb::Unspecified,
            Word::LeastConn => SimpleLb::LeastConn,
            Word::Random => SimpleLb::Random,
            Word::Passthrough => SimpleLb::Passthrough,
            Word::RoundRobin => SimpleLb::RoundRobin,
            Word::LeastRequest => SimpleLb::LeastRequest,
        }),
        consistent_hash: lb.consistent_hash().map(consistent_hash),
        locality: lb.locality_lb_setting().map(locality),
        zone_aware: lb.zone_aware_lb_setting().map(zone_aware),
        warmup: nanos(lb.warmup_duration_secs()),
        warmup_written: warmup.is_some(),
        warmup_duration: warmup.and_then(|w| nanos(w.duration())),
        warmup_minimum_percent: warmup.and_then(view::WarmupConfiguration::minimum_percent),
        warmup_aggression: warmup.and_then(view::WarmupConfiguration::aggression),
    }
}

fn consistent_hash(hash: view::LoadBalancerSettingsConsistentHashLB<'_>) -> ConsistentHash {
    let unsigned = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok());
    let key = if let Some(name) = hash.http_header_name() {
        Some(HashKey::Header(name.value.to_owned()))
    } else if let Some(cookie) = hash.http_cookie() {
        Some(HashKey::Cookie {
            name: text(cookie.name()),
            path: text(cookie.path()),
            ttl: nanos(cookie.ttl()),
            attributes: cookie.attributes().iter().map(|a| (text(a.name()), text(a.value()))).collect(),
        })
    } else if hash.use_source_ip().unwrap_or_default() {
        Some(HashKey::SourceIp)
    } else {
        hash.http_query_parameter_name().map(|name| HashKey::Query(name.value.to_owned()))
    };
    let ring = match (hash.maglev(), hash.ring_hash()) {
        (Some(maglev), _) => HashRing::Maglev(unsigned(maglev.table_size()).filter(|size| *size != 0)),
        (None, Some(ring)) => HashRing::Ring(unsigned(ring.minimum_ring_size()).unwrap_or_default()),
        (None, None) => HashRing::Unset,
    };
    ConsistentHash { key, ring, minimum_ring_size: unsigned(hash.minimum_ring_size()).unwrap_or_default() }
}

/// `localityLbSetting`.
pub(crate) fn locality(lb: view::LocalityLoadBalancerSetting<'_>) -> LocalityLb {
    let shares = |d: view::LocalityLoadBalancerSettingDistribute<'_>| {
        let to = d.to();
        let shares = to.iter().map(|(to, n)| (to.value.to_owned(), count(Some(n)).unwrap_or_default()));
        (text(d.from()), shares.collect())
    };
    LocalityLb {
        distribute: lb.distribute().iter().map(shares).collect(),
        failover: lb.failover().iter().map(|f| (text(f.from()), text(f.to()))).collect(),
        failover_priority: texts(lb.failover_priority()),
        enabled: lb.enabled(),
    }
}

/// `zoneAwareLbSetting`.
pub(crate) fn zone_aware(lb: view::ZoneAwareLoadBalancerSetting<'_>) -> ZoneAwareLb {
    ZoneAwareLb {
        failover: lb.failover().iter().map(|f| (text(f.from()), text(f.to()))).collect(),
        failover_priority: texts(lb.failover_priority()),
        min_cluster_size: count(lb.min_cluster_size()),
        enabled: lb.enabled(),
    }
}

/// `connectionPool`.
pub(crate) fn connection_pool(pool: view::ConnectionPoolSettings<'_>) -> ConnectionPool {
    let mut out = ConnectionPool::default();
    if let Some(tcp) = pool.tcp() {
        out.tcp_written = true;
        out.max_connections = tcp.max_connections().unwrap_or_default();
        out.connect_timeout = nanos(tcp.connect_timeout());
        out.tcp_keepalive = tcp.tcp_keepalive().map(keepalive);
        out.max_connection_duration = nanos(tcp.max_connection_duration());
        out.tcp_idle_timeout = nanos(tcp.idle_timeout());
    }
    if let Some(http) = pool.http() {
        out.http_written = true;
        out.http1_max_pending_requests = http.http1_max_pending_requests().unwrap_or_default();
        out.http2_max_requests = http.http2_max_requests().unwrap_or_default();
        out.max_requests_per_connection = http.max_requests_per_connection().unwrap_or_default();
        out.max_retries = http.max_retries().unwrap_or_default();
        out.http_idle_timeout = nanos(http.idle_timeout());
        out.h2_upgrade_policy = http.h2_upgrade_policy().map_or("DEFAULT", |p| p.name()).to_owned();
        out.use_client_protocol = http.use_client_protocol().unwrap_or_default();
        out.max_concurrent_streams = http.max_concurrent_streams().unwrap_or_default();
        out.http2_keepalive = http.http2_keep_alive().map(|k| (nanos(k.interval()), nanos(k.timeout())));
    }
    out
}

/// `tcpKeepalive`.
pub(crate) fn keepalive(k: view::ConnectionPoolSettingsTCPSettingsTcpKeepalive<'_>) -> TcpKeepalive {
    TcpKeepalive {
        probes: count(k.probes()).unwrap_or_default(),
        time: nanos(k.time()),
        interval: nanos(k.interval()),
    }
}

/// `outlierDetection`.
pub(crate) fn outlier_detection(outlier: view::OutlierDetection<'_>) -> OutlierDetection {
    OutlierDetection {
        consecutive_errors: outlier.consecutive_errors().unwrap_or_default(),
        split_external_local_origin_errors: outlier.split_external_local_origin_errors().unwrap_or_default(),
        consecutive_local_origin_failures: count(outlier.consecutive_local_origin_failures()),
        consecutive_gateway_errors: count(outlier.consecutive_gateway_errors()),
        consecutive_5xx_errors: count(outlier.consecutive_5xx_errors()),
        interval: nanos(outlier.interval()),
        base_ejection_time: nanos(outlier.base_ejection_time()),
        max_ejection_percent: outlier.max_ejection_percent().unwrap_or_default(),
        min_health_percent: outlier.min_health_percent().unwrap_or_default(),
    }
}

/// `tls` towards a host.
pub(crate) fn client_tls(tls: view::ClientTLSSettings<'_>) -> ClientTls {
    use view::ClientTLSSettingsTLSmode as Word;
    ClientTls {
        mode: match tls.mode() {
            None | Some(Word::Disable) => ClientTlsMode::Disable,
            Some(Word::Simple) => ClientTlsMode::Simple,
            Some(Word::Mutual) => ClientTlsMode::Mutual,
            Some(Word::IstioMutual) => ClientTlsMode::IstioMutual,
        },
        client_certificate: text(tls.client_certificate()),
        private_key: text(tls.private_key()),
        ca_certificates: text(tls.ca_certificates()),
        credential_name: text(tls.credential_name()),
        subject_alt_names: texts(tls.subject_alt_names()),
        sni: text(tls.sni()),
        insecure_skip_verify: tls.insecure_skip_verify(),
        ca_crl: text(tls.ca_crl()),
        origin: Some(tls.0.span()),
    }
}
