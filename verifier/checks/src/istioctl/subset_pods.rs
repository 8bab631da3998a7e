//! # Destination rules for unknown hosts, and subsets without Pods
//!
//! A subset is looked for among all Pods of all namespaces, by its labels alone.
//!
//! ```yaml bad
//! apiVersion: v1
//! kind: Service
//! metadata: {name: web, namespace: shop}
//! spec: {ports: [{port: 80}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: web, namespace: shop}
//! spec: {host: web, subsets: [{name: v1, labels: {version: v1}}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: other, namespace: shop}
//! spec: {host: web.shop}
//! # IST0173 DestinationRule shop/web
//! # IST0174 DestinationRule shop/other
//! ```
//! ```yaml good
//! apiVersion: networking.istio.io/v1
//! kind: ServiceEntry
//! metadata: {name: all, namespace: shop}
//! spec: {hosts: ["*.example.com"], ports: [{number: 80, name: http, protocol: HTTP}]}
//! ---
//! apiVersion: networking.istio.io/v1
//! kind: DestinationRule
//! metadata: {name: web, namespace: shop}
//! spec: {host: a.example.com, subsets: [{name: near, labels: {topology.kubernetes.io/zone: z}}]}
//! ---
//! apiVersion: v1
//! kind: Node
//! metadata: {name: node, labels: {topology.kubernetes.io/region: r, topology.kubernetes.io/zone: z}}
//! ---
//! apiVersion: v1
//! kind: Pod
//! metadata: {name: web, namespace: other}
//! spec: {nodeName: node}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use mp_model::SourceKind;
use mp_model::admission::message::Message;

use super::analyzer::{Analyzer, Context};
use super::hosts::Hosts;
use super::notice::Out;
use super::notices::{DESTINATION_RULE_SUBSET_NOT_SELECT_PODS, UNKNOWN_DESTINATION_RULE_HOST};
use super::selectors::{Labels, matches, pairs};
use super::store::{Resource, text};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "destinationrule.SubsetSelectPodAnalyzer",
    inputs: &[
        SourceKind::DestinationRule,
        SourceKind::Pod,
        SourceKind::Service,
        SourceKind::ServiceEntry,
        SourceKind::Node,
    ],
    codes: &["IST0173", "IST0174"],
    source: include_str!("subset_pods.rs"),
    run,
};

const REGION: &str = "topology.kubernetes.io/region";
const ZONE: &str = "topology.kubernetes.io/zone";
const SUBZONE: &str = "topology.istio.io/subzone";
const HOSTNAME: &str = "kubernetes.io/hostname";

fn run(cx: &Context<'_>, out: &mut Out) {
    let hosts = Hosts::new(cx);
    let workloads = Workloads::new(cx);
    for (rule, message) in cx.store.messages(SourceKind::DestinationRule) {
        let exports: Vec<&str> = message.texts("exportTo").map(|(scope, _)| scope).collect();
        let host = message.text("host");
        match hosts.find(rule.namespace(), &exports, host) {
            None => out.report(&UNKNOWN_DESTINATION_RULE_HOST, rule, &[&host]),
            Some(found) => subsets(&workloads, rule, message, &found.selector, out),
        }
    }
}

fn subsets(
    workloads: &Workloads<'_>,
    rule: &Resource<'_>,
    message: &Message,
    base: &Labels<'_>,
    out: &mut Out,
) {
    // Of subsets with one name the last one counts.
    let named: BTreeMap<&str, &Message> =
        message.messages("subsets").map(|subset| (subset.text("name"), subset)).collect();
    for (name, subset) in named {
        let mut selector = base.clone();
        selector.extend(pairs(Some(subset), "labels"));
        if !workloads.has(&selector) {
            out.report(&DESTINATION_RULE_SUBSET_NOT_SELECT_PODS, rule, &[&name]);
        }
    }
}

/// The labels of all Pods with those that istiod adds for their Node (`pilot/pkg/serviceregistry/util/label`, `AugmentLabels`), by pair.
struct Workloads<'a> {
    all: BTreeSet<Labels<'a>>,
    by_pair: BTreeMap<(&'a str, &'a str), Vec<Labels<'a>>>,
}

impl<'a> Workloads<'a> {
    fn new(cx: &'a Context<'_>) -> Self {
        let nodes: BTreeMap<&str, &Resource<'_>> =
            cx.store.all(SourceKind::Node).iter().map(|node| (node.name(), node)).collect();
        let all: BTreeSet<Labels<'a>> =
            cx.store.all(SourceKind::Pod).iter().map(|pod| augmented(pod, &nodes)).collect();
        let mut by_pair: BTreeMap<(&str, &str), Vec<Labels<'a>>> = BTreeMap::new();
        for labels in &all {
            for (key, value) in labels {
                by_pair.entry((key, value)).or_default().push(labels.clone());
            }
        }
        Self { all, by_pair }
    }

    fn has(&self, selector: &Labels<'_>) -> bool {
        let lists = selector.iter().map(|pair| self.by_pair.get(&(*pair.0, *pair.1)));
        match lists.min_by_key(|list| list.map_or(0, Vec::len)) {
            None => !self.all.is_empty(),
            Some(list) => list.into_iter().flatten().any(|labels| matches(selector, labels)),
        }
    }
}

fn augmented<'a>(pod: &Resource<'a>, nodes: &BTreeMap<&str, &Resource<'a>>) -> Labels<'a> {
    let mut labels = pod.labels().clone();
    let node = text(pod.root(), &["spec", "nodeName"]);
    let on_node = |key: &str| nodes.get(node).and_then(|node| node.label(key)).unwrap_or_default();
    // The parts become one text with slashes and are cut again: a part behind an empty one is lost.
    let locality = match (on_node(ZONE), on_node(SUBZONE)) {
        ("", _) => vec![on_node(REGION)],
        (zone, "") => vec![on_node(REGION), zone],
        (zone, subzone) => vec![on_node(REGION), zone, subzone],
    };
    let parts = locality.into_iter().flat_map(|part| part.split('/'));
    for (key, value) in [REGION, ZONE, SUBZONE].into_iter().zip(parts).filter(|(_, value)| !value.is_empty())
    {
        labels.insert(key, value);
    }
    if !node.is_empty() {
        labels.insert(HOSTNAME, node);
    }
    labels
}
