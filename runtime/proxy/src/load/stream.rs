//! Reading a bootstrap's text part by part: a tree of all of it at once would be many times as large as what is run.
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::check::Part;
use crate::json::{Name, Value};

/// An element of a part, as text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'t> {
    /// Its part.
    pub(crate) part: Part,
    /// Its index there.
    pub(crate) index: usize,
    text: &'t str,
}

impl<'t> Element<'t> {
    /// Reads the element.
    ///
    /// # Errors
    /// When a string or a number in it is none. Lines are counted from the beginning of the element.
    pub(crate) fn read(&self) -> serde_json::Result<Value<'t>> {
        serde_json::from_str(self.text)
    }
}

/// Reads everything but the elements of the parts, which stay empty lists; those come beside it, in the order of the text.
///
/// # Errors
/// When the text is not one JSON object, or names a part twice.
pub(crate) fn outline(text: &str) -> serde_json::Result<(Value<'_>, Vec<Element<'_>>)> {
    let mut elements = Vec::new();
    let mut input = serde_json::Deserializer::from_str(text);
    let value = Reader { at: Place::Bootstrap, found: &mut elements }.deserialize(&mut input)?;
    input.end()?;
    Ok((value, elements))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Bootstrap,
    Resources,
    List(Part),
}

impl Place {
    /// Where a field leads, when something there is read part by part.
    fn below(self, name: &str) -> Option<Self> {
        match (self, name) {
            (Self::Bootstrap, "static_resources" | "staticResources") => Some(Self::Resources),
            (Self::Resources, "clusters") => Some(Self::List(Part::Clusters)),
            (Self::Resources, "listeners") => Some(Self::List(Part::Listeners)),
            _ => None,
        }
    }
}

struct Reader<'a, 't> {
    at: Place,
    found: &'a mut Vec<Element<'t>>,
}

impl<'de> DeserializeSeed<'de> for Reader<'_, 'de> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        match self.at {
            Place::Bootstrap => deserializer.deserialize_map(self),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Reader<'_, 'de> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.at {
            Place::Bootstrap => "a bootstrap",
            Place::Resources => "an object of static resources",
            Place::List(_) => "a list",
        })
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let Place::List(part) = self.at else {
            return Err(serde::de::Error::invalid_type(serde::de::Unexpected::Seq, &self));
        };
        let mut index = 0;
        while let Some(raw) = items.next_element::<&'de RawValue>()? {
            self.found.push(Element { part, index, text: raw.get() });
            index += 1;
        }
        Ok(Value::List(Vec::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value<'de>, A::Error> {
        if matches!(self.at, Place::List(_)) {
            return Err(serde::de::Error::invalid_type(serde::de::Unexpected::Map, &self));
        }
        let mut entries = Vec::new();
        let mut known = Vec::new();
        while let Some(Name(name)) = fields.next_key()? {
            let Some(at) = self.at.below(&name) else {
                entries.push((name, fields.next_value()?));
                continue;
            };
            if known.contains(&at) {
                return Err(serde::de::Error::custom(format!("{name} stands there twice")));
            }
            known.push(at);
            let reader = Reader { at, found: self.found };
            entries.push((name, fields.next_value_seed(reader)?));
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"staticResources": {"clusters": [{"name": "a"}, {"name": "b"}],
        "secrets": [{}], "listeners": [{"name": "l"}]}, "node": {"id": "n"}}"#;

    #[test]
    fn the_outline_has_everything_but_the_elements() {
        let wanted =
            r#"{"staticResources": {"clusters": [], "secrets": [{}], "listeners": []}, "node": {"id": "n"}}"#;
        assert_eq!(outline(TEXT).unwrap().0, serde_json::from_str::<Value<'_>>(wanted).unwrap());
    }

    #[test]
    fn elements_come_in_the_order_of_the_text() {
        let elements = outline(TEXT).unwrap().1;
        let one = |e: &Element<'static>| (e.part, e.index, e.read().unwrap().get("name").cloned().unwrap());
        let seen: Vec<_> = elements.iter().map(one).collect();
        let name = |name: &'static str| Value::Text(name.into());
        let wanted =
            [(Part::Clusters, 0, name("a")), (Part::Clusters, 1, name("b")), (Part::Listeners, 0, name("l"))];
        assert_eq!(seen, wanted);
    }

    #[test]
    fn what_is_no_bootstrap_is_an_error() {
        for bad in [
            "[]",
            r#"{"static_resources": []}"#,
            r#"{"static_resources": {"clusters": {}}}"#,
            r#"{"static_resources": {"clusters": 1}}"#,
            r#"{"static_resources": {}, "staticResources": {}}"#,
            "{} {}",
        ] {
            assert!(outline(bad).is_err(), "{bad}");
        }
        assert!(outline(r#"{"static_resources": null}"#).is_ok());
    }
}
