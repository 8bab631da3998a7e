//! The bootstrap that the agent beside a proxy writes: what differs from node to node.

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::Locality;

/// All that the agent decides about the bootstrap of its proxy (`pkg/bootstrap/config.go`, `toTemplateParams`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentBootstrap {
    /// `type~ip~pod.ns~ns.svc.domain`.
    pub node_id: String,
    /// `node.cluster`.
    pub cluster: String,
    /// `node.locality`.
    pub locality: Locality,
    /// `node.metadata`, one JSON object.
    pub metadata: String,
    /// Runtime flags.
    pub runtime: BTreeMap<String, RuntimeValue>,
    /// The log of the proxy is JSON.
    pub log_json: bool,
    /// Configuration is asked for by the incremental protocol.
    pub delta_xds: bool,
    /// Metadata of peers is asked for.
    pub metadata_discovery: bool,
    /// Which statistics there are.
    pub stats: AgentStats,
    /// What of it was asked for.
    pub stated: AgentStated,
    /// Ports that it listens at, and those of the agent.
    pub ports: AgentPorts,
    /// Addresses of the node's families.
    pub families: AgentFamilies,
    /// Statistics are shown on the loopback interface alone.
    pub local_metrics: bool,
    /// The status port takes the PROXY protocol.
    pub status_proxy_protocol: bool,
    /// There is a cluster of the workload's own endpoints.
    pub self_discovery: bool,
    /// Name of the socket that serves the workload's certificates.
    pub identity_socket: String,
    /// Path of a socket that serves certificates from files; empty for none.
    pub file_socket: String,
    /// Folder of the agent's own files.
    pub config_path: String,
    /// Where spans go.
    pub tracer: Option<AgentTracer>,
    /// `envoyMetricsService`.
    pub metrics_service: Option<AgentService>,
    /// `envoyAccessLogService`.
    pub access_log_service: Option<AgentService>,
    /// `statsdUdpAddress`.
    pub statsd: Option<AgentAddress>,
    /// Connections that the proxy takes at most.
    pub max_connections: i64,
    /// File of ejections; empty for none.
    pub outlier_log: String,
    /// Configuration of load reports, one JSON value; empty for none.
    pub load_stats: String,
}

/// What the configuration of a proxy asks for, apart from what every proxy gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentStated {
    /// Runtime values that it names.
    pub runtime: BTreeSet<String>,
    /// It says which statistics or tags there are.
    pub stats: bool,
}

/// A flag of Envoy's runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuntimeValue {
    /// `true` or `false`.
    Bool(bool),
    /// Anything else.
    Text(String),
}

/// Statistics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentStats {
    /// Starts of names that are kept.
    pub prefixes: Vec<String>,
    /// Ends of names that are kept.
    pub suffixes: Vec<String>,
    /// Patterns of names that are kept.
    pub patterns: Vec<String>,
    /// Tags beyond Istio's own.
    pub tags: Vec<String>,
    /// Buckets of histograms by the start of their names; `None` where `null` is written.
    pub buckets: BTreeMap<String, Option<Vec<f64>>>,
    /// How often they are flushed, as Go spells durations.
    pub flush: Option<String>,
    /// How often unused ones are dropped, seconds.
    pub eviction: Option<i64>,
    /// Answers to scrapers are compressed.
    pub compression: bool,
    /// Annotations of the Pod say some of it.
    pub annotated: bool,
}

/// Ports; 0 where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentPorts {
    /// Of the admin listener.
    pub admin: i64,
    /// At which the agent itself listens.
    pub agent: i64,
    /// For readiness.
    pub status: i64,
    /// For scrapers.
    pub metrics: i64,
    /// For scrapers with mutual TLS.
    pub secure_metrics: i64,
    /// For scrapers with mutual TLS, of the application too.
    pub secure_merged_metrics: i64,
}

/// Addresses by the families of the node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentFamilies {
    /// The node's first family is IPv6.
    pub six: bool,
    /// It has the other family too, and both are used.
    pub both: bool,
}

/// Where something is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentAddress {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// What takes the spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentTracer {
    /// Its kind.
    pub kind: TracerKind,
    /// Where it is.
    pub address: AgentAddress,
    /// TLS towards it.
    pub tls: Option<AgentTls>,
}

/// Kinds of tracers that stand in a bootstrap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TracerKind {
    /// Zipkin, and what speaks its protocol.
    Zipkin,
    /// Lightstep, with the file of its token.
    Lightstep(String),
    /// Datadog.
    Datadog,
}

/// A service of gRPC that the proxy reports to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentService {
    /// Where it is.
    pub address: AgentAddress,
    /// TLS towards it.
    pub tls: Option<AgentTls>,
    /// Probes, time and interval of TCP keepalive; `None` when nothing is stated of it.
    pub keepalive: Option<[Option<u32>; 3]>,
}

/// TLS towards a service of the bootstrap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentTls {
    /// Name of the secret that is shown.
    pub certificate: Option<String>,
    /// Name of the secret that others are checked by.
    pub roots: Option<String>,
    /// Names of which the other side must have one.
    pub names: Vec<String>,
    /// Protocols that are offered.
    pub alpn: Vec<String>,
    /// Server name; empty for none.
    pub sni: String,
}
