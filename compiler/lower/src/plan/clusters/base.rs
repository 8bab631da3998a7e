//! What all clusters of services start from (`ClusterBuilder.buildCluster`).

use std::collections::BTreeSet;

use mp_ir::mesh::{Protocol, Resolution, Service};
use mp_ir::plan::{
    Cluster, ClusterMetadata, ClusterTarget, CommonLb, Discovery, DnsDiscovery, DnsFamily, Http2Options,
    Interception, LoadBalancing, LocalityEndpoints, ProxyKind, ServiceLabel, UpstreamHttp, UpstreamProtocol,
    UpstreamSecurity, Via,
};

use mp_model::parse_duration;

use crate::Context;
use crate::plan::dns_cache;

/// A port as clusters see it: of a service, or of a Sidecar's ingress listener.
#[derive(Clone, Copy, Debug)]
pub(super) struct PortView<'a> {
    pub(super) name: &'a str,
    pub(super) number: u32,
    pub(super) protocol: Protocol,
}

impl<'a> From<&'a mp_ir::mesh::Port> for PortView<'a> {
    fn from(port: &'a mp_ir::mesh::Port) -> Self {
        Self { name: &port.name, number: port.number, protocol: port.protocol }
    }
}

/// A cluster that says nothing but its name, timeout-free and in plain text.
pub(super) fn bare(target: ClusterTarget, discovery: Discovery, load_balancing: LoadBalancing) -> Cluster {
    let name = target.name();
    Cluster {
        alt_stat_name: format!("{name};"),
        name,
        target,
        discovery,
        connect_timeout: None,
        load_balancing,
        common_lb: None,
        limits: None,
        outlier: None,
        http: None,
        keepalive: None,
        bind: Vec::new(),
        cleanup_interval: None,
        security: UpstreamSecurity::Plain,
        via: Via::Network,
        proxy_protocol: None,
        metadata_exchange: None,
        metadata: ClusterMetadata::default(),
        origin: None,
        rule_origin: None,
    }
}

/// A cluster of a port with the protocol's HTTP options.
pub(super) fn of_port(
    cx: &Context<'_>,
    target: ClusterTarget,
    discovery: Discovery,
    protocol: Protocol,
) -> Cluster {
    let mut cluster = bare(target, discovery, LoadBalancing::RoundRobin(None));
    cluster.common_lb = Some(CommonLb::default());
    upstream_protocol(cx, &mut cluster, protocol);
    cluster
}

/// HTTP options that the port's protocol asks for (`setUpstreamProtocol`).
pub(super) fn upstream_protocol(cx: &Context<'_>, cluster: &mut Cluster, protocol: Protocol) {
    if protocol.is_http2() {
        http2(cluster);
        return;
    }
    let sniffed = protocol.is_sniffed();
    if (protocol.is_http() || sniffed) && preserves_case(cx) {
        http(cluster).protocol = UpstreamProtocol::Http1 { preserve_case: true };
    }
    if sniffed && cx.proxy.kind != ProxyKind::Router {
        downstream_protocol(cluster);
    }
}

/// Whether header names keep their case (`proxyHeaders.preserveHttp1HeaderCase`).
pub(super) fn preserves_case(cx: &Context<'_>) -> bool {
    cx.proxy.settings.headers.preserve_http1_header_case == Some(true)
}

/// The HTTP options, made when absent.
pub(super) fn http(cluster: &mut Cluster) -> &mut UpstreamHttp {
    cluster.http.get_or_insert_with(UpstreamHttp::default)
}

/// HTTP/2, unless a version is stated already (`setH2Options`).
pub(super) fn http2(cluster: &mut Cluster) {
    let http = http(cluster);
    if http.protocol == UpstreamProtocol::Unstated {
        http.protocol = UpstreamProtocol::Http2(Http2Options::default());
    }
}

/// The client's version (`setUseDownstreamProtocol`).
pub(super) fn downstream_protocol(cluster: &mut Cluster) {
    let http = http(cluster);
    let preserve_case = matches!(http.protocol, UpstreamProtocol::Http1 { preserve_case: true });
    http.protocol = UpstreamProtocol::Downstream { preserve_case, http2: Http2Options::default() };
}

/// Whether the cluster speaks HTTP/2 whatever the client does (`isHttp2Cluster`).
pub(super) fn is_http2(cluster: &Cluster) -> bool {
    cluster.http.as_ref().is_some_and(|http| matches!(http.protocol, UpstreamProtocol::Http2(_)))
}

/// How the endpoints of a service are found; `None` where DNS has nothing to ask for (`convertResolution`).
pub(super) fn discovery(
    cx: &Context<'_>,
    service: &Service,
    port: u32,
    endpoints: &[LocalityEndpoints],
) -> Option<Discovery> {
    let dns = || (!endpoints.is_empty()).then(|| dns(cx, service, endpoints));
    Some(match service.resolution {
        Resolution::Dns if !service.race_dns => Discovery::StrictDns(dns()?),
        Resolution::Dns | Resolution::DnsRoundRobin => Discovery::LogicalDns(dns()?),
        Resolution::Passthrough if !by_eds(cx, service) => original_dst(service, port),
        _ => Discovery::Eds,
    })
}

/// Gateways cannot dial what the client dialled, nor can proxies whose clients dial the proxy itself.
fn by_eds(cx: &Context<'_>, service: &Service) -> bool {
    let headless = cx.mesh.compat.flag("PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES", false);
    let dialled = cx.proxy.kind == ProxyKind::Router || cx.proxy.interception == Interception::Bind;
    dialled || (headless && service.registry == mp_ir::mesh::Registry::Kubernetes)
}

/// To the dialled address; a written target port of a ServiceEntry replaces the dialled one.
pub(super) fn original_dst(service: &Service, port: u32) -> Discovery {
    let external =
        service.registry == mp_ir::mesh::Registry::External && service.resolution == Resolution::Passthrough;
    let port_override =
        service.port(port).filter(|p| external && p.target_written).and_then(|p| match p.target {
            mp_ir::mesh::TargetPort::Number(number) => Some(number),
            mp_ir::mesh::TargetPort::Name(_) => None,
        });
    Discovery::OriginalDst { port_override, unused: None }
}

fn dns(cx: &Context<'_>, service: &Service, endpoints: &[LocalityEndpoints]) -> DnsDiscovery {
    const MILLISECOND: i128 = 1_000_000;
    let env = |name: &str| cx.mesh.compat.env.get(name);
    DnsDiscovery {
        endpoints: endpoints.to_vec(),
        family: if service.race_dns { DnsFamily::All } else { dns_cache::lookup_family(cx) },
        refresh: cx.mesh.settings.dns_refresh_rate,
        jitter: env("PILOT_DNS_JITTER_DURATION")
            .and_then(|text| parse_duration(text))
            .unwrap_or(100 * MILLISECOND),
        respect_ttl: true,
        udp_max_queries: env("PILOT_DNS_CARES_UDP_MAX_QUERIES")
            .and_then(|text| text.parse().ok())
            .unwrap_or(100),
    }
}

/// A service as telemetry names it.
pub(super) fn label(service: &Service) -> ServiceLabel {
    ServiceLabel {
        host: service.hostname.value.clone(),
        name: service.name().to_owned(),
        namespace: service.meta.namespace().to_owned(),
    }
}

/// Whether clusters and endpoints carry names for telemetry.
pub(super) fn labels_telemetry(cx: &Context<'_>) -> bool {
    cx.mesh.compat.flag("PILOT_ENABLE_TELEMETRY_LABEL", true)
}

/// Whether peers tell each other who they are, and by which further labels (`PILOT_MX_ADDITIONAL_LABELS`, sorted).
pub(super) fn exchanges_metadata(cx: &Context<'_>) -> Option<Vec<String>> {
    let compat = &cx.mesh.compat;
    let stated = compat.env.get("PILOT_MX_ADDITIONAL_LABELS").filter(|labels| !labels.is_empty());
    let labels: BTreeSet<&str> = stated.into_iter().flat_map(|labels| labels.split(',')).collect();
    compat
        .flag("PILOT_ENABLE_METADATA_EXCHANGE", true)
        .then(|| labels.into_iter().map(str::to_owned).collect())
}
