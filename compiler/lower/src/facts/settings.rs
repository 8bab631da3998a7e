//! MeshConfig over istiod's defaults (`pkg/config/mesh/mesh.go`). Fields replace, `defaultConfig` and the providers merge.

mod namespaces;
mod proxy;

use mp_ir::base::{At, Origin};
use mp_ir::mesh::{
    AccessLogFormat, ExtensionProvider, Mesh, MeshSettings, OutboundTrafficPolicy, PathNormalization,
    ProviderKind, Retries, TlsVersion, Unknown,
};
use mp_model::base::FileId;
use mp_model::syntax::{self, ParsedFile};
use mp_model::views::mesh as view;
use mp_model::views::networking::HTTPRetry;
use mp_model::{FromNode, Input, Kind, List, MeshConfigKind, MeshConfigSource, Node, Text, Workspace};

use super::{json, names, text, traffic_policy};
use crate::FactOptions;

pub(crate) use proxy::apply as apply_proxy_config;

/// Reads MeshConfig from the option, else from the source of the input that is nearest to istiod ([`Workspace::mesh_configs`]). What is
/// left aside is said.
pub(super) fn read(ws: &Workspace, options: &FactOptions, mesh: &mut Mesh) {
    built_in(&mut mesh.settings);
    let mut sources = ws.mesh_configs();
    sources.retain(|source| source.kind != MeshConfigKind::File);
    if let Some(file) = options.mesh_config.as_ref().map(|input| parse(ws, input)) {
        apply_file(mesh, &file);
        left_aside(mesh, &sources, "the file of `--mesh-config`");
    } else if let Some((first, rest)) = sources.split_first() {
        apply_source(mesh, first);
        left_aside(mesh, rest, &first.name());
    }
    let root = ws.find(Kind::Namespace, "", &mesh.settings.root_namespace);
    if let Some(network) = root.and_then(|ns| ns.labels.get("topology.istio.io/network")) {
        mesh.settings.network.clone_from(network);
    }
}

fn parse(ws: &Workspace, input: &Input) -> ParsedFile {
    let text = String::from_utf8_lossy(&input.bytes);
    syntax::parse(FileId(u32::try_from(ws.files().len()).unwrap_or(u32::MAX)), text.as_ref().into())
}

/// Values of the chart first: what they say, `meshConfig` may say otherwise (`configmap.yaml` of the chart `istiod`).
fn apply_source(mesh: &mut Mesh, source: &MeshConfigSource) {
    let settings = &mut mesh.settings;
    let global = |way: &[&str]| source.global(way).and_then(Node::as_str).filter(|text| !text.is_empty());
    set(&mut settings.root_namespace, global(&["istioNamespace"]).map(str::to_owned));
    set(&mut settings.mesh_id, global(&["meshID"]).map(str::to_owned));
    set(&mut settings.network, global(&["network"]).map(str::to_owned));
    set(&mut settings.cluster_id, global(&["multiCluster", "clusterName"]).map(str::to_owned));
    for (_, body) in source.bodies() {
        mesh.settings.origin = Some(source.span(body.span()));
        if let Some(config) = view::MeshConfig::from_node(body) {
            apply(&mut mesh.settings, config);
            namespaces::apply(mesh, config);
        }
    }
    let settings = &mut mesh.settings;
    // What was read from a text inside of an object is there, not at its place in the text.
    let place = |origin: &mut Origin| *origin = origin.map(|span| source.span(span));
    place(&mut settings.access_log_format.origin);
    let ports = [
        &mut settings.inbound_listen_port,
        &mut settings.outbound_listen_port,
        &mut settings.http_proxy_port,
    ];
    ports.into_iter().for_each(|port| place(&mut port.origin));
    settings.extension_providers.iter_mut().for_each(|provider| place(&mut provider.origin));
}

/// Says which sources do not count, and why.
fn left_aside(mesh: &mut Mesh, sources: &[MeshConfigSource], taken: &str) {
    for source in sources {
        let origin = source.bodies().next().map(|(_, body)| source.span(body.span()));
        let name = source.name();
        let reason = format!("the mesh configuration of {name} is left aside: {taken} counts more");
        mesh.unknown.push(Unknown { object: source.object.clone(), reason, origin });
    }
}

fn apply_file(mesh: &mut Mesh, file: &ParsedFile) {
    let Some((_, root)) = file.roots().next() else { return };
    mesh.settings.origin = Some(root.span());
    if let Some(config) = view::MeshConfig::from_node(root) {
        apply(&mut mesh.settings, config);
        namespaces::apply(mesh, config);
    }
}

/// Providers that istiod has without being told.
fn built_in(settings: &mut MeshSettings) {
    let provider = |name: &str, field: &str, json: &str| ExtensionProvider {
        name: name.to_owned(),
        kind: ProviderKind::Fields { field: field.to_owned(), json: json.to_owned() },
        origin: None,
    };
    settings.extension_providers = vec![
        provider("prometheus", "prometheus", "{}"),
        provider("stackdriver", "stackdriver", "{}"),
        provider("envoy", "envoyFileAccessLog", r#"{"path":"/dev/stdout"}"#),
    ];
    settings.proxy.discovery_address = "istiod.istio-system.svc:15012".to_owned();
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn word(value: Option<Text<'_>>) -> Option<String> {
    value.map(|t| t.value.to_owned())
}

fn words(list: List<'_, Text<'_>>) -> Vec<String> {
    list.iter().map(|t| t.value.to_owned()).collect()
}

/// A port with its place, by the names of its field.
fn port(config: view::MeshConfig<'_>, names: [&str; 2]) -> Option<At<u32>> {
    let node = names.into_iter().find_map(|name| config.0.get(name))?;
    let number = i64::from_node(node).and_then(|number| u32::try_from(number).ok())?;
    Some(At::new(number, node.span()))
}

fn apply(s: &mut MeshSettings, config: view::MeshConfig<'_>) {
    set(&mut s.root_namespace, word(config.root_namespace()));
    set(&mut s.trust_domain, word(config.trust_domain()));
    set(&mut s.connect_timeout, config.connect_timeout().map(|d| d.nanos));
    set(&mut s.protocol_detection_timeout, config.protocol_detection_timeout().map(|d| d.nanos));
    set(&mut s.dns_refresh_rate, config.dns_refresh_rate().map(|d| d.nanos));
    set(&mut s.auto_mtls, config.enable_auto_mtls());
    set(&mut s.enable_tracing, config.enable_tracing());
    set(&mut s.prometheus_merge, config.enable_prometheus_merge());
    set(&mut s.inbound_cluster_stat_name, word(config.inbound_cluster_stat_name()));
    set(&mut s.outbound_cluster_stat_name, word(config.outbound_cluster_stat_name()));
    set(&mut s.inbound_listen_port, port(config, ["proxyInboundListenPort", "proxy_inbound_listen_port"]));
    set(&mut s.outbound_listen_port, port(config, ["proxyListenPort", "proxy_listen_port"]));
    set(&mut s.http_proxy_port, port(config, ["proxyHttpPort", "proxy_http_port"]));
    set(&mut s.ingress_class, word(config.ingress_class()));
    set(&mut s.ingress_service, word(config.ingress_service()));
    set(&mut s.ingress_selector, word(config.ingress_selector()));
    set(&mut s.ingress_controller_mode, config.ingress_controller_mode().map(|m| m.name().to_owned()));
    s.verify_certificate_at_client = config.verify_certificate_at_client().or(s.verify_certificate_at_client);
    let mut aliases = words(config.trust_domain_aliases());
    aliases.sort();
    aliases.dedup();
    s.trust_domain_aliases = aliases;
    traffic(s, config);
    telemetry(s, config);
    tls(s, config);
    visibility(s, config);
    if let Some(default) = config.default_config() {
        proxy::apply(&mut s.proxy, default);
    }
}

fn traffic(s: &mut MeshSettings, config: view::MeshConfig<'_>) {
    use view::{
        MeshConfigOutboundTrafficPolicyMode as Mode,
        MeshConfigProxyPathNormalizationNormalizationType as Path,
    };
    if let Some(policy) = config.outbound_traffic_policy() {
        s.outbound = match policy.mode() {
            None | Some(Mode::RegistryOnly) => OutboundTrafficPolicy::RegistryOnly,
            Some(Mode::AllowAny) => OutboundTrafficPolicy::AllowAny,
            Some(Mode::AllowAnyDynamicDns) => OutboundTrafficPolicy::AllowAnyDynamicDns,
        };
        s.outbound_tls = policy.tls().map(traffic_policy::client_tls);
    }
    if let Some(policy) = config.inbound_traffic_policy() {
        s.inbound_localhost = policy.mode().is_some_and(|mode| mode.name() == "LOCALHOST");
    }
    set(
        &mut s.path_normalization,
        config.path_normalization().map(|path| match path.normalization() {
            None | Some(Path::Default) => PathNormalization::Default,
            Some(Path::None) => PathNormalization::None,
            Some(Path::Base) => PathNormalization::Base,
            Some(Path::MergeSlashes) => PathNormalization::MergeSlashes,
            Some(Path::DecodeAndMergeSlashes) => PathNormalization::DecodeAndMergeSlashes,
        }),
    );
    s.zone_aware_lb = config.zone_aware_lb_setting().map(traffic_policy::zone_aware);
    set(&mut s.locality_lb, config.locality_lb_setting().map(traffic_policy::locality));
    s.h2_upgrade = config.h2_upgrade_policy().is_some_and(|policy| policy.name() == "UPGRADE");
    s.hbone_idle_timeout = config.hbone_idle_timeout().map(|d| d.nanos);
    s.tcp_keepalive = config.tcp_keepalive().map(traffic_policy::keepalive);
    s.default_retry = config.default_http_retry_policy().map(retries);
    if let Some(policy) = config.default_traffic_policy() {
        s.default_connection_pool = policy.connection_pool().map(traffic_policy::connection_pool);
        s.default_outlier_detection = policy.outlier_detection().map(traffic_policy::outlier_detection);
    }
}

/// A retry policy as it stands in YAML.
pub(crate) fn retries(retry: HTTPRetry<'_>) -> Retries {
    Retries {
        attempts: retry.attempts().unwrap_or_default(),
        per_try_timeout: retry.per_try_timeout().map(|d| d.nanos),
        retry_on: text(retry.retry_on()),
        remote_localities: retry.retry_remote_localities(),
        ignore_previous_hosts: retry.retry_ignore_previous_hosts(),
        backoff: retry.backoff().map(|d| d.nanos),
    }
}

fn telemetry(s: &mut MeshSettings, config: view::MeshConfig<'_>) {
    set(&mut s.access_log_file, word(config.access_log_file()));
    s.access_log_format = AccessLogFormat {
        json: config.access_log_encoding().is_some_and(|encoding| encoding.name() == "JSON"),
        format: text(config.access_log_format()),
        origin: config.access_log_format().map(|format| format.span),
    };
    set(&mut s.access_log_service, config.enable_envoy_access_log_service());
    set(&mut s.disable_listener_log, config.disable_envoy_listener_log());
    if let Some(providers) = config.default_providers() {
        s.default_tracing_providers = words(providers.tracing());
        s.default_metrics_providers = words(providers.metrics());
        s.default_access_log_providers = words(providers.access_logging());
    }
    for node in config.extension_providers().nodes() {
        let Some(provider) = provider(node) else { continue };
        match s.extension_providers.iter_mut().find(|known| known.name == provider.name) {
            Some(known) => *known = provider,
            None => s.extension_providers.push(provider),
        }
    }
}

/// The one field beside `name` says what a provider is.
fn provider(node: Node<'_>) -> Option<ExtensionProvider> {
    let name = node.get("name").and_then(Node::as_str)?.to_owned();
    let (field, content) = node.entries().find(|(key, _)| key.as_str() != Some("name"))?;
    let kind = ProviderKind::Fields { field: field.as_str()?.to_owned(), json: json::text(content) };
    Some(ExtensionProvider { name, kind, origin: Some(node.span()) })
}

fn tls(s: &mut MeshSettings, config: view::MeshConfig<'_>) {
    if let Some(tls) = config.mesh_m_tls() {
        s.mesh_mtls_min_version = version(tls);
        s.mesh_mtls_ciphers = words(tls.cipher_suites());
    }
    if let Some(tls) = config.tls_defaults() {
        s.tls_defaults_min_version = version(tls);
        s.tls_defaults_ciphers = words(tls.cipher_suites());
        s.ecdh_curves = words(tls.ecdh_curves());
    }
}

fn version(tls: view::MeshConfigTLSConfig<'_>) -> TlsVersion {
    match tls.min_protocol_version().map(view::MeshConfigTLSConfigTLSProtocol::name) {
        Some("TLSV1_2") => TlsVersion::V1_2,
        Some("TLSV1_3") => TlsVersion::V1_3,
        _ => TlsVersion::Auto,
    }
}

fn visibility(s: &mut MeshSettings, config: view::MeshConfig<'_>) {
    let read = |list: List<'_, Text<'_>>| list.is_present().then(|| names::visibility(list));
    set(&mut s.default_service_visibility, read(config.default_service_export_to()));
    set(&mut s.default_virtual_service_visibility, read(config.default_virtual_service_export_to()));
    set(&mut s.default_destination_rule_visibility, read(config.default_destination_rule_export_to()));
}
