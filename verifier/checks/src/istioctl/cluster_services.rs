//! # One Service that differs between clusters
//!
//! It has no example here, which would need a second cluster.

use std::collections::{BTreeMap, BTreeSet};

use mp_model::admission::quoted;
use mp_model::{Node, SourceKind};

use super::analyzer::{Analyzer, Context};
use super::deployment_services::{number, target_port};
use super::notice::Out;
use super::notices::MULTI_CLUSTER_INCONSISTENT_SERVICE;
use super::store::{Resource, at, items, text};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "services.MultiClusterServiceAnalyzer",
    inputs: &[SourceKind::Service],
    codes: &["IST0170"],
    source: include_str!("cluster_services.rs"),
    run,
};

const MIXED: &str = "service has mixed mode like headless and clusterIP";
const TYPE: &str = "service type is inconsistent";
const PORTS: &str = "service ports are inconsistent";

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut by_name: BTreeMap<(&str, &str), Vec<&Resource<'_>>> = BTreeMap::new();
    for service in cx.store.all(SourceKind::Service) {
        by_name.entry(service.key()).or_default().push(service);
    }
    for ((namespace, name), services) in by_name {
        let Some((first, rest)) = services.split_first() else { continue };
        let (mut clusters, mut reasons) = (BTreeSet::new(), BTreeSet::new());
        for other in rest {
            differences(first, other, &services, &mut clusters, &mut reasons);
        }
        if clusters.is_empty() {
            continue;
        }
        clusters.insert(first.cluster());
        let shown: Vec<String> = clusters.iter().map(|name| quoted(name)).collect();
        let (clusters, namespace) = (shown.join(" "), quoted(namespace));
        let reasons = reasons.into_iter().collect::<Vec<_>>().join("; ");
        out.report_text(&MULTI_CLUSTER_INCONSISTENT_SERVICE, first, format!("The service {name} in namespace {namespace} is inconsistent across clusters [{clusters}], which can lead to undefined behaviors. The inconsistent behaviors are: {reasons}."));
    }
}

fn differences<'a>(
    first: &Resource<'a>,
    other: &Resource<'a>,
    all: &[&Resource<'a>],
    clusters: &mut BTreeSet<&'a str>,
    reasons: &mut BTreeSet<&'static str>,
) {
    let is_headless = |one: &Resource<'_>| text(one.root(), &["spec", "clusterIP"]) == "None";
    if is_headless(first) != is_headless(other) {
        clusters.extend(all.iter().map(|one| one.cluster()));
        reasons.insert(MIXED);
    }
    let ty = |one: &Resource<'a>| text(one.root(), &["spec", "type"]);
    if ty(first) != ty(other) {
        clusters.insert(other.cluster());
        reasons.insert(TYPE);
    }
    if ports(first) != ports(other) {
        clusters.insert(other.cluster());
        reasons.insert(PORTS);
    }
}

/// Everything that is said of the ports, by name.
fn ports<'a>(service: &Resource<'a>) -> Vec<(&'a str, &'a str, Option<&'a str>, [i64; 2], String)> {
    let of = |port: Node<'a>| {
        let numbers = ["port", "nodePort"].map(|key| number(at(port, &[key])));
        let app = at(port, &["appProtocol"]).and_then(Node::as_str);
        (text(port, &["name"]), text(port, &["protocol"]), app, numbers, target_port(port))
    };
    let mut ports: Vec<_> = items(service.root(), &["spec", "ports"]).map(of).collect();
    ports.sort_by_key(|port| port.0);
    ports
}
