//! Proxies: who they are, from a description or from the mesh alone.

mod targets;

use std::collections::BTreeMap;
use std::net::IpAddr;

use mp_ir::mesh::{IstioVersion, Labels, Locality, Mesh, ProxySettings, Workload};
use mp_ir::plan::{Interception, IpMode, ProxyKind, ProxyView};
use mp_model::base::FileId;
use mp_model::views::mesh::ProxyConfig;
use mp_model::{FromNode, syntax};

use crate::Index;
use crate::facts::{apply_proxy_config, augmented, is_pod, locality};
use crate::plan::canonical;

const CONFIG: &str = "proxy.istio.io/config";
/// What the agent says of its node; a description without it leaves the node unknown, as istiod would.
const NODE_NAME: &str = "NODE_NAME";
const NETWORK: &str = "topology.istio.io/network";

/// A proxy as it is asked for: an entry of `proxies.json`. What is empty is taken from the Pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProxySpec {
    /// Name under which results are stored.
    pub name: String,
    /// What it does.
    pub kind: ProxyKind,
    /// Namespace.
    pub namespace: String,
    /// Pod.
    pub pod: String,
    /// Addresses.
    pub ips: Vec<String>,
    /// Labels; `None` takes the Pod's.
    pub labels: Option<BTreeMap<String, String>>,
    /// Annotations; `None` takes the Pod's.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Service account.
    pub service_account: String,
    /// `region/zone/subzone`; empty takes the node's.
    pub locality: String,
    /// Network.
    pub network: String,
    /// Version; empty for the one this compiler follows.
    pub istio_version: String,
    /// DNS proxy of the agent is on.
    pub dns_capture: bool,
    /// Further node metadata, Booleans as `true` and `false`.
    pub metadata: BTreeMap<String, String>,
}

/// Why there is no such proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyError {
    /// No such workload in the input.
    Unknown(String),
    /// Text that names nothing: not `ns/pod` or `gateway:ns/name`.
    Malformed(String),
}

impl std::fmt::Display for ProxyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ProxyError::Unknown(name) => write!(f, "no workload `{name}` in the input"),
            ProxyError::Malformed(name) => {
                write!(f, "`{name}` is not `namespace/pod` or `gateway:namespace/name`")
            }
        }
    }
}

impl std::error::Error for ProxyError {}

/// The proxy of a description. A Pod that is not in the input leaves what only it would say empty.
#[must_use]
pub fn view(mesh: &Mesh, index: &Index, spec: &ProxySpec) -> ProxyView {
    let named = |w: &&Workload| w.meta.namespace() == spec.namespace && w.meta.name() == spec.pod;
    let pod = mesh.workloads.iter().filter(|w| is_pod(w)).find(named);
    let nothing = Workload::default();
    let known = pod.unwrap_or(&nothing);
    let or = |stated: &str, other: &str| if stated.is_empty() { other.to_owned() } else { stated.to_owned() };
    let ips = if spec.ips.is_empty() { known.ips.clone() } else { spec.ips.clone() };
    let place =
        if known.locality.region.is_empty() { locality(&spec.locality) } else { known.locality.clone() };
    let labels = labels(mesh, spec, pod, &place);
    let account = or(&spec.service_account, &known.service_account);
    let (name, revision) = canonical(&labels, or(&known.workload_name, &spec.pod).as_str());
    let mut out = ProxyView {
        name: spec.name.clone(),
        kind: spec.kind,
        namespace: spec.namespace.clone(),
        id: id(mesh, spec, &ips),
        pod: spec.pod.clone(),
        ip_mode: ip_mode(&ips),
        ips,
        service_account: if account.is_empty() { "default".to_owned() } else { account },
        locality: place,
        network: or(&spec.network, known.meta.labels.get(NETWORK).map_or("", String::as_str)),
        node: spec.metadata.get(NODE_NAME).cloned().unwrap_or_default(),
        istio_version: IstioVersion::parse(&spec.istio_version).unwrap_or(mesh.compat.version),
        interception: interception(spec),
        settings: settings(mesh, spec.annotations.as_ref().unwrap_or(&known.meta.annotations)),
        targets: Vec::new(),
        canonical_name: name,
        canonical_revision: revision,
        metadata: spec.metadata.clone(),
        labels,
    };
    if spec.dns_capture {
        out.metadata.insert("DNS_CAPTURE".to_owned(), "true".to_owned());
    }
    out.targets = targets::of(mesh, index, &out, pod);
    out
}

/// `type~ip~pod.ns~ns.svc.domain`.
fn id(mesh: &Mesh, spec: &ProxySpec, ips: &[String]) -> String {
    let ip = ips.first().map_or("", String::as_str);
    let (kind, ns, domain) = (spec.kind.as_str(), &spec.namespace, &mesh.settings.domain);
    format!("{kind}~{ip}~{}.{ns}~{ns}.svc.{domain}", spec.pod)
}

/// The Pod's labels, without a Pod the stated ones, with the place of the proxy (`SetWorkloadLabels`,
/// `setTopologyLabels`).
fn labels(mesh: &Mesh, spec: &ProxySpec, pod: Option<&Workload>, place: &Locality) -> Labels {
    let mut workload = pod.cloned().unwrap_or_default();
    if pod.is_none() {
        workload.meta.labels = spec.labels.clone().unwrap_or_default();
    }
    workload.locality = place.clone();
    workload.node = spec.metadata.get(NODE_NAME).cloned().unwrap_or_default();
    if workload.network.is_empty() {
        workload.network.clone_from(&spec.network);
    }
    augmented(mesh, &workload)
}

fn interception(spec: &ProxySpec) -> Interception {
    match spec.metadata.get("INTERCEPTION_MODE").map(String::as_str) {
        Some("TPROXY") => Interception::Tproxy,
        Some("NONE") => Interception::None,
        _ => Interception::Redirect,
    }
}

/// `DiscoverIPMode`: what is no address counts as IPv4.
fn ip_mode(ips: &[String]) -> IpMode {
    let six = |ip: &String| ip.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6());
    match (ips.iter().any(six), ips.iter().any(|ip| !six(ip))) {
        (true, true) => IpMode::Dual,
        (true, false) => IpMode::V6,
        (false, _) => IpMode::V4,
    }
}

/// The mesh's proxy settings with the Pod's annotation over them.
fn settings(mesh: &Mesh, annotations: &BTreeMap<String, String>) -> ProxySettings {
    let mut out = mesh.settings.proxy.clone();
    if let Some(text) = annotations.get(CONFIG) {
        let file = syntax::parse(FileId(u32::MAX), text.as_str().into());
        let root = file.roots().next().and_then(|(_, root)| ProxyConfig::from_node(root));
        if let Some(config) = root {
            apply_proxy_config(&mut out, config);
        }
    }
    out
}

/// The proxy that a command line names: `ns/pod`, `ns/deployment`, or `gateway:ns/name`.
///
/// # Errors
/// When the text has another form or the input has no such workload.
pub fn find(mesh: &Mesh, index: &Index, name: &str) -> Result<ProxyView, ProxyError> {
    let (gateway, rest) = name.strip_prefix("gateway:").map_or((false, name), |rest| (true, rest));
    let parts = rest.split_once('/').filter(|(ns, short)| !ns.is_empty() && !short.is_empty());
    let (namespace, short) = parts.ok_or_else(|| ProxyError::Malformed(name.to_owned()))?;
    let found = if gateway { behind_gateway(mesh, namespace, short) } else { named(mesh, namespace, short) };
    let workload = found.ok_or_else(|| ProxyError::Unknown(name.to_owned()))?;
    let router = gateway || serves_gateway(mesh, workload);
    let spec = ProxySpec {
        name: rest.replace('/', "."),
        kind: if router { ProxyKind::Router } else { ProxyKind::Sidecar },
        namespace: workload.meta.namespace().to_owned(),
        pod: workload.meta.name().to_owned(),
        metadata: [(NODE_NAME.to_owned(), workload.node.clone())].into(),
        ..ProxySpec::default()
    };
    Ok(view(mesh, index, &spec))
}

/// All proxies that the input has Pods for: those with a proxy container, and gateways.
#[must_use]
pub fn all(mesh: &Mesh, index: &Index) -> Vec<ProxyView> {
    let pods = mesh.workloads.iter().filter(|w| is_pod(w) && (w.has_proxy || serves_gateway(mesh, w)));
    let name = |w: &Workload| format!("{}/{}", w.meta.namespace(), w.meta.name());
    pods.filter_map(|pod| find(mesh, index, &name(pod)).ok()).collect()
}

fn named<'m>(mesh: &'m Mesh, namespace: &str, name: &str) -> Option<&'m Workload> {
    let mut pods = mesh.workloads.iter().filter(|w| is_pod(w) && w.meta.namespace() == namespace);
    let by_name = pods.clone().find(|w| w.meta.name() == name);
    by_name.or_else(|| pods.find(|w| w.workload_name == name))
}

fn fits(selector: &Labels, workload: &Workload) -> bool {
    selector.iter().all(|(key, value)| workload.meta.labels.get(key) == Some(value))
}

fn behind_gateway<'m>(mesh: &'m Mesh, namespace: &str, name: &str) -> Option<&'m Workload> {
    let gateway = mesh.gateways.iter().find(|g| g.meta.namespace() == namespace && g.meta.name() == name)?;
    mesh.workloads.iter().find(|w| is_pod(w) && !gateway.selector.is_empty() && fits(&gateway.selector, w))
}

fn serves_gateway(mesh: &Mesh, workload: &Workload) -> bool {
    mesh.gateways.iter().any(|g| !g.selector.is_empty() && fits(&g.selector, workload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_of_addresses() {
        let mode = |ips: &[&str]| ip_mode(&ips.iter().map(|ip| (*ip).to_owned()).collect::<Vec<_>>());
        assert_eq!(mode(&["10.0.0.1"]), IpMode::V4);
        assert_eq!(mode(&["fd00::1"]), IpMode::V6);
        assert_eq!(mode(&["10.0.0.1", "fd00::1"]), IpMode::Dual);
        assert_eq!(mode(&[]), IpMode::V4);
    }
}
