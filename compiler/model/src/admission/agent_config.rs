//! The ProxyConfig of a node as its agent makes it (istio 1.31 `pilot/cmd/pilot-agent/config/config.go`, `ConstructProxyConfig`): the
//! defaults, the mesh file, what the injector wrote into `PROXY_CONFIG`, and the Pod's annotation, one over the other.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::body::{mesh_config, proxy_config};
use super::decode::message::{Item, Message, Value};
use super::webhook::{proxy_config_fault, split_host_port};
use super::{Complaint, Subject, review_webhook};
use crate::base::FileId;
use crate::syntax::{self, ParsedFile, ProblemKind};

const ANNOTATION: &str = "proxy.istio.io/config";
const DISCOVERY: &str = "sidecar.istio.io/discoveryAddress";
const STATUS_PORT: &str = "status.sidecar.istio.io/port";

/// `DefaultProxyConfig` (`pkg/config/mesh/mesh.go`).
const DEFAULTS: &str = "\
configPath: ./etc/istio/proxy
binaryPath: /usr/local/bin/envoy
serviceCluster: istio-proxy
drainDuration: 45s
terminationDrainDuration: 5s
proxyAdminPort: 15000
controlPlaneAuthPolicy: MUTUAL_TLS
discoveryAddress: istiod.istio-system.svc:15012
statNameLength: 189
statusPort: 15020
";

/// What keeps its old value inside `proxyHeaders` where the new text does not state it (`correctProxyHeaders`).
const KEPT_HEADERS: [&str; 5] =
    ["forwardedClientCert", "requestId", "attemptCount", "server", "envoyDebugHeaders"];

/// What the agent reads. Texts are YAML.
#[derive(Clone, Debug, Default)]
pub struct AgentSources<'a> {
    /// The mesh file, which gateways mount.
    pub mesh: Option<&'a str>,
    /// The variable `PROXY_CONFIG`, and what was laid over each other to make it; what comes later counts more.
    pub stated: Vec<&'a str>,
    /// The Pod's annotations.
    pub annotations: BTreeMap<String, String>,
    /// The flag `--serviceCluster`.
    pub service_cluster: &'a str,
    /// Processors that the container may use, rounded up; 0 when nothing limits them.
    pub cpu_limit: i32,
}

/// Lays the sources over each other.
///
/// # Errors
/// What the agent would stop with, each with the source that it is in.
pub fn agent_config(sources: &AgentSources<'_>) -> Result<Message, Vec<String>> {
    let mut config = stated("the defaults", DEFAULTS)?.ok_or_else(Vec::new)?;
    if let Some(over) = sources.mesh.map(of_mesh).transpose()?.flatten() {
        overlay(&mut config, over);
    }
    let annotation = sources.annotations.get(ANNOTATION).map(|text| (ANNOTATION, text.as_str()));
    for (name, text) in sources.stated.iter().map(|text| ("PROXY_CONFIG", *text)).chain(annotation) {
        if let Some(over) = stated(name, text)? {
            overlay(&mut config, over);
        }
    }
    finish(&mut config, sources);
    if let Some(fault) = proxy_config_fault(&config) {
        return Err(vec![fault]);
    }
    annotated(&mut config, &sources.annotations);
    Ok(config)
}

fn read(source: &str, text: &str) -> Result<ParsedFile, Vec<String>> {
    let file = syntax::parse(FileId(u32::MAX), text.into());
    let broken = |kind| matches!(kind, ProblemKind::Syntax | ProblemKind::Encoding | ProblemKind::Limit);
    match file.problems.iter().find(|problem| broken(problem.kind)) {
        Some(problem) => Err(vec![format!("{source}: {}", problem.message)]),
        None => Ok(file),
    }
}

/// A body of ProxyConfig; none in an empty text.
fn stated(source: &str, text: &str) -> Result<Option<Message>, Vec<String>> {
    let file = read(source, text)?;
    let told = |why: Complaint| vec![format!("{source}: could not parse proxy config: {}", why.message)];
    file.root(0).map(proxy_config).transpose().map_err(told)
}

/// The default of the mesh file, which istiod's rules must take as a whole.
fn of_mesh(text: &str) -> Result<Option<Message>, Vec<String>> {
    let file = read("the mesh file", text)?;
    let Some(root) = file.root(0) else { return Ok(None) };
    let review = review_webhook(Subject::MeshConfig, root);
    if !review.accepted() {
        return Err(review.errors.iter().map(|fault| format!("the mesh file: {}", fault.message)).collect());
    }
    let mesh = mesh_config(root).map_err(|why| vec![format!("the mesh file: {}", why.message)])?;
    Ok(mesh.message("defaultConfig").cloned())
}

/// `MergeProxyConfig`: what is stated replaces what was, but maps of metadata are joined and some headers kept.
fn overlay(config: &mut Message, over: Message) {
    let metadata: Vec<(String, Item)> = {
        let newer = over.entries("proxyMetadata");
        let older = config.entries("proxyMetadata").iter();
        let older = older.filter(|(key, _)| !newer.iter().any(|(other, _)| other == key));
        older.chain(newer).cloned().collect()
    };
    let headers = config.message("proxyHeaders").cloned();
    for (at, item) in over.fields {
        config.set(at, item);
    }
    if !metadata.is_empty() {
        config.put("proxyMetadata", Value::Map(metadata));
    }
    if let (Some(old), Some(new)) = (headers, config.message_mut("proxyHeaders")) {
        for field in KEPT_HEADERS {
            let nothing = matches!(new.get(field).map(|item| &item.value), None | Some(Value::Enum(0)));
            if let Some(item) = old.get(field).filter(|_| nothing) {
                new.put(field, item.value.clone());
            }
        }
    }
}

/// What the agent fills in.
fn finish(config: &mut Message, sources: &AgentSources<'_>) {
    if !config.has("concurrency") && sources.cpu_limit != 0 {
        config.put("concurrency", Value::Int(sources.cpu_limit.into()));
    }
    if config.has("serviceCluster") && config.text("serviceCluster").is_empty() {
        config.put("serviceCluster", Value::Text(sources.service_cluster.to_owned()));
    }
    let statsd = config.text("statsdUdpAddress");
    if !statsd.is_empty() {
        let resolved = resolved(statsd).unwrap_or_default();
        config.put("statsdUdpAddress", Value::Text(resolved));
    }
}

/// `ResolveAddr` of a literal address (`pilot/pkg/util/network/ip.go`); names stay as they are.
fn resolved(text: &str) -> Option<String> {
    let (host, port) = split_host_port(text).ok()?;
    let number: u16 = port.parse().ok()?;
    match host.parse::<IpAddr>() {
        Ok(ip) => Some(SocketAddr::new(ip.to_canonical(), number).to_string()),
        Err(_) => Some(text.to_owned()),
    }
}

/// `applyAnnotations`, which comes after the rules.
fn annotated(config: &mut Message, annotations: &BTreeMap<String, String>) {
    if let Some(address) = annotations.get(DISCOVERY) {
        config.put("discoveryAddress", Value::Text(address.clone()));
    }
    if let Some(port) = annotations.get(STATUS_PORT) {
        config.put("statusPort", Value::Int(port.parse::<i32>().unwrap_or_default().into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn made(stated: &str, annotation: &str) -> Result<serde_json::Value, Vec<String>> {
        let annotations = BTreeMap::from([(ANNOTATION.to_owned(), annotation.to_owned())]);
        let sources = AgentSources { stated: vec![stated], annotations, ..AgentSources::default() };
        agent_config(&sources).map(|config| config.to_json())
    }

    #[test]
    fn later_sources_count_more() {
        let got =
            made("statusPort: 1\nproxyMetadata: {A: x, B: w}", "{proxyMetadata: {B: z}, drainDuration: 1s}");
        let got = got.unwrap();
        assert_eq!(got["statusPort"], json!(1));
        assert_eq!(got["proxyMetadata"], json!({"A": "x", "B": "z"}));
        assert_eq!(got["drainDuration"], json!("1s"));
    }

    #[test]
    fn one_name_of_the_cluster_counts() {
        let got = made("tracingServiceName: APP_LABEL_AND_NAMESPACE", "").unwrap();
        assert_eq!(got.get("serviceCluster"), None);
        assert_eq!(got["tracingServiceName"], json!("APP_LABEL_AND_NAMESPACE"));
    }

    #[test]
    fn what_the_agent_refuses_is_told() {
        assert_eq!(made("statusPort: 70000", "").unwrap_err().len(), 1);
        assert!(made("statusPort: x", "").is_err());
        assert!(made("statusPort: 15021", "").is_ok());
    }
}
