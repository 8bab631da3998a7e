//! MeshConfig and MeshNetworks (istio 1.31 `pkg/config/mesh/mesh.go`, `pkg/config/validation/agent/validation.go`).

use super::destination_rule::{connection_pool, outlier_detection, tls};
use super::findings::Findings;
use super::locality::{locality, zone_aware};
use super::refuse;
use super::words::{Check, duration, fqdn, ip, is_label, port, proxy_address, subnet, wildcard_domain};
use crate::admission::Review;
use crate::admission::crd::words::quoted;
use crate::admission::decode::Decoder;
use crate::admission::decode::descriptor::istio;
use crate::admission::decode::message::{Message, Place};
use crate::node::Node;

fn decoded(name: &str, root: Node<'_>, review: &mut Review) -> Option<Message> {
    let place = Place { span: root.span(), ..Place::default() };
    match (Decoder { registry: istio(), strict: false, doubles: false }).message(
        istio().find(name)?,
        Some(root),
        place,
    ) {
        Ok(message) => Some(message),
        Err(fault) => {
            refuse(review, format!("failed to convert to proto. {}", fault.text), fault.place);
            None
        }
    }
}

fn prefixed(out: &mut Findings, message: &Message, field: &str, prefix: &str, result: Check) {
    out.check(&message.at(field), result.map_err(|why| format!("{prefix} {why}")));
}

/// All that is said of a MeshConfig, over the defaults.
pub(super) fn config(root: Node<'_>, review: &mut Review) {
    let Some(mesh) = decoded("istio.mesh.v1alpha1.MeshConfig", root, review) else { return };
    let mut out = Findings::default();
    prefixed(
        &mut out,
        &mesh,
        "proxyListenPort",
        "invalid proxy listen port:",
        port(mesh.int_or("proxyListenPort", 15001)),
    );
    timeouts(&mut out, &mesh);
    if let Some(proxy) = mesh.message("defaultConfig") {
        proxy_config(&mut out, proxy);
    }
    locality(&mut out, mesh.message("localityLbSetting"), true);
    zone_aware(&mut out, mesh.message("zoneAwareLbSetting"), true);
    for (at, own) in mesh.messages("serviceSettings").enumerate() {
        for (host, place) in own.texts("hosts") {
            out.check(
                place,
                wildcard_domain(host).map_err(|why| format!("serviceSettings[{at}], host `{host}`: {why}")),
            );
        }
    }
    trust_domains(&mut out, &mesh);
    mesh_tls(&mut out, &mesh);
    if !out.errors.is_empty() {
        out.warnings.clear();
    }
    out.report(review);
}

fn timeouts(out: &mut Findings, mesh: &Message) {
    if let Some(nanos) = mesh.duration("connectTimeout") {
        let hour = 3_600_000_000_000;
        let range = || {
            if nanos > hour { Err(format!("time {} must be >1ms and <1h0m0s", hours(nanos))) } else { Ok(()) }
        };
        let result = duration(nanos).and_then(|()| range());
        prefixed(out, mesh, "connectTimeout", "invalid connect timeout:", result);
    }
    if mesh.duration("protocolDetectionTimeout").is_some_and(|nanos| nanos % 1_000_000 != 0) {
        out.at(
            mesh,
            "protocolDetectionTimeout",
            "invalid protocol detection timeout: only durations to ms precision are supported",
        );
    }
}

/// TLS settings and the traffic policy of the whole mesh.
fn mesh_tls(out: &mut Findings, mesh: &Message) {
    if let Some(tls) = mesh.message("meshMTLS") {
        let curves = !tls.items("ecdhCurves").is_empty();
        out.error_if(curves, tls, "ecdhCurves", "mesh TLS does not support ECDH curves configuration");
    }
    if let Some(tls) = mesh.message("tlsDefaults") {
        curves(out, tls);
    }
    if let Some(policy) = mesh.message("defaultTrafficPolicy") {
        let mut inner = Findings::default();
        connection_pool(&mut inner, policy.message("connectionPool"), false);
        outlier_detection(&mut inner, policy.message("outlierDetection"));
        out.extend_errors(inner);
    }
}

/// Go's `Duration.String` of what is longer than an hour.
fn hours(nanos: i128) -> String {
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let fraction = if rest == 0 { String::new() } else { format!(".{rest:09}") };
    let fraction = fraction.trim_end_matches('0');
    format!("{}h{}m{}{fraction}s", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn curves(out: &mut Findings, tls: &Message) {
    const KNOWN: &[&str] =
        &["", "P-224", "P-256", "P-521", "P-384", "X25519", "X25519Kyber768Draft00", "X25519MLKEM768"];
    let names: Vec<&str> = tls.texts("ecdhCurves").map(|(name, _)| name).collect();
    let mut unknown: Vec<&str> = names.iter().copied().filter(|name| !KNOWN.contains(name)).collect();
    let count = |name: &str| names.iter().filter(|other| **other == name).count();
    let mut twice: Vec<&str> =
        names.iter().copied().filter(|name| KNOWN.contains(name) && count(name) > 1).collect();
    for (list, word) in [(&mut unknown, "unrecognized"), (&mut twice, "duplicate")] {
        list.sort_unstable();
        list.dedup();
        if !list.is_empty() {
            out.warn(&tls.at("ecdhCurves"), format!("detected {word} ECDH curves: [{}]", list.join(" ")));
        }
    }
}

fn trust_domains(out: &mut Findings, mesh: &Message) {
    if mesh.has("trustDomain") {
        out.check(
            &mesh.at("trustDomain"),
            trust_domain(mesh.text("trustDomain")).map_err(|why| format!("trustDomain: {why}")),
        );
    }
    let mut aliases: Vec<(&str, &Place)> = mesh.texts("trustDomainAliases").collect();
    aliases.sort_by_key(|(name, _)| *name);
    aliases.dedup_by_key(|(name, _)| *name);
    for (at, (name, place)) in aliases.into_iter().enumerate() {
        out.check(
            place,
            trust_domain(name).map_err(|why| format!("trustDomainAliases[{at}], domain `{name}` : {why}")),
        );
    }
}

fn trust_domain(domain: &str) -> Check {
    if domain.is_empty() {
        return Err("empty domain name not allowed".to_owned());
    }
    let inner = domain.strip_suffix('.').unwrap_or(domain);
    if inner.split('.').all(is_label) {
        Ok(())
    } else {
        Err(format!("trust domain name {} invalid", quoted(domain)))
    }
}

/// `ValidateMeshConfigProxyConfig`: the rules of a proxy's configuration, over the defaults.
pub(super) fn proxy_config(out: &mut Findings, proxy: &Message) {
    let emptied = |field: &str| proxy.has(field) && proxy.text(field).is_empty();
    out.error_if(emptied("configPath"), proxy, "configPath", "config path must be set");
    out.error_if(emptied("binaryPath"), proxy, "binaryPath", "binary path must be set");
    out.error_if(emptied("serviceCluster"), proxy, "serviceCluster", "service cluster must be specified");
    if let Some(nanos) = proxy.duration("drainDuration") {
        let seconds = || {
            if nanos % 1_000_000_000 == 0 {
                Ok(())
            } else {
                Err("drain time only supports durations to seconds precision".to_owned())
            }
        };
        let result = duration(nanos).map_err(|why| format!("invalid drain duration: {why}"));
        out.check(&proxy.at("drainDuration"), result.and_then(|()| seconds()));
    }
    out.error_if(
        emptied("discoveryAddress"),
        proxy,
        "discoveryAddress",
        "discovery address must be set to the proxy discovery service",
    );
    let discovery = proxy.text("discoveryAddress");
    if !discovery.is_empty() {
        prefixed(out, proxy, "discoveryAddress", "invalid discovery address:", proxy_address(discovery));
    }
    if let Some(tracing) = proxy.message("tracing") {
        tracers(out, tracing);
    }
    proxy_services(out, proxy);
    proxy_ports(out, proxy);
    if let Some(provider) = proxy.message("privateKeyProvider") {
        key_provider(out, provider);
    }
    if let Some(settings) = proxy.message("connectionSettings") {
        connection_settings(out, settings);
    }
}

fn proxy_services(out: &mut Findings, proxy: &Message) {
    for (field, word) in
        [("statsdUdpAddress", "statsd udp"), ("envoyMetricsServiceAddress", "envoy metrics service")]
    {
        address(out, proxy, field, word);
    }
    for (field, word) in [
        ("envoyMetricsService", "envoy metrics service"),
        ("envoyAccessLogService", "envoy access log service"),
    ] {
        if let Some(service) = proxy.message(field) {
            address(out, service, "address", word);
        }
    }
}

fn proxy_ports(out: &mut Findings, proxy: &Message) {
    if let Some((_, item)) =
        proxy.entries("proxyMetadata").iter().find(|(key, _)| key == "ISTIO_META_DNS_AUTO_ALLOCATE")
    {
        out.warn(&item.place, "'ISTIO_META_DNS_AUTO_ALLOCATE' is deprecated; review https://istio.io/latest/docs/ops/configuration/traffic-management/dns-proxy/#dns-auto-allocation-v2 for information about replacement functionality");
    }
    prefixed(
        out,
        proxy,
        "proxyAdminPort",
        "invalid proxy admin port:",
        port(proxy.int_or("proxyAdminPort", 15000)),
    );
    let policy = proxy.int_or("controlPlaneAuthPolicy", 1);
    if !(0..=1).contains(&policy) {
        out.at(
            proxy,
            "controlPlaneAuthPolicy",
            format!("invalid authentication policy: unrecognized control plane auth policy \"{policy}\""),
        );
    }
    prefixed(out, proxy, "statusPort", "invalid status port:", port(proxy.int_or("statusPort", 15020)));
}

fn address(out: &mut Findings, message: &Message, field: &str, word: &str) {
    let text = message.text(field);
    if !text.is_empty() {
        prefixed(out, message, field, &format!("invalid {word} address \"{text}\":"), proxy_address(text));
    }
}

fn tracers(out: &mut Findings, tracing: &Message) {
    if let Some(own) = tracing.message("lightstep") {
        let text = own.text("address");
        out.error_if(text.is_empty(), own, "address", "invalid lightstep config: address is required");
        prefixed(
            out,
            own,
            "address",
            "invalid lightstep config: invalid lightstep address:",
            proxy_address(text),
        );
        out.error_if(
            own.text("accessToken").is_empty(),
            own,
            "accessToken",
            "invalid lightstep config: access token is required",
        );
    }
    for word in ["zipkin", "datadog"] {
        if let Some(own) = tracing.message(word) {
            let text = own.text("address").replacen("$(HOST_IP)", "127.0.0.1", 1);
            prefixed(out, own, "address", &format!("invalid {word} config:"), proxy_address(&text));
        }
    }
    let mut inner = Findings::default();
    tls(&mut inner, tracing.message("tlsSettings"), "");
    out.extend_errors(inner.prefixed("invalid tracing TLS config:"));
}

fn key_provider(out: &mut Findings, provider: &Message) {
    let word = "invalid private key provider configuration:";
    let Some(own) = provider.message("cryptomb").or_else(|| provider.message("qat")) else {
        out.error(&provider.place, format!("{word} private key provider configuration is required"));
        return out.error(&provider.place, format!("{word} unknown private key provider"));
    };
    match own.duration("pollDelay") {
        None => out.at(own, "pollDelay", format!("{word} pollDelay is required")),
        Some(0) => out.at(own, "pollDelay", format!("{word} pollDelay must be non zero")),
        Some(_) => {}
    }
}

const LIMITS: &[(&str, i128, &str)] = &[
    (
        "listenerPerConnectionBufferLimitBytes",
        0,
        "listener_per_connection_buffer_limit_bytes must be non-negative",
    ),
    (
        "clusterPerConnectionBufferLimitBytes",
        0,
        "cluster_per_connection_buffer_limit_bytes must be non-negative",
    ),
    ("httpMaxConcurrentStreams", 1, "http_max_concurrent_streams must be positive"),
    ("http2InitialStreamWindowSize", 65535, "http2_initial_stream_window_size must be at least 65535"),
    (
        "http2InitialConnectionWindowSize",
        65535,
        "http2_initial_connection_window_size must be at least 65535",
    ),
    ("listenerConnectionLimit", 1, "listener_connection_limit must be positive"),
    ("globalDownstreamConnectionLimit", 1, "global_downstream_connection_limit must be positive"),
];
const TIMES: &[(&str, &str)] = &[
    ("httpIdleTimeout", "http_idle_timeout"),
    ("httpMaxConnectionDuration", "http_max_connection_duration"),
    ("httpDrainTimeout", "http_drain_timeout"),
    ("httpRequestTimeout", "http_request_timeout"),
    ("httpRequestHeadersTimeout", "http_request_headers_timeout"),
    ("httpStreamIdleTimeout", "http_stream_idle_timeout"),
    ("httpMaxStreamDuration", "http_max_stream_duration"),
];

fn connection_settings(out: &mut Findings, settings: &Message) {
    let word = "invalid connection settings:";
    for (field, least, text) in LIMITS {
        let bad = settings.has(field) && settings.int(field) < *least;
        out.error_if(bad, settings, field, &format!("{word} {text}"));
    }
    for (field, name) in TIMES {
        let bad = settings.duration(field).is_some_and(|nanos| nanos < 0);
        out.error_if(bad, settings, field, &format!("{word} {name} must be non-negative"));
    }
}

/// All that is said of MeshNetworks.
pub(super) fn networks(root: Node<'_>, review: &mut Review) {
    let Some(mesh) = decoded("istio.mesh.v1alpha1.MeshNetworks", root, review) else { return };
    let mut out = Findings::default();
    for (name, item) in mesh.entries("networks") {
        let mut inner = Findings::default();
        if let Some(network) = item.message() {
            one_network(&mut inner, network);
        }
        out.extend(inner.prefixed(&format!("invalid network {name}:")));
    }
    out.report(review);
}

/// All that is said of one network of a MeshNetworks.
pub(super) fn network(root: Node<'_>, review: &mut Review) {
    let Some(network) = decoded("istio.mesh.v1alpha1.Network", root, review) else { return };
    let mut out = Findings::default();
    one_network(&mut out, &network);
    out.report(review);
}

fn one_network(out: &mut Findings, network: &Message) {
    for own in network.messages("endpoints") {
        if own.has("fromCidr") {
            out.check(&own.at("fromCidr"), subnet(own.text("fromCidr")));
        }
        let registry = own.text("fromRegistry");
        let text = format!("invalid registry name: {registry}");
        out.error_if(own.has("fromRegistry") && !is_label(registry), own, "fromRegistry", &text);
    }
    for own in network.messages("gateways") {
        if own.has("registryServiceName") {
            out.check(&own.at("registryServiceName"), fqdn(own.text("registryServiceName")));
        }
        let address = own.text("address");
        let text = format!("{address} is not a valid IP address or DNS name");
        let bad = own.has("address") && ip(address).is_err() && fqdn(address).is_err();
        if bad {
            // As upstream, which forgets here what it said of the network before.
            out.errors.clear();
        }
        out.error_if(bad, own, "address", &text);
        out.check(&own.at("port"), port(own.int("port")));
    }
}
