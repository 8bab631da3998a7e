//! An object as a value of a Rust type, with the place of what does not fit.

use mp_base::{Span, nearest};
use mp_syntax::{Node, Value};
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Why a node is no value of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The node, or the key, that is wrong.
    pub span: Span,
    /// What is wrong, in lower case.
    pub message: String,
    /// The next step, such as the word that was meant.
    pub help: Option<String>,
}

/// Reads a node as a value of a type. A hole reads as null.
///
/// # Errors
/// At the first part that does not fit.
pub fn read<T: DeserializeOwned>(node: Node<'_>) -> Result<T, Unfit> {
    T::deserialize(Typed(node)).map_err(|error| error.at(node.span()))
}

/// An error on its way out, which takes the innermost span that it passes.
#[derive(Debug)]
struct Error {
    span: Option<Span>,
    message: String,
    help: Option<String>,
}

impl Error {
    fn new(message: String, help: Option<String>) -> Self {
        Self { span: None, message, help }
    }

    fn within(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    fn at(self, span: Span) -> Unfit {
        Unfit { span: self.span.unwrap_or(span), message: self.message, help: self.help }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

fn meant(word: &str, known: &[&'static str]) -> String {
    match nearest(known.iter().copied(), word) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", known.join(", ")),
    }
}

impl serde::de::Error for Error {
    /// What follows a semicolon is the next step.
    fn custom<T: std::fmt::Display>(text: T) -> Self {
        let text = text.to_string();
        match text.split_once("; ") {
            Some((message, help)) => Self::new(message.to_owned(), Some(help.to_owned())),
            None => Self::new(text, None),
        }
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("there is no field `{field}`"), Some(meant(field, known)))
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        Self::new(format!("`{word}` is not known"), Some(meant(word, known)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the field `{field}` is missing"), None)
    }

    fn invalid_type(found: serde::de::Unexpected<'_>, wanted: &dyn serde::de::Expected) -> Self {
        Self::new(format!("this is {found}, not {wanted}"), None)
    }
}

struct Typed<'a>(Node<'a>);

impl<'de> Deserializer<'de> for Typed<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let node = self.0;
        let made = match node.value() {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Int(value) => match u64::try_from(value) {
                Ok(value) => visitor.visit_u64(value),
                Err(_) => visitor.visit_i64(value),
            },
            Value::Uint(value) => visitor.visit_u64(value),
            Value::Float(value) => visitor.visit_f64(value),
            Value::Str(text) => visitor.visit_str(text),
            Value::Seq => visitor.visit_seq(Items(node.items())),
            Value::Map => visitor.visit_map(Entries { rest: node.entries(), value: None }),
        };
        made.map_err(|error| error.within(node.span()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let span = self.0.span();
        visitor.visit_enum(Word(self.0)).map_err(|error| error.within(span))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Items<I>(I);

impl<'de, 'a, I: Iterator<Item = Node<'a>>> SeqAccess<'de> for Items<I> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(node) = self.0.next() else { return Ok(None) };
        seed.deserialize(Typed(node)).map(Some).map_err(|error| error.within(node.span()))
    }
}

struct Entries<'a, I> {
    rest: I,
    value: Option<Node<'a>>,
}

impl<'de, 'a, I: Iterator<Item = (Node<'a>, Node<'a>)>> MapAccess<'de> for Entries<'a, I> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        let text = key.as_str().unwrap_or_else(|| key.source());
        let text: StrDeserializer<'_, Error> = StrDeserializer::new(text);
        seed.deserialize(text).map(Some).map_err(|error| error.within(key.span()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some(node) = self.value.take() else {
            return Err(Error::new("a value is missing".to_owned(), None));
        };
        seed.deserialize(Typed(node)).map_err(|error| error.within(node.span()))
    }
}

/// A word out of several.
struct Word<'a>(Node<'a>);

impl<'de> EnumAccess<'de> for Word<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let node = self.0;
        let word = node.as_str().ok_or_else(|| Error::new("a word is expected".to_owned(), None))?;
        let text: StrDeserializer<'_, Error> = StrDeserializer::new(word);
        seed.deserialize(text).map(|word| (word, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Typed(self.0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        Typed(self.0).deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        Typed(self.0).deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{Input, Workspace};

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
        Green,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        name: String,
        #[serde(default)]
        ports: Vec<u16>,
        colour: Option<Colour>,
    }

    fn thing(text: &str) -> Result<Thing, (String, String, Option<String>)> {
        let head = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: ";
        let workspace = Workspace::read(&[Input::new("a.yaml", &format!("{head}{text}\n"))]);
        let object = workspace.objects().first().unwrap();
        let node = workspace.root(object).unwrap().get("spec").unwrap();
        read(node)
            .map_err(|unfit| (workspace.sources().slice(unfit.span).to_owned(), unfit.message, unfit.help))
    }

    #[test]
    fn what_fits_is_read() {
        let wanted = Thing { name: "x".to_owned(), ports: vec![1, 2], colour: Some(Colour::Green) };
        assert_eq!(thing("{name: x, ports: [1, 2], colour: green}"), Ok(wanted));
        assert_eq!(thing("{name: x}"), Ok(Thing { name: "x".to_owned(), ports: Vec::new(), colour: None }));
    }

    #[test]
    fn what_does_not_fit_has_its_place_and_the_nearest_word() {
        let place = |text: &str| thing(text).unwrap_err();
        let (at, message, help) = place("{name: x, prots: [1]}");
        assert_eq!((at.as_str(), message.as_str()), ("prots", "there is no field `prots`"));
        assert_eq!(help.as_deref(), Some("did you mean `ports`?"));
        assert_eq!(place("{name: x, ports: [1, 70000]}").0, "70000");
        let (at, _, help) = place("{name: x, colour: gren}");
        assert_eq!((at.as_str(), help.as_deref()), ("gren", Some("did you mean `green`?")));
        assert_eq!(place("{ports: []}").1, "the field `name` is missing");
        assert_eq!(place("{name: [x]}").0, "[x]");
    }
}
