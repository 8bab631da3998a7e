//! A decoded message: what was set, and where it stands.

use super::descriptor::Descriptor;
use crate::base::Span;
use crate::path::FieldPath;

/// Where a value stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::admission) struct Place {
    /// Path of the field.
    pub(in crate::admission) path: FieldPath,
    /// The token, or the nearest that exists.
    pub(in crate::admission) span: Span,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(in crate::admission) struct Item {
    pub(in crate::admission) value: Value,
    pub(in crate::admission) place: Place,
}

/// A decoded value.
#[derive(Clone, Debug)]
pub(in crate::admission) enum Value {
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    Bytes(usize),
    Enum(i32),
    /// Nanoseconds.
    Duration(i128),
    Message(Message),
    /// Any, with its type and what it holds.
    Any(String, Message),
    List(Vec<Item>),
    /// Keys as text.
    Map(Vec<(String, Item)>),
    /// Something that no rule looks into.
    Opaque,
}

/// A message and its fields that are set.
#[derive(Clone, Debug)]
pub(in crate::admission) struct Message {
    pub(in crate::admission) descriptor: &'static Descriptor,
    pub(in crate::admission) place: Place,
    /// By place in the descriptor.
    pub(in crate::admission) fields: Vec<(usize, Item)>,
}

impl Message {
    /// Sets a field; of a group only the last one counts.
    pub(super) fn set(&mut self, at: usize, item: Item) {
        let group = |at: usize| self.descriptor.fields.get(at).and_then(|field| field.oneof);
        let own = group(at);
        self.fields.retain(|(other, _)| *other != at && (own.is_none() || group(*other) != own));
        self.fields.push((at, item));
    }

    /// A field by its JSON name, if it is set.
    pub(in crate::admission) fn get(&self, name: &str) -> Option<&Item> {
        let is_it = |at: usize| self.descriptor.fields.get(at).is_some_and(|field| field.json == name);
        self.fields.iter().find(|(at, _)| is_it(*at)).map(|(_, item)| item)
    }

    /// Whether a field is set.
    pub(in crate::admission) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Where a field stands, or would.
    pub(in crate::admission) fn at(&self, name: &str) -> Place {
        match self.get(name) {
            Some(item) => item.place.clone(),
            None => Place { path: self.place.path.key(name), span: self.place.span },
        }
    }

    /// Text; empty when absent.
    pub(in crate::admission) fn text(&self, name: &str) -> &str {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// A number; 0 when absent. A wrapper's too.
    pub(in crate::admission) fn int(&self, name: &str) -> i128 {
        self.int_or(name, 0)
    }

    /// A number, or the default of the field. A wrapper's too.
    pub(in crate::admission) fn int_or(&self, name: &str, absent: i128) -> i128 {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Int(n)) => *n,
            Some(Value::Enum(n)) => i128::from(*n),
            _ => absent,
        }
    }

    /// A number with a fraction; 0 when absent. A wrapper's too.
    pub(in crate::admission) fn float(&self, name: &str) -> f64 {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Float(n)) => *n,
            _ => 0.0,
        }
    }

    /// A truth value; false when absent. A wrapper's too.
    pub(in crate::admission) fn bool(&self, name: &str) -> bool {
        matches!(self.get(name).map(|item| &item.value), Some(Value::Bool(true)))
    }

    /// An enum's number; 0 when absent.
    pub(in crate::admission) fn number(&self, name: &str) -> i32 {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Enum(n)) => *n,
            _ => 0,
        }
    }

    /// A duration in nanoseconds.
    pub(in crate::admission) fn duration(&self, name: &str) -> Option<i128> {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Duration(nanos)) => Some(*nanos),
            _ => None,
        }
    }

    /// A message, if it is set.
    pub(in crate::admission) fn message(&self, name: &str) -> Option<&Message> {
        self.get(name).and_then(Item::message)
    }

    /// The items of a list.
    pub(in crate::admission) fn items(&self, name: &str) -> &[Item] {
        match self.get(name).map(|item| &item.value) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// The messages of a list.
    pub(in crate::admission) fn messages(&self, name: &str) -> impl Iterator<Item = &Message> {
        self.items(name).iter().filter_map(Item::message)
    }

    /// The texts of a list.
    pub(in crate::admission) fn texts(&self, name: &str) -> impl Iterator<Item = (&str, &Place)> {
        self.items(name).iter().map(|item| (item.text(), &item.place))
    }

    /// The entries of a map.
    pub(in crate::admission) fn entries(&self, name: &str) -> &[(String, Item)] {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Map(entries)) => entries,
            _ => &[],
        }
    }
}

impl Item {
    /// The text, or nothing.
    pub(in crate::admission) fn text(&self) -> &str {
        match &self.value {
            Value::Text(text) => text,
            _ => "",
        }
    }

    /// The message, if it is one.
    pub(in crate::admission) fn message(&self) -> Option<&Message> {
        match &self.value {
            Value::Message(message) => Some(message),
            _ => None,
        }
    }
}
