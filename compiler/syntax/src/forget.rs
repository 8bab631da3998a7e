//! Values that are read, but whose text is not the value yet: a later step of the pipeline puts something in their place.

use crate::NodeId;
use crate::tree::{Kind, PLAIN, ParsedFile};

impl ParsedFile {
    /// Makes a hole of every text scalar in a line of its own that `is_open` admits. Block scalars stay: they hold programs and
    /// documents that look like anything.
    pub fn forget(&mut self, document: usize, is_open: impl Fn(&str) -> bool) {
        let text = std::sync::Arc::clone(&self.text);
        let Some(document) = self.documents.get_mut(document) else { return };
        for node in &mut document.tree.nodes {
            let token = text.get(node.start as usize..node.end as usize).unwrap_or("");
            let in_line = node.flags & PLAIN != 0 || token.starts_with(['"', '\'']);
            if matches!(node.kind, Kind::Text | Kind::Made) && in_line && is_open(token) {
                node.kind = Kind::Hole;
            }
        }
    }

    /// Makes a hole of one node, keys and containers left out.
    pub fn forget_node(&mut self, document: usize, id: NodeId) {
        let node = self.documents.get_mut(document).and_then(|d| d.tree.nodes.get_mut(id.0 as usize));
        if let Some(node) = node.filter(|node| !matches!(node.kind, Kind::Seq | Kind::Map | Kind::Merge)) {
            node.kind = Kind::Hole;
        }
    }
}
