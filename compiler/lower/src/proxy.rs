//! Proxies: who they are, from a description or from the mesh alone.

mod entrance;
mod injection;
mod named;
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

pub use entrance::{dialled, entrance};
pub(crate) use injection::{assumed_injection, is_injected};
pub use named::{ProxyError, all, find, is_beyond, near};
pub(crate) use named::{is_between_networks, role, without_pods};

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

/// The proxy of a description. A Pod that is not in the input leaves what only it would say empty.
#[must_use]
pub fn view(mesh: &Mesh, index: &Index, spec: &ProxySpec) -> ProxyView {
    let named = |w: &&Workload| w.meta.namespace() == spec.namespace && w.meta.name() == spec.pod;
    of_workload(mesh, index, spec, mesh.workloads.iter().filter(|w| is_pod(w)).find(named))
}

/// The proxy of a description beside a Pod, or beside what a template would make.
fn of_workload(mesh: &Mesh, index: &Index, spec: &ProxySpec, pod: Option<&Workload>) -> ProxyView {
    let nothing = Workload::default();
    let known = pod.unwrap_or(&nothing);
    let or = |stated: &str, other: &str| if stated.is_empty() { other.to_owned() } else { stated.to_owned() };
    let ips = if spec.ips.is_empty() { known.ips.clone() } else { spec.ips.clone() };
    let place =
        if known.locality.region.is_empty() { locality(&spec.locality) } else { known.locality.clone() };
    let labels = labels(mesh, spec, pod, &place);
    let account = or(&spec.service_account, &known.service_account);
    let (name, revision) = canonical(&labels, or(&known.workload_name, &spec.pod).as_str());
    let annotations = spec.annotations.as_ref().unwrap_or(&known.meta.annotations);
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
        settings: settings(mesh, annotations),
        annotations: annotations.clone(),
        targets: Vec::new(),
        canonical_name: name,
        canonical_revision: revision,
        metadata: spec.metadata.clone(),
        assumed: Vec::new(),
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
pub(crate) fn settings(mesh: &Mesh, annotations: &BTreeMap<String, String>) -> ProxySettings {
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
