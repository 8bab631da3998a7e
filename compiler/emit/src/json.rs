//! Small builders over JSON values, in the spelling of protobuf's JSON.

use mp_ir::mesh::EndpointAddress;
use serde_json::{Map, Value, json};

const NANOS: i128 = 1_000_000_000;

/// An object under construction. Parts that say nothing are left out.
#[derive(Clone, Debug, Default)]
pub struct Object(Map<String, Value>);

impl Object {
    /// An empty object.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An object that stands alone or in an `Any`, with its type.
    #[must_use]
    pub fn typed(message: &str) -> Self {
        Self::new().set("@type", type_url(message))
    }

    /// With a field.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// With a field where there is a value.
    #[must_use]
    pub fn maybe(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.set(key, value),
            None => self,
        }
    }

    /// With a field unless it is false, 0, or empty.
    #[must_use]
    pub fn unless_default(self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let empty = match &value {
            Value::Null => true,
            Value::Bool(b) => !b,
            Value::Number(n) => n.as_f64() == Some(0.0),
            Value::String(s) => s.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
        };
        if empty { self } else { self.set(key, value) }
    }

    /// Whether it has no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Value {
        Value::Object(object.0)
    }
}

/// `type.googleapis.com/` and the message's full name.
#[must_use]
pub fn type_url(message: &str) -> String {
    format!("type.googleapis.com/{message}")
}

/// A list.
pub fn list(items: impl IntoIterator<Item = impl Into<Value>>) -> Value {
    Value::Array(items.into_iter().map(Into::into).collect())
}

/// Bytes as base64 text, the way protobuf's JSON spells them.
#[must_use]
pub fn bytes(raw: &[u8]) -> Value {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| LETTERS.get((bits & 63) as usize).map_or('=', |byte| char::from(*byte));
    let mut out = String::new();
    for chunk in raw.chunks(3) {
        let byte = |at: usize| chunk.get(at).map_or(0, |byte| u32::from(*byte));
        let all = byte(0) << 16 | byte(1) << 8 | byte(2);
        let written = [letter(all >> 18), letter(all >> 12), letter(all >> 6), letter(all)];
        let known = chunk.len() + 1;
        out.extend(written.iter().enumerate().map(|(at, c)| if at < known { *c } else { '=' }));
    }
    Value::String(out)
}

/// A protobuf duration, from nanoseconds: `0s`, `0.300s`, `10s`.
#[must_use]
pub fn duration(nanos: i128) -> Value {
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, rest) =
        (nanos.unsigned_abs() / NANOS.unsigned_abs(), nanos.unsigned_abs() % NANOS.unsigned_abs());
    let fraction = match rest {
        0 => String::new(),
        _ if rest % 1_000_000 == 0 => format!(".{:03}", rest / 1_000_000),
        _ if rest % 1_000 == 0 => format!(".{:06}", rest / 1_000),
        _ => format!(".{rest:09}"),
    };
    Value::String(format!("{sign}{whole}{fraction}s"))
}

/// A named extension: `{name, typedConfig}`. The configuration carries its `@type`.
#[must_use]
pub fn extension(name: &str, typed_config: impl Into<Value>) -> Value {
    Object::new().set("name", name).set("typedConfig", typed_config).into()
}

/// A `udpa.type.v1.TypedStruct` around free-form content of a message that the pool does not know.
#[must_use]
pub fn typed_struct(message: &str, value: impl Into<Value>) -> Value {
    Object::typed("udpa.type.v1.TypedStruct").set("typeUrl", type_url(message)).set("value", value).into()
}

/// A socket address.
#[must_use]
pub fn socket_address(address: &str, port: u32) -> Value {
    json!({"socketAddress": {"address": address, "portValue": port}})
}

/// The address of an endpoint: a socket, or a Unix socket (a pipe).
#[must_use]
pub fn endpoint_address(address: &EndpointAddress, port: u32) -> Value {
    match address {
        EndpointAddress::Host(host) => socket_address(host, port),
        EndpointAddress::Unix(path) => json!({"pipe": {"path": path}}),
    }
}

/// Reads configuration over the stream that the proxy has open to istiod already.
#[must_use]
pub fn ads_source() -> Value {
    json!({"ads": {}, "initialFetchTimeout": "0s", "resourceApiVersion": "V3"})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_padded() {
        for (raw, text) in
            [(&b""[..], ""), (b"a", "YQ=="), (b"ab", "YWI="), (b"abc", "YWJj"), (b"\xff\xfe", "//4=")]
        {
            assert_eq!(bytes(raw), Value::String(text.to_owned()));
        }
    }

    #[test]
    fn durations_have_three_six_or_nine_digits() {
        for (nanos, text) in [
            (0, "0s"),
            (10 * NANOS, "10s"),
            (300_000_000, "0.300s"),
            (1_500_000, "0.001500s"),
            (1, "0.000000001s"),
            (-1_500_000_000, "-1.500s"),
        ] {
            assert_eq!(duration(nanos), Value::String(text.to_owned()));
        }
    }

    #[test]
    fn defaults_are_left_out_only_when_asked() {
        let object =
            Object::new().unless_default("a", 0).unless_default("b", "").set("c", 0).maybe("d", None::<u32>);
        assert_eq!(Value::from(object), json!({"c": 0}));
    }
}
