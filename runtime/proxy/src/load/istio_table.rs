// tidy: table
//! Supported messages: Istio's own filters.
use super::table::Kind::{Bool, Duration, Enum, Free, List, Map, Msg, Str};
use super::table::{Message, inert, run};

pub(super) static PEER_HEADERS: Message = Message {
    name: "io.istio.http.peer_metadata.Config",
    fields: &[
        run("downstream_discovery", List(&Msg(&DISCOVERY))),
        run("upstream_discovery", List(&Msg(&DISCOVERY))),
        run("downstream_propagation", List(&Msg(&PROPAGATION))),
        run("upstream_propagation", List(&Msg(&PROPAGATION))),
        run("shared_with_upstream", Bool),
        run("additional_labels", List(&Str)),
    ],
};

static DISCOVERY: Message = Message {
    name: "io.istio.http.peer_metadata.Config.DiscoveryMethod",
    fields: &[
        run("istio_headers", Msg(&ISTIO_HEADERS)),
        inert(
            "workload_discovery",
            Free,
            "a static bootstrap has no control plane that knows workloads by address",
        ),
    ],
};

static PROPAGATION: Message = Message {
    name: "io.istio.http.peer_metadata.Config.PropagationMethod",
    fields: &[run("istio_headers", Msg(&ISTIO_HEADERS))],
};

static ISTIO_HEADERS: Message = Message {
    name: "io.istio.http.peer_metadata.Config.IstioHeaders",
    fields: &[run("skip_external_clusters", Bool)],
};

pub(super) static ALPN: Message = Message {
    name: "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig",
    fields: &[run("alpn_override", List(&Msg(&ALPN_OVERRIDE)))],
};

static ALPN_OVERRIDE: Message = Message {
    name: "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig.AlpnOverride",
    fields: &[
        run("upstream_protocol", Enum(&["HTTP10", "HTTP11", "HTTP2"])),
        run("alpn_override", List(&Str)),
    ],
};

pub(super) static ISTIO_STATS: Message = Message {
    name: "stats.PluginConfig",
    fields: &[
        run("disable_host_header_fallback", Bool),
        run("tcp_reporting_duration", Duration),
        run("metrics", List(&Msg(&METRIC))),
        run("reporter", Enum(&["UNSPECIFIED", "SERVER_GATEWAY"])),
        inert("rotation_interval", Duration, "series are kept"),
        inert("graceful_deletion_interval", Duration, "series are kept"),
    ],
};

static METRIC: Message = Message {
    name: "stats.MetricConfig",
    fields: &[
        run("dimensions", Map(&Str)),
        run("name", Str),
        run("tags_to_remove", List(&Str)),
        inert("match", Str, "Istio does not read it either"),
        run("drop", Bool),
    ],
};

pub(super) static PEER_EXCHANGE: Message = Message {
    name: "envoy.tcp.metadataexchange.config.MetadataExchange",
    fields: &[
        run("protocol", Str),
        inert(
            "enable_discovery",
            Bool,
            "a static bootstrap has no control plane that knows workloads by address",
        ),
        run("additional_labels", List(&Str)),
    ],
};
