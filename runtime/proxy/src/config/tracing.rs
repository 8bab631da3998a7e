//! Tracing, compiled.
use crate::json::Value;

use super::action::Fraction;
use super::value::{Get, Scope};
use crate::access::format::Format;
use crate::server::grpc::GrpcService;

/// `HttpConnectionManager.Tracing` with a provider.
#[derive(Debug)]
pub(crate) struct Tracing {
    /// How much is traced.
    pub(crate) sampling: Sampling,
    /// Tags of spans.
    pub(crate) tags: Vec<(String, TagSource)>,
    /// Longest path in `http.url`.
    pub(crate) max_path: usize,
    /// Whether calls of endpoints have spans of their own.
    pub(crate) spawn: bool,
    /// Where spans go.
    pub(crate) provider: Provider,
}

/// How much is traced, in percent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sampling {
    /// Of requests with `x-client-trace-id`.
    pub(crate) client: f64,
    /// Of all requests.
    pub(crate) random: f64,
    /// Of those that may be traced after all.
    pub(crate) overall: f64,
}

/// `envoy.config.route.v3.Tracing`: what a route says in place of its connection manager.
#[derive(Debug)]
pub(crate) struct RouteTracing {
    /// How much is traced.
    pub(crate) sampling: Sampling,
    /// Further tags.
    pub(crate) tags: Vec<(String, TagSource)>,
}

impl RouteTracing {
    /// Reads the field `tracing` of a route.
    pub(crate) fn new(route: &Value, scope: &Scope<'_>) -> Option<Box<Self>> {
        let value = route.get_field("tracing")?;
        let share = |name: &str| {
            value.get_field(name).map_or(100.0, |share| f64::from(Fraction::new(share).0) / 10_000.0)
        };
        Some(Box::new(Self {
            sampling: Sampling {
                client: share("client_sampling"),
                random: share("random_sampling"),
                overall: share("overall_sampling"),
            },
            tags: tags(value, &scope.field("tracing")),
        }))
    }
}

fn tags(value: &Value, scope: &Scope<'_>) -> Vec<(String, TagSource)> {
    let all = value.items("custom_tags").iter().enumerate();
    all.filter_map(|(i, t)| tag(t, &scope.item("custom_tags", i))).collect()
}

/// Where the value of a tag comes from.
#[derive(Debug)]
pub(crate) enum TagSource {
    /// Command operators.
    Format(Format),
    /// The bootstrap.
    Literal(String),
    /// A request header, with a default.
    Header(Vec<u8>, String),
    /// Request metadata: namespace, path and default.
    Metadata(Vec<String>, String),
}

/// Where spans go, and which headers carry the context.
#[derive(Debug, Clone)]
pub(crate) enum Provider {
    /// OTLP over gRPC, W3C headers.
    Grpc(GrpcService, String),
    /// OTLP over HTTP, W3C headers: cluster, authority and path.
    Http {
        /// The collector's cluster.
        cluster: String,
        /// Its authority.
        authority: String,
        /// The path.
        path: String,
        /// Name of the own service.
        service: String,
    },
    /// Zipkin JSON, B3 headers.
    Zipkin {
        /// The collector's cluster.
        cluster: String,
        /// The host header.
        host: String,
        /// The path.
        path: String,
        /// Whether trace ids have 128 bits.
        long: bool,
        /// Whether the server's span is that of its client.
        shared: bool,
    },
    /// Segments of SkyWalking.
    SkyWalking(SkyWalking),
}

/// `envoy.config.trace.v3.SkyWalkingConfig`.
#[derive(Debug, Clone)]
pub(crate) struct SkyWalking {
    /// The collector; a token goes along with every call.
    pub(crate) collector: GrpcService,
    /// Name of the own service; the node's cluster when empty.
    pub(crate) service: String,
    /// Name of the own instance; the node's id when empty.
    pub(crate) instance: String,
}

impl SkyWalking {
    fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let client = value.get_field("client_config");
        let time = std::time::Duration::from_secs(5);
        let mut collector = GrpcService::new(value.get_field("grpc_service")?, time, scope);
        if let Some(token) = client.opt_text("backend_token") {
            collector.metadata.push(("authentication".to_owned(), token.to_owned()));
        }
        Some(Self {
            collector,
            service: client.text("service_name").to_owned(),
            instance: client.text("instance_name").to_owned(),
        })
    }
}

impl Tracing {
    pub(super) fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let tracing = value.get_field("tracing")?;
        let provider = tracing.get_field("provider").get_field("typed_config")?;
        let share = |name: &str| {
            let percent = tracing.get_field(name).and_then(|p| p.get_field("value")?.as_f64());
            percent.unwrap_or(100.0)
        };
        Some(Self {
            sampling: Sampling {
                client: share("client_sampling"),
                random: share("random_sampling"),
                overall: share("overall_sampling"),
            },
            tags: tags(tracing, &scope.field("tracing")),
            spawn: tracing.flag("spawn_upstream_span"),
            max_path: tracing.int("max_path_tag_length").unwrap_or(256) as usize,
            provider: Provider::new(provider, &scope.field("tracing"))?,
        })
    }
}

fn tag(value: &Value, scope: &Scope<'_>) -> Option<(String, TagSource)> {
    let name = value.text("tag").to_owned();
    if let Some(format) = value.opt_text("value") {
        return Some((name, TagSource::Format(Format::new(format, &scope.field("value")))));
    }
    if let Some(literal) = value.get_field("literal") {
        return Some((name, TagSource::Literal(literal.text("value").to_owned())));
    }
    if let Some(header) = value.get_field("request_header") {
        let key = header.text("name").to_ascii_lowercase().into_bytes();
        return Some((name, TagSource::Header(key, header.text("default_value").to_owned())));
    }
    if let Some(environment) = value.get_field("environment") {
        let text = std::env::var(environment.text("name")).ok();
        let text = text.unwrap_or_else(|| environment.text("default_value").to_owned());
        return Some((name, TagSource::Literal(text)));
    }
    let metadata = value.get_field("metadata")?;
    let key = metadata.get_field("metadata_key");
    let path = key.items("path").iter().map(|p| p.text("key").to_owned());
    let path = std::iter::once(key.text("key").to_owned()).chain(path).collect();
    Some((name, TagSource::Metadata(path, metadata.text("default_value").to_owned())))
}

impl Provider {
    fn new(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        match value.type_name().rsplit('.').next().unwrap_or_default() {
            "OpenTelemetryConfig" => Self::otlp(value, scope),
            "SkyWalkingConfig" => SkyWalking::new(value, scope).map(Self::SkyWalking),
            "ZipkinConfig" => {
                let shared = value.opt_flag("shared_span_context").unwrap_or(true);
                if let Some(service) = value.get_field("collector_service") {
                    let (cluster, host, path) = http_target(service.get_field("http_uri"));
                    return Some(Self::Zipkin {
                        cluster,
                        host,
                        path,
                        long: value.flag("trace_id_128bit"),
                        shared,
                    });
                }
                let cluster = value.text("collector_cluster").to_owned();
                Some(Self::Zipkin {
                    host: value.opt_text("collector_hostname").unwrap_or(&cluster).to_owned(),
                    path: value.text("collector_endpoint").to_owned(),
                    long: value.flag("trace_id_128bit"),
                    shared,
                    cluster,
                })
            }
            _ => None,
        }
    }

    fn otlp(value: &Value, scope: &Scope<'_>) -> Option<Self> {
        let service = value.opt_text("service_name").unwrap_or("unknown_service:envoy").to_owned();
        if let Some(grpc) = value.get_field("grpc_service") {
            let time = std::time::Duration::from_secs(5);
            return Some(Self::Grpc(GrpcService::new(grpc, time, scope), service));
        }
        let Some(http) = value.get_field("http_service").get_field("http_uri") else {
            scope.refuse("an OpenTelemetry tracer needs grpc_service or http_service");
            return None;
        };
        let (cluster, authority, path) = http_target(Some(http));
        Some(Self::Http { cluster, authority, path, service })
    }
}

/// Cluster, authority and path of `envoy.config.core.v3.HttpUri`.
fn http_target(uri: Option<&Value>) -> (String, String, String) {
    let text = uri.text("uri");
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    (uri.text("cluster").to_owned(), authority.to_owned(), path.to_owned())
}
