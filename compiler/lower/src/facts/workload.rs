//! Pods and WorkloadEntries, and the labels and localities that istiod gives them.

use mp_ir::mesh::{Agent, Labels, Locality, Mesh, OpenLabels, Workload, WorkloadPort};
use mp_ir::plan::ProxyKind;
use mp_model::views::{k8s, networking};
use mp_model::{Kind, Object, Workspace};

use super::earlier::Kept;
use super::networks::Members;
use super::open_labels;
use super::service::number;
use super::{meta, text};

const LOCALITY_LABELS: [&str; 2] = ["topology.istio.io/locality", "istio-locality"];
const NETWORK_LABEL: &str = "topology.istio.io/network";
const WORKLOAD_NAME: &str = "service.istio.io/workload-name";
const REGION: &str = "topology.kubernetes.io/region";
const ZONE: &str = "topology.kubernetes.io/zone";
const OLD_REGION: &str = "failure-domain.beta.kubernetes.io/region";
const OLD_ZONE: &str = "failure-domain.beta.kubernetes.io/zone";
const SUBZONE: &str = "topology.istio.io/subzone";

/// Adds all Pods and WorkloadEntries, each kind in input order.
pub(super) fn read(ws: &Workspace, mesh: &mut Mesh, kept: &mut Kept) {
    for object in ws.of_kind(Kind::Pod) {
        if let Some(old) = kept.pod(object) {
            mesh.workloads.push(placed(ws, object, old));
        } else if let Some(pod) = ws.view::<k8s::Pod<'_>>(object) {
            mesh.workloads.push(self::pod(ws, object, pod));
        }
    }
    for object in ws.of_kind(Kind::WorkloadEntry) {
        if let Some(spec) = ws.spec(object) {
            mesh.workloads.push(entry(object, spec));
        }
    }
}

/// A Pod that was read before, in the place that other objects give it now.
fn placed(ws: &Workspace, object: &Object, old: Workload) -> Workload {
    Workload {
        locality: locality_of_labels(&object.labels).unwrap_or_else(|| locality_of_node(ws, &old.node)),
        network: object.labels.get(NETWORK_LABEL).cloned().unwrap_or_default(),
        ..old
    }
}

fn pod(ws: &Workspace, object: &Object, pod: k8s::Pod<'_>) -> Workload {
    let status = pod.status();
    Workload {
        ips: status.map(ips).unwrap_or_default(),
        ready: status.is_none_or(is_ready) && pod.metadata().is_none_or(|m| m.deletion_timestamp().is_none()),
        workload_name: workload_name(object, pod),
        open_labels: ws.root(object).map(|root| open_labels::of(ws, object, root)).unwrap_or_default(),
        ..of_spec(ws, object, &object.labels, pod.spec())
    }
}

/// What the spec of a Pod says, of a Pod itself or of the template of its owner.
pub(super) fn of_spec(
    ws: &Workspace,
    object: &Object,
    labels: &Labels,
    spec: Option<k8s::PodSpec<'_>>,
) -> Workload {
    let account = spec.map(|s| text(s.service_account_name())).filter(|name| !name.is_empty());
    let node = spec.map(|s| text(s.node_name())).unwrap_or_default();
    let containers = spec.map(containers).unwrap_or_default();
    // The ztunnel of a node is called so, too, and is no proxy beside a workload.
    let is_ztunnel = |c: &&k8s::Container<'_>| c.args().iter().any(|word| word.value == "ztunnel");
    let named = |c: &&k8s::Container<'_>| text(c.name()) == "istio-proxy";
    let proxy = containers.iter().find(|c| named(c) && !is_ztunnel(c));
    let subdomain = spec.map(|s| text(s.subdomain())).filter(|name| !name.is_empty());
    let host = spec.map(|s| text(s.hostname())).filter(|name| !name.is_empty());
    Workload {
        ips: Vec::new(),
        service_account: account.unwrap_or_else(|| "default".to_owned()),
        locality: locality_of_labels(labels).unwrap_or_else(|| locality_of_node(ws, &node)),
        node,
        network: labels.get(NETWORK_LABEL).cloned().unwrap_or_default(),
        ports: containers.iter().flat_map(|c| c.ports().iter()).map(container_port).collect(),
        ready: true,
        has_proxy: proxy.is_some(),
        agent: proxy.map(|proxy| agent(*proxy)).unwrap_or_default(),
        from_template: false,
        stands_for: None,
        weight: 0,
        workload_name: object.name.clone(),
        pod_host: subdomain.map(|subdomain| (host.unwrap_or_else(|| object.name.clone()), subdomain)),
        meta: meta(object),
        open_labels: OpenLabels::default(),
    }
}

/// The arguments and the environment of the agent (`pilot-agent proxy ROLE`, `pkg/bootstrap/config.go`, `extractMetadata`). What the kubelet
/// fills in is not there.
fn agent(container: k8s::Container<'_>) -> Agent {
    let words: Vec<&str> = container.args().iter().map(|word| word.value).collect();
    let role = words.iter().skip_while(|word| **word != "proxy").nth(1).and_then(|word| match *word {
        "sidecar" => Some(ProxyKind::Sidecar),
        "router" => Some(ProxyKind::Router),
        "waypoint" => Some(ProxyKind::Waypoint),
        _ => None,
    });
    let metadata = container.env().iter().filter_map(|variable| {
        let value = variable.value()?.value;
        let key = variable.name()?.value.strip_prefix("ISTIO_META_")?;
        (!value.contains("$(")).then(|| (key.to_owned(), value.to_owned()))
    });
    Agent { role, metadata: metadata.collect() }
}

/// Gives Pods the network that their addresses belong to.
pub(super) fn join_networks(mesh: &mut Mesh, members: &Members) {
    let pods = mesh.workloads.iter().enumerate().filter(|(_, w)| super::is_pod(w));
    let network = |w: &Workload| members.network(mesh, &w.network, w.ips.first().map_or("", String::as_str));
    let found: Vec<(usize, String)> = pods.map(|(at, w)| (at, network(w))).collect();
    for (at, network) in found {
        if let Some(workload) = mesh.workloads.get_mut(at) {
            workload.network = network;
        }
    }
}

/// The containers that run beside each other: init containers that always restart are sidecars.
fn containers(spec: k8s::PodSpec<'_>) -> Vec<k8s::Container<'_>> {
    let natives = spec.init_containers().iter().filter(|c| text(c.restart_policy()) == "Always");
    spec.containers().iter().chain(natives).collect()
}

fn ips(status: k8s::PodStatus<'_>) -> Vec<String> {
    let all: Vec<String> =
        status.pod_ips().iter().map(|ip| text(ip.ip())).filter(|ip| !ip.is_empty()).collect();
    let first = text(status.pod_ip());
    if all.is_empty() && !first.is_empty() { vec![first] } else { all }
}

/// Not ended, and ready unless its conditions say otherwise (`shouldPodBeInEndpoints`, `IsPodReady`). A Pod whose
/// conditions are not in the input is taken as running.
fn is_ready(status: k8s::PodStatus<'_>) -> bool {
    if matches!(text(status.phase()).as_str(), "Failed" | "Succeeded") {
        return false;
    }
    if status.conditions().is_empty() {
        return true;
    }
    let ready = status.conditions().iter().find(|c| text(c.type_()) == "Ready");
    ready.is_some_and(|c| text(c.status()) == "True")
}

fn container_port(port: k8s::ContainerPort<'_>) -> WorkloadPort {
    let protocol = text(port.protocol());
    WorkloadPort {
        name: text(port.name()),
        number: number(port.container_port()),
        protocol: if protocol.is_empty() { "TCP".to_owned() } else { protocol },
    }
}

/// Label, else the controller of a Pod whose name was generated, else the Pod (`GetWorkloadMetaFromPod`).
fn workload_name(object: &Object, pod: k8s::Pod<'_>) -> String {
    if let Some(name) = object.labels.get(WORKLOAD_NAME) {
        return name.clone();
    }
    let generated = pod.metadata().is_some_and(|m| !text(m.generate_name()).is_empty());
    let owners = pod.metadata().into_iter().flat_map(|m| m.owner_references().iter());
    let owner = owners.filter(|_| generated).find(|owner| owner.controller() == Some(true));
    let Some(owner) = owner else { return object.name.clone() };
    let (kind, name) = (text(owner.kind()), text(owner.name()));
    let hashes = ["pod-template-hash", "rollouts-pod-template-hash"];
    let hash =
        hashes.iter().filter_map(|key| object.labels.get(*key)).find(|hash| name.ends_with(hash.as_str()));
    let trimmed = match kind.as_str() {
        "ReplicaSet" => hash.and_then(|hash| name.strip_suffix(&format!("-{hash}"))).map(str::to_owned),
        "ReplicationController" => object.labels.get("deploymentconfig").cloned(),
        "Job" => cron_job(&name),
        _ => None,
    };
    trimmed.unwrap_or(name)
}

/// The CronJob of a Job that is named after it and a time of 8 to 10 digits.
fn cron_job(job: &str) -> Option<String> {
    let (name, time) = job.rsplit_once('-')?;
    let digits = time.bytes().all(|b| b.is_ascii_digit());
    (digits && (8..=10).contains(&time.len()) && !name.is_empty()).then(|| name.to_owned())
}

fn entry(object: &Object, spec: networking::WorkloadEntry<'_>) -> Workload {
    let mut out = inline(&spec);
    out.meta = meta(object);
    let own = std::mem::take(&mut out.meta.labels);
    out.meta.labels = spec.labels().to_sorted();
    out.meta.labels.extend(own);
    if out.locality == Locality::default() {
        out.locality = locality_of_labels(&out.meta.labels).unwrap_or_default();
    }
    let group = object.annotations.get("istio.io/autoRegistrationGroup");
    let name = group.or_else(|| out.meta.labels.get(WORKLOAD_NAME)).unwrap_or(&object.name);
    out.workload_name.clone_from(name);
    out
}

/// A WorkloadEntry as it stands in a ServiceEntry: labels in `meta`, no name.
pub(super) fn inline(spec: &networking::WorkloadEntry<'_>) -> Workload {
    let mut out = Workload {
        ips: vec![text(spec.address())],
        service_account: text(spec.service_account()),
        locality: locality(&text(spec.locality())),
        network: text(spec.network()),
        ready: true,
        weight: number(spec.weight()),
        ..Workload::default()
    };
    out.meta.labels = spec.labels().to_sorted();
    out.meta.origin = Some(spec.0.span());
    if out.locality == Locality::default() {
        out.locality = locality_of_labels(&out.meta.labels).unwrap_or_default();
    }
    let port = |(name, port): (mp_model::Text<'_>, i64)| WorkloadPort {
        name: name.value.to_owned(),
        number: number(Some(port)),
        protocol: "TCP".to_owned(),
    };
    out.ports = spec.ports().iter().map(port).collect();
    out
}

/// `region/zone/subzone`.
pub(crate) fn locality(text: &str) -> Locality {
    let mut parts = text.split('/').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    let slashes = u8::try_from(text.matches('/').count()).unwrap_or(u8::MAX);
    Locality { region: next(), zone: next(), subzone: next(), slashes }
}

/// From the label, whose parts are divided by `/`, or by `.` as labels may hold no `/`.
fn locality_of_labels(labels: &Labels) -> Option<Locality> {
    let word = LOCALITY_LABELS.iter().find_map(|key| labels.get(*key)).filter(|word| !word.is_empty())?;
    if word.contains('/') { Some(locality(word)) } else { Some(locality(&word.replace('.', "/"))) }
}

fn locality_of_node(ws: &Workspace, name: &str) -> Locality {
    let Some(node) = ws.find(Kind::Node, "", name) else { return Locality::default() };
    let label =
        |keys: &[&str]| keys.iter().find_map(|key| node.labels.get(*key)).cloned().unwrap_or_default();
    let (region, zone, subzone) = (label(&[REGION, OLD_REGION]), label(&[ZONE, OLD_ZONE]), label(&[SUBZONE]));
    let known = !(region.is_empty() && zone.is_empty() && subzone.is_empty());
    Locality { region, zone, subzone, slashes: if known { 2 } else { 0 } }
}

/// The labels of a workload with its place (`AugmentLabels`): subsets and selectors may name them.
pub(crate) fn augmented(mesh: &Mesh, workload: &Workload) -> Labels {
    let mut out = workload.meta.labels.clone();
    let place = &workload.locality;
    let network = if workload.network.is_empty() { &mesh.settings.network } else { &workload.network };
    let network = if out.get(NETWORK_LABEL).is_some_and(|n| !n.is_empty()) { "" } else { network };
    for (key, value) in [
        (REGION, place.region.as_str()),
        (ZONE, place.zone.as_str()),
        (SUBZONE, place.subzone.as_str()),
        ("topology.istio.io/cluster", mesh.settings.cluster_id.as_str()),
        ("kubernetes.io/hostname", workload.node.as_str()),
        (NETWORK_LABEL, network),
    ] {
        if !value.is_empty() {
            out.insert(key.to_owned(), value.to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localities_in_text_and_labels() {
        assert_eq!(locality("a/b/c").subzone, "c");
        assert_eq!(locality("a").zone, "");
        assert_eq!(
            (locality("a/b").label(), locality("a/b/").label()),
            ("a/b".to_owned(), "a/b/".to_owned())
        );
        let labels = |word: &str| Labels::from([("istio-locality".to_owned(), word.to_owned())]);
        assert_eq!(locality_of_labels(&labels("a.b")).unwrap().zone, "b");
        assert_eq!(locality_of_labels(&labels("a/b.c")).unwrap().zone, "b.c");
        assert_eq!(locality_of_labels(&Labels::new()), None);
    }

    #[test]
    fn jobs_of_cron_jobs_end_in_a_time() {
        assert_eq!(cron_job("backup-28500000").as_deref(), Some("backup"));
        assert_eq!(cron_job("backup-2850000"), None);
        assert_eq!(cron_job("backup-2850000x"), None);
    }
}
