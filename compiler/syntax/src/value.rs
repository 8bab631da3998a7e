//! Scalars: their type, their text, and keys as text.

use crate::ProblemKind;
use crate::build::{Builder, PROBLEMS, Props};
use crate::scalar::{self, Scalar};
use crate::scan::Text;
use crate::surprise::surprise;
use crate::tagged::{Tagged, tagged};
use crate::tree::{Kind, PLAIN};

impl Builder<'_> {
    fn text_of<'s>(&'s self, text: Text, made: &'s str) -> &'s str {
        match text {
            Text::File(start, end) => self.text.get(start as usize..end as usize),
            Text::Made(start, end) => made.get(start as usize..end as usize),
        }
        .unwrap_or("")
    }

    /// A scalar; `plain` when it has neither quotes nor a block sign.
    pub(crate) fn scalar(
        &mut self,
        made: &mut String,
        text: Text,
        plain: bool,
        span: (u32, u32),
        props: Props<'_>,
    ) {
        let key = self.at_key();
        let flags = if plain { PLAIN } else { 0 };
        let (kind, link) = self.meaning(made, text, plain, span, props.tag);
        let id = if key {
            let (kind, link) = self.key_text(made, kind, link, span);
            let id = self.push(kind, link, span, flags);
            self.note_key(made, id, kind);
            id
        } else {
            self.push(kind, link, span, flags)
        };
        self.attach(id);
        if let Some(name) = props.anchor {
            // A key is text; who refers to it gets its value.
            let target = if key { self.push(kind, link, span, flags) } else { id };
            self.anchor(name, target, Some(0));
        }
    }

    /// No text at all; a hole when text up to `until` was taken away.
    pub(crate) fn empty(&mut self, made: &mut String, at: u32, until: u32) {
        // `[]: a` gives its tokens in an order of its own.
        let at = at.max(self.reached());
        if self.holes.touch((at, until)) {
            let id = self.push(Kind::Hole, 0, (at, at), PLAIN);
            return self.attach(id);
        }
        self.scalar(made, Text::File(at, at), true, (at, at), Props::default());
    }

    /// What a scalar means.
    fn meaning(
        &mut self,
        made: &mut String,
        text: Text,
        plain: bool,
        span: (u32, u32),
        tag: &str,
    ) -> (Kind, u32) {
        if self.holes.touch(span) {
            return (Kind::Hole, 0);
        }
        if plain && tag.is_empty() && self.is_text(text) {
            return (Kind::Text, 0);
        }
        let value = self.text_of(text, made);
        let meaning = match (tag.is_empty(), plain) {
            (true, true) => match scalar::plain(value) {
                meaning @ (Scalar::Text | Scalar::Null | Scalar::Merge) => meaning,
                meaning if self.problems.len() >= PROBLEMS => meaning,
                meaning => {
                    let found = surprise(value, meaning, self.at_key());
                    if let Some(message) = found {
                        self.problem(ProblemKind::SurprisingScalar, span, message);
                    }
                    meaning
                }
            },
            (true, false) => Scalar::Text,
            (false, _) => match tagged(value, plain, tag) {
                Ok(Tagged::Scalar(meaning)) => meaning,
                Ok(Tagged::Bytes(bytes)) => return self.make(made, &go_text(&bytes)),
                Err(message) => {
                    self.refuse(span, message);
                    return (Kind::Hole, 0);
                }
            },
        };
        self.store(meaning, text, span)
    }

    /// Whether a look at its first byte shows that plain text is text.
    fn is_text(&self, text: Text) -> bool {
        let Text::File(start, end) = text else { return false };
        let first = self.text.as_bytes().get(start as usize);
        first.is_some_and(|b| scalar::is_text(*b, (end - start) as usize))
    }

    /// The node's kind and link for a meaning.
    fn store(&mut self, meaning: Scalar, text: Text, span: (u32, u32)) -> (Kind, u32) {
        match meaning {
            Scalar::Null => (Kind::Null, 0),
            Scalar::Bool(b) => (Kind::Bool, u32::from(b)),
            Scalar::Int(n) => match u32::try_from(n) {
                Ok(n) => (Kind::Small, n),
                Err(_) => (Kind::Int, self.tree.keep(n.cast_unsigned())),
            },
            Scalar::Uint(n) => (Kind::Uint, self.tree.keep(n)),
            Scalar::Float(n) => {
                if !n.is_finite() && !self.at_key() {
                    self.problem(
                        ProblemKind::Syntax,
                        span,
                        "a number must be finite; Kubernetes refuses this one",
                    );
                }
                (Kind::Float, self.tree.keep(n.to_bits()))
            }
            Scalar::Merge if self.at_key() => (Kind::Merge, 0),
            Scalar::Text | Scalar::Merge => match text {
                Text::File(..) => (Kind::Text, 0),
                Text::Made(start, end) => {
                    (Kind::Made, self.tree.keep(u64::from(start) << 32 | u64::from(end)))
                }
            },
        }
    }

    pub(crate) fn make(&mut self, made: &mut String, text: &str) -> (Kind, u32) {
        let half = |n| u64::try_from(n).unwrap_or(u64::MAX) & 0xffff_ffff;
        let start = half(made.len());
        made.push_str(text);
        (Kind::Made, self.tree.keep(start << 32 | half(made.len())))
    }

    /// A key becomes text, as `sigs.k8s.io/yaml` (`yaml.go`, `convertToJSONableObject`) does it.
    pub(crate) fn key_text(
        &mut self,
        made: &mut String,
        kind: Kind,
        link: u32,
        span: (u32, u32),
    ) -> (Kind, u32) {
        let text = match kind {
            Kind::Bool if link == 0 => "false".to_owned(),
            Kind::Bool => "true".to_owned(),
            Kind::Small => link.to_string(),
            Kind::Int => self.tree.int(link).to_string(),
            Kind::Float => crate::float::go_float32(self.tree.float(link)),
            Kind::Null => {
                self.problem(ProblemKind::Syntax, span, "a key must not be null");
                return (kind, link);
            }
            Kind::Uint => {
                self.problem(
                    ProblemKind::Syntax,
                    span,
                    "a key must not be a number beyond 64 bits with sign",
                );
                return (kind, link);
            }
            Kind::Merge => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.merges = true;
                }
                return (kind, link);
            }
            _ => return (kind, link),
        };
        self.make(made, &text)
    }
}

/// Bytes as text in JSON: each byte that is no UTF-8 becomes U+FFFD of its own, as in Go.
fn go_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
