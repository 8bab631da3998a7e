//! Listeners and their filter chains (`envoy.config.listener.v3`).

use mp_ir::mesh::TlsVersion;
use mp_ir::plan::{
    ChainMatch, ClientValidation, Direction, DownstreamTls, FilterChain, Listener, ListenerFilter, NameMatch,
    PortPredicate, SecretRef, SecretServer, SocketAddress, Transport,
};
use serde_json::Value;

use crate::access_log::access_logs;
use crate::chain_matcher::chain_matcher;
use crate::filters::network_filter;
use crate::json::{Object, duration, extension, list};

/// A listener.
pub(crate) fn listener(listener: &Listener) -> Value {
    let direction = match listener.direction {
        Direction::Inbound => Some("INBOUND"),
        Direction::Outbound => Some("OUTBOUND"),
        Direction::Unstated => None,
    };
    // Steps of the tunnel say that they do not look up the original destination, which is the default.
    let unset = listener.internal && direction.is_none();
    let additional = listener.additional_addresses.iter().map(|a| Object::new().set("address", address(a)));
    let balance = listener.exact_balance.then(|| Object::new().set("exactBalance", Object::new()));
    Object::typed("envoy.config.listener.v3.Listener")
        .unless_default("name", listener.name.as_str())
        .maybe("address", (!listener.internal).then(|| address(&listener.address)))
        .maybe("internalListener", listener.internal.then(Object::new))
        .unless_default("additionalAddresses", list(additional))
        .unless_default("filterChains", list(listener.chains.iter().map(chain)))
        .maybe("filterChainMatcher", listener.matcher.as_ref().map(chain_matcher))
        .maybe("defaultFilterChain", listener.default_chain.as_ref().map(chain))
        .unless_default("listenerFilters", list(listener.filters.iter().map(listener_filter)))
        .maybe("listenerFiltersTimeout", listener.filters_timeout.map(duration))
        .unless_default("continueOnListenerFiltersTimeout", listener.continue_on_filters_timeout)
        .maybe("bindToPort", (!listener.bind_to_port).then_some(false))
        .maybe("useOriginalDst", (listener.use_original_dst || unset).then_some(listener.use_original_dst))
        .maybe("transparent", listener.transparent.then_some(true))
        .maybe("maxConnectionsToAcceptPerSocketEvent", listener.max_accepts_per_event)
        .maybe("perConnectionBufferLimitBytes", listener.buffer_limit)
        .maybe("connectionBalanceConfig", balance)
        .unless_default("accessLog", list(access_logs(&listener.access_logs)))
        .maybe("trafficDirection", direction)
        .into()
}

fn address(address: &SocketAddress) -> Value {
    if address.port == 0 {
        return Object::new().set("pipe", Object::new().set("path", address.address.as_str())).into();
    }
    let socket = Object::new().set("address", address.address.as_str()).set("portValue", address.port);
    Object::new().set("socketAddress", socket).into()
}

fn chain(chain: &FilterChain) -> Value {
    let socket = chain.tls.as_ref().map(|tls| {
        let name = if tls.tunnel { "tls" } else { "envoy.transport_sockets.tls" };
        extension(name, downstream_tls(tls))
    });
    let metadata = chain.config.as_ref().map(|path| {
        let istio = Object::new().set("istio", Object::new().set("config", path.as_str()));
        Object::new().set("filterMetadata", istio)
    });
    Object::new()
        .maybe("filterChainMatch", chain.matches.as_ref().map(chain_match))
        .unless_default("filters", list(chain.filters.iter().map(network_filter)))
        .maybe("transportSocket", socket)
        .maybe("transportSocketConnectTimeout", chain.transport_connect_timeout.map(duration))
        .unless_default("name", chain.name.as_str())
        .maybe("metadata", metadata)
        .into()
}

fn chain_match(matches: &ChainMatch) -> Value {
    let transport = match matches.transport {
        Some(Transport::Tls) => "tls",
        Some(Transport::RawBuffer) => "raw_buffer",
        None => "",
    };
    Object::new()
        .maybe("destinationPort", matches.destination_port)
        .unless_default("prefixRanges", list(matches.destination_ranges.iter().map(cidr)))
        .unless_default("serverNames", list(matches.server_names.iter().map(String::as_str)))
        .unless_default("transportProtocol", transport)
        .unless_default("applicationProtocols", list(matches.alpn.iter().map(String::as_str)))
        .into()
}

/// A range of addresses: address and prefix length.
pub(crate) fn cidr((address, bits): &(String, u32)) -> Value {
    Object::new().set("addressPrefix", address.as_str()).set("prefixLen", *bits).into()
}

fn listener_filter(filter: &ListenerFilter) -> Value {
    let (name, config, disabled) = match filter {
        ListenerFilter::OriginalDst => {
            let config = Object::typed("envoy.extensions.filters.listener.original_dst.v3.OriginalDst");
            ("envoy.filters.listener.original_dst", config, None)
        }
        ListenerFilter::OriginalSrc => {
            let config = Object::typed("envoy.extensions.filters.listener.original_src.v3.OriginalSrc")
                .set("mark", 1337);
            ("envoy.filters.listener.original_src", config, None)
        }
        ListenerFilter::TlsInspector(ports) => {
            let config = Object::typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector");
            (
                "envoy.filters.listener.tls_inspector",
                config.set("initialReadBufferSize", 512),
                predicate(ports),
            )
        }
        ListenerFilter::HttpInspector(ports) => {
            let config = Object::typed("envoy.extensions.filters.listener.http_inspector.v3.HttpInspector");
            ("envoy.filters.listener.http_inspector", config, predicate(ports))
        }
        ListenerFilter::ProxyProtocol { allow_without } => {
            let config = Object::typed("envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol");
            let config = config.unless_default("allowRequestsWithoutProxyProtocol", *allow_without);
            ("envoy.filters.listener.proxy_protocol", config, None)
        }
    };
    Object::new().set("name", name).set("typedConfig", config).maybe("filterDisabled", disabled).into()
}

fn predicate(ports: &PortPredicate) -> Option<Value> {
    match ports {
        PortPredicate::Never => None,
        PortPredicate::At(ports) => Some(any_port(ports)),
        PortPredicate::Except(ports) => Some(Object::new().set("notMatch", any_port(ports)).into()),
    }
}

fn any_port(ports: &[u32]) -> Value {
    let mut rules = ports.iter().map(|port| {
        let range = Object::new().unless_default("start", *port).set("end", port.saturating_add(1));
        Value::from(Object::new().set("destinationPortRange", range))
    });
    match (rules.next(), rules.next()) {
        (Some(only), None) => only,
        (first, second) => {
            let all = first.into_iter().chain(second).chain(rules);
            Object::new().set("orMatch", Object::new().unless_default("rules", list(all))).into()
        }
    }
}

fn downstream_tls(tls: &DownstreamTls) -> Object {
    let params = Object::new()
        .unless_default("tlsMinimumProtocolVersion", tls_version(tls.min_version))
        .unless_default("tlsMaximumProtocolVersion", tls_version(tls.max_version))
        .unless_default("cipherSuites", list(tls.cipher_suites.iter().map(String::as_str)))
        .unless_default("ecdhCurves", list(tls.ecdh_curves.iter().map(String::as_str)));
    let mut common = Object::new()
        .unless_default("tlsParams", params)
        .unless_default("alpnProtocols", list(tls.alpn.iter().map(String::as_str)))
        .unless_default("tlsCertificateSdsSecretConfigs", list(tls.certificates.iter().map(secret)));
    if let Some(check) = &tls.validation {
        common = validation(common, check, tls.tunnel);
    }
    Object::typed("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext")
        .set("commonTlsContext", common)
        .set("requireClientCertificate", tls.require_client_certificate)
}

fn validation(common: Object, check: &ClientValidation, typed: bool) -> Object {
    let names = check.names.iter().map(|name| match name {
        NameMatch::Exact(text) => Object::new().set("exact", text.as_str()),
        NameMatch::Prefix(text) if typed => uri_prefix(text),
        NameMatch::Prefix(text) => Object::new().set("prefix", text.as_str()),
    });
    let key = if typed { "matchTypedSubjectAltNames" } else { "matchSubjectAltNames" };
    let crl = (!check.crl.is_empty()).then(|| Object::new().set("filename", check.crl.as_str()));
    let context = Object::new()
        .unless_default(key, list(names))
        .unless_default("verifyCertificateSpki", list(check.spki.iter().map(String::as_str)))
        .unless_default("verifyCertificateHash", list(check.hashes.iter().map(String::as_str)))
        .maybe("crl", crl)
        .maybe("trustChainVerification", check.accept_untrusted.then_some("ACCEPT_UNTRUSTED"));
    match &check.authorities {
        None => common.set("validationContext", context),
        Some(authorities) => {
            let combined = Object::new()
                .set("defaultValidationContext", context)
                .set("validationContextSdsSecretConfig", secret(authorities));
            common.set("combinedValidationContext", combined)
        }
    }
}

/// Identities that begin with a text, as the tunnel's TLS spells it.
pub(crate) fn uri_prefix(text: &str) -> Object {
    Object::new().set("sanType", "URI").set("matcher", Object::new().set("prefix", text))
}

fn secret(secret: &SecretRef) -> Value {
    let source = match &secret.server {
        SecretServer::ControlPlane => Object::new().set("ads", Object::new()),
        SecretServer::Agent => secret_server("sds-grpc", ""),
        SecretServer::AgentFiles => secret_server("sds-files-grpc", ""),
        SecretServer::Server { cluster, authority } => secret_server(cluster, authority),
    };
    let own = secret.server == SecretServer::Agent && matches!(secret.name.as_str(), "default" | "ROOTCA");
    let source = source.maybe("initialFetchTimeout", own.then_some("0s")).set("resourceApiVersion", "V3");
    Object::new().set("name", secret.name.as_str()).set("sdsConfig", source).into()
}

fn secret_server(cluster: &str, authority: &str) -> Object {
    let grpc = Object::new().set("clusterName", cluster).unless_default("authority", authority);
    let source = Object::new()
        .set("apiType", "GRPC")
        .set("transportApiVersion", "V3")
        .set("setNodeOnFirstMessageOnly", true)
        .unless_default("grpcServices", list([Object::new().set("envoyGrpc", grpc)]));
    Object::new().set("apiConfigSource", source)
}

fn tls_version(version: TlsVersion) -> &'static str {
    match version {
        TlsVersion::Auto => "",
        TlsVersion::V1_0 => "TLSv1_0",
        TlsVersion::V1_1 => "TLSv1_1",
        TlsVersion::V1_2 => "TLSv1_2",
        TlsVersion::V1_3 => "TLSv1_3",
    }
}
