//! All files of the input and the index over their objects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::base::{FileId, ObjectRef, SourceFile, Sources, Span};
use crate::input::Input;
use crate::kustomize::{self, FileSet};
use crate::mesh_config::{self, MeshConfigSource};
use crate::node::FromNode;
use crate::object::key_hash;
use crate::placeholder::read_file;
use crate::remains::Remains;
use crate::syntax::{Node, ParsedFile, parse_bytes, suppressions};
use crate::timestamp::timestamp;
use crate::unserved::unserved;
use crate::{KINDS, Kind, Object, ObjectId, Problem, Suppression, Text, Unserved};

/// The whole input, parsed and indexed. Objects stand in input order.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    sources: Sources,
    files: Vec<Arc<ParsedFile>>,
    objects: Vec<Object>,
    by_kind: BTreeMap<Kind, Vec<ObjectId>>,
    /// The objects that count, by the hash of kind, namespace and name. Only asked, never walked through in its order.
    by_name: HashTable<ObjectId>,
    sets: Vec<FileSet>,
    unserved: Vec<Unserved>,
    settings: Settings,
}

/// The mesh's own configuration as files that the command line names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) mesh_config: Option<Arc<ParsedFile>>,
    pub(crate) mesh_networks: Option<Arc<ParsedFile>>,
}

impl Workspace {
    /// Parses all files (in parallel) and indexes their objects. Files are taken in the given order.
    #[must_use]
    pub fn read(inputs: &[Input]) -> Self {
        let parsed: Vec<Arc<ParsedFile>> = inputs
            .par_iter()
            .enumerate()
            .map(|(at, input)| {
                Arc::new(read_file(FileId(u32::try_from(at).unwrap_or(u32::MAX)), &input.bytes))
            })
            .collect();
        let paths = inputs.iter().map(|input| input.path.clone());
        Self::from_parsed(paths.zip(parsed))
    }

    /// Indexes files that are parsed already; each file's [`FileId`] must be its place in the sequence.
    pub fn from_parsed(files: impl IntoIterator<Item = (String, Arc<ParsedFile>)>) -> Self {
        Self::from_parsed_after(files, &mut Remains::default())
    }

    /// As [`Workspace::from_parsed`], and takes the objects of files whose parse is the same out of an earlier state.
    pub fn from_parsed_after(
        files: impl IntoIterator<Item = (String, Arc<ParsedFile>)>,
        earlier: &mut Remains,
    ) -> Self {
        let mut files: Vec<(String, Arc<ParsedFile>)> = files.into_iter().collect();
        let sets = kustomize::find(&mut files);
        let mut out = Self { sets, ..Self::default() };
        for (path, parsed) in files {
            out.sources.add(SourceFile::new(path, Arc::clone(&parsed.text)));
            out.files.push(parsed);
        }
        // Files of several sets are one mesh to those who do not ask for the sets; patches are in none.
        let mut all = FileSet::default();
        for set in &out.sets {
            all.files.extend(&set.files);
            if out.sets.len() == 1 {
                all.namespaces.clone_from(&set.namespaces);
            }
        }
        out.add_objects(&all, earlier);
        out
    }

    /// Takes bodies of MeshConfig and MeshNetworks that stand in files of their own. Their [`FileId`]s are the two that follow those of the
    /// input; they hold no objects.
    #[must_use]
    pub fn with_settings(mut self, mesh_config: Option<&Input>, mesh_networks: Option<&Input>) -> Self {
        let mut add = |input: Option<&Input>, place: usize| {
            let id = FileId(u32::try_from(self.files.len() + place).unwrap_or(u32::MAX));
            let parsed = input.map(|input| Arc::new(parse_bytes(id, &input.bytes)));
            let text = parsed.as_ref().map_or_else(|| "".into(), |parsed| Arc::clone(&parsed.text));
            self.sources
                .add(SourceFile::new(input.map(|input| input.path.clone()).unwrap_or_default(), text));
            parsed
        };
        if mesh_config.is_some() || mesh_networks.is_some() {
            self.settings =
                Settings { mesh_config: add(mesh_config, 0), mesh_networks: add(mesh_networks, 1) };
        }
        self
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The files that are applied together: one set, unless kustomizations part them.
    #[must_use]
    pub fn sets(&self) -> &[FileSet] {
        &self.sets
    }

    /// The objects of one set, in the namespaces that its kustomization gives them. Files and spans are those of the whole input.
    #[must_use]
    pub fn only(&self, set: &FileSet) -> Self {
        let mut out = Self {
            sources: self.sources.clone(),
            files: self.files.clone(),
            settings: self.settings.clone(),
            sets: vec![set.clone()],
            ..Self::default()
        };
        out.add_objects(set, &mut Remains::default());
        out
    }

    /// The same input without the objects of some namespaces; what is cluster-wide stays.
    #[must_use]
    pub fn within(&self, sees: impl Fn(&str) -> bool) -> Self {
        let mut out = self.clone();
        for object in &mut out.objects {
            object.live &= object.kind.is_cluster_wide() || sees(&object.namespace);
        }
        let objects = &out.objects;
        let live = |id: &ObjectId| objects.get(id.0 as usize).is_some_and(|object| object.live);
        out.by_name.retain(|id| live(id));
        out.by_kind.values_mut().for_each(|ids| ids.retain(live));
        out
    }

    fn add_objects(&mut self, set: &FileSet, earlier: &mut Remains) {
        for at in &set.files {
            let Some(parsed) = self.files.get(*at).map(Arc::clone) else { continue };
            let known = if set.namespaces.is_empty() { earlier.take(*at, &parsed) } else { None };
            if let Some(objects) = known {
                for object in objects {
                    let id = ObjectId(u32::try_from(self.objects.len()).unwrap_or(u32::MAX));
                    self.objects.push(Object { id, ..object });
                }
                continue;
            }
            let first = self.objects.len();
            for (document, root) in parsed.roots() {
                self.add_document(parsed.file, document, root);
            }
            let Some(namespace) = set.namespaces.get(at) else { continue };
            for object in self.objects.iter_mut().skip(first).filter(|o| !o.kind.is_cluster_wide()) {
                object.namespace.clone_from(namespace);
                object.namespace_written = true;
            }
        }
        self.index();
    }

    fn add_document(&mut self, file: FileId, document: usize, root: Node<'_>) {
        let is_list = root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
        match root.get("items").filter(|_| is_list) {
            Some(items) => items.items().for_each(|item| self.add_object(file, document, item)),
            None => self.add_object(file, document, root),
        }
    }

    fn add_object(&mut self, file: FileId, document: usize, root: Node<'_>) {
        let text = |key: &str| root.get(key).and_then(Node::as_str);
        let (Some(api_version), Some(kind_name)) = (text("apiVersion"), text("kind")) else { return };
        self.unserved.extend(unserved(file, root));
        let Some(kind) = Kind::of(api_version, kind_name) else { return };
        let meta = root.get("metadata");
        let meta_text = |key: &str| meta.and_then(|m| m.get(key)).and_then(Text::from_node);
        let name = meta_text("name");
        let namespace = meta_text("namespace").filter(|ns| !ns.is_empty());
        let id = ObjectId(u32::try_from(self.objects.len()).unwrap_or(u32::MAX));
        self.objects.push(Object {
            id,
            kind,
            api_version: api_version.to_owned(),
            name: name.map(|n| n.value.to_owned()).unwrap_or_default(),
            namespace: if kind.is_cluster_wide() {
                String::new()
            } else {
                namespace.map_or_else(|| "default".to_owned(), |ns| ns.value.to_owned())
            },
            namespace_written: namespace.is_some(),
            labels: string_map(meta.and_then(|m| m.get("labels"))),
            annotations: string_map(meta.and_then(|m| m.get("annotations"))),
            created: meta_text("creationTimestamp").and_then(|t| timestamp(&t)),
            file,
            document,
            node: root.id(),
            span: root.span(),
            name_span: name
                .map(|n| n.span)
                .or_else(|| root.get("kind").map(Node::span))
                .unwrap_or(root.span()),
            live: true,
        });
    }

    fn index(&mut self) {
        let objects = &self.objects;
        let named = |id: &ObjectId| objects.get(id.0 as usize).map(Object::key);
        let hash_of = |id: &ObjectId| named(id).map_or(0, key_hash);
        let mut live = vec![true; objects.len()];
        self.by_name.reserve(objects.len(), hash_of);
        for object in objects {
            let own = object.key();
            match self.by_name.entry(key_hash(own), |id| named(id) == Some(own), hash_of) {
                Entry::Vacant(free) => drop(free.insert(object.id)),
                // Of those with one name the last counts.
                Entry::Occupied(mut taken) => {
                    let before = std::mem::replace(taken.get_mut(), object.id);
                    live.get_mut(before.0 as usize).into_iter().for_each(|live| *live = false);
                }
            }
        }
        for (object, live) in self.objects.iter_mut().zip(live) {
            object.live = live;
            if live {
                self.by_kind.entry(object.kind).or_default().push(object.id);
            }
        }
    }

    /// The texts, for renderers.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The parsed files; a [`FileId`] is a place in them.
    #[must_use]
    pub fn files(&self) -> &[Arc<ParsedFile>] {
        &self.files
    }

    /// Where the input states the mesh's configuration, the source that counts first.
    #[must_use]
    pub fn mesh_configs(&self) -> Vec<MeshConfigSource> {
        mesh_config::sources(self)
    }

    /// The files that are looked at: all of them, but those of the sets that [`Workspace::only`] left out.
    fn texts(&self) -> impl Iterator<Item = &ParsedFile> {
        self.looked_at().map(AsRef::as_ref)
    }

    pub(crate) fn looked_at(&self) -> impl Iterator<Item = &Arc<ParsedFile>> {
        let places: BTreeSet<usize> =
            self.sets.iter().flat_map(|set| set.files.iter().chain(&set.others)).copied().collect();
        let files = self.files.iter().enumerate().filter(move |(at, _)| places.contains(at));
        files.map(|(_, file)| file)
    }

    /// What the reader of the files found wrong or surprising, in input order.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.texts().flat_map(|file| &file.problems)
    }

    /// Comments that silence findings, in input order.
    #[must_use]
    pub fn suppressions(&self) -> Vec<Suppression> {
        let texts: Vec<&ParsedFile> = self.texts().collect();
        texts.par_iter().flat_map_iter(|file| suppressions(file)).collect()
    }

    /// All objects in input order, those that a later one replaces included.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Takes it apart for a later state of the same files.
    #[must_use]
    pub fn into_remains(self) -> Remains {
        // Those of a version that is not served stand in a list of their own, and are found by reading the file again.
        let odd: BTreeSet<usize> = self.unserved.iter().map(|one| one.file.0 as usize).collect();
        let renamed = self.sets.iter().any(|set| !set.namespaces.is_empty());
        Remains::new(self.files, self.objects, |at| !renamed && !odd.contains(&at))
    }

    /// Objects of Istio and the Gateway API in a kind or version that does not exist, in input order.
    #[must_use]
    pub fn unserved(&self) -> &[Unserved] {
        &self.unserved
    }

    /// The object at a place.
    #[must_use]
    pub fn object(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(id.0 as usize)
    }

    /// The live objects of a kind in input order.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.by_kind.get(&kind).into_iter().flatten().filter_map(|id| self.object(*id))
    }

    /// The live object of a kind, namespace (empty for cluster-wide kinds) and name.
    #[must_use]
    pub fn find(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Object> {
        let wanted = (kind, namespace, name);
        let is_it = |id: &ObjectId| self.object(*id).is_some_and(|object| object.key() == wanted);
        self.object(*self.by_name.find(key_hash(wanted), is_it)?)
    }

    /// The object that holds a byte of a file, for editors.
    #[must_use]
    pub fn object_at(&self, file: FileId, offset: u32) -> Option<&Object> {
        let inside = |object: &&Object| object.file == file && object.span.touches(offset);
        self.objects.iter().filter(inside).min_by_key(|object| object.span.end - object.span.start)
    }

    /// The whole object.
    #[must_use]
    pub fn root<'a>(&'a self, object: &Object) -> Option<Node<'a>> {
        self.files.get(object.file.0 as usize)?.root(object.document)?.sibling_by_id(object.node)
    }

    /// The object's `spec` as a typed view.
    #[must_use]
    pub fn spec<'a, T: FromNode<'a>>(&'a self, object: &Object) -> Option<T> {
        self.root(object)?.get("spec").and_then(T::from_node)
    }

    /// The whole object as a typed view, for kinds without `spec`.
    #[must_use]
    pub fn view<'a, T: FromNode<'a>>(&'a self, object: &Object) -> Option<T> {
        self.root(object).and_then(T::from_node)
    }

    /// The place of a field by its path as findings write it, such as `spec.http[0].retries`; `None` where there is no such field.
    #[must_use]
    pub fn at_path(&self, object: &Object, path: &str) -> Option<Span> {
        let mut node = self.root(object)?;
        for part in path.split('.') {
            let (key, indices) = part.split_once('[').unwrap_or((part, ""));
            node = node.get(key)?;
            for index in indices.split('[').filter_map(|index| index.strip_suffix(']')) {
                node = node.items().nth(index.parse().ok()?)?;
            }
        }
        Some(node.span())
    }

    /// The live object that a reference names; where two kinds share a name, the first of them.
    #[must_use]
    pub fn named(&self, reference: &ObjectRef) -> Option<&Object> {
        let kinds = KINDS.iter().filter(|row| row.name == reference.kind).map(|row| row.kind);
        kinds.filter_map(|kind| self.find(kind, &reference.namespace, &reference.name)).next()
    }

    /// The place of a field, by its path of keys; the object's name where there is none.
    #[must_use]
    pub fn span_of(&self, object: &Object, path: &[&str]) -> Span {
        let found = path.iter().try_fold(self.root(object), |node, key| node.map(|n| n.get(key)));
        found.flatten().map_or(object.name_span, Node::span)
    }
}

fn string_map(node: Option<Node<'_>>) -> BTreeMap<String, String> {
    node.into_iter()
        .flat_map(Node::entries)
        .filter_map(|(k, v)| Some((k.as_str()?.to_owned(), v.as_str()?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_objects_counts() {
        let one = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n";
        let workspace = Workspace::read(&[Input::new("a.yaml", one), Input::new("b.yaml", one)]);
        let live: Vec<u32> = workspace.of_kind(Kind::Service).map(|o| o.id.0).collect();
        assert_eq!((workspace.objects().len(), live), (2, vec![1]));
        assert!(workspace.find(Kind::Service, "default", "a").is_some_and(|o| o.id.0 == 1));
    }
}
