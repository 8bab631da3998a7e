//! Message types as plain tables, made from a descriptor set.

use std::collections::HashMap;

use prost_reflect::prost::Message as _;
use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use prost_reflect::prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
};

use crate::faults::Demand;
use crate::generated::demands::DEMANDS;

/// The messages and enums of a descriptor set.
#[derive(Debug, Default)]
pub(super) struct Types {
    messages: Vec<Message>,
    enums: Vec<Enum>,
    by_name: HashMap<String, usize>,
}

/// A message type.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// The type that JSON spells in a way of its own.
    pub(super) special: Option<Special>,
    fields: Vec<Field>,
    /// JSON names and proto names, sorted, with places in `fields`.
    names: Vec<(String, usize)>,
    /// What Envoy demands of the fields.
    pub(super) demands: &'static [Demand],
}

impl Message {
    /// The field of a JSON name or a proto name.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        let at = self.names.binary_search_by(|(known, _)| known.as_str().cmp(name)).ok()?;
        self.names.get(at).and_then(|(_, at)| self.fields.get(*at))
    }
}

/// A field of a message.
#[derive(Debug)]
pub(super) struct Field {
    /// Name in JSON.
    pub(super) json: String,
    pub(super) number: i32,
    /// Of the items in a list, of the values in a map.
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    /// A default value that is written counts as written.
    pub(super) presence: bool,
    pub(super) oneof: Option<u32>,
}

/// How many values a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    List,
    /// By keys of this kind.
    Map(Kind),
}

/// What a value is. Messages and enums are places in [`Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Bool,
    Text,
    Bytes,
    Enum(usize),
    Message(usize),
}

/// Messages with a JSON form of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    Any,
    Timestamp,
    Duration,
    FieldMask,
    Struct,
    List,
    Value,
    Empty,
    /// A scalar that may be absent.
    Wrapper(Kind),
}

/// An enum: names and numbers as declared.
#[derive(Debug)]
pub(super) struct Enum {
    pub(super) is_null: bool,
    values: Vec<(String, i32)>,
}

impl Enum {
    pub(super) fn number(&self, name: &str) -> Option<i32> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, number)| *number)
    }

    pub(super) fn name(&self, number: i32) -> Option<&str> {
        self.values.iter().find(|(_, known)| *known == number).map(|(name, _)| name.as_str())
    }
}

impl Types {
    /// Reads a serialized `FileDescriptorSet`.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let set = FileDescriptorSet::decode(bytes).map_err(|why| why.to_string())?;
        let mut types = Self::default();
        let mut found = Found::default();
        for file in &set.file {
            found.file(file);
        }
        for (at, (name, _, _)) in found.messages.iter().enumerate() {
            types.by_name.insert(name.clone(), at);
        }
        let entries: HashMap<&str, &DescriptorProto> =
            found.messages.iter().map(|(name, proto, _)| (name.as_str(), *proto)).collect();
        let enums: HashMap<&str, usize> =
            found.enums.iter().enumerate().map(|(at, (name, _))| (name.as_str(), at)).collect();
        let names = Names { messages: &types.by_name, entries, enums };
        types.messages = found
            .messages
            .iter()
            .map(|(name, proto, explicit)| message(name, proto, *explicit, &names))
            .collect::<Result<_, _>>()?;
        types.enums = found.enums.iter().map(|(name, proto)| enumeration(name, proto)).collect();
        Ok(types)
    }

    pub(super) fn by_name(&self, name: &str) -> Option<&Message> {
        self.by_name.get(name).and_then(|at| self.messages.get(*at))
    }

    pub(super) fn message(&self, at: usize) -> Option<&Message> {
        self.messages.get(at)
    }

    pub(super) fn enumeration(&self, at: usize) -> Option<&Enum> {
        self.enums.get(at)
    }
}

/// The declarations of all files by full name; for messages whether every field says if it is present.
#[derive(Default)]
struct Found<'a> {
    messages: Vec<(String, &'a DescriptorProto, bool)>,
    enums: Vec<(String, &'a EnumDescriptorProto)>,
}

impl<'a> Found<'a> {
    fn file(&mut self, file: &'a FileDescriptorProto) {
        let explicit = file.syntax() != "proto3";
        self.scope(file.package(), &file.message_type, &file.enum_type, explicit);
    }

    fn scope(
        &mut self,
        scope: &str,
        messages: &'a [DescriptorProto],
        enums: &'a [EnumDescriptorProto],
        explicit: bool,
    ) {
        let full = |name: &str| if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") };
        self.enums.extend(enums.iter().map(|one| (full(one.name()), one)));
        for one in messages {
            let name = full(one.name());
            self.scope(&name, &one.nested_type, &one.enum_type, explicit);
            self.messages.push((name, one, explicit));
        }
    }
}

struct Names<'a> {
    messages: &'a HashMap<String, usize>,
    entries: HashMap<&'a str, &'a DescriptorProto>,
    enums: HashMap<&'a str, usize>,
}

fn enumeration(name: &str, proto: &EnumDescriptorProto) -> Enum {
    let values = proto.value.iter().map(|value| (value.name().to_owned(), value.number())).collect();
    Enum { is_null: name == "google.protobuf.NullValue", values }
}

fn message(
    name: &str,
    proto: &DescriptorProto,
    explicit: bool,
    types: &Names<'_>,
) -> Result<Message, String> {
    let fields: Vec<Field> =
        proto.field.iter().map(|one| field(one, explicit, types)).collect::<Result<_, _>>()?;
    let proto_names = proto.field.iter().map(|one| one.name().to_owned()).enumerate();
    let json_names = fields.iter().map(|one| one.json.clone()).enumerate();
    let mut names: Vec<(String, usize)> =
        json_names.chain(proto_names).map(|(at, name)| (name, at)).collect();
    // Stable: where one field's JSON name is another's proto name, the JSON name counts.
    names.sort_by(|a, b| a.0.cmp(&b.0));
    names.dedup_by(|later, first| later.0 == first.0);
    Ok(Message { special: special(name), fields, names, demands: demands(name) })
}

fn demands(name: &str) -> &'static [Demand] {
    let at = DEMANDS.binary_search_by(|(known, _)| (*known).cmp(name)).ok();
    at.and_then(|at| DEMANDS.get(at)).map_or(&[], |(_, demands)| demands)
}

fn special(name: &str) -> Option<Special> {
    Some(match name.strip_prefix("google.protobuf.")? {
        "Any" => Special::Any,
        "Timestamp" => Special::Timestamp,
        "Duration" => Special::Duration,
        "FieldMask" => Special::FieldMask,
        "Struct" => Special::Struct,
        "ListValue" => Special::List,
        "Value" => Special::Value,
        "Empty" => Special::Empty,
        "FloatValue" => Special::Wrapper(Kind::Float),
        "DoubleValue" => Special::Wrapper(Kind::Double),
        "Int32Value" => Special::Wrapper(Kind::Int32),
        "Int64Value" => Special::Wrapper(Kind::Int64),
        "UInt32Value" => Special::Wrapper(Kind::Uint32),
        "UInt64Value" => Special::Wrapper(Kind::Uint64),
        "BoolValue" => Special::Wrapper(Kind::Bool),
        "StringValue" => Special::Wrapper(Kind::Text),
        "BytesValue" => Special::Wrapper(Kind::Bytes),
        _ => return None,
    })
}

fn field(proto: &FieldDescriptorProto, explicit: bool, types: &Names<'_>) -> Result<Field, String> {
    let entry = types.entries.get(proto.type_name().trim_start_matches('.')).copied();
    let entry = entry.filter(|entry| entry.options.as_ref().is_some_and(|options| options.map_entry()));
    let (kind, shape) = match entry {
        Some(entry) => {
            let part = |number: i32| entry.field.iter().find(|part| part.number() == number);
            let missing = || format!("{}: a map without key or value", proto.name());
            let key = kind(part(1).ok_or_else(missing)?, types)?;
            (kind(part(2).ok_or_else(missing)?, types)?, Shape::Map(key))
        }
        None if proto.label() == Label::Repeated => (kind(proto, types)?, Shape::List),
        None => (kind(proto, types)?, Shape::One),
    };
    let is_message = matches!(kind, Kind::Message(_));
    Ok(Field {
        json: proto.json_name.clone().unwrap_or_else(|| camel_case(proto.name())),
        number: proto.number(),
        kind,
        shape,
        presence: explicit || is_message || proto.oneof_index.is_some(),
        oneof: proto.oneof_index.and_then(|at| u32::try_from(at).ok()),
    })
}

fn kind(proto: &FieldDescriptorProto, types: &Names<'_>) -> Result<Kind, String> {
    let name = proto.type_name().trim_start_matches('.');
    let unknown = || format!("{}: the type `{name}` is not in the set", proto.name());
    Ok(match proto.r#type() {
        Type::Double => Kind::Double,
        Type::Float => Kind::Float,
        Type::Int32 | Type::Sint32 | Type::Sfixed32 => Kind::Int32,
        Type::Int64 | Type::Sint64 | Type::Sfixed64 => Kind::Int64,
        Type::Uint32 | Type::Fixed32 => Kind::Uint32,
        Type::Uint64 | Type::Fixed64 => Kind::Uint64,
        Type::Bool => Kind::Bool,
        Type::String => Kind::Text,
        Type::Bytes => Kind::Bytes,
        Type::Enum => Kind::Enum(types.enums.get(name).copied().ok_or_else(unknown)?),
        Type::Message | Type::Group => Kind::Message(types.messages.get(name).copied().ok_or_else(unknown)?),
    })
}

/// protoc's JSON name of a field.
fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            out.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    out
}
