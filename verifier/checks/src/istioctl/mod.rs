//! Answers as `istioctl analyze` gives them, with Istio's own codes, for those who compare or migrate. One file is one analyzer; its
//! documentation holds examples, which are its tests.
//!
//! The rules are Istio's, false alarms included; nothing here is meant to be right about the mesh. What depends on the order of Go's maps
//! there is decided in the order of the input here.

mod analyzer;
mod annotation_values;
mod annotations;
mod application_uid;
mod authorization_policies;
mod blocked_cidrs;
mod ca_certificates;
mod cluster_services;
mod conditions;
mod crd_version;
mod deployment_services;
mod deprecation;
mod destination_hosts;
mod destination_rules;
mod destinations;
mod embedded_json;
mod envoy_patch;
mod external_control_plane;
mod gateway_certificates;
mod gateway_conflicts;
mod gateway_ports;
mod gateway_secrets;
mod hosts;
mod in_mesh;
mod injection;
mod injection_auto;
mod injection_image;
mod jwt_claims;
mod mesh_hosts;
mod mesh_networks;
mod notice;
mod notices;
mod policy_selectors;
mod port_names;
mod registry;
mod schema;
mod selectors;
mod service_entry_addresses;
mod service_entry_protocols;
mod sidecar_selectors;
mod store;
mod subset_pods;
mod telemetry_defaults;
mod telemetry_providers;
mod telemetry_selectors;
mod virtual_service_gateways;
mod webhooks;
mod workload_selectors;

use mp_model::admission::message::Message;
use mp_model::admission::{Complaint, mesh_config, mesh_networks};
use mp_model::base::FileId;
use mp_model::syntax::parse_bytes;
use mp_model::{FileSource, Input, Node, ReadFault, SourceKind};
use rayon::prelude::*;

pub use analyzer::Analyzer;
pub use notice::{Notice, Subject, level_name};
pub use notices::{NOTICES, NoticeType};

use analyzer::{Context, is_runtime};
use notice::{Out, in_order};
use selectors::PodIndex;
use store::{Cluster, Store};

/// The name of the cluster that files belong to unless another is named.
pub const FIRST_CLUSTER: &str = "default";

/// All analyzers, by Istio's names.
pub static ANALYZERS: &[&Analyzer] = &[
    &annotations::ANALYZER,
    &application_uid::ANALYZER,
    &authorization_policies::ANALYZER,
    &blocked_cidrs::ANALYZER,
    &conditions::ANALYZER,
    &deployment_services::ANALYZER,
    &deprecation::ANALYZER,
    &ca_certificates::ANALYZER,
    &subset_pods::ANALYZER,
    &envoy_patch::ANALYZER,
    &external_control_plane::ANALYZER,
    &gateway_certificates::ANALYZER,
    &gateway_conflicts::ANALYZER,
    &gateway_ports::ANALYZER,
    &gateway_secrets::ANALYZER,
    &injection::ANALYZER,
    &injection_auto::ANALYZER,
    &injection_image::ANALYZER,
    &policy_selectors::ANALYZER,
    &crd_version::ANALYZER,
    &mesh_networks::ANALYZER,
    &schema::ANALYZER,
    &port_names::ANALYZER,
    &service_entry_addresses::ANALYZER,
    &service_entry_protocols::ANALYZER,
    &cluster_services::ANALYZER,
    &sidecar_selectors::ANALYZER,
    &telemetry_defaults::ANALYZER,
    &telemetry_providers::LIGHTSTEP,
    &telemetry_providers::PROVIDERS,
    &telemetry_selectors::ANALYZER,
    &mesh_hosts::ANALYZER,
    &destination_hosts::ANALYZER,
    &destination_rules::ANALYZER,
    &virtual_service_gateways::ANALYZER,
    &jwt_claims::ANALYZER,
    &webhooks::ANALYZER,
];

/// Which kinds count that a running cluster has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Services, Pods, Namespaces, Nodes and Secrets of the files are read, and all analyzers run: what istioctl says beside a cluster that
    /// holds the same objects.
    #[default]
    Full,
    /// They are passed over, and so are the analyzers that need them: `istioctl analyze --use-kube=false`.
    Cli,
}

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// The files, in the order in which they are applied.
    pub files: Vec<Input>,
    /// Files of further clusters by their names.
    pub clusters: Vec<(String, Vec<Input>)>,
    /// The body of MeshConfig.
    pub mesh_config: Option<Input>,
    /// The body of MeshNetworks.
    pub mesh_networks: Option<Input>,
    /// Seconds since 1970: certificates are compared with it.
    pub now: i64,
    /// Which kinds count.
    pub mode: Mode,
}

/// The answer.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// In Istio's order, equal ones once.
    pub notices: Vec<Notice>,
    /// Documents that could not be read.
    pub faults: Vec<ReadFault>,
    /// Names of the analyzers that were left out.
    pub skipped: Vec<&'static str>,
}

/// Runs the analyzers.
#[must_use]
pub fn analyse(question: &Question) -> Answers {
    ask(question, |_| true)
}

fn ask(question: &Question, wanted: impl Fn(&Analyzer) -> bool) -> Answers {
    let mut faults = Vec::new();
    let mesh = settings(question.mesh_config.as_ref(), mesh_config, &mut faults);
    let networks = settings(question.mesh_networks.as_ref(), mesh_networks, &mut faults);
    let first = FileSource::read(&question.files);
    let standing: Vec<Input> = standing(mesh.as_ref()).into_iter().collect();
    let standing = FileSource::read(&standing);
    let others: Vec<(&str, FileSource)> =
        question.clusters.iter().map(|(name, files)| (name.as_str(), FileSource::read(files))).collect();
    let is_full = question.mode == Mode::Full;
    let mut clusters = Vec::new();
    let mut own = first.instances(|kind| is_full || !is_runtime(kind));
    // What stands for the gateway of the mesh is applied last where all is read, so that it replaces what the files say of it.
    own.found.extend(standing.instances(|kind| is_full || !is_runtime(kind)).found);
    faults.extend(own.faults);
    clusters.push(Cluster { name: FIRST_CLUSTER, instances: own.found, filtered: true });
    for (name, source) in &others {
        let found = source.instances(|_| true);
        faults.extend(found.faults);
        clusters.push(Cluster { name, instances: found.found, filtered: false });
    }
    let store = Store::new(clusters, &mut faults);
    let pods = PodIndex::new(store.all(SourceKind::Pod));
    let cx = Context { store, pods, mesh, networks, now: question.now };
    let runs = |analyzer: &Analyzer| is_full || !others.is_empty() || !analyzer.needs_cluster();
    let run = |analyzer: &&Analyzer| {
        let mut out = Out::default();
        (analyzer.run)(&cx, &mut out);
        out.notices
    };
    let chosen: Vec<&Analyzer> = ANALYZERS.iter().copied().filter(|one| runs(one) && wanted(one)).collect();
    let parts: Vec<Vec<Notice>> = chosen.par_iter().map(run).collect();
    let mut notices: Vec<Notice> =
        parts.into_iter().flatten().filter(|notice| !notice.is_silenced()).collect();
    notices.sort_by(in_order);
    notices.dedup_by_key(|notice| notice.line());
    let skipped = ANALYZERS.iter().filter(|one| !runs(one)).map(|one| one.name).collect();
    Answers { notices, faults, skipped }
}

/// A file of the mesh's configuration; what cannot be decoded is left aside, as istioctl does.
fn settings(
    input: Option<&Input>,
    read: impl Fn(Node<'_>) -> Result<Message, Complaint>,
    faults: &mut Vec<ReadFault>,
) -> Option<Message> {
    let input = input?;
    let parsed = parse_bytes(FileId(0), &input.bytes);
    let message = read(parsed.root(0)?);
    message.map_err(|wrong| faults.push(ReadFault { place: input.path.clone(), message: wrong.message })).ok()
}

/// The Pod and the Service that stand for the mesh's own gateway, which nobody writes into files (`pkg/config/analysis/local/defaults.go`).
fn standing(mesh: Option<&Message>) -> Option<Input> {
    const OFF: i32 = 1;
    if mesh.is_some_and(|mesh| mesh.number("ingressControllerMode") == OFF) {
        return None;
    }
    let stated = mesh.filter(|mesh| mesh.has("ingressService")).map(|mesh| mesh.text("ingressService"));
    let name = stated.unwrap_or("istio-ingressgateway");
    let ports = [("http2", 80), ("https", 443), ("tcp", 31400), ("tls", 15443)];
    let ports = ports.map(|(name, port)| {
        format!("\n  - {{name: {name}, port: {port}, targetPort: {port}, protocol: TCP}}")
    });
    let ports = ports.concat();
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}-dummypod, namespace: istio-system, labels: {{istio: ingressgateway}}}}\nspec: {{containers: [{{name: istio-proxy}}]}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: istio-system}}\nspec:\n  selector: {{istio: ingressgateway}}\n  ports:{ports}\n"
    );
    Some(Input::new("internal-ingress", &text))
}

#[cfg(test)]
mod tests;
