// tidy: table
//! Supported messages: asking for names.
use super::listener_table::ADDRESS;
use super::table::Kind::{Any, Bool, Duration, Int, List, Msg, Only, Str};
use super::table::{Message, inert, run};

pub(super) static REFRESH_RATE: Message = Message {
    name: "envoy.config.cluster.v3.Cluster.RefreshRate",
    fields: &[run("base_interval", Duration), run("max_interval", Duration)],
};

static OPTIONS: Message = Message {
    name: "envoy.config.core.v3.DnsResolverOptions",
    fields: &[run("use_tcp_for_dns_lookups", Bool), run("no_default_search_domain", Bool)],
};

pub(super) static RESOLVER: Message = Message {
    name: "envoy.config.core.v3.TypedExtensionConfig",
    fields: &[inert("name", Str, "a label"), run("typed_config", Any(&[&CARES, &GETADDRINFO]))],
};

const SOCKETS: &str = "every question has a socket of its own";

static CARES: Message = Message {
    name: "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
    fields: &[
        run("resolvers", List(&Msg(&ADDRESS))),
        run("dns_resolver_options", Msg(&OPTIONS)),
        run("use_resolvers_as_fallback", Bool),
        run("filter_unroutable_families", Only("false")),
        inert("udp_max_queries", Int, SOCKETS),
        run("query_timeout_seconds", Int),
        run("query_tries", Int),
        run("rotate_nameservers", Bool),
        inert("edns0_max_payload_size", Int, "1232"),
        inert("max_udp_channel_duration", Duration, SOCKETS),
        inert("reinit_channel_on_timeout", Bool, SOCKETS),
    ],
};

static GETADDRINFO: Message = Message {
    name: "envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig",
    fields: &[
        inert("num_retries", Int, "the system tries as often as it is told to"),
        inert("num_resolver_threads", Int, "16"),
    ],
};
