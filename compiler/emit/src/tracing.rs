//! Tracing of an HTTP connection manager (`envoy.config.trace.v3`).

use mp_ir::plan::{
    DynatraceSampler, GrpcExport, HttpExport, OpenTelemetry, OtelExport, ResourceDetector, TraceProvider,
    TraceTag, TraceTagValue, Tracing, Zipkin,
};
use serde_json::Value;

use crate::json::{Object, duration, extension, list};

const OTEL: &str = "envoy.tracers.opentelemetry";
const OTEL_TYPES: &str = "envoy.extensions.tracers.opentelemetry";

/// Settings of tracing.
pub(crate) fn tracing(tracing: &Tracing) -> Object {
    let percent = |value: f64| Object::new().set("value", value);
    Object::new()
        .set("clientSampling", percent(tracing.client_sampling))
        .set("randomSampling", percent(tracing.random_sampling))
        .set("overallSampling", percent(tracing.overall_sampling))
        .maybe("maxPathTagLength", tracing.max_path_tag_length)
        .maybe("spawnUpstreamSpan", tracing.spawn_upstream_span.then_some(true))
        .unless_default("noContextPropagation", tracing.no_context_propagation)
        .maybe("provider", tracing.provider.as_ref().map(provider))
        .unless_default("customTags", list(tracing.tags.iter().map(tag)))
}

fn tag(tag: &TraceTag) -> Value {
    let fields = Object::new().set("tag", tag.name.as_str());
    let lookup =
        |name: &str, default: &str| Object::new().set("name", name).unless_default("defaultValue", default);
    let fields = match &tag.value {
        TraceTagValue::Unset => fields,
        TraceTagValue::Literal(value) => {
            fields.set("literal", Object::new().unless_default("value", value.as_str()))
        }
        TraceTagValue::Formatter(value) => fields.set("value", value.as_str()),
        TraceTagValue::Header { name, default } => fields.set("requestHeader", lookup(name, default)),
        TraceTagValue::Environment { name, default } => fields.set("environment", lookup(name, default)),
        TraceTagValue::RequestMetadata { filter, path } => {
            let path = path.iter().map(|key| Object::new().set("key", key.as_str()));
            let key = Object::new().set("key", filter.as_str()).unless_default("path", list(path));
            let kind = Object::new().set("request", Object::new());
            fields.set("metadata", Object::new().set("kind", kind).set("metadataKey", key))
        }
    };
    fields.into()
}

fn provider(provider: &TraceProvider) -> Value {
    match provider {
        TraceProvider::Zipkin(collector) => extension("envoy.tracers.zipkin", zipkin(collector)),
        TraceProvider::Datadog { cluster, hostname, service } => {
            let config = Object::typed("envoy.config.trace.v3.DatadogConfig")
                .set("collectorCluster", cluster.as_str())
                .set("serviceName", service.as_str())
                .set("collectorHostname", hostname.as_str());
            extension("envoy.tracers.datadog", config)
        }
        TraceProvider::Skywalking { cluster, hostname } => {
            let export =
                GrpcExport { cluster: cluster.clone(), authority: hostname.clone(), ..GrpcExport::default() };
            let config =
                Object::typed("envoy.config.trace.v3.SkyWalkingConfig").set("grpcService", grpc(&export));
            extension("envoy.tracers.skywalking", config)
        }
        TraceProvider::OpenTelemetry(collector) => extension(OTEL, open_telemetry(collector)),
    }
}

fn zipkin(zipkin: &Zipkin) -> Object {
    let config = Object::typed("envoy.config.trace.v3.ZipkinConfig")
        .set("collectorEndpointVersion", "HTTP_JSON")
        .unless_default("traceId128bit", zipkin.long_ids)
        .set("sharedSpanContext", false)
        .maybe("traceContextOption", zipkin.w3c.then_some("USE_B3_WITH_W3C_PROPAGATION"));
    match &zipkin.http {
        Some(export) => config.set("collectorService", http(export)),
        None => config
            .set("collectorCluster", zipkin.cluster.as_str())
            .set("collectorEndpoint", zipkin.path.as_str())
            .set("collectorHostname", zipkin.hostname.as_str()),
    }
}

fn http(export: &HttpExport) -> Object {
    let uri = Object::new()
        .set("uri", export.uri.as_str())
        .set("cluster", export.cluster.as_str())
        .maybe("timeout", export.timeout.map(duration));
    let headers = export.headers.iter().map(|(key, value)| {
        let header = Object::new().set("key", key.as_str()).unless_default("value", value.as_str());
        Object::new().set("appendAction", "OVERWRITE_IF_EXISTS_OR_ADD").set("header", header)
    });
    Object::new().set("httpUri", uri).unless_default("requestHeadersToAdd", list(headers))
}

fn grpc(export: &GrpcExport) -> Object {
    let service = Object::new()
        .set("clusterName", export.cluster.as_str())
        .unless_default("authority", export.authority.as_str());
    let metadata = export
        .metadata
        .iter()
        .map(|(key, value)| Object::new().set("key", key.as_str()).unless_default("value", value.as_str()));
    Object::new()
        .set("envoyGrpc", service)
        .maybe("timeout", export.timeout.map(duration))
        .unless_default("initialMetadata", list(metadata))
}

fn open_telemetry(collector: &OpenTelemetry) -> Object {
    let detectors = collector.detectors.iter().map(|detector| {
        let (name, message) = match detector {
            ResourceDetector::Environment => ("environment", "EnvironmentResourceDetectorConfig"),
            ResourceDetector::Dynatrace => ("dynatrace", "DynatraceResourceDetectorConfig"),
        };
        let config = Object::typed(&format!("{OTEL_TYPES}.resource_detectors.v3.{message}"));
        extension(&format!("{OTEL}.resource_detectors.{name}"), config)
    });
    let config = Object::typed("envoy.config.trace.v3.OpenTelemetryConfig")
        .unless_default("serviceName", collector.service.as_str());
    let config = match &collector.export {
        OtelExport::Grpc(export) => config.set("grpcService", grpc(export)),
        OtelExport::Http(export) => config.set("httpService", http(export)),
    };
    config
        .unless_default("resourceDetectors", list(detectors))
        .maybe("sampler", collector.dynatrace.as_ref().map(dynatrace))
}

fn dynatrace(sampler: &DynatraceSampler) -> Value {
    let config = Object::typed(&format!("{OTEL_TYPES}.samplers.v3.DynatraceSamplerConfig"))
        .unless_default("tenant", sampler.tenant.as_str())
        .unless_default("clusterId", sampler.cluster_id)
        .unless_default("rootSpansPerMinute", sampler.root_spans_per_minute)
        .set("httpService", http(&sampler.http));
    extension(&format!("{OTEL}.samplers.dynatrace"), config)
}
