//! From events to the tree of one document: links, anchors, limits. Scalars are typed in `value.rs`, keys merged in `merge.rs`.

use std::collections::HashMap;

use mp_base::{FileId, Span};

use crate::holes::Holes;
use crate::tree::{GAP, Kind, NONE, NodeData};
use crate::{NodeId, Problem, ProblemKind, Tree};

/// How deep lists and mappings may stand in each other, aliases followed.
pub(crate) const DEPTH_LIMIT: usize = 1000;

/// Problems that are kept of one document; one more than a file tells, so that it knows of the rest.
pub(crate) const PROBLEMS: usize = 10_001;

/// What stands before a node: `&name` (the bytes of the name) and `!tag`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Props<'p> {
    pub(crate) anchor: Option<(u32, u32)>,
    /// The tag, resolved; empty for none.
    pub(crate) tag: &'p str,
}

/// A list or mapping that is still open.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) node: u32,
    last: u32,
    map: bool,
    /// The next node of a mapping is a value.
    value: bool,
    pub(crate) merges: bool,
    pub(crate) count: u32,
    /// Levels from this node down, aliases followed.
    height: usize,
    anchor: Option<usize>,
    /// How many keys were noted before its own.
    pub(crate) keys: usize,
}

/// Room that one document after the other uses.
#[derive(Debug, Default)]
pub(crate) struct Room {
    frames: Vec<Frame>,
    keys: Vec<(u32, u32)>,
    nodes: Vec<NodeData>,
}

/// Nodes up to which a tree is copied out of the room, so that it takes no more memory than it needs.
const SMALL: usize = 1 << 14;

#[derive(Clone, Copy, Debug)]
struct Anchor {
    node: u32,
    /// Levels from the node down; `None` while it is still open.
    height: Option<usize>,
}

/// Builds the tree of one document.
#[derive(Debug)]
pub(crate) struct Builder<'t> {
    pub(crate) file: FileId,
    pub(crate) text: &'t str,
    pub(crate) tree: Tree,
    pub(crate) frames: Vec<Frame>,
    /// Signatures and nodes of the keys of all open mappings.
    pub(crate) keys: Vec<(u32, u32)>,
    anchors: Vec<Anchor>,
    names: HashMap<&'t str, usize>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) holes: Holes<'t>,
    pub(crate) aliased: bool,
    /// Kubernetes refuses the document, whatever else it says.
    pub(crate) refused: bool,
    /// Nodes that merge keys made.
    pub(crate) merged: usize,
}

impl<'t> Builder<'t> {
    /// A builder for a document of about `length` bytes.
    pub(crate) fn new(file: FileId, text: &'t str, holes: Holes<'t>, length: usize, room: &mut Room) -> Self {
        let mut tree = Tree { nodes: std::mem::take(&mut room.nodes), ..Tree::default() };
        tree.nodes.reserve(length / 10 + 4);
        Self {
            file,
            text,
            tree,
            frames: std::mem::take(&mut room.frames),
            keys: std::mem::take(&mut room.keys),
            anchors: Vec::new(),
            names: HashMap::new(),
            problems: Vec::new(),
            holes,
            aliased: false,
            refused: false,
            merged: 0,
        }
    }

    pub(crate) fn problem(&mut self, kind: ProblemKind, span: (u32, u32), message: impl Into<String>) {
        let span = Span::new(self.file, span.0, span.1);
        if self.problems.len() >= PROBLEMS {
            return;
        }
        self.problems.push(Problem { kind, span, other: None, message: message.into() });
    }

    /// What Kubernetes refuses when it decodes the document.
    pub(crate) fn refuse(&mut self, span: (u32, u32), message: impl Into<String>) {
        self.refused = true;
        self.problem(ProblemKind::Syntax, span, message);
    }

    pub(crate) fn push(&mut self, kind: Kind, link: u32, span: (u32, u32), flags: u8) -> u32 {
        let id = u32::try_from(self.tree.nodes.len()).unwrap_or(NONE - 1);
        self.tree.nodes.push(NodeData { start: span.0, end: span.1, next: NONE, link, kind, flags });
        id
    }

    pub(crate) fn node(&self, id: u32) -> Option<&NodeData> {
        self.tree.nodes.get(id as usize)
    }

    pub(crate) fn set(&mut self, id: u32, change: impl FnOnce(&mut NodeData)) {
        if let Some(node) = self.tree.nodes.get_mut(id as usize) {
            change(node);
        }
    }

    /// Hangs a node behind its elder sibling or under its parent.
    pub(crate) fn attach(&mut self, id: u32) {
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
            self.set(parent, |n| n.link = id);
        } else {
            self.set(last, |n| n.next = id);
        }
    }

    /// Where the last node of the innermost open collection ends.
    pub(crate) fn reached(&self) -> u32 {
        let last = self.frames.last().and_then(|frame| self.node(frame.last));
        last.map_or(0, |node| node.end)
    }

    /// Whether the next node is a key.
    pub(crate) fn at_key(&self) -> bool {
        self.frames.last().is_some_and(|f| f.map && !f.value)
    }

    pub(crate) fn anchor(&mut self, name: (u32, u32), node: u32, height: Option<usize>) -> usize {
        let text = self.text;
        let name = text.get(name.0 as usize..name.1 as usize).unwrap_or("");
        self.anchors.push(Anchor { node, height });
        let place = self.anchors.len() - 1;
        self.names.insert(name, place);
        place
    }

    /// `*name`.
    pub(crate) fn alias(&mut self, made: &mut String, span: (u32, u32)) {
        let key = self.at_key();
        let (kind, link) = self.alias_target(span);
        let target = self.node(link).filter(|_| kind == Kind::Alias).copied();
        let (kind, link) = match target {
            Some(node) if key && matches!(node.kind, Kind::Seq | Kind::Map) => {
                self.refuse(span, "a key must be text or a number, not a list or mapping");
                (kind, link)
            }
            // The alias of text stays one, because the text is that of the node it names.
            Some(node) if key && !matches!(node.kind, Kind::Text | Kind::Made | Kind::Merge) => {
                self.key_text(made, node.kind, node.link, span)
            }
            _ => (kind, link),
        };
        let id = self.push(kind, link, span, 0);
        if key {
            self.note_key(made, id, kind);
        }
        self.attach(id);
    }

    fn alias_target(&mut self, span: (u32, u32)) -> (Kind, u32) {
        let text = self.text;
        let name = text.get(span.0 as usize + 1..span.1 as usize).unwrap_or("");
        let anchor = self.names.get(name).and_then(|place| self.anchors.get(*place)).copied();
        let Some(Anchor { node, height }) = anchor else {
            self.refuse(span, format!("no anchor `&{name}` stands before this alias"));
            return (Kind::Hole, 0);
        };
        let Some(height) = height else {
            self.refuse(span, format!("the value of the anchor `&{name}` contains itself"));
            return (Kind::Hole, 0);
        };
        if self.frames.len() + height > DEPTH_LIMIT {
            self.refused = true;
            self.problem(ProblemKind::Limit, span, format!("nesting is deeper than {DEPTH_LIMIT} levels"));
            return (Kind::Hole, 0);
        }
        self.aliased = true;
        if let Some(frame) = self.frames.last_mut() {
            frame.height = frame.height.max(height + 1);
        }
        (Kind::Alias, node)
    }

    /// A list or a mapping begins.
    ///
    /// # Errors
    /// At the nesting limit.
    pub(crate) fn open(&mut self, map: bool, start: u32, anchor: Option<(u32, u32)>) -> Result<(), ()> {
        if self.frames.len() >= DEPTH_LIMIT {
            return Err(());
        }
        if self.at_key() {
            self.refuse((start, start), "a key must be text or a number, not a list or mapping");
        }
        let kind = if map { Kind::Map } else { Kind::Seq };
        let node = self.push(kind, NONE, (start, start), 0);
        self.attach(node);
        let anchor = anchor.map(|name| self.anchor(name, node, None));
        let keys = self.keys.len();
        self.frames.push(Frame {
            node,
            last: NONE,
            map,
            value: false,
            merges: false,
            count: 0,
            height: 1,
            anchor,
            keys,
        });
        Ok(())
    }

    /// It ends: at `end`, or with its last child when that is 0. The next token stands at `until`.
    pub(crate) fn close(&mut self, made: &str, end: u32, until: u32) {
        let Some(frame) = self.frames.pop() else { return };
        let last = self.node(frame.last).map_or(0, |n| n.end);
        let start = self.node(frame.node).map_or(0, |n| n.start);
        let end = end.max(last).max(start);
        let gap = if self.holes.touch((start, end.max(until))) { GAP } else { 0 };
        self.set(frame.node, |n| {
            n.end = end;
            n.flags |= gap;
        });
        if let Some(anchor) = frame.anchor.and_then(|place| self.anchors.get_mut(place)) {
            anchor.height = Some(frame.height);
        }
        if let Some(parent) = self.frames.last_mut() {
            parent.height = parent.height.max(frame.height + 1);
        }
        if frame.merges {
            self.merge(frame.node);
        }
        if frame.map && (frame.count > 2 || frame.merges) {
            self.shadow_equal_keys(made, &frame);
        }
        self.keys.truncate(frame.keys);
    }

    /// Closes what is open, with a hole where a value is missing.
    pub(crate) fn finish(&mut self, made: &str, end: u32) {
        while let Some(frame) = self.frames.last() {
            if frame.map && frame.value {
                let hole = self.push(Kind::Hole, 0, (end, end), 0);
                self.attach(hole);
            }
            self.close(made, 0, end);
        }
        if self.aliased && !self.aliases_are_few() {
            self.refused = true;
            let whole =
                self.tree.root.and_then(|root| self.node(root.0)).map_or((0, 0), |n| (n.start, n.end));
            self.problem(
                ProblemKind::Limit,
                whole,
                "aliases make most of this document; Kubernetes refuses it",
            );
            for node in self.tree.nodes.iter_mut().filter(|n| matches!(n.kind, Kind::Alias | Kind::Copy)) {
                node.kind = Kind::Hole;
            }
        }
    }

    /// The tree, without more memory than it needs; the room goes back.
    pub(crate) fn into_tree(mut self, made: String, room: &mut Room) -> (Tree, Vec<Problem>) {
        let mut tree = self.tree;
        tree.made = made;
        tree.made.shrink_to_fit();
        if tree.nodes.len() <= SMALL {
            let nodes = tree.nodes.as_slice().to_vec();
            room.nodes = std::mem::replace(&mut tree.nodes, nodes);
            room.nodes.clear();
        } else {
            tree.nodes.shrink_to_fit();
        }
        self.frames.clear();
        self.keys.clear();
        (room.frames, room.keys) = (self.frames, self.keys);
        (tree, self.problems)
    }
}
