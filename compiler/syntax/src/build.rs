//! From events to the tree of one document: links, anchors, merge keys, equal keys, typed scalars.

use std::collections::HashMap;

use mp_base::{FileId, Span};

use crate::scalar::{self, Scalar};
use crate::tree::{Kind, NONE, NodeData};
use crate::{NodeId, Problem, ProblemKind, Tree};

/// How deep lists and mappings may stand in each other, aliases followed.
pub(crate) const DEPTH_LIMIT: usize = 1000;

/// Text of a scalar: in the file or made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text<'t> {
    /// Bytes of the file.
    File(u32, u32),
    /// Unescaped or folded text.
    Made(&'t str),
}

/// What stands before a node: `&name` and `!tag`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Props<'t> {
    pub(crate) anchor: Option<&'t str>,
    /// The tag, resolved; empty for none.
    pub(crate) tag: &'t str,
}

#[derive(Debug)]
struct Frame {
    node: u32,
    last: u32,
    map: bool,
    /// The next node of a mapping is a value.
    value: bool,
    merges: bool,
    count: u32,
    /// Levels below this node, aliases followed.
    height: usize,
    anchored: bool,
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    node: u32,
    /// `None` while the node is still open.
    height: Option<usize>,
}

/// Builds the tree of one document.
#[derive(Debug)]
pub(crate) struct Builder<'t> {
    file: FileId,
    text: &'t str,
    tree: Tree,
    frames: Vec<Frame>,
    anchors: HashMap<String, Anchor>,
    pub(crate) problems: Vec<Problem>,
    aliased: bool,
}

impl<'t> Builder<'t> {
    pub(crate) fn new(file: FileId, text: &'t str) -> Self {
        Self {
            file,
            text,
            tree: Tree::default(),
            frames: Vec::new(),
            anchors: HashMap::new(),
            problems: Vec::new(),
            aliased: false,
        }
    }

    pub(crate) fn has_root(&self) -> bool {
        self.tree.root.is_some()
    }

    pub(crate) fn depth(&self) -> usize {
        self.frames.len()
    }

    fn problem(&mut self, kind: ProblemKind, start: u32, end: u32, message: String) {
        self.problems.push(Problem { kind, span: Span::new(self.file, start, end), other: None, message });
    }

    fn push(&mut self, kind: Kind, payload: u64, span: (u32, u32), plain: bool) -> u32 {
        let id = u32::try_from(self.tree.nodes.len()).unwrap_or(NONE - 1);
        self.tree.nodes.push(NodeData { payload, start: span.0, end: span.1, next: NONE, kind, plain });
        id
    }

    fn node(&self, id: u32) -> Option<&NodeData> {
        self.tree.nodes.get(id as usize)
    }

    fn set(&mut self, id: u32, change: impl FnOnce(&mut NodeData)) {
        if let Some(node) = self.tree.nodes.get_mut(id as usize) {
            change(node);
        }
    }

    /// Hangs a node behind its elder sibling or under its parent.
    fn attach(&mut self, id: u32) {
        let Some(frame) = self.frames.last_mut() else {
            if self.tree.root.is_none() {
                self.tree.root = Some(NodeId(id));
            }
            return;
        };
        let (parent, last) = (frame.node, frame.last);
        frame.last = id;
        frame.count += 1;
        if frame.map {
            frame.value = !frame.value;
        }
        if last == NONE {
            self.set(parent, |n| n.payload = u64::from(id));
        } else {
            self.set(last, |n| n.next = id);
        }
    }

    /// Whether the next node is a key.
    pub(crate) fn at_key(&self) -> bool {
        self.frames.last().is_some_and(|f| f.map && !f.value)
    }

    /// A scalar; `plain` when it has neither quotes nor a block sign.
    pub(crate) fn scalar(&mut self, text: Text<'_>, plain: bool, span: (u32, u32), props: Props<'_>) {
        let value = match text {
            Text::File(start, end) => self.text.get(start as usize..end as usize).unwrap_or(""),
            Text::Made(made) => made,
        };
        let meaning = match scalar::resolve(value, plain, props.tag) {
            Ok(meaning) => meaning,
            Err(message) => {
                self.problem(ProblemKind::Syntax, span.0, span.1, message);
                Scalar::Text
            }
        };
        let key = self.at_key();
        let (kind, payload) = match meaning {
            Scalar::Merge if key => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.merges = true;
                }
                (Kind::Merge, 0)
            }
            Scalar::Null => (Kind::Null, 0),
            Scalar::Bool(b) => (Kind::Bool, u64::from(b)),
            Scalar::Int(n) => (Kind::Int, n.cast_unsigned()),
            Scalar::Uint(n) => (Kind::Uint, n),
            Scalar::Float(n) => (Kind::Float, n.to_bits()),
            Scalar::Text | Scalar::Merge => self.text_payload(text),
        };
        let (kind, payload) = if key { self.key(kind, payload, span) } else { (kind, payload) };
        let id = self.push(kind, payload, span, plain);
        self.attach(id);
        self.remember(props.anchor, id, Some(0));
    }

    fn text_payload(&mut self, text: Text<'_>) -> (Kind, u64) {
        match text {
            Text::File(start, end) => (Kind::Text, NodeData::halves(start, end)),
            Text::Made(made) => self.make(made),
        }
    }

    fn make(&mut self, text: &str) -> (Kind, u64) {
        let start = self.tree.made.len();
        self.tree.made.push_str(text);
        let half = |n| u32::try_from(n).unwrap_or(u32::MAX);
        (Kind::Made, NodeData::halves(half(start), half(self.tree.made.len())))
    }

    /// A key becomes text, as `sigs.k8s.io/yaml` (`yaml.go`, `convertToJSONableObject`) does it.
    fn key(&mut self, kind: Kind, payload: u64, span: (u32, u32)) -> (Kind, u64) {
        let text = match kind {
            Kind::Bool if payload == 0 => "false".to_owned(),
            Kind::Bool => "true".to_owned(),
            Kind::Int => payload.cast_signed().to_string(),
            Kind::Float => crate::json::go_float32(f64::from_bits(payload)),
            Kind::Null => {
                let message = "a key must not be null".to_owned();
                self.problem(ProblemKind::Syntax, span.0, span.1, message);
                return (kind, payload);
            }
            Kind::Uint => {
                let message = format!("the key `{payload}` does not fit 64 bits with sign");
                self.problem(ProblemKind::Syntax, span.0, span.1, message);
                payload.to_string()
            }
            _ => return (kind, payload),
        };
        self.make(&text)
    }

    fn remember(&mut self, anchor: Option<&str>, node: u32, height: Option<usize>) {
        if let Some(name) = anchor {
            self.anchors.insert(name.to_owned(), Anchor { node, height });
        }
    }

    /// `*name`.
    pub(crate) fn alias(&mut self, name: &str, span: (u32, u32)) {
        let anchor = self.anchors.get(name).copied();
        let depth = self.frames.len();
        let (kind, payload) = match anchor {
            None => {
                let message = format!("no anchor `&{name}` stands before this alias");
                self.problem(ProblemKind::Syntax, span.0, span.1, message);
                (Kind::Hole, 0)
            }
            Some(Anchor { height: None, .. }) => {
                self.problem(ProblemKind::Syntax, span.0, span.1, format!("the anchor `&{name}` holds itself"));
                (Kind::Hole, 0)
            }
            Some(Anchor { height: Some(height), .. }) if depth + height > DEPTH_LIMIT => {
                let message = format!("nesting is deeper than {DEPTH_LIMIT} levels");
                self.problem(ProblemKind::Limit, span.0, span.1, message);
                (Kind::Hole, 0)
            }
            Some(Anchor { node, height: Some(height) }) => {
                self.aliased = true;
                if let Some(frame) = self.frames.last_mut() {
                    frame.height = frame.height.max(height + 1);
                }
                (Kind::Alias, u64::from(node))
            }
        };
        let id = self.push(kind, payload, span, false);
        self.attach(id);
    }

    /// A list or a mapping begins.
    pub(crate) fn open(&mut self, map: bool, start: u32, props: Props<'_>) {
        if self.at_key() {
            self.problem(ProblemKind::Syntax, start, start, "a key must be a scalar".to_owned());
        }
        let kind = if map { Kind::Map } else { Kind::Seq };
        let id = self.push(kind, u64::from(NONE), (start, start), false);
        self.attach(id);
        self.remember(props.anchor, id, None);
        self.frames.push(Frame {
            node: id,
            last: NONE,
            map,
            value: false,
            merges: false,
            count: 0,
            height: 1,
            anchored: props.anchor.is_some(),
        });
    }

    /// It ends; `end` is 0 for a block collection, which ends with its last child.
    pub(crate) fn close(&mut self, end: u32) {
        let Some(frame) = self.frames.pop() else { return };
        let last = self.node(frame.last).map_or(0, |n| n.end);
        self.set(frame.node, |n| n.end = end.max(last).max(n.start));
        if frame.anchored {
            for anchor in self.anchors.values_mut().filter(|a| a.node == frame.node) {
                anchor.height = Some(frame.height);
            }
        }
        if let Some(parent) = self.frames.last_mut() {
            parent.height = parent.height.max(frame.height + 1);
        }
        if frame.map && frame.count > 2 {
            self.drop_equal_keys(frame.node);
        }
    }

    fn drop_equal_keys(&mut self, _map: u32) {}

    /// The tree and what was found on the way.
    pub(crate) fn finish(mut self) -> (Tree, Vec<Problem>) {
        while !self.frames.is_empty() {
            self.close(0);
        }
        (self.tree, self.problems)
    }
}
