//! The HTTP connection manager and its filters.

use crate::base::Origin;
use crate::mesh::ForwardClientCert;
use crate::plan::{
    AccessLog, DnsCache, ExtAuthz, JwtAuthn, PathRules, RbacFilter, RouteTable, StatsFilter, Tracing,
};

/// The part of a filter chain that speaks HTTP. Durations are nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct HttpConnectionManager {
    /// Prefix of its statistics.
    pub stat_prefix: String,
    /// Where its routes are.
    pub routes: RouteSource,
    /// HTTP filters in order; the last one is the router.
    pub filters: Vec<HttpFilter>,
    /// What is done to the path before it is matched.
    pub paths: PathRules,
    /// The connection's own address is the caller's, forwarded headers are not believed (gateways).
    pub use_remote_address: bool,
    /// Proxies in front whose `x-forwarded-for` is believed.
    pub xff_trusted_hops: u32,
    /// Treatment of `x-forwarded-client-cert`; `None` is Envoy's default, which removes it.
    pub forward_client_cert: Option<ForwardClientCert>,
    /// Parts of the caller's certificate put into that header; `None` sets nothing.
    pub client_cert_details: Option<ClientCertDetails>,
    /// `server` header; empty leaves Envoy's own.
    pub server_name: String,
    /// The application's `server` header is passed on.
    pub server_header_pass_through: bool,
    /// `x-request-id` is made; `None` is yes.
    pub generate_request_id: Option<bool>,
    /// `x-forwarded-port` is appended.
    pub append_x_forwarded_port: bool,
    /// Options of HTTP/1, where istiod sends any (gateways always).
    pub http1: Option<Http1Options>,
    /// Options of HTTP/2, where istiod sends any (ports declared as HTTP/2).
    pub http2: Option<Http2Limits>,
    /// Idle time of a connection; `None` is Envoy's hour.
    pub idle_timeout: Option<i128>,
    /// Idle time of a request; istiod turns it off with 0.
    pub stream_idle_timeout: i128,
    /// Further limits of time, and of header names.
    pub limits: HttpLimits,
    /// Tracing; `None` is off.
    pub tracing: Option<Box<Tracing>>,
    /// The request id decides about traces and carries the decision.
    pub request_id_sampling: bool,
    /// `100-continue` is answered by the upstream.
    pub proxy_100_continue: bool,
    /// Protocols that a request may upgrade to.
    pub upgrades: Vec<String>,
    /// Addresses that count as internal; `None` is Envoy's default.
    pub internal_ranges: Option<Vec<(String, u32)>>,
    /// Logs.
    pub access_logs: Vec<AccessLog>,
    /// The YAML that asks for it.
    pub origin: Origin,
}

/// Where routes are.
#[derive(Clone, Debug)]
pub enum RouteSource {
    /// A route table of the plan, by name.
    Named(String),
    /// Here.
    Inline(Box<RouteTable>),
}

impl Default for RouteSource {
    fn default() -> Self {
        RouteSource::Named(String::new())
    }
}

/// Limits of time in nanoseconds, `None` for none, and what is done with odd header names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HttpLimits {
    /// Life of a connection.
    pub max_connection_duration: Option<i128>,
    /// Life of a stream.
    pub max_stream_duration: Option<i128>,
    /// Time until the whole request is there.
    pub request_timeout: Option<i128>,
    /// Time until its headers are there.
    pub request_headers_timeout: Option<i128>,
    /// Time for open streams when a connection is closed.
    pub drain_timeout: Option<i128>,
    /// What is done with header names that contain `_`; `None` lets them pass.
    pub underscores: Option<Underscores>,
}

/// What is done with header names that contain `_`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Underscores {
    /// The request is refused.
    Reject,
    /// The header is dropped.
    Drop,
}

/// Parts of the caller's certificate put into `x-forwarded-client-cert`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are Envoy's")]
pub struct ClientCertDetails {
    pub subject: bool,
    pub cert: bool,
    pub chain: bool,
    pub dns: bool,
    pub uri: bool,
}

/// Options of HTTP/1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Http1Options {
    /// HTTP/1.0 is spoken.
    pub accept_http10: bool,
    /// Request targets may be whole URLs (proxy listener).
    pub allow_absolute_url: bool,
    /// Case of header names is kept.
    pub preserve_header_case: bool,
}

/// Limits of HTTP/2; `None` is Envoy's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Http2Limits {
    /// Streams at a time.
    pub max_concurrent_streams: Option<u32>,
    /// Window of a stream in bytes.
    pub initial_stream_window: Option<u32>,
    /// Window of a connection in bytes.
    pub initial_connection_window: Option<u32>,
}

/// An HTTP filter.
#[derive(Clone, Debug)]
pub enum HttpFilter {
    /// `istio.metadata_exchange`: who calls whom.
    PeerMetadata {
        /// The side that is discovered.
        side: PeerMetadata,
        /// Further labels of the workload that are told, sorted.
        labels: Vec<String>,
    },
    /// Notes the destination that a tunnel asks for, and who both sides are.
    ConnectAuthority {
        /// Balancing can hash it.
        hashable: bool,
    },
    /// RBAC, enforced or as shadow of an external authoriser.
    Rbac(RbacFilter),
    /// Checks of JSON web tokens.
    Jwt(JwtAuthn),
    /// Asks an external authoriser.
    ExtAuthz(ExtAuthz),
    /// A Wasm module of the user, by the name of its configuration.
    Wasm(String),
    /// Lua code of the user.
    Lua {
        /// Name of the filter.
        name: String,
        /// The code.
        code: String,
        /// The extension in the file.
        origin: Origin,
    },
    /// Turns gRPC-Web into gRPC.
    GrpcWeb,
    /// Statistics of gRPC calls.
    GrpcStats,
    /// Chooses the ALPN towards the upstream (`istio.alpn`).
    Alpn,
    /// Delays and errors that routes ask for.
    Fault,
    /// Cross-origin rules that routes ask for.
    Cors,
    /// `istio.stats` for requests.
    Stats(StatsFilter),
    /// Sticky sessions that routes ask for.
    StatefulSession,
    /// Resolves the host of each request.
    DynamicForwardProxy(DnsCache),
    /// Carries out the route; terminal.
    Router {
        /// Envoy's own `x-envoy-*` headers are left out.
        suppress_envoy_headers: bool,
    },
}

/// On which side the peer is discovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerMetadata {
    /// The caller.
    Downstream,
    /// The upstream.
    Upstream,
    /// The upstream, without headers towards hosts outside of the mesh.
    UpstreamInMeshOnly,
    /// The caller of a tunnel, by its address alone; what is inside of the tunnel is told.
    Tunnelled,
    /// The upstream of a waypoint, by its address alone.
    WaypointUpstream,
}
