//! The flat tree of one document.
//!
//! Nodes lie in one vector in document order; a node's children are linked by `next`. Text that stands in the file as it is meant is a
//! byte range of the file; text that had to be unescaped or folded lies in the document's own string.

use std::sync::Arc;

use mp_base::{FileId, Span};

use crate::Problem;

/// A node's place in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// What a node is, with the value of a scalar as Kubernetes reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing: `null`, `~`, or no text at all.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites, unquoted.
    Bool(bool),
    /// An integer that fits 64 bits with sign.
    Int(i64),
    /// A positive integer that only fits 64 bits without sign.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(&'a str),
    /// A list; see [`Node::items`].
    Seq,
    /// A mapping; see [`Node::entries`].
    Map,
}

/// The stored form of a value: what [`NodeData::link`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    /// 0 or 1.
    Bool,
    /// An integer that fits: itself.
    Small,
    /// The place in `Tree::wide` of the bits of an `i64`.
    Int,
    /// The same of a `u64`.
    Uint,
    /// The same of an `f64`.
    Float,
    /// Text that stands in the file: the node's own bytes, without quotes unless it is plain.
    Text,
    /// Text that had to be made: the place in `Tree::wide` of its first byte and one past its last in `Tree::made`, as two halves.
    Made,
    /// The first item, or `NONE`.
    Seq,
    /// The first key, or `NONE`; its value follows as `next`.
    Map,
    /// The same as another node, under another span (`*name`).
    Alias,
    /// The same as another node, under that node's own span; `<<` brought it here.
    Copy,
    /// The key `<<`: it and its value stand in the chain for those who want to see them, [`Node::entries`] skips both.
    Merge,
    /// A place whose text could not be read or is masked by a template.
    Hole,
}

/// No node.
pub(crate) const NONE: u32 = u32::MAX;

/// One node: 20 bytes, because a large mesh has millions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeData {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Next item, or the value after its key, or the next key after a value; `NONE` at the end.
    pub(crate) next: u32,
    pub(crate) link: u32,
    pub(crate) kind: Kind,
    pub(crate) flags: u8,
}

impl NodeData {
    /// Where the text of [`Kind::Text`] stands in the file.
    pub(crate) fn text_range(&self) -> std::ops::Range<usize> {
        // A tag without text is not plain and has no quotes either.
        let quote = u32::from(self.flags & PLAIN == 0 && self.end > self.start + 1);
        (self.start + quote) as usize..self.end.saturating_sub(quote) as usize
    }
}

/// A scalar without quotes.
pub(crate) const PLAIN: u8 = 1;
/// A key that another one of the same mapping replaces.
pub(crate) const SHADOWED: u8 = 2;
/// A key or value that `<<` brought here.
pub(crate) const MERGED: u8 = 4;
/// A list or mapping inside which text could not be read or is masked.
pub(crate) const GAP: u8 = 8;

/// All nodes of one document.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub(crate) nodes: Vec<NodeData>,
    /// What does not fit into a node.
    pub(crate) wide: Vec<u64>,
    pub(crate) made: String,
    pub(crate) root: Option<NodeId>,
}

impl Tree {
    /// Whether there is more than nothing behind a `---`.
    pub(crate) fn holds_something(&self) -> bool {
        let root = self.root.and_then(|root| self.nodes.get(root.0 as usize));
        root.is_some_and(|root| root.kind != Kind::Null || root.start < root.end)
    }

    fn wide_at(&self, link: u32) -> u64 {
        self.wide.get(link as usize).copied().unwrap_or(0)
    }

    /// The text of [`Kind::Made`].
    pub(crate) fn made_text<'m>(&self, link: u32, made: &'m str) -> &'m str {
        let halves = self.wide_at(link);
        made.get((halves >> 32) as usize..(halves & 0xffff_ffff) as usize).unwrap_or("")
    }

    /// The integer of [`Kind::Int`].
    pub(crate) fn int(&self, link: u32) -> i64 {
        self.wide_at(link).cast_signed()
    }

    /// The number of [`Kind::Float`].
    pub(crate) fn float(&self, link: u32) -> f64 {
        f64::from_bits(self.wide_at(link))
    }

    /// Keeps what does not fit into a node, and gives its place.
    pub(crate) fn keep(&mut self, bits: u64) -> u32 {
        self.wide.push(bits);
        u32::try_from(self.wide.len() - 1).unwrap_or(u32::MAX)
    }
}

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Place among the file's documents, from 0; documents without content count too.
    pub index: u32,
    /// The document's text without separators.
    pub span: Span,
    /// Its nodes.
    pub tree: Tree,
    /// Whether all of it could be read: no masked template text, no line that had to be left out. What is absent from a document
    /// that is not whole may only be unreadable.
    pub whole: bool,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct ParsedFile {
    /// The file.
    pub file: FileId,
    /// Its whole text.
    pub text: Arc<str>,
    /// Documents that hold something, in order.
    pub documents: Vec<Document>,
    /// What could not be read or will surprise, in the order of the text.
    pub problems: Vec<Problem>,
    /// Comments with `meshproof:` in them, in order: the bytes of each, from its `#`.
    pub(crate) comments: Vec<(u32, u32)>,
}

impl ParsedFile {
    /// The root of a document; `None` when it is empty or unreadable.
    #[must_use]
    pub fn root(&self, document: usize) -> Option<Node<'_>> {
        let document = self.documents.get(document)?;
        document.tree.root.map(|id| Node { file: self.file, text: &self.text, tree: &document.tree, id })
    }

    /// The roots of all documents that have one, with the document's place in `documents`.
    pub fn roots(&self) -> impl Iterator<Item = (usize, Node<'_>)> {
        (0..self.documents.len()).filter_map(|at| self.root(at).map(|node| (at, node)))
    }
}

/// A node with everything that is needed to read it. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub(crate) file: FileId,
    pub(crate) text: &'a str,
    pub(crate) tree: &'a Tree,
    pub(crate) id: NodeId,
}

impl<'a> Node<'a> {
    fn data(self) -> Option<&'a NodeData> {
        self.tree.nodes.get(self.id.0 as usize)
    }

    /// The node itself, or what its alias stands for.
    fn resolved(self) -> Option<&'a NodeData> {
        let data = self.data()?;
        match data.kind {
            Kind::Alias | Kind::Copy => self.tree.nodes.get(data.link as usize),
            _ => Some(data),
        }
    }

    fn at(self, id: u32) -> Node<'a> {
        Node { id: NodeId(id), ..self }
    }

    /// The node behind a link, `None` for the end of a chain.
    fn follow(self, id: u32) -> Option<Node<'a>> {
        (id != NONE).then(|| self.at(id))
    }

    fn next(self) -> Option<Node<'a>> {
        self.follow(self.data()?.next)
    }

    fn first(self, kind: Kind) -> Option<Node<'a>> {
        let data = self.resolved().filter(|d| d.kind == kind)?;
        self.follow(data.link)
    }

    /// Its place in the tree.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The node at a place of the same tree, for callers that stored a [`NodeId`].
    #[must_use]
    pub fn sibling_by_id(self, id: NodeId) -> Option<Node<'a>> {
        ((id.0 as usize) < self.tree.nodes.len()).then(|| self.at(id.0))
    }

    /// The token in the file, quotes included; an alias gives the alias.
    #[must_use]
    pub fn span(self) -> Span {
        self.data().map_or(Span::new(self.file, 0, 0), |d| Span::new(self.file, d.start, d.end))
    }

    /// The bytes of the file under [`Node::span`].
    #[must_use]
    pub fn source(self) -> &'a str {
        self.text.get(self.span().range()).unwrap_or("")
    }

    /// What it is.
    #[must_use]
    pub fn value(self) -> Value<'a> {
        let Some(data) = self.resolved() else { return Value::Null };
        match data.kind {
            Kind::Null | Kind::Alias | Kind::Copy | Kind::Hole => Value::Null,
            Kind::Bool => Value::Bool(data.link != 0),
            Kind::Small => Value::Int(i64::from(data.link)),
            Kind::Int => Value::Int(self.tree.int(data.link)),
            Kind::Uint => Value::Uint(self.tree.wide_at(data.link)),
            Kind::Float => Value::Float(self.tree.float(data.link)),
            Kind::Text => Value::Str(self.text.get(data.text_range()).unwrap_or("")),
            Kind::Made => Value::Str(self.tree.made_text(data.link, &self.tree.made)),
            Kind::Merge => Value::Str("<<"),
            Kind::Seq => Value::Seq,
            Kind::Map => Value::Map,
        }
    }

    /// Whether the text is masked by a template or could not be read: every answer that needs it is unknown.
    #[must_use]
    pub fn is_hole(self) -> bool {
        self.resolved().is_some_and(|d| d.kind == Kind::Hole)
    }

    /// Whether it is an alias (`*name`): its value, and everything inside it, stands at the anchor.
    #[must_use]
    pub fn is_alias(self) -> bool {
        self.data().is_some_and(|d| d.kind == Kind::Alias)
    }

    /// Whether `<<` brought the key or value here: its span lies in the mapping that was merged.
    #[must_use]
    pub fn is_merged(self) -> bool {
        self.data().is_some_and(|d| d.flags & MERGED != 0)
    }

    /// Whether a part inside it could not be read or is masked by a template: what seems absent may only be unreadable.
    #[must_use]
    pub fn has_gap(self) -> bool {
        self.resolved().is_some_and(|d| d.kind == Kind::Hole || d.flags & GAP != 0)
    }

    /// Whether it is null or empty text without quotes.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.value() == Value::Null
    }

    /// Whether it is a scalar without quotes (and no block scalar).
    #[must_use]
    pub fn is_plain(self) -> bool {
        self.resolved().is_some_and(|d| d.flags & PLAIN != 0)
    }

    /// The text of a string scalar.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        match self.value() {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The items of a list, in order; none for anything else.
    pub fn items(self) -> impl Iterator<Item = Node<'a>> {
        std::iter::successors(self.first(Kind::Seq), |node| node.next())
    }

    /// The keys and values of a mapping, in order, merge keys resolved; none for anything else.
    ///
    /// Every key comes once: of equal keys the last one counts, as in Kubernetes.
    pub fn entries(self) -> impl Iterator<Item = (Node<'a>, Node<'a>)> {
        self.all_entries()
            .filter(|(key, _)| key.data().is_some_and(|d| d.kind != Kind::Merge && d.flags & SHADOWED == 0))
    }

    /// As [`Node::entries`], with the `<<` keys that were resolved and the keys that do not count: for those who look at the text.
    pub fn all_entries(self) -> impl Iterator<Item = (Node<'a>, Node<'a>)> {
        let mut at = self.first(Kind::Map);
        std::iter::from_fn(move || {
            let key = at?;
            let value = key.next()?;
            at = value.next();
            Some((key, value))
        })
    }

    /// The value under a key, as Kubernetes reads it: of two equal keys the last one counts.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Node<'a>> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value under a key; see [`Node::get`].
    #[must_use]
    pub fn entry(self, key: &str) -> Option<(Node<'a>, Node<'a>)> {
        // This is asked more often than anything else, so it looks at the nodes' data alone until the key is found.
        let mut at = self.resolved().filter(|d| d.kind == Kind::Map)?.link;
        loop {
            let data = self.tree.nodes.get(at as usize)?;
            let value = self.tree.nodes.get(data.next as usize)?;
            if data.flags & SHADOWED == 0 && self.at(at).is_key(data, key) {
                return Some((self.at(at), self.at(data.next)));
            }
            at = value.next;
        }
    }

    /// Whether a node is a key with this text; the key `<<` is none.
    fn is_key(self, data: &NodeData, key: &str) -> bool {
        match data.kind {
            Kind::Text => {
                let range = data.text_range();
                range.len() == key.len() && self.text.as_bytes().get(range) == Some(key.as_bytes())
            }
            Kind::Merge => false,
            _ => self.as_str() == Some(key),
        }
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({:?}, {:?})", self.span(), self.value())
    }
}
