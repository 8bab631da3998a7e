//! The types of what is emitted, for those who walk through it.

use serde_json::Value;

use super::types::{Field, Kind, Message, Shape, Special, Types};
use super::{SENT, rare_types};
use crate::faults::Demand;

/// A message type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MessageType<'t> {
    types: &'t Types,
    message: &'t Message,
}

/// A field of a message type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldType<'t> {
    types: &'t Types,
    field: &'t Field,
}

impl MessageType<'static> {
    /// The type of a full name, or of the `@type` of a message; `patched` means that it may be one that is never sent without patches.
    pub(crate) fn named(name: &str, patched: bool) -> Option<Self> {
        let types = if patched { rare_types().ok()? } else { SENT.types().ok()? };
        let name = name.rsplit('/').next().unwrap_or(name);
        types.by_name(name).map(|message| Self { types, message })
    }
}

impl<'t> MessageType<'t> {
    pub(crate) fn demands(self) -> &'static [Demand] {
        self.message.demands
    }

    /// The field of a JSON name.
    pub(crate) fn field(self, name: &str) -> Option<FieldType<'t>> {
        self.message.field(name).map(|field| FieldType { types: self.types, field })
    }
}

impl<'t> FieldType<'t> {
    /// Whether absence is told apart from the default value; lists and maps are never absent.
    pub(crate) fn may_be_absent(self) -> bool {
        self.field.shape == Shape::One && self.field.presence
    }

    /// Whether it is one of several fields to choose from.
    pub(crate) fn is_choice(self) -> bool {
        self.field.oneof.is_some()
    }

    /// Whether JSON spells it as base64.
    pub(crate) fn is_bytes(self) -> bool {
        self.field.kind == Kind::Bytes
    }

    pub(crate) fn is_map(self) -> bool {
        matches!(self.field.shape, Shape::Map(_))
    }

    /// The message that the field, or each of its items, holds; none where JSON spells it in a way of its own.
    pub(crate) fn message(self) -> Option<MessageType<'t>> {
        let Kind::Message(at) = self.field.kind else { return None };
        let message = self.types.message(at)?;
        matches!(message.special, None | Some(Special::Any))
            .then_some(MessageType { types: self.types, message })
    }

    /// The number of an enum's value.
    pub(crate) fn enum_number(self, value: &Value) -> Option<i32> {
        let Kind::Enum(at) = self.field.kind else { return None };
        match value {
            Value::String(name) => self.types.enumeration(at)?.number(name),
            _ => value.as_i64().and_then(|number| i32::try_from(number).ok()),
        }
    }
}
