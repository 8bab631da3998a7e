//! What is known about one request or connection while it is served: the source of log lines and formatters.
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde_json::{Map, Value};

use super::state::{FilterState, Passed, StateValue};
use crate::cluster::shared::Host;
use crate::config::cluster::Cluster;
use crate::config::endpoint::Metadata;
use crate::config::local_limit::Buckets;
use crate::istio::Peer;
use crate::net::address::Address;

/// A response flag: its short and its long name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) &'static str, pub(crate) &'static str);

/// Response flags, as `source/common/stream_info/utility.h` of Envoy names them.
pub(crate) mod flag {
    use super::Flag;

    pub(crate) const NO_HEALTHY_UPSTREAM: Flag = Flag("UH", "NoHealthyUpstream");
    pub(crate) const UPSTREAM_TIMEOUT: Flag = Flag("UT", "UpstreamRequestTimeout");
    pub(crate) const UPSTREAM_RESET: Flag = Flag("UR", "UpstreamRemoteReset");
    pub(crate) const UPSTREAM_CONNECT: Flag = Flag("UF", "UpstreamConnectionFailure");
    pub(crate) const UPSTREAM_CLOSED: Flag = Flag("UC", "UpstreamConnectionTermination");
    pub(crate) const UPSTREAM_OVERFLOW: Flag = Flag("UO", "UpstreamOverflow");
    pub(crate) const UPSTREAM_PROTOCOL: Flag = Flag("UPE", "UpstreamProtocolError");
    pub(crate) const NO_ROUTE: Flag = Flag("NR", "NoRouteFound");
    pub(crate) const NO_CLUSTER: Flag = Flag("NC", "NoClusterFound");
    pub(crate) const DELAY_INJECTED: Flag = Flag("DI", "DelayInjected");
    pub(crate) const FAULT_INJECTED: Flag = Flag("FI", "FaultInjected");
    pub(crate) const RATE_LIMITED: Flag = Flag("RL", "RateLimited");
    pub(crate) const UNAUTHORIZED_EXTERNAL: Flag = Flag("UAEX", "UnauthorizedExternalService");
    pub(crate) const DOWNSTREAM_CLOSED: Flag = Flag("DC", "DownstreamConnectionTermination");
    pub(crate) const RETRY_EXHAUSTED: Flag = Flag("URX", "UpstreamRetryLimitExceeded");
    pub(crate) const STREAM_IDLE: Flag = Flag("SI", "StreamIdleTimeout");
    pub(crate) const DOWNSTREAM_PROTOCOL: Flag = Flag("DPE", "DownstreamProtocolError");
    pub(crate) const DOWNSTREAM_RESET: Flag = Flag("DR", "DownstreamRemoteReset");
    pub(crate) const DURATION_TIMEOUT: Flag = Flag("DT", "DurationTimeout");
    pub(crate) const MAX_STREAM_DURATION: Flag = Flag("UMSDR", "UpstreamMaxStreamDurationReached");
    pub(crate) const RATE_LIMIT_SERVICE: Flag = Flag("RLSE", "RateLimitServiceError");
    pub(crate) const DNS_FAILED: Flag = Flag("DF", "DnsResolutionFailed");
    pub(crate) const OVERLOAD: Flag = Flag("OM", "OverloadManagerTerminated");

    /// Every flag, for reading flag filters.
    pub(crate) const ALL: &[Flag] = &[
        NO_HEALTHY_UPSTREAM,
        UPSTREAM_TIMEOUT,
        UPSTREAM_RESET,
        UPSTREAM_CONNECT,
        UPSTREAM_CLOSED,
        UPSTREAM_OVERFLOW,
        UPSTREAM_PROTOCOL,
        NO_ROUTE,
        NO_CLUSTER,
        DELAY_INJECTED,
        FAULT_INJECTED,
        RATE_LIMITED,
        UNAUTHORIZED_EXTERNAL,
        DOWNSTREAM_CLOSED,
        RETRY_EXHAUSTED,
        STREAM_IDLE,
        DOWNSTREAM_PROTOCOL,
        DOWNSTREAM_RESET,
        DURATION_TIMEOUT,
        MAX_STREAM_DURATION,
        RATE_LIMIT_SERVICE,
        OVERLOAD,
        DNS_FAILED,
    ];
}

/// The peer's side of a TLS connection.
#[derive(Debug, Default)]
pub(crate) struct TlsInfo {
    /// Protocol version as Envoy prints it, `TLSv1.3`.
    pub(crate) version: &'static str,
    /// URI SANs of the peer's certificate.
    pub(crate) peer_uris: Vec<String>,
    /// DNS SANs of the peer's certificate.
    pub(crate) peer_dns: Vec<String>,
    /// Subject of the peer's certificate, RFC 2253 form.
    pub(crate) peer_subject: String,
    /// SHA-256 of the peer's certificate, hexadecimal; empty when there is none.
    pub(crate) peer_hash: String,
    /// The peer's certificate.
    pub(crate) peer_der: Vec<u8>,
    /// Cipher suite, as OpenSSL names it.
    pub(crate) cipher: &'static str,
    /// Group of the key exchange.
    pub(crate) group: &'static str,
    /// The own certificate.
    pub(crate) own_der: Arc<[u8]>,
    /// First URI SAN of the own certificate.
    pub(crate) own_uri: String,
}

impl TlsInfo {
    /// Whether the peer has shown a certificate.
    pub(crate) fn has_peer(&self) -> bool {
        !self.peer_hash.is_empty()
    }

    /// The peer's certificate as URL-encoded PEM; empty without one.
    pub(crate) fn peer_pem(&self) -> String {
        if self.peer_der.is_empty() { String::new() } else { crate::tls::url_encoded_pem(&self.peer_der) }
    }
}

/// One downstream connection.
#[derive(Debug)]
pub(crate) struct ConnectionInfo {
    /// A number that no other connection of the process has.
    pub(crate) id: u64,
    /// The other end of the socket.
    pub(crate) direct_remote: Address,
    /// The client, after the PROXY protocol.
    pub(crate) remote: Address,
    /// The address the client connected to.
    pub(crate) local: Address,
    /// Whether that address was restored: by the kernel's redirection or by the PROXY protocol.
    pub(crate) restored: bool,
    /// The same before it was restored; nothing when it was not.
    pub(crate) first_local: Option<Box<Address>>,
    /// Name of the listener.
    pub(crate) listener: String,
    /// Name of the filter chain.
    pub(crate) chain: String,
    /// Server name that the client asked for.
    pub(crate) server_name: String,
    /// TLS details when the connection is encrypted.
    pub(crate) tls: Option<Box<TlsInfo>>,
    /// The address that endpoints are to see, and the mark of packets to them.
    pub(crate) source: Option<(IpAddr, u32)>,
    /// Dynamic metadata that came along from inside of the proxy.
    pub(crate) metadata: Map<String, Value>,
    /// Filter state.
    pub(crate) state: FilterState,
    /// Who the client has said it is, at the beginning of the connection.
    pub(crate) peer: Option<Rc<Peer>>,
    /// Rate limits that are held for this connection alone, by the identity of the filter.
    pub(crate) buckets: RefCell<BTreeMap<usize, Arc<Buckets>>>,
    /// Most bytes of a body that filters wait for over HTTP/1.
    pub(crate) buffer_limit: usize,
}

impl ConnectionInfo {
    /// A connection of which nothing is known but its addresses.
    pub(crate) fn new(id: u64, peer: Address, local: Address) -> Self {
        Self {
            id,
            direct_remote: peer.clone(),
            remote: peer,
            local,
            restored: false,
            first_local: None,
            listener: String::new(),
            chain: String::new(),
            server_name: String::new(),
            tls: None,
            source: None,
            metadata: Map::new(),
            state: FilterState::new(),
            peer: None,
            buckets: RefCell::default(),
            buffer_limit: 1 << 20,
        }
    }

    /// Takes over what an internal connection has brought along.
    pub(crate) fn adopt(&mut self, passed: &Passed) {
        self.metadata = passed.metadata.clone();
        self.state = passed.state.clone();
        self.peer.clone_from(&passed.peer);
    }

    /// The own end of the socket.
    pub(crate) fn direct_local(&self) -> &Address {
        self.first_local.as_deref().unwrap_or(&self.local)
    }

    /// Notes where the client really wanted to go; only an address that differs counts as restored.
    pub(crate) fn restore(&mut self, destination: Address) {
        if destination != self.local {
            let before = std::mem::replace(&mut self.local, destination);
            self.first_local.get_or_insert_with(|| Box::new(before));
            self.restored = true;
        }
    }
}

/// Names that only logs and headers show.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// That of the cluster in statistics, where something shows it and it is another one.
    pub(crate) alias: Option<Arc<str>>,
    /// That of the virtual cluster.
    pub(crate) virtual_cluster: Option<Arc<str>>,
    /// That of the endpoint of the last attempt; empty where it has none.
    pub(crate) host: String,
    /// `HTTP/1.1` or `HTTP/2` once there was a connection; empty for TCP.
    pub(crate) upstream_protocol: &'static str,
}

/// One request (or TCP session) while it is served.
#[derive(Debug)]
pub(crate) struct Info {
    /// The connection it came on.
    pub(crate) connection: Rc<ConnectionInfo>,
    /// When the request began.
    pub(crate) start: Instant,
    /// Wall clock time of the beginning.
    pub(crate) wall: SystemTime,
    /// `HTTP/1.1`; empty for TCP.
    pub(crate) protocol: &'static str,
    /// The client's address after `x-forwarded-for`.
    pub(crate) remote: Address,
    /// Name of the matched route.
    pub(crate) route: String,
    /// Metadata of the matched route.
    pub(crate) route_metadata: Option<Arc<Value>>,
    /// Cluster that was chosen.
    pub(crate) cluster: String,
    /// Metadata of that cluster, where something shows it.
    pub(crate) cluster_metadata: Option<Arc<Metadata>>,
    /// Further names, for logs.
    pub(crate) names: Names,
    /// Endpoint of the last attempt.
    pub(crate) upstream: Option<Address>,
    /// Metadata of that endpoint, where something shows it.
    pub(crate) upstream_metadata: Option<Arc<Metadata>>,
    /// Own address of the last upstream connection.
    pub(crate) upstream_local: Option<Address>,
    /// Response flags in the order they were set.
    pub(crate) flags: Vec<Flag>,
    /// Response code details.
    pub(crate) details: Cow<'static, str>,
    /// Why connecting failed.
    pub(crate) transport_failure: String,
    /// Why the connection was closed.
    pub(crate) termination: String,
    /// Body bytes from the client.
    pub(crate) received: u64,
    /// Body bytes to the client.
    pub(crate) sent: u64,
    /// Number of upstream attempts.
    pub(crate) attempts: u32,
    /// Status sent to the client, 0 before.
    pub(crate) status: u16,
    /// When the request had come in whole.
    pub(crate) request_end: Option<Instant>,
    /// Trace and span of the request.
    pub(crate) span: Option<((u64, u64), u64)>,
    /// When the response's head came from upstream.
    pub(crate) response_start: Option<Instant>,
    /// Dynamic metadata set by filters.
    pub(crate) metadata: Map<String, Value>,
    /// Whether a filter has answered it as a health check.
    pub(crate) health_check: bool,
    /// Filter state set by filters.
    pub(crate) state: FilterState,
    /// Who the client says it is.
    pub(crate) client_peer: Option<Rc<Peer>>,
    /// Whether an internal connection takes along who the client is.
    pub(crate) share_peer: bool,
    /// Who the endpoint says it is.
    pub(crate) upstream_peer: Option<Rc<Peer>>,
    /// TLS of the last upstream connection.
    pub(crate) upstream_tls: Option<Rc<TlsInfo>>,
    /// Bytes of the request's head, as far as they are known.
    pub(crate) head_received: u64,
    /// Bytes of the response's head, as far as they are known.
    pub(crate) head_sent: u64,
}

impl Info {
    /// Takes note of the endpoint of an attempt.
    pub(crate) fn note_host(&mut self, host: &Host) {
        self.upstream = Some(host.address.clone());
        self.names.host.clone_from(&host.endpoint.hostname);
        self.upstream_metadata.clone_from(&host.endpoint.whole);
    }

    /// Takes note of what a cluster is called and says of itself.
    pub(crate) fn note_cluster(&mut self, cluster: Option<&Cluster>) {
        self.names.alias = cluster.and_then(|cluster| cluster.alias.clone());
        self.cluster_metadata = cluster.and_then(|cluster| cluster.whole.clone());
    }

    /// The endpoint, once there was a connection to it.
    pub(crate) fn connected(&self) -> Option<&Address> {
        self.upstream.as_ref().filter(|_| self.upstream_local.is_some())
    }

    /// Milliseconds until the response's head came from upstream.
    pub(crate) fn until_response(&self) -> Option<u64> {
        self.response_start.map(|at| at.saturating_duration_since(self.start).as_millis() as u64)
    }

    /// A request that begins now.
    pub(crate) fn new(connection: Rc<ConnectionInfo>, protocol: &'static str) -> Self {
        let remote = connection.remote.clone();
        let client_peer = connection.peer.clone();
        Self {
            connection,
            start: Instant::now(),
            wall: SystemTime::now(),
            protocol,
            remote,
            route: String::new(),
            route_metadata: None,
            cluster: String::new(),
            cluster_metadata: None,
            names: Names::default(),
            upstream: None,
            upstream_metadata: None,
            upstream_local: None,
            flags: Vec::new(),
            details: Cow::Borrowed(""),
            transport_failure: String::new(),
            termination: String::new(),
            received: 0,
            sent: 0,
            attempts: 0,
            status: 0,
            request_end: None,
            span: None,
            response_start: None,
            metadata: Map::new(),
            health_check: false,
            state: FilterState::new(),
            share_peer: false,
            client_peer,
            upstream_peer: None,
            upstream_tls: None,
            head_received: 0,
            head_sent: 0,
        }
    }

    /// A value of the filter state: of the request, else of its connection.
    pub(crate) fn value(&self, name: &str) -> Option<&StateValue> {
        self.state.get(name).or_else(|| self.connection.state.get(name))
    }

    /// Sets a flag once.
    pub(crate) fn flag(&mut self, flag: Flag) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }
}
