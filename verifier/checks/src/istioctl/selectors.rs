//! Selectors as apimachinery reads and prints them (`pkg/labels/selector.go`, `pkg/apis/meta/v1/helpers.go`), and Pods by their labels.

use std::collections::BTreeMap;

use mp_model::Node;
use mp_model::admission::message::Message;

use super::store::{Resource, at, items, text, texts};

/// Labels, or pairs that a selector asks for.
pub(crate) type Labels<'a> = BTreeMap<&'a str, &'a str>;

/// A map of texts in a field of a message.
pub(crate) fn pairs<'m>(message: Option<&'m Message>, field: &str) -> Labels<'m> {
    let entries = message.map_or(&[][..], |message| message.entries(field));
    entries.iter().map(|(key, item)| (key.as_str(), item.text())).collect()
}

/// Whether labels have all pairs; no pairs match everything.
pub(crate) fn matches(selector: &Labels<'_>, labels: &Labels<'_>) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// `a=b,c=d`, by key.
pub(crate) fn shown(selector: &Labels<'_>) -> String {
    let pairs: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

/// Whether a `LabelSelector` in YAML matches; one that is not written matches everything, a wrong one nothing.
pub(crate) fn label_selector(selector: Option<Node<'_>>, labels: &Labels<'_>) -> bool {
    let Some(selector) = selector.filter(|node| !node.is_null()) else { return true };
    let asked = texts(at(selector, &["matchLabels"]));
    let expression = |one: Node<'_>| {
        let values: Vec<&str> = items(one, &["values"]).filter_map(Node::as_str).collect();
        let found = labels.get(text(one, &["key"]));
        match text(one, &["operator"]) {
            "In" => !values.is_empty() && found.is_some_and(|value| values.contains(value)),
            "NotIn" => !values.is_empty() && found.is_none_or(|value| !values.contains(value)),
            "Exists" => values.is_empty() && found.is_some(),
            "DoesNotExist" => values.is_empty() && found.is_none(),
            _ => false,
        }
    };
    matches(&asked, labels) && items(selector, &["matchExpressions"]).all(expression)
}

/// Pods by the pairs of their labels.
#[derive(Debug, Default)]
pub(crate) struct PodIndex<'a> {
    all: Vec<usize>,
    by_pair: BTreeMap<(&'a str, &'a str), Vec<usize>>,
}

impl<'a> PodIndex<'a> {
    pub(crate) fn new(pods: &[Resource<'a>]) -> Self {
        let mut by_pair: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (at, pod) in pods.iter().enumerate() {
            for (key, value) in pod.labels() {
                by_pair.entry((key, value)).or_default().push(at);
            }
        }
        Self { all: (0..pods.len()).collect(), by_pair }
    }

    /// Pods that may match: those that have the rarest pair of the selector.
    fn candidates<'s>(&'s self, selector: &Labels<'s>) -> &'s [usize] {
        let lists =
            selector.iter().map(|pair| self.by_pair.get(&(*pair.0, *pair.1)).map_or(&[][..], Vec::as_slice));
        lists.min_by_key(|list| list.len()).unwrap_or(&self.all)
    }

    /// The Pods that a selector matches, in order.
    pub(crate) fn matching<'p>(
        &'p self,
        pods: &'p [Resource<'a>],
        selector: &'p Labels<'p>,
    ) -> impl Iterator<Item = &'p Resource<'a>> {
        let candidates = self.candidates(selector).iter().filter_map(|at| pods.get(*at));
        candidates.filter(|pod| matches(selector, pod.labels()))
    }
}
