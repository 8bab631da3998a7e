// tidy: table
//! The annotations that Istio knows, whether they are old, and where they belong (istio.io/api 1.31 `annotation/annotations.yaml`).

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) deprecated: bool,
    pub(super) places: &'static [Place],
}

/// A kind of object that an annotation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Any,
    AuthorizationPolicy,
    Gateway,
    GatewayClass,
    Ingress,
    Namespace,
    Pod,
    Service,
    ServiceEntry,
    WorkloadEntry,
}

impl Place {
    /// As messages name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Place::Any => "Any",
            Place::AuthorizationPolicy => "AuthorizationPolicy",
            Place::Gateway => "Gateway",
            Place::GatewayClass => "GatewayClass",
            Place::Ingress => "Ingress",
            Place::Namespace => "Namespace",
            Place::Pod => "Pod",
            Place::Service => "Service",
            Place::ServiceEntry => "ServiceEntry",
            Place::WorkloadEntry => "WorkloadEntry",
        }
    }
}

const fn row(name: &'static str, deprecated: bool, places: &'static [Place]) -> Known {
    Known { name, deprecated, places }
}

/// All of them, by name.
pub(super) static ANNOTATIONS: &[Known] = &[
    row("alpha.istio.io/canonical-serviceaccounts", true, &[Place::Service]),
    row("alpha.istio.io/kubernetes-serviceaccounts", true, &[Place::Service]),
    row("ambient.istio.io/bypass-inbound-capture", false, &[Place::Pod]),
    row("ambient.istio.io/dns-capture", false, &[Place::Pod]),
    row("ambient.istio.io/redirection", false, &[Place::Pod]),
    row("ambient.istio.io/waypoint-inbound-binding", false, &[Place::GatewayClass, Place::Gateway]),
    row("galley.istio.io/analyze-suppress", false, &[Place::Any]),
    row("gateway.istio.io/controller-version", false, &[Place::Any]),
    row("gateway.istio.io/name-override", false, &[Place::Gateway]),
    row("gateway.istio.io/service-account", false, &[Place::Gateway]),
    row("inject.istio.io/templates", false, &[Place::Pod]),
    row("istio.io/autoRegistrationGroup", false, &[Place::WorkloadEntry]),
    row("istio.io/connectedAt", false, &[Place::WorkloadEntry]),
    row("istio.io/disconnectedAt", false, &[Place::WorkloadEntry]),
    row("istio.io/dry-run", false, &[Place::AuthorizationPolicy]),
    row("istio.io/reroute-virtual-interfaces", false, &[Place::Pod]),
    row("istio.io/rev", false, &[Place::Pod]),
    row(
        "istio.io/use-waypoint-canary-weight",
        false,
        &[Place::Service, Place::ServiceEntry, Place::Namespace],
    ),
    row("istio.io/workloadController", false, &[Place::WorkloadEntry]),
    row("kubernetes.io/ingress.class", false, &[Place::Ingress]),
    row("networking.istio.io/exportTo", false, &[Place::Service]),
    row("networking.istio.io/service-type", false, &[Place::Gateway]),
    row(
        "networking.istio.io/traffic-distribution",
        false,
        &[Place::Namespace, Place::Service, Place::ServiceEntry],
    ),
    row("prometheus.istio.io/merge-metrics", false, &[Place::Pod]),
    row("proxy.istio.io/config", false, &[Place::Pod]),
    row("proxy.istio.io/overrides", false, &[Place::Pod]),
    row("readiness.status.sidecar.istio.io/applicationPorts", false, &[Place::Pod]),
    row("readiness.status.sidecar.istio.io/failureThreshold", false, &[Place::Pod]),
    row("readiness.status.sidecar.istio.io/initialDelaySeconds", false, &[Place::Pod]),
    row("readiness.status.sidecar.istio.io/periodSeconds", false, &[Place::Pod]),
    row("sidecar.istio.io/agentLogLevel", false, &[Place::Pod]),
    row("sidecar.istio.io/bootstrapOverride", false, &[Place::Pod]),
    row("sidecar.istio.io/componentLogLevel", false, &[Place::Pod]),
    row("sidecar.istio.io/discoveryAddress", true, &[Place::Pod]),
    row("sidecar.istio.io/extraStatTags", true, &[Place::Pod]),
    row("sidecar.istio.io/inject", true, &[Place::Pod]),
    row("sidecar.istio.io/interceptionMode", false, &[Place::Pod]),
    row("sidecar.istio.io/logLevel", false, &[Place::Pod]),
    row("sidecar.istio.io/nativeSidecar", false, &[Place::Pod]),
    row("sidecar.istio.io/proxyCPU", false, &[Place::Pod]),
    row("sidecar.istio.io/proxyCPULimit", false, &[Place::Pod]),
    row("sidecar.istio.io/proxyImage", false, &[Place::Pod]),
    row("sidecar.istio.io/proxyImageType", false, &[Place::Pod]),
    row("sidecar.istio.io/proxyMemory", false, &[Place::Pod]),
    row("sidecar.istio.io/proxyMemoryLimit", false, &[Place::Pod]),
    row("sidecar.istio.io/rewriteAppHTTPProbers", false, &[Place::Pod]),
    row("sidecar.istio.io/statsCompression", true, &[Place::Pod]),
    row("sidecar.istio.io/statsEvictionInterval", false, &[Place::Pod]),
    row("sidecar.istio.io/statsFlushInterval", false, &[Place::Pod]),
    row("sidecar.istio.io/statsHistogramBins", false, &[Place::Pod]),
    row("sidecar.istio.io/statsHistogramBuckets", false, &[Place::Pod]),
    row("sidecar.istio.io/statsInclusionPrefixes", true, &[Place::Pod]),
    row("sidecar.istio.io/statsInclusionRegexps", true, &[Place::Pod]),
    row("sidecar.istio.io/statsInclusionSuffixes", true, &[Place::Pod]),
    row("sidecar.istio.io/status", false, &[Place::Pod]),
    row("sidecar.istio.io/userVolume", false, &[Place::Pod]),
    row("sidecar.istio.io/userVolumeMount", false, &[Place::Pod]),
    row("status.sidecar.istio.io/port", false, &[Place::Pod]),
    row("topology.istio.io/controlPlaneClusters", false, &[Place::Namespace]),
    row("traffic.istio.io/nodeSelector", false, &[Place::Service]),
    row("traffic.sidecar.istio.io/excludeInboundPorts", false, &[Place::Pod]),
    row("traffic.sidecar.istio.io/excludeInterfaces", false, &[Place::Pod]),
    row("traffic.sidecar.istio.io/excludeOutboundIPRanges", false, &[Place::Pod]),
    row("traffic.sidecar.istio.io/excludeOutboundPorts", false, &[Place::Pod]),
    row("traffic.sidecar.istio.io/includeInboundPorts", false, &[Place::Pod]),
    row("traffic.sidecar.istio.io/includeOutboundIPRanges", false, &[Place::Pod]),
    row("traffic.sidecar.istio.io/includeOutboundPorts", false, &[Place::Pod]),
    row("traffic.sidecar.istio.io/kubevirtInterfaces", true, &[Place::Pod]),
];
