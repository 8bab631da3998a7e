//! The wave of each object, from the order in which changes are safe (`diff --plan`), taken as if nothing were there yet: what is needed comes
//! first, what refuses before what admits.

use std::collections::BTreeMap;

use mp_base::{ObjectRef, Span};
use mp_ide::Analysis;
use mp_ir::mesh::Mesh;
use mp_lower::rollout::{self, Edge};
use mp_model::syntax::NodeId;
use mp_model::{Kind, Node};

use super::checked::is_object;

/// The annotation that Argo CD reads.
pub(super) const ANNOTATION: &str = "argocd.argoproj.io/sync-wave";

/// One object of the stream, of whatever kind.
#[derive(Debug)]
pub(super) struct Entry {
    /// Place of the file.
    pub(super) file: usize,
    /// Place in the file's documents.
    pub(super) document: usize,
    pub(super) node: NodeId,
    pub(super) object: ObjectRef,
    pub(super) span: Span,
    /// The wave that is written.
    pub(super) fixed: Option<i64>,
    /// The wave that it gets.
    pub(super) wave: i64,
}

/// All objects with their waves.
#[derive(Debug)]
pub(super) struct Waves {
    pub(super) entries: Vec<Entry>,
    /// Orders that could not be kept, for people.
    pub(super) warnings: Vec<String>,
}

pub(super) fn of(analysis: &Analysis) -> Waves {
    let mut entries = entries(analysis);
    let step = |entry: &Entry| rollout::Step { object: entry.object.clone(), action: rollout::Action::Add };
    let steps: Vec<rollout::Step> = entries.iter().map(step).collect();
    let order = rollout::order(&Mesh::default(), &analysis.mesh, &steps);
    let mut warnings: Vec<String> =
        order.cycles.iter().map(|cycle| circle(analysis, &entries, cycle)).collect();
    let mut layer = vec![0; entries.len()];
    for (place, wave) in order.waves.iter().enumerate() {
        for at in wave {
            layer.get_mut(*at).into_iter().for_each(|slot| *slot = place);
        }
    }
    let mut waits: BTreeMap<usize, Vec<&Edge>> = BTreeMap::new();
    // Edges inside a circle keep nothing apart.
    for edge in order.edges.iter().filter(|edge| layer.get(edge.first) < layer.get(edge.then)) {
        waits.entry(edge.then).or_default().push(edge);
    }
    for at in order.waves.iter().flatten().copied() {
        let wave_of = |edge: &&Edge| entries.get(edge.first).map_or(0, |first| first.wave);
        let last = waits.get(&at).into_iter().flatten().copied().max_by_key(wave_of);
        let least = last.map_or(0, |edge| wave_of(&edge).saturating_add(1).max(0));
        let conflict =
            last.filter(|_| entries.get(at).and_then(|entry| entry.fixed).is_some_and(|w| w < least));
        warnings.extend(conflict.map(|edge| too_early(analysis, &entries, edge)));
        if let Some(entry) = entries.get_mut(at) {
            entry.wave = entry.fixed.unwrap_or(least);
        }
    }
    Waves { entries, warnings }
}

/// The objects of all files; those of kinds that are not known take part by their namespace.
fn entries(analysis: &Analysis) -> Vec<Entry> {
    let mut out = Vec::new();
    for (file, parsed) in analysis.workspace.files().iter().enumerate() {
        for (document, root) in parsed.roots() {
            let is_list = root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
            match root.get("items").filter(|_| is_list) {
                Some(items) => out.extend(items.items().filter_map(|item| entry(file, document, item))),
                None => out.extend(entry(file, document, root)),
            }
        }
    }
    out
}

fn entry(file: usize, document: usize, root: Node<'_>) -> Option<Entry> {
    let text = |node: Option<Node<'_>>| node.and_then(Node::as_str).unwrap_or_default().to_owned();
    let meta = root.get("metadata");
    let written = text(meta.and_then(|meta| meta.get("namespace")));
    let (api_version, kind) = (text(root.get("apiVersion")), text(root.get("kind")));
    let namespace = match Kind::of(&api_version, &kind) {
        Some(known) if known.is_cluster_wide() => String::new(),
        Some(_) if written.is_empty() => "default".to_owned(),
        _ => written,
    };
    let name = meta.and_then(|meta| meta.get("name"));
    let wave = meta.and_then(|meta| meta.get("annotations")?.get(ANNOTATION)).and_then(Node::as_str);
    is_object(root).then(|| Entry {
        file,
        document,
        node: root.id(),
        object: ObjectRef { kind, namespace, name: text(name) },
        span: name.unwrap_or(root).span(),
        fixed: wave.and_then(|wave| wave.parse().ok()),
        wave: 0,
    })
}

fn named(analysis: &Analysis, entries: &[Entry], at: usize) -> String {
    entries.get(at).map_or_else(String::new, |entry| {
        format!("{} ({})", entry.object, analysis.workspace.sources().locate(entry.span))
    })
}

fn circle(analysis: &Analysis, entries: &[Entry], cycle: &[Edge]) -> String {
    let part = |edge: &Edge| {
        let (then, first) = (named(analysis, entries, edge.then), named(analysis, entries, edge.first));
        format!("\n  {then} waits for {first}: {}", edge.reason)
    };
    let parts: String = cycle.iter().map(part).collect();
    format!("these wait for each other and go in one wave; apply them by hand in two steps{parts}")
}

fn too_early(analysis: &Analysis, entries: &[Entry], edge: &Edge) -> String {
    let wave = |at: usize| entries.get(at).map_or(0, |entry| entry.fixed.unwrap_or(entry.wave));
    format!(
        "{} has wave {} written, but {} comes in wave {}: {}\n  help: raise the one or lower the other; waves that are written stay as they are",
        named(analysis, entries, edge.then),
        wave(edge.then),
        named(analysis, entries, edge.first),
        wave(edge.first),
        edge.reason
    )
}
