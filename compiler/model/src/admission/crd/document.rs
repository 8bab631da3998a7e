//! A document as the API server holds it before it is checked: defaults filled in, numbers as JSON has them.

use super::table::{Literal, Schema, Ty};
use crate::base::Span;
use crate::node::{Node, Value};

/// One value with its place.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) datum: Datum<'a>,
    /// The value's token; of a default that of the mapping that it was put into.
    pub(super) span: Span,
    /// What stands for the value in a report when something is missing from it: its key, else its own token.
    pub(super) anchor: Span,
    /// The value as it is written.
    pub(super) node: Option<Node<'a>>,
}

/// A value as JSON has it.
#[derive(Debug)]
pub(super) enum Datum<'a> {
    /// Masked or unreadable: every answer that needs it is unknown.
    Hole,
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'a str),
    List(Vec<Item<'a>>, Gap),
    /// Entries by key.
    Map(Vec<Entry<'a>>, Gap),
}

/// Whether a list or mapping is known as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// It is.
    None,
    /// A part of it or below it is masked or unreadable: what seems absent may be there, what is there may not stay.
    Some,
}

/// One entry of a mapping.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    pub(super) value: Item<'a>,
}

/// What becomes of `field: null` where the schema admits no null and has no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nulls {
    /// It stays and is of the wrong type, as for the validator of Istio's own tests (`pkg/config/crd/validator.go`).
    Stay,
    /// It is dropped, as by the API server (apiextensions `defaulting/prunenulls.go`).
    Go,
}

impl<'a> Item<'a> {
    /// Reads a node along its schema. What no schema describes is not gone into.
    pub(super) fn read(node: Node<'a>, schema: Option<&Schema>, nulls: Nulls) -> Self {
        let span = node.span();
        Self { datum: Datum::read(node, schema, nulls), span, anchor: span, node: Some(node) }
    }

    /// A default that stands in no file.
    fn made(literal: Literal, at: Span) -> Self {
        Self { datum: Datum::made(literal, at), span: at, anchor: at, node: None }
    }

    /// The value under a key.
    pub(super) fn get(&self, key: &str) -> Option<&Item<'a>> {
        match &self.datum {
            Datum::Map(entries, _) => find(entries, key),
            _ => None,
        }
    }
}

/// The value under a key.
pub(super) fn find<'i, 'a>(entries: &'i [Entry<'a>], key: &str) -> Option<&'i Item<'a>> {
    let at = entries.binary_search_by(|entry| entry.key.cmp(key)).ok()?;
    entries.get(at).map(|entry| &entry.value)
}

impl<'a> Datum<'a> {
    fn read(node: Node<'a>, schema: Option<&Schema>, nulls: Nulls) -> Self {
        if node.is_hole() {
            return Datum::Hole;
        }
        match node.value() {
            Value::Null => Datum::Null,
            Value::Bool(b) => Datum::Bool(b),
            Value::Int(n) => Datum::Int(n),
            #[expect(
                clippy::cast_precision_loss,
                reason = "JSON numbers beyond 64 bits with sign are doubles to the API server"
            )]
            Value::Uint(n) => Datum::Float(n as f64),
            Value::Float(f) => whole(f).map_or(Datum::Float(f), Datum::Int),
            Value::Str(text) => Datum::Str(text),
            Value::Seq => list(node, schema, nulls),
            Value::Map => map(node, schema, nulls),
        }
    }

    fn made(literal: Literal, at: Span) -> Self {
        match literal {
            Literal::Bool(b) => Datum::Bool(b),
            Literal::Int(n) => Datum::Int(n),
            Literal::Str(text) => Datum::Str(text),
            Literal::List(items) => {
                Datum::List(items.iter().map(|item| Item::made(*item, at)).collect(), Gap::None)
            }
            Literal::Map(rows) => {
                let entries = rows.iter().map(|(key, value)| Entry { key, value: Item::made(*value, at) });
                Datum::Map(entries.collect(), Gap::None)
            }
        }
    }
}

/// A float that JSON writes without point or exponent (Go's `encoding/json`) is read back as an integer.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn whole(f: f64) -> Option<i64> {
    (f.fract() == 0.0 && f.abs() < 9.2e18).then_some(f as i64)
}

fn gap(node: Node<'_>) -> Gap {
    if node.has_gap() { Gap::Some } else { Gap::None }
}

/// A list; items that are null get the default of items (apiextensions `defaulting/algorithm.go`, `Default`).
fn list<'a>(node: Node<'a>, schema: Option<&Schema>, nulls: Nulls) -> Datum<'a> {
    let Some(schema) = schema.filter(|s| s.ty == Ty::Array || s.items.is_some()) else {
        return Datum::List(Vec::new(), gap(node));
    };
    let of = schema.items();
    Datum::List(node.items().map(|item| Item::read(item, of, nulls)).collect(), gap(node))
}

/// A mapping with the defaults of its properties.
fn map<'a>(node: Node<'a>, schema: Option<&Schema>, nulls: Nulls) -> Datum<'a> {
    let Some(schema) = schema else { return Datum::Map(Vec::new(), gap(node)) };
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for (key, value) in node.entries() {
        let Some(name) = key.as_str() else { continue };
        let of = schema.property(name).or_else(|| schema.additional());
        let mut item = Item::read(value, of, nulls);
        item.anchor = key.span();
        if let (Datum::Null, Some(of)) = (&item.datum, of.filter(|of| !of.nullable)) {
            match (of.default, nulls) {
                (Some(default), _) => item.datum = Datum::made(default, item.span),
                (None, Nulls::Go) => continue,
                (None, Nulls::Stay) => {}
            }
        }
        entries.push(Entry { key: name, value: item });
    }
    if schema.has_defaults {
        defaults(&mut entries, schema, node.span());
    }
    entries.sort_by(|a, b| a.key.cmp(b.key));
    Datum::Map(entries, gap(node))
}

fn defaults(entries: &mut Vec<Entry<'_>>, schema: &Schema, span: Span) {
    for (name, id) in schema.properties {
        let default = super::table::schema(*id).and_then(|of| of.default);
        if let Some(default) = default
            && !entries.iter().any(|entry| entry.key == *name)
        {
            entries.push(Entry { key: name, value: Item::made(default, span) });
        }
    }
}
