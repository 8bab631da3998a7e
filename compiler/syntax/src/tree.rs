//! The flat tree of one document.
//!
//! Nodes lie in one vector in document order; a node's children are linked by `next`. Text that stands in the file as it is meant is a
//! byte range of the file; text that had to be unescaped or folded lies in the document's own string.

use std::sync::Arc;

use mp_base::{FileId, Span};

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

/// The stored form of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stored {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// Text that stands in the file: its bytes.
    Text { start: u32, end: u32 },
    /// Text that had to be made: its bytes in `Tree::made`.
    Made { start: u32, end: u32 },
    Seq,
    Map,
    /// The same as another node, under another span (an alias).
    Alias(NodeId),
    /// A place whose text could not be read or is masked by a template.
    Hole,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeData {
    pub(crate) stored: Stored,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// First child: an item of a list, a key of a mapping (its value follows as `next`).
    pub(crate) child: Option<NodeId>,
    /// Next item, or the value after its key, or the next key after a value.
    pub(crate) next: Option<NodeId>,
}

/// All nodes of one document.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub(crate) nodes: Vec<NodeData>,
    pub(crate) made: String,
    pub(crate) root: Option<NodeId>,
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
    /// What could not be read or will surprise.
    pub problems: Vec<Problem>,
}

/// Something wrong or surprising in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// Where it is.
    pub span: Span,
    /// Another place that belongs to it, such as the first of two equal keys.
    pub other: Option<Span>,
    /// In words: lower case, no full stop.
    pub message: String,
}

/// Kinds of [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Kubernetes refuses the text.
    Syntax,
    /// The same key twice in one mapping: the last one counts, strict readers refuse it.
    DuplicateKey,
    /// Text after the first root node, which Kubernetes drops silently.
    TrailingContent,
    /// A plain scalar that is read as another type than it looks like (`yes`, `0755`, `1.10`, key `on`).
    SurprisingScalar,
    /// A separator that Kubernetes and Istio's own tools cut differently.
    Separator,
    /// Invalid UTF-8, NUL or another byte that YAML forbids.
    Encoding,
    /// A limit was reached: nesting, aliases, size.
    Limit,
    /// Template text that was masked.
    Template,
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
        match data.stored {
            Stored::Alias(target) => self.tree.nodes.get(target.0 as usize),
            _ => Some(data),
        }
    }

    fn at(self, id: NodeId) -> Node<'a> {
        Node { id, ..self }
    }

    /// Its place in the tree.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The node at a place of the same tree, for callers that stored a [`NodeId`].
    #[must_use]
    pub fn sibling_by_id(self, id: NodeId) -> Option<Node<'a>> {
        ((id.0 as usize) < self.tree.nodes.len()).then(|| self.at(id))
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
        match data.stored {
            Stored::Null | Stored::Alias(_) | Stored::Hole => Value::Null,
            Stored::Bool(b) => Value::Bool(b),
            Stored::Int(n) => Value::Int(n),
            Stored::Uint(n) => Value::Uint(n),
            Stored::Float(n) => Value::Float(n),
            Stored::Text { start, end } => {
                Value::Str(self.text.get(start as usize..end as usize).unwrap_or(""))
            }
            Stored::Made { start, end } => {
                Value::Str(self.tree.made.get(start as usize..end as usize).unwrap_or(""))
            }
            Stored::Seq => Value::Seq,
            Stored::Map => Value::Map,
        }
    }

    /// Whether the text is masked by a template or could not be read: every answer that needs it is unknown.
    #[must_use]
    pub fn is_hole(self) -> bool {
        self.resolved().is_some_and(|d| d.stored == Stored::Hole)
    }

    /// Whether it is null or empty text without quotes.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.value() == Value::Null
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
        let first = self.resolved().filter(|d| d.stored == Stored::Seq).and_then(|d| d.child);
        std::iter::successors(first, move |id| self.at(*id).data().and_then(|d| d.next)).map(move |id| self.at(id))
    }

    /// The keys and values of a mapping, in order, merge keys resolved; none for anything else.
    pub fn entries(self) -> impl Iterator<Item = (Node<'a>, Node<'a>)> {
        let first = self.resolved().filter(|d| d.stored == Stored::Map).and_then(|d| d.child);
        let mut key = first;
        std::iter::from_fn(move || {
            let k = key?;
            let v = self.at(k).data()?.next?;
            key = self.at(v).data()?.next;
            Some((self.at(k), self.at(v)))
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
        self.entries().filter(|(k, _)| k.as_str() == Some(key)).last()
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({:?}, {:?})", self.span(), self.value())
    }
}
