//! The bootstrap that the agent of a node writes (istio 1.31 `pkg/bootstrap/config.go`): from what stands in its container, its Pod and the
//! mesh file to what differs from node to node.

mod metadata;
mod services;
mod stats;

use std::collections::BTreeMap;
use std::net::IpAddr;

use mp_ir::mesh::{Compat, Mesh};
use mp_ir::plan::{AgentBootstrap, AgentFamilies, AgentPorts, AgentStated, ProxyView, RuntimeValue};
use mp_model::admission::{AgentSources, agent_config, message::Message};

use crate::facts::locality;
use metadata::Metadata;

/// Key of the limit of connections, in `proxyMetadata`.
const LIMIT_METADATA: &str = "ISTIO_META_GLOBAL_DOWNSTREAM_MAX_CONNECTIONS";
/// The same among the runtime's values.
const LIMIT_RUNTIME: &str = "overload.global_downstream_max_connections";
/// Where the agent serves certificates from files (`security.FileCredentialNameSocketPath`), and what asks for it.
const FILE_SOCKET: &str = "./var/run/secrets/credential-uds/files-socket";
const FILE_CREDENTIAL: &str = "file-credential";
/// A processor's limit (`ISTIO_CPU_LIMIT`).
const CPU_LIMIT: &str = "ISTIO_CPU_LIMIT";

/// A node as its agent finds it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentNode {
    /// `sidecar`, `router` or `waypoint`.
    pub kind: String,
    /// Addresses, the first one primary.
    pub ips: Vec<String>,
    /// Pod.
    pub pod: String,
    /// Namespace.
    pub namespace: String,
    /// Service account.
    pub service_account: String,
    /// The flag `--serviceCluster`.
    pub service_cluster: String,
    /// Environment of the container from which metadata is made.
    pub env: BTreeMap<String, String>,
    /// Environment of the agent itself, which holds its feature flags.
    pub process: BTreeMap<String, String>,
    /// The Pod's annotations.
    pub annotations: BTreeMap<String, String>,
    /// The Pod's labels.
    pub labels: BTreeMap<String, String>,
    /// What the injector wrote into `PROXY_CONFIG`; of several, what comes later counts more.
    pub proxy_configs: Vec<String>,
    /// The mesh file.
    pub mesh_config: Option<String>,
    /// File of ejections; empty for none.
    pub outlier_log: String,
    /// `ENVOY_STATUS_PORT`.
    pub status_port: i64,
    /// `ENVOY_PROMETHEUS_PORT`.
    pub prometheus_port: i64,
    /// `ENVOY_SECURE_METRICS_PORT`; 0 for none.
    pub secure_metrics_port: i64,
    /// `ENVOY_SECURE_MERGED_METRICS_PORT`; 0 for none.
    pub secure_merged_metrics_port: i64,
    /// Port of the security token service; 0 for none.
    pub sts_port: i64,
    /// `--log_as_json`.
    pub log_as_json: bool,
    /// The proxy ends when no connection is left.
    pub exit_on_zero: bool,
    /// Name of the socket that serves the workload's certificates.
    pub identity_socket: String,
    /// `--metadata-discovery`; without it as HBONE is.
    pub metadata_discovery: Option<bool>,
}

/// The bootstrap of a node, and what had to be assumed for want of a network.
///
/// # Errors
/// What the agent would stop with, or what it would write so that no proxy reads it.
pub fn agent_bootstrap(node: &AgentNode) -> Result<(AgentBootstrap, Vec<String>), Vec<String>> {
    let env = Compat { env: node.process.clone(), ..Compat::default() };
    let config = agent_config(&AgentSources {
        mesh: node.mesh_config.as_deref(),
        stated: node.proxy_configs.iter().map(String::as_str).collect(),
        annotations: node.annotations.clone(),
        service_cluster: &node.service_cluster,
        cpu_limit: node.process.get(CPU_LIMIT).and_then(|n| n.parse().ok()).unwrap_or_default(),
    })?;
    let metadata = Metadata::new(node, &config).map_err(|why| vec![why])?;
    spelled(node, &config, &metadata, &env).map_err(|why| vec![why])
}

/// What the agent beside a proxy of the mesh decides, as far as its Pod and the mesh say so.
///
/// # Errors
/// As [`agent_bootstrap`].
pub fn agent_of_proxy(mesh: &Mesh, proxy: &ProxyView) -> Result<AgentBootstrap, Vec<String>> {
    let stated = |key: &str, text: &str| (format!("ISTIO_META_{key}"), text.to_owned());
    let named = [stated("WORKLOAD_NAME", &proxy.name), stated("CLUSTER_ID", &mesh.settings.cluster_id)];
    let node = AgentNode {
        kind: proxy.kind.as_str().to_owned(),
        ips: proxy.ips.clone(),
        pod: proxy.pod.clone(),
        namespace: proxy.namespace.clone(),
        service_account: proxy.service_account.clone(),
        service_cluster: "istio-proxy".to_owned(),
        env: named.into(),
        annotations: proxy.annotations.clone(),
        labels: proxy.labels.clone(),
        proxy_configs: proxy.settings.layers.clone(),
        ..AgentNode::default()
    };
    agent_bootstrap(&node).map(|(agent, _)| agent)
}

fn spelled(
    node: &AgentNode,
    config: &Message,
    metadata: &Metadata,
    env: &Compat,
) -> Result<(AgentBootstrap, Vec<String>), String> {
    let waypoint = node.kind == "waypoint";
    let delta_xds = waypoint || env.flag("ISTIO_DELTA_XDS", true);
    let mut notes = Vec::new();
    let mut out = AgentBootstrap {
        node_id: verbatim("node id", &metadata.id)?,
        cluster: verbatim("service cluster", &cluster(config, metadata))?,
        locality: locality(&verbatim("locality", &metadata.locality)?),
        metadata: metadata.json(config),
        runtime: runtime(config, env),
        log_json: node.log_as_json,
        delta_xds,
        metadata_discovery: delta_xds && (waypoint || metadata.discovery),
        stats: stats::of(config, metadata, node.exit_on_zero)?,
        stated: stated(config),
        ports: ports(node, config),
        families: families(&node.ips, env),
        local_metrics: entry(config, "proxyMetadata", "METRICS_LOCALHOST_ACCESS_ONLY") == Some("true"),
        status_proxy_protocol: env.flag("ENVOY_STATUS_PORT_ENABLE_PROXY_PROTOCOL", false),
        self_discovery: metadata.flag("ENABLE_SELF_DISCOVERY"),
        identity_socket: verbatim("name of the socket", &node.identity_socket)?,
        file_socket: metadata.raw.get(FILE_CREDENTIAL).map(|_| FILE_SOCKET.to_owned()).unwrap_or_default(),
        config_path: verbatim("configPath", config.text("configPath"))?,
        max_connections: max_connections(config),
        outlier_log: verbatim("path of the outlier log", &node.outlier_log)?,
        load_stats: metadata.load_stats()?,
        ..AgentBootstrap::default()
    };
    services::add(&mut out, config, metadata, node, &mut notes)?;
    Ok((out, notes))
}

/// The template puts texts between quotes as they are: what comes out is what JSON makes of them.
fn verbatim(what: &str, text: &str) -> Result<String, String> {
    serde_json::from_str(&format!("\"{text}\"")).map_err(|_| {
        format!("{what}: the agent writes `{text}` into JSON without escapes, and no proxy reads the result")
    })
}

fn entry<'m>(config: &'m Message, map: &str, key: &str) -> Option<&'m str> {
    config.entries(map).iter().find(|(name, _)| name == key).map(|(_, item)| item.text())
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// `getServiceCluster`.
fn cluster(config: &Message, metadata: &Metadata) -> String {
    let namespace = &metadata.namespace;
    let labels = &metadata.labels;
    let first = |keys: &[&str]| keys.iter().find_map(|key| labels.get(*key)).cloned();
    let workload = metadata.text("WORKLOAD_NAME");
    let or_default = |name: &str| {
        if !name.is_empty() && name != "istio-proxy" {
            return name.to_owned();
        }
        match first(&["app", "app.kubernetes.io/name", "service.istio.io/canonical-name"]) {
            Some(app) => format!("{app}.{namespace}"),
            None if !workload.is_empty() => format!("{workload}.{namespace}"),
            None if !namespace.is_empty() => format!("istio-proxy.{namespace}"),
            None => "istio-proxy".to_owned(),
        }
    };
    let canonical = || {
        let named = first(&["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"]);
        named.unwrap_or_else(|| if workload.is_empty() { "istio-proxy" } else { workload }.to_owned())
    };
    match config.number("tracingServiceName") {
        _ if !config.has("tracingServiceName") => or_default(config.text("serviceCluster")),
        1 => or_default(&canonical()),
        2 if !namespace.is_empty() => format!("{}.{namespace}", canonical()),
        2 => or_default(&canonical()),
        _ => or_default("istio-proxy"),
    }
}

/// `extractRuntimeFlags`.
fn runtime(config: &Message, env: &Compat) -> BTreeMap<String, RuntimeValue> {
    let flag = |key: &str, value: bool| (key.to_owned(), RuntimeValue::Bool(value));
    let text = |key: &str, value: &str| (key.to_owned(), RuntimeValue::Text(value.to_owned()));
    let mut out = BTreeMap::from([
        text("re2.max_program_size.error_level", "32768"),
        flag(
            "envoy.deprecated_features:envoy.config.listener.v3.Listener.hidden_envoy_deprecated_use_original_dst",
            true,
        ),
        flag("envoy.reloadable_features.http_reject_path_with_fragment", false),
        flag("envoy.reloadable_features.fixed_heap_use_allocated", true),
        flag("envoy.reloadable_features.coalesce_lb_rebuilds_on_batch_update", false),
    ]);
    if env.env.get("COMPLIANCE_POLICY").is_some_and(|policy| policy == "fips-140-2") {
        out.extend([flag("envoy.reloadable_features.google_grpc_disable_tls_13", true)]);
    }
    if !env.flag("HTTP_STRIP_FRAGMENT_FROM_PATH_UNSAFE_IF_DISABLED", true) {
        let name = "envoy.reloadable_features.http_strip_fragment_from_path_unsafe_if_disabled";
        out.extend([text(name, "false")]);
    }
    for (key, item) in config.entries("runtimeValues") {
        match item.text() {
            "" => drop(out.remove(key)),
            "true" => drop(out.insert(key.clone(), RuntimeValue::Bool(true))),
            "false" => drop(out.insert(key.clone(), RuntimeValue::Bool(false))),
            other => drop(out.insert(key.clone(), RuntimeValue::Text(other.to_owned()))),
        }
    }
    out
}

/// Runtime values that the configuration names, and whether it says anything of statistics.
fn stated(config: &Message) -> AgentStated {
    let values = config.entries("runtimeValues").iter().map(|(key, _)| key.clone());
    AgentStated {
        runtime: values.collect(),
        stats: config.has("proxyStatsMatcher") || config.has("extraStatTags"),
    }
}

fn max_connections(config: &Message) -> i64 {
    let stated = entry(config, "proxyMetadata", LIMIT_METADATA).and_then(number);
    let flagged = || entry(config, "runtimeValues", LIMIT_RUNTIME).and_then(number);
    stated.or_else(flagged).unwrap_or_else(|| i32::MAX.into())
}

fn ports(node: &AgentNode, config: &Message) -> AgentPorts {
    let of = |field: &str| i64::try_from(config.int(field)).unwrap_or_default();
    AgentPorts {
        admin: of("proxyAdminPort"),
        agent: of("statusPort"),
        status: node.status_port,
        metrics: node.prometheus_port,
        secure_metrics: node.secure_metrics_port,
        secure_merged_metrics: node.secure_merged_metrics_port,
    }
}

/// `AllIPv4`, `AllIPv6` and, where both are used, `CheckIPFamilyTypeForFirstIPs` (`pilot/pkg/util/network/ip.go`).
fn families(ips: &[String], env: &Compat) -> AgentFamilies {
    let read = |ip: &String| ip.split('%').next().and_then(|ip| ip.parse::<IpAddr>().ok());
    let known: Vec<IpAddr> = ips.iter().filter_map(read).collect();
    let six = |ip: &IpAddr| ip.is_ipv6();
    if known.iter().any(six) && known.iter().all(six) {
        return AgentFamilies { six: true, both: false };
    }
    if !known.iter().any(six) || !env.flag("ISTIO_DUAL_STACK", false) {
        return AgentFamilies::default();
    }
    let far = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if !ip.is_unicast_link_local());
    AgentFamilies { six: ips.first().and_then(read).as_ref().is_some_and(far), both: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> AgentNode {
        AgentNode {
            kind: "sidecar".to_owned(),
            ips: vec!["10.0.0.1".to_owned()],
            pod: "p".to_owned(),
            namespace: "n".to_owned(),
            ..AgentNode::default()
        }
    }

    fn made(change: impl FnOnce(&mut AgentNode)) -> AgentBootstrap {
        let mut node = node();
        change(&mut node);
        agent_bootstrap(&node).unwrap().0
    }

    #[test]
    fn the_cluster_is_the_application() {
        assert_eq!(made(|_| {}).cluster, "istio-proxy.n");
        let label = |key: &str| (key.to_owned(), "x".to_owned());
        assert_eq!(made(|n| n.labels.extend([label("app")])).cluster, "x.n");
        let named = |n: &mut AgentNode| n.proxy_configs = vec!["serviceCluster: own".to_owned()];
        assert_eq!(made(named).cluster, "own");
        let canonical =
            |n: &mut AgentNode| n.proxy_configs = vec!["tracingServiceName: CANONICAL_NAME_ONLY".to_owned()];
        assert_eq!(made(canonical).cluster, "istio-proxy.n");
    }

    #[test]
    fn two_families_are_used_when_asked_for() {
        let two = |n: &mut AgentNode| n.ips = vec!["fd00::1".to_owned(), "10.0.0.1".to_owned()];
        assert_eq!(made(two).families, AgentFamilies { six: false, both: false });
        let both = made(|n| {
            two(n);
            n.process.insert("ISTIO_DUAL_STACK".to_owned(), "true".to_owned());
        });
        assert_eq!(both.families, AgentFamilies { six: true, both: true });
    }

    #[test]
    fn texts_that_break_the_file_are_told() {
        let mut node = node();
        node.annotations.insert("sidecar.istio.io/statsInclusionPrefixes".to_owned(), "a\"b".to_owned());
        assert!(agent_bootstrap(&node).is_err());
        node.annotations.insert("sidecar.istio.io/statsInclusionPrefixes".to_owned(), "a.b".to_owned());
        assert!(agent_bootstrap(&node).is_ok());
    }
}
