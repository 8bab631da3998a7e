//! What kustomizations say of the files beside them: which belong together, which are patches, and which fields are filled in later.
//!
//! Nothing is rendered. A base and its overlays are sets of their own, and a field that a replacement fills is unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::node::Node;
use crate::syntax::{NodeId, ParsedFile};

/// One kustomization.
#[derive(Clone, Debug, Default)]
struct Kustomization {
    folder: String,
    /// Paths of files and folders, from where the input's paths start.
    resources: Vec<String>,
    patches: Vec<String>,
    namespace: Option<String>,
    replacements: Vec<Target>,
    /// It does more to its objects than is followed here.
    changes: bool,
    /// It gives other names to its objects.
    renames: bool,
}

/// A field that a replacement fills.
#[derive(Clone, Debug, Default)]
struct Target {
    kind: Option<String>,
    name: Option<String>,
    fields: Vec<String>,
}

/// Files that are applied together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    /// The folder of the kustomization; empty for the files that belong to none.
    pub folder: String,
    /// Places in the input of the files whose objects belong to it.
    pub files: BTreeSet<usize>,
    /// Places of files that hold no objects of any set, patches and the kustomizations themselves; they stand with the first set.
    pub others: BTreeSet<usize>,
    /// The namespace that the kustomization gives to the objects of each of its files.
    pub namespaces: BTreeMap<usize, String>,
    /// Whether the kustomization changes its objects in ways that are not followed (patches, prefixes, generators).
    pub changes: bool,
    /// Whether it gives its objects other names than the files do (`namePrefix`, `nameSuffix`). What kustomize rewrites with them are fields of
    /// its own list (`namereference.go`), and hosts and gateways of Istio's objects are not among them: a name in those may mean either.
    pub renames: bool,
}

/// Finds the sets, and makes holes of the fields that replacements fill: first the files without kustomization, then by folder. Patches
/// are no objects and in no set.
pub(crate) fn find(files: &mut [(String, Arc<ParsedFile>)]) -> Vec<FileSet> {
    let found = kustomizations(files);
    if found.is_empty() {
        let files = (0..files.len()).collect();
        return vec![FileSet { files, ..FileSet::default() }];
    }
    let paths: BTreeMap<String, usize> =
        files.iter().enumerate().map(|(at, (path, _))| (normal(path), at)).collect();
    let used: BTreeSet<&str> = found
        .values()
        .flat_map(|k| &k.resources)
        .filter_map(|path| found.get(path))
        .map(|k| k.folder.as_str())
        .collect();
    let mut sets = Vec::new();
    let mut taken: BTreeSet<usize> =
        found.values().flat_map(|k| &k.patches).filter_map(|path| paths.get(path)).copied().collect();
    let patches = taken.clone();
    for (folder, kustomization) in &found {
        let mut set = FileSet { folder: folder.clone(), ..FileSet::default() };
        gather(kustomization, &found, &paths, None, &mut set, 0);
        set.files.retain(|at| !patches.contains(at));
        for target in &kustomization.replacements {
            set.files.iter().for_each(|at| fill(files, *at, target));
        }
        taken.extend(&set.files);
        if !used.contains(folder.as_str()) {
            sets.push(set);
        }
    }
    let is_kustomization =
        |at: usize| files.get(at).is_some_and(|(path, _)| folder_of(&normal(path)).is_some());
    taken.extend((0..files.len()).filter(|at| is_kustomization(*at)));
    with_the_rest(sets, &taken, files.len())
}

/// Adds the set of files that no kustomization takes, and the files that are in no set.
fn with_the_rest(mut sets: Vec<FileSet>, taken: &BTreeSet<usize>, count: usize) -> Vec<FileSet> {
    let rest: BTreeSet<usize> = (0..count).filter(|at| !taken.contains(at)).collect();
    if !rest.is_empty() || sets.is_empty() {
        sets.insert(0, FileSet { files: rest, ..FileSet::default() });
    }
    let within: BTreeSet<usize> = sets.iter().flat_map(|set| &set.files).copied().collect();
    if let Some(first) = sets.first_mut() {
        first.others = (0..count).filter(|at| !within.contains(at)).collect();
    }
    sets
}

/// All kustomizations by folder.
fn kustomizations(files: &[(String, Arc<ParsedFile>)]) -> BTreeMap<String, Kustomization> {
    let mut found = BTreeMap::new();
    for (path, parsed) in files {
        let path = normal(path);
        if let (Some(folder), Some((_, root))) = (folder_of(&path), parsed.roots().next()) {
            found.insert(folder.to_owned(), read(folder, root, files));
        }
    }
    found
}

/// The folder of a kustomization, if the path is that of one.
fn folder_of(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization").then_some(folder)
}

/// What else changes objects.
const CHANGES: [&str; 6] = ["namePrefix", "nameSuffix", "images", "generators", "transformers", "helmCharts"];

fn read(folder: &str, root: Node<'_>, files: &[(String, Arc<ParsedFile>)]) -> Kustomization {
    let texts = |key: &str| -> Vec<String> {
        let items = root.get(key).into_iter().flat_map(Node::items);
        items.filter_map(Node::as_str).map(|path| normal(&format!("{folder}/{path}"))).collect()
    };
    let mut patches = texts("patchesStrategicMerge");
    for key in ["patches", "patchesJson6902"] {
        let items = root.get(key).into_iter().flat_map(Node::items);
        let named = items.filter_map(|patch| patch.get("path")?.as_str());
        patches.extend(named.map(|path| normal(&format!("{folder}/{path}"))));
    }
    let mut replacements = Vec::new();
    for item in root.get("replacements").into_iter().flat_map(Node::items) {
        match item.get("path").and_then(Node::as_str) {
            Some(path) => {
                let path = normal(&format!("{folder}/{path}"));
                let file = files.iter().find(|(other, _)| normal(other) == path);
                for (_, root) in file.into_iter().flat_map(|(_, parsed)| parsed.roots()) {
                    targets(root, &mut replacements);
                    root.items().for_each(|item| targets(item, &mut replacements));
                }
            }
            None => targets(item, &mut replacements),
        }
    }
    let changes = CHANGES.iter().any(|key| root.get(key).is_some())
        || ["patches", "patchesStrategicMerge", "patchesJson6902"].iter().any(|key| root.get(key).is_some());
    let renames = ["namePrefix", "nameSuffix"].iter().any(|key| root.get(key).is_some());
    let mut resources = texts("resources");
    resources.extend(texts("bases"));
    // What a component brings is applied with the kustomization that names it.
    resources.extend(texts("components"));
    let namespace = root.get("namespace").and_then(Node::as_str).map(str::to_owned);
    Kustomization { folder: folder.to_owned(), resources, patches, namespace, replacements, changes, renames }
}

fn targets(replacement: Node<'_>, out: &mut Vec<Target>) {
    for target in replacement.get("targets").into_iter().flat_map(Node::items) {
        let select = |key: &str| target.get("select")?.get(key)?.as_str().map(str::to_owned);
        let fields = target.get("fieldPaths").into_iter().flat_map(Node::items).filter_map(Node::as_str);
        out.push(Target {
            kind: select("kind"),
            name: select("name"),
            fields: fields.map(str::to_owned).collect(),
        });
    }
}

/// Adds the files of a kustomization and of those that it builds on. An outer namespace wins.
fn gather(
    of: &Kustomization,
    all: &BTreeMap<String, Kustomization>,
    paths: &BTreeMap<String, usize>,
    outer: Option<&str>,
    set: &mut FileSet,
    depth: usize,
) {
    let namespace = outer.or(of.namespace.as_deref());
    set.changes |= of.changes;
    set.renames |= of.renames;
    for resource in &of.resources {
        if let Some(at) = paths.get(resource) {
            set.files.insert(*at);
            set.namespaces.extend(namespace.map(|ns| (*at, ns.to_owned())));
        }
        // A circle of kustomizations is a mistake of its own; it ends here.
        if let Some(inner) = all.get(resource).filter(|_| depth < 20) {
            gather(inner, all, paths, namespace, set, depth + 1);
        }
    }
}

/// A path without `.`, `..` and empty parts.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Makes holes of the fields of a target in one file.
fn fill(files: &mut [(String, Arc<ParsedFile>)], at: usize, target: &Target) {
    let Some((_, parsed)) = files.get_mut(at) else { return };
    let mut holes: Vec<(usize, NodeId)> = Vec::new();
    for (document, root) in parsed.roots() {
        let is = |wanted: &Option<String>, found: Option<Node<'_>>| {
            wanted.as_deref().is_none_or(|wanted| found.and_then(Node::as_str) == Some(wanted))
        };
        let name = root.get("metadata").and_then(|meta| meta.get("name"));
        if is(&target.kind, root.get("kind")) && is(&target.name, name) {
            for field in &target.fields {
                let steps: Vec<&str> = steps(field);
                below(root, &steps, &mut |node| holes.push((document, node.id())));
            }
        }
    }
    if !holes.is_empty() {
        let parsed = Arc::make_mut(parsed);
        holes.into_iter().for_each(|(document, id)| parsed.forget_node(document, id));
    }
}

/// The steps of a field path: dots part them, but not between brackets.
fn steps(path: &str) -> Vec<&str> {
    let (mut steps, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, c) in path.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            '.' if depth == 0 => {
                steps.extend(path.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    steps.extend(path.get(start..));
    steps
}

/// Every node that the steps lead to; `*` and `[key=value]` lead to items.
fn below<'a>(node: Node<'a>, steps: &[&str], found: &mut impl FnMut(Node<'a>)) {
    let Some((step, rest)) = steps.split_first() else {
        found(node);
        return;
    };
    let selector = step.strip_prefix('[').and_then(|step| step.strip_suffix(']'));
    match selector {
        Some(inside) => {
            let pair = inside.split_once('=');
            let is = |item: &Node<'_>| match pair {
                Some((key, value)) => item.get(key).and_then(Node::as_str) == Some(value),
                None => true,
            };
            match pair {
                Some(_) => node.items().filter(is).for_each(|item| below(item, rest, found)),
                None => node.get(inside).into_iter().for_each(|value| below(value, rest, found)),
            }
        }
        None if *step == "*" => node.items().for_each(|item| below(item, rest, found)),
        None => match step.parse::<usize>() {
            Ok(at) => node.items().nth(at).into_iter().for_each(|item| below(item, rest, found)),
            Err(_) => node.get(step).into_iter().for_each(|value| below(value, rest, found)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_steps() {
        assert_eq!(normal("./a/../b//c/."), "b/c");
        assert_eq!(normal("overlays/prod/../../base"), "base");
        assert_eq!(normal("../a"), "../a");
        assert_eq!(steps("spec.http.[name=a.b].route.0"), ["spec", "http", "[name=a.b]", "route", "0"]);
    }
}
