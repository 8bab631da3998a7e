//! JSON as a compact tree that borrows its text: a large bootstrap is read without a copy of its strings.
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use xxhash_rust::xxh64::Xxh64;

/// A value; `'t` is the text it was read from.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Value<'t> {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(Cow<'t, str>),
    /// A list.
    List(Vec<Value<'t>>),
    /// An object: names with values, in the order of the text; each name once, the last one counts.
    Map(Vec<Entry<'t>>),
}

/// A name with its value.
pub(crate) type Entry<'t> = (Cow<'t, str>, Value<'t>);

impl<'t> Value<'t> {
    /// A string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A boolean.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// A whole number.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    /// A whole number that is not negative.
    pub(crate) fn as_u64(&self) -> Option<u64> {
        self.as_i64().and_then(|i| u64::try_from(i).ok())
    }

    /// Any number.
    pub(crate) fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements of a list.
    pub(crate) fn as_list(&self) -> Option<&[Value<'t>]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The entries of an object.
    pub(crate) fn as_map(&self) -> Option<&[Entry<'t>]> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// The value of a name, when this is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'t>> {
        self.as_map()?.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Whether it is `null`.
    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// A number that equal values share; entries of these names do not count, wherever they stand.
    pub(crate) fn digest(&self, without: &[&str]) -> u64 {
        let mut hasher = Xxh64::new(0);
        self.feed(&mut hasher, without);
        hasher.digest()
    }

    fn feed(&self, hasher: &mut Xxh64, without: &[&str]) {
        match self {
            Self::Null => hasher.update(b"0"),
            Self::Bool(value) => hasher.update(if *value { b"t" } else { b"f" }),
            Self::Int(value) => feed(hasher, b'i', &value.to_le_bytes()),
            Self::Float(value) => feed(hasher, b'd', &value.to_bits().to_le_bytes()),
            Self::Text(text) => feed(hasher, b's', text.as_bytes()),
            Self::List(items) => {
                hasher.update(b"[");
                items.iter().for_each(|item| item.feed(hasher, without));
                hasher.update(b"]");
            }
            Self::Map(entries) => {
                hasher.update(b"{");
                for (name, value) in entries.iter().filter(|(name, _)| !without.contains(&name.as_ref())) {
                    feed(hasher, b'n', name.as_bytes());
                    value.feed(hasher, without);
                }
                hasher.update(b"}");
            }
        }
    }

    /// The same value for the parts of the proxy that build values while they run.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
            Self::Text(text) => text.as_ref().into(),
            Self::List(items) => items.iter().map(Value::to_json).collect(),
            Self::Map(entries) => serde_json::Value::Object(self::fields(entries)),
        }
    }
}

/// Feeds bytes with their kind and length, so that neighbours cannot run into each other.
fn feed(hasher: &mut Xxh64, kind: u8, bytes: &[u8]) {
    let [a, b, c, d, e, f, g, h] = (bytes.len() as u64).to_le_bytes();
    hasher.update(&[kind, a, b, c, d, e, f, g, h]);
    hasher.update(bytes);
}

/// The entries of an object for the parts of the proxy that build values while they run.
pub(crate) fn fields(entries: &[Entry<'_>]) -> serde_json::Map<String, serde_json::Value> {
    entries.iter().map(|(name, value)| (name.to_string(), value.to_json())).collect()
}

impl From<&serde_json::Value> for Value<'static> {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(whole) => Self::Int(whole),
                None => Self::Float(number.as_f64().unwrap_or_default()),
            },
            serde_json::Value::String(text) => Self::Text(text.clone().into()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            serde_json::Value::Object(fields) => {
                Self::Map(fields.iter().map(|(k, v)| (k.clone().into(), Self::from(v))).collect())
            }
        }
    }
}

impl<'de: 't, 't> Deserialize<'de> for Value<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(|value: Value<'de>| value)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(text.to_owned().into()))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        list.shrink_to_fit();
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value<'de>, A::Error> {
        let mut entries: Vec<Entry<'de>> = Vec::new();
        while let Some(Name(name)) = fields.next_key()? {
            entries.push((name, fields.next_value()?));
        }
        keep_last(&mut entries);
        entries.shrink_to_fit();
        Ok(Value::Map(entries))
    }
}

/// Objects of up to so many entries are searched for repeated names one by one.
const FEW: usize = 24;

fn keep_last(entries: &mut Vec<Entry<'_>>) {
    let repeated = if entries.len() <= FEW {
        let later = |at: usize| entries.get(at + 1..).unwrap_or_default();
        entries.iter().enumerate().any(|(at, (name, _))| later(at).iter().any(|(other, _)| other == name))
    } else {
        entries.iter().map(|(name, _)| name).collect::<BTreeSet<_>>().len() < entries.len()
    };
    if repeated {
        let mut seen = BTreeSet::new();
        entries.reverse();
        entries.retain(|(name, _)| seen.insert(name.clone()));
        entries.reverse();
    }
}

/// A name, borrowed when it has no escapes.
#[derive(Debug)]
pub(crate) struct Name<'t>(pub(crate) Cow<'t, str>);

impl<'de: 't, 't> Deserialize<'de> for Name<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(text.to_owned().into()))
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(text.into()))
            }
        }
        deserializer.deserialize_str(Text).map(|name: Name<'de>| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value<'_> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_tree_borrows_what_has_no_escapes() {
        let tree =
            read(r#"{"a": [1, -2, 1.5, true, null], "b": "x", "c\n": "y\n", "d": 18446744073709551615}"#);
        let Value::Map(entries) = &tree else { panic!() };
        assert!(matches!(&entries[1], (Cow::Borrowed("b"), Value::Text(Cow::Borrowed("x")))));
        assert!(matches!(&entries[2], (Cow::Owned(name), Value::Text(Cow::Owned(_))) if name == "c\n"));
        assert_eq!(tree.get("a").and_then(Value::as_list).map(<[_]>::len), Some(5));
        assert_eq!(tree.get("d").and_then(Value::as_f64), Some(u64::MAX as f64));
        assert_eq!(Value::from(&tree.to_json()), tree);
    }

    #[test]
    fn equal_values_share_a_digest() {
        let texts = [
            r#"["ab", "c"]"#,
            r#"["a", "bc"]"#,
            r#"[["a"], "b"]"#,
            r#"[["a", "b"]]"#,
            "[1]",
            "[1.5]",
            "[true]",
        ];
        let digests: BTreeSet<_> = texts.iter().map(|text| read(text).digest(&[])).collect();
        assert_eq!(digests.len(), texts.len());
        let (one, other) = (read(r#"{"a": 1, "b": {"x": 1}}"#), read(r#"{"a": 1, "b": {"x": 2}}"#));
        assert_ne!(one.digest(&[]), other.digest(&[]));
        assert_eq!(one.digest(&["x"]), other.digest(&["x"]));
    }

    #[test]
    fn the_last_one_of_a_repeated_name_counts() {
        let many: Vec<_> = (0..40).map(|i| format!("\"n{}\": {i}", i % 39)).collect();
        assert_eq!(read(r#"{"a": 1, "b": 2, "a": 3}"#), read(r#"{"b": 2, "a": 3}"#));
        let text = format!("{{{}}}", many.join(","));
        let tree = read(&text).as_map().unwrap().to_vec();
        assert_eq!((tree.len(), tree.last().unwrap()), (39, &("n0".into(), Value::Int(39))));
    }
}
