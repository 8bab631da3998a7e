//! Merge keys, equal keys, and how much aliases may make of a document.

use std::collections::HashMap;

use mp_base::Span;

use crate::build::{Builder, Frame, PROBLEMS};
use crate::tree::{Kind, MERGED, NONE, NodeData, SHADOWED};
use crate::{Problem, ProblemKind};

/// Nodes that merge keys may make before the document counts as a bomb; go-yaml's own limit lies below it.
const MERGED_LIMIT: usize = 1_000_000;

impl Builder<'_> {
    /// Puts behind each `<<` and its value the keys and values it stands for (`decode.go`, `merge`).
    pub(crate) fn merge(&mut self, map: u32) {
        let mut key = self.node(map).map_or(NONE, |n| n.link);
        while let Some(data) = self.node(key).copied() {
            let value = data.next;
            let next = self.node(value).map_or(NONE, |n| n.next);
            if data.kind == Kind::Merge {
                self.merge_value(value);
            }
            key = next;
        }
    }

    fn merge_value(&mut self, value: u32) {
        let Some(data) = self.node(value).copied() else { return };
        let mut tail = value;
        match data.kind {
            Kind::Seq => {
                let mut maps = Vec::new();
                let mut item = data.link;
                while let Some(node) = self.node(item) {
                    maps.push(item);
                    item = node.next;
                }
                // The first mapping counts most, so it comes last.
                for map in maps.into_iter().rev() {
                    self.merge_map(map, &mut tail);
                }
            }
            Kind::Hole => {}
            _ => self.merge_map(value, &mut tail),
        }
    }

    /// Copies the keys of a mapping, or of an alias to one, behind `tail`.
    fn merge_map(&mut self, map: u32, tail: &mut u32) {
        let Some(data) = self.node(map).copied() else { return };
        let target = if data.kind == Kind::Alias { self.node(data.link).copied() } else { Some(data) };
        let Some(target) = target.filter(|t| t.kind == Kind::Map) else {
            self.refuse((data.start, data.end), "`<<` needs a mapping or a list of mappings");
            return;
        };
        let mut key = target.link;
        while let Some(k) = self.node(key).copied() {
            let Some(v) = self.node(k.next).copied() else { return };
            if k.kind != Kind::Merge && k.flags & SHADOWED == 0 {
                self.merged += 2;
                if self.merged > MERGED_LIMIT {
                    return;
                }
                self.copy(key, &k, tail);
                self.copy(k.next, &v, tail);
            }
            key = v.next;
        }
    }

    fn copy(&mut self, id: u32, data: &NodeData, tail: &mut u32) {
        let (kind, link) = match data.kind {
            Kind::Alias | Kind::Copy => (Kind::Copy, data.link),
            Kind::Hole => (Kind::Hole, 0),
            _ => (Kind::Copy, id),
        };
        let copy = self.push(kind, link, (data.start, data.end), MERGED);
        let next = self.node(*tail).map_or(NONE, |n| n.next);
        self.set(copy, |n| n.next = next);
        self.set(*tail, |n| n.next = copy);
        *tail = copy;
    }

    /// Keeps a key of the innermost open mapping, to compare it with the others when the mapping ends.
    pub(crate) fn note_key(&mut self, made: &str, key: u32, kind: Kind) {
        if matches!(kind, Kind::Text | Kind::Made | Kind::Null | Kind::Alias) {
            let signature = self.key_of(made, key).map_or(0, signature);
            self.keys.push((signature, key));
        }
    }

    /// Of equal keys only the last one counts.
    pub(crate) fn shadow_equal_keys(&mut self, made: &str, frame: &Frame) {
        if frame.merges {
            self.keys.truncate(frame.keys);
            let mut key = self.node(frame.node).map_or(NONE, |n| n.link);
            while let Some(data) = self.node(key).copied() {
                let Some(next) = self.node(data.next).map(|value| value.next) else { break };
                if self.may_repeat(&data) {
                    let signature = self.key_of(made, key).map_or(0, signature);
                    self.keys.push((signature, key));
                }
                key = next;
            }
        }
        let keys = self.keys.get(frame.keys..).unwrap_or(&[]);
        if has_twins(keys) {
            for (first, second) in self.equal_keys(made, keys) {
                self.shadow(made, first, second);
            }
        }
    }

    fn may_repeat(&self, key: &NodeData) -> bool {
        if key.kind == Kind::Merge {
            return false;
        }
        let target = match key.kind {
            Kind::Alias | Kind::Copy => self.node(key.link).map_or(Kind::Hole, |n| n.kind),
            kind => kind,
        };
        matches!(target, Kind::Text | Kind::Made | Kind::Null | Kind::Merge)
    }

    /// Pairs of a key and the next one that equals it.
    fn equal_keys(&self, made: &str, keys: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        let mut seen = HashMap::with_capacity(keys.len());
        for (_, key) in keys.iter().filter(|(_, key)| self.node(*key).is_some_and(|k| self.may_repeat(k))) {
            if let Some(first) = seen.insert(self.key_of(made, *key), *key) {
                pairs.push((first, *key));
            }
        }
        pairs
    }

    /// A key as text; `None` is the null key.
    fn key_of<'s>(&'s self, made: &'s str, key: u32) -> Option<&'s str> {
        let data = self.node(key)?;
        let data = if matches!(data.kind, Kind::Alias | Kind::Copy) { self.node(data.link)? } else { data };
        match data.kind {
            Kind::Text => self.text.get(data.text_range()),
            Kind::Made => Some(self.tree.made_text(data.link, made)),
            Kind::Merge => Some("<<"),
            _ => None,
        }
    }

    fn shadow(&mut self, made: &str, first: u32, second: u32) {
        self.set(first, |n| n.flags |= SHADOWED);
        let (Some(a), Some(b)) = (self.node(first).copied(), self.node(second).copied()) else { return };
        if a.flags & MERGED != 0 && b.flags & MERGED != 0 {
            return;
        }
        if self.holes.template {
            // Both may stand in branches of which the template keeps one.
            self.set(b.next, |n| n.kind = Kind::Hole);
            return;
        }
        if self.problems.len() >= PROBLEMS {
            return;
        }
        let name = self.key_of(made, second).unwrap_or("null");
        let (message, here, there) = match (a.flags & MERGED != 0, b.flags & MERGED != 0) {
            (_, true) => (format!("`<<` replaces the key `{name}`; strict readers refuse this"), a, b),
            (true, _) => {
                (format!("the key `{name}` replaces what `<<` brings; strict readers refuse this"), b, a)
            }
            _ => (format!("the key `{name}` stands twice; the last one counts"), b, a),
        };
        let span = |n: NodeData| Span::new(self.file, n.start, n.end);
        let (span, other) = (span(here), Some(span(there)));
        self.problems.push(Problem { kind: ProblemKind::DuplicateKey, span, other, message });
    }

    /// Whether go-yaml would decode the document (`decode.go`, `unmarshal` and `allowedAliasRatio`): of many nodes most must
    /// stand in the text. Walks what aliases make of the tree, and gives up where go-yaml does.
    pub(crate) fn aliases_are_few(&self) -> bool {
        let Some(root) = self.tree.root else { return true };
        if self.merged > MERGED_LIMIT {
            return false;
        }
        // 1 for the document itself.
        let (mut all, mut aliased) = (1u64, 0u64);
        // The next node to decode at each level, and whether an alias led there.
        let mut stack = vec![(root.0, false, false)];
        while let Some((id, inside, alone)) = stack.pop() {
            let Some(data) = self.node(id) else { continue };
            if !alone && data.next != NONE {
                stack.push((data.next, inside, false));
            }
            if data.kind == Kind::Merge || data.flags & MERGED != 0 {
                continue;
            }
            all += 1;
            aliased += u64::from(inside);
            if is_bomb(all, aliased) {
                return false;
            }
            match data.kind {
                Kind::Alias => stack.push((data.link, true, true)),
                Kind::Seq | Kind::Map if data.link != NONE => stack.push((data.link, inside, false)),
                _ => {}
            }
        }
        true
    }
}

/// A number that equal keys share and others hardly ever.
fn signature(key: &str) -> u32 {
    let mut hash = u32::try_from(key.len()).unwrap_or(u32::MAX);
    let mut add = |word: u32| hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B1);
    let (words, rest) = key.as_bytes().as_chunks::<4>();
    for word in words {
        add(u32::from_le_bytes(*word));
    }
    for byte in rest {
        add(u32::from(*byte));
    }
    hash
}

/// Whether two signatures are equal.
fn has_twins(keys: &[(u32, u32)]) -> bool {
    if keys.len() > 64 {
        return true;
    }
    let mut rest = keys;
    while let Some((first, others)) = rest.split_first() {
        if others.iter().any(|other| other.0 == first.0) {
            return true;
        }
        rest = others;
    }
    false
}

fn is_bomb(all: u64, aliased: u64) -> bool {
    if aliased <= 100 || all <= 1000 {
        return false;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let (all, aliased) = (all as f64, aliased as f64);
    let allowed = if all <= 400_000.0 {
        0.99
    } else if all >= 4_000_000.0 {
        0.10
    } else {
        0.99 - 0.89 * ((all - 400_000.0) / 3_600_000.0)
    };
    aliased / all > allowed
}
