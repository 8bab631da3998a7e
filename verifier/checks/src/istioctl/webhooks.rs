//! # Injectors that meet, or that call nobody
//!
//! ```yaml bad
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: MutatingWebhookConfiguration
//! metadata: {name: one}
//! webhooks:
//! - name: a.sidecar-injector.istio.io
//!   clientConfig: {service: {name: istiod, namespace: istio-system}}
//!   namespaceSelector: {matchLabels: {istio-injection: enabled}}
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: MutatingWebhookConfiguration
//! metadata: {name: two}
//! webhooks:
//! - name: b.sidecar-injector.istio.io
//!   clientConfig: {url: "https://example.com"}
//!   namespaceSelector: {matchExpressions: [{key: istio-injection, operator: In, values: [enabled]}]}
//! # IST0139 MutatingWebhookConfiguration one
//! # IST0139 MutatingWebhookConfiguration one
//! # IST0139 MutatingWebhookConfiguration two
//! ```
//! ```yaml good
//! apiVersion: v1
//! kind: Service
//! metadata: {name: istiod, namespace: istio-system}
//! ---
//! apiVersion: admissionregistration.k8s.io/v1
//! kind: MutatingWebhookConfiguration
//! metadata: {name: one, labels: {istio.io/rev: canary}}
//! webhooks:
//! - name: a
//!   clientConfig: {service: {name: istiod, namespace: istio-system}}
//!   namespaceSelector: {matchLabels: {istio.io/rev: canary}}
//! - name: b
//!   clientConfig: {service: {name: istiod, namespace: istio-system}}
//!   namespaceSelector: {matchExpressions: [{key: istio.io/rev, operator: DoesNotExist}]}
//!   objectSelector: {matchLabels: {istio.io/rev: canary}}
//! ```

use std::collections::{BTreeMap, BTreeSet};

use mp_model::{Node, SourceKind};

use super::analyzer::{Analyzer, Context};
use super::notice::{Out, list};
use super::notices::INVALID_WEBHOOK;
use super::selectors::{Labels, label_selector};
use super::store::{Resource, at, full_name, items, text};

pub(super) static ANALYZER: Analyzer = Analyzer {
    name: "webhook.Analyzer",
    inputs: &[SourceKind::MutatingWebhookConfiguration, SourceKind::Service],
    codes: &["IST0139"],
    source: include_str!("webhooks.rs"),
    run,
};

const REVISION: &str = "istio.io/rev";

/// A hook by `configuration/hook`.
type Hook<'s, 'a> = (String, &'s Resource<'a>, Node<'a>);

fn run(cx: &Context<'_>, out: &mut Out) {
    let mut hooks: Vec<Hook<'_, '_>> = Vec::new();
    let mut revisions: BTreeSet<&str> = BTreeSet::new();
    for configuration in cx.store.all(SourceKind::MutatingWebhookConfiguration) {
        let own: Vec<Node<'_>> = items(configuration.root(), &["webhooks"]).collect();
        let known = revisions_of(configuration, &own);
        if known.is_empty() && !own.iter().any(|hook| text(*hook, &["name"]).ends_with("istio.io")) {
            continue;
        }
        revisions.extend(known);
        let named = |hook: Node<'_>| format!("{}/{}", configuration.full_name(), text(hook, &["name"]));
        hooks.extend(own.into_iter().map(|hook| (named(hook), configuration, hook)));
    }
    overlaps(&hooks, &revisions, out);
    for (_, configuration, hook) in &hooks {
        let Some(service) = at(*hook, &["clientConfig", "service"]) else { continue };
        let (namespace, name) = (text(service, &["namespace"]), text(service, &["name"]));
        if cx.store.find(SourceKind::Service, namespace, name).is_none() {
            let name = full_name(namespace, name);
            let words = format!("Injector refers to a control plane service that does not exist: {name}.");
            out.report(&INVALID_WEBHOOK, configuration, &[&words]);
        }
    }
}

/// The revisions that a configuration speaks of.
fn revisions_of<'a>(configuration: &Resource<'a>, hooks: &[Node<'a>]) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = configuration.label(REVISION).into_iter().collect();
    let selectors =
        hooks.iter().flat_map(|hook| ["namespaceSelector", "objectSelector"].map(|key| hook.get(key)));
    for selector in selectors.flatten() {
        found.extend(at(selector, &["matchLabels"]).and_then(|labels| labels.get(REVISION)?.as_str()));
        let expressions =
            items(selector, &["matchExpressions"]).filter(|one| text(*one, &["key"]) == REVISION);
        found.extend(expressions.flat_map(|one| items(one, &["values"])).filter_map(Node::as_str));
    }
    found
}

/// Nothing, a label that says yes or no, and each of these with every revision.
fn labels<'a>(key: &'a str, words: [&'a str; 2], revisions: &BTreeSet<&'a str>) -> Vec<Labels<'a>> {
    let bases = || [Labels::new(), Labels::from([(key, words[0])]), Labels::from([(key, words[1])])];
    let mut all: Vec<Labels<'a>> = bases().into();
    for revision in revisions {
        all.extend(bases().into_iter().map(|mut labels| {
            labels.insert(REVISION, revision);
            labels
        }));
    }
    all
}

/// No labels of a namespace and an object may match two hooks.
fn overlaps(hooks: &[Hook<'_, '_>], revisions: &BTreeSet<&str>, out: &mut Out) {
    let namespaces = labels("istio-injection", ["enabled", "disabled"], revisions);
    let objects = labels("sidecar.istio.io/inject", ["true", "false"], revisions);
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    for namespace in &namespaces {
        let around: Vec<&Hook<'_, '_>> = hooks
            .iter()
            .filter(|(.., hook)| label_selector(hook.get("namespaceSelector"), namespace))
            .collect();
        for object in &objects {
            let met = around.iter().filter(|(.., hook)| label_selector(hook.get("objectSelector"), object));
            let met: BTreeMap<&str, &Resource<'_>> =
                met.map(|(name, own, _)| (name.as_str(), *own)).collect();
            for (name, configuration) in met.iter().filter(|_| met.len() > 1) {
                let others = list(met.keys().filter(|other| *other != name));
                if told.insert(((*name).to_owned(), others.clone())) {
                    let words = format!(
                        "Webhook overlaps with others: {others}. This may cause injection to occur twice."
                    );
                    out.report(&INVALID_WEBHOOK, configuration, &[&words]);
                }
            }
        }
    }
}
