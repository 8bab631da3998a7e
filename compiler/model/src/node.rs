//! The words that the generated views are written in: text, lists, maps, durations with their place in the file.

use std::ops::Deref;

pub use mp_syntax::{Node, NodeId, Value};

use crate::base::Span;
use crate::duration::parse_duration;

/// A view over a node. Every generated message view is one.
pub trait FromNode<'a>: Copy {
    /// Reads the node as this type; `None` when it is of another shape.
    fn from_node(node: Node<'a>) -> Option<Self>;
}

impl<'a> FromNode<'a> for Node<'a> {
    fn from_node(node: Node<'a>) -> Option<Self> {
        Some(node)
    }
}

/// Text with its place. Reads like a `&str`.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The text as Kubernetes reads it.
    pub value: &'a str,
    /// The token in the file.
    pub span: Span,
}

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        self.value
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.value == other
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.value == *other
    }
}

impl std::fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.value)
    }
}

impl<'a> FromNode<'a> for Text<'a> {
    fn from_node(node: Node<'a>) -> Option<Self> {
        node.as_str().map(|value| Text { value, span: node.span() })
    }
}

impl<'a> FromNode<'a> for bool {
    fn from_node(node: Node<'a>) -> Option<Self> {
        match node.value() {
            Value::Bool(b) => Some(b),
            _ => None,
        }
    }
}

impl<'a> FromNode<'a> for i64 {
    /// Protobuf JSON: an integer, a float without fraction, or either as text.
    fn from_node(node: Node<'a>) -> Option<Self> {
        match node.value() {
            Value::Int(n) => Some(n),
            Value::Uint(n) => i64::try_from(n).ok(),
            Value::Float(f) => whole(f),
            Value::Str(s) => s.parse().ok().or_else(|| s.parse().ok().and_then(whole)),
            _ => None,
        }
    }
}

impl<'a> FromNode<'a> for f64 {
    #[expect(clippy::cast_precision_loss, reason = "protobuf doubles lose precision in the same way")]
    fn from_node(node: Node<'a>) -> Option<Self> {
        match node.value() {
            Value::Int(n) => Some(n as f64),
            Value::Uint(n) => Some(n as f64),
            Value::Float(f) => Some(f),
            Value::Str(s) => s.parse().ok(),
            _ => None,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(f: f64) -> Option<i64> {
    (f.fract() == 0.0 && f.abs() < 9.0e15).then_some(f as i64)
}

/// A list field; absent and null read as empty. Items of another shape are left out.
#[derive(Clone, Copy, Debug)]
pub struct List<'a, T> {
    node: Option<Node<'a>>,
    of: std::marker::PhantomData<T>,
}

impl<'a, T: FromNode<'a> + 'a> List<'a, T> {
    /// The list at a node.
    #[must_use]
    pub fn new(node: Option<Node<'a>>) -> Self {
        Self { node, of: std::marker::PhantomData }
    }

    /// The items in order.
    pub fn iter(self) -> impl Iterator<Item = T> + 'a {
        self.nodes().filter_map(T::from_node)
    }

    /// The items' nodes in order.
    pub fn nodes(self) -> impl Iterator<Item = Node<'a>> + 'a {
        self.node.into_iter().flat_map(Node::items)
    }

    /// The first item.
    #[must_use]
    pub fn first(self) -> Option<T> {
        self.iter().next()
    }

    /// How many items it has.
    #[must_use]
    pub fn len(self) -> usize {
        self.nodes().count()
    }

    /// Whether it has no items.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.nodes().next().is_none()
    }

    /// Whether the field is written at all, be it empty.
    #[must_use]
    pub fn is_present(self) -> bool {
        self.node.is_some_and(|node| !node.is_null())
    }

    /// The whole list in the file.
    #[must_use]
    pub fn span(self) -> Option<Span> {
        self.node.map(Node::span)
    }
}

impl<'a, T: FromNode<'a> + 'a> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = Box<dyn Iterator<Item = T> + 'a>;
    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

/// A map field; absent and null read as empty. In input order.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a, T> {
    node: Option<Node<'a>>,
    of: std::marker::PhantomData<T>,
}

impl<'a, T: FromNode<'a> + 'a> Entries<'a, T> {
    /// The map at a node.
    #[must_use]
    pub fn new(node: Option<Node<'a>>) -> Self {
        Self { node, of: std::marker::PhantomData }
    }

    /// Keys and values in input order.
    pub fn iter(self) -> impl Iterator<Item = (Text<'a>, T)> + 'a {
        let entries = self.node.into_iter().flat_map(Node::entries);
        entries.filter_map(|(k, v)| Some((Text::from_node(k)?, T::from_node(v)?)))
    }

    /// The value under a key; the last one of equal keys.
    #[must_use]
    pub fn get(self, key: &str) -> Option<T> {
        self.node.and_then(|node| node.get(key)).and_then(T::from_node)
    }

    /// Whether it has no entries.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }

    /// Whether the field is written at all, be it empty.
    #[must_use]
    pub fn is_present(self) -> bool {
        self.node.is_some_and(|node| !node.is_null())
    }

    /// The whole map in the file.
    #[must_use]
    pub fn span(self) -> Option<Span> {
        self.node.map(Node::span)
    }
}

impl<'a> Entries<'a, Text<'a>> {
    /// As owned text, sorted by key.
    #[must_use]
    pub fn to_sorted(self) -> std::collections::BTreeMap<String, String> {
        self.iter().map(|(k, v)| (k.value.to_owned(), v.value.to_owned())).collect()
    }
}

/// A protobuf duration, in nanoseconds, with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationValue {
    /// Nanoseconds; may be negative.
    pub nanos: i128,
    /// The token in the file.
    pub span: Span,
}

impl<'a> FromNode<'a> for DurationValue {
    /// Go's notation (`1h2m3.5s`), which is what Istio's and Kubernetes' JSON readers take.
    fn from_node(node: Node<'a>) -> Option<Self> {
        parse_duration(node.as_str()?).map(|nanos| DurationValue { nanos, span: node.span() })
    }
}

/// A port by number or by name.
#[derive(Clone, Copy, Debug)]
pub enum IntOrString<'a> {
    /// A number.
    Int(i64),
    /// A name.
    Text(Text<'a>),
}

impl<'a> FromNode<'a> for IntOrString<'a> {
    fn from_node(node: Node<'a>) -> Option<Self> {
        match node.value() {
            Value::Int(n) => Some(IntOrString::Int(n)),
            Value::Uint(n) => i64::try_from(n).ok().map(IntOrString::Int),
            Value::Float(f) => whole(f).map(IntOrString::Int),
            Value::Str(_) => Text::from_node(node).map(IntOrString::Text),
            _ => None,
        }
    }
}

/// The value of a field: by its JSON name, else by its protobuf name (Istio takes both).
#[must_use]
pub fn field<'a>(node: Node<'a>, json: &str, proto: &str) -> Option<Node<'a>> {
    let found = node.get(json).or_else(|| if proto == json { None } else { node.get(proto) });
    found.filter(|value| !value.is_null() || value.is_hole())
}
