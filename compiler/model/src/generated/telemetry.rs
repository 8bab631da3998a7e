// tidy: table
//! Views of Istio's telemetry API. Written by `cargo xtask codegen`.

use super::prelude::*;

/// `istio.telemetry.v1alpha1.AccessLogging`.
#[derive(Clone, Copy, Debug)]
pub struct AccessLogging<'a>(pub Node<'a>);
view!(AccessLogging);
impl<'a> AccessLogging<'a> {
    /// `disabled`.
    pub fn disabled(self) -> Option<bool> { one(self.0, "disabled", "disabled") }
    /// `filter`.
    pub fn filter(self) -> Option<AccessLoggingFilter<'a>> { one(self.0, "filter", "filter") }
    /// `match`.
    pub fn match_(self) -> Option<AccessLoggingLogSelector<'a>> { one(self.0, "match", "match") }
    /// `providers`.
    pub fn providers(self) -> List<'a, ProviderRef<'a>> { list(self.0, "providers", "providers") }
}

/// `istio.telemetry.v1alpha1.AccessLogging.Filter`.
#[derive(Clone, Copy, Debug)]
pub struct AccessLoggingFilter<'a>(pub Node<'a>);
view!(AccessLoggingFilter);
impl<'a> AccessLoggingFilter<'a> {
    /// `expression`.
    pub fn expression(self) -> Option<Text<'a>> { one(self.0, "expression", "expression") }
}

/// `istio.telemetry.v1alpha1.AccessLogging.LogSelector`.
#[derive(Clone, Copy, Debug)]
pub struct AccessLoggingLogSelector<'a>(pub Node<'a>);
view!(AccessLoggingLogSelector);
impl<'a> AccessLoggingLogSelector<'a> {
    /// `mode`.
    pub fn mode(self) -> Option<WorkloadMode> { one(self.0, "mode", "mode") }
}

/// `istio.telemetry.v1alpha1.MetricSelector`.
#[derive(Clone, Copy, Debug)]
pub struct MetricSelector<'a>(pub Node<'a>);
view!(MetricSelector);
impl<'a> MetricSelector<'a> {
    /// `customMetric`.
    pub fn custom_metric(self) -> Option<Text<'a>> { one(self.0, "customMetric", "custom_metric") }
    /// `metric`.
    pub fn metric(self) -> Option<MetricSelectorIstioMetric> { one(self.0, "metric", "metric") }
    /// `mode`.
    pub fn mode(self) -> Option<WorkloadMode> { one(self.0, "mode", "mode") }
}

/// `istio.telemetry.v1alpha1.Metrics`.
#[derive(Clone, Copy, Debug)]
pub struct Metrics<'a>(pub Node<'a>);
view!(Metrics);
impl<'a> Metrics<'a> {
    /// `overrides`.
    pub fn overrides(self) -> List<'a, MetricsOverrides<'a>> { list(self.0, "overrides", "overrides") }
    /// `providers`.
    pub fn providers(self) -> List<'a, ProviderRef<'a>> { list(self.0, "providers", "providers") }
    /// `reportingInterval`.
    pub fn reporting_interval(self) -> Option<DurationValue> { one(self.0, "reportingInterval", "reporting_interval") }
}

/// `istio.telemetry.v1alpha1.MetricsOverrides`.
#[derive(Clone, Copy, Debug)]
pub struct MetricsOverrides<'a>(pub Node<'a>);
view!(MetricsOverrides);
impl<'a> MetricsOverrides<'a> {
    /// `disabled`.
    pub fn disabled(self) -> Option<bool> { one(self.0, "disabled", "disabled") }
    /// `match`.
    pub fn match_(self) -> Option<MetricSelector<'a>> { one(self.0, "match", "match") }
    /// `tagOverrides`.
    pub fn tag_overrides(self) -> Entries<'a, MetricsOverridesTagOverride<'a>> { entries(self.0, "tagOverrides", "tag_overrides") }
}

/// `istio.telemetry.v1alpha1.MetricsOverrides.TagOverride`.
#[derive(Clone, Copy, Debug)]
pub struct MetricsOverridesTagOverride<'a>(pub Node<'a>);
view!(MetricsOverridesTagOverride);
impl<'a> MetricsOverridesTagOverride<'a> {
    /// `operation`.
    pub fn operation(self) -> Option<MetricsOverridesTagOverrideOperation> { one(self.0, "operation", "operation") }
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `istio.telemetry.v1alpha1.ProviderRef`.
#[derive(Clone, Copy, Debug)]
pub struct ProviderRef<'a>(pub Node<'a>);
view!(ProviderRef);
impl<'a> ProviderRef<'a> {
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.telemetry.v1alpha1.Telemetry`.
#[derive(Clone, Copy, Debug)]
pub struct Telemetry<'a>(pub Node<'a>);
view!(Telemetry);
impl<'a> Telemetry<'a> {
    /// `accessLogging`.
    pub fn access_logging(self) -> List<'a, AccessLogging<'a>> { list(self.0, "accessLogging", "access_logging") }
    /// `metrics`.
    pub fn metrics(self) -> List<'a, Metrics<'a>> { list(self.0, "metrics", "metrics") }
    /// `selector`.
    pub fn selector(self) -> Option<super::selectors::WorkloadSelector<'a>> { one(self.0, "selector", "selector") }
    /// `targetRef`.
    pub fn target_ref(self) -> Option<super::selectors::PolicyTargetReference<'a>> { one(self.0, "targetRef", "targetRef") }
    /// `targetRefs`.
    pub fn target_refs(self) -> List<'a, super::selectors::PolicyTargetReference<'a>> { list(self.0, "targetRefs", "targetRefs") }
    /// `tracing`.
    pub fn tracing(self) -> List<'a, Tracing<'a>> { list(self.0, "tracing", "tracing") }
}

/// `istio.telemetry.v1alpha1.Tracing`.
#[derive(Clone, Copy, Debug)]
pub struct Tracing<'a>(pub Node<'a>);
view!(Tracing);
impl<'a> Tracing<'a> {
    /// `customTags`.
    pub fn custom_tags(self) -> Entries<'a, TracingCustomTag<'a>> { entries(self.0, "customTags", "custom_tags") }
    /// `disableContextPropagation`.
    pub fn disable_context_propagation(self) -> Option<bool> { one(self.0, "disableContextPropagation", "disable_context_propagation") }
    /// `disableSpanReporting`.
    pub fn disable_span_reporting(self) -> Option<bool> { one(self.0, "disableSpanReporting", "disable_span_reporting") }
    /// `enableIstioTags`.
    pub fn enable_istio_tags(self) -> Option<bool> { one(self.0, "enableIstioTags", "enable_istio_tags") }
    /// `match`.
    pub fn match_(self) -> Option<TracingTracingSelector<'a>> { one(self.0, "match", "match") }
    /// `providers`.
    pub fn providers(self) -> List<'a, ProviderRef<'a>> { list(self.0, "providers", "providers") }
    /// `randomSamplingPercentage`.
    pub fn random_sampling_percentage(self) -> Option<f64> { one(self.0, "randomSamplingPercentage", "random_sampling_percentage") }
    /// `useRequestIdForTraceSampling`.
    pub fn use_request_id_for_trace_sampling(self) -> Option<bool> { one(self.0, "useRequestIdForTraceSampling", "use_request_id_for_trace_sampling") }
}

/// `istio.telemetry.v1alpha1.Tracing.CustomTag`.
#[derive(Clone, Copy, Debug)]
pub struct TracingCustomTag<'a>(pub Node<'a>);
view!(TracingCustomTag);
impl<'a> TracingCustomTag<'a> {
    /// `environment`.
    pub fn environment(self) -> Option<TracingEnvironment<'a>> { one(self.0, "environment", "environment") }
    /// `formatter`.
    pub fn formatter(self) -> Option<TracingFormatter<'a>> { one(self.0, "formatter", "formatter") }
    /// `header`.
    pub fn header(self) -> Option<TracingRequestHeader<'a>> { one(self.0, "header", "header") }
    /// `literal`.
    pub fn literal(self) -> Option<TracingLiteral<'a>> { one(self.0, "literal", "literal") }
}

/// `istio.telemetry.v1alpha1.Tracing.Environment`.
#[derive(Clone, Copy, Debug)]
pub struct TracingEnvironment<'a>(pub Node<'a>);
view!(TracingEnvironment);
impl<'a> TracingEnvironment<'a> {
    /// `defaultValue`.
    pub fn default_value(self) -> Option<Text<'a>> { one(self.0, "defaultValue", "default_value") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.telemetry.v1alpha1.Tracing.Formatter`.
#[derive(Clone, Copy, Debug)]
pub struct TracingFormatter<'a>(pub Node<'a>);
view!(TracingFormatter);
impl<'a> TracingFormatter<'a> {
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `istio.telemetry.v1alpha1.Tracing.Literal`.
#[derive(Clone, Copy, Debug)]
pub struct TracingLiteral<'a>(pub Node<'a>);
view!(TracingLiteral);
impl<'a> TracingLiteral<'a> {
    /// `value`.
    pub fn value(self) -> Option<Text<'a>> { one(self.0, "value", "value") }
}

/// `istio.telemetry.v1alpha1.Tracing.RequestHeader`.
#[derive(Clone, Copy, Debug)]
pub struct TracingRequestHeader<'a>(pub Node<'a>);
view!(TracingRequestHeader);
impl<'a> TracingRequestHeader<'a> {
    /// `defaultValue`.
    pub fn default_value(self) -> Option<Text<'a>> { one(self.0, "defaultValue", "default_value") }
    /// `name`.
    pub fn name(self) -> Option<Text<'a>> { one(self.0, "name", "name") }
}

/// `istio.telemetry.v1alpha1.Tracing.TracingSelector`.
#[derive(Clone, Copy, Debug)]
pub struct TracingTracingSelector<'a>(pub Node<'a>);
view!(TracingTracingSelector);
impl<'a> TracingTracingSelector<'a> {
    /// `mode`.
    pub fn mode(self) -> Option<WorkloadMode> { one(self.0, "mode", "mode") }
}

words! {
    /// `istio.telemetry.v1alpha1.MetricSelector.IstioMetric`.
    MetricSelectorIstioMetric true {
        AllMetrics = "ALL_METRICS", 0;
        RequestCount = "REQUEST_COUNT", 1;
        RequestDuration = "REQUEST_DURATION", 2;
        RequestSize = "REQUEST_SIZE", 3;
        ResponseSize = "RESPONSE_SIZE", 4;
        TcpOpenedConnections = "TCP_OPENED_CONNECTIONS", 5;
        TcpClosedConnections = "TCP_CLOSED_CONNECTIONS", 6;
        TcpSentBytes = "TCP_SENT_BYTES", 7;
        TcpReceivedBytes = "TCP_RECEIVED_BYTES", 8;
        GrpcRequestMessages = "GRPC_REQUEST_MESSAGES", 9;
        GrpcResponseMessages = "GRPC_RESPONSE_MESSAGES", 10;
    }
}

words! {
    /// `istio.telemetry.v1alpha1.MetricsOverrides.TagOverride.Operation`.
    MetricsOverridesTagOverrideOperation true {
        Upsert = "UPSERT", 0;
        Remove = "REMOVE", 1;
    }
}

words! {
    /// `istio.telemetry.v1alpha1.WorkloadMode`.
    WorkloadMode true {
        ClientAndServer = "CLIENT_AND_SERVER", 0;
        Client = "CLIENT", 1;
        Server = "SERVER", 2;
    }
}

