//! The tree of YAML as serde sees it.

use std::fmt;

use mp_model::base::Span;
use mp_model::base::nearest;
use mp_model::{Node, Value};
use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer as _, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};

use super::located::{LOCATED, ONE_OR_MANY};

/// A mistake whose place the innermost reader fills in.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Option<Span>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Fault {
    fn at(mut self, span: Span) -> Self {
        self.span = self.span.or(Some(span));
        self
    }

    fn new(message: String) -> Self {
        Self { span: None, message, help: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    /// What follows a semicolon is the next step.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        match text.split_once("; ") {
            Some((message, help)) => Self { help: Some(help.to_owned()), ..Self::new(message.to_owned()) },
            None => Self::new(text),
        }
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Map => "a mapping".to_owned(),
            Unexpected::Str(text) => format!("the text `{text}`"),
            other => other.to_string(),
        };
        Self::new(format!("found {found}, wanted {wanted}"))
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let help = match nearest(known.iter().copied(), field) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("fields are {}", known.join(", ")),
        };
        Self { help: Some(help), ..Self::new(format!("unknown field `{field}`")) }
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        let help = match nearest(known.iter().copied(), word) {
            Some(near) => format!("did you mean `{near}`? Words: {}", known.join(", ")),
            None => format!("words are {}", known.join(", ")),
        };
        Self { help: Some(help), ..Self::new(format!("unknown word `{word}`")) }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the field `{field}` is missing"))
    }
}

/// Reads one node.
#[derive(Clone, Copy)]
pub(super) struct NodeReader<'a> {
    node: Node<'a>,
    /// Anything but a list is a list of itself.
    single: bool,
}

impl<'a> NodeReader<'a> {
    pub(super) fn new(node: Node<'a>) -> Self {
        Self { node, single: false }
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let done = match self.node.value() {
            Value::Str(text) => visitor.visit_str(text),
            // An alias has the text of its anchor, which does not stand here.
            Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Float(_) if !self.node.is_alias() => {
                visitor.visit_str(self.node.source())
            }
            _ => return self.any(visitor),
        };
        done.map_err(|fault: Fault| fault.at(self.node.span()))
    }

    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let done = match self.node.value() {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Int(value) => visitor.visit_i64(value),
            Value::Uint(value) => visitor.visit_u64(value),
            Value::Float(value) => visitor.visit_f64(value),
            Value::Str(text) => visitor.visit_str(text),
            Value::Seq => visitor.visit_seq(Items(self.node.items())),
            Value::Map => visitor.visit_map(Fields { entries: self.node.entries(), value: None }),
        };
        done.map_err(|fault: Fault| fault.at(self.node.span()))
    }
}

macro_rules! as_any {
    ($($name:ident)*) => { $(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> { self.any(visitor) }
    )* };
}

macro_rules! as_text {
    ($($name:ident)*) => { $(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> { self.text(visitor) }
    )* };
}

impl<'de> Deserializer<'de> for NodeReader<'_> {
    type Error = Fault;

    as_any! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_bytes
        deserialize_byte_buf deserialize_unit deserialize_map deserialize_ignored_any
    }
    as_text! { deserialize_str deserialize_string deserialize_char deserialize_identifier }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match name {
            LOCATED => visitor.visit_seq(Parts { node: self.node, at: 0 }),
            ONE_OR_MANY => visitor.visit_newtype_struct(NodeReader { single: true, ..self }),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.single && self.node.value() != Value::Seq {
            return visitor.visit_seq(Items(std::iter::once(self.node)));
        }
        self.any(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.any(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.node.value() {
            Value::Str(text) => visitor.visit_enum(Word(text)).map_err(|fault| fault.at(self.node.span())),
            _ => self.any(visitor),
        }
    }
}

/// A word of an enum without values.
struct Word<'a>(&'a str);

impl<'de> EnumAccess<'de> for Word<'_> {
    type Error = Fault;
    type Variant = Self;
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let text: StrDeserializer<'_, Fault> = self.0.into_deserializer();
        Ok((seed.deserialize(text)?, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'_> {
    type Error = Fault;
    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Fault> {
        Err(Fault::custom("a word alone is wanted"))
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(Fault::custom("a word alone is wanted"))
    }
    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Fault> {
        Err(Fault::custom("a word alone is wanted"))
    }
}

/// File, start, end and value of a node.
struct Parts<'a> {
    node: Node<'a>,
    at: u8,
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let span = self.node.span();
        let number = match self.at {
            0 => span.file.0,
            1 => span.start,
            2 => span.end,
            _ => return seed.deserialize(NodeReader::new(self.node)).map(Some),
        };
        self.at += 1;
        let number: U32Deserializer<Fault> = number.into_deserializer();
        seed.deserialize(number).map(Some)
    }
}

struct Items<I>(I);

impl<'a, 'de, I: Iterator<Item = Node<'a>>> SeqAccess<'de> for Items<I> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.0.next() else { return Ok(None) };
        seed.deserialize(NodeReader::new(node)).map(Some).map_err(|fault| fault.at(node.span()))
    }
}

struct Fields<'a, I> {
    entries: I,
    value: Option<Node<'a>>,
}

impl<'a, 'de, I: Iterator<Item = (Node<'a>, Node<'a>)>> MapAccess<'de> for Fields<'a, I> {
    type Error = Fault;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(NodeReader::new(key)).map(Some).map_err(|fault| fault.at(key.span()))
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        match self.value.take() {
            Some(node) => seed.deserialize(NodeReader::new(node)).map_err(|fault| fault.at(node.span())),
            None => Err(Fault::custom("a value without key")),
        }
    }
}
