//! Listeners as Envoy's types: every filter that a plan can name is spelled so that the descriptors know it.

use mp_ir::mesh::{ForwardClientCert, TlsVersion};
use mp_ir::plan::*;
use serde_json::{Value, json};

fn emitted(chain: FilterChain) -> Value {
    let listener = Listener {
        name: "l".to_owned(),
        address: SocketAddress { address: "10.0.0.1".to_owned(), port: 80 },
        chains: vec![chain],
        filters: vec![
            ListenerFilter::OriginalDst,
            ListenerFilter::OriginalSrc,
            ListenerFilter::TlsInspector(PortPredicate::Except(vec![80])),
            ListenerFilter::HttpInspector(PortPredicate::At(vec![80, 90])),
            ListenerFilter::ProxyProtocol { allow_without: false },
        ],
        ..Listener::default()
    };
    let plan = Plan { listeners: vec![listener], ..Plan::default() };
    // A type or field that the descriptors do not know gives nothing, which no assertion below accepts.
    let snapshot = mp_emit::xds(&plan).unwrap_or_default();
    snapshot.lds.into_iter().next().unwrap_or_default()
}

fn tcp_proxy() -> NetworkFilter {
    NetworkFilter::TcpProxy(Box::new(TcpProxy {
        stat_prefix: "s".to_owned(),
        target: TcpTarget::Weighted(vec![("a".to_owned(), 1)]),
        hash_source_ip: true,
        tunnel: Some(TcpTunnel { hostname: "p:1".to_owned(), use_post: true, ..TcpTunnel::default() }),
        access_logs: logs(),
        ..TcpProxy::default()
    }))
}

fn logs() -> Vec<AccessLog> {
    let service = LogService { log_name: "l".to_owned(), cluster: "c".to_owned(), ..LogService::default() };
    let grpc = |tcp| LogSink::Grpc(GrpcLog { tcp, service: service.clone(), ..GrpcLog::default() });
    let file = |format| LogSink::File { path: "/f".to_owned(), format, omit_empty: true };
    let attributes = vec![("k".to_owned(), "v".to_owned())];
    let sinks = [
        file(LogFormat::Text("%REQ_WITHOUT_QUERY(X)%\n".to_owned())),
        file(LogFormat::Json(r#"{"a":"b"}"#.to_owned())),
        grpc(true),
        grpc(false),
        LogSink::OpenTelemetry { service: service.clone(), body: "b".to_owned(), attributes },
    ];
    let filter = LogFilter::And(vec![
        LogFilter::ResponseFlags(vec!["NR".to_owned()]),
        LogFilter::Cel("true".to_owned()),
    ]);
    sinks.into_iter().map(|sink| AccessLog { sink, filter: Some(filter.clone()), origin: None }).collect()
}

#[test]
fn network_filters_are_known() {
    let cache = DnsCache { name: "c".to_owned(), ..DnsCache::default() };
    let stat_prefix = "s".to_owned();
    let filters = vec![
        NetworkFilter::MetadataExchange { labels: vec!["a".to_owned()] },
        NetworkFilter::Stats(StatsFilter { tcp_reporting: Some(7), ..StatsFilter::default() }),
        NetworkFilter::Mongo { stat_prefix: stat_prefix.clone() },
        NetworkFilter::Redis { stat_prefix, cluster: "c".to_owned() },
        NetworkFilter::SniDynamicForwardProxy { port: 443, cache },
        tcp_proxy(),
    ];
    let listener = emitted(FilterChain { filters, ..FilterChain::default() });
    let names = listener.pointer("/filterChains/0/filters").and_then(Value::as_array).map(Vec::len);
    assert_eq!(names, Some(6));
    assert_eq!(
        listener.pointer("/listenerFilters/2/filterDisabled/notMatch/destinationPortRange/end"),
        Some(&json!(81))
    );
    let both = listener.pointer("/listenerFilters/3/filterDisabled/orMatch/rules").and_then(Value::as_array);
    assert_eq!(both.map(Vec::len), Some(2));
}

fn tracers() -> Vec<TraceProvider> {
    let http = HttpExport { uri: "u".to_owned(), cluster: "c".to_owned(), timeout: Some(1), headers: vec![] };
    let otel = OpenTelemetry {
        service: "s".to_owned(),
        export: OtelExport::Http(http.clone()),
        detectors: vec![ResourceDetector::Environment, ResourceDetector::Dynatrace],
        dynatrace: Some(DynatraceSampler { http: http.clone(), ..DynatraceSampler::default() }),
    };
    let zipkin = Zipkin { http: Some(http), ..Zipkin::default() };
    let (cluster, hostname) = ("c".to_owned(), "h".to_owned());
    vec![
        TraceProvider::OpenTelemetry(otel),
        TraceProvider::Zipkin(zipkin),
        TraceProvider::Skywalking { cluster: cluster.clone(), hostname: hostname.clone() },
        TraceProvider::Datadog { cluster, hostname, service: "s".to_owned() },
    ]
}

#[test]
fn http_filters_and_tracers_are_known() {
    for tracer in tracers() {
        let manager = HttpConnectionManager {
            filters: vec![
                HttpFilter::PeerMetadata { side: PeerMetadata::Downstream, labels: Vec::new() },
                HttpFilter::GrpcWeb,
                HttpFilter::GrpcStats,
                HttpFilter::Alpn,
                HttpFilter::Fault,
                HttpFilter::Cors,
                HttpFilter::StatefulSession,
                HttpFilter::DynamicForwardProxy(DnsCache::default()),
                HttpFilter::Router { suppress_envoy_headers: true },
            ],
            forward_client_cert: Some(ForwardClientCert::AlwaysForwardOnly),
            http1: Some(Http1Options { preserve_header_case: true, ..Http1Options::default() }),
            limits: HttpLimits { underscores: Some(Underscores::Drop), ..HttpLimits::default() },
            tracing: Some(Box::new(Tracing { provider: Some(tracer), ..Tracing::default() })),
            ..HttpConnectionManager::default()
        };
        let filters = vec![NetworkFilter::Http(Box::new(manager))];
        let listener = emitted(FilterChain { filters, ..FilterChain::default() });
        let last = listener.pointer("/filterChains/0/filters/0/typedConfig/httpFilters/8/name");
        assert_eq!(last, Some(&json!("envoy.filters.http.router")));
    }
}

#[test]
fn the_agent_is_waited_for_only_for_its_own_secrets() {
    let secret = |name: &str, server| SecretRef { name: name.to_owned(), server };
    let tls = DownstreamTls {
        certificates: vec![
            secret("default", SecretServer::Agent),
            secret("file-cert:a~b", SecretServer::Agent),
            secret("kubernetes://c", SecretServer::ControlPlane),
        ],
        min_version: TlsVersion::V1_2,
        ..DownstreamTls::default()
    };
    let listener =
        emitted(FilterChain { tls: Some(tls), filters: vec![tcp_proxy()], ..FilterChain::default() });
    let base = "/filterChains/0/transportSocket/typedConfig/commonTlsContext/tlsCertificateSdsSecretConfigs";
    let waits = |at: usize| listener.pointer(&format!("{base}/{at}/sdsConfig/initialFetchTimeout")).is_some();
    assert_eq!([waits(0), waits(1), waits(2)], [true, false, false]);
    assert!(listener.pointer(&format!("{base}/2/sdsConfig/ads")).is_some());
}
