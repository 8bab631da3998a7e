//! Services and endpoints of every registry (`pilot/pkg/model/service.go`).

use std::net::IpAddr;

use crate::base::{At, Origin};

use super::{Labels, Locality, Meta, Visibility};

/// A fully qualified host name, possibly with a leading `*.`; lower case is not enforced by Istio.
pub type Hostname = String;

/// Where a service came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registry {
    /// A Kubernetes Service.
    Kubernetes,
    /// A ServiceEntry.
    External,
}

/// How the endpoints of a service are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// Endpoints are known (`ClientSideLB`).
    Static,
    /// The proxy asks DNS, all answers are endpoints (`DNSLB`).
    Dns,
    /// The proxy asks DNS, the first answer counts (`DNSRoundRobinLB`).
    DnsRoundRobin,
    /// The proxy asks DNS for the host of each request (`DynamicDNS`).
    DynamicDns,
    /// To the address that the client dialled (`Passthrough`): headless services, resolution NONE.
    Passthrough,
    /// Another name for a service (ExternalName).
    Alias,
}

/// The protocol of a port (`pkg/config/protocol`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the protocols")]
pub enum Protocol {
    Grpc,
    GrpcWeb,
    Http,
    /// `HTTP_PROXY`.
    HttpProxy,
    Http2,
    Https,
    Tcp,
    Tls,
    Udp,
    Mongo,
    Redis,
    Mysql,
    Hbone,
    DoubleHbone,
    /// Not stated: the proxy looks at the first bytes.
    #[default]
    Unsupported,
}

impl Protocol {
    /// As Istio writes it (`protocol.Instance`).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Grpc => "GRPC",
            Protocol::GrpcWeb => "GRPC-Web",
            Protocol::Http => "HTTP",
            Protocol::HttpProxy => "HTTP_PROXY",
            Protocol::Http2 => "HTTP2",
            Protocol::Https => "HTTPS",
            Protocol::Tcp => "TCP",
            Protocol::Tls => "TLS",
            Protocol::Udp => "UDP",
            Protocol::Mongo => "Mongo",
            Protocol::Redis => "Redis",
            Protocol::Mysql => "MySQL",
            Protocol::Hbone => "HBONE",
            Protocol::DoubleHbone => "DoubleHBONE",
            Protocol::Unsupported => "UnsupportedProtocol",
        }
    }

    /// From text, case-insensitive (`protocol.Parse`).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "grpc" => Protocol::Grpc,
            "grpc-web" => Protocol::GrpcWeb,
            "http" => Protocol::Http,
            "http_proxy" => Protocol::HttpProxy,
            "http2" => Protocol::Http2,
            "https" => Protocol::Https,
            "tls" => Protocol::Tls,
            "mongo" => Protocol::Mongo,
            "redis" => Protocol::Redis,
            "mysql" => Protocol::Mysql,
            _ => Protocol::Unsupported,
        }
    }

    /// Served by the HTTP connection manager (`IsHTTP`).
    #[must_use]
    pub fn is_http(self) -> bool {
        matches!(
            self,
            Protocol::Http | Protocol::Http2 | Protocol::HttpProxy | Protocol::Grpc | Protocol::GrpcWeb
        )
    }

    /// HTTP/2 on the wire (`IsHTTP2`).
    #[must_use]
    pub fn is_http2(self) -> bool {
        matches!(self, Protocol::Http2 | Protocol::Grpc | Protocol::GrpcWeb)
    }

    /// gRPC (`IsGRPC`).
    #[must_use]
    pub fn is_grpc(self) -> bool {
        matches!(self, Protocol::Grpc | Protocol::GrpcWeb)
    }

    /// Handled as bytes (`IsTCP`).
    #[must_use]
    pub fn is_tcp(self) -> bool {
        matches!(
            self,
            Protocol::Tcp
                | Protocol::Https
                | Protocol::Tls
                | Protocol::Mongo
                | Protocol::Redis
                | Protocol::Mysql
        )
    }

    /// Begins with a TLS hello that the proxy does not open (`IsTLS`).
    #[must_use]
    pub fn is_tls(self) -> bool {
        matches!(self, Protocol::Https | Protocol::Tls)
    }

    /// Not stated, so the proxy looks at the bytes (`IsUnsupported`).
    #[must_use]
    pub fn is_sniffed(self) -> bool {
        self == Protocol::Unsupported
    }
}

/// Where a service port leads on a workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetPort {
    /// A number.
    Number(u32),
    /// The name of a container port.
    Name(String),
}

/// One port of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Its name; endpoints are matched by it.
    pub name: String,
    /// Its number.
    pub number: u32,
    /// Where it leads.
    pub target: TargetPort,
    /// Whether the target was written.
    pub target_written: bool,
    /// Its protocol, from `appProtocol`, name or number.
    pub protocol: Protocol,
    /// `TCP`, `UDP` or `SCTP`, by which named targets are looked up.
    pub transport: String,
    /// The port in the file.
    pub origin: Origin,
}

/// `trafficDistribution` and its annotation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrafficDistribution {
    /// Any endpoint.
    #[default]
    Any,
    /// Same zone, then region, then the rest (`PreferClose`, `PreferSameZone`).
    PreferClose,
    /// Same node first (`PreferSameNode`).
    PreferSameNode,
    /// Like [`Self::Any`], said explicitly.
    AnyExplicit,
}

/// A service. A ServiceEntry gives one per host and address.
#[derive(Clone, Debug)]
pub struct Service {
    /// Head of the Service or ServiceEntry.
    pub meta: Meta,
    /// Its name: `name.ns.svc.domain`, or a host of the ServiceEntry.
    pub hostname: At<Hostname>,
    /// Where it came from.
    pub registry: Registry,
    /// How endpoints are found.
    pub resolution: Resolution,
    /// Ports in written order.
    pub ports: Vec<Port>,
    /// Addresses of the service: cluster IPs, or one address of a ServiceEntry. `None` in text form is `0.0.0.0`.
    pub addresses: Vec<String>,
    /// Addresses that the IP allocator wrote into the ServiceEntry's status.
    pub auto_addresses: Vec<IpAddr>,
    /// The IP allocator gives it addresses.
    pub auto_allocate: bool,
    /// Written ExternalName.
    pub external_name: Option<At<String>>,
    /// Hosts that are other names for this one (ExternalName services leading here).
    pub aliases: Vec<(Hostname, String)>,
    /// Who sees it.
    pub visibility: Visibility,
    /// `location: MESH_EXTERNAL`.
    pub mesh_external: bool,
    /// Selector, empty when there is none.
    pub selector: Labels,
    /// Headless (`clusterIP: None`).
    pub headless: bool,
    /// `type: NodePort` or `LoadBalancer`.
    pub kind_of_service: String,
    /// `subjectAltNames` of a ServiceEntry, or service accounts named by annotation.
    pub subject_alt_names: Vec<String>,
    /// Endpoints that are not ready are sent too.
    pub publish_not_ready: bool,
    /// Endpoints of the same node alone (`internalTrafficPolicy: Local`).
    pub node_local: bool,
    /// Preference among endpoints.
    pub traffic_distribution: TrafficDistribution,
    /// Of several DNS answers the first that accepts a connection counts (`istio.io/connect-strategy`).
    pub race_dns: bool,
}

impl Service {
    /// Its name in telemetry: the Service's, or the host of a ServiceEntry (`Attributes.Name`).
    #[must_use]
    pub fn name(&self) -> &str {
        match self.registry {
            Registry::Kubernetes => self.meta.name(),
            Registry::External => &self.hostname.value,
        }
    }

    /// The port with this number.
    #[must_use]
    pub fn port(&self, number: u32) -> Option<&Port> {
        self.ports.iter().find(|port| port.number == number)
    }

    /// Whether the proxy finds its endpoints through DNS.
    #[must_use]
    pub fn is_dns(&self) -> bool {
        matches!(self.resolution, Resolution::Dns | Resolution::DnsRoundRobin)
    }
}

/// Address of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndpointAddress {
    /// IP address or host name, as written.
    Host(String),
    /// Unix socket path.
    Unix(String),
}

/// Whether an endpoint takes traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Ready.
    #[default]
    Healthy,
    /// Not ready.
    Unhealthy,
    /// Going away but still serving.
    Draining,
    /// Going away.
    Terminating,
    /// Nobody looks: hosts and addresses that a ServiceEntry or WorkloadEntry states. Counts as ready.
    Unchecked,
}

/// One address and port behind a service port.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Name of the service port it serves.
    pub port_name: String,
    /// Where it is.
    pub address: EndpointAddress,
    /// Its port number.
    pub port: u32,
    /// Number of the service port, where it is known better than by name (ServiceEntries); else 0.
    pub service_port: u32,
    /// Further addresses of the same workload.
    pub additional: Vec<String>,
    /// Host name and subdomain of the Pod, where it has them.
    pub pod_host: Option<(String, String)>,
    /// Labels of the workload, for subsets.
    pub labels: Labels,
    /// SPIFFE id, empty without one.
    pub service_account: String,
    /// The workload speaks mutual TLS (`security.istio.io/tlsMode: istio`).
    pub tls_mode_istio: bool,
    /// Weight; 0 when not written, which counts as 1.
    pub weight: u32,
    /// Region, zone, subzone.
    pub locality: Locality,
    /// Network; empty for the default one.
    pub network: String,
    /// Whether it is of the cluster itself, so that the cluster's network is its own.
    pub of_cluster: bool,
    /// Node name, for node-local traffic.
    pub node: String,
    /// Whether it takes traffic.
    pub health: Health,
    /// The address is the name of the Service itself, because its endpoints are not known.
    pub by_name: bool,
    /// Name of the workload.
    pub workload_name: String,
    /// Namespace of the workload.
    pub namespace: String,
    /// The endpoint in the file.
    pub origin: Origin,
}
