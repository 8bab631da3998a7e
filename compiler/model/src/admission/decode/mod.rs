//! YAML to protobuf messages as Istio decodes them: the legacy `jsonpb` of github.com/golang/protobuf (`jsonpb/decode.go`), which
//! stops at the first fault in the order of the proto, takes names of both kinds and, unless it is told to be strict, fields that it
//! does not know. A null item of a list is an empty message.

pub(super) mod descriptor;
pub(super) mod duration;
pub(super) mod json;
pub mod message;
pub(super) mod scalar;

use descriptor::{Descriptor, Field, Registry, Shape, Type};
use message::{Item, Message, Place, Value};

use super::crd::words::{json_text, quoted};
use crate::node::{Node, Value as Yaml};

/// Why a document cannot be decoded.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) text: String,
    pub(super) place: Place,
}

/// How deep messages may lie in each other.
const DEPTH: usize = 200;

/// What a message lies in.
#[derive(Clone, Copy, Default)]
struct Within {
    depth: usize,
    /// An Any, whose `@type` stands among the fields.
    any: bool,
}

/// One run of the decoder.
#[derive(Clone, Copy)]
pub(super) struct Decoder {
    pub(super) registry: &'static Registry,
    /// Whether unknown fields are faults.
    pub(super) strict: bool,
    /// Whether numbers beyond 64 bits with sign have become doubles, as on the way of objects through the API server's machinery.
    pub(super) doubles: bool,
}

impl Decoder {
    /// Reads a node as a message; no node and null give an empty one.
    pub(super) fn message(
        self,
        descriptor: &'static Descriptor,
        node: Option<Node<'_>>,
        place: Place,
    ) -> Result<Message, Fault> {
        self.read(descriptor, node, place, Within::default())
    }

    fn read(
        self,
        descriptor: &'static Descriptor,
        node: Option<Node<'_>>,
        place: Place,
        within: Within,
    ) -> Result<Message, Fault> {
        let mut made = Message { descriptor, place, fields: Vec::new() };
        let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(made) };
        if node.value() != Yaml::Map {
            let text = scalar::refused(node, "map[string]json.RawMessage");
            return Err(Fault { text, place: made.place });
        }
        if within.depth > DEPTH {
            return Err(Fault { text: "messages lie too deep in each other".to_owned(), place: made.place });
        }
        for (at, field) in descriptor.fields.iter().enumerate() {
            let Some(value) = node.get(&field.json).or_else(|| node.get(field.proto)) else { continue };
            if value.is_null() && !self.keeps_null(field) {
                continue;
            }
            let place = Place { path: made.place.path.field(&field.json), span: value.span() };
            let item = self.field(field, value, place, within.depth)?;
            made.set(at, item);
        }
        if self.strict {
            self.unknown(&made, node, within.any)?;
        }
        Ok(made)
    }

    fn keeps_null(self, field: &Field) -> bool {
        let of = if let Type::Of(at) = field.ty { self.registry.at(at) } else { None };
        let is_value =
            |of: &Descriptor| matches!(of.name, "google.protobuf.Value" | "google.protobuf.NullValue");
        field.shape == Shape::One && of.is_some_and(is_value)
    }

    fn unknown(self, made: &Message, node: Node<'_>, any: bool) -> Result<(), Fault> {
        let known = |name: &str| made.descriptor.fields.iter().any(|f| f.json == name || f.proto == name);
        for (key, _) in node.entries() {
            let name = key.as_str().unwrap_or_default();
            let is_type = any && name == "@type";
            if !known(name) && !is_type {
                let text = format!("unknown field {} in {}", quoted(name), made.descriptor.name);
                let path = made.place.path.key(name);
                return Err(Fault { text, place: Place { path, span: key.span() } });
            }
        }
        Ok(())
    }

    fn field(self, field: &'static Field, node: Node<'_>, place: Place, depth: usize) -> Result<Item, Fault> {
        match field.shape {
            Shape::One => self.value(field.ty, node, place, depth),
            Shape::List if node.value() == Yaml::Seq => {
                let at = |n: usize, item: Node<'_>| Place { path: place.path.index(n), span: item.span() };
                let items =
                    node.items().enumerate().map(|(n, item)| self.value(field.ty, item, at(n, item), depth));
                let items = items.collect::<Result<Vec<_>, Fault>>()?;
                Ok(Item { value: Value::List(items), place })
            }
            Shape::List => Err(Fault { text: scalar::refused(node, "[]json.RawMessage"), place }),
            Shape::Map(keys) if node.value() == Yaml::Map => {
                let mut entries = Vec::new();
                for (key, value) in node.entries() {
                    let name = key.as_str().unwrap_or_default();
                    let place = Place { path: place.path.key(name), span: key.span() };
                    let name =
                        scalar::key(name, keys).map_err(|text| Fault { text, place: place.clone() })?;
                    entries.push((name, self.value(field.ty, value, place, depth)?));
                }
                Ok(Item { value: Value::Map(entries), place })
            }
            Shape::Map(_) => Err(Fault { text: scalar::refused(node, "map[string]json.RawMessage"), place }),
        }
    }

    fn value(self, ty: Type, node: Node<'_>, place: Place, depth: usize) -> Result<Item, Fault> {
        let made = match ty {
            Type::Of(at) => match self.registry.at(at) {
                Some(of) if !of.values.is_empty() => self.enumeration(of, ty, node),
                Some(of) => return self.nested(of, node, place, depth),
                None => Ok(Value::Opaque),
            },
            _ => self.scalar(node, ty),
        };
        match made {
            Ok(value) => Ok(Item { value, place }),
            Err(text) => Err(Fault { text, place }),
        }
    }

    fn scalar(self, node: Node<'_>, ty: Type) -> Result<Value, String> {
        scalar::scalar(node, ty, self.doubles)
    }

    fn enumeration(self, of: &Descriptor, ty: Type, node: Node<'_>) -> Result<Value, String> {
        let Some(word) = node.as_str() else { return self.scalar(node, ty) };
        let known = of.values.iter().find(|(name, _)| *name == word);
        let shown = || quoted(&json_text(word));
        known
            .map(|(_, n)| Value::Enum(*n))
            .ok_or_else(|| format!("unknown value {} for enum {}", shown(), of.name))
    }

    fn nested(
        self,
        of: &'static Descriptor,
        node: Node<'_>,
        place: Place,
        depth: usize,
    ) -> Result<Item, Fault> {
        let value = match of.name.strip_prefix("google.protobuf.") {
            Some("Any") => return self.any(of, node, place, depth),
            Some("Duration" | "Timestamp") if node.is_null() => Ok(Value::Opaque),
            Some("Duration") => duration::duration(node).map(Value::Duration),
            Some("Timestamp") => duration::timestamp(node).map(|()| Value::Opaque),
            Some("Value") => Ok(Value::Opaque),
            Some("Struct") if node.is_null() || node.value() == Yaml::Map => Ok(Value::Opaque),
            Some("Struct") => {
                Err(format!("bad StructValue: {}", scalar::refused(node, "map[string]json.RawMessage")))
            }
            Some("ListValue") if node.is_null() || node.value() == Yaml::Seq => Ok(Value::Opaque),
            Some("ListValue") => {
                Err(format!("bad ListValue: {}", scalar::refused(node, "[]json.RawMessage")))
            }
            Some(
                "BoolValue" | "BytesValue" | "StringValue" | "Int32Value" | "UInt32Value" | "FloatValue"
                | "Int64Value" | "UInt64Value" | "DoubleValue",
            ) => self.scalar(node, of.fields.first().map_or(Type::String, |field| field.ty)),
            _ => {
                let message =
                    self.read(of, Some(node), place.clone(), Within { depth: depth + 1, any: false })?;
                Ok(Value::Message(message))
            }
        };
        match value {
            Ok(value) => Ok(Item { value, place }),
            Err(text) => Err(Fault { text, place }),
        }
    }

    fn any(self, of: &'static Descriptor, node: Node<'_>, place: Place, depth: usize) -> Result<Item, Fault> {
        let fault = |text: String, place: &Place| Fault { text, place: place.clone() };
        if node.is_null() {
            let empty = Message { descriptor: of, place: place.clone(), fields: Vec::new() };
            return Ok(Item { value: Value::Message(empty), place });
        }
        if node.value() != Yaml::Map {
            return Err(fault(scalar::refused(node, "map[string]json.RawMessage"), &place));
        }
        let Some(url) = node.get("@type") else {
            return Err(fault("Any JSON doesn't have '@type'".to_owned(), &place));
        };
        let at = Place { path: place.path.field("@type"), span: url.span() };
        let Some(text) = url.as_str() else {
            let shown = url.to_json().unwrap_or_default();
            return Err(fault(format!("can't unmarshal Any's '@type': {}", quoted(&shown)), &at));
        };
        let name = text.rsplit_once('/').map_or(text, |(_, name)| name);
        let found = self.registry.find(name).filter(|found| found.values.is_empty());
        let Some(found) = found else {
            return Err(fault(format!("could not resolve Any message type: {text}"), &at));
        };
        let wrap = |fault: Fault| Fault {
            text: format!("can't unmarshal Any nested proto {text}: {}", fault.text),
            place: fault.place,
        };
        if is_special(found.name) {
            let Some(value) = node.get("value") else {
                return Err(fault("Any JSON doesn't have 'value'".to_owned(), &place));
            };
            self.nested(found, value, place.clone(), depth + 1).map_err(wrap)?;
            let empty = Message { descriptor: found, place: place.clone(), fields: Vec::new() };
            return Ok(Item { value: Value::Any(text.to_owned(), empty), place });
        }
        let inside = Within { depth: depth + 1, any: true };
        let held = self.read(found, Some(node), place.clone(), inside).map_err(wrap)?;
        Ok(Item { value: Value::Any(text.to_owned(), held), place })
    }
}

/// Messages of protobuf itself with a JSON form of their own.
fn is_special(name: &str) -> bool {
    name.strip_prefix("google.protobuf.").is_some_and(|word| {
        matches!(word, "Any" | "Duration" | "Timestamp" | "Value" | "ListValue" | "Struct")
            || word.ends_with("Value") && word != "NullValue"
    })
}
