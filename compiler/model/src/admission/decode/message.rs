//! A decoded message: what was set, and where it stands.

use super::descriptor::Descriptor;
use crate::base::Span;
use crate::path::FieldPath;

/// Where a value stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Path of the field.
    pub(in crate::admission) path: FieldPath,
    /// The token, or the nearest that exists.
    pub span: Span,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
}

/// A decoded value.
#[derive(Clone, Debug)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i128),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes, by their number.
    Bytes(usize),
    /// An enum, by its number.
    Enum(i32),
    /// Nanoseconds.
    Duration(i128),
    /// A message.
    Message(Message),
    /// Any, with its type and what it holds.
    Any(String, Message),
    /// A repeated field.
    List(Vec<Item>),
    /// Keys as text.
    Map(Vec<(String, Item)>),
    /// Something that no rule looks into.
    Opaque,
}

/// A message and its fields that are set.
#[derive(Clone, Debug)]
pub struct Message {
    pub(in crate::admission) descriptor: &'static Descriptor,
    /// Where the message stands.
    pub place: Place,
    /// By place in the descriptor.
    pub(in crate::admission) fields: Vec<(usize, Item)>,
}

impl Message {
    /// Sets a field; of a group only the last one counts.
    pub(in crate::admission) fn set(&mut self, at: usize, item: Item) {
        let group = |at: usize| self.descriptor.fields.get(at).and_then(|field| field.oneof);
        let own = group(at);
        self.fields.retain(|(other, _)| *other != at && (own.is_none() || group(*other) != own));
        self.fields.push((at, item));
    }

    /// Sets a field by its JSON name; it stands where the message stands.
    pub(in crate::admission) fn put(&mut self, name: &str, value: Value) {
        if let Some(at) = self.descriptor.fields.iter().position(|field| field.json == name) {
            let place = self.at(name);
            self.set(at, Item { value, place });
        }
    }

    /// A message to be changed, if it is set.
    pub(in crate::admission) fn message_mut(&mut self, name: &str) -> Option<&mut Message> {
        let at = self.descriptor.fields.iter().position(|field| field.json == name)?;
        match &mut self.fields.iter_mut().find(|(other, _)| *other == at)?.1.value {
            Value::Message(message) => Some(message),
            _ => None,
        }
    }

    /// A field by its JSON name, if it is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Item> {
        let is_it = |at: usize| self.descriptor.fields.get(at).is_some_and(|field| field.json == name);
        self.fields.iter().find(|(at, _)| is_it(*at)).map(|(_, item)| item)
    }

    /// Puts texts in the place of a list of texts, as istiod does in memory; they stand where the list stood.
    pub fn set_texts(&mut self, name: &str, texts: Vec<String>) {
        let Some((_, item)) = self
            .fields
            .iter_mut()
            .find(|(at, _)| self.descriptor.fields.get(*at).is_some_and(|field| field.json == name))
        else {
            return;
        };
        let place = item.place.clone();
        item.value = Value::List(
            texts.into_iter().map(|text| Item { value: Value::Text(text), place: place.clone() }).collect(),
        );
    }

    /// The messages of a list, to be changed.
    pub fn messages_mut(&mut self, name: &str) -> impl Iterator<Item = &mut Message> {
        let descriptor = self.descriptor;
        let is_it = move |at: usize| descriptor.fields.get(at).is_some_and(|field| field.json == name);
        let found = self.fields.iter_mut().filter(move |(at, _)| is_it(*at));
        found
            .flat_map(|(_, item)| match &mut item.value {
                Value::List(items) => items.as_mut_slice(),
                _ => &mut [],
            })
            .filter_map(|item| match &mut item.value {
                Value::Message(message) => Some(message),
                _ => None,
            })
    }

    /// Whether a field is set.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Where a field stands, or would.
    #[must_use]
    pub fn at(&self, name: &str) -> Place {
        match self.get(name) {
            Some(item) => item.place.clone(),
            None => Place { path: self.place.path.key(name), span: self.place.span },
        }
    }

    /// Text; empty when absent.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// A number; 0 when absent. A wrapper's too.
    #[must_use]
    pub fn int(&self, name: &str) -> i128 {
        self.int_or(name, 0)
    }

    /// A number, or the default of the field. A wrapper's too.
    #[must_use]
    pub fn int_or(&self, name: &str, absent: i128) -> i128 {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Int(n)) => *n,
            Some(Value::Enum(n)) => i128::from(*n),
            _ => absent,
        }
    }

    /// A number with a fraction; 0 when absent. A wrapper's too.
    #[must_use]
    pub fn float(&self, name: &str) -> f64 {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Float(n)) => *n,
            _ => 0.0,
        }
    }

    /// A truth value; false when absent. A wrapper's too.
    #[must_use]
    pub fn bool(&self, name: &str) -> bool {
        matches!(self.get(name).map(|item| &item.value), Some(Value::Bool(true)))
    }

    /// An enum's number; 0 when absent.
    #[must_use]
    pub fn number(&self, name: &str) -> i32 {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Enum(n)) => *n,
            _ => 0,
        }
    }

    /// A duration in nanoseconds.
    #[must_use]
    pub fn duration(&self, name: &str) -> Option<i128> {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Duration(nanos)) => Some(*nanos),
            _ => None,
        }
    }

    /// A message, if it is set.
    #[must_use]
    pub fn message(&self, name: &str) -> Option<&Message> {
        self.get(name).and_then(Item::message)
    }

    /// The items of a list.
    #[must_use]
    pub fn items(&self, name: &str) -> &[Item] {
        match self.get(name).map(|item| &item.value) {
            Some(Value::List(items)) => items,
            _ => &[],
        }
    }

    /// The messages of a list.
    pub fn messages(&self, name: &str) -> impl Iterator<Item = &Message> {
        self.items(name).iter().filter_map(Item::message)
    }

    /// The texts of a list.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = (&str, &Place)> {
        self.items(name).iter().map(|item| (item.text(), &item.place))
    }

    /// The entries of a map.
    #[must_use]
    pub fn entries(&self, name: &str) -> &[(String, Item)] {
        match self.get(name).map(|item| &item.value) {
            Some(Value::Map(entries)) => entries,
            _ => &[],
        }
    }
}

impl Item {
    /// The text, or nothing.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.value {
            Value::Text(text) => text,
            _ => "",
        }
    }

    /// The message, if it is one.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        match &self.value {
            Value::Message(message) => Some(message),
            _ => None,
        }
    }
}
