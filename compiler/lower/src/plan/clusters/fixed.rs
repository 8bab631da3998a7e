//! Clusters that no service causes.

use mp_ir::mesh::{ConnectionPool, TrafficPolicy};
use mp_ir::plan::{
    Cluster, ClusterTarget, Discovery, Http2Options, IpMode, LoadBalancing, UpstreamHttp, UpstreamProtocol,
};

use super::{apply, base, upstream_tls};
use crate::Context;
use crate::plan::dns_cache;

/// Source address of calls to the workload, which iptables let pass (IPv4).
pub(super) const BIND_V4: &str = "127.0.0.6";
/// The same for IPv6.
pub(super) const BIND_V6: &str = "::6";
const FIVE_MINUTES: i128 = 300_000_000_000;

/// Refuses everything (`buildBlackHoleCluster`).
pub(super) fn black_hole(cx: &Context<'_>) -> Cluster {
    let discovery = Discovery::Static(Vec::new());
    let mut cluster = base::bare(ClusterTarget::BlackHole, discovery, LoadBalancing::RoundRobin(None));
    cluster.connect_timeout = Some(cx.mesh.settings.connect_timeout);
    cluster
}

/// To the address that was dialled (`buildDefaultPassthroughCluster`).
pub(super) fn passthrough(cx: &Context<'_>) -> Cluster {
    let discovery = Discovery::OriginalDst { port_override: None, unused: None };
    let mut cluster = base::bare(ClusterTarget::Passthrough, discovery, LoadBalancing::Provided);
    let pool = cx.mesh.settings.default_connection_pool.clone().unwrap_or_default();
    limit(cx, &mut cluster, pool);
    cluster.metadata_exchange = base::exchanges_metadata(cx);
    cluster
}

/// Limits of a pool; its HTTP options do not count here.
fn limit(cx: &Context<'_>, cluster: &mut Cluster, pool: ConnectionPool) {
    let policy = TrafficPolicy { connection_pool: Some(pool), ..TrafficPolicy::default() };
    apply::connection_pool(cx, cluster, &policy);
    cluster.http = Some(passthrough_http(cx));
}

pub(super) fn passthrough_http(cx: &Context<'_>) -> UpstreamHttp {
    let preserve_case = base::preserves_case(cx);
    UpstreamHttp {
        protocol: UpstreamProtocol::Downstream { preserve_case, http2: Http2Options::default() },
        idle_timeout: Some(FIVE_MINUTES),
        ..UpstreamHttp::default()
    }
}

/// To the port of the workload that was dialled (`buildInboundPassthroughCluster`).
pub(super) fn inbound_passthrough(cx: &Context<'_>) -> Cluster {
    let mut cluster = passthrough(cx);
    cluster.target = ClusterTarget::InboundPassthrough;
    cluster.name = cluster.target.name();
    cluster.metadata_exchange = None;
    let sources: &[&str] = match cx.proxy.ip_mode {
        IpMode::V4 => &[BIND_V4],
        IpMode::V6 => &[BIND_V6],
        IpMode::Dual => &[BIND_V4, BIND_V6],
    };
    cluster.bind = sources.iter().map(|ip| (*ip).to_owned()).collect();
    cluster
}

/// To what DNS says of the host of each request (`buildAllowAnyDFPCluster`).
pub(super) fn any_dynamic_dns(cx: &Context<'_>) -> Cluster {
    let tls =
        cx.mesh.settings.outbound_tls.as_ref().filter(|tls| tls.mode != mp_ir::mesh::ClientTlsMode::Disable);
    let discovery =
        Discovery::DynamicForward { cache: dns_cache::of_any_host(cx), allow_insecure: tls.is_none() };
    let mut cluster = base::bare(ClusterTarget::AnyDynamicDns, discovery, LoadBalancing::Provided);
    limit(cx, &mut cluster, ConnectionPool::default());
    if let Some(tls) = tls {
        // istiod sets HTTP options for names taken from the request, and they replace the ones above as a whole.
        let shape = cluster.http.take();
        upstream_tls::originate(cx, &mut cluster, tls);
        cluster.http = cluster.http.or(shape);
    }
    cluster.metadata_exchange = base::exchanges_metadata(cx);
    cluster
}
