//! The descriptor pool: Envoy's types as data, against which everything that is emitted is checked.

use std::sync::OnceLock;

use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::Value;

/// Why a resource could not be spelled. Each one is a mistake of this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmitError {
    /// What is wrong, with the resource's type or name.
    pub message: String,
}

impl std::fmt::Display for EmitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EmitError {}

fn error(message: impl Into<String>) -> EmitError {
    EmitError { message: message.into() }
}

/// A descriptor set, decoded when it is first needed.
struct Set {
    bytes: &'static [u8],
    pool: OnceLock<Result<DescriptorPool, EmitError>>,
}

/// What a mesh needs without patches of its own; loads in half the time.
static SENT: Set = Set { bytes: include_bytes!("generated/envoy_sent.binpb"), pool: OnceLock::new() };
/// Every type of Envoy's configuration.
static ALL: Set = Set { bytes: include_bytes!("generated/envoy.binpb"), pool: OnceLock::new() };

impl Set {
    fn pool(&'static self) -> Result<&'static DescriptorPool, EmitError> {
        let decode = || {
            DescriptorPool::decode(self.bytes)
                .map_err(|why| error(format!("the descriptor set is damaged: {why}")))
        };
        self.pool.get_or_init(decode).as_ref().map_err(Clone::clone)
    }

    fn canonical(&'static self, message: &Value) -> Result<Value, EmitError> {
        let any = self
            .pool()?
            .get_message_by_name("google.protobuf.Any")
            .ok_or_else(|| error("the descriptor set lacks google.protobuf.Any"))?;
        let what = describe(message);
        let read =
            DynamicMessage::deserialize(any, message).map_err(|why| error(format!("{what}: {why}")))?;
        let options = SerializeOptions::new().skip_default_fields(true).stringify_64_bit_integers(true);
        read.serialize_with_options(serde_json::value::Serializer, &options)
            .map_err(|why| error(format!("{what}: {why}")))
    }
}

/// Reads a message with `@type` by its descriptor and writes it in canonical protobuf JSON, `@type` kept.
///
/// # Errors
/// When the type is unknown, or a field, enum value or number does not belong to it.
pub fn canonical(message: Value) -> Result<Value, EmitError> {
    SENT.canonical(&message).or_else(|_| ALL.canonical(&message))
}

fn describe(message: &Value) -> String {
    let text = |key: &str| message.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = if text("name").is_empty() { text("clusterName") } else { text("name") };
    format!("{} {name}", text("@type").trim_start_matches("type.googleapis.com/"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::canonical;

    #[test]
    fn types_that_only_patches_use_are_known_too() {
        let rare = json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer",
            "max_request_bytes": 5
        });
        assert_eq!(canonical(rare).expect("a type of Envoy").get("maxRequestBytes"), Some(&json!(5)));
        let wrong =
            json!({"@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer", "max": 5});
        assert!(canonical(wrong).is_err());
    }
}
