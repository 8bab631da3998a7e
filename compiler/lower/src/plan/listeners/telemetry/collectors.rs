//! Collectors of traces that providers name (`tracing.go`, `configureFromProviderConfig`).

use mp_ir::mesh::IstioVersion;
use mp_ir::plan::{
    DynatraceSampler, GrpcExport, HttpExport, OpenTelemetry, OtelExport, ResourceDetector, TraceProvider,
    Zipkin,
};

use crate::Context;
use crate::plan::listeners::json::Part;

use super::providers::Provider;

const SECOND: i128 = 1_000_000_000;

/// A collector with what it asks of tracing.
#[derive(Clone, Debug)]
pub(super) struct Collector {
    /// Where traces go.
    pub(super) provider: TraceProvider,
    /// `maxTagLength`; 0 for none.
    pub(super) max_tag_length: u32,
    /// Calls of upstreams get a span of their own.
    pub(super) spawn_span: bool,
    /// The collector decides which requests are traced.
    pub(super) own_sampling: bool,
}

/// The collector of a provider; `None` when it takes no traces, or its service is unknown.
pub(super) fn of(cx: &Context<'_>, provider: &Provider) -> Option<Collector> {
    let part = provider.part();
    let plain = |provider: TraceProvider, spawn_span: bool, max_tag_length: u32| Collector {
        provider,
        max_tag_length,
        spawn_span,
        own_sampling: false,
    };
    let length = part.count("maxTagLength");
    match provider.kind.as_str() {
        "zipkin" => Some(plain(TraceProvider::Zipkin(zipkin(cx, part)?), false, length)),
        "datadog" => {
            let (hostname, cluster) = part.service(cx)?;
            Some(plain(
                TraceProvider::Datadog { cluster, hostname, service: service_cluster(cx) },
                false,
                length,
            ))
        }
        "skywalking" => {
            let (hostname, cluster) = part.service(cx)?;
            Some(plain(TraceProvider::Skywalking { cluster, hostname }, true, 0))
        }
        "opentelemetry" => {
            let collector = open_telemetry(cx, part)?;
            let own_sampling = collector.dynatrace.is_some();
            Some(Collector { own_sampling, ..plain(TraceProvider::OpenTelemetry(collector), false, length) })
        }
        _ => None,
    }
}

/// The cluster that the proxy's node says it belongs to.
fn service_cluster(cx: &Context<'_>) -> String {
    format!("{}.{}", cx.proxy.pod, cx.proxy.namespace)
}

fn zipkin(cx: &Context<'_>, part: Part<'_>) -> Option<Zipkin> {
    let (hostname, cluster) = part.service(cx)?;
    let version = cx.proxy.istio_version;
    let path =
        Some(part.text("path")).filter(|path| !path.is_empty()).unwrap_or_else(|| "/api/v2/spans".to_owned());
    let http = (version >= IstioVersion(1, 29, 0)).then(|| HttpExport {
        uri: format!("http://{hostname}{path}"),
        cluster: cluster.clone(),
        timeout: part.duration("timeout").or(Some(5 * SECOND)),
        headers: part.headers(cx, "headers"),
    });
    let w3c =
        part.text("traceContextOption") == "USE_B3_WITH_W3C_PROPAGATION" && version >= IstioVersion(1, 28, 0);
    Some(Zipkin { cluster, hostname, path, long_ids: !part.flag("enable64bitTraceId"), w3c, http })
}

fn open_telemetry(cx: &Context<'_>, part: Part<'_>) -> Option<OpenTelemetry> {
    let (hostname, cluster) = part.service(cx)?;
    let conventions = part.text("serviceAttributeEnrichment") == "OTEL_SEMANTIC_CONVENTIONS";
    let export = match part.get("http") {
        Some(http) => OtelExport::Http(http_export(cx, http, &hostname, &cluster, &http.text("path"))),
        None => {
            let grpc = part.get("grpc");
            OtelExport::Grpc(GrpcExport {
                cluster: cluster.clone(),
                authority: hostname.clone(),
                timeout: grpc.and_then(|g| g.duration("timeout")),
                metadata: grpc.map(|g| g.headers(cx, "initialMetadata")).unwrap_or_default(),
            })
        }
    };
    let stated = part.get("resourceDetectors");
    let has = |name: &str| stated.is_some_and(|detectors| detectors.get(name).is_some());
    let mut detectors = Vec::new();
    detectors.extend(has("environment").then_some(ResourceDetector::Environment));
    detectors.extend(has("dynatrace").then_some(ResourceDetector::Dynatrace));
    if conventions && !has("environment") {
        detectors.push(ResourceDetector::Environment);
    }
    let dynatrace = match part.get("dynatraceSampler") {
        Some(sampler) => Some(dynatrace(cx, sampler, part, &hostname, &cluster)?),
        None => None,
    };
    let service = if conventions { otel_service_name(cx) } else { service_cluster(cx) };
    Some(OpenTelemetry { service, export, detectors, dynatrace })
}

fn http_export(cx: &Context<'_>, http: Part<'_>, hostname: &str, cluster: &str, path: &str) -> HttpExport {
    HttpExport {
        uri: join(hostname, path),
        cluster: cluster.to_owned(),
        timeout: http.duration("timeout"),
        headers: http.headers(cx, "headers"),
    }
}

/// Host and path with one slash between (`url.JoinPath`).
fn join(hostname: &str, path: &str) -> String {
    match path.trim_start_matches('/') {
        "" => hostname.to_owned(),
        path => format!("{hostname}/{path}"),
    }
}

/// Where Dynatrace is asked: its own service, or that of the traces (`configureDynatraceSampler`).
fn dynatrace(
    cx: &Context<'_>,
    sampler: Part<'_>,
    provider: Part<'_>,
    hostname: &str,
    cluster: &str,
) -> Option<DynatraceSampler> {
    let http = match sampler.get("httpService") {
        None => http_export(cx, provider.get("http")?, hostname, cluster, "api/v2/samplingConfiguration"),
        Some(own) => {
            let (hostname, cluster) = own.service(cx)?;
            let http = own.get("http")?;
            http_export(cx, http, &hostname, &cluster, &http.text("path"))
        }
    };
    Some(DynatraceSampler {
        tenant: sampler.text("tenant"),
        cluster_id: sampler.number("clusterId"),
        root_spans_per_minute: sampler.count("rootSpansPerMinute"),
        http,
    })
}

/// The service's name after OpenTelemetry's conventions (`otelServiceName`).
fn otel_service_name(cx: &Context<'_>) -> String {
    let label = |name: &str| cx.proxy.labels.get(name).filter(|value| !value.is_empty()).cloned();
    label("app.kubernetes.io/instance")
        .or_else(|| label("app.kubernetes.io/name"))
        .unwrap_or_else(|| cx.proxy.pod.clone())
}
