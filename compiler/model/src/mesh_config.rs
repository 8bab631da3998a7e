//! Where the input states the mesh's configuration: the ConfigMap that istiod reads, and what makes that ConfigMap at installation.
//!
//! The command line may name files; they are what the ConfigMap holds. Else istiod reads the ConfigMap alone (`pilot/pkg/bootstrap/mesh.go`). `istioctl install` makes it from an IstioOperator, in which
//! `spec.values.meshConfig` counts more than `spec.meshConfig` (`operator/pkg/render/manifest.go`, `MergeInputs`); Helm makes it from the chart's
//! values (`manifests/charts/istio-control/istio-discovery/templates/configmap.yaml`). Of several sources the one that is nearest to
//! istiod counts: the ConfigMap, then an IstioOperator, then values.

use std::sync::Arc;

use crate::base::{ObjectRef, Span};
use crate::node::{Node, Value};
use crate::syntax::{ParsedFile, embedded};
use crate::{Kind, Workspace};

/// The namespace in which istiod looks for its ConfigMap.
const HOME: &str = "istio-system";
/// The group of IstioOperators.
const OPERATORS: &str = "install.istio.io/";
/// Where values files keep the values of the chart `istiod`: at the top, below the name of a subchart, or as the chart itself does.
const VALUES: &[&[&str]] = &[&[], &["istiod"], &["_internal_defaults_do_not_set"]];

/// What a source is, in the order in which they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MeshConfigKind {
    /// A file that the command line names.
    File,
    /// `data.mesh` of the ConfigMap `istio`.
    ConfigMap,
    /// An IstioOperator.
    Operator,
    /// Values of the chart `istiod`.
    Values,
}

/// One place that states the mesh's configuration.
#[derive(Clone, Debug)]
pub struct MeshConfigSource {
    /// What it is.
    pub kind: MeshConfigKind,
    /// The object; `None` for values files.
    pub object: Option<ObjectRef>,
    /// What the bodies stand in.
    parsed: Arc<ParsedFile>,
    document: usize,
    /// Ways from the document's root to bodies of MeshConfig: what comes later counts more.
    bodies: Vec<Vec<&'static str>>,
    /// The way to the values of the chart.
    values: Option<Vec<&'static str>>,
    /// The body of MeshNetworks, if it is stated.
    networks: Option<Arc<ParsedFile>>,
    /// The scalar that holds the body, where the body has no places of its own in the file.
    apart: Option<Span>,
    /// The same for MeshNetworks.
    networks_apart: Option<Span>,
}

impl MeshConfigSource {
    /// The bodies of MeshConfig with the path of their fields in the object; what comes later counts more.
    pub fn bodies(&self) -> impl Iterator<Item = (String, Node<'_>)> {
        self.bodies.iter().filter_map(|way| {
            let path =
                if self.kind == MeshConfigKind::ConfigMap { "data.mesh".to_owned() } else { way.join(".") };
            Some((path, self.follow(way)?))
        })
    }

    /// The body of MeshNetworks, if a ConfigMap or a file states it.
    #[must_use]
    pub fn networks(&self) -> Option<Node<'_>> {
        self.networks.as_ref()?.root(0)
    }

    /// The networks of the chart's `global.meshNetworks` with the path of each in the object.
    pub fn chart_networks(&self) -> impl Iterator<Item = (String, &str, Node<'_>)> {
        let way = self
            .values
            .iter()
            .flatten()
            .copied()
            .chain(["global", "meshNetworks"])
            .collect::<Vec<_>>()
            .join(".");
        let networks = self.global(&["meshNetworks"]).into_iter().flat_map(Node::entries);
        networks.map(move |(name, network)| {
            let name = name.as_str().unwrap_or_default();
            (format!("{way}.{name}"), name, network)
        })
    }

    /// A value of the chart's `global`.
    #[must_use]
    pub fn global(&self, way: &[&str]) -> Option<Node<'_>> {
        let global = self.follow(self.values.as_ref()?)?.get("global")?;
        way.iter().try_fold(global, |node, key| node.get(key))
    }

    /// A place in a body, as a place in the file.
    #[must_use]
    pub fn span(&self, inner: Span) -> Span {
        self.apart.unwrap_or(inner)
    }

    /// A place in the body of MeshNetworks, as a place in the file.
    #[must_use]
    pub fn networks_span(&self, inner: Span) -> Span {
        self.networks_apart.unwrap_or(inner)
    }

    /// Its name for people.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.object {
            Some(object) => object.to_string(),
            None if self.kind == MeshConfigKind::File => "the named file".to_owned(),
            None => "the values file".to_owned(),
        }
    }

    fn follow(&self, way: &[&str]) -> Option<Node<'_>> {
        way.iter().try_fold(self.parsed.root(self.document)?, |node, key| node.get(key))
    }
}

/// All sources of the input, the one that counts first.
pub(crate) fn sources(workspace: &Workspace) -> Vec<MeshConfigSource> {
    let mut out: Vec<MeshConfigSource> = named(workspace).into_iter().chain(config_map(workspace)).collect();
    for parsed in workspace.looked_at() {
        for (document, root) in parsed.roots() {
            // Nearly all documents are objects of other groups, and have nothing more to say.
            match root.get("apiVersion") {
                None => out.extend(values(parsed, document, root)),
                Some(version) if version.as_str().is_some_and(|version| version.starts_with(OPERATORS)) => {
                    out.extend(operator(parsed, document, root));
                }
                Some(_) => {}
            }
        }
    }
    out.sort_by_key(|source| source.kind);
    out
}

/// The files of the command line.
fn named(workspace: &Workspace) -> Option<MeshConfigSource> {
    let settings = workspace.settings();
    let bodies = if settings.mesh_config.is_some() { vec![Vec::new()] } else { Vec::new() };
    let parsed = settings.mesh_config.as_ref().or(settings.mesh_networks.as_ref())?;
    let networks = settings.mesh_networks.clone();
    Some(MeshConfigSource { bodies, networks, ..source(MeshConfigKind::File, parsed, 0) })
}

fn config_map(workspace: &Workspace) -> Option<MeshConfigSource> {
    let object = workspace.find(Kind::ConfigMap, HOME, "istio")?;
    let file = workspace.files().get(object.file.0 as usize)?;
    let data = workspace.root(object)?.get("data")?;
    let read = |key: &str| {
        let node = data.get(key)?;
        let found = embedded(file, node)?;
        Some((Arc::new(found.parsed), (!found.in_place).then(|| node.span())))
    };
    let (parsed, apart) = read("mesh")?;
    let networks = read("meshNetworks");
    let networks_apart = networks.as_ref().and_then(|(_, apart)| *apart);
    Some(MeshConfigSource {
        kind: MeshConfigKind::ConfigMap,
        object: Some(object.reference()),
        parsed,
        document: 0,
        bodies: vec![Vec::new()],
        values: None,
        networks: networks.map(|(parsed, _)| parsed),
        apart,
        networks_apart,
    })
}

fn source(kind: MeshConfigKind, parsed: &Arc<ParsedFile>, document: usize) -> MeshConfigSource {
    MeshConfigSource {
        kind,
        object: None,
        parsed: Arc::clone(parsed),
        document,
        bodies: Vec::new(),
        values: None,
        networks: None,
        apart: None,
        networks_apart: None,
    }
}

fn operator(parsed: &Arc<ParsedFile>, document: usize, root: Node<'_>) -> Option<MeshConfigSource> {
    let text = |node: Option<Node<'_>>| node.and_then(Node::as_str).unwrap_or_default().to_owned();
    if root.get("kind").and_then(Node::as_str) != Some("IstioOperator") {
        return None;
    }
    let meta = |key: &str| text(root.get("metadata").and_then(|meta| meta.get(key)));
    let ways = [vec!["spec", "meshConfig"], vec!["spec", "values", "meshConfig"]];
    let object =
        ObjectRef { kind: "IstioOperator".to_owned(), namespace: meta("namespace"), name: meta("name") };
    Some(MeshConfigSource {
        object: Some(object),
        bodies: ways.into_iter().filter(|way| is_mapping(root, way)).collect(),
        values: Some(vec!["spec", "values"]),
        ..source(MeshConfigKind::Operator, parsed, document)
    })
    .filter(|source| !source.bodies.is_empty() || source.global(&[]).is_some())
}

/// A document that is no object and has a mapping `meshConfig` or `global.meshNetworks` where values of the chart have it.
fn values(parsed: &Arc<ParsedFile>, document: usize, root: Node<'_>) -> Option<MeshConfigSource> {
    if root.get("apiVersion").is_some() || root.get("kind").is_some() {
        return None;
    }
    VALUES.iter().find_map(|way| {
        let below = |more: &[&'static str]| way.iter().chain(more).copied().collect::<Vec<_>>();
        let body = below(&["meshConfig"]);
        let bodies: Vec<_> = Some(body).into_iter().filter(|body| is_mapping(root, body)).collect();
        (!bodies.is_empty() || is_mapping(root, &below(&["global", "meshNetworks"]))).then(|| {
            MeshConfigSource {
                bodies,
                values: Some(way.to_vec()),
                ..source(MeshConfigKind::Values, parsed, document)
            }
        })
    })
}

fn is_mapping(root: Node<'_>, way: &[&str]) -> bool {
    let node = way.iter().try_fold(root, |node, key| node.get(key));
    node.is_some_and(|node| node.value() == Value::Map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;

    fn read(text: &str) -> (Workspace, Vec<MeshConfigSource>) {
        let workspace = Workspace::read(&[Input::new("values.yaml", text)]);
        let sources = workspace.mesh_configs();
        (workspace, sources)
    }

    #[test]
    fn the_nearest_to_istiod_comes_first() {
        let text = "meshConfig: {rootNamespace: a}\nglobal: {meshID: m}\n---\napiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: o, namespace: istio-system}\nspec:\n  meshConfig: {rootNamespace: b}\n  values: {meshConfig: {rootNamespace: c}, global: {network: net}}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    rootNamespace: d\n  meshNetworks: 'networks: {}'\n";
        let (workspace, sources) = read(text);
        let kinds: Vec<MeshConfigKind> = sources.iter().map(|source| source.kind).collect();
        assert_eq!(kinds, [MeshConfigKind::ConfigMap, MeshConfigKind::Operator, MeshConfigKind::Values]);
        let roots = |source: &MeshConfigSource| -> Vec<String> {
            let names = source.bodies().filter_map(|(_, body)| body.get("rootNamespace"));
            names.map(|name| workspace.sources().slice(source.span(name.span())).to_owned()).collect()
        };
        assert_eq!(sources.iter().map(roots).collect::<Vec<_>>(), [vec!["d"], vec!["b", "c"], vec!["a"]]);
        let text =
            |at: usize, way: &[&str]| sources.get(at).and_then(|s| s.global(way)).and_then(Node::as_str);
        assert_eq!((text(1, &["network"]), text(2, &["meshID"])), (Some("net"), Some("m")));
        assert!(sources.first().is_some_and(|source| source.networks().is_some()));
    }

    #[test]
    fn other_documents_state_nothing() {
        let text = "meshConfig: text\n---\nglobal: {meshID: m}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata: {mesh: 'a: 1'}\n---\napiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {profile: minimal}\n";
        assert!(read(text).1.is_empty());
    }
}
