//! The graph as its page shows it: nodes with their namespace, place, findings, policies and mode of mutual TLS.

use std::collections::{BTreeMap, BTreeSet};

use mp_base::{Diagnostic, ObjectRef, Origin};
use mp_checks::graph::{Thing, TrafficGraph};
use mp_checks::{Elsewhere, Hosts};
use mp_ide::Analysis;
use mp_ir::mesh::{Mesh, MutualTlsMode, Workload};
use serde::Serialize;

use super::policies;

/// What the page's script reads.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    /// Sorted; the first one is empty and holds the clients of the mesh.
    pub(super) namespaces: Vec<String>,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    pub(super) findings: Vec<Finding>,
    pub(super) policies: Vec<policies::Policy>,
}

/// One node. Lists hold places in [`Page::findings`] and [`Page::policies`].
#[derive(Debug, Serialize)]
pub(super) struct Node {
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// Place in [`Page::namespaces`].
    pub(super) namespace: usize,
    /// `file:line:column`, sorted; a workload of several Pods has one for each.
    pub(super) at: Vec<String>,
    /// `missing` where the input does not have it, `unreached` where no route leads to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<&'static str>,
    /// Mode of mutual TLS that a workload asks of its callers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mtls: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) findings: BTreeSet<usize>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) policies: BTreeSet<usize>,
}

/// One edge between two places in [`Page::nodes`].
#[derive(Debug, Serialize)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) findings: Vec<usize>,
}

/// One finding of `check`.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    code: &'static str,
    level: &'static str,
    message: String,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// Nodes by what they stand for; Pods of one owner are one node.
struct Nodes<'a> {
    analysis: &'a Analysis,
    hosts: Hosts<'a>,
    objects: BTreeMap<(&'static str, String), Origin>,
    pods: BTreeMap<String, &'a Workload>,
    places: BTreeMap<(&'static str, String), usize>,
    namespaces: BTreeMap<String, usize>,
    nodes: Vec<Node>,
}

/// Everything that the page shows.
pub(super) fn page(analysis: &Analysis, graph: &TrafficGraph) -> Page {
    let mesh = &analysis.mesh;
    let mut nodes = Nodes {
        analysis,
        hosts: Hosts::new(mesh, &analysis.workspace, Elsewhere::default()),
        objects: objects(mesh),
        pods: mesh.workloads.iter().map(|w| (name_of(w), w)).collect(),
        places: BTreeMap::new(),
        namespaces: BTreeMap::new(),
        nodes: Vec::new(),
    };
    let reached = reached(graph);
    let mut things: Vec<&Thing> = graph.things().iter().collect();
    things.sort();
    nodes.namespaces = things.iter().map(|thing| (nodes.namespace(thing), 0)).collect();
    nodes.namespaces.insert(String::new(), 0);
    nodes.namespaces.values_mut().enumerate().for_each(|(place, slot)| *slot = place);
    for thing in things {
        nodes.add(thing, reached.contains(thing));
    }
    let edges = nodes.edges(graph);
    nodes.attach_findings();
    let policies =
        policies::attach(mesh, &nodes.hosts, &analysis.workspace, &mut nodes.nodes, &|kind, name| {
            nodes.places.get(&(kind, name.to_owned())).copied()
        });
    let findings = analysis.findings.iter().map(|finding| told(analysis, finding)).collect();
    Page { namespaces: nodes.namespaces.into_keys().collect(), nodes: nodes.nodes, edges, findings, policies }
}

/// What requests can come to. A service whose subsets take all requests is reached through them.
fn reached(graph: &TrafficGraph) -> BTreeSet<Thing> {
    let things = graph.reachable();
    let host = |thing: &&Thing| match thing {
        Thing::Subset(host, _) => Some(Thing::Host(host.clone())),
        _ => None,
    };
    let hosts: Vec<Thing> = things.iter().filter_map(host).collect();
    things.into_iter().cloned().chain(hosts).collect()
}

fn told(analysis: &Analysis, finding: &Diagnostic) -> Finding {
    Finding {
        code: finding.code,
        level: finding.level.as_str(),
        message: finding.message.clone(),
        at: analysis.workspace.sources().locate(finding.primary.span),
        help: finding.help.clone(),
    }
}

/// `namespace/name` of a workload.
fn name_of(workload: &Workload) -> String {
    format!("{}/{}", workload.meta.namespace(), workload.meta.name())
}

/// The node of a Pod is that of its owner.
pub(super) fn owner_of(workload: &Workload) -> String {
    format!("{}/{}", workload.meta.namespace(), workload.workload_name)
}

/// Where gateways and routes stand.
fn objects(mesh: &Mesh) -> BTreeMap<(&'static str, String), Origin> {
    let gateways = mesh.gateways.iter().map(|gateway| ("gateway", &gateway.meta));
    let routes = mesh.virtual_services.iter().map(|routes| ("virtual-service", &routes.meta));
    let named = |(kind, meta): (&'static str, &mp_ir::mesh::Meta)| {
        ((kind, format!("{}/{}", meta.namespace(), meta.name())), meta.origin)
    };
    gateways.chain(routes).map(named).collect()
}

/// The word for a mode.
fn mode(mode: MutualTlsMode) -> &'static str {
    match mode {
        MutualTlsMode::Strict => "strict",
        MutualTlsMode::Disable => "disable",
        MutualTlsMode::Permissive | MutualTlsMode::Unset => "permissive",
    }
}

impl<'a> Nodes<'a> {
    fn namespace(&self, thing: &Thing) -> String {
        let before = |name: &str| name.split_once('/').map_or("", |(namespace, _)| namespace).to_owned();
        match thing {
            Thing::Mesh => String::new(),
            Thing::Gateway(name) | Thing::VirtualService(name) | Thing::Workload(name) => before(name),
            Thing::Host(host) | Thing::Subset(host, _) => match self.hosts.services(host) {
                mp_checks::Answer::Yes(services) => {
                    services.first().map_or("", |service| service.meta.namespace()).to_owned()
                }
                mp_checks::Answer::No | mp_checks::Answer::Unknown => {
                    self.hosts.cluster_namespace(host).unwrap_or("(outside)").to_owned()
                }
            },
        }
    }

    /// Kind and name of the node that a thing is shown as.
    fn shown(&self, thing: &Thing) -> (&'static str, String) {
        match thing {
            Thing::Workload(name) => {
                (thing.kind(), self.pods.get(name).map_or_else(|| name.clone(), |pod| owner_of(pod)))
            }
            other => (other.kind(), other.label()),
        }
    }

    fn add(&mut self, thing: &Thing, reached: bool) {
        let key = self.shown(thing);
        let (origin, state) = self.found(thing, reached);
        let at = origin.map(|span| self.analysis.workspace.sources().locate(span));
        if let Some(place) = self.places.get(&key) {
            if let Some(node) = self.nodes.get_mut(*place) {
                node.at.extend(at);
                node.at.sort();
            }
            return;
        }
        let mtls = match thing {
            Thing::Workload(name) => self.pods.get(name).map(|pod| {
                mode(self.analysis.mesh.peer_modes(pod.meta.namespace(), pod.labels()).mode.value)
            }),
            _ => None,
        };
        self.nodes.push(Node {
            kind: key.0,
            name: key.1.clone(),
            namespace: self.namespaces.get(&self.namespace(thing)).copied().unwrap_or_default(),
            at: at.into_iter().collect(),
            state,
            mtls,
            findings: BTreeSet::new(),
            policies: BTreeSet::new(),
        });
        self.places.insert(key, self.nodes.len() - 1);
    }

    /// Where a thing stands in the input, and what is wrong with it.
    fn found(&self, thing: &Thing, reached: bool) -> (Origin, Option<&'static str>) {
        let known = |found: Option<Origin>| match found {
            Some(origin) => (origin, (!reached).then_some("unreached")),
            None => (None, Some("missing")),
        };
        match thing {
            Thing::Mesh => (None, None),
            Thing::Gateway(name) | Thing::VirtualService(name) => {
                known(self.objects.get(&(thing.kind(), name.clone())).copied())
            }
            Thing::Workload(name) => known(self.pods.get(name).map(|pod| pod.meta.origin)),
            Thing::Subset(host, name) => known(self.hosts.subset(host, name).map(|(_, s)| s.name.origin)),
            Thing::Host(host) => match self.hosts.services(host) {
                mp_checks::Answer::Yes(services) => known(services.first().map(|s| s.hostname.origin)),
                mp_checks::Answer::No => (None, Some("missing")),
                mp_checks::Answer::Unknown => (None, None),
            },
        }
    }

    /// Edges between nodes, once each, with the findings that stand at the field that made them.
    fn edges(&self, graph: &TrafficGraph) -> Vec<Edge> {
        let mut at_span: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, finding) in self.analysis.findings.iter().enumerate() {
            at_span.entry(finding.primary.span).or_default().push(place);
        }
        let place = |thing: &Thing| self.places.get(&self.shown(thing)).copied();
        let mut out: BTreeMap<(usize, usize), Edge> = BTreeMap::new();
        for (from, to, origin) in graph.edges() {
            let (Some(from), Some(to)) = (place(from), place(to)) else { continue };
            out.entry((from, to)).or_insert_with(|| Edge {
                from,
                to,
                at: origin.map(|span| self.analysis.workspace.sources().locate(span)),
                findings: origin.and_then(|span| at_span.get(&span)).cloned().unwrap_or_default(),
            });
        }
        out.into_values().collect()
    }

    fn attach_findings(&mut self) {
        let objects: Vec<(usize, Vec<usize>)> = self
            .analysis
            .findings
            .iter()
            .enumerate()
            .filter_map(|(place, finding)| Some((place, self.about(finding.object.as_ref()?, finding))))
            .collect();
        for (finding, nodes) in objects {
            for node in nodes {
                if let Some(node) = self.nodes.get_mut(node) {
                    node.findings.insert(finding);
                }
            }
        }
    }

    /// The nodes of an object; for a DestinationRule the subset that the finding is about, else its host.
    fn about(&self, object: &ObjectRef, finding: &Diagnostic) -> Vec<usize> {
        let node = |kind: &'static str, name: String| self.places.get(&(kind, name)).copied();
        let full = || format!("{}/{}", object.namespace, object.name);
        let mesh = &self.analysis.mesh;
        let is = |meta: &mp_ir::mesh::Meta| meta.object == *object;
        match object.kind.as_str() {
            "Gateway" => node("gateway", full()).into_iter().collect(),
            "VirtualService" => node("virtual-service", full()).into_iter().collect(),
            "Service" | "ServiceEntry" => {
                let own = mesh.services.iter().filter(|service| is(&service.meta));
                own.filter_map(|service| node("host", service.hostname.value.clone())).collect()
            }
            "DestinationRule" => {
                let rule = mesh.destination_rules.iter().find(|rule| is(&rule.meta));
                let at = finding.field.strip_prefix("spec.subsets[").and_then(|rest| rest.split(']').next());
                let subset = rule.zip(at.and_then(|at| at.parse::<usize>().ok()));
                let subset = subset.and_then(|(rule, at)| {
                    let name = format!("{} / {}", rule.host.value, rule.subsets.get(at)?.name.value);
                    node("subset", name)
                });
                subset.or_else(|| node("host", rule?.host.value.clone())).into_iter().collect()
            }
            "Pod" | "Deployment" | "WorkloadEntry" => {
                let pod = self.pods.get(&full()).map_or_else(full, |pod| owner_of(pod));
                node("workload", pod).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}
