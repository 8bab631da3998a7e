//! The HTTP connection manager and its filters (`listener_builder.go`, `buildHTTPConnectionManager`).

use mp_ir::base::Origin;
use mp_ir::mesh::{ForwardClientCert, OutboundTrafficPolicy, PathNormalization, Protocol};
use mp_ir::plan::{
    ClientCertDetails, DnsCache, EscapedSlashes, Http1Options, Http2Limits, HttpConnectionManager,
    HttpFilter, PathRules, PeerMetadata, ProxyKind, RouteSource,
};

use super::stack::Stack;
use super::{Class, destination, headers};

/// What differs between the connection managers of one proxy (`httpListenerOpts`).
#[derive(Clone, Debug)]
pub(super) struct HttpOptions {
    /// Which traffic it is for.
    pub(super) class: Class,
    /// Protocol of the port.
    pub(super) protocol: Protocol,
    /// Prefix of its statistics; empty takes that of the listener.
    pub(super) stat_prefix: String,
    /// Where its routes are.
    pub(super) routes: RouteSource,
    /// The connection's own address is the caller's.
    pub(super) use_remote_address: bool,
    /// Trusted proxies in front.
    pub(super) trusted_hops: u32,
    /// Treatment of `x-forwarded-client-cert`; `None` leaves Envoy's.
    pub(super) forward_client_cert: Option<ForwardClientCert>,
    /// Parts of the caller's certificate that are passed on.
    pub(super) cert_details: Option<ClientCertDetails>,
    /// Options of HTTP/1.
    pub(super) http1: Option<Http1Options>,
    /// Options of HTTP/2 are sent.
    pub(super) http2: bool,
    /// Exchange headers go to every upstream, whatever the proxy's settings say.
    pub(super) exchange_everywhere: bool,
    /// Peers tell each other who they are; not inside of a tunnel.
    pub(super) exchange: bool,
    /// DNS cache of a wildcard service whose hosts are resolved per request.
    pub(super) dynamic_hosts: Option<DnsCache>,
    /// The YAML that asks for it.
    pub(super) origin: Origin,
}

impl HttpOptions {
    /// Options of a class with nothing special.
    pub(super) fn new(stack: &Stack<'_>, class: Class, protocol: Protocol, routes: RouteSource) -> Self {
        Self {
            class,
            protocol,
            stat_prefix: String::new(),
            routes,
            use_remote_address: false,
            trusted_hops: 0,
            forward_client_cert: None,
            cert_details: None,
            http1: stack.http10().then(|| Http1Options { accept_http10: true, ..Http1Options::default() }),
            http2: false,
            exchange_everywhere: false,
            exchange: true,
            dynamic_hosts: None,
            origin: None,
        }
    }
}

/// Builds a connection manager. `stat_prefix` counts where the options state none; `port` is the one that extensions ask for.
pub(super) fn build(
    stack: &Stack<'_>,
    options: &HttpOptions,
    stat_prefix: &str,
    port: u32,
) -> HttpConnectionManager {
    let header = headers::HeaderPolicy::new(stack, options.class);
    let settings = &stack.cx.proxy.settings;
    let told = stack.telemetry(options.class);
    let limits = &stack.connections;
    let prefix = if options.stat_prefix.is_empty() { stat_prefix } else { options.stat_prefix.as_str() };
    HttpConnectionManager {
        stat_prefix: prefix.to_owned(),
        routes: options.routes.clone(),
        filters: filters(stack, options, &header, port),
        paths: path_rules(stack),
        use_remote_address: options.use_remote_address,
        xff_trusted_hops: options.trusted_hops,
        forward_client_cert: options.forward_client_cert,
        client_cert_details: options.cert_details,
        server_name: header.server_name.clone(),
        server_header_pass_through: header.server_pass_through,
        generate_request_id: header.generate_request_id,
        append_x_forwarded_port: settings.headers.x_forwarded_port == Some(true),
        http1: http1(stack, options),
        http2: limits.http2.or(options.http2.then(Http2Limits::default)),
        idle_timeout: limits.idle_timeout.or_else(|| stack.idle_timeout()),
        stream_idle_timeout: limits.stream_idle_timeout.unwrap_or(0),
        limits: limits.limits,
        tracing: told.tracing.clone().map(Box::new),
        request_id_sampling: told.request_id_sampling,
        proxy_100_continue: stack.flags.proxy_100_continue,
        upgrades: vec!["websocket".to_owned()],
        internal_ranges: internal_ranges(stack, options),
        access_logs: told.logs.clone(),
        origin: options.origin,
    }
}

/// The settings of the HTTP/1.1 codec, header case included.
fn http1(stack: &Stack<'_>, options: &HttpOptions) -> Option<Http1Options> {
    let mut http1 = options.http1;
    if stack.cx.proxy.settings.headers.preserve_http1_header_case == Some(true) {
        http1.get_or_insert_default().preserve_header_case = true;
    }
    http1
}

/// Addresses of the mesh's networks count as internal where the caller's address is believed.
fn internal_ranges(stack: &Stack<'_>, options: &HttpOptions) -> Option<Vec<(String, u32)>> {
    let ranges = &stack.cx.mesh.network_ranges;
    let wanted = stack.flags.internal_networks || options.use_remote_address;
    (wanted && !ranges.is_empty())
        .then(|| ranges.iter().map(|(ip, bits)| (ip.to_string(), u32::from(*bits))).collect())
}

/// `pathNormalization` as Envoy's switches, under what the proxy's own settings say.
fn path_rules(stack: &Stack<'_>) -> PathRules {
    let rules = normalization(stack.cx.mesh.settings.path_normalization);
    PathRules {
        merge_slashes: stack.connections.merge_slashes.unwrap_or(rules.merge_slashes),
        escaped_slashes: stack.connections.escaped_slashes.unwrap_or(rules.escaped_slashes),
        ..rules
    }
}

fn normalization(mode: PathNormalization) -> PathRules {
    let base = PathRules { normalize: true, ..PathRules::default() };
    match mode {
        PathNormalization::None => PathRules::default(),
        PathNormalization::Default | PathNormalization::Base => base,
        PathNormalization::MergeSlashes => PathRules { merge_slashes: true, ..base },
        PathNormalization::DecodeAndMergeSlashes => {
            PathRules { merge_slashes: true, escaped_slashes: EscapedSlashes::Unescape, ..base }
        }
    }
}

/// All filters in order. A waypoint has its last ones behind those that routes ask for.
fn filters(
    stack: &Stack<'_>,
    options: &HttpOptions,
    header: &headers::HeaderPolicy,
    port: u32,
) -> Vec<HttpFilter> {
    let class = options.class;
    let stats = || stack.telemetry(class).stats.iter().cloned().map(HttpFilter::Stats);
    let mut filters: Vec<HttpFilter> = exchange(stack, options, header).into_iter().collect();
    filters.extend(stack.http_security(class, port));
    if stack.cx.proxy.kind == ProxyKind::Waypoint {
        filters.extend(of_protocol(stack, options));
        filters.extend(of_routes(stack, options));
        filters.extend(stack.http_extensions(class, port));
        filters.push(HttpFilter::PeerMetadata { side: PeerMetadata::WaypointUpstream, labels: Vec::new() });
        filters.extend(stats());
    } else {
        filters.extend(stack.http_extensions(class, port));
        filters.extend(of_protocol(stack, options));
        filters.extend(stats());
        filters.extend(of_routes(stack, options));
    }
    filters.push(HttpFilter::Router { suppress_envoy_headers: header.suppress_debug });
    filters
}

/// Peers tell each other who they are.
fn exchange(stack: &Stack<'_>, options: &HttpOptions, header: &headers::HeaderPolicy) -> Option<HttpFilter> {
    let in_mesh = header.exchange_in_mesh_only && !options.exchange_everywhere;
    let side = match options.class {
        Class::Inbound => PeerMetadata::Downstream,
        Class::Outbound | Class::Gateway if in_mesh => PeerMetadata::UpstreamInMeshOnly,
        Class::Outbound | Class::Gateway => PeerMetadata::Upstream,
    };
    let wanted = stack.flags.metadata_exchange && options.exchange;
    wanted.then(|| HttpFilter::PeerMetadata { side, labels: stack.flags.exchange_labels.clone() })
}

/// Filters of the protocol, and those that every route may ask for.
fn of_protocol(stack: &Stack<'_>, options: &HttpOptions) -> Vec<HttpFilter> {
    let mut filters = Vec::new();
    if options.protocol == Protocol::GrpcWeb {
        filters.push(HttpFilter::GrpcWeb);
    }
    filters.push(HttpFilter::GrpcStats);
    if stack.flags.alpn_filter && options.class != Class::Inbound {
        filters.push(HttpFilter::Alpn);
    }
    filters.extend([HttpFilter::Fault, HttpFilter::Cors]);
    filters
}

/// Sessions, and hosts that are resolved per request.
fn of_routes(stack: &Stack<'_>, options: &HttpOptions) -> Vec<HttpFilter> {
    let mut filters = Vec::new();
    if stack.flags.persistent_session && options.class != Class::Inbound {
        filters.push(HttpFilter::StatefulSession);
    }
    filters.extend(options.dynamic_hosts.clone().map(HttpFilter::DynamicForwardProxy));
    let any_host = stack.cx.scope.outbound == OutboundTrafficPolicy::AllowAnyDynamicDns;
    if options.class == Class::Outbound && any_host {
        filters.push(HttpFilter::DynamicForwardProxy(destination::any_host_cache(stack)));
    }
    filters
}
