//! Clusters of the tunnel, and those of a waypoint (`pilot/pkg/networking/core/cluster_waypoint.go`).

use mp_ir::mesh::{Port, Protocol, Resolution, Service, TrafficPolicy};
use mp_ir::plan::{
    Cluster, ClusterTarget, Discovery, Http2Options, Limits, LoadBalancing, SecretSource, TunnelPart,
    TunnelTls, UpstreamHttp, UpstreamProtocol, UpstreamSecurity, Via,
};

use super::apply::{self, Outbound};
use super::base::{self, PortView};
use super::{fixed, outbound, upstream_tls};
use crate::Context;
use crate::index::MergedRule;
use crate::plan::endpoints::{self, Reach};
use crate::plan::{security, traffic_policy, tunnel};

const SECOND: i128 = 1_000_000_000;

/// Clusters behind a waypoint: the steps of its tunnel, and its services.
pub(super) fn of_waypoint(cx: &Context<'_>) -> Vec<Cluster> {
    let mut out = vec![main_internal(cx), internal(cx, TunnelPart::Encap, TunnelPart::ConnectOriginate)];
    for service in crate::plan::ambient::behind(cx) {
        of_service(cx, service, &mut out);
    }
    let own = format!("spiffe://{}/ns/{}/sa/", cx.mesh.settings.trust_domain, cx.proxy.namespace);
    let checked = !security::trust_domains_for_validation(cx.mesh).is_empty();
    out.push(connect_originate(cx, checked.then_some(own)));
    if tunnel::sends_twice(cx) {
        out.extend(twice(cx));
    }
    out
}

/// What came out of a tunnel is handed to the listener for it (`GetMainInternalCluster`).
pub(super) fn main_internal(cx: &Context<'_>) -> Cluster {
    internal(cx, TunnelPart::MainInternal, TunnelPart::MainInternal)
}

fn internal(cx: &Context<'_>, part: TunnelPart, to: TunnelPart) -> Cluster {
    let mut cluster = step(part, Discovery::Internal(to));
    // Header names keep their case on the way out, not here.
    cluster.http = Some(UpstreamHttp {
        protocol: UpstreamProtocol::Downstream { preserve_case: false, http2: Http2Options::default() },
        ..fixed::passthrough_http(cx)
    });
    cluster.via = Via::Listener;
    cluster
}

fn step(part: TunnelPart, discovery: Discovery) -> Cluster {
    let mut cluster = base::bare(ClusterTarget::Tunnel(part), discovery, LoadBalancing::RoundRobin(None));
    cluster.limits = Some(Limits::default());
    cluster
}

/// Opens tunnels (`buildConnectOriginate`), to holders of an identity of the mesh and, for waypoints, of their namespace.
pub(super) fn connect_originate(cx: &Context<'_>, more: Option<String>) -> Cluster {
    let mut cluster = open(cx, TunnelPart::ConnectOriginate, true);
    cluster.security = UpstreamSecurity::Tunnel(tls(cx, more));
    cluster.http = Some(connect_http(cx, None));
    cluster
}

fn open(cx: &Context<'_>, part: TunnelPart, to_waypoints: bool) -> Cluster {
    let mut cluster = step(part, Discovery::Tunnel { to_waypoints });
    cluster.load_balancing = LoadBalancing::Provided;
    cluster.connect_timeout = Some(cx.mesh.settings.connect_timeout);
    cluster.cleanup_interval = Some(60 * SECOND);
    cluster
}

/// A tunnel in a tunnel (`buildInnerConnectOriginateCluster`, `buildOuterConnectOriginateCluster`).
fn twice(cx: &Context<'_>) -> [Cluster; 2] {
    let mut inner = step(TunnelPart::InnerConnect, Discovery::Internal(TunnelPart::OuterConnect));
    inner.via = Via::Listener;
    let mut outer = open(cx, TunnelPart::OuterConnect, false);
    for cluster in [&mut inner, &mut outer] {
        cluster.security = UpstreamSecurity::Tunnel(tls(cx, None));
        cluster.http = Some(connect_http(cx, Some(1)));
    }
    [inner, outer]
}

/// The trust domains of the mesh, and the proxy's own certificate, be it in files (`ApplyToCommonTLSContext`).
fn tls(cx: &Context<'_>, more: Option<String>) -> TunnelTls {
    let domains = security::trust_domains_for_validation(cx.mesh);
    let domains = domains.into_iter().map(|domain| format!("spiffe://{domain}/"));
    let stated = |key: &str| cx.proxy.metadata.get(key).filter(|text| !text.is_empty());
    let certificate = stated("TLS_SERVER_CERT_CHAIN").zip(stated("TLS_SERVER_KEY"));
    let certificate = certificate.map(|(certificate, key)| format!("file-cert:{certificate}~{key}"));
    let root = stated("TLS_SERVER_ROOT_CERT").map(|root| format!("file-root:{root}"));
    let agent =
        |name: Option<String>, other: &str| SecretSource::Agent(name.unwrap_or_else(|| other.to_owned()));
    TunnelTls {
        identities: domains.chain(more).collect(),
        certificate: agent(certificate, "default"),
        root: agent(root, "ROOTCA"),
    }
}

/// HTTP/2 that CONNECT is asked for with (`h2connectUpgrade`).
fn connect_http(cx: &Context<'_>, max_requests_per_connection: Option<u32>) -> UpstreamHttp {
    let window = |name: &str| {
        let stated = cx.mesh.compat.env.get(name).and_then(|text| text.parse::<u32>().ok());
        stated.filter(|size| *size != 0)
    };
    let http2 = Http2Options {
        allow_connect: true,
        stream_window: window("PILOT_HBONE_INITIAL_STREAM_WINDOW_SIZE"),
        connection_window: window("PILOT_HBONE_INITIAL_CONNECTION_WINDOW_SIZE"),
        ..Http2Options::default()
    };
    UpstreamHttp {
        protocol: UpstreamProtocol::Http2(http2),
        idle_timeout: Some(cx.mesh.settings.hbone_idle_timeout.unwrap_or(3600 * SECOND)),
        max_requests_per_connection,
        ..UpstreamHttp::default()
    }
}

/// Clusters of a service for HTTP, for bytes, or for both where the port does not say, and those of its subsets
/// (`buildWaypointInboundVIP`).
fn of_service(cx: &Context<'_>, service: &Service, out: &mut Vec<Cluster>) {
    let rule = cx.scope.inbound_destination_rule(&service.hostname.value).map(AsRef::as_ref);
    let dynamic = service.resolution == Resolution::DynamicDns;
    let named = |port: &Port| !dynamic || matches!(port.protocol, Protocol::Http | Protocol::Tls);
    let served = |port: &&Port| crate::plan::ambient::serves(cx, service, port) && named(port);
    for port in service.ports.iter().filter(served) {
        let protocol = port.protocol;
        let bytes = protocol.is_sniffed() || !protocol.is_http();
        let http = protocol.is_sniffed() || protocol.is_http();
        let words = [(bytes, "tcp"), (http, "http")].into_iter().filter(|(wanted, _)| *wanted);
        let subsets = rule.map_or(&[][..], |rule| &rule.rule.subsets);
        for subset in std::iter::once(None).chain(subsets.iter().map(Some)) {
            let host = rule.and_then(|rule| rule.rule.traffic_policy.as_ref());
            let own = subset.and_then(|subset| subset.traffic_policy.as_ref());
            let policy = traffic_policy::of_subset(host, own, port.number);
            for (_, word) in words.clone() {
                let name = subset.map_or_else(|| word.to_owned(), |s| format!("{word}/{}", s.name.value));
                let vip = Vip { service, port: port.into(), rule, name, policy: policy.as_ref() };
                out.extend(vip.cluster(cx).map(|made| Cluster { origin: port.origin, ..made }));
            }
        }
    }
}

/// A port of a service as its waypoint calls it.
#[derive(Clone, Debug)]
struct Vip<'a> {
    service: &'a Service,
    port: PortView<'a>,
    rule: Option<&'a MergedRule>,
    /// `http`, `tcp`, or with a subset `http/v1`.
    name: String,
    policy: Option<&'a TrafficPolicy>,
}

impl Vip<'_> {
    /// `buildWaypointInboundVIPCluster`.
    fn cluster(self, cx: &Context<'_>) -> Option<Cluster> {
        let (service, port) = (self.service, self.port);
        let target = ClusterTarget::InboundVip {
            host: service.hostname.value.clone(),
            port: port.number,
            subset: self.name.clone(),
        };
        let mut cluster = if service.resolution == Resolution::DynamicDns {
            outbound::forward_to(cx, target, &service.hostname.value, port.protocol)?
        } else {
            let discovery = base::discovery(cx, service, port.number, &self.stated_endpoints(cx))?;
            base::of_port(cx, target, discovery, port.protocol)
        };
        let nothing = TrafficPolicy::default();
        let policy = self.policy.unwrap_or(&nothing);
        let to = Outbound { service, protocol: port.protocol, security: None };
        apply::outbound(cx, &mut cluster, policy, &to);
        if let Some(tls) = &policy.tls {
            upstream_tls::of_waypoint(cx, &mut cluster, tls);
        }
        cluster.proxy_protocol = apply::proxy_protocol(policy);
        cluster.via = Via::Waypoint;
        cluster.metadata.services = Some(vec![base::label(service)]);
        cluster.metadata.subset = self.name;
        if let Some(rule) = self.rule {
            cluster.metadata.config = self.policy.map(|_| outbound::rule_path(rule));
            cluster.rule_origin = rule.rule.meta.origin;
        }
        Some(cluster)
    }

    fn stated_endpoints(&self, cx: &Context<'_>) -> Vec<mp_ir::plan::LocalityEndpoints> {
        if !self.service.is_dns() {
            return Vec::new();
        }
        let subset = self.name.split_once('/').map_or("", |(_, subset)| subset);
        let (service, port, rule) = (self.service, self.port.number, self.rule);
        endpoints::of_dns(cx, &endpoints::Wanted { service, port, subset, rule }, Reach::Waypoint)
    }
}
