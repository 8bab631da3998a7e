//! The objects that the analyzers read, in all clusters (istio 1.31 `pkg/config/analysis/local/istiod_analyze.go`, `context.go`).

use std::collections::BTreeMap;

use mp_model::admission::message::{Item, Message, Value};
use mp_model::admission::{Body, read_body};
use mp_model::{Instance, Node, ReadFault, SourceKind};
use rayon::prelude::*;

use super::notice::Subject;

/// Namespaces whose objects are not looked at (`pkg/kube/inject/webhook.go`, `IgnoredNamespaces`).
const IGNORED: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];
/// The annotation with codes that are not told of the object.
const SUPPRESS: &str = "galley.istio.io/analyze-suppress";

/// One object.
#[derive(Debug)]
pub(crate) struct Resource<'a> {
    instance: Instance<'a>,
    /// The body of Istio's kinds.
    body: Option<Body<'a>>,
    cluster: &'a str,
}

impl<'a> Resource<'a> {
    /// Its kind.
    pub(crate) fn kind(&self) -> SourceKind {
        self.instance.kind
    }

    /// `metadata.namespace`, empty where none is written.
    pub(crate) fn namespace(&self) -> &'a str {
        self.instance.namespace
    }

    /// `metadata.name`.
    pub(crate) fn name(&self) -> &'a str {
        self.instance.name
    }

    /// Namespace and name.
    pub(crate) fn key(&self) -> (&'a str, &'a str) {
        (self.instance.namespace, self.instance.name)
    }

    /// `namespace/name`, or the name alone.
    pub(crate) fn full_name(&self) -> String {
        full_name(self.instance.namespace, self.instance.name)
    }

    /// `metadata.labels`.
    pub(crate) fn labels(&self) -> &BTreeMap<&'a str, &'a str> {
        &self.instance.labels
    }

    /// A label.
    pub(crate) fn label(&self, key: &str) -> Option<&'a str> {
        self.instance.labels.get(key).copied()
    }

    /// `metadata.annotations`.
    pub(crate) fn annotations(&self) -> &BTreeMap<&'a str, &'a str> {
        &self.instance.annotations
    }

    /// The cluster it lives in.
    pub(crate) fn cluster(&self) -> &'a str {
        self.cluster
    }

    /// The whole object.
    pub(crate) fn root(&self) -> Node<'a> {
        self.instance.root
    }

    /// A value below the root.
    pub(crate) fn at(&self, path: &[&str]) -> Option<Node<'a>> {
        at(self.instance.root, path)
    }

    /// The body of Istio's kinds.
    pub(crate) fn body(&self) -> Option<&Body<'a>> {
        self.body.as_ref()
    }

    /// The message of Istio's kinds.
    pub(crate) fn message(&self) -> Option<&Message> {
        self.body.as_ref().map(|body| &body.message)
    }

    /// The line of a value, if it is a scalar: Istio knows the lines of nothing else.
    pub(crate) fn line_of_item(&self, item: Option<&Item>) -> Option<u32> {
        let item = item?;
        match item.value {
            Value::Message(_) | Value::Any(..) | Value::List(_) | Value::Map(_) | Value::Opaque => None,
            _ => Some(self.instance.line_of(item.place.span)),
        }
    }

    /// The line of a scalar below the root.
    pub(crate) fn line_of(&self, node: Option<Node<'_>>) -> Option<u32> {
        let node = node.filter(|node| node.items().next().is_none() && node.entries().next().is_none())?;
        Some(self.instance.line_of(node.span()))
    }

    /// The line of `metadata.name`.
    pub(crate) fn name_line(&self) -> Option<u32> {
        self.line_of(self.at(&["metadata", "name"]))
    }

    /// The line of the value of the first label of a selector in a field of the body.
    pub(crate) fn selector_line(&self, holder: Option<&Message>, field: &str) -> Option<u32> {
        let (_, item) = holder?.entries(field).iter().min_by_key(|(key, _)| key.as_str())?;
        Some(self.instance.line_of(item.place.span))
    }

    /// How messages name it.
    pub(crate) fn subject(&self, line: Option<u32>) -> Subject {
        let (path, number) = (self.instance.path(), line.unwrap_or(self.instance.first_line()));
        let is_json = std::path::Path::new(path).extension().is_some_and(|ending| ending == "json");
        Subject {
            kind: self.instance.kind.name(),
            namespace: self.namespace().to_owned(),
            name: self.name().to_owned(),
            place: if is_json { path.to_owned() } else { format!("{path}:{number}") },
            file: Some((path.to_owned(), (!is_json).then_some(number))),
            cluster: self.cluster.to_owned(),
            silenced: self.annotations().get(SUPPRESS).copied().unwrap_or_default().to_owned(),
        }
    }
}

/// `namespace/name`, or the name alone.
pub(crate) fn full_name(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") }
}

/// A name that another object writes: `namespace/name`, or a name in its own namespace.
pub(crate) fn short_or_full<'t>(own: &'t str, written: &'t str) -> (&'t str, &'t str) {
    written.split_once('/').unwrap_or((own, written))
}

/// A value below a node; null is none.
pub(crate) fn at<'a>(node: Node<'a>, path: &[&str]) -> Option<Node<'a>> {
    path.iter().try_fold(node, |node, key| node.get(key)).filter(|node| !node.is_null())
}

/// Text below a node; empty where there is none.
pub(crate) fn text<'a>(node: Node<'a>, path: &[&str]) -> &'a str {
    at(node, path).and_then(Node::as_str).unwrap_or_default()
}

/// The items of a list below a node.
pub(crate) fn items<'a>(node: Node<'a>, path: &[&str]) -> impl Iterator<Item = Node<'a>> {
    at(node, path).into_iter().flat_map(Node::items)
}

/// A map of texts below a node.
pub(crate) fn texts<'a>(node: Option<Node<'a>>) -> BTreeMap<&'a str, &'a str> {
    let entries = node.into_iter().flat_map(Node::entries);
    entries.filter_map(|(key, value)| Some((key.as_str()?, value.as_str().unwrap_or_default()))).collect()
}

/// All objects by kind.
#[derive(Debug, Default)]
pub(crate) struct Store<'a> {
    by_kind: BTreeMap<SourceKind, Vec<Resource<'a>>>,
    by_name: BTreeMap<(SourceKind, &'a str, &'a str), usize>,
}

/// A cluster's objects, in the order in which they are applied.
pub(crate) struct Cluster<'a> {
    pub(crate) name: &'a str,
    pub(crate) instances: Vec<Instance<'a>>,
    /// Whether objects of the namespaces of Kubernetes itself are left out.
    pub(crate) filtered: bool,
}

impl<'a> Store<'a> {
    /// Of objects with the same kind and name in one cluster the last one counts.
    pub(crate) fn new(clusters: Vec<Cluster<'a>>, faults: &mut Vec<ReadFault>) -> Self {
        let mut store = Self::default();
        for cluster in clusters {
            store.add(cluster, faults);
        }
        for (kind, resources) in &store.by_kind {
            for (at, resource) in resources.iter().enumerate() {
                store.by_name.entry((*kind, resource.namespace(), resource.name())).or_insert(at);
            }
        }
        store
    }

    fn add(&mut self, cluster: Cluster<'a>, faults: &mut Vec<ReadFault>) {
        let name = cluster.name;
        let read = |instance: Instance<'a>| {
            let body = instance.model_kind().and_then(|kind| read_body(kind, instance.root)).transpose();
            (instance, body)
        };
        let read: Vec<_> = cluster.instances.into_par_iter().map(read).collect();
        let mut kept: BTreeMap<SourceKind, BTreeMap<(&str, &str), usize>> = BTreeMap::new();
        for (instance, body) in read {
            let home =
                if instance.kind == SourceKind::Namespace { instance.name } else { instance.namespace };
            if cluster.filtered && IGNORED.contains(&home) {
                continue;
            }
            let body = match body {
                Ok(body) => body,
                Err(wrong) => {
                    let place = format!("{}:{}", instance.path(), instance.line_of(wrong.span));
                    faults.push(ReadFault { place, message: wrong.message });
                    continue;
                }
            };
            let (kind, key) = (instance.kind, (instance.namespace, instance.name));
            let resource = Resource { instance, body, cluster: name };
            let list = self.by_kind.entry(kind).or_default();
            let slots = kept.entry(kind).or_default();
            match slots.get(&key).and_then(|at| list.get_mut(*at)) {
                Some(slot) => *slot = resource,
                None => {
                    slots.insert(key, list.len());
                    list.push(resource);
                }
            }
        }
    }

    /// The objects of a kind, those of the first cluster first.
    pub(crate) fn all(&self, kind: SourceKind) -> &[Resource<'a>] {
        self.by_kind.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// The objects of one of Istio's kinds with their messages.
    pub(crate) fn messages(&self, kind: SourceKind) -> impl Iterator<Item = (&Resource<'a>, &Message)> {
        self.all(kind).iter().filter_map(|resource| Some((resource, resource.message()?)))
    }

    /// An object by name; of several clusters the first that has it.
    pub(crate) fn find(&self, kind: SourceKind, namespace: &str, name: &str) -> Option<&Resource<'a>> {
        // The key's lifetime is the store's; a look-up does not need to live as long.
        let at = self.by_name.get(&(kind, namespace, name))?;
        self.all(kind).get(*at)
    }
}
